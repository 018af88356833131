"""The push protocol, step by step."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.domain.records import Event, Operation, Seen
from workbench.reconcile.settle import (
    MOST_SENDS,
    TIMES_TOLD,
    Claim,
    Conclude,
    Forgo,
    Look,
    Seal,
    Send,
    Step,
    Wait,
    covers,
    harm,
    match,
    next_step,
)

T0 = datetime(2026, 3, 2, 9, tzinfo=UTC)
OPERATION = Operation(
    "xpm",
    "client",
    "x1",
    "x1",
    {"email": "old@kauri.example", "website": None},
    {"email": "new@kauri.example", "website": "kauri.example"},
    (7,),
)


class Story:
    """A ledger written by hand, one second between events."""

    def __init__(self) -> None:
        self.events: list[Event] = []
        self.now = T0

    def add(self, kind: str, after_s: float = 1, **body: object) -> int:
        """Append an event some seconds later."""
        self.now += timedelta(seconds=after_s)
        body = {"operation_id": OPERATION.operation_id, **body}
        if kind == "seen":
            body.setdefault("looked_at", self.now.isoformat())
        self.events.append(Event(len(self.events) + 1, self.now.isoformat(), "ann", kind, body))
        return len(self.events)

    def step(self, after_s: float = 1, holder: str = "a", sealed: int | None = None) -> Step | None:
        """Ask for the next step some seconds later."""
        return next_step(
            OPERATION, self.events, self.now + timedelta(seconds=after_s), holder=holder, sealed=sealed
        )


def sealed_story() -> tuple[Story, int]:
    story = Story()
    story.add("claimed", holder="a", run_id="r")
    story.add("seen", match="before", why="first")
    return story, story.add("sending", holder="a")


def test_the_calm_path_claims_looks_seals_sends_and_concludes() -> None:
    """Without faults each step leads to the next, and the echo ends it."""
    story = Story()
    assert story.step() == Claim()
    story.add("claimed", holder="a", run_id="r")
    assert story.step() == Look("first")
    story.add("seen", match="before", why="first")
    assert story.step() == Seal()
    seal = story.add("sending", holder="a")
    assert isinstance(story.step(sealed=seal), Send)
    story.add("answered", sealed=seal, answer="echo", match="after", harm=[])
    assert story.step() == Conclude("done", "Written.")
    story.add("concluded", run_id="r", outcome="done")
    assert story.step() is None


@pytest.mark.parametrize(("seen", "outcome"), [("after", "already"), ("other", "stale")])
def test_what_is_not_as_decided_on_is_never_sent(seen: str, outcome: str) -> None:
    """A first look that shows anything but the values decided on ends the operation."""
    story = Story()
    story.add("claimed", holder="a")
    story.add("seen", match=seen, why="first")
    step = story.step()
    assert isinstance(step, Conclude)
    assert step.outcome == outcome


def test_a_record_that_is_not_shown_is_believed_gone_when_told_three_times() -> None:
    """A passing failure may come as a refusal: the first two are asked again, nothing is sent meanwhile."""
    story = Story()
    story.add("claimed", holder="a")
    for _ in range(TIMES_TOLD):
        assert story.step() == Look("first")
        story.add("seen", match="gone", why="first")
    step = story.step()
    assert isinstance(step, Conclude)
    assert step.outcome == "refused"


def test_a_refused_write_is_tried_again_after_a_new_look_until_it_is_believed() -> None:
    """Each further request has a look and a seal of its own; three refusals end it."""
    story = Story()
    story.add("claimed", holder="a")
    for _ in range(TIMES_TOLD):
        assert story.step() == Look("first")
        story.add("seen", match="before", why="first")
        assert story.step() == Seal()
        seal = story.add("sending", holder="a")
        assert isinstance(story.step(sealed=seal), Send)
        story.add("answered", sealed=seal, answer="refused")
    assert story.step() == Conclude("refused", "The service refused it; nothing was written.")


@given(st.floats(5.01, 10_000))
def test_a_look_older_than_five_seconds_is_looked_again(age_s: float) -> None:
    """Neither a send nor an end rests on a look that is not fresh."""
    for seen in ("before", "after", "other", "gone"):
        story = Story()
        story.add("claimed", holder="a")
        story.add("seen", match=seen, why="first")
        assert story.step(after_s=age_s) == Look("first")


def test_a_seal_that_is_not_ones_own_counts_as_perhaps_sent() -> None:
    """After a crash between seal and answer, nothing is sent before late commits are waited out."""
    story, _ = sealed_story()
    step = story.step()
    assert isinstance(step, Wait)
    assert step.until >= story.now + timedelta(seconds=60)
    story.now = step.until
    assert story.step() == Look("closing")


def test_a_seal_too_late_to_send_is_not_sent() -> None:
    """When the look has gone stale between seal and send, nothing leaves."""
    story, seal = sealed_story()
    assert isinstance(story.step(after_s=6, sealed=seal), Forgo)


def test_what_surely_was_not_sent_costs_no_waiting() -> None:
    """A spent quota leaves the operation as it was before its seal."""
    story, seal = sealed_story()
    story.add("answered", sealed=seal, answer="unsent")
    assert story.step(after_s=100) == Look("first")


def test_a_second_claim_within_the_lease_waits() -> None:
    """Two processes on one plan: the first claim counts, whoever asks."""
    story = Story()
    story.add("claimed", holder="a")
    story.add("claimed", holder="b")
    assert story.step(holder="a") == Look("first")
    assert isinstance(story.step(holder="b"), Wait)


def test_a_dead_holder_is_taken_over_and_sends_nothing_on_waking() -> None:
    """After the lease another claim counts, and the old holder's own seal no longer lets it send."""
    story, seal = sealed_story()
    assert story.step(after_s=61, holder="b") == Claim()
    story.add("claimed", after_s=61, holder="b")
    assert isinstance(story.step(after_s=0, holder="a", sealed=seal), Wait)
    assert isinstance(story.step(after_s=0, holder="b"), Wait | Look)


