"""From decisions to operations, and back again."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from workbench.domain.frames import (
    DECISIONS,
    DIFFERENCES,
    Clients,
    address_cell,
    address_parts,
    clients_frame,
    frame_of,
    link_id,
)
from workbench.domain.records import Facts, Operation, Plan, Quota
from workbench.reconcile.brakes import brakes
from workbench.reconcile.plan import Target, plan
from workbench.reconcile.state import Carried
from workbench.reconcile.undoing import current_values, undo

sys.path.insert(0, str(Path(__file__).parent))

from often import often

ALL = {side: frozenset({"write_fields", "write_links", "clear_fields"}) for side in ("connectworks", "xpm")}


def facts(**changed: Any) -> Facts:
    """Give facts under which no brake is set."""
    known = {"links": 1000, "pull_complete": True, "tenants": {"xpm": "t", "connectworks": "u"}}
    return Facts(**{**known, "abilities": ALL, "quota": Quota(day_left=5000), **changed})


def cell(n: int, field: str, cw: str | None, xpm: str | None, **more: str | None) -> dict[str, str | None]:
    """Give the cell of one difference of client number n."""
    ids = {"link_id": link_id(f"c{n}", f"x{n}"), "connectworks_id": f"c{n}", "xpm_id": f"x{n}"}
    return {
        **ids,
        "contact_id": f"p{n}",
        "field": field,
        "connectworks": cw,
        "xpm": xpm,
        "kind": "different",
        **more,
    }


def choice(difference: dict[str, str | None], direction: str, seq: int, **more: str | None) -> dict[str, Any]:
    """Decide on a difference just as it is."""
    seen = {
        k: difference[k] for k in ("link_id", "connectworks_id", "xpm_id", "field", "connectworks", "xpm")
    }
    return {**seen, "direction": direction, "how": "tick", "by": "ann", "seq": str(seq), **more}


def planned(*pairs: tuple[dict[str, Any], dict[str, Any]], **kwargs: Any) -> Plan:
    """Plan from pairs of a difference and a decision."""
    differences = frame_of([difference for difference, _ in pairs], DIFFERENCES)
    return plan(differences, frame_of([decision for _, decision in pairs], DECISIONS), **kwargs)


def one(difference: dict[str, Any], direction: str, **more: str | None) -> Plan:
    """Plan a single decision."""
    return planned((difference, choice(difference, direction, 1, **more)))


def codes(made: Plan) -> list[str]:
    """Give why decisions were left out."""
    return [left.code for left in made.left_out]


def test_a_swap_is_written_whole_or_not_at_all() -> None:
    """Where one half is locked, or was decided the other way, the other half is not written either."""
    slip = "physical and postal swapped"
    street, box = (address_cell({"lines": lines, "city": "Napier"}) for lines in ("14 Test Rd", "PO Box 9"))
    physical = cell(1, "physical_address", street, box, slip=slip, warnings="box_in_xpm")
    postal = cell(1, "postal_address", box, street, slip=slip)

    def both(direction: str, **more: str) -> Plan:
        chosen = choice(physical, direction, 1, **more)
        return planned((physical, chosen), (postal, choice(postal, direction, 2)))

    whole = [{"physical_address", "postal_address"}]
    assert [set(o.after) for o in both("to_xpm").operations] == whole
    assert [set(o.after) for o in both("to_connectworks", unlocks="yes").operations] == whole
    locked = both("to_connectworks")
    assert (locked.operations, codes(locked)) == ((), ["locked", "cannot"])
    apart = planned((physical, choice(physical, "to_xpm", 1)), (postal, choice(postal, "to_connectworks", 2)))
    assert (apart.operations, codes(apart)) == ((), ["cannot", "cannot"])


def test_all_fields_of_one_record_go_in_one_write() -> None:
    """One operation per resource; the mobile is the contact's, and each direction has its own side."""
    email = cell(1, "email", "a@x.example", "b@x.example")
    phone = cell(1, "primary_phone", "04 111 1111", "04 222 2222")
    mobile = cell(1, "other_phone", "021 111", "021 222")
    web = cell(1, "website", "one.example", "two.example")
    ticks = [(email, "to_xpm"), (phone, "to_xpm"), (mobile, "to_xpm"), (web, "to_connectworks")]
    made = planned(*((d, choice(d, way, i)) for i, (d, way) in enumerate(ticks, 1)))
    got = {
        (o.side, o.resource, o.resource_id, o.client_id): (o.before, o.after, o.decisions)
        for o in made.operations
    }
    assert got == {
        ("xpm", "client", "x1", "x1"): (
            {"email": "b@x.example", "primary_phone": "04 222 2222"},
            {"email": "a@x.example", "primary_phone": "04 111 1111"},
            (1, 2),
        ),
        ("xpm", "contact", "p1", "x1"): ({"other_phone": "021 222"}, {"other_phone": "021 111"}, (3,)),
        ("connectworks", "client", "c1", "c1"): (
            {"website": "one.example"},
            {"website": "two.example"},
            (4,),
        ),
    }
    assert made.left_out == ()
    assert (made.cost.calls, made.cost.minutes, made.cost.day_share) == (7, 7 / 60, None)


