"""The firm's rules from its settings file to suggestions and the ledger; asking clients."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

import workbench as wb
from workbench.domain.errors import BadInput
from workbench.domain.frames import DIRECTIONS

RULE = """
[[rules]]
field = "email"
owner = "xpm"
entity_types = ["company"]
"""


def _noted(house: Any) -> list[dict[str, Any]]:
    return [dict(event.body) for event in house.firm.book.events(kinds={"ruled"})]


def test_rules_suggest_and_every_change_of_them_is_noted_once(pulled: Any) -> None:
    """A rule in firm.toml becomes suggestions; the ledger knows each set of rules, and none is applied."""
    pulled.desk.differences()
    assert _noted(pulled) == []
    settings = pulled.folder / "firm.toml"
    plain = settings.read_text(encoding="utf-8")
    settings.write_text(plain + RULE, encoding="utf-8")
    for _ in range(2):
        desk = wb.open(pulled.folder).desk
        emails = desk.differences().query("field == 'email' and kind == 'different' and warnings.isna()")
    assert set(emails["suggestion"]) == {"to_connectworks"}
    assert emails["reason"].str.startswith("Rule Email, companies: XPM is followed").all()
    assert desk.decisions().empty
    assert [body["rules"] for body in _noted(pulled)] == [1]
    settings.write_text(plain, encoding="utf-8")
    wb.open(pulled.folder).desk.differences()
    assert [body["rules"] for body in _noted(pulled)] == [1, 0]
    assert pulled.firm.book.verify().ok


def test_asking_makes_a_list_and_no_operation(pulled: Any, tmp_path: Path) -> None:
    """What is to be asked stands in the decisions and in the spreadsheet; a plan carries nothing of it."""
    assert "ask" in DIRECTIONS
    bench = wb.open(pulled.folder)
    bench.decide(pulled.differing("email", 0, 2), "ask", "since the merger")
    asked = bench.export_questions(tmp_path / "ask.csv")
    assert asked["questions"].str.startswith("Email: is it ").tolist() == [True, True]
    assert asked["notes"].tolist() == ["since the merger"] * 2
    assert (tmp_path / "ask.csv").read_text(encoding="utf-8-sig").count("Email: is it") == 2
    assert bench.desk.plan().operations == ()
    assert bench.propose_rules().empty


def test_an_adopted_proposal_counts_at_once_everywhere(pulled: Any) -> None:
    """A proposal is written into firm.toml, noted with who and when, and suggests on a desk opened before."""
    plain = (pulled.folder / "firm.toml").read_text(encoding="utf-8")
    before = wb.open(pulled.folder)
    assert before.rules().empty
    before.desk.differences()
    bench = wb.open(pulled.folder)
    bench.adopt_rule({"field": "email", "owner": "xpm", "entity_type": "company", "partner": None})
    emails = before.desk.differences().query("field == 'email' and kind == 'different' and warnings.isna()")
    assert emails["reason"].str.startswith("Rule Email, companies: XPM is followed").all()
    [rule] = before.rules().to_dict("records")
    assert (rule["rule"], rule["by"]) == ("Email, companies: XPM is followed", bench.desk.person)
    assert (pulled.folder / "firm.toml").read_text(encoding="utf-8").startswith(plain.rstrip())
    with pytest.raises(BadInput, match="a rule already"):
        bench.adopt_rule({"field": "email", "owner": "xpm", "entity_type": "company"})
    with pytest.raises(BadInput, match="no rule"):
        bench.adopt_rule({"field": "tax_number", "owner": "xpm"})
    assert [body["rules"] for body in _noted(pulled)] == [1]


def test_a_narrower_rule_stands_before_a_wider_one(pulled: Any) -> None:
    """Of the rules that cover a client the first counts; the narrower one does, whichever is written last."""
    bench = wb.open(pulled.folder)
    for partner, kind, owner in (
        (None, None, "xpm"),
        ("Celia Finch", "trust", "never"),
        (None, "trust", "connectworks"),
    ):
        bench.adopt_rule({"field": "email", "owner": owner, "entity_type": kind, "partner": partner})
    bench.adopt_rule({"field": "website", "owner": "xpm", "entity_type": "trust"})
    told = [rule.partition(":")[0] for rule in bench.rules()["rule"]]
    assert told == ["Email, trusts, clients of Celia Finch", "Email, trusts", "Email", "Website, trusts"]
    with pytest.raises(BadInput, match="no rule"):
        bench.adopt_rule({"field": "email", "owner": ""})
