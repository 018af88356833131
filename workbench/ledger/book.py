"""The book: one firm's append-only ledger in a database file that many processes may share.

Appends take one short ``BEGIN IMMEDIATE`` transaction in WAL mode, with a connection per call, so that
kernels, notebooks and the worker write one after the other and none waits long. The tables stand in
`workbench.ledger.tables`.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Final, TypeVar

import sqlalchemy as sa
from pydantic_core import from_json

from workbench.domain.errors import BadInput, Overtaken, StorageFailed
from workbench.domain.records import Entry, Event, canonical
from workbench.ledger import chain
from workbench.ledger.chain import Head, Opening, Row, Verification
from workbench.ledger.tables import (
    BEATS,
    ENTRIES,
    FILTERS,
    PROGRESS,
    SCHEMA,
    SHELVED,
    STANDING,
    TOLD,
    VALUES,
    as_written,
    engine,
    make_private,
    told,
)
from workbench.ledger.verifying import Check

T = TypeVar("T", int, str)
_MANY: Final = 500  # bound parameters in one statement; SQLite's older limit is 999
_BATCH: Final = 5_000


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a piece of asked-for work is.

    Parameters
    ----------
    done, total : int
        Steps; a total of 0 is unknown.
    message : str
        What is being done.
    left_s : float, optional
        Time left, in seconds.
    at : str
        When this was told (ISO 8601, UTC).
    """

    done: int
    total: int
    message: str
    left_s: float | None
    at: str


@dataclass(frozen=True, slots=True)
class Beat:
    """A worker's last sign of life.

    Parameters
    ----------
    worker_id : str
        Which worker.
    at : str
        When (ISO 8601, UTC).
    """

    worker_id: str
    at: str


