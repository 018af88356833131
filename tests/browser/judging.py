"""What both servers hold and what the ledger says, read without a line of the package's code."""

from __future__ import annotations

import json
import sqlite3
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import closing
from pathlib import Path
from typing import Any, NamedTuple

import httpx

SIDES = ("connectworks", "xpm")
# What a server changes by itself whenever anybody writes.
OWN_STAMPS = {"updated_at", "etag", "addon_refreshed_at", "linked_at"}
API = {"connectworks": "/v1/", "xpm": "/practicemanager/"}

#: A field's label on the screens -> what each server calls it: (kind of record, name).
CALLED = {
    "Email": {"connectworks": ("clients", "email"), "xpm": ("client", "email")},
    "Website": {"connectworks": ("clients", "website"), "xpm": ("client", "website")},
    "Primary phone": {"connectworks": ("clients", "primary_phone"), "xpm": ("client", "phone")},
    "Other phone": {"connectworks": ("clients", "other_phone"), "xpm": ("contact", "mobile")},
}


class Change(NamedTuple):
    """One value that a server holds otherwise than before; an empty one is an empty text."""

    side: str
    kind: str
    record: str
    name: str
    field: str
    before: str
    after: str


class Servers:
    """The two servers of a running demo, by their control routes.

    Parameters
    ----------
    firm : Path
        The demo firm's folder.
    """

    def __init__(self, firm: Path) -> None:
        self._urls = json.loads((firm / "sandbox" / "ready.json").read_text(encoding="utf-8"))

    def _ask(self, side: str, what: str) -> Any:
        answer = httpx.get(f"{self._urls[side]}/_control/{what}", timeout=30)
        answer.raise_for_status()
        return answer.json()

    def dump(self) -> dict[str, Any]:
        """Give everything that both hold."""
        return {side: self._ask(side, "dump") for side in SIDES}

    def writes(self) -> list[dict[str, Any]]:
        """Give every request of a client program that asked to change something, by either server's log."""
        return [
            request
            for side in SIDES
            for request in self._ask(side, "log")
            if request["server"] == side
            and request["method"] != "GET"
            and request["path"].startswith(API[side])
        ]


def changes(before: Mapping[str, Any], after: Mapping[str, Any]) -> Counter[Change]:
    """List what is held otherwise, beside the servers' own stamps; a missing record is a change, too."""
    return Counter(
        Change(side, kind, record, _name_of(after[side][kind].get(record, {})), field, old, new)
        for side in SIDES
        for kind in before[side].keys() | after[side].keys()
        for record, field, old, new in _changed(before[side].get(kind, {}), after[side].get(kind, {}))
    )


def _changed(before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterator[tuple[str, str, str, str]]:
    for record in before.keys() | after.keys():
        old, new = before.get(record), after.get(record)
        if old == new:
            continue
        flat, flat_new = dict(_flat(old)), dict(_flat(new))
        for field in flat.keys() | flat_new.keys():
            one, other = flat.get(field, ""), flat_new.get(field, "")
            if one != other and field.split(".")[-1] not in OWN_STAMPS:
                yield record, field, one, other


def _flat(value: Any, path: str = "") -> Iterator[tuple[str, str]]:
    if isinstance(value, dict):
        for key, each in value.items():
            yield from _flat(each, f"{path}.{key}" if path else key)
    elif isinstance(value, list):
        yield path, json.dumps(value, sort_keys=True)
    elif value is not None:
        yield path, str(value)


def _name_of(record: Mapping[str, Any]) -> str:
    return record.get("legal_name") or record.get("name") or ""


class Entry(NamedTuple):
    """One entry of the ledger's chain."""

    seq: int
    kind: str
    by: str
    body: dict[str, Any]


def ledger(firm: Path) -> list[Entry]:
    """Read a firm's ledger from its file, opened for reading only."""
    with closing(sqlite3.connect(f"file:{firm / 'ledger.sqlite'}?mode=ro", uri=True)) as book:
        rows = book.execute("SELECT seq, kind, entry FROM entries ORDER BY seq").fetchall()
    read = ((seq, kind, json.loads(entry)) for seq, kind, entry in rows)
    return [Entry(seq, kind, entry["by"], entry["body"]) for seq, kind, entry in read]


def operations_done(entries: list[Entry]) -> Counter[tuple[str, str]]:
    """Count the operations that ended well, by (side, record written); each needs a decider.

    Raises
    ------
    AssertionError
        If one stands in the ledger without a person's decision before it.
    """
    at = {entry.seq: entry for entry in entries}
    planned = {entry.body["operation_id"]: entry for entry in entries if entry.kind == "planned"}
    done = [e for e in entries if e.kind == "concluded" and e.body["outcome"] == "done"]
    for end in done:
        plan = planned[end.body["operation_id"]]
        deciders = [at[seq] for seq in plan.body["decisions"]]
        assert deciders, f"nobody decided on operation {plan.seq}"
        for decider in deciders:
            assert decider.seq < plan.seq
            assert decider.by
            assert decider.kind in {"decided", "linked", "unlinked", "concluded"}
    return Counter(_written(planned[end.body["operation_id"]]) for end in done)


def _written(plan: Entry) -> tuple[str, str]:
    return plan.body["side"], plan.body["resource_id"]
