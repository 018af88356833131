"""The firm's rules: they suggest, and they are proposed from what was decided."""

import json
from itertools import product
from typing import Any

import pandas as pd
import pytest
from pydantic import ValidationError

from workbench.domain.fields import SIDES
from workbench.domain.frames import BASELINE, Clients, frame_of, link_id
from workbench.domain.settings import CompareSettings, RuleSettings
from workbench.domain.warnings import LOST
from workbench.reconcile.compare import compare
from workbench.reconcile.patterns import patterns
from workbench.reconcile.rules import apply, digest, in_words, propose, standing, written
from workbench.reconcile.suggest import MOVERS, Situation, suggest

OWNERS = ("connectworks", "xpm", "fill_only", "ask", "never")


def rule(owner: Any, **more: Any) -> RuleSettings:
    return RuleSettings(field="email", owner=owner, **more)


def test_a_rule_never_discards_the_only_change_and_never_wakes_what_was_left() -> None:
    """Whatever the rule: no blank, no unfit value, nothing over the one side that moved alone."""
    for owner, kind, who, blank, sendable, lost in product(
        OWNERS,
        ("same", "cosmetic", "fill", "different", "bad"),
        MOVERS,
        ((False, False), (True, False), (False, True)),
        ((True, True), (False, True), (True, False)),
        (None, LOST["lost"]),
    ):
        if kind == "fill" and not any(blank):
            continue
        now = Situation(kind, who, blank, sendable, lost=lost)
        said = apply(rule(owner), now, suggest(now))
        source = {"to_xpm": 0, "to_connectworks": 1}.get(said.direction or "")
        if source is not None:
            assert not blank[source] and sendable[source]
            assert who in ("unknown", "both", SIDES[source])
        if who == "neither" or lost or kind not in ("fill", "different"):
            assert said == suggest(now)


def firm(emails: list[tuple[str | None, str | None]], **left: list[str]) -> tuple[Clients, pd.DataFrame]:
    """Make linked records that differ in their email, with more columns on the left."""
    here, there = (
        pd.DataFrame({"client_id": [f"{letter}{i}" for i in range(len(emails))], "email": list(side)})
        for letter, side in zip("cx", zip(*emails, strict=True), strict=True)
    )
    links = pd.DataFrame({"connectworks_id": here["client_id"], "xpm_id": there["client_id"]})
    return Clients(here.assign(**left), there), links


def compared(
    rules: list[RuleSettings], clients: Clients, links: pd.DataFrame, base: Any = None
) -> pd.DataFrame:
    found = compare(clients, links, base, settings=CompareSettings(rules=tuple(rules)))
    return found[found["field"] == "email"].reset_index(drop=True)


def test_the_first_rule_that_covers_a_client_counts() -> None:
    """Type, partner and group choose the clients; each suggestion names its rule, which is a pattern."""
    pairs = [(f"a{i}@b.example", f"z{i}@b.example") for i in range(4)]
    partners = ["Celia Finch", "Celia Finch", "Bernard Farrow", "Bernard Farrow"]
    groups = ["Kea Family; Weka Family", "", "Weka Family", ""]
    types = ["company", "trust", "company", "trust"]
    clients, links = firm(pairs, partner=partners, groups=groups, entity_type=types)
    rules = [
        rule("ask", group="Weka Family", entity_types=("trust", "company")),
        rule("xpm", partner="Celia Finch"),
        rule("connectworks", entity_types=("trust",)),
    ]
    found = compared(rules, clients, links)
    assert found["suggestion"].tolist() == ["ask", "to_connectworks", "ask", "to_xpm"]
    assert found["reason"][1] == "Rule Email, clients of Celia Finch: XPM is followed."
    assert patterns(found)["count"].tolist() == [2, 1, 1]
    assert "Email: by your rule for trusts, Connectworks is followed" in patterns(found)["words"].tolist()


def test_rules_about_blanks_and_about_nothing() -> None:
    """``fill_only`` keeps the suggestions for blanks; ``never`` takes all away and says why."""
    clients, links = firm([("a@b.example", None), ("c@d.example", "e@f.example")])
    filled = compared([rule("fill_only")], clients, links)
    assert [None if pd.isna(s) else s for s in filled["suggestion"]] == ["to_xpm", None]
    assert filled["reason"].str.startswith("Rule Email: only blanks are filled.").all()
    assert compared([rule("never")], clients, links)["suggestion"].isna().all()


def test_a_rule_steps_back_before_the_only_change() -> None:
    """The owner's old value is not suggested over the one value that somebody has just changed."""
    clients, links = firm([("a@b.example", "new@b.example")])
    pair = {"connectworks": "a@b.example", "xpm": "a@b.example", "at": "2026-01-12T00:00:00Z"}
    base = frame_of([{"link_id": link_id("c0", "x0"), "field": "email", **pair}], BASELINE)
    found = compared([rule("connectworks")], clients, links, base).loc[0]
    assert pd.isna(found["suggestion"])
    assert found["reason"] == (
        "Rule Email: Connectworks is followed. But XPM changed it; "
        "Connectworks has not since both were agreed on 12 January 2026."
    )


