"""Which clients are meant: all, or those of a partner, manager, group, type, structure or custom field."""

from __future__ import annotations

from typing import Final

import pandas as pd

from workbench.domain.errors import BadInput
from workbench.domain.fields import SIDES
from workbench.domain.frames import Clients
from workbench.domain.marks import MARKS, marks_in

_IDS: Final = ("client_id", "connectworks_id", "xpm_id")


def read_scope(scope: str) -> tuple[str, str] | None:
    """Give the mark and the name that a scope is written with, as `in_scope` takes it; None for all clients.

    Raises
    ------
    BadInput
        If it is written otherwise.
    """
    if not scope.strip():
        return None
    mark, _, name = (part.strip() for part in scope.partition(":"))
    if mark not in MARKS or not name:
        ways = ", ".join(f"{mark}: NAME" for mark in MARKS)
        raise BadInput(
            "The scope is not written as it should be.",
            f"Write it as one of {ways}; or leave it empty for all clients.",
        )
    return mark, name


def in_scope(clients: Clients, links: pd.DataFrame, scope: str) -> frozenset[str] | None:
    """Give the ids of the clients that a report is about, on both sides; None where it is about all.

    Parameters
    ----------
    clients : Clients
        Both sides.
    links : pandas.DataFrame
        A LINKS frame: a linked client is in where either of its records is.
    scope : str
        ``""`` for all; else ``"partner: NAME"``, or any other of `workbench.domain.marks.MARKS`, as either
        system calls it (``"custom field: Preferred language: English"``).

    Raises
    ------
    BadInput
        If it is written otherwise, or nobody is in it.
    """
    if (read := read_scope(scope)) is None:
        return None
    mark, name = read
    found = {i for side in SIDES for i in _having(clients.side(side), mark, name)}
    if not found:
        raise BadInput(f"No client has this {mark}.", "Write the name as it stands in Connectworks or XPM.")
    for one, other in (SIDES, SIDES[::-1]):
        found |= set(links.loc[links[f"{one}_id"].isin(found), f"{other}_id"])
    return frozenset(found)


def within(frame: pd.DataFrame, ids: frozenset[str] | None) -> pd.DataFrame:
    """Keep the rows about clients in scope; all rows where it is about all."""
    if ids is None:
        return frame
    columns = [column for column in _IDS if column in frame.columns]
    return frame[frame[columns].isin(list(ids)).any(axis=1)].reset_index(drop=True)


def _having(frame: pd.DataFrame, mark: str, name: str) -> list[str]:
    cells = frame[MARKS[mark]].fillna("")
    return frame.loc[[name in marks_in(cell, mark) for cell in cells], "client_id"].tolist()
