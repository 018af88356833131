"""What a random sample says of all the rest."""

from __future__ import annotations

from math import comb

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.domain.records import Event
from workbench.reconcile.quality import bulk_acts, error_bound


def test_sixty_without_an_error_rule_out_five_in_a_hundred() -> None:
    """The figure that auditors know: 1 - 0.05 ** (1 / 60)."""
    assert error_bound(60, 0) == pytest.approx(0.0487, abs=5e-5)
    assert error_bound(0, 0) == error_bound(7, 7) == 1.0


@given(st.integers(1, 80), st.data())
def test_the_bound_is_exact(looked_at: int, data: st.DataObject) -> None:
    """Were the share of errors the bound, so few would be seen in one of twenty samples and no more."""
    wrong = data.draw(st.integers(0, looked_at - 1))
    share = error_bound(looked_at, wrong)
    so_few = sum(comb(looked_at, k) * share**k * (1 - share) ** (looked_at - k) for k in range(wrong + 1))
    assert so_few == pytest.approx(0.05, abs=1e-6)
    assert error_bound(looked_at, wrong + 1) > share


@pytest.mark.parametrize(
    ("of", "shown", "wrong", "words"),
    [
        (540, 60, 0, "540 accepted at once, 60 looked at before, none wrong: below 4.9 % of the others"),
        (538, 60, 2, "538 accepted at once, 60 looked at before, 2 wrong: below 10.2 % of the others"),
        (12, 13, 1, "12 accepted at once, 13 looked at before, 1 wrong: every one of them was looked at"),
        (5, 0, 0, "5 accepted at once, none looked at before: nothing says how many are wrong."),
    ],
)
def test_a_bulk_act_is_told_with_its_bound(of: int, shown: int, wrong: int, words: str) -> None:
    """As the ledger recorded its sample."""
    ids = [f"l{n}" for n in range(shown)]
    body = {"act": "a", "of": of, "shown": ids, "wrong": ids[:wrong]}
    [act] = bulk_acts([Event(1, "2026-03-02T09:00:00.000+00:00", "ann", "sampled", body)])
    assert str(act).startswith(words)
