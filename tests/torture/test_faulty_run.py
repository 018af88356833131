"""A push through a hostile network ends as a calm one does."""

from __future__ import annotations

import os
from collections.abc import Callable

import pytest
from rig import HONEST_FAULTS, Rig, without_stamps


def _same_as_calm(make_rig: Callable[..., Rig], pairs: int, seed: int) -> Rig:
    calm, faulty = make_rig(pairs, "calm"), make_rig(pairs, "faulty")
    told = calm.push()
    faulty.faulty(0.3, seed)
    assert faulty.push() == told
    faulty.faulty(0.0, seed)
    assert calm.complaints() == []
    assert faulty.complaints() == []
    assert without_stamps(faulty.dumps()) == without_stamps(calm.dumps())
    assert faulty.firm.book.verify().ok
    return faulty


def test_a_faulty_run_ends_as_a_calm_one(make_rig: Callable[..., Rig]) -> None:
    """At 30 % faults of every kind on both sides, the servers end up with what a calm run leaves there."""
    rig = _same_as_calm(make_rig, 10, seed=7)
    assert len(rig.firm.state().concluded) > 25
    assert len(rig.faults_met()) >= len(HONEST_FAULTS) // 2


@pytest.mark.long
@pytest.mark.timeout(3600)
@pytest.mark.parametrize("seed", range(int(os.environ.get("WORKBENCH_SEEDS", "2"))))
def test_a_long_faulty_run_ends_as_a_calm_one(make_rig: Callable[..., Rig], seed: int) -> None:
    """The same with five hundred operations, and every kind of fault met."""
    rig = _same_as_calm(make_rig, 200, seed)
    assert len(rig.firm.state().concluded) >= 500
    assert rig.faults_met() == set(HONEST_FAULTS)
