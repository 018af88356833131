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

from workbench.domain.errors import BadInput
from workbench.domain.fields import ADDRESS_PARTS, CONNECTWORKS, XPM
from workbench.domain.frames import as_text, client_ids
from workbench.reconcile.link.codes import Codes, Flags, Ints, sorted_distinct
from workbench.reconcile.link.frequencies import HERE, Frequencies
from workbench.reconcile.link.memory import give_back
from workbench.reconcile.normalise import addresses, dates, identifiers, websites
from workbench.reconcile.normalise import name_columns as columns
from workbench.reconcile.normalise.columns import encoded, numbered
from workbench.reconcile.normalise.name_columns import NameColumns
from workbench.reconcile.threads import workers

IDENTIFIERS: Final = ("nzbn", "company_number", "abn", "tax_number")
CONTACTS: Final = ("email", "phone", "address", "website")
_OF_LISTS: Final = (*IDENTIFIERS, "email", "website", "date_of_birth")
TYPES: Final = ("", "individual", "company", "trust", "partnership", "limited_partnership", "estate")
GONE: Final = ("archived", "discarded", "deleted")
# A cell with a long list of numbers is no better evidence than its first few.
MOST_VALUES: Final = 6
ROWS_AT_ONCE: Final = 1 << 14
_NAMES: Final = ("legal_name", "first_name", "last_name", "trading_name")
NAME_PARTS: Final = ("legal_name", "first_name", "middle_name", "last_name", "trading_name")
_ADDRESSES: Final = tuple(f"{kind}_{part}" for kind in ("physical", "postal") for part in ADDRESS_PARTS)
_COMPARED_BY_CODES: Final = (*_ADDRESSES, "tax_number", "date_of_birth")
READ: Final = (
    *("client_id", "nature", "entity_type", "entity_subtype", "lifecycle", "country", "middle_name"),
    *(*_NAMES, *IDENTIFIERS, "email", "website", "primary_phone", "other_phone", "date_of_birth"),
    *_ADDRESSES,
)


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
    sizes : tuple of int
        How many records each side has.
    frame : polars.DataFrame
        The columns that linking reads, as received, each side sorted by client_id.
    names : NameColumns
        Each record's name, and behind them their aliases.
    values : dict of str to Values
        Comparable values by field.
    types : array of int
        Place in `TYPES` of the type to compare by.
    known : Frequencies
        How often values stand in the whole firm, if these are only some of its records.
    """

    sizes: tuple[int, int]
    frame: pl.DataFrame
    names: NameColumns
    values: dict[str, Values]
    types: Ints
    known: Frequencies = HERE

    def __len__(self) -> int:
        return sum(self.sizes)

    @property
    def firm(self) -> tuple[int, int]:
        """How many records each side of the whole firm has."""
        return self.known.sizes or self.sizes

    @property
    def typed(self) -> bool:
        """Whether both sides say what their records are."""
        return _typed(self.frame, self.sizes[0])

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
        return self.frame[column].is_in(any_of).fill_null(False).to_numpy()


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
    frame, sizes = _stacked(connectworks, xpm), (len(connectworks), len(xpm))
    return _prepared(frame, sizes, HERE) if _typed(frame, sizes[0]) else _lists(frame, sizes)


def _stacked(connectworks: pd.DataFrame, xpm: pd.DataFrame) -> pl.DataFrame:
    with workers(len(connectworks) + len(xpm)) as pool:
        return pl.concat(pool.map(side_of, (connectworks, xpm), (CONNECTWORKS, XPM)))


def demand_names(columns: Iterable[str], side: str) -> None:
    """Demand a name or an identifier among the columns of a side.

    Raises
    ------
    BadInput
        If there is neither.
    """
    if not {*_NAMES, *IDENTIFIERS} & set(columns):
        raise BadInput(
            f"The {side} frame has neither a name nor an identifier to link by.",
            "Give it at least legal_name, or one of nzbn, company_number, abn, tax_number.",
        )


def of_sides(left: pl.DataFrame, right: pl.DataFrame, known: Frequencies = HERE) -> Prepared:
    """Bring two sides into comparable form.

    Parameters
    ----------
    left, right : polars.DataFrame
        Each sorted by client_id and with all columns that are read.
    known : Frequencies
        How often values stand in the whole firm, if these are only some of its records.
    """
    return _prepared(pl.concat([left, right]), (len(left), len(right)), known)


def _lists(frame: pl.DataFrame, sizes: tuple[int, int]) -> Prepared:
    """Read the values of records that do not say what they are; their names and addresses are words only."""
    values = {field: _values(field, frame, sizes) for field in _OF_LISTS}
    return Prepared(sizes, frame, _names(frame[:0]), values, np.zeros(len(frame), dtype=np.int8))


def _prepared(frame: pl.DataFrame, sizes: tuple[int, int], known: Frequencies) -> Prepared:
    """Read all records; the caller holds the frame no longer, so that what is dropped of it is free."""
    # Strings are read outside of Python's lock; the slowest columns begin.
    with workers(len(frame)) as pool:
        slowest_first = sorted(_READERS, key=lambda field: field not in ("address", "phone", "email"))
        found = dict(
            zip(slowest_first, pool.map(lambda f: _values(f, frame, sizes), slowest_first), strict=True)
        )
    if _typed(frame, sizes[0]):
        # Clients are compared by these cells' codes alone; lists are compared by their addresses' texts.
        frame = frame.drop(_COMPARED_BY_CODES)
        give_back(len(frame))
    names, values = _names(frame), {field: _known(field, found[field], known) for field in _READERS}
    return Prepared(sizes, frame, names, values, _types(frame, names), known)


def _typed(frame: pl.DataFrame, left: int) -> bool:
    """Tell whether both sides say what their records are."""
    told = frame["entity_type"].is_not_null()
    return bool(told[:left].any() and told[left:].any())


def _known(field: str, values: Values, known: Frequencies) -> Values:
    return replace(values, counts=known.of(field, values.words, values.counts))


def _names(frame: pl.DataFrame) -> NameColumns:
    parts = (pl.col("last_name").alias("family"), pl.col("trading_name").alias("trading"))
    return columns.read(frame.select(full_name().alias("text"), "entity_type", *parts))


def _values(field: str, frame: pl.DataFrame, sizes: tuple[int, int]) -> Values:
    return values_of(field, *_READERS[field](frame), sizes)


def side_of(frame: pd.DataFrame, side: str) -> pl.DataFrame:
    """Read one side's columns, as received, sorted by client_id.

    Parameters
    ----------
    frame : pandas.DataFrame
        Any frame of client-like columns.
    side : str
        ``"connectworks"`` or ``"xpm"``.

    Raises
    ------
    BadInput
        If there is neither a name nor an identifier to link by, or ids repeat.
    """
    demand_names(frame.columns, side)
    # The door's own checks; what is text already need not be copied.
    ids = pd.Series(client_ids(frame, side))
    read = {"client_id": pl.from_pandas(ids)}
    for name in READ:
        if name in frame.columns and name not in read:
            text = _text(frame[name])
            # One after the other, and none that holds nothing: all at once they would take twice the room.
            read |= {} if text.null_count() == len(text) else {name: text}
    whole = _with_all_columns(pl.DataFrame(read))
    return whole if whole["client_id"].is_sorted() else whole.sort("client_id")


def _text(column: pd.Series) -> pl.Series:
    """Read a column as texts; blank and missing are both null."""
    text = column if isinstance(column.dtype, pd.StringDtype) else pd.Series(as_text(column))
    return pl.from_pandas(text).cast(pl.String).replace("", None)


def completed(read: pl.DataFrame) -> pl.DataFrame:
    """Give records all columns that linking reads; blank and missing are both null.

    Parameters
    ----------
    read : polars.DataFrame
        Text columns, ``client_id`` among them.
    """
    others = pl.exclude("client_id").cast(pl.String).replace("", None)
    return _with_all_columns(read.with_columns(others))


def _with_all_columns(read: pl.DataFrame) -> pl.DataFrame:
    missing = [pl.lit(None, pl.String).alias(name) for name in READ if name not in read.columns]
    return read.with_columns(missing).select(READ)


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


def _types(frame: pl.DataFrame, names: NameColumns) -> Ints:
    """Give the types to compare by.

    A partnership kept as a kind of company is a partnership; an estate kept as a person is an estate.
    """
    types = frame["entity_type"].replace_strict(list(TYPES), list(range(len(TYPES))), default=0)
    result = types.fill_null(0).to_numpy().astype(np.int8)
    subtype = frame["entity_subtype"].str.to_lowercase().str.contains("partnership", literal=True)
    form = names.form[: len(frame)]
    named = form == columns.LEGAL_FORMS.index("partnership")
    is_partnership = (result == TYPES.index("company")) & (subtype.fill_null(False).to_numpy() | named)
    is_estate = (result == TYPES.index("individual")) & (form == columns.LEGAL_FORMS.index("estate"))
    conditions, kinds = (is_partnership, is_estate), ("partnership", "estate")
    return np.select(conditions, [TYPES.index(kind) for kind in kinds], result).astype(np.int8)


Rows = npt.NDArray[np.int64]
Found = tuple[Rows, Codes, pl.Series]
"""The record of each value, the value's code, and the text of each code."""
Reader = Callable[[pl.DataFrame], Found]
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


