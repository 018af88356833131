"""Patterns first: differences of one kind are looked at together and decided by one act."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

import numpy as np

from workbench.domain.errors import BadInput
from workbench.domain.fields import BY_NAME
from workbench.review.known import Known
from workbench.review.model import ReviewModel
from workbench.review.page import Asked
from workbench.review.pattern_model import (
    DIRECTIONS,
    Pattern,
    Picks,
    Prospect,
    Summary,
    mark_of,
    open_rows,
    patterns_of,
    prospect,
    reason_of_all,
    summary,
)
from workbench.review.pattern_rows import directions, left_out_words, list_row, members, pattern_list
from workbench.review.pieces import Screen, button, noter, page_of, paged
from workbench.review.rows import Key, Row
from workbench.review.tree import Act, Node, h
from workbench.review.words import amount

MEMBERS_A_PAGE: Final = 60
_DONE: Final = {
    "to_xpm": "ticked towards XPM",
    "to_connectworks": "ticked towards Connectworks",
    "leave": "left as they are",
    "ask": "to be asked about",
}
_DO: Final = {
    "to_xpm": "Tick {} towards XPM",
    "to_connectworks": "Tick {} towards Connectworks",
    "leave": "Leave {} as they are",
    "ask": "Ask {} clients",
}


class Patterns(Screen):
    """The list of patterns, and the one that is open; a part of the Differences screen.

    Parameters
    ----------
    known : Known
        What the desk told.
    model : ReviewModel
        Where the choices are made.
    """

    name = "patterns"

    def __init__(self, known: Known, model: ReviewModel) -> None:
        self._known = known
        self._model = model
        self._patterns: list[Pattern] = []
        self._list_page = 0
        self._open: Pattern | None = None
        self._picks = Picks()
        self._page: int | None = None
        self._looked_at: dict[str, None] = {}
        self._places: list[np.ndarray] = []
        self._counted: tuple[object, list[Summary]] = (None, [])
        self._said = ""
        self._done = ""
        self._note = ""

    def gather(self, keys: list[Key]) -> None:
        """Group the differences that pass the filters; they stay listed until this is done again.

        A pattern that is open stays as it was opened, also where what was decided belongs elsewhere by now.
        """
        self._patterns = patterns_of(self._model, self._known.patterns, keys)
        self._places = [self._model.places(pattern.keys) for pattern in self._patterns]

    def left(self) -> int:
        """Count the acts that are left."""
        return sum(each.acts_left for each in self._summaries())

    def _summaries(self) -> list[Summary]:
        """Say how each pattern stands, counted once for each state of the choices."""
        key = (self._model.version, id(self._patterns))
        if self._counted[0] != key:
            self._counted = (key, [summary(self._model, places) for places in self._places])
        return self._counted[1]

    # --- what is shown -------------------------------------------------------------------------------

    @property
    def is_open(self) -> bool:
        """Whether a pattern is open."""
        return self._open is not None

    @property
    def nothing_waits(self) -> bool:
        """Whether there is neither a list nor an open pattern to show."""
        return not self._patterns and self._open is None

    def view(self, show_hidden: bool = False) -> Node:
        """Show the list, or the pattern that is open."""
        return self._list() if self._open is None else self._pattern(self._open, show_hidden)

    def _list(self) -> Node:
        stand = list(zip(self._patterns, self._summaries(), strict=True))
        shown, self._list_page, pages = page_of(stand, self._list_page)
        largest = len(self._patterns[0].keys)
        rows = [list_row(pattern, largest, how) for pattern, how in shown]
        told = amount(len(self._patterns), "kind of difference", "kinds of differences")
        return h(
            "div",
            paged(pattern_list(rows), self._list_page, pages, "turn_list", of="kinds", count=told),
            key="patterns",
        )

    def _pattern(self, pattern: Pattern, show_hidden: bool) -> Node:
        waiting = open_rows(self._model, pattern)
        about = [amount(len(pattern.keys), "client"), f"{len(waiting):,} open"]
        said = reason_of_all(waiting)
        back = h(
            "button",
            "‹ All kinds",
            type="button",
            class_="button quiet",
            data_escape="yes",
            data_focus="yes",
            on=button("", "close_pattern").on,
        )
        return h(
            "div",
            h("div", back, class_="tools"),
            h("h3", pattern.words, id="pattern-title"),
            h("p", " · ".join(about), class_="muted"),
            h("p", said, class_="muted") if said else None,
            h("p", f"✓ {self._done}", class_="ended") if self._done else None,
            self._decision(pattern, waiting, show_hidden) if waiting else None,
            self._members(pattern, show_hidden, said),
            class_="pattern",
            role="region",
            aria_labelledby="pattern-title",
            key=f"pattern {pattern.name}",
        )

    def _decision(self, pattern: Pattern, waiting: list[Row], show_hidden: bool) -> Node:
        ways = {way: prospect(waiting, self._picks.turned(way)) for way in DIRECTIONS}
        chosen = ways.get(self._picks.direction or "")
        covered = BY_NAME[pattern.field].masked and not show_hidden
        hint = "Choose a direction." if chosen is None else left_out_words(chosen)
        return h(
            "div",
            directions(self._picks, ways, pattern.suggestion),
            noter("Note on this decision", "pattern_note", self._note) if chosen else None,
            self._button(chosen, mark_of(waiting), covered),
            button("Show the values first", "show_values") if covered else h("p", hint, class_="muted"),
            class_="question decision",
            role="group",
            aria_label="Decide on all that are in",
        )

    def _button(self, chosen: Prospect | None, mark: str, covered: bool) -> Node | None:
        direction = self._picks.direction
        if chosen is None or direction is None:
            return None
        return h(
            "button",
            _DO[direction].format(f"{len(chosen.taken):,}"),
            type="button",
            class_="button main",
            disabled=covered or not chosen.taken,
            on={"click": Act("decide_pattern", {"direction": direction, "seen": mark})},
        )

    def _members(self, pattern: Pattern, show_hidden: bool, said: str) -> Node:
        total = len(self._model.present(pattern.keys))
        sections, shown, pages = self._sections(pattern)
        table = members(sections, self._model, self._picks, show_hidden, said=said)
        if self._page is not None:
            return paged(table, shown, pages, "turn_members", of="clients")
        return h(
            "div", table, button(f"Show all {total:,}", "all_members") if pages else None, class_="listed"
        )

    def _sections(self, pattern: Pattern) -> tuple[list[tuple[str, list[Key]]], int, int]:
        """Give what is on the screen now: headings with differences; the page; how many pages in all."""
        present = self._model.present
        out, rest = present(pattern.outstanding()), present(pattern.ordinary())
        drawn = present(pattern.drawn())
        few = len(out) + len(rest) <= MEMBERS_A_PAGE // 2
        title = f"Stand out: {len(out):,}"
        if self._page is None and drawn and not few:
            sample = f"A random sample: {len(drawn):,} of {len(rest):,}"
            return [(title, out[:MEMBERS_A_PAGE]), (sample, drawn)], 0, 1
        others = f"All others: {len(rest):,}" if out else f"All: {len(rest):,}"
        page, at, pages = page_of([*out, *rest], self._page or 0, MEMBERS_A_PAGE)
        outside = set(out)
        sections = [
            (title, [key for key in page if key in outside]),
            (others, [key for key in page if key not in outside]),
        ]
        return sections, at, 0 if few else pages

    def tell(self, sentence: str) -> None:
        """Show what an act from elsewhere did, in place of what the last one here did."""
        self._done = sentence

    def said(self) -> str:
        """Say what the last act did."""
        said, self._said = self._said, ""
        return said

    # --- what is done --------------------------------------------------------------------------------

    def do_turn_list(self, asked: Asked) -> None:
        """Turn the list's page."""
        self._list_page = int(asked.args["page"])

    def do_open_pattern(self, asked: Asked) -> None:
        """Open a pattern with its outliers and a sample; the suggested direction is laid ready."""
        self._open = next((one for one in self._patterns if one.name == asked.args["pattern"]), None)
        self._page, self._done, self._note, self._looked_at = None, "", "", {}
        suggestion = self._open.suggestion if self._open else None
        self._picks = Picks(suggestion if suggestion in DIRECTIONS else None)
        self._look()

    def _look(self) -> None:
        """Remember who is on the screen."""
        if self._open is not None:
            sections, _, _ = self._sections(self._open)
            self._looked_at |= {key[0]: None for _, keys in sections for key in keys}

    def _sample(self, taken: Iterable[Key]) -> list[str]:
        """Give who was looked at: all that are decided on, or the random ones, which speak for all."""
        seen = self._looked_at
        if self._open is None or all(key[0] in seen for key in taken):
            return list(seen)
        drawn = {key[0] for key in self._open.drawn()}
        return [link for link in seen if link in drawn]

    def do_close_pattern(self, _asked: Asked) -> None:
        """Go back to the list."""
        self._open, self._done = None, ""

    def do_direction(self, asked: Asked) -> None:
        """Choose which way the decision would go."""
        self._picks = self._picks.turned(asked.args["direction"])

    def do_pattern_note(self, asked: Asked) -> None:
        """Remember why, for the decision to come."""
        self._note = asked.value.strip()

    def do_member(self, asked: Asked) -> None:
        """Take a difference out, or tick it in."""
        self._picks.ticked[asked.args["link_id"], asked.args["field"]] = asked.checked

    def do_all_members(self, _asked: Asked) -> None:
        """Show all differences instead of a sample."""
        self._page = 0
        self._look()

    def do_turn_members(self, asked: Asked) -> None:
        """Turn the page of differences."""
        self._page = int(asked.args["page"])
        self._look()

    def do_decide_pattern(self, asked: Asked) -> None:
        """Decide on everything that is in, if it still is what was shown."""
        direction = asked.args["direction"]
        rows = open_rows(self._model, self._open) if self._open else []
        if direction != self._picks.direction or asked.args["seen"] != mark_of(rows):
            raise BadInput(
                "Some of these values changed while you looked at them; nothing was decided.", "Look again."
            )
        way = prospect(rows, self._picks)
        count = self._model.decide_pattern(way.taken, direction, self._sample(way.taken), self._note)
        self._note = ""
        both = f" of {amount(len(way.taken), 'client')}" if count > len(way.taken) else ""  # swaps are one
        self._done = f"{amount(count, 'difference')}{both} {_DONE[direction]}. {left_out_words(way)}".strip()
        self._said = self._done
