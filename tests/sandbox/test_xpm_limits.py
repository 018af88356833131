"""The limits of XPM as the sandbox keeps them."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from workbench.sandbox.clock import Clock
from workbench.sandbox.xpm.dials import DIALS
from workbench.sandbox.xpm.limits import Breach, Limits


@pytest.mark.parametrize(("dial", "problem"), [("limit_per_minute", "minute"), ("limit_per_day", "day")])
def test_a_limit_refuses_with_an_empty_429(visitor, xpm_sandbox, dial, problem):
    """One call too many gets no body, a wait and the limit's name; after the wait calls are served."""
    xpm_sandbox.dials("xpm", access_token_s=200_000, **{dial: 2})
    xpm = visitor.sign_in()
    left = [xpm.call("GET", "staff.api/list") for _ in range(2)]
    header = {"minute": "x-minlimit-remaining", "day": "x-daylimit-remaining"}[problem]
    assert [answer.headers[header] for answer in left] == ["1", "0"]
    refused = xpm.call("GET", "staff.api/list")
    assert (refused.status_code, refused.content) == (429, b"")
    assert refused.headers["x-rate-limit-problem"] == problem
    window_s = {"minute": 60, "day": 86_400}[problem]
    assert window_s - 10 <= int(refused.headers["retry-after"]) <= window_s
    xpm_sandbox.advance(window_s)
    assert xpm.call("GET", "staff.api/list").status_code == 200


def test_a_faster_clock_shortens_the_wait(xpm, xpm_sandbox):
    """At sixty-fold speed a minute's limit asks for a second's wait."""
    xpm_sandbox.dials("xpm", limit_per_minute=1, speed=60)
    xpm.call("GET", "staff.api/list")
    assert xpm.call("GET", "staff.api/list").headers["retry-after"] == "1"


def test_limits_are_counted_per_tenant(visitor, xpm_sandbox):
    """Another practice has calls of its own; the application's limit holds for both."""
    tenants = [part.split('"')[0] for part in visitor.authorize().text.split('name="tenant" value="')[1:]]
    visitor.sign_in(*tenants)
    xpm_sandbox.dials("xpm", limit_per_minute=1, limit_app_per_minute=2)
    second = {"xero-tenant-id": tenants[2]}
    assert visitor.call("GET", "staff.api/list").status_code == 200
    assert visitor.call("GET", "staff.api/list", headers=second).status_code == 200
    xpm_sandbox.dials("xpm", limit_per_minute=5)
    assert visitor.call("GET", "staff.api/list").headers["x-rate-limit-problem"] == "appminute"


def test_the_sixth_call_in_flight_is_refused(xpm, xpm_sandbox):
    """Five calls at once are served, further ones refused while they last."""
    xpm_sandbox.dials("xpm", latency_s=1.0)
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: xpm.call("GET", "staff.api/list"), range(8)))
    refused = {answer.headers["x-rate-limit-problem"] for answer in answers if answer.status_code == 429}
    assert refused == {"concurrent"}
    assert [answer.status_code for answer in answers].count(200) >= 5


def test_calls_in_flight_are_counted_in_and_out():
    """A call that ends makes room for another."""
    limits, dials = Limits(Clock()), {**DIALS, "limit_concurrent": 2}
    assert [limits.enter("app", "tenant", dials) for _ in range(2)] == [None, None]
    assert limits.enter("app", "tenant", dials) == Breach("concurrent", 1)
    limits.leave("app", "tenant")
    assert limits.enter("app", "tenant", dials) is None
