"""Looking back: what happened that fits a question, and how each write of a push ended."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Final

import pandas as pd

from workbench.domain.fields import BY_NAME, label_of
from workbench.domain.frames import HISTORY, TEXT, frame_of
from workbench.reconcile.normalise.text import fold
from workbench.reconcile.state import Carried

RESULTS: Final = (
    "run_id",
    "link_id",
    "side",
    "client_id",
    "field",
    "before",
    "after",
    "outcome",
    "reason",
)
Row = Mapping[str, str | None]


def fitting(
    told: Sequence[Row], names: Mapping[str, str], text: str = "", by: str = "", run_id: str = ""
) -> list[Row]:
    """Give what fits a question of all that was told, latest first.

    Parameters
    ----------
    told : sequence of mapping
        Rows of history, oldest first.
    names : mapping
        A client's id to its name.
    text : str
        Words that its client, field or sentence must hold, in any order and case.
    by : str
        Only what this person did.
    run_id : str
        Only what this push did.
    """
    words = fold(text).split()
    fields: dict[str | None, str] = {}

    def holds(row: Row) -> bool:
        field = row.get("field")
        if field not in fields:
            fields[field] = label_of(field) if field in BY_NAME else (field or "")
        clients = (names.get(row.get(column) or "", "") for column in ("connectworks_id", "xpm_id"))
        whole = fold(" ".join([*clients, fields[field], row.get("what") or ""]))
        return all(word in whole for word in words)

    return [
        row
        for row in reversed(told)
        if by in ("", row.get("by")) and run_id in ("", row.get("run_id")) and (not words or holds(row))
    ]


def as_history(rows: Iterable[Row], names: Mapping[str, str]) -> pd.DataFrame:
    """Make rows a HISTORY frame with a column ``client``: the client's name, where it is about one."""
    frame = frame_of(rows, HISTORY)
    both = zip(frame["connectworks_id"], frame["xpm_id"], strict=True)
    return frame.assign(
        client=pd.array([names.get(str(a)) or names.get(str(b)) for a, b in both], dtype=TEXT)
    )


def results(carried: Iterable[Carried]) -> pd.DataFrame:
    """Give how writes ended: a row per value, with the service's own words where it refused.

    Parameters
    ----------
    carried : iterable of Carried
        The operations; those that have not ended are passed over.

    Returns
    -------
    pandas.DataFrame
        run_id, link_id, side, client_id, field, before, after, outcome, reason.
    """
    rows = (
        {
            "run_id": each.run_id,
            "link_id": next(iter(each.link_ids), None),
            "side": each.operation.side,
            "client_id": each.operation.client_id,
            "field": name,
            "before": each.operation.before.get(name),
            "after": after,
            "outcome": each.outcome,
            "reason": each.reason,
        }
        for each in carried
        if each.outcome
        for name, after in each.operation.after.items()
    )
    return frame_of(rows, RESULTS)
