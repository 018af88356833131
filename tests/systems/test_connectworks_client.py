"""The Connectworks gateway behind the port, on a wire that answers as the gateway's contract says."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from workbench.domain.errors import BadSettings, NotUnderstood, Refused, Unreachable
from workbench.domain.frames import address_cell
from workbench.domain.records import Operation
from workbench.domain.settings import Settings
from workbench.systems.connectworks import Connectworks
from workbench.systems.connectworks_rows import Mapper
from workbench.systems.consent import Consent
from workbench.systems.issuer import registration
from workbench.systems.vault import MemoryVault
from workbench.systems.wire import Wire

GRANT = '{"access":"a","refresh":"r","expires_at":1e12,"scope":"read write","person":null}'
ADDRESS = {
    "lines": ["14 Test Rise", "Level 2"],
    "suburb": "Pukehua",
    "city": "Tauranga",
    "region": None,
    "postcode": "3110",
    "country": "New Zealand",
}
RECORD = {
    "id": "cw_01",
    "nature": "client",
    "entity_type": "trust",
    "lifecycle": "active",
    "legal_name": "Kererū Family Trust",
    "email": "office@kereru.example",
    "primary_phone": "07 555 0123",
    "physical_address": ADDRESS,
    "postal_address": None,
    "tax_id": "900-000-014",
    "evidence": {"legal_name": "verified", "date_of_birth": None},
    "xpm_link": {"uuid": "x1", "linked_at": "2024-05-01T02:03:04Z"},
    "etag": "e1",
    "updated_at": "2024-05-01T02:03:04Z",
}
ALL = ["read", "read_parties", "write_fields", "write_links", "clear_fields", "etag", "made_up"]


class Gateway:
    """Answers by path, in turn; remembers the requests."""

    def __init__(self, **answers: list[Any]) -> None:
        self.answers = {"ping": [(200, {"firm": "Finch", "capabilities": ALL})], **answers}
        self.requests: list[httpx.Request] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        """Answer a request."""
        self.requests.append(request)
        path = request.url.path.removeprefix("/v1/")
        waiting = self.answers.get(path) or self.answers[path.split("/")[-1]]
        answer = waiting.pop(0) if len(waiting) > 1 else waiting[0]
        if isinstance(answer, httpx.Response):
            return answer
        status, body = answer
        return httpx.Response(status, json=body, headers={"ETag": '"e1"'})


Make = Callable[..., Connectworks]


@pytest.fixture
def connectworks(clock: Any, firm_settings: Callable[..., Settings], tmp_path: Path) -> Iterator[Make]:
    """Give a maker of Connectworks clients, signed in, on a gateway."""
    made = []

    def make(gateway: Gateway, **more: Any) -> Connectworks:
        ours = firm_settings(**more)
        vault = MemoryVault()
        vault.put("connectworks", GRANT)
        transport = httpx.MockTransport(gateway)
        consent = Consent(registration(ours, "connectworks"), vault, clock, tmp_path, transport=transport)
        base_url = str(ours.connectworks.base_url)
        wire = Wire("Connectworks", base_url, clock, bearer=consent, transport=transport)
        made.append(Connectworks(ours, consent, wire))
        return made[-1]

    yield make
    for one in made:
        one.close()


def page(records: list[dict[str, Any]], cursor: str | None = None, total: int | None = 2) -> tuple[int, Any]:
    return 200, {"items": records, "next_cursor": cursor, "total": total, "as_of": "2026-01-01T00:00:00Z"}


def test_a_pull_follows_the_cursor_and_asks_entities_for_their_parties(connectworks: Make) -> None:
    """Every page is fetched; people, archived ones and the like cost no further call."""
    person = {**RECORD, "id": "cw_02", "entity_type": "individual"}
    shut = {**RECORD, "id": "cw_03", "lifecycle": "archived"}
    party = {"id": "cw_02", "name": "T", "role": "trustee", "since": "2015-04-01", "until": None}
    gateway = Gateway(
        clients=[page([RECORD], "c2"), page([person, shut])], parties=[(200, {"items": [party]})]
    )
    system = connectworks(gateway)
    parsed = system.parse(system.pull())
    assert [r.url.path.removeprefix("/v1/") for r in gateway.requests] == [
        "clients",
        "clients",
        "ping",
        "clients/cw_01/parties",
    ]
    assert gateway.requests[1].url.params["cursor"] == "c2"
    assert parsed.clients["client_id"].tolist() == ["cw_01", "cw_02", "cw_03"]
    assert (parsed.expected, parsed.complete) == (2, True)
    assert parsed.memberships.iloc[0].dropna().to_dict() == {
        "side": "connectworks",
        "contact_id": "cw_02",
        "client_id": "cw_01",
        "role": "trustee",
        "since": "2015-04-01",
    }


def test_a_pull_that_lacks_its_last_page_is_not_complete(connectworks: Make) -> None:
    """What was kept before the line broke is known to be a part."""
    gateway = Gateway(clients=[page([RECORD], "c2"), (400, {"error": {"code": "x", "message": "no cursor"}})])
    system = connectworks(gateway)
    kept = []
    with pytest.raises(Refused, match="no cursor"):
        for answer in system.pull():
            kept.append(answer)
    assert not system.parse(kept).complete


def test_a_cursor_that_goes_in_circles_is_refused(connectworks: Make) -> None:
    """A pull ends even where the server never does."""
    with pytest.raises(NotUnderstood, match="again and again"):
        list(connectworks(Gateway(clients=[page([RECORD], "c2")])).pull())


def test_parties_are_left_where_they_cost_too_much(connectworks: Make) -> None:
    """More entities than five minutes' calls: no parties are asked for."""
    many = [{**RECORD, "id": f"cw_{n}"} for n in range(11)]
    gateway = Gateway(clients=[page(many)])
    list(connectworks(gateway, connectworks={"calls_per_min": 2}).pull())
    assert not any("parties" in r.url.path for r in gateway.requests)


