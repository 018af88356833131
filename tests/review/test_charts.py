"""Charts say in words what they draw, and hold no client's value as markup."""

from __future__ import annotations

import sys
from pathlib import Path

from lxml import etree

from workbench.review.charts import differences_chart, waterfall

sys.path.insert(0, str(Path(__file__).parent))
from desk_on_frames import DeskOnFrames


def test_a_chart_is_one_drawing_with_its_words() -> None:
    """A screen reader gets the counts that the bars show."""
    desk = DeskOnFrames(12, 8)
    chart = differences_chart(desk.differences())
    root = etree.fromstring(chart.svg.encode())
    assert root.get("role") == "img"
    assert root.get("aria-label") == chart.words
    differing = (desk.differences().query("field == 'email'")["kind"] == "different").sum()
    assert f"Email: {differing} differs" in chart.words


def test_a_waterfall_adds_up() -> None:
    """The last bar is the sum of the pieces."""
    chart = waterfall(
        [{"field": "email", "bits": 6.0, "words": "<b>mail</b>"}, {"field": "nzbn", "bits": -2.5}]
    )
    assert chart.words.endswith("NZBN -2.5, Together +3.5.")
    assert etree.fromstring(chart.svg.encode()).findall(".//b") == []


def test_the_same_chart_is_the_same_bytes() -> None:
    """A notebook that is run again does not change."""
    frame = DeskOnFrames(12, 8).differences()
    assert differences_chart(frame).svg == differences_chart(frame).svg
