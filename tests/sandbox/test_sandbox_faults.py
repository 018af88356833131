"""Each fault dial does what it says, on a real connection."""

from __future__ import annotations

import time
from pathlib import Path
from xml.etree import ElementTree

import httpx
import pytest

from workbench.sandbox import Sandbox
from workbench.sandbox.faults import FAULTS, one_shot

RIMU = "5f0c2d9e-0d3b-4a51-9a57-6c1f3f1b7a01"


def _phone(sandbox):
    return sandbox.dump("xpm")["client"][RIMU]["phone"]


def _write(xpm, accept="application/json"):
    return xpm.call("PUT", "client.api/update", accept, json={"uuid": RIMU, "phone": "03 555 0100"})


def _wait_for(condition):
    deadline = time.monotonic() + 10
    while not condition():
        assert time.monotonic() < deadline, "it never happened"
        time.sleep(0.02)


@pytest.mark.parametrize(
    ("fault", "status", "body"),
    [
        ("429", 429, b""),
        ("500", 500, b"{"),
        ("503", 503, b"ServiceNotAvailable"),
        ("error_in_200", 200, b'"status":"ERROR"'),
        ("html_200", 200, b"<!doctype html>"),
    ],
)
def test_a_refusal_does_nothing(xpm, xpm_sandbox, fault, status, body):
    """The service answers in its own way and the record stays; the next call is served."""
    xpm_sandbox.dials("xpm", next=[fault])
    answer = _write(xpm)
    assert answer.status_code == status
    assert body in answer.content
    assert _phone(xpm_sandbox) == "03 555 0142"
    assert _write(xpm).json()["client"]["phone"] == "03 555 0100"


def test_an_error_in_200_speaks_the_callers_format(xpm, xpm_sandbox):
    """XML callers get the error in XML."""
    xpm_sandbox.dials("xpm", next=["error_in_200"])
    answer = _write(xpm, "application/xml")
    assert answer.status_code == 200
    assert "<Status>ERROR</Status>" in answer.text


@pytest.mark.parametrize(("fault", "done"), [("drop_before_commit", False), ("drop_after_commit", True)])
def test_a_dropped_connection_leaves_no_answer(xpm, xpm_sandbox, fault, done):
    """The caller cannot tell whether the work was done; the dump can."""
    xpm_sandbox.dials("xpm", next=[fault])
    with pytest.raises(httpx.RemoteProtocolError):
        _write(xpm)
    assert (_phone(xpm_sandbox) == "03 555 0100") is done
    entry = xpm_sandbox.log("xpm")[-1]
    assert (entry["status"], entry["fault"], entry["changed"]) == (None, fault, ["phone"] if done else [])


def test_a_cut_body_ends_early(xpm, xpm_sandbox):
    """The work is done and the answer breaks off in the middle."""
    xpm_sandbox.dials("xpm", next=["cut_body"])
    with pytest.raises(httpx.RemoteProtocolError):
        _write(xpm)
    assert _phone(xpm_sandbox) == "03 555 0100"


@pytest.mark.parametrize("accept", ["application/json", "application/xml"])
def test_a_malformed_answer_does_not_parse(xpm, xpm_sandbox, accept):
    """The work is done and the answer is whole in length but not in form."""
    xpm_sandbox.dials("xpm", next=["malformed"])
    answer = _write(xpm, accept)
    assert answer.status_code == 200
    with pytest.raises((ValueError, ElementTree.ParseError)):
        answer.json() if accept.endswith("json") else ElementTree.fromstring(answer.content)
    assert _phone(xpm_sandbox) == "03 555 0100"


def test_a_late_commit_comes_after_its_error(xpm, xpm_sandbox):
    """The answer is an error, the record still old; later the write is there, logged as late."""
    xpm_sandbox.dials("xpm", next=[{"fault": "late_commit", "after_s": 1.0}])
    assert _write(xpm).status_code == 500
    assert _phone(xpm_sandbox) == "03 555 0142"
    _wait_for(lambda: _phone(xpm_sandbox) == "03 555 0100")
    _wait_for(lambda: len([entry for entry in xpm_sandbox.log("xpm") if entry["method"] == "PUT"]) == 2)
    early, late = [entry for entry in xpm_sandbox.log("xpm") if entry["method"] == "PUT"]
    assert early["request_id"] == late["request_id"]
    assert (early["changed"], late["changed"]) == ([], ["phone"])


