"""The linked records of both sides, row by row: what comparing reads its cells from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import pandas as pd
import polars as pl

from workbench.domain.fields import CONNECTWORKS, SIDE_LABELS, SIDES, XPM
from workbench.domain.frames import Clients, as_links, cells
from workbench.reconcile.normalise.address_words import COUNTRIES
from workbench.reconcile.normalise.text import fold
from workbench.reconcile.text_columns import Codes, as_column, at

_WHERE = ("country", "physical_country", "postal_country")


@dataclass(frozen=True)
class Pairing:
    """Links with the records that they join; every column has one entry a link.

    Parameters
    ----------
    links : pandas.DataFrame
        Whole links (`workbench.domain.frames.LINKS`).
    frames : mapping
        Side to its clients frame.
    rows : mapping
        Side to each link's row number in that frame, -1 where the record is not there.
    home_country : str
        ISO 3166 code for records that name no country.
    """

    links: pd.DataFrame
    frames: Mapping[str, pd.DataFrame]
    rows: Mapping[str, Codes]
    home_country: str
    _cells: dict[tuple[str, str], pl.Series] = field(default_factory=dict, repr=False)

    def __len__(self) -> int:
        return len(self.links)

    def cells(self, side: str, name: str) -> pl.Series:
        """Give one field's cells of one side; null is blank."""
        return self.taken(side, self.whole(side, name))

    def column(self, side: str, name: str) -> pl.Series:
        """Give one column's values of one side; null is blank."""
        return self.taken(side, as_column(self.frames[side][name]))

    def whole(self, side: str, name: str) -> pl.Series:
        """Give one field's cells of all records of one side, linked or not; null is blank."""
        if (side, name) not in self._cells:
            self._cells[side, name] = as_column(cells(self.frames[side], name))
        return self._cells[side, name]

    def forget(self) -> None:
        """Give up the cells of all records; whoever asks for one again has it read again."""
        self._cells.clear()

    def taken(self, side: str, values: pl.Series) -> pl.Series:
        """Spread one side's values over the links; null where there is no record."""
        return at(values, self.rows[side])

    def absences(self) -> pl.Series:
        """Say for each link which record is missing, in a sentence; null where both are there."""
        gone = [self.rows[side] < 0 for side in SIDES]
        which = ((True, False), (False, True), (True, True))
        told = pl.Series([None, *(_absence(*sides) for sides in which)])
        return told.gather(gone[0].astype(np.int64) + 2 * gone[1].astype(np.int64))

    def countries(self, side: str) -> pl.Series:
        """Give each record's country: its own, its addresses', else the firm's home."""
        named = pl.DataFrame([self.column(side, name).alias(name) for name in _WHERE])
        known = {text: _country(text) for name in _WHERE for text in named[name].unique() if text}
        codes = (pl.col(name).replace_strict(known, default=None, return_dtype=pl.String) for name in _WHERE)
        return named.select(pl.coalesce(*codes, pl.lit(self.home_country)).alias("country")).to_series()


def pair(clients: Clients, links: pd.DataFrame, home_country: str) -> Pairing:
    """Join links with their records.

    Parameters
    ----------
    clients : Clients
        Both sides.
    links : pandas.DataFrame
        At least ``connectworks_id`` and ``xpm_id``.
    home_country : str
        ISO 3166 code for records that name no country.
    """
    whole = as_links(links)
    frames: dict[str, pd.DataFrame] = {side: clients.side(side) for side in SIDES}
    rows: dict[str, Codes] = {side: _rows(frames[side]["client_id"], whole[f"{side}_id"]) for side in SIDES}
    return Pairing(whole, frames, rows, home_country)


def plain_texts(values: pd.Series) -> list[str | None]:
    """Give a text column as a list; missing and empty are None."""
    plain = values.astype(object)
    return [value if isinstance(value, str) and value else None for value in plain.tolist()]


def _rows(ids: pd.Series, wanted: pd.Series) -> Codes:
    """Find the rows in which records stand; −1 where there is none."""
    there = pl.DataFrame({"id": pl.from_pandas(ids)}).with_row_index("row")
    found = pl.DataFrame({"id": pl.from_pandas(wanted)}).join(
        there, on="id", how="left", maintain_order="left"
    )
    return found["row"].cast(pl.Int64).fill_null(-1).to_numpy()


def _absence(no_connectworks: bool, no_xpm: bool) -> str:
    gone = [side for side, missing in ((CONNECTWORKS, no_connectworks), (XPM, no_xpm)) if missing]
    where = " and ".join(SIDE_LABELS[side] for side in gone)
    return f"The linked record is not among the clients pulled from {where}."


def _country(text: str) -> str | None:
    folded = fold(text)
    return COUNTRIES.get(folded, folded.upper() if len(folded) == 2 else None)
