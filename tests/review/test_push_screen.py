"""What Plan and push says: one number, whom a contact reaches, the push that runs, how the last one ended."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent))
from desk_on_frames import AT, DeskOnFrames
from test_screens import Person

from workbench.domain.fields import CONNECTWORKS, XPM
from workbench.domain.frames import link_id
from workbench.domain.records import LeftOut, Operation, Plan
from workbench.review.dashboard import dashboard
from workbench.review.desk import Choice, RunTold, Work
from workbench.review.pieces import ROWS_A_PAGE
from workbench.review.plan_lines import NAMES_SHOWN
from workbench.review.tree import Node, text_of, walk


def with_plan(**changed: Any) -> tuple[DeskOnFrames, Person]:
    """Show the plan of one ticked email, changed as given."""
    desk = DeskOnFrames()
    link = link_id("cw1", "xp1")
    desk.decide([Choice(link, "email", "to_xpm", "office1@tui.example", "ofice1@tui.example")], "tick")
    person = Person(dashboard(desk))
    made: Plan = replace(desk.plan(), **changed)
    desk.plan = lambda: made  # type: ignore[method-assign]
    desk._moved()
    person.goes("push")
    return desk, person


def figures(person: Person) -> dict[str, str]:
    """Read the large numbers, by their words."""
    found = [n for n in walk(person.tree) if str(n.attrs.get("class", "")).split(" ")[0] == "figure"]
    told = [[text_of(c) for c in n.children if isinstance(c, Node)] for n in found]
    return {words: number for number, words, *_ in told}


def contact_write() -> Operation:
    """Make a write of a shared contact's mobile."""
    return Operation(
        XPM, "contact", "co1", "xp1", {"primary_phone": "1"}, {"primary_phone": "2", "email": "e"}
    )


def test_a_write_to_a_shared_contact_names_everybody_whom_it_reaches() -> None:
    """Under a contact's line stand the names of all other clients at which it shows, and their number."""
    one = contact_write()
    others = tuple(f"xp{i}" for i in range(2, 11))
    desk, person = with_plan(operations=(one,), reaches={one.operation_id: others})
    clients = desk.clients()
    assert clients is not None
    assert "Also shows at:" in person.sees()
    assert all(name in person.sees() for name in clients.xpm["legal_name"][2:11])
    assert f"and {9 - NAMES_SHOWN} more" in person.sees()
    assert figures(person)["clients it also shows at"] == "9"


def test_where_the_reach_is_not_known_nothing_is_claimed() -> None:
    """Without the data the screen says neither some nor none."""
    _, person = with_plan(operations=(contact_write(),), reaches=None)
    assert "lso shows" not in person.sees()


def test_button_words_and_figures_use_one_number() -> None:
    """Writes are counted everywhere; the number of values stands behind them where it is another."""
    _, person = with_plan(operations=(contact_write(),))
    assert figures(person)["write"] == "1"
    assert person.named("Push 1 write (2 values)").attrs.get("disabled")
    [words] = [n for n in walk(person.tree) if n.attrs.get("class") == "wanted"]
    assert text_of(words) == "Kōwhai Accounting 1 clients"


def test_a_plan_is_searched_by_client_field_and_value() -> None:
    """What does not hold the text is not listed; the numbers above stay those of the whole plan."""
    _, person = with_plan()
    box = next(n for n in walk(person.tree) if n.attrs.get("data-search"))
    for text, listed in (("mere", True), ("EMAIL", True), ("office1@", True), ("nobody", False)):
        person.uses(box, "input", value=text)
        assert ("ofice1@tui.example" in person.sees()) == listed
        assert figures(person)["write"] == "1"


def test_while_a_push_runs_the_screen_shows_the_push() -> None:
    """The run's own numbers stand there, not the plan of what remains; Stop is there."""
    desk, person = with_plan()
    desk.pushes = [
        RunTold("run7", AT, desk.person, 10, 12, {"done": 4, "already": 1, "refused": 2}, ended=False)
    ]
    desk.works = [Work("r1", "push", "running", 7, 10, run_id="run7")]
    desk._moved()
    told = figures(person)
    assert (told["written so far"], told["refused or left out"], told["to go"]) == ("5", "2", "3")
    assert "This push: 10 writes (12 values)" in person.sees()
    assert "What will change" not in person.sees()
    desk.works = [replace(desk.works[0], stopping=True)]
    desk._moved()
    person.goes("push")
    assert person.named("The push stops after its present step").attrs["disabled"]
    desk.works = [replace(desk.works[0], stopping=False)]
    desk._moved()
    person.goes("push")
    person.clicks("Stop the push")
    assert "What will change" in person.sees()


def test_the_last_push_tells_each_value_that_it_did_not_write() -> None:
    """Refused and stale values stand there with client, field and the service's own words."""
    desk, person = with_plan(operations=())
    counts = {"done": 3, "already": 1, "stale": 1, "refused": 1}
    desk.pushes = [RunTold("run1", AT, desk.person, 6, 6, counts)]
    row = {"run_id": "run1", "side": XPM, "client_id": "xp3", "field": "email"}
    desk.ended = [
        {**row, "outcome": "done", "reason": "As wanted."},
        {**row, "outcome": "refused", "reason": "XPM refused it: Email is not valid."},
        {
            **row,
            "outcome": "stale",
            "reason": "It is another one by now.",
            "side": CONNECTWORKS,
            "client_id": "cw4",
        },
    ]
    desk._moved()
    seen = person.sees()
    clients = desk.clients()
    assert clients is not None
    assert "The last push: 1 May 2024, 14:03" in seen
    assert "3 done" in seen
    assert "2 values not written:" in seen
    assert "XPM refused it: Email is not valid." in seen
    assert "It is another one by now." in seen
    assert clients.xpm["legal_name"][3] in seen
    assert clients.connectworks["legal_name"][4] in seen
    assert "As wanted." not in seen


def test_what_is_left_out_is_never_cut_off() -> None:
    """However much is left out, its number stands there and pages lead to the last."""
    outs = tuple(LeftOut(link_id("cw1", "xp1"), "email", f"Reason {i}.", "stale") for i in range(260))
    _, person = with_plan(left_out=outs)
    assert "Left out (260)" in person.sees()
    for _ in range(260 // ROWS_A_PAGE):
        nexts = [n for n in walk(person.tree) if n.on.get("click") and n.on["click"].name == "turn_left_out"]
        person.uses(nexts[-1])
    assert "Reason 259." in person.sees()


def test_what_was_tried_in_vain_tells_why() -> None:
    """A choice that was tried without effect is left out with the service's own words."""
    link = link_id("cw1", "xp1")
    desk, person = with_plan(left_out=(LeftOut(link, "email", "This was tried without effect.", "cannot"),))
    desk.ended = [
        {
            "run_id": "run1",
            "link_id": link,
            "field": "email",
            "outcome": "refused",
            "reason": "Email is not valid.",
        }
    ]
    desk._moved()
    assert "When it was tried: Email is not valid." in person.sees()
