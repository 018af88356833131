"""A Chromium for each story; the helpers beside this file are found by name."""

from __future__ import annotations

import sys
from collections.abc import Generator, Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Error, sync_playwright

sys.path.insert(0, str(Path(__file__).parent))

from chromium import FLAGS, find


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Give a real Chromium without a window."""
    path = find()
    assert path, "no Chromium was found; `make test` gets one"
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=path, args=FLAGS)
        yield opened
        opened.close()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Keep beside a failure what the page said then."""
    report = yield
    story = getattr(item, "funcargs", {}).get("story")
    if report.failed and story is not None:
        with suppress(Error):  # the page may be closed by then
            report.sections.append(("the page says", story.person.words()))
    return report
