"""What is kept for how long, and how it goes: by age, or all that is kept of one client.

The chain keeps its ids, codes and salted digests, and still verifies; what goes are personal values with
their salts, snapshots, looks, and files that were made of them. Every purge is an entry of the ledger.
"""

from __future__ import annotations

import gzip
import io
import json
import os
import zipfile
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

from tqdm.auto import tqdm

from workbench.domain.errors import BadInput
from workbench.domain.fields import SIDE_LABELS, SIDES
from workbench.domain.records import Entry, Event
from workbench.flow.bundling import FOLDER as BUNDLES
from workbench.flow.firm import Firm
from workbench.flow.handing_over import FOLDER as HANDOVERS
from workbench.ledger.chain import Opening
from workbench.ledger.mentions import names_any
from workbench.ledger.run_records import RECORD
from workbench.reconcile.state import State

RUNS: Final = "runs"
_MADE: Final = (RUNS, BUNDLES, HANDOVERS)
"""The folders whose files were made from clients' values and can go."""
_TELLING: Final = ("legal_name", "trading_name", "email", "primary_phone", "other_phone")
_SHORTEST: Final = 6  # characters; a shorter name or number stands in files of others too


@dataclass(frozen=True, slots=True)
class Purged:
    """What a purge took away.

    Parameters
    ----------
    values, snapshots, looks, files : int
        How many of each.
    elsewhere : tuple of Path
        Files that still speak of the client and are not ours to delete: logs, and saved exports.
    """

    values: int = 0
    snapshots: int = 0
    looks: int = 0
    files: int = 0
    elsewhere: tuple[Path, ...] = ()

    def __str__(self) -> str:
        kept = f"{self.values:,} values, {self.snapshots:,} snapshots, {self.looks:,} looks"
        return f"Deleted {kept} and {self.files:,} files."


def purge_old(firm: Firm) -> Purged:
    """Take away what is older than the firm's settings let it be.

    Parameters
    ----------
    firm : Firm
        Whose ``[retention]`` counts. What is in force stays, however old: the last whole pulls and what was
        looked at since, decisions and agreed values, and the plans of pushes that have not ended.

    Returns
    -------
    Purged
        Nothing is written into the ledger where nothing was old enough.
    """
    retention, now, state = firm.settings.retention, firm.clock.now(), firm.state()
    oldest = now - timedelta(days=retention.snapshot_days)
    standing, kept = _standing(state), firm.snapshots.kept()
    snapshots = firm.snapshots.delete(path for path, at, i in kept if at < oldest and i not in standing)
    looks = firm.snapshots.delete(_old_looks(firm, state, oldest))
    files = _old_runs(firm, retention.run_days, now)
    if snapshots or looks or files:
        told = {"before": oldest.isoformat(timespec="seconds"), "snapshots": snapshots, "looks": looks}
        firm.append([Entry("cleared", {**told, "files": files})])
    values = 0
    if retention.value_days is not None:
        before = _first_since(firm, now - timedelta(days=retention.value_days))
        spared = _in_force(firm, state)
        values = firm.book.purge(firm.person, before=before, sparing=spared)
    return Purged(values, snapshots, looks, files)


