"""Xero's sign-in: consent page, tokens, connections.

The flow is the authorization code grant with PKCE (RFC 6749, RFC 7636); what is particular to
Xero (rotation with grace, connections, claims) follows its public guides.
"""

from __future__ import annotations

import base64
import hashlib
import re
import secrets
import uuid
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlencode, urlsplit

from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from workbench.sandbox import tokens
from workbench.sandbox.clock import stamp
from workbench.sandbox.consent_page import consent_page, page
from workbench.sandbox.forms import read_fields, read_form
from workbench.sandbox.problems import unauthorised
from workbench.sandbox.side import World
from workbench.sandbox.state import Record

PRACTICE = "PRACTICEMANAGER"

#: Registered applications: a native one without a secret, and a confidential one.
CLIENTS: dict[str, str | None] = {"workbench-sandbox": None, "workbench-sandbox-web": "sandbox-secret"}

SCOPES = frozenset(
    ["openid", "profile", "email", "offline_access", "practicemanager", "practicemanager.read"]
    + [f"practicemanager.{area}{end}" for area in ("client", "job", "staff", "time") for end in ("", ".read")]
)

#: The dials of sign-in and their defaults.
DIALS: dict[str, Any] = {
    "access_token_s": 1800,  # the guides say 30 minutes, a 2024 README of Xero's says 12
    "code_s": 300,
    "refresh_days": 60,
    "grace_s": 1800,
    "third_party_add_ons": True,  # off: the consenting person may connect no practice
    "tenant_name_null": False,
}


def tenants(world: World) -> list[Record]:
    """Return what a person may connect: the practice, a ledger that is none, and an empty practice."""
    firm = world.firm
    root = uuid.UUID(firm.tenant_id)
    return [
        {"tenantId": firm.tenant_id, "tenantType": PRACTICE, "tenantName": firm.name},
        {
            "tenantId": str(uuid.uuid5(root, "ledger")),
            "tenantType": "ORGANISATION",
            "tenantName": f"{firm.name} (ledger)",
        },
        {
            "tenantId": str(uuid.uuid5(root, "second")),
            "tenantType": PRACTICE,
            "tenantName": "Second Practice (empty)",
        },
    ]


def routes(world: World, dials: Callable[[], Record]) -> list[BaseRoute]:
    """Return the sign-in routes.

    Parameters
    ----------
    world : World
    dials : callable
        () -> the side's dials as they stand.
    """
    service = _Identity(world, dials)
    connection_paths = ("/connections", "/Connections")  # both spellings are in use
    return [
        Route("/identity/connect/authorize", service.ask, methods=["GET"]),
        Route("/identity/connect/authorize", service.decide, methods=["POST"]),
        Route("/connect/token", service.token, methods=["POST"]),
        Route("/connect/revocation", service.revocation, methods=["POST"]),
        *(Route(path, service.list_connections, methods=["GET"]) for path in connection_paths),
        *(Route(path + "/{id}", service.disconnect, methods=["DELETE"]) for path in connection_paths),
    ]


