"""How well differences group into patterns, and what comparing costs: run it as a script.

Sizes are numbers of links. A firm of up to 20,000 links is invented as it is; a larger one is made of copies
of 4,000 links, in which every mailbox, number, name and address is given a mark of its copy. ``--repeat``
makes copies whose values repeat. ``--datacompy PYTHON`` times datacompy on the same cells, with the
interpreter of an environment that has it (it is no dependency): plain equality of all compared fields.
"""

from __future__ import annotations

import argparse
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Final

import pandas as pd

sys.path.insert(0, str(Path(__file__).parents[1] / "reconcile"))

from planted_differences import OWN_DOMAIN, PlantedFirm, demo, generated, measure, trivial

from workbench.domain.fields import COMPARED, SIDES
from workbench.domain.frames import Clients, cells
from workbench.domain.settings import CompareSettings
from workbench.reconcile.compare import compare
from workbench.reconcile.patterns import patterns

OWN: Final = CompareSettings(own_domains=(OWN_DOMAIN,))
WHOLE: Final = 20_000
COPIED: Final = 4_000
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


def firm_of(links: int, repeat: bool) -> tuple[Clients, pd.DataFrame]:
    """Give a firm with so many links; see the module's words."""
    if links <= WHOLE:
        firm = generated(links)
        return firm.clients, firm.links.head(links)
    firm = generated(COPIED)
    copies = range(-(-links // COPIED))
    sides = [
        pd.concat([_copy(firm.clients.side(side), n, repeat) for n in copies], ignore_index=True)
        for side in SIDES
    ]
    pairs = [firm.links.apply(lambda ids, n=n: ids + f"-{n}") for n in copies]
    return Clients(*sides), pd.concat(pairs, ignore_index=True).head(links)


def _copy(side: pd.DataFrame, number: int, repeat: bool) -> pd.DataFrame:
    """Copy a side's records under other ids, and mark their values unless they are to repeat."""
    ids = {name: side[name] + f"-{number}" for name in ("client_id", "contact_id")}
    marked = side.assign(**ids)
    if repeat:
        return marked
    letters = "".join(chr(ord("a") + int(digit)) for digit in f"{number:04}")
    return marked.assign(
        email=marked["email"].str.replace("@", f"{letters}@"),
        legal_name=marked["legal_name"] + f" {letters}",
        physical_city=marked["physical_city"] + f" {letters}",
        postal_city=marked["postal_city"] + f" {letters}",
        primary_phone=marked["primary_phone"].str.replace("555", f"{200 + number % 700}"),
        other_phone=marked["other_phone"].str.replace("555", f"{200 + number % 700}"),
    )


def timed(links: int, repeat: bool, datacompy: str) -> None:
    """Print what comparing so many links costs, at first and again."""
    clients, pairs = firm_of(links, repeat)
    seconds = []
    for _ in range(2):
        started = time.perf_counter(), time.process_time()
        differences = compare(clients, pairs, settings=OWN)
        seconds.append((time.perf_counter() - started[0], time.process_time() - started[1]))
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    started_at = time.perf_counter()
    found = patterns(differences)
    spent = time.perf_counter() - started_at
    (wall, cpu), (again, again_cpu) = seconds
    kind = "repeating" if repeat else "unlike"
    first_time = f"{wall:.2f} s at first ({cpu:.2f} s of a processor)"
    print(f"{links:>9,} links, {kind} values: {first_time}, {again:.2f} s again ({again_cpu:.2f});")
    grouping = f"{found['count'].sum():,} cells in {len(found):,} patterns {spent:.2f} s"
    print(f"{'':>9}  {peak:.1f} GiB; {grouping}", flush=True)
    if datacompy:
        print(f"{'':>9}  datacompy, plain equality: {_datacompy(datacompy, clients, pairs)} s", flush=True)


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
    parser.add_argument("--repeat", action="store_true", help="let the values of a large firm repeat")
    parser.add_argument("--datacompy", default="", help="a Python that has datacompy")
    given = parser.parse_args()
    if given.patterns:
        grouped("demo firm", demo(), given.show)
    for size in given.patterns:
        for seed in given.seeds:
            grouped(f"generated, seed {seed}", generated(size, seed), given.show)
    for size in given.sizes:
        timed(size, given.repeat, given.datacompy)


if __name__ == "__main__":
    main()
