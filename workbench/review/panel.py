"""One client's panel: all fields, when they were last refreshed, and Refresh."""

from __future__ import annotations

from workbench.review.grid import grid
from workbench.review.pieces import button
from workbench.review.rows import Party, Row
from workbench.review.tree import Node, h
from workbench.review.words import ENTITY_WORDS


def panel(
    party: Party,
    rows: list[Row],
    refreshed: str,
    show_hidden: bool,
    opened: frozenset[tuple[str, str]],
) -> Node:
    """Show one client with all its fields, also those that agree.

    Parameters
    ----------
    party : Party
        Whose panel.
    rows : list of Row
        All compared fields.
    refreshed : str
        When both sides were last looked at, as people write it.
    show_hidden, opened
        As in `workbench.review.grid.grid`.
    """
    about = [ENTITY_WORDS.get(party.entity_type, ""), party.partner and f"Partner: {party.partner}"]
    close = h(
        "button",
        "Close",
        type="button",
        class_="button quiet",
        data_escape="yes",
        data_focus="yes",
        on=button("", "close_client").on,
    )
    return h(
        "div",
        h("header", h("h3", party.name, id="panel-title"), close, class_="panel-head"),
        h("p", " · ".join(a for a in about if a), class_="muted"),
        h(
            "p",
            f"Last refreshed {refreshed} ",
            button("Refresh", "refresh", look="small", name=f"Refresh {party.name}", link_id=party.link_id),
        ),
        grid([(party, rows)], show_hidden, opened, "panel"),
        class_="panel",
        role="dialog",
        aria_labelledby="panel-title",
        key=f"panel {party.link_id}",
    )
