"""Whose clients are whose: by the partners and managers that either system names."""

from __future__ import annotations

import pandas as pd

from workbench.domain.fields import SIDES
from workbench.domain.frames import Clients
from workbench.domain.people import Person
from workbench.reconcile.normalise.text import fold

Record = tuple[str, str]
"""One record: side, client id."""


def theirs(clients: Clients, links: pd.DataFrame, person: Person) -> frozenset[Record]:
    """Give the records that are in a person's queue.

    Parameters
    ----------
    clients : Clients
        Both sides.
    links : pandas.DataFrame
        A LINKS frame; what one side says of a client holds for both of its records.
    person : Person
        Whose partners and managers count; names are compared without capitals, macrons and spaces around.

    Returns
    -------
    frozenset of (side, client_id)
        A record whose partner or manager is one of theirs.
    """
    wanted = {
        "partner": {fold(name) for name in person.partners},
        "manager": {fold(name) for name in person.managers},
    }
    found = {(side, client) for side in SIDES for client in _named(clients.side(side), wanted)}
    pairs = zip(*(zip([side] * len(links), links[f"{side}_id"], strict=True) for side in SIDES), strict=True)
    return frozenset(found | {record for pair in pairs if found & set(pair) for record in pair})


def _named(frame: pd.DataFrame, wanted: dict[str, set[str]]) -> set[str]:
    named: set[str] = set()
    for column, names in wanted.items():
        if names and column in frame.columns:
            known = {name: fold(name) in names for name in frame[column].dropna().unique()}
            named |= set(frame.loc[frame[column].map(known).fillna(False).astype(bool), "client_id"])
    return named
