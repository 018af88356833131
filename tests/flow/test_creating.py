"""Creating what the other system lacks: shown first, asked once, never twice, then linked."""

from __future__ import annotations

from collections import Counter
from typing import Any

import httpx
import pytest

import workbench as wb
from workbench.domain.errors import BadInput, WorkbenchError
from workbench.flow.asking import follow
from workbench.flow.create import create, permit_creation
from workbench.flow.retention import purge_client
from workbench.flow.signing_in import choose_practice, sign_in
from workbench.reconcile.creating import UNTIED
from workbench.systems.port import silent

COMPANY = "5e1f0000-0000-4000-8000-000000000090"
TRUST = "cw_000092"
PERSON_THERE, TRUST_THERE = "5e1f0000-0000-4000-8000-000000000091", "5e1f0000-0000-4000-8000-000000000093"
PERSON_HERE, COMPANY_HERE = "cw_000094", "cw_000095"


@pytest.fixture
def lonely(lonely_firm: Any, make_house: Any) -> Any:
    """Give a firm with clients that stand in one system alone."""
    house = make_house(lonely_firm.folder, lonely_firm.sandbox)
    house.do("pull")
    return house


def _create(house: Any, side: str, source_id: str, **more: Any) -> str:
    draft = house.desk.draft(side, source_id)
    return follow(house.firm, house.desk.ask_create(side, source_id, draft.hash, **more))


def _called(house: Any, side: str, name: str) -> list[dict[str, Any]]:
    kept = house.sandbox.dump(side)["clients" if side == "connectworks" else "client"].values()
    return [each for each in kept if name in (each.get("name"), each.get("legal_name"))]


def test_a_company_comes_to_connectworks_with_its_parties(lonely: Any) -> None:
    """The draft tells each field, what is left out and the warning; then the record is there and linked."""
    listed = lonely.desk.unmatched().set_index("client_id")
    assert listed.loc[COMPANY, "reason"] == "none_found"
    assert listed.loc[TRUST, "side"] == "connectworks"
    draft = lonely.desk.draft("connectworks", COMPANY)
    told = draft.frame()
    assert told.set_index("field").loc["legal_name", "value"] == "Rangiora Orchards Limited"
    assert told.set_index("field").loc["physical_address", "value"] == "•••"
    assert "Test Rise" not in repr(draft)
    assert "tax_number" not in draft.values
    assert UNTIED in draft.warnings
    parties = {party.name: party for party in draft.parties}
    assert parties["Kahikatea Number 1 Limited"].known_id == "cw_000001"
    assert parties["Mere Tōtara"].role == "director"
    assert _create(lonely, "connectworks", COMPANY) == "Created in Connectworks and linked."
    (made,) = _called(lonely, "connectworks", "Rangiora Orchards Limited")
    assert (made["entity_type"], made["primary_phone"], made["tax_id"]) == ("company", "03 555 0190", None)
    assert made["xpm_link"]["uuid"] == COMPANY
    kept = lonely.sandbox.dump("connectworks")["parties"][made["id"]]["items"]
    assert Counter(item["role"] for item in kept) == {"director": 1, "shareholder": 1}
    assert next(i for i in kept if i["role"] == "shareholder")["id"] == "cw_000001"
    links = lonely.desk.links()
    assert list(links.loc[links["xpm_id"] == COMPANY, "connectworks_id"]) == [made["id"]]
    assert list(links.loc[links["xpm_id"] == COMPANY, "written"]) == ["yes"]
    assert COMPANY not in set(lonely.desk.unmatched()["client_id"])
    with pytest.raises(BadInput, match="linked already"):
        lonely.desk.draft("connectworks", COMPANY)


def test_a_trust_comes_to_connectworks_with_trustees_and_beneficiaries(lonely: Any) -> None:
    """Each part is told in the draft; a corporate trustee is called so; who is linked is no new contact."""
    draft = lonely.desk.draft("connectworks", TRUST_THERE)
    assert {(party.name, party.role, party.known_id) for party in draft.parties} == {
        ("Rangiora Orchards Limited", "corporate trustee", None),
        ("Mere Tōtara", "trustee", None),
        ("Kahikatea Number 1 Limited", "beneficiary", "cw_000001"),
    }
    assert any("completed by hand" in words for words in draft.warnings)
    assert _create(lonely, "connectworks", TRUST_THERE) == "Created in Connectworks and linked."
    (made,) = _called(lonely, "connectworks", "Rangiora Orchards Trust")
    assert made["entity_type"] == "trust"
    kept = lonely.sandbox.dump("connectworks")["parties"][made["id"]]["items"]
    assert {(item["name"], item["role"]) for item in kept} == {(p.name, p.role) for p in draft.parties}
    (trustee,) = _called(lonely, "connectworks", "Rangiora Orchards Limited")
    assert (trustee["nature"], trustee["entity_type"]) == ("contact", "company")


