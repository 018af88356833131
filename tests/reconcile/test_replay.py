"""Folding the ledger."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from dataclasses import fields
from pathlib import Path
from typing import Any

import pandas as pd
from hypothesis import given, settings
from hypothesis import strategies as st

from workbench.domain.fields import SIDES
from workbench.domain.frames import DECISIONS, HISTORY, link_id
from workbench.domain.records import Entry, Event, Operation
from workbench.reconcile.replay import State, planned_entry, replay

sys.path.insert(0, str(Path(__file__).parent))

from ledger_entries import OPERATION, concluded, decided, entries, linked, pulled


def told(entries: Iterable[Entry], start: int = 1) -> list[Event]:
    """Give entries their numbers, as the ledger would."""
    return [
        Event(i, f"2026-03-02T09:00:{i % 60:02}.000+00:00", "ann", e.kind, e.body, e.private, e.subject)
        for i, e in enumerate(entries, start=start)
    ]


def parts(state: State) -> dict[str, Any]:
    return {f.name: getattr(state, f.name) for f in fields(State)}


@settings(max_examples=80)
@given(st.lists(entries, max_size=30).map(told), st.data())
def test_folding_in_pieces_in_any_order_equals_folding_whole(
    events: list[Event], data: st.DataObject
) -> None:
    """However the ledger is read, it says the same; and what was folded before is left as it was."""
    cut = data.draw(st.integers(0, len(events)))
    first = data.draw(st.permutations(events[:cut]))
    second = data.draw(st.permutations(events[cut:]))
    early = replay(first)
    kept = {name: repr(value) for name, value in parts(early).items()}
    # Events that were folded already are passed over when they are read again.
    assert parts(replay([*second, *first], early)) == parts(replay(events))
    assert {name: repr(value) for name, value in parts(early).items()} == kept


@settings(max_examples=60)
@given(st.lists(entries, max_size=30).map(told))
def test_no_decision_stands_on_a_link_that_is_parted(events: list[Event]) -> None:
    """Decisions and baselines belong to links in force."""
    state = replay(events)
    live = set(state.links()["link_id"])
    chosen = state.decisions()
    assert set(chosen.loc[chosen["field"] != "linked_id", "link_id"]) <= live
    assert set(state.baseline()["link_id"]) <= live


def test_the_latest_decision_counts_until_it_is_taken_back() -> None:
    """One decision per link and field, bound to the values seen; None takes it away."""
    start = [linked("c1", "x1", "connectworks"), decided("c1", "x1", "to_xpm"), decided("c1", "x1", "leave")]
    chosen = replay(told(start)).decisions()
    assert list(chosen.columns) == list(DECISIONS)
    assert chosen[["direction", "connectworks", "seq"]].to_dict("records") == [
        {"direction": "leave", "connectworks": "a@x.example", "seq": "3"}
    ]
    assert pd.isna(chosen["xpm"].iloc[0])
    assert replay(told([*start, decided("c1", "x1", None)])).decisions().empty


def test_a_decision_is_done_with_once_its_write_was() -> None:
    """After a done write the decision is gone; after a refused one it stands."""
    start = [linked("c1", "x1", "connectworks"), decided("c1", "x1", "to_xpm")]
    planned = planned_entry(OPERATION, "r1", [link_id("c1", "x1")])
    done = replay(told([*start, planned, concluded(OPERATION, "done")]))
    assert done.decisions().empty
    assert done.outcomes()[["outcome", "reason"]].to_dict("records") == [
        {"outcome": "done", "reason": "Because. Too long"}
    ]
    assert len(replay(told([*start, planned, concluded(OPERATION, "refused")])).decisions()) == 1


def test_a_purged_decision_is_not_in_force() -> None:
    """Without the values that were seen nothing can be pushed."""
    entry = decided("c1", "x1", "to_xpm")
    bare = Entry("decided", entry.body, {}, entry.subject)
    assert replay(told([linked("c1", "x1", "connectworks"), bare])).decisions().empty


def link_wishes(entries: list[Entry]) -> list[tuple[Any, ...]]:
    """Give what should be written about links: the record, the id that is there, the one that should be."""
    chosen = replay(told(entries)).decisions()[["connectworks_id", "connectworks", "xpm"]].astype(object)
    return list(chosen.where(chosen.notna(), None).itertuples(index=False, name=None))


def test_a_link_made_here_is_a_decision_to_write_it_there() -> None:
    """A link found in Connectworks asks for nothing; one made here does, and so does parting one."""
    assert link_wishes([linked("c1", "x1", "connectworks")]) == []
    assert link_wishes([linked("c1", "x1")]) == [("c1", None, "x1")]
    assert link_wishes([linked("c1", "x1"), linked("c1", "x1", kind="unlinked")]) == []
    there = linked("c1", "x1", "connectworks")
    assert link_wishes([there, linked("c1", "x1", kind="unlinked")]) == [("c1", "x1", None)]
    assert link_wishes([there, linked("c1", "x1", kind="unlinked"), linked("c1", "x2")]) == [
        ("c1", "x1", "x2")
    ]


def test_a_link_that_was_written_or_refused_is_not_asked_for_again() -> None:
    """The wish ends with its operation; whether Connectworks has it is known from the outcome."""
    operation = Operation("connectworks", "link", "c1", "c1", {"linked_id": None}, {"linked_id": "x1"}, (1,))
    planned = planned_entry(operation, "r1", [link_id("c1", "x1")])
    for outcome, written in (("done", {link_id("c1", "x1")}), ("refused", set())):
        state = replay(told([linked("c1", "x1"), planned, concluded(operation, outcome)]))
        assert state.decisions().empty
        assert state.written_links() == written


def test_a_request_is_followed_from_asking_to_its_end() -> None:
    """Queued, taken, asked to stop, ended."""
    asked = [Entry("requested", {"request_id": "q", "verb": "pull", "args": {"x": 1}})]
    assert [r.state for r in replay(told(asked)).open_requests()] == ["queued"]
    taken = [
        *asked,
        Entry("taken", {"request_id": "q", "worker": "w"}),
        Entry("stop_asked", {"request_id": "q"}),
    ]
    state = replay(told(taken))
    assert (state.requests["q"].state, state.stop_asked("q"), state.requests["q"].ok) == ("taken", True, None)
    ended = replay(told([*taken, Entry("ended", {"request_id": "q", "ok": False, "message": "No answer."})]))
    assert ended.open_requests() == []
    assert (ended.requests["q"].ok, ended.requests["q"].message) == (False, "No answer.")


def test_looks_lie_over_the_latest_pull_only() -> None:
    """A whole pull of a side makes its earlier looks old; a cut one leaves them over the last whole one."""
    look = Entry("looked", {"side": "xpm", "client_id": "x1", "look": "l1"})
    state = replay(told([pulled("xpm"), look]))
    assert state.looks("xpm") == {"x1": "l1"}
    assert replay(told([pulled("xpm"), look, pulled("xpm")])).looks("xpm") == {}
    state = replay(told([pulled("xpm"), look, pulled("xpm", complete=False)]))
    assert state.looks("xpm") == {"x1": "l1"}
    assert (state.pulls["xpm"].complete, state.whole_pulls["xpm"].seq) == (False, 1)


def test_a_planned_operation_reads_back_as_it_was() -> None:
    """The ledger gives the very operation that was sealed, with the same id, and the plan's identity."""
    state = replay(told([planned_entry(OPERATION, "r1", ["l1"])]))
    assert state.runs["r1"].operations == (OPERATION,)
    assert state.operations[OPERATION.operation_id].operation == OPERATION
    assert state.runs["r1"].operation_ids == (OPERATION.operation_id,)
    assert not state.runs["r1"].started


