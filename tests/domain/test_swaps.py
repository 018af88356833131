"""Swaps span two fields and are decided as one."""

import pandas as pd

from workbench.domain.frames import DIFFERENCES, frame_of
from workbench.domain.swaps import SWAPS, other_half, with_other_halves


def test_half_a_swap_is_completed() -> None:
    """Rows that were chosen by one half of a swap bring the other half along, once; others stay alone."""
    slip = "primary and other phone swapped"
    rows = [
        {"link_id": link, "field": field, "slip": slip}
        for link in ("A", "B")
        for field in ("primary_phone", "other_phone")
    ]
    differences = frame_of([*rows, {"link_id": "A", "field": "email"}], DIFFERENCES)
    chosen = differences[differences["field"].isin(["email", "other_phone"])]
    whole = with_other_halves(chosen, differences)
    assert sorted(zip(whole["link_id"], whole["field"], strict=True)) == sorted(
        zip(differences["link_id"], differences["field"], strict=True)
    )
    emails = differences[differences["field"] == "email"]
    pd.testing.assert_frame_equal(with_other_halves(emails, differences), emails)


def test_every_swap_has_two_halves_that_know_each_other() -> None:
    """Whichever half is asked names the other one; a field outside the swap has none."""
    for slip, (one, other) in SWAPS.items():
        assert (other_half(one, slip), other_half(other, slip)) == (other, one)
        assert other_half("email", slip) is None
    assert other_half("primary_phone", None) is None
