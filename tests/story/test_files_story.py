"""The administrator who has exports and nothing else: from two files to click sheets, and the proof."""

from __future__ import annotations

import csv
from html import unescape
from pathlib import Path

import pytest

import workbench as wb
from workbench.cli import app
from workbench.domain.fields import SIDES
from workbench.flow.exports import confirm_columns
from workbench.flow.firm import Firm

SETTINGS = '[firm]\nname = "Kōwhai"\n[connectworks]\naccess = "files"\n[xpm]\naccess = "files"\n'
HEADERS = {
    "connectworks": ["Client reference", "Legal name", "Type", "Email (primary contact)", "Primary phone"],
    "xpm": ["Client Code", "Name", "Business Structure", "Email", "Phone"],
}
COUNT, ARRIVED = 96, 93


def _save(folder: Path, side: str, emails: list[str]) -> None:
    """Save an export of one side, as a person does."""
    path = folder / "exports" / side / f"export {len(list((folder / 'exports').rglob('*.csv')))}.csv"
    path.parent.mkdir(parents=True, exist_ok=True)
    rows = [
        [f"R{n}", f"Kahikatea Number {n} Limited", "Company", email, f"09 555 {n:04}"]
        for n, email in enumerate(emails)
    ]
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        csv.writer(file).writerows([HEADERS[side], *rows])


def test_exports_to_click_sheets_to_proof(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Two exports are compared, 96 values handed over, a new export holds 93 of them, and 3 are named."""
    folder = tmp_path / "firm"
    folder.mkdir()
    (folder / "firm.toml").write_text(SETTINGS, encoding="utf-8")
    here = [f"here{n}@k.example" for n in range(COUNT)]
    there = [f"there{n}@k.example" for n in range(COUNT)]
    _save(folder, "connectworks", here)
    _save(folder, "xpm", there)
    for side in SIDES:
        confirm_columns(Firm(folder), side)
    bench = wb.open(folder)
    bench.pull()
    bench.link(bench.candidates().query("verdict == 'link'"))
    assert len(bench.links) == COUNT
    differences = bench.compare()
    bench.decide(differences[differences["field"] == "email"], "to_connectworks", note="as XPM has it")
    plan = wb.plan(bench.compare(), bench.decisions)
    handed = bench.hand_over(plan, bench.desk.handover_plan().words)
    assert set(handed.files) == {"changes.xlsx", "click_sheets.html"}
    sheets = unescape((handed.folder / "click_sheets.html").read_text(encoding="utf-8"))
    assert sheets.count("tick << towards Connectworks") == COUNT
    assert "first edit the client, open “Practice management”, press “Connect now”" in sheets
    _save(folder, "connectworks", there[:ARRIVED] + here[ARRIVED:])
    bench.pull()
    capsys.readouterr()
    app(["handover", str(folder)], standalone_mode=False)
    told = capsys.readouterr().out
    assert "93 of 96 arrived; these 3 did not:" in told
    for number in range(ARRIVED, COUNT):
        assert f"Kahikatea Number {number} Limited (Email in Connectworks)" in told
    standing = bench.handed_over()["standing"]
    assert standing.value_counts().to_dict() == {"arrived": ARRIVED, "open": COUNT - ARRIVED}
    assert set(bench.history()["outcome"].dropna()) == {"handed_over"}
