"""Child processes that start together and end together, on every operating system."""

from __future__ import annotations

import os
import random
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import FrameType, TracebackType
from typing import IO, Final

from workbench.domain.errors import Unreachable, WorkbenchError

END_WAIT_S = 10.0
RESTART_WAIT_S = 1.0
QUICK_S = 15.0
"""Whoever ends sooner after its start has not begun to work."""
MOST_QUICK_ENDS = 5
_PORTS: Final = range(20_000, 32_768)
"""Below what systems hand out by themselves: a port of theirs could be taken again before it is used."""
_PORTS_TRIED: Final = 50


def free_port(wanted: int = 0) -> int:
    """Give `wanted` if that port is free on the loopback address, otherwise another one that is.

    Parameters
    ----------
    wanted : int
        0 for any.
    """
    for port in filter(None, (wanted, *random.SystemRandom().sample(_PORTS, _PORTS_TRIED))):
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port
    raise Unreachable("No port is free on this machine's loopback address.", "Close some programs.")


def module(name: str, *arguments: str) -> list[str]:
    """Give the command that runs a Python module in this very environment."""
    return [sys.executable, "-m", name, *arguments]


@dataclass
class _Child:
    name: str
    command: Sequence[str]
    env: Mapping[str, str] | None
    log: Path
    restarts: bool
    process: subprocess.Popen[bytes]
    output: IO[bytes]
    started: float
    quick_ends: int = 0


class Processes:
    """The processes of one service: all end when it is closed, in the reverse order of starting.

    Python modules end also when this process is killed and can close nothing any more.

    Parameters
    ----------
    folder : Path
        Where each child's output is kept, one file each.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._children: list[_Child] = []
        folder.mkdir(parents=True, exist_ok=True)

    def start(
        self,
        name: str,
        command: Sequence[str],
        *,
        env: Mapping[str, str] | None = None,
        restarts: bool = False,
    ) -> None:
        """Start a child.

        Parameters
        ----------
        name : str
            For messages and for the file with its output.
        command : sequence of str
            What to run.
        env : mapping, optional
            Its whole environment; by default this process' own.
        restarts : bool
            Whether it is started again when it ends by itself.
        """
        log = self._folder / f"{name}.log"
        output = log.open("ab")
        process = _spawn(command, env, output)
        child = _Child(name, command, env, log, restarts, process, output, time.monotonic())
        self._children.append(child)

    def wait_for_file(self, path: Path, name: str, timeout_s: float) -> None:
        """Wait until a child has written a file that says it is ready.

        Raises
        ------
        Unreachable
            If it ended before or took too long; tells where its output is.
        """
        self._wait(path.exists, name, timeout_s)

    def wait_for_port(self, port: int, name: str, timeout_s: float) -> None:
        """Wait until a child answers on a loopback port; raises as `wait_for_file` does."""
        self._wait(lambda: _answers(port), name, timeout_s)

    def _wait(self, ready: Callable[[], bool], name: str, timeout_s: float) -> None:
        child = next(child for child in self._children if child.name == name)
        deadline = time.monotonic() + timeout_s
        while not ready():
            if child.process.poll() is not None:
                raise Unreachable(
                    f"The {name} ended before it was ready.", f"Its own words are in {child.log}."
                )
            if time.monotonic() > deadline:
                raise Unreachable(
                    f"The {name} was not ready after {timeout_s:.0f} s.", f"Its own words are in {child.log}."
                )
            time.sleep(0.05)

    def watch(self) -> None:
        """Stay until interrupted, looking after the children."""
        while True:
            self.look_after()
            time.sleep(0.2)

    def look_after(self) -> None:
        """Start again what ended and may restart; raise when anything else has ended."""
        for child in self._children:
            if child.process.poll() is not None:
                self._mourn(child)

    def _mourn(self, child: _Child) -> None:
        if not child.restarts:
            raise WorkbenchError(f"The {child.name} ended by itself.", f"Its own words are in {child.log}.")
        quick = time.monotonic() - child.started < QUICK_S
        child.quick_ends = child.quick_ends + 1 if quick else 0
        if child.quick_ends == MOST_QUICK_ENDS:
            raise WorkbenchError(
                f"The {child.name} ended {MOST_QUICK_ENDS} times right after its start.",
                f"Its last words, in {child.log}: {_last_words(child.log)}",
            )
        time.sleep(RESTART_WAIT_S)
        child.process, child.started = _spawn(child.command, child.env, child.output), time.monotonic()

    def close(self) -> None:
        """End every child that was started: ask first, insist after some seconds."""
        for child in reversed(self._children):
            child.process.terminate()
        for child in reversed(self._children):
            try:
                child.process.wait(END_WAIT_S)
            except subprocess.TimeoutExpired:
                child.process.kill()
                child.process.wait()
            if child.process.stdin:
                child.process.stdin.close()
            child.output.close()
        self._children.clear()

    def __enter__(self) -> Processes:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def _attended(command: Sequence[str]) -> list[str]:
    """Let a Python module end with us; any other command is left as it is."""
    if list(command[:2]) == module("")[:2]:
        return [sys.executable, str(Path(__file__).with_name("attended.py")), *command[2:]]
    return list(command)


def _last_words(log: Path) -> str:
    lines = log.read_text(encoding="utf-8", errors="replace").split("\n")
    return next((line.strip() for line in reversed(lines) if line.strip()), "none")


def _spawn(
    command: Sequence[str], env: Mapping[str, str] | None, output: IO[bytes]
) -> subprocess.Popen[bytes]:
    # A session of its own: Ctrl-C reaches only the parent, which then ends its children in order.
    return subprocess.Popen(
        _attended(command),
        env=dict(env) if env is not None else None,
        stdin=subprocess.PIPE,  # never written to: it closes when we end, however we end
        stdout=output,
        stderr=subprocess.STDOUT,
        start_new_session=os.name != "nt",
        creationflags=getattr(subprocess, "CREATE_NEW_PROCESS_GROUP", 0),
    )


def _answers(port: int) -> bool:
    with socket.socket() as probe:
        probe.settimeout(0.5)
        return probe.connect_ex(("127.0.0.1", port)) == 0


@contextmanager
def ending_on_signals() -> Iterator[None]:
    """Turn a request to end this process into the same exception as Ctrl-C, so that `close` is reached."""
    before = {name: signal.signal(name, _interrupt) for name in _ending_signals()}
    try:
        yield
    finally:
        for name, handler in before.items():
            signal.signal(name, handler)


def _ending_signals() -> list[signal.Signals]:
    return [getattr(signal, name) for name in ("SIGTERM", "SIGHUP", "SIGBREAK") if hasattr(signal, name)]


def _interrupt(number: int, frame: FrameType | None) -> None:
    raise KeyboardInterrupt
