"""What stands in front of the gateway's resources: the token and the limits."""

from __future__ import annotations

import hashlib
import threading
from collections import deque
from collections.abc import Callable

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from workbench.sandbox.connectworks import signin
from workbench.sandbox.connectworks.api import API
from workbench.sandbox.connectworks.errors import Refusal, refuse
from workbench.sandbox.side import World
from workbench.sandbox.state import Record

_MINUTE_S = 60.0


class Gateway:
    """Let a call through when its token holds and the limits allow it.

    Parameters
    ----------
    app : ASGI application
    world : World
    dials : callable
        () -> the side's dials as they stand.
    """

    def __init__(self, app: ASGIApp, world: World, dials: Callable[[], Record]) -> None:
        self.app, self.world, self.dials = app, world, dials
        self._lock = threading.Lock()
        self._calls: deque[float] = deque()
        self._in_flight = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if not scope["path"].startswith(API):
            await self.app(scope, receive, send)
            return
        refusal = await run_in_threadpool(self._enter, Request(scope))
        if refusal is not None:
            await refusal(scope, receive, send)
            return
        try:
            await self.app(scope, receive, send)
        finally:
            with self._lock:
                self._in_flight -= 1

    def _enter(self, request: Request) -> Response | None:
        """Count the call in, or give the answer that keeps it out."""
        dials = self.dials()
        authorization = request.headers.get("authorization")
        if dials["auth"] != "none":
            if signin.holder(self.world, authorization) is None:
                refusal = Refusal(401, "unauthorised", "The access token is missing, expired or revoked.")
                return refuse(request, refusal, {"WWW-Authenticate": 'Bearer error="invalid_token"'})
            digest = hashlib.sha256(str(authorization).encode()).hexdigest()
            request.scope["state"]["actor"] = digest[:12]
        wait_s = self._wait_s(dials)
        if wait_s is None:
            return None
        refusal = Refusal(429, "too_many_requests", f"Too many requests; wait {wait_s} s.")
        return refuse(request, refusal, {"Retry-After": str(wait_s)})

    def _wait_s(self, dials: Record) -> int | None:
        """Count a call and give None; above a limit, give the real seconds to wait."""
        clock = self.world.clock
        with self._lock:
            now = clock.window_s()
            while self._calls and self._calls[0] <= now - _MINUTE_S:
                self._calls.popleft()
            if self._in_flight >= dials["limit_concurrent"]:
                return 1
            if len(self._calls) >= dials["limit_per_minute"]:
                oldest = self._calls[len(self._calls) - dials["limit_per_minute"]] if self._calls else now
                return clock.wait_s(oldest + _MINUTE_S - now)
            self._calls.append(now)
            self._in_flight += 1
            return None
