"""Lay what single looks showed over the last whole pull of a side."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import replace

import pandas as pd

from workbench.domain.frames import TEXT
from workbench.domain.records import Parsed, Values
from workbench.reconcile.state import Labelled


def laid_over(base: Parsed, fresh: Parsed) -> Parsed:
    """Give a side as it stands: records seen since the pull, and their contacts in all that share them.

    Parameters
    ----------
    base : Parsed
        The last whole pull.
    fresh : Parsed
        Records that were looked at since; each replaces the pull's.

    Returns
    -------
    Parsed
        Memberships and counts are the pull's.
    """
    kept = base.clients[~base.clients["client_id"].isin(fresh.clients["client_id"])]
    kept = _with_contacts(kept, fresh.contacts)
    whole = pd.concat([kept, fresh.clients], ignore_index=True)
    return replace(base, clients=whole, contacts={**base.contacts, **fresh.contacts})


def labelled(
    clients: pd.DataFrame,
    known: Mapping[str, Labelled],
    names: Collection[str],
    read: Callable[[str], tuple[str, ...]],
) -> pd.DataFrame:
    """Give clients with those of their custom fields that are called so.

    Parameters
    ----------
    clients : pandas.DataFrame
        A clients frame.
    known : mapping
        Client id to what was read of its custom fields.
    names : collection of str
        Which custom fields are wanted; capitals do not matter.
    read : callable
        Gives the labels that a kept look holds.
    """
    wanted = {name.strip().casefold() for name in names}
    if not (wanted and known):
        return clients
    cells = {
        client: "; ".join(label for label in read(known[client].look) if _name(label) in wanted) or None
        for client in clients["client_id"]
        if client in known
    }
    return clients.assign(custom_fields=clients["client_id"].map(cells).astype(TEXT))


def _name(label: str) -> str:
    return label.partition(":")[0].strip().casefold()


def _with_contacts(clients: pd.DataFrame, contacts: Mapping[str, Values]) -> pd.DataFrame:
    """Let contacts seen later stand in the clients whose primary contact they are."""
    sharing = clients["contact_id"].isin(list(contacts))
    if not sharing.any():
        return clients
    rows = clients[sharing].astype(object).where(clients[sharing].notna(), None).to_dict("records")
    for row in rows:
        seen = dict(contacts[row["contact_id"]])
        email = seen.pop("email", None)
        if row["email_source"] != "client":
            row |= {"email": email, "email_source": "contact" if email else None}
        row.update(seen)
    shared = pd.DataFrame(rows, columns=clients.columns).astype(TEXT)
    return pd.concat([clients[~sharing], shared], ignore_index=True)
