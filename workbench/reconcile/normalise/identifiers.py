"""Identifiers of New Zealand and Australia: their digits, their check digits, and damage done to them.

A failed check digit is only ever a warning: registers, practice systems and demonstration data hold
numbers that fail it, and a number that both systems hold alike is evidence all the same.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from typing import Final

import polars as pl
from stdnum import ean
from stdnum.au import abn as abn_number
from stdnum.au import acn as acn_number
from stdnum.nz import ird as ird_number

from workbench.reconcile.normalise import columns

LENGTHS: Final = {"nzbn": (13,), "abn": (11,), "company_number": tuple(range(1, 10)), "tax_number": (8, 9)}
NAMES: Final = {"nzbn": "NZBN", "abn": "ABN", "company_number": "Company number", "tax_number": "Tax number"}
_SCIENTIFIC = re.compile(r"^\s*\d+(?:[.,]\d+)?\s*[eE]\s*\+?\s*\d+\s*$")
_MASK = re.compile(r"[*•xX#]{2,}")
_PLACEHOLDER = re.compile(r"^(\d)\1*$")


_PLAIN: Final = "^[0-9 -]+$"
_PLAIN_MASKED: Final = "^[*•xX#0-9 -]*$"
_OPTIONAL_ZEROS: Final = ("company_number", "tax_number")


@lru_cache(maxsize=1 << 16)
def key(field: str, text: str | None) -> str | None:
    """Give the comparable form of an identifier: its digits, without leading zeros where they are optional.

    Parameters
    ----------
    field : str
        ``nzbn``, ``abn``, ``company_number`` or ``tax_number``.
    text : str, optional
        As received.

    Returns
    -------
    str or None
        None where there is nothing to compare: blank, masked, a placeholder or damaged by a spreadsheet.
    """
    if not text or is_masked(text) or damage(text):
        return None
    text = unicodedata.normalize("NFKC", text)
    # A number that went through a spreadsheet as a decimal keeps its digits before the point.
    digits = re.sub(r"\D", "", re.sub(r"\.0+\s*$", "", text))
    # Company numbers and IRD numbers are written with and without leading zeros; NZBN and ABN never are.
    bare = digits.lstrip("0") if field in _OPTIONAL_ZEROS else digits
    return None if not bare or _PLACEHOLDER.match(digits) or _PLACEHOLDER.match(bare) else bare


def key_of(field: str, texts: pl.Series) -> pl.Series:
    """Give `key` of every cell of a column.

    Parameters
    ----------
    field : str
        ``nzbn``, ``abn``, ``company_number`` or ``tax_number``.
    texts : polars.Series of str
        Distinct cells as received.

    Returns
    -------
    polars.Series of str
        Digits; null where there is nothing to compare.
    """
    found, masked = plain_of(field, texts), are_masked(texts)
    # Digits alone that are no number stand for none.
    sure = texts.str.contains(_PLAIN) | masked
    return columns.completed(found, sure, texts, columns.one_by_one(lambda text: key(field, text)))


def plain_of(field: str, texts: pl.Series) -> pl.Series:
    """Give `key` of every cell of digits, spaces and hyphens that are a number; null of all others.

    Parameters
    ----------
    field : str
        As for `key_of`.
    texts : polars.Series of str
        Distinct cells as received.
    """
    digits = texts.str.replace_all("[ -]", "")
    bare = digits.str.strip_chars_start("0") if field in _OPTIONAL_ZEROS else digits
    one_digit = columns.whole(*(f"{digit}*" for digit in range(10)))
    nothing = digits.str.contains(one_digit) | bare.str.contains(one_digit)
    return bare.set(nothing | ~texts.str.contains(_PLAIN), None)


def is_masked(text: str | None) -> bool:
    """Tell whether a tax number shows only its last digits."""
    return bool(text and _MASK.search(text))


def is_nothing(text: str) -> bool:
    """Tell whether zeros stand for no number (``000-000-000``)."""
    return re.search(r"[1-9a-z*•#]", unicodedata.normalize("NFKC", text), re.I) is None


def are_masked(texts: pl.Series) -> pl.Series:
    """Give `is_masked` of every cell of a column."""
    return texts.str.contains(_MASK.pattern)


def plainly_masked(texts: pl.Series) -> pl.Series:
    """Tell which cells hold signs of a mask and, behind them, at least three digits."""
    return texts.str.contains("^[*•xX#0-9 -]*[0-9][ -]*[0-9][ -]*[0-9][ -]*$") & are_masked(texts)


def last_three(text: str | None) -> str | None:
    """Give the last three digits of a tax number, masked or whole; None where they are not shown."""
    if not text or damage(text):
        return None
    shown = re.search(r"(\d{3})\s*$", re.sub(r"[\s-]", "", text))
    return shown.group(1) if shown else None


def last_three_of(texts: pl.Series) -> pl.Series:
    """Give `last_three` of every cell of a column.

    Parameters
    ----------
    texts : polars.Series of str
        Distinct cells as received.

    Returns
    -------
    polars.Series of str
        Three digits; null where they are not shown.
    """
    found = texts.str.replace_all("[ -]", "").str.extract("([0-9]{3})$")
    return columns.completed(found, texts.str.contains(_PLAIN_MASKED), texts, columns.one_by_one(last_three))


def damage(text: str | None) -> str | None:
    """Name the damage that a spreadsheet did to a number (“9.4E+12”); None where it did none."""
    if text and _SCIENTIFIC.match(text):
        return "A spreadsheet turned this number into scientific notation; its last digits are lost."
    return None


def warning(field: str, text: str | None, country: str | None = None) -> str | None:
    """Say in one sentence what looks wrong with an identifier; None where nothing does.

    Parameters
    ----------
    field : str
        ``nzbn``, ``abn``, ``company_number`` or ``tax_number``.
    text : str, optional
        As received.
    country : str, optional
        ISO 3166 code of the record; in Australia a company number is an ACN.

    Notes
    -----
    Check digits follow python-stdnum: NZBN is a GS1 number (EAN-13), IRD, ABN and ACN their offices' rules.
    """
    if not text or is_masked(text):
        return None
    if spoilt := damage(text):
        return spoilt
    digits = re.sub(r"\D", "", text)
    name = "ACN" if field == "company_number" and country == "AU" else NAMES.get(field, field)
    if not digits:
        return f"{name} holds no digits."
    lengths = (9,) if name == "ACN" else LENGTHS.get(field, ())
    if lengths and len(digits) not in lengths:
        lost_zero = len(digits) + 1 in lengths and name == "ACN"
        tail = "; a leading zero may have been lost." if lost_zero else "."
        return f"{name} has {len(digits)} digits where {' or '.join(map(str, lengths))} are usual{tail}"
    return None if _check_digit_holds(name, digits) else f"{name} fails its check digit."


def _check_digit_holds(name: str, digits: str) -> bool:
    if name == "NZBN":
        return bool(ean.is_valid(digits))
    if name == "ABN":
        return bool(abn_number.is_valid(digits))
    if name == "ACN":
        return bool(acn_number.is_valid(digits))
    if name == "Tax number":
        return bool(ird_number.is_valid(digits))
    return True
