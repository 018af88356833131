"""Both clients against both servers of the sandbox, over real sockets.

The sandbox shares no code with the clients: each reads the services' contracts on its own.
"""

from __future__ import annotations

import re
import socket
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import urljoin

import httpx
import pandas as pd
import pytest

from workbench.domain.errors import NotUnderstood, Refused, SignInNeeded, SlowDown, Unreachable
from workbench.domain.fields import SIDES, Side
from workbench.domain.frames import address_cell
from workbench.domain.records import Operation
from workbench.domain.settings import Settings
from workbench.sandbox import Firm, Sandbox, demo_firm
from workbench.systems.clock import RealClock
from workbench.systems.open import Connections, open_systems
from workbench.systems.vault import MemoryVault
from workbench.systems.wire import Wire
from workbench.systems.xpm import Xpm

SPEED = 600.0


class HastyClock(RealClock):
    """The machine's time, with waits cut short: whoever waits for a moment waits again."""

    def sleep(self, seconds: float) -> None:
        """Wait a little."""
        super().sleep(min(seconds, 0.02))


def small_firm() -> Firm:
    """Give a part of the demo firm, which is soon seeded and pulled."""
    firm = demo_firm()
    records, clients = firm.connectworks[:60], firm.xpm_clients[:80]
    uuids, ids = {c["uuid"] for c in clients}, {r["id"] for r in records}
    return replace(
        firm,
        connectworks=records,
        parties=[p for p in firm.parties if p["client_id"] in ids],
        xpm_clients=clients,
        xpm_groups=[],
        xpm_relationships=[
            r for r in firm.xpm_relationships if {r["clientUuid"], r["relatedClientUuid"]} <= uuids
        ],
    )


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


def allow(url: str) -> str:
    """Be the person at the browser: allow the first practice, and give the address that follows."""
    page = httpx.get(url)
    request = re.search(r'name="request" value="([^"]+)"', page.text)
    action = re.search(r'action="([^"]+)"', page.text)
    assert request and action
    tenants = re.findall(r'name="tenant" value="([^"]+)"', page.text)
    answer = {"request": request[1], "decision": "allow", **({"tenant": tenants[0]} if tenants else {})}
    return httpx.post(urljoin(url, action[1]), data=answer).headers["location"]


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    """Run both servers with the demo firm, their limits sped up."""
    with Sandbox.start(firm=small_firm(), speed=SPEED) as running:
        yield running


@pytest.fixture
def ours(sandbox: Sandbox, firm_settings: Callable[..., Settings]) -> Settings:
    """Give the settings that reach the sandbox, freshly seeded."""
    for side in SIDES:
        sandbox.reset(side)
    return firm_settings(sandbox.xpm_url, sandbox.connectworks_url, speed=SPEED)


@pytest.fixture
def connections(ours: Settings, tmp_path: Path) -> Iterator[Connections]:
    """Open both sides, signed in by pasting the address."""
    opened = open_systems(ours, MemoryVault(), HastyClock(), tmp_path)
    for consent in opened.consent.values():
        consent.finish(allow(consent.begin().url))
    yield opened
    opened.close()


def client_operation(side: Side, id: str, before: Any, after: dict[str, str | None]) -> Operation:
    return Operation(side, "client", id, id, {name: before[name] for name in after}, after)


def test_a_browser_on_this_machine_signs_in(ours: Settings, tmp_path: Path) -> None:
    """Show the address, listen on the registered port, hear one answer; other visitors do not count."""
    redirect = f"http://localhost:{free_port()}/xero"
    listening = ours.model_copy(update={"xpm": ours.xpm.model_copy(update={"redirect_uri": redirect})})
    consent = open_systems(listening, MemoryVault(), HastyClock(), tmp_path).consent["xpm"]
    pages: list[httpx.Response] = []

    def person(url: str) -> None:
        pages.append(httpx.get(redirect.replace("/xero", "/favicon.ico")))
        pages.append(httpx.get(allow(url)))

    browser = []

    def show(url: str) -> None:
        browser.append(threading.Thread(target=person, args=(url,)))
        browser[0].start()

    consent.listen(show, timeout_s=60)
    browser[0].join()
    assert [page.status_code for page in pages] == [404, 200]
    assert "code=" not in pages[1].text
    assert consent.signed_in()
    assert consent.tenant().name


