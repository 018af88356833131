"""The last agreed pairs of values, set beside the links that are compared."""

from __future__ import annotations

from typing import NamedTuple

import pandas as pd
import polars as pl

from workbench.domain.fields import CONNECTWORKS, XPM
from workbench.domain.frames import as_json
from workbench.domain.warnings import LOST
from workbench.reconcile.text_columns import as_column

_SAID = (CONNECTWORKS, XPM, "at", "why")


class Agreed(NamedTuple):
    """A pair of values on which both sides were agreed, and why it counts as agreed."""

    connectworks: str | None
    xpm: str | None
    at: str | None
    why: str | None = None

    @property
    def lost(self) -> str | None:
        """Say why it cannot be gone by; None where it can."""
        return LOST.get(self.why or "")


class Agreements:
    """What is agreed of some links.

    Parameters
    ----------
    baseline : pandas.DataFrame or None
        `workbench.domain.frames.BASELINE`.
    links : pandas.Series
        The links' ids.
    """

    def __init__(self, baseline: pd.DataFrame | None, links: pd.Series) -> None:
        self._links = pl.DataFrame([as_column(links).alias("link_id")])
        self._known = _known(baseline)
        # Of a baseline that belongs to other links nothing is known.
        fits = self._known.join(self._links, on="link_id", how="semi")
        self.unfit = fits.is_empty() and not self._known.is_empty()

    def of(self, field: str) -> pl.DataFrame:
        """Give what is agreed in one field, a row a link.

        Parameters
        ----------
        field : str
            A compared field.

        Returns
        -------
        polars.DataFrame
            ``there`` (whether anything is agreed), and the parts of `Agreed`.
        """
        if self.unfit:
            blank = (pl.lit(None, pl.String).alias(name) for name in _SAID[:-1])
            said = pl.lit(True).alias("there"), *blank, pl.lit("unfit").alias("why")
            return self._links.with_columns(said).drop("link_id")
        known = self._known.filter(pl.col("field") == field).with_columns(pl.lit(True).alias("there"))
        found = self._links.join(known, on="link_id", how="left", maintain_order="left")
        return found.select(pl.col("there").fill_null(False), *_SAID)


def pair_texts() -> pl.Expr:
    """Write agreed pairs as the canonical JSON that a differences frame shows."""
    texts = (pl.lit(f'"{side}":') + as_json(side) for side in (CONNECTWORKS, XPM))
    return pl.concat_str(pl.lit("{"), next(texts), pl.lit(","), next(texts), pl.lit("}"))


def _known(baseline: pd.DataFrame | None) -> pl.DataFrame:
    columns = ("link_id", "field", *_SAID)
    if baseline is None or baseline.empty:
        return pl.DataFrame(schema=dict.fromkeys(columns, pl.String))
    blank = pl.Series([None], dtype=pl.String).new_from_index(0, len(baseline))
    texts = (as_column(baseline[name]) if name in baseline else blank for name in columns)
    read = [column.alias(name) for column, name in zip(texts, columns, strict=True)]
    return pl.DataFrame(read).unique(["link_id", "field"], keep="last")
