"""The XPM server against Xero's own description of the API, by tools that nobody here wrote."""

from __future__ import annotations

import importlib
import json
import re
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml
from openapi_core import OpenAPI
from openapi_core.testing import MockRequest, MockResponse

from workbench.sandbox import Sandbox, demo_firm

# The checker cannot judge OAuth; the tests of sign-in do.
pytestmark = pytest.mark.filterwarnings("ignore:Unsupported scheme type")

CONTRACT = Path(__file__).parents[1] / "contract" / "xero-practicemanager-v3-1.yaml"
AREAS = (
    "/client.api/",
    "/clientgroup.api/",
    "/customfield.api/definition",
    "/customfield.api/get",
    "/staff.api/",
)
NOT_PLAYED = re.compile(r"^/staff\.api/(?!list$|get/)")

RIMU = "5f0c2d9e-0d3b-4a51-9a57-6c1f3f1b7a01"
TRUST = "e2a8b0f6-1c3d-4e5f-8a9b-0c1d2e3f4a55"
HOLDER = "77aa1f0c-3b2d-4c5e-9f60-1a2b3c4d5e6f"
DELETED = "a1b2c3d4-0000-4000-8000-000000000002"
CONTACT = "c0ffee00-0000-4000-8000-000000000001"
GROUP = "0c7f7f52-2b1e-4f0c-9a0e-2f1f6f0b9d33"
RELATIONSHIP = "b7d1d0a4-5f0d-4b55-8a1d-7e0a3c9c2e44"
DATE_FIELD = "31d0a7c2-5e4f-4b6a-8c7d-9e0f1a2b3c4d"
STAFF = "9a4b6c1e-7d22-4c0f-8a43-0d8e5b2f4c10"

#: One valid call of every operation: method, path as described, values for the path, query, body.
CALLS: list[tuple[str, str, dict[str, str], dict[str, str], Any]] = [
    ("GET", "/client.api/list", {}, {"detailed": "true"}, None),
    ("GET", "/client.api/list", {}, {"modifiedSince": "2020-01-01T00:00:00", "fields": "uuid,name"}, None),
    ("GET", "/client.api/paged-list", {}, {"pageSize": "2"}, None),
    ("GET", "/client.api/search", {}, {"query": "rimu", "detailed": "true"}, None),
    ("GET", "/client.api/get/{identifier}", {"identifier": RIMU}, {}, None),
    (
        "POST",
        "/client.api/add",
        {},
        {},
        {
            "name": "Tōtara Limited",
            "gstPeriod": 2,
            "provisionalTaxRatio": 1.5,
            "contacts": [{"name": "Wiremu"}],
        },
    ),
    (
        "PUT",
        "/client.api/update",
        {},
        {},
        {"uuid": RIMU, "phone": "03 555 0100", "accountManagerUuid": STAFF},
    ),
    ("PUT", "/client.api/archive", {}, {}, {"uuid": RIMU}),
    ("POST", "/client.api/delete", {}, {}, {"uuid": RIMU}),
    ("GET", "/client.api/contacts", {}, {"pageSize": "1"}, None),
    ("POST", "/client.api/contact", {}, {}, {"name": "Aroha", "client": {"uuid": RIMU}, "isPrimary": "Yes"}),
    ("GET", "/client.api/contact/{identifier}", {"identifier": CONTACT}, {"clientUuid": TRUST}, None),
    (
        "PUT",
        "/client.api/contact/{identifier}",
        {"identifier": CONTACT},
        {},
        {"mobile": "021 555 0100", "client": {"uuid": TRUST}},
    ),
    ("DELETE", "/client.api/contact/{identifier}", {"identifier": CONTACT}, {"clientUuid": TRUST}, None),
    (
        "POST",
        "/client.api/client/{identifier}/contacts",
        {"identifier": RIMU},
        {},
        {"contacts": [{"uuid": CONTACT, "position": "Director"}]},
    ),
    (
        "POST",
        "/client.api/addrelationship",
        {},
        {},
        {"clientUuid": RIMU, "relatedClientUuid": HOLDER, "type": "Shareholder", "numberOfShares": 120},
    ),
    ("PUT", "/client.api/updaterelationship", {}, {}, {"uuid": RELATIONSHIP, "endDate": "2024-07-01"}),
    ("POST", "/client.api/deleterelationship", {}, {}, {"uuid": RELATIONSHIP}),
    (
        "POST",
        "/client.api/document",
        {},
        {},
        {"clientUuid": RIMU, "title": "Deed", "fileName": "deed.pdf", "content": "aGVsbG8="},
    ),
    ("GET", "/client.api/documents/{identifier}", {"identifier": RIMU}, {}, None),
    ("GET", "/client.api/get/{identifier}/customfield", {"identifier": HOLDER}, {}, None),
    (
        "PUT",
        "/client.api/update/{identifier}/customfield",
        {"identifier": RIMU},
        {},
        {"customFields": [{"uuid": DATE_FIELD, "date": "20260401"}]},
    ),
    ("GET", "/client.api/contact/{identifier}/customfield", {"identifier": CONTACT}, {}, None),
    (
        "PUT",
        "/client.api/contact/{identifier}/customfield",
        {"identifier": CONTACT},
        {},
        {"customFields": []},
    ),
    ("GET", "/clientgroup.api/list", {}, {}, None),
    ("GET", "/clientgroup.api/get/{identifier}", {"identifier": GROUP}, {}, None),
    ("POST", "/clientgroup.api/add", {}, {}, {"name": "Rimu Group", "clientUuid": RIMU, "taxable": "No"}),
    (
        "PUT",
        "/clientgroup.api/members",
        {},
        {},
        {"uuid": GROUP, "add": [{"uuid": TRUST}], "remove": [{"uuid": HOLDER}]},
    ),
    ("POST", "/clientgroup.api/delete", {}, {}, {"uuid": GROUP}),
    ("GET", "/customfield.api/definition", {}, {}, None),
    ("GET", "/customfield.api/get/{identifier}", {"identifier": DATE_FIELD}, {}, None),
    ("GET", "/staff.api/list", {}, {}, None),
    ("GET", "/staff.api/get/{identifier}", {"identifier": STAFF}, {}, None),
]

