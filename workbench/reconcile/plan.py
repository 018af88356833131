"""From decisions to operations: one write per resource, with its cost and what speaks against it.

A decision becomes part of an operation only if both values are still what the person saw. Everything that
a plan does not carry is listed with its reason; a plan is complete or says why it is not.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

import pandas as pd

from workbench.domain.fields import (
    ADDRESS_PARTS,
    BY_NAME,
    CONNECTWORKS,
    SIDE_LABELS,
    XPM,
    Resource,
    Side,
    label_of,
)
from workbench.domain.frames import Clients, address_cell, address_parts, cells
from workbench.domain.records import Facts, LeftOut, Operation, Plan, Values
from workbench.domain.warnings import bar, lock
from workbench.reconcile.brakes import WRITE_FIELDS, brakes, judged
from workbench.reconcile.reach import closed, reaches, refusing
from workbench.reconcile.state import Carried

Target = tuple[Side, Resource, str]
"""One resource: side, kind of resource, resource id."""

CLEAR_FIELDS: Final = "clear_fields"
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
    operations, contradicting = _operations(changes)
    fresh, ended = _not_concluded(operations, changes, concluded or {})
    left = sorted({*left, *contradicting, *ended}, key=lambda one: (one.link_id, one.field, one.code))
    made = judged(fresh, tuple(left), facts, links=_links(differences), tenants=tenants)
    return replace(made, reaches=reaches(fresh, clients) if clients else None)


def undo(
    carried: Sequence[Carried],
    now: Mapping[Target, Values],
    *,
    run_id: str | None = None,
    facts: Facts | None = None,
    links: pd.DataFrame | None = None,
    tenants: Mapping[str, str] | None = None,
    clients: Clients | None = None,
) -> Plan:
    """Plan to take writes back: what was after becomes before.

    Parameters
    ----------
    carried : sequence of Carried
        Operations of a run (`State.carried_by`); only those that were done are taken back, latest first.
    now : mapping
        What each resource holds now (`current_values`); a value changed since is left out.
    run_id : str, optional
        The run that is taken back.
    facts, tenants, clients
        As in `plan`.
    links : pandas.DataFrame, optional
        A LINKS frame, to count a client that is written on both sides once.

    Returns
    -------
    Plan
        Its operations carry, as their decision, the place where the write was concluded: taking the same
        write back twice is one operation.
    """
    done = sorted((c for c in carried if c.outcome == "done"), key=lambda c: -c.seq)
    shut = closed(clients) if clients else {}
    operations: list[Operation] = []
    left: list[LeftOut] = []
    for one in done:
        operation, kept = _reversed(one, now.get(_target(one.operation)), facts)
        if why := refusing(operation.side, operation.resource, operation.client_id, shut):
            kept = [*kept, *(LeftOut((one.link_ids or ("",))[0], n, why, "cannot") for n in operation.after)]
            operation = replace(operation, after={})
        left += kept
        operations += [operation] if operation.after else []
    pairs = _links(links) if links is not None else {}
    planned = judged(tuple(operations), tuple(left), facts, links=pairs, tenants=tenants)
    reached = reaches(operations, clients) if clients else None
    return replace(planned, undoes=run_id, reaches=reached)


def current_values(operations: Iterable[Operation], clients: Clients) -> dict[Target, dict[str, str | None]]:
    """Give what the resources of some operations hold now, by the clients' frames.

    Parameters
    ----------
    operations : iterable of Operation
        Whose resources and fields are looked up.
    clients : Clients
        As last pulled and refreshed.

    Returns
    -------
    dict
        Target to values of the operations' fields; a resource without a record is absent.
    """
    operations = list(operations)
    columns = {
        (side, name): _looked_up(clients.side(side), name, resource)
        for side, resource, name in {(o.side, o.resource, n) for o in operations for n in o.after}
    }
    values: dict[Target, dict[str, str | None]] = {}
    for operation in operations:
        for name in operation.after:
            known = columns[operation.side, name]
            if operation.resource_id in known:
                values.setdefault(_target(operation), {})[name] = known[operation.resource_id]
    return values


def _looked_up(frame: pd.DataFrame, name: str, resource: str) -> dict[str, str | None]:
    """Map each resource's id to its own value of a field; XPM's fallback email is not the client's own."""
    key = "contact_id" if resource == "contact" else "client_id"
    values = cells(frame, name)
    if name == "email":
        values = values.mask(frame["email_source"].eq("contact").fillna(False))
    return {
        str(i): None if pd.isna(v) else str(v) for i, v in zip(frame[key], values, strict=True) if pd.notna(i)
    }


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
        after = _address_for(side, after, held)
    if after == held:
        return None
    emptied = _emptied(name, held, after)
    if emptied and decision["erases"] not in _YES:
        what = f"This erases {emptied} in {SIDE_LABELS[side]}; say so in a second act."
        return _left(decision, "erases", what)
    if emptied and not _can_clear(side, facts):
        return _left(decision, "cannot", f"{SIDE_LABELS[side]} cannot empty a value through this connection.")
    why = lock(decision["direction"], difference["warnings"])
    if why and decision.get("unlocks") not in _YES:
        return _left(decision, "locked", f"{why} It is locked; unlock it in a second act.")
    client_id = difference["xpm_id" if to_xpm else "connectworks_id"]
    resource: Resource = BY_NAME[name].xpm_resource if to_xpm else "client"
    resource_id = difference["contact_id"] if resource == "contact" else client_id
    if resource_id is None:
        what = f"{label_of(name)} is kept by XPM at the client’s primary contact, and there is none."
        return _left(decision, "cannot", what)
    return _changed(decision, (side, resource, resource_id), client_id, held, after)


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


