"""What both servers remember, in one SQLite file or in memory."""

from __future__ import annotations

import json
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

Record = dict[str, Any]

_TABLES = """
CREATE TABLE IF NOT EXISTS records (
    position INTEGER PRIMARY KEY AUTOINCREMENT,
    kind TEXT NOT NULL,
    id TEXT NOT NULL,
    body TEXT NOT NULL,
    UNIQUE (kind, id)
);
CREATE TABLE IF NOT EXISTS log (seq INTEGER PRIMARY KEY AUTOINCREMENT, entry TEXT NOT NULL);
"""


class State:
    """Records by kind and id, and an append-only log; safe to use from many threads.

    A kind is a path such as ``xpm/client`` or ``connectworks/token``, so that one side's
    whole state is everything under its first part.

    Parameters
    ----------
    path : Path, optional
        The SQLite file; without one the state lives in memory and goes with the process.
    """

    def __init__(self, path: Path | None = None) -> None:
        if path is not None:
            path.parent.mkdir(parents=True, exist_ok=True)
        self._lock = threading.RLock()
        self._depth = 0
        self._connection = sqlite3.connect(path or ":memory:", check_same_thread=False, isolation_level=None)
        if path is not None:
            self._connection.execute("PRAGMA journal_mode=WAL")
            self._connection.execute("PRAGMA synchronous=NORMAL")
        self._connection.executescript(_TABLES)

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Make everything inside one atomic change; inner transactions join the outer one."""
        with self._lock:
            if self._depth == 0:
                self._connection.execute("BEGIN IMMEDIATE")
            self._depth += 1
            try:
                yield
            except BaseException:
                self._depth -= 1
                if self._depth == 0:
                    self._connection.execute("ROLLBACK")
                raise
            self._depth -= 1
            if self._depth == 0:
                self._connection.execute("COMMIT")

    def get(self, kind: str, id: str) -> Record | None:
        """Return a copy of one record, or None when there is none."""
        with self._lock:
            row = self._connection.execute(
                "SELECT body FROM records WHERE kind = ? AND id = ?", (kind, id)
            ).fetchone()
        return json.loads(row[0]) if row else None

    def put(self, kind: str, id: str, record: Record) -> None:
        """Add a record, or replace the one of that id in its place."""
        self.put_all(kind, [(id, record)])

    def put_all(self, kind: str, records: list[tuple[str, Record]]) -> None:
        """Add or replace many records in one transaction."""
        rows = [(kind, id, json.dumps(record, ensure_ascii=False)) for id, record in records]
        with self.transaction():
            self._connection.executemany(
                "INSERT INTO records (kind, id, body) VALUES (?, ?, ?) "
                "ON CONFLICT (kind, id) DO UPDATE SET body = excluded.body",
                rows,
            )

    def delete(self, kind: str, id: str) -> bool:
        """Remove a record; tell whether there was one."""
        with self.transaction():
            cursor = self._connection.execute("DELETE FROM records WHERE kind = ? AND id = ?", (kind, id))
        return cursor.rowcount > 0

    def all(self, kind: str) -> list[Record]:
        """Return every record of a kind in the order in which they were first added."""
        with self._lock:
            rows = self._connection.execute(
                "SELECT body FROM records WHERE kind = ? ORDER BY position", (kind,)
            ).fetchall()
        return [json.loads(body) for (body,) in rows]

    def items(self, kind: str) -> list[tuple[str, Record]]:
        """Return every record of a kind with its id, in the order in which they were first added."""
        with self._lock:
            rows = self._connection.execute(
                "SELECT id, body FROM records WHERE kind = ? ORDER BY position", (kind,)
            ).fetchall()
        return [(id, json.loads(body)) for id, body in rows]

    def page(self, kind: str, after: int, size: int) -> list[tuple[int, Record]]:
        """Return up to `size` records of a kind that stand after a position, with their positions."""
        with self._lock:
            rows = self._connection.execute(
                "SELECT position, body FROM records WHERE kind = ? AND position > ? "
                "ORDER BY position LIMIT ?",
                (kind, after, size),
            ).fetchall()
        return [(position, json.loads(body)) for position, body in rows]

    def count(self, kind: str) -> int:
        """Return how many records of a kind there are."""
        with self._lock:
            return int(
                self._connection.execute("SELECT count(*) FROM records WHERE kind = ?", (kind,)).fetchone()[0]
            )

    def clear(self, prefix: str) -> None:
        """Remove every record whose kind starts with `prefix`."""
        with self.transaction():
            self._connection.execute(
                "DELETE FROM records WHERE substr(kind, 1, ?) = ?", (len(prefix), prefix)
            )

    def append(self, entry: Record) -> int:
        """Add an entry to the log and return its sequence number."""
        with self.transaction():
            cursor = self._connection.execute(
                "INSERT INTO log (entry) VALUES (?)", (json.dumps(entry, ensure_ascii=False),)
            )
        return int(cursor.lastrowid or 0)

    def entries(self, after: int = 0) -> list[Record]:
        """Return the log's entries with a sequence number above `after`, oldest first."""
        with self._lock:
            rows = self._connection.execute(
                "SELECT seq, entry FROM log WHERE seq > ? ORDER BY seq", (after,)
            ).fetchall()
        return [{"seq": seq, **json.loads(entry)} for seq, entry in rows]

    def close(self) -> None:
        """Close the file; the state cannot be used afterwards."""
        with self._lock:
            self._connection.close()
