"""Whether a write says what was decided, and nothing besides: what nobody decided on is not sent."""

from __future__ import annotations

from collections.abc import Iterable

from workbench.domain.address_kept import as_kept
from workbench.domain.fields import BY_NAME, other_side
from workbench.domain.records import Event, Operation
from workbench.reconcile.plan import target_of
from workbench.reconcile.state import Carried


def backed(operation: Operation, decisions: Iterable[Event], taken_back: Iterable[Carried] = ()) -> bool:
    """Tell whether each value of a write is what a decision, or the writes that it takes back, make it.

    So is the record: the decided client's own, or a contact that is reached through a decided client.

    Parameters
    ----------
    operation : Operation
        What would be sent.
    decisions : iterable of Event
        The decisions, links and partings that it names; of purged values only the field is held against it.
    taken_back : iterable of Carried
        The concluded writes that it names.
    """
    wanted: dict[str, list[str | None]] = {}
    reached = set()
    for event in decisions:
        reached.add(event.body[f"{operation.side}_id"])
        if not (_of_choice if event.kind == "decided" else _of_link)(operation, event, wanted):
            return False
    for carried in taken_back:
        reached.add(carried.operation.client_id)
        if target_of(carried.operation) != target_of(operation):
            return False
        for name, value in carried.effect.before.items():
            wanted.setdefault(name, []).append(value)
    said = all(value in wanted.get(name, ()) for name, value in operation.after.items())
    return said and operation.client_id in reached


def _of_choice(operation: Operation, event: Event, wanted: dict[str, list[str | None]]) -> bool:
    """Add what a choice wants; tell whether it is about this record and one of these fields."""
    name, side = event.body["field"], operation.side
    if operation.resource == "client" and operation.resource_id != event.body[f"{side}_id"]:
        return False
    if event.body.get("direction") != f"to_{side}" or name not in operation.after or name not in BY_NAME:
        return False
    source = other_side(side)
    if not {side, source} <= event.private.keys():
        wanted.setdefault(name, []).append(operation.after[name])
        return True
    value = event.private[source]
    if BY_NAME[name].kind == "address":
        value = as_kept(side, value, event.private[side])
    wanted.setdefault(name, []).append(value)
    return True


def _of_link(operation: Operation, event: Event, wanted: dict[str, list[str | None]]) -> bool:
    """Add what a link or a parting wants: the one before is taken away in either case."""
    given = [str(event.body["xpm_id"])] if event.kind == "linked" else []
    wanted.setdefault("linked_id", []).extend([None, *given])
    return operation.resource == "link" and operation.resource_id == event.body["connectworks_id"]
