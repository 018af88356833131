"""What the sandbox's XPM server does beyond the shape of its answers."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.sandbox.xpm.practice import mask, other_side

RIMU = "5f0c2d9e-0d3b-4a51-9a57-6c1f3f1b7a01"
TRUST = "e2a8b0f6-1c3d-4e5f-8a9b-0c1d2e3f4a55"
HOLDER = "77aa1f0c-3b2d-4c5e-9f60-1a2b3c4d5e6f"
ARCHIVED = "a1b2c3d4-0000-4000-8000-000000000001"
DELETED = "a1b2c3d4-0000-4000-8000-000000000002"
CONTACT = "c0ffee00-0000-4000-8000-000000000001"
GROUP = "0c7f7f52-2b1e-4f0c-9a0e-2f1f6f0b9d33"
DATE_FIELD = "31d0a7c2-5e4f-4b6a-8c7d-9e0f1a2b3c4d"
NOTE_FIELD = "42e1b8d3-6f50-4c7b-9d8e-0f1a2b3c4d5e"
CHECK_FIELD = "42e1b8d3-6f50-4c7b-9d8e-0f1a2b3c4d5f"


def _uuids(answer):
    return [client["uuid"] for client in answer.json()["clients"]]


def _update(xpm, **changes):
    return xpm.call("PUT", "client.api/update", json={"uuid": RIMU, **changes})


@pytest.fixture
def xpm_sandbox(reset_xpm):
    """Give the module's sandbox, its records as seeded."""
    return reset_xpm[0]


@pytest.fixture
def xpm(reset_xpm):
    """Give the module's signed-in caller, the records as seeded."""
    return reset_xpm[1]


# --- reading -----------------------------------------------------------------------------------


def test_only_the_full_list_has_archived_and_deleted_clients(xpm):
    """The list has everyone with a flag, pages and search have the active ones."""
    assert _uuids(xpm.call("GET", "client.api/list")) == [RIMU, TRUST, HOLDER, ARCHIVED, DELETED]
    assert _uuids(xpm.call("GET", "client.api/paged-list")) == [RIMU, TRUST, HOLDER]
    assert _uuids(xpm.call("GET", "client.api/search?query=LIMITED")) == [RIMU]


def test_detail_adds_notes_groups_and_relationships_only(xpm):
    """Plain answers have contacts; details add three lists; pages have base fields alone."""
    plain = xpm.call("GET", "client.api/list").json()["clients"][0]
    detailed = xpm.call("GET", "client.api/list?detailed=true").json()["clients"][0]
    paged = xpm.call("GET", "client.api/paged-list").json()["clients"][0]
    assert set(detailed) - set(plain) == {"notes", "groups", "relationships"}
    assert set(plain) - set(paged) == {"contacts"}


def test_a_relationship_is_seen_from_both_sides(xpm):
    """Each side reads the other's label."""
    for uuid, label, other in ((RIMU, "Trustee Of", TRUST), (TRUST, "Trustee", RIMU)):
        (seen,) = xpm.call("GET", f"client.api/get/{uuid}").json()["client"]["relationships"]
        assert (seen["type"], seen["relatedClient"]["uuid"]) == (label, other)


@pytest.mark.parametrize("path", ["client.api/list", "client.api/paged-list", f"client.api/get/{RIMU}"])
@pytest.mark.parametrize("accept", ["application/json", "application/xml"])
def test_a_tax_number_is_never_read_whole(xpm, path, accept):
    """Whatever is asked, only the last three digits come out."""
    answer = xpm.call("GET", path, accept)
    assert "******417" in answer.text
    assert "999888" not in answer.text


@given(st.text("0123456789- ", min_size=1, max_size=12))
def test_a_mask_hides_all_but_three_characters(number):
    """A mask is as long as the number and shows at most its end."""
    masked = mask(number)
    assert len(masked) == len(number)
    assert masked.rstrip("0123456789- ").strip("*") == ""
    assert len(masked.lstrip("*")) <= 3


