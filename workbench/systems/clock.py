"""The real clock, and long waits by any."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Final

from workbench.domain.clock import Clock

SLICE_S: Final = 1.0
"""So often a long wait asks whether somebody wants it to end."""


class RealClock:
    """The machine's own time."""

    def now(self) -> datetime:
        """Give the time of day, in UTC."""
        return datetime.now(UTC)

    def monotonic(self) -> float:
        """Give seconds that never go back."""
        return time.monotonic()

    def sleep(self, seconds: float) -> None:
        """Wait."""
        time.sleep(max(0.0, seconds))


def wait_until(clock: Clock, until: datetime, waiting: Callable[[], None]) -> None:
    """Wait in slices of at most `SLICE_S`; before each, `waiting` is called, which may raise to end it."""
    while (left_s := (until - clock.now()).total_seconds()) > 0:
        waiting()
        clock.sleep(min(left_s, SLICE_S))
