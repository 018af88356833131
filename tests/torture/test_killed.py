"""SIGKILL before and after every durable step of a push: nothing lost, nothing doubled, all concluded."""

from __future__ import annotations

import os
import random
import signal
from collections import Counter
from collections.abc import Callable, Iterable

import pytest
from killed import ended, worker
from rig import Rig

STEPS = [
    (kind, phase)
    for kind in ("claimed", "seen", "sending", "answered", "looked", "concluded")
    for phase in ("before", "after")
]
WORST = [("sending", "after"), ("answered", "before"), ("concluded", "before"), ("seen", "after")]


def _die_at(rig: Rig, deaths: Iterable[tuple[str, str]], skip: Callable[[], int]) -> None:
    """Ask for everything to be pushed, kill one worker after the other, let the last one finish; judge."""
    rig.firm.served = True  # so that nobody but the worker processes works
    operations = len(rig.desk.plan().operations)
    request = rig.ask_push()
    for kind, phase in deaths:
        died = ended(worker(rig, kind, phase, skip())) == -signal.SIGKILL
        assert died, rig.firm.state().requests[request].message
    assert ended(worker(rig)) == 0
    request_ended = rig.firm.state().requests[request]
    assert request_ended.ok, request_ended.message
    assert Counter(rig.firm.state().concluded.values()) == {"done": operations}
    assert rig.complaints() == []
    assert rig.firm.book.verify().ok


def test_four_deaths_in_one_run_leave_no_trace(make_rig: Callable[..., Rig]) -> None:
    """Each death at another durable step, each successor killed in turn; the last one finds all in order."""
    chance = random.Random(3)
    _die_at(make_rig(4), WORST, lambda: chance.randrange(2))


def test_two_workers_on_one_plan_send_each_operation_once(make_rig: Callable[..., Rig]) -> None:
    """Two processes that start at the same moment: one holds the firm, and each write goes out once."""
    rig = make_rig(3)
    rig.firm.served = True
    request = rig.ask_push()
    assert 0 in [ended(each) for each in [worker(rig), worker(rig)]]
    assert rig.firm.state().requests[request].ok
    assert rig.complaints() == []


@pytest.mark.long
@pytest.mark.timeout(1200)
def test_eight_workers_on_one_plan_send_each_operation_once(make_rig: Callable[..., Rig]) -> None:
    """The same with eight, among faults."""
    rig = make_rig(8)
    rig.firm.served = True
    rig.faulty(0.2, 8)
    request = rig.ask_push()
    workers = [worker(rig) for _ in range(8)]
    assert [ended(each) for each in workers] == [0] * 8
    assert rig.firm.state().requests[request].ok
    assert rig.complaints() == []


@pytest.mark.long
@pytest.mark.timeout(7200)
@pytest.mark.parametrize("seed", range(4))
def test_deaths_at_random_instants(make_rig: Callable[..., Rig], seed: int) -> None:
    """Killed at any instant, fifty times each (WORKBENCH_KILLS says how often), there and back again."""
    rig = make_rig(10)
    rig.firm.served = True
    chance, kills, plan = random.Random(seed), 0, rig.desk.plan()
    while kills < int(os.environ.get("WORKBENCH_KILLS", "50")):
        request = rig.desk.push_plan(plan, plan.words)
        while rig.firm.state().requests[request].state != "ended":
            doomed = worker(rig)
            doomed.join(chance.uniform(0.2, 4.0))
            doomed.kill()
            kills += ended(doomed) == -signal.SIGKILL
        assert rig.firm.state().requests[request].ok, rig.firm.state().requests[request].message
        assert rig.complaints() == []
        plan = rig.desk.undo_plan(str(rig.firm.state().requests[request].args["run_id"]))
    assert rig.firm.book.verify().ok


@pytest.mark.parametrize(
    ("kind", "phase"), [("answered", "before"), pytest.param("concluded", "after", marks=pytest.mark.long)]
)
def test_a_death_right_after_harm_does_not_hide_it(
    make_rig: Callable[..., Rig], kind: str, phase: str
) -> None:
    """The successor of a worker that did harm and died stops for it, before a second write."""
    rig = make_rig(3)
    rig.firm.served = True
    update = {"fault": "blank_omitted", "path": "client.api/update"}
    rig.sandbox.dials("xpm", next=[update] * 3)
    request = rig.ask_push()
    others = sum(o.side == "connectworks" for o in rig.desk.plan().operations)
    assert ended(worker(rig, kind, phase, others)) == -signal.SIGKILL
    assert ended(worker(rig)) == 0
    assert "also changed" in rig.firm.state().requests[request].message
    assert len([e for e in rig.sandbox.log("xpm") if e["changed"]]) == 1


@pytest.mark.long
@pytest.mark.timeout(3600)
@pytest.mark.parametrize("seed", range(int(os.environ.get("WORKBENCH_SEEDS", "20"))))
def test_a_death_at_every_durable_step_among_faults(make_rig: Callable[..., Rig], seed: int) -> None:
    """Before and after every kind of entry, at a random operation, at 20 % faults of every kind."""
    chance = random.Random(seed)
    rig = make_rig(24)
    rig.faulty(0.2, seed)
    _die_at(rig, chance.sample(STEPS, len(STEPS)), lambda: chance.randrange(4))
