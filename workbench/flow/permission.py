"""Whether a sealed plan may be pushed by whoever asks: roles and approval, judged where the tokens are."""

from __future__ import annotations

from collections.abc import Sequence

from workbench.domain.errors import NotAllowedHere, PlanRefused
from workbench.domain.records import Operation
from workbench.flow.firm import Firm
from workbench.reconcile.approval import unapproved
from workbench.reconcile.state import RunSoFar


def permit(firm: Firm, run: RunSoFar, by: str) -> None:
    """Let a run go on, or say why not.

    Parameters
    ----------
    firm : Firm
        Whose settings say who may do what, as they stand now.
    run : RunSoFar
        The sealed run.
    by : str
        Who asked for the push, as the ledger names them.

    Raises
    ------
    NotAllowedHere
        If that person may not push.
    PlanRefused
        If the firm wants approval, and a write lacks the yes of somebody who neither decided on it nor
        proposed it.
    """
    access = firm.access
    if not access.named(by).may("push"):
        raise NotAllowedHere(
            f"{by} may not push for {firm.settings.firm.name}.", "Ask somebody who may, or an administrator."
        )
    if not access.approval:
        return
    lacking = lacking_approval(firm, run.operations)
    if lacking:
        raise PlanRefused(
            f"{len(lacking)} of these {len(run.operations)} writes have no approval by somebody else.",
            "Send them for approval, then push what is approved.",
        )


def lacking_approval(firm: Firm, operations: Sequence[Operation]) -> list[Operation]:
    """Give the writes that lack the yes of somebody else who may approve now."""
    state, access = firm.state(), firm.access
    return unapproved(
        operations, state.standing, state.deciders, lambda key: access.named(key).may("approve")
    )
