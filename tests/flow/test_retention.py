"""What is old or of one client goes for good, what is in force stays, and the chain still verifies."""

from __future__ import annotations

import os
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

import workbench as wb
from workbench.commands.purge import purge
from workbench.domain.errors import BadInput
from workbench.domain.records import Answer, Entry, Operation
from workbench.flow.bundling import make_bundle
from workbench.flow.demo import write_demo_settings
from workbench.flow.firm import Firm
from workbench.flow.freshness import baselined
from workbench.flow.retention import _contents, purge_client, purge_old
from workbench.reconcile.replay import planned_entry
from workbench.systems.clock import RealClock
from workbench.systems.spreadsheets import write_frame

TODAY = datetime(2026, 11, 26, 9, tzinfo=UTC)


class Calendar(RealClock):
    """A clock that a test sets."""

    day = TODAY

    def now(self) -> datetime:
        """Give the day that was set."""
        return self.day


@pytest.fixture
def firm(tmp_path: Path) -> Firm:
    """Give a firm on invented addresses, with a calendar for a clock."""
    write_demo_settings(tmp_path / "firm", "http://127.0.0.1:1", "http://127.0.0.1:2", 8400)
    with (tmp_path / "firm" / "firm.toml").open("a", encoding="utf-8") as file:
        file.write("\n[retention]\nvalue_days = 365\nrun_days = 30\n")
    return Firm(tmp_path / "firm", clock=Calendar())


def ago(firm: Firm, days: int) -> datetime:
    """Set the clock so many days back."""
    firm.clock.day = TODAY - timedelta(days=days)  # type: ignore[attr-defined]
    return firm.clock.now()


def pull(firm: Firm, days: int, look: bool = False) -> str:
    """Keep a pull, or a look at one client, of so many days ago."""
    at = ago(firm, days)
    answer = Answer("xpm", "clients", "text/xml", f"of {days} days ago".encode(), at, "x1")
    if look:
        looked = firm.snapshots.add_look(answer)
        firm.append([Entry("looked", {"side": "xpm", "client_id": "x1", "look": looked})])
        return looked
    with firm.snapshots.writing("xpm", at) as writer:
        writer.add(answer)
    body = {"pull_id": "p", "side": "xpm", "snapshot": writer.id, "records": 1, "expected": 1}
    firm.append([Entry("pulled", {**body, "complete": days != 1, "reason": "cut short"})])
    return writer.id


def files(folder: Path) -> Iterator[Path]:
    """Give the firm's files, save the sandbox's own."""
    return (f for f in folder.rglob("*") if f.is_file() and "sandbox" not in f.parts)


def test_old_snapshots_and_looks_go_and_those_in_use_stay(firm: Firm) -> None:
    """Ninety days by default; the last whole pull and what was seen since count, however old they are."""
    old_look, old = pull(firm, 200, look=True), pull(firm, 199)
    standing, seen = pull(firm, 120), pull(firm, 119, look=True)
    cut = pull(firm, 1)
    ago(firm, 0)
    gone = purge_old(firm)
    assert (gone.snapshots, gone.looks, gone.values) == (1, 1, 0)
    assert {i for _, _, i in firm.snapshots.kept()} == {standing, cut}
    assert firm.snapshots.read_look(seen).body == b"of 119 days ago"
    assert not firm.snapshots.look_path(old_look).exists() and old
    [told] = firm.book.events(kinds={"cleared"})
    assert (told.body["snapshots"], told.body["looks"], told.by) == (1, 1, firm.person)
    assert str(firm.state().told[-1]["what"]) == "Deleted 2 files that were older than the firm keeps them"
    assert purge_old(firm) == type(gone)()
    assert len(firm.book.events(kinds={"cleared"})) == 1