@pytest.mark.parametrize("label", ["Director", "Trustee Of", "Parent Of", "Spouse", "Husband", "Associate"])
def test_the_other_side_of_the_other_side_is_the_label(label):
    """Labels come in pairs."""
    assert other_side(other_side(label)) == label


def test_pages_add_up_to_the_whole_and_end(xpm):
    """Following next gives every active client once; the last page has no next."""
    seen, address = [], "client.api/paged-list?pageSize=1"
    while address:
        answer = xpm.call("GET", address).json()
        seen += [client["uuid"] for client in answer["clients"]]
        address = (answer["pagination"]["links"].get("next") or "").partition("/practicemanager/3.1/")[2]
    assert seen == [RIMU, TRUST, HOLDER]


@pytest.mark.parametrize(("dial", "end"), [("null", {"next": None}), ("empty", {"next": ""}), ("absent", {})])
def test_the_last_page_ends_as_the_dial_says(xpm, xpm_sandbox, dial, end):
    """How the end is told is not documented, so it can be turned."""
    xpm_sandbox.dials("xpm", last_page=dial)
    links = xpm.call("GET", "client.api/paged-list").json()["pagination"]["links"]
    assert {name: value for name, value in links.items() if name != "first"} == end


_WRONG_PAGES = ["pageSize=0", "pageSize=501", "pageSize=x", "pageToken=x", "pageToken=c2VxPXg="]


@pytest.mark.parametrize("query", _WRONG_PAGES)
def test_a_wrong_page_is_refused(xpm, query):
    """Sizes and tokens that are not ours are business errors."""
    answer = xpm.call("GET", f"client.api/paged-list?{query}")
    assert (answer.status_code, answer.json()["status"]) == (400, "ERROR")


def test_the_list_ignores_paging(xpm):
    """The full list answers everything every time, whatever paging is asked of it."""
    assert len(_uuids(xpm.call("GET", "client.api/list?page=2&pagesize=1"))) == 5


def test_modifiedsince_gives_what_changed_after(xpm):
    """Both spellings work; a time with a zone is refused."""
    _update(xpm, phone="03 555 0100")
    for name in ("modifiedsince", "modifiedSince"):
        assert _uuids(xpm.call("GET", f"client.api/list?{name}=2021-01-01T00:00:00")) == [RIMU]
    assert xpm.call("GET", "client.api/list?modifiedsince=2021-01-01T00:00:00Z").json()["status"] == "ERROR"


def test_the_change_feed_can_lack_archived_clients(xpm, xpm_sandbox):
    """Whether archived and deleted clients are in the feed is not certain, so it is a dial."""
    for uuid in (RIMU, ARCHIVED):
        xpm_sandbox.edit("xpm", uuid, {"phone": "03 555 0100"})
    feed = "client.api/list?modifiedsince=2021-01-01T00:00:00"
    assert _uuids(xpm.call("GET", feed)) == [RIMU, ARCHIVED]
    xpm_sandbox.dials("xpm", modifiedsince_inactive=False)
    assert _uuids(xpm.call("GET", feed)) == [RIMU]


def test_fields_trim_the_answer(xpm):
    """Only the wanted fields come, in lists and single answers, nested ones too."""
    answer = xpm.call("GET", "client.api/list?detailed=true&fields=uuid,groups.name").json()
    assert answer["clients"][0] == {"uuid": RIMU, "groups": [{"name": "Parata Family"}]}
    assert answer["status"] == "OK"
    assert set(xpm.call("GET", f"client.api/get/{RIMU}?fields=name").json()["client"]) == {"name"}


# --- formats -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("accept", "status", "served"),
    [
        ("application/json", 200, "application/json"),
        ("application/xml, text/xml", 200, "text/xml"),
        ("text/html, application/json;q=0.5", 200, "application/json"),
        ("application/json;q=0.1, application/xml", 200, "text/xml"),
        ("*/*", 200, "text/xml"),
        ("text/html", 406, None),
        ("application/json;q=0", 406, None),
    ],
)
def test_accept_is_obeyed(xpm, accept, status, served):
    """The best type that can be served is; none is a 406."""
    answer = xpm.call("GET", "staff.api/list", accept)
    assert answer.status_code == status
    assert served is None or answer.headers["content-type"].startswith(served)


