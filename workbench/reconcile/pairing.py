"""The linked records of both sides, row by row: what comparing reads its cells from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from workbench.domain.fields import COMPARED, CONNECTWORKS, SIDE_LABELS, SIDES, XPM
from workbench.domain.frames import Clients, as_links, cells
from workbench.reconcile.normalise.address_words import COUNTRIES
from workbench.reconcile.normalise.text import fold
from workbench.reconcile.verdicts import Habits


@dataclass(frozen=True)
class Pairing:
    """Links with the records that they join; every list has one entry a link.

    Parameters
    ----------
    links : pandas.DataFrame
        Whole links (`workbench.domain.frames.LINKS`).
    frames : mapping
        Side to its clients frame.
    fields : mapping
        Side and compared field to that frame's cells.
    rows : mapping
        Side to each link's row number in that frame, -1 where the record is not there.
    habits : mapping
        Side to how each record's cells are to be read.
    """

    links: pd.DataFrame
    frames: Mapping[str, pd.DataFrame]
    fields: Mapping[tuple[str, str], pd.Series]
    rows: Mapping[str, np.ndarray]
    habits: Mapping[str, list[Habits]]

    def __len__(self) -> int:
        return len(self.links)

    def cells(self, side: str, field: str) -> list[str | None]:
        """Give one field's cells of one side; None is blank."""
        return self.taken(side, self.fields[side, field])

    def column(self, side: str, name: str) -> list[str | None]:
        """Give one column's values of one side; None is blank."""
        return self.taken(side, self.frames[side][name])

    def taken(self, side: str, values: pd.Series) -> list[str | None]:
        """Spread one side's values over the links."""
        plain = plain_texts(values)
        return [plain[row] if row >= 0 else None for row in self.rows[side].tolist()]

    def counted(self, side: str, counts: np.ndarray) -> list[int]:
        """Spread one side's counts over the links; 0 where there is no record."""
        return [int(counts[row]) if row >= 0 else 0 for row in self.rows[side].tolist()]

    def absences(self) -> list[str | None]:
        """Say for each link which record is missing, in a sentence; None where both are there."""
        both = zip(*(self.rows[side].tolist() for side in SIDES), strict=True)
        return [_absence(first < 0, second < 0) for first, second in both]


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
    rows: dict[str, np.ndarray] = {
        side: pd.Index(frames[side]["client_id"]).get_indexer(whole[f"{side}_id"]) for side in SIDES
    }
    fields: dict[tuple[str, str], pd.Series] = {
        (side, field): cells(frames[side], field) for side in SIDES for field in COMPARED
    }
    bare = Pairing(whole, frames, fields, rows, {})
    return Pairing(whole, frames, fields, rows, {side: _habits(bare, side, home_country) for side in SIDES})


def plain_texts(values: pd.Series) -> list[str | None]:
    """Give a text column as a list; missing and empty are None."""
    plain = values.astype(object)
    return [value if isinstance(value, str) and value else None for value in plain.tolist()]


def _absence(no_connectworks: bool, no_xpm: bool) -> str | None:
    gone = [side for side, missing in ((CONNECTWORKS, no_connectworks), (XPM, no_xpm)) if missing]
    if not gone:
        return None
    where = " and ".join(SIDE_LABELS[side] for side in gone)
    return f"The linked record is not among the clients pulled from {where}."


def _habits(pairing: Pairing, side: str, home_country: str) -> list[Habits]:
    """Find each record's country (its own, its addresses', the firm's home) and its entity type."""
    named = [pairing.column(side, c) for c in ("country", "physical_country", "postal_country")]
    codes = {text: _country(text) for column in named for text in set(column) if text}

    def country(*texts: str | None) -> str:
        return next((code for text in texts if text and (code := codes[text])), home_country)

    rows = list(zip(*named, pairing.column(side, "entity_type"), strict=True))
    known = {row: Habits(country(*row[:-1]), row[-1]) for row in set(rows)}
    return [known[row] for row in rows]


def _country(text: str) -> str | None:
    folded = fold(text)
    return COUNTRIES.get(folded, folded.upper() if len(folded) == 2 else None)
