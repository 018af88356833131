"""What every peer does alike: read the pair of tables, link by the clock, leave the pairs and the cost."""

from __future__ import annotations

import json
import re
import resource
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final

import pandas as pd

LARGE: Final = 100_000
Linker = Callable[[pd.DataFrame, pd.DataFrame], pd.DataFrame]


def run(link: Linker, ending: str = "_plain") -> None:
    """Link the set in the folder that the command line names first, and write to the one it names second.

    Parameters
    ----------
    link : callable
        Takes both sides and gives ``connectworks_id``, ``xpm_id``, ``score`` and ``said``, which is the
        peer's own decision; further columns that begin with ``said`` are further ways to decide.
    ending : str
        Which form of the two sides it reads.
    """
    source, target = map(Path, sys.argv[1:3])
    left, right = (pd.read_parquet(source / f"{side}{ending}.parquet") for side in ("left", "right"))
    started = time.perf_counter()
    found = link(left, right)
    seconds = time.perf_counter() - started
    found.to_parquet(target / "pairs.parquet", index=False)
    (target / "cost.json").write_text(json.dumps({"work": seconds, "peak": peak()}))


def peak() -> int:
    """Give the most bytes that this process, or one that it started and that has ended, has held."""
    own = re.search(r"VmHWM:\s+(\d+) kB", Path("/proc/self/status").read_text())
    started = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
    return 1024 * max(int(own[1]) if own else 0, started)


def truth() -> pd.DataFrame:
    """Give the true pairs, for a peer that cannot do without labels."""
    return pd.read_parquet(Path(sys.argv[1]) / "truth.parquet")


def filled(frames: tuple[pd.DataFrame, ...], column: str) -> float:
    """Give the share of records that fill a column, on the side that fills it less."""
    return min((float(frame[column].notna().mean()) for frame in frames if column in frame), default=0.0)


def mutual(found: pd.DataFrame) -> pd.Series:
    """Tell which pairs are the best of both their records; of equal ones the first."""
    order = found["score"].sort_values(ascending=False, kind="stable").index
    ranked = found.loc[order]
    firsts = [~ranked[side].duplicated() for side in ("connectworks_id", "xpm_id")]
    return (firsts[0] & firsts[1]).reindex(found.index)
