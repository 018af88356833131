"""Compare the linked clients of both systems, field by field: what differs, how, and what to do about it.

Each field goes through the same steps, a whole column at a time: take both sides' cells, judge them, set them
against the last agreed pair, add what a person should be warned of. Of all of these there are few distinct
ones, so each is described once and numbered. Nothing is repaired and nothing is dropped: cells stay as
received.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from typing import Final, NamedTuple, TypeVar

import numpy as np
import pandas as pd
import polars as pl

from workbench.domain.fields import BY_NAME, COMPARED, CONNECTWORKS, SIDE_LABELS, SIDES, XPM
from workbench.domain.frames import DIFFERENCES, Clients
from workbench.domain.progress import Tell, between, nobody
from workbench.domain.settings import CompareSettings, RuleSettings
from workbench.domain.swaps import SWAPS
from workbench.domain.warnings import LOST
from workbench.reconcile import cautions, judging, rules
from workbench.reconcile.agreed import Agreed, Agreements, pair_texts
from workbench.reconcile.cautions import Cautions
from workbench.reconcile.describe import ALIKE, Cell, Described, When, describe, same_value
from workbench.reconcile.judging import Judged
from workbench.reconcile.pairing import Pairing, pair
from workbench.reconcile.text_columns import Codes, as_column, as_texts, at, numbered

__all__ = ["compare", "same_value"]

Cells = tuple[pl.Series, pl.Series]
Found = TypeVar("Found")
AT_ONCE: Final = 2
"""Fields that are worked on at a time: most of the work leaves Python, so that threads do it side by side."""
PAIRED, TAKEN, JUDGED, SAID = 0.04, 0.08, 0.65, 0.93
"""Which share of the work is done, roughly, by which step; the rest is laying out."""


def compare(
    clients: Clients,
    links: pd.DataFrame,
    baseline: pd.DataFrame | None = None,
    *,
    memberships: pd.DataFrame | None = None,
    moved: pd.DataFrame | None = None,
    flips: pd.DataFrame | None = None,
    settings: CompareSettings | None = None,
    tell: Tell = nobody,
) -> pd.DataFrame:
    """Compare every link's two records in every compared field.

    Parameters
    ----------
    clients : Clients
        Both sides as received.
    links : pandas.DataFrame
        At least ``connectworks_id`` and ``xpm_id``.
    baseline : pandas.DataFrame, optional
        The last agreed pair of values per link and field (`workbench.domain.frames.BASELINE`). Without it no
        direction is suggested for two values that are both there.
    memberships : pandas.DataFrame, optional
        Which contact belongs to which client; `clients.memberships` where not given.
    moved : pandas.DataFrame, optional
        When values changed (`workbench.reconcile.moved.moved`), for the reasons' dates.
    flips : pandas.DataFrame, optional
        Whose values flip back and forth (`workbench.domain.frames.FLIPS`), to be warned of.
    settings : CompareSettings, optional
        The firm's home country, time zone, own domains and addresses, and rules.
    tell : callable, optional
        Hears between the steps which share of the work is done (0 to 1); what it raises ends the work.

    Returns
    -------
    pandas.DataFrame
        `workbench.domain.frames.DIFFERENCES`, all text: one row per link and field, links in the given order,
        fields in the field table's. A link whose record is not among the clients is ``not_comparable``.

    Raises
    ------
    BadInput
        If the links name no records.
    """
    settings = settings or CompareSettings()
    pairing = pair(clients, links, settings.home_country)
    known = cautions.records(pairing, cautions.contact_clients(clients, memberships), flips)
    tell(PAIRED)
    cells = _of_each(
        lambda field: (pairing.cells(CONNECTWORKS, field), pairing.cells(XPM, field)),
        between(tell, PAIRED, TAKEN),
    )
    habits = judging.habits(pairing)
    judged = _of_each(
        lambda field: judging.judged(field, *cells[field], *habits), between(tell, TAKEN, JUDGED)
    )
    for words, (first, second) in SWAPS.items():
        judging.name_swaps(cells, judged, habits, first, second, words)
    agreed, absences = Agreements(baseline, pairing.links["link_id"]), pairing.absences()
    when, link_ids = When(settings.time_zone, _spans(moved)), as_column(pairing.links["link_id"])

    def say(field: str) -> _Told:
        base, untold = agreed.of(field), pl.lit(_untold(clients, field), pl.String)
        absent = absences.to_frame("absence").select(pl.coalesce("absence", untold)).to_series()
        more = absent.is_not_null() | known.of_contact(field) | base["there"]
        places = np.flatnonzero(judged[field].asked | more.to_numpy())
        some = _Some(
            (cells[field][0].gather(places), cells[field][1].gather(places)),
            judged[field].at(places),
            absent.gather(places),
            base[places],
            link_ids.gather(places),
        )
        warned = _warned(pairing, known, field, some, places, settings)
        ruled, which = rules.rules_for(pairing, field, settings.rules)
        return _Told(places, *_described(field, some, warned, (ruled[places], which), when))

    told = _of_each(say, between(tell, JUDGED, SAID))
    return _frame(pairing, cells, list(told.values()))


def _of_each(work: Callable[[str], Found], tell: Tell) -> dict[str, Found]:
    """Do some work for every compared field; what takes longest is begun first."""
    begun = sorted(COMPARED, key=lambda field: BY_NAME[field].kind not in ("address", "name"))
    with ThreadPoolExecutor(AT_ONCE) as pool:
        found = {field: pool.submit(work, field) for field in begun}
        try:
            for done, one in enumerate(as_completed(found.values()), start=1):
                one.result()
                tell(done / len(found))
        except BaseException:  # whoever stops it waits for no more fields than are being worked on
            pool.shutdown(wait=False, cancel_futures=True)
            raise
    return {field: found[field].result() for field in COMPARED}


class _Some(NamedTuple):
    """What is known of some links in one field, an entry a link."""

    cells: Cells
    judged: Judged
    absences: pl.Series
    base: pl.DataFrame
    links: pl.Series


class _Told(NamedTuple):
    """What is said of some links in one field: where, by what number, what it stands for, what was agreed."""

    places: Codes
    codes: Codes
    described: list[Described]
    baseline: pl.Series


def _untold(clients: Clients, field: str) -> str | None:
    """Say which side's source has no such column, so that its blank means nothing; None where none."""
    columns = set(BY_NAME[field].columns)
    lacking = [SIDE_LABELS[side] for side, told in clients.told.items() if not columns & told]
    return f"The export of {' and '.join(lacking)} has no such column." if lacking else None


