"""How well and how fast clients are linked, beside other tools (``python tests/benchmarks/linking.py``).

Every peer links every set in a process of its own, started cold, the peers taking turns; times, memory and
figures are medians over the runs. Peers stand in environments of their own, made when they are first run, and
read the data already normalised; Workbench reads it as it is. ``--sizes`` and ``--seeds`` look at Workbench
alone on invented firms; ``--table`` writes all that was measured into a file, between two markers.

“Said” is what a peer links by its own default; “best” is the F1 of the best line through its scores, which
nobody knows without the truth; “first 5” is the share of true pairs among the five best of each left record.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import platform
import statistics
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from itertools import pairwise
from pathlib import Path
from typing import Any, Final

from environments import CACHE
from judging import judged, medians
from measuring import OURS, PEERS, Cost, Limits, measured
from sets import INVENTED, chosen, folder_of

Row = dict[str, Any]
RESULTS: Final = CACHE / "results"
MARKERS: Final = ("<!-- linking benchmark -->", "<!-- end of linking benchmark -->")
REAL: Final = (
    *("febrl4", "febrl3", "restaurants", "voters", "rldata500", "rldata10000", "census_forms"),
    *("census_insured", "inventors", "dblp_acm", "japanese_firms", "affiliations", "patents"),
    *("stoxx50", "mentions", "dutch_firms", "autofj_hospital", "autofj_government_agency"),
    *("restaurants_names", "restaurants_tiny"),
)
GROUPS: Final = {
    "real": REAL,
    "invented": ("gen_50_s1", "gen_200_s1", "gen_1000_s1", "gen_10000_s1"),
    "large": ("gen_100000_s1", "gen_1000000_s1"),
}
COLUMNS: Final = (
    *("set", "left", "right", "true", "peer", "s", "work s", "GiB", "x ours"),
    *("P", "R", "F1", "best F1", "first 5", "ECE"),
)
NOTES: Final = {"dedupe": "labels from the truth"}
DETAILS: Final = (
    *("precision", "recall", "F1", "clear recall", "wrong", "best F1", "first five", "calibration error"),
)


def compared(name: str, peers: Sequence[str], runs: int, limits: Limits) -> list[Row]:
    """Let peers link a set in turns, and give a row for each way in which each decides."""
    folder = folder_of(name)
    kept = RESULTS / name
    costs: dict[str, list[Cost]] = {peer: [] for peer in peers}
    figures: dict[str, list[dict[str, dict[str, float]]]] = {peer: [] for peer in peers}
    for turn in range(runs):
        for peer in (*peers[turn % len(peers) :], *peers[: turn % len(peers)]):
            if any(cost.failure for cost in costs[peer]):
                continue
            costs[peer].append(cost := measured(peer, folder, kept / peer, limits))
            if not cost.failure:
                figures[peer].append(judged(kept / peer / "pairs.parquet", folder / "truth.parquet"))
    rows = [row for peer in peers if costs[peer] for row in _rows(peer, costs, figures[peer])]
    kept.mkdir(parents=True, exist_ok=True)
    _keep(kept / "rows.json", rows)
    return rows


def _rows(
    peer: str, costs: dict[str, list[Cost]], figures: list[dict[str, dict[str, float]]]
) -> Iterator[Row]:
    """Give what a peer's runs come to."""
    own = costs[peer]
    cost = medians([asdict(one) for one in own])
    if failure := own[-1].failure:
        yield {"peer": peer, "way": "", "failure": failure, **cost}
        return
    turns = zip(own, costs.get(OURS, []), strict=False)
    ratios = [one.wall / ours.wall for one, ours in turns if not ours.failure]
    if peer != OURS and ratios:
        cost["ratio"] = statistics.median(ratios)
    for way in figures[0]:
        yield {"peer": peer, "way": way, **cost, **medians([one[way] for one in figures])}


def _keep(path: Path, rows: list[Row]) -> None:
    """Put rows in the place of older ones of the same peers."""
    peers = {row["peer"] for row in rows}
    older = json.loads(path.read_text()) if path.exists() else []
    order = {peer: place for place, peer in enumerate(PEERS)}
    kept = [row for row in older if row["peer"] not in peers] + rows
    path.write_text(json.dumps(sorted(kept, key=lambda row: order[row["peer"]]), indent=1))


def remembered(name: str) -> list[Row]:
    """Give the rows that earlier runs left for a set."""
    path = RESULTS / name / "rows.json"
    return json.loads(path.read_text()) if path.exists() else []


def cells(name: str, row: Row) -> list[str]:
    """Write a row as the table has it."""
    sizes = json.loads((folder_of(name) / "set.json").read_text())
    peer = ", ".join(filter(None, (row["peer"], NOTES.get(row["peer"], ""), row["way"])))
    start = [name, *(f"{sizes[part]:,}" for part in ("left", "right", "truth")), peer]
    if failure := row.get("failure"):
        return [*start, f"{row['wall']:.1f}", "-", f"{row['peak']:.2f}", "-", failure, *[""] * 5]
    ratio = f"{row['ratio']:.1f}" if "ratio" in row else "1" if row["peer"] == OURS else "-"
    spent = [f"{row['wall']:.1f}", f"{row['work']:.1f}", f"{row['peak']:.2f}", ratio]
    shares = [f"{100 * row[key]:.1f}" for key in ("precision", "recall", "F1", "best F1", "first five")]
    error = f"{row['calibration error']:.3f}" if "calibration error" in row else ""
    return [*start, *spent, *shares, error]


