"""What a PATCH asks for, checked against the record: all of it is done, or nothing."""

from __future__ import annotations

from typing import Any

from workbench.sandbox.connectworks.errors import Refusal
from workbench.sandbox.connectworks.values import problem_with, trimmed
from workbench.sandbox.state import Record

Change = dict[str, Any]


def read_changes(body: Any, dials: Record) -> dict[str, Change]:
    """Give the changes of a PATCH's body, by field.

    Raises
    ------
    Refusal
        422, naming everything that is wrong with shape or values.
    """
    changes = body.get("changes") if isinstance(body, dict) else None
    if not isinstance(changes, dict) or not changes:
        raise Refusal(422, "invalid", "The body has to give changes by field.")
    errors = []
    for field, change in changes.items():
        problem = _problem(field, change, dials)
        if problem:
            code, message = problem
            errors.append({"code": code, "message": f"{field} {message}.", "field": field})
    if errors:
        first = errors[0]
        raise Refusal(422, first["code"], first["message"], first["field"], errors)
    return changes


def _problem(field: str, change: Any, dials: Record) -> tuple[str, str] | None:
    if field not in dials["writable_fields"]:
        return "not_writable", "cannot be written"
    if not isinstance(change, dict) or "to" not in change or set(change) - {"from", "to"}:
        return "invalid", "needs from and to, and nothing else"
    if dials["from_required"] and "from" not in change:
        return "invalid", "needs from: the value that the decision was made on"
    if change["to"] is None:
        return None if "clear_fields" in dials["capabilities"] else ("cannot_clear", "cannot be cleared")
    message = problem_with(field, change["to"])
    return ("invalid", message) if message else None


def apply_changes(record: Record, changes: dict[str, Change]) -> Record:
    """Give the record with the changes made.

    Raises
    ------
    Refusal
        412 when a field no longer holds the value that the decision was made on; 422 for a
        discarded record.
    """
    if record["lifecycle"] == "discarded":
        raise Refusal(422, "discarded", "A discarded client cannot be changed; restore it first.")
    for field, change in changes.items():
        if "from" in change and trimmed(change["from"]) != trimmed(record.get(field)):
            raise Refusal(412, "drifted", f"{field} has changed since it was read.", field)
    return {**record, **{field: change["to"] for field, change in changes.items()}}


def befallen(fault: str | None, record: Record, changes: dict[str, Change], dials: Record) -> Record:
    """Give the record as a faulty service would keep it; see the dials of faults."""
    if fault == "blank_omitted":
        omitted = [name for name in dials["writable_fields"] if name not in changes]
        return {**record, **dict.fromkeys(omitted)}
    if fault == "reformat":
        phones = {name: record[name] for name in changes if name.endswith("_phone") and record[name]}
        return {**record, **{name: value.replace(" ", "") for name, value in phones.items()}}
    return record
