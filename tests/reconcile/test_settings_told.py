"""What an administrator reads of the firm's settings."""

from __future__ import annotations

from workbench.domain.adjustable import BY_KEY
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
    usual, strict = (read_settings(LEAST + more) for more in ("", "[link]\nlink_at = 0.97"))
    at = BY_KEY["link.link_at"]
    assert [at.in_words(at.of(settings)) for settings in (usual, strict)] == ["90 %", "97 %"]
    assert at.unset == f"{usual.link.line * 100:g} %"
    told = dict(dict(told_settings(usual))["The two systems"])
    assert told["Connectworks"] == "https://gateway.example/v1; may be written to"


def test_what_is_typed_is_read_as_it_is_told() -> None:
    """Every setting that a screen changes is there, and its box read again gives the same value."""
    settings = read_settings(LEAST + "[run]\nsafe_rules = ['fill_blanks']\ncap = 20")
    for setting in BY_KEY.values():
        value = setting.of(settings)
        assert setting.read(setting.typed(value)) == value, setting.key
