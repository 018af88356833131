"""Click sheets: every value as text, the box to tick, and Connectworks' own words from the settings."""

from __future__ import annotations

from html import unescape

import pandas as pd

from workbench.domain.settings import PanelSettings
from workbench.review.click_sheets import click_sheets


def _sheet(**cells: str | None) -> pd.DataFrame:
    row = {
        "link_id": "l1",
        "side": "connectworks",
        "client": "Rimu Ltd",
        "other_client": "Rimu Limited",
        "linked_there": "yes",
        "field": "email",
        "label": "Email",
        "before": "a@b.example",
        "after": "c@d.example",
        "how": "tick << towards Connectworks",
        "by": "ann",
        "why": "as the client wrote",
    }
    return pd.DataFrame([{**row, **cells}])


def test_values_are_text_never_markup() -> None:
    """A client's name or value with markup in it is shown as it is and does nothing."""
    bad = "<img src=x onerror=alert(1)>{title}"
    page = click_sheets(_sheet(client=bad, after=bad, why=bad), "Firm <b>", "today", PanelSettings())
    assert "<img" not in page
    assert page.count(bad.replace("<", "&lt;").replace(">", "&gt;")) == 3
    assert "Firm &lt;b&gt;" in page


def test_the_sheet_says_which_box_and_how_to_get_there() -> None:
    """Each line names its box; one not linked there says first how, in the settings' words."""
    words = PanelSettings(section="Add-ons", connect="Join")
    page = unescape(click_sheets(_sheet(linked_there="no"), "Firm", "today", words))
    assert "tick << towards Connectworks" in page
    assert "Go to “Add-ons”" in page
    assert "press “Join” and choose “Rimu Limited”" in page
    assert "Join" not in click_sheets(_sheet(), "Firm", "today", words)


def test_a_client_is_called_as_connectworks_calls_it() -> None:
    """Values for either system stand under one heading; the link is made with the name that XPM shows."""
    swapped = {"side": "xpm", "client": "Rimu Limited", "other_client": "Rimu Ltd", "linked_there": "no"}
    both = pd.concat([_sheet(linked_there="no"), _sheet(**swapped, field="website")])
    page = unescape(click_sheets(both, "Firm", "today", PanelSettings()))
    assert page.count("<h2>") == 1
    assert '<h2>Rimu Ltd <span class="quiet">(Rimu Limited in XPM)</span></h2>' in page
    assert "choose “Rimu Limited”" in page
    alone = unescape(click_sheets(_sheet(**swapped), "Firm", "today", PanelSettings()))
    assert "<h2>Rimu Ltd " in alone
    assert "choose “Rimu Limited”" in alone
