"""What each executor does: Arrow tables in, Arrow tables out, by the same functions as on one machine.

Nothing here knows Spark. A worker sees some records of the firm, and is told (`Frequencies`) how often
values stand in all of it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Final

import numpy as np
import polars as pl
import pyarrow as pa

from workbench.domain.frames import CANDIDATES
from workbench.domain.link_settings import LinkSettings
from workbench.reconcile.link.assign import Standing
from workbench.reconcile.link.blocking import Pairs, keys_of, written
from workbench.reconcile.link.codes import Codes, Flags, Hashes, mixed, whole_hashes
from workbench.reconcile.link.doubts import doubts_of
from workbench.reconcile.link.evidence import Evidence
from workbench.reconcile.link.finding import LINKED_ELSEWHERE, ONCE, weighed
from workbench.reconcile.link.frequencies import Frequencies
from workbench.reconcile.link.prepared import Prepared, of_sides
from workbench.reconcile.link.rarity import Rarity, rarity
from workbench.reconcile.link.received import completed
from workbench.reconcile.link.telling import candidates_table
from workbench.reconcile.link.twins import alike

TOGETHER: Final = 100_000
"""Records that are read at a time."""
_WHOLE: Final = pa.int64()
FACTS: Final = pa.schema(
    [
        *((name, pa.string()) for name in ("what", "kind", "text")),
        *((name, _WHOLE) for name in ("row", "key", "left", "right")),
    ]
)
"""What is read of records: a ``key`` by which a row can meet others, the ``name`` of a row without spaces,
and the ``count`` of records that have a value."""
PAIRS: Final = pa.schema([("left", _WHOLE), ("right", _WHOLE)])
WEIGHTS: Final = PAIRS.append(pa.field("weight", pa.float64()))
_NUMBERS: Final = {"rank": _WHOLE, **dict.fromkeys(("probability", "match_weight", "margin"), pa.float64())}
TOLD: Final = pa.schema([(name, _NUMBERS.get(name, pa.string())) for name in CANDIDATES])
"""The columns of candidates."""


@dataclass(frozen=True)
class Firm:
    """What a worker must know of the whole firm.

    Parameters
    ----------
    known : Frequencies
        Its size, and how often its commoner values stand in it.
    settings : LinkSettings
        Where the lines lie.
    outlived : array of bool, optional
        Which rows are gone while their twin lives.
    twice : array of bool, optional
        Which rows seem to stand twice in their system.
    """

    known: Frequencies
    settings: LinkSettings
    outlived: Flags | None = None
    twice: Flags | None = None

    @property
    def lefts(self) -> int:
        """How many rows are the left side's; they come first."""
        return (self.known.sizes or (0, 0))[0]


@dataclass(frozen=True)
class _Some:
    """Some records of the firm, prepared; their rows in the firm are sorted."""

    both: Prepared
    rows: Codes

    @classmethod
    def of(cls, records: pl.DataFrame, lefts: int, known: Frequencies) -> _Some:
        records = records.sort("row")
        rows = records["row"].to_numpy()
        cut = int(np.searchsorted(rows, lefts))
        table = completed(records.drop("row"))
        return cls(of_sides(table[:cut], table[cut:], known), rows)

    @property
    def rare(self) -> Rarity:
        return rarity(self.both.names, len(self.both), self.both.known)

    def places(self, rows: Codes) -> Codes:
        """Tell where rows of the firm stand here."""
        return np.searchsorted(self.rows, rows)

    def pairs(self, table: pl.DataFrame) -> Pairs:
        return self.places(table["left"].to_numpy()), self.places(table["right"].to_numpy())


@dataclass(frozen=True)
class _Tally(Frequencies):
    """Notes what is counted here, for others to add up."""

    noted: list[pl.DataFrame] = field(default_factory=list)

    def of(self, kind: str, values: pl.Series, here: Codes) -> Codes:
        left, right = here.T if here.ndim == 2 else (here, np.zeros_like(here))
        counts = pl.DataFrame({"text": values.cast(pl.String), "left": left, "right": right})
        self.noted.append(counts.filter(left + right > 0).with_columns(kind=pl.lit(kind)))
        return here


def read(batches: Iterable[pa.RecordBatch], lefts: int) -> Iterator[pa.RecordBatch]:
    """Read records: their keys, their names and what is to be counted (`FACTS`).

    Parameters
    ----------
    batches : iterable of pyarrow.RecordBatch
        Records as received, with their ``row``.
    lefts : int
        How many rows are the left side's.
    """
    for table in _gathered(batches):
        tally = _Tally()
        some = _Some.of(table, lefts, tally)
        rare = some.rare
        named = np.flatnonzero(rare.length[: len(some.both)] > 0)
        names = {"row": some.rows[named], "text": written(some.both.names, named)}
        yield from _batches(pl.DataFrame(names).with_columns(what=pl.lit("name")), FACTS)
        for counts in tally.noted:
            yield from _batches(counts.with_columns(what=pl.lit("count")), FACTS)
        for kind, key in keys_of(some.both, rare).items():
            hashes = _content(some.both, kind, key.values)
            keys = pl.DataFrame({"row": some.rows[key.rows], "key": hashes.view(np.int64)})
            yield from _batches(keys.with_columns(what=pl.lit("key"), kind=pl.lit(kind)), FACTS)


