"""Answers of status 200 that say nothing of the kind: none may be taken for a write that arrived."""

from __future__ import annotations

import gzip
import json
import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest
from rig import Hurried

from workbench.domain.errors import ServiceError
from workbench.domain.fields import SIDES
from workbench.domain.records import Operation, Seen
from workbench.domain.settings import Settings
from workbench.reconcile.compare import same_value
from workbench.reconcile.settle import match
from workbench.systems.open import open_systems
from workbench.systems.vault import MemoryVault
from workbench.systems.wire import Wire
from workbench.systems.xpm import Xpm

ID = "5f0c2d9e-0d3b-4a51-9a57-6c1f3f1b7a01"
OTHER = "5f0c2d9e-0d3b-4a51-9a57-6c1f3f1b7a02"
OLD, NEW = "03 555 0142", "03 555 0199"
GRANT = (
    '{"access":"a","refresh":"r","expires_at":1e12,"scope":"practicemanager.client","person":null,'
    '"tenant_id":"p1","tenant_name":"Finch"}'
)

XML = (
    f"<Response><Status>OK</Status><Client><UUID>{ID}</UUID>"
    f"<Name>Rimu</Name><Phone>{NEW}</Phone></Client></Response>"
)
JSON = json.dumps({"status": "OK", "client": {"uuid": ID, "name": "Rimu", "phone": NEW}})
GATEWAY = json.dumps(
    {
        "id": ID,
        "nature": "client",
        "entity_type": "company",
        "lifecycle": "active",
        "legal_name": "Rimu",
        "primary_phone": NEW,
    }
)
TYPES = {"xml": "text/xml; charset=utf-8", "json": "application/json", "gateway": "application/json"}
GOOD = {"xml": XML, "json": JSON, "gateway": GATEWAY}

HTML = "<!doctype html><html><head><title>Sign in</title></head><body>Please sign in.<br></body></html>"
XHTML = '<html xmlns="http://www.w3.org/1999/xhtml"><body><Status>OK</Status><p>Back soon</p></body></html>'
DEEP = "[" * 100_000


