"""Differences: the tick-box screen."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Mapping, Sequence
from dataclasses import asdict, fields, replace
from typing import Any, Final

import numpy as np

from workbench.domain.fields import label_of
from workbench.review.bulk import Offer, bulk_buttons, bulk_words, offer, offered
from workbench.review.desk import Choice, Told
from workbench.review.grid import asked_again, grid, tally
from workbench.review.known import Known
from workbench.review.marked import as_texts, from_texts, mark_filters, with_mark
from workbench.review.model import ReviewModel
from workbench.review.pace import Pace
from workbench.review.page import Asked, Handed
from workbench.review.panel import panel, past_of
from workbench.review.patterns import Patterns
from workbench.review.pieces import (
    Covering,
    bar,
    button,
    chooser,
    empty,
    headed,
    nothing_fits,
    paged,
    searcher,
    stepper,
)
from workbench.review.rows import MINE, SHOWS, Filters, Key, Party, Row
from workbench.review.rulebook import Rulebook
from workbench.review.saved_filters import Filtered
from workbench.review.tree import Act, Node, h
from workbench.review.words import KIND_WORDS, amount, duration

ROWS_SHOWN: Final = 30
"""A page is some screens long: what it takes to build, send and draw grows with its rows."""
_LIKELY_TURNS: Final = (1, 2, -1, 3)
_BULK_DONE: Final = {"leave": "left as they are"}
_WHOSE: Final = {MINE: "My clients", "": "Everybody’s"}


class Differences(Covering, Filtered):
    """Differences by their kind, and client by client: both values side by side, with a tick box each way.

    Parameters
    ----------
    known : Known
        What the desk told.
    by_pattern : bool
        Whether the kinds of differences come first; otherwise the clients do.
    pace : Pace, optional
        What tells how fast the person decides.
    """

    name = "differences"
    needs = "differences"
    title = "Differences"
    wants = (
        "Decide kind by kind, or tick the arrow that points from the right value to the wrong one. "
        "Nothing is sent until you push."
    )

    def __init__(self, known: Known, by_pattern: bool = True, pace: Pace | None = None) -> None:
        self._known = known
        self.model = ReviewModel(self._decide, self._signed)
        self._patterns = Patterns(known, self.model)
        self._rulebook = Rulebook(known, self.model)
        self._parts: dict[str, Patterns | Rulebook] = {"patterns": self._patterns, "rules": self._rulebook}
        self._by = "patterns" if by_pattern else "clients"
        self._pace = pace or Pace()
        self.filters = Filters()
        self._more_filters = False
        self._preset = MINE if by_pattern else None  # whoever has clients of their own begins with these
        self._loaded: tuple[Any, Any, Any] = (None, None, None)
        self._listed = np.zeros(0, dtype=np.intp)  # where in the model those that pass the filters stand
        self._pages: list[np.ndarray] = []
        self._page = 0
        self._stale_list = True
        self._bulk: Offer | None = None
        self._opened: frozenset[Key] = frozenset()
        self._client: str | None = None
        self._past = ""
        self._why: Told | None = None
        self._said = ""
        self._done = ""  # what the last act on many, or undo, did, for whoever looks by clients
        self._handed: Handed | None = None

    def _signed(self, by_at: tuple[str, str]) -> tuple[str, str]:
        """Say who did something, and on what day, as this page's reader would."""
        who, at = self._known.called(by_at[0]), by_at[1]
        who = "You" if who == self._known.desk.person else who or "Somebody"
        return who, self._known.moment(at).partition(",")[0] if at else ""

    def _decide(self, choices: Sequence[Choice], how: str, looked_at: Sequence[str]) -> None:
        self._known.desk.decide(choices, how, sample=looked_at)
        self._pace.acted()

    def act(self, asked: Asked) -> None:
        """Do what was asked here, or on the part that is shown."""
        mine = hasattr(self, f"do_{asked.name}") or self._by not in self._parts
        super().act(asked) if mine else self._parts[self._by].act(asked)

    # --- what is shown -------------------------------------------------------------------------------

    def view(self) -> Node:
        """Show how far one is, the filters, patterns or a page of clients, and the open client."""
        if not self._load():
            return headed(self, empty("Nothing to compare yet", "Link clients first: go to Links."))
        counts = self.model.counts(self._theirs())
        filtered = self._by == "clients" or (self._by == "patterns" and not self._patterns.is_open)
        whole = [
            self._progress(counts),
            self._lost(),
            self._filter_bar() if filtered else None,
            self._bulk_bar(),
            self._shown(counts),
            self._panel(),
        ]
        return headed(self, whole)

    def _load(self) -> bool:
        known = self._known
        frames = (known.differences, known.clients, known.choices)
        if self._preset is not None and known.theirs is not None:
            self.filters, self._preset = replace(self.filters, whose=self._preset), None
        if frames[0] is not self._loaded[0] or frames[1] is not self._loaded[1]:
            self.model.load(frames[0], frames[1])
            self._stale_list = True
        if self._loaded[2] is None:
            self.model.choices.recall(known.desk.past_acts())
        if any(new is not old for new, old in zip(frames, self._loaded, strict=True)):
            self.model.choices.load(frames[2])
        self._loaded = frames
        if self._stale_list:
            self._listed = self.model.passing(self.filters, self._theirs())
            if self._by != "clients":  # whoever looks by clients sees no pattern until the list is made anew
                self._patterns.gather(self.model.at(self._listed))
            self._pages = _paged(self._listed, self.model.links_at(self._listed))
            self._page = min(self._page, max(0, len(self._pages) - 1))
            self._stale_list = False
        return len(self.model) > 0

    def _theirs(self) -> frozenset[str] | None:
        """Give the links that are looked at: those of whoever looks, or everybody's (None)."""
        return self._known.theirs if self.filters.whose == MINE else None

    def filters_now(self) -> dict[str, str]:
        """Give the filters that say something, and how is looked."""
        told = {name: value for name, value in asdict(self.filters).items() if value and name != "marks"}
        return {**told, **as_texts(self.filters.marks), "by": self._by}

    def filter_by(self, saved: Mapping[str, str]) -> None:
        """Filter as it was saved; a filter that is not there any more is passed over."""
        known = {field.name for field in fields(Filters)} - {"marks"}
        told = {name: value for name, value in saved.items() if name in known}
        self.filters = Filters(**told, marks=from_texts(saved))
        self._by = saved.get("by", self._by)
        self._list_anew()

    def _progress(self, counts: dict[str, int]) -> Node:
        words = f"{counts['decided']:,} of {counts['all']:,} decided"
        narrowed = self.filters != Filters(whose=self.filters.whose)
        if acts := self._acts_left(counts["open"], narrowed):
            words += f"; {duration(self._pace.left_s(acts))}{' for what is shown' if narrowed else ''}"
        share = counts["decided"] / counts["all"] if counts["all"] else 1.0
        return h("div", bar(share, words), h("span", words), class_="decided")

    def _lost(self) -> Node | None:
        """Say above all where what was agreed before is lost: a screen without suggestions looks calm."""
        if not (count := self.model.lost()):
            return None
        told = amount(count, "open difference")
        words = f"What was agreed is lost, or is of other links, for {told}: nothing is suggested there."
        return h("p", "⚠ ", words, class_="notice", role="note")

    def _acts_left(self, waiting: int, narrowed: bool) -> int:
        """Count the acts that what is shown still takes: by client one for each difference."""
        if self._by == "rules":
            return 0
        if self._by == "clients":
            return self.model.count_waiting(self._listed) if narrowed else waiting
        return self._patterns.left() if waiting else 0

    def _filter_bar(self) -> Node:
        f, model = self.filters, self.model
        fields = {"": "All fields"} | {v: label_of(v) for v in model.values_of("field")}
        kinds = {"": "All kinds"} | {v: KIND_WORDS.get(v, v).capitalize() for v in model.values_of("kind")}
        return h(
            "div",
            chooser("Whose", "filter", f.whose, _WHOSE, what="whose")
            if self._known.theirs is not None
            else None,
            searcher("Search", "filter", f.text, "A client or a value", what="text"),
            chooser("Show", "filter", f.show, {s: s.capitalize() for s in SHOWS}, what="show"),
            chooser("Field", "filter", f.field, fields, what="field"),
            chooser("Kind", "filter", f.kind, kinds, what="kind"),
            mark_filters(model.marks(), f.marks, self._more_filters),
            self.saved_bar(),
            class_="filters",
            part="filters",
        )

    def _bulk_bar(self) -> Node:
        segments = [
            h(
                "button",
                by.capitalize(),
                type="button",
                class_="button choice",
                aria_pressed="true" if by == self._by else "false",
                on={"click": Act("look_by", {"by": by})},
            )
            for by in ("patterns", "clients", "rules")
        ]
        asked = self.model.asked()
        return h(
            "div",
            h("div", segments, class_="choices", role="group", aria_label="Look by"),
            bulk_buttons() if self._by == "clients" else [],
            button(f"Questions for clients ({asked:,})", "questions", look="quiet") if asked else None,
            stepper("Undo", "undo", self.model.choices.can_undo),
            stepper("Redo", "redo", self.model.choices.can_redo),
            self.cover_box(),
            class_="tools",
            part="tools",
        )

    def _shown(self, counts: dict[str, int]) -> Node | list[Node | None]:
        if self._by == "patterns" and self._patterns.nothing_waits:
            return self._nothing(counts)
        part = self._parts.get(self._by)
        return part.view(self._show_hidden) if part else self._clients(counts)

    def _nothing(self, counts: dict[str, int]) -> Node:
        if self.filters != Filters(whose=self.filters.whose):
            return nothing_fits()
        if counts["all"]:
            return empty("All decided", "Every difference has a choice. Go to Plan and push.")
        return empty("Nothing differs", "Both systems agree on these clients, as of the last pull.")

    def _clients(self, counts: dict[str, int]) -> list[Node | None]:
        return [
            h("p", f"✓ {self._done}", class_="ended") if self._done else None,
            *(offered(self._bulk, self.model, self._show_hidden) if self._bulk else []),
            paged(
                self._page_view(counts),
                self._page,
                len(self._pages),
                "turn",
                of="differences",
                count=f"{tally(len(self._listed))} shown in all",
                ahead=True,
            ),
        ]

    def _page_view(self, counts: dict[str, int]) -> Node:
        if not self._pages:
            return self._nothing(counts)
        return h("div", grid(self._groups(self._page), self._show_hidden, self._opened), class_="wide")

    def ahead(self) -> list[Asked]:
        """Give the turns to the next few pages, and to the one before."""
        if self._by != "clients" or not self._load():
            return []
        near = (self._page + step for step in _LIKELY_TURNS)
        return [Asked("turn", {"page": page}) for page in near if 0 <= page < len(self._pages)]

    def after(self, asked: Asked) -> Node:
        """Show another page without turning to it."""
        here, self._page = self._page, asked.args["page"]
        try:
            return self.view()
        finally:
            self._page = here

    def _groups(self, page: int) -> list[tuple[Party, list[Row]]]:
        groups: dict[str, list[Row]] = {}
        for key in self.model.at(self._pages[page]):
            groups.setdefault(key[0], []).append(self.model.row(key))
        return [(self.model.party(link), rows) for link, rows in groups.items()]

    def _panel(self) -> Node | None:
        rows = self.model.rows_of(self._client) if self._client is not None else []
        if self._client is None or not rows:
            return None
        known, hidden = self._known, self._show_hidden
        told = known.timeline(self._client, self._past) if self._past else []
        past = past_of(rows, self._past, told, known.moment, hidden)
        refreshed = known.moment(known.compared_at.get(self._client))
        party = self.model.party(self._client)
        return panel(party, rows, refreshed, hidden, self._opened, past, self._why)

    def said(self) -> str:
        """Say what the last act on many, or undo, did."""
        said, self._said = self._said, ""
        return said or self._patterns.said() or self._rulebook.said()

    def handed(self) -> Handed | None:
        """Give the spreadsheet of questions, once."""
        handed, self._handed = self._handed, None
        return handed

    # --- what is done --------------------------------------------------------------------------------

    def do_filter(self, asked: Asked) -> None:
        """Change one filter; the list is made anew."""
        changed: dict[str, Any] = {asked.args["what"]: asked.value}
        self.filters = replace(self.filters, **changed)
        self._list_anew()

    def _list_anew(self) -> None:
        self._page, self._stale_list, self._bulk, self._done = 0, True, None, ""

    def do_mark(self, asked: Asked) -> None:
        """Keep the clients that have one more mark in common, or let go of that."""
        marks = with_mark(self.filters.marks, asked.args["mark"], asked.value)
        self.filters = replace(self.filters, marks=marks)
        self._list_anew()

    def do_unfilter(self, _asked: Asked) -> None:
        """Show everything of whoever's clients are looked at."""
        self.filters = Filters(whose=self.filters.whose)
        self._list_anew()

    def do_more_filters(self, _asked: Asked) -> None:
        """Show the filters that are seldom wanted, or put them away."""
        self._more_filters = not self._more_filters

    def do_look_by(self, asked: Asked) -> None:
        """Look by patterns, clients or rules; what was decided meanwhile leaves the list."""
        self._by, self._stale_list, self._bulk, self._done = asked.args["by"], True, None, ""

    def do_turn(self, asked: Asked) -> None:
        """Turn the page; rows that were just decided stay where they are until the filters change."""
        self._page = min(max(int(asked.args["page"]), 0), max(0, len(self._pages) - 1))

    def do_tick(self, asked: Asked) -> None:
        """Tick or untick one box of the row that was seen."""
        key = _key(asked)
        if not asked.checked and self.model.row(key).asking:
            self.model.dismiss(key)
            return
        self.model.set(key, asked.args["direction"] if asked.checked else None, asked.args["seen"])
        if (row := self.model.row(key)).asking:
            self._said = f"Not ticked yet: {asked_again(row)} Say yes or no in the same row."

    def do_leave(self, asked: Asked) -> None:
        """Leave both values as they are."""
        self.model.set(_key(asked), "leave", asked.args["seen"])

    def do_ask(self, asked: Asked) -> None:
        """Have the client asked which value is right."""
        self.model.set(_key(asked), "ask", asked.args["seen"])

    def do_note(self, asked: Asked) -> None:
        """Keep why a difference was decided as it was."""
        self.model.annotate(_key(asked), asked.value.strip(), asked.args["seen"])

    def do_questions(self, _asked: Asked) -> None:
        """Hand out what clients are to be asked, ready for a mail merge."""
        self._handed = Handed("questions for clients.xlsx", self._known.desk.questions_file())
        self._said = "The questions are downloaded."

    def do_take_back(self, asked: Asked) -> None:
        """Take a choice back."""
        self.model.set(_key(asked), None, asked.args["seen"])

    def do_erase(self, asked: Asked) -> None:
        """Say a second time that a blank may erase a value."""
        self.model.set(_key(asked), asked.args["direction"], asked.args["seen"], second=True)

    def do_keep(self, asked: Asked) -> None:
        """Let the value stand after all."""
        self.model.dismiss(_key(asked))

    def do_uncover(self, asked: Asked) -> None:
        """Show one hidden field."""
        self._opened |= {_key(asked)}

    def do_show_values(self, _asked: Asked) -> None:
        """Show all hidden fields, because a decision on them waits."""
        self._show_hidden = True

    def do_ask_bulk(self, asked: Asked) -> None:
        """Say what a bulk act over everything that the filters show would do."""
        direction, self._done = asked.args["direction"], ""
        self._bulk = offer(self.model, self.model.at(self._listed), direction)
        self._said = bulk_words(direction, self._bulk.bulk)

    def do_bulk(self, _asked: Asked) -> None:
        """Make the choices that were just asked about."""
        if self._bulk is not None:
            count = self.model.accept(self._bulk.bulk, looked_at=self._bulk.looked_at)
            self._said = self._done = f"{tally(count)} {_BULK_DONE.get(self._bulk.direction, 'ticked')}."
            self._bulk = None

    def do_no_bulk(self, _asked: Asked) -> None:
        """Make none of them."""
        self._bulk = None

    def do_undo(self, _asked: Asked) -> None:
        """Take the last act back."""
        self._said = self._done = _replayed(self.model.choices.undo(), "taken back")
        self._patterns.tell(self._said)

    def do_redo(self, _asked: Asked) -> None:
        """Do it again."""
        self._said = self._done = _replayed(self.model.choices.redo(), "decided again")
        self._patterns.tell(self._said)

    def do_open_client(self, asked: Asked) -> None:
        """Open one client's panel."""
        self._client, self._past, self._why = asked.args["link_id"], "", None

    def do_close_client(self, _asked: Asked) -> None:
        """Close it."""
        self._client = None

    def do_past(self, asked: Asked) -> None:
        """Choose the field whose history is told."""
        self._past = asked.value

    def do_why(self, asked: Asked) -> None:
        """Say what speaks for the two being one client."""
        party = self.model.party(asked.args["link_id"])
        self._why = self._known.desk.why_not(party.connectworks_id, party.xpm_id)
        self._said = self._why.sentence

    def do_refresh(self, asked: Asked) -> None:
        """Ask for a fresh look at one client on both sides."""
        self._known.desk.ask_refresh(asked.args["link_id"])
        self._said = "Refresh asked for."


def _key(asked: Asked) -> Key:
    return asked.args["link_id"], asked.args["field"]


def _replayed(count: int, what: str) -> str:
    if not count:
        return "All of that was decided anew since, and stays so."
    return f"{tally(count)} {what}."


def _paged(places: np.ndarray, links: np.ndarray) -> list[np.ndarray]:
    """Cut differences into pages of about `ROWS_SHOWN` rows without parting a client."""
    ends = [*(np.flatnonzero(np.diff(links)) + 1).tolist(), len(links)]  # where each client's end
    pages: list[np.ndarray] = []
    start = 0
    while start < len(places):
        end = ends[min(bisect_left(ends, start + ROWS_SHOWN), len(ends) - 1)]
        pages.append(places[start:end])
        start = end
    return pages
