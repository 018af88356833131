"""Xero's sign-in: consent page, tokens, connections.

The flow is the authorization code grant with PKCE (RFC 6749, RFC 7636); what is particular to
Xero (rotation with grace, connections, claims) follows its public guides.
"""

from __future__ import annotations

import base64
import hashlib
import html
import json
import re
import secrets
import uuid
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any
from urllib.parse import urlencode, urlsplit

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import RSAKey
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from workbench.sandbox.clock import stamp
from workbench.sandbox.forms import read_fields, read_form
from workbench.sandbox.side import World
from workbench.sandbox.state import Record

ISSUER = "https://identity.xero.com"
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

_USER = {"xero_userid": "4c0e7f57-3b60-4e34-8f3a-0a5b1c2d3e4f", "email": "admin@practice.example"}
_STYLE = (
    "body{font:1rem/1.5 system-ui,sans-serif;max-width:34rem;margin:3rem auto;padding:0 1rem;color:#1a1a1a}"
    "fieldset{border:1px solid #767676;border-radius:4px}label{display:block;padding:.3rem 0}"
    "button{font:inherit;padding:.5rem 1.2rem;margin:1rem .6rem 0 0}.problem{color:#a3001b;font-weight:600}"
)


class TokenRefused(Exception):
    """An access token that does not hold; the message is the answer's detail."""


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


def verify(world: World, authorization: str | None) -> Record:
    """Return the claims of a bearer token.

    Raises
    ------
    TokenRefused
        When the token is missing, forged, revoked or expired.
    """
    scheme, _, token = (authorization or "").partition(" ")
    if scheme.lower() != "bearer" or not token:
        raise TokenRefused("AuthenticationUnsuccessful")
    try:
        claims = jwt.decode(token, _key(world), algorithms=["RS256"]).claims
    except (JoseError, ValueError) as error:
        raise TokenRefused("AuthenticationUnsuccessful") from error
    known = world.state.get("identity/access", claims["jti"])
    if known is None:
        raise TokenRefused("AuthenticationUnsuccessful")
    expires = datetime.fromisoformat(known["expires"])
    if world.clock.now() >= expires:
        raise TokenRefused(f"TokenExpired: token expired at {expires:%m/%d/%Y %H:%M:%S}")
    return dict(claims)


def connections(world: World, client_id: str) -> list[Record]:
    """Return the tenants that the user has connected to an application."""
    return [item for item in world.state.all("identity/connection") if item["client_id"] == client_id]


def revoke_all(world: World) -> None:
    """Withdraw every consent: refresh tokens, access tokens and connections are void."""
    for kind in ("connection", "refresh", "access", "code"):
        world.state.clear(f"identity/{kind}")


def expire_all(world: World) -> None:
    """Let every access token expire now."""
    with world.state.transaction():
        for id, token in world.state.items("identity/access"):
            world.state.put("identity/access", id, {**token, "expires": world.clock.now().isoformat()})


