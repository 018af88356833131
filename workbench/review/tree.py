"""What a screen looks like, as a value: a small tree that the page draws with text as text only.

A screen is a pure function from what is known to such a tree, so that what a person would see can be
tested without a browser, and no client's value can ever become markup.
"""

from __future__ import annotations

import html
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any, Final

Attr = str | int | float | bool | None
_MAY_BREAK: Final = "\u200b"


@dataclass(frozen=True, slots=True)
class Act:
    """What an element asks for when a person uses it.

    Parameters
    ----------
    name : str
        The act's name on its screen.
    args : mapping
        What it is about, as it was shown.
    """

    name: str
    args: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Node:
    """One element.

    Parameters
    ----------
    tag : str
        Its HTML name; the page draws only those that it knows.
    attrs : mapping
        Its attributes; False and None are left away.
    children : tuple
        Elements and texts.
    on : mapping
        Event name to the act that it asks for.
    key : str, optional
        What it stands for, so that a redraw never gives one client's box to another.
    part : str, optional
        Set where it is sent by itself whenever it changes.
    """

    tag: str
    attrs: Mapping[str, Attr]
    children: tuple[Node | str, ...]
    on: Mapping[str, Act] = field(default_factory=dict)
    key: str | None = None
    part: str | None = None


Child = Node | str | None | Iterable["Child"]


def h(
    tag: str,
    *children: Child,
    on: Mapping[str, Act] | None = None,
    key: str | None = None,
    part: str | None = None,
    **attrs: Attr,
) -> Node:
    """Make an element.

    Parameters
    ----------
    tag : str
        Its HTML name.
    *children : Node, str, None or iterables of them
        Its content; None is left away.
    on, key, part
        As in `Node`.
    **attrs
        Attributes; an underscore stands for a hyphen, a last one is dropped (``class_``, ``aria_label``).
    """
    named = {_name(k): v for k, v in attrs.items() if v is not None and v is not False}
    return Node(tag, named, tuple(_flat(children)), on or {}, key, part)


@cache
def _name(word: str) -> str:
    return word.rstrip("_").replace("_", "-")


def _flat(children: Iterable[Child]) -> Iterator[Node | str]:
    for child in children:
        if child is None:
            continue
        if isinstance(child, Node | str):
            yield child
        else:
            yield from _flat(child)


def parts_of(root: Node, held: Mapping[str, Node] | None = None) -> dict[str, tuple[Node, Any]]:
    """Take a tree apart into what is sent: each part as plain JSON, with references to the parts in it.

    Parameters
    ----------
    root : Node
        The whole; it is the part ``page``.
    held : mapping, optional
        Parts as they were taken apart before. One that is the very same is not taken apart again: its JSON
        is None. Only a part that holds no other one is ever given again.

    Returns
    -------
    dict of str to (Node, JSON)
        An element is ``{"t", "a", "c", "on", "k"}``, a reference ``{"ref"}``.
    """
    parts: dict[str, tuple[Node, Any]] = {}
    before = held or {}

    def plain(node: Node, top: bool = False) -> Any:
        if node.part and not top:
            same = before.get(node.part) is node
            parts[node.part] = (node, None if same else plain(node, top=True))
            return {"ref": node.part}
        told: dict[str, Any] = {"t": node.tag, "a": node.attrs}
        told["c"] = [c if isinstance(c, str) else plain(c) for c in node.children]
        if node.on:
            told["on"] = {event: [act.name, act.args] for event, act in node.on.items()}
        if node.key is not None:
            told["k"] = node.key
        return told

    parts["page"] = (root, plain(root, top=True))
    return parts


def markup(root: Node | str) -> str:
    """Write a tree as HTML for a page of its own; texts and attributes are escaped, acts are left away.

    Parameters
    ----------
    root : Node or str
        Its tags and attributes' names are ours, everything else may be a client's.
    """
    if isinstance(root, str):
        return html.escape(root)
    attrs = "".join(
        f" {name}" if value is True else f' {name}="{html.escape(str(value))}"'
        for name, value in root.attrs.items()
    )
    return f"<{root.tag}{attrs}>{''.join(map(markup, root.children))}</{root.tag}>"


def walk(root: Node) -> Iterator[Node]:
    """Give every element of a tree, parents first."""
    yield root
    for child in root.children:
        if isinstance(child, Node):
            yield from walk(child)


def text_of(root: Node | str) -> str:
    """Give the text that a tree shows, parted by single spaces; where a word may be broken, by nothing."""
    if isinstance(root, str):
        return root
    if root.tag == "wbr":
        return _MAY_BREAK
    told = " ".join(" ".join(text_of(child) for child in root.children).split())
    return told.replace(f" {_MAY_BREAK} ", "")
