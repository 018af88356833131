"""When Python looks for garbage: not during an act, and between acts where it is worth it."""

from __future__ import annotations

import gc
import weakref
from collections.abc import Iterator

import pytest

from workbench.domain import collecting
from workbench.domain.collecting import tidy, uncollected


class Held:
    """Holds itself."""

    def __init__(self) -> None:
        self.own = self


@pytest.fixture(autouse=True)
def thawed() -> Iterator[None]:
    """Leave this process as it was."""
    tidy(now=True)
    yield
    gc.unfreeze()


def test_nothing_is_looked_for_during_an_act() -> None:
    """Within, collection is off; afterwards it is as it was, also where it was off and after a fault."""
    with pytest.raises(ValueError, match="x"), uncollected():
        assert not gc.isenabled()
        raise ValueError("x")
    assert gc.isenabled()
    gc.disable()
    try:
        with uncollected():
            pass
        assert not gc.isenabled()
    finally:
        gc.enable()


def test_what_holds_only_itself_goes_once_much_was_made() -> None:
    """A little garbage waits; after an act that made much it is gone, and what is held lasts."""
    lost, kept = weakref.ref(Held()), Held()
    tidy()
    assert lost() is not None
    with uncollected():
        many = [[number] for number in range(collecting._DUE + 1)]
    tidy()
    assert lost() is None and kept.own is kept and len(many) > collecting._DUE


def test_what_was_passed_over_is_gone_through_again_once_there_is_much_more(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Garbage of what had lasted is not kept for good."""
    kept = [Held()]
    tidy(now=True)
    lost = weakref.ref(kept.pop())
    tidy(now=True)
    assert lost() is not None
    monkeypatch.setattr(collecting, "_lasting", gc.get_freeze_count() // 2)
    tidy(now=True)
    assert lost() is None
