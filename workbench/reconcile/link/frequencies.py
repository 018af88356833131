"""How often values stand in the whole firm, where the records at hand are only some of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

import numpy as np
import polars as pl

from workbench.reconcile.link.codes import Codes


@dataclass(frozen=True)
class Frequencies:
    """How many records of the whole firm have a value; by default the records at hand are the firm.

    Parameters
    ----------
    sizes : tuple of int, optional
        How many records each whole side has.
    tables : mapping of str to polars.DataFrame
        By kind of value, how many records have it: ``value`` (text), ``left`` and ``right``. A value that is
        not there is so rare that the records at hand tell as much as the formulae ask for (`COMMON`).
    """

    sizes: tuple[int, int] | None = None
    tables: Mapping[str, pl.DataFrame] = field(default_factory=dict)

    def of(self, kind: str, values: pl.Series, here: Codes) -> Codes:
        """Tell how many records have each of some values.

        Parameters
        ----------
        kind : str
            What they are values of.
        values : polars.Series
            The values, each once.
        here : array of int
            How many records at hand have each; of two columns the first is the left side's.
        """
        if kind not in self.tables:
            return here
        asked = pl.DataFrame({"value": values.cast(pl.String)})
        told = asked.join(self.tables[kind], on="value", how="left", maintain_order="left")
        counts = told.select("left", "right").cast(pl.Int64)
        known = counts["left"].is_not_null().to_numpy()
        table = counts.fill_null(0).to_numpy()
        if here.ndim == 1:
            return np.where(known, table.sum(axis=1), here)
        return np.where(known[:, None], table, here)


HERE: Final = Frequencies()
COMMON: Final = 2
"""A value that fewer records of either side have weighs as one that nobody else has."""
