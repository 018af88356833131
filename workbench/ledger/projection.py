"""What a firm's ledger adds up to, kept up to date beside it and folded again from the chain on any doubt.

A ledger of a million entries is not folded anew whenever somebody opens the firm. Every few thousand
entries the state is kept in three tables of the ledger's own file (`workbench.ledger.kept`). Whoever opens
the firm reads the standing row and folds what came since; the rest is read when it is asked for. Nothing of
it is proof: it is thrown away where the hash or the code is another one, whenever personal values were
deleted, and where verifying finds that it says something else than the chain.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from typing import Any, Final

from workbench.domain.collecting import uncollected
from workbench.domain.errors import StorageFailed
from workbench.ledger import kept
from workbench.ledger.book import Book
from workbench.ledger.chain import Head, Verification
from workbench.ledger.rechecking import rechecking
from workbench.ledger.tables import told
from workbench.ledger.verifying import Check
from workbench.reconcile.replay import replay
from workbench.reconcile.state import State

EVERY: Final = 2_000
"""After so many entries the state is kept anew."""
_SELDOM: Final = 25  # while much is folded at once it is kept this much more seldom
_BATCH: Final = 5_000


class Projection:
    """One firm's state, as of now.

    Parameters
    ----------
    book : Book
        The firm's ledger.
    every : int
        After so many entries the state is kept anew.
    """

    def __init__(self, book: Book, every: int = EVERY) -> None:
        self._book = book
        self._every = every
        self._state = State()
        self._kept = 0
        self._build = ""  # on which kept state ours stands; none yet
        self._began = -1  # where the ledger stood when our values were first read; below 0: nothing is read
        self._check: Check | None = None  # how far the ledger was verified
        self._alone = threading.RLock()

    @property
    def began(self) -> int:
        """Where the ledger stood when its values were first read: another place once some were deleted."""
        return self._began

    def state(self, tell: Callable[[int], object] = lambda seq: None) -> State:
        """Give what the whole ledger adds up to.

        Parameters
        ----------
        tell : callable, optional
            Called now and then with the sequence number that was reached.
        """
        with self._alone:
            if self._began < 0:
                self._begin()
            while events := self._book.events(self._state.seq, limit=_BATCH):
                if any(event.kind == "purged" and event.seq > self._began for event in events):
                    self._begin()  # we may hold values that were deleted meanwhile
                    continue
                self._state = replay(events, self._state)
                waits = len(events) == _BATCH
                if self._state.seq - self._kept >= self._every * (_SELDOM if waits else 1):
                    self._keep()
                tell(self._state.seq)
                if not waits and self._state.seq == events[-1].seq:
                    break  # that was the end: a push asks so often that a second look would be felt
            return self._state

    def verify(self, expected: Head | None = None) -> Verification:
        """Check the whole ledger, and what is kept of it; the latter is made again where it differs.

        Parameters
        ----------
        expected : Head, optional
            A head noted earlier; the chain must pass through it.
        """
        with self._alone, uncollected():
            check = Check(expected)
            with rechecking(self._book) as recheck:
                found = self._book.checked(check, recheck.see)
            if found.ok and recheck.differing:
                found = replace(found, ok=False, fault=_fault(recheck.differing), differing=recheck.differing)
                self.rebuild()
            self._check = check if found.ok else None
            return found

    def verified(self) -> Verification:
        """Check as `verify` does, from where it ended last in this process."""
        with self._alone:
            return self._book.checked(self._check) if self._check else self.verify()

    def rebuild(self, tell: Callable[[int], object] = lambda seq: None) -> State:
        """Throw away what was kept and fold the whole chain again."""
        with self._alone, uncollected():
            self._forget()
            self._began = -1
            return self.state(tell)

    def _forget(self) -> None:
        with told(self._book.path), self._book.writing() as connection:
            kept.forget(connection)

    def _begin(self) -> None:
        self._began = self._book.head().seq
        with told(self._book.path), self._book.reading() as connection:
            row = kept.trusted(connection)
        try:
            parts = kept.read(row.parts) if row else {}
        except ValueError:  # somebody has altered it
            self._forget()
            row = None
        if row is None:
            self._state, self._build, self._kept = State(), "", 0
        else:
            self._stand_on(row, parts)

    def _stand_on(self, row: Any, parts: Mapping[str, Any]) -> None:
        self._state = kept.resting(self._book, row, parts)
        self._build, self._kept = row.build, row.seq

    def _keep(self) -> None:
        """Keep the state, and stand on what was kept: what is on the disk need not stay in memory."""
        try:
            with told(self._book.path), self._book.writing() as connection:
                row = kept.trusted(connection)
                if kept.purged_since(connection, self._began):
                    return  # the entry that says so is read next
                if ((row.build, row.seq) if row else ("", 0)) == (self._build, self._kept):
                    row = kept.write(connection, self._state, self._build)
        except StorageFailed:
            return  # a full disk: nothing is lost, the firm only opens more slowly
        if row is None:
            self._began = -1
            self._begin()
        elif row.seq == self._state.seq:
            self._stand_on(row, {name: getattr(self._state, name) for name in kept.parts()})
        else:  # another process has kept it: stand on that, and fold what is left
            self._stand_on(row, kept.read(row.parts))


def _fault(differing: Iterable[str]) -> str:
    what = ", ".join(differing)
    return f"What is kept beside the chain said something else than it ({what}). It was made again."
