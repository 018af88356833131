"""The push protocol against a model of a hostile service, with crashes at every seam."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from workbench.domain.records import Event, Operation, Seen
from workbench.reconcile.settle import Claim, Conclude, Look, Seal, Send, Wait, match, next_step

FRESH_S, LATE_S, LEASE_S = 5.0, 60.0, 60.0
HISTORIES = int(os.environ.get("WORKBENCH_HISTORIES", "300"))

OPERATION = Operation(
    "xpm", "client", "x1", "x1", {"email": "old@kauri.example"}, {"email": "new@kauri.example"}, (1,), "ann"
)


class Crashed(Exception):
    """The process died here."""


@dataclass
class Model:
    """One record of a service, its clock, the ledger, and what the rules forbid."""

    choices: st.DataObject
    now: datetime = datetime(2026, 3, 2, tzinfo=UTC)
    value: str | None = "old@kauri.example"
    late: list[tuple[datetime, str]] = field(default_factory=list)
    events: list[Event] = field(default_factory=list)
    last_look: tuple[datetime, str] | None = None
    sent_at: list[datetime] = field(default_factory=list)
    applied: int = 0
    human_edits: int = 0
    overwritten_unseen: int = 0
    faults_left: int = 12

    def draw(self, strategy: st.SearchStrategy) -> Any:
        """Let hypothesis choose."""
        return self.choices.draw(strategy)

    def fault(self, *kinds: str) -> str:
        """Draw what goes wrong: about one time in three something does, until the service has had enough."""
        if self.faults_left == 0:
            return "none"
        kind = str(self.draw(st.sampled_from(["none"] * 2 * len(kinds) + list(kinds))))
        self.faults_left -= kind != "none"
        return kind

    def pass_time(self, seconds: float) -> None:
        """Let time go by, and what is late arrive."""
        until = self.now + timedelta(seconds=seconds)
        for at, value in sorted(self.late):
            if at <= until:
                self.late.remove((at, value))
                self.value, self.applied = value, self.applied + 1
        self.now = until

    def append(self, kind: str, **body: object) -> int:
        """Append an event; the process may die just before or just after it."""
        crash = self.fault("crash before", "crash after")
        if crash == "crash before":
            raise Crashed
        body = {"operation_id": OPERATION.operation_id, **body}
        self.events.append(Event(len(self.events) + 1, self.now.isoformat(), "ann", kind, body))
        if crash == "crash after":
            raise Crashed
        return len(self.events)

    def look(self) -> Seen | None:
        """Show the record, or give no answer."""
        self.pass_time(0.3)
        if self.fault("no answer") != "none":
            return None
        self.last_look = (self.now, self.value or "")
        return Seen({"email": self.value}, True, self.now)

    def human(self) -> None:
        """Somebody edits the record by hand, at most once; or nobody does."""
        if self.human_edits == 0 and self.fault("edit") == "edit":
            self.value, self.human_edits = "human@kauri.example", 1

    def write(self) -> tuple[str, Seen | None]:
        """Receive one request, and treat it badly."""
        self._hold_to_the_rules()
        self.sent_at.append(self.now)
        fault = self.fault("lost before", "lost after", "late", "refused", "ignored", "bad answer", "crash")
        if fault in ("none", "lost after", "bad answer", "crash"):
            self.value, self.applied = OPERATION.after["email"], self.applied + 1
        if fault == "late":
            delay = float(self.draw(st.floats(0.0, LATE_S - 1)))
            self.late.append((self.now + timedelta(seconds=delay), str(OPERATION.after["email"])))
        self.pass_time(0.5)
        if fault == "crash":
            raise Crashed
        if fault == "refused":
            return "refused", None
        if fault in ("none", "ignored"):
            return "echo", Seen({"email": self.value}, True, self.now)
        return ("echo", Seen({}, False, self.now)) if fault == "bad answer" else ("uncertain", None)

    def _hold_to_the_rules(self) -> None:
        assert self.last_look is not None, "sent without any look"
        at, value = self.last_look
        assert self.now - at <= timedelta(seconds=FRESH_S), "sent on a look that was not fresh"
        assert value == OPERATION.before["email"], "sent onto another value than was decided on"
        assert not self.late, "sent while an earlier request could still arrive"
        assert self.value != OPERATION.after["email"], "sent again what had been applied"


def perform(model: Model, holder: str) -> None:
    """Do what `next_step` says until nothing is left; the shape of the real performer."""
    sealed: int | None = None
    for _ in range(400):
        step = next_step(
            OPERATION,
            model.events,
            model.now,
            holder=holder,
            sealed=sealed,
            fresh_s=FRESH_S,
            late_commit_s=LATE_S,
            lease_s=LEASE_S,
        )
        seal, sealed = sealed, None
        match step:
            case None:
                return
            case Claim():
                model.append("claimed", run_id="r1", holder=holder)
            case Look(why):
                fits = match(OPERATION, model.look())
                model.append("seen", match=fits, why=why, looked_at=model.now.isoformat())
                model.pass_time(float(model.draw(st.sampled_from([0.1, 0.1, 4.0, 9.0]))))
            case Seal():
                sealed = model.append("sending", holder=holder)
            case Send(not_after):
                assert model.now < not_after
                answer, echo = model.write()
                fits = match(OPERATION, echo)
                model.append("answered", sealed=seal, answer=answer, match=fits, harm=[])
            case Wait(until):
                assert until > model.now, "a wait that does not wait"
                model.human()
                model.pass_time((until - model.now).total_seconds())
            case Conclude(outcome, reason):
                at_end = model.value
                model.append("concluded", run_id="r1", outcome=outcome, reason=reason, calls=0, at_end=at_end)
    raise AssertionError("the operation does not come to an end")


def live_through(model: Model, same_name: bool) -> None:
    """Start anew after every crash, under the same name or another, until the operation has ended."""
    for life in range(40):
        try:
            perform(model, "worker" if same_name else f"worker {life}")
            return
        except Crashed:
            model.pass_time(float(model.draw(st.sampled_from([0.0, 2.0, 30.0, 61.0, 600.0]))))
            model.human()
    raise AssertionError("the operation does not come to an end")


@settings(max_examples=HISTORIES, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.data(), st.booleans())
def test_no_history_makes_the_protocol_lose_double_or_overwrite(data: st.DataObject, same_name: bool) -> None:
    """Whatever the service and fate do: every send rests on a fresh look, and nothing ends falsely."""
    model = Model(data)
    live_through(model, same_name)
    ended = [event for event in model.events if event.kind == "concluded"]
    assert len(ended) == 1, "an operation is concluded once"
    outcome = ended[0].body["outcome"]
    assert model.applied <= 1, "a write had its effect twice"
    if outcome == "done":
        assert model.applied >= 1, "recorded as done without a write that arrived"
    if outcome == "already":
        assert model.applied == 0 and not model.sent_at, "recorded as found so, after sending"
    if outcome in ("refused", "gave_up") and not model.human_edits:
        assert model.value == OPERATION.before["email"], "recorded as not written, and it was"
    assert not model.late, "ended while a request could still arrive"


def test_without_faults_a_push_takes_one_look_and_one_write() -> None:
    """The calm path costs two calls: the whole echo is the closing look."""

    class Calm(Model):
        def fault(self, *kinds: str) -> str:
            return "none"

        def draw(self, strategy: st.SearchStrategy) -> Any:
            return 0.1

    model = Calm(None)  # type: ignore[arg-type]
    perform(model, "worker")
    assert [e.kind for e in model.events] == ["claimed", "seen", "sending", "answered", "concluded"]
    assert (model.value, model.applied) == ("new@kauri.example", 1)
