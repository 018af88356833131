"""Who vouches for visitors where a JupyterHub started Workbench: what the Hub says counts, and its leave."""

from __future__ import annotations

import json
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from workbench.domain.errors import BadSettings, NotAllowedHere, SignInNeeded
from workbench.domain.people import Identity
from workbench.systems.clock import RealClock
from workbench.systems.hub import Hub, HubProvider, hub_that_started_us

API = "http://127.0.0.1:8081/hub/api"
TOLD = {
    "JUPYTERHUB_SERVICE_NAME": "workbench",
    "JUPYTERHUB_SERVICE_PREFIX": "/services/workbench/",
    "JUPYTERHUB_SERVICE_URL": "http://127.0.0.1:8866",
    "JUPYTERHUB_BASE_URL": "/",
    "JUPYTERHUB_API_URL": API,
    "JUPYTERHUB_CLIENT_ID": "service-workbench",
    "JUPYTERHUB_API_TOKEN": "the service's own token",
    "JUPYTERHUB_OAUTH_ACCESS_SCOPES": json.dumps(["access:services!service=workbench"]),
}


def _hub() -> Hub:
    hub = hub_that_started_us(TOLD)
    assert hub is not None
    return hub


class TheHub(httpx.BaseTransport):
    """A Hub's two answers, as JupyterHub's documentation describes them."""

    def __init__(self, scopes: list[str]) -> None:
        self.scopes = scopes
        self.asked: list[httpx.Request] = []

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Give a token for the code, and for the token its holder."""
        self.asked.append(request)
        if request.url.path == "/hub/api/oauth2/token":
            form = parse_qs(request.read().decode())
            if form["code"] != ["good"] or form["client_secret"] != [TOLD["JUPYTERHUB_API_TOKEN"]]:
                return httpx.Response(400, json={"error": "invalid_grant"})
            return httpx.Response(200, json={"access_token": "anns", "token_type": "Bearer"})
        assert request.headers["Authorization"] == "Bearer anns"
        return httpx.Response(200, json={"name": "ann", "kind": "user", "scopes": self.scopes})


def test_only_a_service_knows_a_hub() -> None:
    """A terminal within somebody's own JupyterHub server is no service of the Hub."""
    assert hub_that_started_us({}) is None
    assert hub_that_started_us({**TOLD, "JUPYTERHUB_SERVICE_NAME": ""}) is None
    with pytest.raises(BadSettings, match="JUPYTERHUB_API_URL"):
        hub_that_started_us({name: told for name, told in TOLD.items() if name != "JUPYTERHUB_API_URL"})


def test_cookies_travel_by_tls_where_the_hub_is_reached_so() -> None:
    """What the Hub says of its public address decides."""
    assert not _hub().by_tls
    public = hub_that_started_us({**TOLD, "JUPYTERHUB_PUBLIC_URL": "https://hub.example/services/workbench/"})
    assert public is not None
    assert public.by_tls


def test_a_visitor_is_sent_to_the_hub_and_comes_back_by_name() -> None:
    """The Hub's name for a person is who they are; the service proves itself by its own token."""
    provider = HubProvider(_hub(), RealClock(), TheHub(["access:services!service=workbench"]))
    begun = provider.begin()
    asked = parse_qs(urlsplit(begun.url).query)
    assert urlsplit(begun.url).path == "/hub/api/oauth2/authorize"
    assert asked["redirect_uri"] == ["/services/workbench/oauth_callback"]
    assert "the service's own token" not in begun.url
    assert provider.finish(f"code=good&state={begun.state}", begun) == Identity("ann", "ann", "", API)


def test_without_the_hubs_leave_nobody_comes_in() -> None:
    """A person who may not use the service, a used code and another browser's answer are refused."""
    provider = HubProvider(_hub(), RealClock(), TheHub(["access:services!service=other"]))
    begun = provider.begin()
    with pytest.raises(NotAllowedHere):
        provider.finish(f"code=good&state={begun.state}", begun)
    with pytest.raises(SignInNeeded):
        provider.finish(f"code=used&state={begun.state}", begun)
    with pytest.raises(SignInNeeded):
        provider.finish("code=good&state=another", begun)
