"""Both sides' records in comparable form: normal forms as dictionary codes, read once per distinct value."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
import numpy.typing as npt
import pandas as pd

from workbench.domain.errors import BadInput
from workbench.domain.fields import CONNECTWORKS, XPM
from workbench.domain.frames import as_clients, cells
from workbench.reconcile.normalise import addresses, dates, emails, identifiers, names, phones, websites
from workbench.reconcile.normalise.names import Name
from workbench.reconcile.normalise.text import fold

IDENTIFIERS: Final = ("nzbn", "company_number", "abn", "tax_number")
CONTACTS: Final = ("email", "phone", "address", "website")
_NAMES: Final = ("legal_name", "first_name", "last_name", "trading_name")
Codes = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Values:
    """One field of both sides as codes: equal codes are equal values, −1 is missing.

    Parameters
    ----------
    left, right : array of int, shape (records, values a record)
        Codes of each side.
    left_counts, right_counts : array of int
        How many records of each side have the value of each code.
    words : list of str
        The value of each code.
    """

    left: Codes
    right: Codes
    left_counts: Codes
    right_counts: Codes
    words: list[str]

    def within_left(self) -> Values:
        """Give the left side against itself."""
        return Values(self.left, self.left, self.left_counts, self.left_counts, self.words)

    def within_right(self) -> Values:
        """Give the right side against itself."""
        return Values(self.right, self.right, self.right_counts, self.right_counts, self.words)


@dataclass(frozen=True)
class Prepared:
    """Everything that blocking and evidence read.

    Parameters
    ----------
    left, right : pandas.DataFrame
        The clients frames, sorted by client_id.
    left_names, right_names : list of Name
        Each record's name.
    values : dict of str to Values
        Comparable values by field.
    left_types, right_types : list of str
        The entity type to compare by; empty where unknown.
    """

    left: pd.DataFrame
    right: pd.DataFrame
    left_names: list[Name]
    right_names: list[Name]
    values: dict[str, Values]
    left_types: list[str]
    right_types: list[str]

    def within_left(self) -> Prepared:
        """Give the left side against itself."""
        own = {field: values.within_left() for field, values in self.values.items()}
        names, types = self.left_names, self.left_types
        return Prepared(self.left, self.left, names, names, own, types, types)

    def within_right(self) -> Prepared:
        """Give the right side against itself."""
        own = {field: values.within_right() for field, values in self.values.items()}
        names, types = self.right_names, self.right_types
        return Prepared(self.right, self.right, names, names, own, types, types)


def prepare(connectworks: pd.DataFrame, xpm: pd.DataFrame) -> Prepared:
    """Bring two frames into comparable form.

    Parameters
    ----------
    connectworks, xpm : pandas.DataFrame
        Any frames of client-like columns.

    Raises
    ------
    BadInput
        If neither frame pair has a name nor an identifier to link by.
    """
    for frame, side in ((connectworks, CONNECTWORKS), (xpm, XPM)):
        if not {*_NAMES, *IDENTIFIERS} & set(frame.columns):
            raise BadInput(
                f"The {side} frame has neither a name nor an identifier to link by.",
                "Give it at least legal_name, or one of nzbn, company_number, abn, tax_number.",
            )
    left, right = _sorted(connectworks, CONNECTWORKS), _sorted(xpm, XPM)
    names_left, names_right = _names(left), _names(right)
    return Prepared(
        left,
        right,
        names_left,
        names_right,
        {field: values_of(read(left), read(right)) for field, read in _READERS.items()},
        _types(left, names_left),
        _types(right, names_right),
    )


def texts(frame: pd.DataFrame, column: str) -> list[str | None]:
    """Give a column as plain Python texts; missing is None."""
    return _plain(frame[column])


def _plain(column: pd.Series) -> list[str | None]:
    values: list[str | None] = column.to_numpy(object, na_value=None).tolist()  # type: ignore[call-overload]
    return values


def _sorted(frame: pd.DataFrame, side: str) -> pd.DataFrame:
    return as_clients(frame, side).sort_values("client_id", kind="stable").reset_index(drop=True)


def full_names(frame: pd.DataFrame) -> list[str | None]:
    """Give each record's whole name: the legal one, else its parts, else the trading name."""
    columns = ("legal_name", "first_name", "middle_name", "last_name", "trading_name")
    rows = zip(*(texts(frame, column) for column in columns), strict=True)
    return [
        legal or " ".join(part for part in (first, middle, last) if part) or trading
        for legal, first, middle, last, trading in rows
    ]


