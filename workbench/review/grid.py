"""The rows with the tick boxes, as a tree: one difference, one client, the whole grid."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from typing import Final

from workbench.domain.fields import BY_NAME, CONNECTWORKS, SIDE_LABELS, XPM, label_of
from workbench.domain.warnings import bar
from workbench.review.pieces import badge, button, in_breaths, noter
from workbench.review.rows import DECIDED, LOOK_ONLY, MOVED, OPEN, SAME, Party, Row
from workbench.review.tree import Act, Node, h
from workbench.review.values import (
    EMPTY,
    ERASES,
    HIDDEN,
    Segment,
    erases,
    hidden,
    marked,
    never_whole,
    readable,
)
from workbench.review.words import DIRECTION_WORDS, ENTITY_WORDS, KIND_WORDS, amount

HEAD: Final = ("Field", "Connectworks", ">>", "<<", "XPM", "What stands")
_SIGNS: Final = {"leave": "left alone", "ask": "ask the client"}
_ARROWS: Final = {"to_xpm": ">>", "to_connectworks": "<<", "leave": "leave both", "ask": "ask the client"}


def grid(
    groups: Iterable[tuple[Party, list[Row]]],
    show_hidden: bool,
    opened: frozenset[tuple[str, str]],
    place: str = "client",
) -> Node:
    """Show clients with their differences, each with its tick boxes.

    Parameters
    ----------
    groups : iterable of (Party, list of Row)
        At most about a hundred rows in all.
    show_hidden : bool
        Whether hidden fields are shown everywhere.
    opened : frozenset of (link_id, field)
        Hidden fields that were shown one by one.
    place : str
        Where on the page it stands.
    """
    names = (None, None, "Connectworks to XPM", "XPM to Connectworks", None, None)
    head = h(
        "thead", h("tr", [h("th", w, scope="col", aria_label=n) for w, n in zip(HEAD, names, strict=True)])
    )
    caption = h("caption", "Differences with their tick boxes", class_="spoken")
    clients = [
        _group(
            (party.link_id, party.name, party.other_name, party.entity_type, party.partner),
            tuple(rows),
            tuple(show_hidden or (row.link_id, row.field) in opened for row in rows),
            place,
        )
        for party, rows in groups
    ]
    return h(
        "div", h("table", caption, head, clients, class_="grid clients", data_grid="yes"), class_="grid-place"
    )


# Of a page one row of one client changes at a time.
@lru_cache(maxsize=512)
def _group(
    of: tuple[str, str, str, str, str], rows: tuple[Row, ...], uncovered: tuple[bool, ...], place: str
) -> Node:
    """Show one client, by link, both names, kind and partner, with its differences."""
    link_id, name, other_name, entity_type, partner = of
    left = sum(r.state in (OPEN, MOVED) for r in rows)
    about = [ENTITY_WORDS.get(entity_type, ""), partner]
    title = h(
        "th",
        h(
            "div",
            button(name, "open_client", look="name", name=f"Open {name}", link_id=link_id),
            h("span", " · ".join(a for a in about if a), class_="muted"),
            badge(f"{left} open", "warn") if left else badge("✓ all decided", "good"),
            class_="client-line",
        ),
        h("div", f"In XPM: {other_name}", class_="muted") if other_name not in ("", name) else None,
        colspan=len(HEAD),
        scope="rowgroup",
    )
    lines = [_row_view(name, row, shown) for row, shown in zip(rows, uncovered, strict=True)]
    return h("tbody", h("tr", title, class_="client"), lines, key=link_id, part=f"{place} {link_id}")


@lru_cache(maxsize=2048)
def _row_view(client: str, row: Row, uncovered: bool) -> Node:
    """Show one difference: both values side by side, a tick box each way, and where it stands."""
    covered = BY_NAME[row.field].masked and not uncovered
    left, right = sides(row, covered)
    return h(
        "tr",
        h("th", h("span", label_of(row.field), class_="title"), _sign(row), scope="row"),
        side_cell(CONNECTWORKS, left),
        h("td", _box(client, row, "to_xpm", covered), class_="box", data_label=">>"),
        h("td", _box(client, row, "to_connectworks", covered), class_="box", data_label="<<"),
        side_cell(XPM, right),
        h("td", _standing(client, row, covered), class_="standing"),
        class_=f"row row--{row.state}",
        data_row="yes",
        key=f"{row.link_id} {row.field}",
    )


def sides(row: Row, covered: bool) -> tuple[list[Segment], list[Segment]]:
    """Cut both values into segments, each with whether the other lacks it; hidden where it is covered."""
    if covered or never_whole(row.field):
        return [(hidden(row.field, row.connectworks), False)], [(hidden(row.field, row.xpm), False)]
    one, other = readable(row.field, row.connectworks), readable(row.field, row.xpm)
    return ([(one, False)], [(other, False)]) if row.state == SAME else marked(one, other)


def side_cell(side: str, segments: list[Segment]) -> Node:
    """Show one side's value."""
    plain = "".join(text for text, _ in segments)
    look = "value value--empty" if plain == EMPTY else "value value--hidden" if plain == HIDDEN else "value"
    told = zip(in_breaths([text for text, _ in segments]), (differs for _, differs in segments), strict=True)
    content = [h("mark", parts) if differs else parts for parts, differs in told]
    return h("td", h("span", content, class_=look), data_label=SIDE_LABELS[side])


