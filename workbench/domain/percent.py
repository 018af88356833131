"""Shares and probabilities as a person reads them."""

from __future__ import annotations

from math import floor


def percent(share: float) -> str:
    """Say a share (0 to 1) in percent, with a tenth where there is one: never more than it is.

    What lies just under a line reads as under it, and nothing as certain that is not.
    """
    # Shares are floats: 29 % is a little less than 0.29.
    return f"{floor(1000 * share + 1e-9) / 10:g}%"
