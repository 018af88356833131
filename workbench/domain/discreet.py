"""Frames that hide what is nobody's business wherever they are shown, and nowhere else."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

import numpy as np
import pandas as pd

from workbench.domain.fields import BY_NAME, FIELDS

HIDDEN: Final = "•••"
_FIELDS: Final = frozenset(field.name for field in FIELDS if field.masked)
_COLUMNS: Final = frozenset(column for field in FIELDS if field.masked for column in field.columns)
_SENSITIVE: Final = _FIELDS | _COLUMNS
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

    def value_counts(self, *args: Any, **kwargs: Any) -> pd.Series:
        """Count the values; as `pandas.Series.value_counts`, which forgets whose values they are."""
        return DiscreetSeries(super().value_counts(*args, **kwargs))


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
    secret_rows, secret_columns = (_called(axis, _SENSITIVE) for axis in (shown.index, shown.columns))
    cell_rows, cell_columns = (_called(axis, _CELLS) for axis in (shown.index, shown.columns))
    named, untold = _called(shown.columns, frozenset(BY_NAME)), _may_be_secret(shown)
    for place in range(shown.shape[1]):
        # What was received is text: a number only counts.
        if pd.api.types.is_numeric_dtype(shown.dtypes.iloc[place]):
            continue
        cell = (cell_rows | cell_columns[place]) & untold & ~named[place]
        secret = secret_rows | secret_columns[place] | cell
        if secret.any():
            column = shown.iloc[:, place]
            column = column if pd.api.types.is_string_dtype(column.dtype) else column.astype(object)
            shown.isetitem(place, column.mask(column.notna() & secret, HIDDEN).array)
    shown.index, shown.columns = _masked_index(shown.index), _masked_index(shown.columns)
    return shown


def _masked_column(column: pd.Series) -> pd.Series:
    return masked(pd.DataFrame({column.name: pd.Series(column)})).iloc[:, 0]


def _may_be_secret(frame: pd.DataFrame) -> np.ndarray:
    """Tell of each row whether it may be of a sensitive field: it is, or no row tells its field."""
    if "field" in frame.columns and frame.columns.nlevels == 1:
        told = pd.Index(frame["field"])
    elif "field" in frame.index.names:
        told = frame.index.get_level_values("field")
    elif frame.index.nlevels == 1 and "field" in frame.index and frame.loc["field"].nunique() == 1:
        told = pd.Index([frame.loc["field"].iloc[0]] * len(frame))  # turned on its side
    else:
        return np.ones(len(frame), dtype=bool)
    return told.isin(_FIELDS)


def _called(axis: pd.Index, names: frozenset[str]) -> np.ndarray:
    """Tell which rows or columns are called so: names of columns and fields, not what groups are of."""
    called = np.zeros(len(axis), dtype=bool)
    for level, name in enumerate(axis.names):
        if name in (None, "field"):
            called |= axis.get_level_values(level).isin(names)
    return called


def _masked_index(axis: pd.Index) -> pd.Index:
    """Hide what an axis holds of sensitive columns, and of cells of which nobody knows the field."""
    hidden = [name for name in axis.names if name in _SENSITIVE | _CELLS]
    if not hidden:
        return axis
    frame = axis.to_frame(index=False)
    frame[hidden] = frame[hidden].astype(object).mask(frame[hidden].notna(), HIDDEN)
    return pd.MultiIndex.from_frame(frame) if axis.nlevels > 1 else pd.Index(frame[hidden[0]])
