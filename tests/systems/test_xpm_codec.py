"""XPM's bytes, both dialects, both directions: recorded shapes, odd ones, hostile ones."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from workbench.domain.errors import NotUnderstood, Refused
from workbench.domain.frames import address_cell
from workbench.systems.xpm_codec import (
    decode,
    encode,
    only_custom_fields,
    redact,
    the_one,
    update_of_client,
    update_of_contact,
)
from workbench.systems.xpm_rows import label

GOLDEN = Path(__file__).parent / "golden"
UUID = "5f0c2d9e-0d3b-4a51-9a57-6c1f3f1b7a01"


def golden(name: str) -> bytes:
    return (GOLDEN / name).read_bytes()


def xml(inner: str) -> bytes:
    return f'<Response api-method="Get"><Status>OK</Status>{inner}</Response>'.encode()


def test_a_detailed_list_in_xml_reads_to_the_last_value() -> None:
    """Every element of the recorded shape arrives under its JSON name, macrons and line breaks included."""
    (name, client), *more = decode("text/xml; charset=utf-8", golden("detailed_list.xml"))
    assert (name, more) == ("clients", [])
    assert client["uuid"] == UUID
    assert client["name"] == "Rimu & Rātā Holdings Limited"
    assert client["address"] == "12 Kauri Lane\nLevel 2"
    assert client["region"] == client["website"] == ""
    assert client["accountManager"] == {"uuid": "9a4b6c1e-7d22-4c0f-8a43-0d8e5b2f4c10", "name": "Tui Parata"}
    assert client["gstRegistered"] == "Yes"
    assert client["contacts"] == client["notes"] == []
    assert client["groups"] == [{"uuid": "0c7f7f52-2b1e-4f0c-9a0e-2f1f6f0b9d33", "name": "Parata Family"}]
    assert client["relationships"][0]["relatedClient"]["name"] == "Parata Family Trust"


def test_a_page_in_json_reads() -> None:
    """A list's items come one by one, and what stands beside them under its own name."""
    parts = list(decode("application/json; charset=utf-8", golden("page.json")))
    assert [name for name, _ in parts] == ["clients", "pagination"]
    assert parts[0][1]["balanceMonth"] == 3


@pytest.mark.parametrize(("dialect", "file"), [("xml", "update.xml"), ("json", "update.json")])
def test_an_update_is_written_as_recorded(dialect: Any, file: str) -> None:
    """The bytes of an update are those of the recorded shape."""
    record = {
        "uuid": UUID,
        "phone": "03 555 0199",
        "webSite": "rimurata.example",
        "balanceMonth": "Mar",
        "gstPeriod": 6,
    }
    written = encode("client", record, dialect)
    if dialect == "json":
        assert json.loads(written) == json.loads(golden(file))
    else:
        assert written == golden(file)


def test_an_error_in_a_successful_answer_is_a_refusal() -> None:
    """Status ERROR counts, whatever HTTP said, and the server's words are told."""
    with pytest.raises(Refused, match="Invalid client identifier"):
        list(decode("text/xml", golden("refused.xml")))
    with pytest.raises(Refused, match="too long"):
        list(decode("application/json", b'{"status":"error","errorDescription":"Name  too\\nlong"}'))


def test_a_refusals_words_hold_no_tax_number() -> None:
    """A tax number that the server repeats is not passed on."""
    with pytest.raises(Refused) as refused:
        list(decode("application/json", b'{"status":"ERROR","errorDescription":"900-000-014 is invalid"}'))
    assert "900-000-014" not in str(refused.value)


def test_what_was_sent_back_counts_not_what_was_asked_for() -> None:
    """JSON labelled as such is read as JSON, XML as XML, and a wrong label is not guessed at."""
    assert list(decode("application/json", b'{"Status":"OK"}')) == []
    with pytest.raises(NotUnderstood):
        list(decode("application/json", xml("")))


BOMB = (
    b'<?xml version="1.0"?><!DOCTYPE Response [<!ENTITY a "ha"><!ENTITY b "'
    + b"&a;" * 100
    + b'"><!ENTITY c "'
    + b"&b;" * 100
    + b'"><!ENTITY d "'
    + b"&c;" * 100
    + b'">]><Response><Status>OK</Status><Client><Name>&d;</Name></Client></Response>'
)
OUTSIDE = (
    b'<!DOCTYPE Response [<!ENTITY e SYSTEM "file:///etc/hostname">]>'
    b"<Response><Status>OK</Status><Client><Name>&e;</Name></Client></Response>"
)


