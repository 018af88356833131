"""Nothing is written without another person's yes where the firm wants one: in the ledger, at the worker."""

from __future__ import annotations

from typing import Any

import pytest

from workbench.desk import FirmDesk
from workbench.domain.errors import BadInput, NotAllowedHere, WorkbenchError
from workbench.domain.people import Identity
from workbench.domain.records import Entry, plan_hash
from workbench.flow.approving import approve, propose, send_back
from workbench.flow.asking import follow
from workbench.flow.firm import Firm
from workbench.personal import PersonalDesk

ACCESS = """
[access]
approval = true

[[access.people]]
sign_in = "ann@kahikatea.example"
name = "Ann"
roles = ["decide", "approve", "push"]

[[access.people]]
sign_in = "ben@kahikatea.example"
name = "Ben"
roles = ["approve"]

[[access.people]]
sign_in = "cas@kahikatea.example"
name = "Cas"
roles = ["approve"]
"""


@pytest.fixture
def opened(pulled: Any) -> Any:
    """Give what opens the firm, which wants approval, as one of its people."""
    path = pulled.folder / "firm.toml"
    path.write_text(path.read_text(encoding="utf-8") + ACCESS, encoding="utf-8")

    def as_person(name: str) -> Any:
        firm = Firm(
            pulled.folder, identity=Identity("sub-1", name, f"{name}@kahikatea.example", "https://id.example")
        )
        firm.connections = pulled.firm.connections
        pulled.firm, pulled.desk = firm, FirmDesk(firm)
        return pulled

    return as_person


def decided(house: Any, start: int = 0, stop: int = 2) -> Any:
    """Have the present person decide on two emails, and give the plan."""
    house.decide(house.differing("email", start, stop), "to_xpm")
    return house.desk.plan()


def test_a_plan_without_approval_is_refused_where_the_tokens_are(opened: Any) -> None:
    """Asking for a push is not enough: the worker refuses, and neither server is written to."""
    house = opened("ann")
    decided(house)
    with pytest.raises(WorkbenchError, match="2 of these 2 writes have no approval by somebody else"):
        house.push()
    assert house.writes("xpm") == []


def test_what_somebody_else_approved_is_pushed(opened: Any) -> None:
    """Ann decides and proposes, Ben approves, Ann pushes; the ledger names both."""
    house = opened("ann")
    plan = decided(house)
    assert propose(house.firm, plan.operations) == 2
    approve(opened("ben").firm, plan.operations)
    assert "2 done" in opened("ann").push()
    said = {(e.kind, e.by) for e in house.firm.book.events(kinds={"proposed", "approved"})}
    assert said == {("proposed", "ann@kahikatea.example"), ("approved", "ben@kahikatea.example")}


def test_a_yes_to_what_was_decided_anew_meanwhile_is_none(opened: Any) -> None:
    """A page that shows an older choice approves nothing, and says why; the new one waits for its own yes."""
    house = opened("ann")
    plan = decided(house, 0, 1)
    propose(house.firm, plan.operations)
    house.decide(house.differing("email", 0, 1), "to_connectworks")
    ben = PersonalDesk(opened("ben").firm)
    with pytest.raises(BadInput, match="This changed while you looked at it"):
        ben.approve(plan.operations)
    assert not house.firm.book.events(kinds={"approved"})


def test_nobody_approves_their_own(opened: Any) -> None:
    """Whoever decided, or proposed, is refused in words; nothing is written into the ledger."""
    house = opened("ann")
    plan = decided(house)
    propose(house.firm, plan.operations)
    with pytest.raises(NotAllowedHere, match="Somebody else approves them"):
        approve(house.firm, plan.operations)
    assert not house.firm.book.events(kinds={"approved"})


def test_a_yes_written_past_the_screens_counts_for_nothing(opened: Any) -> None:
    """An approval by the decider, or under another hash, is passed over by the fold and by the worker."""
    house = opened("ann")
    plan = decided(house)
    propose(house.firm, plan.operations)
    ids = [o.operation_id for o in plan.operations]
    house.firm.append([Entry("approved", {"plan_hash": plan_hash(ids), "operations": ids})])
    house.firm.append(
        [Entry("approved", {"plan_hash": "0" * 64, "operations": ids})], "ben@kahikatea.example"
    )
    assert {house.firm.state().standing[i].standing for i in ids} == {"waiting"}
    with pytest.raises(WorkbenchError, match="no approval by somebody else"):
        house.push()


