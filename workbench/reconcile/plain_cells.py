"""Plain cells: those of which nothing is to be said but their normal form, read a whole column at a time."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import polars as pl

from workbench.domain.fields import field_named
from workbench.reconcile.normalise import (
    addresses,
    dates,
    emails,
    identifiers,
    name_columns,
    phones,
    websites,
)
from workbench.reconcile.verdicts import UNREGISTERED

_ODD_NAME: Final = (
    r"(?i)#|tr[uū]st[eē][eē]|[aā]\s*/?\s*t\s*/?\s*f\b|[^\x00-\x7fāēīōūĀĒĪŌŪ]"  # what folding may turn into it
)
# A trustee company's own name, which ends before it could say for whom.
_TRUSTEES_OWN: Final = r"(?i)\btr[uū]st[eē][eē]s?(?: \(?[0-9]{4}\)?)?(?: limited| ltd\.?)?$"
Read = Callable[[str, pl.Series, str | None], pl.DataFrame]


def keys(field: str, rows: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Read both sides' plain cells, each distinct one once.

    Parameters
    ----------
    field : str
        A compared field.
    rows : polars.DataFrame
        Columns ``ours``, ``theirs`` (the cells) and ``our_habit``, ``their_habit`` (by what they are read).

    Returns
    -------
    tuple of polars.DataFrame
        Per side, in the order of the rows: ``key``, null where a cell is not plain; of an address instead its
        parts, ``plain``, and ``points`` and ``boxed``: whether it only points elsewhere, or is a box where
        somebody should stand, and nothing else is to be said of it.
    """
    names = (("ours", "our_habit"), ("theirs", "their_habit"))
    sides = [rows.select(pl.col(text).alias("text"), pl.col(habit).alias("habit")) for text, habit in names]
    distinct = pl.concat(sides).drop_nulls("text").unique()
    read = _READERS[field_named(field).kind]
    parts = [
        pl.concat([some, read(field, some["text"], some["habit"][0])], how="horizontal")
        for some in (distinct.partition_by("habit") if len(distinct) else [distinct.clear(1)])
    ]
    known, on = pl.concat(parts), ["text", "habit"]
    ours, theirs = (
        side.join(known, on=on, how="left", nulls_equal=True, maintain_order="left") for side in sides
    )
    return ours, theirs


def _one(found: pl.Series) -> pl.DataFrame:
    return pl.DataFrame([found.alias("key")])


def _name(_: str, texts: pl.Series, entity_type: str | None) -> pl.DataFrame:
    read = name_columns.keys_of(texts, entity_type)
    # What a spreadsheet damaged, and what is blank, is no name; a trustee's tells for whom it stands.
    odd = texts.str.replace(_TRUSTEES_OWN, "").str.contains(_ODD_NAME) | ~texts.str.contains(r"\S")
    if entity_type in UNREGISTERED:
        odd |= texts.str.contains("(?i)s(?:[^a-z]|$)")
    return _one(read.set(odd, None))


def _address(field: str, texts: pl.Series, country: str | None) -> pl.DataFrame:
    found = addresses.cells_of(texts, country)
    odd = texts.str.contains(f"#|{addresses.MADE_A_DAY}") | texts.str.contains(addresses.LEADS_NOWHERE)
    whole = pl.lit(~odd)
    sound = whole & ~(pl.col("blank") | pl.col("pointer") | pl.col("zero_eaten"))
    nowhere = pl.col("only_box") & (field == "physical_address")  # nobody can stand in a box
    return found.with_columns(plain=sound & ~nowhere, boxed=sound & nowhere, points=whole & pl.col("pointer"))


_READERS: Final[dict[str, Read]] = {
    "phone": lambda _, texts, country: _one(phones.plain_of(texts, country)),
    "email": lambda _, texts, __: _one(emails.plain_of(texts)),
    "website": lambda _, texts, __: _one(websites.plain_of(texts)),
    "date": lambda _, texts, __: _one(dates.plain_of(texts)),
    "identifier": lambda field, texts, _: _one(identifiers.plain_of(field, texts)),
    "tax": lambda field, texts, _: _one(identifiers.plain_of(field, texts)),
    "name": _name,
    "address": _address,
}
