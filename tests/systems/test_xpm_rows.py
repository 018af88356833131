"""XPM's records as rows: as received, and honest about where a value comes from."""

from __future__ import annotations

from typing import Any

import pytest

from workbench.domain.frames import COLUMNS
from workbench.systems.xpm_codec import decode
from workbench.systems.xpm_rows import (
    Reading,
    client_row,
    entity_type,
    lifecycle,
    memberships,
    own_values,
    primary_contact,
)

NZ = Reading()


def contact(uuid: str, **more: Any) -> dict[str, Any]:
    return {"uuid": uuid, "name": uuid, "isPrimary": "No", **more}


def test_values_are_kept_as_received() -> None:
    """A client named None, leading zeros, macrons and line breaks survive; blank text is missing."""
    row = client_row(
        {"uuid": "u", "name": "None", "phone": "0064 9 555", "address": "Ā\nB", "city": "", "clientCode": 7},
        NZ,
    )
    assert (row["legal_name"], row["primary_phone"], row["physical_lines"]) == ("None", "0064 9 555", "Ā\nB")
    assert row["physical_city"] is None
    assert row["client_reference"] == "7"


def test_a_row_has_canonical_columns_only() -> None:
    """Nothing that the clients frame does not know gets into a row."""
    assert set(client_row({"uuid": "u", "name": "n", "somethingNew": "x"}, NZ)) <= set(COLUMNS)


@pytest.mark.parametrize(
    ("flags", "expected"),
    [
        ({}, "active"),
        ({"isProspect": "Yes"}, "prospect"),
        ({"isProspect": "Yes", "isArchived": "Yes"}, "archived"),
        ({"isArchived": "Yes", "isDeleted": "Yes"}, "deleted"),
        ({"isArchived": "No", "isDeleted": None}, "active"),
    ],
)
def test_archived_and_deleted_are_flagged(flags: dict[str, Any], expected: str) -> None:
    """The strongest flag gives the state, and no client is dropped for it."""
    assert lifecycle(flags) == expected


@pytest.mark.parametrize(
    ("contacts", "expected"),
    [
        ([], None),
        ([contact("a")], "a"),
        ([contact("a"), contact("b")], None),
        ([contact("a", isPrimary="Yes"), contact("b", isPrimary="Yes")], "b"),
        ([contact("a", isPrimary="Yes", isDeleted="Yes"), contact("b")], "b"),
        (contact("single, not in a list"), "single, not in a list"),
        (None, None),
    ],
)
def test_the_primary_contact(contacts: Any, expected: str | None) -> None:
    """The last one flagged stands for the client, else the only one; between several nobody guesses."""
    found = primary_contact({"contacts": contacts})
    assert (found and found["uuid"]) == expected


def test_the_contacts_email_is_a_fallback_and_says_so() -> None:
    """A client's own email comes first; the contact's is marked, and never among the client's own values."""
    person = contact("a", email="jo@kauri.example", mobile="021 555 0123")
    own = {"uuid": "u", "name": "n", "email": "own@kauri.example", "contacts": [person]}
    lent = {**own, "email": ""}
    assert (client_row(own, NZ)["email"], client_row(own, NZ)["email_source"]) == (
        "own@kauri.example",
        "client",
    )
    assert (client_row(lent, NZ)["email"], client_row(lent, NZ)["email_source"]) == (
        "jo@kauri.example",
        "contact",
    )
    assert own_values(lent, NZ)["email"] is None


@pytest.mark.parametrize(("where", "expected"), [("mobile", "021"), ("fax", "09"), ("off", None)])
def test_the_other_phone_lives_where_the_firm_says(where: str, expected: str | None) -> None:
    """Contact's mobile, client's fax or nowhere; only the fax is the client's own to write."""
    client = {"uuid": "u", "name": "n", "fax": "09", "contacts": [contact("a", mobile="021")]}
    reading = Reading(other_phone=where)
    assert client_row(client, reading)["other_phone"] == expected
    assert ("other_phone" in own_values(client, reading)) is (where == "fax")