class Book:
    """One firm's ledger.

    Parameters
    ----------
    path : Path
        The database file.
    now : callable
        Tells the time (UTC, with its zone).
    create : bool
        Whether a missing file is made, readable by its owner only.

    Raises
    ------
    StorageFailed
        If the file is missing (and not to be made), damaged, or cannot be written.
    """

    def __init__(self, path: Path, now: Callable[[], datetime], *, create: bool = True) -> None:
        self.path = Path(path)
        self._now = now
        if not create and not self.path.exists():
            raise StorageFailed(f"There is no ledger at {self.path}.", "Check the firm's folder.")
        with told(self.path):
            if create:
                make_private(self.path)
            self._engine = engine(self.path)
            with self.writing() as connection:
                SCHEMA.create_all(connection)
                known = {column["name"] for column in sa.inspect(connection).get_columns(VALUES.name)}
        if not {column.name for column in VALUES.columns} <= known:
            raise StorageFailed(
                f"The ledger {self.path} was written by a trial version of Workbench, in another form.",
                "Open it with that version, or begin anew in another folder.",
            )

    def append(self, entries: Sequence[Entry], by: str, *, after: int | None = None) -> list[int]:
        """Write entries at the end of the chain, all or none, in one transaction.

        Parameters
        ----------
        entries : sequence of Entry
            In the order in which they happened.
        by : str
            Who did it.
        after : int, optional
            The last entry that was known when this was decided; for what only holds if nothing came between.

        Returns
        -------
        list of int
            Their sequence numbers; when they are returned the entries are on the disk.

        Raises
        ------
        BadInput
            If an entry is not plain JSON.
        Overtaken
            If something was written after `after`; then none was kept.
        StorageFailed
            If they could not be kept; then none was.
        """
        with told(self.path), self.writing() as connection:
            head = _head(connection)
            if after is not None and head.seq != after:
                raise Overtaken("Somebody else wrote into the ledger first.", "Look again and decide.")
            private = [_salted(entry) for entry in entries]
            rows = _chained(entries, private, head, self._stamp(), by)
            values = _kept(entries, private, head.seq + 1)
            for table, new in ((ENTRIES, rows), (VALUES, values)):
                if new:
                    connection.execute(table.insert(), new)
        return [row["seq"] for row in rows]

    def events(
        self, after: int = 0, kinds: Collection[str] | None = None, limit: int | None = None
    ) -> list[Event]:
        """Read entries back, with their personal values; a purged value is absent.

        Parameters
        ----------
        after : int
            Only entries after this sequence number.
        kinds : collection of str, optional
            Only entries of these kinds.
        limit : int, optional
            At most so many, the earliest.
        """
        query = sa.select(ENTRIES.c.entry).where(ENTRIES.c.seq > after).order_by(ENTRIES.c.seq)
        if kinds is not None:
            query = query.where(ENTRIES.c.kind.in_(sorted(kinds)))
        if limit is not None:
            query = query.limit(limit)
        with told(self.path), as_written(self.path), self.reading() as connection:
            entries = [from_json(text) for text in connection.execute(query).scalars()]
            known = _resolve(connection, entries)
            return [_event(entry, known) for entry in entries]

    def batches(self, after: int = 0, kinds: Collection[str] | None = None) -> Iterator[list[Event]]:
        """Read entries back some thousands at a time, so that a long ledger never stands in memory whole."""
        while events := self.events(after, kinds, _BATCH):
            yield events
            after = events[-1].seq

    def at(self, places: Collection[int]) -> list[Event]:
        """Read the entries at these places back, in their order."""
        texts: list[str] = []
        with told(self.path), as_written(self.path), self.reading() as connection:
            for some in _in_parts(places):
                query = sa.select(ENTRIES.c.entry).where(ENTRIES.c.seq.in_(some)).order_by(ENTRIES.c.seq)
                texts += connection.execute(query).scalars()
            entries = [from_json(text) for text in texts]
            known = _resolve(connection, entries)
            return [_event(entry, known) for entry in entries]

    def among(self, places: Collection[int], kinds: Collection[str]) -> set[int]:
        """Give those of these sequence numbers whose entries are of these kinds."""
        found: set[int] = set()
        with told(self.path), self.reading() as connection:
            for some in _in_parts(places):
                query = sa.select(ENTRIES.c.seq).where(ENTRIES.c.seq.in_(some))
                found.update(connection.execute(query.where(ENTRIES.c.kind.in_(sorted(kinds)))).scalars())
        return found

    def segment(self, first: int, last: int) -> tuple[Head, list[Row]]:
        """Give the chain from one place through another, and the head that it follows."""
        columns = (ENTRIES.c.seq, ENTRIES.c.entry, ENTRIES.c.hash)
        query = sa.select(*columns).where(ENTRIES.c.seq.between(first - 1, last)).order_by(ENTRIES.c.seq)
        with told(self.path), self.reading() as connection:
            rows = [Row(*row) for row in connection.execute(query)]
        if first <= 1:
            return Head(0, chain.GENESIS), rows
        return Head(rows[0].seq, rows[0].hash), rows[1:]

    def openings(self, places: Collection[int]) -> list[Opening]:
        """Give what opens the personal values of these entries, as far as they are kept."""
        found: list[Opening] = []
        with told(self.path), as_written(self.path), self.reading() as connection:
            for some in _in_parts(places):
                query = sa.select(VALUES.c.seq, VALUES.c.salt, VALUES.c.value)
                ordered = query.where(VALUES.c.seq.in_(some)).order_by(VALUES.c.seq, VALUES.c.value)
                found += [Opening(*row) for row in connection.execute(ordered)]
        return found

    def values_of(self, subjects: Collection[str]) -> set[str]:
        """Give every personal value that is kept of these subjects, blanks aside."""
        found: set[str] = set()
        with told(self.path), as_written(self.path), self.reading() as connection:
            for some in _in_parts(subjects):
                query = sa.select(VALUES.c.value).where(VALUES.c.subject.in_(some))
                found.update(from_json(text)[1] or "" for text in connection.execute(query).scalars())
        return found - {""}

    def head(self) -> Head:
        """Give the end of the chain; quick, whatever the ledger's size."""
        with told(self.path), self.reading() as connection:
            return _head(connection)

    def verify(self, expected: Head | None = None) -> Verification:
        """Check the whole chain, and every personal value that is still kept against its digest.

        Parameters
        ----------
        expected : Head, optional
            A head noted earlier (in a report, by another person): finds an end that was cut off.
        """
        return self.checked(Check(expected))

    def checked(self, check: Check, witness: Callable[[list[Event]], object] | None = None) -> Verification:
        """Check the ledger from where a check stopped last.

        Parameters
        ----------
        check : Check
            A fresh one begins with the first entry.
        witness : callable, optional
            Called with the entries that hold, in order, some thousands at a time.
        """
        with told(self.path), self.reading() as connection:
            for entries, known in check.batches(connection):
                if witness:
                    with check.understood(entries):
                        witness([_event(entry, known) for entry in entries])
            return check.told(connection)

    def purge(
        self,
        by: str,
        subjects: Collection[str] = (),
        *,
        single: Collection[Opening] = (),
        before: int = 0,
        sparing: Collection[int] = (),
        besides: Mapping[str, Any] | None = None,
    ) -> int:
        """Delete personal values for good, and note that this was done.

        Parameters
        ----------
        by : str
            Who asked for it.
        subjects : collection of str
            Whose values go, all of them (as in `Entry`).
        single : collection of Opening
            Single values of other subjects that go, too.
        before : int
            Of everybody the values of entries before this sequence number go.
        sparing : collection of int
            Save those of these entries.
        besides : mapping, optional
            What else the note is to say.

        Returns
        -------
        int
            How many values were deleted. The chain still verifies: it holds their salted digests, which
            without the salt say nothing.
        """
        spared = frozenset(sparing)
        with told(self.path), self.writing() as connection:
            gone = 0
            for some in _in_parts(subjects):
                gone += connection.execute(VALUES.delete().where(VALUES.c.subject.in_(some))).rowcount
            for value in single:
                one = sa.and_(VALUES.c.seq == value.seq, VALUES.c.salt == value.salt)
                gone += connection.execute(VALUES.delete().where(one)).rowcount
            old = sa.select(VALUES.c.seq).distinct().where(VALUES.c.seq < before)
            for some in _in_parts([n for n in connection.execute(old).scalars() if n not in spared]):
                gone += connection.execute(VALUES.delete().where(VALUES.c.seq.in_(some))).rowcount
            if not gone and not subjects:
                return 0  # nothing was old enough
            for made in (STANDING, SHELVED, TOLD):  # they hold copies of values, and are made again
                connection.execute(made.delete())
            note = Entry("purged", {"subjects": sorted(subjects), "values": gone, **(besides or {})})
            rows = _chained([note], [()], _head(connection), self._stamp(), by)
            connection.execute(ENTRIES.insert(), rows)
        with told(self.path), self._engine.connect() as connection:
            # What was deleted must not live on in the write-ahead log.
            connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
        return int(gone)

    def set_progress(
        self, request_id: str, done: int, total: int, message: str, left_s: float | None = None
    ) -> None:
        """Tell how far a piece of work is; replaces what was told before."""
        row = {"request_id": request_id, "done": done, "total": total, "message": message, "left_s": left_s}
        self._replace(PROGRESS, PROGRESS.c.request_id == request_id, {**row, "at": self._stamp()})

    def progress(self) -> dict[str, Progress]:
        """Give the last told progress of every piece of work, by request id."""
        with told(self.path), self.reading() as connection:
            rows = connection.execute(sa.select(PROGRESS)).all()
        return {r.request_id: Progress(r.done, r.total, r.message, r.left_s, r.at) for r in rows}

    def beat(self, worker_id: str) -> None:
        """Give a worker's sign of life."""
        row = {"worker_id": worker_id, "at": self._stamp()}
        self._replace(BEATS, BEATS.c.worker_id == worker_id, row)

    def rest(self, worker_id: str) -> None:
        """Take a worker's sign of life away: it went off duty in good order."""
        with told(self.path), self.writing() as connection:
            connection.execute(BEATS.delete().where(BEATS.c.worker_id == worker_id))

    def last_beat(self) -> Beat | None:
        """Give the latest sign of life of any worker."""
        query = sa.select(BEATS).order_by(BEATS.c.at.desc()).limit(1)
        with told(self.path), self.reading() as connection:
            row = connection.execute(query).first()
        return Beat(row.worker_id, row.at) if row else None

    def saved_filters(self, person: str, screen: str) -> dict[str, dict[str, str]]:
        """Give the filters that a person saved on a screen, by their names in order."""
        mine = sa.and_(FILTERS.c.person == person, FILTERS.c.screen == screen)
        with told(self.path), self.reading() as connection:
            rows = connection.execute(sa.select(FILTERS).where(mine).order_by(FILTERS.c.name)).all()
        return {row.name: from_json(row.filters) for row in rows}

    def save_filter(self, person: str, screen: str, name: str, filters: Mapping[str, str]) -> None:
        """Keep a person's filters under a name; replaces those of the same name."""
        row = {"person": person, "screen": screen, "name": name}
        self._replace(FILTERS, _is(row), {**row, "filters": canonical(dict(filters)).decode()})

    def forget_filter(self, person: str, screen: str, name: str) -> None:
        """Keep them no longer."""
        with told(self.path), self.writing() as connection:
            connection.execute(
                FILTERS.delete().where(_is({"person": person, "screen": screen, "name": name}))
            )

    def _stamp(self) -> str:
        return self._now().isoformat(timespec="milliseconds")

    def _replace(self, table: sa.Table, where: sa.ColumnElement[bool], row: Mapping[str, Any]) -> None:
        with told(self.path), self.writing() as connection:
            connection.execute(table.delete().where(where))
            connection.execute(table.insert(), [dict(row)])

    @contextmanager
    def writing(self) -> Iterator[sa.Connection]:
        """Hold the one place for a writer: all that is done within is kept, or nothing is."""
        with self._engine.execution_options(begin="BEGIN IMMEDIATE").begin() as connection:
            yield connection

    @contextmanager
    def reading(self) -> Iterator[sa.Connection]:
        """See the file as it is now, whatever is written meanwhile."""
        with self._engine.begin() as connection:
            yield connection