def routes(world: World, dials: Any) -> list[BaseRoute]:
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

    def __init__(self, world: World, dials: Any) -> None:
        self.world, self.dials = world, dials

    def ask(self, request: Request) -> Response:
        """Show the consent page, or send the error back to the application."""
        query = dict(request.query_params)
        if query.get("client_id") not in CLIENTS:
            return _page("<h1>This application is not registered</h1>", status=400)
        if not _allowed_redirect(query.get("redirect_uri", "")):
            return _page(
                "<h1>This redirect address is not registered</h1>"
                "<p>It has to be http://localhost, with any port and path.</p>",
                status=400,
            )
        problem = _request_problem(query)
        if problem:
            return _back(query, {"error": problem})
        id = secrets.token_urlsafe(24)
        self.world.state.put("identity/request", id, query)
        return self._consent_page(id, query)

    async def decide(self, request: Request) -> Response:
        """Take the answer from the consent page and redirect to the application."""
        form = await read_form(request)
        id = form.get("request", [""])[0]
        query = self.world.state.get("identity/request", id)
        if query is None:
            return _page(
                "<h1>This request is no longer open</h1><p>Start again from the application.</p>", status=400
            )
        if form.get("decision") != ["allow"]:
            self.world.state.delete("identity/request", id)
            return _back(query, {"error": "access_denied"})
        chosen = [tenant for tenant in self._offered() if tenant["tenantId"] in form.get("tenant", [])]
        if not chosen:
            return self._consent_page(id, query, "Choose at least one, or refuse.")
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
            claims = verify(self.world, request.headers.get("authorization"))
        except TokenRefused as refusal:
            return unauthorised(request, str(refusal))
        event = request.query_params.get("authEventId")
        found = connections(self.world, claims["client_id"])
        shown = [item for item in found if event in (None, item["authEventId"])]
        for item in shown:
            del item["client_id"]  # ours, not part of the answer
        return JSONResponse(shown)

    def disconnect(self, request: Request) -> Response:
        """Drop one connection by its own id."""
        try:
            claims = verify(self.world, request.headers.get("authorization"))
        except TokenRefused as refusal:
            return unauthorised(request, str(refusal))
        id = request.path_params["id"]
        if id not in {item["id"] for item in connections(self.world, claims["client_id"])}:
            return Response(status_code=404)
        self.world.state.delete("identity/connection", id)
        return Response(status_code=204)

    def _offered(self) -> list[Record]:
        addons = self.dials()["third_party_add_ons"]
        return [tenant for tenant in tenants(self.world) if addons or tenant["tenantType"] != PRACTICE]

    def _consent_page(self, id: str, query: Record, problem: str = "") -> Response:
        choices = "".join(
            f'<label><input type="checkbox" name="tenant" value="{tenant["tenantId"]}"> '
            f"{html.escape(tenant['tenantName'])}</label>"
            for tenant in self._offered()
        )
        scopes = "".join(f"<li>{html.escape(scope)}</li>" for scope in query["scope"].split())
        warning = f'<p class="problem" role="alert">{problem}</p>' if problem else ""
        return _page(
            f"<h1>{html.escape(query['client_id'])} wants access</h1>"
            "<p>This is the sandbox's sign-in page. No real account is involved.</p>"
            f"{warning}<p>It asks for:</p><ul>{scopes}</ul>"
            '<form method="post" action="/identity/connect/authorize">'
            f'<input type="hidden" name="request" value="{id}">'
            f"<fieldset><legend>Connect which practice or organisation?</legend>{choices}</fieldset>"
            '<button name="decision" value="allow">Allow access</button>'
            '<button name="decision" value="refuse">Refuse</button></form>',
            form_target=query["redirect_uri"],
        )

    def _grant(self, id: str, query: Record, chosen: list[Record]) -> str:
        """Connect the chosen tenants and return a code."""
        now, event, code = self.world.clock.now(), str(uuid.uuid4()), secrets.token_urlsafe(32)
        with self.world.state.transaction():
            self.world.state.delete("identity/request", id)
            before = {item["tenantId"]: item for item in connections(self.world, query["client_id"])}
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
            "access_token": self._access_token(grant, now, dials["access_token_s"]),
            "expires_in": dials["access_token_s"],
            "token_type": "Bearer",
            "scope": granted["scope"],
        }
        if "openid" in scopes:
            answer["id_token"] = self._sign(grant, now, 300, {"aud": grant["client_id"], "sub": _subject()})
        if "offline_access" in scopes:
            answer["refresh_token"] = secrets.token_urlsafe(32)
            expires = (now + timedelta(days=dials["refresh_days"])).isoformat()
            self.world.state.put("identity/refresh", answer["refresh_token"], {**grant, "expires": expires})
        return JSONResponse(answer, headers={"Cache-Control": "no-store"})

    def _access_token(self, grant: Record, now: datetime, lifetime_s: int) -> str:
        jti = uuid.uuid4().hex.upper()
        expires = (now + timedelta(seconds=lifetime_s)).isoformat()
        self.world.state.put("identity/access", jti, {"client_id": grant["client_id"], "expires": expires})
        claims = {
            "aud": f"{ISSUER}/resources",
            "client_id": grant["client_id"],
            "sub": _subject(),
            "auth_time": grant["auth_time"],
            "xero_userid": _USER["xero_userid"],
            "global_session_id": hashlib.sha256(grant["event"].encode()).hexdigest()[:32],
            "jti": jti,
            "authentication_event_id": grant["event"],
            "scope": grant["scope"].split(),
        }
        return self._sign(grant, now, lifetime_s, claims)

    def _sign(self, grant: Record, now: datetime, lifetime_s: int, claims: Record) -> str:
        start = int(now.timestamp())
        times = {"nbf": start, "exp": start + lifetime_s, "iss": ISSUER, "auth_time": grant["auth_time"]}
        return jwt.encode(
            {"alg": "RS256", "typ": "JWT", "kid": "sandbox"}, {**times, **claims}, _key(self.world)
        )


