"""What the firm's snapshots show of earlier days."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from contextlib import suppress
from functools import partial

import pandas as pd

from workbench.domain.errors import StorageFailed
from workbench.domain.fields import SIDES, Side
from workbench.domain.frames import Clients, cells
from workbench.domain.records import Entry, Event
from workbench.flow.firm import Firm
from workbench.reconcile.moved import Sight, gone_back, moved
from workbench.reconcile.pairing import plain_texts
from workbench.reconcile.state import State
from workbench.reconcile.timeline import Spell, spells

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
    before: dict[str, Iterator[Sight]] = {side: pulls(firm, side, clients.pulled_at[side]) for side in SIDES}
    return moved(state.links(), state.baseline(), now, before)


def note_returns(firm: Firm, clients: Clients, by: str) -> None:
    """Write down whose values a whole pull shows as they were before the pull before, if it shows any.

    Parameters
    ----------
    firm : Firm
        Whose earlier snapshots are read: the last one, and more only where something is new since.
    clients : Clients
        As just pulled.
    by : str
        Who asked for the pull.
    """
    state = firm.state()
    for side in SIDES:
        if state.pulls[side] is not state.whole_pulls.get(side):
            continue
        ids = {str(row[f"{side}_id"]) for row in state.linked.values()}
        back = gone_back(clients.side(side), partial(pulls, firm, side), state.pulls[side].at, ids)
        if back:
            firm.append([Entry("returned", {"side": side, "cells": [list(cell) for cell in back]})], by)


def pulls(
    firm: Firm, side: Side, before: str | None = None, only: Collection[str] | None = None
) -> Iterator[Sight]:
    """Give a side as its whole pulls showed it, latest first, each read when it is asked for.

    Parameters
    ----------
    firm : Firm
        Whose snapshots are read.
    side : str
        Which side.
    before : str, optional
        Only pulls of before this one (ISO 8601, UTC).
    only : collection of str, optional
        The clients that are looked for; no others are read.
    """
    for pull in _whole_pulls(firm, side)[: -FURTHEST - 1 : -1]:
        if before is not None and pull.at >= before:
            continue
        try:
            answers = firm.snapshots.read(pull.body["snapshot"])
        except StorageFailed:
            continue  # a snapshot that was cleared away says nothing, and stops nobody
        yield Sight(pull.at, firm.connections.system[side].parse(answers, only).clients)


def _whole_pulls(firm: Firm, side: str) -> list[Event]:
    whole = [e for e in firm.book.events(kinds={"pulled"}) if e.body["side"] == side and e.body["complete"]]
    return [pull for pull in whole if firm.reads(pull.body["side"], pull.body["tenant_id"])]


def seen_cells(firm: Firm, link: Mapping[str, str], field: str) -> dict[str, list[Spell]]:
    """Give when each side of a link showed what in one field, by pulls, looks and echoes.

    Parameters
    ----------
    firm : Firm
        Whose snapshots are read.
    link : mapping
        ``connectworks_id`` and ``xpm_id``.
    field : str
        A compared field.
    """
    found: dict[str, list[Spell]] = {}
    for side in SIDES:
        client = link[f"{side}_id"]
        sights = [*pulls(firm, side, only={client}), *_looks_at(firm, side, client)]
        found[side] = spells(
            (sight.at, value) for sight in sights for value in _cell(sight.clients, client, field)
        )
        if found[side] and len(_whole_pulls(firm, side)) > FURTHEST:
            found[side][0] = found[side][0]._replace(cut=True)
    return found


def _cell(frame: pd.DataFrame, client: str, field: str) -> list[str | None]:
    """Give a record's cell; nothing where the record is not there."""
    return plain_texts(cells(frame[frame["client_id"] == client], field))


def _looks_at(firm: Firm, side: Side, client: str) -> Iterator[Sight]:
    """Give how one record was when it was looked at by itself."""
    for event in firm.book.events(kinds={"looked"}):
        if (event.body["side"], event.body["client_id"]) == (side, client):
            with suppress(StorageFailed):
                look = firm.snapshots.read_look(event.body["look"])
                yield Sight(event.at, firm.connections.system[side].parse([look]).clients)


def _looked_at(firm: Firm, state: State) -> dict[str, dict[str, str]]:
    """Give when records were last looked at after their side's pull."""
    at: dict[str, dict[str, str]] = {side: {} for side in SIDES}
    if state.looked:
        for event in firm.book.events(kinds={"looked"}):
            at[event.body["side"]][event.body["client_id"]] = event.at
    return {side: {client: at[side][client] for client in state.looks(side)} for side in SIDES}
