"""Linking on Spark, step by step: the driver judges rows and weights, and sees only the records shown."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, Final

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as fn
from pyspark.sql.pandas.types import from_arrow_schema

from workbench.domain.errors import BadInput
from workbench.domain.link_settings import LinkSettings
from workbench.reconcile.link.assign import Standing
from workbench.reconcile.link.blocking import ALL_PAIRS_UP_TO, RESCUE_CELLS, Pairs, resembling
from workbench.reconcile.link.codes import Flags
from workbench.reconcile.link.evidence import Evidence
from workbench.reconcile.link.finding import Judged, judge
from workbench.reconcile.link.frequencies import COMMON, Frequencies
from workbench.reconcile.link.namesakes import Agreements
from workbench.reconcile.link.notes import notes_of
from workbench.reconcile.link.prepared import GONE, IDENTIFIERS
from workbench.reconcile.link.spark import workers
from workbench.reconcile.link.spark.blocks import Blocks
from workbench.reconcile.link.spark.records import Frame, Records, numbers, records_of
from workbench.reconcile.link.spark.session import kept, session
from workbench.reconcile.link.telling import BEST_FIRST, in_order
from workbench.reconcile.link.twins import Twins, twins_among

PAIRS_A_PART: Final = 250_000
"""Pairs that a worker weighs at a time."""


def link(
    connectworks: Frame,
    xpm: Frame,
    *,
    settings: LinkSettings | None = None,
    links: pd.DataFrame | None = None,
    rejected: pd.DataFrame | None = None,
) -> Frame:
    """Find which client of Connectworks is which of XPM, on Spark.

    Parameters
    ----------
    connectworks, xpm : pandas.DataFrame or pyspark.sql.DataFrame
        Clients of both sides, with their types; from a Spark frame `client_id` may not be missing.
    settings, links, rejected
        As for one machine.

    Returns
    -------
    pandas.DataFrame or pyspark.sql.DataFrame
        The candidates that one machine finds; a Spark frame if either side was one.

    Raises
    ------
    BadInput
        As on one machine, and where records do not say what they are.
    """
    spark = session()
    records = records_of(spark, connectworks, xpm)
    if not records.typed:
        raise BadInput(
            "Spark links clients that say what they are, and entity_type is missing or blank on one side.",
            "Give both frames an entity_type, or link them with engine='local'.",
        )
    linked, gone = records.pairs(spark, links), records.pairs(spark, rejected)
    told, skipped = _Run(spark, records, settings or LinkSettings()).candidates(linked, gone)
    if isinstance(connectworks, pd.DataFrame) and isinstance(xpm, pd.DataFrame):
        frame = in_order(numbers(told))
        frame.attrs["notes"] = notes_of(skipped)
        return frame
    return told.orderBy(*(fn.desc(name) if down else fn.asc(name) for name, down in BEST_FIRST.items()))


Work = Callable[[pa.Table, pa.Table, workers.Firm], pa.Table]


@dataclass(frozen=True)
class _Run:
    """One linking of one firm."""

    spark: SparkSession
    records: Records
    settings: LinkSettings

    def candidates(self, linked: Pairs, gone: Pairs) -> tuple[DataFrame, dict[str, int]]:
        """Give the candidates, and how many pairs were left out; `linked` and `gone` are pairs of rows."""
        facts = self._read()
        firm = workers.Firm(Frequencies(self.records.sizes, _tables(facts)), self.settings)
        keys = facts.filter("what = 'key'").select("kind", "key", "row")
        blocks = Blocks.of(keys, self.records.sizes)
        twins = self._twins(blocks, firm)
        firm = replace(firm, outlived=twins.outlived)
        pairs = self._pairs(blocks, facts, linked, gone)
        weights = numbers(self._by_parts(pairs, workers.weights, workers.WEIGHTS, firm)).sort("left", "right")
        evidence = _weights_only(weights)
        judged = judge(evidence, twins, linked, self.settings)
        firm = replace(firm, known=self._with_living(firm.known, twins), twice=judged.twice)
        shown = self._shown(evidence, judged)
        skipped = {} if self._all_meet else blocks.skipped
        return self._by_parts(shown, workers.candidates, workers.TOLD, firm), skipped

    @property
    def _all_meet(self) -> bool:
        n, m = self.records.sizes
        return n * m <= ALL_PAIRS_UP_TO

    def _read(self) -> DataFrame:
        read = partial(workers.read, lefts=self.records.sizes[0])
        return kept(self.records.frame.mapInArrow(read, from_arrow_schema(workers.FACTS)))

    def _twins(self, blocks: Blocks, firm: workers.Firm) -> Twins:
        """Find the records that seem to stand twice on their side."""
        pairs = blocks.within(False).union(blocks.within(True))
        found = kept(self._by_parts(pairs, workers.twins, workers.PAIRS, firm))
        rows = found.select(fn.col("left").alias("row")).union(found.select("right"))
        table = numbers(found).sort("left", "right").with_columns(weight=0.0)
        return twins_among(_weights_only(table), *self._states(rows))

    def _states(self, rows: DataFrame) -> tuple[Flags, Flags]:
        """Tell which of some rows' records are gone, and which are contacts."""
        gone, contact = fn.col("lifecycle").isin(*GONE), fn.col("nature") == "contact"
        known = self.records.frame.join(rows.distinct(), "row", "left_semi")
        table = numbers(known.select("row", gone.alias("gone"), contact.alias("contact")))
        result = np.zeros((2, len(self.records)), dtype=bool)
        result[:, table["row"].to_numpy()] = table.select("gone", "contact").fill_null(False).to_numpy().T
        return result[0], result[1]

    def _pairs(self, blocks: Blocks, facts: DataFrame, linked: Pairs, gone: Pairs) -> DataFrame:
        """Give all pairs to weigh: those that meet, and those that are linked."""
        n = self.records.sizes[0]
        if self._all_meet:
            rows = self.records.frame.select("row")
            left = rows.filter(fn.col("row") < n).withColumnRenamed("row", "left")
            met = left.crossJoin(rows.filter(fn.col("row") >= n).withColumnRenamed("row", "right"))
        else:
            met = kept(blocks.across())
            met = met.union(self._table(*self._rescued(met, facts)))
        met = met.join(fn.broadcast(self._table(*gone)), ["left", "right"], "left_anti")
        whole = (linked[0] >= 0) & (linked[1] >= 0)
        return met.union(self._table(linked[0][whole], linked[1][whole])).distinct()

    def _rescued(self, met: DataFrame, facts: DataFrame) -> Pairs:
        """Give each record that met nobody the most similar name of the other side."""
        names = facts.filter("what = 'name'").select("row", "text")
        rows = met.select(fn.col("left").alias("row")).union(met.select("right"))
        alone = kept(names.join(rows, "row", "left_anti"))
        there, here = self._by_side(names), self._by_side(alone)
        found = [np.empty(0, dtype=np.int64)], [np.empty(0, dtype=np.int64)]
        for side in (0, 1):
            if not 0 < here[side] * there[1 - side] <= RESCUE_CELLS:
                continue
            asked, offered = self._names_of(alone, side), self._names_of(names, 1 - side)
            at, other = resembling(asked["text"].to_list(), offered["text"].to_list())
            found[side].append(asked["row"].to_numpy()[at])
            found[1 - side].append(offered["row"].to_numpy()[other])
        return np.concatenate(found[0]), np.concatenate(found[1])

    def _by_side(self, rows: DataFrame) -> tuple[int, int]:
        """Count rows of the left and of the right side."""
        lefts = fn.sum(fn.when(fn.col("row") < self.records.sizes[0], 1).otherwise(0)).alias("lefts")
        table = numbers(rows.agg(lefts, fn.count("*").alias("all"))).fill_null(0)
        return table["lefts"][0], table["all"][0] - table["lefts"][0]

    def _names_of(self, names: DataFrame, side: int) -> pl.DataFrame:
        return numbers(names.filter((fn.col("row") >= self.records.sizes[0]) == bool(side))).sort("row")

    def _with_living(self, known: Frequencies, twins: Twins) -> Frequencies:
        """Tell also how often identifiers stand, outlived records aside."""
        rows = np.flatnonzero(twins.outlived)
        some = self.records.frame.join(self._table(rows, rows).select(fn.col("left").alias("row")), "row")
        count = partial(workers.count, lefts=self.records.sizes[0])
        told = _tables(some.mapInArrow(count, from_arrow_schema(workers.FACTS)), 1)
        living = {f"living {field}": _less(known.tables, told, field) for field in IDENTIFIERS}
        return replace(known, tables={**known.tables, **living})

    def _shown(self, evidence: Evidence, judged: Judged) -> DataFrame:
        shown = np.flatnonzero(judged.shown)
        standing: Standing = judged.standing.at(shown)
        return self._frame(
            {
                "left": evidence.left[shown],
                "right": evidence.right[shown],
                "probability": standing.probability,
                "chosen": standing.chosen,
                "rank": standing.rank,
                "margin": standing.margin,
                "doubted": judged.doubted[shown],
            }
        )

    def _table(self, left: Any, right: Any) -> DataFrame:
        return self._frame({"left": left, "right": right})

    def _frame(self, columns: dict[str, Any]) -> DataFrame:
        table = pa.table({name: pa.array(values) for name, values in columns.items()})
        return self.spark.createDataFrame(table)

    def _by_parts(self, pairs: DataFrame, work: Work, gives: pa.Schema, firm: workers.Firm) -> DataFrame:
        """Work on pairs in parts; each is given the records that its pairs name, each once."""
        pairs = kept(pairs)
        parts = max(pairs.count() // PAIRS_A_PART + 1, 2 * self.spark.sparkContext.defaultParallelism)
        # One record's pairs stay together.
        pairs = pairs.withColumn("part", fn.pmod(fn.hash("left"), fn.lit(parts)))
        of = [
            pairs.select(fn.col("part").alias("of"), fn.col(side).alias("row")) for side in ("left", "right")
        ]
        records = of[0].union(of[1]).distinct().join(self.records.frame, "row")
        told = self.spark.sparkContext.broadcast(firm)

        def apply(some: pa.Table, their_records: pa.Table) -> pa.Table:
            return work(some, their_records, told.value)

        grouped = pairs.groupBy("part").cogroup(records.groupBy("of"))
        return grouped.applyInArrow(apply, from_arrow_schema(gives))


def _tables(facts: DataFrame, least: int = COMMON) -> dict[str, pl.DataFrame]:
    """Count values in the whole firm; by kind, those that several records of a side have."""
    counts = facts.filter("what = 'count'").groupBy("kind", "text")
    counts = counts.agg(fn.sum("left").alias("left"), fn.sum("right").alias("right"))
    common = numbers(counts.filter(fn.greatest("left", "right") >= least))
    by_kind = common.rename({"text": "value"}).partition_by("kind", as_dict=True, include_key=False)
    return {str(kind): table for (kind,), table in by_kind.items()}


def _less(all_of_them: Any, some: Any, kind: str) -> pl.DataFrame:
    """Take some records' counts off the counts of all."""
    none = pl.DataFrame(schema={"value": pl.String, "left": pl.Int64, "right": pl.Int64})
    table = all_of_them.get(kind, none).join(some.get(kind, none), on="value", how="left")
    left, right = (pl.col(side) - pl.col(f"{side}_right").fill_null(0) for side in ("left", "right"))
    return table.select("value", left, right)


def _weights_only(table: pl.DataFrame) -> Evidence:
    """Give pairs of which nothing but the weight is told."""
    left, right, weights = (table[name].to_numpy() for name in ("left", "right", "weight"))
    return Evidence(left, right, weights, {}, Agreements.none(len(left)), {})
