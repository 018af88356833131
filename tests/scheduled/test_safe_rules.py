"""A scheduled run pushes what named safe rules settle, under its cap and the brakes, and nothing else."""

from __future__ import annotations

from typing import Any

import pandas as pd
import pytest

import workbench as wb
from workbench.domain.errors import BadSettings
from workbench.domain.frames import DIFFERENCES, frame_of
from workbench.domain.settings import read_settings
from workbench.reconcile.safe_rules import safe

BLANK = [f"5e1f0000-0000-4000-8000-{number:012}" for number in (1, 2, 3)]
NO_DECISIONS = frame_of((), ("link_id", "field"))


def difference(**cells: str | None) -> pd.DataFrame:
    """Give one difference that a safe rule would settle, but for what is said."""
    usual = {"link_id": "L", "field": "email", "connectworks": "a@b.example", "kind": "fill"}
    return frame_of(
        [{**usual, "suggestion": "to_xpm", "reason": "XPM has nothing here.", **cells}], DIFFERENCES
    )


@pytest.mark.parametrize(
    ("cells", "rule"),
    [
        ({}, "fill_blanks"),
        ({"baseline": '{"connectworks":null,"xpm":null}'}, "one_side_changed"),
        (
            {"reason": "Rule Email: Connectworks is followed.", "kind": "different", "xpm": "c@d.example"},
            "firm_rules",
        ),
        ({"warnings": "shared_value:3"}, None),
        ({"suggestion": None}, None),
        ({"suggestion": "ask"}, None),
        ({"kind": "conflict"}, None),
        ({"slip": "primary and other phone swapped", "kind": "different", "xpm": "c@d.example"}, None),
        ({"field": "legal_name"}, None),
        ({"suggestion": "to_connectworks", "xpm": None}, None),
    ],
)
def test_each_rule_settles_its_own_and_none_settles_a_doubt(cells: dict[str, Any], rule: str | None) -> None:
    """A warning, a conflict, a blank to be carried or a field that is not pushed is never settled."""
    rows = difference(**cells)
    for name in ("fill_blanks", "one_side_changed", "firm_rules"):
        found = safe(rows, [name], NO_DECISIONS)
        assert list(found["rule"]) == ([name] if name == rule else [])
    assert safe(rows, [], NO_DECISIONS).empty
    assert safe(rows, [rule or "fill_blanks"], rows[["link_id", "field"]]).empty


def test_rules_without_a_cap_are_refused(small_firm: Any) -> None:
    """Whoever switches a rule on has to say how much it may write."""
    text = (small_firm.folder / "firm.toml").read_text(encoding="utf-8")
    with pytest.raises(BadSettings, match="safe_rules need a cap"):
        read_settings(text + '\n[run]\nsafe_rules = ["fill_blanks"]\n')


def test_a_push_by_rule_stays_under_its_cap(small_firm: Any) -> None:
    """Off, nothing is written; above the cap nothing, and a person is needed; under it just these."""
    for client in BLANK:
        small_firm.sandbox.edit("xpm", client, {"email": None})
    bench = wb.open(small_firm.folder)
    bench.pull()
    before = [small_firm.sandbox.dump("xpm")["client"][client].get("email") for client in BLANK]
    assert bench.follow_safe_rules().run_id == ""

    _allow(small_firm.folder, cap=2)
    many = wb.open(small_firm.folder).follow_safe_rules()
    assert "more than the cap of 2" in many.refusal
    held = small_firm.sandbox.dump("xpm")["client"]
    assert [held[client].get("email") for client in BLANK] == before
    assert wb.open(small_firm.folder).decisions.empty

    _allow(small_firm.folder, cap=3)
    bench = wb.open(small_firm.folder)
    followed = bench.follow_safe_rules()
    assert (followed.message, followed.refusal) == ("By safe rules: Pushed: 3 done.", "")
    held = small_firm.sandbox.dump("xpm")["client"]
    assert [held[client]["email"] for client in BLANK] == [f"here{n}@kahikatea.example" for n in (1, 2, 3)]
    assert set(bench.touched(followed.run_id)["client_id"]) == set(BLANK)
    assert set(bench.audit().decisions["how"].dropna()) >= {"safe_rule"}
    assert bench.follow_safe_rules().run_id == ""
    _a_brake_holds_it_back(small_firm)


def _a_brake_holds_it_back(small_firm: Any) -> None:
    """More than one client in five is no push for a machine, whatever the cap; nothing is decided either."""
    many = [f"5e1f0000-0000-4000-8000-{number:012}" for number in range(4, 10)]
    for client in many:
        small_firm.sandbox.edit("xpm", client, {"email": None})
    _allow(small_firm.folder, cap=100)
    bench = wb.open(small_firm.folder)
    bench.pull()
    followed = bench.follow_safe_rules()
    assert (followed.run_id, bench.decisions.empty) == ("", True)
    assert "6 of 28 linked clients would be written, more than one in five" in followed.refusal
    held = small_firm.sandbox.dump("xpm")["client"]
    assert [held[client].get("email") for client in many] == [None] * len(many)
    report = bench.report(followed=followed)
    assert report.result == "needs_person"
    assert "more than one in five" in report.html


def _allow(folder: Any, cap: int) -> None:
    """Switch one rule on, up to a cap."""
    path = folder / "firm.toml"
    text = path.read_text(encoding="utf-8").partition("\n[run]")[0]
    path.write_text(f'{text}\n[run]\nsafe_rules = ["fill_blanks"]\ncap = {cap}\n', encoding="utf-8")
