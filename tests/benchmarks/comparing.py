"""How well differences group into patterns, and what comparing costs (``python tests/benchmarks/comparing.py``).

Sizes are numbers of links; ``--sizes 4000 100000`` measures others, ``--seeds 1 2 3`` other firms.
"""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "reconcile"))

from planted_differences import OWN_DOMAIN, PlantedFirm, demo, generated, measure, trivial

from workbench.domain.settings import CompareSettings
from workbench.reconcile.compare import compare
from workbench.reconcile.patterns import patterns

OWN = CompareSettings(own_domains=(OWN_DOMAIN,))


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


def main() -> None:
    """Measure what was asked for and print it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sizes", type=int, nargs="*", default=[4000])
    parser.add_argument("--seeds", type=int, nargs="*", default=[1, 2])
    parser.add_argument("--show", type=int, default=0, help="how many of the largest patterns to print")
    given = parser.parse_args()
    started = time.perf_counter()
    grouped("demo firm", demo(), given.show)
    for size in given.sizes:
        for seed in given.seeds:
            grouped(f"generated, seed {seed}", generated(size, seed), given.show)
    print(f"{time.perf_counter() - started:.0f} s in all")


if __name__ == "__main__":
    main()
