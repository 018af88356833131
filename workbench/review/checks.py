"""Check data: what stands out in the two systems themselves, before anything is linked."""

from __future__ import annotations

from typing import Any

from workbench.domain.fields import SIDE_LABELS
from workbench.review.known import Known, rows_of
from workbench.review.page import Asked
from workbench.review.pieces import (
    Screen,
    badge,
    chooser,
    empty,
    headed,
    page_of,
    pager,
    searcher,
    table,
)
from workbench.review.tree import Node, h
from workbench.review.words import amount


class Checks(Screen):
    """The list of what stands out.

    Parameters
    ----------
    known : Known
        What the desk told.
    """

    name = "checks"
    title = "Check data"
    wants = "Read what stands out and put it right in the system itself; nothing here changes anything."

    def __init__(self, known: Known) -> None:
        self._known = known
        self._check = ""
        self._side = ""
        self._text = ""
        self._page = 0

    def view(self) -> Node:
        """Show the findings that pass the filters."""
        if self._known.clients is None:
            return headed(self, empty("No clients yet", "Go to Overview and pull both systems first."))
        findings = rows_of(self._known.checks)
        if not findings:
            return headed(self, empty("Nothing stands out", "Both systems' data look sound."))
        shown = [f for f in findings if self._passes(f)]
        rows, self._page, pages = page_of(shown, self._page)
        listed = table(
            ("What", "Where", "Client", "Found", "What to do"), [_row(f) for f in rows], "What stands out"
        )
        return headed(
            self,
            self._filters(findings),
            h("p", amount(len(shown), "finding"), class_="muted"),
            listed,
            pager(self._page, pages, "turn"),
        )

    def _filters(self, findings: list[dict[str, Any]]) -> Node:
        counts: dict[str, int] = {}
        for finding in findings:
            counts[finding["check"]] = counts.get(finding["check"], 0) + 1
        checks = {"": f"All ({len(findings):,})"} | {
            c: f"{_words(c)} ({n:,})" for c, n in sorted(counts.items())
        }
        return h(
            "div",
            searcher("Search", "search", self._text, "A client's name"),
            chooser("What", "choose_check", self._check, checks),
            chooser("System", "choose_side", self._side, {"": "Both", **SIDE_LABELS}),
            class_="filters",
        )

    def _passes(self, finding: dict[str, Any]) -> bool:
        text = f"{finding['name'] or ''} {finding['what'] or ''}".casefold()
        return (
            self._check in ("", finding["check"])
            and self._side in ("", finding["side"])
            and self._text.casefold().strip() in text
        )

    def do_search(self, asked: Asked) -> None:
        """Keep findings whose client or words hold a text."""
        self._text, self._page = asked.value, 0

    def do_choose_check(self, asked: Asked) -> None:
        """Keep one kind of finding."""
        self._check, self._page = asked.value, 0

    def do_choose_side(self, asked: Asked) -> None:
        """Keep one system's findings."""
        self._side, self._page = asked.value, 0

    def do_turn(self, asked: Asked) -> None:
        """Turn the page."""
        self._page = int(asked.args["page"])


def _words(check: str) -> str:
    return check.replace("_", " ").capitalize()


def _row(finding: dict[str, Any]) -> Node:
    return h(
        "tr",
        h("td", badge(_words(finding["check"] or ""))),
        h("td", SIDE_LABELS.get(finding["side"] or "", "Both")),
        h("th", finding["name"] or "—", scope="row"),
        h("td", finding["what"] or ""),
        h("td", finding["advice"] or "", class_="muted"),
    )
