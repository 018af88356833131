"""Values that stand the other way round in two fields: a slip that spans both and is decided as one."""

from __future__ import annotations

from typing import Final

import pandas as pd

SWAPS: Final = {
    "primary and other phone swapped": ("primary_phone", "other_phone"),
    "physical and postal swapped": ("physical_address", "postal_address"),
}
"""The slip in words to its two fields."""


def other_half(field: str, slip: str | None) -> str | None:
    """Name the field with which a swapped one is decided as one; None where nothing is swapped.

    Parameters
    ----------
    field, slip : str
        Of a difference.
    """
    pair = SWAPS.get(slip or "", ())
    return next((name for name in pair if field in pair and name != field), None)


def with_other_halves(chosen: pd.DataFrame, differences: pd.DataFrame) -> pd.DataFrame:
    """Give rows of a differences frame, and of each swapped one the other half too.

    Half a swap would write one value into both places and lose the other.

    Parameters
    ----------
    chosen : pandas.DataFrame
        Rows of `differences`, as they were shown.
    differences : pandas.DataFrame
        All differences as they stand.
    """
    if "slip" not in chosen or not chosen["slip"].isin(list(SWAPS)).any():
        return chosen
    there = set(zip(chosen["link_id"], chosen["field"], strict=True))
    halves = {
        (link, half)
        for link, field, slip in zip(*(chosen[c] for c in ("link_id", "field", "slip")), strict=True)
        if (half := other_half(field, None if pd.isna(slip) else slip))
    }
    keys = zip(differences["link_id"], differences["field"], strict=True)
    lacking = [key in halves - there for key in keys]
    return pd.concat([chosen, differences[lacking]], ignore_index=True)