def _warned(
    pairing: Pairing,
    known: cautions.Records,
    field: str,
    some: _Some,
    places: Codes,
    settings: CompareSettings,
) -> tuple[Codes, list[Cautions]]:
    """Gather what a person should know of a field's cells; of two that are alike, only whose value it is."""
    codes = known.of_contact(field).gather(places).cast(pl.Int64).to_numpy().copy()
    apart = np.flatnonzero(~some.judged.are(ALIKE))
    cells = [side.gather(apart) for side in some.cells]
    found, gathered = cautions.gather(pairing, known, field, cells, places[apart], settings)
    alike = [Cautions(from_contact=borrowed) for borrowed in (False, True)]
    codes[apart] = found + len(alike)
    return codes, alike + gathered


def _described(
    field: str,
    some: _Some,
    warned: tuple[Codes, list[Cautions]],
    ruled: tuple[Codes, list[RuleSettings | None]],
    when: When,
) -> tuple[Codes, list[Described], pl.Series]:
    """Describe one field's cells; those of which the same is known are described once."""
    there, why = some.base["there"], some.base["why"]
    lost = why.set(~why.is_in(list(LOST)).fill_null(False), None)
    # Only of what has moved does it matter from where and when.
    apart = [now.ne_missing(some.base[side]) for now, side in zip(some.cells, SIDES, strict=True)]
    moved = there & lost.is_null() & (apart[0] | apart[1])
    rows = pl.DataFrame(
        {
            "verdict": some.judged.codes,
            "cautions": warned[0],
            "rule": ruled[0],
            "absence": some.absences,
            "blank": some.cells[1].is_null(),
            "there": there,
            "lost": lost,
            "place": pl.int_range(len(moved), eager=True).set(~moved, None),
        }
    )
    codes, distinct = numbered(rows)
    described = []
    for row in distinct.iter_rows(named=True):
        link, values, base = "", (None, None if row["blank"] else ""), None
        if row["place"] is not None:
            link, values = some.links[row["place"]], tuple(side[row["place"]] for side in some.cells)
            base = Agreed(*some.base.row(row["place"])[1:])
        elif row["there"]:
            base = Agreed(*values, None, row["lost"])
        known = some.judged.table[row["verdict"]], warned[1][row["cautions"]]
        cell = Cell(link, *values, *known, row["absence"], ruled[1][row["rule"]])
        described.append(describe(field, cell, base, when))
    shown = there & lost.is_null() & some.absences.is_null()
    return codes, described, some.base.select(pl.when(shown).then(pair_texts())).to_series()