def test_a_value_that_changed_since_is_stale() -> None:
    """Either side's change makes a decision stale; nothing of it is sent."""
    seen = cell(1, "email", "a@x.example", "b@x.example")
    for side in ("connectworks", "xpm"):
        made = planned(({**seen, side: "new@x.example"}, choice(seen, "to_xpm", 1)))
        assert (made.operations, codes(made)) == ((), ["stale"])


def test_what_is_no_longer_compared_is_stale() -> None:
    """A decision without a difference is left out, not sent blindly."""
    seen = cell(1, "email", "a@x.example", "b@x.example")
    made = plan(frame_of([], DIFFERENCES), frame_of([choice(seen, "to_xpm", 1)], DECISIONS))
    assert (made.operations, codes(made)) == ((), ["stale"])


def test_equal_cells_and_leave_ask_for_nothing() -> None:
    """Neither an operation nor a complaint."""
    same = cell(1, "email", "a@x.example", "a@x.example")
    differs = cell(2, "email", "a@x.example", "b@x.example")
    made = planned((same, choice(same, "to_xpm", 1)), (differs, choice(differs, "leave", 2)))
    assert (made.operations, made.left_out) == ((), ())


def test_a_blank_needs_a_second_act_to_overwrite_a_value() -> None:
    """Without it the decision is left out and says what it would erase."""
    blank = cell(1, "website", None, "two.example")
    assert codes(one(blank, "to_xpm")) == ["erases"]
    assert "website" in one(blank, "to_xpm").left_out[0].reason
    made = one(blank, "to_xpm", erases="yes")
    assert made.operations[0].after == {"website": None}
    cannot = {side: ALL[side] - {"clear_fields"} for side in ALL}
    kept = planned((blank, choice(blank, "to_xpm", 1, erases="yes")), facts=facts(abilities=cannot))
    assert (kept.operations, codes(kept)) == ((), ["cannot"])


@pytest.mark.parametrize("kind", ["bad", "not_comparable"])
def test_damaged_and_masked_values_are_never_pushed(kind: str) -> None:
    """Whatever was ticked."""
    made = one(cell(1, "email", "a@x.example", "9.4E+12", kind=kind), "to_connectworks")
    assert (made.operations, codes(made)) == ((), ["not_pushable"])


@pytest.mark.parametrize("field", ["legal_name", "tax_number", "date_of_birth", "no_such_field"])
def test_compare_only_fields_are_never_pushed(field: str) -> None:
    """Only the six fields of the sync panel can be sent."""
    made = one(cell(1, field, "one", "two"), "to_xpm")
    assert (made.operations, codes(made)) == ((), ["not_pushable"])


