"""The report of a scheduled run: one page that holds everything it needs, to be read, printed and kept.

No script, no font and no picture is loaded from anywhere; every value of a client is text.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import pandas as pd

from workbench.domain.fields import BY_NAME, SIDE_LABELS, label_of
from workbench.review.charts import Chart, moved_chart
from workbench.review.known import rows_of
from workbench.review.tree import Child, Node, h, markup
from workbench.review.values import hidden, readable
from workbench.review.words import amount

LONGEST: Final = 20
"""So many lines of a table are printed; the rest stands in the run's tables."""
_STYLE: Final = Path(__file__).parent / "static" / "report.css"
_WHAT: Final = {
    "changed": "changed",
    "respelled": "written otherwise",
    "pushed": "written by Workbench",
    "new": "new client",
    "gone": "not there any more",
}


@dataclass(frozen=True, slots=True)
class Headline:
    """One of the report's large numbers.

    Parameters
    ----------
    count : int
        The number.
    words : str
        What it counts.
    since : int, optional
        By how much it changed since last time, where that is known.
    """

    count: int
    words: str
    since: int | None = None


@dataclass(frozen=True)
class Told:
    """Everything that the report says.

    Parameters
    ----------
    firm, about, at, by, since : str
        The firm; whose clients; when, under whose account, and since when moves are told, in words.
    summary : str
        How the run ended, in a sentence.
    headlines : sequence of Headline
        The large numbers.
    charts : mapping
        Heading to chart.
    moved : pandas.DataFrame
        As `workbench.reconcile.drift.drift` gives it.
    waits : pandas.DataFrame
        As `workbench.reconcile.waiting.waiting` gives it.
    cautions : sequence of str
        Brakes that are set, incomplete pulls, writes that did not end well.
    checks : mapping
        What stands out in the data, with how many records.
    bulk : sequence of str
        What was accepted at once, what was looked at before, and what follows from it.
    pushes : sequence of str
        What was written since last time, a sentence each.
    head : str
        The ledger's head and whether the chain verifies, in words.
    evidence : mapping
        What went in: names to hashes and versions.
    """

    firm: str
    about: str
    at: str
    by: str
    since: str
    summary: str
    headlines: Sequence[Headline]
    charts: Mapping[str, Chart]
    moved: pd.DataFrame
    waits: pd.DataFrame
    head: str
    cautions: Sequence[str] = ()
    checks: Mapping[str, int] = field(default_factory=dict)
    bulk: Sequence[str] = ()
    pushes: Sequence[str] = ()
    evidence: Mapping[str, str] = field(default_factory=dict)


def page(told: Told) -> str:
    """Write the report as one self-contained HTML page."""
    title = f"{told.firm}: reconciliation report, {told.at}"
    body = [
        _top(told),
        _section("Brakes and warnings", _list(told.cautions, "cautions")) if told.cautions else "",
        _section("What waits for whom", _waits(told.waits)),
        _section(f"What moved since {told.since}", *_moved(told)),
        *(_section(heading, chart) for heading, chart in told.charts.items()),
        _section("Written since then", _list(told.pushes)) if told.pushes else "",
        _section("Accepted in bulk", _list(told.bulk)) if told.bulk else "",
        _section("What stands out in the data", _checks(told.checks)) if told.checks else "",
        _section("For the record", h("p", told.head), _evidence(told.evidence)),
    ]
    policy = "default-src 'none'; style-src 'unsafe-inline'; img-src data:"
    return (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{policy}">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{markup(title)}</title>\n<style>\n{_STYLE.read_text(encoding='utf-8')}</style>\n"
        f"</head>\n<body>\n<main>\n{chr(10).join(filter(None, body))}\n</main>\n</body>\n</html>\n"
    )


def _section(heading: str, *content: Node | Chart | None) -> str:
    name = "-".join(heading.lower().split())[:40]
    drawn = (_drawn(heading, each) if isinstance(each, Chart) else markup(each) for each in content if each)
    top = markup(h("h2", heading, id=name))
    return f'<section aria-labelledby="{markup(name)}">{top}{"".join(drawn)}</section>'


