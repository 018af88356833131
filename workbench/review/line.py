"""The line from which pairs are shown as suggested: a slider, and what enters and leaves when it is moved."""

from __future__ import annotations

from collections.abc import Sequence
from math import isnan, nan
from typing import Any, Final

from workbench.domain.errors import BadInput
from workbench.domain.fields import CONNECTWORKS, XPM
from workbench.domain.percent import percent
from workbench.review.evidence import band_of
from workbench.review.known import Known
from workbench.review.pieces import badge, button, page_of, paged, table
from workbench.review.tree import Act, Node, h
from workbench.review.words import amount

LOWEST: Final = 0.5
STEP: Final = 0.005
MOVES_A_PAGE: Final = 20


def line_view(known: Known, at: float, moves: Sequence[dict[str, Any]], page: int) -> Node:
    """Show the slider, its value in words, and the links that enter or leave.

    Parameters
    ----------
    known : Known
        What the desk told.
    at : float
        Match probability where the line lies now.
    moves : sequence of dict
        What would change its verdict.
    page : int
        Which page of them.
    """
    own = known.desk.link_at
    back = button(f"Back to {percent(own)}", "line_back", look="quiet small") if at != own else None
    return h(
        "section",
        h("div", _slider(at, own), h("strong", percent(at), class_="line-value"), back, class_="line-row"),
        h("p", f"{told(moves)} Nothing is linked by moving it.", class_="muted") if at != own else None,
        _moves(known, moves, page) if moves else None,
        class_="line-place",
        aria_label="Which links are suggested",
    )


def _slider(at: float, own: float) -> Node:
    # The bounds stand before the value, which a browser holds against them when it is set.
    slider = h(
        "input",
        type="range",
        min=100 * min(LOWEST, own),
        max=100,
        step=100 * STEP,
        value=f"{100 * at:g}",
        aria_valuetext=percent(at),
        on={"input": Act("move_line", {})},
    )
    return h("label", h("span", "Show as suggested from"), slider, class_="field field--line")


def _moves(known: Known, moves: Sequence[dict[str, Any]], page: int) -> Node:
    rows, page, pages = page_of(moves, page, MOVES_A_PAGE)
    head = ("Moves", "In Connectworks", "In XPM", "How likely", "Why")
    moved = table(head, [_move_row(known, row) for row in rows], "Links that enter or leave")
    return paged(moved, page, pages, "turn_moves", of="links that move")


def _move_row(known: Known, row: dict[str, Any]) -> Node:
    probability = float(row["probability"])
    return h(
        "tr",
        h("td", badge(row["moves"], "good" if row["moves"] == "enters" else "")),
        h("th", known.name(CONNECTWORKS, row["connectworks_id"]), scope="row"),
        h("td", known.name(XPM, row["xpm_id"])),
        h("td", f"{band_of(probability)}, {percent(probability)}"),
        h("td", row["why"]),
        key=f"{row['connectworks_id']} {row['xpm_id']}",
    )


def told(moves: Sequence[dict[str, Any]]) -> str:
    """Say how many links enter and leave."""
    counts = {which: sum(row["moves"] == which for row in moves) for which in ("leaves", "enters")}
    some = [(count, which) for which, count in counts.items() if count]
    if not some:
        return "No link enters or leaves."
    (first, which), *more = some
    words = f"{amount(first, 'link')} {which if first == 1 else which[:-1]}"
    return ", ".join([words, *(f"{n:,} {which if n == 1 else which[:-1]}" for n, which in more)]) + "."


def line_at(value: str, own: float) -> float:
    """Read where a slider stands, in percent, as a probability within its bounds.

    Parameters
    ----------
    value : str
        What the slider says.
    own : float
        Where the settings have the line.

    Raises
    ------
    BadInput
        If it says no number.
    """
    try:
        percents = float(value)
    except ValueError:
        percents = nan
    if isnan(percents):
        raise BadInput("That is no percentage.", "Move the slider again.")
    return min(max(percents / 100, min(LOWEST, own)), 1.0)