def test_text_xml_is_not_a_type_to_write_in(xpm):
    """XML answers are text/xml, but a body so typed is refused."""
    body = f"<Client><UUID>{RIMU}</UUID><Phone>1</Phone></Client>"
    for media, status in (("text/xml", 415), ("text/plain", 415), ("application/xml", 200)):
        answer = xpm.call("PUT", "client.api/update", content=body, headers={"Content-Type": media})
        assert answer.status_code == status


def test_the_legacy_server_answers_xml_unless_the_feature_is_asked_for(xpm, xpm_sandbox):
    """Without the flag XML goes both ways whatever the headers say; with it they count."""
    xpm_sandbox.dials("xpm", content="legacy")
    body = f"<Client><UUID>{RIMU}</UUID><Phone>04 555 0111</Phone></Client>"
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    answer = xpm.call("PUT", "client.api/update", content=body, headers=form)
    assert answer.headers["content-type"].startswith("text/xml")
    assert "<Phone>04 555 0111</Phone>" in answer.text
    flagged = xpm.call("GET", "staff.api/list", headers={"Xero-Features": "a, practice-strict-content-type"})
    assert flagged.headers["content-type"].startswith("application/json")


@pytest.mark.parametrize(
    "body", [b"", b"{", b"[]", b'{"uuid":1}', b"<Client>", b'{"uuid":"x","gstPeriod":true}']
)
def test_an_unreadable_body_is_a_business_error(xpm, xpm_sandbox, body):
    """A broken body changes nothing and is told as an error."""
    before = xpm_sandbox.dump("xpm")
    answer = xpm.call("PUT", "client.api/update", content=body, headers={"Content-Type": "application/json"})
    assert answer.json()["status"] == "ERROR"
    assert xpm_sandbox.dump("xpm") == before


@pytest.mark.parametrize(("dial", "status"), [("yaml", 500), ("400", 400), ("200", 200)])
def test_the_status_of_a_business_error_in_json_can_be_turned(xpm, xpm_sandbox, dial, status):
    """What JSON callers get is not certain, so it is a dial."""
    xpm_sandbox.dials("xpm", json_errors=dial)
    assert xpm.call("GET", "client.api/get/nobody").status_code == status


# --- writing -----------------------------------------------------------------------------------


def test_an_update_leaves_what_it_does_not_name(xpm, xpm_sandbox):
    """Only the fields that were sent change."""
    before = xpm_sandbox.dump("xpm")
    answer = _update(xpm, webSite="rimu.example", accountManagerUuid="9a4b6c1e-7d22-4c0f-8a43-0d8e5b2f4c11")
    assert answer.json()["client"]["accountManager"]["name"] == "Moana Reid"
    after = xpm_sandbox.dump("xpm")
    old = before["client"][RIMU]
    changed = {name for name, value in after["client"][RIMU].items() if value != old.get(name)}
    assert changed == {"website", "accountManager"}
    before["client"][RIMU] = after["client"][RIMU]
    assert after == before


def test_the_name_of_reading_changes_nothing_in_a_write(xpm, xpm_sandbox):
    """Writing needs `webSite`; `website` gets an OK and does nothing, unless the dial refuses it."""
    assert _update(xpm, website="rimu.example").json()["client"]["website"] == ""
    xpm_sandbox.dials("xpm", unknown_fields="refused")
    assert _update(xpm, website="rimu.example").json()["status"] == "ERROR"


def test_clearing_follows_the_policy_of_the_field(xpm, xpm_sandbox):
    """Text clears by an empty value, a manager does not, and both can be turned."""
    answer = _update(xpm, phone="", accountManagerUuid="").json()["client"]
    assert answer["phone"] == ""
    assert answer["accountManager"]["name"] == "Tui Parata"
    xpm_sandbox.dials("xpm", clearing={"*": "refuses", "accountManagerUuid": "clears"}, cleared_reads="null")
    assert _update(xpm, accountManagerUuid="").json()["client"]["accountManager"] is None
    assert _update(xpm, email="").json()["status"] == "ERROR"


