"""How long the two questions of an audit take on 4,000 clients and three years of runs.

``python tests/benchmarks/looking_back.py`` takes the firm of ``ledger.py`` (written if it is not there), adds
weekly snapshots of both systems, and asks in processes of their own for everything that is held about one
client and for every client that one run touched. ``--weeks 156`` keeps the snapshots of all three years,
where a firm that purges after 90 days has 13 of each side. ``--pulled`` reads both systems once from servers
that hold the ledger's clients, so that an answer lays the latest records out too, as in a real firm.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import subprocess
import sys
import tempfile
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from ledger import LINKS, write
from screens import _invented

import workbench as wb
from workbench.domain.fields import SIDES, Side
from workbench.domain.records import Answer
from workbench.flow.demo import SANDBOX_SECRET, write_demo_settings
from workbench.flow.processes import free_port
from workbench.ledger.snapshots import Snapshots
from workbench.sandbox import Sandbox

PAGE = 200
RECORD_BYTES = 1_500
LIMIT_S = 60
SPEED = 10_000.0
ROUNDS = {
    "everything held about a client": "told = repr(bench.held(CLIENT))",
    "every client that a run touched": "told = f'{len(bench.touched(RUN)):,} clients'",
    "one client's history": "told = f'{len(bench.audit(client=CLIENT).history):,} rows'",
    "SQL over all writes": "told = str(bench.sql('select count(*) as n from writes')['n'][0])",
}
_MEASURED = """
import json, sys, time
import workbench as wb
wb.open  # what is imported once by a notebook is not part of the question
RUN, CLIENT = f"{20:032}", f"x{7:031}"
wall, spent = time.perf_counter(), time.process_time()
bench = wb.open(sys.argv[1])
{work}
print(json.dumps([time.perf_counter() - wall, time.process_time() - spent, told]))
"""


def main() -> None:
    """Write what is missing, and measure."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--events", type=int, default=1_000_000)
    parser.add_argument("--weeks", type=int, default=13)
    parser.add_argument("--pulled", action="store_true")
    parser.add_argument("--folder", type=Path, default=Path(tempfile.gettempdir()) / "workbench-ledger")
    given = parser.parse_args()
    folder = given.folder / f"{given.events}"
    if not (folder / "firm.toml").exists():
        write(folder, given.events)
    kept = len(list((folder / "snapshots").glob("*.gz"))) // len(SIDES)
    for week in range(kept, given.weeks):
        for side in SIDES:
            snapshot(folder, side, week)
    if given.pulled:
        pull(folder)
    size = sum(path.stat().st_size for path in (folder / "snapshots").glob("*.gz")) / 2**20
    print(f"{given.events:,} entries, {LINKS:,} clients a side, {given.weeks} weeks ({size:,.0f} MiB)")
    print(f"{'':34}{'open and answer, s':>20}{'processor, s':>14}  found")
    for name, work in ROUNDS.items():
        command = [sys.executable, "-c", _MEASURED.replace("{work}", work), str(folder)]
        environment = {**os.environ, "WORKBENCH_SANDBOX_SECRET": "none"}
        ran = subprocess.run(command, capture_output=True, text=True, check=False, env=environment)
        if ran.returncode:
            raise SystemExit(ran.stderr)
        wall, spent, told = json.loads(ran.stdout)
        slow = "" if wall < LIMIT_S else f"  OVER {LIMIT_S} s"
        print(f"{name:34}{wall:20.1f}{spent:14.1f}  {told}{slow}", flush=True)


def pull(folder: Path) -> None:
    """Read both systems once; their records have the ledger's ids."""
    os.environ["WORKBENCH_SANDBOX_SECRET"] = SANDBOX_SECRET
    os.environ["BROWSER"] = f"{sys.executable} -m workbench.sandbox.visitor %s &"
    whole = _invented()
    firm = replace(whole, connectworks=whole.connectworks[:LINKS], xpm_clients=whole.xpm_clients[:LINKS])
    for n, (here, there) in enumerate(zip(firm.connectworks, firm.xpm_clients, strict=True)):
        here["id"], there["uuid"] = f"c{n:031}", f"x{n:031}"
        here["xpm_link"] = {**here["xpm_link"], "uuid": there["uuid"]}
    with Sandbox.start(speed=SPEED, firm=firm) as sandbox:
        able = sandbox.dials("connectworks")["capabilities"]
        sandbox.dials("connectworks", capabilities=[each for each in able if each != "read_parties"])
        write_demo_settings(folder, sandbox.xpm_url, sandbox.connectworks_url, free_port(), SPEED)
        wb.open(folder).pull()


def snapshot(folder: Path, side: Side, week: int) -> None:
    """Keep one week's answers of a side: pages of records that do not compress to nothing."""
    at = datetime(2026, 11, 2, tzinfo=UTC) - timedelta(weeks=week)
    words = random.Random(f"{side} {week}")
    with Snapshots(folder / "snapshots").writing(side, at) as writer:
        for first in range(0, LINKS, PAGE):
            records = [
                {"id": f"{side[0]}{n:031}", "rest": words.randbytes(RECORD_BYTES // 2).hex()}
                for n in range(first, first + PAGE)
            ]
            writer.add(Answer(side, "clients", "application/json", json.dumps(records).encode(), at))


if __name__ == "__main__":
    main()
