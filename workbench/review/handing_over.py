"""Hand over: what people carry across by hand where a connection cannot write, and what of it has arrived."""

from __future__ import annotations

from typing import Any, Final

from workbench.domain.errors import BadInput
from workbench.domain.fields import SIDE_LABELS, label_of
from workbench.domain.records import Plan
from workbench.review.desk import HandedOver
from workbench.review.known import Known, rows_of
from workbench.review.page import Asked
from workbench.review.pieces import (
    Covering,
    badge,
    bar,
    button,
    empty,
    figure,
    headed,
    nothing_fits,
    page_of,
    paged,
    searcher,
    table,
    ticker,
)
from workbench.review.plan_lines import change_line, changes_of, found
from workbench.review.pushing import brake_line, loosely
from workbench.review.tree import Act, Node, h
from workbench.review.values import shown
from workbench.review.words import STANDING_WORDS, amount

_HEAD: Final = ("Client", "Field", "In", "Stands now", "Will stand")
_OPEN: Final = ("open", "changed", "gone")
_SETTLED: Final = ("replaced", "agrees")


class HandingOver(Covering):
    """What is to be handed over, and how stands what was.

    Parameters
    ----------
    known : Known
        What the desk told.
    """

    name = "handover"
    title = "Hand over"
    wants = "Where a connection cannot write, people carry changes across; the next pull shows what arrived."

    def __init__(self, known: Known) -> None:
        self._known = known
        self._text = ""
        self._page = 0
        self._handed_page = 0
        self._typed = ""
        self._all = False
        self._last: HandedOver | None = None

    def view(self) -> Node:
        """Show the files written last, what is to be handed over, and how stands what was."""
        plan, handed = self._known.handover_plan(), rows_of(self._known.handed_over)
        if not plan.operations and not handed:
            words = "Both connections can write, or nothing is decided for one that cannot."
            return headed(self, empty("Nothing to hand over", words))
        return headed(
            self,
            self._files(),
            h(
                "div",
                searcher("Search", "search", self._text, "A client, a field or a value"),
                self.cover_box(),
                class_="filters",
            ),
            self._to_hand(plan) if plan.operations else None,
            self._handed(handed) if handed else None,
        )

    def _files(self) -> Node | None:
        if self._last is None:
            return None
        names = h("ul", [h("li", name) for name in self._last.files])
        words = h("p", h("strong", "✓ "), self._last.message, role="status")
        return h("div", words, names, class_="question")

    def _to_hand(self, plan: Plan) -> Node:
        changes = changes_of(plan)
        named = found(self._known, changes, self._text)
        rows, self._page, pages = page_of(named, self._page)
        lines = [change_line(self._known, change, (), self._show_hidden) for change in rows]
        sides = sorted({SIDE_LABELS[o.side] for o in plan.operations})
        erasing = sum(c.erases for c in changes)
        return h(
            "div",
            h("h3", f"To be handed over for {' and '.join(sides)}"),
            h(
                "div",
                figure(f"{len(changes):,}", "value" if len(changes) == 1 else "values"),
                figure(f"{len({(o.side, o.client_id) for o in plan.operations}):,}", "clients"),
                figure(f"{erasing:,}", "erase a value", look="danger" if erasing else ""),
                class_="figures",
            ),
            h("ul", [brake_line(b) for b in plan.brakes if b.state != "clear"], class_="brakes"),
            self._confirm(plan, len(changes)),
            paged(
                table(_HEAD, lines, "What is to be handed over") if rows else nothing_fits(),
                self._page,
                pages,
                "turn",
                of="changes",
            ),
            class_="card",
        )

    def _confirm(self, plan: Plan, values: int) -> Node:
        pulled = [b for b in plan.brakes if b.state == "set"]
        if any(b.final for b in pulled):
            return h("div", h("strong", "This cannot be handed over as it is."), class_="question")
        wanted = h("strong", self._wanted(plan), class_="wanted")
        on = {"input": Act("type", {})}
        box = h("input", type="text", value=self._typed, autocomplete="off", spellcheck="false", on=on)
        typing = h("label", h("span", "To go on all the same, type: ", wanted), box, class_="field")
        hand = h(
            "button",
            f"Hand over {amount(values, 'value')}",
            type="button",
            class_="button main",
            disabled=bool(pulled) and not self._confirmed(plan),
            on={"click": Act("hand_over", {"plan": plan.hash})},
        )
        return h("div", typing if pulled else None, hand, class_="question confirm", key="confirm")

    def _wanted(self, plan: Plan) -> str:
        return " ".join(plan.words.splitlines())

    def _confirmed(self, plan: Plan) -> bool:
        return loosely(self._typed) == loosely(self._wanted(plan))

    def _handed(self, handed: list[dict[str, Any]]) -> Node:
        told = self._known.handed_over.attrs.get("told", "")
        left = [row for row in handed if row["standing"] in _OPEN]
        counted = [row for row in handed if row["standing"] not in _SETTLED]
        listed = [row for row in (handed if self._all else left) if self._named(row)]
        rows, self._handed_page, pages = page_of(listed, self._handed_page)
        share = 1 - len(left) / len(counted) if counted else 1.0
        again = any(row["standing"] in ("open", "changed") for row in left)
        return h(
            "div",
            h("h3", "Handed over"),
            h("p", bar(share, f"{share:.0%} arrived"), " ", told, role="status"),
            h(
                "div",
                button("Write the files of what is open again", "hand_over_again") if again else None,
                ticker("Also what has arrived", "show_all", self._all),
                class_="tools",
            ),
            paged(
                table(
                    ("Client", "Field", "In", "Should stand", "How it stands", "Handed over"),
                    [self._line(row) for row in rows],
                    "What was handed over",
                )
                if rows
                else None,
                self._handed_page,
                pages,
                "turn_handed",
                of="what was handed over",
            ),
            class_="card",
        )

    def _named(self, row: dict[str, Any]) -> bool:
        return self._text.casefold().strip() in f"{row['client']} {label_of(row['field'])}".casefold()

    def _line(self, row: dict[str, Any]) -> Node:
        field, stands = row["field"], row["standing"]
        after = shown(field, row["after"], self._show_hidden)
        look = "good" if stands == "arrived" else "warn" if stands in _OPEN else ""
        return h(
            "tr",
            h("th", row["client"], scope="row"),
            h("td", label_of(field)),
            h("td", SIDE_LABELS[row["side"]]),
            h("td", h("span", after, class_="value")),
            h("td", badge(STANDING_WORDS[stands], look)),
            h("td", self._known.moment(row["handed_at"]), h("div", row["handed_by"], class_="muted")),
            key=f"{row['operation_id']} {field}",
        )

    # --- what is done --------------------------------------------------------------------------------

    def do_hand_over(self, asked: Asked) -> None:
        """Hand over what was seen."""
        plan = self._known.handover_plan()
        if plan.hash != asked.args["plan"]:
            raise BadInput(
                "The plan changed while you looked at it; nothing was handed over.", "Read it again."
            )
        pulled = any(b.state == "set" for b in plan.brakes)
        if pulled and not self._confirmed(plan):
            raise BadInput("These are not the words that lift the brakes.", f"Type: {self._wanted(plan)}")
        self._last = self._known.desk.hand_over(plan.hash, plan.words)
        self._typed = ""

    def do_hand_over_again(self, _asked: Asked) -> None:
        """Write the files of what is open once more."""
        self._last = self._known.desk.hand_over_again()

    def do_type(self, asked: Asked) -> None:
        """Take what the person types to confirm."""
        self._typed = asked.value

    def do_search(self, asked: Asked) -> None:
        """Keep what is named so, in both lists."""
        self._text, self._page, self._handed_page = asked.value, 0, 0

    def do_unfilter(self, _asked: Asked) -> None:
        """Show everything in both lists."""
        self._text, self._page, self._handed_page = "", 0, 0

    def do_show_all(self, asked: Asked) -> None:
        """Show what has arrived, too, or only what is open."""
        self._all, self._handed_page = asked.checked, 0

    def do_turn(self, asked: Asked) -> None:
        """Turn the page of what is to be handed over."""
        self._page = int(asked.args["page"])

    def do_turn_handed(self, asked: Asked) -> None:
        """Turn the page of what was handed over."""
        self._handed_page = int(asked.args["page"])
