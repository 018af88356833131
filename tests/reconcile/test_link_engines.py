"""Which engine links: the local one by default, Spark where it is asked for and there."""

from __future__ import annotations

import pandas as pd
import pytest

from workbench.domain.errors import BadInput
from workbench.reconcile.link import link

ONE = pd.DataFrame({"client_id": ["1"], "legal_name": ["Ann Hale"], "entity_type": ["individual"]})


def test_without_pyspark_the_error_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    """Asking for Spark where it is not installed names the extra and Java, in one plain sentence each."""
    monkeypatch.setattr("workbench.reconcile.link.find_spec", lambda name: None)
    with pytest.raises(BadInput, match=r"workbench\[spark\].*Java 17"):
        link(ONE, ONE, engine="spark")


def test_an_unknown_engine_is_refused() -> None:
    """A mistyped engine is an error that names the two there are, not a silent fallback."""
    with pytest.raises(BadInput, match="'local' or 'spark'"):
        link(ONE, ONE, engine="Spark")


def test_the_local_engine_is_the_default() -> None:
    """Naming the local engine changes nothing."""
    pd.testing.assert_frame_equal(link(ONE, ONE), link(ONE, ONE, engine="local"))
