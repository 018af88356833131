"""Whose clients are whose: by the partners, managers, groups and the like that either system names."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from workbench.domain.fields import SIDES
from workbench.domain.frames import Clients
from workbench.domain.marks import MARKS, marks_in
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
        Whose queue counts; names are compared without capitals, macrons and spaces around.

    Returns
    -------
    frozenset of (side, client_id)
        A record whose partner, manager, group or other mark is one of theirs.
    """
    wanted: dict[str, set[str]] = {}
    for mark, name in person.queue:
        wanted.setdefault(mark, set()).add(_plain(name))
    found = {(side, client) for side in SIDES for client in _named(clients.side(side), wanted)}
    pairs = zip(*(zip([side] * len(links), links[f"{side}_id"], strict=True) for side in SIDES), strict=True)
    return frozenset(found | {record for pair in pairs if found & set(pair) for record in pair})


def _named(frame: pd.DataFrame, wanted: Mapping[str, set[str]]) -> set[str]:
    named: set[str] = set()
    for mark, names in wanted.items():
        column = frame[MARKS[mark]]
        cells = column.dropna().unique()
        known = {cell: any(_plain(one) in names for one in marks_in(cell, mark)) for cell in cells}
        named |= set(frame.loc[column.map(known).fillna(False).astype(bool), "client_id"])
    return named


def _plain(name: str) -> str:
    return fold(name).replace("_", " ")
