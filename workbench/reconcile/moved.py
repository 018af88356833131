"""When values left what was agreed on: what kept snapshots say about it, and no more than that.

A snapshot shows a value on one day. Between the last day on which a side still showed another value and the
first on which it showed the present one, somebody changed it.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final

import pandas as pd
import polars as pl

from workbench.domain.fields import COMPARED, SIDES
from workbench.domain.frames import cells, frame_of
from workbench.domain.warnings import LOST
from workbench.reconcile.describe import same_value
from workbench.reconcile.pairing import plain_texts
from workbench.reconcile.text_columns import as_column

_NEVER: Final = "\0"
"""No value is so."""
MOVED: Final = ("link_id", "field", "side", "since", "until")


@dataclass(frozen=True)
class Sight:
    """One side as it was seen at one time.

    Parameters
    ----------
    at : str
        When it was pulled (ISO 8601, UTC).
    clients : pandas.DataFrame
        A clients frame.
    looked : mapping
        When single records of it were looked at later (client id to ISO 8601, UTC).
    """

    at: str
    clients: pd.DataFrame
    looked: Mapping[str, str] = field(default_factory=dict)


@dataclass(slots=True)
class _Undated:
    """A value that is not the agreed one, and since when it is known to stand."""

    link_id: str
    field: str
    client_id: str
    value: str | None
    until: str


def moved(
    links: pd.DataFrame,
    baseline: pd.DataFrame,
    now: Mapping[str, Sight],
    before: Mapping[str, Iterable[Sight]],
) -> pd.DataFrame:
    """Date the values that have left the agreed ones.

    Parameters
    ----------
    links : pandas.DataFrame
        A LINKS frame.
    baseline : pandas.DataFrame
        A BASELINE frame.
    now : mapping
        Side to how it stands.
    before : mapping
        Side to how it stood earlier, latest first; read no further than dates are missing.

    Returns
    -------
    pandas.DataFrame
        ``link_id, field, side, since, until``: last seen otherwise, first seen as it is now. A value that
        no earlier sight shows otherwise has no row: nobody knows when it moved.
    """
    rows = []
    for side in SIDES:
        undated = _left(links, baseline, now[side], side)
        for sight in _while_any(undated, before[side]):
            dated = [one for one, old in _seen_then(undated, sight) if _was_other(one, old, sight.at)]
            rows += [{"side": side, "since": sight.at, **_told(one)} for one in dated]
            found = {id(one) for one in dated}
            undated[:] = [one for one in undated if id(one) not in found]
    return frame_of(rows, MOVED)


def gone_back(
    now: pd.DataFrame,
    before: Callable[[str, Collection[str]], Iterable[Sight]],
    at: str,
    ids: Collection[str],
) -> list[tuple[str, str]]:
    """Find what shows a value again that it had shown before the one that it showed last.

    Parameters
    ----------
    now : pandas.DataFrame
        One side's clients frame.
    before : callable
        Gives how some records of that side stood before a time (ISO 8601, UTC), latest first; read no
        further than something may be found, and asked for no more records than may have gone back.
    at : str
        When the frame was pulled.
    ids : collection of str
        The records that count.

    Returns
    -------
    list of (client_id, field)
        Values are told apart as they are written.
    """
    last = next(iter(before(at, ids)), None)
    if last is None:
        return []
    was = _shown(last.clients, COMPARED, ids)
    new = {cell: value for cell, value in _shown(now, COMPARED, ids).items() if was.get(cell, value) != value}
    earlier = iter(before(last.at, {client for client, _ in new}))
    found = []
    while new and (sight := next(earlier, None)) is not None:
        shown = _shown(sight.clients, {name for _, name in new}, {client for client, _ in new})
        back = [cell for cell, value in new.items() if shown.get(cell, _NEVER) == value]
        found += back
        new = {cell: value for cell, value in new.items() if cell not in set(back)}
    return sorted(found)


def _was_other(one: _Undated, old: str | None, at: str) -> bool:
    """Tell whether a side still showed another value; if not, the present one stood already then."""
    if not same_value(one.field, old, one.value):
        return True
    one.until = at
    return False


def _told(one: _Undated) -> dict[str, str]:
    return {"link_id": one.link_id, "field": one.field, "until": one.until}


def _left(links: pd.DataFrame, baseline: pd.DataFrame, now: Sight, side: str) -> list[_Undated]:
    """Find what a side shows otherwise than was agreed."""
    kept = baseline[~baseline["why"].isin(LOST)] if "why" in baseline else baseline
    agreed = pl.DataFrame(
        {name: as_column(kept[name]) for name in ("link_id", "field", side)}
    ).with_row_index()
    joined = pl.DataFrame({"link_id": as_column(links["link_id"]), "client": as_column(links[f"{side}_id"])})
    found = []
    for (name,), some in agreed.join(joined, on="link_id").partition_by("field", as_dict=True).items():
        cell = as_column(cells(now.clients, str(name))).alias("present")
        shown = pl.DataFrame([as_column(now.clients["client_id"]).alias("client"), cell])
        both = some.join(shown, on="client").filter(pl.col(side).ne_missing(pl.col("present")))
        for place, link, _, value, client, present in both.iter_rows():
            if not same_value(str(name), value, present):
                until = now.looked.get(client, now.at)
                found.append((place, _Undated(link, str(name), client, present, until)))
    return [one for _, one in sorted(found, key=lambda each: each[0])]


def _shown(
    clients: pd.DataFrame, names: Iterable[str], ids: Collection[str]
) -> dict[tuple[str, str], str | None]:
    """Give what a frame holds for some records in some fields, by (client id, field)."""
    frame = clients[clients["client_id"].isin(ids)]
    known = frame["client_id"].tolist()
    return {
        (client, name): value
        for name in names
        for client, value in zip(known, plain_texts(cells(frame, name)), strict=True)
    }


def _while_any(undated: list[_Undated], sights: Iterable[Sight]) -> Iterable[Sight]:
    """Give sights for as long as something is undated; an unread snapshot costs nothing."""
    waiting = iter(sights)
    while undated and (sight := next(waiting, None)) is not None:
        yield sight


def _seen_then(undated: list[_Undated], sight: Sight) -> list[tuple[_Undated, str | None]]:
    """Give the undated values that an earlier sight shows, each with what stood there then."""
    shown = _shown(sight.clients, {one.field for one in undated}, {one.client_id for one in undated})
    keyed = [(one, (one.client_id, one.field)) for one in undated]
    return [(one, shown[key]) for one, key in keyed if key in shown]
