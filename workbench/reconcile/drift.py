"""What moved between two sights of the same clients: who came, who went, and which values changed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

import pandas as pd

from workbench.domain.fields import BY_NAME, COMPARED
from workbench.domain.frames import cells, frame_of
from workbench.reconcile.describe import same_value
from workbench.reconcile.pairing import plain_texts

DRIFT: Final = ("side", "client_id", "name", "field", "before", "after", "what")
_LOOKED_AT: Final = (*COMPARED, "entity_type", "lifecycle", "partner", "manager")

Cell = tuple[str, str, str]
"""A side, a client's id and a field."""


def drift(
    earlier: Mapping[str, pd.DataFrame],
    now: Mapping[str, pd.DataFrame],
    written: Mapping[Cell, str | None],
) -> pd.DataFrame:
    """Hold how each side stands against how it stood earlier.

    Parameters
    ----------
    earlier, now : mapping
        Side to its clients frame; a side that was not seen earlier moved nowhere.
    written : mapping
        What was written from here in between, so that our own writes are told apart.

    Returns
    -------
    pandas.DataFrame
        One row per value that is another one, with ``what``: ``changed``, ``respelled`` (the same, written
        otherwise) or ``pushed`` (by us); and one per client that came (``new``) or went (``gone``), which
        has no field. In order of side, name, id and field, whatever the order of the records.
    """
    rows = [row for side in now if side in earlier for row in _of_side(side, earlier[side], now[side])]
    for row in rows:
        cell = (str(row["side"]), str(row["client_id"]), str(row["field"]))
        if row["what"] != "gone" and cell in written and written[cell] == row["after"]:
            row["what"] = "pushed"
    rows.sort(key=lambda row: [str(row.get(key) or "") for key in ("side", "name", "client_id", "field")])
    return frame_of(rows, DRIFT)


def _of_side(side: str, old: pd.DataFrame, new: pd.DataFrame) -> Iterator[dict[str, str | None]]:
    before, after = (frame.set_index("client_id", drop=False) for frame in (old, new))
    for what, frame, other in (("new", after, before), ("gone", before, after)):
        alone = frame[~frame.index.isin(other.index)]
        for client, name in zip(alone["client_id"], alone["legal_name"].astype(object), strict=True):
            yield _row(side, client, name, what)
    both = after.index.intersection(before.index)
    before, after = before.loc[both], after.loc[both]
    names = plain_texts(after["legal_name"])
    for field in _LOOKED_AT:
        was, is_now = plain_texts(cells(before, field)), plain_texts(cells(after, field))
        for client, name, old_value, value in zip(both, names, was, is_now, strict=True):
            if old_value != value:
                what = "respelled" if _same(field, old_value, value) else "changed"
                yield {
                    **_row(side, client, name, what),
                    "field": field,
                    "before": old_value,
                    "after": value,
                }


def _row(side: str, client: str, name: str | None, what: str) -> dict[str, str | None]:
    called = None if pd.isna(name) else name
    return {"side": side, "client_id": client, "name": called, "field": None, "what": what}


def _same(field: str, old: str | None, new: str | None) -> bool:
    return BY_NAME[field].compared and same_value(field, old, new)