@pytest.mark.parametrize(
    ("structure", "name", "expected"),
    [
        ("Look-through company", "x", "company"),
        ("Our own kind", "Kauri Family Trust", "trust"),
        ("Our own kind", "Kauri", "other"),
        (None, "Finch Pty Ltd", "company"),
        (None, "Estate of Hemi Ngata", "estate"),
        (None, "Finch Limited Partnership", "limited_partnership"),
        (None, "Smithson Trustees Limited", "company"),
        (None, "Hemi Ngata", "individual"),
        (None, None, "other"),
        ("Whare", "x", "partnership"),
    ],
)
def test_entity_types(structure: str | None, name: str | None, expected: str) -> None:
    """The practice's own names come first, then the common ones, then what the client's name says."""
    assert entity_type(structure, name, {"Whare": "partnership"}) == expected


def test_the_business_number_of_an_australian_client_is_its_abn() -> None:
    """NZBN and ABN share one element in XPM; the country tells them apart."""
    row = client_row(
        {"uuid": "u", "name": "n", "country": "Australia", "businessNumber": "00 900 000 012"}, NZ
    )
    assert (row["abn"], row["nzbn"], row["country"]) == ("00 900 000 012", None, "AU")


def relationship(label: str, other: str) -> dict[str, Any]:
    return {"uuid": "r", "type": label, "relatedClient": {"uuid": other, "name": other}}


@pytest.mark.parametrize(
    ("label", "expected"),
    [
        ("Director", ("b", "a", "director")),
        ("Director Of", ("a", "b", "director")),
        ("director of", ("a", "b", "director")),
        ("Appointor", ("b", "a", "appointer")),
        ("Parent Of", ("a", "b", "parent")),
        ("Child Of", ("b", "a", "parent")),
        ("Wife", ("a", "b", "spouse")),
        ("Husband", ("a", "b", "spouse")),
    ],
)
def test_a_relationship_reads_the_same_from_both_sides(label: str, expected: tuple[str, str, str]) -> None:
    """Labels depend on the side they are read from; memberships do not."""
    (row,) = memberships([{"uuid": "a", "relationships": [relationship(label, "b")]}])
    assert (row["contact_id"], row["client_id"], row["role"]) == expected


def test_a_relationship_on_both_clients_is_one_membership() -> None:
    """XPM shows each link on both of its clients; it counts once."""
    clients = [
        {"uuid": "a", "relationships": [relationship("Trustee Of", "b")]},
        {"uuid": "b", "relationships": [relationship("Trustee", "a")]},
    ]
    assert len(list(memberships(clients))) == 1


def test_a_shared_contact_is_a_member_of_each_client() -> None:
    """The ripple of a contact's change can be counted."""
    clients = [{"uuid": u, "contacts": [contact("shared", isPrimary="Yes")]} for u in ("a", "b")]
    assert [(m["contact_id"], m["client_id"], m["role"]) for m in memberships(clients)] == [
        ("shared", "a", "primary contact"),
        ("shared", "b", "primary contact"),
    ]


def test_both_dialects_give_the_same_row() -> None:
    """Null, absent and empty are all blank, so XML and JSON of one client read alike."""
    as_xml = (
        b"<Response><Status>OK</Status><Client><UUID>u</UUID><Name>n</Name><City></City>"
        b"<Contacts><Contact><UUID>c</UUID><Mobile>021</Mobile></Contact></Contacts></Client></Response>"
    )
    as_json = (
        b'{"status":"OK","client":{"uuid":"u","name":"n","city":null,'
        b'"contacts":[{"uuid":"c","mobile":"021","email":null}],"groups":null}}'
    )
    (_, one), (_, two) = *decode("text/xml", as_xml), *decode("application/json", as_json)
    assert client_row(one, NZ) == client_row(two, NZ)
