"""Approval: which writes somebody proposed, and who else said yes to exactly these.

A write is approved by its operation's id, which stands for resource, both values and the decisions behind it:
whatever of these changes is another operation, and nobody has approved that one. Neither whoever decided nor
whoever proposed can approve; such a yes is passed over wherever the ledger is read.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, MutableMapping
from dataclasses import dataclass, replace
from typing import Final, Literal

from workbench.domain.records import Event, Operation, plan_hash

DECIDING: Final = frozenset({"decided", "linked", "unlinked"})
"""The kinds of entries whose author decided on a write."""

WAITING: Final = "waiting"
APPROVED: Final = "approved"
SENT_BACK: Final = "sent_back"


@dataclass(frozen=True, slots=True)
class Standing:
    """Where one proposed write stands.

    Parameters
    ----------
    standing : str
        ``waiting``, ``approved`` or ``sent_back``.
    proposed_by, proposed_at : str
        Who asked for it to be approved, and when.
    decisions : tuple of int
        Where in the ledger the decisions behind it are.
    undoes : str, optional
        The run that the proposed plan takes back.
    by, at : str
        Who approved it or sent it back, and when; empty while it waits.
    note : str
        Why, of whoever acted last.
    """

    standing: Literal["waiting", "approved", "sent_back"]
    proposed_by: str
    proposed_at: str
    decisions: tuple[int, ...]
    undoes: str | None = None
    by: str = ""
    at: str = ""
    note: str = ""

    def hands(self, deciders: Mapping[int, str]) -> frozenset[str]:
        """Give everybody who had a hand in it, and so cannot approve it.

        Parameters
        ----------
        deciders : mapping of int to str
            Who made each decision.
        """
        return frozenset({self.proposed_by, *(deciders[seq] for seq in self.decisions if seq in deciders)})


def proposed(standing: MutableMapping[str, Standing], event: Event) -> None:
    """Fold a proposal in; what is approved already stays so."""
    operations: list[tuple[str, list[int]]] = event.body["operations"]
    if plan_hash(operation_id for operation_id, _ in operations) != event.body["plan_hash"]:
        return
    undoes, note = event.body.get("undoes"), event.private.get("note") or ""
    for operation_id, decisions in operations:
        known = standing.get(operation_id)
        if known is None or known.standing != APPROVED:
            standing[operation_id] = Standing(
                WAITING, event.by, event.at, tuple(decisions), undoes, note=note
            )


def approved(standing: MutableMapping[str, Standing], deciders: Mapping[int, str], event: Event) -> None:
    """Fold a yes in: it holds for writes that wait and in which its author had no hand."""
    operations: list[str] = event.body["operations"]
    if plan_hash(operations) != event.body["plan_hash"]:
        return
    for operation_id in operations:
        known = standing.get(operation_id)
        if known and known.standing == WAITING and event.by not in known.hands(deciders):
            standing[operation_id] = replace(known, standing=APPROVED, by=event.by, at=event.at, note="")


def sent_back(standing: MutableMapping[str, Standing], event: Event) -> None:
    """Fold a no in; it also takes back a yes."""
    note = event.private.get("note") or ""
    for operation_id in event.body["operations"]:
        known = standing.get(operation_id)
        if known:
            standing[operation_id] = replace(known, standing=SENT_BACK, by=event.by, at=event.at, note=note)


def unapproved(
    operations: Iterable[Operation],
    standing: Mapping[str, Standing],
    deciders: Mapping[int, str],
    may_approve: Callable[[str], bool],
) -> list[Operation]:
    """Give the writes that lack the yes of somebody who may give it.

    Parameters
    ----------
    operations : iterable of Operation
        What is to be written.
    standing, deciders : mapping
        As the ledger says (`workbench.reconcile.state.State`).
    may_approve : callable
        Tells whether somebody has that right now.
    """

    def lacks(operation: Operation) -> bool:
        known = standing.get(operation.operation_id)
        if known is None or known.standing != APPROVED or not may_approve(known.by):
            return True
        decided = {deciders[seq] for seq in operation.decisions if seq in deciders}
        return known.by in decided or known.by in known.hands(deciders)

    return [operation for operation in operations if lacks(operation)]
