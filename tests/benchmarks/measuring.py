"""Peers as whole processes, measured from outside: wall clock, processor time and peak memory.

Each tells its own peak when it is done: what the system says of an ended process counts what its parent held
when it began. Of a peer that starts further processes, the memory is that of the largest one.
"""

from __future__ import annotations

import compileall
import json
import os
import signal
import subprocess
import sys
import threading
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from environments import python_of

HERE: Final = Path(__file__).parent
PACKAGE: Final = HERE.parents[1] / "workbench"
OURS: Final = "workbench"
PEERS: Final = (OURS, "splink", "recordlinkage", "goldenmatch", "dedupe", "string_grouper")
GIB: Final = 2**30
_LOOK_EVERY: Final = 0.25


@dataclass(frozen=True)
class Limits:
    """What one run may take.

    Parameters
    ----------
    seconds : float
        Wall clock.
    gib : float
        Memory in use.
    """

    seconds: float
    gib: float


@dataclass(frozen=True)
class Cost:
    """What one run took; where it failed, why, and what it had taken by then."""

    wall: float
    processor: float
    peak: float
    work: float
    failure: str = ""


def measured(peer: str, source: Path, target: Path, limits: Limits) -> Cost:
    """Let a peer link a set in a process of its own, started cold, and give what it took.

    Parameters
    ----------
    peer : str
        Its name.
    source, target : Path
        The set's folder, and the one that gets ``pairs.parquet``.
    limits : Limits
        A run that passes them is ended.
    """
    target.mkdir(parents=True, exist_ok=True)
    for stale in ("pairs.parquet", "cost.json"):
        (target / stale).unlink(missing_ok=True)
    try:
        python = Path(sys.executable) if peer == OURS else python_of(HERE / "peers" / f"{peer}.txt")
    except subprocess.CalledProcessError:
        return Cost(0.0, 0.0, 0.0, 0.0, "its packages cannot be installed here")
    if peer == OURS:
        # As pip does with every package that it installs, the peers among them.
        compileall.compile_dir(PACKAGE, quiet=2)
    command = [python, "-m", f"peers.{peer}", source, target]
    with (target / "log.txt").open("w") as log:
        started = time.perf_counter()
        process = subprocess.Popen(
            command, cwd=HERE, stdout=log, stderr=log, stdin=subprocess.DEVNULL, start_new_session=True
        )
        watch = _Watch(process.pid, limits)
        _, status, used = os.wait4(process.pid, 0)
        wall = time.perf_counter() - started
        process.returncode = os.waitstatus_to_exitcode(status)
    failure = watch.done() or _failure(process.returncode, target)
    own = {"work": 0.0, "peak": watch.most} if failure else json.loads((target / "cost.json").read_text())
    return Cost(wall, used.ru_utime + used.ru_stime, own["peak"] / GIB, own["work"], failure)


def _failure(code: int, target: Path) -> str:
    """Say why a run left no pairs."""
    if code == 0 and (target / "pairs.parquet").exists():
        return ""
    lines = (target / "log.txt").read_text(errors="replace").strip().splitlines()
    return lines[-1][:160] if lines else f"ended with {code}"


class _Watch:
    """Ends a run, with all that it started, when it passes its limits."""

    def __init__(self, process: int, limits: Limits) -> None:
        self.process, self.limits, self.reason, self.most = process, limits, "", 0
        self.over = threading.Event()
        self.thread = threading.Thread(target=self._look, daemon=True)
        self.thread.start()

    def done(self) -> str:
        self.over.set()
        self.thread.join()
        return self.reason

    def _look(self) -> None:
        end = time.perf_counter() + self.limits.seconds
        while not self.over.wait(_LOOK_EVERY):
            resident = _resident(self.process)
            self.most = max(self.most, resident)
            if time.perf_counter() > end:
                self.reason = f"over {self.limits.seconds:g} s"
            elif resident > self.limits.gib * GIB:
                self.reason = f"over {self.limits.gib:g} GiB"
            if self.reason:
                os.killpg(self.process, signal.SIGKILL)
                return


def _resident(process: int) -> int:
    try:
        pages = int(Path(f"/proc/{process}/statm").read_text().split()[1])
    except (FileNotFoundError, ProcessLookupError, IndexError):
        return 0
    return pages * os.sysconf("SC_PAGE_SIZE")
