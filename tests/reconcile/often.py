"""On how many drawn examples a property is tried: a few in every run, as many as one likes by command."""

from __future__ import annotations

import os

_TIMES = int(os.environ.get("WORKBENCH_OFTEN", "1"))


def often(usual: int) -> int:
    """Give how many examples are drawn where a run usually draws so many; WORKBENCH_OFTEN multiplies it."""
    return usual * _TIMES
