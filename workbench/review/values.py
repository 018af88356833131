"""How a value is shown: blanks in words, addresses as lines, hidden fields hidden, differences marked."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable
from difflib import SequenceMatcher
from functools import lru_cache
from typing import Final

from workbench.domain.address_kept import as_kept, parts_lost
from workbench.domain.fields import BY_NAME, CONNECTWORKS, SIDE_LABELS, XPM, Side
from workbench.domain.frames import address_text
from workbench.domain.records import canonical
from workbench.domain.warnings import bar, in_words, lock

EMPTY: Final = "(empty)"
HIDDEN: Final = "•••"
ERASES: Final = "ERASES"
DOUBTFUL: Final = frozenset({"own_address", "own_domain", "placeholder", "spreadsheet_damage", "zero_eaten"})
"""Warnings that keep a difference out of a decision on many, until it is ticked in by itself."""

_YEAR: Final = re.compile(r"(?:19|20)\d\d")
_WORD: Final = re.compile(r"\w+|\s+|[^\w\s]")
_SLIP_RATIO: Final = 0.75
Segment = tuple[str, bool]


def readable(field: str, value: str | None) -> str:
    """Give a value as people read it; an address as lines.

    Parameters
    ----------
    field : str
        A field of the field table.
    value : str or None
        As received (an address as its canonical JSON).
    """
    if value is None or not value.strip():
        return EMPTY
    if BY_NAME[field].kind != "address":
        return value
    return address_text(value) or EMPTY


def hidden(field: str, value: str | None) -> str:
    """Give a hidden field's stand-in: dots, with a tax number's last three digits or a birth date's year."""
    text = readable(field, value)
    if text == EMPTY:
        return EMPTY
    if BY_NAME[field].kind == "date":
        year = _YEAR.search(text)
        return f"{HIDDEN} {year.group()}" if year else HIDDEN
    tail = re.sub(r"\D", "", text)[-3:]
    return f"{HIDDEN} {tail}" if BY_NAME[field].kind == "tax" and len(tail) == 3 else HIDDEN


def never_whole(field: str) -> bool:
    """Tell whether no screen shows a field's whole value: tax numbers and birth dates, which nobody sends."""
    return BY_NAME[field].kind in ("tax", "date")


def covered(field: str, uncovered: bool) -> bool:
    """Tell whether a field's value is hidden now.

    Parameters
    ----------
    field : str
        A field of the field table.
    uncovered : bool
        Whether somebody asked to see what is hidden.
    """
    return never_whole(field) or (BY_NAME[field].masked and not uncovered)


def can_be_uncovered(fields: Iterable[str]) -> bool:
    """Tell whether any of these fields is hidden until somebody asks to see it."""
    return any(covered(field, False) and not covered(field, True) for field in fields)


def shown(field: str, value: str | None, uncovered: bool) -> str:
    """Give a value as it may be read now: whole, or its stand-in."""
    return hidden(field, value) if covered(field, uncovered) else readable(field, value)


def seen_mark(connectworks: str | None, xpm: str | None) -> str:
    """Derive what stands for "these two values were on the screen", so that values need not travel back."""
    return hashlib.blake2b(canonical([connectworks, xpm]), digest_size=8).hexdigest()


def marked(one: str, other: str) -> tuple[list[Segment], list[Segment]]:
    """Cut two texts into segments, each with whether the other text lacks it.

    Parameters
    ----------
    one, other : str
        What is shown of both sides.

    Returns
    -------
    tuple of two lists of (str, bool)
        Joined again, each list is its text.
    """
    if EMPTY in (one, other):
        return [(one, False)], [(other, False)]
    alike = SequenceMatcher(None, one, other, autojunk=False).ratio()
    # Letter by letter where it is a slip, word by word where it is another value.
    cut = list if alike >= _SLIP_RATIO else _WORD.findall
    mine, theirs = cut(one), cut(other)
    left: list[Segment] = []
    right: list[Segment] = []
    for kind, a, b, c, d in SequenceMatcher(None, mine, theirs, autojunk=False).get_opcodes():
        if a < b:
            left.append(("".join(mine[a:b]), kind != "equal"))
        if c < d:
            right.append(("".join(theirs[c:d]), kind != "equal"))
    return left, right


def second_act(
    field: str, direction: str, connectworks: str | None, xpm: str | None, warnings: str
) -> list[str]:
    """Say in sentences why a direction needs a second act: what it erases, and all that locks it."""
    erased, locked = erases(field, direction, connectworks, xpm), lock(direction, warnings)
    return [*([f"{erased}."] if erased else []), *([locked] if locked else [])]


@lru_cache(maxsize=131_072)
def held_back(
    field: str, direction: str, connectworks: str | None, xpm: str | None, warnings: str
) -> str | None:
    """Say why a direction is left out of a decision on many, in words; None if it is not."""
    if direction not in ("to_xpm", "to_connectworks"):
        return None
    second = " ".join(second_act(field, direction, connectworks, xpm, warnings)) or bar(direction, warnings)
    codes = (code.strip() for code in warnings.split(";"))
    doubts = (code for code in codes if code.partition(":")[0] in DOUBTFUL)
    return second or next((words for code in doubts for words in in_words(code)), None)


def erases(field: str, direction: str, connectworks: str | None, xpm: str | None) -> str | None:
    """Say in words what a direction would erase; None if nothing.

    A blank side that is chosen erases the other. Of an address, also single parts that the receiving side
    would no longer have.
    """
    if direction not in ("to_xpm", "to_connectworks"):
        return None
    source, target = (connectworks, xpm) if direction == "to_xpm" else (xpm, connectworks)
    side: Side = XPM if direction == "to_xpm" else CONNECTWORKS
    label, receiver = BY_NAME[field].label, SIDE_LABELS[side]
    if target is None or not target.strip():
        return None
    if source is None or not source.strip():
        return f"{ERASES} {receiver} {label.lower()}"
    if BY_NAME[field].kind != "address":
        return None
    lost = parts_lost(target, as_kept(side, source, target))
    return f"{ERASES} {', '.join(lost)} of {receiver} {label.lower()}" if lost else None
