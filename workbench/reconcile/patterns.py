"""Differences grouped by the kind of change, so that one decision can cover all cells of a kind."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from hashlib import blake2b
from heapq import nsmallest
from typing import Any, Final, NamedTuple

import pandas as pd

from workbench.domain.fields import SIDE_LABELS, label_of, other_side
from workbench.domain.frames import TEXT
from workbench.domain.swaps import SWAPS
from workbench.reconcile.suggest import MOVERS

PATTERNS: Final = (
    "pattern",
    "words",
    "field",
    "kind",
    "change",
    "mover",
    "suggestion",
    "count",
    "clients",
    "share",
    "sample",
    "outliers",
)
SAMPLE: Final = 20
"""How many members a sample shows."""
RARE: Final = 0.1
"""Members whose warnings and suggestion fewer than this part (0 to 1) of a pattern have are its outliers."""

_KIND_WORDS: Final = {
    "cosmetic": "written differently",
    "fill": "one side is blank",
    "different": "different values",
    "conflict": "both sides changed, each to something else",
}


def name(field: str, kind: str, mover: str, change: str | None) -> str:
    """Give the id of a pattern: field, kind, who moved and what the change is.

    Parameters
    ----------
    field, kind, mover : str
        Of the difference; `mover` is one of `workbench.reconcile.suggest.MOVERS`.
    change : str or None
        The slip or rewrite in words; None where it has no name.
    """
    return "|".join((field, kind, mover, change or ""))


def words(pattern: str) -> str:
    """Say a pattern's id in one plain line."""
    field, kind, mover, change = pattern.split("|", 3)
    told = change or _KIND_WORDS.get(kind, kind)
    label = "" if change in SWAPS else f"{label_of(field)}: "
    moved = "" if mover == "unknown" or kind == "conflict" else f"; {MOVERS[mover]}"
    kept = f"{_KIND_WORDS[kind]}: " if kind == "conflict" and change else ""
    whole = f"{label}{kept}{told}{moved}"
    return whole[0].upper() + whole[1:]


def filled(side: str, told: str | None = None, *, cleared: bool = False) -> str:
    """Name the change of a blank that one side could fill, or that the other side alone made."""
    named = (
        f"cleared in {SIDE_LABELS[other_side(side)]}" if cleared else f"only {SIDE_LABELS[side]} has a value"
    )
    return named + (f"; {told}" if told else "")


def patterns(differences: pd.DataFrame) -> pd.DataFrame:
    """Group differences by their pattern.

    Parameters
    ----------
    differences : pandas.DataFrame
        As `workbench.reconcile.compare.compare` gives them; any subset of the rows.

    Returns
    -------
    pandas.DataFrame
        One row per pattern, the largest first: ``pattern`` (its id), ``words``, ``field``, ``kind``,
        ``change`` (slip or rewrite), ``mover``, ``suggestion`` (the commonest, or missing), ``count``
        (cells), ``clients``, ``share`` (of all cells that have a pattern, 0 to 1), ``sample`` (up to 20 link
        ids, drawn the same way every time) and ``outliers`` (the link ids of all members that are warned of,
        or suggested, what few others are).
    """
    open_cells = differences[differences["pattern"].notna()]
    members: dict[str, list[_Member]] = {}
    columns = (open_cells[c].astype(object) for c in ("pattern", "link_id", "suggestion", "warnings"))
    for pattern, *rest in zip(*(c.where(c.notna(), None).tolist() for c in columns), strict=True):
        members.setdefault(pattern, []).append(_Member(*rest))
    rows = [_described(*one, total=len(open_cells)) for one in members.items()]
    rows.sort(key=lambda row: (-row[7], row[0]))
    frame = pd.DataFrame(rows, columns=list(PATTERNS))
    return frame.astype(
        dict.fromkeys(PATTERNS[:7], TEXT) | {"count": "int64", "clients": "int64", "share": "float64"}
    )


class _Member(NamedTuple):
    """One cell of a pattern."""

    link_id: str
    suggestion: str | None
    warnings: str | None

    @property
    def manner(self) -> tuple[str | None, str]:
        """What is suggested and warned of, whatever the counts."""
        return self.suggestion, _COUNTS.sub("", self.warnings or "")


_COUNTS: Final = re.compile(r":\d+")


def _described(pattern: str, members: list[_Member], total: int) -> tuple[Any, ...]:
    """Describe one pattern, as a row of `PATTERNS`."""
    field, kind, mover, change = pattern.split("|", 3)
    told = (pattern, words(pattern), field, kind, change or None, mover)
    suggestion = min(Counter(m.suggestion for m in members).items(), key=lambda one: (-one[1], one[0] or ""))
    manners = Counter(member.manner for member in members)
    rare = {manner for manner, n in manners.items() if n < RARE * len(members)}
    outliers = sorted({member.link_id for member in members if member.manner in rare})
    links = {member.link_id for member in members}  # a swap spans two cells of one client
    return (*told, suggestion[0], len(members), len(links), len(members) / total, _sample(links), outliers)


def _sample(link_ids: Iterable[str]) -> list[str]:
    """Draw members by the hash of their id: random to the eye, the same on every run and in any order."""
    return nsmallest(SAMPLE, link_ids, key=lambda link: blake2b(link.encode(), digest_size=8).digest())
