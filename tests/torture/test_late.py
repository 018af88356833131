"""Whoever wakes late, or waited too long, sends nothing."""

from __future__ import annotations

import os
import signal
import time
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest
from killed import ended, worker
from rig import Rig

from workbench.domain.errors import QuotaSpent, TooLate
from workbench.systems.pace import Pace
from workbench.systems.wire import Wire

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


class Timeline:
    """A clock that only waiting moves."""

    def __init__(self) -> None:
        self.seconds = 0.0

    def now(self) -> datetime:
        """Give the time of day."""
        return NOON + timedelta(seconds=self.seconds)

    def monotonic(self) -> float:
        """Give the seconds that have passed."""
        return self.seconds

    def sleep(self, seconds: float) -> None:
        """Let time pass."""
        self.seconds += seconds


class Bearer:
    """Gives tokens, and takes its time over a new one."""

    def __init__(self, clock: Timeline, takes_s: float) -> None:
        self.clock, self.takes_s = clock, takes_s

    def access_token(self, rejected: str | None = None) -> str:
        """Give one."""
        self.clock.seconds += self.takes_s if rejected else 0.0
        return "token"


def test_a_write_that_the_pace_would_delay_is_not_sent() -> None:
    """A look that takes the last call of the minute makes no stale write: the wait comes before the next."""
    clock, sent = Timeline(), []

    def answer(request: httpx.Request) -> httpx.Response:
        sent.append((request.method, clock.seconds))
        return httpx.Response(200, json={})

    pace = Pace(3, 4, clock)
    line = Wire("XPM", "https://xpm.example", clock, pace=pace, transport=httpx.MockTransport(answer))
    for _ in range(3):
        line.read("look")
    with pytest.raises(TooLate):
        line.write("PUT", "x", b"", not_after=clock.now() + timedelta(seconds=5))
    assert clock.seconds == 0.0, "nobody waits for what cannot be sent any more"
    line.read("look")
    line.write("PUT", "x", b"", not_after=clock.now() + timedelta(seconds=5))
    assert sent[-2:] == [("GET", 60.0), ("PUT", 60.0)]


@pytest.mark.parametrize(("takes_s", "writes"), [(1.0, 2), (9.0, 1)])
def test_a_write_that_a_new_token_delayed_is_not_sent_again(takes_s: float, writes: int) -> None:
    """After a rejected token the same write goes out again only while its look is fresh."""
    clock, sent = Timeline(), []

    def answer(request: httpx.Request) -> httpx.Response:
        sent.append(request.method)
        return httpx.Response(401 if len(sent) == 1 else 200, json={})

    bearer, transport = Bearer(clock, takes_s), httpx.MockTransport(answer)
    line = Wire("XPM", "https://xpm.example", clock, bearer=bearer, transport=transport)
    try:
        line.write("PUT", "x", b"", not_after=clock.now() + timedelta(seconds=5))
    except TooLate:
        assert writes == 1
    assert sent == ["PUT"] * writes


def test_a_day_that_is_used_up_is_not_asked_again() -> None:
    """When an answer says that no call is left today, none is made before midnight."""
    clock = Timeline()
    pace = Pace(60, 4, clock)
    pace.learn(None, 0)
    with pytest.raises(QuotaSpent) as spent, pace.slot():
        raise AssertionError("a call was let through")
    assert spent.value.until == datetime(2026, 3, 3, tzinfo=UTC)
    clock.seconds = 12 * 3600.0
    with pace.slot():
        assert pace.quota().day_left is None


def _effects(rig: Rig) -> int:
    return len([e for e in rig.log() if e["changed"]])


@pytest.mark.parametrize("kind", ["sending", pytest.param("claimed", marks=pytest.mark.long)])
def test_a_hung_worker_is_taken_over_and_does_nothing_when_it_wakes(
    make_rig: Callable[..., Rig], kind: str
) -> None:
    """Stopped right after sealing a request: another worker ends the run; the late waker sends nothing."""
    rig = make_rig(3)
    rig.firm.served = True
    operations = len(rig.desk.plan().operations)
    request = rig.ask_push()
    hung = worker(rig, kind, "stopped", 2)
    pid = hung.pid or 0
    try:
        _until_stopped(pid)
        assert ended(worker(rig, hung_s=0.5)) == 0
        assert rig.firm.state().requests[request].ok
        after = len(rig.log())
        os.kill(pid, signal.SIGCONT)
        ended(hung)
        assert len(rig.log()) == after, "who woke late asked for something"
    finally:
        hung.kill()
        hung.join()
    assert Counter(rig.firm.state().concluded.values()) == {"done": operations}
    assert rig.complaints() == []


def _until_stopped(pid: int) -> None:
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline:
        if Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] == "T":
            return
        time.sleep(0.05)
    os.kill(pid, signal.SIGKILL)
    raise AssertionError("the worker did not stop")
