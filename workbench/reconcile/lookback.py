"""Looking back: what happened that fits a question, and how each write of a push ended."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Final
from zoneinfo import ZoneInfo

import pandas as pd

from workbench.domain.fields import BY_NAME, label_of
from workbench.domain.frames import HISTORY, TEXT, frame_of
from workbench.domain.question import Question
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
BY_DAY: Final = ("day", "by", "kind", "count")
_IDS: Final = ("link_id", "connectworks_id", "xpm_id")
Row = Mapping[str, str | None]


def fitting(told: Sequence[Row], names: Mapping[str, str], question: Question) -> list[Row]:
    """Give what fits a question of all that was told, latest first.

    Parameters
    ----------
    told : sequence of mapping
        Rows of history, oldest first.
    names : mapping
        A client's id to its name.
    question : Question
        What is asked for.
    """
    words = fold(question.text).split()
    asked = {name: wanted for name in ("by", "run_id", "field") if (wanted := getattr(question, name))}
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
        if all(row.get(name) == wanted for name, wanted in asked.items())
        if question.client in ("", *(row.get(name) for name in _IDS))
        if question.kind in ("", kind_of(row))
        if not words or holds(row)
    ]


def kind_of(row: Row) -> str:
    """Say of which of `workbench.domain.question.KINDS` a row of history is."""
    if row.get("outcome"):
        return "writes"
    if row.get("field") or row.get("link_id") or row.get("connectworks_id"):
        return "decisions"
    return "runs" if row.get("run_id") else "other"


def by_day(rows: Iterable[Row], time_zone: str) -> pd.DataFrame:
    """Count what happened on each day, latest first.

    Parameters
    ----------
    rows : iterable of mapping
        Rows of history, latest first.
    time_zone : str
        IANA name of the zone in which days are told.

    Returns
    -------
    pandas.DataFrame
        ``day`` (ISO 8601), ``by``, ``kind`` (as `kind_of` says it) and ``count``.
    """
    rows = list(rows)
    when = pd.to_datetime(
        pd.Series([row.get("at") for row in rows], dtype=object), utc=True, format="ISO8601"
    )
    days = when.dt.tz_convert(ZoneInfo(time_zone)).dt.strftime("%Y-%m-%d")
    counts = Counter(zip(days, (row.get("by") or "" for row in rows), map(kind_of, rows), strict=True))
    found = [(*key, count) for key, count in counts.items()]
    return pd.DataFrame(found, columns=list(BY_DAY))


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
