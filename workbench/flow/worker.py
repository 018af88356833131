"""The one who carries out what was asked for: holds the tokens, pulls, refreshes and pushes.

Kernels and notebooks only write requests into the ledger. Whoever holds the firm's lock is its worker: the
process that `workbench serve` starts, or a thread of a notebook that runs on one's own machine.
"""

from __future__ import annotations

import logging
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import timedelta
from functools import partial
from zoneinfo import ZoneInfo

from workbench.domain.errors import (
    FirmBusy,
    NotUnderstood,
    QuotaSpent,
    Refused,
    SignInNeeded,
    SlowDown,
    Unreachable,
    WorkbenchError,
)
from workbench.domain.fields import SIDES, XPM, Side
from workbench.domain.records import Entry, Tenant
from workbench.flow.adopt import adopt_links
from workbench.flow.configuring import note_by_hand
from workbench.flow.create import create, permit_creation
from workbench.flow.custom_fields import read_custom_fields
from workbench.flow.doctor import examine, report
from workbench.flow.duty import HUNG_S, Duty
from workbench.flow.firm import Firm
from workbench.flow.freshness import refresh
from workbench.flow.handing_over import note_arrivals
from workbench.flow.permission import permit
from workbench.flow.pull import pull_side
from workbench.flow.push import Push
from workbench.flow.sealing import judge
from workbench.flow.sightings import note_returns
from workbench.flow.signing_in import choose_practice, forget, sign_in
from workbench.reconcile.state import Request, RunSoFar
from workbench.systems.clock import wait_until
from workbench.systems.consent import Consent
from workbench.systems.pace import next_midnight
from workbench.systems.port import Progress

POLL_S = 0.3
PATIENCE_S = (5.0, 20.0)
"""So long a push waits before it tries again, and again."""

log = logging.getLogger(__name__)


class Stopped(WorkbenchError):
    """A person asked the work to stop."""


class Superseded(WorkbenchError):
    """Another worker has taken this one's place while it gave no sign of life."""


