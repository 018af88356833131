"""Both sides' records as one Spark table, numbered as on one machine: left first, each side by client_id."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, TypeAlias, cast

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as fn

from workbench.domain.errors import BadInput
from workbench.domain.fields import CONNECTWORKS, XPM
from workbench.domain.frames import as_links
from workbench.reconcile.link.blocking import Pairs
from workbench.reconcile.link.received import READ, demand_names, side_of
from workbench.reconcile.link.spark.session import kept

Frame: TypeAlias = "pd.DataFrame | DataFrame"
# Spark numbers the rows of each partition from a multiple of 2 to this power on.
_A_PARTITION: Final = 33


@dataclass(frozen=True)
class Records:
    """Both sides' records.

    Parameters
    ----------
    frame : pyspark.sql.DataFrame
        ``row``, ``client_id`` and the columns that linking reads, as received.
    sizes : tuple of int
        How many records each side has; the left side's rows come first.
    """

    frame: DataFrame
    sizes: tuple[int, int]

    def __len__(self) -> int:
        return sum(self.sizes)

    @property
    def typed(self) -> bool:
        """Whether both sides say what their records are."""
        known = self.frame.filter("entity_type is not null").select(fn.col("row") < self.sizes[0])
        return known.distinct().count() == 2

    def pairs(self, spark: SparkSession, frame: pd.DataFrame | None) -> Pairs:
        """Turn pairs of ids into pairs of rows; −1 for an id that is not here, and no pair where neither is.

        Parameters
        ----------
        spark : SparkSession
            Where the records are.
        frame : pandas.DataFrame, optional
            ``connectworks_id`` and ``xpm_id`` of each pair.
        """
        if frame is None or frame.empty:
            return np.empty(0, dtype=np.int64), np.empty(0, dtype=np.int64)
        known = as_links(frame)
        columns = ("connectworks_id", "xpm_id")
        asked = pd.concat([known[name] for name in columns]).dropna().drop_duplicates()
        ids = spark.createDataFrame(pa.table({"client_id": pa.array(asked, pa.string())}))
        found = numbers(self.frame.select("client_id", "row").join(fn.broadcast(ids), "client_id"))
        sides = found.filter(pl.col("row") < self.sizes[0]), found.filter(pl.col("row") >= self.sizes[0])
        rows = [
            known[name].map(dict(side.select("client_id", "row").iter_rows())).fillna(-1).to_numpy(np.int64)
            for name, side in zip(columns, sides, strict=True)
        ]
        here = (rows[0] >= 0) | (rows[1] >= 0)
        return rows[0][here], rows[1][here]


def records_of(spark: SparkSession, connectworks: Frame, xpm: Frame) -> Records:
    """Put both sides into one table.

    Parameters
    ----------
    spark : SparkSession
        Where to put it.
    connectworks, xpm : pandas.DataFrame or pyspark.sql.DataFrame
        Any frames of client-like columns.

    Raises
    ------
    BadInput
        If there is neither a name nor an identifier to link by, or ids repeat.
    """
    left, n = _side(spark, connectworks, CONNECTWORKS, 0)
    right, m = _side(spark, xpm, XPM, n)
    parts = 2 * spark.sparkContext.defaultParallelism
    return Records(kept(left.unionByName(right).repartition(parts, "row")), (n, m))


def _side(spark: SparkSession, frame: Frame, side: str, first: int) -> tuple[DataFrame, int]:
    """Give one side's records, numbered from some row on, and how many there are."""
    if isinstance(frame, pd.DataFrame):
        table = side_of(frame, side).with_row_index("row", offset=first)
        schema = pa.schema({"row": pa.int64(), **dict.fromkeys(table.columns[1:], pa.string())})
        return spark.createDataFrame(table.to_arrow().cast(schema)), len(table)
    ordered = _received(frame, side).orderBy("client_id")
    return _numbered(kept(ordered.withColumn("at", fn.monotonically_increasing_id())), side, first)


def _received(frame: DataFrame, side: str) -> DataFrame:
    """Take the columns that linking reads, as text; blank is missing."""
    demand_names(frame.columns, side)
    if "client_id" not in frame.columns:
        raise BadInput(f"The {side} frame has no client_id.", "Give every record an id of its own.")
    texts = {name: fn.col(name).cast("string") if name in frame.columns else fn.lit(None) for name in READ}
    blank = {name: fn.when(text != "", text).cast("string") for name, text in texts.items()}
    return frame.select(*((texts | blank | {"client_id": texts["client_id"]})[n].alias(n) for n in READ))


def _numbered(ordered: DataFrame, side: str, first: int) -> tuple[DataFrame, int]:
    part = fn.shiftright("at", _A_PARTITION)
    counts = numbers(ordered.groupBy(part.alias("part")).agg(fn.count("*").alias("rows"))).sort("part")
    size = int(counts["rows"].sum())
    if ordered.agg(fn.count_distinct("client_id")).first()[0] < size:
        raise BadInput(
            f"The {side} frame holds a client_id more than once.", "Give every record an id of its own."
        )
    starts = counts.select("part", (pl.col("rows").cum_sum() - pl.col("rows") + first).alias("start"))
    start = fn.lit(first)
    for number, at in starts.iter_rows():
        start = fn.when(part == number, at).otherwise(start)
    row = start + fn.col("at") - fn.shiftleft(part, _A_PARTITION)
    return ordered.withColumn("row", row.cast("long")).drop("at"), size


def numbers(frame: DataFrame) -> pl.DataFrame:
    """Bring a table of a few columns to the driver."""
    return pl.DataFrame(pl.from_arrow(cast(pa.Table, frame.toArrow())))
