"""What the firm's snapshots show of earlier days."""

from __future__ import annotations

from collections.abc import Iterator

import pandas as pd

from workbench.domain.errors import StorageFailed
from workbench.domain.fields import SIDES, Side
from workbench.domain.frames import Clients
from workbench.flow.firm import Firm
from workbench.reconcile.moved import Sight, moved
from workbench.reconcile.state import State

FURTHEST = 10
"""So many whole pulls of a side are looked through; what moved before them is not dated."""


def movements(firm: Firm, clients: Clients, state: State) -> pd.DataFrame:
    """Date what has left the agreed values, by the snapshots that the firm keeps.

    Parameters
    ----------
    firm : Firm
        Whose snapshots are read: only as many as are needed, and none where nothing has moved.
    clients : Clients
        Both sides as they stand.
    state : State
        Links and baseline.
    """
    looked = _looked_at(firm, state)
    now: dict[str, Sight] = {
        side: Sight(clients.pulled_at[side], clients.side(side), looked[side]) for side in SIDES
    }
    before: dict[str, Iterator[Sight]] = {side: earlier(firm, side) for side in SIDES}
    return moved(state.links(), state.baseline(), now, before)


def earlier(firm: Firm, side: Side) -> Iterator[Sight]:
    """Give a side as its whole pulls before the last one showed it, latest first, read one by one."""
    pulls = [e for e in firm.book.events(kinds={"pulled"}) if e.body["side"] == side and e.body["complete"]]
    for pull in pulls[-2 : -2 - FURTHEST : -1]:
        try:
            answers = firm.snapshots.read(pull.body["snapshot"])
        except StorageFailed:
            continue  # a snapshot that was cleared away says nothing, and stops nobody
        yield Sight(pull.at, firm.connections.system[side].parse(answers).clients)


def _looked_at(firm: Firm, state: State) -> dict[str, dict[str, str]]:
    """Give when records were last looked at after their side's pull."""
    at: dict[str, dict[str, str]] = {side: {} for side in SIDES}
    if state.looked:
        for event in firm.book.events(kinds={"looked"}):
            at[event.body["side"]][event.body["client_id"]] = event.at
    return {side: {client: at[side][client] for client in state.looks(side)} for side in SIDES}
