"""The pace: never more calls in any window than a service takes, counted as unkindly as possible."""

from __future__ import annotations

import threading
from datetime import UTC, datetime

from hypothesis import given, settings
from hypothesis import strategies as st

from workbench.systems.clock import RealClock
from workbench.systems.pace import Pace

WINDOW_S = 60.0


class Timeline:
    """A clock that only waiting moves."""

    def __init__(self) -> None:
        self.seconds = 0.0

    def now(self) -> datetime:
        """Give the seconds as a time of day."""
        return datetime.fromtimestamp(self.seconds, UTC)

    def monotonic(self) -> float:
        """Give the seconds that have passed."""
        return self.seconds

    def sleep(self, seconds: float) -> None:
        """Let time pass."""
        assert seconds > 0
        self.seconds += seconds


CALLS = st.lists(st.tuples(st.floats(0, 40), st.floats(0, 40)), min_size=1, max_size=60)


def run(pace: Pace, clock: Timeline, calls: list[tuple[float, float]], share: float) -> list[float]:
    """Make calls with gaps between them; the service counts each at some share of its time."""
    counted = []
    for gap, took in calls:
        clock.seconds += gap
        with pace.slot():
            started = clock.seconds
            clock.seconds += took
        counted.append(started + took * share)
    return counted


@settings(max_examples=80)
@given(calls=CALLS, limit=st.integers(1, 7), share=st.floats(0, 1))
def test_no_window_ever_holds_more_than_the_limit(
    calls: list[tuple[float, float]], limit: int, share: float
) -> None:
    """Wherever between start and end the service counts a call, no 60 seconds hold too many."""
    clock = Timeline()
    counted = run(Pace(limit, 5, clock), clock, calls, share)
    for at in counted:
        assert sum(at <= other < at + WINDOW_S for other in counted) <= limit


@settings(max_examples=40)
@given(limit=st.integers(2, 20), left=st.integers(0, 19), calls=st.integers(1, 30))
def test_calls_of_others_count_too(limit: int, left: int, calls: int) -> None:
    """When the service says that fewer calls are left, no more than those go out in the next window."""
    clock = Timeline()
    pace = Pace(limit, 5, clock)
    pace.learn(min(left, limit), None)
    counted = run(pace, clock, [(0, 0)] * calls, 0)
    assert sum(at < WINDOW_S for at in counted) <= min(left, limit)


def test_what_was_asked_for_is_waited_out() -> None:
    """After a Retry-After no call starts before it has passed."""
    clock = Timeline()
    pace = Pace(60, 5, clock)
    pace.hold(17.0)
    assert run(pace, clock, [(0, 0)], 0) == [17.0]


def test_a_quick_pace_does_not_wait() -> None:
    """Below the limit nothing is delayed."""
    clock = Timeline()
    assert run(Pace(60, 5, clock), clock, [(0, 0)] * 60, 0)[-1] == 0.0


def test_the_quota_is_what_was_last_told() -> None:
    """An answer that says nothing about a limit leaves what is known of it."""
    pace = Pace(60, 5, Timeline())
    pace.learn(59, 4999)
    pace.learn(None, 4998)
    assert (pace.quota().minute_left, pace.quota().day_left) == (59, 4998)


def test_no_more_run_at_once_than_allowed() -> None:
    """Threads share the pace; a further call starts only when one has ended."""
    pace = Pace(1000, 2, RealClock())
    running, most, lock = 0, 0, threading.Lock()
    both = threading.Barrier(2)

    def call() -> None:
        nonlocal running, most
        with pace.slot():
            with lock:
                running += 1
                most = max(most, running)
            both.wait(timeout=30)
            with lock:
                running -= 1

    threads = [threading.Thread(target=call) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert most == 2
