"""What Links says of a pair, and that what is read aloud is what is seen."""

from __future__ import annotations

import itertools
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))
from desk_on_frames import AT, DeskOnFrames
from test_screens import Person

from workbench.review.dashboard import dashboard
from workbench.review.desk import RunTold
from workbench.review.evidence import evidence_view
from workbench.review.link_acts import LinkActs
from workbench.review.tree import Act, Node, text_of, walk

MINE = {
    "primary_phone": "07 555 0021",
    "other_phone": None,
    "email": "a@tui.example",
    "tax_number": "911-223-344",
}
THEIRS = {
    "primary_phone": "07 555 0022",
    "other_phone": None,
    "email": "a@tui.example",
    "tax_number": "*****345",
}


def told(field: str, words: str) -> str:
    """Read one piece of evidence as it is shown."""
    evidence = f'[{{"field": "{field}", "bits": -4.0, "words": "{words}"}}]'
    candidate = {"probability": "0.6", "contradiction": None, "evidence": evidence}
    return text_of(evidence_view(candidate, MINE, THEIRS))


def test_evidence_shows_both_values() -> None:
    """What differs is shown, so that nobody need look it up."""
    assert "Phone differs : 07 555 0021 ↔ 07 555 0022" in told("phone", "phone differs")


def test_evidence_shows_an_equal_value_once() -> None:
    """What is the same on both sides is not said twice."""
    assert told("email", "same email").count("a@tui.example") == 1


@pytest.mark.parametrize("field", ["tax_number", "tax_last_three", "date_of_birth", "address"])
def test_evidence_shows_nothing_of_hidden_fields(field: str) -> None:
    """Tax numbers, birth dates and addresses stay out of the evidence."""
    seen = told(field, "it differs")
    assert "911" not in seen
    assert "↔" not in seen


def misnamed(person: Person) -> list[tuple[str, object]]:
    """Give the buttons whose accessible name does not start with their words."""
    named = [n for n in walk(person.tree) if n.tag == "button" and n.attrs.get("aria-label")]
    assert named
    words = [(text_of(n), n.attrs["aria-label"]) for n in named]
    return [(seen, name) for seen, name in words if not str(name).startswith(seen.rstrip("…"))]


def test_on_links_a_spoken_name_starts_with_the_words_that_are_seen() -> None:
    """Whoever speaks to the computer says what is written on the button, in every list."""
    person = Person(dashboard(DeskOnFrames(count=60, linked=8)))
    person.goes("links")
    person.uses(next(n for n in walk(person.tree) if text_of(n) == "Not the same" and n.tag == "button"))
    for words in ("To review", "Linked", "Rejected"):
        choice = next(
            n for n in walk(person.tree) if n.tag == "button" and text_of(n).startswith(f"{words} (")
        )
        person.uses(choice)
        if words == "Linked":
            person.uses(next(n for n in walk(person.tree) if text_of(n) == "Unlink…" and n.tag == "button"))
        assert misnamed(person) == []


def test_in_history_a_spoken_name_starts_with_the_words_that_are_seen() -> None:
    """Undo and Read say so first, then of which push."""
    desk = DeskOnFrames()
    desk.log = [desk._entry("decided")]
    desk.pushes = [RunTold("run1", AT, desk.person, 2, 2, {"done": 2})]
    person = Person(dashboard(desk))
    person.goes("history")
    assert misnamed(person) == []


def slider(person: Person) -> Node:
    """Find the line's slider."""
    return next(n for n in walk(person.tree) if n.attrs.get("type") == "range")


def moves_line(person: Person, percent: float) -> str:
    """Move the line; gives what is announced."""
    return person.uses(slider(person), "input", value=f"{percent:g}")["say"]


def at_links(**more: int) -> tuple[DeskOnFrames, Person]:
    desk = DeskOnFrames(**more)
    person = Person(dashboard(desk))
    person.goes("links")
    return desk, person


def test_the_slider_says_where_it_stands() -> None:
    """It has a name, bounds, and its value in words, also for whoever does not see it."""
    _, person = at_links(count=20, linked=8)
    assert slider(person).attrs["aria-valuetext"] == "90%"
    assert "Show as suggested from" in person.sees()
    moves_line(person, 99.5)
    assert slider(person).attrs["aria-valuetext"] == "99.5%"


def test_moving_the_line_lists_and_counts_what_enters_and_leaves() -> None:
    """Names, probability and reason of each link that moves, and the counts read aloud."""
    desk, person = at_links(count=20, linked=8)
    said = moves_line(person, 70)
    assert said == "4 links enter."
    table = next(n for n in walk(person.tree) if n.tag == "table")
    clients = desk.clients()
    assert clients is not None
    assert clients.connectworks["legal_name"][10] in text_of(table)
    assert "likely, 79.5%" in text_of(table)
    assert "ame mailbox" in text_of(table)
    assert moves_line(person, 99.9) == "4 links leave."
    assert moves_line(person, 90) == "No link enters or leaves."


