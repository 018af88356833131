"""Rate limits per application and tenant: calls in flight, per minute and per day."""

from __future__ import annotations

import threading
from collections import defaultdict, deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from workbench.sandbox.clock import Clock

_MINUTE_S, _DAY_S = 60.0, 86_400.0


@dataclass(frozen=True)
class Breach:
    """A limit that a call would break.

    Attributes
    ----------
    problem : str
        Value of the header ``X-Rate-Limit-Problem``.
    wait_s : int
        Value of ``Retry-After``, in real seconds.
    """

    problem: str
    wait_s: int


@dataclass
class _Use:
    """When calls were made, in window seconds, and how many are under way."""

    minute: deque[float] = field(default_factory=deque)
    day: deque[float] = field(default_factory=deque)
    in_flight: int = 0

    def forget(self, now: float) -> None:
        for calls, window_s in ((self.minute, _MINUTE_S), (self.day, _DAY_S)):
            while calls and calls[0] <= now - window_s:
                calls.popleft()


class Limits:
    """Count calls in sliding windows; refused calls do not count.

    Parameters
    ----------
    clock : Clock
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._uses: dict[tuple[str, str], _Use] = defaultdict(_Use)

    def enter(self, app: str, tenant: str, dials: Mapping[str, Any]) -> Breach | None:
        """Count a call in, or say which limit it breaks; `leave` has to follow a call let in."""
        with self._lock:
            now = self._clock.window_s()
            use, whole = self._use(app, tenant, now), self._use(app, "", now)
            if use.in_flight >= dials["limit_concurrent"]:
                return Breach("concurrent", 1)
            for problem, calls, most, window_s in (
                ("day", use.day, dials["limit_per_day"], _DAY_S),
                ("minute", use.minute, dials["limit_per_minute"], _MINUTE_S),
                ("appminute", whole.minute, dials["limit_app_per_minute"], _MINUTE_S),
            ):
                if len(calls) >= most:
                    oldest = calls[len(calls) - most] if most else now
                    return Breach(problem, self._clock.wait_s(oldest + window_s - now))
            use.in_flight += 1
            use.day.append(now)
            use.minute.append(now)
            whole.minute.append(now)
        return None

    def leave(self, app: str, tenant: str) -> None:
        """Count a call out."""
        with self._lock:
            self._uses[app, tenant].in_flight -= 1

    def remaining(self, app: str, tenant: str, dials: Mapping[str, Any]) -> dict[str, str]:
        """Return the headers that say how much is left."""
        with self._lock:
            now = self._clock.window_s()
            use, whole = self._use(app, tenant, now), self._use(app, "", now)
            return {
                "x-minlimit-remaining": str(max(0, dials["limit_per_minute"] - len(use.minute))),
                "x-daylimit-remaining": str(max(0, dials["limit_per_day"] - len(use.day))),
                "x-appminlimit-remaining": str(max(0, dials["limit_app_per_minute"] - len(whole.minute))),
            }

    def _use(self, app: str, tenant: str, now: float) -> _Use:
        use = self._uses[app, tenant]
        use.forget(now)
        return use
