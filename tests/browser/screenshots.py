"""Take the README's picture of the dashboard on the demo firm, and on request every screen at two widths.

``python screenshots.py DIR`` writes ``DIR/dashboard.png``; a second folder takes all the screens, light and
dark, with what opens on them, a push that runs and one that was stopped, what somebody else sent for approval
and what is handed over where a connection cannot write.
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from chromium import FLAGS, find
from person import EMPTY, SCREENS, TYPING_MS, Person
from PIL import Image
from playwright.sync_api import sync_playwright
from running import Demo

from workbench.domain.people import AccessSettings, Identity, PersonSettings
from workbench.flow.firm import Firm
from workbench.personal import PersonalDesk
from workbench.review.desk import Choice

WIDTHS = (1280, 768)
TALLEST = 2400
TICKED, SENT = 3, 24
ANN = Identity("ann", "Ann Lee", "ann@farrow.example", "https://id.example")


def link_the_surest(person: Person) -> None:
    """Link the band of the surest candidates."""
    person.go("Links")
    person.press("that are almost certain…")
    question = person.page.get_by_role("group", name="Link many at once")
    question.get_by_role("button", name="Link all").click()
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


def prepare_for_approval(folder: Path) -> None:
    """Be Ann, who decided on some clients and sent them for approval; this machine's person may approve."""
    mine = PersonalDesk(Firm(folder))
    people = (mine.myself(), PersonSettings(sign_in=ANN.email, name=ANN.name, roles=("decide", "push")))
    mine.set_access(mine.access(), AccessSettings(approval=True, people=people), "Ann prepares")
    ann = PersonalDesk(Firm(folder, identity=ANN))
    waiting = ann.differences().query("kind in ('different', 'fill') and suggestion == 'to_xpm'").head(SENT)
    rows = waiting[["link_id", "field", "connectworks", "xpm"]].astype(object)
    chosen = rows.where(rows.notna(), None).itertuples(index=False)
    ann.decide([Choice(link, name, "to_xpm", *pair) for link, name, *pair in chosen], "tick")
    ann.propose(ann.plan().hash, note="The new ones of this month.")


def opened(person: Person) -> dict[str, Callable[[], object]]:
    """Give what opens on the screens, by its name; each begins anywhere."""
    page = person.page

    def first(screen: str, *presses: str) -> None:
        person.go(screen)
        for each in presses:
            page.get_by_role("button", name=each).first.click()
            person.answered()

    def client() -> None:
        person.go("Differences")
        person.look_by("Clients")
        page.locator(".client .name").first.click()
        page.get_by_role("dialog").wait_for()

    def look_by(what: str, *presses: str) -> None:
        person.go("Differences")
        person.look_by(what)
        for each in presses:
            page.get_by_role("button", name=each).first.click()
            person.answered()

    return {
        "filters": lambda: look_by("Patterns", "More filters", "Save these filters"),
        "bulk": lambda: look_by("Clients", "Accept suggestions"),
        "band": lambda: first("Links", "that are very likely"),
        "find": lambda: first("Links", "Search XPM for"),
        "linked": lambda: first("Links", "Linked ("),
        "by-day": lambda: first("History", "By day"),
        "clients": lambda: (person.go("Differences"), person.look_by("Clients")),
        "pattern": lambda: (person.go("Differences"), person.look_by("Patterns"), _first_pattern(person)),
        "rules": lambda: (person.go("Differences"), person.look_by("Rules")),
        "draft": lambda: first("Without counterpart", "Draft"),
        "keys": lambda: first("Overview", "Keys"),
        "client": client,
    }


def _first_pattern(person: Person) -> None:
    person.page.locator(".patterns button").first.click()
    person.answered()


def take(person: Person, folder: Path, name: str) -> None:
    """Take what is shown now at each width, light and dark, from its top."""
    for scheme in ("light", "dark"):
        person.page.emulate_media(color_scheme=scheme)
        for width in WIDTHS:
            person.page.set_viewport_size({"width": width, "height": 900})
            person.page.evaluate("scrollTo(0, 0)")
            height = min(person.page.evaluate("document.documentElement.scrollHeight"), TALLEST)
            clip = {"x": 0, "y": 0, "width": width, "height": height}
            path = folder / f"{name}-{width}-{scheme}.png"
            person.page.screenshot(path=path, full_page=True, clip=clip)
    person.page.emulate_media(color_scheme="light")


def take_all(person: Person, folder: Path) -> None:
    """Take every screen as it stands, and what opens on it."""
    folder.mkdir(parents=True, exist_ok=True)
    for place, screen in enumerate(SCREENS, start=1):
        person.go(screen)
        person.answered()
        take(person, folder, f"{place}-{screen.lower().replace(' ', '-')}")
    for name, open_it in opened(person).items():
        open_it()
        take(person, folder, f"x-{name}")
        if person.page.locator("[data-escape]").count():
            person.page.keyboard.press("Escape")
        if name == "by-day":
            person.press("List")


def take_a_push(person: Person, folder: Path) -> None:
    """Take a push while it runs, once it was stopped, and where it can be taken back."""
    page = person.page
    person.go("Plan and push")
    for label in page.locator("label", has_text="To push all the same, type: ").all():
        label.locator("input").fill(label.inner_text().split("type: ")[1].strip())
        page.wait_for_timeout(TYPING_MS)
    person.press("Push ")
    page.get_by_text("written so far").wait_for()
    page.locator(".work progress[max]").wait_for()
    take(person, folder, "z-push")
    person.press("Stop the push")
    page.locator(".ended--stopped").wait_for()
    take(person, folder, "z-push-stopped")
    person.go("History")
    take(person, folder, "z-history")


def take_what_is_handed_over(person: Person, demo: Demo, folder: Path) -> None:
    """Take what people carry across once XPM's connection may not write any more."""
    settings = demo.folder / "firm.toml"
    text = settings.read_text(encoding="utf-8").replace("approval = true", "approval = false")
    settings.write_text(text.replace("[xpm]\n", "[xpm]\nwrite = false\n"), encoding="utf-8")
    person.go("Overview")
    person.press("Pull both systems")
    person.page.locator(".ended--done").wait_for(timeout=90_000)
    person.go("Hand over")
    take(person, folder, "z-hand-over")
    person.press("Hand over ")
    person.sees("Handed over")
    take(person, folder, "z-handed-over")


def take_what_waits(person: Person, demo: Demo, folder: Path) -> None:
    """Take approval, which this firm has not by itself, and its people."""
    prepare_for_approval(demo.folder)
    person.go("Approval")
    take(person, folder, "y-approval")
    person.go("Settings")
    take(person, folder, "y-settings")


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
                take_a_push(person, screens)
                take_what_waits(person, demo, screens)
                take_what_is_handed_over(person, demo, screens)
        finally:
            browser.close()
            demo.end()


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]) if len(sys.argv) > 2 else None)
