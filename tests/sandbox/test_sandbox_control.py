"""State, log and control of the sandbox, and the sandbox as a process."""

from __future__ import annotations

import json
import signal
import socket
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from email.utils import parsedate_to_datetime

import httpx
import pytest

from workbench.sandbox import PortTaken, Sandbox
from workbench.sandbox.state import State

RIMU = "5f0c2d9e-0d3b-4a51-9a57-6c1f3f1b7a01"
CONTACT = "c0ffee00-0000-4000-8000-000000000001"


def _control(xpm, method, name, **body):
    return xpm.http.request(method, f"/_control/{name}", **({"json": body} if body else {}))


def test_control_says_what_is_served_and_under_which_limits(xpm):
    """A person can see firm, speed and limits of the running sandbox."""
    info = _control(xpm, "GET", "info").json()
    assert info["firm"] == "Kahikatea Accounting"
    assert info["limits"]["limit_per_minute"] == 60


def test_dials_are_read_and_set_over_http(xpm):
    """What is set is what is read; an unknown dial is named."""
    assert _control(xpm, "PUT", "dials", last_page="null", speed=5.0).json()["last_page"] == "null"
    dials = _control(xpm, "GET", "dials").json()
    assert (dials["last_page"], dials["speed"]) == ("null", 5.0)
    refused = _control(xpm, "PUT", "dials", gravity=1)
    assert (refused.status_code, "gravity" in refused.json()["error"]) == (422, True)


def test_the_dump_is_the_whole_state_in_clear(xpm, xpm_sandbox):
    """A judge sees every record as kept, tax numbers too, always in the same order."""
    dump = _control(xpm, "GET", "dump").json()
    assert dump == xpm_sandbox.dump("xpm")
    assert dump["client"][RIMU]["taxNumber"] == "999888417"
    assert list(dump) == sorted(dump)


def test_a_persons_edit_is_seen_and_logged(xpm, xpm_sandbox):
    """An edit in the service itself changes the record and stands in the log as a person's."""
    _control(xpm, "POST", "edit", id=RIMU, changes={"phone": "04 555 0000"})
    assert xpm.call("GET", f"client.api/get/{RIMU}").json()["client"]["phone"] == "04 555 0000"
    edits = [entry for entry in xpm_sandbox.log("xpm") if entry["method"] == "EDIT"]
    told = [(entry["actor"], entry["resource"], entry["changed"]) for entry in edits]
    assert told == [("person", RIMU, ["phone"])]


@pytest.mark.parametrize(("id", "changes"), [("nobody", {"phone": "1"}), (RIMU, {"fon": "1"})])
def test_an_impossible_edit_is_refused(xpm, id, changes):
    """A slip in a test's edit is an error there."""
    assert _control(xpm, "POST", "edit", id=id, changes=changes).status_code == 422


def test_a_contact_can_be_edited_too(xpm):
    """People edit contacts as well as clients."""
    _control(xpm, "POST", "edit", id=CONTACT, changes={"mobile": "021 555 0000"})
    assert xpm.call("GET", f"client.api/contact/{CONTACT}").json()["contact"]["mobile"] == "021 555 0000"


@pytest.mark.parametrize(("after", "list_triggers"), [("read", True), ("look", False)])
def test_an_edit_comes_right_after_the_next_answer(xpm, xpm_sandbox, after, list_triggers):
    """The answer that was waited for is still old, the record is new before anyone can ask again."""
    _control(xpm, "POST", "edit-after", after=after, id=RIMU, changes={"phone": "04 555 0000"})
    xpm.call("GET", "client.api/search?query=Hana")  # an answer without the record
    first = xpm.call("GET", "client.api/list").json()["clients"][0]
    assert first["phone"] == "03 555 0142"
    held = xpm_sandbox.dump("xpm")["client"][RIMU]["phone"]
    assert held == ("04 555 0000" if list_triggers else "03 555 0142")
    if not list_triggers:
        assert xpm.call("GET", f"client.api/get/{RIMU}").json()["client"]["phone"] == "03 555 0142"
        assert xpm_sandbox.dump("xpm")["client"][RIMU]["phone"] == "04 555 0000"


def test_two_edits_can_wait(xpm, xpm_sandbox):
    """Every waiting edit is made once."""
    for phone in ("1", "2"):
        _control(xpm, "POST", "edit-after", after="look", id=RIMU, changes={"phone": phone})
    xpm.call("GET", f"client.api/get/{RIMU}")
    assert xpm_sandbox.dump("xpm")["client"][RIMU]["phone"] == "2"
    assert len([entry for entry in xpm_sandbox.log("xpm") if entry["method"] == "EDIT"]) == 2


def test_a_reset_brings_the_firm_back_and_keeps_the_sign_in(xpm, xpm_sandbox):
    """Records and dials are as seeded; the caller need not sign in again; the log goes on."""
    before, logged = xpm_sandbox.dump("xpm"), len(xpm_sandbox.log("xpm"))
    xpm.call("PUT", "client.api/update", json={"uuid": RIMU, "phone": "1"})
    _control(xpm, "PUT", "dials", next=["500"])
    _control(xpm, "POST", "reset")
    assert xpm_sandbox.dump("xpm") == before
    assert xpm.call("GET", "staff.api/list").status_code == 200
    assert len(xpm_sandbox.log("xpm")) > logged


