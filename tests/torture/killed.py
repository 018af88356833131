"""A worker that kills itself at a durable step: ``killed.py FOLDER SINCE [KIND PHASE SKIPPED [HUNG_S]]``.

It carries out a firm's requests until there are none. At the entry of a kind (after so many others of it),
just before or just after it is on the disk, the process dies as if its power had failed; or, ``stopped``,
it sleeps after it until somebody wakes it.
"""

from __future__ import annotations

import os
import signal
import sys
import time
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent))

from rig import Hurried, say_yes

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


def main(
    folder: str, since: str, kind: str = "", phase: str = "", skipped: str = "0", hung_s: str = "30"
) -> None:
    """Work until there is nothing left to do, or die."""
    firm = Firm(Path(folder), clock=Hurried(float(since)), show=say_yes)
    book = DeadlyBook(firm.book.path, firm.clock.now)
    book.kind, book.phase, book.skipped = kind, phase, int(skipped)
    firm.book = book
    worker = Worker(firm, float(hung_s))
    while firm.state().open_requests():
        with suppress(FirmBusy, Superseded), worker.on_duty():
            while worker.carry_out_next():
                pass
        time.sleep(0.05)


if __name__ == "__main__":
    main(*sys.argv[1:])
