"""Which rows meet: the keys of all records joined by Spark, the smallest blocks first, within the budget."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Final

import numpy as np
import polars as pl
from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as fn

from workbench.reconcile.link.blocking import (
    BUDGETS,
    CROWD,
    STRONG,
    WITHIN,
    WITHIN_BUDGET,
    largest_block,
)
from workbench.reconcile.link.prepared import IDENTIFIERS

_BLOCK: Final = ("kind", "key")


@dataclass(frozen=True)
class Blocks:
    """All keys, each with the size of its block.

    Parameters
    ----------
    keys : pyspark.sql.DataFrame
        ``kind``, ``key``, ``row``, ``on_right``, and how many rows of each side (``lefts``, ``rights``)
        have that key.
    counts : polars.DataFrame
        How many blocks (``blocks``) there are of each kind and size.
    sizes : tuple of int
        How many records each side has.
    """

    keys: DataFrame
    counts: pl.DataFrame
    sizes: tuple[int, int]

    @classmethod
    def of(cls, keys: DataFrame, sizes: tuple[int, int]) -> Blocks:
        """Count the blocks of keys (``kind``, ``key``, ``row``)."""
        keys = keys.withColumn("on_right", fn.col("row") >= sizes[0])
        rights = fn.sum(fn.col("on_right").cast("long")).alias("rights")
        blocks = keys.groupBy(*_BLOCK).agg(rights, fn.count("*").alias("rows"))
        blocks = blocks.select(*_BLOCK, (fn.col("rows") - fn.col("rights")).alias("lefts"), "rights")
        blocks = blocks.filter("lefts + rights > 1").persist()
        counts = blocks.groupBy("kind", "lefts", "rights").agg(fn.count("*").alias("blocks")).toArrow()
        return cls(keys.join(blocks, on=list(_BLOCK)).persist(), pl.DataFrame(pl.from_arrow(counts)), sizes)

    def across(self) -> DataFrame:
        """Give the pairs of the two sides that are worth comparing (``left``, ``right``)."""
        taken = self.keys.filter(_within(self._most_across, fn.col("lefts") * fn.col("rights")))
        left, right = taken.filter("not on_right"), taken.filter("on_right")
        return self._met_enough(_met(left, right), STRONG)

    @property
    def _most_across(self) -> dict[str, int]:
        size = pl.col("lefts") * pl.col("rights")
        return {kind: self._most(kind, size, BUDGETS[kind] * sum(self.sizes) / 2) for kind in BUDGETS}

    @property
    def skipped(self) -> dict[str, int]:
        """By kind of key, how many pairs of the two sides were over its budget."""
        size, most = pl.col("lefts") * pl.col("rights"), self._most_across
        over = {
            kind: self.counts.filter((pl.col("kind") == kind) & (size > pairs))
            .select((size * pl.col("blocks")).sum())
            .item()
            for kind, pairs in most.items()
        }
        return {kind: int(pairs) for kind, pairs in over.items() if pairs}

    def within(self, on_right: bool) -> DataFrame:
        """Give the pairs of one side's records that may be one client."""
        own = "rights" if on_right else "lefts"
        budget = WITHIN_BUDGET * self.sizes[on_right]
        most = {kind: self._most(kind, pl.col(own) * pl.col(own), budget) for kind in WITHIN}
        taken = self.keys.filter((fn.col("on_right") == on_right) & _within(most, fn.col(own) * fn.col(own)))
        return self._met_enough(_met(taken, taken).filter("left < right"), IDENTIFIERS)

    def _most(self, kind: str, size: pl.Expr, budget: float) -> int:
        """Give how many pairs a block of some kind may have."""
        of_kind = self.counts.filter(pl.col("kind") == kind).select(size=size, pairs=size * pl.col("blocks"))
        met = of_kind.filter(pl.col("size") > 0).group_by("size").agg(pl.col("pairs").sum()).sort("size")
        return largest_block(met["size"].to_numpy(), met["pairs"].to_numpy().astype(np.float64), budget)

    def _met_enough(self, met: DataFrame, strong: Collection[str]) -> DataFrame:
        """Give each pair once; in a crowd, leave out what met by one weak key only."""
        if sum(self.sizes) <= CROWD:
            return met.select("left", "right").distinct()
        worth = fn.when(fn.col("kind").isin(*strong), 2).otherwise(1)
        pairs = met.groupBy("left", "right").agg(fn.sum(worth).alias("worth"))
        return pairs.filter("worth > 1").select("left", "right")


def _within(most: dict[str, int], size: Column) -> Column:
    """Tell whether a block's size is within what its kind may have."""
    taken = fn.lit(False)
    for kind, pairs in most.items():
        taken = taken | ((fn.col("kind") == kind) & (size <= pairs))
    return (size > 0) & taken


def _met(left: DataFrame, right: DataFrame) -> DataFrame:
    lefts = left.select(*_BLOCK, fn.col("row").alias("left"))
    return lefts.join(right.select(*_BLOCK, fn.col("row").alias("right")), on=list(_BLOCK))
