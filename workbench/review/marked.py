"""Filters by what clients have in common: partner, manager, group, type, structure, custom fields."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

from workbench.domain.marks import MARKS
from workbench.review.pieces import chooser
from workbench.review.tree import Act, Node, h
from workbench.review.words import ENTITY_WORDS

Marks = Mapping[str, tuple[str, ...]]
"""A client's marks (see `workbench.domain.marks`)."""
Chosen = tuple[tuple[str, str], ...]
"""The mark and value of every filter that is set."""
_LABELS: Final = {
    "partner": ("Partner", "All partners"),
    "type": ("Type", "All types"),
    "manager": ("Manager", "All managers"),
    "group": ("Group", "All groups"),
    "structure": ("Business structure", "All structures"),
    "custom field": ("Custom field", "Any"),
}
_SAVED: Final = "of "
_AT_HAND: Final = ("partner", "type")
"""Always shown; the others come with *More filters*."""


def passes(marks: Marks, chosen: Chosen) -> bool:
    """Tell whether a client has every mark that is filtered by."""
    return all(value in marks.get(mark, ()) for mark, value in chosen)


def with_mark(chosen: Chosen, mark: str, value: str) -> Chosen:
    """Set one filter, or take it away with ``''``."""
    others = tuple(pair for pair in chosen if pair[0] != mark)
    return (*others, (mark, value)) if value else others


def present(clients: Iterable[Marks]) -> dict[str, list[str]]:
    """List by each mark what some client has."""
    found: dict[str, set[str]] = {mark: set() for mark in MARKS}
    for marks in clients:
        for mark, values in marks.items():
            found[mark].update(values)
    return {mark: sorted(values, key=str.casefold) for mark, values in found.items()}


def as_texts(chosen: Chosen) -> dict[str, str]:
    """Give filters that are set as plain texts, to be saved with others."""
    return {f"{_SAVED}{mark}": value for mark, value in chosen}


def from_texts(saved: Mapping[str, str]) -> Chosen:
    """Give the filters that `as_texts` made texts of, among others; a mark that is no more is passed over."""
    found = ((name.removeprefix(_SAVED), value) for name, value in saved.items() if name.startswith(_SAVED))
    return tuple((mark, value) for mark, value in found if mark in _LABELS)


def mark_filters(there: Mapping[str, list[str]], chosen: Chosen, opened: bool) -> list[Node]:
    """Show a drop-down for each mark that some client has.

    Parameters
    ----------
    there : mapping
        What `present` gave.
    chosen : tuple
        The filters that are set; what is set is shown, opened or not.
    opened : bool
        Whether more than the usual ones are shown.
    """
    set_now = dict(chosen)
    offered = [mark for mark in _LABELS if there[mark] or mark in set_now]
    shown = [mark for mark in offered if opened or mark in _AT_HAND or mark in set_now]
    fields = [_field(mark, there[mark], set_now.get(mark, "")) for mark in shown]
    if len(shown) < len(offered) or opened:
        words = "Fewer filters" if opened else "More filters"
        toggle = h(
            "button",
            words,
            type="button",
            class_="button quiet",
            aria_expanded="true" if opened else "false",
            on={"click": Act("more_filters", {})},
            key="more filters",
        )
        fields.append(toggle)
    return fields


def _field(mark: str, values: list[str], value: str) -> Node:
    label, everything = _LABELS[mark]
    words = ENTITY_WORDS if mark == "type" else {}
    choices = {"": everything} | {each: words.get(each, each) for each in values}
    return chooser(label, "mark", value, choices, mark=mark)
