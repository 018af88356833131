"""How long a firm with a long ledger takes to open, and its ledger to verify.

``python tests/benchmarks/ledger.py`` writes an invented firm of 4,000 links whose ledger has a million
entries (three years of pushes, looks and comparisons), opens it in processes of their own, and prints what
that took. The firm is kept in ``--folder``, so that a second call only measures.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import psutil
from tqdm import tqdm

from workbench.domain.frames import link_id
from workbench.domain.records import Entry, Operation
from workbench.flow.demo import write_demo_settings
from workbench.flow.freshness import baselined
from workbench.ledger.book import Book
from workbench.reconcile.replay import planned_entry

LINKS = 4_000
FIELDS = ("email", "website", "primary_phone", "other_phone", "physical_address")
RUN = 250
ROUNDS = {
    "fold the whole chain again": "Firm(folder).rebuild()",
    "open": "firm = Firm(folder)\nstate = firm.state()",
    "open and plan’s frames": "firm = Firm(folder)\nfirm.state().decisions()\nfirm.state().baseline()",
    "verify the chain alone": "told = Firm(folder).book.verify()\nassert told.ok, told.fault",
    "verify, and what is kept": "told = Firm(folder).verify()\nassert told.ok, told.fault",
}
_MEASURED = """
import sys, time, threading, psutil, os, json
from pathlib import Path
from workbench.flow.firm import Firm
folder = Path(sys.argv[1])
process, peak, over = psutil.Process(), [0], threading.Event()
def watch():
    while not over.wait(0.02):
        peak[0] = max(peak[0], process.memory_info().rss)
before = process.memory_info().rss
watcher = threading.Thread(target=watch); watcher.start()
wall, spent = time.perf_counter(), time.process_time()
{work}
wall, spent = time.perf_counter() - wall, time.process_time() - spent
over.set(); watcher.join()
print(json.dumps([wall, spent, before, max(peak[0], process.memory_info().rss)]))
"""


def main() -> None:
    """Write the firm if it is not there, and measure."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--events", type=int, default=1_000_000)
    parser.add_argument("--folder", type=Path, default=Path(tempfile.gettempdir()) / "workbench-ledger")
    parser.add_argument("--only", nargs="*", default=list(ROUNDS))
    given = parser.parse_args()
    folder = given.folder / f"{given.events}"
    if not (folder / "firm.toml").exists():
        write(folder, given.events)
    size = (folder / "ledger.sqlite").stat().st_size / 2**20
    print(f"{given.events:,} entries, {LINKS:,} links, {size:,.0f} MiB on the disk")
    print(f"{'':30}{'seconds':>10}{'processor':>12}{'MB before':>12}{'MB at most':>12}")
    for name in given.only:
        ran = subprocess.run(
            [sys.executable, "-c", _MEASURED.replace("{work}", ROUNDS[name]), str(folder)],
            capture_output=True,
            text=True,
            check=False,
            env={**os.environ, "WORKBENCH_SANDBOX_SECRET": "none"},
        )
        if ran.returncode:
            raise SystemExit(ran.stderr)
        wall, spent, before, peak = json.loads(ran.stdout)
        print(f"{name:30}{wall:10.2f}{spent:12.2f}{before / 1e6:12.0f}{peak / 1e6:12.0f}", flush=True)


def write(folder: Path, events: int) -> None:
    """Write the firm."""
    write_demo_settings(folder, "http://127.0.0.1:1", "http://127.0.0.1:2", 8400)
    book = Book(folder / "ledger.sqlite", lambda: datetime.now(UTC))
    waiting: list[Entry] = []
    with tqdm(total=events, desc="Writing the ledger") as bar:
        for entry in story(events):
            waiting.append(entry)
            if len(waiting) == 5_000:
                book.append(waiting, "ann")
                bar.update(len(waiting))
                waiting = []
        book.append(waiting, "ann")