def _content(both: Prepared, kind: str, values: Hashes) -> Hashes:
    """Give keys that mean the same everywhere, and another thing in every kind.

    A field's values are codes of this table only.
    """
    if kind in both.values:
        values = whole_hashes(both.values[kind].words)[values.astype(np.int64)]
    return mixed(values ^ whole_hashes(pl.Series([kind])))


def count(batches: Iterable[pa.RecordBatch], lefts: int) -> Iterator[pa.RecordBatch]:
    """Count the values that records have (the ``count`` of `FACTS`); the parameters are those of `read`."""
    for table in _gathered(batches):
        tally = _Tally()
        _Some.of(table, lefts, tally)
        for counts in tally.noted:
            yield from _batches(counts.with_columns(what=pl.lit("count")), FACTS)


def twins(pairs: pa.Table, records: pa.Table, firm: Firm) -> pa.Table:
    """Give those pairs of one side's records that seem to be one client (`PAIRS`).

    Parameters
    ----------
    pairs, records : pyarrow.Table
        Pairs of rows, and the records that they name.
    firm : Firm
        What is known of all records.
    """
    some, table = _asked(pairs, records, firm)
    rare, left = some.rare, table["left"].to_numpy()
    found = [
        alike(some.both, some.pairs(table.filter((left >= firm.lefts) == on_right)), rare, on_right)
        for on_right in (False, True)
    ]
    evidence = Evidence.of(found)
    rows = {"left": some.rows[evidence.left], "right": some.rows[evidence.right]}
    return _arrow(pl.DataFrame(rows), PAIRS)


def weights(pairs: pa.Table, records: pa.Table, firm: Firm) -> pa.Table:
    """Weigh the pairs that come to something (`WEIGHTS`); the parameters are those of `twins`."""
    some, table = _asked(pairs, records, firm)
    evidence = weighed(some.both, some.rare, some.pairs(table), _at(firm.outlived, some))
    rows = {"left": some.rows[evidence.left], "right": some.rows[evidence.right]}
    return _arrow(pl.DataFrame({**rows, "weight": evidence.weights}), WEIGHTS)


def candidates(pairs: pa.Table, records: pa.Table, firm: Firm) -> pa.Table:
    """Tell of the pairs that are shown (`TOLD`); the parameters are those of `twins`.

    The pairs come with their standing, and with ``doubted`` where one of them is linked to another.
    """
    some, table = _asked(pairs, records, firm)
    rare, gone = some.rare, _at(firm.outlived, some)
    evidence = weighed(some.both, rare, some.pairs(table), gone, -np.inf)
    standing = Standing(*(table[name].to_numpy() for name in ("probability", "chosen", "rank", "margin")))
    every, once = np.arange(len(table)), ONCE[firm.settings.cardinality or "one_to_one"]
    doubts = doubts_of(some.both, rare, evidence, _at(firm.twice, some), gone, every, once)
    doubts |= np.where(table["doubted"].to_numpy(), LINKED_ELSEWHERE, 0)
    suggested = standing.sure(firm.settings.line, firm.settings.lead) & (doubts == 0)
    return _arrow(candidates_table(some.both, evidence, standing, doubts, suggested), TOLD)


def _asked(pairs: pa.Table, records: pa.Table, firm: Firm) -> tuple[_Some, pl.DataFrame]:
    some = _Some.of(_polars(records).drop("of"), firm.lefts, firm.known)
    return some, _polars(pairs).sort("left", "right")


def _at(flags: Flags | None, some: _Some) -> Flags:
    return np.zeros(len(some.rows), dtype=bool) if flags is None else flags[some.rows]


def _gathered(batches: Iterable[pa.RecordBatch]) -> Iterator[pl.DataFrame]:
    """Put small batches together, so that words that many records have are read once."""
    some: list[pa.RecordBatch] = []
    for batch in batches:
        some.append(batch)
        if sum(map(len, some)) >= TOGETHER:
            yield _polars(pa.Table.from_batches(some))
            some = []
    if some:
        yield _polars(pa.Table.from_batches(some))


def _polars(table: pa.Table) -> pl.DataFrame:
    return pl.DataFrame(pl.from_arrow(table))


def _arrow(table: pl.DataFrame, schema: pa.Schema) -> pa.Table:
    missing = {name: pl.lit(None) for name in schema.names if name not in table.columns}
    return table.with_columns(**missing).select(schema.names).to_arrow().cast(schema)


def _batches(table: pl.DataFrame, schema: pa.Schema) -> list[pa.RecordBatch]:
    return _arrow(table, schema).to_batches()
