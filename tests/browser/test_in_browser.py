"""The dashboard in a real browser under hardened Voilà, over a desk in the kernel's memory."""

from __future__ import annotations

import os
import re
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
from boards import Boards
from playwright import sync_api

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def page(boards: Boards) -> Iterator[sync_api.Page]:
    """Open one page, for the tests of this file in their order."""
    opened = boards.visit("DeskOnFrames(60, 40)")
    yield opened
    opened.context.close()


def go(page: sync_api.Page, title: str) -> None:
    page.get_by_role("tab", name=title).click()
    page.get_by_role("heading", name=title, exact=True).wait_for()


def go_to_clients(page: sync_api.Page) -> None:
    go(page, "Differences")
    page.get_by_role("button", name="Clients", exact=True).click()
    page.locator(".tick").first.wait_for()


def test_keys_work_before_anything_was_clicked(page: sync_api.Page) -> None:
    """Digits, / and ? need no focus first; whoever speaks to the page can switch them off, and on again."""
    page.keyboard.press("?")
    switch = page.get_by_label("work anywhere on the page")
    switch.wait_for()
    page.keyboard.press("5")
    page.get_by_role("heading", name="Differences", exact=True).wait_for()
    page.evaluate("document.activeElement.blur()")
    page.keyboard.press("/")
    assert page.evaluate("document.activeElement.type") == "search"
    page.keyboard.press("/")
    assert page.evaluate("document.activeElement.value") == "/"
    page.keyboard.press("Delete")
    page.keyboard.press("Backspace")
    switch.uncheck()
    page.locator(".waiting").wait_for(state="detached")
    page.keyboard.press("3")
    assert page.get_by_role("heading", name="Differences", exact=True).is_visible()
    switch.check()
    page.locator(".waiting").wait_for(state="detached")
    page.keyboard.press("?")
    switch.wait_for(state="detached")


def test_a_reviewer_ticks_by_keyboard_alone(page: sync_api.Page) -> None:
    """Arrows, space, > and < tick; / searches; every box says client, field and direction."""
    go_to_clients(page)
    first = page.locator("input[data-to=xpm]").first
    name = first.get_attribute("aria-label")
    first.focus()
    page.keyboard.press("Space")
    page.get_by_text("1 of 43 decided").first.wait_for()
    page.get_by_text("Saved").wait_for()
    page.keyboard.press("ArrowDown")
    second = page.evaluate("document.activeElement.getAttribute('aria-label')")
    assert name
    assert second != name
    page.keyboard.press(">")
    page.get_by_text("2 of 43 decided").first.wait_for()
    page.keyboard.press("<")
    page.get_by_text("ERASES").first.wait_for()
    page.keyboard.press("<")
    page.keyboard.press("/")
    assert page.evaluate("document.activeElement.type") == "search"


def test_the_line_moves_by_keyboard_and_says_what_moves(page: sync_api.Page) -> None:
    """Arrow keys move the slider step by step; what enters is listed and counted, nothing is linked."""
    go(page, "Links")
    slider = page.get_by_role("slider", name="Show as suggested from")
    slider.focus()
    linked = page.get_by_role("button", name="Linked (").inner_text()
    for _ in range(24):
        page.keyboard.press("ArrowLeft")
    page.get_by_text("7 links enter. Nothing is linked by moving it.").wait_for()
    assert slider.input_value() == "78"
    assert slider.get_attribute("aria-valuetext") == "78%"
    page.get_by_text("7 links enter.", exact=True).wait_for(state="attached")
    assert page.get_by_role("region", name="Links that enter or leave").locator("tbody tr").count() == 7
    assert page.evaluate("document.activeElement.type") == "range"
    page.keyboard.press("End")
    page.get_by_text("6 links leave. Nothing").wait_for()
    assert page.get_by_role("button", name="Linked (").inner_text() == linked
    page.get_by_role("button", name="Back to 90%").click()
    page.get_by_role("region", name="Links that enter or leave").wait_for(state="detached")
    assert slider.input_value() == "90"


