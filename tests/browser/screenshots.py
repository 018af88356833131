"""Take the README's picture of the dashboard on the demo firm, and on request every screen at two widths.

``python screenshots.py DIR`` writes ``DIR/dashboard.png``; a second folder takes all the screens.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from chromium import FLAGS, find
from person import EMPTY, SCREENS, Person
from PIL import Image
from playwright.sync_api import sync_playwright
from running import Demo

WIDTHS = (1280, 768)
TICKED = 3


def link_the_surest(person: Person) -> None:
    """Link the band of the surest candidates."""
    person.go("Links")
    person.press("that are almost certain…")
    question = person.page.get_by_role("group", name="Link many at once")
    question.get_by_role("button").first.click()
    question.wait_for(state="detached")


def tick_both_ways(person: Person) -> None:
    """Tick some differing emails towards the side whose value looks outdated."""
    person.go("Differences")
    for row in [row for row in person.differences("Email", "Differs") if row.boxes == 2][:TICKED]:
        person.tick(row, "<<" if row.connectworks.lower().startswith("old.") else ">>")


def ask_to_erase(person: Person) -> None:
    """Tick a blank over a value, so that the second question is on the screen."""
    row = next(row for row in person.differences("Primary phone", "One side is empty") if row.boxes == 2)
    person.box(row, ">>" if row.connectworks == EMPTY else "<<").click()
    person.sees("ERASES")


def take_all(person: Person, folder: Path) -> None:
    """Take every screen as it stands at each width."""
    folder.mkdir(parents=True, exist_ok=True)
    for width in WIDTHS:
        person.page.set_viewport_size({"width": width, "height": 900})
        for place, screen in enumerate(SCREENS, start=1):
            person.go(screen)
            person.answered()
            name = screen.lower().replace(" ", "-")
            person.page.screenshot(path=folder / f"{place}-{name}-{width}.png")


def take_for_readme(person: Person, path: Path) -> None:
    """Take the screen as it stands, in few colours so that the file stays small."""
    path.parent.mkdir(parents=True, exist_ok=True)
    person.page.set_viewport_size({"width": 1280, "height": 1150})
    person.page.mouse.move(0, 0)
    person.page.evaluate("scrollTo(0, 0)")
    person.page.screenshot(path=path)
    with Image.open(path) as image:
        small = image.convert("RGB").quantize(128, dither=Image.Dither.NONE)
    small.save(path, optimize=True)


def main(folder: Path, screens: Path | None) -> None:
    """Start a demo, fill it, take the pictures, end it."""
    with tempfile.TemporaryDirectory() as home, sync_playwright() as playwright:
        demo = Demo(Path(home) / "firm", "--port=0")
        browser = playwright.chromium.launch(executable_path=find(), args=FLAGS)
        try:
            person = Person(browser, demo.link)
            link_the_surest(person)
            tick_both_ways(person)
            take_for_readme(person, folder / "dashboard.png")
            ask_to_erase(person)
            if screens:
                take_all(person, screens)
        finally:
            browser.close()
            demo.end()


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]) if len(sys.argv) > 2 else None)