def test_a_json_null_is_ignored_unless_dialled(xpm, xpm_sandbox):
    """Null leaves the field alone; with the dial it clears."""
    assert _update(xpm, phone=None).json()["client"]["phone"] == "03 555 0142"
    xpm_sandbox.dials("xpm", json_null="clears")
    assert _update(xpm, phone=None).json()["client"]["phone"] == ""


@pytest.mark.parametrize(
    "changes",
    [
        {"name": " "},
        {"dateOfBirth": "1960-02-30"},
        {"gstPeriod": 3},
        {"gstBasis": "Cash"},
        {"balanceMonth": "13"},
        {"businessStructure": "Guild"},
        {"accountManagerUuid": "nobody"},
        {"billingClientUuid": "nobody"},
        {"taxNumber": "******417"},
        {"signedTaxAuthority": "true"},
    ],
)
def test_a_refused_value_changes_nothing(xpm, xpm_sandbox, changes):
    """One unacceptable value refuses the whole update."""
    before = xpm_sandbox.dump("xpm")
    answer = _update(xpm, phone="09 555 0100", **changes)
    assert answer.json()["status"] == "ERROR"
    assert xpm_sandbox.dump("xpm") == before


@pytest.mark.parametrize(("written", "read"), [("Mar", 3), ("4", 4), ("december", 12)])
def test_a_balance_month_is_written_as_text_and_read_as_a_number(xpm, written, read):
    """Types of writing and reading differ."""
    assert _update(xpm, balanceMonth=written).json()["client"]["balanceMonth"] == read


def test_a_prospect_stays_one(xpm, xpm_sandbox):
    """Changes of the prospect flag are ignored, unless dialled."""
    assert _update(xpm, isProspect="Yes").json()["client"]["isProspect"] == "No"
    xpm_sandbox.dials("xpm", prospect_settable=True)
    assert _update(xpm, isProspect="Yes").json()["client"]["isProspect"] == "Yes"


def test_a_new_client_has_its_defaults(xpm):
    """Flags read No, the agency is unlinked, and its contacts are there."""
    people = [{"name": "A", "isPrimary": "Yes"}, {"name": "B", "isPrimary": "Yes"}]
    body = {"name": "Miro Limited", "contacts": people}
    client = xpm.call("POST", "client.api/add", json=body).json()["client"]
    assert (client["isProspect"], client["isArchived"], client["agencyStatus"]) == ("No", "No", "Unlinked")
    assert [(item["name"], item["isPrimary"]) for item in client["contacts"]] == [("A", "No"), ("B", "Yes")]
    assert xpm.call("GET", f"client.api/get/{client['uuid']}").json()["client"]["name"] == "Miro Limited"


def test_archive_and_delete_are_flags_in_the_list(xpm):
    """Neither takes a client out of the full list; a deleted one refuses writes with a conflict."""
    xpm.call("PUT", "client.api/archive", json={"uuid": RIMU})
    xpm.call("POST", "client.api/delete", json={"uuid": TRUST})
    flags = {client["uuid"]: client for client in xpm.call("GET", "client.api/list").json()["clients"]}
    assert (flags[RIMU]["isArchived"], flags[TRUST]["isDeleted"]) == ("Yes", "Yes")
    assert xpm.call("PUT", "client.api/archive", json={"uuid": TRUST}).status_code == 409


def test_a_shared_contact_changes_for_every_client(xpm):
    """A mobile is the contact's, so both of its clients see the change; the position is one client's."""
    body = {"mobile": "021 555 0199", "position": "Trustee", "client": {"uuid": TRUST}}
    xpm.call("PUT", f"client.api/contact/{CONTACT}", json=body)
    clients = {uuid: xpm.call("GET", f"client.api/get/{uuid}").json()["client"] for uuid in (TRUST, HOLDER)}
    seen = {uuid: client["contacts"][0] for uuid, client in clients.items()}
    assert {item["mobile"] for item in seen.values()} == {"021 555 0199"}
    assert (seen[TRUST]["position"], seen[HOLDER]["position"]) == ("Trustee", None)
    assert xpm.call("GET", f"client.api/contact/{CONTACT}").json()["contact"]["position"] is None