def test_a_late_answer_of_an_old_holder_does_not_answer_a_newer_seal() -> None:
    """Answers belong to the seal that they name."""
    story, old = sealed_story()
    story.add("claimed", after_s=61, holder="b")
    story.add("seen", after_s=10, match="before", why="closing")
    new = story.add("sending", holder="b")
    story.add("answered", sealed=old, answer="refused")
    assert isinstance(story.step(holder="b", sealed=new), Send)


@pytest.mark.parametrize(
    ("answer", "seen", "outcome"),
    [
        ("uncertain", "after", "done"),
        ("uncertain", "other", "stale"),
        ("uncertain", "gone", "gave_up"),
        ("echo", "before", "refused"),
        ("echo", "other", "gave_up"),
        ("echo", "alike", "done"),
    ],
)
def test_an_unclear_answer_is_settled_by_a_closing_look(answer: str, seen: str, outcome: str) -> None:
    """What became of a write is read, never guessed."""
    story, seal = sealed_story()
    story.add("answered", sealed=seal, answer=answer, match="unclear", harm=[])
    if answer == "uncertain":
        assert isinstance(story.step(after_s=59), Wait)
    story.now += timedelta(seconds=60)
    for _ in range(TIMES_TOLD if seen == "gone" else 1):
        story.add("seen", match=seen, why="closing")
    step = story.step()
    assert isinstance(step, Conclude)
    assert step.outcome == outcome


def test_what_was_accepted_is_looked_at_at_once_and_waited_for_if_need_be() -> None:
    """An answer without a picture is a yes: seen to be so it is done, and only otherwise waited out."""
    story, seal = sealed_story()
    story.add("answered", sealed=seal, answer="echo", match="unclear", harm=[])
    assert story.step() == Look("closing")
    story.add("seen", match="before", why="closing")
    assert isinstance(story.step(), Wait)
    story.add("seen", after_s=3, match="after", why="closing")
    assert story.step() == Conclude("done", "Written.")


def test_harm_that_only_the_closing_look_shows_is_named_in_the_end() -> None:
    """A cut answer does not hide what a write has done to other fields."""
    story, seal = sealed_story()
    story.add("answered", sealed=seal, answer="uncertain")
    story.add("seen", after_s=61, match="after", why="closing", harm=["website"])
    step = story.step()
    assert isinstance(step, Conclude)
    assert "Website" in step.reason


def test_a_look_from_before_late_commits_were_waited_out_does_not_count() -> None:
    """A write may arrive after a look that did not show it."""
    story, seal = sealed_story()
    story.add("answered", sealed=seal, answer="uncertain")
    story.add("seen", after_s=58, match="before", why="closing")
    assert story.step(after_s=3) == Look("closing")


