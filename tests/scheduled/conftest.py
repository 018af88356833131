"""A small firm with a worker on duty that is signed in, as `workbench serve` would leave it."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from typing import Any

import pytest

from workbench.domain.fields import SIDES
from workbench.flow.asking import ask, follow
from workbench.flow.firm import Firm
from workbench.flow.worker import Worker


@pytest.fixture
def signed_in(small_firm: Any) -> Iterator[Any]:
    """Give the small firm with its `tokens`; what other processes ask for is done while the test lasts."""
    firm, end = Firm(small_firm.folder), threading.Event()
    duty = threading.Thread(target=lambda: Worker(firm).serve(end))
    duty.start()
    try:
        follow(firm, ask(firm, "connect", {}, work_here=False))
        small_firm.tokens = [firm.connections.consent[side].access_token() for side in SIDES]
        yield small_firm
    finally:
        end.set()
        duty.join()
