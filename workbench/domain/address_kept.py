"""An address as the side that receives it keeps it, and what of the one before is lost."""

from __future__ import annotations

import re
from typing import Final

from workbench.domain.fields import ADDRESS_PARTS, XPM, Side
from workbench.domain.frames import address_cell, address_parts

# “12 Quay Street”, “PO Box 90 020”: what a suburb follows.
_PLACE: Final = re.compile(r"\d\S*\s+\S|\b(?:box|bag)\b\D*\d", re.IGNORECASE)
_NO_SUBURB: Final = re.compile(r"\d|/|^\s*(?:att|care of|r\.? ?d\.?\s*$|rural )", re.IGNORECASE)


def as_kept(side: Side, source: str | None, held: str | None) -> str | None:
    """Write an address as the receiving side keeps it: XPM has no suburb, its lines hold it last.

    Parameters
    ----------
    side : str
        The side that receives it.
    source, held : str or None
        The other side's address and its own, as their canonical JSON.
    """
    parts = address_parts(source)
    if side == XPM:
        parts["lines"] = "\n".join(filter(None, (parts["lines"], parts["suburb"]))) or None
        parts["suburb"] = None
        return address_cell(parts)
    *lines, last = (parts["lines"] or "").split("\n")
    suburb = address_parts(held)["suburb"]
    if suburb and not parts["suburb"] and (_same(last, suburb) or _is_suburb(lines, last)):
        parts |= {"lines": "\n".join(lines) or None, "suburb": last.strip()}
    return address_cell(parts)


def parts_lost(held: str | None, after: str | None) -> list[str]:
    """Name the parts of an address that stand there, and would not afterwards.

    Parameters
    ----------
    held, after : str or None
        What stands and what would stand, as their canonical JSON.
    """
    had, has = address_parts(held), address_parts(after)
    return [part for part in ADDRESS_PARTS if had[part] and not has[part]]


def _same(line: str, suburb: str) -> bool:
    return line.strip().casefold() == suburb.strip().casefold()


def _is_suburb(lines: list[str], last: str) -> bool:
    """Tell whether a last line can only be the suburb of the numbered street or box above it."""
    return any(map(_PLACE.search, lines)) and not _NO_SUBURB.search(last)
