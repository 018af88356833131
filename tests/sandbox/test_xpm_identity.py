"""Xero's sign-in as the sandbox plays it."""

from __future__ import annotations

import base64
import json

import httpx
import pytest

GRACE_S = 1800


def _claims(token):
    body = token.split(".")[1]
    return json.loads(base64.urlsafe_b64decode(body + "=" * (-len(body) % 4)))


def test_the_whole_way_gives_tokens_and_connections(visitor, xpm_firm):
    """Consent, code, token and connections fit together, and state comes back."""
    answer = visitor.consent(visitor.authorize())
    assert answer["state"] == "s-1"
    tokens = visitor.redeem(answer["code"]).json()
    assert tokens["token_type"] == "Bearer"
    assert tokens["expires_in"] == 1800
    claims = _claims(tokens["access_token"])
    assert claims["scope"] == visitor.scope.split()
    assert claims["exp"] - claims["nbf"] == 1800
    bearer = {"Authorization": f"Bearer {tokens['access_token']}"}
    for path in ("/connections", "/Connections"):
        (connection,) = visitor.http.get(path, headers=bearer).json()
        assert connection["tenantId"] == xpm_firm.tenant_id
        assert connection["tenantType"] == "PRACTICEMANAGER"
        assert connection["authEventId"] == claims["authentication_event_id"]
    assert visitor.http.get("/connections?authEventId=other", headers=bearer).json() == []


def test_the_consent_page_offers_practices_and_a_ledger_and_protects_itself(visitor, xpm_firm):
    """Every tenant has a labelled box, none is ticked, and no other site can frame or restyle the page."""
    page = visitor.authorize()
    assert page.text.count('type="checkbox"') == 3
    assert "checked" not in page.text
    assert f"{xpm_firm.name} (ledger)" in page.text
    policy = page.headers["content-security-policy"]
    assert "default-src 'none'" in policy and "frame-ancestors 'none'" in policy
    assert page.headers["x-frame-options"] == "DENY"


def test_names_on_the_consent_page_are_text(visitor):
    """What a query says is shown, never run."""
    page = visitor.authorize(client_id="<script>alert(1)</script>")
    assert page.status_code == 400
    assert "<script>" not in page.text


def test_allowing_without_a_choice_asks_again(visitor):
    """A forgotten tick is a message on the page, not an error."""
    page = visitor.authorize()
    request = page.text.split('name="request" value="')[1].split('"')[0]
    again = visitor.http.post("/identity/connect/authorize", data={"request": request, "decision": "allow"})
    assert again.status_code == 200
    assert "Choose at least one" in again.text


def test_refusing_comes_back_as_access_denied(visitor):
    """A refusal is told to the application with its own state."""
    assert visitor.consent(visitor.authorize(), "refuse") == {"error": "access_denied", "state": "s-1"}


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"scope": "accounting.transactions practicemanager"}, "invalid_scope"),
        ({"scope": ""}, "invalid_scope"),
        ({"response_type": "token"}, "unsupported_response_type"),
        ({"code_challenge": None}, "invalid_request"),
        ({"code_challenge_method": "plain"}, "invalid_request"),
    ],
)
def test_a_wrong_request_is_told_to_the_application(visitor, changes, error):
    """Faults of the request come back to the redirect address by their OAuth codes."""
    answer = visitor.authorize(**changes)
    assert answer.status_code == 302
    assert f"error={error}" in answer.headers["location"]


@pytest.mark.parametrize(
    "address",
    [
        "http://127.0.0.1:8765/callback",
        "https://evil.example/",
        "http://localhost.evil.example/",
        "http://a; b@localhost/",
    ],
)
def test_an_unknown_redirect_is_never_followed(visitor, address):
    """Only http://localhost is registered; 127.0.0.1 is refused, as Xero does."""
    answer = visitor.authorize(redirect_uri=address)
    assert answer.status_code == 400
    assert "location" not in answer.headers


@pytest.mark.parametrize("verifier", ["a" * 43, "short", "b" * 129, ""])
def test_a_wrong_verifier_gives_no_token(visitor, verifier):
    """A code is worth nothing without the verifier that its challenge came from."""
    code = visitor.consent(visitor.authorize())["code"]
    answer = visitor.redeem(code, code_verifier=verifier)
    assert (answer.status_code, answer.json()) == (400, {"error": "invalid_grant"})
    assert visitor.redeem(code).status_code == 400, "a code that was tried once is used up"


def test_a_code_works_once(visitor):
    """A second exchange of the same code is refused."""
    code = visitor.consent(visitor.authorize())["code"]
    assert visitor.redeem(code).status_code == 200
    assert visitor.redeem(code).json() == {"error": "invalid_grant"}


def test_a_code_expires(visitor, xpm_sandbox):
    """After five minutes a code is refused."""
    code = visitor.consent(visitor.authorize())["code"]
    xpm_sandbox.advance(301)
    assert visitor.redeem(code).json() == {"error": "invalid_grant"}


def test_a_code_belongs_to_its_redirect_address(visitor):
    """Another redirect address at the exchange is refused."""
    code = visitor.consent(visitor.authorize())["code"]
    assert visitor.redeem(code, redirect_uri="http://localhost:1/").json() == {"error": "invalid_grant"}


def test_a_refresh_token_rotates_and_the_old_one_has_a_grace(xpm, xpm_sandbox):
    """After a refresh the new token works, and the old one only for thirty minutes."""
    old = xpm.tokens["refresh_token"]
    new = xpm.token(grant_type="refresh_token", refresh_token=old).json()["refresh_token"]
    assert new != old
    assert xpm.token(grant_type="refresh_token", refresh_token=old).status_code == 200
    xpm_sandbox.advance(GRACE_S + 1)
    late = xpm.token(grant_type="refresh_token", refresh_token=old)
    assert (late.status_code, late.json()) == (400, {"error": "invalid_grant"})
    assert xpm.token(grant_type="refresh_token", refresh_token=new).status_code == 200