def _head(connection: sa.Connection) -> Head:
    query = sa.select(ENTRIES.c.seq, ENTRIES.c.hash).order_by(ENTRIES.c.seq.desc()).limit(1)
    row = connection.execute(query).first()
    return Head(row.seq, row.hash) if row else Head(0, chain.GENESIS)


def _chained(
    entries: Iterable[Entry], private: Iterable[Sequence[_Value]], head: Head, at: str, by: str
) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = []
    for seq, (entry, values) in enumerate(zip(entries, private, strict=True), start=head.seq + 1):
        try:
            text = chain.entry_text(
                seq=seq,
                at=at,
                by=by,
                kind=entry.kind,
                subject=entry.subject,
                body=entry.body,
                private={value.name: value.digest for value in values},
            )
        except (TypeError, ValueError):
            raise BadInput(f"A ledger entry of kind “{entry.kind}” is not plain JSON.") from None
        head = Head(seq, chain.next_hash(head.hash, text))
        rows.append({"seq": seq, "kind": entry.kind, "entry": text, "hash": head.hash})
    return rows


@dataclass(frozen=True, slots=True)
class _Value:
    """A personal value as it is kept."""

    name: str
    text: str
    salt: bytes
    digest: str


def _salted(entry: Entry) -> list[_Value]:
    """Give an entry's personal values, each under a fresh salt of its own."""
    values = []
    for name, value in entry.private.items():
        salt = secrets.token_bytes(16)
        try:
            text = canonical([name, value])
        except (TypeError, ValueError):
            raise BadInput(f"A private value of a “{entry.kind}” entry is not text.") from None
        values.append(_Value(name, text.decode(), salt, chain.digest(salt, text)))
    return values


