"""Nothing answers strangers, visitors reach their own page alone, and nobody can pass for somebody else."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable, Iterator

import httpx
import psutil
import pytest
from standing_door import FIRM, SECRETS, WHO, StandingDoor, Visit
from tornado.httpclient import HTTPClientError

SOME_KERNEL = "0a0a0a0a-1b1b-2c2c-3d3d-4e4e4e4e4e4e"
ANONYMOUS = [
    *(("GET", path) for path in ("/", "/?token=guessed", "/?theme=dark", "/index.html", "/dashboard.ipynb")),
    *(("GET", f"/voila/{path}") for path in ("static/voila.js", "static/../../app.py", "files/page.ipynb")),
    *(("GET", f"/voila/files/{path}") for path in ("../../firm.toml", "%2e%2e/ledger.sqlite", "vault.json")),
    *(("GET", f"/voila/{path}") for path in ("templates/workbench/static/index.css", "api/themes/x")),
    *((method, "/voila/labextensions/anywidget/package.json") for method in ("GET", "HEAD")),
    *(("GET", f"/api/{path}") for path in ("kernels", f"kernels/{SOME_KERNEL}", "contents", "contents/a")),
    *(("GET", f"/api/{path}") for path in ("terminals", "sessions", "status", "me", "kernelspecs")),
    ("GET", f"/voila/query/{SOME_KERNEL}"),
    ("GET", f"/api/kernels/{SOME_KERNEL}/channels"),
    ("POST", "/api/kernels"),
    ("POST", f"/voila/api/shutdown/{SOME_KERNEL}"),
    ("DELETE", f"/api/kernels/{SOME_KERNEL}"),
    ("PUT", "/api/contents/a.ipynb"),
    ("GET", "/tree"),
    ("GET", "/login"),
    ("GET", "/metrics"),
]
FORGED = {
    "X-Forwarded-User": "ann@kauri.example",
    "X-Forwarded-Email": "ann@kauri.example",
    "X-Forwarded-Preferred-Username": "ann",
    "X-Auth-Request-User": "ann@kauri.example",
    "X-Remote-User": "ann@kauri.example",
    "Remote-User": "ann@kauri.example",
    "X-Workbench-Identity": json.dumps({"subject": "ann-1", "email": "ann@kauri.example"}),
    "Authorization": "Bearer ann",
}


def test_thirty_anonymous_requests_get_no_content(door: StandingDoor) -> None:
    """Whoever has not signed in is sent to sign in, or refused; forged headers change nothing."""
    assert len(ANONYMOUS) >= 30
    for headers in ({}, FORGED):
        with httpx.Client(base_url=door.home, headers=headers) as client:
            for method, path in ANONYMOUS:
                answer = client.request(method, path)
                assert answer.status_code in {302, 403, 404}, (method, path, answer.status_code)
                assert answer.status_code != 302 or answer.headers["location"].startswith("/sign-in"), path
                assert b"Kauri" not in answer.content
                assert b"page of the firm" not in answer.content


@pytest.fixture(scope="module")
def ann(door: StandingDoor) -> Iterator[Visit]:
    """Let Ann in, whose browser sends forged headers and a strange address all along; she opens her page."""
    with door.visited_by("ann-1", **{**FORGED, "X-Forwarded-User": "bob@kauri.example"}) as visit:
        visit.opens(user="bob", theme="</script><script>x()</script>", template="reveal")
        yield visit


def test_every_answer_allows_no_outside_host(ann: Visit) -> None:
    """The policy names this server alone; no answer may be framed, and none is kept by proxies."""
    own = ann.client.get(f"/api/kernels/{ann.kernel}")
    for answer in (ann.shown, own, ann.client.get("/sign-in"), ann.client.get("/nothing")):
        policy = answer.headers["Content-Security-Policy"]
        assert "default-src 'self'" in policy
        assert "http" not in policy
        assert "unsafe-eval" not in policy
        assert "unsafe-inline" not in policy.split("script-src")[1].split(";")[0]
        assert "frame-ancestors 'none'" in policy
        assert "no-store" in answer.headers["Cache-Control"]


def test_the_page_is_one_answer(ann: Visit) -> None:
    """Nothing is loaded beside the page, and no file of Voilà or JupyterLab is given out."""
    assert not re.findall(r"<(?:script|img|iframe)[^>]+src=|<link[^>]+stylesheet", ann.shown.text)
    for path in (
        "static/voila.js",
        "labextensions/anywidget/package.json",
        "api/themes/x",
        "templates/workbench/a",
    ):
        assert ann.client.get(f"/voila/{path}").status_code == 404


def test_only_its_own_names_are_answered(ann: Visit) -> None:
    """A web page elsewhere cannot reach in by giving its own name this machine's address."""
    for path in ("/", "/sign-in", f"/api/kernels/{ann.kernel}"):
        assert ann.client.get(path, headers={"Host": "elsewhere.example"}).status_code == 403


