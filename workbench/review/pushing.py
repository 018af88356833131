"""Plan and push: what would be sent, what it costs, what speaks against it, and the push itself."""

from __future__ import annotations

import unicodedata
from typing import Final

from workbench.domain.errors import BadInput
from workbench.domain.fields import CONNECTWORKS, XPM
from workbench.domain.records import Brake, Plan
from workbench.domain.taking_back import taken_back
from workbench.review.approval_strip import approval_strip
from workbench.review.known import Known
from workbench.review.outcomes import sizes
from workbench.review.page import Asked
from workbench.review.pieces import (
    ROWS_A_PAGE,
    Covering,
    button,
    empty,
    figure,
    headed,
    nothing_fits,
    page_of,
    paged,
    searcher,
    table,
)
from workbench.review.plan_lines import (
    Change,
    change_line,
    changes_of,
    found,
    left_out_lines,
    reached,
    tried_in_vain,
)
from workbench.review.progress import going
from workbench.review.run_card import last_run_card, running_card
from workbench.review.tree import Act, Node, h
from workbench.review.values import can_be_uncovered
from workbench.review.words import amount, duration

_CLEAR_WORDS: Final = {
    "many_clients": "Not more than a fifth of all linked clients would change.",
    "many_blanks": "Few values would be erased.",
    "one_field": "No single field makes up most of the changes.",
    "other_tenant": "The practice is the one that this was planned for.",
    "incomplete_pull": "Both systems were pulled whole.",
    "stale_plan": "Nothing has changed since the plan was made.",
    "no_ability": "Both connections can write what is needed.",
    "no_quota": "The day's quota suffices.",
}
_TAKES_BACK: Final = {
    "run_id": "This plan takes an earlier push back.",
    "client": "This plan takes back all that was written of one client.",
    "act": "This plan takes back all that was decided at once and written.",
}
_BRAKE_SIGNS: Final = {"set": "⚠", "clear": "✓", "not_checked": "?"}


