"""Signing in again from a page, drawn by the page's own code in a real Chromium."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page

from workbench.review import reconnecting
from workbench.review.desk import Prompted, Pulse
from workbench.review.tree import h, parts_of

pytestmark = pytest.mark.browser
DRAW = Path(reconnecting.__file__).parent / "static" / "draw.js"
PAGE = """
<!doctype html><main></main><script type="module">
{code}
window.acts = [];
const drawn = drawing(document.querySelector("main"), "w", (el, event, wanted) =>
  window.acts.push([event, wanted, el.value]));
window.show = (parts) => {{ drawn.take(parts); drawn.draw(); }};
</script>
"""


@pytest.fixture
def page(browser: Browser) -> Page:
    """Give a page that draws what it is shown and keeps what a person does."""
    opened = browser.new_page()
    opened.set_content(PAGE.format(code=DRAW.read_text(encoding="utf-8")))
    opened.wait_for_function("() => Boolean(window.show)")
    return opened


def _show(page: Page, node: Any) -> None:
    parts = {name: part for name, (_, part) in parts_of(h("div", node)).items()}
    page.evaluate("parts => window.show(parts)", json.loads(json.dumps(parts)))


def test_the_sign_in_opens_beside_the_page_and_its_address_comes_back(page: Page) -> None:
    """The link leads to the service in a page of its own that learns nothing of this one."""
    asked = Prompted("p1", "Xero Practice Manager", "http://localhost:1/authorize?state=abc")
    _show(page, reconnecting.reconnect_view(Pulse(1, asked=asked), may_administer=True))
    link = page.get_by_role("link", name="Sign in to Xero Practice Manager")
    assert link.get_attribute("href") == asked.address
    assert link.get_attribute("target") == "_blank"
    assert link.get_attribute("rel") == "noopener noreferrer"
    box = page.get_by_label("The address to which the sign-in led")
    box.fill("http://localhost:8400/xero?code=c&state=abc")
    box.press("Tab")
    assert page.evaluate("window.acts") == [
        ["change", ["answer", {"prompt_id": "p1"}], "http://localhost:8400/xero?code=c&state=abc"]
    ]


def test_practices_are_chosen_by_their_names(page: Page) -> None:
    """One button for each practice that is offered; it answers with the practice's id."""
    asked = Prompted("p2", "Xero Practice Manager", choices={"t1": "Finch & Co", "t2": "Second Practice"})
    _show(page, reconnecting.reconnect_view(Pulse(1, asked=asked), may_administer=True))
    page.get_by_role("button", name="Finch & Co").click()
    assert page.evaluate("window.acts[0][1]") == ["answer", {"prompt_id": "p2", "answer": "t1"}]


@pytest.mark.parametrize(
    "address", ["javascript:window.acts.push(1)", "data:text/html,x", "file:///etc/passwd"]
)
def test_only_addresses_of_the_web_become_links(page: Page, address: str) -> None:
    """Whatever else is given as an address leads nowhere and runs nothing."""
    _show(page, h("a", "Sign in", href=address))
    assert page.locator("a").get_attribute("href") is None
    page.get_by_text("Sign in").click()
    assert page.evaluate("window.acts") == []
