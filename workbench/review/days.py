"""What happened day by day: a bar for each day, in which runs, decisions and writes are told apart."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from datetime import date
from typing import Final

import pandas as pd

from workbench.domain.question import KINDS
from workbench.review.pieces import page_of, paged, table
from workbench.review.tree import Node, h
from workbench.review.words import amount

DAYS_A_PAGE: Final = 31
_NOUNS: Final = {"runs": "run entry", "decisions": "decision", "writes": "write", "other": "other entry"}
_PLURALS: Final = {"runs": "run entries", "other": "other entries"}


def days_view(days: pd.DataFrame, page: int, called: Callable[[str], str]) -> tuple[list[Node | None], int]:
    """Draw a page of the days on which something happened, latest first.

    Parameters
    ----------
    days : pandas.DataFrame
        ``day``, ``by``, ``kind``, ``count``, as a desk gives it.
    page : int
        Which page of days.
    called : callable
        Gives the name of whoever a key stands for.

    Returns
    -------
    tuple
        What is drawn, and the page as it can be.
    """
    found: dict[str, dict[tuple[str, str], int]] = defaultdict(dict)
    for day, by, kind, count in days.itertuples(index=False):
        found[day][by, kind] = count
    busiest = max((sum(counts.values()) for counts in found.values()), default=1)
    shown, page, pages = page_of(sorted(found, reverse=True), page, DAYS_A_PAGE)
    rows = [_day(day, found[day], busiest, called) for day in shown]
    swatches = [h("li", h("span", class_=f"swatch day-{k}"), words) for k, words in KINDS.items()]
    head = ("Day", "How much", "Who did what")
    happened = table(head, rows, "What happened by day, latest first")
    return [h("ul", swatches, class_="legend"), paged(happened, page, pages, "turn_days", of="days")], page


def _day(day: str, counts: dict[tuple[str, str], int], busiest: int, called: Callable[[str], str]) -> Node:
    of_kind = {kind: sum(n for (_, k), n in counts.items() if k == kind) for kind in KINDS}
    words = ", ".join(_amount(n, kind) for kind, n in of_kind.items() if n)
    slices = [
        h("span", class_=f"slice day-{kind}", level=round(n / busiest, 4)) for kind, n in of_kind.items() if n
    ]
    people = sorted({by for by, _ in counts})
    when = date.fromisoformat(day)
    return h(
        "tr",
        h("th", f"{when:%a} {when.day} {when:%b %Y}", scope="row"),
        h("td", h("span", slices, class_="slices", aria_hidden="true"), h("span", words, class_="muted")),
        h("td", h("ul", [h("li", f"{called(by) or 'Nobody named'}: {_did(by, counts)}") for by in people])),
        key=day,
    )


def _did(by: str, counts: dict[tuple[str, str], int]) -> str:
    own = [_amount(counts[by, kind], kind) for kind in KINDS if counts.get((by, kind))]
    return ", ".join(own)


def _amount(count: int, kind: str) -> str:
    return amount(count, _NOUNS[kind], _PLURALS.get(kind))
