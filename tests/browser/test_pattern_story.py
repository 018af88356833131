"""A person decides a whole kind of differences at once in a real browser.

Nothing of the package is imported: what was done is judged by the ledger's file and by the page.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from judging import Servers, ledger
from person import Person
from playwright.sync_api import Browser, Locator, expect
from running import Demo

pytestmark = pytest.mark.browser


@dataclass
class Story:
    """What is under way."""

    demo: Demo
    person: Person
    began: int

    def told(self, kind: str) -> list[dict[str, Any]]:
        """Give the bodies of the ledger's entries of a kind since the story began, in their order."""
        entries = (entry for entry in ledger(self.demo.folder) if entry.seq > self.began)
        return [entry.body for entry in entries if entry.kind == kind]

    def decided(self) -> list[dict[str, Any]]:
        """Give the bodies of the ledger's decisions since the story began, in their order."""
        return self.told("decided")


@pytest.fixture(scope="module")
def story(browser: Browser, demo: Demo) -> Iterator[Story]:
    """Open the demo's link."""
    told = Story(demo, Person(browser, demo.link), ledger(demo.folder)[-1].seq)
    yield told
    told.person.close()


def _number(words: str) -> int:
    return int(re.search(r"[\d,]+", words).group().replace(",", ""))  # type: ignore[union-attr]


def _button(story: Story) -> Locator:
    return story.person.page.get_by_role("group", name="Decide on all that are in").locator(".main")


def test_a_kind_is_decided_without_two_of_its_members(story: Story) -> None:
    """A pattern is opened by keyboard, two are taken out, one act decides the others, each for itself."""
    person = story.person
    before = Servers(story.demo.folder).dump()
    person.go("Differences")
    name = person.page.get_by_role("button", name=re.compile("^Other phone: only Connectworks has a value$"))
    name.focus()
    person.page.keyboard.press("Enter")
    expect(person.page.get_by_role("heading", name=re.compile("^Other phone: only"))).to_be_visible()
    directions = person.page.get_by_role("group", name="Direction")
    direction = directions.get_by_role("button", name=re.compile("^>>"))
    direction.click()
    expect(direction).to_have_attribute("aria-pressed", "true")
    whole = _number(_button(story).inner_text())
    assert whole >= 3
    boxes = person.page.locator("input.member:checked")
    assert boxes.count() == whole
    taken_out = [boxes.nth(i).get_attribute("aria-label") for i in range(2)]
    for label in taken_out:
        box = person.page.get_by_label(str(label), exact=True)
        box.focus()
        person.page.keyboard.press("Space")
        expect(box).not_to_be_checked()
    expect(_button(story)).to_have_text(f"Tick {whole - 2} towards XPM")
    with person.deciding(whole - 2):
        _button(story).click()
    person.sees(f"✓ {whole - 2} differences ticked towards XPM.")
    expect(person.page.locator(".spoken[role=status]")).to_contain_text(f"{whole - 2} differences")

    made = story.decided()
    assert len(made) == whole - 2
    assert {(d["field"], d["direction"], d["how"]) for d in made} == {("other_phone", "to_xpm", "pattern")}
    assert len({d["link_id"] for d in made}) == whole - 2
    assert len({d["act"] for d in made}) == 1
    for label in taken_out:
        expect(person.page.get_by_label(str(label), exact=True)).to_be_visible()
    assert Servers(story.demo.folder).dump() == before


def test_what_was_looked_at_is_kept_with_the_act(story: Story) -> None:
    """The ledger names the members that were on the screen before the act."""
    [sampled] = story.told("sampled")
    made = story.decided()
    assert sampled["act"] == made[0]["act"]
    assert sampled["of"] == len(made)
    assert {d["link_id"] for d in made} <= set(sampled["shown"])


def test_the_act_is_taken_back_and_done_again(story: Story) -> None:
    """Undo takes all of it back, redo does all of it again, in the ledger as on the screen."""
    person = story.person
    count = person.decided()
    with person.deciding(-count):
        person.press("Undo")
    person.sees(f"{count} differences taken back.")
    assert [d["direction"] for d in story.decided()[count:]] == [None] * count
    with person.deciding(count):
        person.press("Redo")
    again = story.decided()[2 * count :]
    assert {(d["link_id"], d["direction"]) for d in again} == {
        (d["link_id"], d["direction"]) for d in story.decided()[:count]
    }
    person.open()
    person.go("Differences")
    assert person.decided() == count
    rows = person.differences("Other phone", show="Decided")
    assert [row.ticked for row in rows] == [["xpm"]] * count
    assert person.faults == []


