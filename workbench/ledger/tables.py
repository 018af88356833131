"""The ledger's file: its tables, how it is opened, and what it says when it refuses.

``entries`` is the chain; ``private_values`` holds personal values by their digest, each with a salt of its
own, so that both can be deleted while the chain still verifies, and one can be shown without telling anything
of another; ``progress`` and ``beats`` are passing news that nobody needs to prove, as ``saved_filters`` are
each person's own business; ``standing``, ``shelved``
and ``history`` are what `workbench.ledger.projection` made of the entries, and can be made again. Tables and
statements are portable SQL; what only SQLite knows stands in `engine`.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy import exc

from workbench.domain.errors import TELL_AN_ADMINISTRATOR, StorageFailed
from workbench.domain.frames import HISTORY
from workbench.ledger.chain import ODD

BUSY_TIMEOUT_S: Final = 30

SCHEMA = sa.MetaData()
ENTRIES = sa.Table(
    "entries",
    SCHEMA,
    sa.Column("seq", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("kind", sa.String(40), nullable=False, index=True),
    sa.Column("entry", sa.Text, nullable=False),
    sa.Column("hash", sa.String(64), nullable=False),
)
VALUES = sa.Table(
    "private_values",
    SCHEMA,
    sa.Column("digest", sa.String(64), primary_key=True),
    sa.Column("seq", sa.Integer, nullable=False, index=True),
    sa.Column("subject", sa.Text, nullable=False, index=True),
    sa.Column("salt", sa.LargeBinary(16), nullable=False),
    sa.Column("value", sa.Text, nullable=False),  # canonical JSON: null, and text of any characters
)
PROGRESS = sa.Table(
    "progress",
    SCHEMA,
    sa.Column("request_id", sa.String(64), primary_key=True),
    sa.Column("done", sa.Integer, nullable=False),
    sa.Column("total", sa.Integer, nullable=False),
    sa.Column("message", sa.Text, nullable=False),
    sa.Column("left_s", sa.Float),
    sa.Column("at", sa.String(40), nullable=False),
)
BEATS = sa.Table(
    "beats",
    SCHEMA,
    sa.Column("worker_id", sa.Text, primary_key=True),
    sa.Column("at", sa.String(40), nullable=False),
)
STANDING = sa.Table(
    "standing",
    SCHEMA,
    sa.Column("build", sa.String(32), primary_key=True),
    sa.Column("made_by", sa.String(64), nullable=False),
    sa.Column("seq", sa.Integer, nullable=False),
    sa.Column("hash", sa.String(64), nullable=False),
    sa.Column("told", sa.Integer, nullable=False),
    sa.Column("parts", sa.Text, nullable=False),
)
SHELVED = sa.Table(
    "shelved",
    SCHEMA,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("shelf", sa.String(20), nullable=False),
    sa.Column("key", sa.Text, nullable=False),
    sa.Column("seq", sa.Integer, nullable=False),
    sa.Column("value", sa.Text, nullable=False),
    sa.UniqueConstraint("shelf", "key", "seq"),
)
FILTERS = sa.Table(
    "saved_filters",
    SCHEMA,
    sa.Column("person", sa.String(200), primary_key=True),
    sa.Column("screen", sa.String(40), primary_key=True),
    sa.Column("name", sa.String(80), primary_key=True),
    sa.Column("filters", sa.Text, nullable=False),  # canonical JSON
)
TOLD = sa.Table(
    "history",
    SCHEMA,
    sa.Column("place", sa.Integer, primary_key=True, autoincrement=False),
    *(sa.Column(name, sa.Text) for name in HISTORY),
)


def engine(path: Path) -> sa.Engine:
    """Open the file: a connection per call, and what is deleted is overwritten."""
    made = sa.create_engine(
        sa.URL.create("sqlite+pysqlite", database=str(path)),
        poolclass=sa.pool.NullPool,
        connect_args={"timeout": BUSY_TIMEOUT_S},
        hide_parameters=True,  # they are personal, and errors are shown
    )

    @sa.event.listens_for(made, "connect")
    def _prepare(connection: Any, _: Any) -> None:
        connection.isolation_level = None  # the driver begins nothing by itself
        cursor = connection.cursor()
        for pragma in ("journal_mode=WAL", "synchronous=FULL", "secure_delete=ON"):
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()

    @sa.event.listens_for(made, "begin")
    def _begin(connection: sa.Connection) -> None:
        connection.exec_driver_sql(connection.get_execution_options().get("begin", "BEGIN"))

    return made


def make_private(path: Path) -> None:
    """Make the file, and the folders above it, for their owner only."""
    for folder in reversed([f for f in path.parents if not f.exists()]):
        folder.mkdir(mode=0o700, exist_ok=True)
    os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))


@contextmanager
def told(path: Path) -> Iterator[None]:
    """Turn what the disk or the database says into one sentence without any of the data."""
    try:
        yield
    except (exc.DBAPIError, OSError) as error:
        what, next_step = _in_words(str(getattr(error, "orig", error)).lower())
        busy = next_step == _TRY_AGAIN
        plain = f"The firm’s ledger {what}. {next_step if busy else TELL_AN_ADMINISTRATOR}"
        raise StorageFailed(f"The ledger {path} {what}.", next_step, plain=plain) from None


_TRY_AGAIN: Final = "Try again; nothing was written."


@contextmanager
def as_written(path: Path) -> Iterator[None]:
    """Say in one sentence that something was altered, where it cannot even be read any more."""
    try:
        yield
    except ODD:
        what = "holds something that Workbench never wrote: it was altered, or is damaged."
        raise StorageFailed(
            f"The ledger {path} {what}",
            "`workbench verify` with the firm's folder says where.",
            plain=f"The firm’s ledger {what} {TELL_AN_ADMINISTRATOR}",
        ) from None


def _in_words(fault: str) -> tuple[str, str]:
    if any(word in fault for word in ("full", "no space", "quota", "disk i/o")):
        return (
            "could not be written: the disk is full or fails",
            "Free some space and try again; nothing was lost.",
        )
    if "readonly" in fault or "read-only" in fault or "permission" in fault:
        return "may not be written by this account", "Check the permissions of the firm's folder."
    if "locked" in fault or "busy" in fault:
        return f"was busy with somebody else’s work for {BUSY_TIMEOUT_S} seconds", _TRY_AGAIN
    if "could not decode" in fault:
        return "holds something that is no text: it was altered, or is damaged", "Restore it from a backup."
    if "malformed" in fault or "not a database" in fault or "no such" in fault or "corrupt" in fault:
        return "is damaged or is no ledger", "Restore it from a backup before going on."
    return "could not be opened or written", "Check that the firm's folder exists and can be written."
