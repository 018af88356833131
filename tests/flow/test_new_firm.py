"""A new firm's settings file: readable, private, without secrets, and never written over another."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

import workbench as wb
from workbench.domain.errors import BadInput, BadSettings
from workbench.domain.settings import read_settings

XPM = {"client_id": "of the app", "redirect_uri": "http://localhost:8400/xero", "write": False}
ODD = 'Tāwhiri & “Sons” \\ "Ltd" # 1'


def test_a_firm_is_set_up_in_one_call_and_opened_by_the_next(tmp_path: Path) -> None:
    """The same call again opens what stands; odd names survive; only its owner may read the folder."""
    folder = tmp_path / "firms" / "yours"
    bench = wb.init(folder, ODD, xpm=XPM, own_domains=["a.example"])
    text = (folder / "firm.toml").read_text(encoding="utf-8")
    settings = read_settings(text)
    assert (settings.firm.name, settings.firm.time_zone) == (ODD, "Pacific/Auckland")
    assert (settings.connectworks.access, settings.xpm.access, settings.xpm.write) == ("files", "api", False)
    assert "# " in text
    if os.name == "posix":
        assert folder.stat().st_mode & 0o077 == 0
        assert (folder / "firm.toml").stat().st_mode & 0o077 == 0
    assert (folder / "exports" / "connectworks").is_dir()
    assert repr(bench) == repr(wb.init(folder, "another name"))
    assert (folder / "firm.toml").read_text(encoding="utf-8") == text


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"xpm": {"redirect_uri": "http://localhost:1/x"}}, r"xpm\.client_id: Field required"),
        ({"xpm": {**XPM, "redirect_uri": "https://firm.example"}}, r"xpm\.redirect_uri: it has to read"),
        ({"time_zone": "Mars/Olympus"}, r"firm\.time_zone: there is no such time zone"),
        ({"home_country": "FR"}, r"firm\.home_country"),
    ],
)
def test_what_cannot_be_used_is_named_and_nothing_is_written(
    tmp_path: Path, change: dict[str, object], told: str
) -> None:
    """Settings are known to be good before a folder is made."""
    with pytest.raises(BadSettings, match=told):
        wb.init(tmp_path / "yours", "A", **change)  # type: ignore[arg-type]
    assert not (tmp_path / "yours").exists()


def test_a_way_that_there_is_not_is_refused(tmp_path: Path) -> None:
    """A system is reached by files, or by its settings."""
    with pytest.raises(BadInput, match="no way to reach"):
        wb.init(tmp_path / "yours", "A", xpm="fax")