def test_whoever_became_a_contact_is_no_second_one(lonely: Any) -> None:
    """Until a pull shows the contact that a creation made, nobody makes another one of the same person."""
    _create(lonely, "connectworks", COMPANY)
    parties = {party.name: party for party in lonely.desk.draft("connectworks", TRUST_THERE).parties}
    assert not parties["Mere Tōtara"].sent
    assert parties["Mere Tōtara"].note.startswith("Became a contact there")
    assert parties["Rangiora Orchards Limited"].known_id
    lonely.do("pull")
    (mere,) = _called(lonely, "connectworks", "Mere Tōtara")
    lonely.desk.link([(mere["id"], PERSON_THERE)], "test")
    parties = {party.name: party for party in lonely.desk.draft("connectworks", TRUST_THERE).parties}
    assert parties["Mere Tōtara"].known_id == mere["id"]


def test_a_purge_takes_the_part_that_somebody_played(lonely: Any) -> None:
    """Who came along with another client's new record is purged from there, too; that client stays."""
    _create(lonely, "connectworks", COMPANY)
    firm = lonely.again()
    [asked] = firm.book.events(kinds={"creation_asked"})
    assert "Mere Tōtara" in asked.private["parties"]
    purge_client(firm, PERSON_THERE, although_there=True)
    [asked] = firm.book.events(kinds={"creation_asked"})
    assert "parties" not in asked.private
    assert asked.private["value.legal_name"] == "Rangiora Orchards Limited"
    assert firm.book.verify().ok


@pytest.mark.parametrize(
    ("side", "source", "name", "kind"),
    [
        ("connectworks", PERSON_THERE, "Mere Tōtara", "individual"),
        ("xpm", PERSON_HERE, "Ana Rātā", "individual"),
        ("xpm", COMPANY_HERE, "Rātā Nurseries Limited", "company"),
    ],
)
def test_people_and_companies_go_either_way(
    lonely: Any, side: str, source: str, name: str, kind: str
) -> None:
    """What was drafted is what is there, under its name and of its kind, linked to where it came from."""
    draft = lonely.desk.draft(side, source)
    assert draft.twins == ()
    assert _create(lonely, side, source).endswith("and linked.")
    (made,) = _called(lonely, side, name)
    if side == "connectworks":
        assert made["entity_type"] == kind
        assert made["email"] == draft.values.get("email")
    else:
        told = {"name": name, "email": made["email"], "phone": made["phone"]}
        assert told == {n: draft.values[v] for n, v in _IN_XPM.items()}
        assert made.get("businessStructure") == draft.values.get("structure")
        assert (made.get("firstName"), made.get("companyNumber")) == (
            draft.values.get("first_name"),
            draft.values.get("company_number"),
        )
    links = lonely.desk.links()
    other = "xpm" if side == "connectworks" else "connectworks"
    assert links.set_index(f"{other}_id").loc[source, f"{side}_id"] == made.get("id", made.get("uuid"))


_IN_XPM = {"name": "legal_name", "email": "email", "phone": "primary_phone"}


class _Died(BaseException):
    """The process ends in the middle of what it does."""


def _dies_at(house: Any, path: str, side: str, creation: str, arrived: bool) -> None:
    """Carry a creation out in a process that ends as it sends a request, or as that has arrived."""
    real = httpx.HTTPTransport()

    def dying(request: httpx.Request) -> httpx.Response | None:
        if request.method == "POST" and request.url.path.endswith(path):
            if arrived:
                real.handle_request(request).read()
            raise _Died
        return None

    house.through(dying)
    sign_in(house.firm, side, house.firm.person, silent)
    choose_practice(house.firm, side, silent)
    with pytest.raises(_Died):
        create(house.firm, creation, house.firm.person)


@pytest.mark.parametrize(("side", "source"), [("xpm", COMPANY_HERE), ("connectworks", TRUST_THERE)])
@pytest.mark.parametrize("arrived", [False, True])
def test_a_death_between_creating_and_linking(lonely: Any, side: str, source: str, arrived: bool) -> None:
    """Whoever comes next finds what arrived, or sends it once more: one record, linked, its parties once."""
    draft = lonely.desk.draft(side, source)
    lonely.firm.served = True  # nobody works on it yet
    lonely.desk.ask_create(side, source, draft.hash)
    creation = next(iter(lonely.firm.state().creations))
    path = "client.api/add" if side == "xpm" else "/v1/clients"
    _dies_at(lonely, path, side, creation, arrived)
    assert lonely.firm.state().creations[creation].open
    lonely.firm = lonely.again()
    lonely.do("pull")  # what was asked for earlier is carried out first
    (made,) = _called(lonely, side, draft.name)
    assert lonely.firm.state().creations[creation].client_id == made.get("id", made.get("uuid"))
    assert len([e for e in lonely.sandbox.log(side) if e["method"] == "POST" and e["changed"]]) == 1
    if side == "connectworks":
        kept = lonely.sandbox.dump("connectworks")["parties"][made["id"]]["items"]
        assert len(kept) == len(draft.parties) == 3