def test_a_record_reads_to_the_last_value(connectworks: Make) -> None:
    """Address parts, link, evidence and lifecycle arrive under their canonical names, as received."""
    system = connectworks(Gateway(clients=[page([RECORD])], parties=[(200, {"items": []})]))
    row = system.parse(system.pull()).clients.iloc[0].dropna().to_dict()
    assert row == {
        "side": "connectworks",
        "client_id": "cw_01",
        "nature": "client",
        "entity_type": "trust",
        "structure": "trust",
        "lifecycle": "active",
        "legal_name": "Kererū Family Trust",
        "country": "NZ",
        "email": "office@kereru.example",
        "email_source": "client",
        "primary_phone": "07 555 0123",
        "physical_lines": "14 Test Rise\nLevel 2",
        "physical_suburb": "Pukehua",
        "physical_city": "Tauranga",
        "physical_postcode": "3110",
        "physical_country": "New Zealand",
        "tax_number": "900-000-014",
        "verified_fields": "legal_name",
        "linked_id": "x1",
        "updated_at": "2024-05-01T02:03:04Z",
    }


def test_a_firms_own_names_are_mapped(firm_settings: Callable[..., Settings]) -> None:
    """Pointers and entity types come from the settings; an unknown field there is named."""
    ours = firm_settings(
        connectworks={"map": {"email": "/contact/e~1mail"}, "entity_types": {"Look-through": "company"}}
    )
    row = Mapper(ours).row({**RECORD, "entity_type": "Look-through", "contact": {"e/mail": "a@b.example"}})
    assert (row["email"], row["entity_type"]) == ("a@b.example", "company")
    with pytest.raises(BadSettings, match="emial"):
        Mapper(firm_settings(connectworks={"map": {"emial": "/e"}}))