def test_of_a_conflict_a_rule_says_that_both_changed() -> None:
    """Whoever accepts the owner's value is told that it discards a change of the other side."""
    clients, links = firm([("mine@b.example", "theirs@b.example")])
    pair = {"connectworks": "a@b.example", "xpm": "a@b.example", "at": "2026-01-12T00:00:00Z"}
    base = frame_of([{"link_id": link_id("c0", "x0"), "field": "email", **pair}], BASELINE)
    found = compared([rule("connectworks")], clients, links, base).loc[0]
    assert (found["kind"], found["suggestion"]) == ("conflict", "to_xpm")
    assert found["reason"].startswith("Rule Email: Connectworks is followed. Both sides changed since")


def test_rules_are_validated_and_have_an_identity() -> None:
    """A field that is never pushed cannot have a rule; order and content make the digest."""
    with pytest.raises(ValidationError):
        RuleSettings.model_validate({"field": "tax_number", "owner": "xpm"})
    one, other = rule("xpm"), rule("ask", partner="Celia Finch")
    assert len({digest(()), digest([one]), digest([one, other]), digest([other, one])}) == 4
    assert json.loads(written([other])) == [{"field": "email", "owner": "ask", "partner": "Celia Finch"}]
    assert in_words(other) == "Email, clients of Celia Finch: the client is asked"


def test_a_rule_stands_since_it_was_last_written() -> None:
    """Each present rule names who wrote it when; one that was dropped and written again counts anew."""
    one, other = rule("xpm"), rule("ask", partner="Celia Finch")
    texts = [written(rules).decode() for rules in ([one, other], [other], [other, one])]
    versions = [(f"person {n}", f"2026-01-0{n}T00:00:00Z", text) for n, text in enumerate(texts, start=1)]
    found = standing([other, one, rule("never")], versions)
    assert [by if pd.notna(by) else None for by in found["by"]] == ["person 1", "person 3", None]
    assert found["rule"].tolist()[0] == in_words(other)


def decided(links: pd.DataFrame, directions: list[str | None]) -> pd.DataFrame:
    columns = ("link_id", "field", "direction", *SIDES)
    ids = [link_id(a, b) for a, b in zip(links["connectworks_id"], links["xpm_id"], strict=True)]
    rows = zip(ids, directions, strict=False)
    return frame_of(
        ({"link_id": i, "field": "email", "direction": d, "connectworks": "a", "xpm": "b"} for i, d in rows),
        columns,
    )


def test_rules_are_proposed_from_what_was_decided() -> None:
    """What nearly always went one way for one partner is proposed, with how often and the exception."""
    partners = ["Celia Finch"] * 59 + ["Bernard Farrow"] * 20
    names = [f"Client {n}" for n in range(79)]
    clients, links = firm([("a@b.example", "z@b.example")] * 79, partner=partners, legal_name=names)
    choices = ["to_connectworks"] * 58 + ["to_xpm"] + ["to_connectworks", "to_xpm"] * 10
    made = decided(links, choices)
    found = propose(made, clients, links)
    words = "Email, clients of Celia Finch: XPM chosen 58 of 59 times; the exception was Client 58"
    assert found["words"].tolist() == [words]
    assert found["exceptions"][0] == [link_id("c58", "x58")]
    assert found[["owner", "partner"]].iloc[0].tolist() == ["xpm", "Celia Finch"]
    assert propose(made, clients, links, [rule("xpm", partner="Celia Finch")]).empty


def test_a_proposal_for_everybody_needs_decisions_beyond_one_set_of_clients() -> None:
    """What was decided of one partner's clients alone speaks for them; of two partners', for everybody."""
    partners = ["Celia Finch"] * 12 + ["Bernard Farrow"] * 12
    clients, links = firm([("a@b.example", "z@b.example")] * 24, partner=partners)
    of_one = propose(decided(links, ["to_xpm"] * 12), clients, links)
    assert of_one["partner"].tolist() == ["Celia Finch"]
    assert propose(decided(links, ["to_xpm"] * 24), clients, links)["partner"].isna().tolist() == [True]


def test_of_many_exceptions_only_a_few_are_named() -> None:
    """The sentence stays short: three names and a number."""
    names = [f"Client {n:03}" for n in range(100)]
    clients, links = firm([("a@b.example", "z@b.example")] * 100, legal_name=names)
    [words] = propose(decided(links, ["to_xpm"] * 95 + ["to_connectworks"] * 5), clients, links)["words"]
    assert words.endswith("; the exceptions were Client 095, Client 096, Client 097 and 2 more")


def test_too_few_or_taken_back_decisions_propose_nothing() -> None:
    """Nine decisions are no habit, one taken back is none, and filling a blank says nothing of owners."""
    clients, links = firm([("a@b.example", "z@b.example")] * 12)
    assert propose(decided(links, ["to_xpm"] * 9), clients, links).empty
    twelve = decided(links, ["to_xpm"] * 12)
    assert propose(twelve, clients, links)["of"].tolist() == [12]
    back = pd.concat([twelve, decided(links, [None] * 3)], ignore_index=True)
    assert propose(back, clients, links).empty
    assert propose(twelve.assign(xpm=pd.array([None] * 12, dtype="string")), clients, links).empty
