"""A plan that is larger than a day's calls goes on by itself the next day."""

from __future__ import annotations

import time
from datetime import datetime, timedelta
from typing import Any

from workbench.desk import FirmDesk
from workbench.flow.asking import ask, follow
from workbench.flow.firm import Firm
from workbench.systems.clock import RealClock


class Ahead(RealClock):
    """A clock that can be put forward."""

    days = 0

    def now(self) -> datetime:
        """Give the time, so many days from now."""
        return super().now() + timedelta(days=self.days)

    def sleep(self, seconds: float) -> None:
        """Wait a little."""
        super().sleep(seconds / 50)


def test_a_plan_splits_over_days_and_carries_on_by_itself(pulled: Any) -> None:
    """With the day's calls used up the run rests and says until when; nobody has to ask again."""
    pulled.decide(pulled.differing("email", 0, 4), "to_xpm")
    clock = Ahead()
    pulled.firm = Firm(pulled.folder, clock=clock, show=pulled.firm.show)
    pulled.firm.book.set_progress("quota", 5, 5000, "", None)
    desk = FirmDesk(pulled.firm)
    plan = desk.plan()
    (brake,) = [b for b in plan.brakes if b.code == "no_quota"]
    assert "carries on by itself the next day" in brake.message
    pulled.sandbox.dials("xpm", limit_per_day=_used(pulled) + 5)
    request = desk.push_plan(plan, plan.words)
    _until(lambda: pulled.firm.state().requests[request].until)
    resting = pulled.firm.state().requests[request]
    assert "It carries on by itself on" in resting.message
    assert len(pulled.writes("xpm")) == 2
    asked = len(pulled.sandbox.log("xpm"))
    assert follow(pulled.firm, ask(pulled.firm, "connect", {})).startswith("Connected"), "others go on"
    assert [e["status"] for e in pulled.sandbox.log("xpm")[asked:]].count(429) == 0

    pulled.sandbox.dials("xpm", limit_per_day=5000)
    clock.days = 1
    assert follow(pulled.firm, request) == "Pushed: 4 done."
    assert not [e for e in pulled.sandbox.log("xpm") if e["status"] == 429]


def _used(house: Any) -> int:
    return len([e for e in house.sandbox.log("xpm") if "/practicemanager/" in e["path"]])


def _until(so: Any) -> None:
    deadline = time.monotonic() + 60
    while not so():
        assert time.monotonic() < deadline
        time.sleep(0.05)
