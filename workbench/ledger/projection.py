"""What a firm's ledger adds up to, kept up to date beside it and folded again from the chain on any doubt.

A ledger of a million entries is not folded anew whenever somebody opens the firm. Every few thousand
entries the state is kept in three tables of the ledger's own file:

- ``standing``: one row, bound to the chain's hash at its place and to the very code that folded it. It holds
  what is in force; that grows with the firm's clients, not with the years.
- ``shelved``: decisions, operations, runs and the like, which only ever grow in number. A row counts from its
  sequence number on and is never changed, so that a state which stands on an earlier place goes on saying
  the same.
- ``history``: what happened, in words.

Whoever opens the firm reads the standing row and folds what came since; the rest is read when it is asked
for. Nothing of it is proof: it is thrown away where the hash or the code is another one, and whenever
personal values were deleted.
"""

from __future__ import annotations

import hashlib
import secrets
import threading
from collections.abc import Callable, ItemsView, Iterable, Iterator, Mapping, Sequence, ValuesView
from dataclasses import fields
from functools import cache
from itertools import islice
from pathlib import Path
from typing import Any, Final, get_args, get_origin, get_type_hints, overload

import pydantic
import sqlalchemy as sa

from workbench import domain, reconcile
from workbench.domain.errors import Overtaken, StorageFailed
from workbench.domain.frames import HISTORY
from workbench.domain.records import canonical
from workbench.ledger.book import Book
from workbench.ledger.tables import ENTRIES, SHELVED, STANDING, TOLD, told
from workbench.reconcile.layers import Layered, LayeredRows
from workbench.reconcile.replay import replay
from workbench.reconcile.state import State

EVERY: Final = 2_000
"""After so many entries the state is kept anew."""
_SELDOM: Final = 25  # while much is folded at once it is kept this much more seldom
_BATCH: Final = 5_000
_MANY: Final = 500  # keys in one statement
_FOLDING: Final = (domain, reconcile)


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
        self._alone = threading.RLock()

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
            return self._state

    def rebuild(self, tell: Callable[[int], object] = lambda seq: None) -> State:
        """Throw away what was kept and fold the whole chain again."""
        with self._alone:
            with told(self._book.path), self._book.writing() as connection:
                _forget(connection)
            self._began = -1
            return self.state(tell)

    def _begin(self) -> None:
        self._began = self._book.head().seq
        with told(self._book.path), self._book.reading() as connection:
            row = _trusted(connection)
        if row is None:
            self._state, self._build, self._kept = State(), "", 0
        else:
            self._stand_on(row, _read(row.parts))

    def _stand_on(self, row: Any, parts: Mapping[str, Any]) -> None:
        self._state = _resting(self._book, row, parts)
        self._build, self._kept = row.build, row.seq

    def _keep(self) -> None:
        """Keep the state, and stand on what was kept: what is on the disk need not stay in memory."""
        try:
            with told(self._book.path), self._book.writing() as connection:
                row = _trusted(connection)
                if _purged_since(connection, self._began):
                    return  # the entry that says so is read next
                if (row.build if row else "") == self._build and (row is None or row.seq < self._state.seq):
                    row = _write(connection, self._state, self._build)
        except StorageFailed:
            return  # a full disk: nothing is lost, the firm only opens more slowly
        if row is None:
            self._began = -1
            self._begin()
        elif row.seq == self._state.seq:
            self._stand_on(row, {name: getattr(self._state, name) for name in _parts()})
        else:  # another process has kept it: stand on that, and fold what is left
            self._stand_on(row, _read(row.parts))


class _Shelf(Mapping[Any, Any]):
    """One of a state's great mappings, as it was when the state was kept."""

    def __init__(self, book: Book, row: Any, name: str) -> None:
        self._book, self._build, self._seq, self._name = book, row.build, row.seq, name

    def __getitem__(self, key: Any) -> Any:
        return self.some([key])[key]

    def __iter__(self) -> Iterator[Any]:
        return iter(self._whole())

    def __len__(self) -> int:
        return len(self._whole())

    def values(self) -> ValuesView[Any]:
        """Give all values, in one reading."""
        return self._whole().values()

    def items(self) -> ItemsView[Any, Any]:
        """Give all pairs, in one reading."""
        return self._whole().items()

    def some(self, keys: Iterable[Any]) -> dict[Any, Any]:
        """Give those of these keys that it has, with their values."""
        wanted, found = iter(keys), {}
        while some := list(islice(wanted, _MANY)):
            found.update(self._read(SHELVED.c.key.in_([_text_of(key) for key in some])))
        return found

    def _whole(self) -> dict[Any, Any]:
        return self._read(sa.true())

    def _read(self, where: sa.ColumnElement[bool]) -> dict[Any, Any]:
        """Read rows; of a key's rows the last one that counted for this state, where the first one stood."""
        valid = sa.and_(SHELVED.c.shelf == self._name, SHELVED.c.seq <= self._seq, where)
        query = sa.select(SHELVED.c.key, SHELVED.c.value).where(valid).order_by(SHELVED.c.id)
        with told(self._book.path), self._book.reading() as connection:
            _check_build(connection, self._build)
            texts = {row.key: row.value for row in connection.execute(query)}
        keys, values = _shelves()[self._name]
        return {keys.validate_json(key): values.validate_json(text) for key, text in texts.items()}


