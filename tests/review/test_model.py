"""What a person decides is kept exactly as it was seen, and nothing else is."""

from __future__ import annotations

import sys
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from workbench.domain.errors import BadInput
from workbench.domain.fields import CONNECTWORKS, PUSHABLE, XPM
from workbench.domain.frames import DIFFERENCES, TEXT, Clients, address_cell, frame_of
from workbench.review.desk import Choice
from workbench.review.model import ReviewModel
from workbench.review.parties import texts_of
from workbench.review.rows import DECIDED, LOOK_ONLY, MOVED, OPEN, SAME, Filters

sys.path.insert(0, str(Path(__file__).parent))
from desk_on_frames import invented_clients, plain_differences

CLIENTS = invented_clients(12)
FRAME = plain_differences(CLIENTS, [(f"cw{i}", f"xp{i}") for i in range(12)])


class Kept:
    """Keeps choices as a ledger would: the last one of each difference is in force."""

    def __init__(self) -> None:
        self.log: list[tuple[Choice, str]] = []
        self.force: dict[tuple[str, str], Choice] = {}

    def __call__(self, choices: Any, how: str, looked_at: Any = ()) -> None:
        """Keep choices."""
        for choice in choices:
            self.log.append((choice, how))
            self.force.pop((choice.link_id, choice.field), None)
            if choice.direction is not None:
                self.force[choice.link_id, choice.field] = choice


def model_of(frame: Any = FRAME, clients: Clients | None = CLIENTS) -> tuple[ReviewModel, Kept]:
    kept = Kept()
    model = ReviewModel(kept)
    model.load(frame, clients)
    return model, kept


def one(
    field: str, mine: str | None, theirs: str | None, **more: str
) -> tuple[ReviewModel, Kept, tuple[str, str]]:
    row = {"link_id": "L", "connectworks_id": "cw0", "xpm_id": "xp0", "field": field, "kind": "different"}
    model, kept = model_of(frame_of([{**row, "connectworks": mine, "xpm": theirs, **more}], DIFFERENCES))
    return model, kept, ("L", field)


def swapped(**more: dict[str, str]) -> tuple[ReviewModel, Kept]:
    """Give a model of one client whose two numbers stand the other way round."""
    row = {"link_id": "L", "connectworks_id": "cw0", "xpm_id": "xp0", "kind": "different"}
    row |= {"slip": "primary and other phone swapped", "pattern": "primary_phone|different|unknown|swapped"}
    numbers = ("09 555 0101", "021 555 0202")
    pairs = {"primary_phone": numbers, "other_phone": numbers[::-1]}
    cells = [
        {**row, "field": field, "connectworks": mine, "xpm": theirs, **more.get(field, {})}
        for field, (mine, theirs) in pairs.items()
    ]
    return model_of(frame_of(cells, DIFFERENCES))


def first_open(model: ReviewModel, field: str = "email") -> tuple[str, str]:
    return next(k for k in model.shown(Filters(field=field)))


def test_nothing_is_ticked_by_default() -> None:
    """No difference carries a direction before a person gave it one."""
    model, kept = model_of()
    assert all(model.row(k).direction is None for k in model.shown(Filters(show="everything")))
    assert kept.log == []


def test_a_tick_is_kept_with_both_values_seen() -> None:
    """A choice holds the very values that stood on the screen."""
    model, kept = model_of()
    key = first_open(model)
    row = model.row(key)
    model.set(key, "to_xpm", row.seen)
    [(choice, how)] = kept.log
    assert (choice.direction, choice.connectworks, choice.xpm, how) == (
        "to_xpm",
        row.connectworks,
        row.xpm,
        "tick",
    )
    assert model.state(key) == DECIDED


def test_the_other_direction_takes_the_place_of_the_first() -> None:
    """Never both directions at once."""
    model, kept = model_of()
    key = first_open(model)
    seen = model.row(key).seen
    model.set(key, "to_xpm", seen)
    model.set(key, "to_connectworks", seen)
    assert model.row(key).direction == "to_connectworks"
    assert [c.direction for c in kept.force.values()] == ["to_connectworks"]


def test_a_tick_on_values_that_changed_is_refused() -> None:
    """What was not seen is never booked."""
    model, kept = model_of()
    with pytest.raises(BadInput, match="changed while you looked"):
        model.set(first_open(model), "to_xpm", "0" * 16)
    assert kept.log == []


