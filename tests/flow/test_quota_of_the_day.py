"""What XPM said is left for today is believed today."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from workbench.desk import FirmDesk
from workbench.domain.errors import PlanRefused
from workbench.flow.asking import follow
from workbench.flow.firm import Firm
from workbench.systems.clock import RealClock


class DayAhead(RealClock):
    """A clock that is a day ahead."""

    def now(self) -> datetime:
        """Give the time in a day."""
        return super().now() + timedelta(days=1)


def test_yesterdays_quota_is_not_believed_today(small_firm: Any) -> None:
    """The number is known on its day, also in another process; on the next it is unknown, not used up."""
    firm = Firm(small_firm.folder)
    firm.book.set_progress("quota", 3, 5000, "", None)
    assert Firm(small_firm.folder).quota().day_left == 3
    assert Firm(small_firm.folder, clock=DayAhead()).quota().day_left is None


def test_a_run_on_a_new_day_asks_what_is_left_before_it_starts(pulled: Any) -> None:
    """Where only yesterday's number is known, one call asks; too few for an undo are said before a write."""
    pulled.decide(pulled.differing("email", 0, 3), "to_xpm")
    firm = Firm(pulled.folder, clock=DayAhead(), show=pulled.firm.show)
    desk = FirmDesk(firm)
    used = [e for e in pulled.sandbox.log("xpm") if "/practicemanager/" in e["path"]]
    pulled.sandbox.dials("xpm", limit_per_day=len(used) + 10)
    plan = desk.plan()
    assert plan.cost.calls == 7
    with pytest.raises(PlanRefused, match=r"XPM allows 9 more calls today: enough for this \(6\), not to"):
        follow(firm, desk.push_plan(plan))
    assert not pulled.writes("xpm")
    assert follow(firm, desk.push_plan(plan, desk.plan().words)) == "Pushed: 3 done."