def test_moving_the_line_changes_what_is_offered_in_bulk_and_links_nothing() -> None:
    """What entered can be accepted at once after its sample was read; what left is not offered."""
    desk, person = at_links(count=20, linked=8)
    assert "that are likely" not in person.sees()
    moves_line(person, 70)
    assert len(desk.links()) == 8
    person.clicks("Link all 4 that are likely…")
    person.clicks("Link all 4")
    assert len(desk.links()) == 12
    moves_line(person, 99.9)
    assert "that are almost certain…" not in person.sees()


def test_a_doubt_never_enters_by_moving_the_line() -> None:
    """However low the line, a pair that contradicts itself is not suggested."""
    desk, person = at_links(count=20, linked=8)
    moves_line(person, 0)
    doubtful = desk.candidates().dropna(subset="contradiction")
    assert len(doubtful)
    suggested = person.sees().count("suggested Same client")
    assert suggested
    assert not [t for t in cards(person) if "⚠" in t and "suggested Same client" in t]


def cards(person: Person) -> list[str]:
    """Read each candidate by itself."""
    return [text_of(n) for n in walk(person.tree) if n.attrs.get("class") == "candidate"]


def test_the_line_goes_back() -> None:
    """One button puts it where the settings have it."""
    _, person = at_links(count=20, linked=8)
    moves_line(person, 70)
    person.clicks("Back to 90%")
    assert slider(person).attrs["aria-valuetext"] == "90%"
    assert "enter" not in person.sees()


@pytest.mark.parametrize("value", ["", "many", "-3", "1e9", "nan"])
def test_a_strange_value_moves_nothing_out_of_bounds(value: str) -> None:
    """Whatever a browser sends, the line stays between its ends and nothing is linked."""
    desk, person = at_links(count=20, linked=8)
    person.uses(slider(person), "input", value=value)
    assert 50 <= float(slider(person).attrs["value"]) <= 100
    assert len(desk.links()) == 8


def test_a_pair_found_by_hand_shows_why_not_before_it_is_linked() -> None:
    """The sentence stands there and is read aloud; only the second act links; Back leaves all as it was."""
    desk, person = at_links(count=12, linked=8)
    clients = desk.clients()
    assert clients is not None
    person.clicks(f"Search XPM for {clients.connectworks['legal_name'][9]}")
    field = next(n for n in walk(person.tree) if n.on.get("input", Act("")).name == "hunt_for")
    person.uses(field, "input", value="")
    name = clients.xpm["legal_name"][10]
    answer = person.clicks(f"Link with {name}")
    assert answer["say"] == "Number 10 lost to number 9 by 3.1 bits."
    assert answer["say"] in person.sees()
    steps = next(n for n in walk(person.tree) if n.tag == "ol")
    assert [text_of(step) for step in steps.children] == [
        "Before comparing −9.5 two records are seldom one client",
        "Name +8.0 same name",
        "Phone −0.8 phone differs",
        "Together −2.3",
    ]
    assert len(desk.links()) == 8
    person.clicks("Back to what was found")
    assert "3.1 bits" not in person.sees()
    person.clicks(f"Link with {name}")
    person.clicks(f"Yes, link with {name}")
    assert ("cw9", "xp10") in set(zip(desk.links()["connectworks_id"], desk.links()["xpm_id"], strict=True))


def _standing(desk: DeskOnFrames) -> tuple[set[str], set[tuple[str, str]]]:
    rejected = desk.rejected()
    return set(desk.links()["link_id"]), set(
        zip(rejected["connectworks_id"], rejected["xpm_id"], strict=True)
    )


def test_every_act_on_links_is_taken_back_and_done_again() -> None:
    """Linking, rejecting, taking a rejection back and unlinking: step by step back, and again."""
    desk = DeskOnFrames(12, 8)
    person = Person(dashboard(desk))
    person.goes("links")
    assert person.named("Undo").attrs["disabled"]
    stood = [_standing(desk)]

    for first, acts in (
        (None, ["accept"]),
        (None, ["reject"]),
        ("Rejected (1)", ["unreject"]),
        ("Linked (9)", ["ask_unlink", "unlink"]),
    ):
        if first:
            person.clicks(first)
        for act in acts:
            person.uses(next(n for n in walk(person.tree) if any(a.name == act for a in n.on.values())))
        stood.append(_standing(desk))
    assert all(one != other for one, other in itertools.pairwise(stood))
    for wanted in reversed(stood[:-1]):
        assert person.clicks("Undo")["say"]
        assert _standing(desk) == wanted
    for wanted in stood[1:]:
        person.clicks("Redo")
        assert _standing(desk) == wanted
    assert not person.clicks("Redo")["ok"]


def test_linking_what_was_rejected_is_taken_back_to_rejected() -> None:
    """A pair that was rejected and then found and linked by hand is rejected again when that is undone."""
    desk = DeskOnFrames(12, 8)
    desk.reject([("cw9", "xp9")], "tick")
    acts = LinkActs(desk)
    acts.link([("cw9", "xp9")], "search")
    desk.unreject([("cw9", "xp9")])  # as the ledger has it: a link takes the rejection away
    assert acts.undo() == "1 pair unlinked; 1 pair rejected."
    assert ("cw9", "xp9") in _standing(desk)[1]
