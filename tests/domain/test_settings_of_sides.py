"""How each side is reached: settings that only hold together, refused exactly where they do not."""

from __future__ import annotations

import pytest

from workbench.domain.errors import BadSettings
from workbench.domain.settings import read_settings

FILES = '[firm]\nname = "A"\n[connectworks]\naccess = "files"\n[xpm]\naccess = "files"\n'
APIS = """
[firm]
name = "A"
[connectworks]
base_url = "https://gateway.example/v1"
client_id = "one"
[xpm]
client_id = "two"
"""


def test_a_firm_that_has_exports_only_says_nothing_else() -> None:
    """Where a side is reached by files, neither address nor client id is asked for."""
    settings = read_settings(FILES)
    assert (settings.xpm.access, settings.connectworks.base_url) == ("files", None)


def test_reading_alone_asks_only_to_read() -> None:
    """The scopes are the least: who signed in, staying signed in, and clients, to write only where wanted."""
    assert read_settings(APIS).xpm.asked_scopes[-1] == "practicemanager.client"
    reading = read_settings(APIS.replace("[xpm]", "[xpm]\nwrite = false")).xpm.asked_scopes
    assert reading == ("offline_access", "openid", "profile", "practicemanager.client.read")


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (("[xpm]", "[xpm]\nacess = 'files'"), "xpm.acess: there is no such setting (did you mean access?)"),
        (('client_id = "two"', ""), "xpm.client_id: Field required"),
        (
            ("[xpm]", "[xpm]\ncustom_fields = ['Partner’s TFN']"),
            "custom_fields.0: tax numbers are never kept",
        ),
        (('base_url = "https://gateway.example/v1"', ""), "connectworks.base_url: Field required"),
        (("[xpm]", "[xpm]\naccess = 'fax'"), "xpm.access: Input should be 'api' or 'files'"),
        (
            ("[xpm]", "[xpm]\nredirect_uri = 'http://127.0.0.1:8400/xero'"),
            "xpm.redirect_uri: it has to read http://localhost:PORT/NAME, as registered",
        ),
        (
            ("[xpm]", "[xpm]\nredirect_uri = 'http://localhost:8400/connectworks'"),
            "connectworks.redirect_uri and xpm.redirect_uri have to end in different names",
        ),
        (
            ('name = "A"', 'name = "A"\ntime_zone = "NZ/Auckland"'),
            "firm.time_zone: there is no such time zone",
        ),
    ],
)
def test_what_is_wrong_is_said_exactly(change: tuple[str, str], told: str) -> None:
    """Each fault is named by its setting, with what would be right."""
    with pytest.raises(BadSettings) as refusal:
        read_settings(APIS.replace(*change, 1))
    assert told in str(refusal.value)
