"""Whatever goes wrong is one clear sentence, and loses nothing."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import Any
from urllib.parse import urlencode, urljoin
from urllib.request import Request, urlopen

import httpx
import pytest
from filelock import FileLock
from lxml import html
from pandas.testing import assert_frame_equal

from workbench.domain.errors import BadSettings, FirmBusy, WorkbenchError
from workbench.domain.fields import SIDES
from workbench.flow.asking import ask, follow
from workbench.flow.worker import Worker


def refuse(address: str) -> None:
    """Stand at the consent page and say no."""
    with urlopen(address, timeout=20) as answer:
        form = html.fromstring(answer.read()).forms[0]
        target = urljoin(answer.url, form.action or answer.url)
    fields = urlencode([*form.form_values(), ("decision", "refuse")])
    urlopen(Request(target, data=fields.encode(), method="POST"), timeout=20).close()


def refused(house: Any, words: str, verb: str = "pull") -> str:
    """Have something refused; give the sentence, which is one and names no address of a person."""
    with pytest.raises(WorkbenchError, match=words) as told:
        house.do(verb)
    assert "Traceback" not in str(told.value)
    assert "reference" not in str(told.value)
    assert house.firm.book.verify().ok
    return str(told.value)


def test_a_server_that_is_not_there(house: Any) -> None:
    """A wrong base address is named together with its setting."""
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))  # kept from others, and nobody listens
        house.set("base_url", f'base_url = "http://127.0.0.1:{silent.getsockname()[1]}/v1"')
        told = refused(house, "Connectworks at .* cannot be reached")
    assert "connectworks.base_url in firm.toml" in told


def test_a_server_that_is_another(house: Any) -> None:
    """An address where something else answers is named together with its setting."""
    url = house.sandbox.xpm_url
    house.set("/practicemanager/3.1", f'base_url = "{url}/practicemanager/9.9"')
    assert "xpm.base_url" in refused(house, "XPM at .* does not know")


def test_consent_that_is_refused(house: Any) -> None:
    """Who says no at the consent page is told how to say yes."""
    house.visit = refuse
    refused(house, "Access was refused at Connectworks. Connect again", "connect")


def test_a_busy_port_for_the_way_back(house: Any) -> None:
    """Where another program listens at the redirect address, that is said."""
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        house.set("redirect_uri", f'redirect_uri = "http://localhost:{port}/connectworks"')
        refused(house, "Another program uses the port", "connect")


def test_no_practice(house: Any) -> None:
    """Who may connect no practice is told whom to ask."""
    house.sandbox.dials("xpm", third_party_add_ons=False)
    refused(house, "offered no practice", "connect")
    house.sandbox.dials("xpm", third_party_add_ons=True)
    assert "Small Test Practice" in house.do("connect")


def test_an_expired_token_is_nobodys_business(pulled: Any) -> None:
    """Expired tokens are refreshed without a person."""
    signed_in = len(pulled.shown)
    for side in ("xpm", "connectworks"):
        pulled.sandbox.expire(side)
    assert "28 from Xero Practice Manager" in pulled.do("pull")
    assert len(pulled.shown) == signed_in


def test_consent_withdrawn_in_the_middle_of_a_run(pulled: Any) -> None:
    """The run stops with the next request; after connecting again it carries on, and every write is one."""
    pulled.decide(pulled.differing("email", 0, 6), "to_xpm")
    pulled.sandbox.dials("xpm", latency_s=0.05)
    request = pulled.ask_push()
    deadline = time.monotonic() + 30
    while len(pulled.writes("xpm")) < 2:
        assert time.monotonic() < deadline
        time.sleep(0.01)
    pulled.sandbox.revoke("xpm")
    since = len(pulled.sandbox.log("xpm"))
    with pytest.raises(WorkbenchError, match="Connect again"):
        follow(pulled.firm, request)
    calls = [e for e in pulled.sandbox.log("xpm")[since:] if "/practicemanager/" in e["path"]]
    assert len([e for e in calls if e["status"] == 200]) <= 1
    assert len(calls) <= 2
    assert len(pulled.writes("xpm")) < 6
    with pytest.raises(WorkbenchError, match="Connect again"):
        pulled.push()
    pulled.do("connect")
    assert pulled.push() == "Pushed: 6 done."
    assert len(pulled.writes("xpm")) == len(set(pulled.writes("xpm"))) == 6


def _xpm_lists(answer: httpx.Response) -> Any:
    def answered(request: httpx.Request) -> httpx.Response | None:
        return answer if request.url.path.endswith("client.api/list") else None

    return answered


BOMB = (
    b'<?xml version="1.0"?><!DOCTYPE r [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">'
    b'<!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;">]><Response><Status>OK</Status><Clients>&c;</Clients></Response>'
)
XML = {"Content-Type": "text/xml"}


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (httpx.Response(406), r"does not speak the format .*\(status 406\)\. .*xpm\.base_url"),
        (httpx.Response(200, headers=XML, content=b"<Response><Status>OK</Status><Clients><Cl"), "XPM"),
        (httpx.Response(200, headers=XML, content=BOMB), "XPM"),
    ],
    ids=["406", "malformed", "bomb"],
)
def test_an_answer_that_cannot_be_used(pulled: Any, answer: httpx.Response, words: str) -> None:
    """It is refused in words, the pull is incomplete, and the data stay those of the last whole one."""
    before = pulled.desk.clients()
    pulled.through(_xpm_lists(answer))
    refused(pulled, words)
    assert not pulled.firm.facts().pull_complete
    for side in SIDES:
        assert_frame_equal(pulled.desk.clients().side(side), before.side(side))


def test_an_unknown_field_in_the_settings(house: Any) -> None:
    """A mapped field that does not exist is named, with the file."""
    with (house.folder / "firm.toml").open("a", encoding="utf-8") as file:
        file.write('\n[connectworks.map]\nshoe_size = "/shoe"\n')
    firm = house.again()
    with pytest.raises(BadSettings, match="shoe_size"):
        _ = firm.connections


def test_a_second_worker(pulled: Any) -> None:
    """A firm has one worker; the second one is told so, and readers are not disturbed."""
    FileLock(pulled.folder / "worker.lock").acquire(timeout=10).lock.release()  # the pull's own thread is off
    with (
        Worker(pulled.firm).on_duty(),
        pytest.raises(FirmBusy, match="Another worker already serves Farrow"),
        Worker(pulled.again()).on_duty(),
    ):
        pass
    assert len(pulled.again().state().linked) == 28


FULL = """
import resource, sys
from pathlib import Path
from workbench.flow.firm import Firm
from workbench.flow.asking import ask, follow
from workbench.domain.errors import WorkbenchError
firm = Firm(Path(sys.argv[1]))
resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
try:
    print(follow(firm, ask(firm, "pull", {})))
