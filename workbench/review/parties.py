"""Whose links the differences belong to."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import numpy as np
import pandas as pd
import pyarrow as pa

from workbench.domain.fields import CONNECTWORKS, XPM
from workbench.domain.frames import Clients
from workbench.domain.marks import MARKS, marks_of
from workbench.review.rows import Party

_LOOKED_AT: Final = 1_000


def texts_of(frame: pd.DataFrame, column: str) -> list[Any]:
    """Give a column's values, what is missing as None; a column that is not there is missing throughout."""
    if column not in frame.columns:
        return [None] * len(frame)
    values: Any = frame[column]
    if isinstance(values.dtype, pd.StringDtype):
        found = pa.array(values.array, pa.large_string())
        return _shared(found.combine_chunks() if isinstance(found, pa.ChunkedArray) else found)
    values = values.astype(object)
    return list(values.where(values.notna(), None))


def _shared(values: pa.LargeStringArray) -> list[Any]:
    """Give texts, each made once where the first of them tell that few differ: ids, fields, reasons."""
    first = values[:_LOOKED_AT]
    if len(first.unique()) > len(first) // 2:
        return values.to_pylist()
    coded = values.dictionary_encode()
    words = np.array([*coded.dictionary.to_pylist(), None], dtype=object)
    return list(words[coded.indices.fill_null(len(words) - 1).to_numpy()])


def parties_of(columns: Mapping[str, list[Any]], clients: Clients | None) -> dict[str, Party]:
    """Say whose link each is, by both sides' clients."""
    cards = {side: _cards(clients, side) for side in (CONNECTWORKS, XPM)}
    parties: dict[str, Party] = {}
    for link, cw, xpm in zip(columns["link_id"], columns["connectworks_id"], columns["xpm_id"], strict=True):
        if link in parties:
            continue
        mine, theirs = cards[CONNECTWORKS].get(cw, {}), cards[XPM].get(xpm, {})
        parties[link] = Party(
            link_id=link,
            connectworks_id=cw,
            xpm_id=xpm,
            name=mine.get("legal_name") or theirs.get("legal_name") or "Client without a name",
            other_name=theirs.get("legal_name") or "",
            entity_type=mine.get("entity_type") or theirs.get("entity_type") or "",
            partner=mine.get("partner") or theirs.get("partner") or "",
            marks=marks_of(mine, theirs),
        )
    return parties


def reaches_of(columns: Mapping[str, list[Any]], clients: Clients | None) -> dict[str, tuple[str, ...]]:
    """Name the XPM clients to which a warned-of contact belongs, by link; none where clients are not known.

    Parameters
    ----------
    columns : mapping
        Columns of a differences frame: ``link_id``, ``contact_id``, ``warnings``.
    clients : Clients, optional
        Both sides.
    """
    warned = {
        link: contact
        for link, contact, warnings in zip(
            *(columns[c] for c in ("link_id", "contact_id", "warnings")), strict=True
        )
        if contact and "contact_shared" in (warnings or "")
    }
    if clients is None or not warned:
        return {}
    known = clients.memberships[clients.memberships["side"] == XPM]
    frames = (known, clients.xpm) if len(known) else (clients.xpm,)
    names = {client: card.get("legal_name") or "" for client, card in _cards(clients, XPM).items()}
    of_contact: dict[str, set[str]] = {contact: set() for contact in warned.values()}
    for frame in frames:
        for contact, client in zip(texts_of(frame, "contact_id"), texts_of(frame, "client_id"), strict=True):
            if contact in of_contact and names.get(client):
                of_contact[contact].add(names[client])
    return {link: tuple(sorted(of_contact[contact])) for link, contact in warned.items()}


def _cards(clients: Clients | None, side: str) -> dict[str, dict[str, Any]]:
    if clients is None:
        return {}
    frame = clients.side(side)
    columns = ("client_id", "side", "legal_name", *MARKS.values())
    rows = zip(*(texts_of(frame, c) for c in columns), strict=True)
    return {row[0]: dict(zip(columns, row, strict=True)) for row in rows}
