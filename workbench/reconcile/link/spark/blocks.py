"""Which rows meet: the keys of all records joined by Spark, the smallest blocks first, within the budget."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

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
from workbench.reconcile.link.spark.session import kept

_SIDES: Final = ("lefts", "rights")


@dataclass(frozen=True)
class Blocks:
    """The rows that have a key in common with others, as far as the budget goes.

    Parameters
    ----------
    keys : pyspark.sql.DataFrame
        ``key``, ``row`` and ``on_right`` of each key; of its block the ``kind``, and whether it is taken
        ``across`` the sides, and among the ``lefts`` and the ``rights``.
    sizes : tuple of int
        How many records each side has.
    skipped : dict of str to int
        By kind of key, how many pairs of the two sides were over its budget.
    """

    keys: DataFrame
    sizes: tuple[int, int]
    skipped: dict[str, int]

    @classmethod
    def of(cls, keys: DataFrame, sizes: tuple[int, int]) -> Blocks:
        """Choose the smallest blocks of all keys (``kind``, ``key``, ``row``)."""
        keys = keys.withColumn("on_right", fn.col("row") >= sizes[0])
        rights = fn.sum(fn.col("on_right").cast("long")).alias("rights")
        blocks = keys.groupBy("key").agg(fn.first("kind").alias("kind"), rights, fn.count("*").alias("rows"))
        blocks = blocks.withColumn("lefts", fn.col("rows") - fn.col("rights")).filter("rows > 1")
        blocks = kept(blocks)
        found = blocks.groupBy("kind", *_SIDES).agg(fn.count("*").alias("blocks"))
        counts = pl.DataFrame(pl.from_arrow(found.toArrow()))
        across = _largest(counts, _SIDES, {kind: BUDGETS[kind] * sum(sizes) / 2 for kind in BUDGETS})
        within = [
            _largest(counts, (side, side), dict.fromkeys(WITHIN, WITHIN_BUDGET * size))
            for side, size in zip(_SIDES, sizes, strict=True)
        ]
        chosen = blocks.select(
            "key",
            "kind",
            _within(across, *_SIDES).alias("across"),
            *(_within(most, side, side).alias(side) for most, side in zip(within, _SIDES, strict=True)),
        ).filter("across or lefts or rights")
        taken = kept(keys.drop("kind").join(chosen, "key"))
        return cls(taken, sizes, _skipped(counts, across))

    def across(self) -> DataFrame:
        """Give the pairs of the two sides that are worth comparing (``left``, ``right``)."""
        taken = self.keys.filter("across")
        return self._met_enough(_met(taken.filter("not on_right"), taken.filter("on_right")), STRONG)

    def within(self, on_right: bool) -> DataFrame:
        """Give the pairs of one side's records that may be one client."""
        own = self.keys.filter((fn.col("on_right") == on_right) & fn.col(_SIDES[on_right]))
        return self._met_enough(_met(own, own).filter("left < right"), IDENTIFIERS)

    def _met_enough(self, met: DataFrame, strong: Collection[str]) -> DataFrame:
        """Give each pair once; in a crowd, leave out what met by one weak key only."""
        if sum(self.sizes) <= CROWD:
            return met.select("left", "right").distinct()
        worth = fn.when(fn.col("kind").isin(*strong), 2).otherwise(1)
        pairs = met.groupBy("left", "right").agg(fn.sum(worth).alias("worth"))
        return pairs.filter("worth > 1").select("left", "right")


def _largest(counts: pl.DataFrame, sides: Sequence[str], budgets: Mapping[str, float]) -> dict[str, int]:
    """Give by kind how many pairs of the two sides a block may have."""
    size = pl.col(sides[0]) * pl.col(sides[1])
    pairs = counts.select("kind", size=size, pairs=size * pl.col("blocks"))
    # Within a side, a value that only one record has is no meeting.
    pairs = pairs.filter(pl.col("size") > int(sides[0] == sides[1]))
    pairs = pairs.group_by("kind", "size").agg(pl.col("pairs").sum()).sort("size")
    of_kind = {kind: pairs.filter(pl.col("kind") == kind) for kind in budgets}
    return {
        kind: largest_block(some["size"].to_numpy(), some["pairs"].to_numpy().astype(float), budgets[kind])
        for kind, some in of_kind.items()
    }


def _skipped(counts: pl.DataFrame, most: Mapping[str, int]) -> dict[str, int]:
    size = pl.col("lefts") * pl.col("rights")
    over = size * pl.col("blocks") * (size > pl.col("kind").replace_strict(most, return_dtype=pl.Int64))
    pairs = dict(counts.group_by("kind").agg(over.sum().alias("over")).iter_rows())
    return {kind: pairs[kind] for kind in most if pairs.get(kind)}


def _within(most: Mapping[str, int], one: str, other: str) -> Column:
    """Tell whether a block's pairs are no more than its kind may have."""
    pairs, taken = fn.col(one) * fn.col(other), fn.lit(False)
    for kind, number in most.items():
        taken = taken | ((fn.col("kind") == kind) & (pairs <= number))
    return (pairs > int(one == other)) & taken


def _met(left: DataFrame, right: DataFrame) -> DataFrame:
    lefts = left.select("key", "kind", fn.col("row").alias("left"))
    return lefts.join(right.select("key", fn.col("row").alias("right")), "key")
