"""When a run stops by itself, as a rule over how its operations ended."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.domain.records import Operation
from workbench.flow.stop_loss import RunPaused, pause_if_off
from workbench.reconcile.state import Carried

OUTCOMES = st.lists(st.sampled_from(["done", "already", "stale", "refused", "gave_up"]), max_size=60)


def carried(outcomes: list[str], harmed: dict[str, str | None] | None = None) -> list[Carried]:
    """Give operations that ended so, in this order."""
    operation = Operation("xpm", "client", "x1", "x1", {"email": "a"}, {"email": "b"}, (1,), "ann")
    return [Carried("o", operation, "r", (), outcome, seq=1, harmed=harmed or {}) for outcome in outcomes]


def paused(outcomes: list[str], planned: int) -> bool:
    """Say whether the run stops there."""
    try:
        pause_if_off(carried(outcomes), planned)
    except RunPaused:
        return True
    return False


@given(OUTCOMES, st.integers(1, 1000))
def test_it_stops_exactly_when_the_last_failure_makes_it_too_many(outcomes: list[str], planned: int) -> None:
    """Three failures in a row, or more than 5 % and more than one; a success is never what stops a run."""
    failed = [outcome in ("refused", "gave_up") for outcome in outcomes]
    too_many = sum(failed) > max(1, planned / 20)
    expected = bool(failed) and failed[-1] and (failed[-3:] == [True] * 3 or too_many)
    assert paused(outcomes, planned) == expected


@given(OUTCOMES.filter(bool))
def test_harm_always_stops_it_and_shows_no_value(outcomes: list[str]) -> None:
    """Whatever else happened: fields are named, values are not."""
    with pytest.raises(RunPaused, match="Primary phone") as stopped:
        pause_if_off(carried(outcomes, {"primary_phone": "03 555 0142"}), 100)
    assert "0142" not in str(stopped.value)
