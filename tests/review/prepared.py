"""What a partner finds on a Monday: 214 clients, 38 of them with writes that an analyst sent for approval."""

from __future__ import annotations

import pandas as pd
from desk_on_frames import DeskOnFrames

from workbench.domain.fields import SIDES
from workbench.domain.frames import link_id
from workbench.review.desk import Choice

SAFE, LOOK, ASK = 31, 5, 2


def prepared() -> DeskOnFrames:
    """Give the desk as the partner opens it: they may approve, administer and look."""
    desk = DeskOnFrames(214, 100)
    desk.approval, desk.me = True, "ann"
    frame = desk.differences()
    odd = [link_id(f"cw{n}", f"xp{n}") for n in range(1, 2 * (SAFE + LOOK + ASK), 2)]
    emails = frame["field"] == "email"
    looked_at, asked = odd[SAFE : SAFE + LOOK], odd[SAFE + LOOK :]
    warnings = ["deceased", "contact_shared:2", "contact_shared:2", "shared_value:2", "aml_verified"]
    frame["warnings"] = frame["warnings"].where(~emails, pd.NA)
    for link, warning in zip(looked_at, warnings, strict=True):
        frame.loc[emails & (frame["link_id"] == link), "warnings"] = warning
    frame.loc[emails & frame["link_id"].isin(asked), "kind"] = "conflict"
    rows = frame[emails & frame["link_id"].isin(odd)]
    values = zip(rows["link_id"], *(rows[side] for side in SIDES), strict=True)
    desk.decide([Choice(link, "email", "to_xpm", *pair) for link, *pair in values], "bulk")
    desk.propose(desk.plan().hash)
    desk.me, desk.person = "ben", "ben@kowhai.example"
    desk.roles = frozenset({"see", "approve", "administer"})
    return desk