def purge_client(firm: Firm, client_id: str, *, although_there: bool = False) -> Purged:
    """Take away everything that is kept of one client, on both sides of its link.

    Parameters
    ----------
    firm : Firm
        Whose client.
    client_id : str
        Of either side.
    although_there : bool
        Also the last pulls, if the client stands in them; nobody can work then before the next pull, which
        brings back whoever is still there.

    Raises
    ------
    BadInput
        If the client still stands in a last pull, or nothing is known of it.
    """
    ids, subjects = _who(firm, firm.as_written(client_id))
    needles = [each.encode() for each in ids]
    state = firm.state()
    standing = _standing(state)
    holding = [(p, i) for p, _, i in _watched(list(firm.snapshots.kept())) if _speaks(p, needles)]
    still = sorted({SIDE_LABELS[standing[i]] for _, i in holding if i in standing})
    if still and not although_there:
        raise BadInput(
            f"This client stands in {' and '.join(still)} as last pulled, and would come back.",
            "Take it away there and pull, then purge; or add --although-there, and pull before going on.",
        )
    words = {*needles, *_words(firm, ids, subjects)}
    files, elsewhere = _files_about(firm, words)
    snapshots = firm.snapshots.delete(path for path, _ in holding)
    looks = firm.snapshots.delete(_looks_at(firm, ids))
    made = firm.snapshots.delete(files)
    besides = {"clients": sorted(ids), "snapshots": snapshots, "looks": looks, "files": made}
    values = firm.book.purge(firm.person, subjects, single=_parts_played(firm, ids), besides=besides)
    return Purged(values, snapshots, looks, made, tuple(elsewhere))


def _standing(state: State) -> dict[str, str]:
    """Give the snapshots on which the screens stand, each with its side."""
    pulls = [*state.pulls.values(), *state.whole_pulls.values()]
    return {pull.snapshot: pull.side for pull in pulls}


def _who(firm: Firm, client_id: str) -> tuple[set[str], set[str]]:
    """Give the client's ids on both sides, and under what the ledger files its values.

    A link that was parted joined two different clients: its values go, the other client stays.
    """
    state = firm.state()
    partners = [
        {str(row["connectworks_id"]), str(row["xpm_id"])}
        for row in state.linked.values()
        if client_id in (row["connectworks_id"], row["xpm_id"])
    ]
    ids = {client_id}.union(*partners)
    pairs = firm.book.events(kinds={"linked", "unlinked", "rejected"})
    links = {e.subject for e in pairs if ids & {e.body["connectworks_id"], e.body["xpm_id"]}}
    clients = firm.clients()
    known = clients is not None and any(clients.side(side)["client_id"].isin(ids).any() for side in SIDES)
    subjects = ids | links
    if not known and not links and not firm.book.values_of(subjects):
        raise BadInput(f"Nothing is kept of a client {client_id}.", "Give the id of either system.")
    return ids, subjects


def _parts_played(firm: Firm, ids: Collection[str]) -> list[Opening]:
    """Give who was to come along with another client's new record, where the client is among them."""
    asked = [event.seq for event in firm.book.events(kinds={"creation_asked"})]
    told = [value for value in firm.book.openings(asked) if json.loads(value.text)[0] == "parties"]
    return [value for value in told if not _parties_ids(json.loads(value.text)[1]).isdisjoint(ids)]


def _parties_ids(parties: str) -> set[str]:
    return {party[name] for party in json.loads(parties) for name in ("id", "ref") if party[name]}


def _words(firm: Firm, ids: Collection[str], subjects: Collection[str]) -> set[bytes]:
    """Give what files would say of the client: names, addresses of mail, numbers."""
    clients = firm.clients()
    found = firm.book.values_of(subjects)
    for side in SIDES if clients is not None else ():
        frame = clients.side(side)  # type: ignore[union-attr]
        rows = frame[frame["client_id"].isin(ids)]
        found.update(str(cell) for name in _TELLING for cell in rows[name].dropna())
    return {word.encode() for word in found if len(word) >= _SHORTEST}


def _files_about(firm: Firm, words: Collection[bytes]) -> tuple[list[Path], list[Path]]:
    """Give the files made of a client's values, and others that speak of it: logs, saved exports."""
    ours: list[Path] = []
    for name in _MADE:
        home = firm.folder / name
        found = [path for path in _files(home) if path.name != RECORD and _speaks(path, words)]
        folders = {path.parent for path in found}  # a printed page tells what its page tells
        ours += [*found, *(p for p in _files(home) if p.suffix == ".pdf" and p.parent in folders)]
    exports = [firm.folder / (firm.settings.side(side).exports or f"exports/{side}") for side in SIDES]
    homes = (firm.folder / "logs", *exports)
    others = [path for home in homes for path in _files(home) if _speaks(path, words)]
    return sorted(set(ours)), others


