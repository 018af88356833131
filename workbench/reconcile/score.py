"""How good a set of candidates is, where the truth is known."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

Pair = tuple[str, str]


@dataclass(frozen=True)
class Score:
    """Precision and recall of ``verdict == "link"``.

    Parameters
    ----------
    precision : float
        Part (0 to 1) of the suggested links that are true; 1 where none was suggested.
    recall : float
        Part (0 to 1) of the true links that were suggested; 1 where there are none.
    clear_recall : float
        The same among those that the truth does not mark as a person's to judge (``effect`` is ``review``).
    found : int
        True links that were suggested.
    wrong, missed : tuple of (connectworks_id, xpm_id)
        Suggested but not true; true but not suggested.
    in_review : int
        How many of the missed ones stand in the review queue.
    """

    precision: float
    recall: float
    clear_recall: float
    found: int
    wrong: tuple[Pair, ...]
    missed: tuple[Pair, ...]
    in_review: int

    def __str__(self) -> str:
        """Tell the score in one line."""
        recalled = f"recall {self.recall:.4f} (clear ones {self.clear_recall:.4f})"
        counted = f"{self.found} found, {len(self.wrong)} wrong, {len(self.missed)} missed"
        return f"precision {self.precision:.4f}, {recalled}: {counted} ({self.in_review} of them in review)"


def score(candidates: pd.DataFrame, truth: pd.DataFrame | Sequence[Mapping[str, Any]]) -> Score:
    """Score candidates against the true links.

    Parameters
    ----------
    candidates : pandas.DataFrame
        What `link` gives.
    truth : pandas.DataFrame or sequence of mapping
        Columns ``connectworks_id`` and ``xpm_id``; rows that lack either are no link and are left out. Where
        a column ``row`` tells kinds of rows apart, only those called ``pair`` are links.
    """
    table = pd.DataFrame(truth)
    if "row" in table.columns:
        table = table[table["row"] == "pair"]
    known = table.dropna(subset=["connectworks_id", "xpm_id"])
    known = known[(known[["connectworks_id", "xpm_id"]] != "").all(axis=1)]
    clear = _pairs(known[known["effect"] != "review"] if "effect" in known.columns else known)
    true, said = _pairs(known), _pairs(candidates[candidates["verdict"] == "link"])
    seen = _pairs(candidates)
    missed = true - said
    return Score(
        len(true & said) / len(said) if said else 1.0,
        len(true & said) / len(true) if true else 1.0,
        len(clear & said) / len(clear) if clear else 1.0,
        len(true & said),
        tuple(sorted(said - true)),
        tuple(sorted(missed)),
        len(missed & seen),
    )


def _pairs(frame: pd.DataFrame) -> set[Pair]:
    return set(zip(frame["connectworks_id"].astype(str), frame["xpm_id"].astype(str), strict=True))
