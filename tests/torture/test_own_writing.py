"""Values that a service keeps in its own writing: told once, and never sent again."""

from __future__ import annotations

from collections.abc import Callable

from rig import Rig


def test_what_a_service_writes_in_its_own_way_is_told_once(make_rig: Callable[..., Rig]) -> None:
    """It counts as written and is told; the next pull shows no difference and nothing is planned."""
    rig = make_rig(2)
    phones = {"fault": "reformat", "path": "/v1/clients/", "method": "PATCH", "times": 2}
    mobile = {"fault": "reformat", "path": "client.api/contact", "method": "PUT"}
    rig.sandbox.dials("connectworks", next=[phones])
    rig.sandbox.dials("xpm", next=[mobile])
    assert rig.push() == "Pushed: 5 done."
    assert rig.firm.state().outcomes()["reason"].str.contains("keeps it in its own writing").sum() == 3

    rig.pull()
    frame = rig.desk.differences()
    pushed = frame[frame["field"].isin(["email", "primary_phone", "other_phone"])]
    assert pushed["kind"].value_counts().to_dict() == {"cosmetic": 4, "same": 2}
    assert pushed["suggestion"].isna().all()
    assert rig.desk.plan().operations == ()
