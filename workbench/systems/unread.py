"""What a service sends that Workbench does not read: enough of it to notice when it changes.

A write must change nothing but what was decided. A server that treats it as a whole new record would also
blank custom fields, notes or contacts; so each field that is not read has a fingerprint, and a look and an
echo are held against each other by these.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from typing import Any, Final

from workbench.domain.records import Values, canonical, fingerprint

_STAMP: Final = re.compile(r"(_at|At|Utc|UTC|[eE]tag|[vV]ersion|[rR]evision)$")
"""What a service changes by itself whenever anybody writes."""


def unread(record: Mapping[str, Any], read: Collection[str]) -> Values:
    """Give a fingerprint of every field that is not read; None where the service sends a blank.

    Parameters
    ----------
    record : mapping
        As the service sent it.
    read : collection of str
        The JSON pointers of what is read, with all that is within.

    Returns
    -------
    dict
        JSON pointer to fingerprint; a list is one field, whatever the order of its items.
    """
    within = tuple(f"{pointer}/" for pointer in read)
    return {
        pointer: fingerprint(None if _blank(value) else canonical(_settled(value)).decode())
        for pointer, value in _fields(record)
        if pointer not in read and not pointer.startswith(within)
    }


def _fields(record: Mapping[str, Any], around: str = "") -> Iterator[tuple[str, Any]]:
    for name, value in record.items():
        if isinstance(value, Mapping):
            yield from _fields(value, f"{around}/{name}")
        elif not _STAMP.search(name):
            yield f"{around}/{name}", value


def _settled(value: Any) -> Any:
    """Leave out of a list's items what is blank or a stamp, and forget their order."""
    if isinstance(value, Mapping):
        told = {name: _settled(v) for name, v in value.items() if not _STAMP.search(name)}
        return {name: v for name, v in told.items() if not _blank(v)}
    return sorted(map(_settled, value), key=canonical) if isinstance(value, list) else value


def _blank(value: Any) -> bool:
    return value in (None, "", [], {})
