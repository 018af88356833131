"""The wire: what is tried again, what never is, and the sentence for everything that goes wrong."""

from __future__ import annotations

import logging
import socket
from collections.abc import Callable
from typing import Any

import httpx
import pytest

from workbench.domain.errors import (
    BadSettings,
    NotUnderstood,
    QuotaSpent,
    Refused,
    SignInNeeded,
    SlowDown,
    Unreachable,
    WorkbenchError,
)
from workbench.systems.pace import Pace
from workbench.systems.wire import Wire

TOKEN = "very-secret-token"
Handler = Callable[[httpx.Request], httpx.Response]


class Bearer:
    """Hands out numbered tokens, a new one after each rejection."""

    def __init__(self) -> None:
        self.number = 1

    def access_token(self, rejected: str | None = None) -> str:
        """Give the token in force."""
        if rejected == f"{TOKEN}-{self.number}":
            self.number += 1
        return f"{TOKEN}-{self.number}"


class Script:
    """Answers in turn (an exception is raised), the last one for ever; remembers the requests."""

    def __init__(self, *answers: Any) -> None:
        self.answers = list(answers)
        self.requests: list[httpx.Request] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        """Answer a request."""
        self.requests.append(httpx.Request(request.method, request.url, headers=request.headers))
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if isinstance(answer, Exception):
            raise answer
        status, headers, body = answer
        return httpx.Response(status, headers=headers, content=body)


OK = (200, {"Content-Type": "application/json"}, b"{}")


def wire(clock: Any, handler: Handler, **more: Any) -> Wire:
    return Wire(
        "XPM",
        "https://xpm.example/practicemanager/3.1",
        clock,
        bearer=Bearer(),
        setting="xpm.base_url",
        transport=httpx.MockTransport(handler),
        **more,
    )


PASSING = [
    (500, {}, b"<oops"),
    (503, {"Retry-After": "7"}, b""),
    (429, {"Retry-After": "7"}, b""),
    httpx.ReadTimeout("slow"),
    httpx.RemoteProtocolError("cut"),
    httpx.ConnectError("refused"),
]


@pytest.mark.parametrize("failure", PASSING, ids=str)
def test_a_read_is_tried_again(clock: Any, failure: Any) -> None:
    """What may pass is asked for again after a while, and what comes then is the answer."""
    script = Script(failure, OK)
    assert wire(clock, script).read("client.api/list").body == b"{}"
    assert len(script.requests) == 2
    assert clock.waits


@pytest.mark.parametrize("failure", PASSING, ids=str)
def test_a_write_is_never_tried_again(clock: Any, failure: Any) -> None:
    """After a failed write nobody but the push protocol decides what comes next."""
    script = Script(failure, OK)
    with pytest.raises((Unreachable, SlowDown)):
        wire(clock, script).write("PUT", "client.api/update", b"<Client/>")
    assert len(script.requests) == 1


@pytest.mark.parametrize("failure", PASSING, ids=str)
def test_a_read_gives_up_in_the_end(clock: Any, failure: Any) -> None:
    """A failure that does not pass ends in one sentence."""
    script = Script(failure)
    with pytest.raises((Unreachable, SlowDown)):
        wire(clock, script).read("client.api/list")
    assert 3 <= len(script.requests) <= 6


@pytest.mark.parametrize("status", [429, 503])
def test_retry_after_is_obeyed(clock: Any, status: int) -> None:
    """No further request goes out before the service said so."""
    script = Script((status, {"Retry-After": "31"}, b""), OK)
    before = clock.seconds
    wire(clock, script).read("client.api/list")
    assert clock.seconds - before >= 31


def test_retry_after_may_be_a_date(clock: Any) -> None:
    """The other form that HTTP knows is obeyed too."""
    until = "Thu, 01 Jan 2026 00:17:00 GMT"
    script = Script((503, {"Retry-After": until}, b""), OK)
    wire(clock, script).read("client.api/list")
    assert clock.now().strftime("%H:%M") == "00:17"


def test_a_refused_write_holds_the_next_request(clock: Any) -> None:
    """A 429 on a write says that nothing was written, and keeps even the following read waiting."""
    script = Script((429, {"Retry-After": "9"}, b""), OK)
    line = wire(clock, script, pace=Pace(60, 5, clock))
    with pytest.raises(SlowDown):
        line.write("PUT", "client.api/update", b"")
    before = clock.seconds
    line.read("client.api/list")
    assert clock.seconds - before >= 9