@pytest.mark.parametrize(
    ("media_type", "body"),
    [
        ("text/xml", BOMB),
        ("text/xml", OUTSIDE),
        ("text/xml", b""),
        ("text/xml", golden("detailed_list.xml")[:900]),
        ("text/xml", b"<html><body>Sign in</body></html>"),
        ("text/html", b"<html><body>Sign in</body></html>"),
        ("", b'{"status":"OK"}'),
        ("application/json", b'{"status":"OK","clients":[{'),
        ("application/json", b"[]"),
        ("application/json", b'{"clients":[]}'),
        ("application/json", b"[" * 100_000),
        ("application/json", golden("token_expired.json")),
        ("application/json", b"\xff\xfe\x00"),
    ],
)
def test_what_cannot_be_trusted_is_not_understood(media_type: str, body: bytes) -> None:
    """Hostile, cut, empty and foreign answers all end in one refusal and nothing is taken from them."""
    with pytest.raises(NotUnderstood):
        list(decode(media_type, body))


@pytest.mark.parametrize("body", [BOMB, golden("detailed_list.xml")[:900], b""])
def test_redaction_of_the_unreadable_keeps_nothing(body: bytes) -> None:
    """What is not well-formed never gets past redaction and reading together."""
    with pytest.raises(NotUnderstood):
        list(decode("text/xml", redact("text/xml", body, "AU")))


def test_the_one_record_must_be_there() -> None:
    """An answer about one record that holds none is not a picture of it."""
    with pytest.raises(NotUnderstood, match="no client"):
        the_one("text/xml", xml("<Clients />"), "client")


def test_only_changed_fields_are_written_in_xpms_order() -> None:
    """An update holds the key and what changed, under the write names, blanks as empty text."""
    address = address_cell({"lines": "1 Test Rise\nLevel 2", "suburb": "Pukehua", "city": "Tauranga"})
    record = update_of_client(UUID, {"website": None, "physical_address": address, "email": "a@b.example"})
    assert list(record.items()) == [
        ("uuid", UUID),
        ("email", "a@b.example"),
        ("address", "1 Test Rise\nLevel 2\nPukehua"),
        ("city", "Tauranga"),
        ("region", ""),
        ("postCode", ""),
        ("country", ""),
        ("webSite", ""),
    ]


def test_a_contact_is_written_through_its_client() -> None:
    """XPM finds a contact's client in the body, and only the mobile is sent."""
    written = encode("contact", update_of_contact(UUID, {"other_phone": "021 555 0123"}), "xml")
    assert written == (
        f"<Contact><Client><UUID>{UUID}</UUID></Client><Mobile>021 555 0123</Mobile></Contact>".encode()
    )


def test_control_characters_never_reach_xml() -> None:
    """What XML cannot carry is left out instead of failing the write."""
    written = encode("client", {"uuid": UUID, "phone": "03\x00\x0b 555\ud800"}, "xml")
    assert etree.fromstring(written).findtext("Phone") == "03 555"


FIELDS = st.sampled_from(["email", "website", "primary_phone"])
VALUES = st.one_of(
    st.none(), st.text(st.characters(codec="utf-8", exclude_categories=["Cs", "Cc"]), max_size=30)
)
READ_NAMES = {"webSite": "website"}


@settings(max_examples=60)
@given(changes=st.dictionaries(FIELDS, VALUES, min_size=1), dialect=st.sampled_from(["xml", "json"]))
def test_what_is_written_reads_back_the_same(changes: dict[str, str | None], dialect: Any) -> None:
    """Whatever a person typed survives both dialects: markup, macrons, spaces."""
    record = update_of_client(UUID, changes)
    body = encode("client", record, dialect)
    if dialect == "xml":
        answer = the_one("text/xml", b"<Response><Status>OK</Status>" + body + b"</Response>", "client")
    else:
        answer = the_one("application/json", b'{"status":"OK","client":' + body + b"}", "client")
    assert {READ_NAMES.get(name, name): value for name, value in answer.items()} == {
        READ_NAMES.get(name, name): value for name, value in record.items()
    }


