"""A person at the dashboard: looks, clicks and types; knows nothing but what the page shows."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from playwright.sync_api import Browser, Locator, Page, expect

SCREENS = (
    "Check data",
    "Overview",
    "Links",
    "Without counterpart",
    "Differences",
    "Plan and push",
    "Hand over",
    "History",
    "Settings",
)
EMPTY = "(empty)"
expect.set_options(timeout=20_000)
TYPING_MS = 350
"""A little longer than the page waits for the next letter."""

_ROWS = """() => [...document.querySelectorAll('.grid-place')[0]?.querySelectorAll('tbody') ?? []].flatMap(
  (body) => {
    const name = body.querySelector('.client .name').textContent;
    const other = body.querySelector('.client .client-line + .muted')?.textContent.replace('In XPM: ', '');
    return [...body.querySelectorAll('[data-row]')].map((row) => ({
      client: name, xpm_client: other ?? name,
      field: row.querySelector('.title').textContent,
      sign: row.querySelector('.sign').textContent,
      connectworks: row.querySelector('[data-label=Connectworks] .value').textContent,
      xpm: row.querySelector('[data-label=XPM] .value').textContent,
      boxes: row.querySelectorAll('input.tick:not([disabled])').length,
      ticked: [...row.querySelectorAll('input.tick:checked')].map((box) => box.dataset.to),
      standing: row.querySelector('.standing').textContent,
    }));
  })"""


@dataclass(frozen=True)
class Shown:
    """One difference as the page shows it."""

    client: str
    xpm_client: str
    field: str
    sign: str
    connectworks: str
    xpm: str
    boxes: int
    ticked: list[str]
    standing: str


class Reviewer:
    """Whoever decides on differences: in the dashboard, or in a notebook's output.

    Parameters
    ----------
    page : Page
        The page with the tick boxes.
    """

    def __init__(self, page: Page) -> None:
        page.set_default_timeout(20_000)
        self.page = page

    def sees(self, *texts: str) -> None:
        """Wait until the page shows each of these texts."""
        for text in texts:
            expect(self.page.get_by_text(text).first).to_be_visible(timeout=30_000)

    def press(self, *words: str) -> None:
        """Click the buttons that say so, one after the other."""
        for each in words:
            self.page.get_by_role("button", name=each).first.click()

    def search(self, words: str) -> None:
        """Type into the search box that the slash key goes to."""
        self.page.locator("[data-search]").fill(words)
        self.page.wait_for_timeout(TYPING_MS)
        self.answered()

    def differences(
        self, field: str = "All fields", kind: str = "All kinds", show: str = "Open"
    ) -> list[Shown]:
        """Look client by client, filter by the drop-downs, and read the page that is shown then."""
        self.look_by("Clients")
        for label, choice in (("Show", show), ("Field", field), ("Kind", kind)):
            self.page.get_by_label(label, exact=True).select_option(label=choice)
            self.answered()
        return self.rows()

    def look_by(self, what: str) -> None:
        """Look at the differences by ``Patterns`` or by ``Clients``."""
        choice = self.page.get_by_role("group", name="Look by").get_by_role("button", name=what)
        choice.click()
        expect(choice).to_have_attribute("aria-pressed", "true")

    def answered(self) -> None:
        """Wait until everything that was asked so far has been answered and drawn."""
        expect(self.page.locator(".waiting")).to_have_count(0)

    def rows(self) -> list[Shown]:
        """Read the differences of the page that is shown."""
        return [Shown(**row) for row in self.page.evaluate(_ROWS)]

    def decided(self) -> int:
        """Read how many differences have a choice."""
        return int(self.page.locator(".decided").inner_text().split()[0].replace(",", ""))

    def box(self, row: Shown, direction: str) -> Locator:
        """Find the tick box of a difference."""
        towards = {">>": "Connectworks to XPM", "<<": "XPM to Connectworks"}[direction]
        return self.page.get_by_label(f"{row.client}, {row.field}: {towards}", exact=True).first

    def tick(self, row: Shown, direction: str) -> None:
        """Tick a box with the mouse, and wait until the page counts it as decided."""
        with self.deciding():
            self.box(row, direction).click()

    @contextmanager
    def deciding(self, count: int = 1) -> Iterator[None]:
        """Wait after an act until the page counts so many more decisions, and says that they are kept."""
        wanted = self.decided() + count
        yield
        expect(self.page.locator(".decided")).to_contain_text(f"{wanted:,} of")
        expect(self.page.locator(".saved")).to_contain_text("Saved")


class Person(Reviewer):
    """A person at the dashboard.

    Parameters
    ----------
    browser : Browser
        Where the page is opened.
    link : str
        The dashboard's address.
    width : int
        Of the window, in CSS pixels.
    """

    def __init__(self, browser: Browser, link: str, width: int = 1280) -> None:
        super().__init__(browser.new_page(viewport={"width": width, "height": 900}))
        self._link = link
        self.faults: list[str] = []
        self.page.on("pageerror", lambda error: self.faults.append(str(error)))
        self.open()

    def open(self) -> None:
        """Open the link, or open it anew: a new kernel answers."""
        self.page.goto(self._link)
        self.page.get_by_role("tablist").wait_for(timeout=60_000)

    def go(self, screen: str) -> None:
        """Go to a screen by its tab."""
        self.page.get_by_role("tab", name=screen).click()
        expect(self.page.get_by_role("heading", name=screen, exact=True)).to_be_visible()

    def words(self) -> str:
        """Give all words on the page."""
        return self.page.locator(".workbench").inner_text()

    def number(self, words: str) -> int:
        """Read the large number above these words."""
        figure = self.page.locator(".figure", has=self.page.get_by_text(words, exact=True))
        return int(figure.locator(".figure-number").inner_text().replace(",", ""))

    def counted(self, what: str) -> int:
        """Read the number that a list's button shows in brackets."""
        words = self.page.get_by_role("button", name=re.compile(rf"^{what} \(")).inner_text()
        return int(words.split("(")[1].rstrip(")").replace(",", ""))

    def close(self) -> None:
        """Close the page."""
        self.page.close()
