"""Handing over where a connection cannot write: files, the ledger's word on it, and the next pull's proof."""

from __future__ import annotations

import csv
import sys
from typing import Any

import pytest

import workbench as wb
from workbench.cli import main
from workbench.domain.errors import PlanRefused, StorageFailed
from workbench.flow.handing_over import CLICK_SHEETS, WORKBOOK
from workbench.reconcile.arrivals import told
from workbench.systems.spreadsheets import read_frame


@pytest.fixture
def unwritable(house: Any) -> Any:
    """Give a small firm that has pulled from a Connectworks that writes nothing."""
    able = house.sandbox.dials("connectworks")["capabilities"]
    rest = [each for each in able if each not in ("write_fields", "write_links", "clear_fields")]
    house.sandbox.dials("connectworks", capabilities=rest)
    house.do("pull")
    return house


def _words(house: Any, plan: Any) -> str:
    return plan.words


def _hand_over(house: Any) -> Any:
    plan = house.desk.handover_plan()
    return house.desk.hand_over(plan.hash, _words(house, plan))


def test_changes_that_arrive_are_told_from_those_that_do_not(unwritable: Any) -> None:
    """Handed over is never done: the next pull counts what arrived and names what is open."""
    unwritable.decide(unwritable.differing("email", 0, 3), "to_connectworks")
    handed = _hand_over(unwritable)
    assert list(unwritable.firm.state().outcomes(handed.run_id)["outcome"]) == ["handed_over"] * 3
    assert unwritable.writes("connectworks") == []
    assert not unwritable.desk.handover_plan().operations
    assert set(unwritable.desk.handed_over()["standing"]) == {"open"}
    for row in unwritable.desk.handed_over().head(2).itertuples():
        unwritable.sandbox.edit("connectworks", row.client_id, {"email": row.after})
    assert "Handed over: 2 of 3 arrived; 1 did not." in unwritable.do("pull")
    standing = unwritable.desk.handed_over()
    left = standing[standing["standing"] == "open"].iloc[0]
    assert f"this 1 did not: {left['client']} (Email in Connectworks)." in told(standing)
    assert set(unwritable.firm.state().outcomes(handed.run_id)["outcome"]) == {"handed_over"}
    book = read_frame(unwritable.desk.hand_over_again().folder / WORKBOOK)
    assert list(book["Client"]) == [left["client"]]
    assert list(book["What to do"]) == ["tick << towards Connectworks"]
    unwritable.sandbox.edit("connectworks", left["client_id"], {"email": left["after"].upper()})
    assert "All 3 arrived." in unwritable.do("pull")
    assert "Handed over" not in unwritable.do("pull")


def test_what_can_be_written_is_pushed_and_the_rest_handed_over(unwritable: Any) -> None:
    """Decisions make two plans; files say before, after, who and which box; the later hand-over counts."""
    chosen = unwritable.differing("email", 2, 3)
    unwritable.decide(unwritable.differing("email", 0, 2), "to_xpm")
    unwritable.decide(unwritable.differing("primary_phone", 2, 3), "to_connectworks")
    unwritable.decide(chosen, "to_connectworks")
    assert {o.side for o in unwritable.desk.plan().operations} == {"xpm"}
    assert {o.side for o in unwritable.desk.handover_plan().operations} == {"connectworks"}
    assert "2 done" in unwritable.push()
    handed = _hand_over(unwritable)
    assert not unwritable.desk.plan().operations
    assert set(handed.files) == {WORKBOOK, CLICK_SHEETS}
    book = read_frame(handed.folder / WORKBOOK)
    assert list(book["Field"]) == ["Email", "Primary phone"]
    assert list(book["What to do"]) == ["tick << towards Connectworks"] * 2
    assert (book["Before"].iloc[0], book["After"].iloc[0]) == tuple(chosen.iloc[0][["connectworks", "xpm"]])
    assert set(book["Who"]) == {unwritable.firm.person}
    page = (handed.folder / CLICK_SHEETS).read_text(encoding="utf-8")
    assert page.index(">Email<") < page.index(">Primary phone<")
    assert (handed.folder / WORKBOOK).stat().st_mode & 0o077 == 0
    xpm_id = unwritable.firm.state().linked[chosen["link_id"].iloc[0]]["xpm_id"]
    unwritable.sandbox.edit("xpm", xpm_id, {"email": "new@kahikatea.example"})
    unwritable.do("pull")
    again = unwritable.differing("email", 0, 99)
    unwritable.decide(again[again["link_id"].isin(chosen["link_id"])], "to_connectworks")
    _hand_over(unwritable)
    standing = unwritable.desk.handed_over()
    assert list(standing.loc[standing["field"] == "email", "standing"]) == ["open", "replaced"]


