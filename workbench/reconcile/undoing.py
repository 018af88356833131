"""Taking writes back: what was after becomes before, as a plan like any other."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

import pandas as pd

from workbench.domain.fields import BY_NAME, SIDE_LABELS, label_of
from workbench.domain.frames import Clients, cells, frame_of
from workbench.domain.records import Event, Facts, LeftOut, Operation, Plan, Values
from workbench.domain.swaps import SWAPS
from workbench.reconcile.brakes import judged
from workbench.reconcile.clearing import can_clear, emptied
from workbench.reconcile.describe import same_value
from workbench.reconcile.plan import Target, links_of, target_of
from workbench.reconcile.reach import closed, reaches, refusing
from workbench.reconcile.state import Carried, State

_ACTS: Final = ("pattern", "at", "by", "how", "direction", "fields", "differences", "written")


def written(
    state: State, *, run_id: str | None = None, client: str | None = None, act: str | None = None
) -> tuple[Carried, ...]:
    """Give the writes of a run, of a client, or of a pattern that was decided at once.

    Parameters
    ----------
    state : State
        What the ledger says.
    run_id : str, optional
        Only what this run carried.
    client : str, optional
        Only what was written of this client: an id of either side, or of its link.
    act : str, optional
        Only the fields that were decided by this one act; the others of the same write stay.

    Returns
    -------
    tuple of Carried
        In no certain order; without any restriction, everything that was ever carried.
    """
    carried = state.carried_by(run_id) if run_id else tuple(state.operations.values())
    if client is not None:
        links = {k for k, row in state.linked.items() if client in (k, row["connectworks_id"], row["xpm_id"])}
        ends = {client, *(str(state.linked[k][f"{s}_id"]) for k in links for s in ("connectworks", "xpm"))}
        carried = tuple(c for c in carried if c.operation.client_id in ends or links & {*c.link_ids})
    return carried if act is None else tuple(_decided_by(c, state, act) for c in carried)


def acts(state: State) -> pd.DataFrame:
    """Give the acts that decided several differences at once, latest first.

    Parameters
    ----------
    state : State
        What the ledger says.

    Returns
    -------
    pandas.DataFrame
        pattern (the act's id), at, by, how, direction, fields, differences, written (how many of these).
    """
    done = {s for c in state.operations.values() if c.outcome == "done" for s in c.operation.decisions}
    events: dict[str, list[Event]] = {}
    for event in state.decided.values():
        events.setdefault(str(event.body.get("act")), []).append(event)
    rows = (
        {
            "pattern": act,
            "at": several[0].at,
            "by": several[0].by,
            "how": several[0].body.get("how"),
            "direction": ", ".join(sorted({str(e.body.get("direction")) for e in several})),
            "fields": ", ".join(sorted({str(e.body["field"]) for e in several})),
            "differences": str(len(several)),
            "written": str(sum(e.seq in done for e in several)),
        }
        for act, several in reversed(events.items())
        if len(several) > 1
    )
    return frame_of(rows, _ACTS)


def _decided_by(carried: Carried, state: State, act: str) -> Carried:
    """Narrow a write to the fields that one act decided on."""
    decided = (state.decided.get(seq) for seq in carried.operation.decisions)
    names = {event.body["field"] for event in decided if event and event.body.get("act") == act}
    operation = carried.operation
    narrowed = replace(
        operation,
        before={name: value for name, value in operation.before.items() if name in names},
        after={name: value for name, value in operation.after.items() if name in names},
    )
    if not names:
        return replace(carried, operation=narrowed, harmed={}, spoilt=())
    return replace(carried, operation=narrowed)


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
        What was written (`written`, `State.carried_by`); only what was done is taken back, latest first.
        Several writes of one field are gone back through, as far as each still stands.
    now : mapping
        What each resource holds now (`current_values`); a value changed since is left out.
    run_id : str, optional
        The run that is taken back.
    facts, tenants, clients
        As in `workbench.reconcile.plan.plan`.
    links : pandas.DataFrame, optional
        A LINKS frame, to count a client that is written on both sides once.

    Returns
    -------
    Plan
        Its operations carry, as their decisions, the places where the writes were concluded: taking the same
        writes back twice is one operation. A value that cannot be emptied again is left out as ``refused``.
    """
    shut = closed(clients) if clients else {}
    ways: dict[Target, _Way] = {}
    for one in sorted((c for c in carried if c.outcome == "done"), key=lambda c: -c.seq):
        target = target_of(one.operation)
        way = ways.setdefault(target, _Way(one, now.get(target)))
        way.go_back(one)
    operations: list[Operation] = []
    left: list[LeftOut] = []
    for way in ways.values():
        operation = way.end(facts)
        if why := refusing(operation.side, operation.resource, operation.client_id, shut):
            way.left += [LeftOut(way.link_id, name, why, "cannot") for name in operation.after]
            operation = replace(operation, after={})
        left += way.left
        operations.append(operation)
    operations, halved = _whole_swaps(operations, list(ways.values()), carried)
    left += halved
    pairs = links_of(links) if links is not None else {}
    planned = judged(operations, tuple(left), facts, links=pairs, tenants=tenants, undoing=True)
    return replace(planned, undoes=run_id, reaches=reaches(operations, clients) if clients else None)


def _whole_swaps(
    operations: Sequence[Operation], ways: Sequence[_Way], carried: Sequence[Carried]
) -> tuple[list[Operation], list[LeftOut]]:
    """Leave out the way back of half a swap: alone it would lose the value that the other half held."""
    swapped = _swapped(carried)
    both = list(zip(operations, ways, strict=True))
    stands = {
        (operation.side, link, name): value
        for operation, way in both
        for link in way.latest.link_ids
        for name, value in {**(way.now or {}), **operation.after}.items()
    }
    whole, left = [], []
    for operation, way in both:
        after = dict(operation.after)
        for link, name in [(link, name) for link in way.latest.link_ids for name in operation.after]:
            half, had = swapped.get((operation.side, link, name), (None, None))
            if half is None or same_value(half, stands.get((operation.side, link, half)), had):
                continue
            why = f"It was swapped with {label_of(half).lower()}, which is kept: half a swap loses a value."
            left.append(LeftOut(link, name, why, "cannot"))
            after.pop(name, None)
        before = {name: operation.before[name] for name in after}
        whole += [replace(operation, before=before, after=after)] if after else []
    return whole, left


def _swapped(carried: Sequence[Carried]) -> dict[tuple[str, str, str], tuple[str, str | None]]:
    """Map swapped fields (side, link, field), by their latest writes, to the other and what that had."""
    wrote: dict[tuple[str, str], dict[str, tuple[str | None, str | None]]] = {}
    for one in sorted((c for c in carried if c.outcome == "done"), key=lambda c: c.seq):
        operation = one.operation
        names = operation.before.keys() & operation.after.keys()
        values = {name: (operation.before[name], operation.after[name]) for name in names}
        for link in one.link_ids:
            wrote.setdefault((operation.side, link), {}).update(values)
    found: dict[tuple[str, str, str], tuple[str, str | None]] = {}
    for (side, link), values in wrote.items():
        for first, second in SWAPS.values():
            if not {first, second} <= values.keys():
                continue
            (had, got), (other_had, other_got) = values[first], values[second]
            if same_value(second, had, other_got) and same_value(second, other_had, got):
                found[side, link, first], found[side, link, second] = (second, other_had), (first, had)
    return found


@dataclass
class _Way:
    """The way back of one resource, from what it holds now through its writes, latest first."""

    latest: Carried
    now: Values | None
    standing: dict[str, str | None] = field(default_factory=dict)
    taken: set[int] = field(default_factory=set)
    left: list[LeftOut] = field(default_factory=list)

    @property
    def link_id(self) -> str:
        return (self.latest.link_ids or ("",))[0]

    def go_back(self, one: Carried) -> None:
        """Go back through one write, field by field, as far as it still stands."""
        operation = one.effect
        label = SIDE_LABELS[operation.side]
        for name in one.spoilt:
            self._keep(name, f"{label} changed it without being asked; put it back there.", "cannot")
        for name, wrote in operation.after.items():
            held = self.standing.get(name, (self.now or {}).get(name))
            old = operation.before.get(name)
            if self.now is None or name not in self.now or name not in operation.before:
                self._keep(name, f"{label} does not show it any more.", "cannot")
            elif held == old:
                continue
            elif name in one.harmed and not (name in BY_NAME and BY_NAME[name].pushable):
                what = f"{label} changed it without being asked, and it cannot be written; put it back there."
                self._keep(name, what, "cannot")
            elif held != wrote:
                self._keep(name, "It was changed since; what stands is kept.", "stale")
            else:
                self.standing[name] = old
                self.taken.add(one.seq)

    def end(self, facts: Facts | None) -> Operation:
        """Give the one write that goes the whole way back."""
        operation, now = self.latest.operation, self.now or {}
        after = {name: value for name, value in self.standing.items() if value != now[name]}
        if operation.resource != "link" and not can_clear(operation.side, facts):
            for name in [n for n in after if emptied(n, now[n], after[n])]:
                del after[name]
                self._keep(name, f"{SIDE_LABELS[operation.side]} cannot empty a value again.", "refused")
        before = {name: now[name] for name in after}
        # Nobody has decided on it yet: whoever seals the undo does.
        return replace(operation, before=before, after=after, decisions=tuple(sorted(self.taken)), by="")

    def _keep(self, name: str, why: str, code: str) -> None:
        self.left.append(LeftOut(self.link_id, name, why, code))


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
                values.setdefault(target_of(operation), {})[name] = known[operation.resource_id]
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