def unauthorised(request: Request, detail: str) -> Response:
    """Return the gateway's 401."""
    return problem(request, 401, "Unauthorized", detail, {"WWW-Authenticate": "Bearer error=invalid_token"})


def problem(
    request: Request, status: int, title: str, detail: str, headers: dict[str, str] | None = None
) -> Response:
    """Return a gateway error, a JSON problem object whatever the caller asked for."""
    correlation = request.scope["state"]["request_id"]
    body = {
        "Type": None,
        "Title": title,
        "Status": status,
        "Detail": detail,
        "Instance": correlation,
        "Extensions": {},
    }
    return JSONResponse(body, status, headers={"xero-correlation-id": correlation, **(headers or {})})


def _key(world: World) -> RSAKey:
    stored = world.state.get("identity/key", "current")
    if stored is None:
        with world.state.transaction():
            stored = world.state.get("identity/key", "current")
            if stored is None:
                stored = json.loads(_new_key())
                world.state.put("identity/key", "current", stored)
    return _imported(json.dumps(stored))


@lru_cache(maxsize=1)
def _new_key() -> str:
    """Generate this process's key: a tenth of a second that each sandbox need not spend again."""
    return json.dumps(RSAKey.generate_key(2048).as_dict(private=True))


@lru_cache(maxsize=4)
def _imported(stored: str) -> RSAKey:
    """Import a key once: the checks that this takes cost more than a whole call of the API."""
    return RSAKey.import_key(json.loads(stored))


def _subject() -> str:
    return hashlib.sha256(_USER["xero_userid"].encode()).hexdigest()[:32]


def _allowed_redirect(address: str) -> bool:
    parts = urlsplit(address)
    return parts.scheme == "http" and parts.hostname == "localhost" and not parts.fragment


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


def _page(body: str, status: int = 200, form_target: str | None = None) -> Response:
    """Return a self-contained page; its form may only lead to the application that asked."""
    style = base64.b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()
    target = ""
    if form_target:
        parts = urlsplit(form_target)
        target = f" {parts.scheme}://{parts.netloc}"
    headers = {
        "Content-Security-Policy": f"default-src 'none'; style-src 'sha256-{style}'; base-uri 'none'; "
        f"frame-ancestors 'none'; form-action 'self'{target}",
        "X-Frame-Options": "DENY",
        "X-Content-Type-Options": "nosniff",
        "Referrer-Policy": "no-referrer",
        "Cache-Control": "no-store",
    }
    page = (
        '<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Sandbox sign-in: Xero</title>'
        f'<meta name="viewport" content="width=device-width"><style>{_STYLE}</style></head>'
        f"<body><main>{body}</main></body></html>"
    )
    return HTMLResponse(page, status, headers=headers)
