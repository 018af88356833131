"""The firm's desk: what the screens show and where their acts go, over one firm's memory."""

from __future__ import annotations

from contextlib import suppress

from workbench.desk.looking_back import LookingBack
from workbench.desk.pairing import Pairing
from workbench.desk.pushing import Pushing
from workbench.desk.working import Working
from workbench.domain.collecting import uncollected
from workbench.domain.progress import StopAsked

__all__ = ["FirmDesk"]


class FirmDesk(Pairing, Pushing, LookingBack, Working):
    """A desk (see `workbench.review.desk.Desk`) over one firm's folder.

    Parameters
    ----------
    firm : Firm
        Whose memory is shown and written.
    """

    def warm_up(self) -> None:
        """Reckon what the screens need, the first one's first, before anybody asks; nothing is written."""
        with uncollected():
            for reckon in (self.checks, self.candidates):
                with suppress(StopAsked):  # by whoever has come meanwhile
                    reckon()
            if (clients := self.clients()) is not None:
                self.patterns_of(self._differences(clients, self._firm.state())[1])
