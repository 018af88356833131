"""What a plan says about the clients that share a contact, and about records that take no writes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from workbench.domain.frames import (
    DECISIONS,
    DIFFERENCES,
    MEMBERSHIPS,
    Clients,
    clients_frame,
    frame_of,
    link_id,
)
from workbench.domain.records import Operation, Plan
from workbench.reconcile.plan import plan
from workbench.reconcile.state import Carried
from workbench.reconcile.undoing import undo


def clients(lives: Mapping[str, str] | None = None, members: tuple[str, ...] = ()) -> Clients:
    """Give three pairs whose XPM clients x1 and x2 have the primary contact p; others are its members."""
    lives = lives or {}
    ours = [{"client_id": f"c{n}", "lifecycle": lives.get(f"c{n}", "active")} for n in (1, 2, 3)]
    theirs = [
        {"client_id": f"x{n}", "lifecycle": lives.get(f"x{n}", "active"), "contact_id": "p" if n < 3 else "q"}
        for n in (1, 2, 3)
    ]
    rows = [{"side": "xpm", "contact_id": "p", "client_id": m, "role": "contact"} for m in members]
    return Clients(
        clients_frame(ours, "connectworks"), clients_frame(theirs, "xpm"), frame_of(rows, MEMBERSHIPS)
    )


def planned(known: Clients | None, field: str = "other_phone", direction: str = "to_xpm") -> Plan:
    """Plan one decision of the first pair."""
    shown: dict[str, Any] = {
        "link_id": link_id("c1", "x1"),
        "connectworks_id": "c1",
        "xpm_id": "x1",
        "contact_id": "p",
        "field": field,
        "connectworks": "021 111",
        "xpm": "021 222",
        "kind": "different",
    }
    chosen = {**shown, "direction": direction, "how": "tick", "by": "ann", "seq": "1"}
    return plan(frame_of([shown], DIFFERENCES), frame_of([chosen], DECISIONS), clients=known)


def test_a_plan_names_whom_a_contacts_write_reaches() -> None:
    """All other clients that hold the contact are named, be it their primary one or not."""
    made = planned(clients(members=("x1", "x3")))
    assert made.reaches == {made.operations[0].operation_id: ("x2", "x3")}


def test_who_is_deleted_is_not_reached() -> None:
    """A deleted client that shares the contact is nobody to be warned of."""
    assert planned(clients({"x2": "deleted"})).reaches == {}


def test_a_write_on_a_client_reaches_nobody_else() -> None:
    """Only contacts are shared."""
    assert planned(clients(), "primary_phone").reaches == {}


def test_without_the_clients_nothing_is_claimed() -> None:
    """A plan from bare differences says that it does not know whom it reaches, and is the same plan."""
    assert planned(None).reaches is None
    assert planned(None).hash == planned(clients()).hash


@pytest.mark.parametrize(
    ("direction", "record", "state", "words"),
    [
        ("to_connectworks", "c1", "discarded", "Connectworks has this client as discarded"),
        ("to_connectworks", "c1", "deleted", "Connectworks has this client as deleted"),
        ("to_xpm", "x1", "deleted", "XPM has this client as deleted"),
    ],
)
def test_a_record_that_takes_no_writes_is_left_out(
    direction: str, record: str, state: str, words: str
) -> None:
    """It is told in the plan, not refused by the service in the middle of a run."""
    made = planned(clients({record: state}), "primary_phone", direction)
    assert made.operations == ()
    assert [left.code for left in made.left_out] == ["cannot"]
    assert made.left_out[0].reason.startswith(words)


@pytest.mark.parametrize(
    ("direction", "record", "state"),
    [("to_xpm", "c1", "discarded"), ("to_xpm", "x1", "archived"), ("to_connectworks", "x1", "deleted")],
)
def test_what_can_be_written_is(direction: str, record: str, state: str) -> None:
    """The other side's state hinders nobody, and archived clients are written."""
    made = planned(clients({record: state}), "primary_phone", direction)
    assert (len(made.operations), made.left_out) == (1, ())


def test_undo_leaves_out_what_takes_no_writes() -> None:
    """Taking back stops at a client that was discarded since, with the reason."""
    wrote = Operation("connectworks", "client", "c1", "c1", {"email": "a"}, {"email": "b"}, (1,))
    carried = Carried(wrote.operation_id, wrote, "run", ("L",), "done", seq=9)
    now = {("connectworks", "client", "c1"): {"email": "b"}}
    made = undo([carried], now, clients=clients({"c1": "discarded"}))  # type: ignore[arg-type]
    assert made.operations == ()
    assert [(left.link_id, left.field, left.code) for left in made.left_out] == [("L", "email", "cannot")]


def test_undo_names_whom_it_reaches() -> None:
    """Putting a contact's number back shows at all that share it."""
    wrote = Operation("xpm", "contact", "p", "x1", {"other_phone": "a"}, {"other_phone": "b"}, (1,))
    carried = Carried(wrote.operation_id, wrote, "run", ("L",), "done", seq=9)
    made = undo([carried], {("xpm", "contact", "p"): {"other_phone": "b"}}, clients=clients())
    assert made.reaches == {made.operations[0].operation_id: ("x2",)}
