"""Firms to be tortured; the helpers beside this file are found by name."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from rig import SPEED, Rig, made_up_firm

from workbench.sandbox import Sandbox


@pytest.fixture
def make_rig(tmp_path: Path) -> Iterator[Callable[..., Rig]]:
    """Give a maker of firms that have pulled and decided everything."""
    with ExitStack() as servers:

        def make(pairs: int, name: str = "firm") -> Rig:
            sandbox = servers.enter_context(Sandbox.start(speed=SPEED, firm=made_up_firm(pairs)))
            rig = Rig(tmp_path / name, sandbox)
            rig.pull()
            rig.decide_everything()
            return rig

        yield make
