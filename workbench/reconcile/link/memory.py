"""Free memory goes back to the system between the steps of linking: each allocator keeps its own else."""

from __future__ import annotations

import ctypes
import sys
from collections.abc import Callable
from functools import cache
from typing import Final

import pyarrow as pa

# Of fewer records the memory is not worth the time.
MANY: Final = 50_000


def give_back(records: int) -> None:
    """Give the system what the last step has left free.

    Parameters
    ----------
    records : int
        How many are being linked; of few ones nothing is done.

    Notes
    -----
    Columns, arrays and texts are each kept by an allocator of their own, and what the one has free is of no
    use to the others: at 100,000 clients a side that was as much again as all that was in use.
    """
    if records >= MANY:
        pa.default_memory_pool().release_unused()
        _trim()(0)


@cache
def _trim() -> Callable[[int], object]:
    """Give the C library's own function, where it has one."""
    found = getattr(ctypes.CDLL(None), "malloc_trim", None) if sys.platform == "linux" else None
    return found or (lambda _: None)