def test_an_import_file_where_xpm_may_only_be_read(house: Any) -> None:
    """With a consent for reading alone, the import file holds each client's name and new value alone."""
    settings = house.folder / "firm.toml"
    scopes = (
        'scopes = ["offline_access", "openid", "practicemanager.client.read", "practicemanager.staff.read"]'
    )
    settings.write_text(f"{settings.read_text(encoding='utf-8')}{scopes}\n", encoding="utf-8")
    reading = type(house)(house.folder, house.sandbox)
    reading.do("pull")
    chosen = reading.differing("email", 0, 3)
    reading.decide(chosen, "to_xpm")
    handed = _hand_over(reading)
    with (handed.folder / "xpm_import_email.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [set(row) for row in rows] == [{"Name", "Email"}] * 3
    assert {row["Email"] for row in rows} == set(chosen["connectworks"])
    for row in reading.desk.handed_over().itertuples():
        reading.sandbox.edit("xpm", row.client_id, {"email": row.after})
    assert "All 3 arrived." in reading.do("pull")


def test_a_hand_over_is_refused_like_a_push_is(unwritable: Any) -> None:
    """Nothing is handed over without its files, against a brake, or by `push`; a notebook hands over too."""
    unwritable.decide(unwritable.differing("email", 0, 20), "to_connectworks")
    plan = unwritable.desk.handover_plan()
    assert {b.code for b in plan.brakes if b.state == "set"} == {"many_clients", "one_field"}
    with pytest.raises(PlanRefused, match="more than one in five"):
        unwritable.desk.hand_over(plan.hash)
    (unwritable.folder / "handovers").write_text("in the way", encoding="utf-8")
    with pytest.raises(StorageFailed, match="nothing was handed over"):
        unwritable.desk.hand_over(plan.hash, _words(unwritable, plan))
    (unwritable.folder / "handovers").unlink()
    bench = wb.open(unwritable.folder)
    whole = wb.plan(bench.compare(), bench.decisions)
    assert whole.hash == plan.hash
    with pytest.raises(wb.WorkbenchError, match="Hand that part over"):
        bench.push(whole, _words(unwritable, plan))
    assert bench.hand_over(whole, _words(unwritable, plan)).files
    assert set(bench.handed_over()["standing"]) == {"open"}


def test_the_command_hands_over_with_the_words_of_every_brake(
    unwritable: Any, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Without the words, or with those of one brake alone, nothing; with all, once; again is only files."""
    unwritable.decide(unwritable.differing("email", 0, 20), "to_connectworks")
    words = unwritable.desk.handover_plan().words.splitlines()
    assert len(words) == 2

    def said(*more: str, code: int = 0) -> str:
        monkeypatch.setattr(sys, "argv", ["workbench", "handover", str(unwritable.folder), *more])
        with pytest.raises(SystemExit) as ended:
            main()
        told = capsys.readouterr()
        assert (ended.value.code or 0) == code, told
        return told.out + told.err

    assert "more than one in five" in said(code=1)
    said("--confirm", words[0], code=1)
    said("--confirm", words[0], "--confirm", "anything else", code=1)
    assert not unwritable.firm.state().handovers
    assert "0 of 20 arrived" in said("--confirm", words[1], "--confirm", words[0])
    assert len(unwritable.firm.state().handovers) == 1
    written = {path for path in (unwritable.folder / "handovers").rglob("*") if path.is_file()}
    assert "0 of 20 arrived" in said("--again")
    assert len(unwritable.firm.state().handovers) == 1
    assert {path for path in (unwritable.folder / "handovers").rglob("*") if path.is_file()} > written
