"""Patterns: one act decides all differences of a kind that are in, each recorded singly, nothing unseen."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from workbench.domain.errors import BadInput
from workbench.domain.frames import DIFFERENCES, frame_of, link_id
from workbench.reconcile.patterns import patterns
from workbench.review.dashboard import dashboard
from workbench.review.known import Known
from workbench.review.model import ReviewModel
from workbench.review.pace import USUAL_S, Pace
from workbench.review.page import Asked
from workbench.review.pattern_model import (
    DIRECTIONS,
    SENDING,
    Picks,
    mark_of,
    open_rows,
    patterns_of,
    prospect,
    summary,
)
from workbench.review.pattern_rows import member_row
from workbench.review.patterns import MEMBERS_A_PAGE, Patterns
from workbench.review.rows import Filters
from workbench.review.tree import text_of, walk
from workbench.review.words import duration

sys.path.insert(0, str(Path(__file__).parent))
from desk_on_frames import DeskOnFrames, invented_clients
from test_model import Kept, swapped
from test_screens import Person

ONE = "email|different|unknown|two digits swapped"


def model_over(rows: list[dict[str, Any]]) -> tuple[ReviewModel, Kept, pd.DataFrame]:
    """Load differences of one pattern unless the rows say otherwise."""
    usual = {
        "connectworks_id": "c",
        "xpm_id": "x",
        "field": "email",
        "kind": "different",
        "pattern": ONE,
        "connectworks": "one@tui.example",
        "xpm": "two@tui.example",
    }
    frame = frame_of([{**usual, "link_id": f"L{i:04}", **row} for i, row in enumerate(rows)], DIFFERENCES)
    kept = Kept()
    model = ReviewModel(kept)
    model.load(frame, None)
    return model, kept, frame


def only_pattern(rows: list[dict[str, Any]]) -> Any:
    model, _, frame = model_over(rows)
    [pattern] = patterns_of(model, patterns(frame), model.shown(Filters(show="everything")))
    return model, pattern


def screen(rows: list[dict[str, Any]]) -> tuple[Patterns, ReviewModel, Kept]:
    """Open the only pattern of these differences, as the screen does it."""
    model, kept, frame = model_over(rows)
    desk = DeskOnFrames(0, 0)
    desk.differences = lambda: frame  # type: ignore[method-assign]
    part = Patterns(Known(desk), model)
    part.gather(model.shown(Filters()))
    part.act(Asked("open_pattern", {"pattern": ONE}))
    return part, model, kept


def decide(part: Patterns, direction: str) -> None:
    """Choose a direction and press the button that is shown then."""
    part.act(Asked("direction", {"direction": direction}))
    clicks = [n.on["click"] for n in walk(part.view()) if "click" in n.on]
    [press] = [act for act in clicks if act.name == "decide_pattern"]
    part.act(Asked(press.name, press.args))


def test_the_screen_opens_with_patterns_the_largest_first() -> None:
    """The first thing to see are kinds of differences with their numbers, not single clients."""
    desk = DeskOnFrames(60, 40)
    person = Person(dashboard(desk))
    person.goes("differences")
    [table] = [n for n in walk(person.tree) if "patterns" in str(n.attrs.get("class", "")).split()]
    counts = [int(text_of(n)) for n in walk(table) if n.attrs.get("class") == "count"]
    assert counts == sorted(counts, reverse=True)
    assert "Email: one letter is missing" in text_of(table)
    assert sum(counts) == 43


def test_each_value_of_a_swap_stands_behind_its_fields_name() -> None:
    """Of two numbers under each other a person can tell which one is which, on either side."""
    model, _ = swapped()
    told = text_of(member_row(model.party("L"), model.row(("L", "primary_phone")), Picks(), True))
    for numbers in (("09 555 0101", "021 555 0202"), ("021 555 0202", "09 555 0101")):
        assert "Primary phone: {} Other phone: {}".format(*numbers) in told


def test_a_reason_that_all_have_is_said_once() -> None:
    """What holds for every member stands above them; where they differ, each says its own."""
    same, other = {"reason": "Never agreed."}, {"reason": "XPM changed it."}
    assert text_of(screen([same, same, same])[0].view()).count("Never agreed.") == 1
    mixed = text_of(screen([same, same, other])[0].view())
    assert (mixed.count("Never agreed."), mixed.count("XPM changed it.")) == (2, 1)


def test_what_nothing_can_write_is_told_apart_from_what_is_warned_of() -> None:
    """A direction that no act opens is not called a warning; where neither is open, one act leaves all."""
    barred = {"warnings": "no_contact", "xpm": None}
    part, model, _ = screen([barred, barred, {}])
    part.act(Asked("direction", {"direction": "to_xpm"}))
    assert "Left out: 2 that cannot be written." in text_of(part.view())
    model, pattern = only_pattern([barred, barred])
    told = summary(model, model.places(pattern.keys))
    assert [(way.barred, way.erasing, way.warned) for way in told.ways] == [(2, 0, 0), (0, 2, 0)]
    assert told.acts_left == 1


def test_a_swap_is_counted_as_its_button_counts_it() -> None:
    """A button that names one client says afterwards that two differences of one client were decided."""
    model, _ = swapped()
    desk = DeskOnFrames(0, 0)
    part = Patterns(Known(desk), model)
    part.gather(model.shown(Filters()))
    [pattern] = [n.on["click"] for n in walk(part.view()) if "click" in n.on][:1]
    part.act(Asked(pattern.name, pattern.args))
    decide(part, "to_xpm")
    assert "2 differences of 1 client ticked towards XPM." in text_of(part.view())


def test_one_act_decides_all_and_each_is_recorded_singly() -> None:
    """What is in gets a choice of its own with both its values, as a pattern, with the sample looked at."""
    desk = DeskOnFrames(60, 40)
    person = Person(dashboard(desk))
    person.goes("differences")
    person.clicks("Email: one letter is missing")
    person.clicks(">> to XPM (20)")
    answer = person.clicks("Tick 20 towards XPM")
    assert answer["kept"]
    assert answer["say"] == "20 differences ticked towards XPM."
    chosen = desk.chosen()
    assert len(chosen) == 20
    assert all(c.direction == "to_xpm" and c.connectworks != c.xpm for c in chosen.values())
    [(how, count, sample)] = desk.acts
    assert (how, count) == ("pattern", 20)
    assert {link for link, _ in chosen} == set(sample)


def test_what_is_taken_out_stays_open_and_undo_takes_the_whole_act_back() -> None:
    """Two members taken out get no choice; undo and redo move the others together."""
    desk = DeskOnFrames(60, 40)
    person = Person(dashboard(desk))
    person.goes("differences")
    person.clicks("Email: one letter is missing")
    person.clicks(">> to XPM (20)")
    boxes = [n for n in walk(person.tree) if n.attrs.get("class") == "member"][:2]
    for box in boxes:
        person.uses(box, "change", checked=False)
    person.clicks("Tick 18 towards XPM")
    out = {(b.on["change"].args["link_id"], b.on["change"].args["field"]) for b in boxes}
    assert len(desk.chosen()) == 18
    assert not out & desk.chosen().keys()
    person.clicks("Undo")
    assert desk.chosen() == {}
    assert "18 differences taken back." in person.sees()
    person.clicks("Redo")
    assert len(desk.chosen()) == 18
    assert not out & desk.chosen().keys()


@pytest.mark.parametrize("direction", SENDING)
@pytest.mark.parametrize(
    "held",
    [
        {"warnings": "aml_verified"},
        {"warnings": "deceased"},
        {"warnings": "shared_value:7; own_domain"},
        {"warnings": "placeholder"},
        {"connectworks": None},
        {"xpm": None},
        {"kind": "bad"},
        {"warnings": "email_from_contact"},
    ],
    ids=str,
)
def test_what_needs_a_second_look_is_left_out(held: dict[str, Any], direction: str) -> None:
    """What would erase, is locked, doubtful or damaged is decided only after it was ticked in by itself."""
    part, model, kept = screen([held, {}, {}])
    decide(part, direction)
    first = model.row(("L0000", "email"))
    harmless = first.kind != "bad" and first.held_back(direction) is None
    assert ("L0000" in {c.link_id for c, _ in kept.log}) == harmless
    assert {"L0001", "L0002"} <= {c.link_id for c, _ in kept.log}


@pytest.mark.parametrize(
    ("member", "direction"),
    [
        ({"xpm": None}, "to_connectworks"),
        ({"warnings": "aml_verified"}, "to_connectworks"),
        ({"warnings": "deceased"}, "to_xpm"),
    ],
)
def test_ticking_in_is_the_second_act(member: dict[str, Any], direction: str) -> None:
    """A member that was held back is decided once ticked in, and its choice says what was agreed to."""
    part, _, kept = screen([member, {}])
    part.act(Asked("direction", {"direction": direction}))
    part.act(Asked("member", {"link_id": "L0000", "field": "email"}, checked=True))
    decide(part, direction)
    [choice] = [c for c, _ in kept.log if c.link_id == "L0000"]
    assert choice.erases or choice.unlocks


def test_what_was_ticked_in_for_one_direction_is_not_in_for_another() -> None:
    """Agreeing to erase towards one side never agrees to erase towards the other."""
    part, _, kept = screen([{"xpm": None}, {}])
    part.act(Asked("direction", {"direction": "to_xpm"}))
    for checked in (False, True):
        part.act(Asked("member", {"link_id": "L0000", "field": "email"}, checked=checked))
    decide(part, "to_connectworks")
    assert {c.link_id for c, _ in kept.log} == {"L0001"}


def test_leaving_and_asking_take_all() -> None:
    """What writes nothing holds nothing back."""
    for direction in ("leave", "ask"):
        part, _, kept = screen([{"warnings": "deceased"}, {"xpm": None}, {}])
        decide(part, direction)
        assert [c.direction for c, _ in kept.log] == [direction] * 3


def test_an_open_pattern_stays_when_the_differences_are_compared_anew() -> None:
    """What was just decided stays on the screen with its result, though no kind holds it any more."""
    part, model, _ = screen([{}, {}])
    decide(part, "leave")
    part.gather(model.shown(Filters()))
    assert "2 differences left as they are." in text_of(part.view())
    assert text_of(part.view()).count("Both stay as they are") == 2
    part.act(Asked("close_pattern", {}))
    assert part.nothing_waits


def test_values_that_moved_since_they_were_shown_refuse_the_whole_act() -> None:
    """A decision on many counts for the values that were on the screen, or for none."""
    model, pattern = only_pattern([{}, {}])
    before = mark_of(open_rows(model, pattern))
    part, other, kept = screen([{}, {"xpm": "three@tui.example"}])
    part.act(Asked("direction", {"direction": "to_xpm"}))
    with pytest.raises(BadInput, match="changed while you looked"):
        part.act(Asked("decide_pattern", {"direction": "to_xpm", "seen": before}))
    assert (kept.log, other.choices.can_undo) == ([], False)


def test_outliers_stand_on_top_and_the_sample_is_called_one() -> None:
    """Of many, those that stand out come first, then a sample that says so; all can be seen page by page."""
    odd = [{"warnings": "deceased"}, {"warnings": "contact_shared:4"}]
    part, _, _ = screen([*[{}] * 100, *odd])
    seen = text_of(part.view())
    assert seen.index("Stand out: 2") < seen.index("A random sample: 20 of 100")
    part.act(Asked("all_members", {}))
    members = [n for n in walk(part.view()) if n.attrs.get("class") == "member"]
    assert len(members) == MEMBERS_A_PAGE
    decide(part, "leave")
    assert "102 differences left as they are." in text_of(part.view())


def test_hidden_values_are_shown_before_they_are_decided_on() -> None:
    """A pattern of addresses cannot be decided while they are dots."""
    desk = DeskOnFrames(60, 40)
    person = Person(dashboard(desk))
    person.goes("differences")
    person.clicks("Physical address: different values")
    person.clicks("<< to Connectworks (10)")
    assert person.named("Tick 10 towards Connectworks").attrs.get("disabled")
    person.clicks("Show the values first")
    person.clicks("Tick 10 towards Connectworks")
    assert len(desk.chosen()) == 10


def test_filters_narrow_patterns_too() -> None:
    """A pattern holds only what passes the filters: a partner's clients can be decided by themselves."""
    desk = DeskOnFrames(60, 40)
    person = Person(dashboard(desk))
    person.goes("differences")
    [search] = [n for n in walk(person.tree) if "input" in n.on]
    person.uses(search, "input", value="ofice1")
    person.clicks("Email: one letter is missing")
    clients = desk.clients()
    assert clients is not None
    shown = {n.on["change"].args["link_id"] for n in walk(person.tree) if n.attrs.get("class") == "member"}
    hits = [i for i in range(40) if f"ofice{i}".startswith("ofice1") and i % 2]
    assert shown == {link_id(f"cw{i}", f"xp{i}") for i in hits}


