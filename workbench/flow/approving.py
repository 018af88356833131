"""Propose writes, approve them or send them back; each act is judged by what the ledger says by then."""

from __future__ import annotations

from collections.abc import Sequence

from workbench.domain.errors import BadInput, NotAllowedHere
from workbench.domain.records import Entry, Operation, plan_hash
from workbench.flow.firm import Firm
from workbench.reconcile.approval import APPROVED, SENT_BACK, WAITING, Standing
from workbench.reconcile.state import State


def propose(firm: Firm, operations: Sequence[Operation], undoes: str | None = None, note: str = "") -> int:
    """Send writes for approval; gives how many. What waits or is approved already is not sent again.

    Parameters
    ----------
    firm : Firm
        Who proposes is whoever opened it.
    operations : sequence of Operation
        Of the plan that was seen.
    undoes : str, optional
        The run that the plan takes back.
    note : str
        For whoever approves.
    """
    count = 0

    def entries(state: State) -> list[Entry]:
        nonlocal count
        fresh = [o for o in operations if not _stands(state, o, WAITING, APPROVED)]
        count = len(fresh)
        if not fresh:
            return []
        body = {
            "plan_hash": plan_hash(o.operation_id for o in fresh),
            "operations": [[o.operation_id, list(o.decisions)] for o in fresh],
            "undoes": undoes,
        }
        return [Entry("proposed", body, {"note": note or None}, _about(fresh))]

    firm.decide(entries)
    return count


def approve(firm: Firm, operations: Sequence[Operation]) -> None:
    """Say yes to exactly these writes.

    Parameters
    ----------
    firm : Firm
        Who approves is whoever opened it.
    operations : sequence of Operation
        As they were read.

    Raises
    ------
    NotAllowedHere
        If that person decided on one of them, or proposed it; then none is approved.
    BadInput
        If one does not wait any more, for example because somebody else was faster; then none is approved.
    """

    def entries(state: State) -> list[Entry]:
        _all_wait(firm, state, operations)
        own = [o for o in operations if firm.person in state.standing[o.operation_id].hands(state.deciders)]
        if own:
            raise NotAllowedHere(
                f"You decided on {len(own)} of these {len(operations)} writes, or sent them for approval.",
                "Somebody else approves them.",
            )
        ids = [o.operation_id for o in operations]
        return [Entry("approved", {"plan_hash": plan_hash(ids), "operations": ids})]

    firm.decide(entries)


def send_back(firm: Firm, operations: Sequence[Operation], note: str) -> None:
    """Say no to these writes, and why; a yes that was given before is taken back.

    Parameters
    ----------
    firm, operations
        As in `approve`.
    note : str
        What whoever proposed them should know.

    Raises
    ------
    BadInput
        If one was never proposed, is sent back already or is written by now; or without a note.
    """
    if not note.strip():
        raise BadInput("A note is missing.", "Say in a few words what should be looked at again.")

    def entries(state: State) -> list[Entry]:
        for operation in operations:
            if not _stands(state, operation, WAITING, APPROVED) or operation.operation_id in state.concluded:
                raise _overtaken(firm, state.standing.get(operation.operation_id))
        body = {"operations": [o.operation_id for o in operations]}
        return [Entry("sent_back", body, {"note": note.strip()}, _about(operations))]

    firm.decide(entries)


def _stands(state: State, operation: Operation, *standings: str) -> bool:
    known = state.standing.get(operation.operation_id)
    return known is not None and known.standing in standings


def _all_wait(firm: Firm, state: State, operations: Sequence[Operation]) -> None:
    if not operations:
        raise BadInput("There is nothing here to approve.", "Look again: it may have changed.")
    for operation in operations:
        if not _stands(state, operation, WAITING):
            raise _overtaken(firm, state.standing.get(operation.operation_id))


def _overtaken(firm: Firm, known: Standing | None) -> BadInput:
    """Say who was faster."""
    if known is None:
        return BadInput("This was never sent for approval.", "Look again: it may have changed.")
    who = "You have" if known.by == firm.person else f"{firm.access.named(known.by).name} has"
    did = {APPROVED: "approved this already", SENT_BACK: "sent this back already"}.get(
        known.standing, "changed this"
    )
    return BadInput(f"{who} {did}; your click changed nothing.", "The page shows how it stands now.")


def _about(operations: Sequence[Operation]) -> str:
    """Say whose values a note is about, so that it goes when theirs go: of many clients it is nobody's."""
    clients = {operation.client_id for operation in operations}
    return clients.pop() if len(clients) == 1 else ""
