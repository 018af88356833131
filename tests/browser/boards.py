"""One server of dashboards over desks in memory: hardened as `workbench serve` is, ready in a few seconds."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import nbformat
from playwright.sync_api import Browser, Page
from running import wait_until

from workbench.domain.serving import ServeSettings
from workbench.door.serving import serving
from workbench.flow.processes import free_port

DESKS = Path(__file__).parents[1] / "review"
sys.path.insert(0, str(DESKS))

from desk_on_frames import LEAST  # noqa: E402

FIRM = LEAST + "[serve]\nwarm = 0\n"
CELL = """
import os, sys
from pathlib import Path
sys.path.insert(0, {desks!r})
from desk_on_frames import DeskOnFrames
from hostile import HostileDesk
from prepared import prepared
from workbench.review.dashboard import dashboard
with open({pids!r}, "a") as file:
    file.write(f"{{os.getpid()}}\\n")
dashboard(eval(Path({wanted!r}).read_text()))
"""


class Boards:
    """The running server.

    Parameters
    ----------
    link : str
        Where it lets people in.
    folder : Path
        Where its notebook finds which desk the next visit shows.
    browser : Browser
        Where pages are opened.
    """

    def __init__(self, link: str, folder: Path, browser: Browser) -> None:
        self.link, self._folder, self._browser = link, folder, browser

    @property
    def own(self) -> tuple[str, ...]:
        """With what the addresses begin that a page may ask for."""
        home = self.link.split("/?")[0]
        return (home, home.replace("http", "ws"), "blob:", "data:")

    def shows(self, desk: str) -> None:
        """Say which desk whoever comes next is shown."""
        (self._folder / "wanted").write_text(desk)

    def visit(
        self,
        desk: str,
        *,
        guarded: bool = True,
        width: int = 1024,
        touch: bool = False,
        shows: str = "[role=tablist]",
    ) -> Page:
        """Open a page, with everything that it asked for (`asked`) and every error (`faults`) kept beside it.

        Parameters
        ----------
        desk : str
            What is shown: ``DeskOnFrames(60, 40)``, ``prepared()``, ``HostileDesk()``.
        guarded : bool
            Whether the server's Content-Security-Policy counts; without, what holds does so by the drawing.
        width : int
            Of the window, in CSS pixels.
        touch : bool
            Whether a finger is all that there is, as on a tablet.
        shows : str
            What is there once the page has opened.
        """
        self.shows(desk)
        context = self._browser.new_context(
            viewport={"width": width, "height": 800},
            has_touch=touch,
            is_mobile=touch,
            bypass_csp=not guarded,
            accept_downloads=True,
        )
        page = context.new_page()
        page.asked, page.faults = [], []
        page.on("request", lambda request: page.asked.append(request.url))
        page.on("pageerror", lambda error: page.faults.append(str(error)))
        page.on("dialog", lambda dialog: page.faults.append(dialog.message))
        page.set_default_timeout(20_000)
        page.goto(self.link, wait_until="commit", timeout=90_000)
        page.wait_for_selector(shows, timeout=90_000)
        return page

    def last_kernel(self) -> int:
        """Give the process of the kernel that was started last."""
        return int((self._folder / "pids").read_text().split()[-1])


@contextmanager
def boards(folder: Path, browser: Browser) -> Iterator[Boards]:
    """Serve until the end."""
    paths = {name: str(folder / name) for name in ("pids", "wanted")}
    source = CELL.format(desks=str(DESKS), **paths)
    book = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(source)])
    book.metadata["kernelspec"] = {"name": "python3", "display_name": "Python 3", "language": "python"}
    nbformat.write(book, folder / "board.ipynb")
    (folder / "firm.toml").write_text(FIRM)
    port = free_port()
    made = serving(folder, port, ServeSettings(), notebook=folder / "board.ipynb")
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(made.argv, env=dict(made.env), cwd=folder, stdout=log, stderr=log)
    try:
        wait_until(lambda: answers(f"http://127.0.0.1:{port}/sign-in"), "the door opens", 60)
        yield Boards(made.link, folder, browser)
    finally:
        process.terminate()
        process.wait(20)


def answers(address: str) -> bool:
    """Tell whether a server is there."""
    try:
        return httpx.get(address).status_code < 500
    except httpx.TransportError:
        return False
