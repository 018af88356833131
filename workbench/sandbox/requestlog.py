"""The append-only log of every request that either server saw."""

from __future__ import annotations

import uuid
from email.utils import format_datetime
from typing import Any
from urllib.parse import parse_qsl

from starlette.concurrency import run_in_threadpool
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from workbench.sandbox.clock import stamp
from workbench.sandbox.side import Side, World

#: Query parameters whose values say nothing about a person or a secret.
_OPEN_PARAMETERS = (
    "detailed fields modifiedsince modifiedSince pageSize pageToken page pagesize clientUuid type nature "
    "lifecycle updated_since limit cursor response_type scope code_challenge_method"
)


class RequestLog:
    """Give each request an id, its answer the time, and write its log entry before the answer leaves.

    Handlers add to ``scope["state"]`` what only they know: ``actor`` (a prefix of the token's
    digest), ``resource`` (a record's id) and ``changed`` (names of the fields that a write
    really changed). Bodies are never logged.
    """

    def __init__(self, app: ASGIApp, world: World, side: Side) -> None:
        self.app, self.world, self.side = app, world, side

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        notes: dict[str, Any] = {"request_id": str(uuid.uuid4())}
        scope["state"] = notes
        written = False

        async def write(status: int | None) -> None:
            nonlocal written
            if not written:
                written = True
                await run_in_threadpool(log_request, self.world, self.side, scope, status)

        async def send_logged(message: Message) -> None:
            if message["type"] == "http.response.start":
                await write(message["status"])
                date = format_datetime(self.world.clock.now(), usegmt=True)
                message["headers"] = [*message["headers"], (b"date", date.encode())]
            await send(message)

        try:
            await self.app(scope, receive, send_logged)
        finally:
            await write(None)


def log_request(world: World, side: Side, scope: Scope, status: int | None) -> int:
    """Append an entry for a request; a status of None says that no answer was sent."""
    notes = scope["state"]
    return world.state.append(
        {
            "at": stamp(world.clock.now()),
            "server": side.name,
            "method": scope["method"],
            "path": scope["path"],
            "query": _open_query(scope["query_string"]),
            "status": status,
            "request_id": notes["request_id"],
            "fault": notes.get("fault"),
            "actor": notes.get("actor"),
            "resource": notes.get("resource"),
            "changed": sorted(notes.get("changed", ())),
        }
    )


def _open_query(query: bytes) -> dict[str, str]:
    open_names = _OPEN_PARAMETERS.split()
    pairs = parse_qsl(query.decode("latin-1"), keep_blank_values=True)
    return {name: value if name in open_names else "…" for name, value in pairs}