class _Told(Sequence[Any]):
    """What had happened when a state was kept."""

    def __init__(self, book: Book, row: Any) -> None:
        self._book, self._build, self._count = book, row.build, row.told

    def __len__(self) -> int:
        return self._count

    @overload
    def __getitem__(self, at: int) -> Any: ...
    @overload
    def __getitem__(self, at: slice) -> list[Any]: ...
    def __getitem__(self, at: Any) -> Any:
        if isinstance(at, int):
            return self[at : at + 1][0]
        start, stop, _ = at.indices(self._count)
        within = TOLD.c.place.between(start, stop - 1)
        query = sa.select(*(TOLD.c[name] for name in HISTORY)).where(within).order_by(TOLD.c.place)
        with told(self._book.path), self._book.reading() as connection:
            _check_build(connection, self._build)
            return [dict(zip(HISTORY, row, strict=True)) for row in connection.execute(query)]


def _resting(book: Book, row: Any, parts: Mapping[str, Any]) -> State:
    """Give a state whose lower layers are on the disk."""
    shelves: dict[str, Any] = {name: Layered(_Shelf(book, row, name)) for name in _shelves()}
    return State(seq=row.seq, told=LayeredRows(_Told(book, row)), **shelves, **parts)


def _trusted(connection: sa.Connection) -> Any:
    """Give the kept state's row; None if there is none, or it is of another chain or made by other code."""
    row = connection.execute(sa.select(STANDING)).first()
    if row is None or row.made_by != _made_by():
        return None
    at_its_place = sa.select(ENTRIES.c.hash).where(ENTRIES.c.seq == row.seq)
    return row if connection.execute(at_its_place).scalar() == row.hash else None


def _check_build(connection: sa.Connection, build: str) -> None:
    if connection.execute(sa.select(STANDING.c.build)).scalar() != build:
        raise Overtaken("The firm’s history was put together anew meanwhile.", "Open the firm again.")


def _purged_since(connection: sa.Connection, seq: int) -> bool:
    query = sa.select(ENTRIES.c.seq).where(ENTRIES.c.kind == "purged", ENTRIES.c.seq > seq).limit(1)
    return connection.execute(query).first() is not None


def _forget(connection: sa.Connection) -> None:
    for table in (STANDING, SHELVED, TOLD):
        connection.execute(table.delete())


def _write(connection: sa.Connection, kept: State, build: str) -> Any:
    """Write what came since the state that this one stands on, and give the new standing row."""
    if not build:
        _forget(connection)
    for name, (_, values) in _shelves().items():
        rows = [
            {"shelf": name, "key": _text_of(key), "seq": kept.seq, "value": values.dump_json(value).decode()}
            for key, value in getattr(kept, name).since.items()
        ]
        if rows:
            connection.execute(SHELVED.insert(), rows)
    first = len(kept.told.kept)
    happened = [{"place": place, **row} for place, row in enumerate(kept.told.since, start=first)]
    if happened:
        connection.execute(TOLD.insert(), happened)
    connection.execute(STANDING.delete())
    row = {
        "build": build or secrets.token_hex(16),
        "made_by": _made_by(),
        "seq": kept.seq,
        "hash": connection.execute(sa.select(ENTRIES.c.hash).where(ENTRIES.c.seq == kept.seq)).scalar_one(),
        "told": len(kept.told),
        "parts": _written(kept),
    }
    connection.execute(STANDING.insert(), [row])
    return connection.execute(sa.select(STANDING)).one()


@cache
def _made_by() -> str:
    """Give the hash of the very code that folds, so that other code never takes over what it did not make."""
    folders = [Path(str(package.__file__)).parent for package in _FOLDING]
    files = [file for folder in folders for file in sorted(folder.glob("*.py"))]
    return hashlib.sha256(b"".join(file.read_bytes() for file in files)).hexdigest()


@cache
def _shelves() -> dict[str, tuple[pydantic.TypeAdapter[Any], pydantic.TypeAdapter[Any]]]:
    """Give the great mappings of a state, and how their keys and values are read and written."""
    found = {}
    for name, hint in get_type_hints(State).items():
        if get_origin(hint) is Layered:
            keys, values = get_args(hint)
            found[name] = (pydantic.TypeAdapter(keys), pydantic.TypeAdapter(values))
    return found


def _text_of(key: Any) -> str:
    return canonical(key).decode()


@cache
def _parts() -> dict[str, Any]:
    """Give the mappings of a state that are read whole, each with its type as a list of pairs."""
    hints = get_type_hints(State)
    plain = [field.name for field in fields(State) if get_origin(hints[field.name]) is dict]
    return {name: list[tuple[get_args(hints[name])]] for name in plain}  # type: ignore[misc]


@cache
def _model() -> type[pydantic.BaseModel]:
    required: dict[str, Any] = {name: (kind, ...) for name, kind in _parts().items()}
    return pydantic.create_model("Parts", **required)


def _written(kept: State) -> str:
    pairs: dict[str, Any] = {name: list(getattr(kept, name).items()) for name in _parts()}
    return _model().model_construct(**pairs).model_dump_json()


def _read(text: str) -> dict[str, dict[Any, Any]]:
    read = _model().model_validate_json(text)
    return {name: dict(getattr(read, name)) for name in _parts()}