@pytest.fixture
def with_parties(lonely_firm: Any, make_house: Any) -> Any:
    """Give that firm with a gateway that tells parties, too."""
    able = lonely_firm.sandbox.dials("connectworks")["capabilities"]
    lonely_firm.sandbox.dials("connectworks", capabilities=[*able, "read_parties"])
    house = make_house(lonely_firm.folder, lonely_firm.sandbox)
    house.do("pull")
    return house


def _related(house: Any) -> list[tuple[str, str]]:
    (made,) = _called(house, "xpm", "Rātā Nurseries Limited")
    held = house.sandbox.dump("xpm")["relationship"].values()
    return [(each["type"], each["relatedClientUuid"]) for each in held if each["clientUuid"] == made["uuid"]]


@pytest.mark.parametrize("fault", ["", "drop_before_commit", "drop_after_commit", "late_commit_drop"])
def test_a_company_comes_to_xpm_with_whoever_is_there(with_parties: Any, fault: str) -> None:
    """Whoever is linked plays the part there, once, whatever befalls the request; the others are named."""
    parties = {p.name: (p.role, p.sent) for p in with_parties.desk.draft("xpm", COMPANY_HERE).parties}
    assert parties == {
        "Kahikatea Number 1 Limited": ("shareholder", True),
        "Ana Rātā": ("director", False),
    }
    if fault:
        broken = {"fault": fault, "path": "client.api/addrelationship", "after_s": 0.1}
        with_parties.sandbox.dials("xpm", next=[broken])
    told = _create(with_parties, "xpm", COMPANY_HERE)
    assert told == "Created in XPM and linked. With 1 of 1 who play a part."
    assert _related(with_parties) == [("Shareholder", "5e1f0000-0000-4000-8000-000000000001")]


def test_whoever_is_created_first_comes_along(with_parties: Any) -> None:
    """A director who is no client in XPM is drafted by the company's own draft, and plays the part then."""
    (ana,) = (party for party in with_parties.desk.draft("xpm", COMPANY_HERE).parties if party.first)
    assert (ana.name, ana.source_id) == ("Ana Rātā", PERSON_HERE)
    _create(with_parties, "xpm", str(ana.source_id))
    told = _create(with_parties, "xpm", COMPANY_HERE)
    assert told == "Created in XPM and linked. With 2 of 2 who play a part."
    assert {role for role, _ in _related(with_parties)} == {"Director", "Shareholder"}


def test_a_relationship_that_is_refused_is_left_to_a_person(with_parties: Any) -> None:
    """The client stands and is linked; what XPM refused is said, and not asked for again."""
    refusing = {"fault": "error_in_200", "path": "client.api/addrelationship"}
    with_parties.sandbox.dials("xpm", next=[refusing])
    told = _create(with_parties, "xpm", COMPANY_HERE)
    assert told.endswith("With 0 of 1 who play a part. Add the others there by hand.")
    assert _related(with_parties) == []


def test_a_death_before_who_plays_a_part_was_written_down(with_parties: Any) -> None:
    """Whoever comes next sees that the relationship arrived, and adds no second one."""
    draft = with_parties.desk.draft("xpm", COMPANY_HERE)
    with_parties.firm.served = True
    with_parties.desk.ask_create("xpm", COMPANY_HERE, draft.hash)
    creation = next(iter(with_parties.firm.state().creations))
    _dies_at(with_parties, "client.api/addrelationship", "xpm", creation, arrived=True)
    assert len(_related(with_parties)) == 1
    with_parties.firm = with_parties.again()
    with_parties.do("pull")
    assert len(_related(with_parties)) == 1
    assert with_parties.firm.state().creations[creation].parts[0].ended


