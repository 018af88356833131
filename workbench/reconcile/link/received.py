"""Both sides' records as they were received: a column is made when it is asked for, and not held here.

A firm's texts are with whoever asks for linking already. All columns at once would be as much again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Final

import pandas as pd
import polars as pl
import pyarrow as pa

from workbench.domain.errors import BadInput
from workbench.domain.fields import ADDRESS_PARTS, CONNECTWORKS, XPM
from workbench.domain.frames import as_text, client_ids, demand_frame
from workbench.reconcile.link.memory import give_back
from workbench.reconcile.threads import workers

_LINKED_BY: Final = (
    *("legal_name", "first_name", "last_name", "trading_name"),
    *("nzbn", "company_number", "abn", "tax_number"),
)
READ: Final = (
    *("client_id", "nature", "entity_type", "entity_subtype", "lifecycle", "country", "middle_name"),
    *(*_LINKED_BY, "email", "website", "primary_phone", "other_phone", "date_of_birth"),
    *(f"{kind}_{part}" for kind in ("physical", "postal") for part in ADDRESS_PARTS),
)
Column = Callable[[str], pl.Series]
"""Gives a column of `READ` as text; blank and missing are both null."""


@dataclass(frozen=True)
class Received:
    """What linking reads of both sides' records, each side sorted by client_id.

    Parameters
    ----------
    sizes : tuple of int
        How many records each side has.
    column : callable
        Gives a column of both, the left side above the right.
    """

    sizes: tuple[int, int]
    column: Column

    def __len__(self) -> int:
        return sum(self.sizes)

    def table(self, *names: str) -> pl.DataFrame:
        """Give some columns."""
        return pl.DataFrame([self.column(name).alias(name) for name in names])

    def held(self, *names: str) -> Received:
        """Give these columns only, made once for all who ask."""
        return Received(self.sizes, self.table(*names).get_column)

    @classmethod
    def of_frames(cls, connectworks: pd.DataFrame, xpm: pd.DataFrame) -> Received:
        """Receive two frames.

        Parameters
        ----------
        connectworks, xpm : pandas.DataFrame
            Any frames of client-like columns.

        Raises
        ------
        BadInput
            If one is no frame, there is neither a name nor an identifier to link by, or ids repeat.
        """
        demand_frame(connectworks, CONNECTWORKS)
        demand_frame(xpm, XPM)
        sizes = len(connectworks), len(xpm)
        give_back(sum(sizes))
        with workers(sum(sizes)) as pool:
            sides = list(pool.map(_columns_of, (connectworks, xpm), (CONNECTWORKS, XPM)))
        return cls(sizes, lambda name: pl.concat([column(name) for column in sides], rechunk=True))

    @classmethod
    def of_tables(cls, left: pl.DataFrame, right: pl.DataFrame) -> Received:
        """Receive two tables that have all columns, each sorted by client_id."""
        return cls((len(left), len(right)), pl.concat([left, right]).get_column)


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
    column = _columns_of(frame, side)
    return pl.DataFrame([column(name).alias(name) for name in READ])


def _columns_of(frame: pd.DataFrame, side: str) -> Column:
    """Give what makes one side's columns, sorted by client_id."""
    demand_names(frame.columns, side)
    ids = pl.from_pandas(pd.Series(client_ids(frame, side)))
    order = None if ids.is_sorted() else ids.arg_sort()
    # Arrow's own arrays: these stay as they are, whatever becomes of the frame.
    texts = {name: _texts(frame[name]) for name in READ if name in frame.columns}

    def in_order(text: pl.Series) -> pl.Series:
        return text if order is None else text.rechunk().gather(order)

    def column(name: str) -> pl.Series:
        if name == "client_id":
            return in_order(ids)
        if name not in texts:
            return pl.repeat(None, len(ids), dtype=pl.String, eager=True)
        text = in_order(pl.Series(texts[name], dtype=pl.String))
        return text.set(text == "", None)

    return column


def _texts(column: pd.Series) -> pa.ChunkedArray | pa.Array:
    """Give a column as texts; what is text already is not copied."""
    return pa.array(column.array if isinstance(column.dtype, pd.StringDtype) else as_text(column))


def completed(read: pl.DataFrame) -> pl.DataFrame:
    """Give records all columns that linking reads; blank and missing are both null.

    Parameters
    ----------
    read : polars.DataFrame
        Text columns, ``client_id`` among them.
    """
    others = pl.exclude("client_id").cast(pl.String).replace("", None)
    missing = [pl.lit(None, pl.String).alias(name) for name in READ if name not in read.columns]
    return read.with_columns(others).with_columns(missing).select(READ)


def demand_names(columns: Iterable[str], side: str) -> None:
    """Demand a name or an identifier among the columns of a side.

    Raises
    ------
    BadInput
        If there is neither.
    """
    if not {*_LINKED_BY} & set(columns):
        raise BadInput(
            f"The {side} frame has neither a name nor an identifier to link by.",
            "Give it at least legal_name, or one of nzbn, company_number, abn, tax_number.",
        )
