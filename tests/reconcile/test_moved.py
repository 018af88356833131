"""When values moved, by snapshots; and whole histories of two sides, in which no change is discarded."""

import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from workbench.domain.frames import BASELINE, LINKS, Clients, as_clients, frame_of, link_id
from workbench.domain.settings import CompareSettings
from workbench.reconcile.compare import compare, same_value
from workbench.reconcile.days import between, day
from workbench.reconcile.moved import MOVED, Sight, moved

sys.path.insert(0, str(Path(__file__).parent))

from often import often

LINK = link_id("c", "x")
IDS = {"connectworks": "c", "xpm": "x"}
ONE_LINK = frame_of([{"link_id": LINK, "connectworks_id": "c", "xpm_id": "x"}], LINKS)
IN_UTC = CompareSettings(time_zone="UTC")


def at(number: int) -> str:
    return f"2026-03-{number:02}T09:00:00.000Z"


def seen(side: str, number: int, value: str | None, **more: Any) -> Sight:
    """Give one side as a pull of that day showed it."""
    return Sight(
        at(number), as_clients(pd.DataFrame([{"client_id": IDS[side], "email": value}]), side), **more
    )


def _frame(side: str, value: str | None) -> pd.DataFrame:
    return as_clients(pd.DataFrame([{"client_id": IDS[side], "email": value}]), side)


def agreed(connectworks: str | None, xpm: str | None, on: str = at(1), why: str = "equal") -> pd.DataFrame:
    row = {"link_id": LINK, "field": "email", "connectworks": connectworks, "xpm": xpm, "at": on, "why": why}
    return frame_of([row], BASELINE)


def dated(baseline: pd.DataFrame, connectworks: list[Sight], xpm: list[Sight]) -> list[tuple[str, str, str]]:
    """Date what has moved, given each side's sights from the first to the last."""
    now = {"connectworks": connectworks[-1], "xpm": xpm[-1]}
    before = {"connectworks": connectworks[-2::-1], "xpm": xpm[-2::-1]}
    found = moved(ONE_LINK, baseline, now, before)
    assert tuple(found.columns) == MOVED
    return [(row.side, row.since[8:10], row.until[8:10]) for row in found.itertuples()]


def test_a_move_lies_between_two_sights() -> None:
    """It is dated by the last sight of another value and the first of the present one."""
    still = [seen("connectworks", n, "a@b.example") for n in (1, 3, 10, 17)]
    changed = [seen("xpm", n, "a@b.example") for n in (1, 3)] + [
        seen("xpm", n, "z@b.example") for n in (10, 17)
    ]
    assert dated(agreed("a@b.example", "a@b.example"), still, changed) == [("xpm", "03", "10")]


def test_rewriting_is_no_move() -> None:
    """A value that is only written otherwise has not moved, neither away from what was agreed nor since."""
    still = [seen("connectworks", n, "a@b.example") for n in (1, 3)]
    rewritten = [seen("xpm", 1, "a@b.example"), seen("xpm", 3, "A@B.example")]
    assert dated(agreed("a@b.example", "a@b.example"), still, rewritten) == []
    twice = [seen("xpm", 1, "a@b.example"), seen("xpm", 3, "z@b.example"), seen("xpm", 5, "Z@B.example")]
    assert dated(agreed("a@b.example", "a@b.example"), still, twice) == [("xpm", "01", "03")]


def test_a_look_at_one_client_is_later_than_the_pull() -> None:
    """What a refresh showed stands from the refresh on, not from the pull that it is laid over."""
    still = [seen("connectworks", 3, "a@b.example")]
    looked = [seen("xpm", 3, "a@b.example"), seen("xpm", 10, "z@b.example", looked={"x": at(12)})]
    assert dated(agreed("a@b.example", "a@b.example"), still, looked) == [("xpm", "03", "12")]


def test_what_no_snapshot_shows_is_not_dated() -> None:
    """Without an earlier sight, and for a baseline that is lost, there is no date rather than a guess."""
    still, changed = [seen("connectworks", 3, "a@b.example")], [seen("xpm", 3, "z@b.example")]
    assert dated(agreed("a@b.example", "a@b.example"), still, changed) == []
    then = [seen("xpm", 1, "y@b.example"), *changed]
    assert dated(agreed(None, None, why="lost"), still, then) == []


def test_no_snapshot_is_read_without_need() -> None:
    """Where nothing has left what was agreed, earlier snapshots stay closed."""

    def never() -> Any:
        raise AssertionError("an earlier snapshot was read")
        yield

    now = {side: seen(side, 3, "a@b.example") for side in IDS}
    assert moved(ONE_LINK, agreed("a@b.example", "a@b.example"), now, dict.fromkeys(IDS, never())).empty


def test_reasons_carry_the_dates() -> None:
    """A suggestion says when its side moved, and since when the other has not."""
    still = [seen("connectworks", n, "a@b.example") for n in (3, 10)]
    changed = [seen("xpm", 3, "a@b.example"), seen("xpm", 10, "z@b.example")]
    now, before = (
        {"connectworks": still[1], "xpm": changed[1]},
        {"connectworks": still[:1], "xpm": changed[:1]},
    )
    baseline = agreed("a@b.example", "a@b.example", "2026-01-12T09:00:00.000Z")
    clients = Clients(still[1].clients, changed[1].clients)
    dates = moved(ONE_LINK, baseline, now, before)
    found = compare(clients, ONE_LINK, baseline, moved=dates, settings=IN_UTC)
    assert found.loc[0, "suggestion"] == "to_connectworks"
    assert found.loc[0, "reason"] == (
        "XPM changed it between 3 and 10 March 2026; "
        "Connectworks has not since both were agreed on 12 January 2026."
    )


