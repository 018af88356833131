"""One door for the tests of this folder; the helper beside this file is found by name."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from pathlib import Path

import oidc_provider_mock
import pytest

sys.path.insert(0, str(Path(__file__).parent))

from standing_door import SECRETS, StandingDoor, standing


@pytest.fixture(scope="package")
def door(tmp_path_factory: pytest.TempPathFactory) -> Iterator[StandingDoor]:
    """Serve a page behind a third party's OpenID provider, started by somebody who knows all secrets."""
    before = dict(os.environ)
    os.environ.update(SECRETS)
    try:
        with (
            oidc_provider_mock.run_server_in_thread() as provider,
            standing(tmp_path_factory.mktemp("door"), f"http://localhost:{provider.server_port}") as stands,
        ):
            yield stands
    finally:
        os.environ.clear()
        os.environ.update(before)
