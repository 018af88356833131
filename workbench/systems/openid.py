"""Who vouches for visitors: an OpenID Connect provider, asked by authlib on our own wire. Keeps nothing.

OpenID Connect Core 1.0 with the authorization code flow, PKCE (RFC 7636), nonce, and the checks of section
3.1.3.7; where the provider lives is taken from its discovery document (OpenID Connect Discovery 1.0).
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import parse_qsl, urlsplit

from authlib.common.security import generate_token
from authlib.oauth2 import OAuth2Error
from authlib.oauth2.client import OAuth2Client
from authlib.oidc.core import CodeIDToken
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from workbench.domain.clock import Clock
from workbench.domain.errors import BadSettings, NotUnderstood, SignInNeeded
from workbench.domain.people import Identity
from workbench.domain.serving import SignInSettings
from workbench.systems.issuer import Session
from workbench.systems.wire import Transport, Wire

_ALGORITHMS: Final = [f"{kind}{size}" for kind in ("RS", "PS", "ES") for size in (256, 384, 512)]
"""Signatures by a key that only the provider has: never ``none``, never one made with our own secret."""
_LEEWAY_S: Final = 60


@dataclass(frozen=True, slots=True)
class Begun:
    """A sign-in that waits for the visitor to come back.

    Parameters
    ----------
    url : str
        Where the visitor goes.
    state, nonce, verifier : str
        What the answer must fit; the verifier is the PKCE secret.
    """

    url: str
    state: str = field(repr=False)
    nonce: str = field(repr=False)
    verifier: str = field(repr=False)


class OpenIdProvider:
    """Speaks with one OpenID provider.

    Parameters
    ----------
    settings : SignInSettings
        Where it is and how we are known there.
    secret : str, optional
        Of the registered application; None for a registration with PKCE alone.
    redirect_uri : str
        Where visitors come back to, as registered.
    clock : Clock
        What waits between tries.
    transport : Transport, optional
        What carries the requests, by default the network.
    """

    def __init__(
        self,
        settings: SignInSettings,
        secret: str | None,
        redirect_uri: str,
        clock: Clock,
        transport: Transport | None = None,
    ) -> None:
        self.title = settings.title
        self._settings = settings
        self._secret = secret
        self._redirect_uri = redirect_uri
        self._clock = clock
        self._transport = transport
        self._found: dict[str, Any] | None = None

    def begin(self) -> Begun:
        """Make the address that asks the visitor to sign in.

        Raises
        ------
        Unreachable, NotUnderstood, BadSettings
            If the provider cannot be asked, or is not the one that the settings name.
        """
        verifier, nonce = generate_token(64), generate_token(32)
        url, state = self._client(None).create_authorization_url(
            self._place("authorization_endpoint"), code_verifier=verifier, nonce=nonce
        )
        return Begun(url, state, nonce, verifier)

    def finish(self, query: str, begun: Begun) -> Identity:
        """Take the visitor's answer and say who they are, as the provider vouches.

        Parameters
        ----------
        query : str
            What stands after ``?`` in the address that the visitor came back to.
        begun : Begun
            As `begin` gave it to this very visitor.

        Raises
        ------
        SignInNeeded
            If the visitor declined, or the answer does not belong to this sign-in.
        NotUnderstood
            If what the provider vouches for does not hold.
        """
        answer = dict(parse_qsl(query))
        if answer.get("state") != begun.state or answer.get("iss", self._settings.issuer) != self._issuer():
            raise SignInNeeded("This answer belongs to another sign-in.", "Sign in again.")
        if "code" not in answer:
            raise SignInNeeded(f"{self.title} did not sign you in.", "Sign in again.")
        token = self._token(answer["code"], begun)
        claims = self._claims(token, begun)
        if not (claims.get("email") and _name(claims)):
            claims = {**self._asked(token["access_token"], claims["sub"]), **claims}
        return _identity(claims, self._settings.issuer)

    def _token(self, code: str, begun: Begun) -> Mapping[str, Any]:
        place = self._place("token_endpoint")
        try:
            token = self._client(Session(self._wire(place))).fetch_token(
                place, grant_type="authorization_code", code=code, code_verifier=begun.verifier
            )
        except OAuth2Error as error:
            if error.error == "invalid_grant":
                raise SignInNeeded(
                    f"This answer of {self.title} was used or is too old.", "Sign in again."
                ) from None
            raise BadSettings(
                f"{self.title} does not take this application: {error.error}.",
                "Check client_id, secret and redirect address against the registration.",
            ) from None
        except (ValueError, KeyError, TypeError):
            raise self._strange() from None
        if not {"id_token", "access_token"} <= set(token):
            raise self._strange()
        return token

    def _claims(self, token: Mapping[str, Any], begun: Begun) -> dict[str, Any]:
        """Check who signed the ID token, for whom, and for which sign-in (OpenID Connect Core, 3.1.3.7)."""
        place = self._place("jwks_uri")
        try:
            keys = KeySet.import_key_set(json.loads(self._read(place)))
            opened = jwt.decode(token["id_token"], keys, algorithms=_ALGORITHMS)
            claims = CodeIDToken(
                opened.claims,
                opened.header,
                {"iss": {"value": self._settings.issuer}, "aud": {"value": self._settings.client_id}},
                {
                    "nonce": begun.nonce,
                    "client_id": self._settings.client_id,
                    "access_token": token["access_token"],
                },
            )
            claims.validate(leeway=_LEEWAY_S)
        except (JoseError, ValueError, TypeError, KeyError):
            raise NotUnderstood(
                f"What {self.title} vouches for does not hold.",
                "Sign in again; if this stays, check serve.sign_in.",
            ) from None
        return dict(claims)

    def _asked(self, access_token: str, subject: str) -> dict[str, Any]:
        """Ask for name and address where the ID token has none; not taken if it is about somebody else."""
        place = self._found_all().get("userinfo_endpoint")
        if not place:
            return {}
        told = self._json(self._read(place, {"Authorization": f"Bearer {access_token}"}))
        return told if told.get("sub") == subject else {}

    def _place(self, name: str) -> str:
        place = self._found_all().get(name)
        if not isinstance(place, str) or not (place.startswith("https:") or _is_here(place)):
            raise self._strange()
        return place

    def _found_all(self) -> dict[str, Any]:
        if self._found is None:
            path = "/.well-known/openid-configuration"
            found = self._json(self._read(self._settings.issuer.rstrip("/") + path))
            if found.get("issuer") != self._issuer():
                raise BadSettings(
                    f"{self.title} calls itself {found.get('issuer')!r}, not as firm.toml says.",
                    "Write serve.sign_in.issuer exactly so.",
                )
            self._found = found
        return self._found

    def _issuer(self) -> str:
        return self._settings.issuer

    def _client(self, session: Any) -> OAuth2Client:
        return OAuth2Client(
            session,
            self._settings.client_id,
            self._secret,
            token_endpoint_auth_method=self._method(),
            redirect_uri=self._redirect_uri,
            code_challenge_method="S256",
            scope=" ".join(self._settings.scopes),
        )

    def _method(self) -> str:
        """Choose how we prove who we are; without more, a provider takes ``client_secret_basic``."""
        taken = (self._found or {}).get("token_endpoint_auth_methods_supported") or ["client_secret_basic"]
        if not self._secret:
            return "none"
        return "client_secret_basic" if "client_secret_basic" in taken else "client_secret_post"

    def _read(self, place: str, headers: Mapping[str, str] | None = None) -> bytes:
        wire = self._wire(place)
        try:
            reply = wire.read(place, headers={"Accept": "application/json", **(headers or {})})
        finally:
            wire.close()
        if not reply.ok:
            raise self._strange()
        return reply.body

    def _json(self, body: bytes) -> dict[str, Any]:
        try:
            return dict(json.loads(body))
        except (ValueError, TypeError):
            raise self._strange() from None

    def _wire(self, place: str) -> Wire:
        return Wire(
            f"The sign-in of {self.title}",
            place,
            self._clock,
            setting="serve.sign_in",
            transport=self._transport,
        )

    def _strange(self) -> NotUnderstood:
        return NotUnderstood(
            f"{self.title} gave an answer that cannot be read.", "Check serve.sign_in in firm.toml."
        )


def _identity(claims: Mapping[str, Any], issuer: str) -> Identity:
    """Take a person from what was vouched for; an address that the provider calls unchecked is not theirs."""
    unchecked = str(claims.get("email_verified", True)).lower() == "false"
    email = "" if unchecked else str(claims.get("email") or "")
    subject = str(claims["sub"])
    return Identity(subject, _name(claims) or email or subject, email, issuer)


def _name(claims: Mapping[str, Any]) -> str:
    whole = " ".join(filter(None, (claims.get("given_name"), claims.get("family_name"))))
    return str(claims.get("name") or whole or "").strip()


def _is_here(place: str) -> bool:
    return urlsplit(place).hostname in {"localhost", "127.0.0.1", "::1"}
