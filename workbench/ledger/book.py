"""The book: one firm's append-only ledger in a database file that many processes may share.

Appends take one short ``BEGIN IMMEDIATE`` transaction in WAL mode, with a connection per call, so that
kernels, notebooks and the worker write one after the other and none waits long. Tables and statements are
portable SQL; what only SQLite knows stands in `_engine`.

Four tables: ``entries`` is the chain; ``private_values`` holds personal values by their digest and ``salts``
one salt per subject, so that both can be deleted while the chain still verifies; ``progress`` and ``beats``
are passing news that nobody needs to prove.
"""

from __future__ import annotations

import json
import os
import secrets
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy import exc

from workbench.domain.errors import BadInput, Overtaken, StorageFailed
from workbench.domain.records import Entry, Event, canonical
from workbench.ledger import chain
from workbench.ledger.chain import Head, Row, Verification

BUSY_TIMEOUT_S: Final = 30
_MANY: Final = 500  # bound parameters in one statement; SQLite's older limit is 999

_schema = sa.MetaData()
_entries = sa.Table(
    "entries",
    _schema,
    sa.Column("seq", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("kind", sa.String(40), nullable=False, index=True),
    sa.Column("entry", sa.Text, nullable=False),
    sa.Column("hash", sa.String(64), nullable=False),
)
_values = sa.Table(
    "private_values",
    _schema,
    sa.Column("digest", sa.String(64), primary_key=True),
    sa.Column("subject", sa.Text, nullable=False, index=True),
    sa.Column("value", sa.Text, nullable=False),  # canonical JSON: null, and text of any characters
)
_salts = sa.Table(
    "salts",
    _schema,
    sa.Column("subject", sa.Text, primary_key=True),
    sa.Column("salt", sa.LargeBinary(16), nullable=False),
)
_progress = sa.Table(
    "progress",
    _schema,
    sa.Column("request_id", sa.String(64), primary_key=True),
    sa.Column("done", sa.Integer, nullable=False),
    sa.Column("total", sa.Integer, nullable=False),
    sa.Column("message", sa.Text, nullable=False),
    sa.Column("left_s", sa.Float),
    sa.Column("at", sa.String(40), nullable=False),
)
_beats = sa.Table(
    "beats",
    _schema,
    sa.Column("worker_id", sa.Text, primary_key=True),
    sa.Column("at", sa.String(40), nullable=False),
)


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
        with _told(self.path):
            if create:
                _make_private(self.path)
            self._engine = _engine(self.path)
            with self._writing() as connection:
                _schema.create_all(connection)

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
        with _told(self.path), self._writing() as connection:
            head = _head(connection)
            if after is not None and head.seq != after:
                raise Overtaken("Somebody else wrote into the ledger first.", "Look again and decide.")
            digests = _keep_private(connection, entries)
            rows = _chained(entries, digests, head, self._stamp(), by)
            if rows:
                connection.execute(_entries.insert(), rows)
        return [row["seq"] for row in rows]

    def events(self, after: int = 0, kinds: Collection[str] | None = None) -> list[Event]:
        """Read entries back, with their personal values; a purged value is absent.

        Parameters
        ----------
        after : int
            Only entries after this sequence number.
        kinds : collection of str, optional
            Only entries of these kinds.
        """
        query = sa.select(_entries.c.entry).where(_entries.c.seq > after).order_by(_entries.c.seq)
        if kinds is not None:
            query = query.where(_entries.c.kind.in_(sorted(kinds)))
        with _told(self.path), self._reading() as connection:
            entries = [json.loads(text) for text in connection.execute(query).scalars()]
            known = _resolve(connection, {d for entry in entries for d in entry["private"].values()})
        return [_event(entry, known) for entry in entries]

    def head(self) -> Head:
        """Give the end of the chain; quick, whatever the ledger's size."""
        with _told(self.path), self._reading() as connection:
            return _head(connection)

    def verify(self, expected: Head | None = None) -> Verification:
        """Check the whole chain, and every personal value that is still kept against its digest.

        Parameters
        ----------
        expected : Head, optional
            A head noted earlier (in a report, by another person): finds an end that was cut off.
        """
        query = sa.select(_entries.c.seq, _entries.c.entry, _entries.c.hash).order_by(_entries.c.seq)
        with _told(self.path), self._reading() as connection:
            found = chain.verify((Row(*row) for row in connection.execute(query)), expected)
            fault = found.fault or _index_fault(connection) or _values_fault(connection)
        return Verification(fault is None, found.count, found.head, fault)

    def purge(self, subject: str, by: str) -> int:
        """Delete everything personal that is kept of one subject, and note that this was done.

        Parameters
        ----------
        subject : str
            As in `Entry`.
        by : str
            Who asked for it.

        Returns
        -------
        int
            How many values were deleted. The chain still verifies: it holds their salted digests, which
            without the salt say nothing.
        """
        with _told(self.path), self._writing() as connection:
            gone = connection.execute(_values.delete().where(_values.c.subject == subject)).rowcount
            connection.execute(_salts.delete().where(_salts.c.subject == subject))
            note = Entry("purged", {"subject": subject, "values": gone})
            rows = _chained([note], [{}], _head(connection), self._stamp(), by)
            connection.execute(_entries.insert(), rows)
        with _told(self.path), self._engine.connect() as connection:
            # What was deleted must not live on in the write-ahead log.
            connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
        return int(gone)

    def set_progress(
        self, request_id: str, done: int, total: int, message: str, left_s: float | None = None
    ) -> None:
        """Tell how far a piece of work is; replaces what was told before."""
        row = {"request_id": request_id, "done": done, "total": total, "message": message, "left_s": left_s}
        self._replace(_progress, _progress.c.request_id == request_id, {**row, "at": self._stamp()})

    def progress(self) -> dict[str, Progress]:
        """Give the last told progress of every piece of work, by request id."""
        with _told(self.path), self._reading() as connection:
            rows = connection.execute(sa.select(_progress)).all()
        return {r.request_id: Progress(r.done, r.total, r.message, r.left_s, r.at) for r in rows}

    def beat(self, worker_id: str) -> None:
        """Give a worker's sign of life."""
        row = {"worker_id": worker_id, "at": self._stamp()}
        self._replace(_beats, _beats.c.worker_id == worker_id, row)

    def rest(self, worker_id: str) -> None:
        """Take a worker's sign of life away: it went off duty in good order."""
        with _told(self.path), self._writing() as connection:
            connection.execute(_beats.delete().where(_beats.c.worker_id == worker_id))

    def last_beat(self) -> Beat | None:
        """Give the latest sign of life of any worker."""
        query = sa.select(_beats).order_by(_beats.c.at.desc()).limit(1)
        with _told(self.path), self._reading() as connection:
            row = connection.execute(query).first()
        return Beat(row.worker_id, row.at) if row else None

    def _stamp(self) -> str:
        return self._now().isoformat(timespec="milliseconds")

    def _replace(self, table: sa.Table, where: sa.ColumnElement[bool], row: Mapping[str, Any]) -> None:
        with _told(self.path), self._writing() as connection:
            connection.execute(table.delete().where(where))
            connection.execute(table.insert(), [dict(row)])

    @contextmanager
    def _writing(self) -> Iterator[sa.Connection]:
        engine = self._engine.execution_options(begin="BEGIN IMMEDIATE")
        with engine.begin() as connection:
            yield connection

    @contextmanager
    def _reading(self) -> Iterator[sa.Connection]:
        with self._engine.begin() as connection:
            yield connection


def _engine(path: Path) -> sa.Engine:
    engine = sa.create_engine(
        sa.URL.create("sqlite+pysqlite", database=str(path)),
        poolclass=sa.pool.NullPool,
        connect_args={"timeout": BUSY_TIMEOUT_S},
        hide_parameters=True,  # they are personal, and errors are shown
    )

    @sa.event.listens_for(engine, "connect")
    def _prepare(connection: Any, _: Any) -> None:
        connection.isolation_level = None  # the driver begins nothing by itself
        cursor = connection.cursor()
        for pragma in ("journal_mode=WAL", "synchronous=FULL", "secure_delete=ON"):
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()

    @sa.event.listens_for(engine, "begin")
    def _begin(connection: sa.Connection) -> None:
        connection.exec_driver_sql(connection.get_execution_options().get("begin", "BEGIN"))

    return engine


def _make_private(path: Path) -> None:
    for folder in reversed([f for f in path.parents if not f.exists()]):
        folder.mkdir(mode=0o700, exist_ok=True)
    os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))


