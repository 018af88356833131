"""Whose clients a report is about: all, or those of a partner, a manager or a group."""

from __future__ import annotations

from typing import Final

import pandas as pd

from workbench.domain.errors import BadInput
from workbench.domain.fields import SIDES
from workbench.domain.frames import Clients

_COLUMNS: Final = {"partner": "partner", "manager": "manager", "group": "groups"}
_IDS: Final = ("client_id", "connectworks_id", "xpm_id")


def in_scope(clients: Clients, links: pd.DataFrame, scope: str) -> frozenset[str] | None:
    """Give the ids of the clients that a report is about, on both sides; None where it is about all.

    Parameters
    ----------
    clients : Clients
        Both sides.
    links : pandas.DataFrame
        A LINKS frame: a linked client is in where either of its records is.
    scope : str
        ``""`` for all; else ``"partner: NAME"``, ``"manager: NAME"`` or ``"group: NAME"``, as either system
        calls it.

    Raises
    ------
    BadInput
        If it is written otherwise, or nobody is in it.
    """
    if not scope.strip():
        return None
    kind, _, name = (part.strip() for part in scope.partition(":"))
    if kind not in _COLUMNS or not name:
        raise BadInput(
            "The scope is not written as it should be.",
            "Write partner: NAME, manager: NAME or group: NAME, or leave it empty for all clients.",
        )
    found = {i for side in SIDES for i in _having(clients.side(side), _COLUMNS[kind], name)}
    if not found:
        raise BadInput(f"No client has this {kind}.", "Write the name as it stands in Connectworks or XPM.")
    for one, other in (SIDES, SIDES[::-1]):
        found |= set(links.loc[links[f"{one}_id"].isin(found), f"{other}_id"])
    return frozenset(found)


def within(frame: pd.DataFrame, ids: frozenset[str] | None) -> pd.DataFrame:
    """Keep the rows about clients in scope; all rows where it is about all."""
    if ids is None:
        return frame
    columns = [column for column in _IDS if column in frame.columns]
    return frame[frame[columns].isin(list(ids)).any(axis=1)].reset_index(drop=True)


def _having(frame: pd.DataFrame, column: str, name: str) -> list[str]:
    held = frame[column].fillna("").str.split("; ")
    return frame.loc[[name in names for names in held], "client_id"].tolist()
