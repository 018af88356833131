"""Faults on demand: what a network and a busy service do to a request.

A fault is named by one of `FAULTS`. It comes from the dial ``next``, a list of one-shot faults
taken by the first request that fits, or by chance: the dials ``rate`` (a probability),
``rate_faults`` (what to draw from), ``rate_path`` and ``rate_methods`` (which requests) and
``rate_seed``. An item of ``next`` is a fault's name or ``{"fault": …, "path": part of the path,
"method": …, "times": n, "after_s": …}``. Without a path, only calls of the API meet faults.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from workbench.sandbox.requestlog import log_request
from workbench.sandbox.side import Side, World, read_dials, write_dials
from workbench.sandbox.state import Record

#: Every fault, and what it does.
FAULTS: dict[str, str] = {
    "429": "refuses with the service's own rate-limit answer",
    "500": "fails before anything is done",
    "503": "is down for maintenance",
    "drop_before_commit": "closes the connection, nothing is done",
    "drop_after_commit": "does the work, then closes the connection without an answer",
    "late_commit": "answers 500 at once and does the work after_s later (dial late_s)",
    "late_commit_drop": "closes the connection at once and does the work after_s later",
    "cut_body": "does the work and closes the connection in the middle of the answer",
    "malformed": "does the work and answers with a body that does not parse",
    "error_in_200": "does nothing and reports an error with status 200",
    "html_200": "does nothing and answers 200 with a web page",
    "blank_omitted": "an update also blanks the text fields that it leaves out",
    "reformat": "an update stores its phone numbers and postcodes in another format",
    "wrong_record": "does the work and answers with another record",
}

#: Faults that the service's own handlers carry out; they ask `active`.
HANDLED_INSIDE = frozenset({"blank_omitted", "reformat", "wrong_record"})

#: Faults answered by the service without doing anything.
_REFUSALS = frozenset({"429", "500", "503", "error_in_200", "html_200"})


@dataclass(frozen=True)
class Fault:
    """One fault that befalls one request."""

    name: str
    after_s: float


@dataclass
class Answer:
    """A buffered HTTP answer, to be sent whole, mangled or not at all."""

    status: int = 500
    headers: list[tuple[bytes, bytes]] = field(default_factory=list)
    body: bytes = b""

    async def collect(self, message: Message) -> None:
        """Take in one ASGI message of the answer."""
        if message["type"] == "http.response.start":
            self.status, self.headers = message["status"], list(message["headers"])
        else:
            self.body += message.get("body", b"")

    async def send(self, send: Send) -> None:
        """Send the answer whole."""
        await send({"type": "http.response.start", "status": self.status, "headers": self.headers})
        await send({"type": "http.response.body", "body": self.body})


def active(request: Request) -> str | None:
    """Return the name of the fault that a handler has to carry out itself, if any."""
    name = request.scope["state"].get("fault")
    return name if name in HANDLED_INSIDE else None


class Faults:
    """Let requests meet the faults that the side's dials ask for."""

    def __init__(self, app: ASGIApp, world: World, side: Side) -> None:
        self.app, self.world, self.side = app, world, side
        self._drawn = 0
        self._late: set[asyncio.Task[None]] = set()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request, with its fault."""
        dials = read_dials(self.world.state, self.side)
        if dials["latency_s"] and scope["path"].startswith(self.side.api_prefix):
            await asyncio.sleep(dials["latency_s"])
        fault = await run_in_threadpool(self._choose, dials, scope["method"], scope["path"])
        if fault is None or fault.name in HANDLED_INSIDE:
            scope["state"]["fault"] = fault.name if fault else None
            await self.app(scope, receive, send)
            return
        scope["state"]["fault"] = fault.name
        await self._befall(fault, scope, receive, send)

    async def _befall(self, fault: Fault, scope: Scope, receive: Receive, send: Send) -> None:
        body = await _read_body(receive)
        work = _Work(self.app, scope, body)
        if fault.name in _REFUSALS:
            await self.side.fault_answer(fault.name, Request(scope))(scope, receive, send)
        elif fault.name == "drop_before_commit":
            _hang_up(scope)
        elif fault.name == "drop_after_commit":
            await work()
            _hang_up(scope)
        elif fault.name == "cut_body":
            await _send_half(await work(), send)
            _hang_up(scope)
        elif fault.name == "malformed":
            await _break(await work()).send(send)
        elif fault.name == "late_commit":
            self._do_later(fault.after_s, work, scope)
            await self.side.fault_answer("500", Request(scope))(scope, receive, send)
        elif fault.name == "late_commit_drop":
            self._do_later(fault.after_s, work, scope)
            _hang_up(scope)

    def _choose(self, dials: Record, method: str, path: str) -> Fault | None:
        taken = self._take_next(method, path) if dials["next"] else None
        return taken or self._draw(dials, method, path)

    def _take_next(self, method: str, path: str) -> Fault | None:
        """Take the first one-shot fault that fits the request off the list."""
        with self.world.state.transaction():
            dials = read_dials(self.world.state, self.side)
            waiting = [one_shot(item) for item in dials["next"]]
            for place, item in enumerate(waiting):
                if self._fits(item["path"], [item["method"]] if item["method"] else [], method, path):
                    rest = [{**item, "times": item["times"] - 1}] if item["times"] > 1 else []
                    waiting[place : place + 1] = rest
                    write_dials(self.world.state, self.side, {"next": waiting})
                    after_s = dials["late_s"] if item["after_s"] is None else item["after_s"]
                    return Fault(item["fault"], after_s)
        return None

    def _draw(self, dials: Record, method: str, path: str) -> Fault | None:
        if not dials["rate"] or not self._fits(dials["rate_path"], dials["rate_methods"], method, path):
            return None
        self._drawn += 1
        chance = random.Random(f"{dials['rate_seed']}:{self._drawn}")
        if chance.random() >= dials["rate"]:
            return None
        return Fault(chance.choice(dials["rate_faults"]), dials["late_s"])

    def _fits(self, part: str, methods: list[str], method: str, path: str) -> bool:
        place = part in path if part else path.startswith(self.side.api_prefix)
        return place and (not methods or method in methods)

    def _do_later(self, after_s: float, work: _Work, scope: Scope) -> None:
        """Do the work after the answer has gone, with a log entry of its own."""

        async def later() -> None:
            await asyncio.sleep(after_s)
            late_scope = work.scope = {**scope, "state": dict(scope["state"])}
            answer = await work()
            await run_in_threadpool(log_request, self.world, self.side, late_scope, answer.status)

        task = asyncio.create_task(later())
        self._late.add(task)
        task.add_done_callback(self._late.discard)


@dataclass
class _Work:
    """The request as the service would have served it, its answer kept back."""

    app: ASGIApp
    scope: Scope
    body: bytes

    async def __call__(self) -> Answer:
        answer = Answer()
        await self.app(self.scope, _replay(self.body), answer.collect)
        return answer


def one_shot(item: str | Record) -> Record:
    """Write an item of the dial ``next`` in full.

    Raises
    ------
    ValueError
        For a fault that does not exist, or a key that no fault has.
    """
    given = {"fault": item} if isinstance(item, str) else dict(item)
    full: dict[str, Any] = {"fault": None, "path": "", "method": None, "times": 1, "after_s": None}
    unknown = sorted(set(given) - set(full))
    if unknown:
        raise ValueError(f"a fault has no {unknown[0]!r}")
    if str(given.get("fault")) not in FAULTS:
        raise ValueError(f"there is no fault {given.get('fault')!r}; there are {', '.join(FAULTS)}")
    return {**full, **given, "fault": str(given["fault"])}


def _hang_up(scope: Scope) -> None:
    """Ask for the connection to be closed once the request has been logged."""
    scope["state"]["hang_up"] = True


async def _send_half(answer: Answer, send: Send) -> None:
    await send({"type": "http.response.start", "status": answer.status, "headers": answer.headers})
    await send(
        {"type": "http.response.body", "body": answer.body[: len(answer.body) // 2], "more_body": True}
    )


def _break(answer: Answer) -> Answer:
    """Keep the length, the type and the status, and spoil the end of the body."""
    return replace(answer, body=answer.body[:-8] + b"\x00<{[\xff&;\x01"[-min(8, len(answer.body)) :])


async def _read_body(receive: Receive) -> bytes:
    body, more = b"", True
    while more:
        message = await receive()
        body += message.get("body", b"")
        more = message.get("more_body", False)
    return body


def _replay(body: bytes) -> Callable[[], Awaitable[Message]]:
    async def receive() -> Message:
        return {"type": "http.request", "body": body, "more_body": False}

    return receive
