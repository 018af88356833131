"""Handing over: what a person carries across by hand where a connection cannot write, and what has arrived.

A change that was handed over is never called done. Each value of it stays open until a later pull or export
shows it, or shows that it no longer matters.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Final, NamedTuple

import pandas as pd

from workbench.domain.fields import BY_NAME, CONNECTWORKS, SIDES, Side, label_of, other_side
from workbench.domain.frames import Clients, frame_of
from workbench.domain.records import Cost, Facts, Operation, Plan
from workbench.reconcile.brakes import WRITE_FIELDS, WRITE_LINKS, judged
from workbench.reconcile.compare import same_value
from workbench.reconcile.link.prepared import full_names
from workbench.reconcile.plan import Target
from workbench.reconcile.state import State
from workbench.reconcile.undoing import current_values

SHEET: Final = (
    "operation_id",
    "link_id",
    "side",
    "client_id",
    "client",
    "other_client",
    "linked_there",
    "field",
    "label",
    "before",
    "after",
    "how",
    "by",
    "why",
)
"""The columns of what is handed over, a row per value: see `sheet`."""
_OF_CONNECTIONS: Final = frozenset({"no_ability", "no_quota"})
"""The brakes of a push that do not hold for a person."""
_NO_CALLS: Final = Cost(0, 0.0, 0.0)

TICK_TO_XPM: Final = "tick >> towards XPM"
TICK_TO_CONNECTWORKS: Final = "tick << towards Connectworks"
TYPE_IN: Final = "type it in"
CLEAR: Final = "empty it"


class Errand(NamedTuple):
    """An operation that a person carries out, and the link whose decisions it carries."""

    operation: Operation
    link_id: str | None


class Named(NamedTuple):
    """A client's id and name, and the client to which its own system has linked it."""

    client_id: str
    name: str
    linked_id: str | None


_Known = Mapping[Side, Mapping[str, Named]]
_Values = Mapping[Target, Mapping[str, str | None]]


def by_hand(operation: Operation, facts: Facts) -> bool:
    """Tell whether a connection lacks the ability to carry an operation out."""
    needed = WRITE_LINKS if operation.resource == "link" else WRITE_FIELDS
    return needed not in facts.abilities.get(operation.side, frozenset())


def parts(
    plan: Plan,
    facts: Facts,
    *,
    links: Mapping[tuple[str, str], str] | None = None,
    tenants: Mapping[str, str] | None = None,
) -> tuple[Plan, Plan]:
    """Part a plan into what the connections can write and what a person carries across.

    Parameters
    ----------
    plan : Plan
        As decided.
    facts : Facts
        What the connections can do.
    links, tenants
        As in `workbench.reconcile.brakes.judged`.

    Returns
    -------
    tuple of Plan
        To be pushed (with all that the plan leaves out), and to be handed over: the latter costs no calls,
        and only those brakes judge it that look at what would change.
    """
    manual = [o for o in plan.operations if by_hand(o, facts)]
    # Linking two clients there is a step of the click sheets, and no value to be carried across.
    to_hand = tuple(o for o in manual if o.resource != "link")
    if not manual:
        return plan, replace(plan, operations=(), cost=_NO_CALLS, brakes=(), left_out=())
    handed = {o.operation_id for o in manual}
    to_push = tuple(o for o in plan.operations if o.operation_id not in handed)
    pushed = judged(to_push, plan.left_out, facts, links=links, tenants=tenants)
    carried = judged(to_hand, (), facts, links=links, tenants=tenants)
    brakes = tuple(brake for brake in carried.brakes if brake.code not in _OF_CONNECTIONS)
    return (
        replace(pushed, undoes=plan.undoes, reaches=plan.reaches),
        replace(carried, cost=_NO_CALLS, brakes=brakes, undoes=plan.undoes, reaches=plan.reaches),
    )


def errands(plan: Plan, state: State) -> list[Errand]:
    """Give a plan's operations with the links whose decisions they carry."""
    return [Errand(o, next(iter(state.link_ids_of(o)), None)) for o in plan.operations]


