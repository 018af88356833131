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
_M_MMAP_THRESHOLD: Final = -3
# Bytes.
_LARGE: Final = 8 << 20


def give_back(records: int) -> None:
    """Give the system what the last step has left free.

    Parameters
    ----------
    records : int
        How many are being linked; of few ones nothing is done.

    Notes
    -----
    Columns, arrays and texts are each kept by an allocator of their own, and what the one has free is of no
    use to the others: at 100,000 clients a side that was as much again as all that was in use. From here on
    the C library gives a large array back as soon as it is let go, too.
    """
    if records >= MANY:
        _of_the_c_library("mallopt")(_M_MMAP_THRESHOLD, _LARGE)
        pa.default_memory_pool().release_unused()
        _of_the_c_library("malloc_trim")(0)


@cache
def _of_the_c_library(name: str) -> Callable[..., object]:
    """Give one of the C library's own functions, or one that does nothing where it has none of the name."""
    found = getattr(ctypes.CDLL(None), name, None) if sys.platform == "linux" else None
    return found or (lambda *_: None)
