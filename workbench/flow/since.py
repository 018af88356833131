"""Since when something is asked: a day, a run, or the last run; and how the firm stood then."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple
from zoneinfo import ZoneInfo

from workbench.domain.errors import BadInput, StorageFailed
from workbench.domain.fields import SIDES, Side
from workbench.domain.records import Event
from workbench.domain.results import FAILED
from workbench.flow.firm import Firm
from workbench.reconcile.moved import Sight
from workbench.reconcile.replay import REACHED


class Stood(NamedTuple):
    """How one side stood.

    Parameters
    ----------
    sight : Sight
        As a whole pull showed it.
    seq : int
        Where in the ledger that pull stands.
    """

    sight: Sight
    seq: int


def moment_of(firm: Firm, since: str) -> str:
    """Give the moment (ISO 8601, UTC) that is meant; '' where there was no run before.

    Parameters
    ----------
    firm : Firm
        Whose runs and time zone are meant.
    since : str
        A day or moment (``2026-11-02``), a scheduled run's id, or ``""`` for the last that did not fail.

    Raises
    ------
    BadInput
        If it is none of these.
    """
    runs = {e.body["run_id"]: e for e in firm.book.events(kinds={"ran"})}
    if not since.strip():
        return next((e.at for e in reversed(runs.values()) if e.body["result"] != FAILED), "")
    if since in runs:
        return runs[since].at
    try:
        when = datetime.fromisoformat(since.strip())
    except ValueError:
        raise BadInput(
            "Since when is neither a day nor a run of this firm.", "Write a day as 2026-11-02."
        ) from None
    zone = ZoneInfo(firm.settings.firm.time_zone)
    return (when if when.tzinfo else when.replace(tzinfo=zone)).astimezone(ZoneInfo("UTC")).isoformat()


def stood(firm: Firm, moment: str) -> dict[Side, Stood]:
    """Give how each side stood at a moment, by the last whole pull before it that is still kept.

    Parameters
    ----------
    firm : Firm
        Whose snapshots are read: one a side.
    moment : str
        As `moment_of` gives it; ``""`` takes the pull before the present one.

    Returns
    -------
    dict
        A side that was never pulled before is not in it.
    """
    whole = [event for event in firm.book.events(kinds={"pulled"}) if event.body["complete"]]
    found = {}
    for side in SIDES:
        own = [event for event in whole if event.body["side"] == side]
        past = [event for event in own if event.at <= moment] if moment else own[:-1]
        if (seen := _latest_kept(firm, side, past)) is not None:
            found[side] = seen
    return found


def _latest_kept(firm: Firm, side: Side, pulls: list[Event]) -> Stood | None:
    for pull in reversed(pulls):
        try:
            answers = firm.snapshots.read(pull.body["snapshot"])
        except StorageFailed:
            continue  # cleared away: an earlier one is better than none
        return Stood(Sight(pull.at, firm.connections.system[side].parse(answers).clients), pull.seq)
    return None


def written_since(firm: Firm, then: dict[Side, Stood]) -> dict[tuple[str, str, str], str | None]:
    """Give what was written from here since each side stood so, by side, client and field."""
    ended = sorted(firm.state().operations.values(), key=lambda each: each.seq)
    return {
        (each.operation.side, each.operation.client_id, field): value
        for each in ended
        if each.outcome in REACHED and each.operation.side in then
        if each.seq > then[each.operation.side].seq
        for field, value in each.operation.after.items()
    }