@pytest.mark.parametrize("act", ["read", "write"])
def test_a_spent_day_stops_at_once(clock: Any, act: str) -> None:
    """The day's limit is no matter of waiting."""
    script = Script((429, {"Retry-After": "40000", "X-Rate-Limit-Problem": "day"}, b""), OK)
    with pytest.raises(QuotaSpent, match="tomorrow"):
        line = wire(clock, script)
        line.read("x") if act == "read" else line.write("PUT", "x", b"")
    assert (len(script.requests), clock.waits) == (1, [])


def test_limits_are_learnt_from_the_answers(clock: Any) -> None:
    """The remaining calls that an answer tells are known afterwards."""
    line = wire(clock, Script((200, {"X-MinLimit-Remaining": "12", "X-DayLimit-Remaining": "3456"}, b"")))
    line.read("client.api/list")
    assert (line.pace.quota().minute_left, line.pace.quota().day_left) == (12, 3456)


@pytest.mark.parametrize("act", ["read", "write"])
def test_an_expired_token_is_replaced_once(clock: Any, act: str) -> None:
    """A 401 is a sure no, so even a write goes out again, signed anew."""
    script = Script((401, {}, b""), OK)
    line = wire(clock, script)
    line.read("x") if act == "read" else line.write("PUT", "x", b"")
    assert [r.headers["Authorization"] for r in script.requests] == [f"Bearer {TOKEN}-1", f"Bearer {TOKEN}-2"]


def test_a_withdrawn_consent_is_told(clock: Any) -> None:
    """Two 401 in a row mean that a person must sign in."""
    script = Script((401, {}, b""))
    with pytest.raises(SignInNeeded, match="Connect again"):
        wire(clock, script).write("PUT", "x", b"")
    assert len(script.requests) == 2


@pytest.mark.parametrize(
    ("answer", "error", "words"),
    [
        ((406, {}, b""), Refused, "406"),
        ((415, {}, b""), Refused, "415"),
        ((302, {"Location": "https://elsewhere.example"}, b""), NotUnderstood, "xpm.base_url"),
        ((503, {}, b""), Unreachable, "maintenance"),
        (httpx.ConnectError("[Errno -2] Name or service not known"), Unreachable, "xpm.base_url"),
        ((200, {"Content-Encoding": "gzip"}, b"no gzip"), NotUnderstood, "unpacked"),
    ],
)
def test_every_failure_has_its_sentence(
    clock: Any, answer: Any, error: type[WorkbenchError], words: str
) -> None:
    """What, where, what next; and neither token nor body in it."""
    with pytest.raises(error, match=words) as told:
        wire(clock, Script(answer)).read("client.api/list")
    assert told.value.next_step
    assert TOKEN not in str(told.value)
    assert told.value.__cause__ is None


@pytest.mark.parametrize(
    "following",
    [
        "https://xpm.example.evil.example/x",
        "http://xpm.example/x",
        "https://xpm.example:8443/x",
        "//evil.example/x",
    ],
)
def test_a_page_on_another_origin_is_refused(clock: Any, following: str) -> None:
    """No token follows an answer to another server, port or scheme."""
    script = Script(OK)
    with pytest.raises(NotUnderstood, match="another server"):
        wire(clock, script).read(following)
    assert script.requests == []


def test_tokens_do_not_travel_unencrypted(clock: Any) -> None:
    """Plain http is for loopback only."""
    with pytest.raises(BadSettings, match="https"):
        Wire("XPM", "http://xpm.example", clock)


def test_nothing_of_a_request_is_logged(clock: Any, caplog: pytest.LogCaptureFixture) -> None:
    """Neither token nor address nor body shows up in any log, at any level."""
    with caplog.at_level(logging.DEBUG):
        logging.getLogger("httpx").setLevel(logging.WARNING)
        wire(clock, Script(OK)).write("PUT", "client.api/update", b"<Client>private</Client>")
    for shown in (TOKEN, "private", "client.api"):
        assert shown not in caplog.text


def test_nobody_listening_is_one_sentence(clock: Any) -> None:
    """A wrong port is told as such, over a real socket."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        line = Wire("XPM", f"http://127.0.0.1:{taken.getsockname()[1]}", clock, setting="xpm.base_url")
        with pytest.raises(Unreachable, match="no server answers there"):
            line.read("client.api/list")


def test_progress_may_stop_a_long_answer(clock: Any) -> None:
    """Whatever the progress callback raises ends the read, and is not mistaken for a broken line."""

    class Stopped(Exception):
        pass

    def stop(so_far: int) -> None:
        raise Stopped

    with pytest.raises(Stopped):
        wire(clock, Script(OK)).read("client.api/list", arrived=stop)
