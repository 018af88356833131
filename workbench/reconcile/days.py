"""Days as people write them, in the firm's time zone."""

from __future__ import annotations

from datetime import date, datetime
from zoneinfo import ZoneInfo


def day(at: str, zone: str = "UTC") -> str:
    """Write a moment's day, such as “12 January 2026”.

    Parameters
    ----------
    at : str
        ISO 8601; UTC where it names no zone. What cannot be read stays as it is.
    zone : str
        IANA name.
    """
    found = _date(at, zone)
    return at[:10] if found is None else _written(found)


def between(since: str, until: str, zone: str = "UTC") -> str:
    """Write the days between which something happened, such as “between 3 and 10 March 2026”.

    Parameters
    ----------
    since, until : str
        ISO 8601: last seen before it, first seen after it.
    zone : str
        IANA name.
    """
    first, last = _date(since, zone), _date(until, zone)
    if first is None or last is None:
        return f"between {since[:10]} and {until[:10]}"
    if first == last:
        return f"on {_written(last)}"
    if (first.year, first.month) == (last.year, last.month):
        return f"between {first.day} and {_written(last)}"
    if first.year == last.year:
        return f"between {first.day} {first:%B} and {_written(last)}"
    return f"between {_written(first)} and {_written(last)}"


def _written(found: date) -> str:
    return f"{found.day} {found:%B} {found.year}"


def _date(at: str, zone: str) -> date | None:
    try:
        moment = datetime.fromisoformat(at)
    except ValueError:
        return None
    if "T" not in at or moment.tzinfo is None:
        return moment.date()
    return moment.astimezone(ZoneInfo(zone)).date()
