"""The main story by mouse and keyboard: a person reconciles the demo firm in a real browser.

Nothing of the package is imported. The tests of this file tell one story and run in its order, on one demo:
what a person did is judged by what both servers hold, by the ledger's file and by the page.
"""

from __future__ import annotations

import re
import socket
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from judging import CALLED, Servers, changes, ledger, operations_done
from person import EMPTY, SCREENS, Person, Shown
from playwright.sync_api import Browser, expect
from running import Demo, wait_until, without_worker

pytestmark = pytest.mark.browser
CODE_WORDS = ("traceback", "kernel", "jupyter", "python", "notebook", "exception", "undefined", "<na>")
Wish = tuple[Shown, str]


@dataclass
class Story:
    """What has happened so far."""

    demo: Demo
    person: Person
    before: dict[str, Any]
    wishes: list[Wish] = field(default_factory=list)
    linked: list[tuple[str, str]] = field(default_factory=list)
    parted: list[str] = field(default_factory=list)

    @property
    def servers(self) -> Servers:
        """Both servers as they are now."""
        return Servers(self.demo.folder)

    def undone(self) -> bool:
        """Tell whether both servers hold what they held at first."""
        return not changes(self.before, self.servers.dump())


@pytest.fixture(scope="module")
def story(browser: Browser, demo: Demo) -> Iterator[Story]:
    """Open the demo's link."""
    told = Story(demo, Person(browser, demo.link), Servers(demo.folder).dump())
    yield told
    told.person.close()


def test_a_person_sees_how_things_stand(story: Story) -> None:
    """The overview counts what the servers hold, and shows differences by field."""
    person = story.person
    person.go("Overview")
    assert person.number("in Connectworks") == len(story.before["connectworks"]["clients"])
    assert person.number("in XPM") == len(story.before["xpm"]["client"])
    kept = [c for c in story.before["connectworks"]["clients"].values() if c["xpm_link"]]
    assert person.number("linked") == len(kept)
    person.sees("Differences by field and kind", "Primary phone", "pulled")


def test_links_are_accepted_rejected_searched_for_and_parted(story: Story) -> None:
    """A band is linked after its sample was shown; single pairs are accepted, rejected, found and parted."""
    person = story.person
    person.go("Links")
    already = person.counted("Linked")
    person.press("that are very likely…")
    question = person.page.get_by_role("group", name="Link many at once")
    expect(question).to_be_visible()
    sample = [_names(row) for row in question.locator("tbody tr").all()]
    assert person.counted("Linked") == already
    question.get_by_role("button", name=re.compile("^Link all")).click()
    expect(question).to_have_count(0)
    band = person.counted("Linked") - already
    assert band == len(sample) > 1

    first, second, third = (person.page.locator("article.pair").nth(i) for i in range(3))
    rejected, searched = _headed(second), _headed(third)
    story.linked += [*sample, _headed(first), searched]
    first.get_by_role("button", name="Same client").click()
    person.sees(f"Linked ({already + band + 1})")
    person.page.get_by_role("button", name=f"Not the same: {rejected[0]} and {rejected[1]}").click()
    person.sees("Rejected (1)")

    person.page.get_by_role("button", name=f"Search XPM for {searched[0]}").first.click()
    dialog = person.page.get_by_role("dialog")
    assert dialog.get_by_role("searchbox").input_value() == searched[0]
    person.page.keyboard.press("Control+a")
    person.page.keyboard.press("Delete")
    expect(dialog.locator("li")).to_have_count(50)
    person.page.keyboard.type(searched[1])
    dialog.get_by_role("button", name=f"Link with {searched[1]}").first.click()
    dialog.get_by_role("button", name=f"Yes, link with {searched[1]}").click()
    person.sees(f"Linked ({already + band + 2})")

    person.press("Linked (")
    kept = person.page.locator("tr", has_text="in both systems").first
    story.parted.append(kept.locator("th").inner_text())
    kept.get_by_role("button", name="Unlink").click()
    person.press("Yes, unlink")
    person.sees(f"Linked ({already + band + 1})")


def _names(row: Any) -> tuple[str, str]:
    return _two(row.locator("th, td:nth-child(2)").all_inner_texts())


def _headed(pair: Any) -> tuple[str, str]:
    return _two(pair.locator("h3").all_inner_texts())


def _two(names: list[str]) -> tuple[str, str]:
    return names[0].strip(), names[1].strip()


