"""Whole columns of cells judged at once: the plain bulk by Polars, the odd rest by the judgement of one pair.

A cell is plain where nothing is to be said of it but its normal form, and two plain cells are judged by
comparing these. Whatever is not plain goes to `workbench.reconcile.verdicts.judge`; both give the same
verdict of every pair.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, Final, NamedTuple

import numpy as np
import polars as pl

from workbench.domain.fields import BY_NAME, SIDES
from workbench.reconcile import judging_plain
from workbench.reconcile.describe import ALIKE
from workbench.reconcile.normalise import identifiers
from workbench.reconcile.pairing import Pairing
from workbench.reconcile.text_columns import Codes, Flags, numbered
from workbench.reconcile.verdicts import BOTH_BLANK, SAME, Habits, Verdict, judge

CELLS_AT_ONCE: Final = 1 << 17
"""Pairs judged at a time: what is written down on the way takes far more room than the pairs themselves."""
_HABIT: Final = {"phone": "country", "address": "country", "name": "entity_type"}


class Judged(NamedTuple):
    """Verdicts of one field's pairs of cells.

    Parameters
    ----------
    codes : array of int
        Each pair's number.
    table : list of Verdict
        The verdict of each number; the first are `SAME` and `BOTH_BLANK`.
    asked : array of bool
        Which pairs are more than two equal texts.
    """

    codes: Codes
    table: list[Verdict]
    asked: Flags

    def at(self, places: Codes) -> Judged:
        """Give the verdicts of some pairs."""
        return Judged(self.codes[places], self.table, self.asked[places])

    def are(self, kinds: Sequence[str]) -> Flags:
        """Tell of which pairs the verdict is one of these kinds."""
        return np.array([verdict.kind in kinds for verdict in self.table])[self.codes]


def habits(pairing: Pairing) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Give per side how each link's cells are to be read: columns ``country`` and ``entity_type``.

    Parameters
    ----------
    pairing : Pairing
        The linked records.
    """
    ours, theirs = (
        pl.DataFrame({"country": pairing.countries(side), "entity_type": pairing.column(side, "entity_type")})
        for side in SIDES
    )
    return ours, theirs


def judged(
    field: str, ours: pl.Series, theirs: pl.Series, our_habits: pl.DataFrame, their_habits: pl.DataFrame
) -> Judged:
    """Judge a field's pairs of cells.

    Parameters
    ----------
    field : str
        A compared field.
    ours, theirs : polars.Series of str
        Both sides' cells (Connectworks, XPM); null is blank.
    our_habits, their_habits : polars.DataFrame
        How they are read (`habits`).
    """
    habit = _HABIT.get(BY_NAME[field].kind)
    none = pl.lit(None, pl.String)
    rows = pl.DataFrame([ours.alias("ours"), theirs.alias("theirs")]).with_columns(
        *(
            (side[habit] if habit else none).alias(name)
            for side, name in ((our_habits, "our_habit"), (their_habits, "their_habit"))
        )
    )
    codes = rows["ours"].is_null().to_numpy().astype(np.int64)  # of two equal texts, SAME or BOTH_BLANK
    apart = ours.ne_missing(theirs)
    odd = apart
    if BY_NAME[field].kind == "tax":  # of a masked number not even equal texts say anything
        odd = apart | identifiers.are_masked(ours).fill_null(False)
    places = odd.arg_true()
    table = {SAME: 0, BOTH_BLANK: 1}
    parts = [_codes(field, part, table) for part in rows[places].iter_slices(CELLS_AT_ONCE)]
    codes[places.to_numpy()] = np.concatenate([codes[:0], *parts])
    asked = np.ones(len(rows), dtype=bool) if BY_NAME[field].kind == "tax" else apart.to_numpy()
    return Judged(codes, list(table), asked)


def _codes(field: str, rows: pl.DataFrame, table: dict[Verdict, int]) -> Codes:
    """Judge pairs: the plain ones as columns, the others each by itself; new verdicts join the table."""
    found = judging_plain.found(field, rows)
    blank = (rows["ours"].is_null().alias("ours_blank"), rows["theirs"].is_null().alias("theirs_blank"))
    numbers, distinct = numbered(found.with_columns(blank))
    of = [table.setdefault(_verdict(row), len(table)) for row in distinct.iter_rows(named=True)]
    codes = np.array(of, dtype=np.int64)[numbers]
    odd = found["kind"].is_null().arg_true()
    verdicts = _one_by_one(field, rows[odd])
    codes[odd.to_numpy()] = [table.setdefault(verdict, len(table)) for verdict in verdicts]
    return codes


def _verdict(row: Mapping[str, Any]) -> Verdict:
    blank, usable = ((row[f"ours_{name}"], row[f"theirs_{name}"]) for name in ("blank", "usable"))
    warnings = tuple((row["warnings"] or "").split())
    return Verdict(row["kind"], row["richer"], row["slip"], row["change"], blank, usable, warnings)


def _one_by_one(field: str, rows: pl.DataFrame) -> list[Verdict]:
    """Judge pairs of cells, each by itself."""
    habit = _HABIT.get(BY_NAME[field].kind)
    known: dict[str | None, Habits] = {}

    def read_by(value: str | None) -> Habits:
        if value not in known:
            known[value] = Habits(**({habit: value} if habit else {}))
        return known[value]

    return [judge(field, a, b, read_by(x), read_by(y)) for a, b, x, y in rows.iter_rows()]


def name_swaps(
    cells: Mapping[str, tuple[pl.Series, pl.Series]],
    judgements: dict[str, Judged],
    read_by: tuple[pl.DataFrame, pl.DataFrame],
    first: str,
    second: str,
    words: str,
) -> None:
    """Mark the links where one side holds two fields' values the other way round.

    Parameters
    ----------
    cells : mapping
        Field to both sides' cells.
    judgements : dict
        Field to its verdicts; those of the two fields are replaced.
    read_by : tuple of polars.DataFrame
        How both sides' cells are read (`habits`).
    first, second : str
        The two fields.
    words : str
        The slip in words.
    """
    apart = ~(judgements[first].are(ALIKE) | judgements[second].are(ALIKE))
    for side in (*cells[first], *cells[second]):
        apart &= side.is_not_null().to_numpy()
    places = np.flatnonzero(apart)
    ours, theirs = ([cells[field][side].gather(places) for field in (first, second)] for side in (0, 1))
    by = [side[places] for side in read_by]
    crossed = zip(ours, reversed(theirs), strict=True)
    # The second field's notion of equality: a box is no physical address, but it is an address.
    alike = [judged(second, *values, *by).are(ALIKE) for values in crossed]
    swapped = places[alike[0] & alike[1]]
    for field in (first, second):
        judgements[field] = _named(judgements[field], swapped, words)


def _named(judged: Judged, places: Codes, words: str) -> Judged:
    """Name the slip of some pairs."""
    table = {verdict: code for code, verdict in enumerate(judged.table)}
    codes = judged.codes.copy()
    for code in np.unique(codes[places]):
        verdict = replace(judged.table[code], kind="different", richer=None, slip=words)
        codes[places[judged.codes[places] == code]] = table.setdefault(verdict, len(table))
    return Judged(codes, list(table), judged.asked)
