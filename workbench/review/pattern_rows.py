"""Patterns as trees: the list of all, and one with its differences, each with a tick to take it out."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

from workbench.domain.fields import BY_NAME, label_of
from workbench.review.grid import result, side_cell, sides
from workbench.review.model import ReviewModel
from workbench.review.pattern_model import SENDING, Expected, Pattern, Picks, Prospect, Summary, barred
from workbench.review.pieces import badge, bar, button
from workbench.review.rows import DECIDED, MOVED, OPEN, Key, Party, Row
from workbench.review.tree import Act, Child, Node, h
from workbench.review.values import Segment
from workbench.review.words import amount

SIGNS: Final = {
    "to_xpm": ">> to XPM",
    "to_connectworks": "<< to Connectworks",
    "leave": "Leave both",
    "ask": "Ask the client",
}
_HEAD: Final = ("Kind of difference", "Clients", SIGNS["to_xpm"], SIGNS["to_connectworks"])
_MEMBERS_HEAD: Final = ("In", "Client", "Connectworks", "XPM", "What stands")


def list_row(pattern: Pattern, largest: int, how: Summary) -> Node:
    """Show one pattern of the list: its words, how many clients, and what each direction would do.

    Parameters
    ----------
    pattern : Pattern
        Which one.
    largest : int
        How many clients the largest one has.
    how : Summary
        How it stands.
    """
    count = len(pattern.keys)
    opener = button(pattern.words, "open_pattern", look="name", pattern=pattern.name)
    outstanding = len(pattern.outstanding())
    notes = [badge(f"{outstanding:,} stand out", "warn")] if outstanding else []
    if how.decided:
        words = f"✓ {how.decided:,} decided" if how.waiting else "✓ all decided"
        notes.insert(0, badge(words, "good"))
    cells = [
        _way_cell(way, how.waiting, direction == pattern.suggestion)
        for way, direction in zip(how.ways, SENDING, strict=True)
    ]
    return h(
        "tr",
        h("th", opener, h("span", notes, class_="notes") if notes else None, scope="row"),
        h(
            "td",
            h("span", f"{count:,}", class_="count"),
            bar(count / largest, amount(count, "client")),
            class_="pattern-size",
            data_label=_HEAD[1],
        ),
        [h("td", cell, data_label=label) for cell, label in zip(cells, _HEAD[2:], strict=True)],
        class_="row",
        key=pattern.name,
        data_row="yes",
    )


def _way_cell(way: Expected, open_count: int, suggested: bool) -> Child:
    if not open_count:
        return "–"
    told = [f"{way.erasing:,} would erase"] if way.erasing else []
    told += [f"{way.warned:,} with a warning"] if way.warned else []
    told += [f"{way.barred:,} cannot be written"] if way.barred else []
    return [
        h("strong", f"{way.taken:,} "),
        badge("suggested") if suggested else None,
        h("span", " · ".join(told), class_="muted line") if told else None,
    ]


def pattern_list(rows: Iterable[Node]) -> Node:
    """Lay the list's rows out as a table."""
    head = h("thead", h("tr", [h("th", words, scope="col") for words in _HEAD]))
    caption = h("caption", "Kinds of differences, the largest first", class_="spoken")
    table = h("table", caption, head, h("tbody", rows), class_="grid patterns", data_grid="yes")
    return h("div", h("div", table, class_="grid-place"), class_="wide")


def directions(picks: Picks, ways: dict[str, Prospect], suggestion: str | None) -> Node:
    """Show the directions to choose from, each with how many differences it would decide."""
    choices = [
        h(
            "button",
            f"{SIGNS[direction]} ({len(way.taken):,})",
            badge("suggested") if direction == suggestion else None,
            type="button",
            class_="button choice",
            aria_pressed="true" if picks.direction == direction else "false",
            on={"click": Act("direction", {"direction": direction})},
            key=direction,
        )
        for direction, way in ways.items()
    ]
    return h("div", choices, class_="choices", role="group", aria_label="Direction")


def left_out_words(way: Prospect) -> str:
    """Say what a decision would not cover, and why."""
    told = [f"{way.erasing:,} that would erase a value"] if way.erasing else []
    told += [f"{way.warned:,} with a warning"] if way.warned else []
    told += [f"{way.barred:,} that cannot be written"] if way.barred else []
    told += [f"{way.taken_out:,} taken out"] if way.taken_out else []
    return f"Left out: {', '.join(told)}." if told else ""


