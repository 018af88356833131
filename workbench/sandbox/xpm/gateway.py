"""What stands in front of the API: token, tenant, limits and their headers."""

from __future__ import annotations

import hashlib
from collections.abc import Callable

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import MutableHeaders
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from workbench.sandbox import tokens
from workbench.sandbox.identity import PRACTICE
from workbench.sandbox.problems import problem, unauthorised
from workbench.sandbox.side import World
from workbench.sandbox.state import Record
from workbench.sandbox.xpm.limits import Breach, Limits

API = "/practicemanager/3.1"


class Gateway:
    """Let a call of the API through when token, tenant and limits allow it.

    Parameters
    ----------
    app : ASGI application
    world : World
    read_dials : callable
        () -> the side's dials as they stand.
    """

    def __init__(self, app: ASGIApp, world: World, read_dials: Callable[[], Record]) -> None:
        self.app, self.world, self.read_dials = app, world, read_dials
        self.limits = Limits(world.clock)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if not scope["path"].startswith(API):
            await self.app(scope, receive, send)
            return
        request = Request(scope)
        refusal = await run_in_threadpool(self._admit, request)
        if refusal is not None:
            await refusal(scope, receive, send)
            return
        await self._limited(request, receive, send)

    def _admit(self, request: Request) -> Response | None:
        """Check token and tenant; note who is calling and for which practice."""
        authorization = request.headers.get("authorization")
        try:
            claims = tokens.verify(self.world, authorization)
        except tokens.TokenRefused as refusal:
            return unauthorised(request, str(refusal))
        notes = request.scope["state"]
        notes["actor"] = hashlib.sha256(str(authorization).encode()).hexdigest()[:12]
        tenant = request.headers.get("xero-tenant-id", "").lower()
        connected = {
            item["tenantId"]
            for item in tokens.connections(self.world, claims["client_id"])
            if item["tenantType"] == PRACTICE
        }
        if tenant not in connected:
            return problem(request, 403, "Forbidden", "AuthenticationUnsuccessful")
        notes.update(app=claims["client_id"], tenant=tenant, scopes=claims["scope"])
        return None

    async def _limited(self, request: Request, receive: Receive, send: Send) -> None:
        dials: Record = await run_in_threadpool(self.read_dials)
        notes = request.scope["state"]
        app, tenant = notes["app"], notes["tenant"]
        breach = self.limits.enter(app, tenant, dials)

        async def send_counted(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                headers["xero-correlation-id"] = notes["request_id"]
                headers.update(self.limits.remaining(app, tenant, dials))
            await send(message)

        if breach is not None:
            await too_many(breach)(request.scope, receive, send_counted)
            return
        try:
            await self.app(request.scope, receive, send_counted)
        finally:
            self.limits.leave(app, tenant)


def too_many(breach: Breach) -> Response:
    """Return the answer to a call above a limit; it has no body."""
    headers = {"Retry-After": str(breach.wait_s), "X-Rate-Limit-Problem": breach.problem}
    return Response(status_code=429, headers=headers)
