"""When Python looks for objects that hold one another and nobody else: never while a person waits."""

from __future__ import annotations

import gc
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

_DUE: Final = 20_000  # so many new objects are worth a look
_GROWN: Final = 1.5  # what lasts is gone through again once there is so many times as much of it
_made = _lasting = 0


@contextmanager
def uncollected() -> Iterator[None]:
    """Look for none meanwhile: where a whole firm is in memory, one look takes as long as ten acts."""
    global _made
    was = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        _made += gc.get_count()[0]
        if was:
            gc.enable()


def tidy(*, now: bool = False) -> None:
    """Look for them where much was made, and pass over from then on what is still held.

    Parameters
    ----------
    now : bool
        Whether to look even where little was made.
    """
    global _made, _lasting
    if _made < _DUE and not now:
        return
    thorough = gc.get_freeze_count() >= _GROWN * _lasting
    if thorough:
        gc.unfreeze()
    gc.collect()
    gc.freeze()
    if arrow := sys.modules.get("pyarrow"):  # not loaded for this alone
        arrow.default_memory_pool().release_unused()  # where whole columns were worked out
    _made = 0
    if thorough:
        _lasting = gc.get_freeze_count()