_BROKEN_WORDS = """() => [...document.querySelectorAll('.members .value')].flatMap((value) => {
  const words = document.createTreeWalker(value, NodeFilter.SHOW_TEXT), broken = [];
  while (words.nextNode()) {
    const range = document.createRange();
    range.selectNodeContents(words.currentNode);
    if (/^\\S+$/.test(range.toString()) && range.getClientRects().length > 1) broken.push(range.toString());
  }
  return broken;
})"""


def test_on_a_tablet_emails_break_at_their_signs(story: Story) -> None:
    """In narrow columns no part of an email is torn, whichever way the tablet is held."""
    story.person.open()
    story.person.go("Differences")
    page = story.person.page
    kind = "Email: same domain, other mailbox; XPM says more"
    page.get_by_role("button", name=kind, exact=True).click()
    expect(page.get_by_role("heading", name=kind)).to_be_visible()
    was = page.viewport_size
    try:
        for width, height in ((1024, 768), (768, 1024)):
            page.set_viewport_size({"width": width, "height": height})
            assert page.locator(".members wbr").count() > 10
            assert page.evaluate(_BROKEN_WORDS) == []
    finally:
        page.set_viewport_size(was)


def test_a_note_stays_with_what_was_decided(story: Story) -> None:
    """Why a kind was decided as it was is kept with each of its members, and stands there after a reload."""
    person = story.person
    person.open()
    person.go("Differences")
    person.page.get_by_role("button", name=re.compile("^Other phone: two digits swapped$")).click()
    directions = person.page.get_by_role("group", name="Direction")
    directions.get_by_role("button", name=re.compile("^Leave both")).click()
    whole = _number(_button(story).inner_text())
    note = person.page.get_by_label("Note on this decision")
    note.fill("The bookkeeper asks.")
    note.press("Tab")
    person.answered()
    with person.deciding(whole):
        _button(story).click()
    person.open()
    person.go("Differences")
    person.differences("Other phone", show="Left alone")
    notes = person.page.locator("input.note")
    expect(notes).to_have_count(whole)
    expect(notes.first).to_have_value("The bookkeeper asks.")


def test_a_question_for_a_client_comes_as_a_spreadsheet(story: Story, tmp_path: Path) -> None:
    """What is marked to be asked is downloaded from the page, ready for a mail merge, without any formula."""
    person = story.person
    row = person.differences("Email")[0]
    with person.deciding():
        person.press(f"Ask the client: {row.client}, Email")
    with person.page.expect_download() as downloading:
        person.press("Questions for clients (1)")
    file = tmp_path / downloading.value.suggested_filename
    downloading.value.save_as(file)
    sheet = openpyxl.load_workbook(file).active
    head, asked = list(sheet.iter_rows())
    told = {name.value: cell for name, cell in zip(head, asked, strict=True)}
    assert told["client"].value == row.client
    assert told["questions"].value.startswith("Email: is it ")
    assert {cell.data_type for cell in asked if cell.value is not None} == {"s"}
    assert person.faults == []


def test_a_rule_is_written_accepted_by_one_act_and_removed(story: Story) -> None:
    """Somebody writes a rule for one partner's clients, accepts all that it suggests, and takes both back."""
    person, settings = story.person, story.demo.folder / "firm.toml"
    plain = settings.read_text(encoding="utf-8")
    person.open()
    person.go("Differences")
    person.look_by("Rules")
    person.sees("Rules of your firm", "No habit yet")
    person.press("Add a rule…")
    for label, choice in (("Field", "Email"), ("Partner", "Celia Finch"), ("What to do", "Follow XPM")):
        person.page.get_by_label(label, exact=True).select_option(label=choice)
        person.answered()
    person.press("Add the rule")
    words = "Email, clients of Celia Finch: XPM is followed"
    person.sees(words)
    assert settings.read_text(encoding="utf-8").startswith(plain.rstrip())
    assert story.told("ruled")[-1]["rules"] == 1
    person.press(f"Look at what “{words}” suggests")
    accept = person.page.get_by_role("button", name=re.compile(r"^Tick (?:these|this) \d+"))
    count, before = _number(accept.inner_text()), len(story.decided())
    with person.deciding(count):
        accept.click()
    made = story.decided()[before:]
    assert {(d["field"], d["how"]) for d in made} == {("email", "rule")}
    assert len(made) == count
    with person.deciding(-count):
        person.press("Undo")
    person.press(f"Remove the rule {words}", f"Yes, remove the rule {words}")
    person.sees("There is none yet.")
    assert settings.read_text(encoding="utf-8").rstrip() == plain.rstrip()
    assert story.told("ruled")[-1]["rules"] == 0
    assert person.faults == []
