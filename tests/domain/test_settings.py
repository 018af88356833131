"""A firm's settings: read exactly, refused exactly."""

from __future__ import annotations

import pytest

from workbench.domain.errors import BadSettings
from workbench.domain.settings import read_settings

GOOD = """
[firm]
name = "Kōwhai Accounting"
[connectworks]
base_url = "https://gateway.example/v1"
client_id = "one"
[xpm]
client_id = "two"
"""


def test_the_least_that_a_firm_must_say_is_enough() -> None:
    """Name, gateway and two client ids suffice; the rest is the vendors' documented addresses and limits."""
    settings = read_settings(GOOD)
    assert str(settings.xpm.base_url) == "https://api.xero.com/practicemanager/3.1"
    assert (settings.xpm.calls_per_min, settings.xpm.calls_per_day) == (60, 5000)
    assert settings.vault == "keyring"


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (("name =", "nmae ="), "firm.nmae"),
        (('client_id = "two"', ""), "xpm.client_id"),
        (("https://gateway.example/v1", "gateway"), "connectworks.base_url"),
        (("[xpm]", "[xpm]\ncalls_per_min = 0"), "xpm.calls_per_min"),
        (("[firm]", "[firm"), "not valid TOML"),
        (("[firm]", 'vault = "drawer"\n[firm]'), "vault"),
    ],
)
def test_what_is_wrong_is_named(change: tuple[str, str], told: str) -> None:
    """A misspelt, missing, impossible or broken setting is named in one sentence with the file."""
    with pytest.raises(BadSettings, match=told) as refusal:
        read_settings(GOOD.replace(*change), "firm.toml")
    assert "firm.toml" in str(refusal.value)