def members(
    sections: Iterable[tuple[str, Sequence[Key]]],
    model: ReviewModel,
    picks: Picks,
    show_hidden: bool,
    *,
    boxes: bool = True,
    said: str = "",
) -> Node:
    """Show differences of one pattern under a heading each for what they are there.

    Parameters
    ----------
    sections : iterable of (str, keys)
        Heading and differences; at most about a hundred in all.
    model : ReviewModel
        Where they stand.
    picks : Picks
        What is in.
    show_hidden : bool
        Whether hidden fields are shown.
    boxes : bool
        Whether each can be taken out; where not, each says its field.
    said : str
        The reason that stands above all; what has it does not repeat it.
    """
    columns = _MEMBERS_HEAD if boxes else _MEMBERS_HEAD[1:]
    bodies = [
        h(
            "tbody",
            h("tr", h("th", title, colspan=len(columns), scope="rowgroup"), class_="client"),
            [
                member_row(model.party(key[0]), model.row(key), picks, show_hidden, boxes, said)
                for key in keys
            ],
            key=title,
            part=f"members {title}",
        )
        for title, keys in sections
        if keys
    ]
    head = h("thead", h("tr", [h("th", words, scope="col") for words in columns]))
    caption = h("caption", "Differences of this kind", class_="spoken")
    look = "grid members" if boxes else "grid members boxless"
    table = h("table", caption, head, bodies, class_=look, data_grid="yes")
    return h("div", h("div", table, class_="grid-place"), class_="wide")


def member_row(
    party: Party, row: Row, picks: Picks, show_hidden: bool, box: bool = True, said: str = ""
) -> Node:
    """Show one difference of a pattern: whether it is in, both values, and what stands."""
    covered = BY_NAME[row.field].masked and not show_hidden
    values = zip(*(sides(one, covered) for one in row.halves), strict=True)
    left, right = (_in_lines(row, each) for each in values)
    name = button(party.name, "open_client", look="name", name=f"Open {party.name}", link_id=party.link_id)
    return h(
        "tr",
        h("td", _tick(party, row, picks), class_="box") if box else None,
        h("th", name, None if box else h("span", _fields(row), class_="muted line"), scope="row"),
        side_cell("connectworks", left),
        side_cell("xpm", right),
        h("td", _told(party, row, picks, said), class_="standing"),
        class_=f"row row--{row.state}",
        data_row="yes",
        key=f"{row.link_id} {row.field}",
    )


def _fields(row: Row) -> str:
    """Name the field, or both of a swap."""
    return " and ".join(label_of(one.field) for one in row.halves)


def _in_lines(row: Row, values: Sequence[list[Segment]]) -> list[Segment]:
    """Put both values of a swap under each other, each behind its field's name; one value stands alone."""
    if len(values) == 1:
        return values[0]
    names = (label_of(one.field) for one in row.halves)
    first, second = ([(f"{name}: ", False), *value] for name, value in zip(names, values, strict=True))
    return [*first, ("\n", False), *second]


def _tick(party: Party, row: Row, picks: Picks) -> Node | None:
    if row.state not in (OPEN, MOVED) or barred(row, picks.direction):
        return None
    box = h(
        "input",
        type="checkbox",
        class_="member",
        checked=picks.takes(row),
        aria_label=f"{party.name} is in",
        on={"change": Act("member", {"link_id": row.link_id, "field": row.field})},
    )
    return h("label", box, class_="tick-place")


def _told(party: Party, row: Row, picks: Picks, above: str) -> list[Node]:
    if row.state == DECIDED:
        where = {"link_id": row.link_id, "field": row.field, "seen": row.seen}
        back = button("Take back", "take_back", look="quiet small", name=f"Take back: {party.name}", **where)
        return [result(row), back]
    held = row.held_back(picks.direction)
    warnings = [words for words in row.cautions if words not in (held or "")]
    said = [h("p", row.lapsed, class_="warning")] if row.lapsed else []
    said += [h("p", h("strong", f"⚠ {held}"), class_="warning")] if held else []
    said += [h("p", "⚠ ", words, class_="warning") for words in warnings]
    return [*said, *([h("p", row.reason, class_="muted")] if row.reason and row.reason != above else [])]