def _names(frame: pd.DataFrame) -> list[Name]:
    columns = (texts(frame, column) for column in ("entity_type", "last_name", "trading_name"))
    return [_name(*row) for row in zip(full_names(frame), *columns, strict=True)]


def _name(whole: str | None, kind: str | None, last: str | None, trading: str | None) -> Name:
    """Read a name; a trading name with a column of its own counts as one given in the name."""
    name = names.parse(whole or "", kind, last)
    return replace(name, trading=fold(trading)) if trading and not name.trading else name


def _types(frame: pd.DataFrame, read: list[Name]) -> list[str]:
    """Give the types to compare by; a partnership kept as a kind of company is a partnership."""
    rows = zip(texts(frame, "entity_type"), texts(frame, "entity_subtype"), read, strict=True)
    return [
        "partnership"
        if kind == "company" and ("partnership" in (subtype or "").lower() or name.form == "partnership")
        else (kind if kind != "other" else None) or ""
        for kind, subtype, name in rows
    ]


Read = Callable[[pd.DataFrame], list[tuple[str, ...]]]


def _of_each(*columns: str, read: Callable[[str, str | None], Iterable[str | None]]) -> Read:
    """Make a reader of all values in some columns; each distinct text is read once."""

    def reader(frame: pd.DataFrame) -> list[tuple[str, ...]]:
        known: dict[tuple[str, str | None], tuple[str, ...]] = {}
        found: list[tuple[str, ...]] = [()] * len(frame)
        countries = texts(frame, "country")
        for column in columns:
            kept = _plain(cells(frame, column))
            for row, (text, country) in enumerate(zip(kept, countries, strict=True)):
                if text is None:
                    continue
                values = known.get((text, country))
                if values is None:
                    values = known[text, country] = tuple(value for value in read(text, country) if value)
                found[row] = tuple(dict.fromkeys((*found[row], *values))) if found[row] else values
        return found

    return reader


def _identifier(field: str) -> Read:
    return _of_each(field, read=lambda text, country: (identifiers.key(field, text),))


def _website(text: str, _country: str | None) -> tuple[str | None, ...]:
    return (websites.key(text),)


_READERS: Final[dict[str, Read]] = {
    **{field: _identifier(field) for field in IDENTIFIERS},
    "email": _of_each("email", read=lambda text, country: emails.keys(text)),
    "phone": _of_each("primary_phone", "other_phone", read=lambda text, c: phones.keys(text, c or "NZ")),
    "address": _of_each(
        "physical_address", "postal_address", read=lambda text, c: (addresses.key(text, c or "NZ"),)
    ),
    "website": _of_each("website", read=_website),
    "date_of_birth": _of_each("date_of_birth", read=lambda text, country: (dates.key(text),)),
    "last_three": _of_each("tax_number", read=lambda text, country: (identifiers.last_three(text),)),
    "country": _of_each("country", read=lambda text, country: (text.upper(),)),
}


def values_of(left: list[tuple[str, ...]], right: list[tuple[str, ...]]) -> Values:
    """Give codes to the values of both sides' records (one tuple of values a record)."""
    words = sorted({value for row in (*left, *right) for value in row})
    code = {word: number for number, word in enumerate(words)}
    padded = [_padded(side, code) for side in (left, right)]
    counts = [np.bincount(side[side >= 0], minlength=len(words)) for side in padded]
    return Values(padded[0], padded[1], counts[0], counts[1], words)


def _padded(rows: list[tuple[str, ...]], code: dict[str, int]) -> Codes:
    width = max((len(row) for row in rows), default=1) or 1
    # A cell with a long list of numbers is no better evidence than its first few.
    table = np.full((len(rows), min(width, 6)), -1, dtype=np.int64)
    for at, row in enumerate(rows):
        for place, value in enumerate(row[:6]):
            table[at, place] = code[value]
    return table
