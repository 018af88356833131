"""XPM behind the port, on a wire that answers as XPM does."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest

from workbench.domain.errors import NoTenant, NotUnderstood, Refused, Unreachable
from workbench.domain.records import Answer, Operation, Seen
from workbench.domain.settings import Settings
from workbench.systems.consent import Consent
from workbench.systems.issuer import registration
from workbench.systems.vault import MemoryVault
from workbench.systems.wire import Wire
from workbench.systems.xpm import Xpm

GOLDEN = Path(__file__).parent / "golden"
UUID = "5f0c2d9e-0d3b-4a51-9a57-6c1f3f1b7a01"
GRANT = (
    '{"access":"access-1","refresh":"r","expires_at":1e12,"scope":"%s","person":null,'
    '"tenant_id":"p1","tenant_name":"Finch"}'
)
XML = {"Content-Type": "text/xml; charset=utf-8"}
CLIENT = (
    "<Response><Status>OK</Status><Client><UUID>{uuid}</UUID><Name>Rimu</Name><Phone>{phone}</Phone>"
    "<Country>{country}</Country><TaxNumber>***014</TaxNumber><Contacts><Contact><UUID>c1</UUID>"
    "<Email>jo@kauri.example</Email><Mobile>021</Mobile></Contact></Contacts></Client></Response>"
)


def client(uuid: str = UUID, phone: str = "03 555 0142", country: str = "") -> bytes:
    return CLIENT.format(uuid=uuid, phone=phone, country=country).encode()


def contact(mobile: str) -> bytes:
    told = f"<Contact><UUID>c1</UUID><Name>Jo</Name><Mobile>{mobile}</Mobile></Contact>"
    return f"<Response><Status>OK</Status>{told}</Response>".encode()


Answerer = Callable[[httpx.Request], httpx.Response]
Make = Callable[..., Xpm]


@pytest.fixture
def xpm(clock: Any, firm_settings: Callable[..., Settings], tmp_path: Path) -> Iterator[Make]:
    """Give a maker of XPM clients, signed in, on any answerer."""
    made = []

    def make(answer: Answerer, scope: str = "practicemanager.client", **settings: Any) -> Xpm:
        ours = firm_settings(**settings)
        vault = MemoryVault()
        vault.put("xpm", GRANT % scope)
        transport = httpx.MockTransport(answer)
        consent = Consent(registration(ours, "xpm"), vault, clock, tmp_path, transport=transport)
        wire = Wire("XPM", str(ours.xpm.base_url), clock, bearer=consent, transport=transport)
        made.append(Xpm(ours, consent, wire))
        return made[-1]

    yield make
    for one in made:
        one.close()


def always(status: int, headers: dict[str, str], body: bytes) -> Answerer:
    return lambda request: httpx.Response(status, headers=headers, content=body)


def operation(**after: str | None) -> Operation:
    return Operation("xpm", "client", UUID, UUID, {}, after)


LOOK = Seen({}, True, datetime(2026, 1, 1, tzinfo=UTC))


def test_a_pull_is_one_request_with_the_agreed_headers(xpm: Make) -> None:
    """Explicit Accept, the feature flag and the practice's id go with every request."""
    asked: list[httpx.Request] = []

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(request)
        return httpx.Response(200, headers=XML, content=(GOLDEN / "detailed_list.xml").read_bytes())

    progress: list[tuple[int, int | None]] = []
    system = xpm(answer)
    answers = list(system.pull(lambda done, total, what: progress.append((done, total))))
    (request,) = asked
    assert request.url.path == "/practicemanager/3.1/client.api/list"
    assert dict(request.url.params) == {"detailed": "true"}
    assert request.headers["xero-tenant-id"] == "p1"
    assert request.headers["xero-features"] == "practice-strict-content-type"
    assert request.headers["accept"] == "application/xml, text/xml"
    assert progress[-1] == (1, 1)
    parsed = system.parse(answers)
    assert (parsed.expected, parsed.complete, len(parsed.clients)) == (1, True, 1)
    row = parsed.clients.iloc[0]
    assert (row["legal_name"], row["entity_type"], row["groups"]) == (
        "Rimu & Rātā Holdings Limited",
        "company",
        "Parata Family",
    )
    assert parsed.memberships.to_dict("records")[0]["role"] == "trustee"


def test_json_is_understood_though_xml_was_asked_for(xpm: Make) -> None:
    """The answer's own media type decides."""
    system = xpm(always(200, {"Content-Type": "application/json"}, (GOLDEN / "page.json").read_bytes()))
    assert system.parse(system.pull()).clients["client_id"].tolist() == [UUID]


def test_a_pull_keeps_no_tax_file_number(xpm: Make) -> None:
    """Of a client in Australia the kept bytes hold no tax number; of one in New Zealand the masked one."""
    for country, kept in (("Australia", False), ("New Zealand", True)):
        body = client(country=country).replace(b"<Client>", b"<Clients><Client>", 1)
        body = body.replace(b"</Client></Response>", b"</Client></Clients></Response>")
        (answer,) = xpm(always(200, XML, body)).pull()
        assert (b"TaxNumber" in answer.body) is kept


def test_progress_may_stop_a_pull(xpm: Make) -> None:
    """A person who stops a long pull gets out of it at once."""

    class Stopped(Exception):
        pass

    def stop(done: int, total: int | None, what: str) -> None:
        if "so far" in what:
            raise Stopped

    with pytest.raises(Stopped):
        list(xpm(always(200, XML, client())).pull(stop))


