"""How well and how fast invented firms are linked (``python tests/benchmarks/linking.py``).

Each firm is linked in a process of its own, started cold: seconds are those of the whole process, as wall
clock and as processor time, memory is its peak. “Said” is what gets the verdict ``link``; “proposed” is every
pair that is first and at least even, without the doubts that send it to a person. ``--sizes`` and ``--seeds``
choose other firms.
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import pandas as pd

HERE = Path(__file__)
Pair = tuple[str, str]


def figures(said: set[Pair], true: set[Pair]) -> dict[str, float]:
    """Give precision, recall and their harmonic mean."""
    found = len(said & true)
    precision, recall = found / max(len(said), 1), found / max(len(true), 1)
    return {"P": precision, "R": recall, "F1": 2 * found / max(len(said) + len(true), 1)}


def pairs(frame: pd.DataFrame) -> set[Pair]:
    """Give the pairs of ids of a frame."""
    return set(zip(frame["connectworks_id"], frame["xpm_id"], strict=True))


def calibration_error(found: pd.DataFrame, true: set[Pair]) -> float:
    """Give the expected calibration error of the probabilities, over ten equal bands."""
    right = pd.Series([pair in true for pair in zip(found["connectworks_id"], found["xpm_id"], strict=True)])
    bands = (found["probability"] * 10).clip(upper=9).astype(int)
    gap = (found["probability"] - right.astype(float)).groupby(bands).agg(["mean", "size"])
    return float((gap["mean"].abs() * gap["size"]).sum() / max(len(found), 1))


def judged(found: pd.DataFrame, truth: pd.DataFrame) -> dict[str, Any]:
    """Hold candidates against the truth."""
    links = truth[truth["row"] == "pair"]
    true, clear = pairs(links), pairs(links[links["effect"] != "review"])
    said = found[found["verdict"] == "link"]
    first = found[found["rank"] == 1]
    return {
        "said": figures(pairs(said), true),
        "clear": figures(pairs(said) - (true - clear), clear),
        "proposed": figures(pairs(first[first["probability"] >= 0.5]), true),
        ">= .99": figures(pairs(first[first["probability"] >= 0.99]), true),
        "wrong": len(pairs(said) - true),
        "calibration error": calibration_error(found, true),
    }


def child(folder: Path) -> None:
    """Link the firm that lies in a folder, and leave the candidates and the cost there."""
    from workbench.reconcile.link import link

    started = time.perf_counter()
    found = link(pd.read_pickle(folder / "left.pkl"), pd.read_pickle(folder / "right.pkl"))
    work = time.perf_counter() - started
    found.to_pickle(folder / "found.pkl")
    used = resource.getrusage(resource.RUSAGE_SELF)
    cost = {"work": work, "processor": used.ru_utime + used.ru_stime, "peak": used.ru_maxrss / 2**20}
    (folder / "cost.json").write_text(json.dumps(cost))


def measure(size: int, seed: int) -> None:
    """Draw a firm, link it in a process of its own and print what came of it."""
    sys.path.insert(0, str(HERE.parents[1] / "reconcile"))
    from planted_cases import firm_frames

    from workbench.sandbox.firm import Recipe

    (left, right), truth = firm_frames(Recipe(size, size, seed=seed))
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        left.to_pickle(folder / "left.pkl")
        right.to_pickle(folder / "right.pkl")
        started = time.perf_counter()
        subprocess.run([sys.executable, HERE, "--child", scratch], check=True)
        wall = time.perf_counter() - started
        cost = json.loads((folder / "cost.json").read_text())
        result = judged(pd.read_pickle(folder / "found.pkl"), truth)
    print(
        f"{size} a side, seed {seed}: {wall:.1f} s wall ({cost['work']:.1f} s of it linking, "
        f"{cost['processor']:.1f} s of processor), peak {cost['peak']:.2f} GiB"
    )
    for name, value in result.items():
        parts = value.items() if isinstance(value, dict) else [("", value)]
        print(f"  {name:18}", "  ".join(f"{key} {part:.4g}".strip() for key, part in parts))


def main() -> None:
    """Measure what was asked for and print it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sizes", type=int, nargs="*", default=[50, 200, 1000, 10_000])
    parser.add_argument("--seeds", type=int, nargs="*", default=[1])
    parser.add_argument("--child", type=Path, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.child:
        child(given.child)
        return
    for size in given.sizes:
        for seed in given.seeds:
            measure(size, seed)


if __name__ == "__main__":
    main()
