"""Keeping to a service's limits: so many calls in any sliding window, so many at a time.

A call counts from its start until a whole window after its answer, because nobody here knows when the
service counted it: somewhere between the two. What counts is kept either in this process (`Window`) or in a
file which all processes of a firm share (`SharedWindow`), so that a worker that was started anew does not
spend what its predecessor has spent already.
"""

from __future__ import annotations

import sqlite3
import threading
import uuid
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Final, Protocol

from workbench.domain.clock import Clock
from workbench.domain.errors import QuotaSpent, StorageFailed, TooLate
from workbench.domain.records import Quota

_FOREVER = float("inf")
NO_MORE_TODAY: Final = "The service takes no more calls today: the day's quota is used up."
LONGEST_CALL_S: Final = 120.0
"""So long a call counts whose end nobody has told, because its process died."""
_BUSY_TIMEOUT_S: Final = 30.0
_TABLE: Final = """
CREATE TABLE IF NOT EXISTS calls (
    id INTEGER PRIMARY KEY,
    spent_by TEXT NOT NULL,
    holder TEXT,
    started REAL NOT NULL,
    until REAL NOT NULL
)
"""


def day_of(now: datetime) -> date:
    """Give the day on which a call counts.

    Xero does not say when its day begins; midnight UTC is assumed. If it begins later, the service says so.
    """
    return now.astimezone(UTC).date()


def next_midnight(now: datetime) -> datetime:
    """Give when the next day of calls begins."""
    return datetime.combine(day_of(now) + timedelta(days=1), datetime.min.time(), UTC)


class Counting(Protocol):
    """What knows which calls still count."""

    calls: int

    def enter(self) -> float:
        """Start a call, or say for how many seconds it has to wait (0 is: started)."""

    def leave(self) -> None:
        """End a call that was started."""

    def raise_to(self, used: int) -> None:
        """Take in that the service counts `used` calls: others spend the same allowance."""


class Window:
    """The calls that still count, kept in this process.

    Parameters
    ----------
    calls : int
        How many may count at once.
    length_s : float
        How long a call counts after its answer.
    clock : Clock
        What measures.
    """

    def __init__(self, calls: int, length_s: float, clock: Clock) -> None:
        self.calls = calls
        self.length_s = length_s
        self._clock = clock
        self._ended: deque[float] = deque()
        self._running = 0

    def used(self) -> int:
        """Say how many calls count now, running ones among them."""
        while self._ended and self._ended[0] + self.length_s <= self._clock.monotonic():
            self._ended.popleft()
        return self._running + len(self._ended)

    def enter(self) -> float:
        """Start a call, or say for how many seconds it has to wait (0 is: started)."""
        if self.used() < self.calls:
            self._running += 1
            return 0.0
        return self._ended[0] + self.length_s - self._clock.monotonic() if self._ended else _FOREVER

    def leave(self) -> None:
        """End a call that was started."""
        self._running -= 1
        self._ended.append(self._clock.monotonic())

    def raise_to(self, used: int) -> None:
        """Take in that the service counts `used` calls: others spend the same allowance."""
        missing = min(used, self.calls) - self.used()
        self._ended.extend([self._clock.monotonic()] * max(0, missing))


class SharedWindow:
    """The calls that still count, kept in a file which several processes share.

    Parameters
    ----------
    path : Path
        The file; made where there is none.
    spent_by : callable
        Says whose allowance a call spends: the application and the tenant.
    calls : int
        How many may count at once.
    length_s : float
        How long a call counts after its answer.
    clock : Clock
        What measures, by the time of day, which all processes share.

    Raises
    ------
    StorageFailed
        From every method, if the file cannot be used.
    """

    def __init__(
        self, path: Path, spent_by: Callable[[], str], calls: int, length_s: float, clock: Clock
    ) -> None:
        self.calls = calls
        self._clock = clock
        self._path = path
        with suppress(OSError):  # whoever opens it tells what is wrong
            self._path.touch(mode=0o600)
        self._spent_by = spent_by
        self._length_s = length_s
        self._holder = uuid.uuid4().hex

    def enter(self) -> float:
        """Start a call, or say for how many seconds it has to wait (0 is: started)."""
        whose = self._spent_by()
        with self._alone() as (table, now):
            table.execute("DELETE FROM calls WHERE until <= ?", (now,))
            if self._used(table, whose, now) < self.calls:
                self._add(table, whose, self._holder, now, now + LONGEST_CALL_S + self._length_s)
                return 0.0
            soonest = "SELECT min(until) FROM calls WHERE spent_by = ? AND started <= ? AND holder IS NULL"
            (until,) = table.execute(soonest, (whose, now)).fetchone()
        # Where all are under way, elsewhere perhaps, nobody here hears of their end.
        return self._length_s / 60 if until is None else max(until - now, 1e-3)

    def leave(self) -> None:
        """End a call that was started."""
        mine = "SELECT min(id) FROM calls WHERE holder = ?"
        with self._alone() as (table, now):
            table.execute(
                f"UPDATE calls SET holder = NULL, until = ? WHERE id = ({mine})",
                (now + self._length_s, self._holder),
            )

    def raise_to(self, used: int) -> None:
        """Take in that the service counts `used` calls: others spend the same allowance."""
        whose = self._spent_by()
        with self._alone() as (table, now):
            for _ in range(min(used, self.calls) - self._used(table, whose, now)):
                self._add(table, whose, None, now, now + self._length_s)

    @staticmethod
    def _used(table: sqlite3.Connection, whose: str, now: float) -> int:
        # What was started later than now was so before somebody set the clock back.
        query = "SELECT count(*) FROM calls WHERE spent_by = ? AND started <= ? AND until > ?"
        return int(table.execute(query, (whose, now, now)).fetchone()[0])

    @staticmethod
    def _add(table: sqlite3.Connection, whose: str, holder: str | None, started: float, until: float) -> None:
        row = (whose, holder, started, until)
        table.execute("INSERT INTO calls (spent_by, holder, started, until) VALUES (?, ?, ?, ?)", row)

    @contextmanager
    def _alone(self) -> Iterator[tuple[sqlite3.Connection, float]]:
        """Hold the file alone for a moment, and say what time it then is: the wait may have been long."""
        try:
            with closing(sqlite3.connect(self._path, timeout=_BUSY_TIMEOUT_S, isolation_level=None)) as table:
                # What is lost with the power is soon out of the window; nobody waits for the disk.
                table.execute("PRAGMA synchronous = OFF")
                table.execute("BEGIN IMMEDIATE")
                table.execute(_TABLE)
                yield table, self._clock.now().timestamp()
                table.execute("COMMIT")
        except sqlite3.Error as error:
            raise StorageFailed(
                f"{self._path} cannot be used: {error}.", "Check the disk, or delete that file."
            ) from None


