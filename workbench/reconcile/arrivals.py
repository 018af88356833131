"""What became of changes that were handed over: arrived, still open, or no longer of any matter."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Final

import pandas as pd

from workbench.domain.fields import SIDE_LABELS, SIDES, label_of
from workbench.domain.frames import Clients, frame_of
from workbench.domain.records import Operation
from workbench.reconcile.handover import Errand, alike, mirrored, named
from workbench.reconcile.state import Carried, State
from workbench.reconcile.undoing import current_values

STANDING: Final = (
    "run_id",
    "handed_at",
    "handed_by",
    "operation_id",
    "link_id",
    "side",
    "client_id",
    "client",
    "field",
    "before",
    "after",
    "now",
    "standing",
)
"""The columns of how handed-over values stand: see `standing`."""
OPEN: Final = ("open", "changed", "gone")
"""How a value stands that has not arrived and still should."""


def standing(state: State, clients: Clients, home_country: str) -> pd.DataFrame:
    """Say how each handed-over value stands now.

    Parameters
    ----------
    state : State
        What was handed over, and what was seen to have arrived.
    clients : Clients
        As last pulled, exported or refreshed.
    home_country : str
        For telling whether two values say the same.

    Returns
    -------
    pandas.DataFrame
        A row per value, latest hand-over first; columns as in `STANDING`. `standing` is ``arrived`` (a later
        pull showed it), ``replaced`` (another change of the same value came after it), ``agrees`` (both
        systems say the same by now, otherwise than was handed over), ``open`` (the old value still stands),
        ``changed`` (a third value stands) or ``gone`` (the record is not shown any more).
    """
    handed = state.handed_over()
    now = current_values([c.operation for c in handed], clients)
    twins = [mirrored(Errand(c.operation, next(iter(c.link_ids), None)), state) for c in handed]
    elsewhere = current_values(twins, clients)
    latest, known = _latest(state), {side: named(clients, side) for side in SIDES}
    rows: list[dict[str, str | None]] = []
    for each, other in zip(handed, twins, strict=True):
        operation, run = each.operation, state.runs[each.run_id]
        held = now.get((operation.side, operation.resource, operation.resource_id))
        there = elsewhere.get((other.side, other.resource, other.resource_id), {})
        bearer = known[operation.side].get(operation.client_id)
        for name, after in operation.after.items():
            last = latest[_place(operation, name)] == each.seq
            row = {
                "run_id": run.run_id,
                "handed_at": run.at,
                "handed_by": run.by,
                "operation_id": each.operation_id,
                "link_id": next(iter(each.link_ids), None),
                "side": operation.side,
                "client_id": operation.client_id,
                "client": bearer.name if bearer else operation.client_id,
                "field": name,
                "before": operation.before.get(name),
                "after": after,
                "now": held.get(name) if held else None,
                "standing": _stands(each, name, held, there, last, state, home_country),
            }
            rows.append(row)
    return frame_of(rows, STANDING)


def _stands(
    each: Carried,
    name: str,
    held: Mapping[str, str | None] | None,
    there: Mapping[str, str | None],
    last: bool,
    state: State,
    home_country: str,
) -> str:
    if (each.operation_id, name) in state.arrived:
        return "arrived"
    if not last:
        return "replaced"
    if held is None or name not in held:
        return "gone"
    value, before, after = held[name], each.operation.before.get(name), each.operation.after[name]
    only_rewritten = alike(name, before, after, home_country)
    if name in there and not only_rewritten and alike(name, there[name], value, home_country):
        return "agrees"
    return "open" if alike(name, before, value, home_country) else "changed"


def _place(operation: Operation, name: str) -> tuple[str, str, str, str]:
    return operation.side, operation.resource, operation.resource_id, name


def _latest(state: State) -> dict[tuple[str, str, str, str], int]:
    """Give where each value was last handed over or written."""
    latest: dict[tuple[str, str, str, str], int] = {}
    for each in state.operations.values():
        if each.outcome in ("handed_over", "done", "already"):
            for name in each.operation.after:
                place = _place(each.operation, name)
                latest[place] = max(each.seq, latest.get(place, 0))
    return latest


def arrivals(state: State, clients: Clients, home_country: str) -> dict[str, tuple[str, ...]]:
    """Find the handed-over values which the records show now, and which no pull had shown before.

    Parameters
    ----------
    state, clients, home_country
        As in `standing`.

    Returns
    -------
    dict
        Operation id to the fields that have arrived, also where somebody wrote the value a little
        differently (capitals, spaces).
    """
    waiting = [
        c
        for c in state.handed_over()
        if any((c.operation_id, name) not in state.arrived for name in c.operation.after)
    ]
    now = current_values([c.operation for c in waiting], clients)
    found = {}
    for each in waiting:
        operation = each.operation
        held = now.get((operation.side, operation.resource, operation.resource_id), {})
        fields = tuple(
            sorted(
                name
                for name, after in operation.after.items()
                if (each.operation_id, name) not in state.arrived
                and name in held
                and _arrived(name, held[name], operation.before.get(name), after, home_country)
            )
        )
        if fields:
            found[each.operation_id] = fields
    return found


def _arrived(name: str, held: str | None, before: str | None, after: str | None, home_country: str) -> bool:
    if (held or None) == (after or None):
        return True
    return (held or None) != (before or None) and alike(name, held, after, home_country)


def told(handed: pd.DataFrame, names_shown: int = 5) -> str:
    """Say in one sentence how much has arrived, and name what has not.

    Parameters
    ----------
    handed : pandas.DataFrame
        As `standing` gives it.
    names_shown : int
        So many open ones are named; 0 names none.
    """
    counted = handed[~handed["standing"].isin(("replaced", "agrees"))]
    # What arrived long ago is no news: a hand-over counts while some of it is open, and the last one always.
    news = {*counted.loc[counted["standing"] != "arrived", "run_id"], *counted["run_id"].head(1)}
    counted = counted[counted["run_id"].isin(news)]
    if counted.empty:
        return "Nothing is handed over." if handed.empty else "Nothing that was handed over is open."
    waiting = counted[counted["standing"] != "arrived"]
    arrived = f"{len(counted) - len(waiting):,} of {len(counted):,} arrived"
    if waiting.empty:
        return f"All {len(counted):,} arrived." if len(counted) > 1 else "The one handed over has arrived."
    if not names_shown:
        return f"{arrived}; {len(waiting):,} did not."
    did_not = f"this {len(waiting)} did not" if len(waiting) == 1 else f"these {len(waiting):,} did not"
    shown = waiting.head(names_shown)
    called = [
        f"{client} ({label_of(name)} in {SIDE_LABELS[side]})"
        for client, name, side in zip(shown["client"], shown["field"], shown["side"], strict=True)
    ]
    more = f" and {len(waiting) - len(shown):,} more" if len(waiting) > len(shown) else ""
    return f"{arrived}; {did_not}: {', '.join(called)}{more}."


def still_open(handed: pd.DataFrame, state: State, run_id: str | None = None) -> list[Errand]:
    """Give what is still to be carried across, only the fields that are open, to be written out once more.

    Parameters
    ----------
    handed : pandas.DataFrame
        As `standing` gives it.
    state : State
        Where the operations stand.
    run_id : str, optional
        Only of this hand-over.
    """
    waiting = handed[handed["standing"].isin(("open", "changed"))]
    if run_id is not None:
        waiting = waiting[waiting["run_id"] == run_id]
    fields: dict[str, list[str]] = {}
    for operation_id, name in zip(waiting["operation_id"], waiting["field"], strict=True):
        fields.setdefault(operation_id, []).append(name)
    return [
        Errand(_only(state.operations[i].operation, names), next(iter(state.operations[i].link_ids), None))
        for i, names in fields.items()
    ]


def _only(operation: Operation, names: Sequence[str]) -> Operation:
    """Narrow an operation to some of its fields; it is shown to people only, never sealed."""
    before = {name: operation.before.get(name) for name in names}
    return replace(operation, before=before, after={name: operation.after[name] for name in names})
