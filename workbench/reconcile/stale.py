"""Links that point at a record which is archived, deleted or gone, and the live record that took its place.

After a merge one of two records is archived; a prospect that XPM converts gets a new record. Nothing is moved
by itself: each is proposed, with what speaks for it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Final

import pandas as pd

from workbench.domain.fields import SIDE_LABELS, SIDES, XPM, Side, other_side
from workbench.domain.frames import Clients, frame_of
from workbench.reconcile.link.prepared import full_names
from workbench.reconcile.normalise import dates, identifiers, names

STALE: Final = ("link_id", "side", "client_id", "name", "what", "new_id", "new_name", "why", "advice")
"""The columns of the result: see `stale_links`."""
_GONE: Final = ("archived", "discarded", "deleted")
_SHARED: Final = (
    ("company_number", "company number"),
    ("nzbn", "NZBN"),
    ("abn", "ABN"),
    ("date_of_birth", "date of birth"),
    ("email", "email"),
    ("primary_phone", "phone"),
    ("client_reference", "client reference"),
)
# What one client has one of: of another one it is another client, however alike the names are.
_IDENTIFYING: Final[dict[str, Callable[[str | None], str | None]]] = {
    "company_number": lambda text: identifiers.key("company_number", text),
    "nzbn": lambda text: identifiers.key("nzbn", text),
    "abn": lambda text: identifiers.key("abn", text),
    "date_of_birth": dates.key,
}
_Records = dict[str, dict[str, Any]]


def stale_links(clients: Clients, links: pd.DataFrame) -> pd.DataFrame:
    """Find links with an end that is no more, and propose where they should point.

    Parameters
    ----------
    clients : Clients
        Both sides as they stand.
    links : pandas.DataFrame
        A LINKS frame.

    Returns
    -------
    pandas.DataFrame
        One row per link and end, columns as in `STALE`. `new_id` is the one live record of the same name that
        nothing else is linked to, that has no other number or date of birth, and that agrees in most else;
        missing where there is none, or no single one.
        `why` says what agrees, without its value. Of a side that was not pulled whole nothing is concluded
        from absence.
    """
    rows = []
    for side in SIDES:
        mine, other = _records(clients, side), _records(clients, other_side(side))
        taken = set(links[f"{side}_id"])
        free = _by_name(mine, taken)
        for link, client_id, other_id in zip(
            links["link_id"], links[f"{side}_id"], links[f"{other_side(side)}_id"], strict=True
        ):
            known = mine.get(client_id)
            what = _what(side, known, whole=side not in clients.incomplete)
            twin = other.get(other_id) or {}
            heirs = free.get((known or twin).get("key", ""), []) if what else []
            if not what or (known and known["lifecycle"] == "prospect" and not heirs):
                continue
            new, why = _heir([mine[i] for i in heirs], [record for record in (known, twin) if record])
            rows.append(
                {
                    "link_id": link,
                    "side": side,
                    "client_id": client_id,
                    "name": (known or twin).get("name") or "(no name)",
                    "what": what,
                    "new_id": new["client_id"] if new else None,
                    "new_name": new["name"] if new else None,
                    "why": why,
                    "advice": "Point the link at it."
                    if new
                    else "See there who took its place, or part the two.",
                }
            )
    return frame_of(rows, STALE)


def _records(clients: Clients, side: Side) -> _Records:
    frame = clients.side(side).reset_index(drop=True)
    columns = ("client_id", "nature", "lifecycle", "entity_type", *(column for column, _ in _SHARED))
    texts = [frame[c].astype(object).where(frame[c].notna(), None).tolist() for c in columns]
    found: _Records = {}
    for name, row in zip(full_names(frame), zip(*texts, strict=True), strict=True):
        one = {"name": name, **dict(zip(columns, row, strict=True))}
        found[str(row[0])] = {**one, "key": names.key(name, one["entity_type"]) if name else ""}
    return found


def _by_name(records: _Records, taken: set[str]) -> dict[str, list[str]]:
    """Map comparable names to the live records that nothing is linked to."""
    found: dict[str, list[str]] = {}
    for client_id, one in records.items():
        live = one["lifecycle"] not in (*_GONE, "prospect") and one["nature"] != "contact"
        if one["key"] and live and client_id not in taken:
            found.setdefault(one["key"], []).append(client_id)
    return found


def _what(side: Side, known: dict[str, Any] | None, *, whole: bool) -> str:
    """Say what is wrong with a link's end; '' if nothing is."""
    label = SIDE_LABELS[side]
    if known is None:
        return f"{label} does not have the record any more." if whole else ""
    if known["lifecycle"] in _GONE:
        return f"The record is {known['lifecycle']} in {label}."
    if side == XPM and known["lifecycle"] == "prospect":
        return "It is a prospect in XPM beside a client of this name: a conversion makes a new record."
    return ""


def _heir(heirs: list[dict[str, Any]], known: list[dict[str, Any]]) -> tuple[dict[str, Any] | None, str]:
    """Choose the one that agrees in most; none where two agree equally."""
    if not heirs:
        return None, "No live record of this name is free."
    others = [other for one in heirs if (other := _other(one, known))]
    heirs = [one for one in heirs if not _other(one, known)]
    if not heirs:
        return None, f"Who has this name has another {others[0]}."
    agreeing = [
        [label for column, label in _SHARED if one[column] and any(one[column] == k[column] for k in known)]
        for one in heirs
    ]
    most = max(map(len, agreeing))
    best = [at for at, labels in enumerate(agreeing) if len(labels) == most]
    if len(best) > 1:
        return None, f"{len(best)} live records of this name agree equally well."
    labels = agreeing[best[0]]
    return heirs[best[0]], f"Same name{', same ' + ', '.join(labels) if labels else ''}."


def _other(heir: dict[str, Any], known: Sequence[dict[str, Any]]) -> str | None:
    """Name the number or date by which a record is somebody else; None where nothing contradicts."""
    for column, key in _IDENTIFYING.items():
        told = {key(one[column]) for one in known} - {None}
        if (own := key(heir[column])) and told and own not in told:
            return dict(_SHARED)[column]
    return None
