"""The sandbox's Connectworks gateway keeps its contract, over a real socket."""

import re
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from workbench.sandbox import Firm, Sandbox
from workbench.sandbox.connectworks.values import problem_with, trimmed

REDIRECT = "http://localhost:8765/back"
APPLICATION = {"client_id": "workbench-sandbox", "client_secret": "sandbox-secret"}
XPM_ONE, XPM_TWO = str(uuid.UUID(int=1)), str(uuid.UUID(int=2))
BOX = {
    "lines": ["PO Box 99999"],
    "suburb": None,
    "city": "Taupō",
    "region": None,
    "postcode": "3351",
    "country": "New Zealand",
}


def record(number: int, **values: Any) -> dict[str, Any]:
    """Give a gateway record with invented values."""
    blank = dict.fromkeys(
        ("email", "website", "primary_phone", "other_phone", "physical_address", "postal_address", "xpm_link")
    )
    return {
        "id": f"cw_{number}",
        "nature": "client",
        "entity_type": "company",
        "lifecycle": "active",
        "legal_name": f"Kererū {number} Limited",
        **blank,
        "addon_refreshed_at": None,
        "updated_at": f"2024-05-0{number}T02:03:04Z",
        **values,
    }


FIRM = Firm(
    name="Kōwhai & Co",
    country="NZ",
    tenant_id=str(uuid.UUID(int=9)),
    connectworks=[
        record(1, email="office@kereru.example", primary_phone="07 555 0123", postal_address=BOX),
        record(
            2,
            entity_type="trust",
            legal_name="Kererū Family Trust",
            xpm_link={"uuid": XPM_TWO, "linked_at": None},
        ),
        record(3, nature="contact", entity_type="individual", legal_name="Hēmi Ngāta"),
        record(4, lifecycle="archived"),
        record(5, lifecycle="discarded"),
    ],
    parties=[
        {
            "client_id": "cw_2",
            "id": "cw_3",
            "name": "Hēmi Ngāta",
            "role": "trustee",
            "since": None,
            "until": None,
        }
    ],
    xpm_staff=[],
    xpm_groups=[],
    xpm_custom_fields=[],
    xpm_contacts=[],
    xpm_clients=[],
    xpm_relationships=[],
    truth=[],
)


@dataclass
class Caller:
    """Calls the gateway with a token and remembers nothing."""

    sandbox: Sandbox
    http: httpx.Client

    def patch(self, id: str, changes: dict[str, Any], **headers: str) -> httpx.Response:
        """Send a PATCH of some fields."""
        body = {"changes": changes, "run_id": "r1", "decided_by": "a", "approved_by": None}
        return self.http.patch(f"/v1/clients/{id}", json=body, headers=headers)

    def kept(self, id: str) -> dict[str, Any]:
        """Give the record as the server keeps it."""
        return self.sandbox.dump("connectworks")["clients"][id]


@pytest.fixture(scope="module")
def servers() -> Iterator[Sandbox]:
    with Sandbox.start(firm=FIRM) as sandbox:
        yield sandbox


@pytest.fixture
def sandbox(servers: Sandbox) -> Sandbox:
    """Give the running servers as they were seeded, with a minute's limit that no test meets by accident."""
    servers.reset("connectworks")
    servers.dials("connectworks", limit_per_minute=10_000)
    return servers


@pytest.fixture
def visitor(sandbox: Sandbox) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=sandbox.connectworks_url) as http:
        yield http


@pytest.fixture
def caller(sandbox: Sandbox, visitor: httpx.Client) -> Caller:
    visitor.headers["Authorization"] = f"Bearer {sign_in(visitor)['access_token']}"
    return Caller(sandbox, visitor)


def ask(http: httpx.Client, **changes: str) -> httpx.Response:
    query = {
        "response_type": "code",
        "client_id": "workbench-sandbox",
        "redirect_uri": REDIRECT,
        "state": "s1",
    }
    return http.get("/oauth/authorize", params={**query, **changes})


def answer(http: httpx.Client, page: httpx.Response, decision: str = "allow") -> dict[str, str]:
    """Answer the consent page; give what the redirect carries."""
    request = re.search(r'name="request" value="([^"]+)"', page.text)
    assert request, page.text
    redirect = http.post("/oauth/authorize", data={"request": request[1], "decision": decision})
    assert redirect.status_code == 302
    return dict(httpx.URL(redirect.headers["location"]).params)