def test_ticks_go_both_ways_by_mouse(story: Story) -> None:
    """Nothing is ticked by default; both directions may be ticked for several clients in one go."""
    person = story.person
    person.go("Differences")
    rows = person.differences()
    assert not any(row.ticked for row in rows)
    for name, direction in (
        ("Email", ">>"),
        ("Email", "<<"),
        ("Primary phone", "<<"),
        ("Primary phone", ">>"),
    ):
        row = _free(story, person.differences(name, "Differs"))
        person.tick(row, direction)
        story.wishes.append((row, direction))
    one, other = _two_of_one_client(story, person.differences())
    for row, direction in ((one, ">>"), (other, "<<")):
        person.tick(row, direction)
        story.wishes.append((row, direction))
    assert person.decided() == 6


def _two_of_one_client(story: Story, rows: list[Shown]) -> tuple[Shown, Shown]:
    """Choose two differences of one client: one with a value for XPM, one with a value for Connectworks."""
    taken = {row.client for row, _ in story.wishes}
    free = [r for r in rows if r.client not in taken and r.boxes == 2 and r.field != "Other phone"]
    for one in (row for row in free if row.connectworks != EMPTY):
        for other in (row for row in free if row.xpm != EMPTY):
            if one.client == other.client and one.field != other.field:
                return one, other
    raise AssertionError("the demo firm has no client with two such differences")


def _free(story: Story, rows: list[Shown], **sides: bool) -> Shown:
    """Choose the first row with both boxes whose client has no wish yet; `sides` says which must be empty."""
    taken = {row.client for row, _ in story.wishes}
    for row in rows:
        fits = all((getattr(row, side) == EMPTY) == blank for side, blank in sides.items())
        if row.boxes == 2 and row.client not in taken and fits and "belongs to" not in row.standing:
            return row
    raise AssertionError("the demo firm has no such difference")


def test_ticks_go_both_ways_by_keyboard_alone(story: Story) -> None:
    """Arrows move, space and the signs > and < tick; a tick the other way takes the first one's place."""
    person = story.person
    keyboard = person.page.keyboard
    row = _free(story, person.differences("Other phone", "Differs"))
    person.box(row, ">>").focus()
    with person.deciding():
        keyboard.press("Space")
    story.wishes.append((row, ">>"))

    row = _free(story, person.differences("Website", "One side is empty"), xpm=False)
    person.box(row, ">>").focus()
    keyboard.press("ArrowRight")
    assert person.page.evaluate("document.activeElement.dataset.to") == "connectworks"
    with person.deciding():
        keyboard.press("<")
    story.wishes.append((row, "<<"))

    row = _free(story, person.differences("Primary phone", "One side is empty"), connectworks=False)
    person.box(row, "<<").focus()
    with person.deciding():
        keyboard.press(">")
    story.wishes.append((row, ">>"))


def test_a_blank_overwrites_only_after_a_second_act(story: Story) -> None:
    """A tick from an empty side asks first; only the second act decides."""
    person = story.person
    row = _free(story, person.differences("Email", "One side is empty"), connectworks=True)
    already = person.decided()
    person.box(row, ">>").click()
    person.sees("ERASES XPM email")
    assert person.decided() == already
    with person.deciding():
        person.press("Yes, erase")
    story.wishes.append((row, ">>"))


def test_a_reload_keeps_every_tick(story: Story) -> None:
    """A new kernel shows the same ticks, one way each."""
    person = story.person
    person.open()
    person.go("Differences")
    assert person.decided() == len(story.wishes)
    shown = {(row.client, row.field): row.ticked for row in person.differences(show="Decided")}
    wished = {(row.client, row.field): [_towards(way)] for row, way in story.wishes}
    assert shown == wished


def _towards(way: str) -> str:
    return {">>": "xpm", "<<": "connectworks"}[way]


def test_the_plan_is_seen_and_pushed(story: Story) -> None:
    """The plan shows cost and brakes; a brake is lifted by typed words only; the push shows its way."""
    person = story.person
    person.go("Plan and push")
    writes = len(story.wishes) + len(story.linked) + len(story.parted)
    assert person.number("erase a value") == 1
    assert person.number("writes") == writes
    person.sees("roughly, at the services' pace", "Before it runs", "more than one in five")
    assert story.servers.writes() == []
    push = person.page.get_by_role("button", name=re.compile("^Push "))
    expect(push).to_be_disabled()
    _type_to_confirm(person)
    push.click()
    expect(person.page.get_by_role("progressbar", name="Push")).to_be_visible()
    person.open()
    person.go("Plan and push")
    person.sees("Nothing to push yet")
    person.go("History")
    person.sees(f"{writes} done.")


def _type_to_confirm(person: Person) -> None:
    for label in person.page.locator("label", has_text="To push all the same, type: ").all():
        wanted = label.inner_text().split("type: ")[1].strip()
        label.locator("input").click()
        person.page.keyboard.type(wanted)


