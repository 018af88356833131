"""Charts for notebooks and reports, drawn as SVG, each with the same told in words.

In a report's page the drawing follows light and dark. A notebook gets it as a picture on paper of its own: of
one that somebody opens before running it, JupyterLab shows pictures but no drawings.
"""

from __future__ import annotations

import html
import io
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import quote

import pandas as pd

from workbench.domain.fields import CONNECTWORKS, SIDE_LABELS, SIDES, XPM, label_of
from workbench.review.overview import kinds_by_field
from workbench.review.words import KIND_WORDS

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_INK: Final = "#123456"  # stands for the text colour and is replaced by the page's own
_PAPER, _ON_PAPER = "white", "black"
_PLAIN: Final = "=:/;,()!*"  # may stand in an address as it is
_COLOURS: Final = {
    "conflict": "#b00020",
    "different": "#d9722e",
    "fill": "#3d84b8",
    "bad": "#8a5bb0",
    "cosmetic": "#a9bac6",
    "same": "#d3dce3",
}
_VERDICTS: Final = {"link": ("suggested as links", "#2e8b57"), "review": ("for a person to judge", "#d9722e")}
_SIDES: Final = {CONNECTWORKS: "#3d84b8", XPM: "#2e8b57"}
_HAPPENED: Final = {
    "decisions": ("decisions", "#3d84b8"),
    "writes": ("writes", "#d9722e"),
    "runs": ("entries of runs", "#8a5bb0"),
    "other": ("everything else", "#a9bac6"),
}
_FOR, _AGAINST, _TOGETHER = "#2e8b57", "#c0392b", "#3d84b8"


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
        drawn = self.svg.replace("currentColor", _ON_PAPER).replace(
            "color:inherit", f"background:{_PAPER}", 1
        )
        return f'<img alt="{html.escape(self.words)}" src="data:image/svg+xml,{quote(drawn, safe=_PLAIN)}">'


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


