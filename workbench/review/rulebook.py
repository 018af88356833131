"""The firm's rules on the screen: what each suggests, accepted by one act; and rules that are proposed."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any, Final

from workbench.review.bulk import Offer, offer, offered
from workbench.review.known import Known, rows_of
from workbench.review.model import ReviewModel
from workbench.review.page import Asked
from workbench.review.pieces import Screen, button, empty, table
from workbench.review.rule_form import RuleForm
from workbench.review.tree import Node, h
from workbench.review.words import amount

_PROPOSAL: Final = ("field", "owner", "entity_type", "partner", "group")


class Rulebook(Screen):
    """The list of rules, the one that is open, and proposals; a part of the Differences screen.

    Parameters
    ----------
    known : Known
        What the desk told.
    model : ReviewModel
        Where the choices are made.
    """

    name = "rulebook"

    def __init__(self, known: Known, model: ReviewModel) -> None:
        self._known = known
        self._model = model
        self._open: str | None = None
        self._offer: Offer | None = None
        self._adopting: str | None = None
        self._new: RuleForm | None = None
        self._parting: str | None = None
        self._said = ""

    # --- what is shown -------------------------------------------------------------------------------

    def view(self, show_hidden: bool = False) -> Node:
        """Show the firm's rules with what they suggest, and the proposals."""
        rules = rows_of(self._known.rules)
        listed = [self._rule_row(rule) for rule in rules]
        head = ("Rule", "Suggests", "Since", "")
        return h(
            "div",
            h("h3", "Rules of your firm"),
            table(head, listed, "Rules of your firm")
            if rules
            else h("p", "There is none yet. A rule only suggests; a person accepts.", class_="muted"),
            self._composing(),
            self._question(show_hidden),
            h("h3", "What past decisions speak for"),
            self._proposals(),
            class_="rulebook",
            key="rulebook",
        )

    def _rule_row(self, rule: dict[str, Any]) -> Node:
        count = len(self._model.ruled(rule["rule"]))
        since = ", ".join((self._known.moment(rule["at"]), self._known.called(rule["by"])))
        look = button("Look…", "open_rule", name=f"Look at what “{rule['rule']}” suggests", rule=rule["rule"])
        return h(
            "tr",
            h("th", rule["rule"], scope="row"),
            h("td", f"{count:,}", class_="number"),
            h("td", since if rule["at"] else "not compared with yet", class_="muted"),
            h("td", look if count else None, h("span", self._removing(rule["rule"]), class_="acts-inline")),
            key=rule["rule"],
        )

    def _composing(self) -> Node:
        if self._new is None:
            return h("div", button("Add a rule…", "new_rule"))
        return self._new.view(self._known.marks)

    def _removing(self, rule: str) -> list[Node]:
        if rule != self._parting:
            return [
                button("Remove", "ask_drop", look="quiet small", name=f"Remove the rule {rule}", rule=rule)
            ]
        return [
            button(
                "Yes, remove",
                "drop_rule",
                look="small danger",
                name=f"Yes, remove the rule {rule}",
                rule=rule,
            ),
            button("Keep", "no_drop", look="quiet small", name=f"Keep the rule {rule}"),
        ]

    def do_ask_drop(self, asked: Asked) -> None:
        """Ask once more before a rule is taken out."""
        self._parting = asked.args["rule"]

    def do_no_drop(self, _asked: Asked) -> None:
        """Let it stand."""
        self._parting = None

    def do_drop_rule(self, asked: Asked) -> None:
        """Take a rule out; what was decided by it stays decided."""
        self._known.desk.drop_rule(asked.args["rule"])
        self._parting, self._open, self._offer = None, None, None
        self._said = "The rule is removed."

    def _question(self, show_hidden: bool) -> Node | None:
        if self._open is None or self._offer is None:
            return None
        asked = offered(self._offer, self._model, show_hidden, ("accept_rule", "close_rule"))
        heading = h("h4", self._open)
        return h("div", heading, asked, role="region", aria_label=self._open, key=f"rule {self._open}")

    def _proposals(self) -> Node:
        rows = rows_of(self._known.proposed_rules)
        if not rows:
            return empty(
                "No habit yet", "A rule is proposed once nearly all of ten or more decisions went one way."
            )
        listed = [self._proposal_row(row) for row in rows]
        return table(("What was decided", ""), listed, "Rules that past decisions speak for")

    def _proposal_row(self, row: dict[str, Any]) -> Node:
        if self._adopting == row["words"]:
            asked = h(
                "div",
                h("p", "This writes a rule into your firm's settings. It only suggests."),
                button("Make it a rule", "adopt_rule", look="main", rule={c: row[c] for c in _PROPOSAL}),
                button("Cancel", "no_adopt", look="quiet"),
                class_="question",
                role="group",
                aria_label=f"Make it a rule: {row['words']}",
            )
        else:
            name = f"Make it a rule: {row['words']}"
            asked = button("Make it a rule…", "ask_adopt", look="small", name=name, words=row["words"])
        return h(
            "tr",
            h("th", row["words"], scope="row"),
            h("td", asked),
            key=row["words"],
        )

    def said(self) -> str:
        """Say what the last act did."""
        said, self._said = self._said, ""
        return said

    # --- what is done --------------------------------------------------------------------------------

    def do_open_rule(self, asked: Asked) -> None:
        """Show what a rule suggests: how much, and a sample drawn the same way every time."""
        self._open = asked.args["rule"]
        self._offer = offer(self._model, self._model.ruled(self._open), "suggested")

    def do_accept_rule(self, _asked: Asked) -> None:
        """Accept all that was asked about; what changed meanwhile is left out."""
        if self._offer is not None:
            count = self._model.accept(self._offer.bulk, "rule", self._offer.looked_at)
            self._said = f"{amount(count, 'suggestion')} accepted."
        self._open, self._offer = None, None

    def do_close_rule(self, _asked: Asked) -> None:
        """Accept nothing."""
        self._open, self._offer = None, None

    def do_new_rule(self, _asked: Asked) -> None:
        """Begin a rule of one's own."""
        self._new = RuleForm()

    def do_rule_part(self, asked: Asked) -> None:
        """Choose a part of the new rule."""
        if self._new is not None:
            self._new = self._new.with_part(asked.args["part"], asked.value)

    def do_add_rule(self, _asked: Asked) -> None:
        """Make it a rule; one that is refused stays in the form."""
        if self._new is not None:
            self._known.desk.adopt_rule(asdict(self._new))
            self._new, self._said = None, "The rule is added; what it suggests waits for you."

    def do_no_rule(self, _asked: Asked) -> None:
        """Add none."""
        self._new = None

    def do_ask_adopt(self, asked: Asked) -> None:
        """Ask before a proposal becomes a rule."""
        self._adopting = asked.args["words"]

    def do_no_adopt(self, _asked: Asked) -> None:
        """Leave it a proposal."""
        self._adopting = None

    def do_adopt_rule(self, asked: Asked) -> None:
        """Make a proposal a rule."""
        self._known.desk.adopt_rule(asked.args["rule"])
        self._adopting, self._said = None, "It is a rule now; what it suggests waits for you."
