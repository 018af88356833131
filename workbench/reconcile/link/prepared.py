"""Both sides' records in comparable form: one table, left above right, every value a code, read once."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import pandas as pd
import polars as pl

from workbench.domain.fields import ADDRESS_PARTS
from workbench.reconcile.link.codes import Codes, Flags, Ints, sorted_distinct
from workbench.reconcile.link.frequencies import HERE, Frequencies
from workbench.reconcile.link.received import Received
from workbench.reconcile.normalise import addresses, dates, identifiers, websites
from workbench.reconcile.normalise import name_columns as columns
from workbench.reconcile.normalise.columns import encoded, numbered
from workbench.reconcile.normalise.name_columns import NameColumns
from workbench.reconcile.threads import workers

IDENTIFIERS: Final = ("nzbn", "company_number", "abn", "tax_number")
CONTACTS: Final = ("email", "phone", "address", "website")
_OF_LISTS: Final = (*IDENTIFIERS, "email", "website", "date_of_birth")
TYPES: Final = ("", "individual", "company", "trust", "partnership", "limited_partnership", "estate")
# By legal form, the type of an organisation that is called so; 0 where that leaves it open.
_SAID: Final = {"limited": "company", "proprietary": "company"} | {kind: kind for kind in TYPES}
_TYPE_OF_FORM: Final = np.array([TYPES.index(_SAID.get(form, "")) for form in columns.LEGAL_FORMS])
GONE: Final = ("archived", "discarded", "deleted")
# A cell with a long list of numbers is no better evidence than its first few.
MOST_VALUES: Final = 6
ROWS_AT_ONCE: Final = 1 << 14
NAME_PARTS: Final = ("legal_name", "first_name", "middle_name", "last_name", "trading_name")
_TOLD_OF_NAMES: Final = (*NAME_PARTS, "entity_type")


@dataclass(frozen=True)
class Values:
    """One field of all records as codes: equal codes are equal values, −1 is missing.

    Parameters
    ----------
    codes : array of int, shape (records, values a record)
        What each record has.
    counts : array of int, shape (values, 2)
        How many records of each side have the value of each code.
    words : polars.Series
        The value of each code, sorted.
    sieve : array of int
        A property of each value that two values must have in common to differ by a slip only (an email's
        host, an address' numbers); of numbers the number itself.
    """

    codes: Ints
    counts: Codes
    words: pl.Series
    sieve: Codes

    @cached_property
    def lengths(self) -> Codes:
        """How many signs each value has."""
        return self.words.str.len_chars().to_numpy().astype(np.int64)

    @cached_property
    def digits_of_days(self) -> Ints:
        """The eight digits of each value, where the values are days (ISO)."""
        digits = (self.words.str.slice(at, 1).cast(pl.Int8).to_numpy() for at in (0, 1, 2, 3, 5, 6, 8, 9))
        return np.stack(list(digits), axis=1)


@dataclass(frozen=True)
class Prepared:
    """Everything that blocking and evidence read; a record is a row number, the left side's come first.

    Parameters
    ----------
    received : Received
        What linking reads of them, as they were received.
    names : NameColumns
        Each record's name, and behind them their aliases.
    values : dict of str to Values
        Comparable values by field.
    types : array of int
        Place in `TYPES` of the type to compare by.
    known : Frequencies
        How often values stand in the whole firm, if these are only some of its records.
    """

    received: Received
    names: NameColumns
    values: dict[str, Values]
    types: Ints
    known: Frequencies = HERE

    def __len__(self) -> int:
        return len(self.received)

    @property
    def sizes(self) -> tuple[int, int]:
        """How many records each side has."""
        return self.received.sizes

    @property
    def firm(self) -> tuple[int, int]:
        """How many records each side of the whole firm has."""
        return self.known.sizes or self.sizes

    @property
    def typed(self) -> bool:
        """Whether both sides say what their records are."""
        return _typed(self.received)

    @cached_property
    def right(self) -> Flags:
        """Which records are the right side's."""
        return np.arange(len(self)) >= self.sizes[0]

    @cached_property
    def gone(self) -> Flags:
        """Which records are archived, discarded or deleted."""
        return self.said("lifecycle", *GONE)

    def said(self, column: str, *any_of: str) -> Flags:
        """Tell which records have one of some texts in a column."""
        return self.received.column(column).is_in(any_of).fill_null(False).to_numpy()


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
    received = Received.of_frames(connectworks, xpm)
    return _prepared(received, HERE) if _typed(received) else _lists(received)


def of_sides(left: pl.DataFrame, right: pl.DataFrame, known: Frequencies = HERE) -> Prepared:
    """Bring two sides into comparable form.

    Parameters
    ----------
    left, right : polars.DataFrame
        Each sorted by client_id and with all columns that are read.
    known : Frequencies
        How often values stand in the whole firm, if these are only some of its records.
    """
    return _prepared(Received.of_tables(left, right), known)


def _lists(received: Received) -> Prepared:
    """Read the values of records that do not say what they are; their names and addresses are words only."""
    values = {field: _values(field, received) for field in _OF_LISTS}
    names = _names(received.table(*_TOLD_OF_NAMES)[:0])
    return Prepared(received, names, values, np.zeros(len(received), dtype=np.int8))


def _prepared(received: Received, known: Frequencies) -> Prepared:
    """Read all records."""
    # Strings are read outside of Python's lock; addresses take as long as all the others.
    longest_first = dict.fromkeys(("address", "phone", "email", *_READERS))
    with workers(len(received)) as pool:
        read = pool.map(lambda field: _values(field, received), longest_first)
        found = dict(zip(longest_first, read, strict=True))
    names = _names(received.table(*_TOLD_OF_NAMES))
    values = {field: _known(field, found[field], known) for field in _READERS}
    return Prepared(received, names, values, _types(received, names), known)


def _typed(received: Received) -> bool:
    """Tell whether both sides say what their records are."""
    told, left = received.column("entity_type").is_not_null(), received.sizes[0]
    return bool(told[:left].any() and told[left:].any())


def _known(field: str, values: Values, known: Frequencies) -> Values:
    return replace(values, counts=known.of(field, values.words, values.counts))


def _names(frame: pl.DataFrame) -> NameColumns:
    parts = (pl.col("last_name").alias("family"), pl.col("trading_name").alias("trading"))
    return columns.read(frame.select(full_name().alias("text"), "entity_type", *parts))


def _values(field: str, received: Received) -> Values:
    return values_of(field, *_READERS[field](received), received.sizes)


def full_name() -> pl.Expr:
    """Give each record's whole name: the legal one, else its parts, else the trading name."""
    parts = pl.concat_str("first_name", "middle_name", "last_name", separator=" ", ignore_nulls=True)
    return pl.coalesce("legal_name", parts.replace("", None), "trading_name")


def full_names(frame: pd.DataFrame) -> list[str | None]:
    """Give each client's whole name: the legal one, else its parts, else the trading name.

    Parameters
    ----------
    frame : pandas.DataFrame
        A whole clients frame.
    """
    read = ("legal_name", "first_name", "middle_name", "last_name", "trading_name")
    table = pl.DataFrame({name: pl.from_pandas(frame[name]).cast(pl.String) for name in read})
    return (
        table.with_columns(pl.col(name).replace("", None) for name in read)
        .select(full_name())["legal_name"]
        .to_list()
    )


def texts(frame: pd.DataFrame, column: str) -> list[str | None]:
    """Give a column as plain Python texts; missing is None."""
    values: list[str | None] = frame[column].to_numpy(object, na_value=None).tolist()  # type: ignore[call-overload]
    return values


def _types(received: Received, names: NameColumns) -> Ints:
    """Give the types to compare by.

    A partnership kept as a kind of company is a partnership; an estate kept as a person is an estate; of
    which kind nobody has told is what the name says.
    """
    told = received.column("entity_type")
    types = told.replace_strict(list(TYPES), list(range(len(TYPES))), default=0)
    result = types.fill_null(0).to_numpy()
    subtype = received.column("entity_subtype").str.to_lowercase().str.contains("partnership", literal=True)
    form = names.form[: len(received)]
    named = form == columns.LEGAL_FORMS.index("partnership")
    is_partnership = (result == TYPES.index("company")) & (subtype.fill_null(False).to_numpy() | named)
    is_estate = (result == TYPES.index("individual")) & (form == columns.LEGAL_FORMS.index("estate"))
    conditions = [is_partnership, is_estate, result == 0]
    found: list[Any] = [TYPES.index("partnership"), TYPES.index("estate"), _TYPE_OF_FORM[form]]
    return np.asarray(np.select(conditions, found, result), dtype=np.int8)


Rows = npt.NDArray[np.int64]
Found = tuple[Rows, Codes, pl.Series]
"""The record of each value, the value's code, and the text of each code."""
Reader = Callable[[Received], Found]
Part = tuple[Rows, Codes, pl.Series]
"""Records, which of some distinct cells each has, and what is read of each cell."""


def values_of(field: str, row: Rows, code: Codes, words: pl.Series, sizes: tuple[int, int]) -> Values:
    """Lay out the values that records have.

    Parameters
    ----------
    field : str
        What they are.
    row, code : array of int
        The record of each value, and its code.
    words : polars.Series
        The text of each code.
    sizes : tuple of int
        How many records each side has.
    """
    if len(row) and np.any(row[1:] <= row[:-1]):
        # Each record's values side by side, each once.
        row, code = np.divmod(sorted_distinct(row * len(words) + code), len(words))
    place = np.arange(len(row)) - np.searchsorted(row, row, "left")
    kept = place < MOST_VALUES
    row, code, place = row[kept], code[kept], place[kept]
    table = np.full((sum(sizes), int(place.max(initial=0)) + 1), -1, dtype=np.int32)
    table[row, place] = code
    on_right = row >= sizes[0]
    counts = [np.bincount(code[on_right == side], minlength=len(words)) for side in (False, True)]
    return Values(table, np.stack(counts, axis=1), words, _sieve(field, words))


def _sieve(field: str, words: pl.Series) -> Codes:
    if field == "email":
        return encoded(words.str.split("@").list.last())[0]
    if field not in (*IDENTIFIERS, "phone", "address"):
        return np.zeros(0, dtype=np.int64)
    digits = words.str.replace_all(r"\D+", "")
    if field == "address":
        return encoded(digits)[0]
    return digits.str.slice(0, 18).cast(pl.Int64, strict=False).fill_null(-1).to_numpy()


def _each(received: Received, names: Iterable[str], by_country: bool, read: Callable[..., Any]) -> Found:
    """Read the cells of some columns.

    Parameters
    ----------
    received : Received
        All records.
    names : iterable of str
        Columns whose cells are read alike.
    by_country : bool
        Whether the record's country decides how a cell is read.
    read : callable
        Series of texts, and the country if it decides, to a series of texts or of lists of texts.
    """
    rows = np.arange(len(received))
    homes = (
        received.column("country").fill_null("NZ") if by_country else pl.repeat("NZ", len(rows), eager=True)
    )
    parts: list[Part] = []
    for name in names:
        cells = pl.DataFrame({"row": rows, "home": homes, "cell": received.column(name)}).drop_nulls("cell")
        for (home,), some in cells.partition_by("home", as_dict=True, maintain_order=True).items():
            which, cell = encoded(some["cell"])
            habits = (home,) if by_country else ()
            # Some at a time: what is split on the way is larger than what is read.
            starts = range(0, max(len(cell), 1), ROWS_AT_ONCE)
            keys = [read(cell[at : at + ROWS_AT_ONCE], *habits) for at in starts]
            parts.append((some["row"].to_numpy(), which, pl.concat(keys)))
    return _of_records(parts)


def _of_records(parts: Sequence[Part]) -> Found:
    """Give each record the values of its cell."""
    flat = [_flat(read) for _, _, read in parts]
    code, words = encoded(pl.concat([pl.Series([], dtype=pl.String), *(values for values, _ in flat)]))
    rows, codes, begun = [np.empty(0, dtype=np.int64)], [code[:0]], 0
    for (row, which, _), (values, size) in zip(parts, flat, strict=True):
        first, many = begun + np.cumsum(size) - size, size[which]
        place = np.arange(many.sum()) - np.repeat(np.cumsum(many) - many, many)
        rows.append(np.repeat(row, many))
        codes.append(code[np.repeat(first[which], many) + place])
        begun += len(values)
    return np.concatenate(rows), np.concatenate(codes), words


def _flat(read: pl.Series) -> tuple[pl.Series, Codes]:
    """Give what was read of cells, one after the other, and how many values each has: texts, or lists."""
    if read.dtype != pl.List(pl.String):
        return read.drop_nulls(), read.is_not_null().to_numpy().astype(np.int64)
    size = read.list.len().fill_null(0).to_numpy().astype(np.int64)
    return read.list.explode(keep_nulls=False, empty_as_null=False), size


def _cells(*names: str, read: Callable[..., Any], by_country: bool = False) -> Reader:
    return lambda received: _each(received, names, by_country, read)


def _identifier(field: str) -> Reader:
    return _cells(field, read=lambda cells: identifiers.key_of(field, cells))


def _address(received: Received) -> Found:
    rows = pl.concat(
        received.table("country", *(f"{kind}_{part}" for part in ADDRESS_PARTS))
        .select(
            pl.int_range(pl.len(), dtype=pl.Int64).alias("row"),
            pl.col("country").fill_null("NZ").alias("home"),
            *(pl.col(f"{kind}_{part}").alias(part) for part in ADDRESS_PARTS),
        )
        .filter(pl.any_horizontal(pl.col(*ADDRESS_PARTS).is_not_null()))
        for kind in ("physical", "postal")
    )
    which, first = numbered(rows.drop("row"))
    row, distinct = rows["row"].to_numpy(), rows[first].drop("row").with_row_index("at")
    # Of a great many only the keys are held, not what they are made of.
    del rows
    keys = [pl.DataFrame(schema={"at": pl.UInt32, "key": pl.String})]
    for (home,), some in distinct.partition_by("home", as_dict=True, maintain_order=True).items():
        for taken in some.iter_slices(ROWS_AT_ONCE):
            key = addresses.parts_of(taken.select(ADDRESS_PARTS), str(home))["key"]
            keys.append(pl.DataFrame([taken["at"], key]))
    return _of_records([(row, which, pl.concat(keys).sort("at")["key"])])


# What these two know of the world takes longer to load than a short list to link, which may have neither.
def _mailboxes(cells: pl.Series) -> pl.Series:
    from workbench.reconcile.normalise import emails

    return emails.keys_of(cells)


def _dialled(cells: pl.Series, home: str) -> pl.Series:
    from workbench.reconcile.normalise import phones

    return phones.keys_of(cells, home)


_READERS: Final[dict[str, Reader]] = {
    **{field: _identifier(field) for field in IDENTIFIERS},
    "email": _cells("email", read=_mailboxes),
    "phone": _cells("primary_phone", "other_phone", read=_dialled, by_country=True),
    "address": _address,
    "website": _cells("website", read=websites.key_of),
    "date_of_birth": _cells("date_of_birth", read=dates.key_of),
    "last_three": _cells("tax_number", read=identifiers.last_three_of),
    "country": _cells("country", read=lambda cells: cells.str.to_uppercase()),
}
