"""Seal a plan into the ledger before anything is sent, and judge it once more when it is carried out."""

from __future__ import annotations

import uuid
from collections.abc import Sequence

from workbench.domain.errors import PlanRefused
from workbench.domain.records import Entry, Operation, Plan
from workbench.flow.firm import Firm
from workbench.reconcile.plan import brakes
from workbench.reconcile.replay import planned_entry
from workbench.reconcile.state import RunSoFar

DECIDING = frozenset({"decided", "linked", "unlinked", "concluded"})
"""The kinds of entries that may stand behind a write; a concluded one stands behind its undoing."""


def seal(firm: Firm, plan: Plan, confirmed: str = "") -> tuple[str, list[Entry]]:
    """Give the run that carries a plan out, and the entries that seal it.

    Parameters
    ----------
    firm : Firm
        Whose ledger knows the runs so far.
    plan : Plan
        What is to be pushed.
    confirmed : str
        What the person typed for the plan's brakes.

    Returns
    -------
    tuple
        The run's id, and what is still to be written: nothing where this very plan was sealed before and has
        not come to its end, so that pushing it again carries on.

    Raises
    ------
    PlanRefused
        If the plan has nothing to send.
    """
    if not plan.operations:
        raise PlanRefused("There is nothing to push in this plan.", "Decide on some differences first.")
    state = firm.state()
    typed = [Entry("confirmed", {"plan_hash": plan.hash}, {"typed": confirmed})] if confirmed else []
    for run in state.runs.values():
        if run.plan_hash == plan.hash and not run.ended:
            return run.run_id, typed
    run_id = uuid.uuid4().hex
    planned = [planned_entry(op, run_id, state.link_ids_of(op)) for op in plan.operations]
    return run_id, [*typed, *planned]


def judge(firm: Firm, run: RunSoFar, confirmed: str) -> None:
    """Hold a sealed run against what is so now, before its first write.

    Raises
    ------
    PlanRefused
        If an operation has no decision behind it, or a brake is set that the typed words do not lift.
    """
    _check_decisions(firm, run.operations)
    wanted = confirmation(firm, len(run.operations))
    for brake in brakes(run.operations, firm.facts()):
        if brake.state == "set" and (brake.final or confirmed.strip() != wanted):
            lift = "" if brake.final else f"To go on all the same, type: {wanted}"
            raise PlanRefused(brake.message, lift)


def confirmation(firm: Firm, count: int) -> str:
    """Give the words that a person types to lift a brake: the firm's name and how many changes there are."""
    return f"{firm.settings.firm.name} {count}"


def _check_decisions(firm: Firm, operations: Sequence[Operation]) -> None:
    wanted = {seq for operation in operations for seq in operation.decisions}
    found = {event.seq for event in firm.book.events(kinds=DECIDING)} if wanted else set()
    if not wanted <= found or not all(operation.decisions for operation in operations):
        raise PlanRefused("This plan holds a change that nobody decided on.", "Make the plan again.")
