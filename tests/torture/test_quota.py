"""The quota: shared by all processes, forecast before a run, and enough to take it back."""

from __future__ import annotations

import subprocess
import sys
import time
from bisect import bisect_right
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rig import Rig

from workbench.domain.errors import WorkbenchError
from workbench.flow.asking import follow
from workbench.systems.pace import LONGEST_CALL_S, Pace, SharedWindow

LIMIT, WINDOW_S = 8, 0.5

CALLER = """
import sys, time
from pathlib import Path
from workbench.systems.clock import RealClock
from workbench.systems.pace import Pace, SharedWindow
path, limit, window_s = Path(sys.argv[1]), int(sys.argv[2]), float(sys.argv[3])
clock = RealClock()
pace = Pace(limit, 4, clock, window_s, SharedWindow(path, lambda: "app/tenant", limit, window_s, clock))
for _ in range(8):
    with pace.slot():
        print(time.time(), flush=True)
"""


class Timeline:
    """A clock that only waiting moves."""

    def __init__(self) -> None:
        self.seconds = 1e9

    def now(self) -> datetime:
        """Give the seconds as a time of day."""
        return datetime.fromtimestamp(self.seconds, UTC)

    def monotonic(self) -> float:
        """Give the seconds that have passed."""
        return self.seconds

    def sleep(self, seconds: float) -> None:
        """Let time pass."""
        assert seconds > 0
        self.seconds += seconds


def test_three_processes_keep_one_limit(tmp_path: Path) -> None:
    """Whoever calls, no window holds more calls than one process alone might make."""
    command = [sys.executable, "-c", CALLER, str(tmp_path / "pace.sqlite"), str(LIMIT), str(WINDOW_S)]
    callers = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(3)]
    told = [caller.communicate(timeout=120)[0] for caller in callers]
    at = sorted(float(line) for each in told for line in each.split())
    assert len(at) == 24
    assert max(bisect_right(at, time + WINDOW_S) - place for place, time in enumerate(at)) <= LIMIT


@settings(max_examples=20)
@given(calls=st.lists(st.tuples(st.floats(0, 40), st.integers(0, 1)), min_size=1, max_size=40))
def test_two_paces_over_one_file_are_one_pace(
    tmp_path_factory: pytest.TempPathFactory, calls: list[tuple[float, int]]
) -> None:
    """However calls are spread over two processes, any minute holds no more than the limit; none starves."""
    clock, path = Timeline(), tmp_path_factory.mktemp("pace") / "pace.sqlite"
    paces = [Pace(5, 4, clock, 60.0, SharedWindow(path, lambda: "app", 5, 60.0, clock)) for _ in range(2)]
    at = []
    for gap, which in calls:
        clock.seconds += gap
        with paces[which].slot():
            at.append(clock.seconds)
    almost_s = 60 - 1e-5  # the time of day is told in microseconds
    assert all(sum(one <= other < one + almost_s for other in at) <= 5 for one in at)


def test_what_a_dead_process_left_under_way_counts_only_for_a_while(tmp_path: Path) -> None:
    """A process that was killed in its calls takes its share of the limit with it, and not for ever."""
    clock = Timeline()
    dead = SharedWindow(tmp_path / "pace.sqlite", lambda: "app", 3, 60.0, clock)
    for _ in range(3):
        assert dead.enter() == 0.0
    started = clock.seconds
    with Pace(
        3, 4, clock, 60.0, SharedWindow(tmp_path / "pace.sqlite", lambda: "app", 3, 60.0, clock)
    ).slot():
        assert 60.0 <= clock.seconds - started <= LONGEST_CALL_S + 61.0


def test_tenants_have_limits_of_their_own(tmp_path: Path) -> None:
    """What one practice has spent is not taken from another."""
    clock, path = Timeline(), tmp_path / "pace.sqlite"
    one, other = (SharedWindow(path, lambda name=name: name, 1, 60.0, clock) for name in ("one", "other"))  # type: ignore[misc]
    assert one.enter() == 0.0
    assert one.enter() > 0.0
    assert other.enter() == 0.0


def _until_idle(rig: Rig) -> None:
    """Let what was asked for beside the push be done before its calls are counted."""
    deadline = time.monotonic() + 20
    while rig.firm.state().open_requests() and time.monotonic() < deadline:
        time.sleep(0.02)
    assert not rig.firm.state().open_requests()


def test_a_plan_uses_the_calls_that_it_forecasts(make_rig: Callable[..., Rig]) -> None:
    """Fields, contacts, links given and links taken away: within 5 %, and no call is turned away."""
    rig = make_rig(4)
    for _ in range(2):
        _until_idle(rig)
        plan = rig.desk.plan()
        mark = max(entry["seq"] for entry in rig.log())
        follow(rig.firm, rig.desk.push_plan(plan, plan.words))
        paths = ("/v1/clients", "/practicemanager/3.1/client.api/")
        used = [e for e in rig.log() if e["seq"] > mark and e["path"].startswith(paths)]
        assert abs(len(used) - plan.cost.calls) <= 0.05 * plan.cost.calls, (len(used), plan.cost.calls)
        assert {entry["status"] for entry in used} <= {200, 204}
        assert sum(c.calls for c in rig.firm.state().carried_by(_last_run(rig))) == len(used)
        rig.desk.unlink([str(link) for link in rig.firm.state().links()["link_id"]])
    assert {"link"} == {operation.resource for operation in plan.operations}


def _last_run(rig: Rig) -> str:
    return list(rig.firm.state().runs)[-1]


def test_a_run_that_could_not_pay_its_undo_today_says_so(make_rig: Callable[..., Rig]) -> None:
    """Calls enough for the run and not for taking it back: it starts only on the typed words."""
    rig = make_rig(3)
    plan = rig.desk.plan()
    needed = sum(3 if o.resource == "contact" else 2 for o in plan.operations if o.side == "xpm")
    rig.firm.book.set_progress("quota", 2 * needed - 1, 5000, "", None)
    wanted = rig.desk.plan()
    assert [b.code for b in wanted.brakes if b.state == "set"] == ["many_clients", "no_quota"]
    rig.firm.book.set_progress("quota", 2 * needed, 5000, "", None)
    assert "no_quota" not in [b.code for b in rig.desk.plan().brakes if b.state == "set"]
    rig.firm.book.set_progress("quota", 2 * needed - 1, 5000, "", None)
    with pytest.raises(WorkbenchError, match=r"one in five"):
        follow(rig.firm, rig.desk.push_plan(plan))
    assert not [entry for entry in rig.log() if entry["changed"]]
