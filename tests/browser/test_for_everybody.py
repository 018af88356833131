"""Every screen in the dark, magnified, on a tablet and under a finger."""

from __future__ import annotations

from typing import Any

import pytest
from boards import Boards
from playwright.sync_api import Page
from test_every_screen import SCREENS, grave

pytestmark = pytest.mark.browser
WIDTHS = {1024: "a laptop", 768: "a tablet", 640: "1280 at 200 %"}
LEAST_PX = 24
"""Smaller targets are hard to hit with a finger (WCAG 2.2, 2.5.8); links within a sentence are exempt."""
MAIN_PX = 44
"""So large is what a screen is there for: its main buttons, its steps, its tick boxes."""

_LAID_OUT = """([least, main]) => {
  const told = [];
  const wide = document.documentElement.scrollWidth - innerWidth;
  if (wide > 1) told.push(`the page is ${wide} px wider than the window`);
  const name = (el) => (el.getAttribute('aria-label') || el.textContent || el.type).trim().slice(0, 60);
  const board = document.querySelector('.workbench');
  for (const el of board.querySelectorAll('button, input, select, summary')) {
    const box = (el.closest('label') ?? el).getBoundingClientRect();
    if (!box.width || getComputedStyle(el).visibility === 'hidden') continue;
    const [width, height] = [box.width, box.height].map(Math.round);
    const wanted = el.matches('.main, .tab, .tick, .member') ? main : least;
    if (Math.min(width, height) < wanted) told.push(`${name(el)} is ${width} x ${height}`);
    const out = box.right > innerWidth + 1 || box.left < -1;
    if (out && !el.closest('.wide')) told.push(`${name(el)} reaches out of the window`);
  }
  for (const el of board.querySelectorAll('select')) {
    const probe = document.createElement('span');
    probe.style.cssText = 'position: absolute; white-space: pre; visibility: hidden';
    probe.style.font = getComputedStyle(el).font;
    probe.textContent = el.selectedOptions[0]?.textContent ?? '';
    document.body.append(probe);
    if (probe.offsetWidth > el.clientWidth - 24) told.push(`“${probe.textContent}” is cut in its list`);
    probe.remove();
  }
  return told;
}"""


@pytest.fixture(scope="module")
def page(boards: Boards) -> Any:
    """Open what a partner finds on a Monday, on a tablet in the dark."""
    opened = boards.visit("prepared()", touch=True)
    opened.emulate_media(color_scheme="dark")
    yield opened
    opened.context.close()


def _go(page: Page, screen: str) -> None:
    page.get_by_role("tab", name=screen).click()
    page.get_by_role("heading", name=screen, exact=True).wait_for()
    page.locator(".waiting").wait_for(state="detached")


def _look_by(page: Page, what: str) -> None:
    page.get_by_role("button", name=what, exact=True).click()
    page.locator(".waiting").wait_for(state="detached")


def test_nothing_grave_is_found_in_the_dark(page: Page) -> None:
    """On every screen axe has no serious and no critical finding with dark colours either."""
    page.set_viewport_size({"width": 1024, "height": 800})
    found = {}
    for screen in SCREENS:
        _go(page, screen)
        found[screen] = grave(page)
    _go(page, "Differences")
    for look in ("Rules", "Clients"):
        _look_by(page, look)
        found[look] = grave(page)
    page.locator(".client .name").first.click()
    page.get_by_role("dialog").wait_for()
    page.evaluate("Promise.all(document.getAnimations().map((one) => one.finished))")  # it fades in
    found["panel"] = grave(page)
    page.keyboard.press("Escape")
    assert {screen: told for screen, told in found.items() if told} == {}


@pytest.mark.parametrize("width", WIDTHS, ids=WIDTHS.get)
def test_all_is_within_reach_of_a_finger(page: Page, width: int) -> None:
    """Nothing reaches out of the window or is cut, and whatever can be pressed is large enough."""
    page.set_viewport_size({"width": width, "height": 800})
    found = {}
    for screen in SCREENS:
        _go(page, screen)
        found[screen] = page.evaluate(_LAID_OUT, [LEAST_PX, MAIN_PX])
    _go(page, "Differences")
    _look_by(page, "Clients")
    found["clients"] = page.evaluate(_LAID_OUT, [LEAST_PX, MAIN_PX])
    page.locator(".client .name").first.tap()
    close = page.get_by_role("dialog").get_by_role("button", name="Close")
    close.wait_for()
    page.get_by_role("dialog").evaluate("(el) => { el.scrollTop = el.scrollHeight; }")
    close.tap(timeout=2_000)  # it stays in sight
    close.wait_for(state="detached")
    _look_by(page, "Patterns")
    page.locator(".patterns button").first.click()
    page.locator(".members").wait_for()
    found["pattern"] = page.evaluate(_LAID_OUT, [LEAST_PX, MAIN_PX])
    page.get_by_role("button", name="All kinds").click()
    assert {screen: told for screen, told in found.items() if told} == {}
