"""Create a record that a person wanted, once, and link it; `reconcile.creations` says each next step."""

from __future__ import annotations

import logging
from datetime import datetime, timedelta
from typing import Final, cast

from workbench.domain.errors import NotAllowedHere, PlanRefused, QuotaSpent, Refused, SignInNeeded, SlowDown
from workbench.domain.fields import CONNECTWORKS, SIDE_LABELS, XPM, other_side
from workbench.domain.frames import link_id
from workbench.domain.records import Entry, NewRecord
from workbench.flow.firm import Firm
from workbench.flow.freshness import keep_answers, look_at_client
from workbench.flow.relating import relate
from workbench.reconcile.creating import same_name
from workbench.reconcile.creations import Adopt, Creation, End, Send, WaitUntil, next_step, pair
from workbench.systems.port import CREATE, Creator, Progress, silent

MARGIN: Final = timedelta(minutes=10)
"""So much before a pull began its answers may already have been older than an edit."""

log = logging.getLogger(__name__)


def permit_creation(firm: Firm, creation_id: str, by: str) -> None:
    """Let a creation go on, or say why not.

    Raises
    ------
    NotAllowedHere
        If that person may not push.
    PlanRefused
        If the firm wants somebody else's yes for every write: whoever may approve gives it by asking for the
        same record themselves.
    """
    access, asked_by = firm.access, firm.state().creations[creation_id].by
    if not access.named(by).may("push"):
        raise NotAllowedHere(f"{by} may not create records.", "Ask somebody who may push.")
    if access.approval and (by == asked_by or not access.named(by).may("approve")):
        raise PlanRefused(
            "This firm wants somebody else's yes for every write.",
            "Somebody who may approve opens the same draft and creates it.",
        )


def create(firm: Firm, creation_id: str, by: str, progress: Progress = silent) -> str:
    """Bring a creation to its end, however far somebody else has come with it.

    Parameters
    ----------
    firm : Firm
        Whose connection is written to.
    creation_id : str
        As it was asked for in the ledger.
    by : str
        Who asked for it to be carried out.
    progress : callable, optional
        Told while it waits; may raise to stop it, and asking again carries on.

    Returns
    -------
    str
        How it ended, in words that name nobody.

    Raises
    ------
    QuotaSpent, SignInNeeded, SlowDown
        Nothing was created; asking again later carries on.
    NotAllowedHere
        If the connection cannot create records.
    """
    while (creation := firm.state().creations[creation_id]).open:
        system = firm.connections.system[creation.side]
        if CREATE not in system.abilities():
            label = SIDE_LABELS[creation.side]
            raise NotAllowedHere(
                f"This connection cannot create records in {label}.", "Enter it there by hand."
            )
        creator = cast(Creator, system)
        progress(0, None, f"Looking for namesakes in {SIDE_LABELS[creation.side]}")
        step = _next(firm, creation, creator)
        match step:
            case End(reason):
                body = {"creation_id": creation_id, "reason": reason}
                firm.append([Entry("not_created", body, subject=creation.source_id)], by)
            case WaitUntil(until):
                _wait(firm, until, progress)
            case Adopt(client_id):
                _linked(firm, creation, client_id, "found", by)
                look_at_client(firm, creation.side, client_id, by)
            case Send(seen):
                sealed = Entry("creating", {"creation_id": creation_id, "seen": list(seen)})
                firm.append([sealed], by)
                _send(firm, creation, creator, by)
    label = SIDE_LABELS[creation.side]
    if creation.client_id is None:
        return f"Not created in {label}: {creation.reason}"
    # Connectworks takes its parties together with the client.
    parts = relate(firm, creation_id, by, progress) if creation.side == XPM else ""
    return f"Created in {label} and linked.{parts}"


def _next(firm: Firm, creation: Creation, creator: Creator) -> Send | Adopt | WaitUntil | End:
    if (other_side(creation.side), creation.source_id) in firm.state().link_of:
        return End("The client was linked meanwhile.")
    clients, state = firm.clients(), firm.state()
    pulled = state.whole_pulls.get(creation.side) or state.pulls.get(creation.side)
    since = datetime.fromisoformat(pulled.at) - MARGIN if pulled else None
    name, kind = creation.values.get("legal_name"), creation.values.get("entity_type")
    namesakes = [i for i, called in creator.called(name or "", since) if same_name(name, called, kind)]
    known = frozenset(clients.side(creation.side)["client_id"]) if clients else frozenset()
    late_s = firm.settings.xpm.late_commit_s
    return next_step(creation, namesakes, known, firm.clock.now(), late_s)


def _send(firm: Firm, creation: Creation, creator: Creator, by: str) -> None:
    """Send once; whatever is not surely refused or unsent is looked for later."""
    wanted = NewRecord(
        name=creation.values.get("legal_name") or "",
        values=creation.values,
        parties=creation.parties,
        linked_id=creation.source_id,
        key=creation.creation_id,
        by=creation.by,
    )
    unsent = Entry("creation_unsent", {"creation_id": creation.creation_id})
    try:
        client_id, seen = creator.create(wanted)
    except (QuotaSpent, SignInNeeded, SlowDown):
        firm.append([unsent], by)
        raise
    except Refused as refused:
        body = {"creation_id": creation.creation_id, "reason": "The service refused it."}
        ended = Entry("not_created", body, {"words": refused.what}, subject=creation.source_id)
        firm.append([unsent, ended], by)
    except Exception:
        # Also a failure of our own code: the request may have left.
        log.exception("The answer to a creation could not be used")
    else:
        _linked(firm, creation, client_id, "answered", by)
        keep_answers(firm, seen.answers, by)


def _linked(firm: Firm, creation: Creation, client_id: str, how: str, by: str) -> None:
    """Write down what came of it together with the link; Connectworks was told its link at once."""
    connectworks_id, xpm_id = pair(creation, client_id)
    link = link_id(connectworks_id, xpm_id)
    created = {"creation_id": creation.creation_id, "side": creation.side, "client_id": client_id, "how": how}
    joined = {
        "link_id": link,
        "connectworks_id": connectworks_id,
        "xpm_id": xpm_id,
        "how": "imported" if creation.side == CONNECTWORKS else "created",
        "act": None,
    }
    firm.append([Entry("created", created), Entry("linked", joined, subject=link)], by)


def _wait(firm: Firm, until: datetime, progress: Progress) -> None:
    while (left_s := (until - firm.clock.now()).total_seconds()) > 0:
        progress(0, None, "Waiting until it is clear whether the record was created")
        firm.clock.sleep(min(left_s, 1.0))
