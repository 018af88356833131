"""Connectworks' sign-in: OAuth 2.0 code grant (RFC 6749) with a consent page of its own.

The application's secret is required; PKCE (RFC 7636) is honoured where it is used. Tokens are UUIDs.
"""

from __future__ import annotations

import base64
import hashlib
import html
import secrets
import uuid
from collections.abc import Callable
from datetime import datetime, timedelta
from urllib.parse import urlencode, urlsplit

from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from workbench.sandbox.forms import read_fields
from workbench.sandbox.side import World
from workbench.sandbox.state import Record

CLIENTS = {"workbench-sandbox": "sandbox-secret"}
SCOPE = "read upload write"
REQUEST, CODE, ACCESS, REFRESH = (
    f"connectworks-signin/{kind}" for kind in ("request", "code", "access", "refresh")
)
_STYLE = (
    "body{font:1rem/1.5 system-ui,sans-serif;max-width:34rem;margin:3rem auto;padding:0 1rem;color:#1a1a1a}"
    "h1{border-bottom:3px solid #00695c}button{font:inherit;padding:.5rem 1.2rem;margin:1rem .6rem 0 0}"
)


def routes(world: World, dials: Callable[[], Record]) -> list[BaseRoute]:
    """Return the sign-in routes.

    Parameters
    ----------
    world : World
    dials : callable
        () -> the side's dials as they stand.
    """
    service = _SignIn(world, dials)
    return [
        Route("/oauth/authorize", service.ask, methods=["GET"]),
        Route("/oauth/authorize", service.decide, methods=["POST"]),
        Route("/oauth/token", service.token, methods=["POST"]),
        Route("/oauth/revoke", service.revoke, methods=["POST"]),
    ]


def holder(world: World, authorization: str | None) -> str | None:
    """Give the application that a bearer token was issued to; None when the token does not hold."""
    scheme, _, token = (authorization or "").partition(" ")
    known = world.state.get(ACCESS, token) if scheme.lower() == "bearer" and token else None
    if known is None or world.clock.now() >= datetime.fromisoformat(known["expires"]):
        return None
    return str(known["client_id"])


def revoke_all(world: World) -> None:
    """Withdraw every consent: no token holds any longer."""
    for kind in (ACCESS, REFRESH, CODE):
        world.state.clear(kind)


def expire_all(world: World) -> None:
    """Let every access token expire now."""
    with world.state.transaction():
        for token, known in world.state.items(ACCESS):
            world.state.put(ACCESS, token, {**known, "expires": world.clock.now().isoformat()})