def test_a_late_commit_can_come_after_a_drop(xpm, xpm_sandbox):
    """The connection closes, and the write comes all the same."""
    xpm_sandbox.dials("xpm", next=["late_commit_drop"], late_s=0.05)
    with pytest.raises(httpx.RemoteProtocolError):
        _write(xpm)
    _wait_for(lambda: _phone(xpm_sandbox) == "03 555 0100")


def test_blank_omitted_wipes_what_was_not_sent(xpm, xpm_sandbox):
    """A server that treats an update as a replacement loses the other text fields."""
    xpm_sandbox.dials("xpm", next=["blank_omitted"])
    client = _write(xpm).json()["client"]
    assert (client["phone"], client["email"], client["city"]) == ("03 555 0100", "", "")
    assert client["name"] == "Rimu & Rātā Holdings Limited"


def test_reformat_keeps_another_spelling(xpm, xpm_sandbox):
    """What is kept differs in form from what was sent."""
    xpm_sandbox.dials("xpm", next=["reformat"])
    assert _write(xpm).json()["client"]["phone"] == "035550100"


def test_a_wrong_record_is_answered_for_the_right_write(xpm, xpm_sandbox):
    """The write hits its own record, the answer shows another."""
    xpm_sandbox.dials("xpm", next=["wrong_record"])
    assert _write(xpm).json()["client"]["uuid"] != RIMU
    assert _phone(xpm_sandbox) == "03 555 0100"


def test_a_fault_waits_for_the_request_that_it_is_meant_for(xpm, xpm_sandbox):
    """Method and path choose the request; others pass; times counts them down."""
    item = {"fault": "500", "method": "PUT", "path": "client.api/update", "times": 2}
    xpm_sandbox.dials("xpm", next=[item, "503"])
    assert xpm.call("GET", "staff.api/list").status_code == 503, "the first that fits is taken"
    assert xpm.call("GET", "staff.api/list").status_code == 200
    assert [_write(xpm).status_code for _ in range(3)] == [500, 500, 200]


def test_sign_in_meets_a_fault_only_when_named(xpm, xpm_sandbox):
    """Without a path only calls of the API meet faults."""
    refresh = {"grant_type": "refresh_token", "refresh_token": xpm.tokens["refresh_token"]}
    xpm_sandbox.dials("xpm", next=["500"])
    assert xpm.token(**refresh).status_code == 200
    xpm_sandbox.dials("xpm", next=[{"fault": "drop_after_commit", "path": "/connect/token"}])
    with pytest.raises(httpx.RemoteProtocolError):
        xpm.token(**refresh)


def test_chance_is_the_same_for_the_same_seed(xpm_firm, visitor):
    """The same requests in the same order meet the same faults."""
    runs = []
    for _ in range(2):
        with Sandbox.start(firm=xpm_firm) as sandbox:
            visitor.http = httpx.Client(base_url=sandbox.xpm_url, verify=False)
            visitor.sign_in()
            sandbox.dials("xpm", rate=0.4, rate_seed=7, rate_faults=["500", "503", "429"])
            runs.append([visitor.call("GET", "staff.api/list").status_code for _ in range(12)])
            visitor.http.close()
    assert runs[0] == runs[1]
    assert {200, 500} <= set(runs[0])


def test_every_fault_is_tested_here_by_name():
    """A new fault needs a test."""
    text = Path(__file__).read_text("utf-8")
    assert [name for name in FAULTS if f'"{name}"' not in text] == []


@pytest.mark.parametrize("item", ["tornado", {"fault": "500", "when": 1}, {}])
def test_an_unknown_fault_is_refused(item):
    """A slip in a test's dial is an error there, not silence."""
    with pytest.raises(ValueError, match="fault"):
        one_shot(item)
