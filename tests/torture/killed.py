"""A worker in a process of its own that kills itself at a durable step.

It carries out a firm's requests until there are none. At the entry of a kind (after so many others of it),
just before or just after it is on the disk, the process dies as if its power had failed; or, ``stopped``,
it sleeps after it until somebody wakes it. Workers are forked from one server, which has read all code.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import time
from collections.abc import Sequence
from contextlib import suppress
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from rig import Hurried, Rig, say_yes

from workbench.domain.errors import FirmBusy
from workbench.domain.records import Entry
from workbench.flow.firm import Firm
from workbench.flow.worker import Superseded, Worker
from workbench.ledger.book import Book


class DeadlyBook(Book):
    """A ledger that is the end of whoever writes a certain entry."""

    kind, phase, skipped = "", "", 0

    def append(self, entries: Sequence[Entry], by: str, **further: Any) -> list[int]:
        """Write entries; die before or after."""
        deadly = any(entry.kind == self.kind for entry in entries)
        self.skipped -= deadly
        deadly = deadly and self.skipped < 0
        if deadly and self.phase == "before":
            os.kill(os.getpid(), signal.SIGKILL)
        seqs = super().append(entries, by, **further)
        if deadly:
            os.kill(os.getpid(), signal.SIGSTOP if self.phase == "stopped" else signal.SIGKILL)
        return seqs


FORKS = multiprocessing.get_context("forkserver")
FORKS.set_forkserver_preload(["workbench.flow.worker", "workbench.desk"])


def worker(rig: Rig, kind: str = "", phase: str = "", skipped: int = 0, hung_s: float = 30.0) -> BaseProcess:
    """Start a worker process, which works until it has nothing to do or dies."""
    process = FORKS.Process(target=_main, args=(rig.folder, rig.clock.since, kind, phase, skipped, hung_s))
    process.start()
    return process


def ended(process: BaseProcess, within_s: float = 600.0) -> int:
    """Wait for a worker process, and give how it ended."""
    process.join(within_s)
    assert process.exitcode is not None, "the worker still works"
    return process.exitcode


def _main(folder: Path, since: float, kind: str, phase: str, skipped: int, hung_s: float) -> None:
    """Work until there is nothing left to do, or die."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), 2)
    # As in the tests' own process: whoever is killed leaves the same, whether or not the disk was waited for.
    sa.event.listen(sa.pool.Pool, "checkout", lambda book, *_: book.execute("PRAGMA synchronous=OFF"))
    firm = Firm(folder, clock=Hurried(since), show=say_yes)
    book = DeadlyBook(firm.book.path, firm.clock.now)
    book.kind, book.phase, book.skipped = kind, phase, skipped
    firm.book = book
    worker = Worker(firm, hung_s)
    while firm.state().open_requests():
        with suppress(FirmBusy, Superseded), worker.on_duty():
            while worker.carry_out_next():
                pass
        time.sleep(0.05)