CLIENT = (
    "<Client><UUID>{0}</UUID><Name>{0}</Name><Country>{1}</Country><TaxNumber>***014</TaxNumber></Client>"
)


@pytest.mark.parametrize(
    ("home", "country", "kept"),
    [("NZ", "New Zealand", True), ("NZ", "", True), ("NZ", "AUSTRALIA", False), ("AU", "", False)],
)
@pytest.mark.parametrize("dialect", ["xml", "json"])
def test_tax_file_numbers_are_taken_out(dialect: str, home: str, country: str, kept: bool) -> None:
    """Of clients in Australia no tax number is kept; nothing else is touched."""
    if dialect == "xml":
        body = xml("<Clients>" + CLIENT.format("a", country) + CLIENT.format("b", "") + "</Clients>")
        media_type = "text/xml"
    else:
        records = [
            {"uuid": n, "name": n, "country": c, "taxNumber": "***014"}
            for n, c in (("a", country), ("b", ""))
        ]
        body = json.dumps({"status": "OK", "clients": records}).encode()
        media_type = "application/json"
    clients = {c["uuid"]: c for _, c in decode(media_type, redact(media_type, body, home))}
    assert ("taxNumber" in clients["a"]) is kept
    assert ("taxNumber" in clients["b"]) is (home == "NZ")
    assert clients["a"]["name"] == "a"


@pytest.mark.parametrize(
    "sign",
    [
        "<Region>NSW</Region>",
        "<PostalCountry>au</PostalCountry>",
        "<BusinessNumber>00 900 000 012</BusinessNumber>",
    ],
)
def test_in_doubt_a_client_is_in_australia(sign: str) -> None:
    """A state, a postal address or an ABN is enough to keep no tax number."""
    body = xml(f"<Client><UUID>a</UUID><TaxNumber>***014</TaxNumber>{sign}</Client>")
    assert b"TaxNumber" not in redact("text/xml", body, "NZ")


def test_redaction_leaves_other_answers_byte_for_byte() -> None:
    """Where there is nothing to take out, the kept bytes are the received ones."""
    assert redact("text/xml", golden("detailed_list.xml"), "NZ") == golden("detailed_list.xml")
    assert redact("application/json", golden("page.json"), "NZ") == golden("page.json")


_HELD = [
    {"uuid": "1", "name": "Language", "text": "Te reo;  Māori"},
    {"uuid": "2", "name": "Opinion", "text": "secret"},
    {"uuid": "3", "name": "Due", "date": "2026-04-01T00:00:00"},
    {"uuid": "4", "name": "By post", "boolean": True},
    {"uuid": "5", "name": "Fee", "decimal": 12.5},
    {"uuid": "6", "name": "Staff", "number": 3},
]
_HELD_IN_XML = """<CustomFields>
<CustomField><UUID>1</UUID><Name>Language</Name><Text>Te reo;  Māori</Text></CustomField>
<CustomField><UUID>2</UUID><Name>Opinion</Name><Text>secret</Text></CustomField>
<CustomField><UUID>3</UUID><Name>Due</Name><Date>2026-04-01T00:00:00</Date></CustomField>
<CustomField><UUID>4</UUID><Name>By post</Name><Boolean>true</Boolean></CustomField>
<CustomField><UUID>5</UUID><Name>Fee</Name><Decimal>12.5</Decimal></CustomField>
<CustomField><UUID>6</UUID><Name>Staff</Name><Number>3</Number></CustomField>
</CustomFields>"""


def test_only_custom_fields_that_were_named_stay_in_an_answer() -> None:
    """In both dialects, whatever their capitals; the others leave no byte, and the rest reads as labels."""
    wanted = [" language", "DUE", "by post", "fee", "staff"]
    bodies = {
        "application/json": json.dumps({"status": "OK", "customFields": _HELD}).encode(),
        "text/xml": xml(_HELD_IN_XML),
    }
    for media_type, body in bodies.items():
        kept = only_custom_fields(media_type, body, wanted)
        assert b"secret" not in kept
        labels = [label(value) for name, value in decode(media_type, kept) if name == "customFields"]
        assert labels == [
            "Language: Te reo, Māori",
            "Due: 2026-04-01",
            "By post: yes",
            "Fee: 12.5",
            "Staff: 3",
        ]
    assert list(decode("text/xml", only_custom_fields("text/xml", xml("<CustomFields />"), wanted))) == []
