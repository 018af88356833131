"""History: who did what, when, and how it ended, as a list and by day; and every push, with the way back."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any, Final

from workbench.domain.fields import BY_NAME, COMPARED, SIDE_LABELS, SIDES, XPM, label_of
from workbench.domain.question import EVERYTHING, KINDS
from workbench.domain.taking_back import all_of_client, all_of_pattern
from workbench.review.days import days_view
from workbench.review.desk import Happened, RunTold
from workbench.review.known import Known, rows_of
from workbench.review.outcomes import GOOD, outcome_badges, sizes
from workbench.review.page import Asked, Handed
from workbench.review.pieces import (
    ROWS_A_PAGE,
    Covering,
    badge,
    button,
    chooser,
    empty,
    headed,
    nothing_fits,
    page_of,
    paged,
    pager,
    searcher,
    table,
)
from workbench.review.tree import Act, Node, h
from workbench.review.values import shown
from workbench.review.words import OUTCOME_WORDS, amount

RUNS_A_PAGE: Final = 5
_ANY_FIELD: Final = {"": "Any field"} | {name: label_of(name) for name in (*COMPARED, "linked_id")}
_FILES: Final = {"CSV": ".csv", "Excel": ".xlsx", "Parquet": ".parquet"}
_HEAD: Final = ("When and who", "What", "Client", "Field", "Before", "After", "Outcome")


class History(Covering):
    """The list of pushes, and the list of everything that happened.

    Parameters
    ----------
    known : Known
        What the desk told.
    take_back : callable
        Called with a run's id, a client or a pattern to show the plan that takes it back.
    """

    name = "history"
    title = "History"
    wants = "Look up who changed what, and take a push back if it was wrong."

    def __init__(self, known: Known, take_back: Callable[[str], None]) -> None:
        self._known = known
        self._take_back = take_back
        self._question = EVERYTHING
        self._client = ""
        self._by_day = False
        self._page = 0
        self._runs_page = 0
        self._acts_page = 0
        self._handed: Handed | None = None

    # --- what is shown -------------------------------------------------------------------------------

    def view(self) -> Node:
        """Show the pushes, and the page of what passes the filters."""
        found = self._found()
        if not found.total and not self._narrowed():
            return headed(self, empty("Nothing has happened yet", "Every act will be kept here."))
        shown = self._days() if self._by_day else self._list(found)
        return headed(
            self,
            self._pushes(),
            self._acts(),
            h("h3", "Everything that happened"),
            self._filters(found),
            self._only(),
            h(
                "div",
                h("p", amount(found.total, "entry", "entries"), class_="muted", role="status"),
                self._views(),
                self._files(found),
                class_="tools",
            ),
            shown if found.total else nothing_fits(),
        )

    def _list(self, found: Happened) -> Node:
        pages = max(1, -(-found.total // ROWS_A_PAGE))
        lines = [self._line(row) for row in rows_of(found.rows)]
        happened = h("div", table(_HEAD, lines, "What happened, latest first"), class_="stacking")
        return paged(happened, self._page, pages, "turn", of="what happened")

    def _days(self) -> Node:
        drawn, self._page = days_view(self._known.days(self._question), self._page, self._known.called)
        return h("div", drawn, class_="days")

    def _views(self) -> Node:
        """Make the choice between the list and the days."""
        two = (("list", "List", not self._by_day), ("days", "By day", self._by_day))
        choices = [
            h(
                "button",
                words,
                type="button",
                class_="button small" + ("" if on else " quiet"),
                aria_pressed="true" if on else "false",
                on={"click": Act("see", {"as": name})},
                key=name,
            )
            for name, words, on in two
        ]
        return h("div", choices, role="group", aria_label="How it is shown", class_="tools")

    def _files(self, found: Happened) -> Node | None:
        if not found.total:
            return None
        made = [
            button(words, "save", look="quiet small", name=f"{words}: save as a file", ending=ending)
            for words, ending in _FILES.items()
        ]
        return h("div", h("span", "Save as"), made, role="group", aria_label="Save as a file", class_="tools")

    def _narrowed(self) -> bool:
        return self._question != EVERYTHING

    def _found(self) -> Happened:
        def page() -> Happened:
            offset = self._page * ROWS_A_PAGE
            return self._known.look_back(self._question, offset, ROWS_A_PAGE)

        found = page()
        if not self._by_day and found.total and self._page * ROWS_A_PAGE >= found.total:
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

    def _when(self, at: str, by: str | None) -> Node:
        who = h("div", self._known.called(by), class_="muted")
        return h("td", self._known.moment(at), who, class_="when")

    def _run_line(self, run: RunTold) -> Node:
        when = self._known.moment(run.at)
        back = h("div", "takes an earlier push back", class_="muted") if run.undoes else None
        undo = button("Undo…", "undo_run", look="small", name=f"Undo the push of {when}", run_id=run.run_id)
        read = button(
            "Read", "read_run", look="quiet small", name=f"Read the push of {when}", run_id=run.run_id
        )
        return h(
            "tr",
            self._when(run.at, run.by),
            h("td", sizes(run.writes, run.values), back),
            h("td", outcome_badges(run)),
            h("td", read, undo if run.counts.get("done") else None, class_="acts-inline"),
            key=run.run_id,
        )

    def _acts(self) -> Node | None:
        """Show what was decided at once and written, each with its way back."""
        acts = self._known.bulk_acts
        if not acts:
            return None
        shown, self._acts_page, pages = page_of(acts, self._acts_page, RUNS_A_PAGE)
        head = ("When and who", "What", "Size", "")
        return h(
            "div",
            h("h3", f"Decided at once ({len(acts):,})"),
            table(head, [self._act_line(act) for act in shown], "Decided at once, latest first"),
            pager(self._acts_page, pages, "turn_acts"),
            class_="pushes",
        )

    def _act_line(self, act: dict[str, Any]) -> Node:
        when = self._known.moment(act["at"])
        fields = ", ".join(map(label_of, act["fields"].split(", ")))
        to = " and ".join(SIDE_LABELS[side] for side in SIDES if f"to_{side}" in act["direction"])
        size = f"{amount(int(act['differences']), 'difference')}, {int(act['written']):,} written"
        undo = button(
            "Undo…", "undo_pattern", look="small", name=f"Undo what was decided at {when}", of=act["pattern"]
        )
        return h(
            "tr",
            self._when(act["at"], act["by"]),
            h("td", f"{fields} to {to}" if to else fields),
            h("td", size),
            h("td", undo, class_="acts-inline"),
            key=act["pattern"],
        )

    def _filters(self, found: Happened) -> Node:
        people = {"": "Everybody"} | {key: self._known.called(key) for key in found.people}
        return h(
            "div",
            searcher("Search", "search", self._question.text, "A client or a field"),
            chooser("Who", "choose", self._question.by, people, part="by"),
            chooser("Field", "choose", self._question.field, _ANY_FIELD, part="field"),
            chooser("What", "choose", self._question.kind, {"": "Everything"} | KINDS, part="kind"),
            self.cover_box(),
            class_="filters",
        )

    def _only(self) -> Node | None:
        """Say to which push or client the list is narrowed, with the way back."""
        run = next((r for r in self._known.runs if r.run_id == self._question.run_id), None)
        told = [f"the push of {self._known.moment(run.at)} by {self._known.called(run.by)}"] if run else []
        told += [f"{self._client} in both systems"] if self._question.client else []
        if not told:
            return None
        words = h("p", f"Only {' and '.join(told)}.")
        undo = (
            button("Undo what was written…", "undo_client", look="quiet", client=self._question.client)
            if self._question.client
            else None
        )
        return h("div", words, button("Show everything", "widen", look="quiet"), undo, class_="question")

    def _line(self, row: dict[str, Any]) -> Node:
        return h(
            "tr",
            self._when(row["at"], row["by"]),
            h("td", row["what"] or ""),
            h("td", self._client_cell(row)),
            h("td", label_of(row["field"]) if row["field"] else ""),
            h("td", h("span", self._text_of(row, "before"), class_="value"), data_label="Before"),
            h("td", h("span", self._text_of(row, "after"), class_="value"), data_label="After"),
            h("td", _outcome(row["outcome"])),
        )

    def _client_cell(self, row: dict[str, Any]) -> Node | str:
        """Name the client; one who is linked can be looked at alone."""
        if not row["client"] or not row.get("link_id") or self._question.client:
            return row["client"] or ""
        name = f"Only {row['client']}"
        return button(
            row["client"], "only", look="plain", name=name, client=row["link_id"], called=row["client"]
        )

    def handed(self) -> Handed | None:
        """Give the file that was asked for, once."""
        handed, self._handed = self._handed, None
        return handed

    def _text_of(self, row: dict[str, Any], which: str) -> str:
        field, value = row["field"], row[which]
        if field == "linked_id":
            return self._known.name(XPM, value) if value else "not linked"
        if field not in BY_NAME or (value is None and row["before"] is None and row["after"] is None):
            return value or ""
        return shown(field, value, self._show_hidden)

    # --- what is done --------------------------------------------------------------------------------

    def do_search(self, asked: Asked) -> None:
        """Keep what is named so."""
        self._ask(text=asked.value)

    def do_choose(self, asked: Asked) -> None:
        """Keep one person's acts, one field, or one kind of what happened."""
        self._ask(**{asked.args["part"]: asked.value})

    def _ask(self, **parts: str) -> None:
        self._question, self._page = replace(self._question, **parts), 0

    def do_unfilter(self, _asked: Asked) -> None:
        """Show everything that happened."""
        self._question, self._client, self._page = EVERYTHING, "", 0

    def do_see(self, asked: Asked) -> None:
        """Show the list, or the days."""
        self._by_day, self._page = asked.args["as"] == "days", 0

    def do_save(self, asked: Asked) -> None:
        """Hand over all that fits as a file; what is hidden on the screen is hidden there."""
        ending = asked.args["ending"]
        made = self._known.desk.history_file(self._question, ending, show_hidden=self._show_hidden)
        self._handed = Handed(f"history{ending}", made)

    def do_only(self, asked: Asked) -> None:
        """Keep what is about one linked client."""
        self._client = asked.args["called"]
        self._ask(client=asked.args["client"])

    def do_turn(self, asked: Asked) -> None:
        """Turn the page."""
        self._page = max(0, int(asked.args["page"]))

    def do_turn_runs(self, asked: Asked) -> None:
        """Turn the page of the pushes."""
        self._runs_page = int(asked.args["page"])

    def do_turn_acts(self, asked: Asked) -> None:
        """Turn the page of what was decided at once."""
        self._acts_page = int(asked.args["page"])

    def do_read_run(self, asked: Asked) -> None:
        """Keep what one push did."""
        self._ask(run_id=asked.args["run_id"])

    def do_turn_days(self, asked: Asked) -> None:
        """Turn the page of the days."""
        self._page = int(asked.args["page"])

    def do_widen(self, _asked: Asked) -> None:
        """Show all pushes and clients again."""
        self._ask(run_id="", client="")

    def do_undo_run(self, asked: Asked) -> None:
        """Show the plan that takes a push back."""
        self._take_back(asked.args["run_id"])

    def do_undo_client(self, asked: Asked) -> None:
        """Show the plan that takes back all that was written of a client."""
        self._take_back(all_of_client(asked.args["client"]))

    def do_undo_pattern(self, asked: Asked) -> None:
        """Show the plan that takes back what one act decided."""
        self._take_back(all_of_pattern(asked.args["of"]))


def _outcome(outcome: str | None) -> Node | None:
    if outcome is None:
        return None
    return badge(OUTCOME_WORDS.get(outcome, outcome), "good" if outcome in GOOD else "warn")