def redeem(http: httpx.Client, code: str, **changes: str) -> httpx.Response:
    form = {"grant_type": "authorization_code", "code": code, "redirect_uri": REDIRECT, **APPLICATION}
    return http.post("/oauth/token", data={**form, **changes})


def sign_in(http: httpx.Client) -> dict[str, Any]:
    token = redeem(http, answer(http, ask(http))["code"])
    assert token.status_code == 200, token.text
    return token.json()


def refused(response: httpx.Response, status: int, code: str) -> None:
    """Check the shape of a refusal."""
    assert response.status_code == status, response.text
    error = response.json()["error"]
    assert error["code"] == code
    assert error["message"]
    assert uuid.UUID(error["request_id"])


# Sign-in


def test_sign_in_gives_what_the_vendor_documents(visitor: httpx.Client) -> None:
    """The token answer has UUID tokens, sixty days, a bearer type and the documented scope."""
    back = answer(visitor, ask(visitor))
    assert back["state"] == "s1"
    token = redeem(visitor, back["code"]).json()
    assert uuid.UUID(token["access_token"])
    assert uuid.UUID(token["refresh_token"])
    assert (token["token_type"], token["expires_in"]) == ("bearer", 5_182_643)
    assert token["scope"] == "read upload write"


def test_consent_page_is_accessible_and_sealed(visitor: httpx.Client) -> None:
    """The page has a language, a title, a heading and named buttons, and may not be framed."""
    page = ask(visitor)
    for part in ('<html lang="en">', "<title>", "<h1>", ">Allow</button>", ">Refuse</button>"):
        assert part in page.text
    assert "Kōwhai &amp; Co" in page.text
    assert "frame-ancestors 'none'" in page.headers["content-security-policy"]
    assert page.headers["x-frame-options"] == "DENY"


def test_refused_consent_returns_to_the_application(visitor: httpx.Client) -> None:
    """Refusing redirects with access_denied and without a code."""
    assert answer(visitor, ask(visitor), "refuse") == {"error": "access_denied", "state": "s1"}


@pytest.mark.parametrize(
    "changes",
    [{"client_id": "unknown"}, {"redirect_uri": "https://elsewhere.example/x"}, {"redirect_uri": ""}],
)
def test_unknown_application_or_address_gets_a_page_not_a_redirect(
    visitor: httpx.Client, changes: dict[str, str]
) -> None:
    """A request that cannot be trusted is never redirected."""
    page = ask(visitor, **changes)
    assert page.status_code == 400
    assert "location" not in page.headers


def test_a_code_works_once(visitor: httpx.Client) -> None:
    """A code is good for one exchange only."""
    code = answer(visitor, ask(visitor))["code"]
    assert redeem(visitor, code).status_code == 200
    again = redeem(visitor, code)
    assert (again.status_code, again.json()) == (400, {"error": "invalid_grant"})


@pytest.mark.parametrize(
    ("changes", "status", "error"),
    [
        ({"client_secret": "wrong"}, 401, "invalid_client"),
        ({"client_secret": ""}, 401, "invalid_client"),
        ({"redirect_uri": "http://localhost:1/other"}, 400, "invalid_grant"),
        ({"grant_type": "password"}, 400, "unsupported_grant_type"),
    ],
)
def test_token_requests_are_checked(
    visitor: httpx.Client, changes: dict[str, str], status: int, error: str
) -> None:
    """The secret, the redirect address and the grant are checked; the password grant does not exist."""
    response = redeem(visitor, answer(visitor, ask(visitor))["code"], **changes)
    assert (response.status_code, response.json()) == (status, {"error": error})


def test_proof_key_holds_where_it_is_used(visitor: httpx.Client) -> None:
    """With a code challenge, only the right verifier redeems the code."""
    challenge = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"  # RFC 7636, appendix B
    verifier = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"
    for told, status in ((verifier, 200), ("wrong", 400), ("", 400)):
        page = ask(visitor, code_challenge=challenge, code_challenge_method="S256")
        code = answer(visitor, page)["code"]
        assert redeem(visitor, code, code_verifier=told).status_code == status


