"""From decisions to operations: one write per resource, with its cost and what speaks against it.

A decision becomes part of an operation only if both values are still what the person saw. Everything that
a plan does not carry is listed with its reason; a plan is complete or says why it is not.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

import pandas as pd

from workbench.domain.address_kept import as_kept
from workbench.domain.fields import (
    BY_NAME,
    CONNECTWORKS,
    SIDE_LABELS,
    XPM,
    Resource,
    Side,
    label_of,
)
from workbench.domain.frames import Clients
from workbench.domain.records import Facts, LeftOut, Operation, Plan
from workbench.domain.swaps import other_half
from workbench.domain.warnings import bar, come_up, in_words, lock
from workbench.reconcile.brakes import judged
from workbench.reconcile.clearing import can_clear, emptied
from workbench.reconcile.reach import closed, reaches, refusing

Target = tuple[Side, Resource, str]
"""One resource: side, kind of resource, resource id."""

_YES: Final = frozenset({"yes", "true", "True", "1"})
_RESOURCES: Final = ("link", "client", "contact")


@dataclass(frozen=True, slots=True)
class _Change:
    """One field of one resource, as one decision wants it."""

    target: Target
    client_id: str
    link_id: str
    field: str
    before: str | None
    after: str | None
    seq: int
    by: str


def plan(
    differences: pd.DataFrame,
    decisions: pd.DataFrame,
    *,
    facts: Facts | None = None,
    concluded: Mapping[str, str] | None = None,
    tenants: Mapping[str, str] | None = None,
    clients: Clients | None = None,
) -> Plan:
    """Turn decisions into operations.

    Parameters
    ----------
    differences : pandas.DataFrame
        A DIFFERENCES frame, as things stand now.
    decisions : pandas.DataFrame
        A DECISIONS frame; ``leave`` and what is equal by now ask for nothing.
    facts : Facts, optional
        What the plan is judged by; without them the brakes that need them are not checked.
    concluded : mapping, optional
        Operation id to outcome, of operations that have ended: none is planned again.
    tenants : mapping, optional
        Side to the id of the tenant whose data the differences are.
    clients : Clients, optional
        As they stand: what a contact shares, and which records take no writes. Without them neither is known.

    Returns
    -------
    Plan
        Operations in a fixed order, whatever the order of rows.
    """
    seen = {(r["link_id"], r["field"]): r for r in _rows(differences)}
    shut = closed(clients) if clients else {}
    left: list[LeftOut] = []
    changes: list[_Change] = []
    for decision in _rows(decisions):
        found = _change(decision, seen.get((decision["link_id"], decision["field"])), facts)
        if isinstance(found, _Change) and (why := refusing(*found.target[:2], found.client_id, shut)):
            found = _left(decision, "cannot", why)
        if isinstance(found, LeftOut):
            left.append(found)
        elif found is not None:
            changes.append(found)
    changes, halved = _whole_swaps(changes, seen)
    operations, contradicting = _operations(changes)
    fresh, ended = _not_concluded(operations, changes, concluded or {})
    left += [*halved, *contradicting, *ended]
    left = sorted(set(left), key=lambda one: (one.link_id, one.field, one.code))
    made = judged(fresh, tuple(left), facts, links=links_of(differences), tenants=tenants)
    planned = {(target_of(operation), name) for operation in fresh for name in operation.after}
    lasting = _lasting([c for c in changes if (c.target, c.field) in planned], facts)
    return replace(made, reaches=reaches(fresh, clients) if clients else None, lasting=tuple(lasting))


def _whole_swaps(
    changes: Sequence[_Change], seen: Mapping[tuple[Any, Any], Mapping[str, Any]]
) -> tuple[list[_Change], list[LeftOut]]:
    """Leave out halves of swaps: one alone would write a value into both places and lose the other."""
    there = {(one.target[0], one.link_id, one.field) for one in changes}
    whole: list[_Change] = []
    left: list[LeftOut] = []
    for one in changes:
        half = other_half(one.field, seen.get((one.link_id, one.field), {}).get("slip"))
        if half is None or (one.target[0], one.link_id, half) in there:
            whole.append(one)
            continue
        why = f"It is swapped with {label_of(half).lower()}, which is left out: half a swap loses a value."
        left.append(LeftOut(one.link_id, one.field, why, "cannot"))
    return whole, left


def _change(decision: Mapping[str, Any], difference: Mapping[str, Any] | None, facts: Facts | None) -> Any:
    """Give the change that a decision asks for, the reason why it is left out, or None if it asks nothing."""
    if decision["direction"] not in ("to_xpm", "to_connectworks"):
        return None
    if decision["field"] == "linked_id":
        return _link_change(decision, facts)
    field = BY_NAME.get(decision["field"])
    if field is None or not field.pushable:
        return _left(decision, "not_pushable", f"{label_of(decision['field'])} is compared, never pushed.")
    if difference is None:
        return _left(decision, "stale", "These two are no longer compared.")
    unfit = difference["kind"] == "bad" and "unfit_in_" not in (difference["warnings"] or "")
    if unfit or difference["kind"] == "not_comparable":
        return _left(decision, "not_pushable", "One of the two values is damaged or masked.")
    if any(decision[side] != difference[side] for side in (CONNECTWORKS, XPM)):
        return _left(decision, "stale", "A value was changed after it was decided on; decide again.")
    if difference[CONNECTWORKS] == difference[XPM]:
        return None
    return _field_change(decision, difference, facts)


def _field_change(decision: Mapping[str, Any], difference: Mapping[str, Any], facts: Facts | None) -> Any:
    name, to_xpm = decision["field"], decision["direction"] == "to_xpm"
    side: Side = XPM if to_xpm else CONNECTWORKS
    source, before = (CONNECTWORKS, XPM) if to_xpm else (XPM, CONNECTWORKS)
    after, held = difference[source], difference[before]
    barred = bar(decision["direction"], difference["warnings"])
    if barred:
        return _left(decision, "cannot", barred)
    if "email_from_contact" in (difference["warnings"] or "").split("; "):
        held = None
    if BY_NAME[name].kind == "address":
        after = as_kept(side, after, held)
    if after == held:
        return None
    gone = emptied(name, held, after)
    if gone and decision["erases"] not in _YES:
        what = f"This erases {gone} in {SIDE_LABELS[side]}; say so in a second act."
        return _left(decision, "erases", what)
    if gone and not can_clear(side, facts):
        return _left(decision, "cannot", f"{SIDE_LABELS[side]} cannot empty a value through this connection.")
    why = lock(decision["direction"], difference["warnings"])
    if why and decision.get("unlocks") not in _YES:
        return _left(decision, "locked", f"{why} It is locked; unlock it in a second act.")
    if unseen := come_up(decision.get("warnings"), difference["warnings"]):
        return _left(decision, "warned", f"{' '.join(in_words(unseen))} Decide again in Differences.")
    client_id = difference["xpm_id" if to_xpm else "connectworks_id"]
    resource: Resource = BY_NAME[name].xpm_resource if to_xpm else "client"
    resource_id = difference["contact_id"] if resource == "contact" else client_id
    if resource_id is None:
        what = f"{label_of(name)} is kept by XPM at the client’s primary contact, and there is none."
        return _left(decision, "cannot", what)
    return _changed(decision, (side, resource, resource_id), client_id, held, after)


def _lasting(changes: Iterable[_Change], facts: Facts | None) -> Iterator[LeftOut]:
    """List what could not be taken back: filled where the side cannot empty a value again."""
    for change in changes:
        side = change.target[0]
        if change.target[1] != "link" and not can_clear(side, facts):
            gone = emptied(change.field, change.after, change.before)
            if gone:
                what = f"{SIDE_LABELS[side]} cannot empty {gone} again: this cannot be undone."
                yield LeftOut(change.link_id, change.field, what, "cannot")


def _link_change(decision: Mapping[str, Any], facts: Facts | None) -> _Change | None:
    if decision[CONNECTWORKS] == decision[XPM] or (facts and facts.linked_here_only):
        return None
    client_id = decision["connectworks_id"]
    target: Target = (CONNECTWORKS, "link", client_id)
    return _changed(decision, target, client_id, decision[CONNECTWORKS], decision[XPM])


def _changed(
    decision: Mapping[str, Any], target: Target, client_id: str, before: str | None, after: str | None
) -> _Change:
    return _Change(
        target=target,
        client_id=client_id,
        link_id=decision["link_id"],
        field=decision["field"],
        before=before,
        after=after,
        seq=int(decision["seq"] or 0),
        by=decision["by"] or "",
    )


def _operations(changes: list[_Change]) -> tuple[tuple[Operation, ...], list[LeftOut]]:
    """Put changes of one resource into one operation; contradicting ones into none."""
    by_field: dict[tuple[Target, str], list[_Change]] = {}
    for change in sorted(changes, key=lambda c: (c.target, c.client_id, c.field, c.link_id, c.seq)):
        by_field.setdefault((change.target, change.field), []).append(change)
    by_target: dict[Target, list[_Change]] = {}
    left: list[LeftOut] = []
    for (target, _), same in by_field.items():
        if len({(c.before, c.after) for c in same}) == 1:
            by_target.setdefault(target, []).extend(same)
        else:
            what = (
                "Decisions of several clients give what they share different values. "
                "Choose the same for all of them in Differences."
            )
            left += [LeftOut(c.link_id, c.field, what, "contradicts") for c in same]
    operations = [part for target, same in by_target.items() for part in _steps(_operation(target, same))]
    return tuple(sorted(operations, key=_order)), left


def _steps(operation: Operation) -> tuple[Operation, ...]:
    """Take a link away before another is given: Connectworks refuses a second one beside the first."""
    before, after = operation.before.get("linked_id"), operation.after.get("linked_id")
    if operation.resource != "link" or before is None or after is None:
        return (operation,)
    return replace(operation, after={"linked_id": None}), replace(operation, before={"linked_id": None})


def _operation(target: Target, changes: list[_Change]) -> Operation:
    side, resource, resource_id = target
    return Operation(
        side=side,
        resource=resource,
        resource_id=resource_id,
        client_id=changes[0].client_id,
        before={c.field: c.before for c in changes},
        after={c.field: c.after for c in changes},
        decisions=tuple(sorted({c.seq for c in changes if c.seq})),
        by=max(changes, key=lambda c: c.seq).by,
    )


def _order(operation: Operation) -> tuple[Any, ...]:
    """Links before fields, links taken away before links given: an id is free before it is used again."""
    gives = any(value is not None for value in operation.after.values())
    rank = _RESOURCES.index(operation.resource)
    return (rank, gives if rank == 0 else True, operation.side, operation.client_id, operation.resource_id)


def _not_concluded(
    operations: tuple[Operation, ...], changes: list[_Change], concluded: Mapping[str, str]
) -> tuple[tuple[Operation, ...], list[LeftOut]]:
    """Part the operations that have ended already; those without effect are told."""
    ended = {o.operation_id: o for o in operations if o.operation_id in concluded}
    fresh = tuple(o for o in operations if o.operation_id not in ended)
    without_effect = {
        (target_of(o), name)
        for i, o in ended.items()
        if concluded[i] in ("refused", "gave_up", "stale")
        for name in o.after
    }
    what = "This was tried without effect; decide again to try once more."
    left = [
        LeftOut(c.link_id, c.field, what, "cannot") for c in changes if (c.target, c.field) in without_effect
    ]
    return fresh, left


def _left(decision: Mapping[str, Any], code: str, reason: str) -> LeftOut:
    return LeftOut(decision["link_id"], decision["field"], reason, code)


def target_of(operation: Operation) -> Target:
    """Give the resource that an operation writes."""
    return operation.side, operation.resource, operation.resource_id


def links_of(frame: pd.DataFrame) -> dict[tuple[str, str], str]:
    """Map (side, client id) to its link, for all links of a frame."""
    pairs = frame[["link_id", "connectworks_id", "xpm_id"]].drop_duplicates()
    by_side = {side: zip(pairs[f"{side}_id"], pairs["link_id"], strict=True) for side in (CONNECTWORKS, XPM)}
    return {(side, client): link for side, ids in by_side.items() for client, link in ids}


def _rows(frame: pd.DataFrame) -> list[dict[str, Any]]:
    """Give a frame's rows with None for what is missing or blank."""
    columns = {name: [_or_none(v) for v in frame[name]] for name in frame.columns}
    return [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]


def _or_none(value: Any) -> str | None:
    return None if pd.isna(value) or value == "" else str(value)
