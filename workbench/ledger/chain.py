"""The ledger's chain: how an entry becomes bytes, how hashes follow one another, how both are checked.

Pure functions over rows, so that anyone who holds the rows can check them without the book.

Format 1. An entry is the canonical JSON (sorted keys, no spaces, UTF-8) of ``v`` (1), ``seq``, ``at``,
``by``, ``kind``, ``subject``, ``body`` and ``private``. ``private`` gives, for each personal value's name,
the HMAC-SHA256, under a random salt of this value alone, of the canonical JSON of ``[name, value]``. An
entry's hash is the SHA-256 of the hash before it (32 bytes; zeros before the first) and the entry's bytes.
"""

from __future__ import annotations

import hashlib
import hmac
from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, Final, NamedTuple

from pydantic_core import from_json, to_json

from workbench.domain.records import canonical

FORMAT: Final = 1
GENESIS: Final = "0" * 64
_KINDS: Final = {
    "at": str,
    "body": dict,
    "by": str,
    "kind": str,
    "private": dict,
    "seq": int,
    "subject": str,
    "v": int,
}
_TYPES: Final = list(_KINDS.values())
_HOLDING: Final = (dict, list)
ODD: Final = (ValueError, TypeError, AttributeError, KeyError, IndexError)
"""What comes of reading something that has not the form that we write."""


class Row(NamedTuple):
    """One kept entry.

    Parameters
    ----------
    seq : int
        Its place, from 1 without gaps.
    entry : str
        Its canonical JSON.
    hash : str
        Its hash (64 hexadecimal digits).
    kind : str, optional
        Under which kind it is filed, where it is filed by kinds.
    """

    seq: int
    entry: str
    hash: str
    kind: str | None = None


@dataclass(frozen=True, slots=True)
class Head:
    """The end of a chain: enough to prove later that nothing before it was touched.

    Parameters
    ----------
    seq : int
        The last sequence number; 0 for an empty chain.
    hash : str
        The last hash.
    """

    seq: int
    hash: str


@dataclass(frozen=True, slots=True)
class Opening:
    """What shows that a digest in the chain stands for a value, and says nothing of any other.

    Parameters
    ----------
    seq : int
        The entry's place.
    salt : bytes
        Of this value alone.
    text : str
        The canonical JSON of ``[name, value]``.
    """

    seq: int
    salt: bytes = field(repr=False)
    text: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Verification:
    """What checking a chain found.

    Parameters
    ----------
    ok : bool
        Whether everything holds.
    count : int
        How many entries hold, from the first.
    head : Head
        The last entry that holds.
    fault : str, optional
        The first thing that does not hold, in a sentence.
    differing : tuple of str
        Where the chain holds: which parts of what is kept beside it said something else than it.
    """

    ok: bool
    count: int
    head: Head
    fault: str | None = None
    differing: tuple[str, ...] = field(default=(), repr=False)


def digest(salt: bytes, text: bytes) -> str:
    """Give the digest that stands in the chain for a personal value (64 hexadecimal digits).

    Parameters
    ----------
    salt : bytes
        Of this value alone.
    text : bytes
        The canonical JSON of ``[name, value]``.
    """
    return hmac.digest(salt, text, "sha256").hex()


def entry_text(
    *,
    seq: int,
    at: str,
    by: str,
    kind: str,
    subject: str,
    body: Mapping[str, Any],
    private: Mapping[str, str],
) -> str:
    """Give an entry's canonical JSON.

    Parameters
    ----------
    seq, at, by, kind, subject, body
        As in `workbench.domain.records.Event`.
    private : mapping of str to str
        Each personal value's name and digest.
    """
    whole = {"v": FORMAT, "seq": seq, "at": at, "by": by, "kind": kind, "subject": subject}
    return canonical({**whole, "body": dict(body), "private": dict(private)}).decode()


def next_hash(previous: str, entry: str) -> str:
    """Give the hash of an entry that follows the hash `previous`."""
    return _hash(bytes.fromhex(previous), entry.encode()).hex()


def _hash(previous: bytes, entry: bytes) -> bytes:
    return hashlib.sha256(previous + entry).digest()