@pytest.mark.parametrize(
    ("home", "changes", "kept"),
    [
        ("NZ", {}, True),
        ("AU", {}, False),
        ("NZ", {"country": "AU"}, False),
        ("NZ", {"postal_address": {"country": "Australia"}}, False),
        ("NZ", {"abn": "00 900 000 012"}, False),
    ],
)
def test_tax_file_numbers_are_taken_out(
    connectworks: Make, home: str, changes: dict[str, Any], kept: bool
) -> None:
    """Of clients in Australia the kept bytes hold no tax number."""
    gateway = Gateway(clients=[page([{**RECORD, **changes}])], parties=[(200, {"items": []})])
    answer = next(iter(connectworks(gateway, home=home).pull()))
    assert (b"900-000-014" in answer.body) is kept


def test_what_the_gateway_can_do_is_asked_not_presumed(connectworks: Make) -> None:
    """Abilities are those of its capabilities that are known here."""
    assert connectworks(Gateway()).abilities() == {
        "read",
        "write_fields",
        "write_links",
        "clear_fields",
        "etag",
        "idempotency",
    }
    poor = Gateway(ping=[(200, {"firm": {"id": "f1", "name": "Finch"}, "capabilities": ["read"]})])
    system = connectworks(poor)
    assert system.abilities() == {"read"}
    assert (system.tenant().id, system.tenant().name) == ("f1", "Finch")


def test_a_write_is_a_patch_guarded_three_ways(connectworks: Make) -> None:
    """If-Match, the idempotency key and the old values go with it; addresses keep the gateway's own form."""
    after = address_cell({"lines": "1 Other Rise\nLevel 9", "city": "Napier"})
    gateway = Gateway(cw_01=[(200, RECORD), (200, {**RECORD, "email": None})])
    system = connectworks(gateway)
    seen = system.look("cw_01")
    before = {name: seen.values[name] for name in ("email", "physical_address")}
    decided = Operation(
        "connectworks",
        "client",
        "cw_01",
        "cw_01",
        before,
        {"email": None, "physical_address": after},
        (7,),
        "Tui",
    )
    echo = system.write(decided, seen, "run-1")
    request = gateway.requests[-1]
    assert request.method == "PATCH"
    assert request.headers["if-match"] == '"e1"'
    assert request.headers["idempotency-key"] == decided.operation_id
    told = json.loads(request.content)
    assert (told["run_id"], told["decided_by"]) == ("run-1", "Tui")
    assert told["changes"] == {
        "email": {"from": "office@kereru.example", "to": None},
        "physical_address": {
            "from": ADDRESS,
            "to": {
                "lines": ["1 Other Rise", "Level 9"],
                "suburb": None,
                "city": "Napier",
                "region": None,
                "postcode": None,
                "country": None,
            },
        },
    }
    assert echo.whole
    assert echo.values["email"] is None


def test_the_decided_value_is_sent_where_the_record_says_another(connectworks: Make) -> None:
    """What a person saw is what the gateway compares with, so that a drifted record is refused there too."""
    gateway = Gateway(cw_01=[(200, RECORD)])
    system = connectworks(gateway)
    decided = Operation(
        "connectworks", "client", "cw_01", "cw_01", {"email": "old@x.example"}, {"email": "n@x.example"}
    )
    system.write(decided, system.look("cw_01"), "run-1")
    assert json.loads(gateway.requests[-1].content)["changes"]["email"]["from"] == "old@x.example"


def link(after: str | None) -> Operation:
    return Operation("connectworks", "link", "cw_01", "cw_01", {"linked_id": None}, {"linked_id": after})


def test_links_are_put_and_taken_away(connectworks: Make) -> None:
    """A link is a resource of its own; taking it away is answered without a picture."""
    gateway = Gateway(cw_01=[(200, RECORD)], xpm=[(200, RECORD), httpx.Response(204)])
    system = connectworks(gateway)
    seen = system.look("cw_01", "link")
    assert seen.values == {"linked_id": "x1"}
    put = system.write(link("x1"), seen, "run-1")
    gone = system.write(link(None), seen, "run-1")
    assert [(r.method, r.url.path) for r in gateway.requests[1:]] == [
        ("PUT", "/v1/clients/cw_01/links/xpm"),
        ("DELETE", "/v1/clients/cw_01/links/xpm"),
    ]
    assert (put.whole, put.values) == (True, {"linked_id": "x1"})
    assert gone.whole is False


