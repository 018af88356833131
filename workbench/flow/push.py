"""Perform a sealed plan step by step, as `reconcile.settle` says, and write down what came of it."""

from __future__ import annotations

import json
import logging
import uuid
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from functools import partial

from workbench.domain.errors import (
    Gone,
    NotUnderstood,
    Overtaken,
    QuotaSpent,
    Refused,
    SignInNeeded,
    SlowDown,
    TooLate,
    Unreachable,
)
from workbench.domain.fields import SIDE_LABELS
from workbench.domain.records import Entry, Event, Operation, Seen, Values, canonical
from workbench.domain.warnings import come_up
from workbench.flow.firm import Firm
from workbench.flow.freshness import keep_answers, look_at_client, verified
from workbench.flow.stop_loss import pause_if_off
from workbench.reconcile.cautions import of_record
from workbench.reconcile.compare import same_value
from workbench.reconcile.replay import HARMED, ONTO
from workbench.reconcile.settle import (
    Claim,
    Conclude,
    Forgo,
    Look,
    Seal,
    Send,
    Wait,
    covers,
    harm,
    match,
    next_step,
)
from workbench.systems.clock import wait_until
from workbench.systems.port import Progress, silent

_PROTOCOL = ("claimed", "seen", "sending", "answered", "concluded")

log = logging.getLogger(__name__)


class _Journal:
    """What the ledger says of some operations, read on from where we were.

    Nothing can have happened to an operation before the last decision that it carries, so that a long ledger
    is not read from its beginning.
    """

    def __init__(self, firm: Firm, operations: Iterable[Operation]) -> None:
        self._book = firm.book
        places = {o.operation_id: max(o.decisions, default=0) for o in operations}
        self._events: dict[str, list[Event]] = {operation_id: [] for operation_id in places}
        self.seq = self._book.head().seq
        self._take(self._book.events(min(places.values(), default=self.seq), _PROTOCOL))

    def read_on(self, operation: Operation) -> list[Event]:
        """Give an operation's events as they are now; `seq` is then the ledger's end."""
        self._take(self._book.events(self.seq))
        return self.of(operation)

    def of(self, operation: Operation) -> list[Event]:
        """Give those that are known already."""
        return self._events[operation.operation_id]

    def _take(self, events: Iterable[Event]) -> None:
        for event in events:
            self.seq = max(self.seq, event.seq)
            known = self._events.get(event.body.get("operation_id", ""))
            if known is not None:
                known.append(event)


