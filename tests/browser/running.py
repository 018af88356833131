"""`workbench demo` as a person runs it: a process that prints a link and is ended by Ctrl-C."""

from __future__ import annotations

import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

import psutil

Answer = TypeVar("Answer")
READY_WAIT_S = 120.0
END_WAIT_S = 30.0


class Demo:
    """The demo, running on one folder.

    Parameters
    ----------
    folder : Path
        Where the demo firm lives.
    *options : str
        Further options of the command.
    """

    def __init__(self, folder: Path, *options: str) -> None:
        self.folder = folder
        self._said = folder.parent / f"{folder.name}.said"
        self.start(*options)

    def start(self, *options: str) -> None:
        """Start it, or start it again once it has ended."""
        command = [sys.executable, "-m", "workbench", "demo", f"--folder={self.folder}"]
        command += ["--no-browser", *options]
        with self._said.open("wb") as output:
            self._process = subprocess.Popen(command, stdout=output, stderr=subprocess.STDOUT)
        self.link = self._wait_for_link()

    @property
    def parent(self) -> psutil.Process:
        """The process that a person started."""
        return psutil.Process(self._process.pid)

    def said(self) -> str:
        """Give everything that the command printed so far."""
        return self._said.read_text(encoding="utf-8", errors="replace")

    def _wait_for_link(self) -> str:
        def link() -> str:
            if self._process.poll() is not None:
                raise AssertionError(f"the demo ended by itself:\n{self.said()}")
            found = re.search(r"http://127\.0\.0\.1:\d+/\?token=\S+", self.said())
            return found.group() if found else ""

        return wait_until(link, "the demo prints its link", READY_WAIT_S)

    def child(self, *words: str) -> psutil.Process:
        """Give the child process whose command holds these words."""
        for child in self.parent.children():
            if set(words) <= set(child.cmdline()):
                return child
        raise AssertionError(f"no child process of {' '.join(words)}")

    def end(self) -> list[psutil.Process]:
        """End it as Ctrl-C does; give what survived of all that it had started."""
        if self._process.poll() is not None:
            return []
        started = self.parent.children(recursive=True)
        self._process.send_signal(signal.SIGINT)
        self._process.wait(END_WAIT_S)
        return psutil.wait_procs(started, timeout=5)[1]


@contextmanager
def without_worker(demo: Demo) -> Iterator[None]:
    """Leave the dashboard without its worker: whoever would start it again is held still meanwhile."""
    parent, worker = demo.parent, demo.child("worker")
    parent.suspend()
    try:
        worker.terminate()
        wait_until(lambda: not alive(worker), "the worker ends", END_WAIT_S)
        yield
    finally:
        parent.resume()


def alive(process: psutil.Process) -> bool:
    """Tell whether a process still does anything (one that only waits to be buried does not)."""
    try:
        return process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def wait_until(ask: Callable[[], Answer], what: str, timeout_s: float) -> Answer:
    """Ask again and again until the answer is true, and give it."""
    until = time.monotonic() + timeout_s
    while time.monotonic() < until:
        if answer := ask():
            return answer
        time.sleep(0.1)
    raise AssertionError(f"waited {timeout_s:.0f} s in vain: {what}")
