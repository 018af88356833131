"""``python -m workbench.sandbox``: run both servers until told to stop."""

from __future__ import annotations

import argparse
import json
import os
import signal
import sys
import threading
from pathlib import Path

from workbench.sandbox import PortTaken, Sandbox
from workbench.sandbox import firm as firms


def main(arguments: list[str] | None = None) -> int:
    """Run the sandbox; return the exit code (2 when it could not start)."""
    given = _parser().parse_args(arguments)
    stop = threading.Event()
    for name in ("SIGINT", "SIGTERM", "SIGBREAK"):  # Windows sends SIGBREAK to a process group
        if hasattr(signal, name):
            signal.signal(getattr(signal, name), lambda *_: stop.set())
    try:
        firm = firms.read(given.firm) if given.firm else None
        sandbox = Sandbox.start(
            given.folder,
            seed=given.seed,
            firm=firm,
            speed=given.speed,
            xpm_port=given.xpm_port,
            connectworks_port=given.connectworks_port,
        )
    except (PortTaken, OSError) as error:
        print(error, file=sys.stderr)
        return 2
    with sandbox:
        ready = {"xpm": sandbox.xpm_url, "connectworks": sandbox.connectworks_url, "pid": os.getpid()}
        _announce(json.dumps(ready), given.ready)
        if sys.stderr.isatty():
            print(_how_to_practise(sandbox.xpm_url, sandbox.connectworks_url, given.speed), file=sys.stderr)
        while not stop.wait(0.5):  # a wait without end could not be interrupted on Windows
            pass
    return 0


def _how_to_practise(xpm: str, connectworks: str, speed: float) -> str:
    """Say what a person types in another terminal to set up a firm here."""
    return (
        "To practise, in another terminal:\n"
        f"  {'set' if os.name == 'nt' else 'export'} WORKBENCH_SANDBOX_SECRET=sandbox-secret\n"
        f"  workbench init FOLDER --xpm-url {xpm} --connectworks-url {connectworks} --speed {speed:g}"
    )


def _announce(line: str, ready: Path | None) -> None:
    if ready is not None:
        part = ready.with_suffix(".part")
        part.write_text(line + "\n", encoding="utf-8")
        part.replace(ready)  # whoever waits for the file never sees half of it
    print(line, flush=True)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m workbench.sandbox", description=main.__doc__)
    parser.add_argument("--folder", type=Path, help="keep the state here; without it, in memory only")
    parser.add_argument("--firm", type=Path, help="folder of the firm to serve; without it, the demo firm")
    parser.add_argument("--seed", type=int, default=1, help="seed of the demo firm")
    parser.add_argument("--xpm-port", type=int, default=0, help="0 takes any free port")
    parser.add_argument("--connectworks-port", type=int, default=0, help="0 takes any free port")
    parser.add_argument("--speed", type=float, default=1.0, help="rate-window seconds per real second")
    parser.add_argument("--ready", type=Path, help="write the addresses into this file once both answer")
    return parser


if __name__ == "__main__":
    sys.exit(main())
