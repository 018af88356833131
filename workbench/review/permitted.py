"""What a person may not do is not offered to them; what is behind a button refuses it all the same."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Final

from workbench.domain.people import Role
from workbench.review.desk import Desk
from workbench.review.tree import Node

WORKING: Final[tuple[Role, ...]] = ("decide", "approve", "push", "administer")
"""Whoever may do any of these may have both systems read again."""

_ACTS: Final[dict[tuple[Role, ...], str]] = {
    ("decide",): "tick leave ask take_back erase ask_bulk bulk undo redo direction member decide_pattern "
    "accept reject repoint unreject ask_band band band_wrong hunt pick link ask_unlink unlink "
    "undo_link redo_link note pattern_note accept_rule",
    ("decide", "approve"): "questions",
    ("decide", "push"): "propose",
    ("approve",): "ask_safe approve_safe approve ask_back send_back ask_client take_yes_back",
    ("push",): "push undo_run undo_client undo_pattern hand_over hand_over_again create",
    ("administer",): "add_person role_of forget_person set_approval set_only_theirs queue_of "
    "ask_adopt adopt_rule drop_rule new_rule rule_part add_rule set_setting set_several reconnect answer "
    "take_column days confirm_columns",
    WORKING: "pull read_custom_fields stop reckon_again",
}
_DOES: Final[dict[Role, str]] = {
    "decide": "decides",
    "approve": "approves",
    "push": "pushes",
    "administer": "administers",
}
_NEEDS: Final = {act: roles for roles, acts in _ACTS.items() for act in acts.split()}


def may_do(desk: Desk, act: str) -> bool:
    """Tell whether whoever looks may do this act."""
    needed = _NEEDS.get(act)
    return needed is None or any(desk.may(role) for role in needed)


def permitted(desk: Desk, node: Node) -> Node:
    """Leave the buttons for what may not be done away, and shut such boxes.

    Parameters
    ----------
    desk : Desk
        Knows what whoever looks may do.
    node : Node
        A screen.
    """
    if all(desk.may(role) for role in WORKING):
        return node
    return _pruned(frozenset(act for act in _NEEDS if not may_do(desk, act)), node)


def _pruned(barred: frozenset[str], node: Node) -> Node:
    shut = any(act.name in barred for act in node.on.values())
    attrs = {**node.attrs, "disabled": True} if shut else node.attrs
    return replace(node, attrs=attrs, children=tuple(_kept(barred, node)), on={} if shut else node.on)


def _kept(barred: frozenset[str], parent: Node) -> Iterator[Node | str]:
    for child in parent.children:
        if isinstance(child, str):
            yield child
        elif child.tag != "button" or not any(act.name in barred for act in child.on.values()):
            yield _pruned(barred, child)


def roles_in_words(desk: Desk) -> str:
    """Say what whoever looks may do; nothing where it is everything."""
    does = [words for role, words in _DOES.items() if desk.may(role)]
    if len(does) == len(_DOES):
        return ""
    return f" · {' and '.join(filter(None, (', '.join(does[:-1]), does[-1])))}" if does else " · may look"
