"""Runs: one push that was carried out, its rehearsal on twins, and the plan that takes it back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import pandas as pd

from workbench.desk import FirmDesk
from workbench.domain.discreet import discreet
from workbench.domain.records import Facts, Plan, Values
from workbench.flow.asking import follow
from workbench.flow.firm import Firm
from workbench.flow.rehearse import rehearsal
from workbench.flow.sealing import pulled
from workbench.reconcile import undoing
from workbench.reconcile.state import Carried


@dataclass(frozen=True)
class Run:
    """One push that was carried out, wholly or in part.

    Parameters
    ----------
    run_id : str
        Its id in the ledger.
    plan_hash : str
        Which plan it carried out.
    outcomes : pandas.DataFrame
        One row per operation that has ended.
    ended : bool
        Whether every operation has ended; otherwise pushing the plan again carries on.
    message : str
        The whole in one sentence.
    carried : tuple of Carried
        Its operations, and how each ended.
    now : mapping
        What the written resources hold since.
    facts : Facts
        What a plan to take it back is judged by.
    """

    run_id: str
    plan_hash: str
    outcomes: pd.DataFrame
    ended: bool
    message: str
    carried: tuple[Carried, ...] = field(repr=False)
    now: Mapping[Any, Values] = field(repr=False)
    facts: Facts = field(repr=False)


@dataclass(frozen=True)
class Rehearsal:
    """How a push would end, tried out on twins of both systems.

    Parameters
    ----------
    run : Run
        As it went there.
    differences : pandas.DataFrame
        As they would stand afterwards.
    """

    run: Run
    differences: pd.DataFrame


def undo(run: Run) -> Plan:
    """Plan to take a run back: what was after becomes before; what was changed since is left out.

    Parameters
    ----------
    run : Run
        As `Workbench.push` gave it.

    Returns
    -------
    Plan
        To be looked at and pushed like any other.
    """
    return undoing.undo(run.carried, run.now, run_id=run.run_id, facts=run.facts)


def pushed(firm: Firm, desk: FirmDesk, plan: Plan, confirm: str) -> Run:
    """Have a plan pushed and wait for its end.

    Parameters
    ----------
    firm : Firm
        Whose.
    desk : FirmDesk
        Its desk.
    plan : Plan
        As `workbench.plan` or `undo` made it.
    confirm : str
        The typed words that lift its brakes.

    Raises
    ------
    PlanRefused
        If a brake is set, or there is nothing to push.
    """
    request_id = desk.push_plan(plan, confirm)
    message = follow(firm, request_id)
    state = firm.state()
    run_id = str(state.requests[request_id].args["run_id"])
    carried = state.carried_by(run_id)
    return Run(
        run_id,
        plan.hash,
        state.outcomes(run_id),
        state.runs[run_id].ended,
        message,
        carried,
        desk.values_now(carried),
        firm.facts(),
    )


def rehearsed(firm: Firm, plan: Plan, confirm: str = "") -> Rehearsal:
    """Push a plan into twins of both systems, and compare again; nothing of it is remembered.

    Parameters
    ----------
    firm, plan, confirm
        As for `pushed`; without typed words, those which lift this plan's brakes are taken.

    Raises
    ------
    BadInput
        Before the first whole pull.
    PlanRefused
        If a brake is set that no words lift.
    """
    with rehearsal(firm) as twin:
        desk = FirmDesk(twin)
        words = confirm or "\n".join(brake.words for brake in pulled(twin, plan.operations))
        run = pushed(twin, desk, plan, words)
        return Rehearsal(run, discreet(desk.differences()))