def test_a_contact_is_unlinked_or_deleted(xpm):
    """With a client it only leaves that client; without, it is gone from all."""
    xpm.call("DELETE", f"client.api/contact/{CONTACT}?clientUuid={TRUST}")
    assert xpm.call("GET", f"client.api/get/{TRUST}").json()["client"]["contacts"] == []
    assert len(xpm.call("GET", f"client.api/get/{HOLDER}").json()["client"]["contacts"]) == 1
    assert xpm.call("DELETE", f"client.api/contact/{CONTACT}").json()["contact"]["isDeleted"] == "Yes"
    assert xpm.call("GET", "client.api/contacts").json()["contacts"] == []


def test_a_contact_needs_its_client(xpm):
    """The missing element is named by its path."""
    answer = xpm.call("POST", "client.api/contact", json={"name": "Nobody's"})
    assert answer.json()["errorDescription"] == "Missing required element: Contact/Client/UUID"


def test_at_most_ten_contacts_are_linked_at_once(xpm):
    """The eleventh refuses all."""
    body = {"contacts": [{"uuid": CONTACT}] * 11}
    assert xpm.call("POST", f"client.api/client/{RIMU}/contacts", json=body).status_code == 400
    body = {"contacts": [{"uuid": CONTACT, "isPrimary": "Yes"}]}
    answer = xpm.call("POST", f"client.api/client/{RIMU}/contacts", json=body).json()
    link = {"uuid": CONTACT, "isPrimary": "Yes", "position": None}
    assert answer["client"] == {"uuid": RIMU, "contacts": [link]}


def test_shares_belong_to_shareholders(xpm):
    """Shares and percentages are refused for other types; unknown types are refused."""
    body = {"clientUuid": RIMU, "relatedClientUuid": HOLDER, "numberOfShares": 1}

    def relate(label):
        return xpm.call("POST", "client.api/addrelationship", json={**body, "type": label}).json()

    assert relate("Director")["status"] == relate("Friend")["status"] == "ERROR"
    made = relate("shareholder")
    assert made["clientRelationship"]["relationshipType"] == {"name": "Shareholder"}


def test_group_members_come_and_go(xpm):
    """Adding and removing in one call leaves exactly the wanted members."""
    body = {"uuid": GROUP, "add": [{"uuid": TRUST}, {"uuid": RIMU}], "remove": [{"uuid": HOLDER}]}
    group = xpm.call("PUT", "clientgroup.api/members", json=body).json()["group"]
    assert [member["uuid"] for member in group["clients"]] == [RIMU, TRUST]
    assert xpm.call("POST", "clientgroup.api/delete", json={"uuid": GROUP}).json() == {"status": "OK"}
    assert xpm.call("GET", "clientgroup.api/list").json()["groups"] == []


def test_custom_fields_convert_and_clear(xpm):
    """A day is written without dashes and read with a midnight; an empty element clears."""
    path = f"client.api/update/{HOLDER}/customfield"
    values = [{"uuid": DATE_FIELD, "date": "20260401"}, {"name": "File note", "text": ""}]
    assert xpm.call("PUT", path, json={"customFields": values}).json() == {"status": "OK"}
    held = xpm.call("GET", f"client.api/get/{HOLDER}/customfield").json()["customFields"]
    assert held == [{"uuid": DATE_FIELD, "date": "2026-04-01T00:00:00", "name": "Review due"}]


@pytest.mark.parametrize(
    "value",
    [
        {"uuid": DATE_FIELD, "date": "2026-04-01"},
        {"uuid": DATE_FIELD, "text": "soon"},
        {"uuid": NOTE_FIELD + "0", "text": "x"},
        {"uuid": CHECK_FIELD, "boolean": None},
    ],
)
def test_a_wrong_custom_value_is_refused(xpm, value):
    """Values of another kind, unknown fields and an empty check box are errors."""
    answer = xpm.call("PUT", f"client.api/update/{RIMU}/customfield", json={"customFields": [value]})
    assert answer.json()["status"] == "ERROR"
