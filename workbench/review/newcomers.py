"""Without counterpart: clients that stand in one system alone, and their missing record as a draft."""

from __future__ import annotations

from typing import Any, Final

from workbench.domain.errors import BadInput
from workbench.domain.fields import CONNECTWORKS, SIDE_LABELS, Side, label_of, other_side
from workbench.domain.frames import Clients
from workbench.review.desk import Drafted
from workbench.review.known import Known, rows_of
from workbench.review.link_acts import LinkActs
from workbench.review.marked import Chosen, mark_filters, with_mark
from workbench.review.page import Asked
from workbench.review.pieces import (
    Covering,
    badge,
    button,
    chooser,
    empty,
    headed,
    nothing_fits,
    page_of,
    paged,
    pager,
    searcher,
    stepper,
    table,
    ticker,
)
from workbench.review.progress import going
from workbench.review.tree import Act, Node, h
from workbench.review.values import can_be_uncovered, shown
from workbench.review.words import ENTITY_WORDS, amount

STALE_A_PAGE: Final = 10
_STUCK: Final = "Restore its record over there, or unlink it under Links."
REASON_WORDS: Final = {
    "none_found": "none found",
    "below_line": "somebody may be it",
    "taken": "duplicate over there",
    "archived": "archived over there",
    "rejected": "all were rejected",
}


