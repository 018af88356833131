"""What XPM said is left for today is believed today."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

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
