"""The push protocol against a model of a hostile service: crashes at every seam, late wakers, people's edits.

Two workers share one operation. Hypothesis chooses who thinks and who acts, what goes wrong with each reply,
when somebody dies, sleeps or edits the record by hand, and how much time goes by.
"""

from __future__ import annotations

import os
import random
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from workbench.domain.records import Event, Operation, Seen
from workbench.reconcile.settle import Claim, Conclude, Forgo, Look, Seal, Send, Step, Wait, match, next_step

FRESH_S, LATE_S, LEASE_S = 5.0, 60.0, 60.0
SHORT, LONG = 100, int(os.environ.get("WORKBENCH_HISTORIES", "10000"))

BAD = ("lost before", "lost after", "late", "refused", "ignored", "bad answer", "other record")
BAD_SHARE = 0.3
SEEDS = st.integers(0, 2**32)
PAUSES = st.sampled_from([0.1, 0.5, 4.0, 6.0, 30.0, 61.0, 600.0])
NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
OLD, NEW, HUMAN = "old@kauri.example", "new@kauri.example", "human@kauri.example"


@dataclass
class Worker:
    """What one process has in memory."""

    name: str
    sealed: int | None = None
    meant: tuple[Step | None, int, int | None] | None = None  # its next step, the ledger's end then, its seal
    look: tuple[datetime, str | None] | None = None


@dataclass
class Service:
    """One record, and what the rules forbid to do to it."""

    operation: Operation
    now: datetime
    value: str | None
    late: list[datetime] = field(default_factory=list)
    applied: int = 0
    edited: list[datetime] = field(default_factory=list)
    sends: int = 0

    def pass_time(self, seconds: float) -> None:
        """Let time go by, and what is late arrive."""
        until = self.now + timedelta(seconds=seconds)
        for at in [at for at in self.late if at <= until]:
            self.late.remove(at)
            self.apply()
        self.now = until

    def apply(self) -> None:
        """Carry a request out."""
        self.value, self.applied = NEW, self.applied + 1

    def write(self, worker: Worker, bad: str | None, late_s: float) -> tuple[str, Seen | None]:
        """Receive one request, hold it to the rules, and treat it badly."""
        assert worker.look is not None, "sent without any look of its own"
        at, seen = worker.look
        assert self.now - at <= timedelta(seconds=FRESH_S), "sent on a look that was not fresh"
        assert seen == self.operation.before["email"], "sent onto another value than was decided on"
        assert not self.late, "sent while an earlier request could still arrive"
        if self.value != seen:
            assert self.edited and self.edited[-1] >= at, "overwrote what a look would have shown"
        self.sends += 1
        if bad == "late":
            self.late.append(self.now + timedelta(seconds=late_s))
        elif bad not in ("lost before", "refused", "ignored"):
            self.apply()
        self.pass_time(0.5)
        if bad == "refused":
            return "refused", None
        if bad in (None, "ignored"):
            return "echo", Seen({"email": self.value}, True, self.now)
        return ("uncertain", None) if bad not in ("bad answer", "other record") else ("echo", None)


