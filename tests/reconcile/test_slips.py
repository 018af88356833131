"""How two values came to differ, in words."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from workbench.domain.frames import address_cell
from workbench.reconcile import slips
from workbench.reconcile.normalise import addresses

TEXT = st.text("abcdefgh0123456789", min_size=1, max_size=8)


@given(TEXT, TEXT)
@settings(max_examples=150)
def test_a_slip_has_no_direction(first: str, second: str) -> None:
    """The same words are found whichever text comes first, and none for equal texts."""
    assert slips.typing(first, second) == slips.typing(second, first)
    assert slips.typing(first, first) is None


@given(TEXT, st.integers(0, 7), st.sampled_from("xyz"))
@settings(max_examples=80)
def test_one_stray_letter_is_named(text: str, place: int, letter: str) -> None:
    """A letter too many is one slip, wherever it stands."""
    assert slips.typing(text, text[:place] + letter + text[place:]) == "one letter missing"


def test_swapped_signs_are_named_by_what_they_are() -> None:
    """Digits and letters are told apart."""
    assert slips.typing("+6495550123", "+6495550132") == "two digits swapped"
    assert slips.typing("kauri", "kuari") == "two letters swapped"
    assert slips.typing("kauri", "kahikatea") is None


@pytest.mark.parametrize(
    ("one", "other", "words"),
    [
        ("14 Test Rd, Napier", "41 Test Rd, Napier", "two digits swapped in the street number"),
        ("14 Test Rd, Napier", "96 Test Rd, Napier", "street number differs"),
        ("14 Test Rd, Napier", "14 Tets Road, Napier", "two letters swapped"),
        ("Level 3, 14 Test Rd, Napier", "14 Test Rd, Napier", "level missing"),
        ("14 Test Rd, Napier", "14 Test Rd, Taupō", "suburb or city differs"),
        ("14 Test Rd, Napier", "7 Other St, Taupō", None),
    ],
)
def test_the_differing_part_of_an_address_is_named(one: str, other: str, words: str | None) -> None:
    """Where two addresses differ in one part, that part is named; else nothing is claimed."""
    first, second = (addresses.parse(address_cell({"lines": text})) for text in (one, other))
    assert slips.of_addresses(first, second) == words
    assert slips.of_addresses(second, first) == words


def test_days_and_mailboxes() -> None:
    """Day and month swapped, and one mailbox name at two domains, have their words."""
    assert slips.of_dates("1955-05-04", "1955-04-05") == "day and month swapped"
    assert slips.of_emails(("jo@kauri.example",), ("jo@weka.example",)) == "same mailbox name, other domain"
    assert slips.of_emails(("mra.hlae@kauri.example",), ("mar.hale@kauri.example",)) == slips.JUMBLED
