"""Signing in again from a page: a button, the page to open, and a box for the address to which it leads.

What is pasted goes with the act itself to whoever asked for it: it is drawn nowhere and kept nowhere.
"""

from __future__ import annotations

from typing import Final

from workbench.review.desk import Prompted, Pulse
from workbench.review.pieces import button
from workbench.review.progress import going
from workbench.review.tree import Act, Node, h

_TALKS: Final = ("connect", "pull", "push", "refresh", "custom_fields")
"""Work that talks with the services, and so notices that a sign-in does not hold."""


def reconnect_view(pulse: Pulse, *, may_administer: bool) -> Node | None:
    """Show what a person can do about a sign-in that does not hold; None where all is well.

    Parameters
    ----------
    pulse : Pulse
        As the page sees it.
    may_administer : bool
        Whether whoever looks may sign in for the firm.
    """
    if pulse.asked is not None and may_administer:
        return _asked_view(pulse.asked)
    ended = (work for work in pulse.works if work.verb in _TALKS and work.state in ("done", "failed"))
    last = next(ended, None)
    if last is None or not last.signed_out or going(pulse, *_TALKS):
        return None
    again = (
        button("Reconnect", "reconnect", look="main")
        if may_administer
        else h("span", "Ask an administrator of your firm to sign in again.", class_="muted")
    )
    words = "A sign-in does not hold any more. Nothing is lost: what was begun carries on afterwards. "
    told = h("p", h("strong", "Signed out. "), words)
    return h("div", told, again, class_="work", role="alert", key="reconnect")


def _asked_view(asked: Prompted) -> Node:
    if asked.choices:
        chosen = [
            button(name, "answer", prompt_id=asked.prompt_id, answer=practice)
            for practice, name in asked.choices.items()
        ]
        words = f"{asked.system} offers several practices. Which one is it?"
        return h("div", h("p", words), h("div", chosen, class_="tools"), class_="work", key=asked.prompt_id)
    box = h(
        "input",
        type="text",
        autocomplete="off",
        spellcheck="false",
        aria_label="The address to which the sign-in led",
        on={"change": Act("answer", {"prompt_id": asked.prompt_id})},
    )
    link = h("a", f"Sign in to {asked.system}", href=asked.address, class_="button main")
    words = "If the page afterwards cannot be shown, paste its address here:"
    return h(
        "div",
        h("p", link),
        h("label", h("span", words), box, class_="field"),
        class_="work",
        role="group",
        aria_label=f"Sign in to {asked.system}",
        key=asked.prompt_id,
    )
