"""What was measured, as an aligned text and as a Markdown table between two markers of a file."""

from __future__ import annotations

import os
import platform
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

Row = dict[str, Any]
MARKERS: Final = ("<!-- linking benchmark -->", "<!-- end of linking benchmark -->")
COLUMNS: Final = (
    *("set", "left", "right", "true", "peer", "s", "work s", "GiB", "x ours"),
    *("P", "R", "F1", "best F1", "first 5", "ECE"),
)
NOTES: Final = {"dedupe": "labels from the truth"}
_WORDS: Final = {COLUMNS.index("set"), COLUMNS.index("peer")}
_SHARES: Final = ("precision", "recall", "F1", "best F1", "first five")


def cells(name: str, sizes: Sequence[int], row: Row) -> list[str]:
    """Write what a peer made of a set, by column; where it failed, the reason stands in place of figures.

    Parameters
    ----------
    name : str
        The set.
    sizes : sequence of int
        Its records on the left, on the right, and its true pairs.
    row : dict
        What was measured.
    """
    peer = ", ".join(filter(None, (_label(row["peer"]), row["way"])))
    start = [name, *(f"{size:,}" for size in sizes), peer, f"{row['wall']:.1f}"]
    if failure := row.get("failure"):
        return [*start, "-", f"{row['peak']:.2f}", "-", failure]
    ratio = f"{row['ratio']:.1f}" if "ratio" in row else "-"
    error = f"{row['calibration error']:.3f}" if "calibration error" in row else ""
    shares = [f"{100 * row[key]:.1f}" for key in _SHARES]
    return [*start, f"{row['work']:.1f}", f"{row['peak']:.2f}", ratio, *shares, error]


def _label(peer: str) -> str:
    """Name a peer with its version and what else one has to know."""
    file = Path(__file__).parent / "peers" / f"{peer}.txt"
    version = file.read_text().split("\n", 1)[0].partition("==")[2] if file.exists() else ""
    note = NOTES.get(peer, "")
    return " ".join(filter(None, (peer, version, note and f"({note})")))


def as_text(rows: list[list[str]]) -> str:
    """Align rows under the columns' names; a reason at the end of a row may be as long as it is."""
    table = [list(COLUMNS), *rows]
    whole = [row for row in table if len(row) == len(COLUMNS)]
    widths = [max(len(row[place]) for row in whole) for place in range(len(COLUMNS))]
    widths[4] = max(len(row[4]) for row in table)
    return "\n".join(
        "  ".join(
            value.ljust(width) if place in _WORDS else value.rjust(width)
            for place, (value, width) in enumerate(zip(row, widths, strict=False))
        ).rstrip()
        for row in table
    )


def summary(measured: dict[str, tuple[Sequence[int], list[Row]]], peers: Sequence[str], ours: str) -> str:
    """Write one line a set as a Markdown table: what each peer's own decision is worth, and what ours costs.

    Parameters
    ----------
    measured : dict of str to tuple
        By set, its sizes (left, right, true pairs) and its rows.
    peers : sequence of str
        Whose figures to show; of several ways in which a peer decides, its best is shown.
    ours : str
        Which of the peers is Workbench, shown in both of its ways, with its costs.
    """
    others = [peer for peer in peers if peer != ours]
    head = ["set", "records", "true pairs", "Workbench: link", "first and even", *map(_label, others)]
    head += ["seconds", "GiB", *(f"{peer}: x our seconds" for peer in others)]
    lines = [f"| {' | '.join(head)} |", "|" + "---|" * len(head)]
    for name, (sizes, rows) in measured.items():
        by_peer = {peer: [row for row in rows if row["peer"] == peer] for peer in peers}
        own = [row for row in by_peer[ours] if not row.get("failure")]
        figures = [_best(by_peer[peer]) for peer in others]
        ratios = [_ratio(by_peer[peer]) for peer in others]
        cost = [f"{own[0]['wall']:.1f}", f"{own[0]['peak']:.2f}"] if own else ["–", "–"]
        ways = [f"**{100 * row['F1']:.1f}**" for row in own] or ["–", "–"]
        records = f"{sizes[0]:,} / {sizes[1]:,}"
        lines.append(f"| {' | '.join([name, records, f'{sizes[2]:,}', *ways, *figures, *cost, *ratios])} |")
    return "\n".join(lines)


def _ratio(rows: list[Row]) -> str:
    """Give how many of our seconds a peer took."""
    return next((f"{row['ratio']:.1f}" for row in rows if "ratio" in row), "–")


def _best(rows: list[Row]) -> str:
    """Give the best F1 of the ways in which a peer decides, or why it has none; a dash if not asked."""
    found = [row["F1"] for row in rows if not row.get("failure")]
    return f"{100 * max(found):.1f}" if found else (rows[0]["failure"] if rows else "–")


def as_markdown(rows: list[list[str]], heading: str) -> str:
    """Write rows as a Markdown table under a heading."""
    head = [f"| {' | '.join(COLUMNS)} |", "|" + "---|" * len(COLUMNS)]
    padded = ([cell.replace("|", "/") for cell in row] + [""] * (len(COLUMNS) - len(row)) for row in rows)
    return "\n".join([heading, "", *head, *(f"| {' | '.join(row)} |" for row in padded)])


def machine() -> str:
    """Name the machine: processors, memory, system and Python."""
    about = Path("/proc/cpuinfo")
    lines = about.read_text().splitlines() if about.exists() else []
    model = next((line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")), "")
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    parts = (f"{os.cpu_count()} cores", model, f"{memory:.0f} GiB", platform.system())
    return ", ".join(filter(None, (*parts, f"Python {platform.python_version()}")))


def write_between(path: Path, text: str) -> None:
    """Put a text between the two markers of a file, or at its end with them where it has none."""
    whole = path.read_text(encoding="utf-8") if path.exists() else ""
    start, end = MARKERS
    if start not in whole:
        whole = f"{whole.rstrip()}\n\n{start}\n{end}\n".lstrip()
    before, rest = whole.split(start, 1)
    after = rest.split(end, 1)[1]
    path.write_text(f"{before}{start}\n{text}\n{end}{after}", encoding="utf-8")
