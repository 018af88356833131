"""`workbench lab` as a person meets it: the first notebook, both consent pages, the end."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest
from lab import run_all
from playwright.sync_api import Browser, Page, Route

pytestmark = pytest.mark.browser
OPENS_BROWSERS = ("BROWSER", "DISPLAY", "WAYLAND_DISPLAY", "TERM")
"""Without these no other browser can be opened, so the pages to sign in are printed as links."""
READY_WAIT_S = 120.0
END_WAIT_S = 30.0


@pytest.fixture
def lab(tmp_path: Path) -> Iterator[tuple[str, subprocess.Popen[bytes]]]:
    """Run the command; give the printed link, and the process."""
    said = tmp_path / "said"
    command = [sys.executable, "-m", "workbench", "lab", f"--folder={tmp_path / 'firm'}", "--no-browser"]
    environment = {name: value for name, value in os.environ.items() if name not in OPENS_BROWSERS}
    with said.open("wb") as output:
        process = subprocess.Popen(command, env=environment, stdout=output, stderr=subprocess.STDOUT)
    try:
        yield _link(process, said), process
    finally:
        if process.poll() is None:
            process.terminate()
            process.wait(END_WAIT_S)


def _link(process: subprocess.Popen[bytes], said: Path) -> str:
    until = time.monotonic() + READY_WAIT_S
    while time.monotonic() < until and process.poll() is None:
        if found := re.search(r"http://127\.0\.0\.1:\d+/lab\S+", said.read_text(encoding="utf-8")):
            return found.group()
        time.sleep(0.1)
    raise AssertionError(f"no link was printed:\n{said.read_text(encoding='utf-8')}")


def test_a_person_signs_in_on_both_consent_pages_and_pulls(
    lab: tuple[str, subprocess.Popen[bytes]], browser: Browser
) -> None:
    """Run All of the first notebook waits for a person at both pages, then shows both systems' clients.

    The browser asks no other host, and Ctrl-C ends every process that was started.
    """
    link, process = lab
    page = browser.new_page(viewport={"width": 1280, "height": 1000})
    page.set_default_timeout(60_000)
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.route("**/api/contents/**", _save_nothing)
    page.goto(link)
    page.get_by_role("heading", name="1 · Connect").wait_for()
    run_all(page)
    for path in ("/oauth/authorize", "/connect/authorize"):
        _allow(page, path)
    last = page.locator(".jp-Cell", has_text="unknown_type").last
    last.get_by_text("Name it under business_structures").wait_for()
    assert page.get_by_text("Jupyter news").count() == 0
    home = link.split("/lab")[0]
    assert [
        url for url in asked if not url.startswith((home, home.replace("http", "ws"), "data:", "blob:"))
    ] == []
    page.close()

    started = psutil.Process(process.pid).children(recursive=True)
    assert len(started) >= 3  # the sandbox, Lab and a kernel
    process.send_signal(signal.SIGINT)
    process.wait(END_WAIT_S)
    assert psutil.wait_procs(started, timeout=10)[1] == []


def _save_nothing(route: Route) -> None:
    """Keep what Lab would save by itself from the checked-in notebook."""
    if route.request.method == "PUT":
        route.abort()
    else:
        route.continue_()


def _allow(page: Page, path: str) -> None:
    """Follow the printed link to a consent page, as a person does, and allow."""
    with page.context.expect_page() as opened:
        page.locator(f".jp-OutputArea a[href*='{path}']").click()
    consent = opened.value
    practices = consent.get_by_role("checkbox")
    if practices.count():
        practices.first.check()
    consent.get_by_role("button", name=re.compile("^Allow")).click()
    consent.get_by_text("You may close this page").wait_for()
    consent.close()