MEMBERS = st.lists(
    st.fixed_dictionaries(
        {
            "connectworks": st.sampled_from([None, "", "a@tui.example", "b@tui.example"]),
            "xpm": st.sampled_from([None, "c@tui.example", "d@tui.example"]),
            "warnings": st.sampled_from([None, "deceased", "aml_verified", "shared_value:3", "placeholder"]),
            "kind": st.sampled_from(["different", "fill", "conflict", "bad"]),
        }
    ),
    min_size=1,
    max_size=12,
)


@settings(max_examples=40)
@given(MEMBERS, st.sampled_from(DIRECTIONS), st.dictionaries(st.integers(0, 11), st.booleans()))
def test_every_open_member_is_counted_once(
    rows: list[dict[str, Any]], direction: str, ticked: dict[int, bool]
) -> None:
    """In, taken out, erasing and warned of make up all that is open; nothing in is held back unticked."""
    model, pattern = only_pattern(rows)
    waiting = open_rows(model, pattern)
    picks = Picks(direction, {(f"L{i:04}", "email"): held for i, held in ticked.items()})
    way = prospect(waiting, picks)
    assert len(way.taken) + way.erasing + way.warned + way.taken_out == len(waiting)
    for key in way.taken:
        assert model.row(key).held_back(direction) is None or picks.ticked.get(key)


