"""Who plays a part in a client that was just created in XPM: relationships, each asked for once.

XPM would keep a second relationship beside the first. So each one follows its own seal, and before it is
asked for, the client is looked at: a relationship that stands there already is done.
"""

from __future__ import annotations

import logging
from datetime import datetime, timedelta
from typing import Final, cast

from workbench.domain.errors import QuotaSpent, Refused, SignInNeeded, SlowDown
from workbench.domain.records import Entry
from workbench.flow.firm import Firm
from workbench.reconcile.creations import MOST_SENDS, Creation, Part
from workbench.systems.port import Progress, Relating

log = logging.getLogger(__name__)
_SURELY_UNSENT: Final = (QuotaSpent, SignInNeeded, SlowDown)


def relate(firm: Firm, creation_id: str, by: str, progress: Progress) -> str:
    """Bring the parts of a created client to their end, and say in words what became of them.

    Parameters
    ----------
    firm : Firm
        Whose connection is written to.
    creation_id : str
        Of a client that has been created.
    by : str
        Who asked.
    progress : callable
        Told what is done; may raise to stop it, and asking again carries on.
    """
    system = cast(Relating, firm.connections.system[firm.state().creations[creation_id].side])
    while (part := _next(firm, creation_id)) is not None:
        creation = firm.state().creations[creation_id]
        progress(part.place, len(creation.parties), "Adding who plays a part")
        _add(firm, creation, part, system, by, progress)
    creation = firm.state().creations[creation_id]
    if not creation.parties:
        return ""
    failed = sum(bool(part.reason) for part in creation.parts.values())
    told = f" With {len(creation.parties) - failed} of {len(creation.parties)} who play a part."
    return f"{told} Add the others there by hand." if failed else told


def _next(firm: Firm, creation_id: str) -> Part | None:
    creation = firm.state().creations[creation_id]
    parts = (creation.parts.get(place) or Part(place) for place in range(len(creation.parties)))
    return next((part for part in parts if not part.ended), None)


def _add(firm: Firm, creation: Creation, part: Part, system: Relating, by: str, progress: Progress) -> None:
    party, client_id = creation.parties[part.place], str(creation.client_id)
    there, role = str(party["id"]), str(party["role"])
    body = {"creation_id": creation.creation_id, "party": part.place}
    if part.seals:
        _wait(firm, part, progress)
    if (there, role.removeprefix("corporate ")) in system.parts_of(client_id):
        firm.append([Entry("related", {**body, "reason": ""})], by)
        return
    if len(part.seals) >= MOST_SENDS:
        reason = f"It was asked for {len(part.seals)} times without effect."
        firm.append([Entry("related", {**body, "reason": reason})], by)
        return
    firm.append([Entry("relating", body)], by)
    try:
        system.relate(client_id, there, role, party.get("since"))
    except _SURELY_UNSENT:
        firm.append([Entry("relating_unsent", body)], by)
        raise
    except Refused:
        firm.append([Entry("related", {**body, "reason": "The service refused it."})], by)
    except Exception:
        # Also a failure of our own code: the request may have left.
        log.exception("The answer to a relationship could not be used")
    else:
        firm.append([Entry("related", {**body, "reason": ""})], by)


def _wait(firm: Firm, part: Part, progress: Progress) -> None:
    """Wait until what was sent has arrived or never will."""
    settled = datetime.fromisoformat(part.seals[-1]) + timedelta(seconds=firm.settings.xpm.late_commit_s)
    while (left_s := (settled - firm.clock.now()).total_seconds()) > 0:
        progress(part.place, None, "Waiting until it is clear whether the relationship was added")
        firm.clock.sleep(min(left_s, 1.0))