@pytest.mark.long
def test_a_decider_who_lets_another_propose_still_cannot_approve(opened: Any) -> None:
    """It is the decision that counts: who made it has no say in its approval, whoever sent it in."""
    house = opened("ann")
    plan = decided(house)
    propose(opened("cas").firm, plan.operations)
    with pytest.raises(NotAllowedHere):
        approve(opened("ann").firm, plan.operations)
    approve(opened("ben").firm, plan.operations)
    assert "2 done" in opened("ann").push()


@pytest.mark.long
def test_a_later_choice_is_another_write(opened: Any) -> None:
    """What was approved is one exact change; decided anew, it waits for a yes of its own."""
    house = opened("ann")
    plan = decided(house)
    propose(house.firm, plan.operations)
    approve(opened("ben").firm, plan.operations)
    again = decided(opened("ann"), 0, 1)
    with pytest.raises(WorkbenchError, match="1 of these 2 writes have no approval"):
        house.push()
    assert plan.operations != again.operations


def test_of_two_reviewers_one_is_told_who_was_faster(opened: Any) -> None:
    """The second yes, and a no of a stale page, change nothing and say whose act stands."""
    house = opened("ann")
    plan = decided(house)
    propose(house.firm, plan.operations)
    approve(opened("ben").firm, plan.operations)
    with pytest.raises(BadInput, match="Ben has approved this already; your click changed nothing"):
        approve(opened("cas").firm, plan.operations)
    with pytest.raises(BadInput, match="You have approved this already"):
        approve(opened("ben").firm, plan.operations)
    assert len(house.firm.book.events(kinds={"approved"})) == 1


@pytest.mark.long
def test_what_is_sent_back_is_not_pushed(opened: Any) -> None:
    """A no takes a yes back, keeps its note, and lasts until the write is proposed again."""
    house = opened("ann")
    plan = decided(house)
    propose(house.firm, plan.operations)
    approve(opened("ben").firm, plan.operations)
    with pytest.raises(BadInput, match="A note is missing"):
        send_back(opened("cas").firm, plan.operations, " ")
    send_back(opened("cas").firm, plan.operations[:1], "Ask the client first.")
    state = house.firm.state()
    assert state.standing[plan.operations[0].operation_id].note == "Ask the client first."
    with pytest.raises(WorkbenchError, match="1 of these 2 writes have no approval"):
        opened("ann").push()
    assert propose(house.firm, plan.operations) == 1


@pytest.mark.long
def test_a_right_that_was_taken_away_does_not_count_any_more(opened: Any) -> None:
    """The worker asks what the settings say now: an approver who is none any more has approved nothing."""
    house = opened("ann")
    plan = decided(house)
    propose(house.firm, plan.operations)
    approve(opened("ben").firm, plan.operations)
    path = house.folder / "firm.toml"
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace('name = "Ben"\nroles = ["approve"]', 'name = "Ben"'), encoding="utf-8")
    with pytest.raises(WorkbenchError, match="no approval"):
        opened("ann").push()


def test_only_who_may_push_pushes(opened: Any) -> None:
    """A request by somebody without that role is refused by the worker itself."""
    plan = decided(opened("ann"))
    propose(opened("ann").firm, plan.operations)
    house = opened("ben")
    with pytest.raises(WorkbenchError, match=r"ben@kahikatea\.example may not push"):
        follow(house.firm, house.desk.push_plan(plan, ""))


@pytest.mark.long
def test_an_undo_is_approved_like_any_plan(opened: Any) -> None:
    """Taking a push back waits for somebody else's yes, too."""
    house = opened("ann")
    plan = decided(house)
    propose(house.firm, plan.operations)
    approve(opened("ben").firm, plan.operations)
    opened("ann").push()
    run = house.desk.runs()[0].run_id
    undo = house.desk.undo_plan(run)
    with pytest.raises(WorkbenchError, match="no approval"):
        follow(house.firm, house.desk.push_plan(undo, ""))
    propose(house.firm, undo.operations, run)
    approve(opened("ben").firm, undo.operations)
    assert "2 done" in follow(opened("ann").firm, house.desk.push_plan(undo, ""))
