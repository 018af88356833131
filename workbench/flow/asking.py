"""Ask for work and follow it: the same words whether a worker process or a thread of ours carries it out."""

from __future__ import annotations

import threading
import time
import uuid
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from datetime import datetime
from typing import Any

from tqdm.auto import tqdm

from workbench.domain import errors
from workbench.domain.errors import FirmBusy, NotAllowedHere, WorkbenchError
from workbench.domain.records import Entry
from workbench.flow.duty import ALIVE_S
from workbench.flow.firm import Firm
from workbench.flow.watching import is_watched
from workbench.flow.worker import Superseded, Worker
from workbench.reconcile.state import Request, State

POLL_S = 0.1


def worker_alive(firm: Firm) -> bool:
    """Tell whether some worker of this firm gave a sign of life within the last seconds."""
    beat = firm.book.last_beat()
    if beat is None:
        return False
    return (firm.clock.now() - datetime.fromisoformat(beat.at)).total_seconds() < ALIVE_S


def ask(
    firm: Firm,
    verb: str,
    args: Mapping[str, Any],
    *,
    work_here: bool | None = None,
) -> str:
    """Write a request into the ledger and see that somebody works on it.

    Parameters
    ----------
    firm : Firm
        Whose worker is asked.
    verb : str
        ``connect``, ``pull``, ``refresh`` or ``push``.
    args : mapping
        Ids only.
    work_here : bool, optional
        Whether a thread of this process carries it out if no other worker does; by default it does, unless
        pages are served from here.

    Returns
    -------
    str
        The request's id.
    """
    request_id, request = _request(verb, _with_presence(firm, args))
    firm.append([request])
    if work_here if work_here is not None else not firm.served:
        _work_in_a_thread(firm)
    return request_id


def ask_sealed(
    firm: Firm, verb: str, prepare: Callable[[State], tuple[Mapping[str, Any], Sequence[Entry]]]
) -> str:
    """Ask for work together with what it seals; the same work is asked for once, however often it is clicked.

    Parameters
    ----------
    firm, verb
        As in `ask`.
    prepare : callable
        Gives the request's arguments, and the entries to be written with it in one transaction, for a state;
        asked again when somebody else wrote meanwhile.

    Returns
    -------
    str
        The request's id, or that of the very same request where it is still open.
    """
    request_id = ""

    def entries(state: State) -> list[Entry]:
        nonlocal request_id
        args, sealed = prepare(state)
        args = _with_presence(firm, args)
        for known in state.open_requests():
            if (known.verb, dict(known.args), known.stop_asked) == (verb, dict(args), False):
                request_id = known.request_id
                return []
        request_id, request = _request(verb, args)
        return [*sealed, request]

    firm.decide(entries)
    if not firm.served:
        _work_in_a_thread(firm)
    return request_id


def _with_presence(firm: Firm, args: Mapping[str, Any]) -> Mapping[str, Any]:
    """Let whoever carries a request out know when nobody is there to answer a question."""
    return {**args, "unattended": True} if firm.unattended else args


def _request(verb: str, args: Mapping[str, Any]) -> tuple[str, Entry]:
    request_id = uuid.uuid4().hex
    return request_id, Entry("requested", {"request_id": request_id, "verb": verb, "args": dict(args)})


def _work_in_a_thread(firm: Firm) -> None:
    """Be the worker ourselves for as long as there is work, unless we are or another one is on duty.

    However often somebody clicks, one thread works: a request is written before this is called, and the
    thread leaves under the same lock under which it saw that nothing is left.
    """

    def work() -> None:
        try:
            _work_while_there_is_work(firm)
        except BaseException as error:
            firm.at_work = False
            if not isinstance(error, WorkbenchError):
                raise
            firm.trouble = error  # for whoever follows: such as a disk that takes no more entries

    with firm.working:
        if firm.at_work:
            return
        firm.trouble, firm.at_work = None, True
        threading.Thread(target=work, name="workbench worker", daemon=True).start()


def _work_while_there_is_work(firm: Firm) -> None:
    worker = Worker(firm)
    while True:
        with firm.working:
            if not firm.state().open_requests():
                firm.at_work = False
                return
        if firm.state().due_requests(firm.clock.now()):
            # If another one holds the firm, it carries it out, or ends and leaves it to us.
            with suppress(FirmBusy, Superseded), worker.on_duty():
                while worker.carry_out_next():
                    pass
        time.sleep(POLL_S)


def waits_for(state: State, request: Request) -> str:
    """Say in words which running work, or which time, a request has to wait for; '' if for none."""
    if request.until:
        return request.message
    others = (r for r in state.open_requests() if r.request_id != request.request_id)
    running = next((r.verb for r in others if r.state == "taken"), None)
    if not running or request.state != "queued":
        return ""
    return f"Waits for the {running.replace('_', ' ')} that runs"


def follow(
    firm: Firm,
    request_id: str,
    meanwhile: Callable[[], object] | None = None,
    tell: Callable[[str], object] | None = None,
) -> str:
    """Stay with a request until it has ended, with a progress bar, and give its closing words.

    Parameters
    ----------
    firm : Firm
        Where it was asked.
    request_id : str
        As `ask` gave it.
    meanwhile : callable, optional
        Called again and again while waiting; may raise to stop waiting.
    tell : callable, optional
        Called with the words, once, if other work has to end first.

    Raises
    ------
    WorkbenchError
        With the sentence that it failed with.
    NotAllowedHere
        If nobody is there to carry it out; it stays queued.
    """
    with tqdm(desc="Waiting", leave=False, dynamic_ncols=True, disable=not is_watched()) as bar:
        try:
            while (request := firm.state().requests[request_id]).state != "ended":
                _show(firm, request, bar)
                if tell and (words := waits_for(firm.state(), request)):
                    tell(words)
                    tell = None
                _insist_on_a_worker(firm, request)
                if meanwhile:
                    _while_waiting(firm, request_id, meanwhile)
                time.sleep(POLL_S)
        except KeyboardInterrupt:
            stop(firm, request_id)
            raise
    if not request.ok:
        raise getattr(errors, request.error, WorkbenchError)(request.message)
    return request.message


def _while_waiting(firm: Firm, request_id: str, meanwhile: Callable[[], object]) -> None:
    """Do what the person is needed for; where that cannot be had, the work ends instead of waiting for it."""
    try:
        meanwhile()
    except WorkbenchError:
        stop(firm, request_id)
        raise


def _show(firm: Firm, request: Request, bar: Any) -> None:
    news = firm.book.progress().get(request.request_id)
    if words := waits_for(firm.state(), request):
        bar.set_description_str(words, refresh=True)
    elif news is not None:
        bar.total = news.total or None
        bar.n = news.done
        bar.set_description_str(news.message, refresh=True)


def _insist_on_a_worker(firm: Firm, request: Request) -> None:
    if firm.trouble is not None:
        raise firm.trouble
    if firm.served and not worker_alive(firm):
        raise NotAllowedHere(
            f"Nobody is there to {request.verb}: the request is queued until the worker runs.",
            "Start it with `workbench serve`.",
        )


def stop(firm: Firm, request_id: str) -> None:
    """Ask running work to stop after its present step."""
    firm.append([Entry("stop_asked", {"request_id": request_id})])
