"""A scheduled run's only push: what safe rules settle that the firm has named, under its cap."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pandas as pd

from workbench.desk import FirmDesk
from workbench.domain.errors import PlanRefused
from workbench.domain.fields import SIDES
from workbench.domain.records import Plan
from workbench.domain.settings import RunSettings
from workbench.domain.warnings import NONE_SEEN
from workbench.reconcile.safe_rules import safe
from workbench.review.desk import Choice

HOW = "safe_rule"


@dataclass(frozen=True, repr=False)
class Followed:
    """What a scheduled run wrote by itself.

    Parameters
    ----------
    message : str
        In one sentence.
    run_id : str
        The push, if there was one.
    refusal : str
        Why a person is needed, if one is.
    """

    message: str
    run_id: str = ""
    refusal: str = ""

    def __repr__(self) -> str:
        return self.message


def follow_safe_rules(desk: FirmDesk, settings: RunSettings, push: Callable[[Plan], Any]) -> Followed:
    """Decide and push what the firm's safe rules settle; by default there are none, and nothing is done.

    Parameters
    ----------
    desk : FirmDesk
        Whose differences are looked at; what a person has decided is left to the person.
    settings : RunSettings
        The rules that are switched on, and the cap.
    push : callable
        Pushes a plan and gives its `Run`; refuses where a brake is set.

    Returns
    -------
    Followed
        With a refusal where more would be written than the cap, a brake was set, or a write did not end
        well. What was refused as a whole is not decided either.
    """
    if not settings.safe_rules:
        return Followed("No safe rule is switched on, so this run pushed nothing.")
    rows = safe(desk.differences(), settings.safe_rules, desk.decisions())
    if rows.empty:
        return Followed("The safe rules had nothing to settle: nothing was pushed.")
    if len(rows) > settings.cap:
        words = f"Safe rules would write {len(rows)} values, more than the cap of {settings.cap}."
        return Followed(f"{words} Nothing was pushed.", refusal=words)
    for rule, some in rows.groupby("rule", sort=True):
        desk.decide(_choices(some, some["suggestion"].tolist()), HOW, f"Safe rule {rule}")
    try:
        run = push(_plan(desk, rows))
    except PlanRefused as refused:
        desk.decide(_choices(rows, [None] * len(rows)), HOW)
        return Followed(f"The push by safe rules was refused: {refused}", refusal=str(refused))
    words = f"By safe rules: {run.message}"
    well = run.ended and set(run.outcomes["outcome"]) <= {"done", "already"}
    return Followed(words, run.run_id, "" if well else words)


def _choices(rows: pd.DataFrame, directions: list[Any]) -> list[Choice]:
    columns = [
        rows[c].astype(object).where(rows[c].notna(), None) for c in ("link_id", "field", *SIDES, "warnings")
    ]
    cells = zip(*columns, strict=True)
    return [
        Choice(link, field, direction, connectworks, xpm, warnings=warnings or NONE_SEEN)
        for (link, field, connectworks, xpm, warnings), direction in zip(cells, directions, strict=True)
    ]


def _plan(desk: FirmDesk, rows: pd.DataFrame) -> Plan:
    """Plan these differences alone; what people have decided waits for people."""
    keys = set(zip(rows["link_id"], rows["field"], strict=True))
    decisions = desk.decisions()
    both = zip(decisions["link_id"], decisions["field"], strict=True)
    return desk.plan(decisions.loc[[key in keys for key in both]])