class Newcomers(Covering):
    """The list with its reasons, and one client's draft.

    Parameters
    ----------
    known : Known
        What the desk told.
    """

    name = "newcomers"
    title = "Without counterpart"
    wants = "See why a client stands in one system alone; create its record over there where it is missing."

    def __init__(self, known: Known) -> None:
        self._known = known
        self._side = ""
        self._reason = ""
        self._text = ""
        self._marks: Chosen = ()
        self._more_filters = False
        self._page = 0
        self._stale_page = 0
        self._open: list[tuple[Side, str]] = []  # the client that was picked, then whoever comes before it
        self._despite = False
        self._acts = LinkActs(known.desk)
        self._said = ""

    def view(self) -> Node:
        """Show the list, or the draft of the client that is open."""
        if self._known.clients is None:
            return headed(self, empty("No clients yet", "Go to Overview and pull both systems first."))
        rows = rows_of(self._known.unmatched)
        self._close_the_settled(self._known.clients, rows)
        if self._open:
            return headed(self, self._draft(*self._open[-1]))
        stale = self._stale(rows_of(self._known.stale_links))
        if not rows:
            missing = empty("Nobody is missing", "Every live client has its counterpart.")
            return headed(self, stale, missing)
        return headed(self, stale, self._filters(rows), self._list([r for r in rows if self._passes(r)]))

    def _close_the_settled(self, clients: Clients, rows: list[dict[str, Any]]) -> None:
        """Close the drafts of those who need none any more; whoever waited for them is open again."""
        if not {(row["side"], row["client_id"]) for row in rows}.issuperset(self._open[:1]):
            self._open = []
        while len(self._open) > 1 and self._settled(clients, *self._open[-1]):
            self._open.pop()

    def _settled(self, clients: Clients, side: Side, client_id: str) -> bool:
        linked = self._known.links[f"{side}_id"] == client_id
        return bool(linked.any()) or not (clients.side(side)["client_id"] == client_id).any()

    def _stale(self, rows: list[dict[str, Any]]) -> Node | None:
        """Show links whose end is archived, deleted or converted, and where they should point."""
        if not rows and not self._acts.can_undo:
            return None
        shown, self._stale_page, pages = page_of(rows, self._stale_page, STALE_A_PAGE)
        head = ("Client", "In", "What happened", "Should point at")
        return h(
            "div",
            h("h3", f"Links that point at nobody any more ({len(rows):,})"),
            h(
                "p",
                "Their record was archived, deleted or converted. Point each at the live one.",
                class_="muted",
            ),
            h(
                "div",
                stepper("Undo", "undo_link", self._acts.can_undo),
                stepper("Redo", "redo_link", self._acts.can_redo),
                class_="tools",
            )
            if self._acts.can_undo or self._acts.can_redo
            else None,
            table(head, [_stale_line(row) for row in shown], "Links that point at nobody any more"),
            pager(self._stale_page, pages, "turn_stale"),
            class_="card",
        )

    def _filters(self, rows: list[dict[str, Any]]) -> Node:
        def counted(column: str, words: dict[str, str]) -> dict[str, str]:
            return {k: f"{w} ({n:,})" for k, w in words.items() if (n := sum(r[column] == k for r in rows))}

        sides = {side: f"in {label} alone" for side, label in SIDE_LABELS.items()}
        return h(
            "div",
            searcher("Search", "search", self._text, "A client's name or partner"),
            chooser("Where", "choose_side", self._side, {"": "Both", **counted("side", sides)}),
            chooser("Why", "choose_reason", self._reason, {"": "Any", **counted("reason", REASON_WORDS)}),
            mark_filters(self._known.marks, self._marks, self._more_filters),
            class_="filters",
        )

    def _passes(self, row: dict[str, Any]) -> bool:
        text = f"{row['name']} {row['partner'] or ''}".casefold()
        return (
            self._side in ("", row["side"])
            and self._reason in ("", row["reason"])
            and self._text.casefold().strip() in text
            and self._known.passes(self._marks, *self._ids(row))
        )

    @staticmethod
    def _ids(row: dict[str, Any]) -> tuple[str | None, str | None]:
        here = row["client_id"]
        return (here, None) if row["side"] == CONNECTWORKS else (None, here)

    def _list(self, rows: list[dict[str, Any]]) -> Node:
        shown, self._page, pages = page_of(rows, self._page)
        head = ("Client", "Stands in", "Why it has no counterpart", "Create")
        lines = [self._line(row) for row in shown]
        return paged(
            table(head, lines, "Clients without a counterpart") if lines else nothing_fits(),
            self._page,
            pages,
            "turn",
            of="clients without a counterpart",
            count=amount(len(rows), "client"),
        )

    def _line(self, row: dict[str, Any]) -> Node:
        there = SIDE_LABELS[other_side(row["side"])]
        kind = ENTITY_WORDS.get(row["entity_type"] or "", "")
        other = h("div", f"See: {row['other_name']}", class_="muted") if row["other_name"] else None
        name = f"Draft {row['name']} for {there}"
        return h(
            "tr",
            h("th", row["name"], h("div", kind, class_="muted"), scope="row"),
            h("td", SIDE_LABELS[row["side"]]),
            h("td", badge(REASON_WORDS[row["reason"]]), h("div", row["what"]), other),
            h("td", button("Draft", "draft", name=name, side=row["side"], client_id=row["client_id"])),
            key=f"{row['side']} {row['client_id']}",
        )

    # --- one client's draft --------------------------------------------------------------------------

    def _draft(self, side: Side, client_id: str) -> Node:
        there = other_side(side)
        draft = self._known.draft(there, client_id)
        running = going(self._known.pulse, "create") is not None
        lines = [self._field(line) for line in draft.lines]
        lines += [_party(party, side) for party in draft.parties]
        return h(
            "div",
            button(self._way_back(), "close", look="quiet"),
            h("h3", f"{draft.name}: as it would be created in {SIDE_LABELS[there]}"),
            h("ul", [h("li", "⚠ ", words) for words in draft.warnings], class_="brakes"),
            _twins(draft, SIDE_LABELS[there]),
            self.cover_box() if can_be_uncovered(line.field for line in draft.lines) else None,
            table(("Field", "Value", "Sent", "Note"), lines, "The new record, field by field"),
            self._confirm(draft, SIDE_LABELS[there], running),
            class_="card",
            key=f"draft {client_id}",
        )

    def _way_back(self) -> str:
        if len(self._open) < 2:
            return "‹ Back to the list"
        side, client_id = self._open[-2]
        return f"‹ Back to {self._known.draft(other_side(side), client_id).name}"

    def _field(self, line: Any) -> Node:
        value = shown(line.field, line.value, self._show_hidden)
        return _row(label_of(line.field), value, line.sent, line.note)

    def _confirm(self, draft: Drafted, there: str, running: bool) -> Node:
        if running:
            return h("div", h("p", "A record is being created; see above."), class_="question")
        others = ticker("I looked: those named above are others", "despite", self._despite)
        create = h(
            "button",
            f"Create in {there} and link",
            type="button",
            class_="button main",
            disabled=bool(draft.twins) and not self._despite,
            on={"click": Act("create", {"draft": draft.hash})},
        )
        return h("div", others if draft.twins else None, create, class_="question confirm", key="confirm")

    # --- what is done --------------------------------------------------------------------------------

    def do_draft(self, asked: Asked) -> None:
        """Open one client's draft."""
        self._open = [(asked.args["side"], asked.args["client_id"])]
        self._despite = False

    def do_draft_first(self, asked: Asked) -> None:
        """Open the draft of somebody who plays a part in the open one; that one comes after."""
        wanted = (asked.args["side"], asked.args["client_id"])
        if wanted in self._open:  # two may play a part in each other
            del self._open[self._open.index(wanted) + 1 :]
        else:
            self._open.append(wanted)
        self._despite = False

    def do_close(self, _asked: Asked) -> None:
        """Go back to the draft that waits for this one, or to the list."""
        del self._open[-1:]
        self._despite = False

    def do_despite(self, asked: Asked) -> None:
        """Take it that those who may be the same client are others."""
        self._despite = asked.checked

    def do_create(self, asked: Asked) -> None:
        """Ask for the record that was seen."""
        if not self._open:
            raise BadInput("No draft is open.", "Open one from the list.")
        side, client_id = self._open[-1]
        self._known.desk.ask_create(other_side(side), client_id, asked.args["draft"], self._despite)

    def do_search(self, asked: Asked) -> None:
        """Keep clients whose name or partner holds a text."""
        self._text, self._page = asked.value, 0

    def do_mark(self, asked: Asked) -> None:
        """Keep the clients that have one more mark in common, or let go of that."""
        self._marks, self._page = with_mark(self._marks, asked.args["mark"], asked.value), 0

    def do_unfilter(self, _asked: Asked) -> None:
        """Show everybody without a counterpart."""
        self._text = self._side = self._reason = ""
        self._marks = ()

    def do_more_filters(self, _asked: Asked) -> None:
        """Show the filters that are seldom wanted, or put them away."""
        self._more_filters = not self._more_filters

    def do_choose_side(self, asked: Asked) -> None:
        """Keep clients of one system."""
        self._side, self._page = asked.value, 0

    def do_choose_reason(self, asked: Asked) -> None:
        """Keep clients of one reason."""
        self._reason, self._page = asked.value, 0

    def do_repoint(self, asked: Asked) -> None:
        """Point a link at the record that was shown for it."""
        row = next(
            (r for r in rows_of(self._known.stale_links) if r["link_id"] == asked.args["link_id"]), None
        )
        if row is None or row["new_id"] != asked.args["new_id"]:
            raise BadInput("Somebody else is proposed by now.", "Look at it again.")
        links = {r["link_id"]: (r["connectworks_id"], r["xpm_id"]) for r in rows_of(self._known.links)}
        old = links[row["link_id"]]
        new = (row["new_id"], old[1]) if row["side"] == CONNECTWORKS else (old[0], row["new_id"])
        self._acts.repoint(old, new)
        self._said = f"{row['name']} points at {row['new_name']} now."

    def do_undo_link(self, _asked: Asked) -> None:
        """Point the link of the last act at where it pointed before."""
        self._said = self._acts.undo()

    def do_redo_link(self, _asked: Asked) -> None:
        """Do it again."""
        self._said = self._acts.redo()

    def said(self) -> str:
        """Say what the last act did."""
        said, self._said = self._said, ""
        return said

    def do_turn_stale(self, asked: Asked) -> None:
        """Turn the page of stale links."""
        self._stale_page = int(asked.args["page"])

    def do_turn(self, asked: Asked) -> None:
        """Turn the page."""
        self._page = int(asked.args["page"])


