"""Seal a plan into the ledger before anything is sent, and judge it once more when it is carried out."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from workbench.domain.errors import PlanRefused
from workbench.domain.records import Brake, Entry, Operation, Plan
from workbench.flow.firm import Firm
from workbench.reconcile.backing import backed
from workbench.reconcile.brakes import brakes
from workbench.reconcile.replay import planned_entry
from workbench.reconcile.state import RunSoFar, State

DECIDING = frozenset({"decided", "linked", "unlinked", "concluded"})
"""The kinds of entries that may stand behind a write; a concluded one stands behind its undoing."""


def seal(state: State, plan: Plan, confirmed: str = "") -> tuple[str, list[Entry]]:
    """Give the run that carries a plan out, and the entries that seal it.

    Parameters
    ----------
    state : State
        What the ledger says; what is given holds for this state only.
    plan : Plan
        What is to be pushed.
    confirmed : str
        What the person typed for the plan's brakes.

    Returns
    -------
    tuple
        The run's id, and what is still to be written: nothing where this very plan was sealed before, or is
        what a stopped run has left, so that pushing it carries on with the one run that it ever has.

    Raises
    ------
    PlanRefused
        If the plan has nothing to send.
    """
    if not plan.operations:
        raise PlanRefused("There is nothing to push in this plan.", "Decide on some differences first.")
    typed = [Entry("confirmed", {"plan_hash": plan.hash}, {"typed": confirmed})] if confirmed else []
    for run in state.runs.values():
        if plan.hash == run.plan_hash or (not run.ended and plan.hash == _rest_of(run, state.concluded)):
            return run.run_id, typed
    run_id = uuid.uuid4().hex
    planned = [planned_entry(op, run_id, state.link_ids_of(op)) for op in plan.operations]
    return run_id, [*typed, *planned]


def _rest_of(run: RunSoFar, concluded: Mapping[str, str]) -> str:
    """Give the identity of the plan that is left of a run."""
    return replace(run, operation_ids=tuple(i for i in run.operation_ids if i not in concluded)).plan_hash


def judge(firm: Firm, run: RunSoFar, tenants: Mapping[str, str], confirmed: str) -> None:
    """Hold a sealed run against what is so now, before its first write and whenever it is carried on.

    Parameters
    ----------
    firm : Firm
        Whose connections were just made.
    run : RunSoFar
        The sealed run.
    tenants : mapping
        Side to the tenant for which it was planned.
    confirmed : str
        What the person typed for its brakes, a line for each; it holds until the run has ended.

    Raises
    ------
    PlanRefused
        If an operation has no decision behind it, or a brake is set that the typed words do not lift.
    """
    check_decisions(firm, run.operations)
    overtaken = 0 if run.started else sum(map(firm.state().overtaken, run.operations))
    found = pulled(firm, run.operations, tenants, overtaken)
    insist([brake for brake in found if brake.final or not run.started], confirmed)


def insist(brakes: Iterable[Brake], confirmed: str, act: str = "push") -> None:
    """Refuse what the typed words do not lift: each brake that is set has its own, by lines or semicolons.

    Raises
    ------
    PlanRefused
        With every reason, and the words that lift them where words do.
    """
    typed = {words.strip() for words in (*confirmed.splitlines(), *confirmed.split(";"))}
    holding = [b for b in brakes if b.state == "set" and (b.final or b.words not in typed)]
    if holding:
        final = any(brake.final for brake in holding)
        words = "; ".join(brake.words for brake in holding)
        what = " ".join(brake.message for brake in holding)
        raise PlanRefused(what, "" if final else f"To {act} all the same, type: {words}")


def pulled(
    firm: Firm, operations: Sequence[Operation], tenants: Mapping[str, str] | None = None, overtaken: int = 0
) -> list[Brake]:
    """Give the brakes that are set for some operations, as things are now.

    Parameters
    ----------
    firm : Firm
        By whose facts they are judged.
    operations : sequence of Operation
        What would be sent.
    tenants : mapping, optional
        Side to the tenant for which it was planned; without it that brake is left out.
    overtaken : int
        How many of them rest on a decision that does not hold any more.
    """
    state = firm.state()
    checked = brakes(
        operations,
        firm.facts(),
        links=state.link_of,
        tenants=tenants,
        undoing=state.takes_back(operations),
        overtaken=overtaken,
    )
    return [brake for brake in checked if brake.state == "set"]


def check_decisions(firm: Firm, operations: Sequence[Operation]) -> None:
    """Refuse operations with no decision behind them, or that say anything else than it.

    Raises
    ------
    PlanRefused
        If there is one.
    """
    places = {seq for operation in operations for seq in operation.decisions}
    named = {event.seq: event for event in firm.book.at(places) if event.kind in DECIDING}
    carried = firm.state().operations
    ids = {seq: e.body["operation_id"] for seq, e in named.items() if e.kind == "concluded"}
    written = carried.some(ids.values())
    for operation in operations:
        decisions = [named[seq] for seq in operation.decisions if seq in named and seq not in ids]
        taken_back = [written[ids[seq]] for seq in operation.decisions if ids.get(seq) in written]
        all_there = len(decisions) + len(taken_back) == len(operation.decisions) > 0
        if not all_there or not backed(operation, decisions, taken_back):
            raise PlanRefused("This plan holds a change that nobody decided on.", "Make the plan again.")