def _spans(moved: pd.DataFrame | None) -> dict[tuple[str, str, str], tuple[str, str]]:
    if moved is None:
        return {}
    columns = ("link_id", "field", "side", "since", "until")
    rows = zip(*(moved[c].astype(str) for c in columns), strict=True)
    return {(link, field, side): (since, until) for link, field, side, since, until in rows}


def _frame(pairing: Pairing, cells: dict[str, Cells], told: Sequence[_Told]) -> pd.DataFrame:
    """Lay the fields' columns out link by link; the cells are given up once they are laid out."""
    size, wide = len(pairing), len(COMPARED)
    values: dict[str, pd.api.extensions.ExtensionArray] = {}
    by_link = np.arange(size * wide, dtype=np.uint32).reshape(wide, size).T.ravel()
    for place, side in enumerate(SIDES):
        values[side] = as_texts(pl.concat([cells[field][place] for field in COMPARED]).gather(by_link))
    cells.clear()  # or a million links would be held twice
    pairing.forget()
    codes, described, baseline = _all_told(told, size)
    rows = pl.Series(codes, dtype=pl.UInt32)

    def said(place: int) -> pd.api.extensions.ExtensionArray:
        return as_texts(pl.Series([one[place] for one in described], dtype=pl.String).gather(rows))

    with ThreadPoolExecutor(AT_ONCE) as pool:
        values |= zip(Described._fields, pool.map(said, range(len(Described._fields))), strict=True)
    values["baseline"] = as_texts(baseline.gather(by_link))
    links = np.repeat(np.arange(size, dtype=np.uint32), wide)
    ids = {name: as_column(pairing.links[name]) for name in ("link_id", "connectworks_id", "xpm_id")}
    ids["contact_id"] = pairing.column(XPM, "contact_id")
    for name, column in ids.items():
        values[name] = as_texts(column.gather(links))
    fields = np.tile(np.arange(wide, dtype=np.uint32), size)
    values["field"] = as_texts(pl.Series(COMPARED).gather(fields))
    return pd.DataFrame({name: values[name] for name in DIFFERENCES})


def _all_told(told: Sequence[_Told], size: int) -> tuple[Codes, list[Described], pl.Series]:
    """Put together what is said of all fields: its number link by link, its meaning, the agreed by field."""
    codes = np.zeros((size, len(told)), dtype=np.int64)  # where nothing is said, both are the same
    described, baseline = [Described()], []
    for column, one in enumerate(told):
        codes[one.places, column] = one.codes + len(described)
        described += one.described
        rows = np.full(size, -1)
        rows[one.places] = np.arange(len(one.places))
        baseline.append(at(one.baseline, rows))
    return codes.ravel(), described, pl.concat(baseline)
