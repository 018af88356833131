"""Plan and push: what would be sent, what it costs, what speaks against it, and the push itself."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from workbench.domain.errors import BadInput
from workbench.domain.fields import BY_NAME, CONNECTWORKS, SIDE_LABELS, XPM, label_of
from workbench.domain.records import Brake, Operation, Plan
from workbench.review.known import Known
from workbench.review.page import Asked
from workbench.review.pieces import (
    Screen,
    badge,
    button,
    empty,
    figure,
    headed,
    page_of,
    pager,
    table,
    ticker,
)
from workbench.review.progress import going
from workbench.review.tree import Act, Node, h
from workbench.review.values import hidden, readable
from workbench.review.words import amount, duration

_LEFT_OUT_TITLES: Final = {
    "stale": "Changed since it was ticked: decide again",
    "erases": "Would erase a value: say so in Differences",
    "locked": "Locked: unlock it in Differences",
    "cannot": "Cannot be written",
    "contradicts": "Contradicts another choice",
    "not_pushable": "For looking only",
}
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
_BRAKE_SIGNS: Final = {"set": "⚠", "clear": "✓", "not_checked": "?"}


@dataclass(frozen=True, slots=True)
class Change:
    """One value that would change.

    Parameters
    ----------
    operation : Operation
        Which request carries it.
    field : str
        Which field.
    before, after : str or None
        The value that stands and the value that would stand.
    """

    operation: Operation
    field: str
    before: str | None
    after: str | None

    @property
    def erases(self) -> bool:
        """Whether a value would be gone afterwards."""
        return bool(self.before) and not self.after and self.operation.resource != "link"


def changes_of(plan: Plan) -> list[Change]:
    """List a plan's changes, those that erase first, otherwise in the order of the push."""

    def each() -> Iterator[Change]:
        for operation in plan.operations:
            for field, after in operation.after.items():
                yield Change(operation, field, operation.before.get(field), after)

    return sorted(each(), key=lambda change: not change.erases)


