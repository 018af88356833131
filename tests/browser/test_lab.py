"""Ticking and pushing in JupyterLab: the same widgets in a notebook's output, judged by both servers."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import nbformat
import pytest
from judging import SIDES, changes
from lab import run_all
from person import Reviewer, Shown
from playwright.sync_api import Browser, expect
from running import wait_until
from test_every_screen import grave

pytestmark = pytest.mark.browser

CELLS = (
    'import os\nimport workbench as wb\nbench = wb.open(os.environ["WORKBENCH_FIRM"])',
    "bench.connect()",
    "clients = bench.pull()",
    'band = bench.candidates().query("verdict == \'link\'").head(20)\nbench.link(band, how="band")',
    "bench.review(bench.compare())",
    "fields = bench.decisions.query(\"field != 'linked_id'\")\nplan = wb.plan(bench.compare(), fields)",
    "run = bench.push(plan) if plan.operations else None",
    'print(run.message if run else "nothing to push yet")',
)

OF_LAB = {"aria-allowed-attr", "aria-input-field-name", "aria-required-children"}
"""What axe finds in JupyterLab's own page, with our widgets or without: see docs/dashboard.md."""

PLAN = 5
"""Which cell makes the plan; the ones after it push it and say how it ended."""


@pytest.fixture
def lab(sandbox_firm: Any, tmp_path: Path) -> Iterator[str]:
    """Serve one notebook in JupyterLab on the demo firm; give its address."""
    book = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(source) for source in CELLS])
    book.metadata["kernelspec"] = {"name": "python3", "display_name": "Python 3", "language": "python"}
    notebooks = tmp_path / "notebooks"
    notebooks.mkdir()
    nbformat.write(book, notebooks / "story.ipynb")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    settings = tmp_path / "lab"
    environment = {
        **os.environ,
        "WORKBENCH_FIRM": str(sandbox_firm.folder),
        "JUPYTER_TOKEN": "for-this-test",
        "JUPYTERLAB_SETTINGS_DIR": str(settings / "settings"),
        "JUPYTERLAB_WORKSPACES_DIR": str(settings / "workspaces"),
    }
    command = [sys.executable, "-m", "jupyterlab", f"--notebook-dir={notebooks}", f"--port={port}"]
    command += ["--no-browser", "--ip=127.0.0.1", "--ServerApp.port_retries=0"]
    command += ["--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate"]
    if hasattr(os, "geteuid") and os.geteuid() == 0:
        command.append("--allow-root")
    with (tmp_path / "lab.log").open("wb") as log:
        process = subprocess.Popen(command, env=environment, stdout=log, stderr=log)
    home = f"http://127.0.0.1:{port}"
    try:
        wait_until(lambda: _answers(home), "JupyterLab starts", 60)
        yield f"{home}/lab/tree/story.ipynb?token=for-this-test"
    finally:
        process.terminate()
        process.wait(30)


def _answers(address: str) -> bool:
    try:
        return httpx.get(f"{address}/login").is_success
    except httpx.TransportError:
        return False


def test_a_person_ticks_and_pushes_in_a_notebook(lab: str, browser: Browser, sandbox_firm: Any) -> None:
    """Run All draws the tick boxes; no key of theirs reaches a cell, nor the other way; ticks are written.

    axe finds nothing serious in them there either, light or dark, and around them only what is JupyterLab's.
    """
    page = browser.new_page(viewport={"width": 1400, "height": 1000})
    reviewer = Reviewer(page)
    page.goto(lab)
    cells = page.locator(".jp-Notebook .jp-CodeCell")
    expect(cells).to_have_count(len(CELLS), timeout=60_000)
    run_all(page)
    expect(page.get_by_text("nothing to push yet", exact=True)).to_be_visible(timeout=90_000)
    before = {side: sandbox_firm.sandbox.dump(side) for side in SIDES}

    to_connectworks, to_xpm = _two_of_two_clients(reviewer.differences("Email", "Differs"))
    reviewer.tick(to_connectworks, "<<")
    reviewer.box(to_xpm, ">>").focus()
    for key in ("x", "b", "d", "d", "ArrowDown", "ArrowUp"):
        page.keyboard.press(key)
    with reviewer.deciding():
        page.keyboard.press(">")
    expect(cells).to_have_count(len(CELLS))
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        assert grave(page, ".workbench") == []
    assert {finding.split(":")[0] for finding in grave(page)} <= OF_LAB

    cells.nth(PLAN).locator(".cm-content").click()
    page.keyboard.press("Escape")
    page.keyboard.press("?")
    expect(page.locator(".keys")).to_have_count(0)
    page.keyboard.press("Enter")
    for _ in CELLS[PLAN:]:
        page.keyboard.press("Shift+Enter")
    printed = page.locator(".jp-OutputArea pre")  # the widget above may still be saying the same
    expect(printed.get_by_text("Pushed: 2 done.", exact=True)).to_be_visible(timeout=60_000)
    found = changes(before, {side: sandbox_firm.sandbox.dump(side) for side in SIDES})
    assert Counter((c.side, c.field, c.before, c.after) for c in found) == Counter(
        [
            ("connectworks", "email", to_connectworks.connectworks, to_connectworks.xpm),
            ("xpm", "email", to_xpm.xpm, to_xpm.connectworks),
        ]
    )
    page.close()


def _two_of_two_clients(rows: list[Shown]) -> tuple[Shown, Shown]:
    both = [row for row in rows if row.boxes == 2]
    return both[0], next(row for row in both if row.client != both[0].client)