class Worker:
    """Carries out a firm's requests, one after the other.

    Parameters
    ----------
    firm : Firm
        Whose requests are carried out.
    hung_s : float
        As in `Duty`.
    """

    def __init__(self, firm: Firm, hung_s: float = HUNG_S) -> None:
        self._firm = firm
        self.id = uuid.uuid4().hex
        self._duty = Duty(firm, self.id, hung_s)
        self._verbs: dict[str, Callable[[Request, Progress], str]] = {
            "connect": self._connect,
            "pull": self._pull,
            "refresh": self._refresh,
            "push": self._push,
            "disconnect": self._disconnect,
            "check": self._check,
            "create": self._create,
            "custom_fields": self._custom_fields,
        }

    @contextmanager
    def on_duty(self) -> Iterator[None]:
        """Hold the firm and give signs of life; errors are those of `Duty.held`.

        What was changed in firm.toml by hand since the ledger last had a word on it is noted first.
        """
        with self._duty.held():
            note_by_hand(self._firm)
            yield

    def serve(self, until: threading.Event) -> None:
        """Carry out requests as they come, until told to end.

        Raises
        ------
        FirmBusy
            If another worker lives; one that hangs is waited for, and its place taken.
        """
        while not until.is_set():
            try:
                with suppress(Superseded), self.on_duty():
                    while not until.is_set():
                        if not self.carry_out_next():
                            until.wait(POLL_S)
            except FirmBusy:
                if self._duty.other_lives:
                    raise
                until.wait(POLL_S)

    def carry_out_next(self) -> bool:
        """Carry out the oldest request that is due, if there is one; tell whether there was.

        Raises
        ------
        Superseded
            If another worker has taken it over meanwhile.
        """
        request = next(iter(self._firm.state().due_requests(self._firm.clock.now())), None)
        if request is None:
            return False
        self._firm.append([Entry("taken", {"request_id": request.request_id, "worker": self.id})], request.by)
        ended = self._carried_out(request)
        self._insist(request)
        self._firm.append([ended], request.by)
        return True

    def _insist(self, request: Request) -> None:
        """Go on only with what is still ours: whoever wakes late does nothing more."""
        if self._firm.state().requests[request.request_id].worker != self.id:
            raise Superseded("Another worker has taken this over.", "Nothing is to be done.")

    def _carried_out(self, request: Request) -> Entry:
        """Do it; every failure ends as one sentence, and the unforeseen leaves a reference in the log."""
        progress = self._progress(request)
        try:
            progress(0, None, "Starting")  # whoever was asked to stop does not begin
            return _ended(request, True, self._verbs[request.verb](request, progress))
        except Superseded:
            raise
        except WorkbenchError as error:
            if isinstance(error, QuotaSpent) and request.verb == "push":
                return self._put_off(request, error)
            if error.plain != str(error):
                log.warning("Request %s failed: %s", request.verb, error)
            return _ended(request, False, error.plain, type(error).__name__)
        except Exception:
            reference = uuid.uuid4().hex[:8]
            log.exception("Request %s failed (reference %s)", request.verb, reference)
            words = f"Something went wrong that should not have (reference {reference}). Nothing is lost."
            return _ended(request, False, words)

    def _put_off(self, request: Request, spent: QuotaSpent) -> Entry:
        """Let a push that the day's quota stopped carry on by itself once calls are let through again."""
        now = self._firm.clock.now()
        until = spent.until or next_midnight(now)
        told = until.astimezone(ZoneInfo(self._firm.settings.firm.time_zone))
        message = f"{spent.what} It carries on by itself on {told:%A} {told.day} {told:%B}, {told:%H:%M}."
        body = {"request_id": request.request_id, "until": until.isoformat(), "message": message}
        return Entry("postponed", body)

    def _progress(self, request: Request) -> Progress:
        started = time.monotonic()

        def report(done: int, total: int | None, what: str) -> None:
            self._insist(request)
            if self._firm.state().stop_asked(request.request_id):
                raise Stopped("Stopped as asked.", "Ask again to carry on where it stopped.")
            spent = time.monotonic() - started
            left = spent / done * (total - done) if total and done else None
            self._firm.book.set_progress(request.request_id, done, total or 0, what, left)

        return report

    def _connect(self, request: Request, progress: Progress) -> str:
        told = []
        for side in SIDES:
            system = self._firm.connections.system[side]
            tenant = self._reached(side, request, progress)
            told.append(f"{system.name}: {tenant.name}")
            fact = {
                "side": side,
                "tenant_id": tenant.id,
                "tenant_name": tenant.name,
                "abilities": sorted(system.abilities()),
            }
            known = self._firm.state().connected.get(side)
            if known is None or known.fact != fact:
                self._firm.append([Entry("connected", fact)], request.by)
        return "Connected. " + ", ".join(told) + "."

    def _reached(self, side: Side, request: Request, progress: Progress) -> Tenant:
        """Give whose data a connection reaches; only asking to connect renews a withdrawn sign-in."""
        system, consent = self._firm.connections.system[side], self._firm.connections.consent.get(side)
        if consent is None:  # by files there is nobody to ask
            return system.tenant()
        args, connecting = request.args, request.verb == "connect"
        signing_in = not (consent.signed_in() and (not connecting or _holds(consent)))
        if signing_in:
            if args.get("unattended"):
                raise SignInNeeded(
                    f"There is no sign-in to {system.name}, and nobody is here to make one.",
                    "Run `workbench connect FOLDER` once.",
                )
            sign_in(self._firm, side, request.by, progress, elsewhere=bool(args.get("elsewhere")))
        if connecting or signing_in:
            choose_practice(self._firm, side, progress, again=bool(args.get("choose")))
        return system.tenant()

    def _disconnect(self, request: Request, progress: Progress) -> str:
        return forget(self._firm, request.by)

    def _pull(self, request: Request, progress: Progress) -> str:
        self._connect(request, progress)
        counts = []
        for side in SIDES:
            system = self._firm.connections.system[side]
            parsed = pull_side(
                self._firm,
                system,
                request.by,
                progress,
                accept_shrink=request.args.get("accept_shrink", False),
            )
            odd = sum(note["kind"] not in ("title", "footer") for note in parsed.notes)
            counts.append(
                f"{len(parsed.clients)} from {system.name}" + (f" ({odd} notes on it)" if odd else "")
            )
        self._firm.note_quota()
        clients = self._firm.clients()
        if clients is None:
            return "Nothing came."
        taken_over, _ = adopt_links(self._firm, clients, request.by)
        found = f" {taken_over} links taken over from Connectworks." if taken_over else ""
        note_returns(self._firm, clients, request.by)
        handed = note_arrivals(self._firm, request.by)
        told = (f"Pulled {' and '.join(counts)}.{found}", handed, *clients.incomplete.values())
        return " ".join(filter(None, told))

    def _refresh(self, request: Request, progress: Progress) -> str:
        self._connect(request, progress)
        told = refresh(self._firm, request.args["link_ids"], request.by)
        note_arrivals(self._firm, request.by)
        return told

    def _custom_fields(self, request: Request, progress: Progress) -> str:
        self._connect(request, progress)
        args = request.args
        try:
            return read_custom_fields(
                self._firm, args["calls"], args["scope"], args["anew"], request.by, progress
            )
        finally:
            self._firm.note_quota()

    def _create(self, request: Request, progress: Progress) -> str:
        self._connect(request, progress)
        permit_creation(self._firm, request.args["creation_id"], request.by)
        told = create(self._firm, request.args["creation_id"], request.by, progress)
        self._firm.note_quota()
        return told

    def _push(self, request: Request, progress: Progress) -> str:
        """Push; where a service cannot be made out outside of any write, wait and carry on by itself."""
        for patience_s in PATIENCE_S:
            try:
                return self._pushed(request, progress)
            except (Unreachable, NotUnderstood, SlowDown, Refused) as passing:
                waiting = partial(progress, 0, None, f"{passing.what} Trying again in a moment")
                clock = self._firm.clock
                wait_until(clock, clock.now() + timedelta(seconds=patience_s), waiting)
        return self._pushed(request, progress)

    def _pushed(self, request: Request, progress: Progress) -> str:
        self._connect(request, progress)
        run = self._firm.state().runs[request.args["run_id"]]
        if run.ended:
            return f"Pushed: {run.message}"
        tenants = run.tenants if run.started else request.args["tenants"]
        permit(self._firm, run, request.by)
        self._learn_quota(run)
        judge(self._firm, run, tenants, request.args["confirmed"])
        if not run.started:
            started = {
                "run_id": run.run_id,
                "plan_hash": run.plan_hash,
                "operations": len(run.operations),
                "tenants": dict(self._firm.facts().tenants),
                "undoes": request.args["undoes"],
            }
            self._firm.append([Entry("run_started", started)], request.by)
        ours = partial(self._insist, request)
        outcomes = Push(self._firm, run.run_id, run.operations, request.by, ours).perform(progress)
        message = ", ".join(f"{count} {outcome}" for outcome, count in sorted(outcomes.items())) + "."
        counts = {"run_id": run.run_id, "counts": dict(outcomes), "message": message}
        self._firm.append([Entry("run_ended", counts)], request.by)
        return f"Pushed: {message}"

    def _learn_quota(self, run: RunSoFar) -> None:
        """Ask how many calls are left where no answer of today has told: they pay for an undo, too."""
        if not run.started and self._firm.quota().outdated and any(o.side == XPM for o in run.operations):
            self._firm.connections.system[XPM].touch()
            self._firm.note_quota()

    def _check(self, request: Request, progress: Progress) -> str:
        findings = examine(self._firm, progress)
        report(self._firm, request.request_id, findings)
        with suppress(WorkbenchError):  # what does not open is among the findings
            self._firm.note_quota()
        good = sum(finding.ok for finding in findings)
        return f"{good} of {len(findings)} checks are well."


def _holds(consent: Consent) -> bool:
    """Ask the service, which alone knows, whether a consent still holds and reaches a practice."""
    try:
        consent.choose_the_only_one()
    except SignInNeeded:
        return False
    return True


def _ended(request: Request, ok: bool, message: str, error: str = "") -> Entry:
    body = {"request_id": request.request_id, "ok": ok, "message": message, "error": error}
    return Entry("ended", body)
