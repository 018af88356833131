"""An independent judge of a push: reads only the servers' request logs and dumps, and the ledger's file.

It knows nothing of the package. `judge` gives a list of complaints; an empty list says that

- every request that asked to change something follows a clean look at the same record, made no longer than
  a few seconds before and used for no other request, and has a seal of its own in the ledger;
- every operation was planned on decisions of named people, and ended once;
- what the servers really changed and what the ledger calls done are the same, record by record: nothing was
  lost and nothing doubled;
- what the servers hold in the end agrees with how each operation ended, people's own edits excepted.

``python tests/torture/oracle.py FOLDER`` judges a firm whose sandbox is running.
"""

from __future__ import annotations

import json
import sqlite3
import sys
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.request import urlopen

Record = dict[str, Any]
Target = tuple[str, str]
"""A side and the id of a record there."""

SIDES = ("connectworks", "xpm")
API = {"connectworks": "/v1/clients/", "xpm": "/practicemanager/3.1/client.api/"}
FRESH_S = 5.0
_HARMLESS = {None, "blank_omitted", "reformat"}
CLEAN = {"connectworks": {*_HARMLESS, "wrong_record"}, "xpm": _HARMLESS}
"""Faults that leave the answer to a look as it is."""
DECIDING = {"decided", "linked", "unlinked", "concluded"}
OUTCOMES = {"done", "already", "stale", "refused", "gave_up", "handed_over"}

_PARTS = ("lines", "suburb", "city", "region", "postcode", "country")
_PLAIN = {
    "connectworks": {name: name for name in ("email", "website", "primary_phone", "other_phone")},
    "xpm": {"email": "email", "website": "website", "primary_phone": "phone", "other_phone": "mobile"},
}
_XPM_ADDRESSES = {
    "physical_address": ("address", None, "city", "region", "postCode", "country"),
    "postal_address": (
        "postalAddress",
        None,
        "postalCity",
        "postalRegion",
        "postalPostCode",
        "postalCountry",
    ),
}


@dataclass
class Asked:
    """One request that wanted to change a record, however often the log tells of it."""

    seq: int
    at: datetime
    target: Target
    fresh: bool
    changed: bool


@dataclass
class Operation:
    """One operation as the ledger's own file tells it."""

    id: str
    target: Target
    resource: str
    before: Record
    after: Record
    decisions: list[int]
    planned: int
    seals: list[int] = field(default_factory=list)
    answers: dict[int, str] = field(default_factory=dict)
    ends: list[tuple[int, str]] = field(default_factory=list)

    @property
    def outcome(self) -> str | None:
        """How it ended, if it did."""
        return self.ends[-1][1] if self.ends else None


def judge(
    ledger: Path, log: Iterable[Record], dumps: Mapping[str, Record], *, ended: bool = True
) -> list[str]:
    """Say everything that is wrong.

    Parameters
    ----------
    ledger : Path
        The SQLite file.
    log : iterable of dict
        Both servers' request logs.
    dumps : mapping
        Side to its whole state now.
    ended : bool
        Whether every operation should have come to its end.
    """
    log = sorted(log, key=lambda entry: entry["seq"])
    entries = read_ledger(ledger)
    operations = read_operations(entries)
    asked = [each for side in SIDES for each in _asked(side, [e for e in log if e["server"] == side])]
    edited = {(e["server"], e["resource"]) for e in log if e["method"] == "EDIT"}
    return [
        *(
            f"{each.target}: request {each.seq} had no fresh look of its own"
            for each in asked
            if not each.fresh
        ),
        *_unsealed(asked, operations),
        *_undecided(operations, entries),
        *_badly_ended(operations, ended),
        *_effects(asked, operations, edited),
        *_states(operations, dumps, edited),
    ]


def read_ledger(path: Path) -> list[Record]:
    """Read every entry from the ledger's file, personal values in place of their digests."""
    with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as book:
        rows = book.execute("SELECT entry FROM entries ORDER BY seq").fetchall()
        known = dict(book.execute("SELECT digest, value FROM private_values").fetchall())
    entries = [json.loads(text) for (text,) in rows]
    for entry in entries:
        entry["private"] = {n: json.loads(known[d])[1] for n, d in entry["private"].items() if d in known}
    return entries


def read_operations(entries: Iterable[Record]) -> dict[str, Operation]:
    """Gather what the ledger tells of each operation."""
    operations: dict[str, Operation] = {}
    for entry in entries:
        seq, kind, body = entry["seq"], entry["kind"], entry["body"]
        id = body.get("operation_id")
        if kind == "planned" and id not in operations:
            values = entry["private"]
            operations[id] = Operation(
                id,
                (body["side"], body["resource_id"]),
                body["resource"],
                {n.removeprefix("before."): v for n, v in values.items() if n.startswith("before.")},
                {n.removeprefix("after."): v for n, v in values.items() if n.startswith("after.")},
                body["decisions"],
                seq,
            )
        elif kind == "sending":
            operations[id].seals.append(seq)
        elif kind == "answered":
            operations[id].answers[body["sealed"]] = body["answer"]
        elif kind == "concluded":
            operations[id].ends.append((seq, body["outcome"]))
    return operations


def _asked(side: str, log: list[Record]) -> Iterator[Asked]:
    """Pair each changing request with the look before it; a late commit's second entry is no new request."""
    look: tuple[str, datetime] | None = None
    effects = {e["request_id"] for e in log if e["changed"] and e["method"] != "EDIT"}
    met: set[str] = set()
    for entry in log:
        path = entry["path"]
        if entry["request_id"] in met or not path.startswith(API[side]):
            continue
        met.add(entry["request_id"])
        at = datetime.fromisoformat(entry["at"])
        parts = path.removeprefix(API[side]).split("/")
        if entry["method"] == "GET":
            id = parts[0] if side == "connectworks" else parts[-1]
            look = (id, at) if entry["status"] == 200 and entry["fault"] in CLEAN[side] else None
            continue
        named = parts[0] if side == "connectworks" else parts[1] if parts[0] == "contact" else None
        named = named or entry["resource"] or (look[0] if look else "")
        fresh = look is not None and look[0] == named and (at - look[1]).total_seconds() <= FRESH_S
        yield Asked(entry["seq"], at, (side, named), fresh, entry["request_id"] in effects)
        look = None