def _drawn(heading: str, chart: Chart) -> str:
    """Let a drawing be moved sideways where the window is too narrow to read it."""
    name = markup(f"{heading}: the chart")
    return f'<div class="wide" role="region" aria-label="{name}" tabindex="0">{chart.svg}</div>'


def _top(told: Told) -> str:
    figures = [
        h(
            "li",
            h("strong", f"{each.count:,}"),
            h("span", each.words),
            h("em", _change(each.since)) if each.since is not None else None,
        )
        for each in told.headlines
    ]
    return markup(
        h(
            "header",
            h("p", told.firm, class_="firm"),
            h("h1", "Connectworks and XPM: how they agree"),
            h("p", f"{told.at} · {told.about} · run by {told.by}", class_="quiet"),
            h("p", told.summary, class_="summary"),
            h("ul", figures, class_="figures"),
        )
    )


def _change(since: int) -> str:
    return "as last time" if since == 0 else f"{'+' if since > 0 else '−'}{abs(since):,} since last time"


def _waits(waits: pd.DataFrame) -> Node:
    if waits.empty:
        return h("p", "Nothing waits for anybody.")
    head = ("Partner", "Differences to decide", "Links to judge", "Decided, not sent yet", "Clients to ask")
    counts = [str(column) for column in waits.columns[1:]]
    rows = [[row["person"] or "No partner named", *(f"{row[c]:,}" for c in counts)] for row in rows_of(waits)]
    total = ["Together", *(f"{int(waits[c].sum()):,}" for c in counts)]
    return _table("What waits, by partner", head, rows, look="numbers", foot=total)


def _moved(told: Told) -> list[Node | Chart | None]:
    if told.moved.empty:
        return [h("p", "No value and no client moved in either system.")]
    whole = told.moved[told.moved["what"] != "respelled"]
    respelled = len(told.moved) - len(whole)
    head = ("Client", "Where", "Field", "Before", "After", "What")
    rows = [
        [
            row["name"] or "(no name)",
            SIDE_LABELS[row["side"]],
            label_of(row["field"]) if row["field"] else "",
            _value(row, "before"),
            _value(row, "after"),
            _WHAT.get(row["what"], row["what"]),
        ]
        for row in rows_of(whole.head(LONGEST))
    ]
    more = len(whole) - len(rows)
    notes = [f"{more:,} more stand in tables/moved.csv." if more else ""]
    notes += [f"{amount(respelled, 'value')} moved in spelling only." if respelled else ""]
    values = whole[whole["what"] == "changed"]  # as many as the headline says; what we wrote is told below
    return [
        None if values.empty else moved_chart(values),
        _table("Clients and values that moved", head, rows, look="values") if rows else None,
        h("p", " ".join(filter(None, notes)), class_="quiet") if any(notes) else None,
    ]


def _value(row: Mapping[str, Any], which: str) -> str:
    """Give a value for print: what screens hide is hidden here too, and there is no way to show it."""
    name = row["field"]
    if not name:
        return ""
    covered = name in BY_NAME and BY_NAME[name].masked
    return hidden(name, row[which]) if covered else readable(name, row[which])


def _checks(checks: Mapping[str, int]) -> Node:
    rows = [[words, f"{count:,}"] for words, count in checks.items()]
    return _table("What stands out in the data", ("What", "Records"), rows, look="numbers")


def _evidence(evidence: Mapping[str, str]) -> Node:
    return h("dl", [h("div", h("dt", name), h("dd", value)) for name, value in evidence.items()])


def _list(sentences: Sequence[str], look: str = "") -> Node:
    return h("ul", [h("li", sentence) for sentence in sentences], class_=look or None)


def _table(
    caption: str,
    head: Sequence[str],
    rows: Sequence[Sequence[str]],
    *,
    look: str,
    foot: Sequence[str] = (),
) -> Node:
    """Make a table whose first column names its rows."""

    def line(cells: Sequence[Child]) -> Node:
        return h("tr", h("th", cells[0], scope="row"), [h("td", cell) for cell in cells[1:]])

    made = h(
        "table",
        h("caption", caption),
        h("thead", h("tr", [h("th", words, scope="col") for words in head])),
        h("tbody", [line(row) for row in rows]),
        h("tfoot", line(foot)) if foot else None,
        class_=look,
    )
    return h("div", made, class_="wide", role="region", aria_label=caption, tabindex="0")
