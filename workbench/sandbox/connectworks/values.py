"""Which values the gateway takes: it refuses what no person could have meant, and nothing else."""

from __future__ import annotations

import re
from typing import Any

PARTS = ("lines", "suburb", "city", "region", "postcode", "country")
_MOST_LETTERS, _MOST_LINES = 250, 6
_EMAIL = re.compile(r"[^\s@<>,;:\"()\[\]]+@[^\s@<>,;:\"()\[\]]+\.[^\s@<>,;:\"()\[\]]{2,}")
_PHONE = re.compile(r"[0-9A-Za-z+()./,\- #*]*")
_WEBSITE = re.compile(r"(https?://)?[^\s/.]+(\.[^\s/.]+)+(/\S*)?", re.IGNORECASE)


def problem_with(field: str, value: Any) -> str | None:
    """Say what is wrong with a field's new value; None when it can be taken.

    Parameters
    ----------
    field : str
        A writable field of the record.
    value : any
        The JSON value sent; null has been dealt with.
    """
    if field.endswith("_address"):
        return _problem_with_address(value)
    if not isinstance(value, str):
        return "has to be a text"
    if _unfit(value):
        return "holds control characters or is too long"
    if not value.strip():
        return "is empty; clear it with null"
    if field == "email" and not _EMAIL.fullmatch(value.strip()):
        return "is not one mailbox"
    if field == "website" and not _WEBSITE.fullmatch(value.strip()):
        return "is not a web address"
    if field.endswith("_phone") and (not _PHONE.fullmatch(value) or sum(map(str.isdigit, value)) < 3):
        return "is not a telephone number"
    return None


def _problem_with_address(value: Any) -> str | None:
    if not isinstance(value, dict):
        return "has to be an address with lines, suburb, city, region, postcode and country"
    unknown = sorted(set(value) - set(PARTS))
    if unknown:
        return f"has no part {unknown[0]!r}"
    lines = value.get("lines")
    if not isinstance(lines, list) or not all(isinstance(line, str) for line in lines):
        return "has to give its lines as a list of texts"
    if len(lines) > _MOST_LINES:
        return f"has more than {_MOST_LINES} lines"
    rest = [value.get(part) for part in PARTS[1:]]
    if not all(part is None or isinstance(part, str) for part in rest):
        return "has a part that is not a text"
    if any(_unfit(text) for text in [*lines, *rest] if text):
        return "holds control characters or a line that is too long"
    if not any(text and text.strip() for text in [*lines, *rest]):
        return "is empty; clear it with null"
    return None


def _unfit(text: str) -> bool:
    return len(text) > _MOST_LETTERS or any(ord(letter) < 32 or ord(letter) == 127 for letter in text)


def trimmed(value: Any) -> Any:
    """Give a value as it is compared with ``from``: trimmed, with blanks and missing parts as null."""
    if isinstance(value, str):
        return value.strip() or None
    if isinstance(value, list):
        return [line for line in map(trimmed, value) if line] or None
    if isinstance(value, dict):
        parts = {part: trimmed(value.get(part)) for part in PARTS}
        return parts if any(parts.values()) else None
    return value