def probabilities_chart(candidates: pd.DataFrame, at: float | None = None) -> Chart:
    """Draw how many candidate pairs lie in each tenth of match probability, by verdict.

    Parameters
    ----------
    candidates : pandas.DataFrame
        A candidates frame.
    at : float, optional
        Match probability (0 to 1) at which a line is drawn: what is suggested lies to its right.
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
    if at is not None:
        axes.axvline(
            10 * at - 0.5, color=_INK, linewidth=1.4, linestyle=(0, (4, 3)), label=f"line at {at:.1%}"
        )
        told.append(f"the line lies at {at:.1%}")
    axes.legend(frameon=False, ncols=3, loc="lower left", bbox_to_anchor=(0, 1), fontsize=9, labelcolor=_INK)
    return _drawn(figure, "Candidates by match probability. " + "; ".join(told) + ".")


def waterfall(evidence: pd.DataFrame | str | list[Mapping[str, Any]]) -> Chart:
    """Draw how a pair's match weight adds up, one step per piece of evidence.

    Parameters
    ----------
    evidence : frame, list or JSON text
        Pieces with ``field``, ``bits`` (positive speaks for the pair) and ``words``; a ``label`` is the
        field's name, beside which the words stand.
    """
    pieces = _pieces(evidence)
    widths = [float(p.get("bits") or 0) for p in pieces]
    starts = [sum(widths[:i]) for i in range(len(widths))] + [0.0]
    widths.append(sum(widths))
    labels = [_label(p) for p in pieces] + ["Together"]
    figure, axes = _sheet(8.4, 0.6 + 0.36 * len(labels))
    _steps(axes, starts, widths)
    axes.set_yticks(range(len(labels)), labels)
    axes.set_xlabel("bits for the pair: each doubles the odds", color=_INK, fontsize=9)
    _beside(axes, [_remark(p) for p in pieces] + [""])
    told = ", ".join(f"{label} {width:+.1f}" for label, width in zip(labels, widths, strict=True))
    return _drawn(figure, f"Evidence in bits: {told}.")


def patterns_chart(patterns: pd.DataFrame, largest: int = 12) -> Chart:
    """Draw the largest patterns by the number of their differences, and say what all others come to.

    Parameters
    ----------
    patterns : pandas.DataFrame
        As `workbench.patterns` gives them, the largest first.
    largest : int
        How many are drawn by themselves.
    """
    shown, rest = patterns.head(largest), patterns.iloc[largest:]
    labels, counts = shown["words"].tolist(), shown["count"].tolist()
    colours = [_COLOURS[kind] for kind in shown["kind"]]
    widths, texts = list(counts), [f"{count:,}" for count in counts]
    if len(rest):  # no bar: beside one for all of them the others would be too short to be told apart
        labels, counts = [*labels, f"{len(rest):,} more"], [*counts, int(rest["count"].sum())]
        colours, widths, texts = [*colours, _INK], [*widths, 0], [*texts, f"{counts[-1]:,} together"]
    figure, axes = _sheet(9.2, 1.1 + 0.34 * max(1, len(labels)))
    places = range(len(labels))
    axes.barh(places, widths, height=0.62, color=colours)
    for place, width, text in zip(places, widths, texts, strict=True):
        axes.annotate(text, (width, place), (4, 0), textcoords="offset points", va="center", color=_INK)
    for kind in dict.fromkeys(shown["kind"]):
        axes.barh(0, 0, color=_COLOURS[kind], label=KIND_WORDS[kind])
    if len(shown):
        axes.legend(
            frameon=False, ncols=3, loc="lower left", bbox_to_anchor=(0, 1), fontsize=9, labelcolor=_INK
        )
    axes.set_yticks(places, labels)
    axes.set_xticks([])
    axes.invert_yaxis()
    told = "; ".join(f"{label}: {count}" for label, count in zip(labels, counts, strict=True))
    return _drawn(figure, f"Patterns by size. {told}.")


def moved_chart(moved: pd.DataFrame) -> Chart:
    """Draw how many values moved in each field, by side.

    Parameters
    ----------
    moved : pandas.DataFrame
        Rows of `workbench.reconcile.drift.drift` that have a field.
    """
    counts = pd.crosstab(moved["field"].astype(object), moved["side"].astype(object))
    counts = counts.loc[counts.sum(axis=1).sort_values(ascending=False, kind="stable").index]
    labels = [label_of(str(field)) for field in counts.index]
    figure, axes = _sheet(7.6, 0.7 + 0.36 * max(1, len(counts)))
    start = [0] * len(counts)
    for side in [side for side in SIDES if side in counts.columns]:
        width = counts[side].tolist()
        axes.barh(labels, width, left=start, height=0.62, color=_SIDES[side], label=SIDE_LABELS[side])
        start = [a + b for a, b in zip(start, width, strict=True)]
    for place, total in enumerate(start):
        axes.annotate(
            f"{total:,}", (total, place), (4, 0), textcoords="offset points", va="center", color=_INK
        )
    axes.invert_yaxis()
    axes.set_xticks([])
    axes.legend(frameon=False, ncols=2, loc="lower left", bbox_to_anchor=(0, 1), fontsize=9, labelcolor=_INK)
    told = [
        f"{label}: " + ", ".join(f"{n} in {SIDE_LABELS[str(s)]}" for s, n in counts.loc[field].items() if n)
        for label, field in zip(labels, counts.index, strict=True)
    ]
    return _drawn(figure, "Values that moved, by field and system. " + "; ".join(told) + ".")


def trend_chart(points: pd.Series) -> Chart:
    """Draw how many differences there were each time the two systems were compared.

    Parameters
    ----------
    points : pandas.Series
        The counts, under the days on which they were taken (in words), oldest first.
    """
    figure, axes = _sheet(7.6, 2.2)
    at, counts = range(len(points)), points.tolist()
    axes.plot(at, counts, color=_TOGETHER, linewidth=2, marker="o", markersize=5)
    axes.fill_between(at, counts, color=_TOGETHER, alpha=0.15)
    for place in {0, len(counts) - 1}:
        axes.annotate(
            f"{counts[place]:,}",
            (place, counts[place]),
            (0, 7),
            textcoords="offset points",
            ha="center",
            color=_INK,
        )
    axes.set_ylim(0, max(counts) * 1.25 or 1)
    axes.set_yticks([])
    few = sorted({0, len(counts) // 2, len(counts) - 1})
    axes.set_xticks(few, [str(points.index[place]) for place in few])
    told = ", ".join(f"{count} on {day}" for day, count in points.items())
    return _drawn(figure, f"Differences at each comparison: {told}.")


def timeline_chart(days: pd.DataFrame) -> Chart:
    """Draw how much happened on each day: decisions, writes and runs one above the other.

    Parameters
    ----------
    days : pandas.DataFrame
        ``day``, ``by``, ``kind`` and ``count``, as an audit gives it.
    """
    counts = days.pivot_table(index="day", columns="kind", values="count", aggfunc="sum", fill_value=0)
    figure, axes = _sheet(7.6, 2.6)
    below = [0] * len(counts)
    for kind in [kind for kind in _HAPPENED if kind in counts.columns]:
        heights = counts[kind].astype(int).tolist()
        words, colour = _HAPPENED[kind]
        axes.bar(range(len(counts)), heights, bottom=below, width=0.8, color=colour, label=words)
        below = [a + b for a, b in zip(below, heights, strict=True)]
    few = sorted({0, len(counts) // 2, len(counts) - 1}) if len(counts) else []
    when = [f"{day.day} {day:%b %Y}" for day in map(date.fromisoformat, map(str, counts.index))]
    axes.set_xticks(few, [when[place] for place in few])
    axes.margins(x=max(0.05, 0.4 - 0.05 * len(counts)))
    axes.legend(frameon=False, ncols=4, loc="lower left", bbox_to_anchor=(0, 1), fontsize=9, labelcolor=_INK)
    told = [
        f"{words}: " + ", ".join(f"{int(n)} {_HAPPENED[str(k)][0]}" for k, n in counts.loc[day].items() if n)
        for words, day in zip(when, counts.index, strict=True)
    ]
    return _drawn(figure, "What happened by day. " + "; ".join(told) + ".")


def _steps(axes: Axes, starts: list[float], widths: list[float]) -> None:
    """Draw bars that each begin where the one above ends, each with its bits."""
    at = range(len(widths))
    colours = [*(_FOR if w >= 0 else _AGAINST for w in widths[:-1]), _TOGETHER]
    axes.barh(at, widths, left=starts, height=0.6, color=colours)
    ends = [start + width for start, width in zip(starts, widths, strict=True)]
    axes.vlines(ends[:-1], at[:-1], at[1:], colors=_INK, linewidth=0.6, alpha=0.5)
    for y, start, end, width in zip(at, starts, ends, widths, strict=True):
        axes.annotate(
            f"{width:+.1f}".replace("-", "−"),
            (max(start, end), y),
            (4, 0),
            textcoords="offset points",
            va="center",
            color=_INK,
            fontsize=9,
        )
    axes.axvline(0, color=_INK, linewidth=0.8)
    axes.margins(x=0.12)
    axes.invert_yaxis()


def _beside(axes: Axes, remarks: list[str]) -> None:
    """Write a remark to the right of each bar."""
    if not any(remarks):
        return
    right = axes.twinx()
    right.spines[:].set_visible(False)
    right.tick_params(length=0, colors=_INK, labelsize=9)
    right.set_ylim(axes.get_ylim())
    right.set_yticks(range(len(remarks)), remarks)


def _label(piece: Mapping[str, Any]) -> str:
    return str(piece.get("label") or piece.get("words") or label_of(str(piece.get("field") or "")))


def _remark(piece: Mapping[str, Any]) -> str:
    """Give what a piece says beyond its field's name."""
    label, words = piece.get("label"), str(piece.get("words") or "")
    return words.removeprefix(f"{label}: ".lower()) if label else ""


def _pieces(evidence: pd.DataFrame | str | list[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    if isinstance(evidence, pd.DataFrame):
        return [dict(row) for _, row in evidence.iterrows()]
    return json.loads(evidence) if isinstance(evidence, str) else list(evidence)


def _sheet(width: float, height: float) -> tuple[Figure, Axes]:
    from matplotlib.figure import Figure  # slow to load, and every page's kernel would pay it

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
    from matplotlib import rc_context

    with rc_context({"svg.fonttype": "none", "svg.hashsalt": "workbench", "font.family": "sans-serif"}):
        figure.savefig(sheet, format="svg", transparent=True, metadata={"Date": None})
    svg = sheet.getvalue()
    svg = svg[svg.index("<svg") :].replace(_INK, "currentColor")
    name = html.escape(words, quote=True)
    opened = f'<svg role="img" aria-label="{name}" style="max-width:100%;height:auto;color:inherit" '
    return Chart(re.sub(r"^<svg ", opened, svg), words)