@pytest.mark.parametrize("rotates", [False, True])
def test_refresh_gives_a_new_access_token(sandbox: Sandbox, visitor: httpx.Client, rotates: bool) -> None:
    """Refreshing works; by dial the refresh token is kept or replaced and the old one void."""
    sandbox.dials("connectworks", refresh_rotates=rotates)
    old = sign_in(visitor)["refresh_token"]
    form = {"grant_type": "refresh_token", "refresh_token": old, **APPLICATION}
    token = visitor.post("/oauth/token", data=form).json()
    assert (token["refresh_token"] != old) is rotates
    assert visitor.post("/oauth/token", data=form).status_code == (400 if rotates else 200)
    ping = visitor.get("/v1/ping", headers={"Authorization": f"Bearer {token['access_token']}"})
    assert ping.status_code == 200


def test_revoked_and_expired_tokens_do_not_hold(caller: Caller) -> None:
    """After expiry or revocation the gateway answers 401 in its own error shape."""
    caller.sandbox.expire("connectworks")
    refused(caller.http.get("/v1/ping"), 401, "unauthorised")
    token = sign_in(caller.http)
    caller.http.headers["Authorization"] = f"Bearer {token['access_token']}"
    assert caller.http.get("/v1/ping").status_code == 200
    caller.http.post("/oauth/revoke", data={"token": token["refresh_token"], **APPLICATION})
    refused(caller.http.get("/v1/ping"), 401, "unauthorised")


@pytest.mark.parametrize("header", ["", "Basic abc", "Bearer", "Bearer not-a-token"])
def test_without_a_token_nothing_is_shown(visitor: httpx.Client, header: str) -> None:
    """Every resource needs a token that holds."""
    refused(visitor.get("/v1/clients", headers={"Authorization": header}), 401, "unauthorised")


# Reading


def test_ping_says_what_can_be_done(caller: Caller) -> None:
    """Ping names the firm and its capabilities, and a dial takes any of them away."""
    assert set(caller.http.get("/v1/ping").json()) == {"service", "version", "firm", "capabilities", "time"}
    caller.sandbox.dials("connectworks", capabilities=["read"])
    assert caller.http.get("/v1/ping").json()["capabilities"] == ["read"]


@pytest.mark.parametrize("limit", [1, 2, 3, 5, 200])
def test_pages_cover_the_list_once(caller: Caller, limit: int) -> None:
    """Following next_cursor gives every record once, in a stable order, whatever the page size."""
    seen: list[str] = []
    cursor = None
    while True:
        query = {"limit": str(limit), **({"cursor": cursor} if cursor else {})}
        page = caller.http.get("/v1/clients", params=query).json()
        assert page["total"] == 5
        assert len(page["items"]) <= limit
        seen += [item["id"] for item in page["items"]]
        cursor = page["next_cursor"]
        if cursor is None:
            break
    assert seen == [f"cw_{n}" for n in range(1, 6)]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ({"type": "trust"}, ["cw_2"]),
        ({"nature": "contact"}, ["cw_3"]),
        ({"lifecycle": "archived"}, ["cw_4"]),
        ({"type": "company", "lifecycle": "active"}, ["cw_1"]),
        ({"updated_since": "2024-05-04T02:03:04Z"}, ["cw_4", "cw_5"]),
        ({"updated_since": "2024-05-04T14:03:04+12:00"}, ["cw_4", "cw_5"]),
        ({"type": ""}, ["cw_1", "cw_2", "cw_3", "cw_4", "cw_5"]),
    ],
)
def test_filters(caller: Caller, query: dict[str, str], expected: list[str]) -> None:
    """Filters narrow the list, together; an empty one filters nothing."""
    items = caller.http.get("/v1/clients", params=query).json()["items"]
    assert [item["id"] for item in items] == expected


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ({"limit": "0"}, "invalid"),
        ({"limit": "many"}, "invalid"),
        ({"cursor": "nonsense"}, "bad_cursor"),
        ({"updated_since": "yesterday"}, "invalid"),
    ],
)
def test_bad_queries_are_refused(caller: Caller, query: dict[str, str], code: str) -> None:
    """A query that cannot be meant gets 422, never a wrong page."""
    refused(caller.http.get("/v1/clients", params=query), 422, code)


def test_a_cursor_belongs_to_its_filters(caller: Caller) -> None:
    """A cursor used with other filters is refused instead of skipping records."""
    cursor = caller.http.get("/v1/clients", params={"limit": "1"}).json()["next_cursor"]
    refused(caller.http.get("/v1/clients", params={"cursor": cursor, "type": "trust"}), 422, "bad_cursor")


