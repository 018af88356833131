"""A small firm with a worker on duty that is signed in, as `workbench serve` would leave it."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from typing import Any

import pytest

from workbench.flow.asking import ask, follow
from workbench.flow.firm import Firm
from workbench.flow.worker import Worker


@pytest.fixture
def signed_in(small_firm: Any) -> Iterator[Any]:
    """Give the small firm; requests of other processes are carried out while the test lasts."""
    firm, end = Firm(small_firm.folder), threading.Event()
    duty = threading.Thread(target=lambda: Worker(firm).serve(end))
    duty.start()
    try:
        follow(firm, ask(firm, "connect", {}, work_here=False))
        yield small_firm
    finally:
        end.set()
        duty.join()