@settings(max_examples=30)
@given(MEMBERS)
def test_a_summary_tells_what_a_decision_does(rows: list[dict[str, Any]]) -> None:
    """The list's numbers are the numbers of choices that the act then makes."""
    for at, direction in enumerate(SENDING):
        model, pattern = only_pattern(rows)
        places = model.places(pattern.keys)
        told = summary(model, places)
        assert told.waiting + told.decided <= len(rows)
        taken = prospect(open_rows(model, pattern), Picks(direction)).taken
        assert told.ways[at].taken == len(taken)
        assert model.decide_pattern(taken, direction, []) == len(taken)
        assert summary(model, places).decided == len(taken)


def test_the_rest_is_estimated_by_the_persons_own_pace() -> None:
    """Until five acts are known a usual pace counts; then the person's own, without breaks."""
    moments = iter([0.0, 4.0, 8.0, 12.0, 2000.0, 2004.0, 2008.0])
    pace = Pace(lambda: next(moments))
    assert pace.left_s(4) == 4 * USUAL_S
    for _ in range(7):
        pace.acted()
    assert pace.left_s(10) == 40.0


def test_progress_is_told_in_words() -> None:
    """How many are decided, and how long the rest takes, stands above everything."""
    desk = DeskOnFrames(60, 40)
    person = Person(dashboard(desk))
    person.goes("differences")
    assert "0 of 43 decided; about " in person.sees()
    person.clicks("Clients")
    assert f"0 of 43 decided; {duration(43 * USUAL_S)}" in person.sees()
    show = next(n for n in walk(person.tree) if n.attrs.get("aria-label") == "Field")
    person.uses(show, "change", value="email")
    assert "for what is shown" in person.sees()


