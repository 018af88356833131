"""What takes long is reckoned beside the page: it goes on answering, shows how far it is, and can stop it."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from threading import Thread
from typing import Final

from workbench.domain.errors import WorkbenchError
from workbench.domain.progress import StopAsked, Tell
from workbench.review.desk import Work
from workbench.review.pieces import button, empty
from workbench.review.tree import Node

PATIENCE_S: Final = 1.0
"""So long a page waits, in seconds, before it says that something is being reckoned."""


@dataclass(frozen=True, slots=True)
class Words:
    """What such work is called.

    Parameters
    ----------
    going : str
        A heading while it is under way.
    stopped : str
        A heading once somebody stopped it.
    again : str
        The button that begins it again.
    """

    going: str
    stopped: str
    again: str


LINKING: Final = Words("Finding who is who", "Finding links was stopped", "Find links")
COMPARING: Final = Words("Comparing both systems", "Comparing was stopped", "Compare")
CHECKING: Final = Words("Checking the data", "Checking the data was stopped", "Check it")


class StillGoing(WorkbenchError):
    """Something is being reckoned, or somebody stopped that.

    Parameters
    ----------
    work : Beside
        What.
    """

    def __init__(self, work: Beside, what: str) -> None:
        super().__init__(what)
        self.work = work


class Beside:
    """Has something reckoned in a thread once it takes longer than a person wants to wait.

    Parameters
    ----------
    reckon : callable
        Does it, and keeps what it found; what it is given may be told how far it is, and may raise to end it.
    name : str
        Stands for this work where a request's id and its verb would; no worker carries it out.
    words : Words
        What it is called.
    """

    def __init__(
        self, reckon: Callable[[Tell], object], name: str = "linking", words: Words = LINKING
    ) -> None:
        self._reckon = reckon
        self.name = name
        self._words = words
        self._thread: Thread | None = None
        self._began = self._share = 0.0
        self._fault: Exception | None = None
        self.stopping = self.stopped = self._seen_going = False

    def wait(self) -> None:
        """Have it reckoned; return once that is done.

        Raises
        ------
        StillGoing
            If it takes longer, or was stopped.
        Exception
            Whatever it failed with, until something has changed.
        """
        if self._thread is None and not self.stopped and self._fault is None:
            self._begin()
        if self.is_going:
            raise StillGoing(self, f"{self._words.going}.")
        self._thread = None
        if self.stopped:
            raise StillGoing(self, f"{self._words.stopped}.")
        if self._fault is not None:
            raise self._fault

    def _begin(self) -> None:
        self._began, self._share = time.monotonic(), 0.0
        self._thread = Thread(target=self._run, name=f"workbench {self.name}", daemon=True)
        self._thread.start()
        self._thread.join(PATIENCE_S)

    def _run(self) -> None:
        try:
            self._reckon(self._tell)
        except StopAsked:
            self.stopped = True
        except Exception as fault:  # told to whoever waits, in their own thread
            self._fault = fault
        finally:
            self.stopping = False  # also where the last step was done before Stop was heard

    def _tell(self, share: float) -> None:
        self._share = share
        if self.stopping:
            raise StopAsked

    @property
    def is_going(self) -> bool:
        """Whether it is under way."""
        return self._thread is not None and self._thread.is_alive()

    def has_news(self) -> bool:
        """Tell whether a page should be drawn again: it runs, or has ended since this was asked last."""
        seen, self._seen_going = self._seen_going, self.is_going
        return seen or self._seen_going

    def work(self) -> Work | None:
        """Give it as long work is shown; None where nothing runs."""
        if not self.is_going:
            return None
        spent = time.monotonic() - self._began
        left_s = spent / self._share - spent if self._share else None
        total = 100 if self._share else 0
        done = round(100 * self._share)
        return Work(
            self.name, self.name, "running", done, total, left_s, stopping=self.stopping, in_percent=True
        )

    def stop(self) -> None:
        """Have it end after its present step."""
        self.stopping = self.is_going

    def changed(self) -> None:
        """Take it that the firm's memory is another: what failed may succeed, what is done be outdated."""
        self._fault = None
        if not self.is_going:
            self._thread = None

    def again(self) -> None:
        """Let it be reckoned after all."""
        self.stopped = False

    def view(self) -> Node:
        """Say on a screen that needs it why it is not there yet."""
        if self.stopped:
            words = "Nothing is lost. This screen needs it; the others are open."
            again = button(self._words.again, "reckon_again", look="main", work=self.name)
            return empty(self._words.stopped, words, again)
        return empty(self._words.going, "This screen opens by itself; the others are open meanwhile.")
