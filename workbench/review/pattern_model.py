"""Patterns without any widget: differences of one kind together, and what one decision on them would do."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

import numpy as np
import pandas as pd

from workbench.domain.fields import BY_NAME, label_of
from workbench.domain.warnings import bar
from workbench.review.known import rows_of
from workbench.review.model import ReviewModel
from workbench.review.rows import Key, Row
from workbench.review.values import ERASES, held_back
from workbench.review.words import KIND_WORDS

SENDING: Final = ("to_xpm", "to_connectworks")
DIRECTIONS: Final = (*SENDING, "leave", "ask")
_CODES: Final = 4
"""A decision takes a difference, or would erase a value by it, or it is warned of, or cannot be written."""


@dataclass(frozen=True, slots=True)
class Pattern:
    """Differences of one kind.

    Parameters
    ----------
    name : str
        Its id.
    words : str
        Its id as a plain line.
    field : str
        The field of all its differences, so that no client is in it twice.
    keys : tuple of (link_id, field)
        Its differences, as far as they pass the filters.
    suggestion : str, optional
        The commonest suggestion.
    outliers : frozenset of str
        Link ids of those that are warned of, or suggested, what few others are.
    sample : tuple of str
        Link ids drawn at random, the same ones every time.
    """

    name: str
    words: str
    field: str
    keys: tuple[Key, ...]
    suggestion: str | None = None
    outliers: frozenset[str] = frozenset()
    sample: tuple[str, ...] = ()

    def outstanding(self) -> list[Key]:
        """Give the differences that stand out."""
        return [key for key in self.keys if key[0] in self.outliers]

    def drawn(self) -> list[Key]:
        """Give the sample, without what stands out anyway."""
        drawn = set(self.sample) - self.outliers
        return [key for key in self.keys if key[0] in drawn]

    def ordinary(self) -> list[Key]:
        """Give all that does not stand out."""
        return [key for key in self.keys if key[0] not in self.outliers]


@dataclass(frozen=True, slots=True)
class Prospect:
    """What deciding on the open differences of a pattern would do in one direction.

    Parameters
    ----------
    taken : tuple of (link_id, field)
        Those that the decision would cover.
    erasing, warned, barred, taken_out : int
        How many it would not, because they would erase a value, because of a warning, because nothing can be
        written there, or because a person took them out.
    """

    taken: tuple[Key, ...] = ()
    erasing: int = 0
    warned: int = 0
    barred: int = 0
    taken_out: int = 0


@dataclass
class Picks:
    """What a person ticked in or took out of a pattern, for one direction.

    Parameters
    ----------
    direction : str or None
        One of `DIRECTIONS`, once it is chosen.
    ticked : dict
        Difference to whether it is in; what is not named follows the rule.
    """

    direction: str | None = None
    ticked: dict[Key, bool] = field(default_factory=dict)

    def turned(self, direction: str) -> Picks:
        """Give the same for a direction; what was ticked in for another one is not ticked in for this one."""
        if direction == self.direction:
            return self
        return Picks(direction, {key: taken for key, taken in self.ticked.items() if not taken})

    def takes(self, row: Row) -> bool:
        """Tell whether a difference is in."""
        return not barred(row, self.direction) and self.ticked.get(
            (row.link_id, row.field), row.held_back(self.direction) is None
        )


def barred(row: Row, direction: str | None) -> bool:
    """Tell whether a direction cannot be taken at all."""
    return direction in SENDING and bar(direction, row.warnings) is not None


def patterns_of(model: ReviewModel, told: pd.DataFrame, keys: Iterable[Key]) -> list[Pattern]:
    """Group differences by their pattern, the largest first.

    Parameters
    ----------
    model : ReviewModel
        Where they stand.
    told : pandas.DataFrame
        What the desk says of each pattern: ``pattern``, ``words``, ``suggestion``, ``sample``, ``outliers``.
    keys : iterable of (link_id, field)
        Those that pass the filters; what belongs to no pattern is left away.
    """
    about = {row["pattern"]: row for row in rows_of(told)}
    found = [_pattern(name, members, about.get(name)) for name, members in model.grouped(keys).items()]
    return sorted(found, key=lambda one: (-len(one.keys), one.words, one.name))


def _pattern(name: str, keys: list[Key], about: Mapping[str, object] | None) -> Pattern:
    if about is None:
        field, kind, *_ = name.split("|")
        return Pattern(name, f"{label_of(field)}: {KIND_WORDS.get(kind, kind)}", field, tuple(keys))
    return Pattern(
        name,
        str(about["words"]),
        keys[0][1],
        tuple(keys),
        None if about["suggestion"] is None else str(about["suggestion"]),
        frozenset(_ids(about["outliers"])),
        tuple(_ids(about["sample"])),
    )


def _ids(cell: object) -> Sequence[str]:
    return list(cell) if isinstance(cell, Iterable) else []


def open_rows(model: ReviewModel, pattern: Pattern) -> list[Row]:
    """Give the differences of a pattern that wait for a decision."""
    return [model.row(key) for key in model.waiting(pattern.keys)]


def reason_of_all(rows: Sequence[Row]) -> str:
    """Give the reason that several differences all have; empty where they do not."""
    reasons = {row.reason for row in rows}
    return (reasons.pop() or "") if len(rows) > 1 and len(reasons) == 1 else ""


@dataclass(frozen=True, slots=True)
class Expected:
    """How many open differences of a pattern one decision would take, and why it would not take the rest."""

    taken: int
    erasing: int
    warned: int
    barred: int

    @property
    def held_back(self) -> int:
        """How many it would not take."""
        return self.erasing + self.warned + self.barred


@dataclass(frozen=True, slots=True)
class Summary:
    """How a pattern stands.

    Parameters
    ----------
    waiting, decided : int
        How many of its differences wait, and how many have a choice.
    ways : tuple of Expected
        What a decision towards XPM, and one towards Connectworks, would do.
    """

    waiting: int
    decided: int
    ways: tuple[Expected, ...]

    @property
    def acts_left(self) -> int:
        """How many acts it still takes: one, and one for each difference that would be held back.

        Where neither direction takes any, all are left, or asked about, by that one.
        """
        return bool(self.waiting) + min((way.held_back for way in self.ways if way.taken), default=0)


def summary(model: ReviewModel, places: np.ndarray) -> Summary:
    """Say how a pattern stands whose differences stand at these places of the model."""
    waiting, decided, judged = model.tally(places, lambda key: _judged(model, key))
    counts = np.bincount(judged, minlength=_CODES * _CODES).reshape(_CODES, _CODES)
    ways = (Expected(*(int(count) for count in way)) for way in (counts.sum(axis=1), counts.sum(axis=0)))
    return Summary(waiting, decided, tuple(ways))


def _judged(model: ReviewModel, key: Key) -> int:
    """Say in one number how either direction would take a difference with which nobody meddled."""
    told = model.alone(key)
    if told is None:
        row = model.row(key)
        warnings = row.warnings
        held = [row.held_back(direction) for direction in SENDING]
    else:
        *values, warnings = told
        if BY_NAME[key[1]].kind != "address":  # of others it only counts whether there is one: few are unlike
            values = ["x" if value and value.strip() else None for value in values]
        held = [held_back(key[1], direction, *values, warnings) for direction in SENDING]
    to_xpm, to_connectworks = (
        _code(why, bar(direction, warnings) is not None) for direction, why in zip(SENDING, held, strict=True)
    )
    return to_xpm * _CODES + to_connectworks


def _code(why: str | None, is_barred: bool) -> int:
    return 3 if is_barred else 0 if why is None else 1 if why.startswith(ERASES) else 2


def prospect(rows: Iterable[Row], picks: Picks) -> Prospect:
    """Say what a decision on these open differences would do.

    Parameters
    ----------
    rows : iterable of Row
        As `open_rows` gives them.
    picks : Picks
        The direction, and what was ticked in or taken out.
    """
    taken: list[Key] = []
    erasing = warned = unwritable = taken_out = 0
    for row in rows:
        held = row.held_back(picks.direction)
        if picks.takes(row):
            taken.append((row.link_id, row.field))
        elif barred(row, picks.direction):
            unwritable += 1
        elif held is None:
            taken_out += 1
        elif held.startswith(ERASES):
            erasing += 1
        else:
            warned += 1
    return Prospect(tuple(taken), erasing, warned, unwritable, taken_out)


def mark_of(rows: Iterable[Row]) -> str:
    """Derive what stands for "these differences with these values were open when it was asked"."""
    text = "\n".join(f"{row.link_id} {row.field} {row.seen}" for row in rows)
    return hashlib.blake2b(text.encode(), digest_size=8).hexdigest()
