"""Nothing is sent that says anything else than what was decided."""

from __future__ import annotations

from dataclasses import replace

import pytest

from workbench.domain.frames import address_cell
from workbench.domain.records import Event, Operation
from workbench.reconcile.backing import backed
from workbench.reconcile.state import Carried

EMAIL = Operation("xpm", "client", "x1", "x1", {"email": "b"}, {"email": "a"}, (5,), "ann")
LINK = Operation("connectworks", "link", "c1", "c1", {"linked_id": None}, {"linked_id": "x1"}, (5,), "ann")


def decided(field: str = "email", direction: str = "to_xpm", **seen: str | None) -> Event:
    """Make a decision about both values as they were seen."""
    body = {"link_id": "l1", "connectworks_id": "c1", "xpm_id": "x1", "field": field, "direction": direction}
    return Event(5, "", "ann", "decided", body, seen or {"connectworks": "a", "xpm": "b"})


def pair(kind: str, connectworks_id: str = "c1") -> Event:
    """Make a link or a parting."""
    body = {"link_id": "l1", "connectworks_id": connectworks_id, "xpm_id": "x1"}
    return Event(5, "", "ann", kind, body)


@pytest.mark.parametrize(
    ("operation", "event", "so"),
    [
        (EMAIL, decided(), True),
        (EMAIL, decided(direction="to_connectworks"), False),
        (EMAIL, decided("website"), False),
        (EMAIL, decided(connectworks="z", xpm="b"), False),
        (replace(EMAIL, after={"email": "a", "website": "w"}), decided(), False),
        (replace(EMAIL, after={"email": None}), decided(), False),
        (replace(EMAIL, resource_id="x2"), decided(), False),
        (replace(EMAIL, resource_id="x2", client_id="x2"), decided(), False),
        (replace(EMAIL, resource="contact", resource_id="p1"), decided(), True),
        (replace(EMAIL, resource="contact", resource_id="p1", client_id="x2"), decided(), False),
        (LINK, pair("linked"), True),
        (replace(LINK, before={"linked_id": "x0"}, after={"linked_id": None}), pair("linked"), True),
        (replace(LINK, before={"linked_id": "x1"}, after={"linked_id": None}), pair("unlinked"), True),
        (LINK, pair("unlinked"), False),
        (LINK, pair("linked", "c2"), False),
        (replace(LINK, after={"linked_id": "x2"}), pair("linked"), False),
    ],
)
def test_a_write_says_what_its_decision_says(operation: Operation, event: Event, so: bool) -> None:
    """Another side, field, record or value than was decided is not backed; nor is a field besides."""
    assert backed(operation, [event]) is so


def test_an_address_is_backed_as_the_other_side_keeps_it() -> None:
    """XPM has no suburb, so that its lines hold it; that is no other value than was decided."""
    parts = {"lines": "1 Rātā Lane", "suburb": "Kelburn", "city": "Wellington"}
    here = address_cell(parts)
    there = address_cell({"lines": "1 Rātā Lane\nKelburn", "city": "Wellington"})
    operation = replace(EMAIL, before={"postal_address": None}, after={"postal_address": there})
    assert backed(operation, [decided("postal_address", connectworks=here, xpm=None)])


def test_taking_back_leads_to_what_stood_before() -> None:
    """An undo is backed by the writes that it names, and to no value but one of theirs before."""
    write = Carried("o", EMAIL, "r", ("l1",), "done", seq=5)
    back = replace(EMAIL, before={"email": "a"}, after={"email": "b"})
    assert backed(back, [], [write])
    assert not backed(replace(back, after={"email": "c"}), [], [write])
    assert not backed(replace(back, resource_id="x2"), [], [write])
