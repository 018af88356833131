"""A firm on a fresh sandbox, for every test that wants the whole house."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from workbench.flow.demo import SANDBOX_SECRET, write_demo_settings
from workbench.flow.processes import free_port
from workbench.sandbox import Sandbox

# A browser that says yes: the sign-in opens it as it would open any other.
os.environ["BROWSER"] = f"{sys.executable} -m workbench.sandbox.visitor %s &"
os.environ["WORKBENCH_SANDBOX_SECRET"] = SANDBOX_SECRET

SPEED = 200.0
"""So fast that no test waits for a quota; tests of the quota itself choose their own."""


@dataclass
class SandboxFirm:
    """A firm's folder, and the two servers that it points at."""

    folder: Path
    sandbox: Sandbox


@pytest.fixture
def sandbox_firm(tmp_path: Path) -> Iterator[SandboxFirm]:
    """Give the demo firm on its own sandbox; nothing has been pulled yet."""
    with Sandbox.start(speed=SPEED) as sandbox:
        folder = tmp_path / "firm"
        write_demo_settings(folder, sandbox.xpm_url, sandbox.connectworks_url, free_port(), SPEED)
        yield SandboxFirm(folder, sandbox)
