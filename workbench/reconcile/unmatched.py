"""Clients without a counterpart in the other system, each with the reason."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import pandas as pd

from workbench.domain.fields import SIDE_LABELS, SIDES, Side, other_side
from workbench.domain.frames import Clients, frame_of
from workbench.domain.percent import percent
from workbench.reconcile.link.prepared import full_names
from workbench.reconcile.normalise import names

UNMATCHED: Final = (
    "side",
    "client_id",
    "name",
    "entity_type",
    "partner",
    "reason",
    "what",
    "other_id",
    "other_name",
)
"""The columns of the result: see `unmatched`."""
_NOT_LISTED: Final = ("archived", "discarded", "deleted")


def unmatched(
    clients: Clients, links: pd.DataFrame, candidates: pd.DataFrame, rejected: pd.DataFrame
) -> pd.DataFrame:
    """List live clients without a counterpart, and say why.

    Contacts of Connectworks that XPM does not have are none: they are no clients there. A pair that is
    suggested as a link waits for a yes, and is not listed.

    Parameters
    ----------
    clients : Clients
        Both sides as they stand.
    links, candidates, rejected : pandas.DataFrame
        Links in force, link candidates that nobody decided on, and rejected pairs.

    Returns
    -------
    pandas.DataFrame
        Columns as in `UNMATCHED`. `reason` is ``below_line`` (somebody may be it: see Links), ``taken``
        (a record of this name is there and linked to another client: likely a duplicate), ``archived`` (a
        record of this name is there, but archived or deleted), ``rejected`` (all who came near were said to
        be others) or ``none_found``. `other_id` names whom it is about, where there is one.
    """
    rows: list[dict[str, str | None]] = []
    known = {side: _named(clients, side) for side in SIDES}
    refused = {side: set(rejected[f"{side}_id"]) if len(rejected) else set() for side in SIDES}
    for side in SIDES:
        over_there = other_side(side)
        taken = dict(zip(links[f"{side}_id"], links[f"{over_there}_id"], strict=True))
        linked_there = set(links[f"{over_there}_id"])
        best = _best(candidates, side)
        by_key: dict[str, list[str]] = {}
        for client_id, one in known[over_there].items():
            by_key.setdefault(one["key"], []).append(client_id)
        for client_id, one in known[side].items():
            listed = one["nature"] != "contact" and one["lifecycle"] not in _NOT_LISTED
            if (
                not listed
                or client_id in taken
                or (near := best.get(client_id, (None, "", 0.0)))[1] == "link"
            ):
                continue
            namesakes = by_key.get(one["key"], []) if one["name"] else []
            reason, other = _reason(
                near[0], namesakes, known[over_there], linked_there, client_id in refused[side]
            )
            rows.append(
                {
                    "side": side,
                    "client_id": client_id,
                    "name": one["name"] or "(no name)",
                    "entity_type": one["entity_type"],
                    "partner": one["partner"],
                    "reason": reason,
                    "what": _words(reason, over_there, near[2]),
                    "other_id": other,
                    "other_name": known[over_there][other]["name"] if other in known[over_there] else None,
                }
            )
    return frame_of(rows, UNMATCHED)


def _named(clients: Clients, side: Side) -> dict[str, dict[str, Any]]:
    frame = clients.side(side).reset_index(drop=True)
    columns = ("client_id", "nature", "lifecycle", "entity_type", "partner")
    texts = [frame[c].astype(object).where(frame[c].notna(), None).tolist() for c in columns]
    found = {}
    for name, row in zip(full_names(frame), zip(*texts, strict=True), strict=True):
        one = {"name": name, **dict(zip(columns, row, strict=True))}
        found[str(row[0])] = {**one, "key": names.key(name, one["entity_type"])}
    return found


def _best(candidates: pd.DataFrame, side: Side) -> dict[str, tuple[str | None, str, float]]:
    """Give each client's likeliest counterpart, its verdict and probability."""
    ids = (candidates[f"{each}_id"] for each in (side, other_side(side)))
    found: dict[str, tuple[str | None, str, float]] = {}
    for mine, theirs, verdict, probability in zip(
        *ids, candidates["verdict"], candidates["probability"], strict=True
    ):
        if mine not in found or float(probability) > found[mine][2] or verdict == "link":
            found[str(mine)] = (str(theirs), str(verdict), float(probability))
    return found


def _reason(
    near: str | None,
    namesakes: list[str],
    there: Mapping[str, Mapping[str, Any]],
    linked_there: set[str],
    refused: bool,
) -> tuple[str, str | None]:
    live = [i for i in namesakes if there[i]["lifecycle"] not in _NOT_LISTED]
    if taken := next((i for i in live if i in linked_there), None):
        return "taken", taken
    if near is not None:
        return "below_line", near
    if live and not refused:
        return "below_line", live[0]
    if namesakes and not live:
        return "archived", namesakes[0]
    return ("rejected", None) if refused else ("none_found", None)


def _words(reason: str, there: Side, probability: float) -> str:
    label = SIDE_LABELS[there]
    likely = f" ({percent(probability)} likely)" if probability else ""
    return {
        "taken": f"{label} has this name, linked to another client: likely one of the two is a duplicate.",
        "below_line": f"Somebody in {label} may be it{likely}: decide under Links first.",
        "archived": f"{label} has this name, archived or deleted: bring it back there rather than create it.",
        "rejected": f"Those in {label} who came near were said to be others.",
        "none_found": f"Nobody in {label} comes near.",
    }[reason]
