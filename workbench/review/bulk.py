"""Acts on everything that the filters show: their buttons, and what is asked before they are done."""

from __future__ import annotations

from workbench.review.grid import tally
from workbench.review.pieces import button
from workbench.review.rows import Bulk
from workbench.review.tree import Node, h
from workbench.review.words import amount


def bulk_buttons() -> list[Node]:
    """Make the buttons; each asks first."""
    return [
        button("Accept suggestions…", "ask_bulk", direction="suggested", name="Accept all suggestions shown"),
        button("All >>…", "ask_bulk", direction="to_xpm", name="Tick towards XPM for all shown"),
        button(
            "All <<…", "ask_bulk", direction="to_connectworks", name="Tick towards Connectworks for all shown"
        ),
        button("Leave all…", "ask_bulk", look="quiet", direction="leave", name="Leave all shown"),
    ]


def bulk_question(direction: str, bulk: Bulk, acts: tuple[str, str] = ("bulk", "no_bulk")) -> Node:
    """Say what an act would do and what it leaves out, and wait for a yes or a no (`acts`)."""
    left_out = _left_out_words(bulk)
    return h(
        "div",
        h("p", h("strong", bulk_words(direction, bulk))),
        h("p", left_out, class_="muted") if left_out else None,
        button(f"Tick these {len(bulk.keys):,}", acts[0], look="main") if bulk.keys else None,
        button("Cancel", acts[1], look="quiet"),
        key="question",
        class_="question",
        role="group",
        aria_label="Many at once",
    )


def bulk_words(direction: str, bulk: Bulk) -> str:
    """Say what an act would do."""
    if not bulk.keys:
        return "There is nothing here that this could tick."
    to_xpm = bulk.directions.count("to_xpm")
    to_cw = bulk.directions.count("to_connectworks")
    if direction == "leave":
        return f"Leave {tally(len(bulk.keys))} as they are?"
    told = [f"{to_xpm:,} towards XPM"] if to_xpm else []
    told += [f"{to_cw:,} towards Connectworks"] if to_cw else []
    asked = bulk.directions.count("ask")
    told += [f"{asked:,} to be asked about"] if asked else []
    return f"Tick {tally(len(bulk.keys))}: {', '.join(told)}?"


def _left_out_words(bulk: Bulk) -> str:
    told = []
    if bulk.erasing:
        told.append(f"{bulk.erasing:,} that would erase a value")
    if bulk.damaged:
        told.append(
            amount(
                bulk.damaged,
                "damaged value or one that cannot be written",
                "damaged values or ones that cannot be written",
            )
        )
    if bulk.unsuggested:
        told.append(f"{bulk.unsuggested:,} without a suggestion")
    return f"Left out: {', '.join(told)}." if told else ""