class _Identity:
    """The endpoints; async only where a form has to be read."""

    def __init__(self, world: World, dials: Callable[[], Record]) -> None:
        self.world, self.dials = world, dials

    def ask(self, request: Request) -> Response:
        """Show the consent page, or send the error back to the application."""
        query = dict(request.query_params)
        if query.get("client_id") not in CLIENTS:
            return page("<h1>This application is not registered</h1>", status=400)
        if not _allowed_redirect(query.get("redirect_uri", "")):
            return page(
                "<h1>This redirect address is not registered</h1>"
                "<p>It has to be http://localhost, with any port and path.</p>",
                status=400,
            )
        problem = _request_problem(query)
        if problem:
            return _back(query, {"error": problem})
        id = secrets.token_urlsafe(24)
        self.world.state.put("identity/request", id, query)
        return consent_page(id, query, self._offered())

    async def decide(self, request: Request) -> Response:
        """Take the answer from the consent page and redirect to the application."""
        form = await read_form(request)
        id = form.get("request", [""])[0]
        query = self.world.state.get("identity/request", id)
        if query is None:
            return page(
                "<h1>This request is no longer open</h1><p>Start again from the application.</p>", status=400
            )
        if form.get("decision") != ["allow"]:
            self.world.state.delete("identity/request", id)
            return _back(query, {"error": "access_denied"})
        chosen = [tenant for tenant in self._offered() if tenant["tenantId"] in form.get("tenant", [])]
        if not chosen:
            return consent_page(id, query, self._offered(), "Choose at least one, or refuse.")
        return _back(query, {"code": self._grant(id, query, chosen)})

    async def token(self, request: Request) -> Response:
        """Exchange a code or a refresh token."""
        form = await read_fields(request)
        client_id = _authenticate(request, form)
        if client_id is None:
            return _refused("invalid_client", 401)
        with self.world.state.transaction():
            if form.get("grant_type") == "authorization_code":
                return self._redeem_code(client_id, form)
            if form.get("grant_type") == "refresh_token":
                return self._refresh(client_id, form)
        return _refused("unsupported_grant_type")

    async def revocation(self, request: Request) -> Response:
        """Revoke by refresh token: all connections of the user and the application go."""
        form = await read_fields(request)
        client_id = _authenticate(request, form)
        if client_id is None:
            return _refused("invalid_client", 401)
        with self.world.state.transaction():
            known = self.world.state.get("identity/refresh", form.get("token", ""))
            if known and known["client_id"] == client_id:
                for kind in ("connection", "refresh", "access"):
                    for id, item in self.world.state.items(f"identity/{kind}"):
                        if item["client_id"] == client_id:
                            self.world.state.delete(f"identity/{kind}", id)
        return Response()

    def list_connections(self, request: Request) -> Response:
        """List what is connected, as the token's user sees it."""
        try:
            claims = tokens.verify(self.world, request.headers.get("authorization"))
        except tokens.TokenRefused as refusal:
            return unauthorised(request, str(refusal))
        event = request.query_params.get("authEventId")
        found = tokens.connections(self.world, claims["client_id"])
        shown = [item for item in found if event in (None, item["authEventId"])]
        for item in shown:
            del item["client_id"]  # ours, not part of the answer
        return JSONResponse(shown)

    def disconnect(self, request: Request) -> Response:
        """Drop one connection by its own id."""
        try:
            claims = tokens.verify(self.world, request.headers.get("authorization"))
        except tokens.TokenRefused as refusal:
            return unauthorised(request, str(refusal))
        id = request.path_params["id"]
        if id not in {item["id"] for item in tokens.connections(self.world, claims["client_id"])}:
            return Response(status_code=404)
        self.world.state.delete("identity/connection", id)
        return Response(status_code=204)

    def _offered(self) -> list[Record]:
        addons = self.dials()["third_party_add_ons"]
        return [tenant for tenant in tenants(self.world) if addons or tenant["tenantType"] != PRACTICE]

    def _grant(self, id: str, query: Record, chosen: list[Record]) -> str:
        """Connect the chosen tenants and return a code."""
        now, event, code = self.world.clock.now(), str(uuid.uuid4()), secrets.token_urlsafe(32)
        with self.world.state.transaction():
            self.world.state.delete("identity/request", id)
            before = {item["tenantId"]: item for item in tokens.connections(self.world, query["client_id"])}
            for tenant in chosen:
                self._connect(query["client_id"], tenant, event, before.get(tenant["tenantId"]))
            expires = now + timedelta(seconds=self.dials()["code_s"])
            details = {
                **query,
                "event": event,
                "auth_time": int(now.timestamp()),
                "expires": expires.isoformat(),
            }
            self.world.state.put("identity/code", code, details)
        return code

    def _connect(self, client_id: str, tenant: Record, event: str, before: Record | None) -> None:
        now = stamp(self.world.clock.now()).replace("Z", "0")  # seven digits, no zone
        connection = {
            "id": before["id"] if before else str(uuid.uuid4()),
            "authEventId": event,
            **tenant,
            "createdDateUtc": before["createdDateUtc"] if before else now,
            "updatedDateUtc": now,
            "client_id": client_id,
        }
        if self.dials()["tenant_name_null"]:
            connection["tenantName"] = None
        self.world.state.put("identity/connection", connection["id"], connection)

    def _redeem_code(self, client_id: str, form: dict[str, str]) -> Response:
        granted = self.world.state.get("identity/code", form.get("code", ""))
        self.world.state.delete("identity/code", form.get("code", ""))  # single use, also when refused
        if (
            granted is None
            or granted["client_id"] != client_id
            or granted["redirect_uri"] != form.get("redirect_uri")
            or self.world.clock.now() >= datetime.fromisoformat(granted["expires"])
            or not _proof_holds(granted.get("code_challenge"), form.get("code_verifier"))
        ):
            return _refused("invalid_grant")
        return self._issue(granted)

    def _refresh(self, client_id: str, form: dict[str, str]) -> Response:
        old = form.get("refresh_token", "")
        granted, now = self.world.state.get("identity/refresh", old), self.world.clock.now()
        if granted is None or granted["client_id"] != client_id:
            return _refused("invalid_grant")
        if now >= datetime.fromisoformat(granted["expires"]):
            return _refused("invalid_grant")
        if granted.get("used") is None:
            # A rotated token goes on working for a while, in case the answer was lost.
            grace = now + timedelta(seconds=self.dials()["grace_s"])
            expires = min(grace, datetime.fromisoformat(granted["expires"])).isoformat()
            self.world.state.put(
                "identity/refresh", old, {**granted, "used": now.isoformat(), "expires": expires}
            )
        return self._issue(granted)

    def _issue(self, granted: Record) -> Response:
        """Answer with a new access token and, where asked for, refresh and id tokens."""
        dials, now = self.dials(), self.world.clock.now()
        scopes = granted["scope"].split()
        grant: Record = {
            name: granted[name] for name in ("client_id", "scope", "event", "auth_time") if name in granted
        }
        answer: Record = {
            "access_token": tokens.access_token(self.world, grant, dials["access_token_s"]),
            "expires_in": dials["access_token_s"],
            "token_type": "Bearer",
            "scope": granted["scope"],
        }
        if "openid" in scopes:
            answer["id_token"] = tokens.id_token(self.world, grant)
        if "offline_access" in scopes:
            answer["refresh_token"] = secrets.token_urlsafe(32)
            expires = (now + timedelta(days=dials["refresh_days"])).isoformat()
            self.world.state.put("identity/refresh", answer["refresh_token"], {**grant, "expires": expires})
        return JSONResponse(answer, headers={"Cache-Control": "no-store"})