def _stale_line(row: dict[str, Any]) -> Node:
    label = f"Point {row['name']} at {row['new_name']}"
    point = (
        button("Point it there", "repoint", name=label, link_id=row["link_id"], new_id=row["new_id"])
        if row["new_id"]
        else h("p", _STUCK)
    )
    why = h("div", row["why"], class_="muted")
    return h(
        "tr",
        h("th", row["name"], scope="row"),
        h("td", SIDE_LABELS[row["side"]]),
        h("td", row["what"]),
        h("td", h("strong", row["new_name"] or "Nobody"), why, point),
        key=f"{row['link_id']} {row['side']}",
    )


def _twins(draft: Drafted, there: str) -> Node | None:
    if not draft.twins:
        return None
    named = [h("li", h("strong", twin.name), " ", twin.why) for twin in draft.twins]
    what = h(
        "p",
        f"{there} may have this client already. Link it under Links instead, or say that these are others:",
    )
    return h("div", what, h("ul", named), class_="question")


def _party(party: Any, side: Side) -> Node:
    kind = ENTITY_WORDS.get(party.entity_type or "", "")
    name = f"{party.name} ({kind})" if kind else party.name
    there = SIDE_LABELS[other_side(side)]
    first = (
        button(
            "Draft first",
            "draft_first",
            name=f"Draft {party.name} for {there} first",
            side=side,
            client_id=party.source_id,
        )
        if party.first
        else None
    )
    return _row(party.role.capitalize(), name, party.sent, party.note, first)


def _row(label: str, value: str, sent: bool, note: str, act: Node | None = None) -> Node:
    return h(
        "tr",
        h("th", label, scope="row"),
        h("td", h("span", value, class_="value")),
        h("td", "✓ yes" if sent else "left out"),
        h("td", note, act, class_="muted"),
    )
