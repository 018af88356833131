"""What History says: all of it, however long ago, and every push with its way back."""

from __future__ import annotations

import sys
from datetime import timedelta
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent))
from desk_on_frames import AT, DeskOnFrames
from test_screens import Person

from workbench.domain.frames import link_id
from workbench.domain.taking_back import all_of_client
from workbench.review.dashboard import dashboard
from workbench.review.desk import Choice, RunTold
from workbench.review.pieces import ROWS_A_PAGE
from workbench.review.tree import text_of, walk


def long_ago(acts: int = 1200, pushes: int = 12) -> tuple[DeskOnFrames, Person]:
    """Make a firm of many acts and pushes, whose very first act is on Wiremu."""
    desk = DeskOnFrames()
    names = ["Wiremu", *(f"Client {i}" for i in range(1, acts))]
    desk.log = [desk._entry("decided", client=name, field="email") for name in names]
    desk.log[0] |= {"by": "old.hand@kowhai.example", "run_id": "run0"}
    desk.pushes = [
        RunTold(f"run{i}", AT, desk.person, 3, 4, {"done": 2, "refused": 1}) for i in range(pushes)
    ]
    person = Person(dashboard(desk))
    person.goes("history")
    return desk, person


def lines(person: Person) -> list[str]:
    return [text_of(n) for n in walk(person.tree) if n.tag == "tr" and "decided" in text_of(n)]


def turns(person: Person, act: str) -> None:
    """Turn to the next page of one of the two lists."""
    buttons = [n for n in walk(person.tree) if n.on.get("click") and n.on["click"].name == act]
    person.uses(buttons[-1])


def test_people_are_called_by_their_names() -> None:
    """In the list, by day and to choose from stands a name where there is one, and the sign-in where not."""
    _, person = long_ago(3, 1)
    for look in ("List", "By day"):
        person.clicks(look)
        assert "Ann Lee" in person.sees()
        assert "old.hand@kowhai.example" in person.sees()
        assert "ann@kowhai.example" not in person.sees().replace("You are ann@kowhai.example", "")
    who = next(n for n in walk(person.tree) if n.tag == "option" and text_of(n) == "Ann Lee")
    assert who.attrs["value"] == "ann@kowhai.example"


def test_the_search_reaches_the_very_first_act() -> None:
    """However much happened since, a search finds what happened first."""
    _, person = long_ago()
    box = next(n for n in walk(person.tree) if n.attrs.get("data-search"))
    person.uses(box, "input", value="wiremu")
    assert len(lines(person)) == 1
    assert "1 entry" in person.sees()