def _address_for(side: Side, source: str | None, held: str | None) -> str | None:
    """Write an address as the receiving side keeps it: XPM has no suburb, its lines hold it last."""
    parts = address_parts(source)
    if side == XPM:
        parts["lines"] = "\n".join(filter(None, (parts["lines"], parts["suburb"]))) or None
        parts["suburb"] = None
        return address_cell(parts)
    suburb = address_parts(held)["suburb"]
    *lines, last = (parts["lines"] or "").split("\n")
    if suburb and not parts["suburb"] and last.strip().casefold() == suburb.strip().casefold():
        parts |= {"lines": "\n".join(lines) or None, "suburb": last.strip()}
    return address_cell(parts)


def _emptied(name: str, before: str | None, after: str | None) -> str:
    """Name what a write would empty: the whole field, or parts of an address; '' if nothing."""
    if before is None:
        return ""
    if after is None:
        return "the " + label_of(name).lower()
    if BY_NAME[name].kind != "address":
        return ""
    had, has = address_parts(before), address_parts(after)
    parts = [part for part in ADDRESS_PARTS if had[part] and not has[part]]
    return "the " + " and ".join(parts) if parts else ""


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
            what = "Decisions of several clients give what they share different values."
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
        (_target(o), name)
        for i, o in ended.items()
        if concluded[i] in ("refused", "gave_up", "stale")
        for name in o.after
    }
    what = "This was tried without effect; decide again to try once more."
    left = [
        LeftOut(c.link_id, c.field, what, "cannot") for c in changes if (c.target, c.field) in without_effect
    ]
    return fresh, left


def _reversed(one: Carried, held: Values | None, facts: Facts | None) -> tuple[Operation, list[LeftOut]]:
    """Turn one operation round, field by field."""
    operation, link_id = one.effect, (one.link_ids or ("",))[0]
    label = SIDE_LABELS[operation.side]
    before: dict[str, str | None] = {}
    after: dict[str, str | None] = {}
    left: list[LeftOut] = []
    for name, written in operation.after.items():
        old = operation.before.get(name)
        if held is None or name not in held or name not in operation.before:
            left.append(LeftOut(link_id, name, f"{label} does not show it any more.", "cannot"))
        elif held[name] == old:
            continue
        elif name in one.harmed and not BY_NAME[name].pushable:
            what = f"{label} changed it without being asked, and it cannot be written; put it back there."
            left.append(LeftOut(link_id, name, what, "cannot"))
        elif held[name] != written:
            left.append(LeftOut(link_id, name, "It was changed since; what stands is kept.", "stale"))
        elif (
            operation.resource != "link"
            and _emptied(name, written, old)
            and not _can_clear(operation.side, facts)
        ):
            left.append(LeftOut(link_id, name, f"{label} cannot empty a value again.", "cannot"))
        else:
            before[name], after[name] = written, old
    # Nobody has decided on it yet: whoever seals the undo does.
    return replace(operation, before=before, after=after, decisions=(one.seq,), by=""), left


def _can_clear(side: Side, facts: Facts | None) -> bool:
    """Tell whether a value can be emptied there: by the connection, or by hand where it writes nothing."""
    abilities = facts.abilities.get(side, frozenset()) if facts else frozenset({CLEAR_FIELDS})
    return CLEAR_FIELDS in abilities or WRITE_FIELDS not in abilities


def _left(decision: Mapping[str, Any], code: str, reason: str) -> LeftOut:
    return LeftOut(decision["link_id"], decision["field"], reason, code)


def _target(operation: Operation) -> Target:
    return operation.side, operation.resource, operation.resource_id


def _links(frame: pd.DataFrame) -> dict[tuple[str, str], str]:
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


__all__ = ["Target", "brakes", "current_values", "plan", "undo"]
