"""What the desk told, asked for once for each state of the firm's memory."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pandas as pd

from workbench.domain.fields import SIDES
from workbench.domain.frames import Clients
from workbench.domain.records import Plan
from workbench.review.desk import Desk, Pulse


class Known:
    """The desk's frames as of one moment.

    Parameters
    ----------
    desk : Desk
        Whom to ask.
    """

    def __init__(self, desk: Desk) -> None:
        self.desk = desk
        self.pulse = Pulse(head=-1)
        self._kept: dict[str, Any] = {}

    def look(self) -> bool:
        """Ask for the pulse, forget what is out of date; True if anything changed."""
        pulse = self.desk.pulse()
        changed = pulse != self.pulse
        if pulse.head != self.pulse.head:
            self._kept.clear()
        self.pulse = pulse
        return changed

    def _once(self, name: str, ask: Callable[[], Any]) -> Any:
        if name not in self._kept:
            self._kept[name] = ask()
        return self._kept[name]

    @property
    def clients(self) -> Clients | None:
        """Both sides' clients."""
        return self._once("clients", self.desk.clients)

    @property
    def checks(self) -> pd.DataFrame:
        """What stands out in the data."""
        return self._once("checks", self.desk.checks)

    @property
    def candidates(self) -> pd.DataFrame:
        """Undecided link candidates."""
        return self._once("candidates", self.desk.candidates)

    @property
    def links(self) -> pd.DataFrame:
        """The links."""
        return self._once("links", self.desk.links)

    @property
    def rejected(self) -> pd.DataFrame:
        """The rejected pairs."""
        return self._once("rejected", self.desk.rejected)

    @property
    def differences(self) -> pd.DataFrame:
        """The differences."""
        return self._once("differences", self.desk.differences)

    @property
    def decisions(self) -> pd.DataFrame:
        """The choices in force."""
        return self._once("decisions", self.desk.decisions)

    @property
    def compared_at(self) -> pd.Series:
        """When each link was last compared."""
        return self._once("compared_at", self.desk.compared_at)

    @property
    def history(self) -> pd.DataFrame:
        """What happened, latest first."""
        return self._once("history", self.desk.history)

    def plan(self, undoes: str | None = None) -> Plan:
        """Give the plan that the decisions make, or the one that takes a run back."""
        ask = self.desk.plan if undoes is None else lambda: self.desk.undo_plan(undoes)
        return self._once(f"plan {undoes}", ask)

    @property
    def cards(self) -> dict[tuple[str, str], dict[str, Any]]:
        """Each client's row by side and id; a missing value is None."""
        return self._once("cards", self._cards)

    def _cards(self) -> dict[tuple[str, str], dict[str, Any]]:
        clients = self.clients
        if clients is None:
            return {}
        return {(side, row["client_id"]): row for side in SIDES for row in rows_of(clients.side(side))}

    def name(self, side: str, client_id: str) -> str:
        """Give a client's name."""
        card = self.cards.get((side, client_id)) or {}
        return card.get("legal_name") or "Client without a name"


def rows_of(frame: pd.DataFrame) -> list[dict[str, Any]]:
    """Give a frame's rows as plain mappings, what is missing as None."""
    plain = frame.astype(object).where(frame.notna(), None)
    columns = [plain[c].tolist() for c in plain.columns]
    return [dict(zip(map(str, plain.columns), row, strict=True)) for row in zip(*columns, strict=True)]
