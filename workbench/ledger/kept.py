"""The tables in which a ledger's state is kept beside it: how it is written there, and stood on.

- ``standing``: one row, bound to the chain's hash at its place and to the very code that folded it. It holds
  what is in force; that grows with the firm's clients, not with the years.
- ``shelved``: decisions, operations, runs and the like, which only ever grow in number. A row counts from its
  sequence number on and is never changed, so that a state which stands on an earlier place goes on saying
  the same.
- ``history``: what happened, in words.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import ItemsView, Iterable, Iterator, Mapping, Sequence, ValuesView
from dataclasses import dataclass, fields
from functools import cache
from itertools import islice
from pathlib import Path
from typing import Any, Final, get_args, get_origin, get_type_hints, overload

import pydantic
import sqlalchemy as sa

from workbench import domain, reconcile
from workbench.domain.errors import Overtaken
from workbench.domain.frames import HISTORY
from workbench.domain.records import canonical
from workbench.ledger.book import Book
from workbench.ledger.tables import ENTRIES, SHELVED, STANDING, TOLD, as_written, told
from workbench.reconcile.layers import Layered, LayeredRows
from workbench.reconcile.state import State

_MANY: Final = 500  # keys in one statement
_FOLDING: Final = (domain, reconcile)
_SHELVED: Final = ("shelf", "key", "value", "seq")


@dataclass(frozen=True, slots=True)
class Place:
    """Where a state was kept; the standing row says it too.

    Parameters
    ----------
    build : str
        In which building of it.
    seq : int
        Through which entry.
    told : int
        With how many rows of history.
    """

    build: str
    seq: int
    told: int


class _Shelf(Mapping[Any, Any]):
    """One of a state's great mappings, as it was when the state was kept."""

    def __init__(self, book: Book, place: Place, name: str) -> None:
        self._book, self._build, self._seq, self._name = book, place.build, place.seq, name

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
        with as_written(self._book.path):
            return {keys.validate_json(key): values.validate_json(text) for key, text in texts.items()}


class _Told(Sequence[Any]):
    """What had happened when a state was kept."""

    def __init__(self, book: Book, place: Place) -> None:
        self._book, self._build, self._count = book, place.build, place.told

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


def resting(book: Book, place: Place, small: Mapping[str, Any]) -> State:
    """Give a state whose lower layers are on the disk.

    Parameters
    ----------
    book : Book
        Whose.
    place : Place
        Where it was kept.
    small : mapping
        The mappings that are read whole.
    """
    shelves: dict[str, Any] = {name: Layered(_Shelf(book, place, name)) for name in _shelves()}
    return State(seq=place.seq, told=LayeredRows(_Told(book, place)), **shelves, **small)


def trusted(connection: sa.Connection) -> Any:
    """Give the kept state's row; None if there is none, or it is of another chain or made by other code."""
    row = connection.execute(sa.select(STANDING)).first()
    if row is None or row.made_by != _made_by() or type(row.told) is not int:
        return None
    at_its_place = sa.select(ENTRIES.c.hash).where(ENTRIES.c.seq == row.seq)
    return row if connection.execute(at_its_place).scalar() == row.hash else None


def _check_build(connection: sa.Connection, build: str) -> None:
    if connection.execute(sa.select(STANDING.c.build)).scalar() != build:
        raise Overtaken("The firm’s history was put together anew meanwhile.", "Open the firm again.")


def purged_since(connection: sa.Connection, seq: int) -> bool:
    """Tell whether personal values were deleted after this place."""
    query = sa.select(ENTRIES.c.seq).where(ENTRIES.c.kind == "purged", ENTRIES.c.seq > seq).limit(1)
    return connection.execute(query).first() is not None


def forget(connection: sa.Connection) -> None:
    """Throw all away that is kept."""
    for table in (STANDING, SHELVED, TOLD):
        connection.execute(table.delete())


def write(connection: sa.Connection, state: State, build: str) -> Any:
    """Write what came since the kept state that this one stands on, and give the new standing row.

    Parameters
    ----------
    connection : sqlalchemy.Connection
        That holds the place for a writer.
    state : State
        What is in force.
    build : str
        On which kept state it stands; without one it begins anew.
    """
    if not build:
        forget(connection)
    shelved = [
        {"shelf": shelf, "key": key, "seq": state.seq, "value": value}
        for shelf, key, value in to_shelve(state)
    ]
    if shelved:
        connection.execute(SHELVED.insert(), shelved)
    first = len(state.told.kept)
    happened = [{"place": place, **row} for place, row in enumerate(state.told.since, start=first)]
    if happened:
        connection.execute(TOLD.insert(), happened)
    connection.execute(STANDING.delete())
    row = {
        "build": build or secrets.token_hex(16),
        "made_by": _made_by(),
        "seq": state.seq,
        "hash": connection.execute(sa.select(ENTRIES.c.hash).where(ENTRIES.c.seq == state.seq)).scalar_one(),
        "told": len(state.told),
        "parts": written(state),
    }
    connection.execute(STANDING.insert(), [row])
    return connection.execute(sa.select(STANDING)).one()


def to_shelve(state: State) -> Iterator[tuple[str, str, str]]:
    """Give what came to the great mappings since the state was kept last: shelf, key, value."""
    for name, (_, values) in _shelves().items():
        for key, value in getattr(state, name).since.items():
            yield name, _text_of(key), values.dump_json(value).decode()


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
def parts() -> dict[str, Any]:
    """Give the mappings of a state that are read whole, each with its type as a list of pairs."""
    hints = get_type_hints(State)
    plain = [field.name for field in fields(State) if get_origin(hints[field.name]) is dict]
    return {name: list[tuple[get_args(hints[name])]] for name in plain}  # type: ignore[misc]


@cache
def _model() -> type[pydantic.BaseModel]:
    required: dict[str, Any] = {name: (kind, ...) for name, kind in parts().items()}
    return pydantic.create_model("Parts", **required)


def written(state: State) -> str:
    """Write the mappings that are read whole."""
    pairs: dict[str, Any] = {name: list(getattr(state, name).items()) for name in parts()}
    return _model().model_construct(**pairs).model_dump_json()


def read(text: str) -> dict[str, dict[Any, Any]]:
    """Read them back."""
    model = _model().model_validate_json(text)
    return {name: dict(getattr(model, name)) for name in parts()}
