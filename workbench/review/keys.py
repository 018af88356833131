"""What the keyboard does, on every screen."""

from __future__ import annotations

from typing import Final

from workbench.review.desk import Desk
from workbench.review.pieces import ticker
from workbench.review.tree import Act, Node, h

_KEYS: Final = (
    ("1 … 9, 0", "go to that step"),
    ("↑ ↓ ← →", "go from box to box"),
    ("Space", "tick or untick"),
    (">", "tick towards XPM"),
    ("<", "tick towards Connectworks"),
    ("/", "search"),
    ("Esc", "close"),
    ("?", "this list"),
)


class SingleKeys:
    """Whether single characters are keys, as each person likes it, from visit to visit.

    Parameters
    ----------
    desk : Desk
        Keeps it with what else is a person's own.
    """

    _SCREEN: Final = "keys"
    _OFF: Final = "no single characters"

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._on: bool | None = None

    @property
    def on(self) -> bool:
        """Whether they are; they are until whoever looks says otherwise."""
        if self._on is None:
            self._on = self._OFF not in self._desk.saved_filters(self._SCREEN)
        return self._on

    def switch(self, on: bool) -> None:
        """Keep it so from now on."""
        if on:
            self._desk.forget_filter(self._SCREEN, self._OFF)
        else:
            self._desk.save_filter(self._SCREEN, self._OFF, {})
        self._on = on


def keys_button(is_open: bool) -> Node:
    """Make the button that the question mark clicks."""
    return h(
        "button",
        "Keys",
        type="button",
        class_="button quiet small",
        data_help="yes",
        data_escape="yes" if is_open else None,
        on={"click": Act("help", {})},
        aria_expanded="true" if is_open else "false",
    )


def keys_list(single: bool) -> Node:
    """List the keys, with a tick box for whoever speaks to the page: no spoken word must be taken for keys.

    Parameters
    ----------
    single : bool
        Whether single characters work wherever the focus is.
    """
    told = [[h("dt", h("kbd", keys)), h("dd", words)] for keys, words in _KEYS]
    box = ticker("1 … 9, 0, / and ? work anywhere on the page", "single_keys", single)
    return h("div", h("dl", told, class_="keys", aria_label="Keys"), box, class_="question", key="keys")