def _head(connection: sa.Connection) -> Head:
    query = sa.select(_entries.c.seq, _entries.c.hash).order_by(_entries.c.seq.desc()).limit(1)
    row = connection.execute(query).first()
    return Head(row.seq, row.hash) if row else Head(0, chain.GENESIS)


def _chained(
    entries: Iterable[Entry], digests: Iterable[Mapping[str, str]], head: Head, at: str, by: str
) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = []
    for seq, (entry, private) in enumerate(zip(entries, digests, strict=True), start=head.seq + 1):
        try:
            text = chain.entry_text(
                seq=seq,
                at=at,
                by=by,
                kind=entry.kind,
                subject=entry.subject,
                body=entry.body,
                private=private,
            )
        except (TypeError, ValueError):
            raise BadInput(f"A ledger entry of kind “{entry.kind}” is not plain JSON.") from None
        head = Head(seq, chain.next_hash(head.hash, text))
        rows.append({"seq": seq, "kind": entry.kind, "entry": text, "hash": head.hash})
    return rows


def _keep_private(connection: sa.Connection, entries: Sequence[Entry]) -> list[dict[str, str]]:
    """Keep the entries' personal values; give each entry's digests by name."""
    salts = _salts_for(connection, {entry.subject for entry in entries if entry.private})
    rows: dict[str, dict[str, str]] = {}
    digests: list[dict[str, str]] = []
    for entry in entries:
        named: dict[str, str] = {}
        for name, value in entry.private.items():
            try:
                named[name] = chain.digest(salts[entry.subject], name, value)
                text = canonical([name, value]).decode()
            except (TypeError, ValueError):
                raise BadInput(f"A private value of a “{entry.kind}” entry is not text.") from None
            rows[named[name]] = {"digest": named[name], "subject": entry.subject, "value": text}
        digests.append(named)
    new = rows.keys() - _resolve(connection, rows.keys()).keys()
    if new:
        connection.execute(_values.insert(), [rows[d] for d in sorted(new)])
    return digests