@pytest.mark.parametrize("direction", ["to_xpm", "to_connectworks"])
def test_a_blank_erases_only_after_a_second_act(direction: str) -> None:
    """Choosing the blank side asks first, and books nothing until it is said again."""
    mine, theirs = (None, "a@b.example") if direction == "to_xpm" else ("a@b.example", None)
    model, kept, key = one("email", mine, theirs)
    seen = model.row(key).seen
    model.set(key, direction, seen)
    assert (kept.log, model.row(key).asking, model.state(key)) == ([], direction, OPEN)
    model.set(key, direction, seen, second=True)
    assert kept.log[0][0].erases
    assert model.row(key).asking is None


def test_an_address_part_that_would_be_lost_is_asked_about() -> None:
    """An address that lacks the other's region erases it, and that needs the second act."""
    model, kept, key = one(
        "physical_address",
        address_cell({"lines": "1 Test Rise", "city": "Tauranga"}),
        address_cell({"lines": "1 Test Rd", "city": "Tauranga", "region": "Bay of Plenty"}),
    )
    model.set(key, "to_xpm", model.row(key).seen)
    assert kept.log == []
    assert model.row(key).asking == "to_xpm"


def test_dismissing_the_question_leaves_the_value() -> None:
    """Saying no to an erasure books nothing."""
    model, kept, key = one("email", None, "a@b.example")
    model.set(key, "to_xpm", model.row(key).seen)
    model.dismiss(key)
    assert (model.row(key).asking, kept.log) == (None, [])


def test_fields_for_looking_only_cannot_be_sent() -> None:
    """A name or a tax number has no direction."""
    model, kept, key = one("legal_name", "A", "B")
    assert model.state(key) == LOOK_ONLY
    with pytest.raises(BadInput, match="cannot be sent"):
        model.set(key, "to_xpm", model.row(key).seen)
    assert kept.log == []


def test_bulk_leaves_erasing_doubtful_damaged_decided_and_unsuggested_out() -> None:
    """A bulk act ticks only what is safe to tick unseen one by one, and says what it left out."""
    base = {"connectworks_id": "cw0", "xpm_id": "xp0", "kind": "different"}
    rows = [
        {**base, "link_id": "a", "field": "email", "connectworks": "x@a.example", "xpm": "y@a.example"},
        {**base, "link_id": "b", "field": "email", "connectworks": None, "xpm": "y@a.example"},
        {
            **base,
            "link_id": "c",
            "field": "email",
            "connectworks": "9E+4",
            "xpm": "y@a.example",
            "kind": "bad",
        },
        {**base, "link_id": "d", "field": "email", "connectworks": "same", "xpm": "same", "kind": "same"},
        {
            **base,
            "link_id": "e",
            "field": "email",
            "connectworks": "us@firm.example",
            "xpm": "y@a.example",
            "warnings": "own_domain",
        },
    ]
    model, kept = model_of(frame_of(rows, DIFFERENCES))
    keys = model.shown(Filters(show="everything"))
    bulk = model.bulk(keys, "to_xpm")
    assert (bulk.keys, bulk.erasing, bulk.warned, bulk.damaged) == ((("a", "email"),), 1, 1, 1)
    assert model.bulk(keys, "suggested").unsuggested == 3
    assert model.accept(bulk) == 1
    assert [(c.link_id, how) for c, how in kept.log] == [("a", "bulk")]


def test_bulk_leaves_out_what_changed_since_it_was_asked_about() -> None:
    """A bulk act is confirmed for the values that were counted, not for later ones."""
    model, kept = model_of()
    bulk = model.bulk([first_open(model)], "to_xpm")
    changed = FRAME.copy()
    changed["xpm"] = changed["xpm"].where(changed["field"] != "email", "moved@tui.example")
    model.load(changed, CLIENTS)
    assert (model.accept(bulk), kept.log) == (0, [])