def test_revoke_expire_and_advance_are_served(xpm):
    """Consent, access tokens and time are in a test's hand."""
    _control(xpm, "POST", "advance", seconds=1801)
    assert xpm.call("GET", "staff.api/list").json()["Detail"].startswith("TokenExpired")
    answer = xpm.token(grant_type="refresh_token", refresh_token=xpm.tokens["refresh_token"])
    xpm.tokens = answer.json()
    assert xpm.call("GET", "staff.api/list").status_code == 200
    _control(xpm, "POST", "expire")
    assert xpm.call("GET", "staff.api/list").json()["Detail"].startswith("TokenExpired")
    _control(xpm, "POST", "revoke")
    assert xpm.call("GET", "staff.api/list").json()["Detail"] == "AuthenticationUnsuccessful"


def test_answers_carry_the_sandboxs_time(xpm, xpm_sandbox):
    """A client that keeps the server's time for its next change feed sees the moved clock."""
    before = parsedate_to_datetime(xpm.call("GET", "staff.api/list").headers["date"])
    xpm_sandbox.advance(600)
    after = parsedate_to_datetime(xpm.call("GET", "staff.api/list").headers["date"])
    assert (after - before).total_seconds() >= 600


@pytest.mark.parametrize("headers", [{"Host": "evil.example"}, {"Origin": "https://evil.example"}])
def test_control_refuses_pages_from_elsewhere(xpm, headers):
    """A browser page that reaches this port cannot use it."""
    assert xpm.http.get("/_control/dump", headers=headers).status_code == 403


def test_the_log_tells_who_changed_what_without_values(xpm):
    """Every request has one entry with names of changed fields; no value, token or search text."""
    xpm.call("GET", "client.api/search?query=Secretname")
    xpm.call("PUT", "client.api/update", json={"uuid": RIMU, "phone": "09 555 0987"})
    entries = _control(xpm, "GET", "log?after=0").json()
    assert [entry["seq"] for entry in entries] == sorted({entry["seq"] for entry in entries})
    last = entries[-1]
    assert (last["method"], last["status"], last["resource"], last["changed"]) == (
        "PUT",
        200,
        RIMU,
        ["phone"],
    )
    assert len(last["actor"]) == 12
    text = json.dumps(entries)
    tokens = (xpm.tokens["access_token"], xpm.tokens["refresh_token"], xpm.verifier)
    for secret in ("Secretname", "09 555 0987", *tokens):
        assert secret not in text


def test_the_log_after_a_number_is_what_came_later(xpm):
    """A reader can go on where it stopped."""
    seen = _control(xpm, "GET", "log?after=0").json()[-1]["seq"]
    xpm.call("GET", "staff.api/list")
    (later,) = _control(xpm, "GET", f"log?after={seen}").json()
    assert later["path"].endswith("staff.api/list")


def test_a_folder_goes_on_where_it_stopped(tmp_path, xpm_firm):
    """State outlives the servers; another firm in the same folder starts afresh."""
    with Sandbox.start(tmp_path, firm=xpm_firm) as sandbox:
        sandbox.edit("xpm", RIMU, {"phone": "kept"})
    with Sandbox.start(tmp_path, firm=xpm_firm) as sandbox:
        assert sandbox.dump("xpm")["client"][RIMU]["phone"] == "kept"


def test_a_busy_port_is_one_clear_sentence(xpm_firm):
    """A given port that is taken is named; nothing is left running."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(PortTaken, match=f"port {port}"):
            Sandbox.start(firm=xpm_firm, connectworks_port=port)


def test_a_transaction_is_all_or_nothing():
    """An error inside undoes what came before it; inner ones join the outer."""
    state = State()
    state.put("k", "a", {"v": 1})
    with pytest.raises(ZeroDivisionError), state.transaction():
        with state.transaction():
            state.put("k", "a", {"v": 2})
            state.put("k", "b", {"v": 3})
        state.append({"x": 1})
        raise ZeroDivisionError
    assert state.items("k") == [("a", {"v": 1})]
    assert state.entries() == []


def test_many_threads_lose_no_count():
    """Transactions of many threads follow each other."""
    state = State()
    state.put("k", "n", {"v": 0})

    def add(_):
        with state.transaction():
            state.put("k", "n", {"v": (state.get("k", "n") or {})["v"] + 1})

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(add, range(200)))
    assert state.get("k", "n") == {"v": 200}


def test_the_process_announces_itself_and_ends_on_a_signal(tmp_path):
    """`python -m workbench.sandbox` prints one line of JSON when both servers answer, and ends cleanly."""
    ready = tmp_path / "ready.json"
    command = [sys.executable, "-m", "workbench.sandbox"]
    process = subprocess.Popen(
        [*command, "--folder", str(tmp_path / "state"), "--ready", str(ready)],
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        line = json.loads(process.stdout.readline())
        assert json.loads(ready.read_text("utf-8")) == line
        assert line["pid"] == process.pid
        for side in ("xpm", "connectworks"):
            assert httpx.get(f"{line[side]}/_control/info").json()["server"] == side
    finally:
        process.send_signal(signal.SIGTERM)
        assert process.wait(20) == 0
        process.stdout.close()


def test_a_process_that_cannot_start_says_why(xpm_sandbox):
    """A busy port ends the command with a sentence and a code other than zero."""
    port = xpm_sandbox.xpm_url.rpartition(":")[2]
    command = [sys.executable, "-m", "workbench.sandbox", "--xpm-port", port]
    run = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert run.returncode == 2
    assert port in run.stderr and "Traceback" not in run.stderr
