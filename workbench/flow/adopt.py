"""Take over the links that Connectworks holds already, and those that it no longer holds."""

from __future__ import annotations

from workbench.domain.fields import CONNECTWORKS
from workbench.domain.frames import Clients, link_id
from workbench.domain.records import Entry
from workbench.flow.firm import Firm


def adopt_links(firm: Firm, clients: Clients, by: str) -> tuple[int, int]:
    """Make the ledger's links follow those which people made or parted in Connectworks itself.

    A pair that was parted or rejected here stays so, and a record with another link here keeps it: both are
    a person's act. Nothing is concluded from a record that is absent.

    Returns
    -------
    tuple of int
        How many links were taken over, and how many were let go.
    """
    state = firm.state()
    frame = clients.connectworks
    ids = frame["linked_id"].astype(object).where(frame["linked_id"].notna(), None)
    there = dict(zip(frame["client_id"], ids, strict=True))
    linked = {str(row["connectworks_id"]): str(row["xpm_id"]) for row in state.linked.values()}
    taken = set(linked.values())
    known = set(clients.xpm["client_id"])
    new, gone = [], []
    for connectworks_id, xpm_id in there.items():
        free = connectworks_id not in linked and xpm_id in known and xpm_id not in taken
        judged = connectworks_id in state.wishes or (connectworks_id, xpm_id) in state.refused_pairs
        if free and not judged:
            new.append(_entry("linked", connectworks_id, xpm_id))
            taken.add(xpm_id)
    for connectworks_id, xpm_id in linked.items():
        wish = state.wishes.get(connectworks_id)
        parted_there = connectworks_id in there and there[connectworks_id] is None
        if parted_there and wish and wish.written == xpm_id:
            gone.append(_entry("unlinked", connectworks_id, xpm_id))
    if new or gone:
        firm.append([*new, *gone], by)
    return len(new), len(gone)


def _entry(kind: str, connectworks_id: str, xpm_id: str) -> Entry:
    link = link_id(connectworks_id, xpm_id)
    body = {
        "link_id": link,
        "connectworks_id": connectworks_id,
        "xpm_id": xpm_id,
        "how": CONNECTWORKS,
        "act": None,
    }
    return Entry(kind, body, subject=link)
