"""Two threads where there is work for two; of little work, taking turns costs more than it brings."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from typing import Any, Final

# Rows from which on two threads are quicker than one.
MANY: Final = 20_000


def workers(rows: int, threads: int = 2) -> Executor:
    """Give what works at tasks side by side, or one after the other at once where rows are few.

    Parameters
    ----------
    rows : int
        How many records, pairs or cells the tasks are about.
    threads : int
        How many tasks to work at side by side.
    """
    return ThreadPoolExecutor(max_workers=threads) if rows >= MANY else _AtOnce()


class _AtOnce(Executor):
    """Does each task when it is handed over; what a task raises is raised there."""

    def submit(self, task: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        done: Future[Any] = Future()
        done.set_result(task(*args, **kwargs))
        return done
