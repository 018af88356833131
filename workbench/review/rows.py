"""What the tick-box screen shows and asks for, as plain records."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import chain
from typing import Final

from workbench.domain.warnings import in_words
from workbench.review.values import held_back, second_act, seen_mark

Key = tuple[str, str]
"""A difference: link_id and field."""

OPEN, DECIDED, MOVED, SAME, LOOK_ONLY = "open", "decided", "moved", "same", "look_only"
NAMES_SHOWN: Final = 6
MINE: Final = "mine"
SHOWS: Final = ("open", "decided", "left alone", "look only", "same", "everything")


@dataclass(frozen=True, slots=True)
class Filters:
    """What a person wants to see.

    Parameters
    ----------
    text : str
        Part of a client's name, reference or unhidden value.
    whose : str
        `MINE` for the clients of whoever looks, or empty for everybody's.
    field, kind : str
        One of each, or empty for all.
    show : str
        One of `SHOWS`.
    marks : tuple of (mark, value)
        What clients have in common (see `workbench.review.marked`).
    """

    whose: str = ""
    text: str = ""
    field: str = ""
    kind: str = ""
    show: str = "open"
    marks: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Row:
    """One difference with its choice, ready to be shown."""

    link_id: str
    field: str
    connectworks: str | None
    xpm: str | None
    kind: str
    slip: str | None
    warnings: str
    suggestion: str | None
    reason: str | None
    state: str
    direction: str | None
    erases: bool
    asking: str | None
    note: str = ""
    richer: str | None = None
    """The side that says more, where one does."""
    reaches: tuple[str, ...] = ()
    """The names of the clients to which the contact belongs that a change would reach."""
    lapsed: str = ""
    """Who chose what, when and why, where that does not hold any more, and what has happened since."""
    half: Row | None = None
    """The other half of a swap, which is decided with it."""

    @property
    def halves(self) -> tuple[Row, ...]:
        """The row itself, and what is decided with it."""
        return (self,) if self.half is None else (self, self.half)

    @property
    def values(self) -> tuple[str | None, str | None]:
        """Both values, Connectworks' first."""
        return self.connectworks, self.xpm

    @property
    def cautions(self) -> list[str]:
        """What a person should know before deciding, in sentences; whom a contact reaches by name."""
        told = []
        for code, words in zip(self.warnings.split("; "), in_words(self.warnings), strict=False):
            named = code.startswith("contact_shared") and self.reaches
            told.append(f"{words.rstrip('.')}: {_listed(self.reaches)}." if named else words)
        return told

    @property
    def seen(self) -> str:
        """What stands for its two values, and for those that are decided with them."""
        return "-".join(seen_mark(row.connectworks, row.xpm) for row in self.halves)

    def second_act(self, direction: str) -> str | None:
        """Say in words why a direction needs a second act, here or at the other half; None if it does not."""
        asked = (second_act(row.field, direction, *row.values, row.warnings) for row in self.halves)
        return " ".join(dict.fromkeys(chain.from_iterable(asked))) or None

    def held_back(self, direction: str | None) -> str | None:
        """Say why it stays out of a decision on many unless it is ticked in; None if it does not."""
        held = (held_back(row.field, direction or "", *row.values, row.warnings) for row in self.halves)
        return next(filter(None, held), None)


def _listed(names: tuple[str, ...]) -> str:
    more = [f"and {len(names) - NAMES_SHOWN:,} more"] if len(names) > NAMES_SHOWN else []
    return "; ".join([*names[:NAMES_SHOWN], *more])  # names may hold commas


@dataclass(frozen=True, slots=True)
class Party:
    """Whose differences a group of rows are."""

    link_id: str
    connectworks_id: str
    xpm_id: str
    name: str
    other_name: str
    entity_type: str
    partner: str
    marks: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Bulk:
    """What a bulk act would do, before it is done.

    Parameters
    ----------
    keys : tuple of (link_id, field)
        Which differences.
    directions : tuple of str
        The direction of each.
    seen : tuple of str
        What stood for the two values of each.
    erasing, warned, damaged, unsuggested : int
        How many of those shown are left out: because they would erase a value, because of a warning, because
        a value is damaged or cannot be written, for want of a suggestion.
    """

    keys: tuple[Key, ...]
    directions: tuple[str, ...]
    seen: tuple[str, ...]
    erasing: int = 0
    warned: int = 0
    damaged: int = 0
    unsuggested: int = 0
