"""What the browser tests share; the helpers beside this file are found by name.

A test takes the cheapest of these that can show what it wants to show:

- ``browser``: one real Chromium for all.
- ``boards``: one server of dashboards over desks in memory. ``boards.visit("DeskOnFrames(60, 40)")`` opens a
  page in about five seconds; `tests/review/desk_on_frames.py` is the desk. For all that happens on screens.
- ``demo``: one demo firm with sandbox, worker and dashboard, which all stories share. For what goes through
  to the servers and the ledger. It takes half a minute, once; a story finds there what earlier ones left, so
  it counts from where it began.
"""

from __future__ import annotations

import sys
from collections.abc import Generator, Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Error, sync_playwright

sys.path.insert(0, str(Path(__file__).parent))

import boards as standing
from chromium import FLAGS, find
from running import Demo


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    """Give a real Chromium without a window."""
    path = find()
    assert path, "no Chromium was found; `make test` gets one"
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=path, args=FLAGS)
        yield opened
        opened.close()


@pytest.fixture(scope="package")
def boards(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[standing.Boards]:
    """Serve desks in memory, as they are asked for."""
    with standing.boards(tmp_path_factory.mktemp("boards"), browser) as served:
        yield served


@pytest.fixture(scope="package")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    """Start the demo on an empty folder; at the end, end it."""
    started = Demo(tmp_path_factory.mktemp("demo") / "firm", "--port=0")
    yield started
    started.end()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Keep beside a failure what the page said then."""
    report = yield
    story = getattr(item, "funcargs", {}).get("story")
    if report.failed and story is not None:
        with suppress(Error):  # the page may be closed by then
            report.sections.append(("the page says", story.person.words()))
    return report
