"""How well and how fast clients are linked, beside other tools (``python tests/benchmarks/linking.py``).

Every peer links every set in a process of its own, started cold, the peers taking turns; times, memory and
figures are medians over the runs. Peers stand in environments of their own, made when they are first run, and
read the data already normalised; Workbench reads it as it is. ``--sizes`` and ``--seeds`` look at Workbench
alone on invented firms; ``--table`` writes a line for each set and ``--details`` every figure into a file,
between two markers; ``--reliability`` draws how often pairs are right that are said to be so likely.

“Said” is what a peer links by its own default; “best” is the F1 of the best line through its scores, which
nobody knows without the truth; “first 5” is the share of true pairs among the five best of each left record.
"""

from __future__ import annotations

import argparse
import json
import math
import statistics
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from itertools import pairwise
from pathlib import Path
from typing import Final

import pandas as pd
from environments import CACHE
from judging import among, judged, medians
from measuring import OURS, PEERS, Cost, Limits, measured
from reliability import draw
from sets import INVENTED, chosen, folder_of
from tables import Row, as_markdown, as_text, cells, machine, summary, write_between

RESULTS: Final = CACHE / "results"
DETAILED: Final = Path(__file__).parent / "RESULTS.md"
DRAWN: Final = Path(__file__).parent / "reliability.png"
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
    if ratios:
        cost["ratio"] = statistics.median(ratios)
    cost["runs"] = len(own)
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


def pairs_of(name: str) -> pd.DataFrame:
    """Give the pairs that Workbench found last, each with its probability and whether it is true."""
    found = pd.read_parquet(RESULTS / name / OURS / "pairs.parquet")
    return found.assign(true=among(found, pd.read_parquet(folder_of(name) / "truth.parquet")))


def sizes_of(name: str) -> list[int]:
    """Give the records of a set on the left and on the right, and its true pairs."""
    known = json.loads((folder_of(name) / "set.json").read_text())
    return [known[part] for part in ("left", "right", "truth")]


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
    add("--table", nargs="?", type=Path, const=Path("README.md"), help="file that gets a line for each set")
    add("--details", nargs="?", type=Path, const=DETAILED, help="file that gets every figure")
    add("--reliability", nargs="?", type=Path, const=DRAWN, help="picture of what probabilities are worth")
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
    names, table, runs = named(given.sets), [], set[int]()
    for name in names:
        if given.runs:
            compared(name, given.peers, given.runs, limits)
        rows = [row for row in remembered(name) if row["peer"] in given.peers]
        told = [cells(name, sizes_of(name), row) for row in rows]
        print(as_text(told), flush=True)
        table += told
        runs |= {int(row["runs"]) for row in rows if "runs" in row}
    print(growth(names))
    heading = (
        f"`python tests/benchmarks/linking.py --sets {' '.join(given.sets)} --runs {max(runs, default=1)}` "
        f"on {machine()}:"
    )
    if given.details and table:
        write_between(given.details, f"{as_markdown(table, heading)}\n\n{growth(names)}".strip())
    if given.reliability:
        draw({name: pairs_of(name) for name in names}, given.reliability)
    if given.table:
        measured = {name: (sizes_of(name), remembered(name)) for name in names if remembered(name)}
        text = f"{heading}\n\n{summary(measured, given.peers, OURS)}\n\n{growth(names)}"
        write_between(given.table, text.strip())


if __name__ == "__main__":
    main()
