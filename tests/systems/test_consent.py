"""Consent: asked for by the book, kept alive by one caller at a time, never shown."""

from __future__ import annotations

import base64
import hashlib
import json
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import httpx
import pytest

from workbench.domain.errors import BadSettings, NoTenant, SignInNeeded, Unreachable
from workbench.domain.settings import Settings
from workbench.systems.consent import Consent
from workbench.systems.issuer import registration
from workbench.systems.vault import MemoryVault

PRACTICE = {"tenantId": "p1", "tenantType": "PRACTICEMANAGER", "tenantName": "Finch & Co"}
SECOND = {"tenantId": "p2", "tenantType": "PRACTICEMANAGER", "tenantName": None}
LEDGER = {"tenantId": "o1", "tenantType": "ORGANISATION", "tenantName": "Finch (ledger)"}


class Identity:
    """A small sign-in service that rotates its refresh tokens and gives the previous one a grace."""

    def __init__(self, *tenants: dict[str, Any]) -> None:
        self.tenants = tenants
        self.challenge = ""
        self.code = "the-code"
        self.refresh = "refresh-0"
        self.previous = ""
        self.issued = 0
        self.refreshes = 0
        self.revoked: list[str] = []
        self.drop_next = False
        self.forms: list[dict[str, str]] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        """Answer a request."""
        form = {name: values[0] for name, values in parse_qs(request.content.decode()).items()}
        if request.url.path.endswith("/token"):
            self.forms.append(form)
            return self._token(form)
        if request.url.path.endswith(("/revocation", "/revoke")):
            self.revoked.append(form["token"])
            return httpx.Response(200)
        assert request.headers["Authorization"] == f"Bearer access-{self.issued}"
        return httpx.Response(200, json=self.tenants)

    def open(self, url: str, **changes: str) -> str:
        """Be the person who allows it: give the address to which the browser goes."""
        asked = {name: values[0] for name, values in parse_qs(urlsplit(url).query).items()}
        assert asked["code_challenge_method"] == "S256"
        self.challenge = asked["code_challenge"]
        answer = {"code": self.code, "state": asked["state"], **changes}
        return f"{asked['redirect_uri']}?{urlencode({k: v for k, v in answer.items() if v})}"

    def _token(self, form: dict[str, str]) -> httpx.Response:
        if form["grant_type"] == "authorization_code":
            told = base64.urlsafe_b64encode(hashlib.sha256(form["code_verifier"].encode()).digest())
            good = form["code"] == self.code and told.rstrip(b"=").decode() == self.challenge
            self.code = "used"
        else:
            good = form["refresh_token"] in (self.refresh, self.previous)
            self.refreshes += good
        if not good:
            return httpx.Response(400, json={"error": "invalid_grant"})
        self.issued += 1
        if form["grant_type"] != "authorization_code":
            self.previous = form["refresh_token"]
        self.refresh = f"refresh-{self.issued}"
        if self.drop_next:
            self.drop_next = False
            raise httpx.ReadError("lost")
        claims = base64.urlsafe_b64encode(json.dumps({"name": "Tui Parata"}).encode()).decode().rstrip("=")
        return httpx.Response(
            200,
            json={
                "access_token": f"access-{self.issued}",
                "refresh_token": self.refresh,
                "expires_in": 1800,
                "token_type": "Bearer",
                "scope": "practicemanager.client offline_access",
                "id_token": f"x.{claims}.y",
            },
        )


Make = Callable[..., Consent]


@pytest.fixture
def consent(clock: Any, firm_settings: Callable[..., Settings], tmp_path: Path) -> Make:
    """Give a maker of consents on a sign-in service; they share a vault, as processes do."""
    vault = MemoryVault()

    def make(identity: Identity, side: Any = "xpm", tenant_id: str | None = None) -> Consent:
        return Consent(
            registration(firm_settings(), side),
            vault,
            clock,
            tmp_path,
            tenant_id=tenant_id,
            transport=httpx.MockTransport(identity),
        )

    return make


def signed_in(make: Make, identity: Identity, **more: Any) -> Consent:
    ours = make(identity, **more)
    ours.finish(identity.open(ours.begin().url))
    return ours


def test_the_only_practice_is_chosen_by_itself(consent: Make) -> None:
    """Code, PKCE and state by the book; ledgers are never offered, and one practice needs no question."""
    ours = signed_in(consent, Identity(LEDGER, PRACTICE))
    tenant = ours.tenant()
    assert (tenant.id, tenant.name, tenant.person) == ("p1", "Finch & Co", "Tui Parata")
    assert ours.access_token() == "access-1"
    assert "practicemanager.client" in ours.scopes()


def test_between_practices_a_person_chooses(consent: Make) -> None:
    """With several practices none is taken unasked; the choice outlives the process."""
    identity = Identity(PRACTICE, SECOND)
    ours = signed_in(consent, identity)
    with pytest.raises(NoTenant, match="chosen"):
        ours.tenant()
    assert [t.id for t in ours.tenants()] == ["p1", "p2"]
    ours.choose("p2")
    assert consent(identity).tenant().id == "p2"


def test_the_settings_practice_holds(consent: Make) -> None:
    """A practice named in the settings is the one, and one that is not offered is refused."""
    identity = Identity(PRACTICE, SECOND)
    assert signed_in(consent, identity, tenant_id="p2").tenant().id == "p2"
    with pytest.raises(NoTenant, match="p9"):
        consent(identity, tenant_id="p9").tenant()


@pytest.mark.parametrize("tenants", [(), (LEDGER,)])
def test_no_practice_is_told_with_its_cause(consent: Make, tenants: Any) -> None:
    """Signed in without a practice: the message names the permission that is missing in XPM."""
    with pytest.raises(NoTenant, match="Connect third-party add-ons"):
        signed_in(consent, Identity(*tenants))


