"""How good pairs are, held against the truth."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

import pandas as pd

PAIR: Final = ["connectworks_id", "xpm_id"]
FIRST: Final = 5
_BANDS: Final = 10
Figures = dict[str, float]


def judged(pairs: Path, truth: Path) -> dict[str, Figures]:
    """Give the figures of every way in which a peer decides.

    Parameters
    ----------
    pairs : Path
        What a peer wrote: ids, ``score``, columns that begin with ``said``; ``probability`` if it has one.
    truth : Path
        The true pairs.

    Returns
    -------
    dict
        By way to decide (its own default is the empty text): precision, recall and F1 of what is said, and
        for all ways alike the best F1 of any line, recall within the first five, and the calibration error.
    """
    found, true = pd.read_parquet(pairs), pd.read_parquet(truth)
    found = found.drop_duplicates(PAIR).reset_index(drop=True)
    found["true"] = among(found, true)
    ways = [column for column in found if column.startswith("said")]
    own = {way.removeprefix("said").lstrip(", "): said(found[found[way]], true) for way in ways}
    lines = (best_line(kept, len(true)) for kept in (found, one_to_one(found)))
    alike = {
        "best F1": max(*lines, *(figures["F1"] for figures in own.values())),
        "first five": within_first(found, true),
    }
    if "probability" in found:
        alike["calibration error"] = calibration_error(found["probability"], found["true"])
    return {way: {**figures, **alike} for way, figures in own.items()}


def said(found: pd.DataFrame, true: pd.DataFrame) -> Figures:
    """Give precision, recall and their harmonic mean, and how many are wrong.

    Where the truth expects a person to look first, saying nothing is right too: that is the clear recall.
    """
    right = int(found["true"].sum())
    figures = {
        "precision": right / max(len(found), 1),
        "recall": right / max(len(true), 1),
        "F1": 2 * right / max(len(found) + len(true), 1),
        "wrong": len(found) - right,
    }
    if "effect" in true:
        clear = true[true["effect"] != "review"]
        figures["clear recall"] = int(among(found, clear).sum()) / max(len(clear), 1)
    return figures


def best_line(found: pd.DataFrame, true: int) -> float:
    """Give the F1 of the best line through the scores; equal scores stand on the same side of it."""
    ranked = found.sort_values("score", ascending=False)
    right, taken = ranked["true"].cumsum(), pd.RangeIndex(1, len(ranked) + 1)
    last = ~ranked["score"].duplicated(keep="last")
    harmonic = 2 * right / (taken + max(true, 1))
    return float(harmonic[last].max()) if len(found) else 0.0


def within_first(found: pd.DataFrame, true: pd.DataFrame) -> float:
    """Give the share of true pairs among the first five of each left record; of more, five can be there."""
    ranked = found.sort_values("score", ascending=False, kind="stable")
    place = ranked.groupby(PAIR[0], sort=False).cumcount()
    possible = true.groupby(PAIR[0]).size().clip(upper=FIRST).sum()
    return float(ranked["true"][place < FIRST].sum() / max(possible, 1))


def banded(probability: pd.Series, right: pd.Series) -> pd.DataFrame:
    """Give for each of ten equal bands that is not empty how likely its pairs are said to be, and are."""
    bands = (probability * _BANDS).clip(upper=_BANDS - 1).astype(int)
    told = pd.DataFrame({"said": probability, "right": right.astype(float)}).groupby(bands)
    return told.mean().assign(size=told.size())


def calibration_error(probability: pd.Series, right: pd.Series) -> float:
    """Give the expected calibration error, over ten equal bands."""
    bands = banded(probability, right)
    return float(((bands["said"] - bands["right"]).abs() * bands["size"]).sum() / max(len(probability), 1))


def among(found: pd.DataFrame, true: pd.DataFrame) -> pd.Series:
    """Tell which pairs are true."""
    ids = found[PAIR].astype(str)
    marked = ids.merge(true[PAIR].astype(str).assign(true=True), on=PAIR, how="left")
    return marked["true"].notna().set_axis(found.index)


def one_to_one(found: pd.DataFrame) -> pd.DataFrame:
    """Take pairs from the best score down, each record once."""
    ranked = found.sort_values("score", ascending=False, kind="stable")
    taken: tuple[set[str], set[str]] = set(), set()
    kept = []
    for left, right in zip(ranked[PAIR[0]], ranked[PAIR[1]], strict=True):
        free = left not in taken[0] and right not in taken[1]
        kept.append(free)
        if free:
            taken[0].add(left)
            taken[1].add(right)
    return ranked[kept]


def medians(figures: list[dict[str, Any]]) -> dict[str, float]:
    """Give the median of each figure."""
    return {name: float(value) for name, value in pd.DataFrame(figures).median(numeric_only=True).items()}
