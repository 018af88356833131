"""A rule that somebody writes: of which field, for whose clients, and what it suggests."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from workbench.domain.fields import CONNECTWORKS, PUSHABLE, XPM, label_of
from workbench.review.pieces import button, chooser
from workbench.review.tree import Act, Node, h
from workbench.review.words import ENTITY_WORDS

_DOES: Final = {
    CONNECTWORKS: "Follow Connectworks",
    XPM: "Follow XPM",
    "fill_only": "Only fill blanks",
    "ask": "Ask the client",
    "never": "Never synchronise",
}


@dataclass(frozen=True)
class RuleForm:
    """What is chosen so far; `''` is everybody, or nothing yet.

    Parameters
    ----------
    field, owner : str
        The field, and the system that is followed (or what is done instead).
    entity_type, partner, group : str
        Only for these clients.
    """

    field: str = ""
    owner: str = ""
    entity_type: str = ""
    partner: str = ""
    group: str = ""

    def with_part(self, part: str, value: str) -> RuleForm:
        """Choose one part."""
        return replace(self, **{part: value})

    def view(self, marks: Mapping[str, Sequence[str]]) -> Node:
        """Show the drop-downs.

        Parameters
        ----------
        marks : mapping
            By ``type``, ``partner`` and ``group``, which of them some client has.
        """
        fields = {"": "Choose…"} | {name: label_of(name) for name in PUSHABLE}
        types = {"": "All types"} | {kind: ENTITY_WORDS.get(kind, kind) for kind in marks["type"]}
        partners = {"": "All partners"} | {name: name for name in marks["partner"]}
        groups = {"": "All groups"} | {name: name for name in marks["group"]}
        add = h(
            "button",
            "Add the rule",
            type="button",
            class_="button main",
            disabled=not (self.field and self.owner),
            on={"click": Act("add_rule", {})},
        )
        return h(
            "div",
            h(
                "div",
                self._part("Field", "field", fields),
                self._part("Type", "entity_type", types),
                self._part("Partner", "partner", partners),
                self._part("Group", "group", groups) if marks["group"] else None,
                self._part("What to do", "owner", {"": "Choose…"} | _DOES),
                class_="filters",
            ),
            h("p", "It is written into your firm's settings. It only suggests.", class_="muted"),
            add,
            button("Cancel", "no_rule", look="quiet"),
            class_="question",
            role="group",
            aria_label="A new rule",
            key="new rule",
        )

    def _part(self, label: str, part: str, choices: Mapping[str, str]) -> Node:
        return chooser(label, "rule_part", str(getattr(self, part)), choices, part=part)
