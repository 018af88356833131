"""A small hand-built practice and a signed-in caller, for the tests of the sandbox's XPM server."""

from __future__ import annotations

import base64
import hashlib
import re
import secrets
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from workbench.sandbox import Firm, Sandbox

RIMU = "5f0c2d9e-0d3b-4a51-9a57-6c1f3f1b7a01"
TRUST = "e2a8b0f6-1c3d-4e5f-8a9b-0c1d2e3f4a55"
HOLDER = "77aa1f0c-3b2d-4c5e-9f60-1a2b3c4d5e6f"
ARCHIVED = "a1b2c3d4-0000-4000-8000-000000000001"
DELETED = "a1b2c3d4-0000-4000-8000-000000000002"
CONTACT = "c0ffee00-0000-4000-8000-000000000001"
REDIRECT = "http://localhost:8765/callback"
SCOPE = "offline_access openid profile email practicemanager.client practicemanager.staff.read"
API = "/practicemanager/3.1"


def _client(uuid: str, name: str, **values: Any) -> dict[str, Any]:
    flags = {"isProspect": "No", "isArchived": "No", "isDeleted": "No"}
    lists: dict[str, Any] = {"contacts": [], "notes": [], "customFields": []}
    return {"uuid": uuid, "name": name, **flags, **lists, **values}


@pytest.fixture(scope="session")
def xpm_firm() -> Firm:
    """Five clients, two of them archived and deleted, with one shared contact."""
    shared = {"uuid": CONTACT, "isPrimary": "Yes", "position": None}
    rimu = _client(
        RIMU,
        "Rimu & Rātā Holdings Limited",
        email="office@rimurata.example",
        address="12 Kauri Lane\nLevel 2",
        city="Nelson",
        region="",
        postCode="7010",
        country="New Zealand",
        phone="03 555 0142",
        website="",
        accountManager={"uuid": "9a4b6c1e-7d22-4c0f-8a43-0d8e5b2f4c10", "name": "Tui Parata"},
        taxNumber="999888417",
        companyNumber="9100321",
        businessNumber="9429000000017",
        businessStructure="Company",
        balanceMonth=3,
        gstRegistered="Yes",
        gstPeriod="2 Monthly",
        agencyStatus="With EOT",
    )
    return Firm(
        name="Kahikatea Accounting",
        country="NZ",
        tenant_id="1f2e3d4c-5b6a-4789-8a0b-1c2d3e4f5a6b",
        connectworks=[],
        parties=[],
        xpm_staff=[
            {"uuid": "9a4b6c1e-7d22-4c0f-8a43-0d8e5b2f4c10", "name": "Tui Parata", "email": "tui@k.example"},
            {"uuid": "9a4b6c1e-7d22-4c0f-8a43-0d8e5b2f4c11", "name": "Moana Reid", "email": None},
        ],
        xpm_groups=[
            {
                "uuid": "0c7f7f52-2b1e-4f0c-9a0e-2f1f6f0b9d33",
                "name": "Parata Family",
                "taxable": "No",
                "clientUuids": [RIMU, HOLDER],
            }
        ],
        xpm_custom_fields=[
            _definition("31d0a7c2-5e4f-4b6a-8c7d-9e0f1a2b3c4d", "Review due", "Date"),
            _definition("42e1b8d3-6f50-4c7b-9d8e-0f1a2b3c4d5e", "File note", "Text"),
            _definition("42e1b8d3-6f50-4c7b-9d8e-0f1a2b3c4d5f", "On hold", "Boolean"),
        ],
        xpm_contacts=[
            {"uuid": CONTACT, "name": "Hana Parata", "mobile": "021 555 0177", "email": "hana@parata.example"}
        ],
        xpm_clients=[
            rimu,
            _client(TRUST, "Parata Family Trust", contacts=[shared]),
            _client(
                HOLDER,
                "Hana Parata",
                contacts=[dict(shared)],
                customFields=[{"uuid": "42e1b8d3-6f50-4c7b-9d8e-0f1a2b3c4d5e", "text": "call first"}],
            ),
            _client(ARCHIVED, "Old Kauri Limited", isArchived="Yes"),
            _client(DELETED, "Gone Limited", isDeleted="Yes"),
        ],
        xpm_relationships=[
            {
                "uuid": "b7d1d0a4-5f0d-4b55-8a1d-7e0a3c9c2e44",
                "type": "Trustee Of",
                "clientUuid": RIMU,
                "relatedClientUuid": TRUST,
                "startDate": "2015-04-01",
            }
        ],
        truth=[],
    )


def _definition(uuid: str, name: str, element: str) -> dict[str, Any]:
    return {
        "uuid": uuid,
        "name": name,
        "type": element,
        "useClient": True,
        "useContact": False,
        "valueElement": element,
    }