def test_it_gives_up_after_some_sends_without_effect() -> None:
    """An operation does not try for ever."""
    story = Story()
    story.add("claimed", holder="a")
    for _ in range(MOST_SENDS):
        story.add("seen", match="before", why="first")
        seal = story.add("sending", holder="a")
        story.add("answered", sealed=seal, answer="uncertain")
        story.now += timedelta(seconds=61)
    story.add("seen", match="before", why="closing")
    step = story.step()
    assert isinstance(step, Conclude)
    assert step.outcome == "gave_up"


def test_harm_is_named_in_the_end() -> None:
    """A write that changed other fields says which."""
    story, seal = sealed_story()
    story.add("answered", sealed=seal, answer="echo", match="after", harm=["primary_phone"])
    step = story.step()
    assert isinstance(step, Conclude)
    assert "Primary phone" in step.reason


def seen(values: dict[str, str | None], whole: bool = True) -> Seen:
    return Seen(values, whole, T0)


def test_match_compares_all_fields_exactly_and_takes_a_blank_for_a_blank() -> None:
    """One field that is neither before nor after makes the whole another picture."""
    assert match(OPERATION, seen({"email": "old@kauri.example", "website": ""})) == "before"
    assert match(OPERATION, seen({"email": "new@kauri.example", "website": "kauri.example"})) == "after"
    assert match(OPERATION, seen({"email": "new@kauri.example", "website": None})) == "other"
    assert match(OPERATION, seen({"email": "Old@kauri.example", "website": None})) == "other"
    assert match(OPERATION, seen({"email": "new@kauri.example", "website": "kauri.example"}, False)) == (
        "unclear"
    )
    assert match(OPERATION, None) == "unclear"


def test_match_knows_another_writing_of_the_same_value_where_it_is_told_how() -> None:
    """A service that reformats a value has still taken it."""

    def alike(name: str, one: str | None, other: str | None) -> bool:
        return (one or "").lower() == (other or "").lower()

    shown = seen({"email": "NEW@kauri.example", "website": "kauri.example"})
    assert match(OPERATION, shown, alike) == "alike"
    assert match(OPERATION, shown) == "other"


def test_harm_names_only_fields_that_nobody_asked_to_change() -> None:
    """The fields of the operation and the service's own time stamp are no harm."""
    first = {"email": "old@kauri.example", "primary_phone": "04 123", "website": None, "updated_at": "1"}
    echo = {"email": "new@kauri.example", "primary_phone": "", "website": "kauri.example", "updated_at": "2"}
    assert harm(OPERATION, first, echo) == ("primary_phone",)


def test_a_field_that_is_gone_is_harm_to_a_look_and_to_an_echo_a_question() -> None:
    """A look shows all there is; an echo that leaves out what held something asks for a look."""
    first, now = {"/notes": "1f", "/fax": None, "email": "a"}, {"email": "b"}
    assert harm(OPERATION, first, now) == ("/notes",)
    assert harm(OPERATION, first, now, echo=True) == ()
    assert not covers(now, first)
    assert covers(now | {"/notes": None}, first)
    assert harm(OPERATION, first, now | {"/notes": None}, echo=True) == ("/notes",)


@given(st.permutations(range(6)))
def test_the_order_of_reading_does_not_matter(order: list[int]) -> None:
    """Events are taken by their place in the ledger."""
    story, seal = sealed_story()
    story.add("answered", sealed=seal, answer="uncertain")
    story.add("seen", after_s=61, match="before", why="closing")
    story.add("sending", holder="a")
    before = story.step(sealed=6)
    story.events = [story.events[i] for i in order]
    assert story.step(sealed=6) == before
    assert isinstance(before, Send)


def test_a_look_of_one_who_was_taken_for_dead_serves_nobody_else() -> None:
    """Whoever slept on its look and woke after another had claimed: the other looks for itself."""
    story = Story()
    story.add("claimed", holder="a", run_id="r")
    story.add("claimed", 61, holder="b", run_id="r")
    story.add("seen", match="before", why="first", holder="a")
    assert story.step(holder="b") == Look("first")
    story.add("seen", match="before", why="first", holder="b")
    assert story.step(holder="b") == Seal()
