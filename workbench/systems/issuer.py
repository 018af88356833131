"""The sign-in services: what is asked of them and how their answers read. Keeps nothing.

OAuth 2.0 authorization code with PKCE (RFC 6749, 7636, 8252, 9700) by authlib, on our own wire.
"""

from __future__ import annotations

import base64
import json
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import parse_qsl, urlencode, urlsplit

from authlib.common.security import generate_token
from authlib.oauth2 import OAuth2Error
from authlib.oauth2.auth import ClientAuth
from authlib.oauth2.client import OAuth2Client

from workbench.domain.clock import Clock
from workbench.domain.errors import BadSettings, NotUnderstood, SignInNeeded
from workbench.domain.fields import SIDE_LABELS, XPM, Side
from workbench.domain.settings import Settings
from workbench.systems.wire import Bearer, Reply, Transport, Wire

# XPM's practices; PRACTICE is Xero HQ, ORGANISATION a ledger.
_PRACTICE_MANAGER: Final = "PRACTICEMANAGER"


@dataclass(frozen=True, slots=True)
class Registration:
    """Where a side's sign-in lives and how this application is known there."""

    side: Side
    authorize_url: str
    token_url: str
    revoke_url: str | None
    connections_url: str | None
    client_id: str
    client_secret_env: str | None
    redirect_uri: str
    scopes: tuple[str, ...]
    org_claim: str | None = None
    """Where the access token itself names the practices: by which claim."""

    @property
    def offers_practices(self) -> bool:
        """Whether there is a practice to be chosen."""
        return self.connections_url is not None or self.org_claim is not None


def registration(settings: Settings, side: Side) -> Registration:
    """Take a side's registration from the firm's settings."""
    ours = settings.side(side)
    return Registration(
        side=side,
        authorize_url=str(ours.authorize_url),
        token_url=str(ours.token_url),
        revoke_url=str(ours.revoke_url) if ours.revoke_url else None,
        connections_url=_address(settings.xpm.connections_url) if side == XPM else None,
        client_id=ours.client_id,
        client_secret_env=ours.client_secret_env,
        redirect_uri=ours.redirect_uri,
        scopes=settings.xpm.asked_scopes if side == XPM else ("read", "write")[: 1 + ours.write],
        org_claim=settings.xpm.org_claim if side == XPM else None,
    )


def _address(url: object) -> str | None:
    return str(url) if url else None


@dataclass(frozen=True, slots=True)
class Begun:
    """A sign-in that waits for the person.

    Parameters
    ----------
    url : str
        What to open in a browser.
    state : str
        What the answer must carry.
    verifier : str
        The PKCE secret; not shown.
    """

    url: str
    state: str = field(repr=False)
    verifier: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Tokens:
    """What a sign-in service handed out.

    Parameters
    ----------
    access, refresh : str
        The tokens; a service without refresh gives None.
    lasts_s : float
        How long the access token lives.
    scope : str
        What was allowed, or "" where the answer did not say.
    person : str, optional
        Who signed in.
    """

    access: str = field(repr=False)
    refresh: str | None = field(repr=False)
    lasts_s: float
    scope: str
    person: str | None


class Withdrawn(Exception):
    """The sign-in service does not take this refresh token (any more)."""