def _sign(row: Row) -> Node:
    signs = {
        SAME: ("✓ ", KIND_WORDS.get(row.kind, "same")),
        DECIDED: ("✓ ", _SIGNS.get(row.direction or "", "decided")),
        MOVED: ("≠ ", "decide again"),
        OPEN: ("≠ ", KIND_WORDS.get(row.kind, "differs")),
        LOOK_ONLY: ("≠ ", f"{KIND_WORDS.get(row.kind, 'differs')}; cannot be sent"),
    }
    return h("span", *signs[row.state], class_="sign")


def _box(client: str, row: Row, direction: str, covered: bool) -> Node | None:
    if row.state in (SAME, LOOK_ONLY):
        return None
    if bar(direction, row.warnings):
        return None
    from_side, to_side = (CONNECTWORKS, XPM) if direction == "to_xpm" else (XPM, CONNECTWORKS)
    name = f"{client}, {label_of(row.field)}: {SIDE_LABELS[from_side]} to {SIDE_LABELS[to_side]}"
    box = h(
        "input",
        type="checkbox",
        class_="tick",
        checked=row.direction == direction or row.asking == direction,
        disabled=covered,
        title="Show the values first" if covered else None,
        aria_label=name,
        data_to=to_side,
        on={
            "change": Act(
                "tick", {"link_id": row.link_id, "field": row.field, "direction": direction, "seen": row.seen}
            )
        },
    )
    return h("label", box, class_="tick-place")


def _standing(client: str, row: Row, covered: bool) -> list[Node]:
    where = {"link_id": row.link_id, "field": row.field, "seen": row.seen}
    about = f"{client}, {label_of(row.field)}"
    said: list[Node] = []
    if row.asking:
        return [_second_act(row, about)]
    if covered and not never_whole(row.field):
        said.append(
            button(
                "Show",
                "uncover",
                look="quiet small",
                name=f"Show {about}",
                link_id=row.link_id,
                field=row.field,
            )
        )
    if row.lapsed:
        said.append(h("p", row.lapsed, class_="warning"))
    if row.direction:
        said.append(result(row))
    elif row.suggestion:
        said.append(
            h(
                "p",
                h("strong", f"Suggested {_ARROWS.get(row.suggestion, '')} "),
                row.reason or "",
                class_="suggestion",
            )
        )
    elif row.state == OPEN and row.reason:
        said.append(h("p", row.reason, class_="muted"))
    if row.slip and row.state != SAME:
        as_one = f"; decided as one with {label_of(row.half.field).lower()}" if row.half else ""
        said.append(h("p", f"Looks like: {row.slip}{as_one}", class_="muted"))
    if row.richer and all(row.values):
        said.append(h("p", f"{SIDE_LABELS[row.richer]} says more", class_="muted"))
    if row.state != SAME:
        said += [h("p", "⚠ ", words, class_="warning") for words in row.cautions]
    if row.state in (OPEN, MOVED):
        said.append(
            button(
                "Leave both", "leave", look="quiet small", name=f"Leave both as they are: {about}", **where
            )
        )
        said.append(button("Ask", "ask", look="quiet small", name=f"Ask the client: {about}", **where))
    elif row.direction in _SIGNS:
        said.append(button("Take back", "take_back", look="quiet small", name=f"Take back: {about}", **where))
    if row.direction:
        said.append(noter(f"Note: {about}", "note", row.note, **where))
    return said


def result(row: Row) -> Node:
    """Say what was decided."""
    erased = erases(row.field, row.direction or "", row.connectworks, row.xpm) if row.erases else None
    if erased:
        return h("p", f"⚠ {erased}", class_="result result--erases")
    return h("p", f"✓ {DIRECTION_WORDS[row.direction or 'leave']}", class_="result")


def asked_again(row: Row) -> str:
    """Say why what was ticked needs a second act."""
    return row.second_act(row.asking or "") or "This needs a second act."


def _second_act(row: Row, about: str) -> Node:
    what = asked_again(row)
    sure, no = ("Yes, erase it", "No, keep it") if ERASES in what else ("Yes, all the same", "No")
    where = {"link_id": row.link_id, "field": row.field, "seen": row.seen}
    return h(
        "div",
        h("p", h("strong", f"⚠ {what}")),
        [h("p", "⚠ ", words) for words in row.cautions if words not in what],
        button(
            sure,
            "erase",
            look="danger small",
            name=f"{sure}: {about}",
            direction=row.asking,
            **where,
        ),
        button(no, "keep", look="quiet small", name=f"{no}: {about}", **where),
        class_="second-act",
        role="group",
        aria_label=f"{about}: {what}",
    )


def tally(count: int) -> str:
    """Say how many differences there are."""
    return amount(count, "difference")
