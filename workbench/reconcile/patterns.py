"""Differences grouped by the kind of change, so that one decision can cover all cells of a kind."""

from __future__ import annotations

import hashlib
from typing import Final

import pandas as pd

from workbench.domain.fields import SIDE_LABELS, label_of
from workbench.domain.frames import TEXT
from workbench.reconcile.suggest import MOVERS

PATTERNS: Final = ("pattern", "words", "field", "kind", "change", "mover", "count", "share", "sample")
SAMPLE: Final = 20
"""How many members a sample shows."""

_KIND_WORDS: Final = {
    "cosmetic": "written differently",
    "fill": "one side is blank",
    "different": "different values",
    "conflict": "both sides changed, each to something else",
    "bad": "not fit to be pushed",
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
    moved = "" if mover == "unknown" or kind == "conflict" else f"; {MOVERS[mover]}"
    kept = f"{_KIND_WORDS[kind]}, " if kind in ("conflict", "bad") and change else ""
    return f"{label_of(field)}: {kept}{told}{moved}"


def filled(side: str, shared: str | None = None) -> str:
    """Name the change of a blank that one side could fill."""
    return f"only {SIDE_LABELS[side]} has a value" + (f"; {shared}" if shared else "")


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
        ``change`` (slip or rewrite), ``mover``, ``count`` (cells), ``share`` (of all cells that have a
        pattern, 0 to 1) and ``sample`` (up to 20 link ids, drawn the same way every time).
    """
    members = differences.loc[differences["pattern"].notna(), ["pattern", "link_id"]]
    total = len(members)
    rows = []
    for pattern, group in members.groupby("pattern", sort=False):
        field, kind, mover, change = str(pattern).split("|", 3)
        told = (str(pattern), words(str(pattern)), field, kind, change or None, mover)
        rows.append((*told, len(group), len(group) / total, _sample(group["link_id"].tolist())))
    rows.sort(key=lambda row: (-row[6], row[0]))
    frame = pd.DataFrame(rows, columns=list(PATTERNS))
    return frame.astype(dict.fromkeys(PATTERNS[:6], TEXT) | {"count": "int64", "share": "float64"})


def _sample(link_ids: list[str]) -> list[str]:
    """Draw members by the hash of their id: random to the eye, the same on every run and in any order."""
    return sorted(link_ids, key=lambda link: hashlib.blake2b(link.encode(), digest_size=8).digest())[:SAMPLE]
