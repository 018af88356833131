"""What an administrator reads of the firm's settings."""

from __future__ import annotations

from workbench.domain.settings import read_settings
from workbench.reconcile.settings_told import told_settings

LEAST = """
[firm]
name = "Farrow & Finch"
[connectworks]
base_url = "https://gateway.example/v1"
client_id = "a"
redirect_uri = "http://localhost:8400/connectworks"
[xpm]
client_id = "b"
redirect_uri = "http://localhost:8400/xero"
"""


def test_what_is_not_set_is_told_as_it_then_is() -> None:
    """Settings that nobody made are told with the values that count, and those that were made with theirs."""
    usual, strict = (
        dict(told_settings(read_settings(LEAST + more))) for more in ("", "[link]\nlink_at = 0.97")
    )
    assert dict(usual["Linking"]) == {"Suggested from": "90%", "Shown from": "2%"}
    assert dict(strict["Linking"])["Suggested from"] == "97%"
