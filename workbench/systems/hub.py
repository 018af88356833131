"""Who vouches for visitors where a JupyterHub runs Workbench as its service: the Hub, asked by OAuth 2.0.

What a Hub tells its service, and how it says who somebody is, stands in JupyterHub's documentation under
*Services* (versions 3 to 6).
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from authlib.common.security import generate_token
from authlib.oauth2 import OAuth2Error
from authlib.oauth2.client import OAuth2Client

from workbench.domain.clock import Clock
from workbench.domain.errors import BadSettings, NotAllowedHere, NotUnderstood, SignInNeeded
from workbench.domain.people import Identity
from workbench.systems.issuer import Session
from workbench.systems.openid import Begun
from workbench.systems.wire import Transport, Wire


@dataclass(frozen=True, slots=True)
class Hub:
    """A Hub, as it makes itself known to the service that it started.

    Parameters
    ----------
    api_url : str
        Where the Hub answers its services.
    authorize_url : str
        Where visitors sign in; may be a path of the same site.
    client_id, secret : str
        How the Hub knows this service.
    redirect_uri : str
        Where visitors come back to; may be a path of the same site.
    prefix : str
        The path under which this service is reached.
    port : int
        Where the Hub expects this service to listen.
    by_tls : bool
        Whether the Hub says that browsers reach it by TLS.
    access_scopes : frozenset of str
        Of these a visitor must have been granted one.
    """

    api_url: str
    authorize_url: str
    client_id: str
    secret: str = field(repr=False)
    redirect_uri: str
    prefix: str
    port: int
    by_tls: bool
    access_scopes: frozenset[str]


def hub_that_started_us(env: Mapping[str, str]) -> Hub | None:
    """Read which Hub started this process as its service; None if none did.

    Parameters
    ----------
    env : mapping
        The process' environment.

    Raises
    ------
    BadSettings
        If the Hub did not tell all that is needed.
    """
    name = env.get("JUPYTERHUB_SERVICE_NAME")
    if not name:
        return None
    try:
        prefix = env["JUPYTERHUB_SERVICE_PREFIX"]
        base = env.get("JUPYTERHUB_HOST", "") + env.get("JUPYTERHUB_BASE_URL", "/")
        hub = env.get("JUPYTERHUB_PUBLIC_HUB_URL") or f"{base}hub/"
        return Hub(
            api_url=env["JUPYTERHUB_API_URL"],
            authorize_url=f"{hub.rstrip('/')}/api/oauth2/authorize",
            client_id=env["JUPYTERHUB_CLIENT_ID"],
            secret=env["JUPYTERHUB_API_TOKEN"],
            redirect_uri=env.get("JUPYTERHUB_OAUTH_CALLBACK_URL") or f"{prefix}oauth_callback",
            prefix=prefix,
            port=int(urlsplit(env["JUPYTERHUB_SERVICE_URL"]).port or 80),
            by_tls=env.get("JUPYTERHUB_PUBLIC_URL", hub).startswith("https:"),
            access_scopes=frozenset(
                json.loads(env.get("JUPYTERHUB_OAUTH_ACCESS_SCOPES") or "null")
                or ("access:services", f"access:services!service={name}")
            ),
        )
    except (KeyError, ValueError) as missing:
        raise BadSettings(
            f"The JupyterHub did not tell its service {name} enough: {missing}.",
            "Give the service a url, so that the Hub tells it where it lives.",
        ) from None


class HubProvider:
    """Speaks with the Hub.

    Parameters
    ----------
    hub : Hub
        Which one.
    clock : Clock
        What waits between tries.
    transport : Transport, optional
        What carries the requests, by default the network.
    """

    title = "JupyterHub"

    def __init__(self, hub: Hub, clock: Clock, transport: Transport | None = None) -> None:
        self._hub = hub
        self._clock = clock
        self._transport = transport

    def begin(self) -> Begun:
        """Make the address that asks the visitor to sign in at the Hub."""
        verifier = generate_token(64)
        client = self._client(None)
        url, state = client.create_authorization_url(self._hub.authorize_url, code_verifier=verifier)
        return Begun(url, state, "", verifier)

    def finish(self, query: str, begun: Begun) -> Identity:
        """Take the visitor's answer and say who they are, as the Hub vouches.

        Parameters
        ----------
        query : str
            What stands after ``?`` in the address that the visitor came back to.
        begun : Begun
            As `begin` gave it to this very visitor.

        Raises
        ------
        SignInNeeded
            If the answer does not belong to this sign-in, or was used before.
        NotAllowedHere
            If the Hub does not let this person use the service.
        """
        answer = dict(parse_qsl(query))
        if answer.get("state") != begun.state or "code" not in answer:
            raise SignInNeeded("This answer belongs to another sign-in.", "Sign in again.")
        place = f"{self._hub.api_url}/oauth2/token"
        try:
            token = self._client(Session(self._wire())).fetch_token(
                place, grant_type="authorization_code", code=answer["code"], code_verifier=begun.verifier
            )
        except OAuth2Error:
            raise SignInNeeded("The JupyterHub did not take this answer.", "Sign in again.") from None
        except (ValueError, KeyError, TypeError):
            raise _strange() from None
        return self._person(token)

    def _person(self, token: Mapping[str, Any]) -> Identity:
        wire = self._wire()
        try:
            reply = wire.read(
                f"{self._hub.api_url}/user", headers={"Authorization": f"Bearer {token['access_token']}"}
            )
            told = json.loads(reply.body)
            name, scopes = str(told["name"]), set(told["scopes"])
        except (ValueError, KeyError, TypeError):
            raise _strange() from None
        finally:
            wire.close()
        if not scopes & self._hub.access_scopes:
            raise NotAllowedHere(
                "The JupyterHub does not let you use this service.", "Ask its administrator."
            )
        return Identity(name, name, "", self._hub.api_url)

    def _client(self, session: Any) -> OAuth2Client:
        return OAuth2Client(
            session,
            self._hub.client_id,
            self._hub.secret,
            token_endpoint_auth_method="client_secret_post",
            redirect_uri=self._hub.redirect_uri,
            code_challenge_method="S256",
        )

    def _wire(self) -> Wire:
        return Wire(
            "The JupyterHub",
            self._hub.api_url,
            self._clock,
            setting="JUPYTERHUB_API_URL",
            transport=self._transport,
        )


def _strange() -> NotUnderstood:
    return NotUnderstood("The JupyterHub gave an answer that cannot be read.", "Sign in again.")