def test_both_servers_hold_what_was_ticked_and_nothing_else(story: Story) -> None:
    """Beside accepted and parted links, only the ticked values changed, each to the other side's value."""
    found = changes(story.before, story.servers.dump())
    links = {change for change in found if change.field.startswith("xpm_link")}
    assert _told(found.keys() - links) == Counter(_wished(row, way) for row, way in story.wishes)
    made = Counter(change.name for change in links if not change.before)
    assert made == Counter(name for name, _ in story.linked)
    assert Counter(change.name for change in links if not change.after) == Counter(story.parted)


def _told(found: Any) -> Counter[tuple[str, ...]]:
    return Counter((c.side, c.kind, c.field, c.before, c.after) for c in found)


def _wished(row: Shown, way: str) -> tuple[str, ...]:
    side = _towards(way)
    blankless = {EMPTY: ""}
    values = {s: blankless.get(getattr(row, s), getattr(row, s)) for s in ("connectworks", "xpm")}
    other = "connectworks" if side == "xpm" else "xpm"
    return (side, *CALLED[row.field][side], values[side], values[other])


def test_every_write_has_an_actor_and_a_decision(story: Story) -> None:
    """Each write in the servers' own logs is one operation in the ledger that a named person decided on."""
    writes = story.servers.writes()
    assert all(write["status"] < 300 and write["actor"] for write in writes)
    sent = Counter((write["server"], write["resource"]) for write in writes)
    assert sent == operations_done(ledger(story.demo.folder))


def test_history_tells_who_when_before_and_after(story: Story) -> None:
    """Every pushed value stands in History with its actor, its time, what was before and what is after."""
    person = story.person
    person.go("History")
    for row, way in story.wishes:
        _, _, _, before, after = _wished(row, way)
        person.search(row.client)
        line = person.page.locator("tbody tr", has_text="Written to").filter(has_text=row.field)
        expect(line).to_have_count(1)
        cells = line.locator("td").all_inner_texts()
        assert re.match(r"\d+ \w+ \d{4}, \d\d:\d\d\s+\S+", cells[0]), "who and when"
        assert cells[4:6] == [before or EMPTY, after or EMPTY]
        assert "done" in cells[6]
    person.search("")


def test_an_undo_waits_for_the_worker_and_puts_both_systems_back(story: Story) -> None:
    """Without a worker the push of an undo is queued and the page says so; with one, both are as before."""
    person = story.person
    person.go("History")
    person.press("Undo the push of")
    person.sees("This plan takes an earlier push back.")
    with without_worker(story.demo):
        _type_to_confirm(person)
        person.press("Push ")
        person.sees("Push is queued: the worker is not running.")
        assert not story.undone()
    wait_until(story.undone, "both systems are put back", 60)
    person.sees("done")


def test_no_page_speaks_of_code(story: Story) -> None:
    """On every screen there is no code, no traceback, no jargon, no bare id, and no fault in the browser."""
    person = story.person
    for screen in SCREENS:
        person.go(screen)
        told = person.words().casefold()
        for word in CODE_WORDS:
            assert word not in told, f"{word!r} on {screen}"
        assert not re.search(r"[0-9a-f]{8}-[0-9a-f]{4}-|cw_\d", told), f"an id on {screen}"
    expect(person.page.locator(".jp-InputArea:visible, .jp-OutputArea-output pre:visible")).to_have_count(0)
    assert "wb.open" not in person.page.content()
    assert person.faults == []


def test_a_wrong_token_shows_nothing(story: Story, browser: Browser) -> None:
    """Whoever has not the link's token is told to use the whole link, and sees no word of the firm."""
    page = browser.new_page()
    page.goto(f"{story.demo.link.split('token=')[0]}token=guessed")
    page.wait_for_load_state("networkidle")
    assert "Farrow" not in page.content()
    assert page.locator(".workbench").count() == 0
    assert "sign-in" in page.url
    page.close()


def test_a_second_run_starts_where_the_first_left_off(story: Story, browser: Browser) -> None:
    """Ctrl-C ends every process; started again, on a busy port, the page shows the same state."""
    person = story.person
    person.go("Links")
    links, rejected = person.counted("Linked"), person.counted("Rejected")
    person.close()
    assert story.demo.end() == []
    with socket.socket() as busy:
        busy.bind(("127.0.0.1", 0))
        busy.listen()
        story.demo.start(f"--port={busy.getsockname()[1]}")
    assert "Pulling" not in story.demo.said()
    story.person = Person(browser, story.demo.link)
    story.person.go("Links")
    assert (story.person.counted("Linked"), story.person.counted("Rejected")) == (links, rejected)
    assert changes(story.before, story.servers.dump()).keys() == set()