class Walk:
    """Goes along a chain, and stops at the first entry that does not hold.

    Parameters
    ----------
    expected : Head, optional
        A head that was noted earlier: the chain must still pass through it, so that a cut end is found.
    start : Head
        What the first entry follows; by default nothing.
    """

    def __init__(self, expected: Head | None = None, start: Head = Head(0, GENESIS)) -> None:
        self._seq, self._hash = start.seq, bytes.fromhex(start.hash)
        self.fault: str | None = None
        self._expected = expected
        self._passed = expected in (None, start)

    @property
    def head(self) -> Head:
        """The last entry that holds."""
        return Head(self._seq, self._hash.hex())

    def entries(self, rows: Iterable[Row]) -> Iterator[dict[str, Any]]:
        """Give the next entries, read, for as long as they hold.

        Parameters
        ----------
        rows : iterable of Row
            In order of their place; read once, so that they may be streamed.
        """
        for row in rows:
            try:
                entry, self._hash = _read(row, self._seq, self._hash)
            except _Broken as broken:
                self.fault = f"Entry {self._seq + 1} {broken}"
                return
            self._seq += 1
            self._passed = self._passed or self.head == self._expected
            yield entry

    def told(self) -> Verification:
        """Say what was found up to here."""
        if self.fault is None and not self._passed:
            self.fault = "The chain does not pass through the head noted earlier."
        return Verification(self.fault is None, self._seq, self.head, self.fault)


def verify(rows: Iterable[Row], expected: Head | None = None, start: Head = Head(0, GENESIS)) -> Verification:
    """Check that rows make one unbroken chain.

    Parameters
    ----------
    rows : iterable of Row
        In order of their place; read once, so that they may be streamed.
    expected, start
        As in `Walk`.

    Returns
    -------
    Verification
        With the first fault, if any.
    """
    walk = Walk(expected, start)
    deque(walk.entries(rows), maxlen=0)
    return walk.told()


def opens(opening: Opening, private: Mapping[str, str]) -> bool:
    """Tell whether an opening fits an entry's ``private``: the digest of the value that it names."""
    try:
        name, _ = from_json(opening.text)
        return private.get(name) == digest(opening.salt, opening.text.encode())
    except (ValueError, TypeError):
        return False


class _Broken(Exception):
    """An entry does not hold; says why."""


def _read(row: Row, seq: int, before: bytes) -> tuple[dict[str, Any], bytes]:
    """Read an entry that follows the one of this place and hash; give its hash too."""
    place, said, told, filed = row
    if place != seq + 1:
        raise _Broken(f"is missing; entry {place} stands in its place.")
    if type(said) is not str:
        raise _Broken("was altered: it is no text.")
    text = said.encode()
    found = _hash(before, text)
    if told != found.hex():
        raise _Broken("was altered: its hash does not follow from the one before.")
    try:
        entry = from_json(text)
    except ValueError:
        raise _Broken("cannot be read.") from None
    if type(entry) is not dict or entry.get("v") != FORMAT or entry.keys() != _KINDS.keys():
        raise _Broken("has a format that this version does not know.")
    if list(map(type, map(entry.__getitem__, _KINDS))) != _TYPES:
        raise _Broken("has a part that is of another kind than it should be.")
    if entry["seq"] != place:
        raise _Broken(f"says that it is entry {entry['seq']}.")
    if filed not in (None, entry["kind"]):
        raise _Broken("is filed under another kind than it has.")
    if not _is_canonical(entry, text):
        raise _Broken("is not in canonical form.")
    return entry, found


def _is_canonical(entry: Any, text: bytes) -> bool:
    """Tell whether this is the one byte form of what was read from it."""
    # To write it again as it was read, and to see that it was in order, is quicker than to put it in order.
    return (to_json(entry) == text and _in_order(entry)) or canonical(entry) == text


def _in_order(value: Any) -> bool:
    """Tell whether the keys of an object or array of objects are sorted, here and in all that it holds."""
    inner: Iterable[Any] = value
    if type(value) is dict:
        if not _sorted(tuple(value)):
            return False
        inner = value.values()
    nested = [each for each in inner if type(each) in _HOLDING and each]
    return all(map(_in_order, nested))


@lru_cache(maxsize=10_000)
def _sorted(names: tuple[str, ...]) -> bool:
    """Tell whether names are sorted; entries of one kind have the same ones over and over."""
    return list(names) == sorted(names)