class Protocol(RuleBasedStateMachine):
    """Everything that may happen to one operation, in any order."""

    def __init__(self) -> None:
        super().__init__()
        self.lives = 0
        self.workers = [Worker("a"), Worker("b")]
        self._begin(creates=False)

    def _begin(self, creates: bool) -> None:
        """Plan a change of a value, or a record that is not there yet."""
        self.creates = creates
        values = {"email": None if creates else OLD}, {"email": NEW}
        self.operation = Operation("xpm", "client", "x1", "x1", *values, (1,), "ann")
        now = self.service.now if hasattr(self, "service") else NOON
        self.service = Service(self.operation, now, values[0]["email"])
        self.events: list[Event] = []

    # --- what may happen -----------------------------------------------------------------------------------

    @rule(which=st.integers(0, 1))
    def think(self, which: int) -> None:
        """One worker asks what to do; it may be long before it does it."""
        worker = self.workers[which]
        if worker.meant is None:
            worker.meant = (self._next(worker), len(self.events), worker.sealed)
            worker.sealed = None

    @rule(which=st.integers(0, 1), seed=SEEDS)
    def act(self, which: int, seed: int) -> None:
        """Do what was meant, whatever has happened since; the reply may be bad."""
        chance = random.Random(seed)
        self._act(self.workers[which], self._reply(chance), chance.uniform(0, LATE_S - 1))

    @rule(which=st.integers(0, 1), steps=st.integers(1, 12), seed=SEEDS)
    def work(self, which: int, steps: int, seed: int) -> None:
        """Take several steps, now and then with a pause; after an end, begin with the next operation."""
        chance = random.Random(seed)
        for _ in range(steps):
            ended = [event for event in self.events if event.kind == "concluded"]
            if ended and not any(worker.meant for worker in self.workers):
                self._hold_against(ended[0].body["outcome"])
                self._begin(not self.creates)
            who = which if chance.random() < 0.9 else 1 - which
            self.think(who)
            if chance.random() < 0.15:
                self.service.pass_time(chance.choice((1.0, 4.0, 6.0, 20.0, 61.0)))
                who = chance.randrange(2)  # whoever thought may sleep on its step
            self._act(self.workers[who], self._reply(chance), chance.uniform(0, LATE_S - 1))

    def _reply(self, chance: random.Random) -> str | None:
        return chance.choice(BAD) if chance.random() < BAD_SHARE else None

    @rule(which=st.integers(0, 1))
    def die(self, which: int) -> None:
        """Let a process die between any two steps, and another one start."""
        self.lives += 1
        self.workers[which] = Worker(f"life {self.lives}")

    @rule(seconds=PAUSES)
    def wait(self, seconds: float) -> None:
        """Time goes by."""
        self.service.pass_time(seconds)

    @precondition(lambda self: len(self.service.edited) < 2)
    @rule(back=st.booleans())
    def edit(self, back: bool) -> None:
        """Somebody edits the record by hand; now and then to what it was."""
        if self.operation.before["email"] is None:
            return  # a record that is to be made is nobody's to edit yet
        self.service.value = OLD if back else HUMAN
        self.service.edited.append(self.service.now)

    # --- what must hold ------------------------------------------------------------------------------------

    @invariant()
    def nothing_is_doubled(self) -> None:
        """Once at most it is concluded and has its effect (unless somebody edits it back)."""
        assert sum(event.kind == "concluded" for event in self.events) <= 1
        if not self.service.edited:
            assert self.service.applied <= 1, "a write had its effect twice"

    def teardown(self) -> None:
        """Whatever happened: one restart brings it to a true end."""
        last = Worker("last")
        for _ in range(300):
            last.meant = (self._next(last), len(self.events), last.sealed)
            last.sealed = None
            if last.meant[0] is None:
                break
            self._act(last, None, 0.0)
        (ended,) = [event for event in self.events if event.kind == "concluded"]
        self._hold_against(ended.body["outcome"])

    def _hold_against(self, outcome: str) -> None:
        service = self.service
        assert not service.late, "ended while a request could still arrive"
        if outcome == "done":
            assert service.applied >= 1, "recorded as done without a write that arrived"
        if outcome == "already":
            assert not service.sends or service.edited, "recorded as found so, after sending"
        if outcome in ("refused", "gave_up") and not service.edited:
            assert service.value == self.operation.before["email"], "recorded as not written, and it was"
        if outcome == "stale":
            assert service.edited, "recorded as changed by somebody, and nobody did"

    # --- how a step is performed: the shape of `workbench.flow.push` ---------------------------------------

    def _next(self, worker: Worker) -> Step | None:
        return next_step(
            self.operation,
            self.events,
            self.service.now,
            holder=worker.name,
            sealed=worker.sealed,
            fresh_s=FRESH_S,
            late_commit_s=LATE_S,
            lease_s=LEASE_S,
        )

    def _append(self, kind: str, **body: object) -> int:
        body = {"operation_id": self.operation.operation_id, **body}
        self.events.append(Event(len(self.events) + 1, self.service.now.isoformat(), "ann", kind, body))
        return len(self.events)

    def _act(self, worker: Worker, bad: str | None, late_s: float) -> None:
        if worker.meant is None:
            return
        step, end, sealed = worker.meant
        worker.meant = None
        overtaken = len(self.events) > end  # a seal and an end hold only for what the ledger said
        match step:
            case Claim():
                self._append("claimed", run_id="r1", holder=worker.name)
            case Look(why):
                self._look(worker, why, bad)
            case Seal() if not overtaken:
                worker.sealed = self._append("sending", holder=worker.name)
            case Send(not_after):
                self._send(worker, sealed, not_after, bad, late_s)
            case Forgo():
                self._append("answered", sealed=sealed, answer="unsent")
            case Wait(until):
                self.service.pass_time(max(0.0, (until - self.service.now).total_seconds()))
            case Conclude(outcome, reason) if not overtaken:
                self._append("concluded", run_id="r1", outcome=outcome, reason=reason, calls=0)

    def _look(self, worker: Worker, why: str, bad: str | None) -> None:
        self.service.pass_time(0.3)
        seen = None if bad else Seen({"email": self.service.value}, True, self.service.now)
        worker.look = (self.service.now, self.service.value) if seen else worker.look
        fits = match(self.operation, seen)
        at = self.service.now.isoformat()
        self._append("seen", match=fits, why=why, looked_at=at, harm=[], holder=worker.name)

    def _send(
        self, worker: Worker, sealed: int | None, not_after: datetime, bad: str | None, late_s: float
    ) -> None:
        if self.service.now >= not_after:
            self._append("answered", sealed=sealed, answer="unsent")
            return
        answer, echo = self.service.write(worker, bad, late_s)
        self._append("answered", sealed=sealed, answer=answer, match=match(self.operation, echo), harm=[])


def _run(histories: int) -> None:
    run_state_machine_as_test(
        Protocol,
        settings=settings(
            max_examples=histories,
            stateful_step_count=25,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )


def test_no_history_makes_the_protocol_lose_double_or_overwrite() -> None:
    """30 % bad replies of every kind, deaths, late wakers, edits: every send has a fresh look of its own."""
    _run(SHORT)


@pytest.mark.long
@pytest.mark.timeout(7200)
def test_ten_thousand_histories() -> None:
    """The same, ten thousand times (WORKBENCH_HISTORIES says how often)."""
    _run(LONG)


def test_without_faults_a_push_takes_one_look_and_one_write() -> None:
    """The calm path costs two calls: the whole echo is the closing look."""
    machine: Any = Protocol()
    for _ in range(6):
        machine.think(which=0)
        machine._act(machine.workers[0], None, 0.0)
    assert [e.kind for e in machine.events] == ["claimed", "seen", "sending", "answered", "concluded"]
    assert (machine.service.value, machine.service.applied) == (NEW, 1)
