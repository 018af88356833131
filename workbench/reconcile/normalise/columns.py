"""Whole columns at once: the well-formed bulk read by Polars, the odd rest by the function for one cell.

Every module of normal forms has such a twin beside its function for one cell. The twin may only ever be
quicker: where its patterns are not sure, it asks that function, so both give the same for every text.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Final

import numpy as np
import numpy.typing as npt
import polars as pl
import pyarrow as pa

TEXTS: Final = pl.List(pl.String)
Codes = npt.NDArray[np.int64]


def encoded(texts: pl.Series) -> tuple[Codes, pl.Series]:
    """Give equal texts equal codes, and the text of each code, in the order in which they come first.

    Parameters
    ----------
    texts : polars.Series of str
        A null has the code −1.
    """
    known = texts.to_arrow(compat_level=pl.CompatLevel.newest()).dictionary_encode()
    code = known.indices.fill_null(-1).to_numpy(zero_copy_only=False).astype(np.int64)
    return code, pl.Series(known.dictionary, dtype=pl.String)


def numbered(rows: pl.DataFrame) -> tuple[Codes, Codes]:
    """Give equal rows equal numbers, and where each number stands first, in the rows' order.

    Parameters
    ----------
    rows : polars.DataFrame
        Columns of texts, null where missing.
    """
    # As many columns at a time as one number holds.
    number, most = np.zeros(len(rows), dtype=np.int64), 1
    for column in rows:
        code, words = encoded(column)
        if most * (len(words) + 1) > np.iinfo(np.int64).max:
            number, most = _counted_up(number), len(rows)
        number, most = number * (len(words) + 1) + code + 1, most * (len(words) + 1)
    number = _counted_up(number)
    first = np.empty(int(number.max(initial=-1)) + 1, dtype=np.int64)
    first[number[::-1]] = np.arange(len(rows))[::-1]
    return number, first


def _counted_up(numbers: Codes) -> Codes:
    """Give equal numbers one number each, from 0 on, in the order in which they come first."""
    return pa.array(numbers).dictionary_encode().indices.to_numpy().astype(np.int64)


def completed(
    found: pl.Series, sure: pl.Series, texts: pl.Series, read: Callable[[pl.Series], pl.Series]
) -> pl.Series:
    """Read in another way what could not be read with certainty.

    Parameters
    ----------
    found : polars.Series
        What was read, right wherever `sure` is true.
    sure : polars.Series
        Truth values; a null counts as not sure.
    texts : polars.Series
        The texts that were read.
    read : callable
        The other reading, of a column.

    Returns
    -------
    polars.Series
        `found`, under the name of the texts, with the other reading wherever it was not sure.
    """
    odd = (~sure.fill_null(False)).arg_true()
    found = found.alias(texts.name)
    if odd.is_empty():
        return found
    read_again = read(texts.gather(odd)).alias(found.name).cast(found.dtype)
    return pl.concat([found, read_again]).gather(order_with(odd, len(found)))


def order_with(odd: pl.Series, length: int) -> pl.Series:
    """Give the order that puts rows read again, which stand behind all others, into their places.

    Parameters
    ----------
    odd : polars.Series
        The places of the rows that were read again.
    length : int
        How many rows there are.
    """
    return pl.arange(length, eager=True).scatter(odd, pl.arange(length, length + len(odd), eager=True))


def one_by_one(
    read: Callable[[str], Iterable[str] | None], dtype: pl.DataType | type[pl.DataType] = pl.String
) -> Callable[[pl.Series], pl.Series]:
    """Make the reading of a column from the reading of one text."""
    return lambda texts: pl.Series(texts.name, [read(text) for text in texts], dtype=dtype)


def whole(*patterns: str) -> str:
    """Write one pattern that matches a whole text by any of several."""
    return rf"^(?:{'|'.join(patterns)})$"