def test_operations_know_whose_differences_they_resolve() -> None:
    """From its decisions' places in the ledger an operation finds its links; so does an undo."""
    start = [linked("c1", "x1", "connectworks"), decided("c1", "x1", "to_xpm")]
    link = link_id("c1", "x1")
    assert replay(told(start)).link_ids_of(OPERATION) == (link,)
    state = replay(told([*start, planned_entry(OPERATION, "r1", [link]), concluded(OPERATION, "done")]))
    undoing = Operation("xpm", "client", "x1", "x1", {"email": "a@x.example"}, {"email": None}, (4,))
    assert state.link_ids_of(undoing) == (link,)


def test_history_tells_in_words_who_did_what_latest_first() -> None:
    """A write is told with its values before and after, a decision with what it would do."""
    start = [linked("c1", "x1"), decided("c1", "x1", "to_xpm")]
    planned = planned_entry(OPERATION, "r1", [link_id("c1", "x1")])
    rows = replay(told([*start, planned, concluded(OPERATION, "done")])).history()
    assert list(rows.columns) == list(HISTORY)
    assert rows["what"].tolist() == ["Written to XPM", "Chose Connectworks’ value for XPM", "Linked"]
    top = rows.iloc[0]
    assert (top["by"], top["xpm_id"], top["after"], top["outcome"]) == ("ann", "x1", "a@x.example", "done")
    assert top["connectworks_id"] == "c1"
    assert pd.isna(top["before"])
    assert len(replay(told(start)).history(limit=1)) == 1


@settings(max_examples=60)
@given(st.lists(entries, max_size=30).map(told))
def test_what_was_agreed_before_a_leave_is_kept_while_the_leave_stands(events: list[Event]) -> None:
    """Beside every leave stands the last pair agreed before it, if any, and beside nothing else."""
    state, spoken = replay(events), dict[tuple[str, str], list[Any]]()
    for n in range(len(events)):
        for key, row in replay(events[: n + 1]).agreed.items():
            if row not in spoken.setdefault(key, []):
                spoken[key].append(row)
    for key, row in state.before_leaving.items():
        assert state.agreed[key]["why"] == "leave"
        assert row in spoken[key][:-1]
        values = {side: row[side] for side in SIDES}
        assert row["why"] != "leave" or values != {side: state.agreed[key][side] for side in SIDES}
