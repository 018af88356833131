"""The XPM server's XML and JSON against payloads written down beforehand, both directions."""

from __future__ import annotations

import json
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from workbench.sandbox.xpm.representation import Unreadable, from_json, from_xml, to_xml

GOLDEN = Path(__file__).parents[1] / "contract" / "golden"
RIMU = "5f0c2d9e-0d3b-4a51-9a57-6c1f3f1b7a01"

_REQUESTS = [
    ("update", "clientWrite", "Client"),
    ("add_relationship", "relationshipAdd", "Relationship"),
    ("group_members", "groupMembers", "Group"),
    ("custom_fields", "customValues", "CustomFields"),
]


def test_a_detailed_list_in_xml_is_the_golden_one_to_the_byte(xpm, xpm_sandbox):
    """Names, order, wrappers, escapes, masks, empty texts and empty lists are as documented."""
    xpm_sandbox.edit("xpm", RIMU, {"city": "Nelson"})  # touches it, so that it alone is new
    answer = xpm.xml("GET", "client.api/list?detailed=true&modifiedsince=2021-01-01T00:00:00")
    assert answer.content == (GOLDEN / "list_detailed.xml").read_bytes()
    assert answer.headers["content-type"] == "text/xml; charset=utf-8"


def test_a_page_in_json_is_the_golden_one(xpm):
    """A page has base fields, and absolute links whose token is opaque."""
    answer = xpm.call(
        "GET", "client.api/paged-list?pageSize=1&fields=uuid,name,email,isArchived,balanceMonth,gstPeriod"
    )
    expected = json.loads(
        (GOLDEN / "paged_list.json").read_text("utf-8").replace("http://localhost:8099", xpm.root)
    )
    expected["clients"][0]["email"] = "office@rimurata.example"
    assert answer.json() == expected


@pytest.mark.parametrize(("name", "shape", "root"), _REQUESTS)
def test_a_request_in_xml_means_what_its_json_twin_means(name, shape, root):
    """Both formats of a request are read into the same values."""
    in_xml = from_xml((GOLDEN / f"{name}.xml").read_bytes(), shape, root)
    in_json = from_json((GOLDEN / f"{name}.json").read_bytes(), shape, refuse_unknown=True)
    assert in_xml == in_json


@pytest.mark.parametrize("kind", ["xml", "json"])
def test_an_update_in_either_format_does_the_same(xpm, xpm_sandbox, kind):
    """The golden update changes exactly the fields that it names, in names and types of reading."""
    before = xpm_sandbox.dump("xpm")["client"][RIMU]
    body = (GOLDEN / f"update.{kind}").read_bytes()
    answer = xpm.call(
        "PUT",
        "client.api/update",
        f"application/{kind}",
        content=body,
        headers={"Content-Type": f"application/{kind}"},
    )
    assert answer.status_code == 200, answer.text
    after = xpm_sandbox.dump("xpm")["client"][RIMU]
    changed = {name: value for name, value in after.items() if value != before.get(name)}
    assert changed == {"phone": "03 555 0199", "website": "rimurata.example", "gstPeriod": "6 Monthly"}
    assert after["balanceMonth"] == 3


def test_a_business_error_in_xml_is_the_golden_one_with_status_200(xpm):
    """In XML an error says so in its body only."""
    answer = xpm.xml("PUT", "client.api/update", b"<Client><UUID>nobody</UUID></Client>")
    assert answer.status_code == 200
    assert answer.content == (GOLDEN / "update_error.xml").read_bytes()


def test_an_expired_token_is_answered_with_the_golden_problem(xpm, xpm_sandbox):
    """The gateway's error is a JSON problem object, to callers of XML too."""
    xpm_sandbox.expire("xpm")
    answer = xpm.xml("GET", "staff.api/list")
    golden = json.loads((GOLDEN / "token_expired.json").read_text("utf-8"))
    assert answer.status_code == 401
    assert answer.headers["www-authenticate"] == "Bearer error=invalid_token"
    assert list(answer.json()) == list(golden)
    assert answer.json()["Detail"].startswith("TokenExpired: token expired at ")
    assert answer.json()["Instance"] == answer.headers["xero-correlation-id"]


_TEXT = st.text(st.characters(exclude_categories=["Cs", "Cc"], include_characters="\n\t"), max_size=20)


@given(st.dictionaries(st.sampled_from(["name", "phone", "webSite", "address", "taxNumber"]), _TEXT))
@settings(max_examples=60)
def test_any_text_is_read_alike_from_xml_and_json(values):
    """Ampersands, macrons, line breaks and blanks arrive the same by either format."""
    tags = {"webSite": "WebSite"}
    root = ET.Element("Client")
    for name, value in values.items():
        ET.SubElement(root, tags.get(name, name[0].upper() + name[1:])).text = value
    in_json = from_json(json.dumps(values).encode(), "clientWrite", refuse_unknown=True)
    assert from_xml(ET.tostring(root), "clientWrite", "Client") == in_json == values


@given(_TEXT, _TEXT)
@settings(max_examples=60)
def test_any_text_survives_being_written_as_xml(name, address):
    """What an independent parser reads from an answer is what the record holds."""
    root = ET.fromstring(to_xml({"client": {"name": name, "address": address, "fax": None}}, "Get"))
    client = root.find("Client")
    assert client is not None
    assert [(item.tag, item.text or "") for item in client] == [("Name", name), ("Address", address)]


@given(st.binary(max_size=60))
@settings(max_examples=60)
def test_no_body_breaks_the_readers(body):
    """Whatever arrives is read or refused by name, never with another error."""
    for read in (
        lambda: from_xml(body, "clientWrite", "Client"),
        lambda: from_json(body, "clientWrite", refuse_unknown=False),
    ):
        try:
            assert isinstance(read(), dict)
        except Unreadable as refusal:
            assert str(refusal)


def test_characters_that_xml_cannot_hold_are_left_out():
    """A stray control character in a record does not break the whole list."""
    assert b"<Name>AB\tC</Name>" in to_xml({"client": {"name": "A\x00B\tC\x1f\ufffe"}}, "Get")


@pytest.mark.parametrize("body", [b'{"phone":"\\ud800"}', b'{"provisionalTaxRatio":NaN}', b'{"a":' * 100_000])
def test_json_that_no_record_could_keep_is_refused(body):
    """Half characters, numbers that are none and endless nesting are refused by name."""
    with pytest.raises(Unreadable):
        from_json(body, "clientWrite", refuse_unknown=False)


def test_entities_are_refused():
    """A document type, with which entity bombs and file reads begin, is refused."""
    bomb = b'<!DOCTYPE Client [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]><Client><Name>&b;</Name></Client>'
    with pytest.raises(Unreadable, match="document type"):
        from_xml(bomb, "clientWrite", "Client")
