"""The same snapshot and decisions give the same tables, byte for byte, whatever the day and the order."""

from __future__ import annotations

import random
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import nbformat
import pytest

from workbench.desk import FirmDesk
from workbench.door.serving import dashboard_notebook
from workbench.flow.asking import ask, follow
from workbench.flow.demo import write_demo_settings
from workbench.flow.firm import Firm
from workbench.flow.processes import free_port
from workbench.flow.worker import Worker
from workbench.reporting import report
from workbench.review.desk import Choice
from workbench.sandbox import Firm as Records
from workbench.sandbox import Sandbox
from workbench.sandbox.firm.demo import demo_firm
from workbench.scheduled import scheduled_run
from workbench.systems.clock import RealClock

LISTS = ("connectworks", "xpm_clients", "xpm_contacts", "xpm_groups", "xpm_staff")


class Later(RealClock):
    """A clock that is some days ahead."""

    def __init__(self, days: int) -> None:
        self._days = days

    def now(self) -> datetime:
        """Give the time in so many days."""
        return super().now() + timedelta(days=self._days)


@contextmanager
def serving(folder: Path, records: Records) -> Iterator[Any]:
    """Serve some records, and write the settings of a firm that lives on them."""
    with Sandbox.start(speed=200.0, firm=records) as sandbox:
        able = sandbox.dials("connectworks")["capabilities"]
        sandbox.dials("connectworks", capabilities=[each for each in able if each != "read_parties"])
        write_demo_settings(folder, sandbox.xpm_url, sandbox.connectworks_url, free_port(), 200.0)
        yield sandbox


def reported(folder: Path, records: Records, days: int) -> tuple[list[str], dict[str, bytes]]:
    """Pull, link, decide, pull an edit, and report; give the order of the records and the tables' bytes."""
    with serving(folder, records) as sandbox:
        firm = Firm(folder, clock=Later(days))
        follow(firm, ask(firm, "pull", {}))
        desk = FirmDesk(firm)
        found = desk.candidates()
        sure = found[found["verdict"] == "link"]
        desk.link(sorted(zip(sure["connectworks_id"], sure["xpm_id"], strict=True)), "band")
        blank = desk.differences().query("kind == 'fill' and field == 'primary_phone' and warnings.isna()")
        rows = blank.sort_values("link_id").head(8).astype(object).itertuples()
        desk.decide([Choice(r.link_id, r.field, r.suggestion, *_pair(r)) for r in rows], "tick")
        edited = sorted(sure["xpm_id"])[:3]
        for number, client in enumerate(edited):
            sandbox.edit("xpm", client, {"phone": f"09 555 77{number:02}", "email": "new@rimu.example"})
        follow(firm, ask(firm, "pull", {}))
        report(firm, desk).save(folder / "out")
        order = firm.clients().xpm["client_id"].tolist()  # type: ignore[union-attr]
    return order, {path.name: path.read_bytes() for path in (folder / "out" / "tables").iterdir()}


def _pair(row: Any) -> list[str | None]:
    return [value if isinstance(value, str) else None for value in (row.connectworks, row.xpm)]


def shuffled(records: Records, seed: int) -> Records:
    """Give the same records in another order."""
    order = random.Random(seed)
    return replace(
        records,
        **{name: order.sample(each, len(each)) for name in LISTS for each in [getattr(records, name)]},
    )


def some(records: Records, count: int) -> Records:
    """Give a smaller firm: the first records of each side."""
    return replace(
        records,
        connectworks=records.connectworks[:count],
        xpm_clients=records.xpm_clients[:count],
        parties=[],
        xpm_relationships=[],
    )


@pytest.mark.parametrize("count", [120, pytest.param(10_000, marks=pytest.mark.long)])
def test_another_day_and_another_order_change_no_byte(tmp_path: Path, count: int) -> None:
    """Links, candidates, differences, decisions, moves and what waits: every table is the same file."""
    records = some(demo_firm(), count)
    order, tables = reported(tmp_path / "one", records, days=0)
    other, again = reported(tmp_path / "two", shuffled(records, 7), days=41)
    assert sorted(order) == sorted(other)
    assert order != other
    assert {name: len(held.splitlines()) > 1 for name, held in tables.items()} == dict.fromkeys(tables, True)
    assert set(tables) == {
        f"{name}.csv" for name in ("links", "candidates", "differences", "decisions", "moved", "waiting")
    }
    assert [name for name in tables if tables[name] != again[name]] == []


@pytest.mark.long
def test_two_whole_runs_on_different_days_leave_the_same_tables(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By the notebook of the run itself, in a kernel; the records come in another order, 41 days on."""
    records = some(demo_firm(), 60)
    runs = [
        whole_run(tmp_path / name, each, days, monkeypatch)
        for name, each, days in (("one", records, 0), ("two", shuffled(records, 11), 41))
    ]
    began, tables = zip(*runs, strict=True)
    assert (datetime.fromisoformat(began[1]) - datetime.fromisoformat(began[0])).days == 41
    assert set(tables[0]) == set(tables[1]) >= {"links.csv", "candidates.csv", "differences.csv", "moved.csv"}
    assert [name for name in tables[0] if tables[0][name] != tables[1][name]] == []


def whole_run(
    folder: Path, records: Records, days: int, monkeypatch: pytest.MonkeyPatch
) -> tuple[str, dict[str, bytes]]:
    """Run twice with an edit in between, as if it were some days later everywhere; when, and its tables."""
    now = RealClock.now
    ahead = (
        "from datetime import timedelta\nfrom workbench.systems.clock import RealClock\n"
        f"now = RealClock.now\nRealClock.now = lambda clock: now(clock) + timedelta(days={days})"
    )
    story = nbformat.read(dashboard_notebook().with_name("scheduled_run.ipynb"), as_version=4)
    story.cells.insert(0, nbformat.v4.new_code_cell(ahead))
    nbformat.write(story, folder.with_suffix(".ipynb"))
    with serving(folder, records) as sandbox, monkeypatch.context() as patched:
        patched.setattr(RealClock, "now", lambda clock: now(clock) + timedelta(days=days))
        firm, end = Firm(folder), threading.Event()
        duty = threading.Thread(target=lambda: Worker(firm).serve(end))
        duty.start()
        try:
            follow(firm, ask(firm, "connect", {}, work_here=False))
            scheduled_run(folder, printed=False, story=folder.with_suffix(".ipynb"))
            linked = sorted(firm.clients().xpm["client_id"])[:3]  # type: ignore[union-attr]
            for number, client in enumerate(linked):
                sandbox.edit("xpm", client, {"phone": f"09 555 77{number:02}"})
            record = scheduled_run(folder, printed=False, story=folder.with_suffix(".ipynb"))
        finally:
            end.set()
            duty.join()
    assert record.result == "differences_wait", record.message
    return record.began, {
        path.name: path.read_bytes() for path in (firm.run_records.path(record.run_id) / "tables").iterdir()
    }
