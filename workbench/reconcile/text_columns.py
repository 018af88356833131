"""Columns of texts, from the house's frames (pandas) to whole-column work (Polars) and back."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd
import polars as pl
import pyarrow as pa

from workbench.domain.frames import TEXT

Codes = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]


def as_column(values: pd.Series) -> pl.Series:
    """Give a frame's text column; missing and empty are both null.

    Parameters
    ----------
    values : pandas.Series
        Of texts.
    """
    texts = pl.from_pandas(values)
    texts = texts if texts.dtype == pl.String else texts.cast(pl.String)
    return texts.set(texts == "", None)


def as_texts(values: pl.Series) -> pd.api.extensions.ExtensionArray:
    """Give a column as the texts of a frame.

    Parameters
    ----------
    values : polars.Series
        Of strings.
    """
    plain = values.cast(pl.String).to_arrow(compat_level=pl.CompatLevel.oldest())
    return TEXT.__from_arrow__(pa.chunked_array([plain]))  # type: ignore[attr-defined]


def at(values: pl.Series, rows: Codes) -> pl.Series:
    """Give the values in some rows; null where a row is −1.

    Parameters
    ----------
    values : polars.Series
        From which is taken.
    rows : array of int
        Row numbers.
    """
    places = pl.Series(np.where(rows < 0, 0, rows), dtype=pl.UInt32)
    if not len(values):
        return values.clear(len(rows))
    return values.gather(places.set(pl.Series(rows < 0), None))


def numbered(rows: pl.DataFrame) -> tuple[Codes, pl.DataFrame]:
    """Give the distinct rows of a frame numbers.

    Parameters
    ----------
    rows : polars.DataFrame
        Any; null equals null.

    Returns
    -------
    array of int, polars.DataFrame
        Each row's number, and the distinct rows in the order of their numbers.
    """
    distinct = rows.unique()
    known = distinct.with_row_index("_number")
    found = rows.join(known, on=rows.columns, how="left", nulls_equal=True, maintain_order="left")
    return found["_number"].to_numpy().astype(np.int64), distinct