def test_old_values_go_and_those_in_force_stay(firm: Firm) -> None:
    """Agreed pairs, open decisions and unfinished plans are kept; of the rest only digests are."""
    ids = {"link_id": "l1", "connectworks_id": "c1", "xpm_id": "x1"}

    def decided(value: str) -> Entry:
        body = {**ids, "field": "email", "direction": "to_xpm", "how": "tick"}
        return Entry("decided", body, {"connectworks": value, "xpm": None, "note": None}, "l1")

    ago(firm, 500)
    firm.append([Entry("linked", {**ids, "how": "connectworks"}, subject="l1")])
    for n in (1, 2):
        values = dict.fromkeys(("connectworks", "xpm"), f"website {n}")
        firm.append([decided(f"email {n}"), baselined("l1", {"website": values}, "equal")])
    for run, ended in (("r1", True), ("r2", False)):
        operation = Operation(
            "xpm", "client", "x1", "x1", {"email": None}, {"email": f"of {run}"}, (2,), "ann"
        )
        firm.append([planned_entry(operation, run, ["l1"])])
        firm.append([Entry("run_ended", {"run_id": run, "counts": {}, "message": ""})] if ended else [])
    before = firm.state()
    ago(firm, 0)
    assert purge_old(firm).values == 4  # an agreed pair and a plan; a decision stands behind the open run
    kept = {value for event in firm.book.events() for value in event.private.values() if value}
    assert kept == {"email 1", "email 2", "website 2", "of r2"}
    after = firm.state()
    assert (after.choices, after.agreed) == (before.choices, before.agreed)
    assert firm.book.verify().ok


def everything(folder: Path) -> bytes:
    """Give all that lies in the firm's folder, unpacked."""
    return b"\n".join(content for file in files(folder) for content in _contents(file))


def test_one_clients_data_goes_everywhere(pulled: Any) -> None:
    """From ledger, snapshots, looks, runs and bundles; the client comes back only by the next pull."""
    bench = wb.open(pulled.folder)
    rows = pulled.differing("email", 0, 2)
    bench.decide(rows, "to_xpm")
    run = bench.push(wb.plan(bench.compare(), bench.decisions))
    gone, stays = (str(value) for value in rows["connectworks"])
    xpm_id = run.carried[0].operation.client_id
    firm = pulled.again()
    made = [make_bundle(firm, run.run_id, {}), firm.run_records.folder / "r1" / "report.html"]
    made[1].parent.mkdir(parents=True)
    made[1].write_text(f"<p>{gone}</p>", encoding="utf-8")
    (made[1].parent / "other.csv").write_text("nobody", encoding="utf-8")
    saved = [pulled.folder / "exports" / "xpm" / f"{name}.xlsx" for name in ("speaks", "other")]
    saved[0].parent.mkdir(parents=True)
    for path, value in zip(saved, (gone, "nobody"), strict=True):
        write_frame(pd.DataFrame({"Email": [value]}), path)
    assert gone.encode() in everything(pulled.folder)
    with pytest.raises(BadInput, match="would come back"):
        purge_client(firm, xpm_id.upper())
    told = purge_client(firm, xpm_id, although_there=True)
    assert (told.snapshots, told.files) == (2, 2)
    assert told.elsewhere == (saved[0],)  # named, and left to whoever saved it
    saved[0].unlink()
    assert told.looks and told.values
    assert gone.encode() not in everything(pulled.folder)
    assert stays.encode() in everything(pulled.folder)
    assert (made[1].parent / "other.csv").exists()
    assert bench.verify().ok
    [note] = firm.book.events(kinds={"purged"})
    assert xpm_id in note.body["clients"] and note.body["files"] == 2
    pulled.do("pull")
    assert xpm_id in set(wb.open(pulled.folder).clients.xpm["client_id"])


def test_the_command_asks_first_and_says_what_went(firm: Firm, capsys: pytest.CaptureFixture[str]) -> None:
    """A word on each kind; an unknown client is told."""
    pull(firm, 200)
    pull(firm, 150)
    purge(firm.folder, yes=True)
    assert capsys.readouterr().out == "Deleted 0 values, 1 snapshots, 0 looks and 0 files.\n"
    with pytest.raises(BadInput, match="Nothing is kept"):
        purge(firm.folder, client="nobody", yes=True)


def _mode(path: Path) -> int:
    try:
        return path.stat().st_mode
    except FileNotFoundError:  # SQLite takes its own files away beside a ledger that nobody reads any more
        return 0


@pytest.mark.skipif(os.name != "posix", reason="Windows keeps no such permissions")
def test_all_that_is_kept_is_for_its_owner_only(pulled: Any) -> None:
    """Files 0600, folders 0700, in the whole folder of a firm that has pulled and looked."""
    link = wb.open(pulled.folder).links["link_id"].iloc[0]
    pulled.do("refresh", link_ids=[link])
    firm = [pulled.folder, *files(pulled.folder), *(f.parent for f in files(pulled.folder))]
    assert {path for path in firm if _mode(path) & 0o077} == set()
