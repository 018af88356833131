"""How often pairs are right that are said to be so likely: a reliability diagram for each set with truth.

A dot is as large as its tenth of the pairs; the line through it is where the truth lies nine times in ten.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Final

import pandas as pd
from judging import banded, calibration_error
from scipy.stats import binomtest

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_COLUMNS: Final = 5
_LEAST_AREA, _MOST_AREA = 6.0, 90.0
_INK, _DOTS = "#51606b", "#0b5a75"
_TICKS: Final = {0.0: "0", 0.5: "50 %", 1.0: "100 %"}


def draw(pairs: Mapping[str, pd.DataFrame], path: Path) -> None:
    """Draw a diagram for each set into one picture.

    Parameters
    ----------
    pairs : mapping of str to pandas.DataFrame
        By set, every pair that was given: ``probability`` (0 to 1) and ``true``.
    path : Path
        Where the picture goes; its ending says of which kind it is.
    """
    from matplotlib.figure import Figure

    rows = math.ceil(len(pairs) / _COLUMNS)
    figure = Figure(figsize=(2.2 * _COLUMNS, 2.3 * rows), layout="constrained")
    places = figure.subplots(rows, _COLUMNS, sharex=True, sharey=True, squeeze=False).ravel()
    for place in places:
        place.set_axis_off()
    for place, (name, found) in zip(places, pairs.items(), strict=False):
        place.set_axis_on()
        _diagram(place, name, found)
    figure.supxlabel("said to be so likely")
    figure.supylabel("right")
    figure.savefig(path, dpi=110)


def _diagram(place: Axes, name: str, found: pd.DataFrame) -> None:
    bands = banded(found["probability"], found["true"])
    share = bands["size"] / bands["size"].max()
    place.plot([0, 1], [0, 1], color=_INK, linewidth=0.8, linestyle=":")
    place.vlines(bands["said"], *zip(*map(_likely, bands["right"], bands["size"]), strict=True), color=_DOTS)
    area = _LEAST_AREA + (_MOST_AREA - _LEAST_AREA) * share
    place.scatter(bands["said"], bands["right"], s=area, color=_DOTS, alpha=0.85)
    error = calibration_error(found["probability"], found["true"])
    place.set_title(f"{name}\n{len(found):,} pairs, error {error:.3f}", fontsize=8, color=_INK)
    place.set(xlim=(-0.06, 1.06), ylim=(-0.06, 1.06), aspect="equal")
    place.set_xticks([*_TICKS], _TICKS.values(), fontsize=7)
    place.set_yticks([*_TICKS], _TICKS.values(), fontsize=7)
    for spine in place.spines.values():
        spine.set(color=_INK, linewidth=0.5)


def _likely(right: float, size: int) -> tuple[float, float]:
    found = binomtest(round(right * size), size).proportion_ci(0.9)
    return found.low, found.high