def test_a_record_comes_with_its_etag(caller: Caller) -> None:
    """The header is the record's etag in quotes; an unknown id is 404."""
    response = caller.http.get("/v1/clients/cw_1")
    assert response.headers["etag"] == f'"{response.json()["etag"]}"'
    assert response.json()["postal_address"] == BOX
    refused(caller.http.get("/v1/clients/cw_99"), 404, "not_found")


def test_parties_of_an_entity(caller: Caller) -> None:
    """Parties are listed for an entity, and an entity without any has an empty list."""
    party = {"id": "cw_3", "name": "Hēmi Ngāta", "role": "trustee", "since": None, "until": None}
    assert caller.http.get("/v1/clients/cw_2/parties").json() == {"items": [party]}
    assert caller.http.get("/v1/clients/cw_1/parties").json() == {"items": []}


@pytest.mark.parametrize(
    ("missing", "method", "path", "body", "code"),
    [
        ("read", "GET", "/v1/clients", None, "capability_missing"),
        ("read_parties", "GET", "/v1/clients/cw_2/parties", None, "capability_missing"),
        ("read_contacts", "GET", "/v1/clients/cw_3", None, "not_found"),
        ("updated_since", "GET", "/v1/clients?updated_since=2024-01-01", None, "capability_missing"),
        ("write_fields", "PATCH", "/v1/clients/cw_1", {"changes": {}}, "capability_missing"),
        ("write_links", "PUT", "/v1/clients/cw_1/links/xpm", {"uuid": XPM_ONE}, "capability_missing"),
        ("write_links", "DELETE", "/v1/clients/cw_2/links/xpm", None, "capability_missing"),
        (
            "clear_fields",
            "PATCH",
            "/v1/clients/cw_1",
            {"changes": {"email": {"from": "office@kereru.example", "to": None}}},
            "cannot_clear",
        ),
    ],
)
def test_a_missing_capability_is_refused_and_changes_nothing(
    caller: Caller, missing: str, method: str, path: str, body: Any, code: str
) -> None:
    """What the gateway says it cannot do, it does not do."""
    before = caller.sandbox.dump("connectworks")
    rest = [name for name in caller.sandbox.dials("connectworks")["capabilities"] if name != missing]
    caller.sandbox.dials("connectworks", capabilities=rest)
    response = caller.http.request(method, path, json=body)
    refused(response, {"not_found": 404, "cannot_clear": 422}.get(code, 403), code)
    assert caller.sandbox.dump("connectworks") == before


def test_contacts_can_be_kept_from_lists(caller: Caller) -> None:
    """Without read_contacts the list holds clients only, and its total says so."""
    caller.sandbox.dials("connectworks", capabilities=["read"])
    page = caller.http.get("/v1/clients").json()
    assert page["total"] == 4
    assert {item["nature"] for item in page["items"]} == {"client"}
    assert all("etag" not in item for item in page["items"])


def test_nulls_can_be_left_out(caller: Caller) -> None:
    """By dial a record leaves out keys without a value, but never the first five."""
    caller.sandbox.dials("connectworks", omit_nulls=True)
    item = caller.http.get("/v1/clients/cw_3").json()
    assert None not in item.values()
    assert {"id", "nature", "entity_type", "lifecycle", "legal_name"} <= set(item)


# Writing


def test_patch_writes_what_it_says_and_nothing_else(caller: Caller) -> None:
    """A PATCH changes its fields, times and etag, answers the whole record, and is logged by name only."""
    before = caller.kept("cw_1")
    change = {"from": "office@kereru.example", "to": "hello@kereru.example"}
    response = caller.patch("cw_1", {"email": change}, **{"If-Match": f'"{before["etag"]}"'})
    after = caller.kept("cw_1")
    assert response.status_code == 200
    assert response.json() == after
    assert response.headers["etag"] == f'"{after["etag"]}"'
    assert {name for name in after if after[name] != before[name]} == {"email", "etag", "updated_at"}
    entry = caller.sandbox.log("connectworks")[-1]
    assert (entry["resource"], entry["changed"]) == ("cw_1", ["email"])
    assert "kereru.example" not in str(entry)


def test_a_write_to_a_linked_record_counts_as_refreshed(caller: Caller) -> None:
    """Saving a linked client also sets when its add-on panel was last refreshed."""
    caller.patch("cw_2", {"website": {"from": None, "to": "kereru.example"}})
    after = caller.kept("cw_2")
    assert after["addon_refreshed_at"] == after["updated_at"]