def test_xpms_fallback_email_is_neither_overwritten_nor_taken() -> None:
    """The client's own email is blank there: that is what a push meets, and what it may not bring over."""
    shown = cell(1, "email", "a@x.example", "contact@x.example", warnings="shared; email_from_contact")
    made = one(shown, "to_xpm")
    assert made.operations[0].before == {"email": None}
    assert made.operations[0].after == {"email": "a@x.example"}
    assert codes(one(shown, "to_connectworks")) == ["cannot"]


def test_a_mobile_without_a_contact_cannot_be_written() -> None:
    """XPM keeps it at the primary contact."""
    made = one(cell(1, "other_phone", "021 111", None, contact_id=None), "to_xpm")
    assert (made.operations, codes(made)) == ((), ["cannot"])


def test_a_shared_contact_gets_one_write_or_none() -> None:
    """Equal wishes of two clients are one operation; different ones contradict, and neither is sent."""
    a = cell(1, "other_phone", "021 111", "021 999", contact_id="p")
    b = cell(2, "other_phone", "021 111", "021 999", contact_id="p")
    made = planned((a, choice(a, "to_xpm", 1)), (b, choice(b, "to_xpm", 2)))
    assert [(o.resource_id, o.client_id, o.decisions) for o in made.operations] == [("p", "x1", (1, 2))]
    b["connectworks"] = "021 222"
    made = planned((a, choice(a, "to_xpm", 1)), (b, choice(b, "to_xpm", 2)))
    assert (made.operations, codes(made)) == ((), ["contradicts", "contradicts"])


def address(**parts: str) -> str | None:
    return address_cell(parts)


def test_an_address_is_written_as_the_receiving_side_keeps_it() -> None:
    """XPM has no suburb: it is the last line there, and comes back out of it where it is the same."""
    here = address(lines="1 Kauri St", suburb="Karori", city="Wellington", region="Wellington")
    there = address(lines="9 Rata St\nKarori", city="Wellington", region="Wellington")
    shown = cell(1, "postal_address", here, there)
    to_xpm = one(shown, "to_xpm").operations[0].after["postal_address"]
    assert to_xpm == address(lines="1 Kauri St\nKarori", city="Wellington", region="Wellington")
    back = one(shown, "to_connectworks").operations[0].after["postal_address"]
    assert back == address(lines="9 Rata St", suburb="Karori", city="Wellington", region="Wellington")


def test_an_address_part_that_would_become_empty_needs_a_second_act() -> None:
    """It is named: the region."""
    here = address(lines="1 Kauri St", city="Wellington")
    shown = cell(1, "postal_address", here, address(lines="9 Rata St", city="Wellington", region="Wgtn"))
    made = one(shown, "to_xpm")
    assert (made.operations, codes(made)) == ((), ["erases"])
    assert "region" in made.left_out[0].reason
    assert (
        address_parts(one(shown, "to_xpm", erases="yes").operations[0].after["postal_address"])["region"]
        is None
    )


def link_choice(n: int, old: str | None, new: str | None, seq: int) -> dict[str, Any]:
    """Decide on a link, as the ledger gives it."""
    return choice(cell(n, "linked_id", old, new), "to_connectworks", seq)


def test_links_are_written_first_and_taken_away_before_they_are_given() -> None:
    """An XPM client is free before another record takes it."""
    email = cell(3, "email", "a@x.example", "b@x.example")
    decisions = [choice(email, "to_xpm", 3), link_choice(1, None, "x2", 1), link_choice(2, "x2", None, 2)]
    differences = frame_of([email], DIFFERENCES)
    made = plan(differences, frame_of(decisions, DECISIONS))
    assert [(o.resource, o.resource_id, o.after) for o in made.operations] == [
        ("link", "c2", {"linked_id": None}),
        ("link", "c1", {"linked_id": "x2"}),
        ("client", "x3", {"email": "a@x.example"}),
    ]
    here_only = plan(differences, frame_of(decisions, DECISIONS), facts=facts(linked_here_only=True))
    assert [o.resource for o in here_only.operations] == ["client"]