def test_a_trust_comes_to_xpm_and_never_twice(lonely: Any) -> None:
    """A lost answer is looked for, not asked again; what was created once is not created anew when parted."""
    draft = lonely.desk.draft("xpm", TRUST)
    assert draft.values["legal_name"] == "Pōhutukawa Bay Trust"
    assert draft.values["structure"] == "Family Trust", "as the practice itself calls a trust"
    lonely.sandbox.dials("xpm", next=[{"fault": "drop_after_commit", "path": "client.api/add"}])
    assert _create(lonely, "xpm", TRUST) == "Created in XPM and linked."
    (made,) = _called(lonely, "xpm", "Pōhutukawa Bay Trust")
    assert made["phone"] == "09 555 0092"
    contacts = lonely.sandbox.dump("xpm")["contact"]
    assert contacts[made["contacts"][0]["uuid"]]["mobile"] == "021 555 0192"
    links = lonely.desk.links().set_index("connectworks_id")
    assert links.loc[TRUST, "xpm_id"] == made["uuid"]
    assert links.loc[TRUST, "written"] == "no"
    lonely.desk.unlink([links.loc[TRUST, "link_id"]])
    draft = lonely.desk.draft("xpm", TRUST)
    assert [twin.client_id for twin in draft.twins] == [made["uuid"]]
    with pytest.raises(BadInput, match="may have Pōhutukawa Bay Trust already"):
        lonely.desk.ask_create("xpm", TRUST, draft.hash)
    with pytest.raises(BadInput, match="was created for Pōhutukawa Bay Trust before"):
        lonely.desk.ask_create("xpm", TRUST, draft.hash, despite=True)


@pytest.mark.parametrize("fault", ["drop_before_commit", "late_commit_drop"])
def test_one_record_whatever_befalls_the_request(lonely: Any, fault: str) -> None:
    """Lost on the way there or back, or late: in the end there is exactly one record, and it is linked."""
    lonely.sandbox.dials("xpm", next=[{"fault": fault, "path": "client.api/add", "after_s": 0.1}])
    assert _create(lonely, "xpm", TRUST) == "Created in XPM and linked."
    assert len(_called(lonely, "xpm", "Pōhutukawa Bay Trust")) == 1


def test_who_made_it_meanwhile_is_seen(lonely: Any) -> None:
    """A namesake that came after the pull ends the creation; a refusal does, with the service's words."""
    lonely.sandbox.edit("xpm", "5e1f0000-0000-4000-8000-000000000005", {"name": "Pōhutukawa Bay Trust"})
    draft = lonely.desk.draft("xpm", TRUST)
    assert not draft.twins, "the pull is older"
    known = follow(lonely.firm, lonely.desk.ask_create("xpm", TRUST, draft.hash))
    assert known.startswith("Created"), "an edited record of the pull is no new one"
    lonely.sandbox.dials(
        "connectworks", next=[{"fault": "error_in_200", "path": "/v1/clients", "method": "POST"}]
    )
    told = _create(lonely, "connectworks", COMPANY)
    assert told.startswith("Not created in Connectworks: The service refused it.")
    assert not _called(lonely, "connectworks", "Rangiora Orchards Limited")
    assert _create(lonely, "connectworks", COMPANY).startswith("Created")


def test_the_notebook_creates_what_it_saw(lonely: Any) -> None:
    """`bench.create` takes a draft; one out of date is refused, and so is a connection that cannot."""
    bench = wb.open(lonely.folder)
    assert COMPANY in set(bench.unmatched()["client_id"])
    draft = bench.draft("connectworks", COMPANY)
    able = lonely.sandbox.dials("connectworks")["capabilities"]
    lonely.sandbox.dials("connectworks", capabilities=[each for each in able if each != "create"])
    with pytest.raises(WorkbenchError, match="cannot create records in Connectworks"):
        bench.create(draft)
    lonely.sandbox.dials("connectworks", capabilities=able)
    lonely.sandbox.edit("xpm", COMPANY, {"phone": "03 555 9999"})
    bench.pull()
    with pytest.raises(BadInput, match="has changed since you looked"):
        bench.create(draft)
    assert bench.create(bench.draft("connectworks", COMPANY)) == "Created in Connectworks and linked."


def test_a_firm_that_wants_approval_gets_it_for_new_records_too(lonely: Any) -> None:
    """Whoever asked for a record cannot have it made; somebody else who may approve opens the same draft."""
    me = lonely.firm.person
    people = "".join(
        f'[[access.people]]\nsign_in = "{who}"\nroles = ["see", "decide", "approve", "push", "administer"]\n'
        for who in (me, "bea@kowhai.example")
    )
    path = lonely.folder / "firm.toml"
    path.write_text(
        path.read_text(encoding="utf-8") + f"\n[access]\napproval = true\n{people}", encoding="utf-8"
    )
    with pytest.raises(WorkbenchError, match="somebody else's yes"):
        _create(lonely, "xpm", TRUST)
    creation = next(iter(lonely.firm.state().creations.values()))
    assert creation.open
    assert creation.by == me
    permit_creation(lonely.firm, creation.creation_id, "bea@kowhai.example")
    with pytest.raises(WorkbenchError, match="somebody else's yes"):
        permit_creation(lonely.firm, creation.creation_id, me)
