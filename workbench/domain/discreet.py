"""Frames that hide what is nobody's business wherever they are shown, and nowhere else."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

import pandas as pd

from workbench.domain.fields import FIELDS

HIDDEN: Final = "•••"
_FIELDS: Final = frozenset(field.name for field in FIELDS if field.masked)
_COLUMNS: Final = frozenset(column for field in FIELDS if field.masked for column in field.columns)
_CELLS: Final = frozenset({"connectworks", "xpm", "baseline", "before", "after"})


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
        return repr(_masked(self))

    def _repr_html_(self) -> str | None:
        return _masked(self)._repr_html_()  # type: ignore[operator]


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
        plain = pd.Series(self)
        secret = self.name in _COLUMNS | _CELLS or _COLUMNS.intersection(map(str, self.index[:100]))
        return repr(plain.mask(plain.notna(), HIDDEN) if secret else plain)


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


def _masked(frame: pd.DataFrame) -> pd.DataFrame:
    shown = pd.DataFrame(frame).copy()
    for column in _COLUMNS.intersection(shown.columns):
        shown[column] = shown[column].mask(shown[column].notna(), HIDDEN)
    if "field" in shown.columns:
        secret: Any = shown["field"].isin(_FIELDS)
        for column in _CELLS.intersection(shown.columns):
            shown[column] = shown[column].mask(secret & shown[column].notna(), HIDDEN)
    return shown