def test_a_page_knows_who_looks_though_its_kernel_is_older(ann: Visit) -> None:
    """The warm kernel learns the signed-in identity, whatever headers and addresses the visitor sends."""
    told = ann.asks_who(ann.kernel)
    who = {"subject": "ann-1", "name": "Ann Lee", "email": "ann@kauri.example", "issuer": ann.door.issuer}
    assert told["who"] == who
    assert told["env"]["VOILA_PREHEAT"] == "True"


def test_kernels_hold_no_credential(ann: Visit) -> None:
    """Of all secrets that the server was started with none reaches a kernel, the sign-in's own neither."""
    env = ann.asks_who(ann.kernel)["env"]
    assert env["WORKBENCH_SERVED"] == "1"
    assert not SECRETS.keys() & env.keys()
    assert not set(SECRETS.values()) & set(env.values())


def _is_in(visit: Visit) -> bool:
    """Tell whether the door answers somebody at all: that a kernel is not there, instead of nothing."""
    return visit.client.get(f"/api/kernels/{SOME_KERNEL}").status_code == 404


def test_who_is_not_of_the_firm_sees_nothing(door: StandingDoor) -> None:
    """Signing in is not being let in; an unchecked address does not let in either; the page says so."""
    for subject in ("eve-3", "mallory-4"):
        with door.visited_by(subject) as stranger:
            answer = stranger.client.get("/", follow_redirects=True)
            assert answer.status_code == 403
            assert "Nobody has let you in yet" in answer.text
            assert "page of the firm" not in answer.text
            assert not _is_in(stranger)


def test_who_is_taken_off_the_list_is_out_at_once(door: StandingDoor) -> None:
    """What an administrator changes in firm.toml counts for the next request of somebody who is in."""
    file = door.folder / "firm.toml"
    before = file.read_text(encoding="utf-8")
    with door.visited_by("bob-2") as bob:
        assert _is_in(bob)
        try:
            file.write_text(before.split('[[access.people]]\nsign_in = "bob')[0], encoding="utf-8")
            assert not _is_in(bob)
        finally:
            file.write_text(before, encoding="utf-8")
        assert _is_in(bob)
    assert "bob@kauri.example" in FIRM


def test_a_slip_in_the_settings_is_told_in_plain_words(door: StandingDoor) -> None:
    """Nobody is let in meanwhile; whoever had signed in reads whom to ask, the log what is wrong."""
    file = door.folder / "firm.toml"
    before = file.read_text(encoding="utf-8")
    with door.visited_by("bob-2") as bob:
        try:
            file.write_text(before + "\nlimits = {", encoding="utf-8")
            answer = bob.client.get("/")
        finally:
            file.write_text(before, encoding="utf-8")
        assert (answer.status_code, _is_in(bob)) == (503, True)
    assert "<h1>Workbench cannot open now</h1>" in answer.text
    assert "Ask an administrator of your firm" in answer.text
    assert not [word for word in ("Traceback", str(door.folder), "limits", "TOML") if word in answer.text]
    assert f"{file} is not valid TOML" in (door.folder / "log").read_text()


def test_a_visitor_runs_no_code(ann: Visit) -> None:
    """Of what a page's channel is told only widgets' messages are handed on to the kernel."""
    proof = ann.door.folder / "proof"
    code = {"code": f"open({str(proof)!r}, 'w').close()", "silent": False}
    refused = [("execute_request", code), ("inspect_request", code), ("complete_request", code)]
    heard = ann.says(ann.kernel, *refused, ("kernel_info_request", {}), until="kernel_info_reply")
    kinds = {each["msg_type"] for each in heard}
    assert "kernel_info_reply" in kinds
    assert not kinds & {"execute_reply", "execute_input", "inspect_reply", "complete_reply"}
    assert not proof.exists()


def test_what_code_prints_stays_on_the_server(ann: Visit) -> None:
    """Neither what code prints nor how it fails travels to the browser, whose page would not even show it."""
    heard = ann.says(ann.kernel, WHO, until="comm_msg")
    assert not {each["msg_type"] for each in heard} & {"stream", "error", "execute_result"}
    assert "nobody's eyes" not in json.dumps(heard)


def test_a_visitor_reaches_no_api_but_their_own_kernels_standing(ann: Visit) -> None:
    """No contents, no list of kernels; one's own kernel is described, and handled by no request."""
    assert ann.client.get(f"/api/kernels/{ann.kernel}").json()["id"] == ann.kernel
    for path in ("/api/kernels", "/api/contents", "/api/contents/dashboard.ipynb", "/api/terminals"):
        assert ann.client.get(path).status_code == 404
    for path in ("/voila/files/dashboard.ipynb", "/voila/files/../../firm.toml", "/dashboard.ipynb"):
        assert ann.client.get(path).status_code == 404
    for method in ("DELETE", "POST", "PATCH"):
        assert ann.client.request(method, f"/api/kernels/{ann.kernel}").status_code in {403, 405}
    assert ann.client.get(f"/api/kernels/{ann.kernel}").status_code == 200