class Pace:
    """Lets calls through no faster than a service takes them. Safe to share between threads.

    Parameters
    ----------
    calls_per_min : int
        The limit of any sliding window.
    concurrent : int
        How many calls may be under way at once.
    clock : Clock
        What measures and waits.
    window_s : float
        The window's length; shorter than a minute only for a sandbox whose clock runs faster.
    window : Counting, optional
        What keeps the calls, with its own limit and length; by default this process does.
    """

    def __init__(
        self,
        calls_per_min: int,
        concurrent: int,
        clock: Clock,
        window_s: float = 60.0,
        window: Counting | None = None,
    ) -> None:
        self._clock = clock
        self._window: Counting = window or Window(calls_per_min, window_s, clock)
        self._free = threading.Condition()
        self._concurrent = concurrent
        self._under_way = 0
        self._held_until = 0.0
        self._quota = Quota()
        self._told_on: date | None = None

    @contextmanager
    def slot(self, not_after: datetime | None = None) -> Iterator[None]:
        """Wait until a call may start, and count it until it has ended.

        Parameters
        ----------
        not_after : datetime, optional
            From then on it may not start any more.

        Raises
        ------
        TooLate
            As soon as it is clear that it would not start in time; nothing was started.
        QuotaSpent
            If the service said that it takes no more calls today.
        """
        self._start(not_after)
        try:
            self._in_time(not_after, 0.0)  # the file that counts may have been busy for long
            yield
        finally:
            with self._free:
                self._under_way -= 1
                self._window.leave()
                self._free.notify_all()

    def hold(self, seconds: float) -> None:
        """Let no call start for so many seconds: the service asked for it."""
        with self._free:
            self._held_until = max(self._held_until, self._clock.monotonic() + seconds)

    def learn(self, minute_left: int | None, day_left: int | None) -> None:
        """Take in what an answer said about the calls that are left."""
        with self._free:
            self._quota = Quota(
                self._quota.minute_left if minute_left is None else minute_left,
                self._quota.day_left if day_left is None else day_left,
            )
            self._told_on = self._told_on if day_left is None else self._today()
            if minute_left is not None:
                self._window.raise_to(self._window.calls - minute_left)

    def quota(self) -> Quota:
        """Say what the last answers told about the limits; of an earlier day that says nothing now."""
        with self._free:
            return self._quota if self._told_on == self._today() else Quota(self._quota.minute_left)

    def _start(self, not_after: datetime | None) -> None:
        while True:
            with self._free:
                while self._under_way >= self._concurrent:
                    self._free.wait()
                self._not_spent()
                self._in_time(not_after, 0.0)
                wait_s = self._entered()
                if wait_s == 0.0:
                    self._under_way += 1
                    return
                if wait_s == _FOREVER:
                    self._free.wait()
                    continue
            self._in_time(not_after, wait_s)
            self._clock.sleep(wait_s)

    def _in_time(self, not_after: datetime | None, wait_s: float) -> None:
        if not_after is not None and self._clock.now() + timedelta(seconds=wait_s) >= not_after:
            raise TooLate("The pace left no room in time; nothing was sent.")

    def _not_spent(self) -> None:
        if self._quota.day_left == 0 and self._told_on == self._today():
            raise QuotaSpent(NO_MORE_TODAY, until=next_midnight(self._clock.now()))

    def _today(self) -> date:
        return day_of(self._clock.now())

    def _entered(self) -> float:
        held_s = self._held_until - self._clock.monotonic()
        return held_s if held_s > 0 else self._window.enter()
