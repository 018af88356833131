"""What waits for whom: differences to decide, links to judge, decisions to send, clients to ask."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import Final

import pandas as pd

from workbench.domain.fields import PUSHABLE, SIDES
from workbench.domain.frames import TEXT, Clients

WAITING: Final = ("person", "to_decide", "to_judge", "to_send", "to_ask")
OPEN_KINDS: Final = ("conflict", "different", "fill")


def undecided(differences: pd.DataFrame, decisions: pd.DataFrame) -> pd.DataFrame:
    """Give the differences that could be sent and that nobody has chosen about.

    Parameters
    ----------
    differences, decisions : pandas.DataFrame
        As compared, and the choices in force (also to leave a difference as it is).
    """
    able = differences[differences["field"].isin(PUSHABLE) & differences["kind"].isin(OPEN_KINDS)]
    chosen = set(zip(decisions["link_id"], decisions["field"], strict=True))
    keys = zip(able["link_id"], able["field"], strict=True)
    return able.loc[[key not in chosen for key in keys]].reset_index(drop=True)


def waiting(
    clients: Clients, differences: pd.DataFrame, candidates: pd.DataFrame, decisions: pd.DataFrame
) -> pd.DataFrame:
    """Count what waits, by the partner whose clients it is about.

    Parameters
    ----------
    clients : Clients
        Both sides; XPM's partner goes before Connectworks'.
    differences, candidates, decisions : pandas.DataFrame
        What was compared, the pairs that nobody has judged, the choices in force.

    Returns
    -------
    pandas.DataFrame
        ``person`` (missing where a client has no partner) and the counts ``to_decide`` (differences),
        ``to_judge`` (Connectworks records with a candidate), ``to_send`` (decisions), ``to_ask``; those
        with the most first.
    """
    partner = _partners(clients)
    judged = candidates.drop_duplicates("connectworks_id")
    sent = decisions[decisions["direction"].isin(["to_xpm", "to_connectworks"])]
    asked = decisions[decisions["direction"] == "ask"]
    counts = {
        name: Counter(_persons(frame, partner))
        for name, frame in (
            ("to_decide", undecided(differences, decisions)),
            ("to_judge", judged),
            ("to_send", sent),
            ("to_ask", asked),
        )
    }
    people = {person for count in counts.values() for person in count}
    table = pd.DataFrame(
        {name: [count[person] for person in sorted(people)] for name, count in counts.items()}, dtype="int64"
    )
    named = pd.Series([person or None for person in sorted(people)], dtype=TEXT)
    table.insert(0, "person", named)
    order = table.drop(columns="person").sum(axis=1).sort_values(ascending=False, kind="stable").index
    return table.loc[order].reset_index(drop=True)


def _partners(clients: Clients) -> dict[str, str]:
    """Give each record's partner by its id."""
    found: dict[str, str] = {}
    for side in SIDES:
        named = clients.side(side).dropna(subset=["partner"])
        found.update(zip(named["client_id"], named["partner"], strict=True))
    return found


def _persons(frame: pd.DataFrame, partner: dict[str, str]) -> Iterable[str]:
    both = zip(frame["xpm_id"].astype(object), frame["connectworks_id"].astype(object), strict=True)
    return (partner.get(xpm) or partner.get(connectworks) or "" for xpm, connectworks in both)