#: Calls that break a business rule, with the status that the description declares for it.
REFUSED: list[tuple[str, str, dict[str, str], dict[str, str], Any, int]] = [
    ("GET", "/client.api/get/{identifier}", {"identifier": "nobody"}, {}, None, 500),
    ("GET", "/client.api/paged-list", {}, {"pageSize": "501"}, None, 400),
    ("PUT", "/client.api/update", {}, {}, {"uuid": DELETED, "phone": "1"}, 409),
    ("PUT", "/client.api/update", {}, {}, {"uuid": RIMU, "dateOfBirth": "01/02/1960"}, 500),
    (
        "POST",
        "/client.api/client/{identifier}/contacts",
        {"identifier": RIMU},
        {},
        {"contacts": [{"uuid": "x"}]},
        404,
    ),
]


def patched(description: dict[str, Any]) -> dict[str, Any]:
    """Mend what makes the published description refuse every valid answer; keep the client side only."""
    schemas = description["components"]["schemas"]
    for schema in schemas.values():
        for part in schema.get("allOf", []):
            part.pop("additionalProperties", None)
            if "$ref" in part:
                schemas[part["$ref"].rsplit("/", 1)[1]].pop("additionalProperties", None)
    for path in description["paths"].values():
        for operation in path.values():
            operation["security"] = [{"OAuth2": []}]
            for parameter in operation.get("parameters", []):
                if parameter["in"] == "path":
                    parameter["schema"].pop("nullable", None)
    description["paths"] = {
        path: item
        for path, item in description["paths"].items()
        if path.startswith(AREAS) and not NOT_PLAYED.match(path)
    }
    _let_references_be_null(schemas)
    _prune(description)
    return description


def _let_references_be_null(node: Any) -> None:
    """Mean it: ``nullable`` beside a lone ``oneOf`` has no effect by OpenAPI 3.0.3's own clarification."""
    if isinstance(node, dict):
        if node.get("nullable") and "oneOf" in node:
            node["oneOf"].append({"type": "string", "nullable": True, "enum": [None]})
        node = list(node.values())
    if isinstance(node, list):
        for inner in node:
            _let_references_be_null(inner)


def _prune(description: dict[str, Any]) -> None:
    """Drop the schemas that no remaining path uses."""
    schemas = description["components"]["schemas"]
    wanted, new = set(), set(_references(description["paths"]))
    while new:
        wanted |= new
        new = {name for known in new for name in _references(schemas[known])} - wanted
    description["components"]["schemas"] = {name: schemas[name] for name in schemas if name in wanted}


def _references(node: Any) -> list[str]:
    return re.findall(r'"#/components/schemas/(\w+)"', json.dumps(node))


@pytest.fixture(scope="module")
def description() -> dict[str, Any]:
    """Xero's description, patched in memory."""
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    return patched(yaml.load(CONTRACT.read_text("utf-8"), Loader=loader))


@pytest.fixture(scope="module")
def checker(description: dict[str, Any]) -> OpenAPI:
    """Make the patched description ready to check requests and answers."""
    return OpenAPI.from_dict({**description, "servers": [{"url": "http://sandbox.example"}]})


@pytest.fixture
def broad(reset_xpm):
    """Give a caller with the broad scope, which definitions need."""
    return reset_xpm[1]


