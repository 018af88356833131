"""What the ledger tells of one push, picked out of all that it tells: entries, and tables made of them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Final

import pandas as pd

from workbench.domain.fields import FIELDS, SIDES
from workbench.domain.frames import frame_of
from workbench.domain.records import Event

SENSITIVE: Final = frozenset(field.name for field in FIELDS if field.kind in ("tax", "date"))
"""The fields whose values leave the house only if somebody asks for them."""
DECIDED: Final = (
    "seq",
    "at",
    "by",
    "connectworks_id",
    "xpm_id",
    "link_id",
    "field",
    "direction",
    "how",
    "act",
    *SIDES,
    "note",
)
PLANNED: Final = (
    "operation_id",
    "side",
    "resource",
    "resource_id",
    "client_id",
    "field",
    "before",
    "after",
    "decisions",
    "by",
)
ENDED: Final = ("operation_id", "seq", "at", "outcome", "reason", "words", "calls")
VALUE_COLUMNS: Final = frozenset({*SIDES, "note", "before", "after", "words"})
"""The columns that hold personal values."""
_DECIDING: Final = frozenset({"decided", "linked", "unlinked"})
Row = Mapping[str, str | None]
Mask = Callable[[str], str]


def of_run(events: Sequence[Event], run_id: str) -> list[Event]:
    """Give the entries that belong to a push: decisions, samples, approvals, plan, steps, outcomes, end.

    Parameters
    ----------
    events : sequence of Event
        A part of the ledger that holds all of it.
    run_id : str
        The push.
    """
    planned = [e for e in events if e.kind == "planned" and e.body["run_id"] == run_id]
    operations = {e.body["operation_id"] for e in planned}
    places = {seq for e in planned for seq in e.body["decisions"]}
    acts = {e.body.get("act") for e in events if e.seq in places} - {None}
    begun = [e for e in events if e.kind == "run_started" and e.body["run_id"] == run_id]
    plans = {e.body.get("plan_hash") for e in begun} - {None}

    def belongs(event: Event) -> bool:
        body = event.body
        asked = body.get("args") or {}
        return (
            event.seq in places
            or body.get("run_id") == run_id
            or body.get("operation_id") in operations
            or (event.kind == "sampled" and body.get("act") in acts)
            or (event.kind == "confirmed" and body.get("plan_hash") in plans)
            or (event.kind in ("proposed", "approved", "sent_back") and bool(_named(body) & operations))
            or (event.kind == "requested" and asked.get("run_id") == run_id)
        )

    return [event for event in events if belongs(event)]


def field_of(event: Event, name: str) -> str:
    """Give the field that a private value of an entry is about; '' where it is about none."""
    if name in SIDES:
        return str(event.body.get("field") or "")
    parts = name.split(".")
    return next((part for part in parts if part in _NAMES), "")


def tables_of(events: Iterable[Event], mask: Mask = str) -> dict[str, pd.DataFrame]:
    """Give decisions, plan and outcomes of a push as tables.

    Parameters
    ----------
    events : iterable of Event
        As `of_run` gave them; a value that is not known is blank.
    mask : callable, optional
        What is written in place of a value.
    """
    found: dict[str, list[Row]] = {"decisions": [], "plan": [], "outcomes": []}
    for event in events:
        if event.kind in _DECIDING:
            found["decisions"].append(_decided(event))
        elif event.kind == "planned":
            found["plan"] += [_planned(event, name) for name in event.body["fields"]]
        elif event.kind == "concluded":
            found["outcomes"].append(_ended(event))
    columns = {"decisions": DECIDED, "plan": PLANNED, "outcomes": ENDED}
    return {name: frame_of((_masked(row, mask) for row in found[name]), columns[name]) for name in found}


_NAMES: Final = frozenset(field.name for field in FIELDS)


def _named(body: Mapping[str, object]) -> set[str]:
    """Give the operations that a proposal or a yes names, alone or with their decisions."""
    operations = body.get("operations")
    listed = operations if isinstance(operations, list) else []
    return {str(one[0] if isinstance(one, list) else one) for one in listed}


def _masked(row: Row, mask: Mask) -> Row:
    return {name: mask(cell) if cell and name in VALUE_COLUMNS else cell for name, cell in row.items()}


def _decided(event: Event) -> Row:
    said = {name: event.body.get(name) for name in DECIDED if name not in VALUE_COLUMNS}
    values = {name: event.private.get(name) for name in (*SIDES, "note")}
    field = said["field"] or "linked_id"
    direction = said["direction"] or ("to_connectworks" if event.kind != "decided" else None)
    what = {"seq": str(event.seq), "at": event.at, "by": event.by, "field": field, "direction": direction}
    return {**said, **values, **what}


def _planned(event: Event, name: str) -> Row:
    said = {column: event.body.get(column) for column in ("operation_id", "side", "resource")}
    ids = {column: event.body.get(column) for column in ("resource_id", "client_id")}
    cells = {when: event.private.get(f"{when}.{name}") for when in ("before", "after")}
    decisions = " ".join(map(str, event.body["decisions"]))
    by = event.body.get("by") or event.by
    return {**said, **ids, **cells, "field": name, "decisions": decisions, "by": by}


def _ended(event: Event) -> Row:
    said = {name: event.body.get(name) for name in ("operation_id", "outcome", "reason")}
    calls = str(event.body.get("calls") or 0)
    when = {"seq": str(event.seq), "at": event.at}
    return {**said, **when, "words": event.private.get("words"), "calls": calls}
