"""Duplicates within one system: which of two records to keep when they are merged there, and why."""

from __future__ import annotations

from typing import Any, Final

import pandas as pd

from workbench.domain.fields import COLUMNS, SIDE_LABELS, SIDES
from workbench.domain.frames import TEXT, Clients

_GONE: Final = ("archived", "discarded", "deleted")
_NOT_COUNTED: Final = (
    "side",
    "client_id",
    "structure",
    "updated_at",
    "linked_id",
    "email_source",
    "contact_id",
)
_COUNTED: Final = tuple(column for column in COLUMNS if column not in _NOT_COUNTED)


def advised(duplicates: pd.DataFrame, clients: Clients, links: pd.DataFrame) -> pd.DataFrame:
    """Say of each pair of duplicates which record to keep. Nothing is merged by it.

    Parameters
    ----------
    duplicates : pandas.DataFrame
        As `workbench.duplicates` gives them.
    clients : Clients
        Both sides as they stand.
    links : pandas.DataFrame
        A LINKS frame.

    Returns
    -------
    pandas.DataFrame
        The same rows with ``keep_id`` and ``advice``. Kept is the live one before the archived, the client
        before the contact, the linked before the other, the one with verified fields, and the one that says
        more; of two alike in all that, the first.
    """
    records = {side: _records(clients, side, set(links[f"{side}_id"])) for side in SIDES}
    keep, advice = [], []
    for side, one, other in zip(
        duplicates["side"], duplicates["client_id"], duplicates["other_id"], strict=True
    ):
        first, second = records[side][one], records[side][other]
        kept, let_go = (first, second) if first["rank"] >= second["rank"] else (second, first)
        keep.append(kept["id"])
        why = next(
            (words for words, a, b in zip(_WHY, kept["rank"], let_go["rank"], strict=True) if a != b), ""
        )
        told = f"Merge them in {SIDE_LABELS[side]} and keep “{kept['name']}”"
        advice.append(f"{told}: {why.format(kept['rank'][-1], let_go['rank'][-1])}." if why else f"{told}.")
    return duplicates.assign(keep_id=pd.array(keep, dtype=TEXT), advice=pd.array(advice, dtype=TEXT))


_WHY: Final = (
    "the other is archived",
    "the other is a contact only",
    "it is the one that is linked",
    "its identity was verified",
    "it says more ({} fields, the other {})",
)


def _records(clients: Clients, side: str, linked: set[str]) -> dict[str, dict[str, Any]]:
    frame = clients.side(side)
    filled = frame[list(_COUNTED)].notna().sum(axis=1)
    columns = ("client_id", "legal_name", "lifecycle", "nature", "verified_fields")
    plain = [frame[c].astype(object).where(frame[c].notna(), None) for c in columns]
    return {
        str(client_id): {
            "id": str(client_id),
            "name": name or "(no name)",
            "rank": (
                state not in _GONE,
                nature != "contact",
                client_id in linked,
                verified is not None,
                int(count),
            ),
        }
        for client_id, name, state, nature, verified, count in zip(*plain, filled, strict=True)
    }
