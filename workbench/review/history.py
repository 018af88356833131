"""History: who did what, when, and how it ended; and every push, with the way back."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from workbench.domain.fields import BY_NAME, XPM, label_of
from workbench.review.desk import Happened, RunTold
from workbench.review.known import Known, rows_of
from workbench.review.outcomes import GOOD, outcome_badges, sizes
from workbench.review.page import Asked
from workbench.review.pieces import (
    ROWS_A_PAGE,
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
from workbench.review.words import OUTCOME_WORDS, amount

RUNS_A_PAGE: Final = 5
_HEAD: Final = ("When and who", "What", "Client", "Field", "Before", "After", "Outcome")


class History(Screen):
    """The list of pushes, and the list of everything that happened.

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
        self._run = ""
        self._page = 0
        self._runs_page = 0
        self._show_hidden = False

    # --- what is shown -------------------------------------------------------------------------------

    def view(self) -> Node:
        """Show the pushes, and the page of what passes the filters."""
        found = self._found()
        if not found.total and not self._narrowed():
            return headed(self, empty("Nothing has happened yet", "Every act will be kept here."))
        pages = max(1, -(-found.total // ROWS_A_PAGE))
        lines = [self._line(row) for row in rows_of(found.rows)]
        listed = table(_HEAD, lines, "What happened, latest first")
        return headed(
            self,
            self._pushes(),
            h("h3", "Everything that happened"),
            self._filters(found),
            self._of_run(),
            h("p", amount(found.total, "entry", "entries"), class_="muted", role="status"),
            h("div", listed, class_="stacking") if lines else empty("Nothing fits", "Search for less."),
            pager(self._page, pages, "turn"),
        )

    def _narrowed(self) -> bool:
        return bool(self._text.strip() or self._by or self._run)

    def _found(self) -> Happened:
        def page() -> Happened:
            offset = self._page * ROWS_A_PAGE
            return self._known.look_back(self._text, self._by, self._run, offset, ROWS_A_PAGE)

        found = page()
        if found.total and self._page * ROWS_A_PAGE >= found.total:
            self._page = (found.total - 1) // ROWS_A_PAGE
            return page()
        return found

    def _pushes(self) -> Node | None:
        runs = self._known.runs
        if not runs:
            return None
        shown, self._runs_page, pages = page_of(runs, self._runs_page, RUNS_A_PAGE)
        head = ("When and who", "Size", "Outcome", "")
        return h(
            "div",
            h("h3", f"Pushes ({len(runs):,})"),
            table(head, [self._run_line(run) for run in shown], "Pushes, latest first"),
            pager(self._runs_page, pages, "turn_runs"),
            class_="pushes",
        )

    def _run_line(self, run: RunTold) -> Node:
        when = self._known.moment(run.at)
        back = h("div", "takes an earlier push back", class_="muted") if run.undoes else None
        undo = button("Undo…", "undo_run", look="small", name=f"Undo the push of {when}", run_id=run.run_id)
        read = button(
            "Read", "read_run", look="quiet small", name=f"Read the push of {when}", run_id=run.run_id
        )
        return h(
            "tr",
            h("td", when, h("div", run.by, class_="muted"), class_="when"),
            h("td", sizes(run.writes, run.values), back),
            h("td", outcome_badges(run)),
            h("td", read, undo if run.counts.get("done") else None, class_="acts-inline"),
            key=run.run_id,
        )

    def _filters(self, found: Happened) -> Node:
        return h(
            "div",
            searcher("Search", "search", self._text, "A client or a field"),
            chooser("Who", "choose_by", self._by, {"": "Everybody"} | {p: p for p in found.people}),
            ticker("Show addresses and dates", "show_hidden", self._show_hidden),
            class_="filters",
        )

    def _of_run(self) -> Node | None:
        run = next((r for r in self._known.runs if r.run_id == self._run), None)
        if run is None:
            return None
        words = h("p", f"Only the push of {self._known.moment(run.at)} by {run.by}.")
        return h("div", words, button("Show everything", "all_runs", look="quiet"), class_="question")

    def _line(self, row: dict[str, Any]) -> Node:
        return h(
            "tr",
            h("td", self._known.moment(row["at"]), h("div", row["by"] or "", class_="muted"), class_="when"),
            h("td", row["what"] or ""),
            h("td", row["client"] or ""),
            h("td", label_of(row["field"]) if row["field"] else ""),
            h("td", h("span", self._text_of(row, "before"), class_="value"), data_label="Before"),
            h("td", h("span", self._text_of(row, "after"), class_="value"), data_label="After"),
            h("td", _outcome(row["outcome"])),
        )

    def _text_of(self, row: dict[str, Any], which: str) -> str:
        field, value = row["field"], row[which]
        if field == "linked_id":
            return self._known.name(XPM, value) if value else "not linked"
        if field not in BY_NAME or (value is None and row["before"] is None and row["after"] is None):
            return value or ""
        covered = BY_NAME[field].masked and not self._show_hidden
        return hidden(field, value) if covered else readable(field, value)

    # --- what is done --------------------------------------------------------------------------------

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
        self._page = max(0, int(asked.args["page"]))

    def do_turn_runs(self, asked: Asked) -> None:
        """Turn the page of the pushes."""
        self._runs_page = int(asked.args["page"])

    def do_read_run(self, asked: Asked) -> None:
        """Keep what one push did."""
        self._run, self._page = asked.args["run_id"], 0

    def do_all_runs(self, _asked: Asked) -> None:
        """Show everything again."""
        self._run, self._page = "", 0

    def do_undo_run(self, asked: Asked) -> None:
        """Show the plan that takes a push back."""
        self._take_back(asked.args["run_id"])


def _outcome(outcome: str | None) -> Node | None:
    if outcome is None:
        return None
    return badge(OUTCOME_WORDS.get(outcome, outcome), "good" if outcome in GOOD else "warn")
