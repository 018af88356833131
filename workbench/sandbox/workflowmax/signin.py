"""WorkflowMax's sign-in: the code grant of a confidential application, with its secret in the body."""

from __future__ import annotations

import secrets
from datetime import datetime, timedelta
from typing import Any, Final
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from workbench.sandbox import tokens
from workbench.sandbox.consent_page import consent_page, page
from workbench.sandbox.forms import read_fields, read_form
from workbench.sandbox.side import World
from workbench.sandbox.state import Record

PREFIX: Final = "/workflowmax"
CLIENTS: Final = {"workbench-sandbox-workflowmax": "sandbox-secret"}
SCOPES: Final = frozenset({"openid", "profile", "email", "workflowmax", "offline_access"})
ACCESS_S, CODE_S, REFRESH_DAYS = 1800, 300, 60


def routes(world: World) -> list[BaseRoute]:
    """Return the sign-in routes."""
    service = _SignIn(world)
    return [
        Route(f"{PREFIX}/oauth/authorize", service.ask, methods=["GET"]),
        Route(f"{PREFIX}/oauth/authorize", service.decide, methods=["POST"]),
        Route(f"{PREFIX}/oauth/token", service.token, methods=["POST"]),
    ]


def _kept(kind: str) -> str:
    return f"identity/workflowmax-{kind}"


class _SignIn:
    def __init__(self, world: World) -> None:
        self.world = world

    def ask(self, request: Request) -> Response:
        """Show the consent page, or say what is wrong with the request."""
        query = dict(request.query_params)
        if query.get("client_id") not in CLIENTS:
            return page("<h1>This application is not registered</h1>", status=400)
        if query.get("response_type") != "code" or query.get("prompt") != "consent":
            return _back(query, {"error": "invalid_request"})
        if not set(query.get("scope", "").split()) <= SCOPES:
            return _back(query, {"error": "invalid_scope"})
        id = secrets.token_urlsafe(24)
        self.world.state.put(_kept("request"), id, query)
        return consent_page(id, query, self._accounts(), action=request.url.path)

    async def decide(self, request: Request) -> Response:
        """Take the answer from the consent page and redirect to the application."""
        form = await read_form(request)
        id = form.get("request", [""])[0]
        query = self.world.state.get(_kept("request"), id)
        if query is None:
            return page("<h1>This request is no longer open</h1>", status=400)
        self.world.state.delete(_kept("request"), id)
        if form.get("decision") != ["allow"]:
            return _back(query, {"error": "access_denied"})
        code, now = secrets.token_urlsafe(32), self.world.clock.now()
        expires = (now + timedelta(seconds=CODE_S)).isoformat()
        chosen = form.get("tenant") or [self._accounts()[0]["tenantId"]]
        details = {**query, "orgs": chosen, "auth_time": int(now.timestamp()), "expires": expires}
        self.world.state.put(_kept("code"), code, details)
        return _back(query, {"code": code})

    async def token(self, request: Request) -> Response:
        """Exchange a code or a refresh token; the secret has to stand in the body."""
        form = await read_fields(request)
        secret = CLIENTS.get(form.get("client_id", ""))
        if secret is None or not secrets.compare_digest(secret, form.get("client_secret", "")):
            return JSONResponse({"error": "invalid_client"}, 401)
        codes = form.get("grant_type") == "authorization_code"
        kind, given = ("code", form.get("code", "")) if codes else ("refresh", form.get("refresh_token", ""))
        with self.world.state.transaction():
            granted = self.world.state.get(_kept(kind), given)
            self.world.state.delete(_kept(kind), given)
            if granted is None or self.world.clock.now() >= datetime.fromisoformat(granted["expires"]):
                return JSONResponse({"error": "invalid_grant"}, 400)
            return JSONResponse(self._issued(granted))

    def _issued(self, granted: Record) -> Record:
        now, refresh = self.world.clock.now(), secrets.token_urlsafe(32)
        expires = (now + timedelta(days=REFRESH_DAYS)).isoformat()
        self.world.state.put(_kept("refresh"), refresh, {**granted, "expires": expires})
        grant = {"event": "workflowmax", **granted}
        claims: dict[str, Any] = {"org_ids": granted["orgs"]}
        return {
            "access_token": tokens.access_token(self.world, grant, ACCESS_S, claims),
            "refresh_token": refresh,
            "expires_in": ACCESS_S,
            "token_type": "Bearer",
            "scope": granted["scope"],
            "id_token": tokens.id_token(self.world, grant),
        }

    def _accounts(self) -> list[Record]:
        return [{"tenantId": self.world.firm.tenant_id, "tenantName": self.world.firm.name}]


def _back(query: Record, answer: dict[str, str]) -> Response:
    if "state" in query:
        answer = {**answer, "state": query["state"]}
    return RedirectResponse(f"{query['redirect_uri']}?{urlencode(answer)}", status_code=302)