def test_a_visitor_reaches_nobody_elses_kernel(ann: Visit) -> None:
    """Who knows the id of somebody else's kernel, or of their own in another browser, gains nothing."""
    for subject in ("bob-2", "ann-1"):
        with ann.door.visited_by(subject) as other:
            assert other.client.get(f"/api/kernels/{ann.kernel}").status_code == 404
            assert other.client.post(f"/voila/api/shutdown/{ann.kernel}").status_code == 404
            with pytest.raises(HTTPClientError, match="404"):
                other.says(ann.kernel, ("kernel_info_request", {}), until="kernel_info_reply")


def test_no_source_no_theme_no_template(ann: Visit) -> None:
    """The page shows what its cells show, never their source; a link can name neither theme nor template."""
    assert "a page of the firm" in ann.shown.text
    for unwanted in ("register_target", "x()", "jsdelivr"):
        assert unwanted not in ann.shown.text


def test_a_closed_tab_takes_its_kernel_along(door: StandingDoor) -> None:
    """The page's goodbye ends its kernel; one that comes from another site does not."""
    with door.visited_by("ann-1") as ann:
        kernel = ann.opens()
        process = psutil.Process(ann.asks_who(kernel)["pid"])
        goodbye = f"/voila/api/shutdown/{kernel}"
        for headers in ({"Sec-Fetch-Site": "cross-site"}, {"Origin": "https://elsewhere.example"}):
            assert ann.client.post(goodbye, headers=headers).status_code in {403, 404}
        assert process.is_running()
        assert ann.client.post(goodbye).status_code == 204
        _wait_until(lambda: not _lives(process), 30)
        assert ann.client.get(f"/api/kernels/{kernel}").status_code == 404
    assert not (door.folder / "served" / "passes" / kernel).exists()


def test_a_dead_kernel_is_told_as_gone(door: StandingDoor) -> None:
    """Whoever asks after a kernel that was killed hears that it is not there, and may open the page again."""
    with door.visited_by("ann-1") as ann:
        kernel = ann.opens()
        psutil.Process(ann.asks_who(kernel)["pid"]).kill()
        _wait_until(lambda: ann.client.get(f"/api/kernels/{kernel}").status_code == 404, 30)
        assert ann.asks_who(ann.opens())["who"]["subject"] == "ann-1"


def test_signing_out_ends_the_visit_and_its_pages(door: StandingDoor) -> None:
    """Afterwards the cookie is gone and the kernel too; a link from elsewhere signs nobody out."""
    with door.visited_by("ann-1") as ann:
        process = psutil.Process(ann.asks_who(ann.opens())["pid"])
        assert ann.client.post("/sign-out").status_code == 403
        asked = ann.client.get("/sign-out")
        token = asked.text.split('name="_xsrf" value="')[1].split('"')[0]
        assert ann.client.post("/sign-out", data={"_xsrf": token}).status_code == 302
        assert ann.client.get("/").headers["location"].startswith("/sign-in")
        _wait_until(lambda: not _lives(process), 30)


def test_a_sign_in_of_another_browser_lets_nobody_in(door: StandingDoor) -> None:
    """An answer of the provider works in the browser that asked for it only."""
    with httpx.Client(base_url=door.home) as hers, httpx.Client(base_url=door.home) as his:
        begun = hers.get("/sign-in/begin").headers["location"]
        back = httpx.post(begun, data={"sub": "ann-1"}).headers["location"]
        answer = his.get(back.replace("localhost", "127.0.0.1"))
        assert answer.status_code == 403
        assert "not begun in this browser" in answer.text
        assert his.get("/").headers["location"].startswith("/sign-in")


def test_the_log_holds_neither_codes_nor_tokens(door: StandingDoor) -> None:
    """What stands after a question mark is not logged, nor any secret."""
    with httpx.Client(base_url=door.home) as client:
        client.get("/sign-in/back?code=a-code-that-is-not-logged&state=x")
    said = (door.folder / "log").read_text(encoding="utf-8", errors="replace")
    assert "/sign-in/back" in said
    assert "a-code-that-is-not-logged" not in said
    assert not any(secret in said for secret in SECRETS.values())


@pytest.mark.long
def test_the_kernel_of_a_lost_tab_is_gone_within_two_minutes(door: StandingDoor) -> None:
    """Where no goodbye arrives the server ends it; one that is looked at stays."""
    with door.visited_by("ann-1") as ann:
        process = psutil.Process(ann.asks_who(ann.opens())["pid"])
        _wait_until(lambda: not _lives(process), 120)


def _lives(process: psutil.Process) -> bool:
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def _wait_until(true: Callable[[], bool], timeout_s: float) -> None:
    until = time.monotonic() + timeout_s
    while time.monotonic() < until:
        if true():
            return
        time.sleep(0.2)
    raise AssertionError(f"waited {timeout_s:.0f} s in vain")
