"""Time as something that is handed in, so that waits and limits can be tested without waiting."""

from __future__ import annotations

from datetime import datetime
from typing import Protocol


class Clock(Protocol):
    """What tells the time and waits."""

    def now(self) -> datetime:
        """Give the time of day, in UTC."""

    def monotonic(self) -> float:
        """Give seconds that never go back, for measuring waits."""

    def sleep(self, seconds: float) -> None:
        """Wait."""
