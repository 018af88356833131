"""A worker that is killed in the middle of a push loses nothing and doubles nothing."""

from __future__ import annotations

import os
import random
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

import workbench as wb
from workbench.flow.asking import worker_alive
from workbench.flow.firm import Firm

PATIENCE_S = 60.0
EACH_WAY = 10


@contextmanager
def _worker(folder: Path) -> Iterator[subprocess.Popen[bytes]]:
    """Run a worker in a process of its own; it is killed at the end if it still runs."""
    env = {name: value for name, value in os.environ.items() if name != "WORKBENCH_SERVED"}
    command = [sys.executable, "-m", "workbench", "worker", str(folder), "--visitor"]
    process = subprocess.Popen(command, env=env)
    try:
        yield process
    finally:
        process.kill()
        process.wait()


def _until(so: Callable[[], bool], what: str) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while not so():
        assert time.monotonic() < deadline, f"waited in vain until {what}"
        time.sleep(0.02)


def _writes(sandbox: Any) -> list[dict[str, Any]]:
    """Give the requests which changed a record, as the servers logged them."""
    entries = [entry for side in ("connectworks", "xpm") for entry in sandbox.log(side)]
    return [entry for entry in entries if entry["changed"]]


def _values(sandbox: Any) -> dict[tuple[str, str, str], str]:
    """Give every email and phone of both servers."""
    here = sandbox.dump("connectworks")["clients"]
    there = sandbox.dump("xpm")["client"]
    values = {
        ("connectworks", i, name): r[name] for i, r in here.items() for name in ("email", "primary_phone")
    }
    return values | {("xpm", i, name): r[name] for i, r in there.items() for name in ("email", "phone")}


@pytest.mark.long
@pytest.mark.parametrize("seed", [1, 2])
def test_a_push_survives_the_death_of_its_worker(
    small_firm: Any, monkeypatch: pytest.MonkeyPatch, seed: int
) -> None:
    """Killed between its first and its last write and started anew: every write arrives, and none twice."""
    monkeypatch.setenv("WORKBENCH_SERVED", "1")  # so that nobody but the worker's process works
    firm, bench, sandbox = Firm(small_firm.folder), wb.open(small_firm.folder), small_firm.sandbox
    with _worker(small_firm.folder) as worker:
        _until(lambda: worker_alive(firm), "a worker is there")
        bench.pull()
        differences = bench.compare()
        chosen = differences[differences["kind"] == "different"]
        emails = chosen[chosen["field"] == "email"][:EACH_WAY]
        phones = chosen[chosen["field"] == "primary_phone"][EACH_WAY : 2 * EACH_WAY]
        bench.decide(emails, "to_xpm")
        bench.decide(phones, "to_connectworks")
        plan = wb.plan(differences, bench.decisions)
        assert len(plan.operations) == 2 * EACH_WAY

        before = _values(sandbox)
        for side in ("connectworks", "xpm"):
            sandbox.dials(side, latency_s=0.05)
        request = bench.desk.push_plan(plan, bench.desk.plan().words)
        chance = random.Random(seed)
        deadly = chance.randrange(1, len(plan.operations))
        _until(lambda: len(_writes(sandbox)) >= deadly, f"{deadly} writes have arrived")
        time.sleep(chance.random() * 0.2)
        worker.kill()
        worker.wait()
    assert firm.state().requests[request].state == "taken"
    assert len(_writes(sandbox)) < len(plan.operations)

    with _worker(small_firm.folder):
        _until(lambda: firm.state().requests[request].state == "ended", "the push has ended")
    ended = firm.state().requests[request]
    assert ended.ok, ended.message
    _judge(bench, sandbox, plan, before, emails, phones)


def _judge(bench: Any, sandbox: Any, plan: Any, before: Any, emails: Any, phones: Any) -> None:
    written = Counter(entry["resource"] for entry in _writes(sandbox))
    assert written == Counter(operation.resource_id for operation in plan.operations)
    wanted = dict(before)
    wanted |= {("xpm", row.xpm_id, "email"): row.connectworks for row in emails.itertuples()}
    wanted |= {("connectworks", row.connectworks_id, "primary_phone"): row.xpm for row in phones.itertuples()}
    assert _values(sandbox) == wanted
    run = next(iter(bench.desk._firm.state().runs.values()))
    assert run.ended
    assert run.counts == {"done": len(plan.operations)}
    assert bench.verify().ok
