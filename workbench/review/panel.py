"""One client's panel: all fields, when they were last refreshed, Refresh, and a field's history."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from workbench.domain.fields import label_of
from workbench.review.desk import Told
from workbench.review.evidence import steps_view
from workbench.review.grid import grid
from workbench.review.pieces import button, chooser
from workbench.review.rows import Party, Row
from workbench.review.strip import strip
from workbench.review.tree import Node, h
from workbench.review.values import shown
from workbench.review.words import ENTITY_WORDS


def panel(
    party: Party,
    rows: list[Row],
    refreshed: str,
    show_hidden: bool,
    opened: frozenset[tuple[str, str]],
    past: Node,
    why: Told | None,
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
    past : Node
        As `past_of` makes it.
    why : Told, optional
        Why the two are one client, once somebody has asked.
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
        _why(party, why),
        past,
        grid([(party, rows)], show_hidden, opened, "panel"),
        class_="panel",
        role="dialog",
        aria_modal="true",
        aria_labelledby="panel-title",
        key=f"panel {party.link_id}",
    )


def _why(party: Party, why: Told | None) -> Node:
    """Show the evidence for the link, or the button that asks for it."""
    if why is None:
        name = f"Why the same client? {party.name}"
        return h("p", button("Why the same client?", "why", look="small", name=name, link_id=party.link_id))
    return h(
        "section",
        h("p", why.sentence),
        steps_view(why.waterfall),
        class_="picked",
        aria_label=f"Evidence that {party.name} is the same client in both systems",
    )


def past_of(
    rows: list[Row], field: str, told: list[dict[str, Any]], moment: Callable[[str], str], show_hidden: bool
) -> Node:
    """Show what both sides held in a field and when, what was decided and written; latest first.

    Parameters
    ----------
    rows : list of Row
        The client's fields, to choose from.
    field : str
        The chosen one, or empty.
    told : list of dict
        ``at``, ``by``, ``what``, ``before``, ``after`` of each event; what was seen has ``side`` and
        ``until``.
    moment : callable
        Gives a moment as people write it.
    show_hidden : bool
        Whether hidden fields are shown.
    """
    fields = {"": "Choose a field"} | {row.field: label_of(row.field) for row in rows}
    lines = [_past_line(field, event, moment, show_hidden) for event in told]
    return h(
        "section",
        chooser("History of", "past", field, fields),
        strip(told, moment),
        h("ol", lines, class_="past") if lines else None,
        h("p", "Nothing is known yet.", class_="muted") if field and not lines else None,
        class_="past-place",
    )


def _past_line(field: str, event: dict[str, Any], moment: Callable[[str], str], show_hidden: bool) -> Node:
    before, after = (shown(field, event[which], show_hidden) for which in ("before", "after"))
    return h(
        "li",
        h("span", " · ".join(word for word in (moment(event["at"]), event["by"]) if word), class_="muted"),
        h("strong", event["what"]),
        h("span", f"{before} → {after}" if event["before"] is not None else after, class_="value"),
    )