def _files(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.is_file())


def _speaks(path: Path, words: Collection[bytes]) -> bool:
    return any(names_any(content, words) for content in _contents(path))


def _contents(path: Path) -> Iterator[bytes]:
    """Give what a file holds, unpacked; one that cannot be unpacked as it is."""
    content = path.read_bytes()
    yield content
    try:
        if content[:2] == b"\x1f\x8b":
            yield gzip.decompress(content)
        elif content[:2] == b"PK":
            with zipfile.ZipFile(io.BytesIO(content)) as packed:
                yield from (packed.read(name) for name in packed.namelist())
    except (OSError, EOFError, zipfile.BadZipFile):
        return


def _old_looks(firm: Firm, state: State, oldest: datetime) -> Iterator[Path]:
    last = {look: event.at for event, _, look in _looks(firm)}
    standing = {*state.looked.values(), *_labels_in_force(firm, state)}
    for look, at in last.items():
        if look not in standing and datetime.fromisoformat(at) < oldest:
            yield firm.snapshots.look_path(look)


def _labels_in_force(firm: Firm, state: State) -> Iterator[str]:
    """Give the looks at custom fields that still count: of clients that are there, in wanted fields."""
    clients, wanted = firm.clients(), set(firm.settings.xpm.custom_fields)
    there = set(clients.xpm["client_id"]) if clients is not None else set()
    for client, known in state.labelled.items():
        if client in there and wanted & set(known.fields):
            yield known.look


def _looks_at(firm: Firm, ids: Collection[str]) -> Iterator[Path]:
    yield from (firm.snapshots.look_path(look) for _, client, look in _looks(firm) if client in ids)


def _looks(firm: Firm) -> Iterator[tuple[Event, str, str]]:
    """Give every look that was ever kept: its entry, whose it is, and its id."""
    for events in firm.book.batches(kinds={"looked", "labelled"}):
        for event in events:
            looks = event.body.get("looks") or {event.body["client_id"]: event.body["look"]}
            yield from ((event, client, look) for client, look in looks.items())


def _old_runs(firm: Firm, days: int | None, now: datetime) -> int:
    """Take away what scheduled runs made long ago; their records, which hold no client's values, stay."""
    if days is None:
        return 0
    oldest, gone = now - timedelta(days=days), 0
    for run_id in firm.run_records.ids():
        if datetime.fromisoformat(firm.run_records.read(run_id).began) < oldest:
            files = [path for path in _files(firm.run_records.path(run_id)) if path.name != RECORD]
            gone += firm.snapshots.delete(files)
    return gone


def _first_since(firm: Firm, moment: datetime) -> int:
    """Give the place of the first entry that is not older than a moment."""
    for events in firm.book.batches():
        for event in events:
            if datetime.fromisoformat(event.at) >= moment:
                return event.seq
    return firm.book.head().seq + 1


def _in_force(firm: Firm, state: State) -> set[int]:
    """Give the places of the entries whose values still count."""
    standing = (state.choices, state.agreed, state.before_leaving)
    places = {int(row["seq"] or 0) for kept in standing for row in kept.values()}
    open_runs = {run.run_id for run in state.runs.values() if not run.ended}
    planned = (e for some in firm.book.batches(kinds={"planned"}) for e in some) if open_runs else ()
    for event in planned:
        if event.body["run_id"] in open_runs:
            places |= {event.seq, *event.body["decisions"]}
    ruled = firm.book.events(kinds={"ruled"})
    return places | {event.seq for event in ruled[-1:]}


def _watched(items: list[tuple[Path, datetime, str]]) -> Iterable[tuple[Path, datetime, str]]:
    return tqdm(items, desc="Looking through the snapshots", leave=False, disable=not os.isatty(2))
