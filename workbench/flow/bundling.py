"""Bundles of runs: what of a firm goes into one, what stays at home, and whether one holds."""

from __future__ import annotations

import hashlib
import hmac
import json
import secrets
import tempfile
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Literal

import pandas as pd

from workbench.domain.errors import BadInput
from workbench.domain.fields import SIDES
from workbench.domain.records import Entry, Event
from workbench.flow.firm import Firm
from workbench.ledger import bundle
from workbench.ledger.chain import ODD, Head, Opening
from workbench.ledger.run_records import RECORD
from workbench.reconcile.replay import ONTO
from workbench.reconcile.run_tables import SENSITIVE, VALUE_COLUMNS, field_of, of_run, tables_of
from workbench.systems.spreadsheets import read_frame, write_frame

Edition = Literal["plain", "full", "masked"]
"""``plain`` shows values, but no tax number and no birth date; ``full`` shows these too; ``masked`` none."""

FOLDER: Final = "bundles"
_TABLES: Final = "tables"
_RECORD: Final = "record"
_SHORTEST: Final = 6  # characters of what is looked for in files; shorter texts stand everywhere by chance


@dataclass(frozen=True)
class Checked:
    """What checking a bundle found.

    Parameters
    ----------
    faults : tuple of str
        What does not hold, in sentences; empty if all holds.
    entries : int
        How many entries of the ledger it holds.
    values : int
        How many personal values it shows.
    head : Head
        Its last entry.
    run_id : str
        Which run.
    edition : str
        As in `Edition`.
    """

    faults: tuple[str, ...]
    entries: int
    values: int
    head: Head
    run_id: str
    edition: str


def make_bundle(
    firm: Firm,
    run_id: str,
    versions: Mapping[str, str],
    *,
    edition: Edition = "plain",
    inputs: bool = False,
    key: Path | None = None,
    to: Path | None = None,
) -> Path:
    """Write all that an outsider needs to check a run into one file, and note in the ledger that it was made.

    Parameters
    ----------
    firm : Firm
        Whose run.
    run_id : str
        A push or a scheduled run.
    versions : mapping
        Package to version.
    edition : str
        How much is shown of personal values.
    inputs : bool
        Whether the snapshots go in too; otherwise their hashes do.
    key : Path, optional
        The firm's private key, with which the manifest is signed.
    to : Path, optional
        The file; by default ``bundles/RUN.zip`` in the firm's folder.

    Raises
    ------
    BadInput
        If there is no such run, or snapshots are asked for in an edition that hides what they show.
    """
    if inputs and edition != "full":
        raise BadInput(
            "The snapshots hold birth dates and tax numbers.", "Ask for the full edition, or leave them out."
        )
    first, last = _extent(firm, run_id)
    start, rows = firm.book.segment(first, last)
    events = firm.book.events(after=first - 1, limit=last - first + 1)
    own = _own(firm, events, run_id)
    shown = [] if edition == "masked" else _shown(firm, own, edition)
    files = _tables(_as_opened(own, shown) if edition != "masked" else own, edition)
    files["settings.toml"] = (firm.folder / "firm.toml").read_bytes()
    kept, left_out = _record(firm, run_id, edition)
    snapshots = _snapshots(firm, events, run_id)
    if inputs:
        files |= {f"inputs/{s}.gz": firm.snapshots.path(each).read_bytes() for s, each in snapshots.items()}
    manifest = {
        "run": run_id,
        "edition": edition,
        "firm": firm.settings.firm.name,
        "made_at": firm.clock.now().isoformat(timespec="seconds"),
        "made_by": firm.person,
        "inputs": snapshots,
        "left_out": left_out,
        "versions": dict(versions),
    }
    content = bundle.packed(manifest, start, rows, shown, files | kept, key)
    path = to or _home(firm) / f"{run_id}{'' if edition == 'plain' else '-' + edition}.zip"
    bundle.write(path, content)
    digest = hashlib.sha256(content).hexdigest()
    made = {"run_id": run_id, "edition": edition, "inputs": inputs, "sha256": digest}
    firm.append([Entry("bundled", made)])
    return path


