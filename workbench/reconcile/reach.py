"""Whom a write reaches besides the client that it was decided for, and which records take no writes."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Final

from workbench.domain.fields import CONNECTWORKS, SIDE_LABELS, SIDES, XPM, Resource, Side
from workbench.domain.frames import Clients
from workbench.domain.records import Operation

Record = tuple[Side, str]
"""One client record: side, client id."""

# An archived client of XPM is still written: nothing says that it is refused.
_CLOSED: Final = {
    (CONNECTWORKS, "discarded"): "restore it there first, or part the two",
    (CONNECTWORKS, "deleted"): "part the two",
    (XPM, "deleted"): "part the two",
}


def reaches(operations: Iterable[Operation], clients: Clients) -> dict[str, tuple[str, ...]]:
    """Say at which other clients a write to a contact shows too.

    Parameters
    ----------
    operations : iterable of Operation
        Those on contacts are looked up; no other resource is shared.
    clients : Clients
        As they stand; deleted clients do not count.

    Returns
    -------
    dict
        Operation id to the ids of the other XPM clients, sorted; one that reaches nobody else is absent.
    """
    sharing = _sharing(clients)
    found = {}
    for operation in operations:
        if operation.resource == "contact":
            others = sharing.get(operation.resource_id, set()) - {operation.client_id}
            if others:
                found[operation.operation_id] = tuple(sorted(others))
    return found


def _sharing(clients: Clients) -> dict[str, set[str]]:
    """Map each contact of XPM to the clients that show it, be it as their primary contact or not."""
    present = set(clients.xpm.loc[clients.xpm["lifecycle"].ne("deleted").fillna(True), "client_id"])
    members = clients.memberships
    members = members[members["side"] == XPM]
    sharing: dict[str, set[str]] = defaultdict(set)
    for frame in (clients.xpm, members):
        known = frame[frame["contact_id"].notna() & frame["client_id"].isin(present)]
        for contact, client in zip(known["contact_id"], known["client_id"], strict=True):
            sharing[str(contact)].add(str(client))
    return sharing


def closed(clients: Clients) -> dict[Record, str]:
    """Name the records that take no writes, each with the reason in words.

    Parameters
    ----------
    clients : Clients
        As they stand.
    """
    found: dict[Record, str] = {}
    for side in SIDES:
        frame = clients.side(side)
        for client, state in zip(frame["client_id"], frame["lifecycle"].fillna(""), strict=True):
            advice = _CLOSED.get((side, str(state)))
            if advice:
                found[side, str(client)] = (
                    f"{SIDE_LABELS[side]} has this client as {state}, and takes no changes of it: {advice}."
                )
    return found


def refusing(side: Side, resource: Resource, client_id: str, shut: Mapping[Record, str]) -> str | None:
    """Give the reason why a record takes no write, or None; a link may be made and parted all the same.

    Parameters
    ----------
    side, resource, client_id : str
        What would be written.
    shut : mapping
        As `closed` gives it.
    """
    return None if resource == "link" else shut.get((side, client_id))
