"""A report in a real browser: it loads nothing, fits a telephone, and prints."""

from __future__ import annotations

import re
import sys
from pathlib import Path

import pytest
from playwright.sync_api import Browser

sys.path.insert(0, str(Path(__file__).parents[1] / "review"))

from test_every_screen import grave
from test_report import told

from workbench.flow.printing import print_page
from workbench.review.report import page

pytestmark = pytest.mark.browser


def test_a_report_is_read_on_any_screen_and_on_paper(tmp_path: Path, browser: Browser) -> None:
    """No request leaves it, no error is raised, axe finds nothing grave, it fits a telephone, it prints."""
    path = tmp_path / "report.html"
    path.write_text(page(told()), encoding="utf-8")
    asked: list[str] = []
    faults: list[str] = []
    sheet = browser.new_page(viewport={"width": 390, "height": 800})
    sheet.on("request", lambda request: asked.append(request.url))
    sheet.on("console", lambda said: faults.append(said.text))
    sheet.goto(path.as_uri())
    assert sheet.evaluate("document.documentElement.scrollWidth") <= 390
    assert sheet.get_by_role("heading", level=1).count() == 1
    assert sheet.get_by_role("table").count() == 2
    assert sheet.get_by_role("region").count() >= 4
    for colours in ("light", "dark"):
        sheet.emulate_media(color_scheme=colours)
        assert grave(sheet) == [], colours
    sheet.close()
    assert asked == [path.as_uri()]
    assert faults == []
    assert print_page(path, tmp_path / "report.pdf")
    printed = (tmp_path / "report.pdf").read_bytes()
    assert printed.startswith(b"%PDF")
    assert len(re.findall(rb"/Type\s*/Page\b", printed)) >= 2
    assert b"/StructTreeRoot" in printed  # tagged, so that it can be read aloud