def fault(code: str, message: str, **more: str) -> dict[str, Any]:
    return {"error": {"code": code, "message": message, "request_id": "r", **more}}


@pytest.mark.parametrize(
    ("answer", "error", "words"),
    [
        ((412, fault("drifted", "email was changed")), Refused, "changed in Connectworks meanwhile"),
        ((409, fault("already_linked", "linked to another")), Refused, "linked to another"),
        (
            (422, {"errors": [{"code": "x", "message": "no email", "field": "email"}]}),
            Refused,
            "email no email",
        ),
        ((422, fault("x", "900-000-014 is taken")), Refused, "… is taken"),
        ((404, fault("not_found", "There is no such client.")), Refused, "no such client"),
        (httpx.Response(404, html="<html>"), NotUnderstood, "base_url"),
        (httpx.Response(200, html="<html>"), NotUnderstood, "base_url"),
        (httpx.Response(200, content=json.dumps(RECORD).encode()[:60]), NotUnderstood, "damaged"),
        (httpx.Response(500), Unreachable, "500"),
    ],
)
@pytest.mark.parametrize("act", ["look", "write"])
def test_every_refusal_has_its_sentence(
    connectworks: Make, act: str, answer: Any, error: Any, words: str
) -> None:
    """The service's words are told, foreign answers are not believed, and nothing passes for done."""
    good = (200, RECORD)
    gateway = Gateway(cw_01=[good, answer] if act == "write" else [answer])
    system = connectworks(gateway)
    with pytest.raises(error, match=words):
        seen = system.look("cw_01")
        decided = Operation("connectworks", "client", "cw_01", "cw_01", {"email": "a"}, {"email": "b"})
        system.write(decided, seen, "run-1")


@pytest.mark.parametrize("record", [{**RECORD, "id": "cw_99"}, {"id": "cw_01"}, {}])
def test_another_or_a_partial_record_is_no_whole_one(connectworks: Make, record: dict[str, Any]) -> None:
    """An echo that does not show the record asked for proves nothing; a look of that kind is refused."""
    gateway = Gateway(cw_01=[(200, RECORD), (200, record), (200, record)])
    system = connectworks(gateway)
    seen = system.look("cw_01")
    decided = Operation("connectworks", "client", "cw_01", "cw_01", {"email": "a"}, {"email": "b"})
    assert system.write(decided, seen, "run-1").whole is False
    with pytest.raises(NotUnderstood, match="another record"):
        system.look("cw_01")


CELLS = st.one_of(st.none(), st.text(min_size=1, max_size=10))
ADDRESSES = st.builds(
    lambda lines, **parts: {**parts, "lines": "\n".join(lines) or None},
    lines=st.lists(st.text(st.characters(exclude_characters="\n"), min_size=1, max_size=10), max_size=3),
    suburb=CELLS,
    city=CELLS,
    region=CELLS,
    postcode=CELLS,
    country=CELLS,
)


@settings(max_examples=60)
@given(address=ADDRESSES, email=CELLS)
def test_what_is_sent_reads_back_the_same(address: dict[str, str | None], email: str | None) -> None:
    """A record that took the changes over shows exactly what was decided."""
    ours = Settings.model_validate(
        {
            "firm": {"name": "x"},
            "xpm": {"client_id": "x"},
            "connectworks": {"base_url": "https://c.example", "client_id": "x"},
        }
    )
    after = {"email": email, "physical_address": address_cell(address)}
    changes = Mapper(ours).changes({}, after, RECORD)
    stored = {**RECORD, **{name: change["to"] for name, change in changes.items()}}
    assert {name: Mapper(ours).values(stored)[name] for name in after} == after