def test_a_choice_on_values_that_moved_is_open_again() -> None:
    """A decision counts only for the values that it was made on."""
    model, _ = model_of()
    key = first_open(model)
    model.set(key, "to_xpm", model.row(key).seen)
    changed = FRAME.copy()
    changed["xpm"] = changed["xpm"].where(changed["field"] != "email", "moved@tui.example")
    model.load(changed, CLIENTS)
    assert model.state(key) == MOVED
    assert model.row(key).direction is None
    assert key in model.shown(Filters(show="open"))


def reloaded(model: ReviewModel, kept: Kept, **changed: str | None) -> None:
    """Take the frame of `one` in with other cells, as on a page that is opened later."""
    row = {c: model._columns[c][0] for c in model._columns}
    model.load(frame_of([{**row, **changed}], DIFFERENCES), CLIENTS)
    told = {"by": "ann", "at": "2026-01-12T09:00:00+00:00"}
    model.choices.load({key: {**row, **told} for key, row in rows_of(kept.force).items()})


def test_what_was_left_alone_and_moved_comes_back_with_its_note() -> None:
    """Who left it, when, why, and which side has moved since stand with the difference."""
    model, kept, key = one("email", "a@tui.example", "b@tui.example")
    model._signed = lambda by_at: ("You", by_at[1][:10])
    model.set(key, "leave", model.row(key).seen)
    model.annotate(key, "theirs is private", model.row(key).seen)
    assert model.row(key).lapsed == ""
    reloaded(model, kept, xpm="c@tui.example")
    assert model.row(key).state == MOVED
    told = "You left it as it was on 2026-01-12: “theirs is private”; XPM has changed since."
    assert model.row(key).lapsed == told


@pytest.mark.parametrize("warning", ["deceased", "archived_in_xpm", "closed_in_xpm", "shared_value:2"])
def test_a_warning_that_comes_up_after_a_choice_opens_it_again(warning: str) -> None:
    """Nobody has seen it who chose; who leaves both alone need not know, nor who was warned before."""
    model, kept, key = one("email", "a@tui.example", "b@tui.example")
    model.set(key, "to_xpm", model.row(key).seen)
    reloaded(model, kept, warnings=warning)
    assert model.row(key).state == MOVED
    assert "a warning has come up since" in model.row(key).lapsed
    assert key in model.shown(Filters(show="open"))

    model, kept, key = one("email", "a@tui.example", "b@tui.example")
    model.set(key, "leave", model.row(key).seen)
    reloaded(model, kept, warnings=warning)
    assert model.row(key).state == DECIDED

    model, kept, key = one("email", "a@tui.example", "b@tui.example", warnings="deceased; shared_value:3")
    model.set(key, "to_connectworks", model.row(key).seen, second=True)
    reloaded(model, kept, warnings="shared_value:2; deceased")
    assert model.row(key).state == DECIDED


def test_a_refused_choice_is_not_shown_as_made() -> None:
    """If a choice cannot be kept, the screen does not pretend that it was."""

    def refuse(_choices: Any, _how: str, _looked_at: Any) -> None:
        raise BadInput("The disk is full.")

    model = ReviewModel(refuse)
    model.load(FRAME, CLIENTS)
    key = first_open(model)
    with pytest.raises(BadInput):
        model.set(key, "to_xpm", model.row(key).seen)
    assert (model.row(key).direction, model.choices.can_undo) == (None, False)


def test_search_never_looks_into_hidden_fields() -> None:
    """A date of birth or an address cannot be found out by searching for it."""
    model, _ = model_of()
    assert model.shown(Filters(text="1971", show="everything")) == []
    assert model.shown(Filters(text="Test Rise", show="everything")) == []
    assert model.shown(Filters(text="office3@", show="everything"))


def test_states_are_told_apart() -> None:
    """Same, open and look-only differences are never mixed up by the filters."""
    model, _ = model_of()
    assert all(model.state(k) == SAME for k in model.shown(Filters(show="same")))
    assert all(k[1] in PUSHABLE for k in model.shown(Filters(show="open")))
    assert all(model.state(k) == LOOK_ONLY for k in model.shown(Filters(show="look only")))


ACTS = st.lists(
    st.tuples(
        st.integers(0, 400),
        st.sampled_from(
            ["to_xpm", "to_connectworks", "leave", None, "bulk to_xpm", "bulk suggested", "undo", "redo"]
        ),
        st.booleans(),
    ),
    max_size=25,
)