def _unsealed(asked: Iterable[Asked], operations: Mapping[str, Operation]) -> Iterator[str]:
    requests = Counter(each.target for each in asked)
    seals: Counter[Target] = Counter()
    certain: Counter[Target] = Counter()
    for operation in operations.values():
        seals[operation.target] += len(operation.seals)
        certain[operation.target] += sum(a in ("echo", "refused") for a in operation.answers.values())
    for target in sorted(requests.keys() | seals.keys()):
        if requests[target] > seals[target]:
            yield f"{target}: {requests[target]} requests and only {seals[target]} seals"
        if requests[target] < certain[target]:
            yield f"{target}: {certain[target]} answers and only {requests[target]} requests"


def _undecided(operations: Mapping[str, Operation], entries: list[Record]) -> Iterator[str]:
    at = {entry["seq"]: entry for entry in entries}
    for operation in operations.values():
        if not operation.decisions:
            yield f"{operation.target}: nobody decided"
        for seq in operation.decisions:
            decider = at.get(seq)
            if decider is None or seq >= operation.planned or decider["kind"] not in DECIDING:
                yield f"{operation.target}: entry {seq} is no decision made before the plan"
            elif not decider["by"]:
                yield f"{operation.target}: decision {seq} has no person behind it"
            elif decider["kind"] == "decided" and decider["body"]["field"] not in operation.after:
                yield f"{operation.target}: decision {seq} is about another field"


def _badly_ended(operations: Mapping[str, Operation], ended: bool) -> Iterator[str]:
    for operation in operations.values():
        if len(operation.ends) > 1:
            yield f"{operation.target}: ended {len(operation.ends)} times"
        elif ended and not operation.ends:
            yield f"{operation.target}: did not end"
        elif operation.ends and operation.outcome not in OUTCOMES:
            yield f"{operation.target}: ended as {operation.outcome!r}"
        if operation.ends and operation.seals and operation.seals[-1] > operation.ends[0][0]:
            yield f"{operation.target}: sealed again after its end"


def _effects(
    asked: Iterable[Asked], operations: Mapping[str, Operation], edited: set[Target]
) -> Iterator[str]:
    """Hold what the servers changed against what the ledger calls done."""
    changed = Counter(each.target for each in asked if each.changed)
    done = Counter(o.target for o in operations.values() if o.outcome == "done")
    open_ones = {o.target for o in operations.values() if o.outcome is None}
    for target in sorted(changed.keys() | done.keys()):
        if target in edited or target in open_ones:
            continue
        if changed[target] != done[target]:
            yield f"{target}: changed {changed[target]} times by requests, done {done[target]} times"


def _states(
    operations: Mapping[str, Operation], dumps: Mapping[str, Record], edited: set[Target]
) -> Iterator[str]:
    last: dict[tuple[Target, str, str], tuple[int, Operation]] = {}
    for operation in operations.values():
        for name in operation.after:
            key = (operation.target, operation.resource, name)
            if operation.ends and operation.ends[0][0] > last.get(key, (0, operation))[0]:
                last[key] = (operation.ends[0][0], operation)
    for (target, _, name), (_, operation) in last.items():
        if target in edited:
            continue
        held = _held(dumps, operation, name)
        wanted = (
            operation.after[name] if operation.outcome in ("done", "already") else operation.before.get(name)
        )
        if operation.outcome in ("done", "already", "refused") and not _same(held, wanted):
            yield f"{target}: {name} ended as {operation.outcome} and the server holds another value"


def _held(dumps: Mapping[str, Record], operation: Operation, name: str) -> Any:
    """Give what a server holds of a field, in the ledger's own form."""
    side, id = operation.target
    if side == "connectworks":
        record = dumps[side]["clients"][id]
        if operation.resource == "link":
            return (record["xpm_link"] or {}).get("uuid")
        if name in _PLAIN[side]:
            return record[_PLAIN[side][name]]
        parts = record[name] or {}
        return {**parts, "lines": "\n".join(parts.get("lines") or []) or None}
    record = dumps[side]["contact" if operation.resource == "contact" else "client"][id]
    if name in _XPM_ADDRESSES:
        return {p: record.get(n) if n else None for p, n in zip(_PARTS, _XPM_ADDRESSES[name], strict=True)}
    return record[_PLAIN[side][name]]


def _same(held: Any, wanted: str | None) -> bool:
    if not isinstance(held, dict):
        return (held or None) == (wanted or None)
    told = json.loads(wanted) if wanted else {}
    return all((held.get(part) or None) == (told.get(part) or None) for part in _PARTS)


def main(folder: Path) -> int:
    """Judge a firm whose sandbox is running, by its control routes; the exit code counts the complaints."""
    urls = json.loads((folder / "sandbox" / "ready.json").read_text(encoding="utf-8"))

    def ask(side: str, what: str) -> Any:
        with urlopen(f"{urls[side]}/_control/{what}", timeout=60) as answer:
            return json.load(answer)

    dumps = {side: ask(side, "dump") for side in SIDES}
    complaints = judge(folder / "ledger.sqlite", ask("xpm", "log"), dumps, ended=False)
    print("\n".join(complaints) or "Nothing to complain about.")
    return min(len(complaints), 100)


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
