"""Any pair that a person names gets an answer, and the answer is what linking would say."""

import random
import sys
from pathlib import Path
from urllib.parse import unquote

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import workbench as wb
from workbench.domain.errors import BadInput
from workbench.domain.percent import percent
from workbench.reconcile.link import link
from workbench.reconcile.link.assign import stand
from workbench.reconcile.link.why_not import Linking, why_not

sys.path.insert(0, str(Path(__file__).parent))
from crowds import crowd
from often import often

BORN, ADDRESS, TAX = "1961-04-09", "17 Kiwi Rise", "49-091-850"
PERSON = {"entity_type": "individual", "nature": "client"}
COMPANY = {"entity_type": "company", "nature": "client"}
CONNECTWORKS = pd.DataFrame(
    [
        {"client_id": "jane", **PERSON, "legal_name": "Jane Ashdown", "email": "jane@mail.example",
         "date_of_birth": BORN, "physical_lines": ADDRESS, "tax_number": TAX},
        {"client_id": "j", **PERSON, "legal_name": "J Ashdown", "date_of_birth": BORN},
        {"client_id": "tui", **COMPANY, "legal_name": "Tui Joinery Limited", "nzbn": "9429030000011"},
        {"client_id": "alone", **PERSON, "legal_name": "Carys Mossman"},
    ]
)  # fmt: skip
XPM = pd.DataFrame(
    [
        {"client_id": "JANE", **PERSON, "legal_name": "Jane Ashdown", "email": "jane@mail.example",
         "date_of_birth": BORN, "physical_lines": ADDRESS, "tax_number": TAX},
        {"client_id": "TUI", **COMPANY, "legal_name": "Tui Joinery Ltd", "nzbn": "9429030000011"},
        {"client_id": "KEA", **PERSON, "legal_name": "Delia Larch", "date_of_birth": "1980-12-24"},
    ]
)  # fmt: skip


def pairs(*ids: tuple[str, str]) -> pd.DataFrame:
    return pd.DataFrame(ids, columns=["connectworks_id", "xpm_id"])


def test_a_suggested_pair_says_so() -> None:
    """Where nothing keeps a pair back, the answer is that it is suggested, and why."""
    told = why_not(CONNECTWORKS, XPM, "tui", "TUI")
    assert told.standing == "suggested"
    assert told.sentence == "It is suggested as a link. Same NZBN; name differs only in how it is written."
    assert told.cost == 0
    assert told.rivals.empty


def test_a_lost_pair_names_the_winner_its_bits_and_what_taking_it_would_cost() -> None:
    """Who won, by how much, and who would then stand without a counterpart."""
    told = why_not(CONNECTWORKS, XPM, "j", "JANE")
    [rival] = told.rivals.to_dict("records")
    assert told.standing == "lost"
    assert (rival["side"], rival["client_id"], rival["name"]) == ("connectworks", "jane", "Jane Ashdown")
    assert rival["wins_by"] == pytest.approx(rival["match_weight"] - told.waterfall["bits"].sum(), abs=0.01)
    assert f"by {rival['wins_by']:.1f} bits" in told.sentence
    assert told.sentence.startswith("Lost to another client: “Jane Ashdown” in Connectworks fits better")
    assert "would leave “Jane Ashdown” in Connectworks without a counterpart" in told.sentence


def test_a_pair_with_little_for_it_says_what_speaks_against_it_most() -> None:
    """The weight, and the heaviest evidence against."""
    told = why_not(CONNECTWORKS, XPM, "alone", "KEA")
    assert told.standing == "too_little"
    assert told.sentence.startswith("Too little speaks for it: it comes to −")
    assert "most against it " in told.sentence


def test_a_rejected_pair_says_so() -> None:
    """What a person has said comes before what the evidence says."""
    told = why_not(CONNECTWORKS, XPM, "tui", "TUI", rejected=pairs(("tui", "TUI")))
    assert told.standing == "rejected"
    assert told.sentence.startswith("A person has rejected this pair")
    assert told.waterfall["bits"].sum() > 10