def test_an_operation_that_has_ended_is_not_planned_again() -> None:
    """One that was done is silent; one without effect is told."""
    shown = cell(1, "email", "a@x.example", "b@x.example")
    pair = (shown, choice(shown, "to_xpm", 1))
    operation_id = planned(pair).operations[0].operation_id
    assert planned(pair, concluded={operation_id: "done"}).left_out == ()
    refused = planned(pair, concluded={operation_id: "refused"})
    assert (refused.operations, codes(refused)) == ((), ["cannot"])
    again = planned((shown, choice(shown, "to_xpm", 9)), concluded={operation_id: "refused"})
    assert len(again.operations) == 1


_values = st.sampled_from([None, "", "a@x.example", "b@x.example"])
_ticks = st.lists(
    st.tuples(
        st.integers(1, 4),
        st.sampled_from(["email", "website", "other_phone"]),
        _values,
        _values,
        st.sampled_from(["to_xpm", "to_connectworks", "leave"]),
        st.sampled_from(["yes", None]),
    ),
    max_size=12,
    unique_by=lambda t: t[:2],
)


@settings(max_examples=often(25))
@given(_ticks, st.randoms(use_true_random=False))
def test_the_order_of_rows_changes_nothing_and_every_write_was_ticked(ticks: list[Any], random: Any) -> None:
    """A plan is one and the same however its frames are shuffled, and holds nothing that nobody chose."""
    differences = [cell(n, f, cw, xpm, contact_id="p") for n, f, cw, xpm, _, _ in ticks]
    decisions = [
        choice(d, t[4], i, erases=t[5]) for i, (d, t) in enumerate(zip(differences, ticks, strict=True), 1)
    ]
    made = plan(frame_of(differences, DIFFERENCES), frame_of(decisions, DECISIONS))
    random.shuffle(differences)
    random.shuffle(decisions)
    again = plan(frame_of(differences, DIFFERENCES), frame_of(decisions, DECISIONS))
    assert (again.operations, again.left_out, again.hash) == (made.operations, made.left_out, made.hash)
    targets = [(o.side, o.resource, o.resource_id) for o in made.operations]
    assert len(targets) == len(set(targets))
    ticked = {int(d["seq"]): d for d in decisions}
    for operation in made.operations:
        assert operation.before.keys() == operation.after.keys()
        for seq in operation.decisions:
            assert ticked[seq]["direction"] == f"to_{operation.side}"
            source = "connectworks" if operation.side == "xpm" else "xpm"
            assert operation.after[ticked[seq]["field"]] == (ticked[seq][source] or None)
        blanked = [n for n, v in operation.after.items() if v is None]
        assert all(ticked[s]["erases"] for s in operation.decisions if ticked[s]["field"] in blanked)


def state_of(made: Any, code: str) -> str:
    """Give the state of one brake."""
    found = made.brakes if isinstance(made, Plan) else made
    return next(brake.state for brake in found if brake.code == code)


def writes(count: int, fields: int = 3, after: str | None = "new") -> list[Operation]:
    """Give operations on so many XPM clients."""
    names = ["email", "website", "primary_phone"][:fields]
    return [
        Operation(
            "xpm", "client", f"x{i}", f"x{i}", {names[i % fields]: "old"}, {names[i % fields]: after}, (i,)
        )
        for i in range(count)
    ]


def test_without_facts_brakes_that_need_them_are_not_checked() -> None:
    """They are listed as such, never as clear."""
    states = {brake.code: brake.state for brake in brakes(writes(3), None)}
    assert states == {
        "many_clients": "not_checked",
        "many_blanks": "clear",
        "one_field": "clear",
        "other_tenant": "not_checked",
        "incomplete_pull": "not_checked",
        "stale_plan": "clear",
        "no_ability": "not_checked",
        "no_quota": "not_checked",
    }


