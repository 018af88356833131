"""Perform a sealed plan step by step, as `reconcile.settle` says, and write down what came of it."""

from __future__ import annotations

import logging
import uuid
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from workbench.domain.errors import (
    NotUnderstood,
    QuotaSpent,
    Refused,
    ServiceError,
    SignInNeeded,
    SlowDown,
    Unreachable,
)
from workbench.domain.fields import SIDE_LABELS, label_of
from workbench.domain.records import Entry, Event, Operation, Seen, Values
from workbench.flow.firm import Firm
from workbench.flow.freshness import keep_answers, look_at_client, verified
from workbench.reconcile.compare import same_value
from workbench.reconcile.settle import Claim, Conclude, Look, Seal, Send, Wait, harm, match, next_step
from workbench.systems.port import Progress, silent

MOST_REFUSALS_IN_A_ROW = 3

log = logging.getLogger(__name__)


class RunPaused(ServiceError):
    """A run stopped before its end; pushing the same plan again carries on."""


@dataclass
class _Journal:
    """The run's events as the ledger has them, read on from where we were."""

    firm: Firm
    seq: int = 0
    events: dict[str, list[Event]] = field(default_factory=lambda: defaultdict(list))

    def of(self, operation: Operation) -> list[Event]:
        for event in self.firm.book.events(after=self.seq):
            self.seq = event.seq
            if "operation_id" in event.body:
                self.events[event.body["operation_id"]].append(event)
        return self.events[operation.operation_id]


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
    """

    def __init__(self, firm: Firm, run_id: str, operations: Sequence[Operation], by: str) -> None:
        self._firm = firm
        self._run_id = run_id
        self._operations = operations
        self._by = by
        # A name of its own for each performance: what an earlier one saw is not in our hands any more.
        self._holder = uuid.uuid4().hex
        self._journal = _Journal(firm)
        self._calls: Counter[str] = Counter()
        self._refused_in_a_row = 0

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
        for done, operation in enumerate(self._operations):
            if operation.operation_id in self._firm.state().concluded:
                continue
            progress(done, total, f"Pushing to {SIDE_LABELS[operation.side]}")
            self._bring_to_end(operation)
            self._firm.note_quota()
            self._brake(operation)
        progress(total, total, "Pushed")
        concluded = self._firm.state().concluded
        return Counter(concluded[operation.operation_id] for operation in self._operations)

    def _bring_to_end(self, operation: Operation) -> None:
        sealed: int | None = None
        seen: Seen | None = None
        while True:
            step = next_step(
                operation,
                self._journal.of(operation),
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
                case Seal(kind):
                    sealed = self._write(kind, operation, holder=self._holder)
                case Send(not_after):
                    self._send(operation, seen, sealed_before, not_after)
                case Wait(until):
                    self._firm.clock.sleep((until - self._firm.clock.now()).total_seconds())
                case Conclude(outcome, reason):
                    self._conclude(operation, outcome, reason, seen)

    def _look(self, operation: Operation, why: str) -> Seen | None:
        """See the resource; what cannot be read is written down as unclear, never guessed."""
        system = self._firm.connections.system[operation.side]
        self._calls[operation.operation_id] += 1
        seen: Seen | None = None
        try:
            seen = system.look(operation.client_id, operation.resource, operation.resource_id)
            fits = match(operation, seen, self._alike if why == "closing" else None)
        except Refused:
            fits = "gone"  # type: ignore[assignment]
        except (Unreachable, NotUnderstood):
            fits = "unclear"
        at = (seen.at if seen else self._firm.clock.now()).isoformat()
        self._write("seen", operation, match=fits, why=why, looked_at=at)
        return seen

    def _send(self, operation: Operation, seen: Seen | None, seal: int | None, not_after: datetime) -> None:
        """Send once; whatever is not surely refused or unsent is uncertain until looked at."""
        if seen is None or self._firm.clock.now() >= not_after:
            self._write("answered", operation, sealed=seal, answer="unsent")
            return
        system = self._firm.connections.system[operation.side]
        self._calls[operation.operation_id] += 1
        try:
            echo = system.write(operation, seen, self._run_id)
        except Refused as refused:
            self._write("answered", operation, {"words": refused.what}, sealed=seal, answer="refused")
        except SlowDown:
            self._write("answered", operation, sealed=seal, answer="unsent")
        except (QuotaSpent, SignInNeeded):
            self._write("answered", operation, sealed=seal, answer="unsent")
            raise
        except Exception:
            # Also a failure of our own code: the request may have left.
            log.exception("The answer to a write could not be used")
            self._write("answered", operation, sealed=seal, answer="uncertain")
        else:
            harmed = list(harm(operation, seen.values, echo.values)) if echo.whole else []
            fits = match(operation, echo, self._alike)
            self._write("answered", operation, sealed=seal, answer="echo", match=fits, harm=harmed)
            keep_answers(self._firm, echo.answers, self._by)

    def _alike(self, name: str, one: str | None, other: str | None) -> bool:
        return same_value(name, one, other, self._firm.settings.firm.home_country)

    def _conclude(self, operation: Operation, outcome: str, reason: str, seen: Seen | None) -> None:
        """Write the outcome down together with what it teaches: fresh records and agreed values."""
        events = reversed(self._journal.of(operation))
        words = next((e.private["words"] for e in events if "words" in e.private), None)
        body = {
            "operation_id": operation.operation_id,
            "run_id": self._run_id,
            "outcome": outcome,
            "reason": reason,
            "calls": self._calls[operation.operation_id],
        }
        agreed = verified(self._firm, operation) if outcome in ("done", "already") else []
        ended = Entry("concluded", body, {"words": words} if words else {}, operation.client_id)
        self._firm.append([ended, *agreed], self._by)
        if operation.resource != "client" and outcome in ("done", "already"):
            look_at_client(self._firm, operation.side, operation.client_id, self._by)
        elif outcome in ("stale", "already") and seen is not None:
            keep_answers(self._firm, seen.answers, self._by)

    def _write(self, kind: str, operation: Operation, private: Values | None = None, **body: object) -> int:
        body = {"operation_id": operation.operation_id, **body}
        entry = Entry(kind, body, private or {}, operation.client_id)
        return self._firm.append([entry], self._by)[0]

    def _brake(self, operation: Operation) -> None:
        """Stop the run when a write did harm, or when the service keeps refusing."""
        label = SIDE_LABELS[operation.side]
        answers = [e for e in self._journal.of(operation) if e.kind == "answered"]
        harmed = answers[-1].body.get("harm") if answers else None
        if harmed:
            fields = ", ".join(label_of(name) for name in harmed)
            raise RunPaused(
                f"{label} changed {fields} as well, which nobody asked for; the run stopped.",
                "Look at this client in both systems before you push again; Undo takes the run back.",
            )
        refused = self._firm.state().concluded[operation.operation_id] == "refused"
        self._refused_in_a_row = self._refused_in_a_row + 1 if refused else 0
        if self._refused_in_a_row == MOST_REFUSALS_IN_A_ROW:
            raise RunPaused(
                f"{label} refused {MOST_REFUSALS_IN_A_ROW} changes in a row; the run stopped.",
                "Read its words in History, then push again to carry on with the rest.",
            )
