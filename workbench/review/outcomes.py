"""How a push went, as every screen tells it: so many done, so many not, and why."""

from __future__ import annotations

from typing import Final

from workbench.review.desk import RunTold
from workbench.review.pieces import badge
from workbench.review.tree import Node, h
from workbench.review.words import OUTCOME_WORDS, amount

GOOD: Final = ("done", "already")


def outcome_badges(run: RunTold) -> Node:
    """Show how many writes of a push ended how, and how many are left."""
    told = [
        badge(f"{run.counts[outcome]:,} {words}", "good" if outcome in GOOD else "warn")
        for outcome, words in OUTCOME_WORDS.items()
        if run.counts.get(outcome)
    ]
    left = run.writes - sum(run.counts.values())
    if left > 0:
        told.append(badge(f"{left:,} not sent" if run.ended else f"{left:,} to go"))
    return h("div", told, class_="badges")


def sizes(writes: int, values: int) -> str:
    """Say how much a push sends: its writes, and the values that these carry where that is another number."""
    return amount(writes, "write") + (f" ({amount(values, 'value')})" if values != writes else "")