@pytest.mark.parametrize(
    ("code", "operations", "known", "state"),
    [
        ("many_clients", writes(200), facts(), "clear"),
        ("many_clients", writes(201), facts(), "set"),
        ("many_blanks", writes(50, after=None), facts(), "clear"),
        ("many_blanks", writes(51, after=None), facts(), "set"),
        ("one_field", writes(20, fields=1), facts(), "set"),
        ("one_field", writes(19, fields=1), facts(), "clear"),
        ("one_field", writes(30), facts(), "clear"),
        ("incomplete_pull", writes(1), facts(pull_complete=False), "set"),
        ("no_ability", writes(1), facts(abilities={"xpm": frozenset({"read"})}), "set"),
        ("no_ability", writes(1), facts(), "clear"),
        ("no_quota", writes(10), facts(quota=Quota(day_left=19)), "set"),
        ("no_quota", writes(10), facts(quota=Quota(day_left=39)), "set"),
        ("no_quota", writes(10), facts(quota=Quota(day_left=40)), "clear"),
        ("no_quota", writes(10), facts(quota=Quota()), "not_checked"),
        ("no_quota", writes(10), facts(quota=Quota(outdated=True)), "not_checked"),
    ],
)
def test_brakes_are_pulled_at_their_bounds(
    code: str, operations: list[Operation], known: Facts, state: str
) -> None:
    """Each at its stated bound, not before."""
    assert state_of(brakes(operations, known), code) == state


def test_another_tenant_stops_a_plan_for_good() -> None:
    """No typed confirmation lifts it."""
    pulled = brakes(writes(1), facts(), tenants={"xpm": "another"})
    found = next(brake for brake in pulled if brake.code == "other_tenant")
    assert (found.state, found.final) == ("set", True)
    assert state_of(brakes(writes(1), facts(), tenants={"xpm": "t"}), "other_tenant") == "clear"


def test_a_client_written_on_both_sides_counts_once() -> None:
    """The share is one of links, not of records."""
    cells = [cell(n, f, "a", "b") for n in (1, 2) for f in ("email", "website")]
    ways = {"email": "to_xpm", "website": "to_connectworks"}
    pairs = [(d, choice(d, ways[str(d["field"])], i)) for i, d in enumerate(cells, 1)]
    assert state_of(planned(*pairs, facts=facts(links=10)), "many_clients") == "clear"
    assert state_of(planned(*pairs, facts=facts(links=9)), "many_clients") == "set"


def done(operation: Operation, seq: int = 9, outcome: str = "done") -> Carried:
    """Give an operation that has ended."""
    return Carried(operation.operation_id, operation, "r1", ("l1",), outcome, "", 2, seq)


WRITTEN = Operation(
    "xpm", "client", "x1", "x1", {"email": "old", "website": None}, {"email": "new", "website": "w"}, (1,)
)
X1: Target = ("xpm", "client", "x1")


def test_undo_writes_back_what_was_before() -> None:
    """As a plan of its own, which can be undone like any other."""
    made = undo([done(WRITTEN)], {X1: {"email": "new", "website": "w"}}, run_id="r1", facts=facts())
    assert made.undoes == "r1"
    back = made.operations[0]
    assert (back.before, back.after, back.decisions) == (dict(WRITTEN.after), dict(WRITTEN.before), (9,))
    redo = undo([done(back, 12)], {X1: {"email": "old", "website": None}}).operations[0]
    assert redo.after == WRITTEN.after
    assert redo.operation_id != WRITTEN.operation_id


def test_undo_keeps_what_was_changed_since() -> None:
    """A later edit stays and is listed; the other fields go back."""
    made = undo([done(WRITTEN)], {X1: {"email": "later", "website": "w"}})
    assert made.operations[0].after == {"website": None}
    assert [(left.field, left.code) for left in made.left_out] == [("email", "stale")]


