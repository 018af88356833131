"""Whether what is kept beside a chain is what the chain says: folded again, step by step as it was kept.

Whoever kept a state wrote what had changed since it was last kept. Folded to the same place, the chain gives
the very rows that were written there; and what was found equal can be stood on up to the next place, so that
even of a long ledger little stands in memory.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from itertools import groupby
from operator import itemgetter
from typing import Any, Final

import sqlalchemy as sa

from workbench.domain.errors import Overtaken
from workbench.domain.frames import HISTORY
from workbench.domain.records import Event
from workbench.ledger import kept
from workbench.ledger.book import Book
from workbench.ledger.tables import SHELVED, TOLD, told
from workbench.reconcile.replay import replay
from workbench.reconcile.state import State

_BATCH: Final = 5_000
Shelved = tuple[str, str, str]
"""Shelf, key and value, as they are written."""


@contextmanager
def rechecking(book: Book) -> Iterator[Recheck]:
    """Hold the kept state as it is now, to be seen beside the chain.

    Parameters
    ----------
    book : Book
        The ledger.
    """
    columns = (SHELVED.c.seq, SHELVED.c.shelf, SHELVED.c.key, SHELVED.c.value)
    query = sa.select(*columns).order_by(SHELVED.c.id).execution_options(yield_per=_BATCH)
    with told(book.path), book.reading() as connection:
        row = kept.trusted(connection)
        rows = (tuple(row) for row in connection.execute(query)) if row else ()
        yield Recheck(book, row, rows, connection)


class Recheck:
    """Folds entries, and holds what is kept against them.

    Parameters
    ----------
    book : Book
        The ledger.
    standing : sqlalchemy.Row, optional
        The standing row; without one nothing is kept that anybody would believe.
    shelved : iterable of tuple
        What lies on the shelves, in the order in which it was kept: place, shelf, key, value.
    connection : sqlalchemy.Connection
        That sees the kept state as it was.
    """

    def __init__(
        self, book: Book, standing: Any, shelved: Iterable[tuple[Any, ...]], connection: sa.Connection
    ) -> None:
        self.differing: tuple[str, ...] = ()
        self._book, self._standing, self._connection = book, standing, connection
        self._state = State()
        self._steps = groupby(shelved, key=itemgetter(0))
        self._over = standing is None
        self._place, self._rows = self._next()

    def see(self, events: Sequence[Event]) -> None:
        """Fold the next entries of the chain, through each place at which the state was kept."""
        try:
            while events and not self._over:
                until = [event for event in events if event.seq <= self._place]
                self._state = replay(until, self._state)
                if self._state.seq == self._place:
                    self._hold()
                events = events[len(until) :]
        except Overtaken:
            self._over = True  # it was thrown away meanwhile, so nobody stands on it

    def _next(self) -> tuple[int, list[Shelved]]:
        """Give the next place at which something was kept; the last one is where the state stands."""
        if self._over:
            return 0, []
        place, rows = next(self._steps, (self._standing.seq, ()))
        if type(place) is not int or not self._state.seq < place <= self._standing.seq:
            self._end(["places"])  # out of order, or of a time to come
        return place, [row[1:] for row in rows]

    def _hold(self) -> None:
        """Hold what was kept at a place against what the chain gives there, and stand on it."""
        differing = [*self._shelves_differing()]
        if self._history_differs():
            differing.append("history")
        if self._place == self._standing.seq:
            self._end([*differing, *self._end_differing()])
        elif differing:
            self._end(differing)
        else:
            small = {name: getattr(self._state, name) for name in kept.parts()}
            place = kept.Place(self._standing.build, self._place, len(self._state.told))
            self._state = kept.resting(self._book, place, small)
            self._place, self._rows = self._next()

    def _shelves_differing(self) -> list[str]:
        given = list(kept.to_shelve(self._state))
        if given == self._rows:
            return []
        shelves = sorted({shelf for shelf, _, _ in (*given, *self._rows)})
        found = [s for s in shelves if _of(given, s) != _of(self._rows, s)]
        return found or ["places"]

    def _history_differs(self) -> bool:
        first, stop = len(self._state.told.kept), len(self._state.told)
        columns = (TOLD.c[name] for name in HISTORY)
        query = sa.select(*columns).where(TOLD.c.place.between(first, stop - 1)).order_by(TOLD.c.place)
        rows = [dict(zip(HISTORY, row, strict=True)) for row in self._connection.execute(query)]
        return rows != self._state.told.since

    def _end_differing(self) -> Iterator[str]:
        """Look at what counts once: what is in force, how much of history there is, nothing further."""
        if kept.written(self._state) != self._standing.parts:
            yield "standing"
        count = self._connection.execute(sa.select(sa.func.count()).select_from(TOLD)).scalar()
        if {count, self._standing.told} != {len(self._state.told)}:
            yield "history"
        if next(self._steps, None):
            yield "places"

    def _end(self, differing: Iterable[str]) -> None:
        self.differing, self._over = tuple(sorted(set(differing))), True


def _of(rows: Iterable[Shelved], shelf: str) -> list[Shelved]:
    return [row for row in rows if row[0] == shelf]