class Pushing(Screen):
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
        self._page = 0
        self._typed = ""
        self._show_hidden = False
        self.undoes: str | None = None

    def take_back(self, run_id: str) -> None:
        """Show the plan that takes a run back instead of the decisions' plan."""
        self.undoes, self._page, self._typed = run_id, 0, ""

    # --- what is shown -------------------------------------------------------------------------------

    def view(self) -> Node:
        """Show the plan."""
        plan = self._known.plan(self.undoes)
        changes = changes_of(plan)
        running = going(self._known.pulse, "push")
        whole = [
            self._undoing(),
            self._figures(plan, changes) if changes else self._nothing(plan),
            self._brakes(plan),
            self._confirm(plan, changes) if changes and running is None else None,
            self._changes(changes) if changes else None,
            self._left_out(plan),
        ]
        return headed(self, whole)

    def _undoing(self) -> Node | None:
        if self.undoes is None:
            return None
        return h(
            "div",
            h("p", h("strong", "This plan takes an earlier push back.")),
            button("Back to my own plan", "own_plan", look="quiet"),
            class_="question",
        )

    def _nothing(self, plan: Plan) -> Node:
        if plan.left_out:
            return empty("Nothing to push", "Every choice is left out, for the reasons below.")
        return empty("Nothing to push yet", "Tick differences or accept links first; they collect here.")

    def _figures(self, plan: Plan, changes: list[Change]) -> Node:
        to = {side: sum(c.operation.side == side for c in changes) for side in (XPM, CONNECTWORKS)}
        erasing = sum(c.erases for c in changes)
        share = plan.cost.day_share
        today = f"{share:.0%} of what XPM allows today" if share is not None else ""
        return h(
            "div",
            figure(
                f"{len(changes):,}",
                "change" if len(changes) == 1 else "changes",
                amount(len(plan.operations), "request"),
            ),
            figure(f"{to[XPM]:,}", "to XPM"),
            figure(f"{to[CONNECTWORKS]:,}", "to Connectworks"),
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
        lines = [_brake(b) for b in sorted(plan.brakes, key=lambda b: order[b.state])]
        return h("div", h("h3", "Before it runs"), h("ul", lines, class_="brakes"), class_="card")

    def _confirm(self, plan: Plan, changes: list[Change]) -> Node:
        pulled = [b for b in plan.brakes if b.state == "set"]
        if any(b.final for b in pulled):
            what = h("p", h("strong", "This plan cannot be pushed as it is. "), "See above for what to do.")
            return h("div", what, class_="question")
        push = h(
            "button",
            f"Push {amount(len(changes), 'change')}",
            type="button",
            class_="button main",
            disabled=bool(pulled) and not self._confirmed(plan),
            on={"click": Act("push", {"plan": plan.hash})},
        )
        return h(
            "div", self._typing(plan) if pulled else None, push, class_="question confirm", key="confirm"
        )

    def _typing(self, plan: Plan) -> Node:
        words = f"To push all the same, type: {self._wanted(plan)}"
        on = {"input": Act("type", {})}
        box = h("input", type="text", value=self._typed, autocomplete="off", spellcheck="false", on=on)
        return h("label", h("span", words), box, class_="field")

    def _wanted(self, plan: Plan) -> str:
        return f"{self._known.desk.name} {len(plan.operations)}"

    def _confirmed(self, plan: Plan) -> bool:
        return _loosely(self._typed) == _loosely(self._wanted(plan))

    def _changes(self, changes: list[Change]) -> Node:
        rows, self._page, pages = page_of(changes, self._page)
        head = ("Client", "Field", "In", "Stands now", "Will stand")
        lines = [self._line(c) for c in rows]
        masked = any(c.field in BY_NAME and BY_NAME[c.field].masked for c in changes)
        show = ticker("Show addresses and dates", "show_hidden", self._show_hidden) if masked else None
        return h(
            "div",
            h("div", h("h3", "What will change"), show, class_="tools"),
            table(head, lines, "What will change"),
            pager(self._page, pages, "turn"),
        )

    def _line(self, change: Change) -> Node:
        operation = change.operation
        name = self._known.name(operation.side, operation.client_id)
        contact = (
            h("div", "on its primary contact", class_="muted") if operation.resource == "contact" else None
        )
        if operation.resource == "link":
            before, after = self._link_words(change.before), self._link_words(change.after)
        else:
            before, after = self._text(change.field, change.before), self._text(change.field, change.after)
        flag = (
            badge(f"ERASES {SIDE_LABELS[operation.side]} {label_of(change.field).lower()}", "danger")
            if change.erases
            else None
        )
        return h(
            "tr",
            h("th", name, contact, scope="row"),
            h("td", "Link to XPM" if operation.resource == "link" else label_of(change.field)),
            h("td", SIDE_LABELS[operation.side]),
            h("td", h("span", before, class_="value")),
            h("td", h("span", after, class_="value"), flag),
            key=f"{operation.operation_id} {change.field}",
        )

    def _link_words(self, uuid: str | None) -> str:
        return self._known.name(XPM, uuid) if uuid else "not linked"

    def _text(self, field: str, value: str | None) -> str:
        covered = BY_NAME[field].masked and not self._show_hidden
        return hidden(field, value) if covered else readable(field, value)

    def _left_out(self, plan: Plan) -> Node | None:
        if not plan.left_out:
            return None
        parties = {
            r: (cw, xpm)
            for r, cw, xpm in zip(
                self._known.links["link_id"],
                self._known.links["connectworks_id"],
                self._known.links["xpm_id"],
                strict=True,
            )
        }
        lines = []
        for out in plan.left_out[:200]:
            cw, _ = parties.get(out.link_id, (None, None))
            name = self._known.name(CONNECTWORKS, cw) if cw else "Client no longer linked"
            lines.append(
                h(
                    "tr",
                    h("th", name, scope="row"),
                    h("td", label_of(out.field)),
                    h(
                        "td",
                        h("strong", _LEFT_OUT_TITLES.get(out.code, "Left out")),
                        h("div", out.reason, class_="muted"),
                    ),
                )
            )
        return h(
            "div",
            h("h3", f"Left out ({len(plan.left_out):,})"),
            table(("Client", "Field", "Why"), lines, "Choices that are left out"),
        )

    # --- what is done --------------------------------------------------------------------------------

    def do_turn(self, asked: Asked) -> None:
        """Turn the page."""
        self._page = int(asked.args["page"])

    def do_show_hidden(self, asked: Asked) -> None:
        """Show or hide hidden fields."""
        self._show_hidden = asked.checked

    def do_type(self, asked: Asked) -> None:
        """Take what the person types to confirm."""
        self._typed = asked.value

    def do_push(self, asked: Asked) -> None:
        """Ask for the plan that was seen to be pushed."""
        plan = self._known.plan(self.undoes)
        if plan.hash != asked.args["plan"]:
            raise BadInput(
                "The plan changed while you looked at it; nothing was sent.", "Read it again and confirm."
            )
        pulled = any(b.state == "set" for b in plan.brakes)
        if pulled and not self._confirmed(plan):
            raise BadInput("These are not the words that lift the brakes.", f"Type: {self._wanted(plan)}")
        self._known.desk.ask_push(plan.hash, self._wanted(plan) if pulled else "", self.undoes)
        self._typed, self.undoes = "", None

    def do_own_plan(self, _asked: Asked) -> None:
        """Go back to the plan that the decisions make."""
        self.undoes, self._page, self._typed = None, 0, ""


def _loosely(text: str) -> str:
    """Fold what a person types: capitals, spaces and macrons need not be met."""
    plain = unicodedata.normalize("NFKD", text).casefold().split()
    return " ".join("".join(c for c in word if not unicodedata.combining(c)) for word in plain)


def _brake(brake: Brake) -> Node:
    words = brake.message or _CLEAR_WORDS.get(brake.code, "Checked.")
    if brake.state == "not_checked":
        words = f"{words} (not checked yet)"
    return h(
        "li", h("span", _BRAKE_SIGNS[brake.state], class_="sign"), words, class_=f"brake brake--{brake.state}"
    )