def test_a_linked_pair_says_so() -> None:
    """A link that stands is no candidate any more."""
    told = why_not(CONNECTWORKS, XPM, "tui", "TUI", links=pairs(("tui", "TUI")))
    assert told.standing == "linked"


def test_a_record_that_is_linked_elsewhere_names_its_counterpart() -> None:
    """Whoever is taken already is told with whom, from either side."""
    links = pairs(("jane", "JANE"))
    mine = why_not(CONNECTWORKS, XPM, "jane", "KEA", links=links)
    theirs = why_not(CONNECTWORKS, XPM, "alone", "JANE", links=links)
    assert mine.standing == theirs.standing == "linked_elsewhere"
    for told in (mine, theirs):
        assert "“Jane Ashdown” is linked already to “Jane Ashdown”; part that link first." in told.sentence
        assert "speaks for that link by" in told.sentence


def test_a_link_to_somebody_who_left_is_told_without_a_name() -> None:
    """A counterpart that no frame holds any more breaks nothing."""
    told = why_not(CONNECTWORKS, XPM, "alone", "KEA", links=pairs(("alone", "GONE")))
    assert "“Carys Mossman” is linked already to a client that is not here any more" in told.sentence
    told = why_not(CONNECTWORKS, XPM, "alone", "KEA", links=pairs(("gone", "KEA")))
    assert "“Delia Larch” is linked already to a client that is not here any more" in told.sentence


def test_a_pair_that_nobody_compared_says_that_they_share_no_key() -> None:
    """Where blocking never brought two together, that is the answer, and they are weighed all the same."""
    dice = random.Random(2)
    names = ["".join(dice.choices("bcdfghjklmnprstvwz", k=9)).title() for _ in range(160)]
    sides = [
        pd.DataFrame(
            {"client_id": [f"{s}{i}" for i in range(80)], "legal_name": own, "entity_type": "company"}
        )
        for s, own in (("c", names[:80]), ("x", names[80:]))
    ]
    told = why_not(*sides, "c0", "x1")
    assert told.standing == "never_compared"
    assert told.sentence.startswith("It was never compared: the two share no number, ")
    assert len(told.waterfall) > 1


def test_a_pair_over_budget_names_the_key_that_too_many_share() -> None:
    """A word that everybody has in the name brings nobody together, and the answer counts them."""
    dice = random.Random(3)
    names = [f"{''.join(dice.choices('bcdfghjklmnprstvwz', k=9)).title()} Holdings" for _ in range(400)]
    sides = [
        pd.DataFrame(
            {"client_id": [f"{s}{i}" for i in range(200)], "legal_name": own, "entity_type": "company"}
        )
        for s, own in (("c", names[:200]), ("x", names[200:]))
    ]
    told = why_not(*sides, "c0", "x1")
    assert told.standing == "never_compared"
    assert "all they share is a word of the name (400 records), too common for the budget" in told.sentence


@pytest.mark.parametrize(
    ("mine", "theirs", "message"),
    [("nobody", "TUI", "Connectworks has no client with the id 'nobody'"),
     ("tui", "NOBODY", "XPM has no client with the id 'NOBODY'")],
)  # fmt: skip
def test_an_unknown_id_is_named_with_its_side(mine: str, theirs: str, message: str) -> None:
    """A slip in an id is told as that, with the side on which it was looked for."""
    with pytest.raises(BadInput, match=message):
        why_not(CONNECTWORKS, XPM, mine, theirs)


def test_nothing_of_a_hidden_field_is_told() -> None:
    """Neither sentences, waterfall, rivals nor picture hold a birth date, a tax number or an address."""
    for mine in CONNECTWORKS["client_id"]:
        for theirs in XPM["client_id"]:
            told = wb.why_not(CONNECTWORKS, XPM, mine, theirs)
            shown = unquote(told._repr_html_()) + told.rivals.to_csv() + told.waterfall.to_csv()
            assert not [secret for secret in (BORN, ADDRESS, TAX, "850") if f" {secret}" in shown]


