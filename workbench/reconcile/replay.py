"""What the ledger says, folded: links, decisions, baseline, operations, runs, requests, history.

Nothing else is remembered anywhere. `replay` takes events in, `State` gives frames out; folding the ledger
in pieces, or a piece in any order, gives the same as folding it whole.

The kinds of entries. A body holds ids, codes, counts and hashes; a person's values stand in `private`, where
a blank is None and an absent one has been purged.

============  ================================================================  ==========================
Kind          Body                                                              Private
============  ================================================================  ==========================
visited
read          client_id
exported      rows, kind
connected     side, tenant_id, tenant_name, abilities
pulled        pull_id, side, tenant_id, snapshot, records, expected, complete,
              reason
returned      side, cells (client_id and field of each)
looked        side, client_id, look
labelled      looks (XPM id to look), fields
compared      links, counts, snapshots
linked        link_id, connectworks_id, xpm_id, how, act
unlinked      link_id, connectworks_id, xpm_id, how
rejected      connectworks_id, xpm_id, how
unrejected    connectworks_id, xpm_id
sampled       act, shown, wrong, of
decided       link_id, connectworks_id, xpm_id, field, direction, how, erases,  connectworks, xpm, note,
              unlocks, act                                                      warnings
ruled         digest                                                            rules
baselined     link_id, fields, why, at                                          FIELD.connectworks,
                                                                                FIELD.xpm
requested     request_id, verb, args
taken         request_id, worker
stop_asked    request_id
postponed     request_id, until, message
ended         request_id, ok, message, error
run_started   run_id, plan_hash, operations, tenants, undoes
planned       run_id, operation_id, side, resource, resource_id, client_id,     before.FIELD, after.FIELD
              link_ids, fields, decisions
claimed … answered   the push protocol: see `workbench.reconcile.settle`        onto, harmed.FIELD
concluded     operation_id, run_id, outcome, reason, calls, harm                words, harmed.FIELD
run_ended     run_id, counts, message
handed_over   run_id, plan_hash, operations, undoes
arrived       run_id, operation_id, fields
creation_asked  creation_id, side, source_id, despite, fields                   value.FIELD, parties
creating      creation_id, seen
creation_unsent  creation_id
created       creation_id, side, client_id, how
not_created   creation_id, reason                                               words
relating      creation_id, party
relating_unsent  creation_id, party
related       creation_id, party, reason
confirmed     plan_hash                                                         typed
proposed      plan_hash, operations (each id with its decisions), undoes        note
approved      plan_hash, operations (ids)
sent_back     operations (ids)                                                  note
configured    what, setting, digest, file, access, begins                       before, after
purged        subjects, values, clients, snapshots, looks, files
cleared       before, snapshots, looks, files
bundled       run_id, edition, inputs, sha256
ran           run_id, result, exit_code, counts, record
============  ================================================================  ==========================
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Any, Final, cast

from workbench.domain.fields import CONNECTWORKS, SIDES
from workbench.domain.records import Entry, Event, Operation
from workbench.reconcile import approval, creations
from workbench.reconcile.history import told
from workbench.reconcile.state import (
    Carried,
    Cells,
    Connected,
    Labelled,
    Pull,
    Request,
    RunSoFar,
    State,
    Wish,
)

__all__ = ["HARMED", "ONTO", "REACHED", "Carried", "Request", "RunSoFar", "State", "planned_entry", "replay"]

_HELD_THERE: Final = frozenset({CONNECTWORKS, "imported"})
"""How a link came about that Connectworks holds itself from the beginning."""
REACHED: Final = frozenset({"done", "already", "handed_over"})
"""The outcomes after which a decision has done its work."""
ENDED_KEPT: Final = 500
"""So many requests that have ended are remembered; earlier ones stand in the ledger alone."""
REMEMBERED: Final = 10
"""For so many whole pulls it is remembered that a value has gone back to an earlier one."""
HARMED: Final = "harmed."
"""Before the name of a field that a write changed without being asked, with what it held before."""
ONTO: Final = "onto"
"""The marks of all fields of the look onto which something may be sent; for machines only."""


def replay(events: Iterable[Event], state: State | None = None) -> State:
    """Fold events into a state.

    Parameters
    ----------
    events : iterable of Event
        What the ledger holds after `state`, in any order; events that `state` knows already are passed over.
    state : State, optional
        What was folded before; it is left as it is.

    Returns
    -------
    State
        With all of them folded in.
    """
    before = state or State()
    new = sorted((e for e in events if e.seq > before.seq), key=lambda e: e.seq)
    if not new:
        return before
    making = _Making(before)
    after = cast(State, making)  # to the folds it is one
    after.operations.recall(e.body["operation_id"] for e in new if "operation_id" in e.body)
    for event in new:
        if event.kind in approval.DECIDING:
            after.deciders[event.seq] = event.by
        after.told.extend(told(event, after.operations, after.linked))
        _FOLDS.get(event.kind, _pass_over)(after, event)
    return making.done(new[-1].seq)


class _Making:
    """A state in the making: it shares with the one before what no event asks for, and copies the rest.

    A tick asks for little of it; to copy all that is agreed would take longer than all else that it needs.

    Parameters
    ----------
    before : State
        It is left as it is.
    """

    def __init__(self, before: State) -> None:
        self._before = before
        self._copied: dict[str, Any] = {}

    def __getattr__(self, name: str) -> Any:
        if name not in self._copied:
            self._copied[name] = getattr(self._before, name).copy()
        return self._copied[name]

    def done(self, seq: int) -> State:
        """Give the state as it is now, up to this place."""
        return replace(self._before, seq=seq, **self._copied)


def planned_entry(operation: Operation, run_id: str, link_ids: Iterable[str]) -> Entry:
    """Write an operation as the ``planned`` entry from which `replay` reads it back.

    Parameters
    ----------
    operation : Operation
        What is to be pushed.
    run_id : str
        By which run.
    link_ids : iterable of str
        Whose differences it resolves (`State.link_ids_of`).
    """
    body = {
        "run_id": run_id,
        "operation_id": operation.operation_id,
        "side": operation.side,
        "resource": operation.resource,
        "resource_id": operation.resource_id,
        "client_id": operation.client_id,
        "link_ids": list(link_ids),
        "fields": sorted(operation.after),
        "decisions": list(operation.decisions),
        "by": operation.by,
    }
    before = {f"before.{name}": value for name, value in operation.before.items()}
    after = {f"after.{name}": value for name, value in operation.after.items()}
    return Entry("planned", body, before | after, subject=operation.client_id)


def _pass_over(state: State, event: Event) -> None:
    """Leave the state as it is: the event matters to others (the push protocol, audits)."""


def _connected(state: State, event: Event) -> None:
    state.connected[event.body["side"]] = Connected(event.body, event.at)


def _pulled(state: State, event: Event) -> None:
    body = event.body
    pull = Pull(
        side=body["side"],
        pull_id=body["pull_id"],
        snapshot=body["snapshot"],
        at=event.at,
        records=body["records"],
        expected=body.get("expected"),
        complete=bool(body.get("complete")),
        reason=body.get("reason") or "",
        seq=event.seq,
        tenant_id=body.get("tenant_id") or "",
    )
    state.pulls[pull.side] = pull
    if pull.complete:
        state.whole_pulls[pull.side] = pull
    elif pull.side in state.whole_pulls:
        return  # the last whole one still stands, and so do the looks after it
    for key in [key for key in state.looked if key[0] == pull.side]:
        del state.looked[key]
    for cell in [cell for cell in state.returned if cell[0] == pull.side]:
        times, idle = state.returned.pop(cell)
        if idle + 1 < REMEMBERED:
            state.returned[cell] = (times, idle + 1)


def _returned(state: State, event: Event) -> None:
    for client, field in event.body["cells"]:
        cell = (event.body["side"], client, field)
        state.returned[cell] = (state.returned.get(cell, (0, 0))[0] + 1, 0)


def _looked(state: State, event: Event) -> None:
    record = (event.body["side"], event.body["client_id"])
    state.looked.pop(record, None)  # kept in the order of looking: what was seen last is laid over last
    state.looked[record] = event.body["look"]
    link = state.link_of.get(record)
    if link:
        state.compared[link] = event.at


def _labelled(state: State, event: Event) -> None:
    fields = tuple(event.body["fields"])
    for client, look in event.body["looks"].items():
        state.labelled.pop(client, None)  # kept in the order of reading
        state.labelled[client] = Labelled(look, event.at, fields)


def _compared(state: State, event: Event) -> None:
    state.compared.update(dict.fromkeys(state.linked, event.at))


def _linked(state: State, event: Event) -> None:
    link, cw, xpm = _pair(event)
    state.linked[link] = _row(event, "link_id", "connectworks_id", "xpm_id", "how")
    state.link_of.update(dict.fromkeys(zip(SIDES, (cw, xpm), strict=True), link))
    state.refused_pairs.pop((cw, xpm), None)
    known = state.wishes.get(cw)
    written = xpm if event.body.get("how") in _HELD_THERE else (known.written if known else None)
    state.wishes[cw] = Wish(link, written, xpm, _row(event, "how", "xpm_id"))


def _unlinked(state: State, event: Event) -> None:
    link, cw, xpm = _pair(event)
    state.linked.pop(link, None)
    state.compared.pop(link, None)
    for record in zip(SIDES, (cw, xpm), strict=True):
        if state.link_of.get(record) == link:
            del state.link_of[record]
    for kept in (state.choices, state.agreed, state.before_leaving):
        for key in [key for key in kept if key[0] == link]:
            del kept[key]
    known = state.wishes.get(cw)
    if known and known.wanted == xpm:
        written = None if event.body.get("how") == CONNECTWORKS else known.written
        state.wishes[cw] = Wish(link, written, None, _row(event, "how", "xpm_id"))


def _rejected(state: State, event: Event) -> None:
    pair = (event.body["connectworks_id"], event.body["xpm_id"])
    state.refused_pairs[pair] = _row(event, "connectworks_id", "xpm_id", "how")


def _unrejected(state: State, event: Event) -> None:
    state.refused_pairs.pop((event.body["connectworks_id"], event.body["xpm_id"]), None)


def _ruled(state: State, event: Event) -> None:
    state.ruled["digest"] = event.body["digest"]


def _decided(state: State, event: Event) -> None:
    key = (event.body["link_id"], event.body["field"])
    state.decided[event.seq] = event
    state.choices.pop(key, None)
    purged = not {"connectworks", "xpm"} <= event.private.keys()
    if event.body.get("direction") is None or purged or key[0] not in state.linked:
        return
    row = _row(event, "link_id", "connectworks_id", "xpm_id", "field", "direction", "how")
    acts = {name: "yes" if event.body.get(name) else None for name in ("erases", "unlocks")}
    values = {name: event.private.get(name) for name in ("connectworks", "xpm", "note", "warnings")}
    state.choices[key] = {**row, **values, **acts}


def _baselined(state: State, event: Event) -> None:
    link = event.body["link_id"]
    for name in event.body["fields"]:
        if link not in state.linked:
            continue
        keys = {side: f"{name}.{side}" for side in ("connectworks", "xpm")}
        purged = not set(keys.values()) <= event.private.keys()
        why = "lost" if purged else event.body.get("why")
        agreed = {side: event.private.get(key) for side, key in keys.items()}
        at = event.body.get("at") or event.at
        row = {"link_id": link, "field": name, "at": at, "why": why, "seq": str(event.seq), **agreed}
        before = state.agreed.pop((link, name), None)  # what is agreed last stands last
        state.agreed[link, name] = row
        _leave(state, before, row)


def _leave(state: State, before: Cells | None, now: Cells) -> None:
    """Keep what was agreed before two values were left as they are, for as long as that stands."""
    key = now["link_id"] or "", now["field"] or ""
    if now["why"] != "leave" or before is None:
        state.before_leaving.pop(key, None)
    elif before["why"] != "leave" or any(before[side] != now[side] for side in SIDES):
        state.before_leaving[key] = before


def _requested(state: State, event: Event) -> None:
    body = event.body
    request = Request(body["request_id"], body["verb"], event.by, event.at, body.get("args") or {})
    state.requests[request.request_id] = request


def _request_moved(state: State, event: Event) -> None:
    known = state.requests.get(event.body["request_id"])
    if known is None:
        return
    changes: dict[str, dict[str, Any]] = {
        "taken": {"state": "taken", "worker": event.body.get("worker", ""), "until": "", "message": ""},
        "postponed": {
            "state": "queued",
            "until": event.body.get("until") or "",
            "message": event.body.get("message") or "",
        },
        "stop_asked": {"stop_asked": True},
        "ended": {
            "state": "ended",
            "ok": bool(event.body.get("ok")),
            "message": event.body.get("message") or "",
            "error": event.body.get("error") or "",
            "ended_at": event.at,
        },
    }
    state.requests[known.request_id] = replace(known, **changes[event.kind])
    if event.kind == "ended" and len(state.requests) > ENDED_KEPT:
        ended = [request.request_id for request in state.requests.values() if request.state == "ended"]
        for request_id in ended[:-ENDED_KEPT]:
            del state.requests[request_id]


def _run_of(state: State, event: Event) -> RunSoFar:
    run_id, undoes = event.body["run_id"], event.body.get("undoes")
    known = state.runs.get(run_id) or RunSoFar(run_id, event.by, event.at)
    return replace(known, undoes=undoes or known.undoes)


def _run_started(state: State, event: Event) -> None:
    run = _run_of(state, event)
    state.runs[run.run_id] = replace(run, started=True, tenants=event.body.get("tenants") or {})


def _planned(state: State, event: Event) -> None:
    body, run = event.body, _run_of(state, event)
    operation_id = body["operation_id"]
    known = state.operations.get(operation_id)
    operation = _operation(event)
    if not (known and known.run_id == run.run_id):
        ids, operations = (*run.operation_ids, operation_id), (*run.operations, operation)
        run = replace(run, operation_ids=ids, operations=operations)
    state.runs[run.run_id] = run
    if not (known and known.outcome):
        links = tuple(body.get("link_ids") or ())
        state.operations[operation_id] = Carried(operation_id, operation, run.run_id, links)


def _operation(event: Event) -> Operation:
    body = event.body
    return Operation(
        side=body["side"],
        resource=body["resource"],
        resource_id=body["resource_id"],
        client_id=body["client_id"],
        before=_values(event, "before."),
        after=_values(event, "after."),
        decisions=tuple(body["decisions"]),
        by=body.get("by") or event.by,
    )


def _concluded(state: State, event: Event) -> None:
    body = event.body
    known = state.operations.get(body["operation_id"])
    if known is None or known.outcome:
        return
    words = " ".join(filter(None, (body.get("reason"), event.private.get("words"))))
    harmed = _values(event, HARMED)
    done = replace(
        known,
        outcome=body["outcome"],
        run_id=body.get("run_id") or known.run_id,
        reason=words,
        calls=int(body.get("calls") or 0),
        harmed=harmed,
        spoilt=tuple(name for name in body.get("harm") or () if name not in harmed),
        seq=event.seq,
    )
    state.operations[done.operation_id] = done
    if done.operation.resource == "link":
        _link_written(state, done)
    elif done.outcome in REACHED:
        for key in [(link, name) for link in done.link_ids for name in done.operation.after]:
            choice = state.choices.get(key)
            if choice and int(choice["seq"] or 0) in done.operation.decisions:
                del state.choices[key]


def _link_written(state: State, done: Carried) -> None:
    cw = done.operation.resource_id
    wish = state.wishes.get(cw)
    if wish is None:
        return
    written = done.operation.after.get("linked_id") if done.outcome in REACHED else wish.written
    # Of two steps, away from one and on to another, the first leaves the wish as open as it was.
    last = done.operation.after.get("linked_id") == wish.wanted or done.outcome not in REACHED
    tried = wish.tried or (last and int(wish.row["seq"] or 0) in done.operation.decisions)
    state.wishes[cw] = replace(wish, written=written, tried=tried)


def _run_ended(state: State, event: Event) -> None:
    run = state.runs.get(event.body["run_id"])
    if run:
        message, counts = event.body.get("message") or "", event.body.get("counts") or {}
        state.runs[run.run_id] = replace(run, ended=True, message=message, counts=counts)


def _handed_over(state: State, event: Event) -> None:
    run = _run_of(state, event)
    counts = {"handed_over": len(run.operation_ids)}
    state.runs[run.run_id] = replace(run, started=True, ended=True, counts=counts, message="Handed over.")
    state.handovers[run.run_id] = event.at


def _arrived(state: State, event: Event) -> None:
    for name in event.body["fields"]:
        state.arrived.setdefault((event.body["operation_id"], name), event.at)


def _purged(state: State, event: Event) -> None:
    gone = event.body.get("clients") or ()
    for key in [key for key in state.looked if key[1] in gone]:
        del state.looked[key]
    for client in [client for client in state.labelled if client in gone]:
        del state.labelled[client]


def _confirmed(state: State, event: Event) -> None:
    state.confirmed[event.body["plan_hash"]] = event


def _on_creations(fold: Callable[[creations.Known, Event], None]) -> Callable[[State, Event], None]:
    return lambda state, event: fold(state.creations, event)


_FOLDS: Final[dict[str, Callable[[State, Event], None]]] = {
    "connected": _connected,
    "pulled": _pulled,
    "returned": _returned,
    "looked": _looked,
    "labelled": _labelled,
    "compared": _compared,
    "linked": _linked,
    "unlinked": _unlinked,
    "rejected": _rejected,
    "unrejected": _unrejected,
    "ruled": _ruled,
    "decided": _decided,
    "baselined": _baselined,
    "requested": _requested,
    "taken": _request_moved,
    "stop_asked": _request_moved,
    "postponed": _request_moved,
    "ended": _request_moved,
    "run_started": _run_started,
    "planned": _planned,
    "concluded": _concluded,
    "run_ended": _run_ended,
    "handed_over": _handed_over,
    "arrived": _arrived,
    "confirmed": _confirmed,
    "purged": _purged,
    **{kind: _on_creations(fold) for kind, fold in creations.FOLDS.items()},
    "proposed": lambda state, event: approval.proposed(state.standing, event),
    "approved": lambda state, event: approval.approved(state.standing, state.deciders, event),
    "sent_back": lambda state, event: approval.sent_back(state.standing, event),
}


def _pair(event: Event) -> tuple[str, str, str]:
    return event.body["link_id"], event.body["connectworks_id"], event.body["xpm_id"]


def _row(event: Event, *names: str) -> dict[str, str | None]:
    said = {name: event.body.get(name) for name in names}
    return {**said, "by": event.by, "at": event.at, "seq": str(event.seq)}


def _values(event: Event, prefix: str) -> dict[str, str | None]:
    return {k.removeprefix(prefix): v for k, v in event.private.items() if k.startswith(prefix)}
