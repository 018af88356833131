"""How long the rest takes, by how fast a person has decided so far."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable
from statistics import median
from typing import Final

USUAL_S: Final = 15.0
"""What an act takes until a person has shown otherwise."""
_ENOUGH: Final = 5
_REMEMBERED: Final = 20
_BREAK_S: Final = 120.0


class Pace:
    """A person's own pace at one page.

    Parameters
    ----------
    clock : callable, optional
        Gives seconds that never run backwards.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._last: float | None = None
        self._gaps: deque[float] = deque(maxlen=_REMEMBERED)

    def acted(self) -> None:
        """Take in that a decision was made now; after a break the count starts anew."""
        now = self._clock()
        if self._last is not None and now - self._last < _BREAK_S:
            self._gaps.append(now - self._last)
        self._last = now

    def left_s(self, acts: int) -> float:
        """Say how long so many more acts take, in seconds."""
        return acts * (median(self._gaps) if len(self._gaps) >= _ENOUGH else USUAL_S)