def test_refused_consent_is_told(consent: Make) -> None:
    """A person who refuses reads so, and nothing is kept."""
    identity = Identity(PRACTICE)
    ours = consent(identity)
    address = identity.open(ours.begin().url, code="", error="access_denied")
    with pytest.raises(SignInNeeded, match="refused"):
        ours.finish(address)
    assert not ours.signed_in()


@pytest.mark.parametrize(
    "spoilt",
    [
        {"state": "of somebody else"},
        {"state": ""},
        {"code": ""},
        {"iss": "https://evil.example"},
        {"path": "/connectworks"},
    ],
)
def test_a_strange_answer_is_refused(consent: Make, spoilt: dict[str, str]) -> None:
    """An answer of another sign-in, issuer or callback path is never exchanged."""
    identity = Identity(PRACTICE)
    ours = consent(identity)
    path = spoilt.pop("path", None)
    address = identity.open(ours.begin().url, **spoilt)
    with pytest.raises(SignInNeeded):
        ours.finish(address.replace("/xero", path) if path else address)
    assert identity.forms == []


def test_an_answer_counts_once(consent: Make) -> None:
    """The same address pasted twice does not sign in again."""
    identity = Identity(PRACTICE)
    ours = consent(identity)
    address = identity.open(ours.begin().url)
    ours.finish(address)
    with pytest.raises(SignInNeeded, match="used before"):
        ours.finish(address)


def test_connectworks_gets_its_secret_in_the_form(consent: Make) -> None:
    """The vendor's contract wants client_id and client_secret in the body; there is nothing to choose."""
    identity = Identity()
    ours = signed_in(consent, identity, side="connectworks")
    assert identity.forms[0]["client_secret"] == "sandbox-secret"
    assert ours.tenants() == []


def test_a_missing_secret_is_named(consent: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    """The error names the environment variable, before anybody is sent to a page to sign in."""
    monkeypatch.delenv("CONNECTWORKS_TEST_SECRET")
    with pytest.raises(BadSettings, match="CONNECTWORKS_TEST_SECRET"):
        consent(Identity(), side="connectworks").begin()


def test_an_expired_token_is_refreshed_before_use(consent: Make, clock: Any) -> None:
    """Shortly before its end the token is replaced, and the rotated refresh token is kept."""
    identity = Identity(PRACTICE)
    ours = signed_in(consent, identity)
    clock.seconds += 1790
    assert ours.access_token() == "access-2"
    assert consent(identity).access_token() == "access-2"
    assert identity.refreshes == 1


def test_a_lost_answer_is_survived(consent: Make, clock: Any) -> None:
    """When the answer to a refresh is lost, the old token's grace carries on."""
    identity = Identity(PRACTICE)
    ours = signed_in(consent, identity)
    clock.seconds += 1790
    identity.drop_next = True
    with pytest.raises(Unreachable):
        ours.access_token()
    assert ours.access_token() == f"access-{identity.issued}"


def test_a_kept_token_that_is_dead_falls_back_on_the_previous_one(consent: Make, clock: Any) -> None:
    """Within the grace the previous refresh token is tried before a person is asked."""
    identity = Identity(PRACTICE)
    ours = signed_in(consent, identity)
    ours.access_token(rejected="access-1")
    identity.refresh = "never handed out"
    assert ours.access_token(rejected="access-2") == "access-3"


def test_a_withdrawn_consent_asks_for_a_person(consent: Make) -> None:
    """When no refresh token is taken any more, the message says to connect again."""
    identity = Identity(PRACTICE)
    ours = signed_in(consent, identity)
    identity.refresh = identity.previous = "gone"
    with pytest.raises(SignInNeeded, match="withdrawn"):
        ours.access_token(rejected="access-1")


def test_many_callers_make_one_refresh(consent: Make) -> None:
    """Threads of several processes that meet a rejected token at once refresh it once."""
    identity = Identity(PRACTICE)
    signed_in(consent, identity)
    callers = [consent(identity) for _ in range(4)]
    got: list[str] = []
    threads = [
        threading.Thread(target=lambda c=c: got.append(c.access_token(rejected="access-1")))
        for c in callers * 3
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (set(got), identity.refreshes) == ({"access-2"}, 1)


def test_a_strange_application_is_told(consent: Make) -> None:
    """A registration that the service does not know is a matter of settings, not of signing in again."""
    ours = consent(Identity(PRACTICE))
    ours._issuer._transport = httpx.MockTransport(
        lambda request: httpx.Response(401, json={"error": "invalid_client"})
    )
    with pytest.raises(BadSettings, match="invalid_client"):
        ours.finish(Identity().open(ours.begin().url))


def test_disconnecting_withdraws_and_forgets(consent: Make) -> None:
    """The service is told, and nothing is left here."""
    identity = Identity(PRACTICE)
    ours = signed_in(consent, identity)
    ours.disconnect()
    assert identity.revoked == ["refresh-1"]
    assert not consent(identity).signed_in()
    with pytest.raises(SignInNeeded, match="Nobody is signed in"):
        ours.access_token()


def test_nothing_shows_a_token(consent: Make) -> None:
    """Neither the waiting sign-in nor the consent tells a secret when printed."""
    identity = Identity(PRACTICE)
    ours = consent(identity)
    begun = ours.begin()
    ours.finish(identity.open(begun.url))
    shown = f"{ours!r} {begun!r} {vars(ours)['_known']!r}"
    assert begun.verifier not in shown
    assert "access-1" not in shown
    assert "refresh-1" not in shown
