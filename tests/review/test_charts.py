"""Charts say in words what they draw, and hold no client's value as markup."""

from __future__ import annotations

import sys
from pathlib import Path
from urllib.parse import unquote

import pandas as pd
from lxml import etree

from workbench.review.charts import differences_chart, patterns_chart, probabilities_chart, waterfall

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


def test_a_notebook_gets_a_picture_that_needs_no_trust() -> None:
    """What an unsure notebook keeps is an image with its words; inside is the drawing, on light paper."""
    chart = differences_chart(DeskOnFrames(12, 8).differences())
    image = etree.fromstring(chart._repr_html_().replace('">', '"/>').encode())
    assert (image.tag, image.get("alt")) == ("img", chart.words)
    kind, _, data = str(image.get("src")).partition(",")
    drawn = etree.fromstring(unquote(data).encode())
    assert kind == "data:image/svg+xml"
    assert "background:white" in str(drawn.get("style"))
    assert "currentColor" not in unquote(data)


def test_patterns_are_drawn_by_size_and_the_rest_as_one() -> None:
    """The largest patterns stand by their words; the last bar is all others together."""
    found = DeskOnFrames(12, 8).patterns()
    chart = patterns_chart(found, largest=2)
    assert f"{found['words'][0]}: {found['count'][0]}" in chart.words
    assert f"{len(found) - 2} more: {found['count'][2:].sum()}" in chart.words
    assert etree.fromstring(chart.svg.encode()).get("aria-label") == chart.words


def test_a_waterfall_adds_up() -> None:
    """The last bar is the sum of the pieces."""
    chart = waterfall(
        [{"field": "email", "bits": 6.0, "words": "<b>mail</b>"}, {"field": "nzbn", "bits": -2.5}]
    )
    assert chart.words.endswith("NZBN -2.5, Together +3.5.")
    assert etree.fromstring(chart.svg.encode()).findall(".//b") == []


def test_a_waterfall_names_the_fields_and_writes_what_each_says_beside_them() -> None:
    """From “Before comparing” over each field to “Together”, with the bits on the bars."""
    steps = pd.DataFrame(
        {
            "field": ["prior", "legal_name"],
            "label": ["Before comparing", "Name"],
            "bits": [-9.5, 21.5],
            "words": ["before comparing: two records are seldom one client", "same <b>name</b>"],
        }
    )
    chart = waterfall(steps)
    assert chart.words == "Evidence in bits: Before comparing -9.5, Name +21.5, Together +12.0."
    root = etree.fromstring(chart.svg.encode())
    texts = ["".join(node.itertext()) for node in root.iter("{*}text")]
    for words in ("Before comparing", "Name", "Together", "−9.5", "+21.5", "+12.0", "same <b>name</b>"):
        assert words in texts
    assert "two records are seldom one client" in texts


def test_the_line_stands_in_the_chart_and_its_words() -> None:
    """Where the line is moved to is drawn and told."""
    candidates = pd.DataFrame({"probability": [1.0, 0.4], "verdict": ["link", "review"]})
    assert "the line lies at 97.5%" in probabilities_chart(candidates, at=0.975).words
    assert "line at 97.5%" in probabilities_chart(candidates, at=0.975).svg


def test_every_candidate_stands_in_one_tenth() -> None:
    """A certain pair counts to the last tenth, and the words tell suggested and doubtful ones apart."""
    candidates = pd.DataFrame(
        {"probability": [1.0, 0.95, 0.9, 0.31], "verdict": ["link", "link", "review", "review"]}
    )
    told = probabilities_chart(candidates).words
    assert "suggested as links: 2 from 0.9;" in told
    assert "for a person to judge: 1 from 0.3, 1 from 0.9." in told
    assert "suggested as links: none" in probabilities_chart(candidates.head(0)).words


def test_a_chart_that_is_not_drawn_tells_its_words() -> None:
    """In a text console a chart is its sentence, not its markup."""
    chart = waterfall([{"field": "email", "bits": 6.0}])
    assert repr(chart) == chart.words


def test_the_same_chart_is_the_same_bytes() -> None:
    """A notebook that is run again does not change."""
    frame = DeskOnFrames(12, 8).differences()
    assert differences_chart(frame).svg == differences_chart(frame).svg
