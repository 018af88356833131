"""The three-way table: who is followed, and who never is."""

from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from workbench.domain.warnings import LOST
from workbench.reconcile.suggest import MOVERS, Situation, mover, suggest

SITUATIONS = [
    Situation(kind, who, blank, sendable, pushable, was_blank)
    for kind, who, blank, sendable, pushable, was_blank in product(
        ("same", "cosmetic", "fill", "different", "bad", "not_comparable"),
        MOVERS,
        ((False, False), (True, False), (False, True)),
        ((True, True), (False, True), (True, False)),
        (True, False),
        (False, True),
    )
    if any(blank) or kind != "fill"
]


def sender(direction: str | None) -> int | None:
    return {"to_xpm": 0, "to_connectworks": 1, None: None}[direction]


@pytest.mark.parametrize("kind", ["same", "cosmetic", "bad", "not_comparable", "fill", "different"])
def test_nothing_unfit_is_ever_suggested(kind: str) -> None:
    """A blank, an unfit value or a field that is compared only is never suggested; nor is an equal cell."""
    for now in (s for s in SITUATIONS if s.kind == kind):
        side = sender(suggest(now).direction)
        if side is not None:
            assert kind in ("fill", "different")
            assert now.pushable
            assert now.sendable[side]
            assert not now.blank[side]


def test_whoever_did_not_move_is_never_sent_over_who_did() -> None:
    """No suggestion discards the only changed value, and a conflict has no default."""
    for now in SITUATIONS:
        said = suggest(now)
        if now.mover in ("connectworks", "xpm"):
            assert said.direction in (None, "to_xpm" if now.mover == "connectworks" else "to_connectworks")
        if now.mover in ("both", "neither"):
            assert said.direction is None
        if now.mover == "both" and now.kind in ("fill", "different"):
            assert said.kind == "conflict"


def test_both_sides_are_treated_alike() -> None:
    """Swapping the sides swaps the suggestion."""
    other = {"connectworks": "xpm", "xpm": "connectworks"}
    across = {"to_xpm": "to_connectworks", "to_connectworks": "to_xpm", None: None}
    for now in SITUATIONS:
        mirrored = Situation(
            now.kind,
            other.get(now.mover, now.mover),
            (now.blank[1], now.blank[0]),
            (now.sendable[1], now.sendable[0]),
            now.pushable,
            now.was_blank,
        )
        one, two = suggest(now), suggest(mirrored)
        assert (two.kind, two.direction) == (one.kind, across[one.direction])


def test_every_suggestion_and_every_open_cell_has_a_reason() -> None:
    """What is to be decided comes with a sentence."""
    for now in SITUATIONS:
        if now.kind in ("fill", "different"):
            assert (suggest(now).reason or "").endswith(".")


@given(st.booleans(), st.booleans())
@settings(max_examples=4)
def test_movers(first: bool, second: bool) -> None:
    """The mover is exactly who left the agreed pair."""
    told = mover(first, second)
    assert (told in ("connectworks", "both")) is first
    assert (told in ("xpm", "both")) is second


def test_dates_of_moves_are_told() -> None:
    """Where snapshots know when a value moved, the reason says so."""
    when = ("", " between 3 and 10 March 2026")
    now = Situation("different", "xpm", (False, False), when=when, agreed_on="12 January 2026")
    assert suggest(now).reason == (
        "XPM changed it between 3 and 10 March 2026; "
        "Connectworks has not since both were agreed on 12 January 2026."
    )


def test_of_a_conflict_both_dates_are_told() -> None:
    """Where both sides moved, the reason says when each did, as far as snapshots know."""
    when = (" on 2 March 2026", " between 3 and 10 March 2026")
    now = Situation("different", "both", (False, False), when=when, agreed_on="12 January 2026")
    begins = "Both sides changed since they were agreed on 12 January 2026, each to something else"
    told = "Connectworks on 2 March 2026, XPM between 3 and 10 March 2026"
    assert suggest(now).reason == f"{begins}: {told}."


def test_a_lost_baseline_suggests_nothing() -> None:
    """Where the agreed values are gone or belong to other links, that is said and nothing is suggested."""
    for kind, (why, words) in product(("fill", "different"), LOST.items()):
        blank = (kind == "fill", False)
        said = suggest(Situation(kind, "unknown", blank, lost=words))
        assert (said.kind, said.direction, said.reason) == (kind, None, LOST[why])