def test_a_question_takes_the_keyboard_and_gives_it_back(page: sync_api.Page) -> None:
    """What asks before it acts on many has the focus as it opens; its button has it once that is closed."""
    go_to_clients(page)
    leave = page.get_by_role("button", name="Leave all shown as they are")
    leave.focus()
    page.keyboard.press("Enter")
    question = page.get_by_role("group", name="Many at once")
    question.wait_for()
    assert question.evaluate("(el) => el === document.activeElement")
    client = page.get_by_role("button", name=re.compile("^Open ")).first
    client.click()
    page.get_by_role("dialog").wait_for()
    page.keyboard.press("Escape")
    page.get_by_role("dialog").wait_for(state="detached")
    assert client.evaluate("(el) => el === document.activeElement")
    question.focus()
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "Cancel"
    page.keyboard.press("Enter")
    question.wait_for(state="detached")
    assert leave.evaluate("(el) => el === document.activeElement")


def test_who_turns_below_a_list_goes_on_above_it(page: sync_api.Page) -> None:
    """Long lists have their pages above and below; at the last one the keyboard stays within the page."""
    go(page, "Links")
    above, below = (
        page.get_by_role("navigation", name=f"Pages of links{where}") for where in (", above", "")
    )
    below.last.get_by_role("button", name="Next").click()
    above.get_by_text("Page 2 of 2").wait_for()
    focused = page.evaluate("[document.activeElement.textContent, document.activeElement.disabled]")
    assert focused == ["‹ Previous", False]
    assert above.evaluate("(el) => el.contains(document.activeElement)")
    page.keyboard.press("Enter")
    above.get_by_text("Page 1 of 2").wait_for()
    page.wait_for_timeout(100)  # a browser lets go of what is disabled a moment later
    assert above.evaluate("(el) => el.contains(document.activeElement)")


def test_after_a_pair_is_decided_the_keyboard_is_on_the_next(page: sync_api.Page) -> None:
    """What is decided goes away, the page stays where it was, and what took its place has the focus."""
    go(page, "Links")
    cards = page.locator("article.pair")
    first = cards.nth(1).get_by_role("button", name="Not the same").first
    name = cards.nth(2).locator("h3").first.inner_text()
    first.focus()
    height = page.evaluate("scrollY")
    page.keyboard.press("Enter")
    page.get_by_text("Rejected: ").wait_for(state="attached")
    page.locator(".waiting").wait_for(state="detached")
    assert page.evaluate("document.activeElement.querySelector('h3')?.textContent") == name
    assert abs(page.evaluate("scrollY") - height) < 400, "the page ran away"
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "Same client"
    page.get_by_role("button", name="Undo").click()
    page.locator(".waiting").wait_for(state="detached")


def test_a_find_says_why_not_before_it_is_linked(page: sync_api.Page) -> None:
    """The picked pair shows the sentence and takes the focus to its own button; Back links nothing."""
    go(page, "Links")
    page.get_by_role("button", name="Search XPM for").first.click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_role("searchbox").fill("")
    page.get_by_text("50 clients found").wait_for()
    dialog.get_by_role("button", name="Link with").nth(3).click()
    dialog.get_by_text("by 3.1 bits.").wait_for()
    assert page.evaluate("document.activeElement.textContent") == "Yes, link"
    dialog.get_by_role("button", name="Back to what was found").click()
    dialog.get_by_text("by 3.1 bits.").wait_for(state="detached")
    dialog.get_by_role("button", name="Close").click()


def test_the_browser_asks_no_other_host_and_reports_no_error(boards: Boards, page: sync_api.Page) -> None:
    """Every request goes to the server itself; every screen opens without an error."""
    for title in (
        "Overview",
        "Links",
        "Without counterpart",
        "Differences",
        "Plan and push",
        "Hand over",
        "History",
        "Check data",
    ):
        go(page, title)
    assert [url for url in page.asked if not url.startswith(boards.own)] == []
    assert page.faults == []


def test_a_tick_while_the_page_turns_is_booked_for_the_row_that_was_seen(page: sync_api.Page) -> None:
    """Turning the page and ticking in one breath never ticks another client's field."""
    go_to_clients(page)
    page.get_by_label("Show", exact=True).select_option("open")
    page.locator(".waiting").wait_for(state="detached")
    page.get_by_role("button", name="Next ›").last.wait_for()
    label = page.evaluate(
        """() => {
            const turn = (at) => [...document.querySelectorAll('.pager button')].at(at).click();
            turn(-1); // what was sent ahead is shown at once; the way back has to be asked for
            const box = document.querySelector('input[data-to=xpm]:not([disabled]):not(:checked)');
            turn(-2); box.click();
            return box.getAttribute('aria-label');
        }"""
    )
    page.get_by_label("Show", exact=True).select_option("decided")
    page.locator(".waiting").wait_for(state="detached")
    page.get_by_label(label, exact=True).wait_for()
    assert page.get_by_label(label, exact=True).is_checked()
    assert page.locator("input.tick:checked").count() == page.locator("[data-row]").count()


