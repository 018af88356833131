"""Free memory goes back to the system between the steps of linking: the C library keeps it else."""

from __future__ import annotations

import ctypes
import sys
from collections.abc import Callable
from functools import cache
from typing import Final

# Of fewer records the memory is not worth the time.
MANY: Final = 50_000
_M_TRIM_THRESHOLD, _M_MMAP_THRESHOLD, _M_ARENA_MAX = -1, -3, -8
# Bytes, and bytes a record.
_LARGE: Final = 8 << 20
_KEPT: Final = 8


def give_back(records: int) -> None:
    """Give the system what the last step has left free.

    Parameters
    ----------
    records : int
        How many are being linked; of few ones nothing is done.

    Notes
    -----
    What one thread's arena has free is of no use to another: at 100,000 clients a side that was a tenth of
    all that was held. From here on threads share one arena, and a large array goes back as soon as it is let
    go. At the end of the heap some room stays within a step: to give it back and to ask for it anew with each
    chunk of pairs took a twentieth of the processor's time at a million.
    """
    if records >= MANY:
        _of_the_c_library("mallopt")(_M_ARENA_MAX, 1)
        _of_the_c_library("mallopt")(_M_MMAP_THRESHOLD, _LARGE)
        _of_the_c_library("mallopt")(_M_TRIM_THRESHOLD, _KEPT * records)
        _of_the_c_library("malloc_trim")(0)


@cache
def _of_the_c_library(name: str) -> Callable[..., object]:
    """Give one of the C library's own functions, or one that does nothing where it has none of the name."""
    found = getattr(ctypes.CDLL(None), name, None) if sys.platform == "linux" else None
    return found or (lambda *_: None)
