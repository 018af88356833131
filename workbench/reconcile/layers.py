"""Containers in two layers: what was kept before, which is never touched, and what came since.

A state that stands on a long ledger keeps most of what ended long ago on the disk. Folding a few events
more costs only what they change: a copy copies the upper layer, and the lower one may be read when it is
asked for.
"""

from __future__ import annotations

from collections.abc import (
    ItemsView,
    Iterable,
    Iterator,
    KeysView,
    Mapping,
    MutableMapping,
    Sequence,
    ValuesView,
)
from typing import Any, Protocol, TypeVar, overload, runtime_checkable

K = TypeVar("K")
V = TypeVar("V")


@runtime_checkable
class Shelf(Protocol):
    """A lower layer from which several values are had in one go."""

    def some(self, keys: Iterable[Any]) -> dict[Any, Any]:
        """Give those of these keys that it has, with their values."""


class Layered(MutableMapping[K, V]):
    """A mapping that grows and changes, and never loses a key; in the order in which keys first came.

    Parameters
    ----------
    kept : mapping, optional
        The lower layer; its ``items`` are read as a whole, its values singly.
    since : dict, optional
        The upper layer, which counts where both have a key.
    """

    def __init__(self, kept: Mapping[K, V] | None = None, since: dict[K, V] | None = None) -> None:
        self.kept: Mapping[K, V] = {} if kept is None else kept
        self.since: dict[K, V] = {} if since is None else since
        self._recalled: dict[K, V] = {}
        self._absent: frozenset[K] = frozenset()

    def __repr__(self) -> str:
        return repr(self._whole())

    def __getitem__(self, key: K) -> V:
        if key in self.since:
            return self.since[key]
        if key in self._absent:
            raise KeyError(key)
        return self._recalled[key] if key in self._recalled else self.kept[key]

    def recall(self, keys: Iterable[K]) -> None:
        """Read in one go what will be asked for singly; a copy does not have it any more."""
        wanted = {key for key in keys if key not in self.since}
        self._recalled = self.some(wanted)
        self._absent = frozenset(wanted - self._recalled.keys())

    def __setitem__(self, key: K, value: V) -> None:
        self.since[key] = value

    def __delitem__(self, key: K) -> None:
        raise TypeError("What was kept is never taken away.")

    def __iter__(self) -> Iterator[K]:
        return iter(self._whole())

    def __len__(self) -> int:
        return len(self._whole()) if self.since else len(self.kept)

    def keys(self) -> KeysView[K]:
        """Give all keys."""
        return self._whole().keys()

    def values(self) -> ValuesView[V]:
        """Give all values; reads the lower layer once."""
        return self._whole().values()

    def items(self) -> ItemsView[K, V]:
        """Give all pairs; reads the lower layer once."""
        return self._whole().items()

    def some(self, keys: Iterable[K]) -> dict[K, V]:
        """Give those of these keys that it has, with their values, in the order asked for."""
        wanted = list(keys)
        below = [key for key in wanted if key not in self.since]
        if isinstance(self.kept, Shelf):
            found = self.kept.some(below)
        else:
            found = {key: self.kept[key] for key in below if key in self.kept}
        found |= {key: self.since[key] for key in wanted if key in self.since}
        return {key: found[key] for key in wanted if key in found}

    def copy(self) -> Layered[K, V]:
        """Give one that can be written without touching this one."""
        return Layered(self.kept, self.since.copy())

    def _whole(self) -> dict[K, V]:
        return dict(self.kept.items()) | self.since


class LayeredRows(Sequence[V]):
    """A sequence that only grows at its end.

    Parameters
    ----------
    kept : sequence, optional
        The lower layer; read in slices.
    since : list, optional
        What follows it.
    """

    def __init__(self, kept: Sequence[V] = (), since: list[V] | None = None) -> None:
        self.kept = kept
        self.since: list[V] = [] if since is None else since

    def __repr__(self) -> str:
        return repr(list(self))

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Sequence) and list(self) == list(other)

    __hash__ = None  # type: ignore[assignment]

    def __len__(self) -> int:
        return len(self.kept) + len(self.since)

    @overload
    def __getitem__(self, at: int) -> V: ...
    @overload
    def __getitem__(self, at: slice) -> list[V]: ...
    def __getitem__(self, at: Any) -> Any:
        places = range(len(self))[at]
        if isinstance(places, int):
            return self._between(places, places + 1)[0]
        if not places:
            return []
        first = min(places[0], places[-1])
        rows = self._between(first, max(places[0], places[-1]) + 1)
        return [rows[place - first] for place in places]

    def __iter__(self) -> Iterator[V]:
        return iter(self[:])

    def __reversed__(self) -> Iterator[V]:
        return iter(self[::-1])

    def extend(self, rows: Iterable[V]) -> None:
        """Put rows at the end."""
        self.since.extend(rows)

    def copy(self) -> LayeredRows[V]:
        """Give one that can grow without touching this one."""
        return LayeredRows(self.kept, self.since.copy())

    def _between(self, start: int, stop: int) -> list[V]:
        count = len(self.kept)
        lower = list(self.kept[start : min(stop, count)]) if start < count else []
        return lower + self.since[max(start - count, 0) : max(stop - count, 0)]
