"""What Links says of a pair, and that what is read aloud is what is seen."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))
from desk_on_frames import AT, DeskOnFrames
from test_screens import Person

from workbench.review.dashboard import dashboard
from workbench.review.desk import RunTold
from workbench.review.evidence import evidence_view
from workbench.review.tree import text_of, walk

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
    assert "Phone differs : 07 555 0021 / 07 555 0022" in told("phone", "phone differs")


def test_evidence_shows_an_equal_value_once() -> None:
    """What is the same on both sides is not said twice."""
    assert told("email", "same email").count("a@tui.example") == 1


@pytest.mark.parametrize("field", ["tax_number", "tax_last_three", "date_of_birth", "address"])
def test_evidence_shows_nothing_of_hidden_fields(field: str) -> None:
    """Tax numbers, birth dates and addresses stay out of the evidence."""
    seen = told(field, "it differs")
    assert "911" not in seen
    assert " / " not in seen


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