def test_a_look_shows_what_is_the_clients_own(xpm: Make) -> None:
    """Never the contact's email or mobile, and never a tax number."""
    seen = xpm(always(200, XML, client())).look(UUID)
    assert seen.whole
    assert seen.values["primary_phone"] == "03 555 0142"
    assert seen.values["email"] is None
    assert {"other_phone", "tax_number"}.isdisjoint(seen.values)


def test_a_look_at_a_contact_names_its_client(xpm: Make) -> None:
    """A contact is asked for through the client, and shows its mobile."""

    def answer(request: httpx.Request) -> httpx.Response:
        assert request.url.path.endswith("/client.api/contact/c1")
        assert request.url.params["clientUuid"] == UUID
        return httpx.Response(200, headers=XML, content=contact("021"))

    assert xpm(answer).look(UUID, "contact", "c1").values == {"other_phone": "021"}


def test_another_record_is_no_look(xpm: Make) -> None:
    """A server that answers with somebody else is not believed."""
    with pytest.raises(NotUnderstood, match="another record"):
        xpm(always(200, XML, client(uuid="other"))).look(UUID)


def test_ids_cannot_leave_their_place_in_the_address(xpm: Make) -> None:
    """Whatever an id holds, it stays one segment of the path."""
    asked: list[str] = []

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(request.url.raw_path.decode())
        return httpx.Response(200, headers=XML, content=client(uuid="../x?y"))

    xpm(answer).look("../x?y")
    assert asked == ["/practicemanager/3.1/client.api/get/..%2Fx%3Fy"]


def test_a_write_is_one_put_of_what_changed(xpm: Make) -> None:
    """The body holds the key and the changed field only, typed as it is; the echo is the closing look."""
    asked: list[httpx.Request] = []

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(request)
        return httpx.Response(200, headers=XML, content=client(phone="03 555 0199"))

    echo = xpm(answer).write(operation(primary_phone="03 555 0199"), LOOK, "run")
    (request,) = asked
    assert (request.method, request.url.path) == ("PUT", "/practicemanager/3.1/client.api/update")
    assert request.headers["content-type"] == "application/xml"
    assert request.content == f"<Client><UUID>{UUID}</UUID><Phone>03 555 0199</Phone></Client>".encode()
    assert echo.whole
    assert echo.values["primary_phone"] == "03 555 0199"


def test_an_echo_of_another_record_is_no_whole_one(xpm: Make) -> None:
    """It may or may not have been written: only a further look can tell."""
    echo = xpm(always(200, XML, client(uuid="other"))).write(operation(website=None), LOOK, "run")
    assert (echo.whole, echo.values) == (False, {})


REFUSED = (GOLDEN / "refused.xml").read_bytes()


@pytest.mark.parametrize(
    ("status", "headers", "body", "error", "words"),
    [
        (200, XML, REFUSED, Refused, "Invalid client identifier"),
        (400, {"Content-Type": "application/json"}, b'{"status":"ERROR","errorDescription":"Bad phone"}',
         Refused, "Bad phone"),
        (409, XML, REFUSED, Refused, "Invalid client identifier"),
        (403, {}, b'{"Detail":"AuthenticationUnsuccessful"}', NoTenant, "Finch"),
        (404, {"Content-Type": "text/html"}, b"<html>", NotUnderstood, "base_url"),
        (404, {}, b"", NotUnderstood, "base_url"),
        (200, {"Content-Type": "text/html"}, b"<html>", NotUnderstood, "base_url"),
        (200, XML, client()[:200], NotUnderstood, "cut short"),
        (200, XML, b"", NotUnderstood, "cut short"),
        (200, XML, b"<Response><Status>OK</Status></Response>", NotUnderstood, "no client"),
        (500, {}, b"", Unreachable, "500"),
        (406, {}, b"", Refused, "406"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("act", ["look", "write"])
def test_every_refusal_has_its_sentence(
    xpm: Make, act: str, status: int, headers: dict[str, str], body: bytes, error: Any, words: str
) -> None:
    """Looking or writing, each failure says what is wrong and what to do, and nothing passes for done."""
    system = xpm(always(status, headers, body))
    with pytest.raises(error, match=words):
        system.look(UUID) if act == "look" else system.write(operation(primary_phone="1"), LOOK, "run")


@pytest.mark.parametrize(
    ("scope", "able"), [("practicemanager.client", True), ("practicemanager.client.read", False), ("", True)]
)
def test_abilities_follow_what_was_allowed(xpm: Make, scope: str, able: bool) -> None:
    """A consent to read alone cannot write."""
    assert ("write_fields" in xpm(always(200, {}, b""), scope).abilities()) is able


def test_later_answers_hold(xpm: Make) -> None:
    """A later look replaces the client, and a contact changes in every client that shares it."""
    at = datetime(2026, 1, 1, tzinfo=UTC)
    system = xpm(always(200, {}, b""))
    answers = [
        Answer("xpm", "client", "text/xml", client(phone="old"), at),
        Answer("xpm", "client", "text/xml", client("second"), at),
        Answer("xpm", "client", "text/xml", client(phone="new"), at),
        Answer("xpm", "contact", "text/xml", contact("027"), at),
    ]
    clients = system.parse(answers).clients.set_index("client_id")
    assert clients.loc[UUID, "primary_phone"] == "new"
    assert clients["other_phone"].tolist() == ["027", "027"]