@pytest.mark.parametrize("why", ["lost", "unfit"])
def test_a_baseline_that_is_lost_or_of_other_links_is_said(why: str) -> None:
    """Nothing is suggested then, not even to fill a blank: it may have been cleared on purpose."""
    baseline = agreed(None, None, why="lost")
    if why == "unfit":
        baseline = agreed("a@b.example", "a@b.example").assign(link_id="another")
    sides = seen("connectworks", 3, "a@b.example").clients, seen("xpm", 3, None).clients
    found = compare(Clients(*sides), ONE_LINK, baseline).loc[0]
    assert (found["kind"], pd.isna(found["suggestion"])) == ("fill", True)
    assert found["reason"].endswith("nobody can tell which side moved.")


@pytest.mark.parametrize(
    ("since", "until", "words"),
    [
        ("2026-03-03T01:00:00Z", "2026-03-10T01:00:00Z", "between 3 and 10 March 2026"),
        ("2026-02-28T01:00:00Z", "2026-03-10T01:00:00Z", "between 28 February and 10 March 2026"),
        ("2025-12-31T01:00:00Z", "2026-03-10T01:00:00Z", "between 31 December 2025 and 10 March 2026"),
        ("2026-03-09T12:00:00Z", "2026-03-10T01:00:00Z", "on 10 March 2026"),
        ("2026-03-03", "2026-03-10", "between 3 and 10 March 2026"),
        ("some time", "2026-03-10", "between some time and 2026-03-10"),
    ],
)
def test_days_are_written_as_people_do_in_the_firms_zone(since: str, until: str, words: str) -> None:
    """Noon of the 9th in UTC is the 10th in Auckland; a bare day is that day anywhere."""
    assert between(since, until, "Pacific/Auckland") == words
    assert day("2026-01-11T20:00:00Z", "Pacific/Auckland") == "12 January 2026"


VALUES = st.sampled_from([None, "a@b.example", "A@b.example", "n/a", "c@d.example", "e@f.example"])
STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("connectworks"), VALUES),
        st.tuples(st.just("xpm"), VALUES),
        st.tuples(st.sampled_from(["compare", "leave", "push", "accept"]), st.none()),
    ),
    min_size=1,
    max_size=14,
)


@dataclass
class Story:
    """Two cells of one link through time, and what is agreed about them."""

    now: dict[str, str | None] = field(default_factory=lambda: dict.fromkeys(IDS))
    agreed: tuple[str | None, str | None] | None = None

    def compared(self) -> dict[str, Any]:
        """Compare, and let what is equal become the baseline, as the house does."""
        frames = (
            as_clients(pd.DataFrame([{"client_id": IDS[s], "email": v}]), s) for s, v in self.now.items()
        )
        found = compare(Clients(*frames), ONE_LINK, agreed(*self.agreed) if self.agreed else None)
        cell = {str(name): None if pd.isna(value) else value for name, value in found.iloc[0].items()}
        if cell["kind"] in ("same", "cosmetic"):
            self.agreed = (self.now["connectworks"], self.now["xpm"])
        return cell

    def step(self, what: str, value: str | None) -> None:
        """Let one thing happen."""
        if what in self.now:
            self.now[what] = value
        elif what == "leave":
            self.agreed = (self.now["connectworks"], self.now["xpm"])
        elif what == "accept" and (direction := self.compared()["suggestion"]):
            source = "connectworks" if direction == "to_xpm" else "xpm"
            self.now = dict.fromkeys(IDS, self.now[source])
            self.agreed = (self.now[source], self.now[source])
        elif what == "compare":
            self.compared()


@given(STEPS)
@settings(max_examples=often(14))
def test_no_history_ends_in_a_suggestion_that_discards_the_only_change(steps: list[Any]) -> None:
    """Whatever happened before: who alone has moved is never overwritten, and nobody guesses."""
    story = Story()
    for step in steps:
        before = story.agreed
        story.step(*step)
        if step[0] in IDS:
            assert story.agreed == before
    known = story.agreed
    cell = story.compared()
    left = [v for v in story.now.values() if not same_value("email", v, None)]
    source = {"to_xpm": "connectworks", "to_connectworks": "xpm"}.get(cell["suggestion"] or "")
    if source:
        assert not same_value("email", story.now[source], None), "a blank is never suggested"
        assert cell["kind"] in ("fill", "different")
    if known is None:
        assert source is None or len(left) == 1, "two values without a baseline are never guessed"
        return
    gone = {s for s, was in zip(IDS, known, strict=True) if not same_value("email", was, story.now[s])}
    assert source is None or gone == {source}, "only the one that moved is followed"
    if cell["kind"] == "conflict":
        assert gone == set(IDS)


@given(STEPS)
@settings(max_examples=often(5))
def test_absorbed_changes_become_the_baseline(steps: list[Any]) -> None:
    """When both sides come to hold one value, that is the agreed one, and it is the same on the next look."""
    story = Story()
    for step in [*steps, ("connectworks", "new@b.example"), ("xpm", "NEW@b.example")]:
        story.step(*step)
    assert story.compared()["kind"] == "cosmetic"
    assert story.agreed == ("new@b.example", "NEW@b.example")
    assert story.compared()["reason"] is None
