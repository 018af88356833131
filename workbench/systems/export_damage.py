"""What a spreadsheet program did to the cells of an export: told by row and column, never mended."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from typing import Final

import polars as pl

from workbench.domain.fields import FIELDS
from workbench.reconcile.normalise import dates, phones, text
from workbench.systems.export_table import Note

_BROKEN: Final = "[ÃÄÅ][\u0080-\u00bf€‚ƒ„…†‡ˆ‰Š‹ŒŽ‘’“”•–—˜™š›œžŸ]|\ufffd"
_MISREAD: Final = re.compile(_BROKEN)
# Most cells are plain, and every cell of a large export is asked: one quick look at whole columns before any
# closer one. These are patterns of Polars.
_ODD: Final = rf"\d[eE][+]?\d|\.0+\s*$|^\s*#|{_BROKEN}"
_ODD_PHONE: Final = rf"{_ODD}|^[1-9][0-9 ]+\s*$"
_ODD_POSTCODE: Final = r"^\d{3}\s*$"
_PHONES: Final = frozenset(field.name for field in FIELDS if field.kind == "phone")
_POSTCODES: Final = ("physical_postcode", "postal_postcode")


def damage(
    column: str, header: str, cells: Sequence[str | None], rows: Sequence[int], numbers: frozenset[int]
) -> Iterator[Note]:
    """List the damaged cells of one column.

    Parameters
    ----------
    column : str
        Which field it is.
    header : str
        As it stands in the file, for the notes.
    cells : sequence of str or None
        As read.
    rows : sequence of int
        The row in the file of each cell.
    numbers : frozenset of int
        Places of the cells that the file holds as numbers instead of text.
    """
    odd, finds = _finds(column)
    held = pl.Series(cells, dtype=pl.String)
    asked = held.is_not_null() if odd is None else held.str.contains(odd).fill_null(False)
    for at in sorted({*asked.arg_true(), *numbers}):
        cell = cells[at]
        if cell is None:
            continue
        found = next((what for find in finds if (what := find(cell, at in numbers))), None)
        if found:
            yield Note("date" if column == "date_of_birth" else "damage", found, rows[at], header)


def _finds(column: str) -> tuple[str | None, list[Callable[[str, bool], str | None]]]:
    """Give what lets a column's cells pass unasked, and what the others are asked."""
    if column in _PHONES:
        return _ODD_PHONE, [_became_number, _phone, _misread]
    if column in _POSTCODES:
        return _ODD_POSTCODE, [_postcode]
    if column == "date_of_birth":
        return None, [_day]
    return _ODD, [_became_number, _misread]


def _became_number(cell: str, is_number: bool) -> str | None:
    if text.is_spreadsheet_damage(cell) or (is_number and len(cell.lstrip("-").replace(".", "")) > 14):
        return "A spreadsheet turned this into a number and its last digits are lost."
    return None


def _phone(cell: str, is_number: bool) -> str | None:
    if is_number or phones.parse(cell).zero_eaten:
        return "A spreadsheet took this phone for a number: a leading zero or plus may be lost."
    return None


def _postcode(cell: str, is_number: bool) -> str | None:
    return (
        "This postcode has three digits: a leading zero was lost." if re.fullmatch(r"\d{3}", cell) else None
    )


def _day(cell: str, is_number: bool) -> str | None:
    if dates.key(cell) or dates.is_placeholder(cell):
        return None
    if dates.is_serial(cell):
        return "This is a spreadsheet's day number, not a day."
    return "This cannot be read as a day (day, month and year of four digits)."


def _misread(cell: str, is_number: bool) -> str | None:
    return "Accents were broken by reading the file in a wrong encoding." if _MISREAD.search(cell) else None
