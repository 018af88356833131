"""Keeping to a service's limits: so many calls in any sliding window, so many at a time.

A call counts from its start until a whole window after its answer, because nobody here knows when the
service counted it: somewhere between the two.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager

from workbench.domain.clock import Clock
from workbench.domain.records import Quota

_FOREVER = float("inf")


class Window:
    """The calls that still count, kept in this process.

    Parameters
    ----------
    calls : int
        How many may count at once.
    length_s : float
        How long a call counts after its answer.
    """

    def __init__(self, calls: int, length_s: float) -> None:
        self.calls = calls
        self.length_s = length_s
        self._ended: deque[float] = deque()
        self._running = 0

    def used(self, now: float) -> int:
        """Say how many calls count at the moment `now`, running ones among them."""
        while self._ended and self._ended[0] + self.length_s <= now:
            self._ended.popleft()
        return self._running + len(self._ended)

    def enter(self, now: float) -> float:
        """Start a call, or say for how many seconds it has to wait (0 is: started)."""
        if self.used(now) < self.calls:
            self._running += 1
            return 0.0
        return self._ended[0] + self.length_s - now if self._ended else _FOREVER

    def leave(self, now: float) -> None:
        """End a call that was started."""
        self._running -= 1
        self._ended.append(now)

    def raise_to(self, used: int, now: float) -> None:
        """Take in that the service counts `used` calls: others spend the same allowance."""
        missing = min(used, self.calls) - self.used(now)
        self._ended.extend([now] * max(0, missing))


class Pace:
    """Lets calls through no faster than a service takes them. Safe to share between threads.

    Parameters
    ----------
    calls_per_min : int
        The limit of any sliding window.
    concurrent : int
        How many calls may be under way at once.
    clock : Clock
        What measures and waits.
    window_s : float
        The window's length; shorter than a minute only for a sandbox whose clock runs faster.
    """

    def __init__(self, calls_per_min: int, concurrent: int, clock: Clock, window_s: float = 60.0) -> None:
        self._clock = clock
        self._window = Window(calls_per_min, window_s)
        self._free = threading.Condition()
        self._concurrent = concurrent
        self._under_way = 0
        self._held_until = 0.0
        self._quota = Quota()

    @contextmanager
    def slot(self) -> Iterator[None]:
        """Wait until a call may start, and count it until it has ended."""
        self._start()
        try:
            yield
        finally:
            with self._free:
                self._under_way -= 1
                self._window.leave(self._clock.monotonic())
                self._free.notify_all()

    def hold(self, seconds: float) -> None:
        """Let no call start for so many seconds: the service asked for it."""
        with self._free:
            self._held_until = max(self._held_until, self._clock.monotonic() + seconds)

    def learn(self, minute_left: int | None, day_left: int | None) -> None:
        """Take in what an answer said about the calls that are left."""
        with self._free:
            self._quota = Quota(
                self._quota.minute_left if minute_left is None else minute_left,
                self._quota.day_left if day_left is None else day_left,
            )
            if minute_left is not None:
                self._window.raise_to(self._window.calls - minute_left, self._clock.monotonic())

    def quota(self) -> Quota:
        """Say what the last answers told about the limits."""
        with self._free:
            return self._quota

    def _start(self) -> None:
        while True:
            with self._free:
                while self._under_way >= self._concurrent:
                    self._free.wait()
                wait_s = self._entered()
                if wait_s == 0.0:
                    self._under_way += 1
                    return
                if wait_s == _FOREVER:
                    self._free.wait()
                    continue
            self._clock.sleep(wait_s)

    def _entered(self) -> float:
        now = self._clock.monotonic()
        return self._held_until - now if self._held_until > now else self._window.enter(now)
