"""Every screen in a real Chromium: by keyboard alone, for assistive technology, and full of hostile texts.

Hostile texts are shown without the policy that the server sends: what holds here holds by the drawing alone.
"""

from __future__ import annotations

import pytest
from axe_playwright_python.sync_playwright import Axe
from boards import Boards
from playwright import sync_api

pytestmark = [pytest.mark.browser, pytest.mark.timeout(600)]
SCREENS = (
    "Check data",
    "Overview",
    "Links",
    "Without counterpart",
    "Differences",
    "Approval",
    "Plan and push",
    "Hand over",
    "History",
    "Settings",
)


def go(page: sync_api.Page, title: str) -> None:
    """Go to a step by its number key, wherever the focus is, as long as nothing is being typed."""
    tabs = page.get_by_role("tab").all_inner_texts()
    place = next(at for at, words in enumerate(tabs, start=1) if words.endswith(title))
    page.keyboard.press(str(place % 10))
    page.get_by_role("heading", name=title, exact=True).wait_for()
    page.locator(".waiting").wait_for(state="detached")


_FOCUSED = """() => {
  const el = document.activeElement;
  const ring = getComputedStyle(el);
  return [el.getAttribute('aria-label') || el.textContent || el.labels?.[0]?.textContent || '',
          ring.outlineStyle !== 'none' || el === document.body];
}"""


def tab_to(page: sync_api.Page, name: str, most: int = 150) -> None:
    """Press Tab until what is called so has the focus; every stop on the way shows that it has it."""
    for _ in range(most):
        page.keyboard.press("Tab")
        words, seen = page.evaluate(_FOCUSED)
        assert seen, f"nobody sees that {words!r} has the focus"
        if words.strip().startswith(name):
            return
    raise AssertionError(f"Tab does not lead to {name!r}")


@pytest.mark.long
def test_a_partner_approves_by_keyboard_alone(boards: Boards) -> None:
    """31 look safe, 5 need a look, 2 to ask: all of them are decided on without a mouse."""
    page = boards.visit("prepared()")
    page.keyboard.press("Tab")
    go(page, "Overview")
    page.get_by_text("31 look safe, 5 need a look, 2 to ask the client").first.wait_for()
    tab_to(page, "Go to Approval")
    page.keyboard.press("Enter")
    page.get_by_role("heading", name="Approval", exact=True).wait_for()
    tab_to(page, "Approve the 31 that look safe")
    page.keyboard.press("Enter")
    page.get_by_role("button", name="Yes, approve these 31").wait_for()
    assert page.evaluate("document.activeElement.textContent") == "Yes, approve these 31"
    page.keyboard.press("Enter")
    page.get_by_text("31 clients approved.").first.wait_for()
    for _ in range(2):
        tab_to(page, "Ask the client: ")
        page.keyboard.press("Enter")
        page.get_by_text("is on the list of clients to ask.").first.wait_for()
        page.locator(".waiting").wait_for(state="detached")
    tab_to(page, "Send back ")
    page.keyboard.press("Enter")
    page.get_by_text("What should be looked at again?").wait_for()
    page.keyboard.type("Whose mailbox is this?")
    page.wait_for_timeout(400)
    tab_to(page, "Send back ")
    page.keyboard.press("Enter")
    page.get_by_text("Sent back (1)").wait_for()
    for left in range(3, -1, -1):
        tab_to(page, "Approve ")
        while "Approved" in page.evaluate("document.activeElement.textContent"):
            tab_to(page, "Approve ")
        page.keyboard.press("Enter")
        page.get_by_text(f"Waiting ({left})").wait_for()
        page.locator(".waiting").wait_for(state="detached")
    page.get_by_text("Approved (35)").wait_for()
    page.keyboard.press("?")
    page.get_by_text("tick towards XPM", exact=True).wait_for()
    assert page.faults == []
    page.context.close()


def test_on_a_tablet_held_across_all_steps_stand_in_one_line(boards: Boards) -> None:
    """Whoever has every screen sees all ten beside each other; keys that nobody has there are not named."""
    page = boards.visit("prepared()", touch=True)
    tabs = page.get_by_role("tab")
    assert [words.strip() for words in tabs.all_inner_texts()] == [*SCREENS]
    assert len({box["y"] for box in map(sync_api.Locator.bounding_box, tabs.all()) if box}) == 1
    page.context.close()


def test_columns_of_an_export_are_confirmed_by_keyboard_alone(boards: Boards) -> None:
    """An administrator reads what each column is taken for, corrects one, and says yes, without a mouse."""
    page = boards.visit("DeskOnFrames(6, 4).reading_files()")
    go(page, "Settings")
    page.get_by_text("its cells look like phones").wait_for()
    tab_to(page, "Remarks is taken for")
    page.keyboard.type("Man")
    page.get_by_text("as you say").wait_for()
    tab_to(page, "Confirm these columns")
    page.keyboard.press("Enter")
    page.get_by_text("Records are told apart by “Client Code”.").first.wait_for()
    assert page.faults == []
    page.context.close()


def test_hostile_texts_stay_texts_on_every_screen(boards: Boards) -> None:
    """A hundred payloads in every field: none runs, none asks another host, all are read as they stand.

    On the way axe looks over each screen: it has no serious and no critical finding.
    """
    page = boards.visit("HostileDesk()", guarded=False)
    findings = {}
    assert [words.split(maxsplit=1)[1] for words in page.get_by_role("tab").all_inner_texts()] == [*SCREENS]
    for screen in SCREENS:
        go(page, screen)
        findings[screen] = grave(page)
        if screen == "Differences":
            findings["patterns"] = look_closer(page)
        shown = page.locator(".workbench").inner_text()
        assert "window.ran" in shown, f"no payload on {screen}"
        strange = page.locator(".workbench").locator(
            "script, img, svg, iframe, object, form, video, style, link"
        )
        assert strange.count() == 0, screen
    assert page.evaluate("window.ran") is None
    assert [url for url in page.asked if "outside.example" in url or url.startswith("javascript")] == []
    assert [url for url in page.asked if not url.startswith(boards.own)] == []
    assert page.faults == []
    assert {screen: told for screen, told in findings.items() if told} == {}
    page.context.close()


def look_closer(page: sync_api.Page) -> list[str]:
    """Open a pattern, the list of clients and one client's panel with a field's history."""
    page.locator(".pattern-list button, .patterns button").first.click()
    page.get_by_role("button", name="‹ All kinds").click()
    page.get_by_role("button", name="Clients", exact=True).click()
    page.locator(".client .name").first.click()
    page.get_by_role("dialog").get_by_role("combobox").first.select_option(index=1)
    page.locator(".past li").first.wait_for()
    found = grave(page)
    page.keyboard.press("Escape")
    page.get_by_role("dialog").wait_for(state="detached")
    return found


def grave(page: sync_api.Page, within: str | None = None) -> list[str]:
    """Give axe's serious and critical findings, each with the first place of it, perhaps `within` a part."""
    told = Axe().run(page, within, {"resultTypes": ["violations"]}).response["violations"]
    return [
        f"{each['id']}: {each['help']} ({each['nodes'][0]['html'][:160]})"
        for each in told
        if each["impact"] in ("serious", "critical")
    ]