def _cuts(kind: str) -> dict[str, httpx.Response]:
    body, step = GOOD[kind].encode(), max(1, len(GOOD[kind]) // 12)
    return {f"cut at {end}": _answer(kind, body[:end]) for end in range(0, len(body) - 1, step)}


def _answer(kind: str, body: str | bytes, status: int = 200, **headers: str) -> httpx.Response:
    content = body.encode() if isinstance(body, str) else body
    told = {"content-type": TYPES[kind]} | {name.replace("_", "-"): value for name, value in headers.items()}
    return httpx.Response(status, headers=told, content=content)


def _of_any_kind(kind: str) -> dict[str, httpx.Response]:
    good = GOOD[kind]
    return {
        **_cuts(kind),
        "blank": _answer(kind, "  \n"),
        "null": _answer(kind, "null"),
        "a list": _answer(kind, "[]"),
        "an empty object": _answer(kind, "{}"),
        "a number": _answer(kind, "200"),
        "true": _answer(kind, "true"),
        "the word OK": _answer(kind, "OK"),
        "the word OK, quoted": _answer(kind, '"OK"'),
        "a page, said to be one": _answer(kind, HTML, content_type="text/html"),
        "a page, said to be an answer": _answer(kind, HTML),
        "a well-formed page": _answer(kind, XHTML, content_type="application/xhtml+xml"),
        "a well-formed page, said to be an answer": _answer(kind, XHTML),
        "the answer twice": _answer(kind, good + good),
        "noise": _answer(kind, bytes(range(256)) * 4),
        "noise after it": _answer(kind, good.encode() + b"\x00<{["),
        "noise in the middle": _answer(kind, good.encode().replace(b"Rimu", b"Ri\xff\xfe\x00mu")),
        "deep": _answer(kind, DEEP),
        "another client": _answer(kind, good.replace(ID, OTHER)),
        "a nameless client": _answer(kind, good.replace("Rimu", "")),
        "no id": _answer(kind, good.replace(ID, "")),
        "part of an id": _answer(kind, good.replace(ID, ID[:-2])),
        "the old value": _answer(kind, good.replace(NEW, OLD)),
        "no value": _answer(kind, good.replace(NEW, "")),
        "another value": _answer(kind, good.replace(NEW, "03 555 0000")),
        "part of the value": _answer(kind, good.replace(NEW, NEW[:-2])),
        "not gzip though it says so": _answer_raw(kind, good.encode(), content_encoding="gzip"),
        "cut gzip": _answer_raw(kind, gzip.compress(good.encode())[:60], content_encoding="gzip"),
    }


def _answer_raw(kind: str, body: bytes, **headers: str) -> httpx.Response:
    told = {"content-type": TYPES[kind]} | {name.replace("_", "-"): value for name, value in headers.items()}
    return httpx.Response(200, headers=told, stream=httpx.ByteStream(body))


def _of_xpm(kind: str) -> dict[str, httpx.Response]:
    good = GOOD[kind]

    def put(old: str, new: str) -> httpx.Response:
        assert old in good, old
        return _answer(kind, good.replace(old, new))

    common = {
        "no format": _answer(kind, good, content_type=""),
        "plain text": _answer(kind, good, content_type="text/plain"),
        "a document": _answer(kind, good, content_type="application/pdf"),
        "no content": _answer(kind, "", status=204),
        "accepted, nothing more": _answer(kind, "", status=202),
    }
    if kind == "json":
        return common | {
            "an error": put('"OK"', '"ERROR"'),
            "an error in small letters": put('"OK"', '"error"'),
            "no status": put('"status": "OK", ', ""),
            "a null status": put('"OK"', "null"),
            "an unknown status": put('"OK"', '"PENDING"'),
            "words of an error beside OK": put('"OK"', '"OK", "errorDescription": "Phone is not valid"'),
            "a list of clients": _answer(kind, re.sub(r'"client": (\{.*?\})', r'"clients": [\1]', good)),
            "clients as text": _answer(kind, re.sub(r'"client": \{.*?\}', '"client": "saved"', good)),
            "a contact": put('"client"', '"contact"'),
            "nothing of the client": _answer(kind, '{"status": "OK"}'),
            "xml, said to be json": _answer(kind, XML),
        }
    return common | {
        "an error": put("<Status>OK", "<Status>ERROR"),
        "an error in small letters": put("<Status>OK", "<Status>error"),
        "no status": put("<Status>OK</Status>", ""),
        "an empty status": put("<Status>OK", "<Status>"),
        "an unknown status": put("<Status>OK", "<Status>PENDING"),
        "an error, then OK": put("<Status>OK", "<Status>ERROR</Status><Status>OK"),
        "OK, then an error": put("</Response>", "<Status>ERROR</Status></Response>"),
        "words of an error beside OK": put(
            "</Response>", "<ErrorDescription>Phone is not valid</ErrorDescription></Response>"
        ),
        "two clients": put("</Response>", f"<Client><UUID>{OTHER}</UUID><Name>B</Name></Client></Response>"),
        "a list of clients": _answer(
            kind, good.replace("<Client>", "<Clients><Client>").replace("</Client>", "</Client></Clients>")
        ),
        "a contact": _answer(kind, good.replace("Client>", "Contact>")),
        "nothing of the client": _answer(kind, "<Response><Status>OK</Status></Response>"),
        "only in a comment": _answer(kind, f"<Response><!-- {good} --></Response>"),
        "a document type": _answer(kind, '<!DOCTYPE r [<!ENTITY a "x">]>' + good),
        "json, said to be xml": _answer(kind, JSON),
        "one level too deep": _answer(kind, f"<Answer>{good}</Answer>"),
        "an unfinished entity": put("Rimu", "Ri&mu"),
    }


def _of_gateway(kind: str) -> dict[str, httpx.Response]:
    good = json.loads(GATEWAY)
    return {
        "an error": _answer(kind, '{"error": {"code": "failed", "message": "It could not be saved."}}'),
        "an error beside the record": _answer(
            kind, json.dumps(good | {"error": {"code": "failed", "message": "It could not be saved."}})
        ),
        "an error as text": _answer(kind, '{"error": "failed"}'),
        "errors": _answer(kind, '{"errors": [{"field": "/primary_phone", "message": "is not a phone"}]}'),
        "the record inside": _answer(kind, json.dumps({"data": good})),
        "a list of it": _answer(kind, json.dumps([good])),
        "items": _answer(kind, json.dumps({"items": [good]})),
        "no content": _answer(kind, "", status=204),
        "accepted, nothing more": _answer(kind, "{}", status=202),
        "the id as a number": _answer(kind, json.dumps(good | {"id": 7})),
        "the value as a list": _answer(kind, json.dumps(good | {"primary_phone": [OLD]})),
        "without its kind": _answer(kind, json.dumps({k: v for k, v in good.items() if k != "nature"})),
        "with a null state": _answer(kind, json.dumps(good | {"lifecycle": None})),
    }


SHAPES = [
    (kind, name, response)
    for kind in GOOD
    for name, response in (
        _of_any_kind(kind) | (_of_gateway(kind) if kind == "gateway" else _of_xpm(kind))
    ).items()
]


@pytest.fixture
def write(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., str]]:
    """Give what says how a write fits its operation, on a wire that gives one answer."""
    monkeypatch.setenv("CONNECTWORKS_CLIENT_SECRET", "a secret")
    settings = Settings.model_validate(
        {
            "firm": {"name": "Test firm", "home_country": "NZ"},
            "vault": "memory",
            "xpm": {"client_id": "c", "base_url": "https://xpm.example/3.1"},
            "connectworks": {"client_id": "c", "base_url": "https://cw.example/v1"},
        }
    )
    seen = Seen({"primary_phone": OLD}, True, datetime(2026, 1, 1, tzinfo=UTC))

    waiting: list[httpx.Response] = []
    transport = httpx.MockTransport(lambda request: waiting.pop())
    vault = MemoryVault()
    for side in SIDES:
        vault.put(side, GRANT)
    connections = open_systems(settings, vault, Hurried(), tmp_path, transport=transport)
    speaking = {"xml": connections.system["xpm"], "gateway": connections.system["connectworks"]}
    wire = Wire("XPM", str(settings.xpm.base_url), Hurried(), transport=transport)
    speaking["json"] = Xpm(settings, connections.consent["xpm"], wire, "json")

    def fits(kind: str, response: httpx.Response) -> str:
        system = speaking[kind]
        operation = Operation(
            system.side, "client", ID, ID, {"primary_phone": OLD}, {"primary_phone": NEW}, (1,), "ann"
        )
        waiting.append(response)
        try:
            return match(operation, system.write(operation, seen, "run"), _alike)
        except ServiceError:
            return "raised"

    yield fits
    connections.close()
    wire.close()


def _alike(name: str, one: str | None, other: str | None) -> bool:
    return same_value(name, one, other, "NZ")


@pytest.mark.parametrize("kind", list(GOOD))
def test_a_good_answer_is_taken_for_one(write: Callable[..., str], kind: str) -> None:
    """The shapes below are bad by one thing each: without it the answer counts."""
    assert write(kind, _answer(kind, GOOD[kind])) == "after"


def test_no_bad_answer_is_taken_for_a_write(write: Callable[..., str]) -> None:
    """Of more than a hundred shapes of bad success none is read as the value having been written."""
    assert len(SHAPES) > 130
    taken = [f"{kind}: {name}" for kind, name, bad in SHAPES if write(kind, bad) in ("after", "alike")]
    assert not taken, "; ".join(taken)