def play(model: ReviewModel, acts: list[tuple[int, str | None, bool]]) -> None:
    keys = model.shown(Filters(show="everything"))
    for number, what, second in acts:
        key = keys[number % len(keys)]
        if what in ("undo", "redo"):
            getattr(model.choices, str(what))()
        elif what and what.startswith("bulk"):
            model.accept(model.bulk(keys[number % len(keys) :][:7], what.split()[1]))
        elif model.state(key) not in (SAME, LOOK_ONLY):
            model.set(key, what, model.row(key).seen, second=second)


@settings(max_examples=40)
@given(ACTS)
def test_what_is_shown_is_what_is_kept(acts: list[tuple[int, str | None, bool]]) -> None:
    """After any acts, a new page over the kept choices shows the same, and no erasure slipped through."""
    model, kept = model_of()
    play(model, acts)
    keys = model.shown(Filters(show="everything"))
    assert {k: model.row(k).direction for k in keys if model.row(k).direction} == {
        k: c.direction for k, c in kept.force.items()
    }
    for choice in kept.force.values():
        source = {"to_xpm": choice.connectworks, "to_connectworks": choice.xpm}.get(
            str(choice.direction), "kept"
        )
        assert source or choice.erases


def rows_of(choices: dict[tuple[str, str], Choice]) -> dict[tuple[str, str], dict[str, Any]]:
    """Write choices as a ledger tells them."""
    told = {key: asdict(choice) for key, choice in choices.items()}
    acts = ("erases", "unlocks")
    return {key: {**row, **{act: "yes" if row[act] else None for act in acts}} for key, row in told.items()}


@settings(max_examples=30)
@given(ACTS, ACTS)
def test_what_others_chose_takes_the_place_of_what_was_known(mine: Any, others: Any) -> None:
    """Whatever was chosen here, and was loaded before, a page shows what is loaded last and counts that."""
    model, kept = model_of()
    elsewhere, told = model_of()
    play(model, mine)
    play(elsewhere, others)
    for choices in (kept.force, told.force):
        model.choices.load(rows_of(choices))
    everything = Filters(show="everything")
    for page in (model, elsewhere):
        assert {
            k: page.row(k) for k in page.shown(everything) if page.row(k).direction
        }.keys() == told.force.keys()
    assert model.counts() == elsewhere.counts()
    assert model.asked() == sum(choice.direction == "ask" for choice in told.force.values())


@settings(max_examples=40)
@given(ACTS)
def test_undoing_everything_comes_back_to_the_start(acts: list[tuple[int, str | None, bool]]) -> None:
    """Every act can be taken back, and done again to the same end."""
    model, kept = model_of()
    play(model, acts)
    end = dict(kept.force)
    steps = 0
    while model.choices.can_undo:
        model.choices.undo()
        steps += 1
    assert kept.force == {}
    for _ in range(steps):
        model.choices.redo()
    assert kept.force == end


def test_what_somebody_else_chose_since_is_never_taken_back() -> None:
    """Undo takes one's own choices back only, and redo does only those again."""
    model, kept = model_of()
    key, other = model.shown(Filters(show="open"))[:2]
    for each in (key, other):
        model.set(each, "to_xpm", model.row(each).seen)
    mine, theirs = kept.force[other], replace(kept.force[key], direction="leave")
    kept.force[key] = theirs
    model.choices.load(rows_of(kept.force))
    while model.choices.can_undo:
        model.choices.undo()
    assert kept.force == {key: theirs}
    while model.choices.can_redo:
        model.choices.redo()
    assert kept.force == {key: theirs, other: mine}


@settings(max_examples=30)
@given(
    st.sampled_from(["", "email", "primary_phone"]),
    st.sampled_from(["", "different", "fill", "same"]),
    st.sampled_from(["", "A Ngata", "B Olsen"]),
    st.text(max_size=4),
)
def test_filters_only_ever_narrow(field: str, kind: str, partner: str, text: str) -> None:
    """More filters never show more, and what is shown passes each of them."""
    model, _ = model_of()
    everything = model.shown(Filters(show="everything"))
    marks = (("partner", partner),) if partner else ()
    shown = model.shown(Filters(text=text, field=field, kind=kind, marks=marks, show="everything"))
    assert set(shown) <= set(everything)
    assert [k for k in everything if k in set(shown)] == shown
    assert all(
        field in ("", k[1]) and kind in ("", model.row(k).kind) and partner in ("", model.party(k[0]).partner)
        for k in shown
    )