def check_bundle(path: Path, expected: Head | None = None, key: Path | None = None) -> Checked:
    """Check a bundle without its firm, offline.

    Parameters
    ----------
    path : Path
        The bundle.
    expected : Head, optional
        A head that was noted elsewhere; the chain in it must pass through it.
    key : Path, optional
        The firm's public key; with it the bundle must be signed.

    Raises
    ------
    BadInput
        If the file is no bundle.
    """
    read = bundle.read(path)
    try:
        faults = bundle.faults(read, expected, key) or [*_table_faults(read), *_record_faults(read)]
    except ODD:
        faults = ["Something in it is not of the form that Workbench writes."]
    entries = read.head.seq - read.start.seq
    values = read.files.get(bundle.VALUES, b"").count(b"\n")
    run_id, edition = (str(read.manifest.get(name, "?")) for name in ("run", "edition"))
    return Checked(tuple(faults), entries, values, read.head, run_id, edition)


def _extent(firm: Firm, run_id: str) -> tuple[int, int]:
    """Give the first and the last place of a run in the ledger."""
    if run_id in firm.run_records.ids():
        began = firm.run_records.read(run_id).began
        ends = [e.seq for e in firm.book.events(kinds={"ran"}) if e.body["run_id"] == run_id]
        asked = firm.book.events(kinds={"requested", "pulled", "compared", "ran"})
        if ends:
            return next(e.seq for e in asked if e.at >= began or e.seq == ends[0]), ends[0]
    run = firm.state().runs.get(run_id)
    if run is None:
        raise BadInput(f"There is no run {run_id}.", "bench.history() and the History screen name the runs.")
    planned = [e.seq for e in firm.book.events(kinds={"planned"}) if e.body["run_id"] == run_id]
    decisions = [seq for operation in run.operations for seq in operation.decisions]
    ends = [e.seq for e in firm.book.events(kinds={"run_ended"}) if e.body["run_id"] == run_id]
    return min(planned + decisions), max(ends, default=firm.book.head().seq)


def _own(firm: Firm, events: Sequence[Event], run_id: str) -> list[Event]:
    """Give the entries of a push, or of the pushes that a scheduled run made."""
    record = run_id in firm.run_records.ids()
    pushes = firm.run_records.read(run_id).pushed if record else (run_id,)
    found = {event.seq: event for push in pushes for event in of_run(events, push)}
    return [found[seq] for seq in sorted(found)]


def _shown(firm: Firm, own: Sequence[Event], edition: Edition) -> list[Opening]:
    """Give what opens the values of a run; a tax number or birth date only in the full edition."""
    events = {event.seq: event for event in own}
    openings = firm.book.openings(events.keys())
    if edition == "full":
        return openings
    named = [(json.loads(opening.text)[0], opening) for opening in openings]
    # Marks tell nothing to a reader, and a short secret could be guessed from its mark.
    return [o for name, o in named if name != ONTO and field_of(events[o.seq], name) not in SENSITIVE]


def _as_opened(own: Sequence[Event], shown: Sequence[Opening]) -> list[Event]:
    """Give entries with only the values that are shown."""
    known: dict[int, dict[str, str | None]] = {}
    for opening in shown:
        name, value = json.loads(opening.text)
        known.setdefault(opening.seq, {})[name] = value
    return [Event(e.seq, e.at, e.by, e.kind, e.body, known.get(e.seq, {}), e.subject) for e in own]


def _tables(events: Sequence[Event], edition: Edition) -> dict[str, bytes]:
    salt = secrets.token_bytes(32)  # forgotten: whoever could try values out would know them

    def digest(value: str) -> str:
        return hmac.digest(salt, value.encode(), "sha256").hex()

    tables = tables_of(events, digest) if edition == "masked" else tables_of(events)
    return {f"{_TABLES}/{name}.csv": _csv(table) for name, table in tables.items()}


def _csv(table: pd.DataFrame) -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "table.csv"
        write_frame(table, path)
        return path.read_bytes()


