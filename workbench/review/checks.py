"""Check data: what stands out in the two systems themselves, before anything is linked."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import Any, Final

from workbench.domain.fields import SIDE_LABELS
from workbench.review.known import Known, rows_of
from workbench.review.page import Asked
from workbench.review.pieces import (
    Screen,
    badge,
    button,
    chooser,
    empty,
    headed,
    nothing_fits,
    page_of,
    paged,
    searcher,
    table,
)
from workbench.review.tree import Node, h
from workbench.review.words import amount

NAMES_SHOWN: Final = 6
DIGITS: Final = "check_digit"
# What loses data stands first, what is used all the same stands last.
_ORDER: Final = (
    "damaged",
    "link_differs",
    "twins",
    "shared_identifier",
    "unknown_type",
    "shared_mailbox",
    "placeholder",
    DIGITS,
)


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that stands out, at one or more records.

    Parameters
    ----------
    check, side : str
        What was looked for, and in which system.
    names : tuple of str
        Of the records, in order.
    what, advice : tuple of str
        What was found and what to do, each sentence once.
    """

    check: str
    side: str
    names: tuple[str, ...]
    what: tuple[str, ...]
    advice: tuple[str, ...]


def findings_of(rows: list[dict[str, Any]]) -> list[Finding]:
    """Gather the rows of each finding, and put what loses data first.

    Parameters
    ----------
    rows : list of dict
        Rows of a CHECKS frame.
    """
    groups: dict[Any, list[dict[str, Any]]] = {}
    for place, row in enumerate(rows):
        groups.setdefault(row.get("group") or place, []).append(row)

    def each(group: list[dict[str, Any]], column: str) -> tuple[str, ...]:
        return tuple(dict.fromkeys(row[column] for row in group if row[column]))

    found = [
        Finding(
            group[0]["check"] or "",
            group[0]["side"] or "",
            tuple(row["name"] or "—" for row in group),
            each(group, "what"),
            each(group, "advice"),
        )
        for group in groups.values()
    ]
    return sorted(found, key=lambda one: _rank(one.check))


def _rank(check: str) -> int:
    return _ORDER.index(check) if check in _ORDER else _ORDER.index("twins")


class Checks(Screen):
    """The list of what stands out.

    Parameters
    ----------
    known : Known
        What the desk told.
    """

    name = "checks"
    needs = "checks"
    title = "Check data"
    wants = "Read what stands out and put it right in the system itself; nothing here changes anything."

    def __init__(self, known: Known) -> None:
        self._known = known
        self._check = ""
        self._side = ""
        self._text = ""
        self._page = 0
        self._digits_open = False

    def view(self) -> Node:
        """Show what passes the filters; failed check digits as one line until it is opened."""
        if self._known.clients is None:
            return headed(self, empty("No clients yet", "Go to Overview and pull both systems first."))
        findings = findings_of(rows_of(self._known.checks))
        if not findings:
            return headed(self, empty("Nothing stands out", "Both systems' data look sound."))
        shown = [f for f in findings if self._passes(f)]
        digits = [f for f in shown if f.check == DIGITS]
        folded = bool(digits) and not self._digits_open and self._check != DIGITS
        listed = [f for f in shown if f.check != DIGITS] if folded else shown
        rows, self._page, pages = page_of(listed, self._page)
        head = ("What and where", "Client", "Found, and what to do")
        nothing = None if shown else nothing_fits()  # folded digits fit, too
        return headed(
            self,
            self._filters(findings),
            paged(
                table(head, [_row(f) for f in rows], "What stands out") if rows else nothing,
                self._page,
                pages,
                "turn",
                of="findings",
                count=amount(len(shown), "finding"),
            ),
            self._digits(len(digits), folded) if digits and self._check != DIGITS else None,
        )

    @staticmethod
    def _digits(count: int, folded: bool) -> Node:
        words = f"{amount(count, 'number')} with a check digit that does not hold; used all the same."
        label = f"Show all {count:,}" if folded else "Fold them away"
        return h(
            "div",
            h("p", words),
            button(label, "open_digits", look="quiet", name=f"{label}: numbers with a wrong check digit"),
            class_="question",
        )

    def _filters(self, findings: list[Finding]) -> Node:
        counts = Counter(f.check for f in findings)
        checks = {"": f"All ({len(findings):,})"} | {
            c: f"{_words(c)} ({n:,})" for c, n in sorted(counts.items(), key=lambda item: _rank(item[0]))
        }
        return h(
            "div",
            searcher("Search", "search", self._text, "A client's name"),
            chooser("What", "choose_check", self._check, checks),
            chooser("System", "choose_side", self._side, {"": "Both", **SIDE_LABELS}),
            class_="filters",
        )

    def _passes(self, finding: Finding) -> bool:
        text = " ".join((*finding.names, *finding.what)).casefold()
        return (
            self._check in ("", finding.check)
            and self._side in ("", finding.side)
            and self._text.casefold().strip() in text
        )

    def do_search(self, asked: Asked) -> None:
        """Keep findings whose clients or words hold a text."""
        self._text, self._page = asked.value, 0

    def do_choose_check(self, asked: Asked) -> None:
        """Keep one kind of finding."""
        self._check, self._page = asked.value, 0

    def do_choose_side(self, asked: Asked) -> None:
        """Keep one system's findings."""
        self._side, self._page = asked.value, 0

    def do_unfilter(self, _asked: Asked) -> None:
        """Show all findings."""
        self._text = self._check = self._side = ""

    def do_open_digits(self, _asked: Asked) -> None:
        """Open or fold the failed check digits."""
        self._digits_open, self._page = not self._digits_open, 0

    def do_turn(self, asked: Asked) -> None:
        """Turn the page."""
        self._page = int(asked.args["page"])


def _words(check: str) -> str:
    return check.replace("_", " ").capitalize()


def _row(finding: Finding) -> Node:
    kind = badge(_words(finding.check), "danger" if finding.check == "damaged" else "")
    where = SIDE_LABELS.get(finding.side, "Both")
    found = [h("div", words) for words in finding.what]
    advice = [h("div", words, class_="muted") for words in finding.advice]
    return h(
        "tr",
        h("td", kind, h("div", where, class_="muted")),
        h("th", _names(finding.names), scope="row"),
        h("td", h("div", found, advice, class_="found-words")),
    )


def _names(names: tuple[str, ...]) -> list[Node]:
    """Name each record's client once, with how many records bear the name; beyond a few on a click."""
    told = [h("div", name if n == 1 else f"{name} ({n:,} records)") for name, n in Counter(names).items()]
    rest = told[NAMES_SHOWN:]
    more = [h("details", h("summary", f"and {len(rest):,} more"), rest)] if rest else []
    return [*told[:NAMES_SHOWN], *more]