except WorkbenchError as error:
    print("REFUSED", type(error).__name__, error)
"""


@pytest.mark.skipif(os.name == "nt", reason="Windows has no limit on the size of files")
def test_a_disk_without_room(pulled: Any) -> None:
    """Where nothing more can be kept, the sentence says so, and what was kept before stays whole."""
    before = pulled.desk.clients()
    ended = subprocess.run(
        [sys.executable, "-c", FULL, str(pulled.folder)],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert ended.stdout.startswith("REFUSED StorageFailed The ledger"), ended.stdout + ended.stderr
    assert "the disk is full or fails. Free some space and try again" in ended.stdout
    assert "Traceback" not in ended.stderr
    firm = pulled.again()
    assert firm.book.verify().ok
    follow(firm, ask(firm, "pull", {}))
    assert_frame_equal(firm.clients().xpm, before.xpm)


SMALL = """
import resource, sys
from datetime import UTC, datetime
from pathlib import Path
from workbench.domain.errors import StorageFailed
from workbench.domain.records import Answer
from workbench.ledger.snapshots import Snapshots
now = datetime.now(UTC)
resource.setrlimit(resource.RLIMIT_FSIZE, (10, 10))
try:
    with Snapshots(Path(sys.argv[1])).writing("xpm", now) as writer:
        writer.add(Answer("xpm", "clients", "text/xml", b"<Response/>", now))
except StorageFailed as error:
    print(error)
"""


@pytest.mark.skipif(os.name == "nt", reason="Windows has no limit on the size of files")
def test_a_snapshot_without_room(tmp_path: Path) -> None:
    """Also where the disk is found full only at the end, it is a sentence, and no snapshot is left."""
    command = [sys.executable, "-c", SMALL, str(tmp_path)]
    ended = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True)
    assert "could not be read or written" in ended.stdout
    assert "Check the disk's space" in ended.stdout
    assert not list(tmp_path.glob("*.gz"))