def sheet(errands: Sequence[Errand], state: State, clients: Clients, home_country: str) -> pd.DataFrame:
    """Tell each value that is handed over: before, after, how, who decided and why.

    Parameters
    ----------
    errands : sequence of Errand
        What is handed over.
    state : State
        Decisions and links.
    clients : Clients
        As they stand; they say whether a value stands on the other side, so that a tick copies it.
    home_country : str
        For telling whether two values say the same.

    Returns
    -------
    pandas.DataFrame
        A row per value, ordered by client and, within one, as Connectworks' panel lists its fields;
        columns as in `SHEET`. `how` says what to do there, `linked_there` ``yes`` where Connectworks shows
        the link that the panel needs.
    """
    known = {side: named(clients, side) for side in SIDES}
    elsewhere = current_values([mirrored(errand, state) for errand in errands], clients)
    rows = [row for errand in errands for row in _lines(errand, state, known, elsewhere, home_country)]
    places = {name: place for place, name in enumerate(BY_NAME)}
    rows.sort(key=lambda r: (*_called_there(r), places[str(r["field"])], str(r["side"])))
    return frame_of(rows, SHEET)


def _called_there(row: Mapping[str, str | None]) -> tuple[str, str]:
    """Give what a client is sorted by: its name in Connectworks, where the sheets are worked through."""
    name = row["client"] if row["side"] == CONNECTWORKS else row["other_client"] or row["client"]
    return str(name).casefold(), row["link_id"] or ""


def _lines(
    errand: Errand, state: State, known: _Known, elsewhere: _Values, home_country: str
) -> Iterator[Mapping[str, str | None]]:
    operation = errand.operation
    twin = mirrored(errand, state)
    there = elsewhere.get((twin.side, twin.resource, twin.resource_id), {})
    mine, other = known[operation.side].get(operation.client_id), known[twin.side].get(twin.client_id)
    connectworks, xpm = (mine, other) if operation.side == CONNECTWORKS else (other, mine)
    linked = bool(connectworks and xpm and connectworks.linked_id == xpm.client_id)
    why = _reasons(operation, state)
    for name, after in operation.after.items():
        on_panel = BY_NAME[name].pushable and after is not None
        by_tick = on_panel and alike(name, there.get(name), after, home_country)
        yield {
            "operation_id": operation.operation_id,
            "link_id": errand.link_id,
            "side": operation.side,
            "client_id": operation.client_id,
            "client": mine.name if mine else operation.client_id,
            "other_client": other.name if other else None,
            "linked_there": "yes" if linked else "no",
            "field": name,
            "label": label_of(name),
            "before": operation.before.get(name),
            "after": after,
            "how": _how(operation.side, after, by_tick),
            "by": operation.by,
            "why": why.get(name, ""),
        }


def _how(side: Side, after: str | None, by_tick: bool) -> str:
    if after is None:
        return CLEAR
    if not by_tick:
        return TYPE_IN
    return TICK_TO_CONNECTWORKS if side == CONNECTWORKS else TICK_TO_XPM


def named(clients: Clients, side: Side) -> dict[str, Named]:
    """Give one side's clients by their ids."""
    frame = clients.side(side).reset_index(drop=True)
    links = frame["linked_id"].astype(object).where(frame["linked_id"].notna(), None)
    told = zip(frame["client_id"], full_names(frame), links, strict=True)
    return {str(i): Named(str(i), name or "(no name)", link) for i, name, link in told}


def mirrored(errand: Errand, state: State) -> Operation:
    """Give the operation as if it were meant for the client's counterpart, to look up what stands there."""
    operation = errand.operation
    side, row = other_side(operation.side), state.linked.get(errand.link_id or "")
    other_id = str(row[f"{side}_id"]) if row else ""
    return replace(operation, side=side, resource="client", resource_id=other_id, client_id=other_id)


def _reasons(operation: Operation, state: State) -> dict[str, str]:
    """Give each field's reason: the note of its decision, or how it was chosen."""
    told = {}
    for seq in operation.decisions:
        event = state.decided.get(seq)
        if event is not None:
            chosen = "chosen for a whole pattern" if event.body.get("how") == "pattern" else "chosen by hand"
            told[event.body["field"]] = event.private.get("note") or chosen
    return told or dict.fromkeys(operation.after, "takes an earlier change back")


def alike(name: str, one: str | None, other: str | None, home_country: str) -> bool:
    """Tell whether two values of a field, compared or not, are equal or only written differently."""
    if not BY_NAME[name].compared:
        return (one or None) == (other or None)
    return same_value(name, one, other, home_country)