def _exchange(checker: OpenAPI, caller: Any, call: tuple[Any, ...]) -> Any:
    """Make one call over the socket and let the description judge both directions."""
    method, path, values, query, body = call
    real = path.format(**values)
    answer = caller.call(method, real.lstrip("/"), params=query, **({} if body is None else {"json": body}))
    request = MockRequest(
        "http://sandbox.example",
        method.lower(),
        real,
        args=query,
        headers={"Authorization": "Bearer x"},
        content_type="application/json",
        data=None if body is None else json.dumps(body).encode(),
    )
    checker.validate_request(request)
    content_type = answer.headers["content-type"].partition(";")[0]
    checker.validate_response(
        request, MockResponse(answer.content, answer.status_code, content_type=content_type)
    )
    return answer


@pytest.mark.parametrize("call", CALLS, ids=lambda call: f"{call[0]} {call[1]}")
def test_every_operation_keeps_to_the_description(checker, broad, call):
    """A valid call is valid by the description, and so is its answer, which says OK."""
    answer = _exchange(checker, broad, call)
    assert answer.status_code == 200, answer.text
    assert answer.json()["status"] == "OK"


@pytest.mark.parametrize("call", REFUSED, ids=lambda call: f"{call[0]} {call[1]} {call[5]}")
def test_business_errors_keep_to_the_description(checker, broad, call):
    """A refusal comes with a status that the operation declares, and says what is wrong."""
    answer = _exchange(checker, broad, call[:5])
    assert answer.status_code == call[5]
    assert answer.json()["status"] == "ERROR"
    assert answer.json()["errorDescription"]


def test_every_described_operation_is_called(description):
    """No operation of the client side is left out of the calls above."""
    described = {(method.upper(), path) for path, item in description["paths"].items() for method in item}
    assert described == {(call[0], call[1]) for call in CALLS}


@pytest.mark.parametrize("path", ["/client.api/list", "/client.api/contacts", "/clientgroup.api/list"])
def test_the_demo_firm_keeps_to_the_description(checker, sign_in_to, path):
    """Every record of the demo firm is served as the description has it."""
    firm = demo_firm()
    with Sandbox.start(firm=firm) as sandbox:
        query = {"detailed": "true"} if path.endswith("client.api/list") else {}
        answer = _exchange(checker, sign_in_to(sandbox, firm), ("GET", path, {}, query, None))
    assert answer.json()["status"] == "OK"


def test_the_description_catches_a_wrong_name(checker):
    """The check has teeth: a body with the name of reading, where writing differs, is refused."""
    request = MockRequest(
        "http://sandbox.example",
        "put",
        "/client.api/update",
        headers={"Authorization": "Bearer x"},
        content_type="application/json",
        data=b'{"uuid":"x","website":"w.example"}',
    )
    with pytest.raises(Exception, match=r"(?i)request body"):
        checker.validate_request(request)


def test_a_generated_client_reads_and_updates(description, broad, tmp_path, monkeypatch, reset_xpm):
    """A client that a generator wrote from the description alone reads and writes over the socket."""
    _generate({**description, "servers": [{"url": broad.root}]}, tmp_path)
    monkeypatch.syspath_prepend(str(tmp_path))
    generated = importlib.import_module("generated_xpm")
    api = importlib.import_module("generated_xpm.api.client_v31.get_client")
    update = importlib.import_module("generated_xpm.api.client_v31.update_client")
    models = importlib.import_module("generated_xpm.models")
    headers = {"xero-tenant-id": broad.tenant, "Accept": "application/json"}
    with generated.AuthenticatedClient(
        f"{broad.root}/practicemanager/3.1", token=broad.tokens["access_token"], headers=headers
    ) as client:
        read = api.sync(RIMU, client=client)
        assert read.client.name == "Rimu & Rātā Holdings Limited"
        assert read.client.tax_number == "******417"
        body = models.ClientUpdateRequestDto(uuid=RIMU, web_site="rimurata.example", gst_period=6)
        written = update.sync(client=client, body=body)
        assert written.client.website == "rimurata.example"
    held = reset_xpm[0].dump("xpm")["client"][RIMU]
    assert (held["website"], held["gstPeriod"], held["phone"]) == (
        "rimurata.example",
        "6 Monthly",
        "03 555 0142",
    )
    for name in [name for name in sys.modules if name.partition(".")[0] == "generated_xpm"]:
        del sys.modules[name]


def _generate(description: dict[str, Any], folder: Path) -> None:
    from openapi_python_client import generate
    from openapi_python_client.config import Config, ConfigFile, MetaType

    source = folder / "description.json"
    source.write_text(json.dumps(description), encoding="utf-8")
    config = Config.from_sources(
        ConfigFile(package_name_override="generated_xpm", post_hooks=[]),
        MetaType.NONE,
        document_source=source,
        file_encoding="utf-8",
        overwrite=True,
        output_path=folder / "generated_xpm",
    )
    errors = generate(config=config)
    assert [error for error in errors if error.level.name == "ERROR"] == []
