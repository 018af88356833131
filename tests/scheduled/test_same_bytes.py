"""The same snapshot and decisions give the same tables, byte for byte, whatever the day and the order."""

from __future__ import annotations

import random
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from workbench.desk import FirmDesk
from workbench.flow.asking import ask, follow
from workbench.flow.demo import write_demo_settings
from workbench.flow.firm import Firm
from workbench.flow.processes import free_port
from workbench.reporting import report
from workbench.review.desk import Choice
from workbench.sandbox import Firm as Records
from workbench.sandbox import Sandbox
from workbench.sandbox.firm.demo import demo_firm
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