def story(events: int) -> Iterator[Entry]:
    """Give the entries of three years: links and their comparison, then push after push."""
    for seq, entry in zip(range(1, events + 1), _years(), strict=False):
        yield entry(seq) if callable(entry) else entry


def _ids(n: int) -> tuple[str, str, str]:
    n %= LINKS
    cw, xpm = f"c{n:031}", f"x{n:031}"
    return cw, xpm, link_id(cw, xpm)


def _years() -> Iterator[object]:
    for n in range(LINKS):
        cw, xpm, link = _ids(n)
        body = {"link_id": link, "connectworks_id": cw, "xpm_id": xpm, "how": "connectworks", "act": None}
        yield Entry("linked", body, subject=link)
    for n in range(LINKS):
        _, _, link = _ids(n)
        values = {name: dict.fromkeys(("connectworks", "xpm"), f"{name} {n} of old") for name in FIELDS}
        yield baselined(link, values, "equal")
    run = 0
    while True:
        yield from _push(run)
        run += 1


def _push(run: int) -> Iterator[object]:
    """Give one push: decisions, the sealed plan, and each write step by step."""
    run_id, request_id = f"{run:032}", f"q{run:031}"
    decided: list[tuple[int, Operation]] = []

    def chosen(n: int, name: str) -> object:
        cw, xpm, link = _ids(n)

        def entry(seq: int) -> Entry:
            after, before = {name: f"{name} {n} in run {run}"}, {name: f"{name} {n} before run {run}"}
            decided.append((n, Operation("xpm", "client", xpm, xpm, before, after, (seq,), "ann")))
            body = {"link_id": link, "connectworks_id": cw, "xpm_id": xpm, "field": name}
            body |= {"direction": "to_xpm", "how": "tick", "erases": False, "unlocks": False, "act": run_id}
            seen = {"connectworks": after[name], "xpm": before[name], "note": None}
            return Entry("decided", body, seen, link)

        return entry

    for k in range(RUN):
        yield chosen(run * RUN + k, FIELDS[run % len(FIELDS)])
    for n, operation in decided:
        yield planned_entry(operation, run_id, [_ids(n)[2]])
    yield Entry("requested", {"request_id": request_id, "verb": "push", "args": {"run_id": run_id}})
    yield Entry("taken", {"request_id": request_id, "worker": "w"})
    yield Entry("run_started", {"run_id": run_id, "operations": RUN, "tenants": {"xpm": "t"}})
    for n, operation in decided:
        yield from _written(n, run_id, operation)
    counts = {"run_id": run_id, "counts": {"done": RUN}, "message": f"{RUN} done."}
    yield Entry("run_ended", counts)
    yield Entry("ended", {"request_id": request_id, "ok": True, "message": f"Pushed: {RUN} done."})


def _written(n: int, run_id: str, operation: Operation) -> Iterator[Entry]:
    of, subject = {"operation_id": operation.operation_id}, operation.client_id
    at = "2026-03-02T09:30:00.000+00:00"
    yield Entry("claimed", {**of, "run_id": run_id, "holder": "h"}, {}, subject)
    yield Entry("seen", {**of, "match": "before", "why": "first", "looked_at": at, "harm": []}, {}, subject)
    yield Entry("sending", {**of, "holder": "h"}, {}, subject)
    yield Entry("answered", {**of, "sealed": 1, "answer": "echo", "match": "after"}, {}, subject)
    ended = {"run_id": run_id, "outcome": "done", "reason": "", "calls": 2}
    yield Entry("concluded", of | ended, {}, subject)
    link, name = _ids(n)[2], next(iter(operation.after))
    pair = dict.fromkeys(("connectworks", "xpm"), operation.after[name])
    yield baselined(link, {name: pair}, "verified")
    yield Entry("looked", {"side": "xpm", "client_id": subject, "look": f"{n:064}"}, {}, "")


if __name__ == "__main__":
    start = time.perf_counter()
    main()
    print(f"{time.perf_counter() - start:.0f} s in all, {psutil.cpu_count()} cores")