class Issuer:
    """Speaks with one side's sign-in service.

    Parameters
    ----------
    known_as : Registration
        Where it lives and how we are known there.
    clock : Clock
        What waits between tries.
    transport : Transport, optional
        What carries the requests, by default the network.
    """

    def __init__(self, known_as: Registration, clock: Clock, transport: Transport | None = None) -> None:
        self.known_as = known_as
        self.name = SIDE_LABELS[known_as.side]
        self._clock = clock
        self._transport = transport

    def begin(self) -> Begun:
        """Make an address that asks the person for consent, with fresh state and PKCE secret.

        Raises
        ------
        BadSettings
            If the application's secret is not where the settings say: whoever signs in finds out before.
        """
        verifier = generate_token(64)
        asking = OAuth2Client(
            None,
            self.known_as.client_id,
            self._secret(),
            redirect_uri=self.known_as.redirect_uri,
            code_challenge_method="S256",
            scope=" ".join(self.known_as.scopes),
        )
        # WorkflowMax hands out a refresh token only to whoever was asked anew.
        again = {"prompt": "consent"} if self.known_as.org_claim else {}
        url, state = asking.create_authorization_url(
            self.known_as.authorize_url, code_verifier=verifier, **again
        )
        return Begun(url, state, verifier)

    def answer(self, address: str) -> dict[str, str]:
        """Take the answer out of the address to which the browser was sent.

        Raises
        ------
        SignInNeeded
            If it is not this service's answer.
        """
        heard, ours = urlsplit(address.strip()), urlsplit(self.known_as.redirect_uri)
        answer = dict(parse_qsl(heard.query))
        strange = heard.path != ours.path or "state" not in answer or not ({"code", "error"} & answer.keys())
        if strange or not self._is_ours(answer.get("iss")):
            raise SignInNeeded(
                f"That is not the address to which {self.name} sends after signing in.",
                f"Copy the whole address, which starts with {self.known_as.redirect_uri}.",
            )
        return answer

    def exchange(self, code: str, verifier: str) -> Tokens:
        """Exchange the code for tokens.

        Raises
        ------
        SignInNeeded
            If the code was used before or is too old.
        """
        try:
            return self._asked(grant_type="authorization_code", code=code, code_verifier=verifier)
        except Withdrawn:
            raise SignInNeeded(
                f"{self.name} did not take the answer: it was used before or is too old.", "Connect again."
            ) from None

    def refresh(self, refresh_token: str) -> Tokens:
        """Get new tokens.

        Raises
        ------
        Withdrawn
            If the service does not take the refresh token.
        """
        return self._asked(grant_type="refresh_token", refresh_token=refresh_token)

    def revoke(self, token: str) -> None:
        """Withdraw the consent, where the service has a way to."""
        if self.known_as.revoke_url is None:
            return
        answered = self._client(self.known_as.revoke_url).revoke_token(self.known_as.revoke_url, token=token)
        if not answered.reply.ok:
            raise NotUnderstood(f"{self.name} did not withdraw the consent.")

    def practices(self, bearer: Bearer) -> list[tuple[str, str]]:
        """List the practices (id, name) that were let in, never ledgers; none for Connectworks."""
        if self.known_as.org_claim is not None:
            return [(org, org) for org in _named_in(bearer.access_token(), self.known_as.org_claim)]
        if self.known_as.connections_url is None:
            return []
        wire = self._wire(self.known_as.connections_url, bearer)
        try:
            reply = wire.read(self.known_as.connections_url, headers={"Accept": "application/json"})
        finally:
            wire.close()
        try:
            found = [item for item in json.loads(reply.body) if item["tenantType"] == _PRACTICE_MANAGER]
            return [(str(item["tenantId"]), str(item.get("tenantName") or "(no name)")) for item in found]
        except (ValueError, TypeError, KeyError):
            raise NotUnderstood(
                f"{self.name} did not list its practices (status {reply.status}).",
                "Check xpm.connections_url in firm.toml.",
            ) from None

    def _is_ours(self, issuer: str | None) -> bool:
        """Refuse an answer that another issuer put its name to (RFC 9207)."""
        if issuer is None:
            return True
        return _origin(issuer) in {
            _origin(url) for url in (self.known_as.authorize_url, self.known_as.token_url)
        }

    def _asked(self, **fields: str) -> Tokens:
        try:
            token = self._client(self.known_as.token_url).fetch_token(self.known_as.token_url, **fields)
            return _tokens(token)
        except OAuth2Error as error:
            if error.error == "invalid_grant":
                raise Withdrawn from None
            raise BadSettings(
                f"{self.name} does not take this application: {error.error}.",
                "Check its client_id, its secret and its redirect_uri against the registration.",
            ) from None
        except (ValueError, KeyError, TypeError):
            raise NotUnderstood(
                f"The sign-in service of {self.name} gave an answer that cannot be read.",
                "Check token_url in firm.toml.",
            ) from None

    def _client(self, url: str) -> OAuth2Client:
        secret = self._secret()
        method = "client_secret_post" if secret else "none"
        return OAuth2Client(
            Session(self._wire(url)),
            self.known_as.client_id,
            secret,
            token_endpoint_auth_method=method,
            revocation_endpoint_auth_method=method,
            redirect_uri=self.known_as.redirect_uri,
        )

    def _wire(self, url: str, bearer: Bearer | None = None) -> Wire:
        name = f"The sign-in service of {self.name}"
        return Wire(
            name,
            url,
            self._clock,
            bearer=bearer,
            setting=f"{self.known_as.side}'s sign-in addresses",
            transport=self._transport,
        )

    def _secret(self) -> str | None:
        variable = self.known_as.client_secret_env
        secret = os.environ.get(variable) if variable else None
        if variable and not secret:
            raise BadSettings(
                f"The environment variable {variable} is not set.",
                f"Put the secret of the application registered at {self.name} into it.",
            )
        return secret


def _origin(url: str) -> tuple[str, str]:
    parts = urlsplit(url)
    return parts.scheme, parts.netloc


def _tokens(token: Mapping[str, Any]) -> Tokens:
    return Tokens(
        access=str(token["access_token"]),
        refresh=token.get("refresh_token"),
        lasts_s=float(token.get("expires_in") or 0),
        scope=" ".join(token["scope"]) if isinstance(token.get("scope"), list) else token.get("scope") or "",
        person=_person(token.get("id_token")),
    )


def _person(id_token: str | None) -> str | None:
    """Read who signed in; straight from the token endpoint no signature is needed (OIDC Core, 3.1.3.7)."""
    if not id_token or id_token.count(".") != 2:
        return None
    told = _claims(id_token)
    whole = " ".join(filter(None, (told.get("given_name"), told.get("family_name"))))
    return told.get("name") or whole or told.get("email")


def _claims(token: str) -> dict[str, Any]:
    claims = token.split(".")[1]
    return dict(json.loads(base64.urlsafe_b64decode(claims + "=" * (-len(claims) % 4))))


def _named_in(token: str, claim: str) -> list[str]:
    """Give the practices that an access token names; it came from the token endpoint itself."""
    try:
        told = _claims(token).get(claim)
    except (ValueError, IndexError, TypeError):
        told = None
    return [str(org) for org in told] if isinstance(told, list) else [str(told)] if told else []


@dataclass(frozen=True, slots=True)
class _Answered:
    """A reply, as authlib likes to see one."""

    reply: Reply

    @property
    def status_code(self) -> int:
        return self.reply.status

    def json(self) -> Any:
        return json.loads(self.reply.body)

    def raise_for_status(self) -> None:
        if not self.reply.ok:
            raise ValueError(self.reply.status)


class Session:
    """What authlib sends through: our wire."""

    def __init__(self, wire: Wire) -> None:
        self._wire = wire

    def post(
        self, url: str, data: Mapping[str, str], headers: Mapping[str, str], auth: ClientAuth
    ) -> _Answered:
        """Send a form, signed as authlib says."""
        url, headers, body = auth.prepare("POST", url, dict(headers), urlencode(data))
        try:
            return _Answered(self._wire.form(url, body, headers))
        finally:
            self._wire.close()