@pytest.mark.parametrize("typed", [True, False])
@settings(max_examples=often(2))
@given(seed=st.integers(0, 10_000))
def test_the_answer_is_what_linking_says(typed: bool, seed: int) -> None:
    """Of every pair: suggested exactly if linking suggests it, to review if shown, with the same weight."""
    sides = crowd(5, seed, typed)
    found = link(*sides).set_index(["connectworks_id", "xpm_id"])
    linking = Linking(*sides)
    for mine in sides[0]["client_id"]:
        for theirs in sides[1]["client_id"]:
            told = linking.why_not(mine, theirs)
            verdict = found["verdict"].get((mine, theirs))
            assert {"link": "suggested", "review": "review"}.get(verdict, told.standing) == told.standing
            assert (verdict is None) == (told.standing not in ("suggested", "review"))
            if verdict is not None:
                weight = found["match_weight"][(mine, theirs)]
                assert told.waterfall["bits"].sum() == pytest.approx(weight, abs=0.02)
            assert told.sentence.endswith(".")


@settings(max_examples=often(2))
@given(seed=st.integers(0, 10_000))
def test_a_forced_pair_never_makes_the_whole_better(seed: int) -> None:
    """The cost is what the best one-to-one choice loses, reckoned here anew over all pairs: never below 0."""
    sides = crowd(5, seed)
    linking = Linking(*sides)
    found = linking._found.evidence
    weights = found.weights
    best = weights[stand(found.left, found.right, weights).chosen].sum()
    for mine in range(5):
        for theirs in range(5):
            told = linking.why_not(f"c{mine}", f"x{theirs}")
            left, right = linking._row("connectworks", f"c{mine}"), linking._row("xpm", f"x{theirs}")
            others = (found.left != left) & (found.right != right)
            rest = weights[others][
                stand(found.left[others], found.right[others], weights[others]).chosen
            ].sum()
            assert told.cost == pytest.approx(best - rest - linking._pair(left, right).weight, abs=1e-5)
            assert told.cost >= -1e-6


def test_rivals_stand_in_the_order_of_their_weight() -> None:
    """The best rival first, and each says by how much it wins or loses."""
    told = why_not(*crowd(12, 5), "c1", "x1")
    assert len(told.rivals) > 1
    assert np.all(np.diff(told.rivals["match_weight"]) <= 0)


def test_an_answer_is_its_sentence_and_in_a_notebook_its_chart_too() -> None:
    """A console prints the sentences; a notebook draws the steps from “Before comparing” to “Together”."""
    told = wb.why_not(CONNECTWORKS, XPM, "j", "JANE")
    assert repr(told) == told.sentence
    shown = unquote(told._repr_html_())
    assert all(words in shown for words in ("Before comparing", "Name", "Together", "<img", "<svg"))


def test_an_explained_candidate_shows_its_sentence_and_chart() -> None:
    """Text in a console; in a notebook the sentence above the waterfall, with every name as text only."""
    candidates = link(CONNECTWORKS.replace("Jane Ashdown", "<i>Jane</i> Ashdown"), XPM)
    told = wb.explain(candidates[candidates["connectworks_id"] == "jane"].iloc[0])
    assert repr(told) == told.sentence
    shown = unquote(told._repr_html_())
    assert all(words in shown for words in ("Before comparing", "Email", "Together", "<img", "<svg"))
    assert "<i>" not in shown
    assert BORN not in shown


@given(st.integers(0, 1000), st.floats(0, 1))
def test_a_share_in_percent_is_never_more_than_it_is(tenths: int, share: float) -> None:
    """What lies under a line never reads as on it, and nothing as certain that is not."""
    assert float(percent(tenths / 1000).rstrip("%")) == tenths / 10
    assert float(percent(share).rstrip("%")) <= 100 * share + 1e-9
    assert percent(min(share, 1 - 1e-9)) != "100%"