def _kept(entries: Sequence[Entry], private: Sequence[Sequence[_Value]], first: int) -> list[dict[str, Any]]:
    return [
        {"digest": each.digest, "seq": seq, "subject": entry.subject, "salt": each.salt, "value": each.text}
        for seq, (entry, values) in enumerate(zip(entries, private, strict=True), start=first)
        for each in values
    ]


def _resolve(connection: sa.Connection, entries: Sequence[Mapping[str, Any]]) -> dict[str, str | None]:
    """Give the kept values of these entries by their digests; a digest without one is absent."""
    known: dict[str, str | None] = {}
    for some in _in_parts([entry["seq"] for entry in entries if entry["private"]]):
        rows = connection.execute(sa.select(VALUES.c.digest, VALUES.c.value).where(VALUES.c.seq.in_(some)))
        known.update({row.digest: from_json(row.value)[1] for row in rows})
    return known


def _in_parts(keys: Collection[T]) -> Iterator[list[T]]:
    ordered = sorted(keys)
    for start in range(0, len(ordered), _MANY):
        yield ordered[start : start + _MANY]


def _event(entry: Mapping[str, Any], known: Mapping[str, str | None]) -> Event:
    sealed = entry["private"]
    private = {name: known[digest] for name, digest in sealed.items() if digest in known} if sealed else {}
    return Event(
        entry["seq"], entry["at"], entry["by"], entry["kind"], entry["body"], private, entry["subject"]
    )


def _is(row: Mapping[str, str]) -> sa.ColumnElement[bool]:
    """Choose the saved filters of this person, screen and name."""
    return sa.and_(*(FILTERS.c[name] == value for name, value in row.items()))
