"""A contact of XPM that several clients share: one write, seen at all of them."""

from __future__ import annotations

from typing import Any

import pytest

import workbench as wb
from workbench.domain.fields import XPM


@pytest.fixture
def sharing(sharing_firm: Any, make_house: Any) -> Any:
    """Give a pulled firm in which three clients share one contact."""
    house = make_house(sharing_firm.folder, sharing_firm.sandbox)
    house.do("pull")
    return house


def _mobiles(house: Any) -> list[Any]:
    """Give the mobile of the three clients, as a page that is opened now shows it."""
    clients = house.again().clients().xpm.set_index("legal_name")
    return [clients.loc[f"Kahikatea Number {n} Limited", "other_phone"] for n in (1, 2, 3)]


def test_a_push_to_a_shared_contact_shows_at_every_client(sharing: Any) -> None:
    """After one decision all three show the new mobile and differ no more, without a call for the others."""
    assert _mobiles(sharing) == ["021 555 0100"] * 3
    sharing.decide(sharing.differing("other_phone", 0, 1), "to_xpm")
    plan = sharing.desk.plan()
    assert [len(others) for others in plan.reaches.values()] == [2]
    since = len(sharing.sandbox.log(XPM))
    assert sharing.push() == "Pushed: 1 done."
    calls = [e for e in sharing.sandbox.log(XPM)[since:] if "client.api" in e["path"]]
    assert [e["method"] for e in calls] == ["GET", "PUT", "GET"]
    assert _mobiles(sharing) == ["021 555 0199"] * 3
    compared = wb.compare(sharing.desk.clients(), sharing.desk.links())
    kinds = compared[compared["field"].eq("other_phone") & compared["xpm"].notna()]["kind"]
    assert kinds.tolist() == ["same"] * 3
    assert sharing.differing("other_phone", 0, 9).empty


def test_the_later_look_at_a_contact_holds(sharing: Any) -> None:
    """Of two clients looked at, the one seen last tells what the contact holds, in whichever order."""
    links = sharing.desk.differences().query("field == 'other_phone' and xpm.notna()")["link_id"].tolist()
    for link, mobile in ((links[0], "021 1"), (links[1], "021 2"), (links[0], "021 3")):
        contact = sharing.desk.clients().xpm["contact_id"].dropna().iloc[0]
        sharing.sandbox.edit(XPM, contact, {"mobile": mobile})
        sharing.do("refresh", link_ids=[link])
        assert _mobiles(sharing) == [mobile] * 3