class Push:
    """One run of one plan.

    Parameters
    ----------
    firm : Firm
        Whose connections are written to.
    run_id : str
        The run, as sealed in the ledger with all its operations.
    operations : sequence of Operation
        In the order of the plan.
    by : str
        Who asked for it.
    insist : callable, optional
        Called before each step; raises when the work is not ours any more.
    """

    def __init__(
        self,
        firm: Firm,
        run_id: str,
        operations: Sequence[Operation],
        by: str,
        insist: Callable[[], None] = lambda: None,
    ) -> None:
        self._firm = firm
        self._run_id = run_id
        self._operations = operations
        self._by = by
        self._insist = insist
        # A name of its own for each performance: what an earlier one saw is not in our hands any more.
        self._holder = uuid.uuid4().hex
        concluded = firm.state().concluded
        self._journal = _Journal(firm, (o for o in operations if o.operation_id not in concluded))
        self._calls: Counter[str] = Counter()
        self._onto: Seen | None = None  # the look that our own last request followed
        self._asked = max((e.seq for e in firm.book.events(kinds=["requested"]) if _of(e, run_id)), default=0)

    def perform(self, progress: Progress = silent) -> Counter[str]:
        """Bring every operation to its end.

        Returns
        -------
        Counter
            How many operations ended in which outcome.

        Raises
        ------
        RunPaused
            If something is off: a write that changed other fields, or refusals in a row.
        QuotaSpent, SignInNeeded
            If the service lets nobody go on; asking again later carries on.
        """
        total = len(self._operations)
        self._brake()
        for done, operation in enumerate(self._operations):
            if operation.operation_id in self._firm.state().concluded:
                continue
            progress(done, total, f"Pushing to {SIDE_LABELS[operation.side]}")
            waiting = partial(progress, done, total, "Waiting until the answer is clear")
            self._bring_to_end(operation, waiting)
            self._firm.note_quota()
            self._brake()
        progress(total, total, "Pushed")
        concluded = self._firm.state().concluded
        return Counter(concluded[operation.operation_id] for operation in self._operations)

    def _bring_to_end(self, operation: Operation, waiting: Callable[[], None]) -> None:
        sealed: int | None = None
        seen: Seen | None = None
        self._onto = None
        while True:
            self._insist()
            events = self._journal.read_on(operation)
            step = self._withdrawn(operation, events) or next_step(
                operation,
                events,
                self._firm.clock.now(),
                holder=self._holder,
                sealed=sealed,
                late_commit_s=self._firm.settings.xpm.late_commit_s,
                lease_s=0.0,  # the firm's lock lets in one worker: whoever else is named has died
            )
            sealed_before, sealed = sealed, None
            match step:
                case None:
                    return
                case Claim():
                    self._write("claimed", operation, run_id=self._run_id, holder=self._holder)
                case Look(why):
                    seen = self._look(operation, why)
                case Seal():
                    sealed = self._seal(operation)
                case Forgo():
                    self._write("answered", operation, sealed=sealed_before, answer="unsent")
                case Send(not_after):
                    self._send(operation, seen, sealed_before, not_after)
                case Wait(until):
                    # Whoever wants it to stop is heard; what was sent is settled next time.
                    wait_until(self._firm.clock, until, waiting)
                case Conclude(outcome, reason):
                    self._conclude(operation, outcome, reason, seen)

    def _withdrawn(self, operation: Operation, events: Sequence[Event]) -> Conclude | None:
        """End it where the choice behind it fell since, unless something may have been sent."""
        begun = any(event.kind in ("sending", "concluded") for event in events)
        if begun or not self._firm.state().overtaken(operation):
            return None
        return Conclude("stale", "The choice behind it was changed or taken back; nothing was written.")

    def _seal(self, operation: Operation) -> int | None:
        """Write down that it is about to be sent; None if anything came between judging and writing."""
        body = {"operation_id": operation.operation_id, "holder": self._holder}
        entry = Entry("sending", body, {}, operation.client_id)
        try:
            return self._firm.book.append([entry], self._by, after=self._journal.seq)[0]
        except Overtaken:
            return None

    def _look(self, operation: Operation, why: str) -> Seen | None:
        """See the resource; what cannot be read is written down as unclear, never guessed."""
        system = self._firm.connections.system[operation.side]
        self._calls[operation.operation_id] += 1
        seen: Seen | None = None
        try:
            seen = system.look(operation.client_id, operation.resource, operation.resource_id)
            fits = match(operation, seen, self._alike if why == "closing" else None)
            if why == "first" and fits == "before" and self._unseen(operation, seen):
                fits = "marked"  # type: ignore[assignment]
        except Gone:
            fits = "gone"  # type: ignore[assignment]
        except (Refused, Unreachable, NotUnderstood, SlowDown):
            fits = "unclear"
        at = (seen.at if seen else self._firm.clock.now()).isoformat()
        harmed = self._harmed(operation, seen)
        told = {"match": fits, "why": why, "looked_at": at, "harm": list(harmed), "holder": self._holder}
        # Whoever comes after a crash holds what it finds against this, as we would have.
        onto = {ONTO: canonical(seen.marks).decode()} if seen and fits == "before" else {}
        self._write("seen", operation, self._held_before(harmed) | onto, **told)
        return seen

    def _unseen(self, operation: Operation, seen: Seen) -> bool:
        """Tell whether the record is marked as nobody knew who decided: as deceased, archived or closed."""
        decided = self._firm.state().decided
        known = [decided[seq].private.get("warnings") for seq in operation.decisions if seq in decided]
        if operation.resource == "contact" or not any(known):  # of a contact's clients its look tells nothing
            return False
        clients = self._firm.connections.system[operation.side].parse(seen.answers).clients
        shown = clients.loc[clients["client_id"] == operation.client_id, ["deceased", "lifecycle"]]
        marks = (of_record(operation.side, died, state) for died, state in shown.itertuples(index=False))
        return any(come_up(warnings, now) for now in marks for warnings in known)

    def _harmed(self, operation: Operation, now: Seen | None, *, echo: bool = False) -> tuple[str, ...]:
        """Name the other fields that are not as they were before the last request that may have arrived."""
        before = self._before(operation)
        if not before or now is None or not now.whole:
            return ()
        return harm(operation, before, now.marks, echo=echo)

    def _before(self, operation: Operation) -> Values:
        """Give every field's mark from the look that the last request followed, ours or a dead one's."""
        events = self._journal.of(operation)
        answered = {e.body["sealed"]: e.body["answer"] for e in events if e.kind == "answered"}
        seals = [
            e for e in events if e.kind == "sending" and answered.get(e.seq) not in ("refused", "unsent")
        ]
        if not seals:
            return {}
        sent = seals[-1]
        looks = (
            e.private[ONTO]
            for e in reversed(events)
            if e.seq < sent.seq and ONTO in e.private and e.body["holder"] == sent.body["holder"]
        )
        return dict(json.loads(next(looks, None) or "{}"))

    def _held_before(self, harmed: Iterable[str]) -> dict[str, str | None]:
        """Give what fields held before our own request, as far as it is known."""
        values = self._onto.values if self._onto else {}
        return {HARMED + name: values[name] for name in harmed if name in values}

    def _send(self, operation: Operation, seen: Seen | None, seal: int | None, not_after: datetime) -> None:
        """Send once; whatever is not surely refused or unsent is uncertain until looked at."""
        if seen is None or self._firm.clock.now() >= not_after:
            self._write("answered", operation, sealed=seal, answer="unsent")
            return
        system = self._firm.connections.system[operation.side]
        self._calls[operation.operation_id] += 1
        self._onto = seen
        try:
            echo = system.write(operation, seen, self._run_id, not_after)
        except Refused as refused:
            self._onto = None  # nothing was written: whatever changes now is another's doing
            self._write("answered", operation, {"words": refused.what}, sealed=seal, answer="refused")
        except (SlowDown, TooLate):
            self._onto = None
            self._write("answered", operation, sealed=seal, answer="unsent")
        except (QuotaSpent, SignInNeeded):
            self._write("answered", operation, sealed=seal, answer="unsent")
            raise
        except Exception:
            # Also a failure of our own code: the request may have left.
            log.exception("The answer to a write could not be used")
            self._write("answered", operation, sealed=seal, answer="uncertain")
        else:
            harmed = self._harmed(operation, echo, echo=True)
            # An echo that leaves out what the look told is not the closing look: that is to follow.
            fits = match(operation, echo, self._alike) if covers(echo.marks, seen.marks) else "unclear"
            told = {"sealed": seal, "answer": "echo", "match": fits, "harm": list(harmed)}
            self._write("answered", operation, self._held_before(harmed), **told)
            if harmed:
                keep_answers(self._firm, seen.answers, self._by)  # as it was: perhaps somebody has to mend it
            keep_answers(self._firm, echo.answers, self._by)

    def _alike(self, name: str, one: str | None, other: str | None) -> bool:
        return same_value(name, one, other, self._firm.settings.firm.home_country)

    def _conclude(self, operation: Operation, outcome: str, reason: str, seen: Seen | None) -> None:
        """Write the outcome down together with what it teaches: fresh records and agreed values.

        It holds for what the ledger said when it was judged: if anything came between, it is judged again.
        """
        harmed, before = self._harm_of(operation)
        private = self._told(operation) | before
        elsewhere = operation.resource != "client" and outcome in ("done", "already")
        body = {
            "operation_id": operation.operation_id,
            "run_id": self._run_id,
            "outcome": outcome,
            "reason": reason,
            "calls": self._calls[operation.operation_id] + elsewhere,
            "harm": harmed,
        }
        agreed = verified(self._firm, operation) if outcome in ("done", "already") else []
        ended = Entry("concluded", body, private, operation.client_id)
        try:
            self._firm.book.append([ended, *agreed], self._by, after=self._journal.seq)
        except Overtaken:
            return
        if elsewhere:
            self._look_at_client(operation)
        elif outcome in ("stale", "already") and seen is not None:
            keep_answers(self._firm, seen.answers, self._by)

    def _look_at_client(self, operation: Operation) -> None:
        """See the client through which something of it was written; if that fails, the next pull shows it."""
        try:
            look_at_client(self._firm, operation.side, operation.client_id, self._by)
        except (Refused, Unreachable, NotUnderstood, SlowDown) as error:
            log.warning("A client could not be seen after its write: %s", error)

    def _told(self, operation: Operation) -> dict[str, str | None]:
        """Give the service's last words about an operation, if it had any."""
        events = reversed(self._journal.of(operation))
        return next(({"words": e.private["words"]} for e in events if "words" in e.private), {})

    def _harm_of(self, operation: Operation) -> tuple[list[str], dict[str, str | None]]:
        """Name the other fields that an operation was last seen to have changed, and give what they held."""
        events = [e for e in self._journal.of(operation) if e.body.get("harm")]
        if not events:
            return [], {}
        last = events[-1]
        return last.body["harm"], {k: v for k, v in last.private.items() if k.startswith(HARMED)}

    def _write(self, kind: str, operation: Operation, private: Values | None = None, **body: object) -> int:
        body = {"operation_id": operation.operation_id, **body}
        entry = Entry(kind, body, private or {}, operation.client_id)
        return self._firm.append([entry], self._by)[0]

    def _brake(self) -> None:
        """Pause the run if something is off.

        Only what ended since somebody asked for the run counts: asking again is the answer that it should go
        on, also where the rest will be harmed likewise. A successor after a crash was not asked anew, and
        stops for what its predecessor had seen.
        """
        carried = sorted(self._firm.state().carried_by(self._run_id), key=lambda c: c.seq)
        accepted = {name for c in carried if c.seq <= self._asked for name in c.besides}
        since = [c for c in carried if c.seq > self._asked]
        pause_if_off(since, len(self._operations), accepted)


def _of(requested: Event, run_id: str) -> bool:
    return (requested.body.get("args") or {}).get("run_id") == run_id