@dataclass
class XeroCaller:
    """Signs in at the consent page over HTTP and calls the API; it knows nothing of the package."""

    root: str
    tenant: str
    scope: str = SCOPE
    client_id: str = "workbench-sandbox"
    tokens: dict[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        # Nothing here is encrypted, and reading the trusted certificates would cost each test 0.2 s.
        self.http = httpx.Client(base_url=self.root, verify=False)
        self.verifier = secrets.token_urlsafe(48)

    def authorize(self, **changes: Any) -> httpx.Response:
        """Ask for the consent page."""
        digest = hashlib.sha256(self.verifier.encode()).digest()
        query = {
            "response_type": "code",
            "client_id": self.client_id,
            "redirect_uri": REDIRECT,
            "scope": self.scope,
            "state": "s-1",
            "code_challenge": base64.urlsafe_b64encode(digest).rstrip(b"=").decode(),
            "code_challenge_method": "S256",
            **changes,
        }
        kept = {name: value for name, value in query.items() if value is not None}
        return self.http.get("/identity/connect/authorize", params=kept)

    def consent(self, page: httpx.Response, decision: str = "allow", *tenants: str) -> dict[str, str]:
        """Answer the consent page and return what the redirect says."""
        request = re.search(r'name="request" value="([^"]+)"', page.text)
        assert request, page.text
        form = {"request": request[1], "decision": decision, "tenant": list(tenants) or [self.tenant]}
        answer = self.http.post("/identity/connect/authorize", data=form)
        assert answer.status_code == 302, answer.text
        return {
            name: values[0] for name, values in parse_qs(urlsplit(answer.headers["location"]).query).items()
        }

    def token(self, **form: str) -> httpx.Response:
        """Call the token endpoint."""
        return self.http.post("/connect/token", data={"client_id": self.client_id, **form})

    def redeem(self, code: str, **changes: str) -> httpx.Response:
        """Exchange a code."""
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": REDIRECT,
            "code_verifier": self.verifier,
        }
        return self.token(**{**form, **changes})

    def sign_in(self, *tenants: str) -> XeroCaller:
        """Go through the whole sign-in."""
        answer = self.redeem(self.consent(self.authorize(), "allow", *tenants)["code"])
        assert answer.status_code == 200, answer.text
        self.tokens = answer.json()
        return self

    def call(self, method: str, path: str, accept: str = "application/json", **more: Any) -> httpx.Response:
        """Call the API."""
        headers = {
            "Authorization": f"Bearer {self.tokens['access_token']}",
            "xero-tenant-id": self.tenant,
            "Accept": accept,
            **more.pop("headers", {}),
        }
        return self.http.request(method, f"{API}/{path}", headers=headers, **more)

    def xml(self, method: str, path: str, body: bytes | None = None) -> httpx.Response:
        """Call the API in XML."""
        headers = {"Content-Type": "application/xml"} if body is not None else {}
        return self.call(method, path, "application/xml", content=body, headers=headers)


@pytest.fixture(scope="module")
def _kept_sandbox(xpm_firm: Firm) -> Iterator[tuple[Sandbox, XeroCaller]]:
    """Start one pair of servers for a whole module, so fast that no limit is felt, and sign in."""
    with Sandbox.start(firm=xpm_firm, speed=1e6) as sandbox:
        caller = XeroCaller(sandbox.xpm_url, xpm_firm.tenant_id)
        caller.scope = "practicemanager openid offline_access"
        yield sandbox, caller.sign_in()
        caller.http.close()


@pytest.fixture
def reset_xpm(_kept_sandbox: tuple[Sandbox, XeroCaller]) -> tuple[Sandbox, XeroCaller]:
    """Put the module's servers back to the firm as seeded; for tests that leave clock and consent alone."""
    _kept_sandbox[0].reset("xpm")
    return _kept_sandbox


@pytest.fixture
def xpm_sandbox(xpm_firm: Firm) -> Iterator[Sandbox]:
    """Both servers on the small practice, fresh for each test."""
    with Sandbox.start(firm=xpm_firm) as sandbox:
        yield sandbox


@pytest.fixture
def xpm(xpm_sandbox: Sandbox, xpm_firm: Firm) -> Iterator[XeroCaller]:
    """Sign a caller in to the small practice."""
    caller = XeroCaller(xpm_sandbox.xpm_url, xpm_firm.tenant_id).sign_in()
    yield caller
    caller.http.close()


@pytest.fixture
def sign_in_to() -> Iterator[Callable[[Sandbox, Firm], XeroCaller]]:
    """Give a function that signs a caller in to any sandbox and firm."""
    callers: list[XeroCaller] = []

    def sign_in(sandbox: Sandbox, firm: Firm) -> XeroCaller:
        callers.append(XeroCaller(sandbox.xpm_url, firm.tenant_id, "practicemanager"))
        return callers[-1].sign_in()

    yield sign_in
    for caller in callers:
        caller.http.close()


@pytest.fixture
def visitor(xpm_sandbox: Sandbox, xpm_firm: Firm) -> Iterator[XeroCaller]:
    """Give a caller who has not signed in yet."""
    caller = XeroCaller(xpm_sandbox.xpm_url, xpm_firm.tenant_id)
    yield caller
    caller.http.close()
