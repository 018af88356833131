"""Run a Python module that ends when whoever started it is gone: ``python attended.py MODULE …``.

Whoever starts it holds the other end of its standard input. Even if that process is killed, the system closes
that end, on every operating system. Imports nothing of Workbench: what it runs may be somebody else's.
"""

from __future__ import annotations

import os
import runpy
import signal
import sys
import threading
import time
from pathlib import Path

GRACE_S = 10.0


def _end_when_left_alone() -> None:
    while os.read(0, 1024):
        pass
    os.kill(os.getpid(), signal.SIGTERM)
    time.sleep(GRACE_S)
    os._exit(1)


def main() -> None:
    """Run the module that the command line names, with the arguments after it."""
    threading.Thread(target=_end_when_left_alone, name="attended", daemon=True).start()
    sys.argv = sys.argv[1:]
    sys.path[0] = str(Path.cwd())  # as `python -m` has it
    runpy.run_module(sys.argv[0], run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    main()
