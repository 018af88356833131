"""The report's page: whole in itself, every value as text, nothing shown that screens hide."""

from __future__ import annotations

import re

import pandas as pd
import pytest

from workbench.domain.frames import frame_of
from workbench.reconcile.drift import DRIFT
from workbench.review.charts import trend_chart
from workbench.review.report import LONGEST, Headline, Told, page

HOSTILE = '<script>alert(1)</script>"><img src=x onerror=alert(2)>'


def told(**parts: object) -> Told:
    """Give what a report may say, with hostile values wherever a client or a person is named."""
    moved = [
        {
            "side": "xpm",
            "client_id": f"x{n}",
            "name": HOSTILE,
            "field": "email",
            "before": HOSTILE,
            "what": "changed",
        }
        for n in range(LONGEST + 5)
    ]
    moved[0] |= {"field": "date_of_birth", "before": "1961-03-01", "after": "1961-03-02"}
    moved[1] |= {"field": "tax_number", "before": "049091850", "after": "049091851"}
    moved[2] |= {"field": "physical_address", "before": '{"lines":"77 Canary Road"}', "after": None}
    waits = pd.DataFrame(
        {"person": [HOSTILE, None], "to_decide": [3, 0], "to_judge": [0, 2], "to_send": [1, 0]}
    )
    usual = {
        "firm": HOSTILE,
        "about": "all clients",
        "at": "26 Nov 2026, 06:00",
        "by": HOSTILE,
        "since": "19 Nov 2026, 06:00",
        "summary": HOSTILE,
        "headlines": [Headline(1234, "linked", -5)],
        "charts": {"From run to run": trend_chart(pd.Series([9, 4], ["19 Nov", "26 Nov"]))},
        "moved": frame_of(moved, DRIFT),
        "waits": waits.assign(to_send=1, to_ask=0),
        "head": "The ledger verifies: 9 entries, head abc.",
        "cautions": [HOSTILE],
    }
    return Told(**(usual | parts))  # type: ignore[arg-type]


def test_every_value_is_text_and_nothing_is_loaded() -> None:
    """No value becomes markup, no script runs, and no address outside the page is named."""
    html = page(told())
    assert "<script" not in html
    assert "<img" not in html
    assert html.count("&lt;script&gt;") > LONGEST
    assert "default-src 'none'" in html
    loaded = re.findall(r"(?:src|href)=\"([^\"]*)\"", html)
    assert [address for address in loaded if not address.startswith("#")] == []


def test_it_says_what_it_should_to_everybody() -> None:
    """Numbers with what they count, tables with headers, a name for each drawing; long tables say so."""
    html = page(told())
    assert '<html lang="en">' in html
    assert "<strong>1,234</strong>" in html
    assert "−5 since last time" in html
    assert html.count("<table") == html.count("<caption") == html.count("<thead")
    assert len(re.findall(r"<svg[^>]*role=\"img\"[^>]*aria-label=\"[^\"]{20,}", html)) == html.count("<svg")
    assert "5 more stand in tables/moved.csv." in html
    assert "No partner named" in html


@pytest.mark.parametrize("hidden", ["1961-03", "04909", "Canary Road"])
def test_what_screens_hide_is_not_in_it(hidden: str) -> None:
    """Birth dates, tax numbers and addresses are said to have moved, and not what they are."""
    assert hidden not in page(told())


def test_an_empty_report_is_whole() -> None:
    """Where nothing moved and nothing waits, that is what it says."""
    empty = told(moved=frame_of((), DRIFT), waits=told().waits.head(0), cautions=())
    html = page(empty)
    assert "No value and no client moved" in html
    assert "Nothing waits for anybody." in html
    assert "Brakes and warnings" not in html
