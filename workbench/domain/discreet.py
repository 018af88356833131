"""Frames that hide what is nobody's business wherever they are shown, and nowhere else."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

import pandas as pd

from workbench.domain.fields import FIELDS

HIDDEN: Final = "•••"
_FIELDS: Final = frozenset(field.name for field in FIELDS if field.masked)
_COLUMNS: Final = frozenset(column for field in FIELDS if field.masked for column in field.columns)
_CELLS: Final = frozenset({"connectworks", "xpm", "baseline", "before", "after", "value"})


class DiscreetFrame(pd.DataFrame):
    """A frame like any other, whose picture hides tax numbers, birth dates and addresses.

    What is computed from it is computed from the values; `unmasked` shows them.
    """

    @property
    def _constructor(self) -> Callable[..., pd.DataFrame]:
        return DiscreetFrame

    @property
    def _constructor_sliced(self) -> Callable[..., pd.Series]:
        return DiscreetSeries

    def unmasked(self) -> pd.DataFrame:
        """Give the same frame, shown as it is."""
        return pd.DataFrame(self)

    def __repr__(self) -> str:
        return repr(masked(self))

    def _repr_html_(self) -> str | None:
        return masked(self)._repr_html_()  # type: ignore[operator]

    def to_string(self, *args: Any, **kwargs: Any) -> Any:
        """Give the picture as text; as `pandas.DataFrame.to_string`."""
        return masked(self).to_string(*args, **kwargs)

    def to_html(self, *args: Any, **kwargs: Any) -> Any:
        """Give the picture as HTML; as `pandas.DataFrame.to_html`."""
        return masked(self).to_html(*args, **kwargs)


class DiscreetSeries(pd.Series):
    """A column of a `DiscreetFrame`."""

    @property
    def _constructor(self) -> Callable[..., pd.Series]:
        return DiscreetSeries

    @property
    def _constructor_expanddim(self) -> Callable[..., pd.DataFrame]:
        return DiscreetFrame

    def unmasked(self) -> pd.Series:
        """Give the same column, shown as it is."""
        return pd.Series(self)

    def __repr__(self) -> str:
        return repr(_masked_column(self))

    def to_string(self, *args: Any, **kwargs: Any) -> Any:
        """Give the picture as text; as `pandas.Series.to_string`."""
        return _masked_column(self).to_string(*args, **kwargs)


def discreet(frame: pd.DataFrame) -> pd.DataFrame:
    """Let a frame hide what is sensitive whenever it is shown.

    Parameters
    ----------
    frame : pandas.DataFrame
        Any frame of the house: whole columns of clients are hidden, and cells of the sensitive fields in
        differences, decisions, baseline and history.

    Returns
    -------
    pandas.DataFrame
        The same values; ``.unmasked()`` shows them.
    """
    return DiscreetFrame(frame)


def masked(frame: pd.DataFrame) -> pd.DataFrame:
    """Give a frame as it is shown: what is sensitive is gone from it for good."""
    shown = pd.DataFrame(frame).copy()
    for column in _COLUMNS.intersection(shown.columns):
        shown[column] = _hidden(shown[column])
    if "field" in shown.columns:
        secret: Any = shown["field"].isin(_FIELDS)
        for column in _CELLS.intersection(shown.columns):
            shown[column] = shown[column].mask(secret & shown[column].notna(), HIDDEN)
    sensitive = shown.index.isin(_COLUMNS)  # turned on its side, a column is a row
    if sensitive.any():
        shown = shown.astype(object).mask(pd.DataFrame(shown.notna()).mul(sensitive, axis=0), HIDDEN)
    shown.index = _masked_index(shown.index)
    return shown


def _masked_column(column: pd.Series) -> pd.Series:
    plain = pd.Series(column)
    plain.index = _masked_index(plain.index)
    if column.name in _COLUMNS | _CELLS:
        return _hidden(plain)
    sensitive = plain.index.isin(_COLUMNS)
    return plain.astype(object).mask(sensitive & plain.notna(), HIDDEN) if sensitive.any() else plain


def _masked_index(index: pd.Index) -> pd.Index:
    return pd.Index([HIDDEN] * len(index), name=index.name) if index.name in _COLUMNS else index


def _hidden(column: pd.Series) -> pd.Series:
    return column.mask(column.notna(), HIDDEN)