def test_a_refresh_token_lasts_sixty_days(xpm, xpm_sandbox):
    """An unused refresh token dies after sixty days."""
    xpm_sandbox.advance(60 * 86_400 + 1)
    answer = xpm.token(grant_type="refresh_token", refresh_token=xpm.tokens["refresh_token"])
    assert answer.json() == {"error": "invalid_grant"}


def test_without_offline_access_there_is_no_refresh_token(visitor):
    """Only who asks for offline access gets a refresh token."""
    visitor.scope = "openid practicemanager.read"
    assert "refresh_token" not in visitor.sign_in().tokens


@pytest.mark.parametrize("by", ["basic", "body"])
def test_a_confidential_application_names_its_secret_either_way(visitor, by):
    """The secret is taken by Basic and in the body; a wrong one is refused."""
    visitor.client_id = "workbench-sandbox-web"
    for secret, status in (("wrong", 401), ("sandbox-secret", 200)):
        code = visitor.consent(visitor.authorize())["code"]
        if by == "body":
            answer = visitor.redeem(code, client_secret=secret)
        else:
            visitor.http.auth = httpx.BasicAuth(visitor.client_id, secret)
            answer = visitor.redeem(code)
            visitor.http.auth = None
        assert answer.status_code == status


def test_revocation_drops_every_connection(xpm):
    """After a revocation neither the access token nor the refresh token works."""
    refresh = xpm.tokens["refresh_token"]
    answer = xpm.http.post("/connect/revocation", data={"token": refresh, "client_id": xpm.client_id})
    assert (answer.status_code, answer.content) == (200, b"")
    assert xpm.call("GET", "staff.api/list").status_code == 401
    assert xpm.token(grant_type="refresh_token", refresh_token=refresh).json() == {"error": "invalid_grant"}


def test_disconnecting_one_tenant_closes_the_api(xpm):
    """A connection is dropped by its own id, not by the tenant's; the API then answers 403."""
    bearer = {"Authorization": f"Bearer {xpm.tokens['access_token']}"}
    (connection,) = xpm.http.get("/connections", headers=bearer).json()
    assert xpm.http.delete(f"/connections/{connection['tenantId']}", headers=bearer).status_code == 404
    assert xpm.http.delete(f"/connections/{connection['id']}", headers=bearer).status_code == 204
    assert xpm.call("GET", "staff.api/list").status_code == 403


def test_a_withdrawn_consent_refuses_everything(xpm, xpm_sandbox):
    """A consent withdrawn in Xero ends both tokens."""
    xpm_sandbox.revoke("xpm")
    assert xpm.call("GET", "staff.api/list").status_code == 401
    answer = xpm.token(grant_type="refresh_token", refresh_token=xpm.tokens["refresh_token"])
    assert answer.json() == {"error": "invalid_grant"}


def test_only_a_connected_practice_is_served(visitor, xpm_firm):
    """A ledger's tenant, a foreign one and none at all are refused with the terse 403."""
    page = visitor.authorize()
    tenants = [part.split('"')[0] for part in page.text.split('name="tenant" value="')[1:]]
    visitor.sign_in(*tenants)
    ledger, second = tenants[1], tenants[2]
    for tenant in (ledger, "00000000-0000-4000-8000-000000000000", ""):
        refused = visitor.call("GET", "client.api/list", headers={"xero-tenant-id": tenant})
        assert refused.status_code == 403
        assert refused.json()["Detail"] == "AuthenticationUnsuccessful"
    empty = visitor.call("GET", "client.api/list", headers={"xero-tenant-id": second})
    assert empty.json() == {"status": "OK", "clients": []}


def test_without_add_ons_no_practice_is_offered(visitor, xpm_sandbox):
    """A person who may not connect add-ons sees the ledger only."""
    xpm_sandbox.dials("xpm", third_party_add_ons=False)
    assert visitor.authorize().text.count('type="checkbox"') == 1


@pytest.mark.parametrize("token", ["", "Bearer nonsense", "Bearer a.b.c", "Basic eA=="])
def test_a_token_that_was_not_issued_here_is_refused(visitor, token):
    """A missing or forged token is a 401."""
    headers = {"xero-tenant-id": visitor.tenant, **({"Authorization": token} if token else {})}
    answer = visitor.http.get("/practicemanager/3.1/staff.api/list", headers=headers)
    assert answer.status_code == 401
    assert answer.json()["Detail"] == "AuthenticationUnsuccessful"


@pytest.mark.parametrize(
    ("scope", "path", "status"),
    [
        ("practicemanager.staff.read", "staff.api/list", 200),
        ("practicemanager.staff.read", "client.api/list", 403),
        ("practicemanager.client.read", "customfield.api/definition", 403),
        ("practicemanager.read", "customfield.api/definition", 200),
    ],
)
def test_an_operation_needs_its_scope(visitor, scope, path, status):
    """Granular scopes open their own area; definitions need a broad one."""
    visitor.scope = scope
    assert visitor.sign_in().call("GET", path).status_code == status


def test_reading_scopes_do_not_write(visitor):
    """A scope that ends in .read cannot update."""
    visitor.scope = "practicemanager.read practicemanager.client.read"
    answer = visitor.sign_in().call("PUT", "client.api/update", json={"uuid": "x"})
    assert answer.status_code == 403


def test_connections_need_a_token(visitor):
    """Nobody lists or drops connections without signing in."""
    assert visitor.http.get("/connections").status_code == 401
    assert visitor.http.delete("/connections/x").status_code == 401
