"""The next step of creating a record: no request without its seal, none while one may still arrive."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from workbench.reconcile.creations import MOST_SENDS, Adopt, Creation, End, Sealed, Send, WaitUntil, next_step

NOW = datetime(2026, 5, 1, tzinfo=UTC)
LATE_S = 60.0


def _creation(*seals: Sealed, despite: tuple[str, ...] = ()) -> Creation:
    return Creation("c1", "xpm", "cw1", despite, "ann", NOW.isoformat(), {"legal_name": "Rimu"}, (), seals)


def _sealed(seconds_ago: float, *seen: str) -> Sealed:
    return Sealed((NOW - timedelta(seconds=seconds_ago)).isoformat(), seen)


def _next(creation: Creation, *namesakes: str, known: tuple[str, ...] = ()) -> object:
    return next_step(creation, namesakes, frozenset(known), NOW, LATE_S)


def test_the_first_request_follows_a_search() -> None:
    """It is sealed with who stood there; a namesake that nobody saw stops it."""
    assert _next(_creation()) == Send(())
    assert _next(_creation(), "b", "a", known=("a", "b")) == Send(("a", "b"))
    assert _next(_creation(despite=("a",)), "a") == Send(("a",))
    assert isinstance(_next(_creation(), "a"), End)


def test_nothing_is_sent_while_a_request_may_still_arrive() -> None:
    """After an unclear answer it waits; then one new namesake is ours, none is a reason to ask again."""
    assert _next(_creation(_sealed(10))) == WaitUntil(NOW + timedelta(seconds=50))
    assert _next(_creation(_sealed(10)), "n") == WaitUntil(NOW + timedelta(seconds=50))
    assert _next(_creation(_sealed(61, "a")), "a", "n") == Adopt("n")
    assert _next(_creation(_sealed(61, "a")), "a") == Send(("a",))
    assert isinstance(_next(_creation(_sealed(61)), "n", "m"), End)
    assert isinstance(_next(_creation(*[_sealed(61)] * MOST_SENDS)), End)


@given(
    st.lists(st.tuples(st.booleans(), st.sampled_from(["commits", "lost", "late"])), min_size=1, max_size=5),
)
def test_there_is_never_a_second_record(history: list[tuple[bool, str]]) -> None:
    """Whatever becomes of each request, and whoever crashes before or after it, one record is the most."""
    there: list[tuple[datetime, str]] = []
    seals: tuple[Sealed, ...] = ()
    now = NOW
    for crashes, fate in [*history, *[(False, "commits")] * 4]:
        shown = [i for at, i in there if at <= now]
        step = next_step(_creation(*seals), shown, frozenset(), now, LATE_S)
        match step:
            case Send(seen):
                seals = (*seals, Sealed(now.isoformat(), seen))
                if fate != "lost":
                    late = timedelta(seconds=LATE_S - 1 if fate == "late" else 0)
                    there.append((now + late, f"n{len(there)}"))
                if fate == "commits" and not crashes:
                    break
            case WaitUntil(until):
                now = until
            case Adopt() | End():
                break
        now += timedelta(seconds=1)
    assert len(there) <= 1
