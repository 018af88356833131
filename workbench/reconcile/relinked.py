"""Links that Connectworks holds otherwise than we do: nothing follows by itself, so they are told."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import pandas as pd

from workbench.domain.fields import CONNECTWORKS, XPM
from workbench.domain.frames import CHECKS, Clients, frame_of
from workbench.reconcile.link.prepared import full_names
from workbench.reconcile.state import State

LINK_DIFFERS: Final = "link_differs"
_MEND: Final = "or mend the link in Connectworks."


def relinked(clients: Clients, state: State) -> pd.DataFrame:
    """Find records whose link in Connectworks is neither ours nor the one that we know to be there.

    Parameters
    ----------
    clients : Clients
        Both sides as they stand.
    state : State
        Links, rejections, and what is known of Connectworks' own links.

    Returns
    -------
    pandas.DataFrame
        A CHECKS frame. A link to a client that XPM does not show is told only where XPM was pulled whole.
    """
    ours = {str(row["connectworks_id"]): str(row["xpm_id"]) for row in state.linked.values()}
    known = set(clients.xpm["client_id"])
    found = {
        client: there
        for client, there in _held(clients.connectworks)
        if there not in (ours.get(client), _expected(state, client))
        and (there in known or XPM not in clients.incomplete)
    }
    names = {
        **_names(clients.connectworks, set(found)),
        **_names(clients.xpm, {*found.values(), *(ours[c] for c in found if c in ours)}),
    }
    rows = []
    for client, there in found.items():
        what, advice = _told(client, there, ours, names, state)
        place = {"check": LINK_DIFFERS, "side": CONNECTWORKS, "client_id": client, "name": names[client]}
        rows.append({**place, "what": what, "advice": advice})
    return frame_of(rows, CHECKS)


def _held(frame: pd.DataFrame) -> Iterator[tuple[str, str]]:
    """Give Connectworks' own links, save those of discarded records."""
    linked = frame[frame["linked_id"].notna() & frame["lifecycle"].ne("discarded").fillna(True)]
    linked = linked.sort_values("client_id", kind="stable")
    yield from zip(linked["client_id"], linked["linked_id"], strict=True)


def _expected(state: State, client: str) -> str | None:
    """Give the link that Connectworks holds as far as we know: it may wait for a push."""
    wish = state.wishes.get(client)
    return wish.written if wish else None


def _names(frame: pd.DataFrame, ids: set[str]) -> dict[str, str]:
    rows = frame[frame["client_id"].isin(ids)].reset_index(drop=True)
    return {str(i): name or "(no name)" for i, name in zip(rows["client_id"], full_names(rows), strict=True)}


def _told(
    client: str, there: str, ours: dict[str, str], names: dict[str, str], state: State
) -> tuple[str, str]:
    """Say what is found, and what to do."""
    if there not in names:
        what = "Connectworks links it to a client that XPM does not have."
        return what, "It may have been deleted or merged in XPM: part the two there, and link it anew."
    what = f"Connectworks links it to “{names[there]}”"
    if client in ours:
        here = names.get(ours[client], "a client that XPM does not show")
        return f"{what}; here it is linked to “{here}”.", f"Part the two here to follow it, {_MEND}"
    if (client, there) in state.refused_pairs:
        return f"{what}, which was rejected here.", f"Take the rejection back, {_MEND}"
    if there in ours.values():
        return f"{what}, which is linked to another client here.", f"Part those two here, {_MEND}"
    return f"{what}; here the two are parted.", f"Link them here too, {_MEND}"
