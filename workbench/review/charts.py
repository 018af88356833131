"""Charts for notebooks: drawn as SVG that follows light and dark, each with the same told in words."""

from __future__ import annotations

import html
import io
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import pandas as pd
from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from workbench.domain.fields import label_of
from workbench.review.overview import kinds_by_field
from workbench.review.words import KIND_WORDS

_INK: Final = "#123456"  # stands for the text colour and is replaced by the page's own
_COLOURS: Final = {
    "conflict": "#b00020",
    "different": "#d9722e",
    "fill": "#3d84b8",
    "bad": "#8a5bb0",
    "cosmetic": "#a9bac6",
    "same": "#d3dce3",
}
_VERDICTS: Final = {"link": ("suggested as links", "#2e8b57"), "review": ("for a person to judge", "#d9722e")}
_FOR, _AGAINST = "#2e8b57", "#c0392b"


@dataclass(frozen=True, slots=True, repr=False)
class Chart:
    """A drawn chart.

    Parameters
    ----------
    svg : str
        The drawing, with its words as its name.
    words : str
        What it shows, for whoever does not see it.
    """

    svg: str
    words: str

    def __repr__(self) -> str:
        return self.words

    def _repr_html_(self) -> str:
        return self.svg


def differences_chart(differences: pd.DataFrame) -> Chart:
    """Draw how many differences of each kind every field has.

    Parameters
    ----------
    differences : pandas.DataFrame
        A differences frame; only fields that can be sent are drawn.
    """
    counts = kinds_by_field(differences)
    figure, axes = _sheet(7.6, 0.6 + 0.42 * max(1, len(counts)))
    start = [0] * len(counts)
    labels = [label_of(str(field)) for field in counts.index]
    for kind in counts.columns:
        width = counts[kind].tolist()
        axes.barh(
            labels, width, left=start, height=0.62, color=_COLOURS[str(kind)], label=KIND_WORDS[str(kind)]
        )
        start = [a + b for a, b in zip(start, width, strict=True)]
    axes.invert_yaxis()
    if len(counts.columns):
        axes.legend(
            frameon=False, ncols=3, loc="lower left", bbox_to_anchor=(0, 1), fontsize=9, labelcolor=_INK
        )
    told = [
        f"{label}: " + ", ".join(f"{n} {KIND_WORDS[str(k)]}" for k, n in counts.loc[field].items() if n)
        for label, field in zip(labels, counts.index, strict=True)
    ]
    return _drawn(figure, "Differences by field and kind. " + "; ".join(told) + ".")


def probabilities_chart(candidates: pd.DataFrame) -> Chart:
    """Draw how many candidate pairs lie in each tenth of match probability, by verdict.

    Parameters
    ----------
    candidates : pandas.DataFrame
        A candidates frame.
    """
    tenths = (candidates["probability"].astype(float) * 10).astype(int).clip(0, 9)
    figure, axes = _sheet(7.6, 2.8)
    below = [0] * 10
    told = []
    for verdict, (words, colour) in _VERDICTS.items():
        counts = tenths[(candidates["verdict"] == verdict).to_numpy(bool)].value_counts()
        heights = [int(counts.get(tenth, 0)) for tenth in range(10)]
        axes.bar(range(10), heights, bottom=below, width=0.86, color=colour, label=words)
        below = [a + b for a, b in zip(below, heights, strict=True)]
        among = ", ".join(f"{n} from {tenth / 10:.1f}" for tenth, n in enumerate(heights) if n)
        told.append(f"{words}: {among or 'none'}")
    for tenth, count in enumerate(below):
        axes.annotate(str(count), (tenth, count), (0, 2), textcoords="offset points", ha="center", color=_INK)
    axes.set_yticks([])
    axes.set_xticks([tenth - 0.5 for tenth in range(11)], [f"{tenth / 10:.1f}" for tenth in range(11)])
    axes.set_xlabel("match probability", color=_INK, fontsize=9)
    axes.legend(frameon=False, ncols=2, loc="lower left", bbox_to_anchor=(0, 1), fontsize=9, labelcolor=_INK)
    return _drawn(figure, "Candidates by match probability. " + "; ".join(told) + ".")


def waterfall(evidence: pd.DataFrame | str | list[Mapping[str, Any]]) -> Chart:
    """Draw how a pair's match weight adds up, one step per piece of evidence.

    Parameters
    ----------
    evidence : frame, list or JSON text
        Pieces with ``field``, ``bits`` (positive speaks for the pair) and ``words``.
    """
    pieces = _pieces(evidence)
    bits = [float(p.get("bits") or 0) for p in pieces]
    labels = [str(p.get("words") or label_of(str(p.get("field") or ""))) for p in pieces] + ["Together"]
    starts = [sum(bits[:i]) for i in range(len(bits))] + [0.0]
    widths = [*bits, sum(bits)]
    figure, axes = _sheet(7.6, 0.6 + 0.36 * len(labels))
    colours = [_FOR if w >= 0 else _AGAINST for w in widths]
    axes.barh(range(len(labels)), widths, left=starts, height=0.6, color=colours)
    axes.set_yticks(range(len(labels)), labels)
    axes.axvline(0, color=_INK, linewidth=0.8)
    axes.set_xlabel("bits for the pair", color=_INK, fontsize=9)
    axes.invert_yaxis()
    told = ", ".join(f"{label} {width:+.1f}" for label, width in zip(labels, widths, strict=True))
    return _drawn(figure, f"Evidence in bits: {told}.")


def _pieces(evidence: pd.DataFrame | str | list[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    if isinstance(evidence, pd.DataFrame):
        return [dict(row) for _, row in evidence.iterrows()]
    return json.loads(evidence) if isinstance(evidence, str) else list(evidence)


def _sheet(width: float, height: float) -> tuple[Figure, Axes]:
    figure = Figure(figsize=(width, height), layout="constrained")
    figure.patch.set_alpha(0)
    axes = figure.add_subplot()
    axes.patch.set_alpha(0)
    axes.spines[:].set_visible(False)
    axes.tick_params(length=0, colors=_INK, labelsize=10)
    return figure, axes


def _drawn(figure: Figure, words: str) -> Chart:
    sheet = io.StringIO()
    # Text stays text: it is read aloud, found by search, and set in the page's own font.
    with rc_context({"svg.fonttype": "none", "svg.hashsalt": "workbench", "font.family": "sans-serif"}):
        figure.savefig(sheet, format="svg", transparent=True, metadata={"Date": None})
    svg = sheet.getvalue()
    svg = svg[svg.index("<svg") :].replace(_INK, "currentColor")
    name = html.escape(words, quote=True)
    opened = f'<svg role="img" aria-label="{name}" style="max-width:100%;height:auto;color:inherit" '
    return Chart(re.sub(r"^<svg ", opened, svg), words)
