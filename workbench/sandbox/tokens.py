"""Access tokens of Xero's sign-in: issued, verified, revoked."""

from __future__ import annotations

import hashlib
import json
import uuid
from datetime import datetime, timedelta
from functools import lru_cache

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import RSAKey

from workbench.sandbox.side import World
from workbench.sandbox.state import Record

ISSUER = "https://identity.xero.com"

_USER = {"xero_userid": "4c0e7f57-3b60-4e34-8f3a-0a5b1c2d3e4f", "email": "admin@practice.example"}


class TokenRefused(Exception):
    """An access token that does not hold; the message is the answer's detail."""


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
    for kind in ("connection", "refresh", "access", "code", "workflowmax-refresh", "workflowmax-code"):
        world.state.clear(f"identity/{kind}")


def expire_all(world: World) -> None:
    """Let every access token expire now."""
    with world.state.transaction():
        for id, token in world.state.items("identity/access"):
            world.state.put("identity/access", id, {**token, "expires": world.clock.now().isoformat()})


def access_token(world: World, grant: Record, lifetime_s: int, more: Record | None = None) -> str:
    """Return a new access token for a grant, with more claims if given, and remember it for revoking."""
    now = world.clock.now()
    jti = uuid.uuid4().hex.upper()
    expires = (now + timedelta(seconds=lifetime_s)).isoformat()
    world.state.put("identity/access", jti, {"client_id": grant["client_id"], "expires": expires})
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
        **(more or {}),
    }
    return _sign(world, grant, lifetime_s, claims)


def id_token(world: World, grant: Record) -> str:
    """Return an id token, which lasts five minutes; it names the person as far as the scopes allow."""
    scopes = grant["scope"].split()
    claims = {"aud": grant["client_id"], "sub": _subject()}
    if "profile" in scopes:
        claims |= {"given_name": "Robin", "family_name": "Farrow"}
    if "email" in scopes:
        claims |= {"email": "robin@farrowfinch.example"}
    return _sign(world, grant, 300, claims)


def _sign(world: World, grant: Record, lifetime_s: int, claims: Record) -> str:
    start = int(world.clock.now().timestamp())
    times = {"nbf": start, "exp": start + lifetime_s, "iss": ISSUER, "auth_time": grant["auth_time"]}
    return jwt.encode({"alg": "RS256", "typ": "JWT", "kid": "sandbox"}, {**times, **claims}, _key(world))


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
