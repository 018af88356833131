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

from filelock import FileLock, Timeout

from workbench.domain.errors import FirmBusy, SignInNeeded, StorageFailed, WorkbenchError
from workbench.domain.fields import SIDES, Side
from workbench.domain.records import Entry, Tenant
from workbench.flow.adopt import adopt_links
from workbench.flow.create import create, permit_creation
from workbench.flow.doctor import examine, report
from workbench.flow.firm import Firm
from workbench.flow.freshness import refresh
from workbench.flow.handing_over import note_arrivals
from workbench.flow.permission import permit
from workbench.flow.pull import pull_side
from workbench.flow.push import Push
from workbench.flow.sealing import judge
from workbench.flow.signing_in import choose_practice, forget, sign_in
from workbench.reconcile.state import Request
from workbench.systems.consent import Consent
from workbench.systems.port import Progress

BEAT_S = 2.0
ALIVE_S = 8.0
POLL_S = 0.3

log = logging.getLogger(__name__)


class Stopped(WorkbenchError):
    """A person asked the work to stop."""


class Worker:
    """Carries out a firm's requests, one after the other.

    Parameters
    ----------
    firm : Firm
        Whose requests are carried out.
    """

    def __init__(self, firm: Firm) -> None:
        self._firm = firm
        self.id = uuid.uuid4().hex
        self._verbs: dict[str, Callable[[Request, Progress], str]] = {
            "connect": self._connect,
            "pull": self._pull,
            "refresh": self._refresh,
            "push": self._push,
            "disconnect": self._disconnect,
            "check": self._check,
            "create": self._create,
        }

    @contextmanager
    def on_duty(self) -> Iterator[None]:
        """Hold the firm's lock and give signs of life.

        Raises
        ------
        FirmBusy
            If another worker holds this firm.
        StorageFailed
            If the firm's folder cannot be written.
        """
        lock = FileLock(self._firm.folder / "worker.lock", mode=0o600)
        try:
            lock.acquire(timeout=0)
        except Timeout:
            raise FirmBusy(
                f"Another worker already serves {self._firm.settings.firm.name}.",
                "Let it do the work, or end it first.",
            ) from None
        except OSError as error:
            raise StorageFailed(
                f"{self._firm.folder} cannot be written: {error.strerror}.",
                "Free some space or mend its permissions.",
            ) from None
        off_duty = threading.Event()
        beats = threading.Thread(target=self._beat, args=(off_duty,), daemon=True)
        beats.start()
        try:
            yield
        finally:
            off_duty.set()
            beats.join()
            lock.release()

    def _beat(self, off_duty: threading.Event) -> None:
        while True:
            with suppress(StorageFailed):  # the work itself meets the same disk, and says so
                self._firm.book.beat(self.id)
            if off_duty.wait(BEAT_S):
                break
        with suppress(StorageFailed):
            self._firm.book.rest(self.id)

    def serve(self, until: threading.Event) -> None:
        """Carry out requests as they come, until told to end."""
        with self.on_duty():
            while not until.is_set():
                if not self.carry_out_next():
                    until.wait(POLL_S)

    def carry_out_next(self) -> bool:
        """Carry out the oldest open request, if there is one; tell whether there was."""
        request = next(iter(self._firm.state().open_requests()), None)
        if request is None:
            return False
        self._firm.append([Entry("taken", {"request_id": request.request_id, "worker": self.id})], request.by)
        ok, message, error = self._carried_out(request)
        ended = {"request_id": request.request_id, "ok": ok, "message": message, "error": error}
        self._firm.append([Entry("ended", ended)], request.by)
        return True

    def _carried_out(self, request: Request) -> tuple[bool, str, str]:
        """Do it; every failure ends as one sentence, and the unforeseen leaves a reference in the log.

        Gives whether it ended well, its closing words, and the name of a failure of `domain.errors`.
        """
        try:
            return True, self._verbs[request.verb](request, self._progress(request)), ""
        except WorkbenchError as error:
            return False, str(error), type(error).__name__
        except Exception:
            reference = uuid.uuid4().hex[:8]
            log.exception("Request %s failed (reference %s)", request.verb, reference)
            return (
                False,
                f"Something went wrong that should not have (reference {reference}). Nothing is lost.",
                "",
            )

    def _progress(self, request: Request) -> Progress:
        started = time.monotonic()

        def report(done: int, total: int | None, what: str) -> None:
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
        if not (consent.signed_in() and (not connecting or _holds(consent))):
            if args.get("unattended"):
                raise SignInNeeded(
                    f"There is no sign-in to {system.name}, and nobody is here to make one.",
                    "Run `workbench connect FOLDER` once.",
                )
            sign_in(self._firm, side, request.by, progress, elsewhere=bool(args.get("elsewhere")))
        if connecting:
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
        handed = note_arrivals(self._firm, request.by)
        told = (f"Pulled {' and '.join(counts)}.{found}", handed, *clients.incomplete.values())
        return " ".join(filter(None, told))

    def _refresh(self, request: Request, progress: Progress) -> str:
        self._connect(request, progress)
        told = refresh(self._firm, request.args["link_ids"], request.by)
        note_arrivals(self._firm, request.by)
        return told

    def _create(self, request: Request, progress: Progress) -> str:
        self._connect(request, progress)
        permit_creation(self._firm, request.args["creation_id"], request.by)
        told = create(self._firm, request.args["creation_id"], request.by, progress)
        self._firm.note_quota()
        return told

    def _push(self, request: Request, progress: Progress) -> str:
        self._connect(request, progress)
        run = self._firm.state().runs[request.args["run_id"]]
        if run.ended:
            return f"Pushed: {run.message}"
        tenants = run.tenants if run.started else request.args["tenants"]
        permit(self._firm, run, request.by)
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
        outcomes = Push(self._firm, run.run_id, run.operations, request.by).perform(progress)
        message = ", ".join(f"{count} {outcome}" for outcome, count in sorted(outcomes.items())) + "."
        counts = {"run_id": run.run_id, "counts": dict(outcomes), "message": message}
        self._firm.append([Entry("run_ended", counts)], request.by)
        return f"Pushed: {message}"

    def _check(self, request: Request, progress: Progress) -> str:
        findings = examine(self._firm, progress)
        report(self._firm, request.request_id, findings)
        good = sum(finding.ok for finding in findings)
        return f"{good} of {len(findings)} checks are well."


def _holds(consent: Consent) -> bool:
    """Ask the service, which alone knows, whether a consent still holds."""
    try:
        consent.tenants()
    except SignInNeeded:
        return False
    return True