def test_from_is_compared_after_trimming_only(caller: Caller) -> None:
    """Blanks around the remembered value do not matter, its case does; a mismatch writes nothing."""
    change = {"from": " office@kereru.example ", "to": "a@kereru.example"}
    assert caller.patch("cw_1", {"email": change}).status_code == 200
    before = caller.kept("cw_1")
    response = caller.patch("cw_1", {"email": {"from": "A@kereru.example", "to": "b@kereru.example"}})
    refused(response, 412, "drifted")
    assert response.json()["error"]["field"] == "email"
    assert caller.kept("cw_1") == before


def test_an_address_is_compared_by_its_parts(caller: Caller) -> None:
    """An address drifts when any part differs; a missing part is a blank one."""
    short = {"lines": ["PO Box 99999 "], "city": "Taupō", "postcode": "3351", "country": "New Zealand"}
    moved = {**BOX, "postcode": "3350"}
    refused(caller.patch("cw_1", {"postal_address": {"from": moved, "to": BOX}}), 412, "drifted")
    assert caller.patch("cw_1", {"postal_address": {"from": short, "to": moved}}).status_code == 200
    assert caller.kept("cw_1")["postal_address"] == moved


def test_a_patch_is_all_or_nothing(caller: Caller) -> None:
    """One bad value among good ones, and nothing is written; every bad one is named."""
    before = caller.kept("cw_1")
    changes = {
        "website": {"from": None, "to": "kereru.example"},
        "email": {"from": "office@kereru.example", "to": "not a mailbox"},
        "legal_name": {"from": before["legal_name"], "to": "Other"},
        "primary_phone": {"to": "07 555 0199"},
    }
    response = caller.patch("cw_1", changes)
    assert response.status_code == 422
    assert {(e["field"], e["code"]) for e in response.json()["errors"]} == {
        ("email", "invalid"),
        ("legal_name", "not_writable"),
        ("primary_phone", "invalid"),
    }
    assert caller.kept("cw_1") == before


@pytest.mark.parametrize(
    "body", [b"", b"not json", b"[]", b"{}", b'{"changes": {}}', b'{"changes": {"email": 3}}']
)
def test_bodies_that_ask_for_nothing_are_refused(caller: Caller, body: bytes) -> None:
    """A body that is not JSON, or without changes, gets 400 or 422 in the gateway's own shape."""
    response = caller.http.patch("/v1/clients/cw_1", content=body)
    assert response.status_code in {400, 422}
    assert uuid.UUID(response.json()["error"]["request_id"])


def test_null_clears(caller: Caller) -> None:
    """With clear_fields, null empties a field."""
    assert caller.patch("cw_1", {"email": {"from": "office@kereru.example", "to": None}}).status_code == 200
    assert caller.kept("cw_1")["email"] is None


def test_if_match_guards_the_whole_record(caller: Caller) -> None:
    """A stale etag is 412 even when the field itself has not changed; a human edit makes it stale."""
    stale = caller.kept("cw_1")["etag"]
    caller.sandbox.edit("connectworks", "cw_1", {"website": "kereru.example"})
    change = {"email": {"from": "office@kereru.example", "to": "a@kereru.example"}}
    refused(caller.patch("cw_1", change, **{"If-Match": f'"{stale}"'}), 412, "drifted")
    assert caller.patch("cw_1", change, **{"If-Match": f'"{caller.kept("cw_1")["etag"]}"'}).status_code == 200


def test_if_match_can_be_required(caller: Caller) -> None:
    """By dial, a PATCH without If-Match is refused."""
    caller.sandbox.dials("connectworks", if_match_required=True)
    change = {"email": {"from": "office@kereru.example", "to": "a@kereru.example"}}
    refused(caller.patch("cw_1", change), 428, "if_match_required")


def test_an_idempotency_key_is_carried_out_once(caller: Caller) -> None:
    """The same request again gives the first answer and writes nothing, even after the record moved on."""
    change = {"email": {"from": "office@kereru.example", "to": "a@kereru.example"}}
    first = caller.patch("cw_1", change, **{"Idempotency-Key": "k1"})
    caller.sandbox.edit("connectworks", "cw_1", {"email": "human@kereru.example"})
    before = caller.kept("cw_1")
    again = caller.patch("cw_1", change, **{"Idempotency-Key": "k1"})
    assert (again.status_code, again.json()) == (200, first.json())
    assert again.headers["etag"] == first.headers["etag"]
    assert caller.kept("cw_1") == before


