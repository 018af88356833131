"""What the keyboard does, on every screen."""

from __future__ import annotations

from typing import Final

from workbench.review.tree import Act, Node, h

_KEYS: Final = (
    ("1 … 9", "go to that step"),
    ("↑ ↓ ← →", "go from box to box"),
    ("Space", "tick or untick"),
    (">", "tick towards XPM"),
    ("<", "tick towards Connectworks"),
    ("/", "search"),
    ("Esc", "close"),
    ("?", "this list"),
)


def keys_button(is_open: bool) -> Node:
    """Make the button that the question mark clicks."""
    return h(
        "button",
        "Keys",
        type="button",
        class_="button quiet small",
        data_help="yes",
        on={"click": Act("help", {})},
        aria_expanded="true" if is_open else "false",
    )


def keys_list() -> Node:
    """List the keys."""
    told = [[h("dt", h("kbd", keys)), h("dd", words)] for keys, words in _KEYS]
    return h("dl", told, class_="keys question", aria_label="Keys")