def test_sides_have_their_own_names() -> None:
    """A client is named as Connectworks names it, with XPM's name beside it."""
    model, _ = model_of()
    party = model.party(first_open(model)[0])
    names = {s: CLIENTS.side(s).set_index("client_id")["legal_name"] for s in (CONNECTWORKS, XPM)}
    assert party.name == names[CONNECTWORKS][party.connectworks_id]
    assert party.other_name == names[XPM][party.xpm_id]


@pytest.mark.parametrize("field", ["primary_phone", "other_phone"])
def test_a_swap_is_decided_as_one(field: str) -> None:
    """Ticking either half decides both, in one act that one undo takes back."""
    model, kept = swapped()
    key = ("L", field)
    model.set(key, "to_xpm", model.row(key).seen)
    assert {(c.field, c.direction, c.connectworks, c.xpm) for c, _ in kept.log} == {
        ("primary_phone", "to_xpm", "09 555 0101", "021 555 0202"),
        ("other_phone", "to_xpm", "021 555 0202", "09 555 0101"),
    }
    assert model.choices.undo() == 2
    assert kept.force == {}
    assert model.grouped([("L", "primary_phone"), ("L", "other_phone")]) == {
        "primary_phone|different|unknown|swapped": [("L", "primary_phone")]
    }
    bulk = model.bulk([key], "to_connectworks")
    assert model.accept(bulk) == 2


def test_what_holds_for_one_half_of_a_swap_holds_for_both() -> None:
    """A bar, a lock, a suggestion of one half and a value that moved there count for the pair."""
    model, kept = swapped(other_phone={"warnings": "no_contact", "suggestion": "to_connectworks"})
    key = ("L", "primary_phone")
    row = model.row(key)
    assert (row.warnings, row.suggestion) == ("no_contact", None)
    with pytest.raises(BadInput, match="there is none"):
        model.set(key, "to_xpm", row.seen)
    locked, kept = swapped(other_phone={"warnings": "aml_verified"})
    row = locked.row(key)
    locked.set(key, "to_connectworks", row.seen)
    assert (locked.row(key).asking, kept.log) == ("to_connectworks", [])
    locked.set(key, "to_connectworks", row.seen, second=True)
    assert len(kept.force) == 2
    moved, kept = swapped(other_phone={"xpm": "09 555 0999"})
    with pytest.raises(BadInput, match="changed while you looked"):
        moved.set(key, "to_xpm", row.seen)


def test_whom_a_contact_reaches_is_named() -> None:
    """The warning that a contact is shared names the clients that a change would reach."""
    xpm = frame_of(
        [{"client_id": f"x{i}", "legal_name": name, "contact_id": "k"} for i, name in enumerate("ABC")],
        ("client_id", "legal_name", "contact_id"),
    )
    row = {"link_id": "L", "connectworks_id": "c0", "xpm_id": "x0", "contact_id": "k", "field": "other_phone"}
    row |= {"kind": "different", "connectworks": "021 555 0101", "xpm": "021 555 0102"}
    frame = frame_of([{**row, "warnings": "contact_shared:3; aml_verified"}], DIFFERENCES)
    model, _ = model_of(frame, Clients(xpm.assign(contact_id=None), xpm))
    shared, verified = model.row(("L", "other_phone")).cautions
    assert shared == "This contact belongs to 3 clients in XPM; a change shows at all of them: A; B; C."
    assert verified.startswith("Connectworks holds this as verified")


@pytest.mark.parametrize("dtype", [TEXT, "string[python]", object])
@pytest.mark.parametrize(
    "values", [[], [None], ["a", None, "b", "a"] * 9, [f"v{n}" for n in range(9)] + [None]]
)
def test_a_columns_texts_are_its_values_whichever_way_they_are_made(values: list[Any], dtype: Any) -> None:
    """Texts that come again and again are made once; nothing is lost, and what is missing is None."""
    frame = pd.DataFrame({"some": pd.Series(values, dtype=dtype)})
    assert texts_of(frame, "some") == values
    assert texts_of(frame, "other") == [None] * len(values)