def test_an_idempotency_key_stands_for_one_request(caller: Caller) -> None:
    """The key with another body or for another record is refused."""
    change = {"email": {"from": "office@kereru.example", "to": "a@kereru.example"}}
    caller.patch("cw_1", change, **{"Idempotency-Key": "k1"})
    other = {"email": {"from": "a@kereru.example", "to": "b@kereru.example"}}
    refused(caller.patch("cw_1", other, **{"Idempotency-Key": "k1"}), 422, "idempotency_key_reused")
    refused(caller.patch("cw_4", change, **{"Idempotency-Key": "k1"}), 422, "idempotency_key_reused")


@pytest.mark.parametrize(("keeps", "status"), [("success", 200), ("all", 412)])
def test_refusals_are_repeated_only_by_dial(caller: Caller, keeps: str, status: int) -> None:
    """A refused request may be sent again with its key, unless the dial keeps refusals too."""
    caller.sandbox.dials("connectworks", idempotency_keeps=keeps)
    change = {"email": {"from": "later@kereru.example", "to": "a@kereru.example"}}
    refused(caller.patch("cw_1", change, **{"Idempotency-Key": "k1"}), 412, "drifted")
    caller.sandbox.edit("connectworks", "cw_1", {"email": "later@kereru.example"})
    assert caller.patch("cw_1", change, **{"Idempotency-Key": "k1"}).status_code == status


def test_a_discarded_client_is_not_changed(caller: Caller) -> None:
    """A discarded record refuses changes."""
    refused(caller.patch("cw_5", {"email": {"from": None, "to": "a@kereru.example"}}), 422, "discarded")


# Links


def test_link_and_unlink(caller: Caller) -> None:
    """A link is written, repeated without effect, and taken away; repeating that is harmless too."""
    path = "/v1/clients/cw_1/links/xpm"
    linked = caller.http.put(path, json={"uuid": XPM_ONE, "name": "Kereru Ltd"})
    assert linked.status_code == 200
    assert linked.json()["xpm_link"]["uuid"] == XPM_ONE
    again = caller.http.put(path, json={"uuid": XPM_ONE, "name": "Kereru Ltd"})
    assert again.json() == linked.json()
    assert [caller.http.delete(path).status_code for _ in range(2)] == [204, 204]
    assert caller.kept("cw_1")["xpm_link"] is None


def test_a_link_is_never_overwritten(caller: Caller) -> None:
    """A linked record, or an XPM client that another record has, is 409; the dial allows the latter."""
    path = "/v1/clients/cw_2/links/xpm"
    refused(caller.http.put(path, json={"uuid": XPM_ONE, "name": "x"}), 409, "already_linked")
    taken = {"uuid": XPM_TWO, "name": "x"}
    refused(caller.http.put("/v1/clients/cw_1/links/xpm", json=taken), 409, "already_linked")
    caller.sandbox.dials("connectworks", link_unique=False)
    assert caller.http.put("/v1/clients/cw_1/links/xpm", json=taken).status_code == 200


@pytest.mark.parametrize("body", [{}, {"uuid": "no"}, {"uuid": None}, []])
def test_a_link_needs_a_uuid(caller: Caller, body: Any) -> None:
    """A link without a proper uuid is 422."""
    refused(caller.http.put("/v1/clients/cw_1/links/xpm", json=body), 422, "invalid")


# Limits and faults


def test_the_minute_limit_says_how_long_to_wait(caller: Caller) -> None:
    """Above the limit comes 429 with Retry-After; once that has passed, calls go through again."""
    caller.sandbox.advance(60)  # what other tests called is forgotten
    caller.sandbox.dials("connectworks", limit_per_minute=3)
    statuses = [caller.http.get("/v1/ping").status_code for _ in range(3)]
    response = caller.http.get("/v1/ping")
    refused(response, 429, "too_many_requests")
    assert statuses == [200, 200, 200]
    caller.sandbox.advance(int(response.headers["retry-after"]))
    assert caller.http.get("/v1/ping").status_code == 200


