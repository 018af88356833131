"""How far long work is, told to whoever wants to know."""

from __future__ import annotations

from collections.abc import Callable

Tell = Callable[[float], object]
"""Hears between two steps which share of the work is done (0 to 1); what it raises ends the work."""


def nobody(share: float) -> None:
    """Hear it, and do nothing."""
