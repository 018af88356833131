"""Checking a whole ledger in one passage: the chain, and beside it every personal value that is kept.

A value counts only where an entry holds its digest, and one that is gone only where a purge says so: the
entries seal how many values there were, and each purge how many it took.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, Final

import sqlalchemy as sa
from pydantic_core import from_json

from workbench.ledger import chain
from workbench.ledger.chain import ODD, Head, Verification
from workbench.ledger.tables import ENTRIES, VALUES

Known = Mapping[str, str | None]
"""A personal value's digest to the value."""

_BATCH: Final = 5_000
_SALT: Final = sa.type_coerce(VALUES.c.salt, sa.types.NullType)  # as it is there, were it no bytes either
_VALUES: Final = sa.select(VALUES.c.seq, VALUES.c.digest, VALUES.c.subject, _SALT, VALUES.c.value)


class Check:
    """Goes along a ledger from its first entry; asked again, it goes on where it stopped.

    Parameters
    ----------
    expected : Head, optional
        A head noted earlier, through which the chain must pass.
    """

    def __init__(self, expected: Head | None = None) -> None:
        self._walk = chain.Walk(expected)
        self._fault: str | None = None
        self._sealed = 0
        self._purged = 0

    def batches(self, connection: sa.Connection) -> Iterator[tuple[list[dict[str, Any]], Known]]:
        """Give the next entries that hold, some thousands at a time, with their values by digest."""
        self._fault = self._moved(connection)
        while self._fault is None and (rows := _rows(connection, self._walk.head.seq)):
            entries = list(self._walk.entries(rows))
            known = self._opened(connection, entries) if entries else {}
            self._fault = self._fault or self._walk.fault
            with self.understood(entries):
                self._count(entries)
            if self._fault is None:
                yield entries, known

    def told(self, connection: sa.Connection) -> Verification:
        """Say what was found, once all batches were taken."""
        found = self._walk.told()
        fault = self._fault or found.fault or self._miscounted(connection)
        return Verification(fault is None, found.count, found.head, fault)

    @contextmanager
    def understood(self, entries: Sequence[Mapping[str, Any]]) -> Iterator[None]:
        """Note it as a fault if entries follow from one another and yet say nothing that can be followed."""
        try:
            yield
        except ODD:
            places = f"{entries[0]['seq']:,} to {entries[-1]['seq']:,}"
            self._fault = f"One of the entries {places} says something that Workbench never wrote."

    def _moved(self, connection: sa.Connection) -> str | None:
        """See whether the entry at which it stopped is still the one that it was."""
        head = self._walk.head
        found = connection.execute(sa.select(ENTRIES.c.hash).where(ENTRIES.c.seq == head.seq)).scalar()
        same = not head.seq or found == head.hash
        return None if same else f"Entry {head.seq} is not the one that it was a while ago."

    def _opened(self, connection: sa.Connection, entries: Sequence[Mapping[str, Any]]) -> Known:
        """Hold the values of some entries against these, and give them by their digests."""
        known: dict[str, str | None] = {}
        first = entries[0]["seq"]
        within = VALUES.c.seq.between(first, entries[-1]["seq"])
        for seq, digest, subject, salt, text in connection.execute(_VALUES.where(within)).all():
            try:
                entry = entries[seq - first]
                if chain.digest(salt, text.encode()) == digest:
                    name, known[digest] = from_json(text)
                    if entry["private"].get(name) == digest and entry["subject"] == subject:
                        continue
            except ODD:
                pass  # a salt that is no bytes, a text that is none, a place that is no number
            self._fault = f"A personal value of entry {seq} was altered or put in another's place."
        return known

    def _count(self, entries: Iterable[Mapping[str, Any]]) -> None:
        for entry in entries:
            self._sealed += len(entry["private"])
            if entry["kind"] == "purged":
                self._purged += entry["body"]["values"]

    def _miscounted(self, connection: sa.Connection) -> str | None:
        count = sa.select(sa.func.count()).select_from(VALUES)
        held = VALUES.c.seq.between(1, self._walk.head.seq)
        kept, opened = (connection.execute(each).scalar_one() for each in (count, count.where(held)))
        missing = self._sealed - self._purged - opened
        if missing > 0:
            return f"{missing:,} personal values are gone that no purge took."
        over = kept - opened - missing
        return f"{over:,} personal values are kept that no entry holds." if over else None


def _rows(connection: sa.Connection, after: int) -> list[Any]:
    """Give the next rows, each as a `Row` is."""
    columns = (ENTRIES.c.seq, ENTRIES.c.entry, ENTRIES.c.hash, ENTRIES.c.kind)
    query = sa.select(*columns).where(ENTRIES.c.seq > after).order_by(ENTRIES.c.seq).limit(_BATCH)
    return [*connection.execute(query).all()]