def test_a_tick_that_was_refused_is_taken_out_again(page: sync_api.Page) -> None:
    """A box shows a tick at once; where the tick was not kept, neither is the box's."""
    go_to_clients(page)
    page.get_by_label("Show", exact=True).select_option("open")
    page.locator(".waiting").wait_for(state="detached")
    ticked = page.evaluate(
        """() => {
            const box = document.querySelector('input[data-to=xpm]:not([disabled]):not(:checked)');
            box.node.on.change[1].seen = "otherwise"; // as if the value had changed meanwhile
            box.click();
            return [box.checked, box.getAttribute('aria-label')];
        }"""
    )
    page.get_by_text("Not saved: see the message above").wait_for()
    assert ticked[0] and not page.get_by_label(ticked[1], exact=True).is_checked()
    page.get_by_role("button", name="Close", exact=True).click()


def test_questions_for_clients_are_downloaded(page: sync_api.Page) -> None:
    """A file comes by the page's own channel, under the hardened policy, and is saved as it was made."""
    go_to_clients(page)
    page.get_by_label("Show", exact=True).select_option("open")
    page.get_by_role("button", name="Ask the client:").first.click()
    with page.expect_download() as downloading:
        page.get_by_role("button", name="Questions for clients (1)").click()
    assert downloading.value.suggested_filename == "questions for clients.xlsx"
    assert Path(downloading.value.path()).read_bytes() == b"questions"
    assert page.faults == []


def test_a_dead_kernel_is_told_and_the_page_opens_itself_again(boards: Boards, page: sync_api.Page) -> None:
    """The page says in plain words what became of it and of the last click, and is back where it was."""
    go_to_clients(page)
    kernel = page.evaluate("JSON.parse(document.getElementById('jupyter-config-data').textContent).kernelId")
    os.kill(boards.last_kernel(), signal.SIGKILL)
    page.locator("input[data-to=xpm]:not([disabled])").first.click()
    page.get_by_text("session has ended").wait_for()
    page.get_by_text("This page was opened again").wait_for(timeout=60_000)
    page.get_by_text("Your last click was not saved: do it again.").wait_for()
    page.get_by_role("heading", name="Differences", exact=True).wait_for()
    opened = page.evaluate("JSON.parse(document.getElementById('jupyter-config-data').textContent).kernelId")
    assert opened != kernel
    go(page, "Overview")
    assert page.get_by_text("This page was opened again").count() == 0


def test_pages_turned_in_one_breath_end_where_they_were_turned_to(boards: Boards) -> None:
    """What was foreseen is shown turn by turn before any answer, and a tick on it counts for the row seen."""
    page = boards.visit("DeskOnFrames(200, 160)")
    go_to_clients(page)
    page.get_by_role("button", name="Next ›").last.click()
    page.get_by_text("Page 2 of").last.wait_for()
    page.wait_for_timeout(1500)  # for the pages ahead
    label, seen = page.evaluate(
        """() => {
            const turn = (at) => [...document.querySelectorAll('.pager button')].at(at).click();
            turn(-1); turn(-1); turn(-2); turn(-1);
            const seen = document.querySelector('.pager').textContent;
            const box = document.querySelector('input[data-to=xpm]:not([disabled]):not(:checked)');
            box.click();
            return [box.getAttribute('aria-label'), seen];
        }"""
    )
    assert "Page 4 of" in seen
    page.locator(".waiting").wait_for(state="detached")
    assert page.get_by_text("Page 4 of").count() == 2
    assert page.get_by_label(label, exact=True).is_checked()
    assert page.locator("input.tick:checked").count() == 1
    assert page.faults == []
    page.context.close()


def test_a_page_that_was_made_ready_in_vain_is_opened_again(boards: Boards) -> None:
    """Where the page could not be made it tries again by itself, then says so, with a button to try again."""
    page = boards.visit("1 / 0", shows="text=Workbench could not be opened.")
    assert page.evaluate("JSON.parse(sessionStorage.getItem('workbench-failed')).length") == 3
    boards.shows("DeskOnFrames(6, 4)")
    page.get_by_role("button", name="Try again").click()
    page.get_by_role("tablist").wait_for()
    page.context.close()
