"""History: who did what, when, and how it ended."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from workbench.domain.fields import BY_NAME, XPM, label_of
from workbench.review.known import Known, rows_of
from workbench.review.page import Asked
from workbench.review.pieces import (
    Screen,
    badge,
    button,
    chooser,
    empty,
    headed,
    page_of,
    pager,
    searcher,
    table,
    ticker,
)
from workbench.review.tree import Node, h
from workbench.review.values import hidden, readable
from workbench.review.words import OUTCOME_WORDS

_GOOD: Final = ("done", "already")


class History(Screen):
    """The list of what happened.

    Parameters
    ----------
    known : Known
        What the desk told.
    take_back : callable
        Called with a run's id to show the plan that takes it back.
    """

    name = "history"
    title = "History"
    wants = "Look up who changed what, and take a push back if it was wrong."

    def __init__(self, known: Known, take_back: Callable[[str], None]) -> None:
        self._known = known
        self._take_back = take_back
        self._text = ""
        self._by = ""
        self._page = 0
        self._show_hidden = False

    def view(self) -> Node:
        """Show what passes the filters."""
        happened = rows_of(self._known.history)
        if not happened:
            return headed(self, empty("Nothing has happened yet", "Every act will be kept here."))
        shown = [row for row in happened if self._passes(row)]
        rows, self._page, pages = page_of(shown, self._page)
        firsts = _first_of_runs(shown)
        head = ("When and who", "What", "Client", "Field", "Before", "After", "Outcome")
        lines = [self._line(row, firsts) for row in rows]
        return headed(
            self,
            self._filters(happened),
            table(head, lines, "What happened, latest first"),
            pager(self._page, pages, "turn"),
        )

    def _filters(self, happened: list[dict[str, Any]]) -> Node:
        people = sorted({row["by"] for row in happened if row["by"]})
        return h(
            "div",
            searcher("Search", "search", self._text, "A client or a field"),
            chooser("Who", "choose_by", self._by, {"": "Everybody"} | {p: p for p in people}),
            ticker("Show addresses and dates", "show_hidden", self._show_hidden),
            class_="filters",
        )

    def _passes(self, row: dict[str, Any]) -> bool:
        told = f"{row['client'] or ''} {label_of(row['field'] or '')} {row['what'] or ''}".casefold()
        return self._by in ("", row["by"]) and self._text.casefold().strip() in told

    def _line(self, row: dict[str, Any], firsts: dict[str, int]) -> Node:
        run = row["run_id"]
        undo = None
        if run and firsts.get(run) == id(row):
            undo = button(
                "Undo this push…",
                "undo_run",
                look="quiet small",
                name=f"Undo the push of {self._known.moment(row['at'])}",
                run_id=run,
            )
        return h(
            "tr",
            h("td", self._known.moment(row["at"]), h("div", row["by"] or "", class_="muted"), class_="when"),
            h("td", row["what"] or ""),
            h("td", row["client"] or ""),
            h("td", label_of(row["field"]) if row["field"] else ""),
            h("td", h("span", self._text_of(row, "before"), class_="value")),
            h("td", h("span", self._text_of(row, "after"), class_="value")),
            h("td", _outcome(row["outcome"]), undo),
        )

    def _text_of(self, row: dict[str, Any], which: str) -> str:
        field, value = row["field"], row[which]
        if field == "linked_id":
            return self._known.name(XPM, value) if value else "not linked"
        if field not in BY_NAME or (value is None and row["before"] is None and row["after"] is None):
            return value or ""
        covered = BY_NAME[field].masked and not self._show_hidden
        return hidden(field, value) if covered else readable(field, value)

    def do_search(self, asked: Asked) -> None:
        """Keep what is named so."""
        self._text, self._page = asked.value, 0

    def do_choose_by(self, asked: Asked) -> None:
        """Keep one person's acts."""
        self._by, self._page = asked.value, 0

    def do_show_hidden(self, asked: Asked) -> None:
        """Show or hide hidden fields."""
        self._show_hidden = asked.checked

    def do_turn(self, asked: Asked) -> None:
        """Turn the page."""
        self._page = int(asked.args["page"])

    def do_undo_run(self, asked: Asked) -> None:
        """Show the plan that takes a push back."""
        self._take_back(asked.args["run_id"])


def _outcome(outcome: str | None) -> Node | None:
    if outcome is None:
        return None
    return badge(OUTCOME_WORDS.get(outcome, outcome), "good" if outcome in _GOOD else "warn")


def _first_of_runs(rows: list[dict[str, Any]]) -> dict[str, int]:
    """Give for each run the row on which its Undo stands: the one that stands highest."""
    firsts: dict[str, int] = {}
    for row in rows:
        if row["run_id"]:
            firsts.setdefault(row["run_id"], id(row))
    return firsts