def test_nobody_at_the_browser_ends_in_words(ours: Settings, tmp_path: Path) -> None:
    """A sign-in that nobody answers ends by itself, and a taken port is told."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        redirect = f"http://localhost:{taken.getsockname()[1]}/xero"
        listening = ours.model_copy(update={"xpm": ours.xpm.model_copy(update={"redirect_uri": redirect})})
        consent = open_systems(listening, MemoryVault(), HastyClock(), tmp_path).consent["xpm"]
        with pytest.raises(SignInNeeded, match="Another program"):
            consent.listen(lambda url: None, timeout_s=0.01)
    with pytest.raises(SignInNeeded, match="in time"):
        consent.listen(lambda url: None, timeout_s=0.01)


def test_both_sides_are_pulled_whole(sandbox: Sandbox, connections: Connections) -> None:
    """Every record arrives, archived and deleted ones too, names as they are, tax numbers only masked."""
    sides = {"xpm": ("client", "name", "uuid"), "connectworks": ("clients", "legal_name", "id")}
    for side, (kind, name, _) in sides.items():
        system = connections.system[side]
        parsed = system.parse(system.pull())
        truth = sandbox.dump(side)[kind]
        assert parsed.complete
        assert parsed.expected == len(truth)
        names = parsed.clients.set_index("client_id")["legal_name"].to_dict()
        assert names == {id: record[name] for id, record in truth.items()}
        assert len(parsed.memberships)
        if side == "xpm":
            assert parsed.clients["tax_number"].dropna().str.startswith("*").all()
            assert {"active", "archived"} <= set(parsed.clients["lifecycle"])


def test_asked_for_some_clients_it_gives_these_as_it_would_among_all(connections: Connections) -> None:
    """Reading a few clients of kept answers leaves out all others, and changes nothing about the few."""
    for system in connections.system.values():
        kept = list(system.pull())
        whole = system.parse(kept)
        some = set(whole.clients["client_id"].iloc[::7])
        few = system.parse(kept, some | {"nobody"})
        expected = whole.clients[whole.clients["client_id"].isin(some)].reset_index(drop=True)
        pd.testing.assert_frame_equal(few.clients, expected)
        assert (few.expected, few.complete) == (whole.expected, whole.complete)


def test_both_dialects_give_the_same_frames(
    sandbox: Sandbox, connections: Connections, ours: Settings
) -> None:
    """Whether XPM speaks XML or JSON, the clients and memberships are the same."""
    consent = connections.consent["xpm"]
    wire = Wire("XPM", str(ours.xpm.base_url), RealClock(), bearer=consent)
    speakers = [Xpm(ours, consent, wire, dialect) for dialect in ("xml", "json")]
    one, two = (speaker.parse(speaker.pull()) for speaker in speakers)
    wire.close()
    pd.testing.assert_frame_equal(one.clients, two.clients)
    pd.testing.assert_frame_equal(one.memberships, two.memberships)


def test_xpm_takes_exactly_what_was_written(sandbox: Sandbox, connections: Connections) -> None:
    """The server holds the new values and nothing else has changed."""
    system = connections.system["xpm"]
    clients = system.parse(system.pull()).clients
    row = clients[(clients["lifecycle"] == "active") & clients["contact_id"].notna()].iloc[0]
    id, contact = row["client_id"], row["contact_id"]
    before = sandbox.dump("xpm")
    address = {"lines": "1 Āpiti Rise & Co\nLevel <2>", "city": "Nelson", "postcode": "0610"}
    after = {"primary_phone": "03 555 0199", "website": None, "physical_address": address_cell(address)}
    seen = system.look(id)
    echo = system.write(client_operation("xpm", id, seen.values, after), seen, "run")
    assert echo.whole
    assert {name: echo.values[name] for name in after} == after
    seen = system.look(id, "contact", contact)
    told = Operation("xpm", "contact", contact, id, dict(seen.values), {"other_phone": "021 555 0123"})
    assert system.write(told, seen, "run").values == {"other_phone": "021 555 0123"}
    for kind, changes in (
        ("client", {id: {"phone", "website", "address", "city", "region", "postCode", "country"}}),
        ("contact", {contact: {"mobile"}}),
    ):
        now = sandbox.dump("xpm")[kind]
        for record_id, was in before[kind].items():
            changed = {name for name in was if (was[name] or "") != (now[record_id].get(name) or "")}
            assert changed <= changes.get(record_id, set())
    assert sandbox.dump("xpm")["client"][id]["address"] == address["lines"]
    assert sandbox.dump("xpm")["contact"][contact]["mobile"] == "021 555 0123"


def connectworks_client(connections: Connections) -> str:
    system = connections.system["connectworks"]
    clients = system.parse([next(iter(system.pull()))]).clients
    return str(clients[clients["linked_id"].isna() & clients["email"].notna()].iloc[0]["client_id"])


def test_connectworks_takes_what_was_written_once(sandbox: Sandbox, connections: Connections) -> None:
    """A repeated operation is the same operation, and a record edited meanwhile is left alone."""
    system = connections.system["connectworks"]
    id = connectworks_client(connections)
    seen = system.look(id)
    told = client_operation("connectworks", id, seen.values, {"email": "new@kauri.example"})
    first = system.write(told, seen, "run")
    assert first.values["email"] == "new@kauri.example"
    assert system.write(told, seen, "run").values == first.values
    sandbox.edit("connectworks", id, {"email": "person@kauri.example"})
    late = client_operation("connectworks", id, first.values, {"email": "late@kauri.example"})
    with pytest.raises(Refused, match="meanwhile"):
        system.write(late, first, "run")
    assert sandbox.dump("connectworks")["clients"][id]["email"] == "person@kauri.example"


def test_links_are_written_and_taken_away(sandbox: Sandbox, connections: Connections) -> None:
    """A link shows on the server, a second one is refused in its words, and unlinking removes it."""
    system = connections.system["connectworks"]
    id = connectworks_client(connections)
    one, two, *_ = sandbox.dump("xpm")["client"]
    seen = system.look(id, "link")

    def link(uuid: str | None) -> Operation:
        return Operation("connectworks", "link", id, id, {"linked_id": None}, {"linked_id": uuid})

    assert system.write(link(one), seen, "run").values == {"linked_id": one}
    with pytest.raises(Refused, match="linked"):
        system.write(link(two), seen, "run")
    system.write(link(None), seen, "run")
    assert system.look(id, "link").values == {"linked_id": None}
    assert sandbox.dump("connectworks")["clients"][id]["xpm_link"] is None


@pytest.mark.parametrize("side", SIDES)
def test_reading_survives_a_bad_day(sandbox: Sandbox, connections: Connections, side: Side) -> None:
    """Refusals, failures, broken and cut answers in a row do not keep a pull from being whole."""
    system = connections.system[side]
    sandbox.dials(side, next=["429", "503", "drop_before_commit", "cut_body", "500"])
    assert system.parse(system.pull()).complete
    assert sandbox.dials(side)["next"] == []


@pytest.mark.parametrize("side", SIDES)
@pytest.mark.parametrize(
    ("fault", "error", "arrives"),
    [
        ("drop_before_commit", Unreachable, False),
        ("drop_after_commit", Unreachable, True),
        ("500", Unreachable, False),
        ("429", SlowDown, False),
        ("cut_body", Unreachable, True),
        ("malformed", NotUnderstood, True),
        ("html_200", NotUnderstood, False),
        ("error_in_200", Refused, False),
    ],
)
def test_a_write_that_goes_wrong_is_sent_once(
    sandbox: Sandbox, connections: Connections, side: Side, fault: str, error: Any, arrives: bool
) -> None:
    """Whatever happens to a write, it goes out once, and a certain answer is never a guess."""
    system = connections.system[side]
    kind, phone = ("client", "phone") if side == "xpm" else ("clients", "primary_phone")
    id = next(iter(sandbox.dump(side)[kind]))
    seen = system.look(id)
    mark = max(entry["seq"] for entry in sandbox.log(side))
    sandbox.dials(side, next=[{"fault": fault, "method": "PUT" if side == "xpm" else "PATCH"}])
    told = client_operation(side, id, seen.values, {"primary_phone": "03 555 0777"})
    with pytest.raises(error):
        system.write(told, seen, "run")
    writes = [entry for entry in sandbox.log(side, after=mark) if entry["method"] in ("PUT", "PATCH")]
    assert len(writes) == 1
    assert (sandbox.dump(side)[kind][id][phone] == "03 555 0777") is arrives


def test_the_pace_keeps_within_the_limits(sandbox: Sandbox, connections: Connections) -> None:
    """More calls than two minutes take: all are answered and none is turned away."""
    system = connections.system["xpm"]
    mark = max((entry["seq"] for entry in sandbox.log("xpm")), default=0)
    for id in list(sandbox.dump("xpm")["client"])[:65] * 2:
        system.look(id)
    statuses = [entry["status"] for entry in sandbox.log("xpm", after=mark) if "client.api" in entry["path"]]
    assert statuses == [200] * 130


@pytest.mark.parametrize("side", SIDES)
def test_an_expired_token_is_renewed_unseen(sandbox: Sandbox, connections: Connections, side: Side) -> None:
    """When access tokens end early, work goes on without a person."""
    sandbox.expire(side)
    system = connections.system[side]
    assert system.parse(system.pull()).complete


@pytest.mark.parametrize("side", SIDES)
def test_a_consent_withdrawn_there_asks_for_a_person(
    sandbox: Sandbox, connections: Connections, side: Side
) -> None:
    """The first request after it says to connect again."""
    sandbox.revoke(side)
    with pytest.raises(SignInNeeded, match=r"[Cc]onnect again"):
        list(connections.system[side].pull())


@pytest.mark.parametrize("side", SIDES)
def test_disconnecting_ends_the_consent_there(sandbox: Sandbox, connections: Connections, side: Side) -> None:
    """After it neither this machine nor the service knows the tokens."""
    consent = connections.consent[side]
    token = consent.access_token()
    consent.disconnect()
    assert not consent.signed_in()
    ping = {
        "xpm": f"{sandbox.xpm_url}/practicemanager/3.1/client.api/list",
        "connectworks": f"{sandbox.connectworks_url}/v1/ping",
    }
    assert httpx.get(ping[side], headers={"Authorization": f"Bearer {token}"}).status_code in (401, 403)


def test_a_wrong_address_is_told(ours: Settings, connections: Connections) -> None:
    """A base address that leads elsewhere on the same server is named as the likely cause."""
    wrong = Wire("XPM", f"{ours.xpm.base_url!s}x", RealClock(), bearer=connections.consent["xpm"])
    with pytest.raises(NotUnderstood, match=r"xpm\.base_url"):
        list(Xpm(ours, connections.consent["xpm"], wrong).pull())
    wrong.close()