def as_text(rows: list[list[str]]) -> str:
    """Align rows under the columns' names."""
    table = [list(COLUMNS), *rows]
    widths = [max(len(row[place]) for row in table if "-" not in row[8:9]) for place in range(len(COLUMNS))]
    lines = []
    for row in table:
        words = [
            value.ljust(width) if place in (0, 4) else value.rjust(width)
            for place, (value, width) in enumerate(zip(row, widths, strict=True))
        ]
        lines.append("  ".join(words).rstrip())
    return "\n".join(lines)


def as_markdown(rows: list[list[str]], command: str) -> str:
    """Write rows as a Markdown table, with the command and the machine."""
    head = [f"| {' | '.join(COLUMNS)} |", "|" + "---|" * len(COLUMNS)]
    body = [f"| {' | '.join(cell.replace('|', '/') for cell in row)} |" for row in rows]
    return "\n".join([f"`{command}` on {machine()}:", "", *head, *body])


def machine() -> str:
    """Name the machine: processors, memory, system and Python."""
    about = Path("/proc/cpuinfo").read_text() if Path("/proc/cpuinfo").exists() else ""
    model = next((line.split(":", 1)[1].strip() for line in about.splitlines() if "model name" in line), "")
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


def growth(names: Sequence[str]) -> str:
    """Say with which power of the size Workbench's work grows over the invented firms that were measured."""
    points = []
    for name in names:
        work = [row["work"] for row in remembered(name) if row["peer"] == OURS and not row.get("failure")]
        if (found := INVENTED.fullmatch(name)) and work:
            points.append((int(found[1]), work[0]))
    points.sort()
    steps = [
        f"{size:,} to {larger:,}: {math.log(longer / spent) / math.log(larger / size):.2f}"
        for (size, spent), (larger, longer) in pairwise(points)
        if larger > size
    ]
    return f"growth of {OURS}'s work, as a power of the size: {'; '.join(steps)}" if steps else ""


def detailed(name: str, runs: int, limits: Limits) -> None:
    """Print every figure of Workbench alone."""
    for row in compared(name, [OURS], runs, limits):
        if row.get("failure"):
            print(f"{name}: {row['failure']}")
            continue
        if not row["way"]:
            spent = f"{row['wall']:.1f} s wall ({row['work']:.1f} s of it linking, {row['processor']:.1f} s"
            print(f"{name}: {spent} of processor), peak {row['peak']:.2f} GiB")
        told = "  ".join(f"{key} {row[key]:.4g}" for key in DETAILS if key in row)
        print(f"  {row['way'] or 'said':16}{told}", flush=True)


def named(patterns: Sequence[str]) -> list[str]:
    """Give the sets that names, patterns and groups stand for."""
    return chosen([name for pattern in patterns for name in GROUPS.get(pattern, (pattern,))])


def _arguments() -> argparse.Namespace:
    words = argparse.RawDescriptionHelpFormatter
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=words)
    add = parser.add_argument
    add("--sets", nargs="*", default=["real", "invented"], help=f"sets, patterns, or {', '.join(GROUPS)}")
    add("--peers", nargs="*", default=list(PEERS), choices=PEERS)
    add("--runs", type=int, default=3, help="0 only tells what earlier runs measured")
    add("--limit", type=float, default=600, help="seconds that one run may take")
    add("--memory", type=float, default=16, help="GiB that one run may take")
    add("--table", nargs="?", type=Path, const=Path("README.md"), help="file that gets the table")
    add("--sizes", type=int, nargs="*", help="Workbench alone, on invented firms of these sizes")
    add("--seeds", type=int, nargs="*", default=[1], help="and of these seeds")
    return parser.parse_args()


def main() -> None:
    """Measure what was asked for, print it, and write the table where one is wanted."""
    given = _arguments()
    limits = Limits(given.limit, given.memory)
    if given.sizes is not None:
        names = [f"gen_{size}_s{seed}" for size in given.sizes for seed in given.seeds]
        for name in names:
            detailed(name, max(given.runs, 1), limits)
        print(growth(names))
        return
    names, table = named(given.sets), []
    for name in names:
        if given.runs:
            compared(name, given.peers, given.runs, limits)
        rows = [cells(name, row) for row in remembered(name) if row["peer"] in given.peers]
        print(as_text(rows), flush=True)
        table += rows
    print(growth(names))
    if given.table:
        command = f"python tests/benchmarks/linking.py --sets {' '.join(given.sets)} --runs {given.runs}"
        write_between(given.table, f"{as_markdown(table, command)}\n\n{growth(names)}".strip())


if __name__ == "__main__":
    main()