def _allowed_redirect(address: str) -> bool:
    return re.fullmatch(r"http://localhost(:\d{1,5})?(/[^#\s]*)?", address) is not None


def _request_problem(query: Record) -> str | None:
    """Return the OAuth error code of an authorization request, if it has a fault."""
    if query.get("response_type") != "code":
        return "unsupported_response_type"
    scopes = query.get("scope", "").split()
    if not scopes or not SCOPES.issuperset(scopes):
        return "invalid_scope"
    challenge = query.get("code_challenge")
    if challenge is None:
        return None if CLIENTS[query["client_id"]] else "invalid_request"
    return None if query.get("code_challenge_method") == "S256" else "invalid_request"


def _proof_holds(challenge: str | None, verifier: str | None) -> bool:
    """Tell whether the verifier is the challenge's (RFC 7636, section 4.6)."""
    if challenge is None:
        return True
    if verifier is None or not re.fullmatch(r"[A-Za-z0-9._~-]{43,128}", verifier):
        return False
    digest = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()
    return secrets.compare_digest(digest, challenge)


def _authenticate(request: Request, form: dict[str, str]) -> str | None:
    """Return the application's id, authenticated by Basic, by secret in the body, or public."""
    id, secret = form.get("client_id"), form.get("client_secret")
    scheme, _, credentials = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() == "basic":
        try:
            id, _, secret = base64.b64decode(credentials, validate=True).decode().partition(":")
        except ValueError:
            return None
    if id not in CLIENTS:
        return None
    expected = CLIENTS[id]
    if expected is not None and not secrets.compare_digest(expected, secret or ""):
        return None
    return id


def _refused(error: str, status: int = 400) -> Response:
    return JSONResponse({"error": error}, status)


def _back(query: Record, answer: dict[str, str]) -> Response:
    """Redirect to the application with the answer and its own state."""
    if "state" in query:
        answer = {**answer, "state": query["state"]}
    joint = "&" if urlsplit(query["redirect_uri"]).query else "?"
    return RedirectResponse(query["redirect_uri"] + joint + urlencode(answer), status_code=302)
