"""How far long work is, told to whoever wants to know."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

Tell = Callable[[float], object]
"""Hears between two steps which share of the work is done (0 to 1); what it raises ends the work."""


class StopAsked(Exception):
    """What a hearer raises to end the work between two steps."""


def nobody(share: float) -> None:
    """Hear it, and do nothing."""


def between(tell: Tell, begins: float, ends: float) -> Tell:
    """Give what hears of a part of the work, which takes it from one share of the whole to another."""
    return lambda share: tell(begins + share * (ends - begins))


class Hearers:
    """All who wait for the same work: each hears how far it is and may end it, whoever began it."""

    def __init__(self) -> None:
        self._all: list[Tell] = []

    @contextmanager
    def hearing(self, tell: Tell) -> Iterator[None]:
        """Let somebody hear it meanwhile."""
        self._all.append(tell)
        try:
            yield
        finally:
            self._all.remove(tell)

    def tell(self, share: float) -> None:
        """Tell all of them; raises what the first raises that wants the work to end."""
        for each in tuple(self._all):
            each(share)
