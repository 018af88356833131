"""How well differences group into patterns, and what comparing costs: run it as a script.

Sizes are numbers of links, each of an invented firm of its own, which is written into the cache when it is
first asked for (of a million links, that takes minutes) and read from there. Every size is timed in a process
of its own, which reads both sides, compares, and says what that took and how much memory at most, reading
included; then it compares again, groups, and asks for plain equality only, unless ``--once``. ``--datacompy
PYTHON`` times datacompy on the same cells, with the interpreter of an environment that has it (it is no
dependency).

A million links: ``python tests/benchmarks/comparing.py --patterns --sizes 1000000 --once``.
"""

from __future__ import annotations

import argparse
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from multiprocessing import get_context
from pathlib import Path
from typing import Any, Final, TypeVar

import pandas as pd

sys.path.insert(0, str(Path(__file__).parents[1] / "reconcile"))

from planted_differences import OWN_DOMAIN, PlantedFirm, demo, generated, measure, trivial
from sets import PAIR, folder_of

from workbench.domain.fields import COMPARED, SIDES
from workbench.domain.frames import Clients, cells
from workbench.domain.settings import CompareSettings
from workbench.reconcile.compare import compare
from workbench.reconcile.pairing import pair
from workbench.reconcile.patterns import patterns
from workbench.sandbox.firm import Recipe

Result = TypeVar("Result")
OWN: Final = CompareSettings(own_domains=(OWN_DOMAIN,))
_DATACOMPY: Final = """
import sys, time, warnings
import pandas as pd
warnings.simplefilter("ignore")
import datacompy
left, right = (pd.read_parquet(f"{sys.argv[1]}/{side}.parquet") for side in ("connectworks", "xpm"))
made = next(getattr(datacompy, name) for name in ("PandasCompare", "Compare") if hasattr(datacompy, name))
started = time.perf_counter()
found = made(left, right, join_columns="link")
print(f"{time.perf_counter() - started:.2f}")
"""


def grouped(name: str, firm: PlantedFirm, show: int) -> None:
    """Print how our patterns, and the trivial grouping, keep apart what is decided differently."""
    differences = compare(firm.clients, firm.links, settings=OWN)
    ours = measure(firm, differences, differences["pattern"])
    print(f"{name}: {len(firm.links)} links")
    print(f"  patterns              {ours}")
    print(f"  field, kind and mover {measure(firm, differences, trivial(differences))}")
    for line in ours.impure:
        print(f"    {line}")
    for row in patterns(differences[differences["kind"] != "cosmetic"]).head(show).itertuples():
        print(f"  {row.count:6} {row.words}")


def firm_of(links: int) -> tuple[Clients, pd.DataFrame]:
    """Give a firm with so many links."""
    folder = folder_of(_name(links))
    read = (pd.read_parquet(folder / f"{part}.parquet") for part in ("left", "right"))
    return Clients(*read), pd.read_parquet(folder / "truth.parquet", columns=PAIR)


def _name(links: int) -> str:
    """Name the invented firm that has so many links."""
    return f"gen_{round(links / Recipe.overlap)}_s1"


def timed(links: int, once: bool, datacompy: str) -> None:
    """Print what comparing so many links costs, at first and again, and beside it plain equality."""
    clients, pairs = firm_of(links)
    (wall, cpu), differences = _spent(lambda: compare(clients, pairs, settings=OWN))
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    print(f"{len(pairs):,} links, {len(differences):,} cells; peak {peak:.1f} GiB")
    print(f"  compared at first       {wall:8.2f} s ({cpu:.2f} s of a processor)")
    if not once:
        del differences  # or it would be held twice
        _time_the_rest(clients, pairs, datacompy)
    sys.stdout.flush()


def _time_the_rest(clients: Clients, pairs: pd.DataFrame, datacompy: str) -> None:
    """Print what comparing again costs, and grouping, and plain equality by ours and by datacompy."""
    (wall, cpu), differences = _spent(lambda: compare(clients, pairs, settings=OWN))
    grouping, found = _spent(lambda: patterns(differences))
    plain = _plain_cost(clients, pairs)
    print(f"  compared again          {wall:8.2f} s ({cpu:.2f})")
    print(
        f"  {found['count'].sum():,} cells in {len(found):,} patterns {grouping[0]:.2f} s ({grouping[1]:.2f})"
    )
    print(f"  plain equality, ours    {plain[0]:8.2f} s ({plain[1]:.2f}): the rest is what our notion costs")
    if datacompy:
        print(f"  plain equality, datacompy {_datacompy(datacompy, clients, pairs):>6} s")


def _spent(work: Callable[[], Result]) -> tuple[tuple[float, float], Result]:
    """Do work; give its seconds by the clock and of a processor, and what it gave."""
    started = time.perf_counter(), time.process_time()
    given = work()
    return (time.perf_counter() - started[0], time.process_time() - started[1]), given


def _plain_cost(clients: Clients, pairs: pd.DataFrame) -> tuple[float, float]:
    """Time plain equality; as datacompy does, it gets its links named and its cells ready."""
    ready = pair(clients, pairs, OWN.home_country)
    whole = {(side, field): ready.whole(side, field) for side in SIDES for field in COMPARED}
    return _spent(lambda: plainly(clients, ready.links, whole))[0]


def plainly(clients: Clients, links: pd.DataFrame, whole: Mapping[tuple[str, str], Any]) -> pd.DataFrame:
    """Join the linked records and say of each cell whether both texts are equal, as datacompy does."""
    pairing = pair(clients, links, OWN.home_country)
    cells = {field: [pairing.taken(side, whole[side, field]) for side in SIDES] for field in COMPARED}
    return pd.DataFrame({field: one.eq_missing(other).to_numpy() for field, (one, other) in cells.items()})


def _datacompy(python: str, clients: Clients, links: pd.DataFrame) -> str:
    """Time datacompy on the same cells, the records joined beforehand as they are linked."""
    with tempfile.TemporaryDirectory() as folder:
        for side in SIDES:
            frame = clients.side(side)
            rows = pd.Index(frame["client_id"]).get_indexer(links[f"{side}_id"])
            values = {name: cells(frame, name).to_numpy()[rows] for name in COMPARED}
            table = pd.DataFrame(values, dtype=object).assign(link=range(len(rows)))
            table.where(table.notna(), None).to_parquet(f"{folder}/{side}.parquet")
        ran = subprocess.run([python, "-c", _DATACOMPY, folder], capture_output=True, text=True, check=False)
    return ran.stdout.strip() or f"failed: {ran.stderr.strip().splitlines()[-1:]}"


def main() -> None:
    """Measure what was asked for and print it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--patterns", type=int, nargs="*", default=[4000], help="links of firms to group")
    parser.add_argument("--sizes", type=int, nargs="*", default=[4000], help="links of firms to time")
    parser.add_argument("--seeds", type=int, nargs="*", default=[1, 2])
    parser.add_argument("--show", type=int, default=0, help="how many of the largest patterns to print")
    parser.add_argument("--once", action="store_true", help="time the first comparison only")
    parser.add_argument("--datacompy", default="", help="a Python that has datacompy")
    given = parser.parse_args()
    if given.patterns:
        grouped("demo firm", demo(), given.show)
    for size in given.patterns:
        for seed in given.seeds:
            grouped(f"generated, seed {seed}", generated(size, seed), given.show)
    for size in given.sizes:
        folder_of(_name(size))
        # A process of its own has compared nothing yet: nothing is remembered.
        one = get_context("spawn").Process(target=timed, args=(size, given.once, given.datacompy))
        one.start()
        one.join()


if __name__ == "__main__":
    main()