def test_the_pages_lead_to_the_very_first_act() -> None:
    """All entries are counted, and the last page holds the first of them."""
    _, person = long_ago()
    assert "1,200 entries" in person.sees()
    for _ in range(1200 // ROWS_A_PAGE - 1):
        turns(person, "turn")
    assert "Wiremu" in lines(person)[-1]


def test_a_person_of_long_ago_can_be_chosen() -> None:
    """The chooser knows everybody who ever acted, not only those of the latest entries."""
    _, person = long_ago()
    who = next(n for n in walk(person.tree) if n.tag == "select")
    person.uses(who, "change", value="old.hand@kowhai.example")
    assert len(lines(person)) == 1


def test_a_page_beyond_the_end_shows_the_last_one() -> None:
    """A filter that leaves fewer pages never shows an empty list of what there is."""
    _, person = long_ago(acts=60)
    turns(person, "turn")
    box = next(n for n in walk(person.tree) if n.attrs.get("data-search"))
    person.uses(box, "input", value="client 5")
    assert lines(person)


def test_every_push_keeps_its_undo() -> None:
    """The oldest push still has its Undo, with its size and how it ended."""
    desk, person = long_ago()
    assert "Pushes (12)" in person.sees()
    turns(person, "turn_runs")
    turns(person, "turn_runs")
    assert "3 writes (4 values)" in person.sees()
    assert "1 refused by the service" in person.sees()
    undo = [n for n in walk(person.tree) if text_of(n) == "Undo…" and n.tag == "button"]
    assert undo[-1].on["click"].args["run_id"] == "run0"
    person.uses(undo[-1])
    assert "This plan takes an earlier push back." in person.sees()
    assert desk.works == []


def test_one_push_can_be_read_by_itself() -> None:
    """Read keeps what one push did; everything is one click away."""
    desk, person = long_ago(pushes=1)
    person.clicks("Read the push of 1 May 2024, 14:03")
    assert len(lines(person)) == 1
    person.clicks("Show everything")
    assert len(lines(person)) == ROWS_A_PAGE
    assert len(desk.log) > ROWS_A_PAGE


def test_a_push_that_did_nothing_has_nothing_to_undo() -> None:
    """Undo stands only where something was done."""
    desk, person = long_ago(pushes=0)
    desk.pushes = [RunTold("run1", AT, desk.person, 2, 2, {"refused": 2})]
    desk._moved()
    assert "Pushes (1)" in person.sees()
    assert not [n for n in walk(person.tree) if text_of(n) == "Undo…"]


def test_the_time_of_a_save_is_the_firms() -> None:
    """A save is told in the firm's time zone, as every other moment is."""
    desk = DeskOnFrames()
    desk.time_zone = "Pacific/Kiritimati"
    board = dashboard(desk)._stage
    assert board.now().utcoffset() == timedelta(hours=14)


def test_the_header_says_who_one_is() -> None:
    """Every act is kept under the name that stands on top."""
    _, person = long_ago()
    assert "You are ann@kowhai.example" in person.sees()


def chooses(person: Person, label: str, value: str) -> None:
    """Choose from one of the drop-downs."""
    box = next(n for n in walk(person.tree) if n.tag == "select" and n.attrs.get("aria-label") == label)
    person.uses(box, "change", value=value)


def test_a_field_and_a_client_can_be_kept_alone() -> None:
    """One field's history, then one client's, and the way back to everything."""
    desk, person = long_ago(acts=30)
    desk.log[3] |= {"field": "website", "link_id": "L3"}
    desk.log[4] |= {"link_id": "L3"}
    chooses(person, "Field", "website")
    assert len(lines(person)) == 1
    person.clicks("Only Client 3")
    chooses(person, "Field", "")
    assert len(lines(person)) == 2
    assert "Only Client 3 in both systems." in person.sees()
    person.clicks("Show everything")
    assert "30 entries" in person.sees()


def test_days_tell_who_did_how_much() -> None:
    """The other view has a line for each day with its people and their counts, also in words."""
    _, person = long_ago(acts=30)
    person.clicks("By day")
    assert "old.hand@kowhai.example: 1 decision" in person.sees()
    drawn = [n for n in walk(person.tree) if "slices" in [c.attrs.get("class") for c in walk(n)][1:2]]
    assert [text_of(n) for n in drawn] == ["30 decisions"]
    person.clicks("List")
    assert len(lines(person)) == 30


def test_what_is_shown_can_be_saved_as_a_file() -> None:
    """What fits is handed over under the wanted ending; hidden values only where they are shown."""
    _, person = long_ago(acts=30)
    chooses(person, "Who", "old.hand@kowhai.example")
    assert person.named("Parquet: save as a file").on["click"].args == {"ending": ".parquet"}
    files: list[Any] = []
    person.page.send = lambda content, buffers=None: files.append((content, buffers))  # type: ignore[method-assign]
    person._say({"kind": "act", "act": "save", "args": {"ending": ".parquet"}})
    assert files[-1] == ({"kind": "file", "name": "history.parquet"}, [b"1 rows, hidden shown: False"])
    shows = next(n for n in walk(person.tree) if n.tag == "label" and "Show addresses" in text_of(n))
    ticked = next(n for n in walk(shows) if n.tag == "input").on["change"]
    person._say({"kind": "act", "act": ticked.name, "checked": True})
    person._say({"kind": "act", "act": "save", "args": {"ending": ".xlsx"}})
    assert files[-1] == ({"kind": "file", "name": "history.xlsx"}, [b"1 rows, hidden shown: True"])


def test_what_was_decided_at_once_has_an_undo_of_its_own() -> None:
    """It stands with its size, and leads to the plan that takes all of it back."""
    desk, person = long_ago(pushes=1)
    told = {"pattern": "act1", "at": AT, "by": "mere@kowhai.example", "how": "pattern", "direction": "to_xpm"}
    desk.decided_at_once = [told | {"fields": "email, website", "differences": "40", "written": "38"}]
    desk._moved()
    assert "Decided at once (1)" in person.sees()
    assert "Email, Website to XPM" in person.sees()
    assert "40 differences, 38 written" in person.sees()
    (undo,) = [n for n in walk(person.tree) if (act := n.on.get("click")) and act.name == "undo_pattern"]
    person.uses(undo)
    assert "This plan takes back all that was decided at once and written." in person.sees()
    assert desk.works == []


def test_what_was_written_of_a_client_has_an_undo_of_its_own() -> None:
    """From one client's history a click leads to the plan that takes its writes back; that is pushed."""
    desk, person = long_ago(acts=5, pushes=0)
    link = link_id("cw1", "xp1")
    desk.decide([Choice(link, "email", "to_xpm", "office1@tui.example", "ofice1@tui.example")], "tick")
    desk.log[3] |= {"link_id": link}
    desk._moved()
    person.clicks("Only Client 3")
    person.clicks("Undo what was written…")
    assert "This plan takes back all that was written of one client." in person.sees()
    for box in [n for n in walk(person.tree) if n.on.get("input") and n.on["input"].name == "type"]:
        person.uses(box, "input", value="Kōwhai Accounting 1 clients")
    person.clicks("Push 1 write")
    assert [run.undoes for run in desk.pushes] == [all_of_client(link)]
