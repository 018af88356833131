"""What takes long in a large firm is reckoned beside the page: it goes on, shows how far, and stops it."""

from __future__ import annotations

import sys
import threading
from pathlib import Path
from typing import Any

import pytest

sys.path.insert(0, str(Path(__file__).parent))
from desk_on_frames import DeskOnFrames
from test_screens import Person

from workbench.domain.errors import Unreachable
from workbench.review import beside
from workbench.review.dashboard import dashboard
from workbench.review.tree import walk


class SlowDesk(DeskOnFrames):
    """A desk that finds links in two steps, each once it may."""

    def __init__(self) -> None:
        super().__init__()
        self.steps, self.told = threading.Semaphore(0), threading.Event()
        self.finished = threading.Event()
        self.finished.set()
        self.broken: Exception | None = None

    def candidates(self, tell: Any = None) -> Any:
        """Wait before each step, where somebody hears how far it is."""
        for share in (0.25, 0.75) if tell else ():
            self.steps.acquire()
            self.told.set()
            tell(share)
        assert self.finished.wait(5)
        if self.broken:
            raise self.broken
        return super().candidates()


@pytest.fixture
def slow(monkeypatch: pytest.MonkeyPatch) -> tuple[SlowDesk, Person]:
    """Open Links while they are being found."""
    monkeypatch.setattr(beside, "PATIENCE_S", 0.0)
    desk = SlowDesk()
    person = Person(dashboard(desk))
    person.goes("links")
    return desk, person


def ends(person: Person) -> None:
    """Wait until nothing is reckoned any more, and look again."""
    _joined("workbench linking")
    person.goes("links")


def _joined(name: str) -> None:
    for thread in threading.enumerate():
        if thread.name == name:
            thread.join(5)


def test_the_page_goes_on_while_links_are_found(slow: tuple[SlowDesk, Person]) -> None:
    """A bar, how far it is and the time left stand above every screen; then the screen opens by itself."""
    desk, person = slow
    assert "Finding who is who" in person.sees()
    desk.steps.release()
    assert desk.told.wait(5)
    person.goes("checks")
    while "25 %" not in person.sees():
        pass
    assert "left" in person.sees()
    assert "Twice in XPM" in person.sees()
    assert any(n.tag == "progress" for n in walk(person.tree))
    desk.steps.release()
    ends(person)
    assert "To review (" in person.sees()


def test_finding_links_is_stopped_and_begun_again(slow: tuple[SlowDesk, Person]) -> None:
    """Stop ends it between two steps; the screen says so and offers to begin again."""
    desk, person = slow
    person.clicks("Stop the linking")
    assert "Stopping…" in person.sees()
    desk.steps.release()
    ends(person)
    assert "Finding links was stopped" in person.sees()
    desk.steps.release(2)
    person.clicks("Find links")
    ends(person)
    assert "To review (" in person.sees()


def test_a_stop_that_comes_too_late_stops_nothing_later(slow: tuple[SlowDesk, Person]) -> None:
    """Links that were found before Stop was heard are shown, and found again when things change."""
    desk, person = slow
    desk.finished.clear()
    desk.steps.release(2)
    assert desk.told.wait(5)
    while "75 %" not in person.sees():
        pass
    person.clicks("Stop the linking")
    desk.finished.set()
    ends(person)
    assert "To review (" in person.sees()
    desk._moved()
    assert "Finding who is who" in person.sees()
    desk.steps.release(2)
    ends(person)
    assert "To review (" in person.sees()


def test_what_goes_wrong_beside_the_page_is_told_on_it(slow: tuple[SlowDesk, Person]) -> None:
    """A failure in the thread becomes the sentence that it would have been without, until things change."""
    desk, person = slow
    desk.broken = Unreachable("XPM does not answer.", "Try again.")
    desk.steps.release(2)
    ends(person)
    assert "XPM does not answer." in person.sees()
    desk.broken = None
    desk._moved()
    assert "Finding who is who" in person.sees()
    desk.steps.release(2)
    ends(person)
    assert "To review (" in person.sees()


def test_looking_the_data_over_shows_a_bar_and_can_be_stopped(monkeypatch: pytest.MonkeyPatch) -> None:
    """The first screen of a large firm says how far it is; whoever stops it reads the others meanwhile."""
    monkeypatch.setattr(beside, "PATIENCE_S", 0.0)
    may_go, told = threading.Event(), threading.Event()

    class Slow(DeskOnFrames):
        def checks(self, tell: Any = None) -> Any:
            if tell:
                tell(0.5)
                told.set()
                assert may_go.wait(5)
                tell(0.6)
            return super().checks()

    person = Person(dashboard(Slow()))
    assert told.wait(5)
    person.goes("checks")
    assert "Data check: 50 %" in person.sees()
    person.clicks("Stop the data check")
    may_go.set()
    _joined("workbench checking")
    person.goes("checks")
    assert "Checking the data was stopped" in person.sees()
    person.clicks("Check it")
    _joined("workbench checking")
    person.goes("checks")
    assert "Twice in XPM" in person.sees()


class Comparing(DeskOnFrames):
    """A desk that compares in two steps, each once it may."""

    def __init__(self) -> None:
        super().__init__()
        self.takes_time = ("differences",)
        self.steps, self.told = threading.Semaphore(0), threading.Event()

    def differences(self, tell: Any = None) -> Any:
        """Wait before each step, where somebody hears how far it is."""
        for share in (0.25, 0.75) if tell else ():
            self.steps.acquire()
            self.told.set()
            tell(share)
        if tell:
            self.takes_time = ()
        return super().differences()

    def moves(self) -> None:
        """Have a side move, so that all is to be compared anew."""
        self.takes_time = ("differences",)
        self.told.clear()
        self._moved()


def compared(person: Person) -> None:
    """Wait until nothing is compared any more, and look again."""
    _joined("workbench comparing")
    person.goes("differences")


def test_comparing_shows_a_bar_and_is_stopped_and_begun_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """Differences, and the plan that is made of them, wait behind one bar; Stop ends it, and says so."""
    monkeypatch.setattr(beside, "PATIENCE_S", 0.0)
    desk = Comparing()
    person = Person(dashboard(desk))
    person.goes("push")
    assert "Comparing both systems" in person.sees()
    desk.steps.release()
    assert desk.told.wait(5)
    person.goes("differences")
    while "Comparing: 25 %" not in person.sees():
        pass
    person.clicks("Stop the comparing")
    desk.steps.release()
    compared(person)
    assert "Comparing was stopped" in person.sees()
    desk.steps.release(2)
    person.clicks("Compare")
    compared(person)
    assert "Decide kind by kind" in person.sees()
    assert "Comparing" not in person.sees()


def test_a_screen_stays_while_all_is_compared_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    """What was on the screen is there until the new differences are, and what is ticked meanwhile is kept."""
    monkeypatch.setattr(beside, "PATIENCE_S", 0.0)
    desk = Comparing()
    person = Person(dashboard(desk))
    person.goes("differences")
    desk.steps.release(2)
    compared(person)
    person.clicks("Clients")
    desk.moves()
    person.goes("differences")
    assert "Comparing:" in person.sees()
    assert "Comparing both systems" not in person.sees()
    box = next(node for node in walk(person.tree) if node.attrs.get("class") == "tick")
    person.ticks(str(box.attrs["aria-label"]))
    assert len(desk.choices()) == 1
    desk.steps.release(2)
    compared(person)
    assert "1 of" in person.sees()
