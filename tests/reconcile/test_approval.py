"""Whatever stands in the ledger, no write is approved by anybody who had a hand in it."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from workbench.domain.records import Event, plan_hash
from workbench.reconcile.approval import APPROVED, DECIDING
from workbench.reconcile.replay import replay

AT = "2026-03-02T09:30:00.000+00:00"
PEOPLE = st.sampled_from(["ann", "ben", "cas"])
WRITES = st.lists(st.sampled_from(["o1", "o2", "o3"]), min_size=1, unique=True)


@st.composite
def histories(draw: st.DrawFn) -> list[Event]:
    """Invent who decided, proposed, approved (also under wrong hashes) and sent back, in any order."""
    events: list[Event] = []
    for seq in range(1, draw(st.integers(1, 25)) + 1):
        kind = draw(st.sampled_from(["decided", "proposed", "approved", "sent_back"]))
        ids = draw(WRITES)
        mark = plan_hash(ids) if draw(st.integers(0, 4)) else "0" * 64
        operations = [[i, [draw(st.integers(1, 25))]] for i in ids] if kind == "proposed" else ids
        body = {"plan_hash": mark, "operations": operations}
        if kind == "decided":
            body = {"link_id": "l", "field": "email", "direction": "to_xpm"}
        events.append(Event(seq, AT, draw(PEOPLE), kind, body))
    return events


@given(histories())
def test_nobody_who_had_a_hand_in_a_write_has_approved_it(events: list[Event]) -> None:
    """Proposers and deciders approve nothing, in no order of entries; folded in parts it is the same."""
    state = replay(events)
    for known in state.standing.values():
        if known.standing == APPROVED:
            before = {e.seq: e.by for e in events if e.kind in DECIDING and e.at <= known.at}
            said = [e for e in events if e.kind == "approved" and e.by == known.by]
            assert said
            assert known.by != known.proposed_by
            hands = {before[seq] for seq in known.decisions if seq in before and seq < said[0].seq}
            assert known.by not in hands
    halfway = replay(events[: len(events) // 2])
    assert dict(replay(events, halfway).standing) == dict(state.standing)


def test_a_whole_plan_is_approved_under_its_own_hash_alone() -> None:
    """A yes to other writes than its hash stands for is none."""
    proposed = Event(1, AT, "ann", "proposed", {"plan_hash": plan_hash(["o1"]), "operations": [["o1", []]]})
    wrong = Event(2, AT, "ben", "approved", {"plan_hash": plan_hash(["o2"]), "operations": ["o1"]})
    right = Event(3, AT, "ben", "approved", {"plan_hash": plan_hash(["o1"]), "operations": ["o1"]})
    assert replay([proposed, wrong]).standing["o1"].standing == "waiting"
    assert replay([proposed, wrong, right]).standing["o1"].by == "ben"
