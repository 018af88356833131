"""Approval as the plan shows it: what waits for whom, and the button that sends the rest for approval."""

from __future__ import annotations

from typing import Final

from workbench.domain.records import plan_hash
from workbench.review.desk import Proposed
from workbench.review.known import Known
from workbench.review.pieces import figure, table
from workbench.review.tree import Act, Node, h
from workbench.review.words import amount

_FIGURES: Final = {
    "new": ("not sent for approval yet", ""),
    "waiting": ("wait for somebody else's yes", "warn"),
    "approved": ("approved", "good"),
    "sent_back": ("sent back", "danger"),
}
_NOTES_SHOWN: Final = 10


def approval_strip(known: Known, undoes: str | None) -> Node:
    """Show how far a plan has come on its way through approval.

    Parameters
    ----------
    known : Known
        What the desk told.
    undoes : str, optional
        The push that the plan takes back.
    """
    items = known.proposals(undoes)
    counts = {name: sum(item.standing == name for item in items) for name in _FIGURES}
    figures = [
        figure(f"{counts[name]:,}", words, look=look)
        for name, (words, look) in _FIGURES.items()
        if counts[name]
    ]
    return h(
        "div",
        h("h3", "Approval by somebody else"),
        h("div", figures, class_="figures"),
        _sent_back(known, [item for item in items if item.standing == "sent_back"]),
        _send(items, counts["new"] + counts["sent_back"]),
        class_="card approval-strip",
        key="approval",
    )


def _sent_back(known: Known, items: list[Proposed]) -> Node | None:
    """Show the notes of whoever sent something back."""
    if not items:
        return None
    lines = [
        h(
            "tr",
            h("th", known.name(item.operation.side, item.operation.client_id), scope="row"),
            h("td", item.note),
            h("td", item.by),
        )
        for item in items[:_NOTES_SHOWN]
    ]
    return table(("Client", "Note", "From"), lines, "What was sent back")


def _send(items: list[Proposed], count: int) -> Node | None:
    if not count:
        return None
    return h(
        "button",
        f"Send {amount(count, 'write')} for approval",
        type="button",
        class_="button main",
        on={"click": Act("propose", {"plan": plan_hash(i.operation.operation_id for i in items)})},
    )