class _SignIn:
    """The endpoints; async only where a form has to be read."""

    def __init__(self, world: World, dials: Callable[[], Record]) -> None:
        self.world, self.dials = world, dials

    def ask(self, request: Request) -> Response:
        """Show the consent page, or send the error back to the application."""
        query = dict(request.query_params)
        if query.get("client_id") not in CLIENTS:
            return _page("<h1>This application is not registered</h1>", status=400)
        if not _allowed_redirect(query.get("redirect_uri", "")):
            return _page("<h1>This redirect address is not registered</h1>", status=400)
        if query.get("response_type") != "code":
            return _back(query, {"error": "unsupported_response_type"})
        if "code_challenge" in query and query.get("code_challenge_method") != "S256":
            return _back(query, {"error": "invalid_request"})
        id = secrets.token_urlsafe(24)
        self.world.state.put(REQUEST, id, query)
        return self._consent_page(id, query)

    async def decide(self, request: Request) -> Response:
        """Take the answer from the consent page and redirect to the application."""
        form = await read_fields(request)
        id = form.get("request", "")
        query = self.world.state.get(REQUEST, id)
        if query is None:
            return _page(
                "<h1>This request is no longer open</h1><p>Start again from the application.</p>", 400
            )
        self.world.state.delete(REQUEST, id)
        if form.get("decision") != "allow":
            return _back(query, {"error": "access_denied"})
        code = str(uuid.uuid4())
        self.world.state.put(CODE, code, {**query, "expires": self._in(self.dials()["code_s"])})
        return _back(query, {"code": code})

    async def token(self, request: Request) -> Response:
        """Exchange a code or a refresh token."""
        form = await read_fields(request)
        client_id = _authenticated(request, form)
        if client_id is None:
            return _refused("invalid_client", 401)
        with self.world.state.transaction():
            if form.get("grant_type") == "authorization_code":
                return self._redeem(client_id, form)
            if form.get("grant_type") == "refresh_token":
                return self._refresh(client_id, form)
        return _refused("unsupported_grant_type")

    async def revoke(self, request: Request) -> Response:
        """Revoke a token; with a refresh token all that came from it goes (RFC 7009)."""
        form = await read_fields(request)
        client_id = _authenticated(request, form)
        if client_id is None:
            return _refused("invalid_client", 401)
        token = form.get("token", "")
        with self.world.state.transaction():
            known = self.world.state.get(REFRESH, token) or self.world.state.get(ACCESS, token)
            for kind in (ACCESS, REFRESH):
                for id, item in self.world.state.items(kind):
                    if known and item["grant"] == known["grant"]:
                        self.world.state.delete(kind, id)
        return Response()

    def _redeem(self, client_id: str, form: dict[str, str]) -> Response:
        granted = self.world.state.get(CODE, form.get("code", ""))
        self.world.state.delete(CODE, form.get("code", ""))  # single use, also when refused
        if (
            granted is None
            or granted["client_id"] != client_id
            or granted["redirect_uri"] != form.get("redirect_uri")
            or self.world.clock.now() >= datetime.fromisoformat(granted["expires"])
            or not _proof_holds(granted.get("code_challenge"), form.get("code_verifier", ""))
        ):
            return _refused("invalid_grant")
        return self._issue(client_id, str(uuid.uuid4()), None)

    def _refresh(self, client_id: str, form: dict[str, str]) -> Response:
        token = form.get("refresh_token", "")
        known = self.world.state.get(REFRESH, token)
        if known is None or known["client_id"] != client_id:
            return _refused("invalid_grant")
        if not self.dials()["refresh_rotates"]:
            return self._issue(client_id, known["grant"], token)
        self.world.state.delete(REFRESH, token)
        return self._issue(client_id, known["grant"], None)

    def _issue(self, client_id: str, grant: str, refresh_token: str | None) -> Response:
        """Answer with a new access token, and with a new refresh token unless one is kept."""
        lifetime_s = self.dials()["access_token_s"]
        access_token, refresh_token = str(uuid.uuid4()), refresh_token or str(uuid.uuid4())
        known = {"client_id": client_id, "grant": grant}
        self.world.state.put(ACCESS, access_token, {**known, "expires": self._in(lifetime_s)})
        self.world.state.put(REFRESH, refresh_token, known)
        answer = {
            "access_token": access_token,
            "token_type": "bearer",
            "refresh_token": refresh_token,
            "expires_in": lifetime_s,
            "scope": SCOPE,
        }
        return JSONResponse(answer, headers={"Cache-Control": "no-store", "Pragma": "no-cache"})

    def _in(self, seconds: float) -> str:
        return (self.world.clock.now() + timedelta(seconds=seconds)).isoformat()

    def _consent_page(self, id: str, query: Record) -> Response:
        return _page(
            f"<h1>Connectworks: {html.escape(self.world.firm.name)}</h1>"
            "<p>This is the sandbox's sign-in page. No real account is involved.</p>"
            f"<p><strong>{html.escape(query['client_id'])}</strong> asks to read and change the firm's "
            "clients on your behalf.</p>"
            '<form method="post" action="/oauth/authorize">'
            f'<input type="hidden" name="request" value="{id}">'
            '<button name="decision" value="allow">Allow</button>'
            '<button name="decision" value="refuse">Refuse</button></form>',
            form_target=query["redirect_uri"],
        )


def _allowed_redirect(address: str) -> bool:
    parts = urlsplit(address)
    return parts.scheme == "http" and parts.hostname == "localhost" and not parts.fragment


def _proof_holds(challenge: str | None, verifier: str) -> bool:
    if challenge is None:
        return True
    digest = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()
    return secrets.compare_digest(digest, challenge)


def _authenticated(request: Request, form: dict[str, str]) -> str | None:
    """Give the application's id when its secret, by Basic or in the body, is right."""
    id, secret = form.get("client_id", ""), form.get("client_secret", "")
    scheme, _, credentials = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() == "basic":
        try:
            id, _, secret = base64.b64decode(credentials, validate=True).decode().partition(":")
        except ValueError:
            return None
    expected = CLIENTS.get(id)
    return id if expected and secrets.compare_digest(expected.encode(), secret.encode()) else None


def _refused(error: str, status: int = 400) -> Response:
    return JSONResponse({"error": error}, status)


def _back(query: Record, answer: dict[str, str]) -> Response:
    """Redirect to the application with the answer and its own state."""
    if "state" in query:
        answer = {**answer, "state": query["state"]}
    joint = "&" if urlsplit(query["redirect_uri"]).query else "?"
    return RedirectResponse(query["redirect_uri"] + joint + urlencode(answer), status_code=302)


def _page(body: str, status: int = 200, form_target: str | None = None) -> Response:
    """Return a self-contained page; its form may only lead to the application that asked."""
    style = base64.b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()
    parts = urlsplit(form_target or "")
    target = f" {parts.scheme}://{parts.netloc}" if form_target else ""
    headers = {
        "Content-Security-Policy": f"default-src 'none'; style-src 'sha256-{style}'; base-uri 'none'; "
        f"frame-ancestors 'none'; form-action 'self'{target}",
        "X-Frame-Options": "DENY",
        "X-Content-Type-Options": "nosniff",
        "Referrer-Policy": "no-referrer",
        "Cache-Control": "no-store",
    }
    page = (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        "<title>Sandbox sign-in: Connectworks</title>"
        f'<meta name="viewport" content="width=device-width"><style>{_STYLE}</style></head>'
        f"<body><main>{body}</main></body></html>"
    )
    return HTMLResponse(page, status, headers=headers)