@pytest.mark.parametrize(
    ("fault", "status", "code"),
    [
        ("429", 429, "too_many_requests"),
        ("500", 500, "internal"),
        ("503", 503, "unavailable"),
        ("error_in_200", 200, "failed"),
    ],
)
def test_faults_speak_as_the_gateway_does(caller: Caller, fault: str, status: int, code: str) -> None:
    """A fault that was asked for has the gateway's own shape, happens once and changes nothing."""
    before = caller.sandbox.dump("connectworks")
    caller.sandbox.dials("connectworks", next=[fault])
    change = {"email": {"from": "office@kereru.example", "to": "a@kereru.example"}}
    refused(caller.patch("cw_1", change), status, code)
    assert caller.sandbox.dump("connectworks") == before
    assert caller.patch("cw_1", change).status_code == 200


def test_blanking_and_reformatting_services(caller: Caller) -> None:
    """By fault, an update blanks the fields that it leaves out, or stores phones in another form."""
    change = {"primary_phone": {"from": "07 555 0123", "to": "07 555 0199"}}
    caller.sandbox.dials("connectworks", next=["reformat"])
    assert caller.patch("cw_1", change).json()["primary_phone"] == "075550199"
    assert caller.kept("cw_1")["email"] == "office@kereru.example"
    caller.sandbox.dials("connectworks", next=["blank_omitted"])
    caller.patch("cw_1", {"primary_phone": {"from": "075550199", "to": "07 555 0198"}})
    assert caller.kept("cw_1")["email"] is None


def test_the_wrong_record_may_answer(caller: Caller) -> None:
    """By fault, the change is made but another record is answered."""
    caller.sandbox.dials("connectworks", next=["wrong_record"])
    response = caller.patch("cw_1", {"email": {"from": "office@kereru.example", "to": "a@kereru.example"}})
    assert response.json()["id"] != "cw_1"
    assert caller.kept("cw_1")["email"] == "a@kereru.example"


def test_a_human_edit_between_look_and_write(caller: Caller) -> None:
    """An edit that waits for the next look lands after it, so that the following PATCH is stale."""
    caller.sandbox.edit_after("connectworks", "look", "cw_1", {"email": "human@kereru.example"})
    looked = caller.http.get("/v1/clients/cw_1").json()
    assert looked["email"] == "office@kereru.example"
    change = {"email": {"from": looked["email"], "to": "a@kereru.example"}}
    refused(caller.patch("cw_1", change, **{"If-Match": looked["etag"]}), 412, "drifted")
    assert caller.kept("cw_1")["email"] == "human@kereru.example"


def test_times_of_change_move_on(caller: Caller) -> None:
    """Each write moves updated_at and gives an etag never seen before, also back to an old value."""
    marks = {caller.kept("cw_1")["etag"]}
    for old, new in (
        ("office@kereru.example", "a@kereru.example"),
        ("a@kereru.example", "office@kereru.example"),
    ):
        caller.patch("cw_1", {"email": {"from": old, "to": new}})
        marks.add(caller.kept("cw_1")["etag"])
    assert len(marks) == 3
    moment = datetime.fromisoformat(caller.kept("cw_1")["updated_at"])
    assert datetime.now(UTC) - moment < timedelta(minutes=5)


# Values


@pytest.mark.parametrize(
    ("field", "value", "taken"),
    [
        ("email", "jo@kauri.example", True),
        ("email", "jo+tax@kauri.co.nz", True),
        ("email", "jo@kauri.example; al@kauri.example", False),
        ("email", "none", False),
        ("email", "", False),
        ("email", 7, False),
        ("website", "https://www.kauri.example/nz", True),
        ("website", "kauri.example", True),
        ("website", "n/a here", False),
        ("primary_phone", "+64 (0)9 555-0123 ext 4", True),
        ("primary_phone", "call me", False),
        ("other_phone", "021\n555", False),
        ("physical_address", {"lines": ["14 Test Rise", "Level 2"], "city": "Tauranga"}, True),
        ("physical_address", {"lines": []}, False),
        ("physical_address", {"lines": "14 Test Rise"}, False),
        ("physical_address", {"lines": ["x"], "planet": "Earth"}, False),
        ("physical_address", {"lines": ["x"] * 7}, False),
        ("physical_address", "14 Test Rise", False),
    ],
)
def test_values_that_nobody_could_mean_are_refused(field: str, value: Any, taken: bool) -> None:
    """The gateway takes odd but possible values and refuses impossible ones."""
    assert (problem_with(field, value) is None) is taken


