"""The invented firm on a fresh sandbox, for one run of all notebooks.

As a pytest plugin (``-p fresh_firm``) it lasts as long as the session: the notebooks are read in order, on
one firm, as a person would run them. Consent is answered over HTTP by a visitor in the browser's place.
"""

from __future__ import annotations

import os
import shlex
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from workbench.flow.demo import SANDBOX_SECRET, write_demo_settings
from workbench.flow.processes import free_port
from workbench.sandbox import Sandbox

NOTEBOOKS = [
    Path(__file__).parents[2] / "notebooks" / f"{name}.ipynb"
    for name in ("1_connect", "2_link", "3_reconcile", "4_audit", "scheduled_run")
]
SPEED = 200.0
"""So fast that no cell waits for a quota."""
PERSON = "Robin Farrow"

_open = pytest.StashKey[ExitStack]()


@contextmanager
def fresh_firm() -> Iterator[Path]:
    """Start a sandbox in this process, and tell kernels by the environment which firm they open.

    Yields
    ------
    Path
        The firm's folder; nothing has been pulled yet.
    """
    with TemporaryDirectory(ignore_cleanup_errors=True) as folder, Sandbox.start(speed=SPEED) as sandbox:
        firm = Path(folder) / "firm"
        write_demo_settings(firm, sandbox.xpm_url, sandbox.connectworks_url, free_port(), SPEED)
        os.environ["WORKBENCH_FIRM"] = str(firm)
        os.environ["WORKBENCH_PERSON"] = PERSON
        os.environ["WORKBENCH_SANDBOX_SECRET"] = SANDBOX_SECRET
        # A bar that only a slow machine shows would be an output that is not there elsewhere.
        os.environ["TQDM_DISABLE"] = "1"
        os.environ["BROWSER"] = f"{shlex.quote(sys.executable)} -m workbench.sandbox.visitor %s &"
        yield firm


def pytest_sessionstart(session: pytest.Session) -> None:
    """Open the firm before the first notebook."""
    session.config.stash[_open] = ExitStack()
    session.config.stash[_open].enter_context(fresh_firm())


def pytest_sessionfinish(session: pytest.Session) -> None:
    """End the sandbox after the last one."""
    session.config.stash[_open].close()
