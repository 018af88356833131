"""Dates of birth: which day a cell means. Day first, as New Zealand and Australia write."""

from __future__ import annotations

import re
from datetime import date
from functools import lru_cache
from typing import Final

import polars as pl

from workbench.reconcile.normalise import columns
from workbench.reconcile.normalise import text as texts

_MONTHS: Final = "jan feb mar apr may jun jul aug sep oct nov dec"
_ISO: Final = re.compile(r"(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})(?:[t ].*)?")
_COMPACT: Final = re.compile(r"(\d{4})(\d{2})(\d{2})")
_DAY_FIRST: Final = re.compile(r"(\d{1,2})[-/. ](\d{1,2})[-/. ](\d{4})(?:[t ].*)?")
_COMPACT_DAY_FIRST: Final = re.compile(r"(\d{2})(\d{2})((?:19|20)\d{2})")
_BRIEF: Final = re.compile(r"(\d{1,2})[-/. ](\d{1,2}|[a-z]{3,9})[-/. ](\d{2})")
_WORDS: Final = re.compile(
    r"(?:[a-z]+, *|(?:mon|tue|wed|thu|fri|sat|sun)[a-z]* |the )?"
    r"(\d{1,2})(?:st|nd|rd|th)?(?: of )?[-/. ]*([a-z]{3,9})\.?[-/., ]*(\d{4})"
)
_WORDS_MONTH_FIRST: Final = re.compile(r"([a-z]{3,9})\.? +(\d{1,2})(?:st|nd|rd|th)?,? +(\d{4})")
# What programs write when nobody gave a date.
_NO_DAY: Final = re.compile(r"0{1,2}/0?1/1900|0?1/0{1,2}/1900")
"""A spreadsheet's zero, shown as a date."""
_DEFAULTS: Final = frozenset(
    {"1900-01-01", "1899-12-30", "1899-12-31", "1753-01-01", "0001-01-01", "9999-12-31"}
)


@lru_cache(maxsize=65_536)
def key(text: str | None) -> str | None:
    """Give the day that a cell means.

    Parameters
    ----------
    text : str or None
        The cell as received: ISO, day first, or with the month in English.

    Returns
    -------
    str or None
        ISO 8601; None for a blank, a placeholder, a default date, or what is no whole date.
    """
    day = _day(text)
    return None if day is None or day in _DEFAULTS else day


def brief_key(text: str) -> str | None:
    """Give the day of a cell with two digits for its year (``4/5/55``).

    Parameters
    ----------
    text : str
        The cell as received, day first.

    Returns
    -------
    str or None
        As `key` without the century: ``55-05-04``.
    """
    found = _BRIEF.fullmatch(texts.fold(text))
    if not found:
        return None
    month = int(found[2]) if found[2].isdecimal() else _month(found[2])
    # Any leap century has all days that a year may have.
    day = _iso(2000 + int(found[3]), month, int(found[1])) or _iso(2000, month, int(found[1]))
    return day and f"{int(found[3]):02d}{day[4:]}"


def key_of(texts: pl.Series) -> pl.Series:
    """Give `key` of every cell of a column.

    Parameters
    ----------
    texts : polars.Series of str
        Distinct cells as received.

    Returns
    -------
    polars.Series of str
        ISO 8601; null where there is no day.
    """
    found = plain_of(texts)
    return columns.completed(found, found.is_not_null(), texts, columns.one_by_one(key))


def plain_of(texts: pl.Series) -> pl.Series:
    """Give `key` of every cell that holds a plain day of the calendar; null of all others.

    Parameters
    ----------
    texts : polars.Series of str
        Distinct cells as received.
    """
    iso = texts.str.contains(r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$")
    day_first = texts.str.contains(r"^[0-9]{2}[-/. ][0-9]{2}[-/. ][0-9]{4}$")
    year, month, day = (texts.str.slice(*part) for part in ((6, 4), (3, 2), (0, 2)))
    found = texts.zip_with(iso, year + "-" + month + "-" + day)
    # Only a day of the calendar, after the years that few programs count alike.
    real = found.str.to_date("%Y-%m-%d", strict=False).is_not_null() & (found >= "1000")
    known = found.is_in(list(_DEFAULTS))
    return found.set(~((iso | day_first) & real & ~known).fill_null(False), None)


def is_placeholder(text: str) -> bool:
    """Tell whether a cell stands for no date: ``n/a``, or the default date of a program."""
    bare = texts.fold(text)
    nothing = _NO_DAY.fullmatch(bare) or not re.search(r"[1-9a-z]", bare)
    return texts.is_placeholder(text) or _day(text) in _DEFAULTS or bool(nothing)


def is_serial(text: str) -> bool:
    """Tell whether a cell is a spreadsheet's day number (``20213``) instead of a date, or a bare year."""
    return re.fullmatch(r"(?!(?:19|20)\d\d$)\d{4,5}(\.0+)?", text.strip()) is not None


def _day(text: str | None) -> str | None:
    if text is None:
        return None
    bare = texts.fold(text)
    # Read as the year first, “04051955” has a 19th month.
    if (found := _ISO.fullmatch(bare)) or ((found := _COMPACT.fullmatch(bare)) and found[2] < "13"):
        return _iso(int(found[1]), int(found[2]), int(found[3]))
    if (found := _DAY_FIRST.fullmatch(bare)) or (found := _COMPACT_DAY_FIRST.fullmatch(bare)):
        first, second, year = int(found[1]), int(found[2]), int(found[3])
        # A “month” beyond 12 can only be the day.
        return _iso(year, second, first) or (_iso(year, first, second) if second > 12 else None)
    if found := _WORDS.fullmatch(bare):
        return _iso(int(found[3]), _month(found[2]), int(found[1]))
    if found := _WORDS_MONTH_FIRST.fullmatch(bare):
        return _iso(int(found[3]), _month(found[1]), int(found[2]))
    return None


def _month(name: str) -> int:
    """Give the number of an English month by its first three letters; 0 for any other word."""
    place = _MONTHS.find(name[:3])
    return place // 4 + 1 if place >= 0 and len(name) >= 3 and place % 4 == 0 else 0


def _iso(year: int, month: int, day: int) -> str | None:
    try:
        return date(year, month, day).isoformat()
    except ValueError:
        return None