def _salts_for(connection: sa.Connection, subjects: Collection[str]) -> dict[str, bytes]:
    salts: dict[str, bytes] = {}
    for some in _in_parts(subjects):
        rows = connection.execute(sa.select(_salts).where(_salts.c.subject.in_(some)))
        salts.update({row.subject: row.salt for row in rows})
    new = {subject: secrets.token_bytes(16) for subject in subjects if subject not in salts}
    if new:
        connection.execute(_salts.insert(), [{"subject": s, "salt": salt} for s, salt in new.items()])
    return salts | new


def _resolve(connection: sa.Connection, digests: Collection[str]) -> dict[str, str | None]:
    """Give the kept values of these digests; a digest without one is absent."""
    known: dict[str, str | None] = {}
    for some in _in_parts(digests):
        rows = connection.execute(
            sa.select(_values.c.digest, _values.c.value).where(_values.c.digest.in_(some))
        )
        known.update({row.digest: json.loads(row.value)[1] for row in rows})
    return known


def _in_parts(texts: Collection[str]) -> Iterator[list[str]]:
    ordered = sorted(texts)
    for start in range(0, len(ordered), _MANY):
        yield ordered[start : start + _MANY]


def _event(entry: Mapping[str, Any], known: Mapping[str, str | None]) -> Event:
    private = {name: known[digest] for name, digest in entry["private"].items() if digest in known}
    plain = {name: entry[name] for name in ("seq", "at", "by", "kind", "body", "subject")}
    return Event(**plain, private=private)


def _index_fault(connection: sa.Connection) -> str | None:
    """Check that the column by which kinds are found says what the chained entry says."""
    for row in connection.execute(sa.select(_entries.c.seq, _entries.c.kind, _entries.c.entry)):
        if json.loads(row.entry)["kind"] != row.kind:
            return f"Entry {row.seq} is filed under another kind than it has."
    return None


def _values_fault(connection: sa.Connection) -> str | None:
    joined = sa.select(_values.c.digest, _values.c.value, _salts.c.salt).select_from(
        _values.outerjoin(_salts, _values.c.subject == _salts.c.subject)
    )
    for row in connection.execute(joined):
        try:
            name, value = json.loads(row.value)
            holds = row.salt is not None and chain.digest(row.salt, name, value) == row.digest
        except (ValueError, TypeError):
            holds = False
        if not holds:
            return f"A personal value was altered: it does not fit its digest {row.digest[:12]}…."
    return None


@contextmanager
def _told(path: Path) -> Iterator[None]:
    """Turn what the disk or the database says into one sentence without any of the data."""
    try:
        yield
    except (exc.DBAPIError, OSError) as error:
        what, next_step = _in_words(str(getattr(error, "orig", error)).lower())
        raise StorageFailed(f"The ledger {path} {what}.", next_step) from None


def _in_words(fault: str) -> tuple[str, str]:
    if any(word in fault for word in ("full", "no space", "quota", "disk i/o")):
        return (
            "could not be written: the disk is full or fails",
            "Free some space and try again; nothing was lost.",
        )
    if "readonly" in fault or "read-only" in fault or "permission" in fault:
        return "may not be written by this account", "Check the permissions of the firm's folder."
    if "locked" in fault or "busy" in fault:
        return f"was busy for {BUSY_TIMEOUT_S} seconds", "Try again; nothing was written."
    if "malformed" in fault or "not a database" in fault or "no such" in fault or "corrupt" in fault:
        return "is damaged or is no ledger", "Restore it from a backup before going on."
    return "could not be opened or written", "Check that the firm's folder exists and can be written."