class Pushing(Covering):
    """The plan in force and its push.

    Parameters
    ----------
    known : Known
        What the desk told.
    """

    name = "push"
    title = "Plan and push"
    wants = "Read what would change, then push. Each value is looked at once more before it is written."

    def __init__(self, known: Known) -> None:
        self._known = known
        self._text = ""
        self._page = 0
        self._left_page = 0
        self._problems_page = 0
        self._typed: dict[str, str] = {}
        self._said = ""
        self.undoes: str | None = None

    def take_back(self, undoes: str) -> None:
        """Show the plan that takes something back instead of the decisions' plan."""
        self.undoes, self._page, self._typed = undoes, 0, {}

    # --- what is shown -------------------------------------------------------------------------------

    def view(self) -> Node:
        """Show the push that runs; without one, how the last one ended and the plan."""
        running = going(self._known.pulse, "push")
        if running is not None:
            return headed(self, running_card(self._known, running))
        plan = self._known.plan(self.undoes)
        changes = changes_of(plan)
        approval = self._known.desk.approval
        # Where somebody else must say yes, only what they approved is judged and pushed.
        now = self._known.sendable(self.undoes) if approval else plan
        whole = [
            self._undoing(),
            last_run_card(self._known, self._problems_page) if self.undoes is None else None,
            self._figures(plan, changes) if changes else self._nothing(plan),
            self._approval() if approval else None,
            self._brakes(now),
            self._confirm(now) if now.operations else None,
            self._changes(plan, changes) if changes else None,
            self._lasting(plan),
            self._left_out(plan),
        ]
        return headed(self, whole)

    def _approval(self) -> Node | None:
        return approval_strip(self._known, self.undoes) if self._known.proposals(self.undoes) else None

    def _undoing(self) -> Node | None:
        if self.undoes is None:
            return None
        return h(
            "div",
            h("p", h("strong", _TAKES_BACK[taken_back(self.undoes)[0]])),
            button("Back to my own plan", "own_plan", look="quiet"),
            class_="question",
        )

    def _nothing(self, plan: Plan) -> Node:
        if plan.left_out:
            return empty("Nothing to push", "Every choice is left out, for the reasons below.")
        return empty("Nothing to push yet", "Tick differences or accept links first; they collect here.")

    def _figures(self, plan: Plan, changes: list[Change]) -> Node:
        to = {side: sum(o.side == side for o in plan.operations) for side in (XPM, CONNECTWORKS)}
        erasing = sum(c.erases for c in changes)
        share = plan.cost.day_share
        today = f"{_percent(share)} of what XPM allows today" if share is not None else ""
        writes = len(plan.operations)
        return h(
            "div",
            figure(f"{writes:,}", "write" if writes == 1 else "writes", amount(len(changes), "value")),
            figure(f"{to[XPM]:,}", "to XPM"),
            figure(f"{to[CONNECTWORKS]:,}", "to Connectworks"),
            _reached(plan),
            figure(f"{erasing:,}", "erase a value", look="danger" if erasing else ""),
            figure(
                duration(plan.cost.minutes * 60).removeprefix("about "),
                "roughly, at the services' pace",
                today,
            ),
            class_="figures",
        )

    def _brakes(self, plan: Plan) -> Node | None:
        if not plan.brakes or not plan.operations:
            return None
        order = {"set": 0, "not_checked": 1, "clear": 2}
        lines = [brake_line(b) for b in sorted(plan.brakes, key=lambda b: order[b.state])]
        return h("div", h("h3", "Before it runs"), h("ul", lines, class_="brakes"), class_="card")

    def _confirm(self, plan: Plan) -> Node:
        pulled = [b for b in plan.brakes if b.state == "set"]
        if any(b.final for b in pulled):
            what = h("p", h("strong", "This plan cannot be pushed as it is. "), "See above for what to do.")
            return h("div", what, class_="question")
        push = h(
            "button",
            f"Push {sizes(len(plan.operations), sum(len(o.after) for o in plan.operations))}",
            type="button",
            class_="button main",
            disabled=bool(pulled) and not self._confirmed(plan),
            on={"click": Act("push", {"plan": plan.hash})},
        )
        asked = [self._typing(brake) for brake in pulled]
        return h("div", asked, push, class_="question confirm", key="confirm")

    def _typing(self, brake: Brake) -> Node:
        typed = self._typed.get(brake.code, "")
        on = {"input": Act("type", {"code": brake.code})}
        box = h("input", type="text", value=typed, autocomplete="off", spellcheck="false", on=on)
        words = h("strong", brake.words, class_="wanted")
        asked = h("span", "To push all the same, type: ", words)
        return h("label", asked, box, class_="field", key=brake.code)

    def _confirmed(self, plan: Plan) -> bool:
        pulled = (b for b in plan.brakes if b.state == "set")
        return all(loosely(self._typed.get(b.code, "")) == loosely(b.words) for b in pulled)

    def _changes(self, plan: Plan, changes: list[Change]) -> Node:
        named = found(self._known, changes, self._text)
        rows, self._page, pages = page_of(named, self._page)
        head = ("Client", "Field", "In", "Stands now", "Will stand")
        reaches = plan.reaches or {}
        lines = [
            change_line(self._known, c, reaches.get(c.operation.operation_id, ()), self._show_hidden)
            for c in rows
        ]
        show = self.cover_box() if can_be_uncovered(c.field for c in changes) else None
        search = searcher("Search", "search", self._text, "A client, a field or a value")
        return h(
            "div",
            h("h3", f"What will change ({amount(len(changes), 'value')})"),
            h("div", search, show, class_="filters"),
            paged(
                table(head, lines, "What will change") if rows else nothing_fits(),
                self._page,
                pages,
                "turn",
                of="changes",
            ),
        )

    def _lasting(self, plan: Plan) -> Node | None:
        if not plan.lasting:
            return None
        lines = left_out_lines(self._known, plan.lasting[:ROWS_A_PAGE], {})
        head = h("h3", f"Cannot be undone ({len(plan.lasting):,})")
        return h("div", head, table(("Client", "Field", "Why"), lines, "Values that cannot be taken back"))

    def _left_out(self, plan: Plan) -> Node | None:
        if not plan.left_out:
            return None
        rows, self._left_page, pages = page_of(plan.left_out, self._left_page)
        lines = left_out_lines(self._known, rows, tried_in_vain(self._known))
        return h(
            "div",
            h("h3", f"Left out ({len(plan.left_out):,})"),
            paged(
                table(("Client", "Field", "Why"), lines, "Choices that are left out"),
                self._left_page,
                pages,
                "turn_left_out",
                of="what is left out",
            ),
        )

    # --- what is done --------------------------------------------------------------------------------

    def do_turn(self, asked: Asked) -> None:
        """Turn the page."""
        self._page = int(asked.args["page"])

    def do_search(self, asked: Asked) -> None:
        """Keep what is named so."""
        self._text, self._page = asked.value, 0

    def do_unfilter(self, _asked: Asked) -> None:
        """Show all changes."""
        self._text, self._page = "", 0

    def do_turn_left_out(self, asked: Asked) -> None:
        """Turn the page of what is left out."""
        self._left_page = int(asked.args["page"])

    def do_turn_problems(self, asked: Asked) -> None:
        """Turn the page of what the last push did not write."""
        self._problems_page = int(asked.args["page"])

    def do_type(self, asked: Asked) -> None:
        """Take what the person types to lift a brake."""
        self._typed[asked.args["code"]] = asked.value

    def do_propose(self, asked: Asked) -> None:
        """Send the plan that was seen for approval."""
        count = self._known.desk.propose(asked.args["plan"], self.undoes)
        self._said = f"{amount(count, 'write')} sent for approval."

    def said(self) -> str:
        """Say what the last act did."""
        said, self._said = self._said, ""
        return said

    def do_push(self, asked: Asked) -> None:
        """Ask for the plan that was seen to be pushed."""
        plan = self._known.sendable(self.undoes)
        if plan.hash != asked.args["plan"]:
            raise BadInput(
                "The plan changed while you looked at it; nothing was sent.", "Read it again and confirm."
            )
        pulled = any(b.state == "set" for b in plan.brakes)
        if pulled and not self._confirmed(plan):
            wanted = "; ".join(plan.words.splitlines())
            raise BadInput("These are not the words that lift the brakes.", f"Type: {wanted}")
        self._known.desk.ask_push(plan.hash, plan.words, self.undoes)
        self._typed, self.undoes, self._problems_page = {}, None, 0

    def do_own_plan(self, _asked: Asked) -> None:
        """Go back to the plan that the decisions make."""
        self.undoes, self._page, self._typed = None, 0, {}


def _percent(share: float) -> str:
    return "less than 1%" if 0 < share < 0.01 else f"{share:.0%}"


def _reached(plan: Plan) -> Node | None:
    others = reached(plan)
    if not others:
        return None
    return figure(f"{others:,}", "clients it also shows at", "they share a contact", look="warn")


def loosely(text: str) -> str:
    """Fold what a person types: capitals, spaces and macrons need not be met."""
    plain = unicodedata.normalize("NFKD", text).casefold().split()
    return " ".join("".join(c for c in word if not unicodedata.combining(c)) for word in plain)


def brake_line(brake: Brake) -> Node:
    """Show one brake, with its state as a sign and in words."""
    words = brake.message or _CLEAR_WORDS.get(brake.code, "Checked.")
    if brake.state == "not_checked":
        words = f"{words} (not checked yet)"
    return h(
        "li", h("span", _BRAKE_SIGNS[brake.state], class_="sign"), words, class_=f"brake brake--{brake.state}"
    )