def _record(firm: Firm, run_id: str, edition: Edition) -> tuple[dict[str, bytes], dict[str, str]]:
    """Give the files of a scheduled run's folder, and why some of them stay at home."""
    if run_id not in firm.run_records.ids():
        return {}, {}
    folder = firm.run_records.path(run_id)
    kept, left_out = {f"{_RECORD}/{RECORD}": (folder / RECORD).read_bytes()}, {}
    secret = [] if edition == "full" else _secrets(firm)
    telling = False
    for name in sorted(firm.run_records.read(run_id).files):
        path = folder / name
        content = path.read_bytes() if path.exists() else b""
        found = any(each in content for each in secret)
        telling = telling or found
        why = (
            "it is not there any more"
            if not path.exists()
            else "it shows clients by name"
            if edition == "masked"
            else "it holds a tax number or birth date"
            if found or (telling and path.suffix == ".pdf")  # a printed page tells what the page tells
            else ""
        )
        if why:
            left_out[name] = why
        else:
            kept[f"{_RECORD}/{name}"] = content
    return kept, left_out


def _secrets(firm: Firm) -> list[bytes]:
    """Give every tax number and birth date that the firm's clients have, as they were received."""
    clients = firm.clients()
    if clients is None:
        return []
    columns = [clients.side(side)[name].dropna() for side in SIDES for name in sorted(SENSITIVE)]
    return [t.encode() for column in columns for t in set(column.astype(str)) if len(t) >= _SHORTEST]


def _snapshots(firm: Firm, events: Sequence[Event], run_id: str) -> dict[str, str]:
    """Give the hashes of what was read: as the record says, or of the last whole pulls before a push."""
    if run_id in firm.run_records.ids():
        return dict(firm.run_records.read(run_id).inputs)
    begun = next((e.seq for e in events if e.kind == "run_started" and e.body["run_id"] == run_id), None)
    pulls = [e for e in firm.book.events(kinds={"pulled"}) if begun is None or e.seq < begun]
    return {e.body["side"]: e.body["snapshot"] for e in pulls if e.body.get("complete")}


def _home(firm: Firm) -> Path:
    home = firm.folder / FOLDER
    home.mkdir(mode=0o700, exist_ok=True)
    return home


def _table_faults(read: bundle.Bundle) -> list[str]:
    """Make the tables again from the ledger: they may say nothing that it does not say."""
    events = read.events()
    pushes = {e.body["run_id"] for e in events if e.kind == "planned"}
    wanted = [str(read.manifest["run"]), *_pushed(read)]
    own = {event.seq: event for push in wanted if push in pushes for event in of_run(events, push)}
    hidden = VALUE_COLUMNS if read.manifest["edition"] == "masked" else frozenset()
    faults = []
    for name, table in tables_of([own[seq] for seq in sorted(own)]).items():
        path = f"{_TABLES}/{name}.csv"
        kept = read.files.get(path, b"")
        if _bare(_frame(kept), hidden) != _bare(_frame(_csv(table)), hidden):
            faults.append(f"{path} says something else than the ledger.")
    return faults


def _bare(frame: pd.DataFrame, hidden: Collection[str]) -> list[dict[Any, Any]]:
    """Give a table's rows without the cells that cannot be told from the ledger alone."""
    return frame.drop(columns=[c for c in frame.columns if c in hidden]).fillna("").to_dict("records")


def _frame(content: bytes) -> pd.DataFrame:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "table.csv"
        path.write_bytes(content)
        return read_frame(path)


def _pushed(read: bundle.Bundle) -> list[str]:
    record = read.files.get(f"{_RECORD}/{RECORD}")
    return list(json.loads(record)["pushed"]) if record else []


def _record_faults(read: bundle.Bundle) -> list[str]:
    """Hold a run's record against the digest in the ledger, and its files against the record."""
    record = read.files.get(f"{_RECORD}/{RECORD}")
    if record is None:
        return []
    ran = [e.body for e in read.events() if e.kind == "ran"]
    sealed = [body["record"] for body in ran if body["run_id"] == read.manifest["run"]]
    if sealed != [hashlib.sha256(record).hexdigest()]:
        return ["The run's record is not the one that the ledger sealed."]
    faults = []
    for name, digest in json.loads(record)["files"].items():
        content = read.files.get(f"{_RECORD}/{name}")
        if content is None and name not in read.manifest["left_out"]:
            faults.append(f"{name} of the run's record is missing.")
        elif content is not None and hashlib.sha256(content).hexdigest() != digest:
            faults.append(f"{name} is not what the run's record says.")
    return faults