def _each(frame: pl.DataFrame, names: Iterable[str], by_country: bool, read: Callable[..., Any]) -> Found:
    """Read the cells of some columns.

    Parameters
    ----------
    frame : polars.DataFrame
        All records.
    names : iterable of str
        Columns whose cells are read alike.
    by_country : bool
        Whether the record's country decides how a cell is read.
    read : callable
        Series of texts, and the country if it decides, to a series of texts or of lists of texts.
    """
    homes = frame["country"].fill_null("NZ") if by_country else pl.repeat("NZ", len(frame), eager=True)
    parts: list[Part] = []
    for name in names:
        cells = pl.DataFrame({"row": np.arange(len(frame)), "home": homes, "cell": frame[name]}).drop_nulls(
            "cell"
        )
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
    return lambda frame: _each(frame, names, by_country, read)


def _identifier(field: str) -> Reader:
    return _cells(field, read=lambda cells: identifiers.key_of(field, cells))


def _address(frame: pl.DataFrame) -> Found:
    rows = pl.concat(
        frame.select(
            pl.int_range(pl.len(), dtype=pl.Int64).alias("row"),
            pl.col("country").fill_null("NZ").alias("home"),
            *(pl.col(f"{kind}_{part}").alias(part) for part in ADDRESS_PARTS),
        ).filter(pl.any_horizontal(pl.col(*ADDRESS_PARTS).is_not_null()))
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
