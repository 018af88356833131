"""Each person sees what is theirs to see and does what their roles allow, whatever the page sends."""

from __future__ import annotations

from typing import Any

import pytest

from workbench.domain.errors import NotAllowedHere
from workbench.domain.fields import CONNECTWORKS, SIDES, XPM
from workbench.domain.people import THIS_MACHINE, AccessSettings, Identity, PersonSettings
from workbench.flow.firm import Firm
from workbench.personal import PersonalDesk
from workbench.review.desk import Choice

PEOPLE = """
[access]

[[access.people]]
sign_in = "Partner@kahikatea.example"
name = "Pat Partner"
roles = ["decide", "approve"]
partners = ["pat  partner"]
only_theirs = true

[[access.people]]
sign_in = "looker@kahikatea.example"
roles = ["see"]
"""


@pytest.fixture
def house(pulled: Any) -> Any:
    """Give a pulled firm with two people; two of its clients are Pat Partner's."""
    path = pulled.folder / "firm.toml"
    path.write_text(path.read_text(encoding="utf-8") + PEOPLE, encoding="utf-8")
    for side, name in ((CONNECTWORKS, "Pat Partner"), (XPM, None)):
        pulled.firm.clients().side(side).loc[:1, "partner"] = name
    return pulled


def desk_of(house: Any, email: str) -> PersonalDesk:
    firm = Firm(house.folder, identity=Identity("s", "", email, "https://id.example"))
    firm.connections, firm._clients = house.firm.connections, house.firm._clients
    return PersonalDesk(firm)


def test_a_partner_sees_their_own_clients_and_no_other(house: Any) -> None:
    """On every list there are only clients of the partner's, on both sides; others cannot be acted on."""
    desk = desk_of(house, "PARTNER@kahikatea.example")
    theirs = set(house.firm.clients().connectworks["client_id"][:2])
    clients = desk.clients()
    assert clients is not None
    assert set(clients.connectworks["client_id"]) == theirs
    assert len(clients.xpm) == 2
    for frame in (desk.links(), desk.differences(), desk.find(CONNECTWORKS, "")):
        column = "connectworks_id" if "connectworks_id" in frame else "client_id"
        assert set(frame[column]) == theirs
    assert desk.differences() is desk.differences()
    whole = house.desk.differences()
    other = whole[~whole["connectworks_id"].isin(theirs)].iloc[0]
    choice = Choice(other["link_id"], other["field"], "leave", *(other[side] for side in SIDES))
    for forbidden in (
        lambda: desk.decide([choice], "tick"),
        lambda: desk.unlink([other["link_id"]]),
        lambda: desk.timeline(other["link_id"], other["field"]),
        lambda: desk.ask_refresh(other["link_id"]),
    ):
        with pytest.raises(NotAllowedHere, match="not one of yours"):
            forbidden()
    about = house.firm.clients().connectworks.set_index("client_id")["legal_name"]
    mine = {about[client] for client in theirs}
    assert set(desk.look_back(limit=500).rows["client"].dropna()) <= mine
    assert desk.person == "Pat Partner"


def test_each_act_needs_its_role(house: Any) -> None:
    """Whoever may only look can neither decide, approve, push nor pull; the refusal says whom to ask."""
    desk = desk_of(house, "looker@kahikatea.example")
    assert len(desk.differences()) == len(house.desk.differences())
    for forbidden in (
        lambda: desk.decide([], "tick"),
        lambda: desk.link([], "tick"),
        lambda: desk.reject([], "tick"),
        lambda: desk.unlink([]),
        lambda: desk.approve([]),
        lambda: desk.send_back([], "no"),
        lambda: desk.propose(desk.plan().hash),
        lambda: desk.ask_push(desk.plan().hash),
        desk.ask_pull,
    ):
        with pytest.raises(NotAllowedHere, match="Ask an administrator"):
            forbidden()


def test_a_stranger_who_signed_in_sees_nothing(house: Any) -> None:
    """A sign-in alone gives no right: no client, no difference, no history of any client."""
    desk = desk_of(house, "stranger@elsewhere.example")
    clients = desk.clients()
    assert clients is not None
    assert clients.connectworks.empty
    assert desk.differences().empty
    assert not desk.may("see")
    assert desk.runs() == []


def test_who_somebody_is_comes_from_the_door_alone() -> None:
    """Alone on their machine one may do everything; where people are named, or from elsewhere, nothing."""
    here = Identity("ann", "ann", "", THIS_MACHINE)
    away = Identity("248289761001", "Ann", "ann@kowhai.example", "https://id.example")
    nobody, named = AccessSettings(), AccessSettings(people=(PersonSettings(sign_in="Ann@kowhai.example"),))
    assert nobody.person(here).may("administer")
    assert not nobody.person(away).roles
    assert not named.person(here).roles
    assert named.person(away).key == "ann@kowhai.example"
    assert (
        named.person(Identity("ann@kowhai.example", "Mallory", "m@kowhai.example", "x")).roles == frozenset()
    )


def test_what_was_left_counts_at_once_and_holds_no_page_up(house: Any) -> None:
    """A page keeps its differences, for no side moved; whoever compares anew finds the agreed pair."""
    desk = desk_of(house, "partner@kahikatea.example")
    shown = desk.differences()
    row = shown[shown["kind"].isin(("different", "fill")) & shown["baseline"].isna()].iloc[0]
    key = (row["link_id"], row["field"])
    values = (None if row[[side]].isna().any() else row[side] for side in SIDES)
    desk.decide([Choice(*key, "leave", *values)], "tick")
    assert desk.choices()[key]["direction"] == "leave"
    assert desk.differences() is shown
    anew = house.desk.differences().set_index(["link_id", "field"])
    assert anew.notna().at[key, "baseline"]


def test_a_page_that_is_put_together_is_of_one_moment(house: Any) -> None:
    """What somebody decides meanwhile is on the next page, whole, and not on half of this one."""
    desk = desk_of(house, "partner@kahikatea.example")
    row = desk.differences().iloc[0]
    with desk.still():
        house.desk.decide([Choice(row["link_id"], row["field"], "ask", None, None)], "tick")
        assert not desk.choices() and desk.pulse().head < house.firm.state().seq
    assert len(desk.choices()) == 1 and desk.pulse().head == house.firm.state().seq
