"""A push on the screen: while it runs, and how the last one ended."""

from __future__ import annotations

from typing import Any, Final

from workbench.domain.fields import SIDE_LABELS, label_of
from workbench.review.desk import RunTold, Work
from workbench.review.known import Known, rows_of
from workbench.review.outcomes import GOOD, outcome_badges, sizes
from workbench.review.pieces import empty, figure, page_of, pager, table
from workbench.review.tree import Node, h
from workbench.review.words import OUTCOME_WORDS, amount

PROBLEMS_A_PAGE: Final = 10


def running_card(known: Known, work: Work) -> Node:
    """Show a push that runs: how many writes ended how so far. Its bar and Stop stand above every screen."""
    run = next((run for run in known.runs if run.run_id == work.run_id), None)
    if run is None:
        return empty("A push is about to start", "It runs by itself; this page may be closed meanwhile.")
    ended = sum(run.counts.values())
    good = sum(run.counts.get(outcome, 0) for outcome in GOOD)
    return h(
        "div",
        h("h3", f"This push: {sizes(run.writes, run.values)}"),
        h(
            "div",
            figure(f"{good:,}", "written so far"),
            figure(f"{ended - good:,}", "refused or left out", look="warn" if ended > good else ""),
            figure(f"{run.writes - ended:,}", "to go"),
            class_="figures",
        ),
        h("p", "It runs by itself; this page may be closed meanwhile.", class_="muted"),
        class_="card running",
    )


def last_run_card(known: Known, page: int) -> Node | None:
    """Show how the last push ended, and every write that it did not do with the service's own words."""
    if not known.runs:
        return None
    run = known.runs[0]
    problems = [row for row in rows_of(known.results(run.run_id)) if row["outcome"] not in GOOD]
    rows, page, pages = page_of(problems, page, PROBLEMS_A_PAGE)
    listed = table(
        ("Client", "Field", "In", "Why it was not written"),
        [_problem(known, row) for row in rows],
        "What the last push did not write",
    )
    return h(
        "div",
        h("h3", f"The last push: {known.moment(run.at)}"),
        h("p", f"{sizes(run.writes, run.values)} by {known.called(run.by)}{_of_what(run)}", class_="muted"),
        outcome_badges(run),
        h("p", f"{amount(len(problems), 'value')} not written:") if problems else None,
        listed if problems else None,
        pager(page, pages, "turn_problems"),
        class_="card last-run",
        key=f"run {run.run_id}",
    )


def _of_what(run: RunTold) -> str:
    back = ", taking an earlier push back" if run.undoes else ""
    return back + ("." if run.ended else "; it did not come to its end.")


def _problem(known: Known, row: dict[str, Any]) -> Node:
    return h(
        "tr",
        h("th", known.name(row["side"], row["client_id"]), scope="row"),
        h("td", "Link to XPM" if row["field"] == "linked_id" else label_of(row["field"])),
        h("td", SIDE_LABELS[row["side"]]),
        h(
            "td",
            h("strong", _sentence(OUTCOME_WORDS.get(row["outcome"], row["outcome"]))),
            h("div", row["reason"] or "", class_="muted"),
        ),
    )


def _sentence(words: str) -> str:
    return words[:1].upper() + words[1:]
