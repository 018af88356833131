"""The servers' clock: real time that tests may speed up or move forward."""

from __future__ import annotations

import math
import threading
import time
from datetime import UTC, datetime, timedelta


class Clock:
    """Wall time for records and tokens, and a faster time for rate windows.

    Parameters
    ----------
    speed : float
        Seconds of rate-window time that pass in one real second. At 60 a minute's limit
        renews every second and ``Retry-After`` shrinks accordingly.
    """

    def __init__(self, speed: float = 1.0) -> None:
        self._lock = threading.Lock()
        self._ahead_s = 0.0
        self._base_s = 0.0
        self._since = time.monotonic()
        self._speed = speed

    @property
    def speed(self) -> float:
        """Rate-window seconds per real second."""
        return self._speed

    @speed.setter
    def speed(self, speed: float) -> None:
        with self._lock:
            self._base_s, self._since = self._window_s(), time.monotonic()
            self._speed = speed

    def now(self) -> datetime:
        """Return the servers' wall time in UTC."""
        return datetime.now(UTC) + timedelta(seconds=self._ahead_s)

    def window_s(self) -> float:
        """Return seconds on the scale of the rate windows."""
        with self._lock:
            return self._window_s()

    def wait_s(self, window_s: float) -> int:
        """Return whole real seconds, at least one, in which a stretch of window time passes."""
        return max(1, math.ceil(window_s / self._speed))

    def advance(self, seconds: float) -> None:
        """Move both times forward, as if that long had passed."""
        with self._lock:
            self._ahead_s += seconds
            self._base_s += seconds

    def _window_s(self) -> float:
        return self._base_s + (time.monotonic() - self._since) * self._speed


def stamp(moment: datetime) -> str:
    """Write a UTC moment as ``2026-04-01T02:03:04.123456Z``."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