def test_a_large_firm_lists_its_patterns_without_drawing_its_clients() -> None:
    """Of five thousand differences, the first page sends a line a pattern and no client."""
    desk = DeskOnFrames(0, 0)
    desk._clients = invented_clients(6000)
    desk._pairs = [(f"cw{i}", f"xp{i}") for i in range(6000)]
    person = Person(dashboard(desk))
    person.goes("differences")
    rows = [n for n in walk(person.tree) if n.attrs.get("data-row")]
    assert 0 < len(rows) < 20
    assert "Tuhoe" not in person.sees()


@pytest.mark.parametrize(
    ("field", "uncovered", "shown"),
    [
        ("email", False, True),
        ("date_of_birth", False, False),
        ("date_of_birth", True, False),
        ("tax_number", True, False),
    ],
)
def test_a_panel_tells_a_fields_history(field: str, uncovered: bool, shown: bool) -> None:
    """What a side held when is told in words; birth dates and tax numbers stay dots, whatever is shown."""
    desk = DeskOnFrames(6, 4)
    person = Person(dashboard(desk))
    person.goes("differences")
    person.clicks("Clients")
    ticker = next(n for n in walk(person.tree) if "change" in n.on and n.on["change"].name == "show_hidden")
    person.uses(ticker, "change", checked=uncovered)
    person.clicks(f"Open {_first_name(desk)}")
    [choose] = [n for n in walk(person.tree) if n.attrs.get("aria-label") == "History of"]
    person.uses(choose, "change", value=field)
    [past] = [n for n in walk(person.tree) if n.attrs.get("class") == "past"]
    assert "XPM flips back and forth" in text_of(past)
    assert ("old → new" in text_of(past)) == shown


def test_a_panel_says_why_the_two_are_one_client() -> None:
    """The evidence for the link stands in the client's panel once somebody asks, and only in theirs."""
    desk = DeskOnFrames(6, 4)
    person = Person(dashboard(desk))
    person.goes("differences")
    person.clicks("Clients")
    name = _first_name(desk)
    person.clicks(f"Open {name}")
    assert person.clicks(f"Why the same client? {name}")["say"].endswith("by 3.1 bits.")
    assert any(n.attrs.get("aria-label") == "Evidence in bits" for n in walk(person.tree))
    person.clicks("Close")
    person.clicks(f"Open {name}")
    assert "3.1 bits" not in person.sees()


def _first_name(desk: DeskOnFrames) -> str:
    clients = desk.clients()
    assert clients is not None
    return str(clients.connectworks["legal_name"][1])