texts = st.none() | st.text(max_size=12)
addresses = st.none() | st.fixed_dictionaries(
    {"lines": st.lists(st.text(max_size=8), max_size=4)},
    optional=dict.fromkeys(("suburb", "city", "region", "postcode", "country"), texts),
)


@settings(max_examples=50)
@given(texts | addresses)
def test_trimming_twice_is_trimming_once(value: Any) -> None:
    """What is compared with from has one form only."""
    assert trimmed(trimmed(value)) == trimmed(value)


NEW: dict[str, Any] = {
    "record": {"legal_name": "Rimu Limited", "entity_type": "company", "email": "office@rimu.example"},
    "parties": [
        {"name": "Mere Tōtara", "role": "director"},
        {"id": "cw_2", "name": "Kererū Family Trust", "role": "shareholder"},
    ],
    "xpm_link": {"uuid": XPM_ONE},
}


def test_a_new_record_is_made_once_with_its_parties(caller: Caller) -> None:
    """The same key asked again gives the same record; a party that is no record yet becomes a contact."""
    key = {"Idempotency-Key": "k1"}
    made = caller.http.post("/v1/clients", json=NEW, headers=key)
    assert made.status_code == 201
    assert caller.http.post("/v1/clients", json=NEW, headers=key).json() == made.json()
    client = made.json()
    assert (client["nature"], client["lifecycle"], client["xpm_link"]["uuid"]) == (
        "client",
        "active",
        XPM_ONE,
    )
    director, shareholder = caller.http.get(f"/v1/clients/{client['id']}/parties").json()["items"]
    assert shareholder["id"] == "cw_2"
    contact = caller.http.get(f"/v1/clients/{director['id']}").json()
    assert (contact["nature"], contact["legal_name"]) == ("contact", "Mere Tōtara")


def test_who_plays_two_parts_becomes_one_contact(caller: Caller) -> None:
    """Parties of one ref are one contact; of two refs, or of none, two, though they bear one name."""
    mere = {"name": "Mere Tōtara"}
    parties = [{**mere, "role": "director", "ref": "x1"}, {**mere, "role": "shareholder", "ref": "x1"}]
    parties += [{**mere, "role": "director", "ref": "x2"}, {**mere, "role": "shareholder"}]
    asked = {"record": NEW["record"], "parties": parties}
    made = caller.http.post("/v1/clients", json=asked, headers={"Idempotency-Key": "k9"}).json()
    items = caller.http.get(f"/v1/clients/{made['id']}/parties").json()["items"]
    ids = [item["id"] for item in items]
    assert ids[0] == ids[1]
    assert len(set(ids)) == 3
    assert all(caller.http.get(f"/v1/clients/{i}").json()["nature"] == "contact" for i in ids)


@pytest.mark.parametrize(
    ("changes", "status", "code"),
    [
        ({"record": {"entity_type": "company"}}, 422, "invalid"),
        ({"record": {**NEW["record"], "email": "nobody"}}, 422, "invalid"),
        ({"record": {**NEW["record"], "tax_id": "012345678"}}, 422, "not_writable"),
        ({"parties": [{"name": "Mere", "role": "friend"}]}, 422, "invalid"),
        ({"parties": [{"id": "cw_99", "name": "Mere", "role": "director"}]}, 422, "invalid"),
        ({"xpm_link": {"uuid": XPM_TWO}}, 409, "already_linked"),
    ],
)
def test_a_new_record_that_cannot_be_is_refused_whole(
    caller: Caller, changes: dict[str, Any], status: int, code: str
) -> None:
    """What is wrong is named, and neither a record nor one of its parties is kept."""
    before = caller.sandbox.dump("connectworks")
    answer = caller.http.post("/v1/clients", json={**NEW, **changes}, headers={"Idempotency-Key": "k2"})
    refused(answer, status, code)
    assert caller.sandbox.dump("connectworks") == before


def test_a_new_record_needs_its_key_and_the_capability(caller: Caller) -> None:
    """Without an idempotency key, or where the gateway cannot create, nothing is made."""
    refused(caller.http.post("/v1/clients", json=NEW), 422, "idempotency_key_missing")
    caller.sandbox.dials("connectworks", capabilities=["read"])
    answer = caller.http.post("/v1/clients", json=NEW, headers={"Idempotency-Key": "k3"})
    refused(answer, 403, "capability_missing")