@pytest.mark.parametrize("mobile_at", [("client", "x1"), ("contact", "k1")])
def test_half_a_swap_is_not_taken_back(mobile_at: tuple[Any, str]) -> None:
    """Where one of two swapped values was changed since, the other stays too: else one would be lost."""
    primary: Target = ("xpm", "client", "x1")
    other: Target = ("xpm", *mobile_at)
    there, back = {"primary_phone": "A"}, {"primary_phone": "B"}
    written = [
        done(Operation(*primary, "x1", there, back, (1,)), 8),
        done(Operation(*other, "x1", {"other_phone": "B"}, {"other_phone": "A"}, (2,)), 9),
    ]

    def taken_back(first: str, second: str) -> Plan:
        now: dict[Target, dict[str, str | None]] = {primary: {"primary_phone": first}}
        now.setdefault(other, {})["other_phone"] = second
        return undo(written, now)

    whole = {name: value for o in taken_back("B", "A").operations for name, value in o.after.items()}
    assert whole == {"primary_phone": "A", "other_phone": "B"}
    for made in (taken_back("B", "by hand"), taken_back("by hand", "A")):
        assert (made.operations, sorted(codes(made))) == ((), ["cannot", "stale"])
    by_hand = taken_back("B", "B")  # the other half went back already
    assert ([o.after for o in by_hand.operations], codes(by_hand)) == ([{"primary_phone": "A"}], [])


def test_undo_lists_fills_that_cannot_be_emptied_again() -> None:
    """A side without the ability to clear keeps what was filled."""
    unable = facts(abilities={"xpm": frozenset({"write_fields"})})
    made = undo([done(WRITTEN)], {X1: {"email": "new", "website": "w"}}, facts=unable)
    assert made.operations[0].after == {"email": "old"}
    assert [(left.field, left.code) for left in made.left_out] == [("website", "refused")]


def test_undo_takes_back_only_what_was_done_and_still_stands() -> None:
    """Refused writes, and those taken back already, ask for nothing."""
    assert undo([done(WRITTEN, outcome="refused")], {X1: {"email": "new", "website": "w"}}).operations == ()
    already = undo([done(WRITTEN)], {X1: {"email": "old", "website": None}})
    assert (already.operations, already.left_out) == ((), ())
    gone = undo([done(WRITTEN)], {})
    assert (gone.operations, codes(gone)) == ((), ["cannot", "cannot"])


def test_current_values_are_the_resources_own() -> None:
    """XPM's fallback email is not the client's; a mobile is found by its contact."""
    rows = [
        {"client_id": "x1", "email": "c@x.example", "email_source": "contact", "website": "w"},
        {"client_id": "x2", "contact_id": "p2", "other_phone": "021"},
    ]
    ours = clients_frame([{"client_id": "c1", "linked_id": "x1"}], "connectworks")
    clients = Clients(connectworks=ours, xpm=clients_frame(rows, "xpm"))
    mobile = Operation("xpm", "contact", "p2", "x2", {"other_phone": None}, {"other_phone": "021"})
    link = Operation("connectworks", "link", "c1", "c1", {"linked_id": None}, {"linked_id": "x1"})
    gone = Operation("xpm", "client", "x9", "x9", {"email": None}, {"email": "a"})
    assert current_values([WRITTEN, mobile, link, gone], clients) == {
        X1: {"email": None, "website": "w"},
        ("xpm", "contact", "p2"): {"other_phone": "021"},
        ("connectworks", "link", "c1"): {"linked_id": "x1"},
    }


def test_plans_from_hand_made_frames_need_no_ledger() -> None:
    """Decisions without a sequence number make operations too."""
    shown = cell(1, "email", "a@x.example", "b@x.example")
    bare = pd.DataFrame([{**choice(shown, "to_xpm", 1), "seq": None, "by": None, "erases": None}])
    made = plan(frame_of([shown], DIFFERENCES), bare)
    assert made.operations[0].decisions == ()
