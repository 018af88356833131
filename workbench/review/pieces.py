"""The few pieces that all screens are put together from."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from workbench.review.page import Asked, Handed
from workbench.review.tree import Act, Child, Node, h

ROWS_A_PAGE: Final = 50
_SIGN: Final = re.compile("[@./_-]")
_LONG_WORD: Final = re.compile(r"\S{16,}")
_PAUSE: Final = re.compile(f"(?<!^)(?={_SIGN.pattern})")


class Screen:
    """One screen: what it shows as a tree, and what it does when asked.

    An act called ``accept`` is done by the method ``do_accept``.
    """

    name: str
    title: str
    wants: str
    needs = ""
    """What has to be reckoned before it can be shown, if that takes its time (`Desk.at_hand`)."""

    def view(self) -> Node:
        """Give the screen as it should look now."""
        raise NotImplementedError

    def failed(self, fault: str) -> Node:
        """Give the screen as it looks where it cannot be shown, and why it cannot."""
        return headed(self, h("p", fault, class_="fault", role="alert"))

    def ahead(self) -> Sequence[Asked]:
        """Give what is likely to be asked next, the likeliest first."""
        return ()

    def after(self, asked: Asked) -> Node:
        """Give the screen as it would look after one of them; nothing is done."""
        raise NotImplementedError

    def offered(self) -> bool:
        """Tell whether whoever looks has this screen."""
        return True

    def act(self, asked: Asked) -> None:
        """Do what was asked on this screen; an unknown act is no act."""
        doing = getattr(self, f"do_{asked.name}", None)
        if doing is not None:
            doing(asked)

    def said(self) -> str:
        """Give what a screen reader should hear about the last act, once."""
        return ""

    def handed(self) -> Handed | None:
        """Give the file that the last act asked for, once."""
        return None


class Covering(Screen):
    """A screen that hides addresses until somebody ticks that they want to see them."""

    _show_hidden = False

    def cover_box(self) -> Node:
        """Make the tick box that shows them."""
        return ticker("Show addresses", "show_hidden", self._show_hidden)

    def do_show_hidden(self, asked: Asked) -> None:
        """Show or hide hidden fields."""
        self._show_hidden = asked.checked


def button(label: str, act: str, *, look: str = "", name: str | None = None, **args: Any) -> Node:
    """Make a button for an act.

    Parameters
    ----------
    label : str
        Its words.
    act : str
        What it asks for.
    look : str
        ``main``, ``quiet``, ``danger`` or nothing.
    name : str, optional
        Its accessible name where the words alone do not say what it is about.
    **args
        What the act is about.
    """
    return h(
        "button",
        label,
        type="button",
        class_=f"button {look}".strip(),
        aria_label=name,
        on={"click": Act(act, args)},
    )


def stepper(label: str, act: str, possible: bool) -> Node:
    """Make the button that takes a step back, or does it again."""
    return h(
        "button",
        label,
        type="button",
        class_="button quiet",
        disabled=not possible,
        on={"click": Act(act, {})},
    )


def chooser(label: str, act: str, value: str, choices: Mapping[str, str], **args: Any) -> Node:
    """Make a labelled drop-down; `choices` maps each value to its words."""
    options = [h("option", words, value=key, key=key) for key, words in choices.items()]
    select = h("select", options, value=value, aria_label=label, on={"change": Act(act, args)})
    return h("label", h("span", label), select, class_="field")


def searcher(label: str, act: str, value: str, hint: str = "", **args: Any) -> Node:
    """Make the labelled search box that the slash key goes to."""
    box = h(
        "input",
        type="search",
        value=value,
        placeholder=hint,
        autocomplete="off",
        spellcheck="false",
        data_search="yes",
        aria_label=label,
        on={"input": Act(act, args)},
    )
    return h("label", h("span", label), box, class_="field field--search")


def noter(label: str, act: str, value: str, **args: Any) -> Node:
    """Make a labelled line for a few words, kept when the person goes on or presses Enter."""
    box = h(
        "input",
        type="text",
        value=value,
        placeholder="Why? (kept with the choice)",
        autocomplete="off",
        maxlength=300,
        aria_label=label,
        class_="note",
        on={"change": Act(act, args)},
    )
    return h("label", h("span", "Note"), box, class_="field field--note")


def in_breaths(texts: Sequence[str]) -> list[list[Child]]:
    """Let a long word, such as an email, be broken before one of its signs rather than anywhere.

    Parameters
    ----------
    texts : sequence of str
        What stands one after the other, without anything between.
    """
    if not _LONG_WORD.search("".join(texts)):
        return [[text] for text in texts]
    goes_on = [False, *(bool(_SIGN.match(text)) for text in texts[1:])]
    return [_parted(text, breaks) for text, breaks in zip(texts, goes_on, strict=True)]


def _parted(text: str, breaks: bool) -> list[Child]:
    first, *others = _PAUSE.split(text)
    return [h("wbr") if breaks else None, first, *(part for other in others for part in (h("wbr"), other))]


def ticker(label: str, act: str, checked: bool, **args: Any) -> Node:
    """Make a labelled tick box."""
    box = h("input", type="checkbox", checked=checked, on={"change": Act(act, args)})
    return h("label", box, h("span", label), class_="tick-label")


def table(head: Sequence[str], rows: Iterable[Node], caption: str) -> Node:
    """Make a plain table; the caption is for screen readers, and so is the head of a column of buttons."""
    unseen = h("span", "What can be done", class_="spoken")
    top = h("thead", h("tr", [h("th", words or unseen, scope="col") for words in head]))
    return h(
        "div",
        h("table", h("caption", caption, class_="spoken"), top, h("tbody", rows), class_="table"),
        class_="wide",
        role="region",
        aria_label=caption,
        tabindex="0",
    )


def paged(
    content: Child, page: int, pages: int, act: str, *, of: str, count: str = "", ahead: bool = False
) -> Node:
    """Lay out one page of a long list, with a pager above and below; whoever turns below goes on above.

    Parameters
    ----------
    content : Node, str, None or iterables of them
        The page.
    page, pages : int
        Which one it is, and how many there are.
    act : str
        What turns it.
    of : str
        What it is a list of, as the pagers' names say.
    count : str
        How many there are in all; heard again whenever a filter changes it.
    ahead : bool
        As `pager` has it.
    """
    told = h("p", count, class_="muted", role="status") if count else None
    above = pager(page, pages, act, name=f"Pages of {of}, above")
    return h(
        "div",
        h("div", told, above, class_="listed-line") if told or above else None,
        content,
        pager(page, pages, act, ahead, f"Pages of {of}"),
        class_="listed",
    )


def pager(page: int, pages: int, act: str, ahead: bool = False, name: str = "Pages") -> Node | None:
    """Make previous and next with where one is; None where all fits on one page.

    With `ahead` the browser asks for what its screen may show next (`Screen.ahead`).
    """
    if pages <= 1:
        return None

    def turn(label: str, to: int) -> Node:
        off = not 0 <= to < pages
        return h(
            "button",
            label,
            type="button",
            class_="button quiet",
            disabled=off,
            on={"click": Act(act, {"page": to})},
        )

    where = h("span", f"Page {page + 1:,} of {pages:,}", class_="muted")
    return h(
        "nav",
        turn("‹ Previous", page - 1),
        where,
        turn("Next ›", page + 1),
        class_="pager",
        aria_label=name,
        data_ahead="yes" if ahead else None,
    )


def badge(words: str, look: str = "") -> Node:
    """Make a small label."""
    return h("span", words, class_=f"badge {look}".strip())


def bar(share: float, words: str, look: str = "") -> Node:
    """Make a bar from 0 to 1; the words say the same."""
    return h(
        "span",
        h("span", class_="bar-fill", level=round(min(max(share, 0.0), 1.0), 3)),
        class_=f"bar {look}".strip(),
        role="img",
        aria_label=words,
    )


def figure(number: str, words: str, note: str = "", look: str = "") -> Node:
    """Make a large number with what it counts."""
    return h(
        "div",
        h("strong", number, class_="figure-number"),
        h("span", words, class_="figure-words"),
        h("span", note, class_="muted") if note else None,
        class_=f"figure {look}".strip(),
    )


def empty(title: str, words: str, *more: Child) -> Node:
    """Make what stands where there is nothing to show, and say what to do."""
    return h("div", h("h3", title), h("p", words, class_="muted"), more, class_="empty")


def nothing_fits() -> Node:
    """Make what stands where a search or filters let nothing through, with the way back (``unfilter``)."""
    words = "Nothing here passes the search and the filters."
    return empty("Nothing fits", words, button("Show everything", "unfilter"))


def headed(screen: Screen, *content: Child) -> Node:
    """Make a whole screen: its title, its one line, its content."""
    return h(
        "section",
        h("header", h("h2", screen.title), h("p", screen.wants, class_="wants"), class_="screen-head"),
        content,
        class_="screen",
        key=screen.name,
    )


def page_of(items: Sequence[Any], page: int, size: int = ROWS_A_PAGE) -> tuple[list[Any], int, int]:
    """Cut one page out of many items; gives (its items, the page as it can be, how many pages)."""
    pages = max(1, -(-len(items) // size))
    page = min(max(page, 0), pages - 1)
    return list(items[page * size : (page + 1) * size]), page, pages
