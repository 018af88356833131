"""The demo firm's settings: made once, and afterwards only told where the sandbox is."""

from __future__ import annotations

from pathlib import Path

import pytest

from workbench.domain.errors import NotAllowedHere
from workbench.flow.configuring import configure
from workbench.flow.demo import write_demo_settings
from workbench.flow.firm import Firm


def test_a_second_demo_keeps_what_people_set(tmp_path: Path) -> None:
    """The sandbox has moved to other ports; names, people and every other setting are as they were left."""
    write_demo_settings(tmp_path, "http://127.0.0.1:1", "http://127.0.0.1:2", 8400)
    configure(Firm(tmp_path), "run.cap", 0, 5)
    with (tmp_path / "firm.toml").open("a", encoding="utf-8") as file:
        file.write('\n[access]\napproval = true\n[[access.people]]\nsign_in = "ann@kowhai.example"\n')
    write_demo_settings(tmp_path, "http://127.0.0.1:3", "http://127.0.0.1:4", 8401, speed=40)
    settings = Firm(tmp_path).settings
    assert (settings.run.cap, settings.access.approval, len(settings.access.people)) == (5, True, 1)
    assert str(settings.connectworks.base_url) == "http://127.0.0.1:4/v1"
    assert str(settings.xpm.token_url) == "http://127.0.0.1:3/connect/token"
    assert (settings.sandbox_speed, settings.xpm.late_commit_s) == (40, 1.5)
    assert "127.0.0.1:1" not in (tmp_path / "firm.toml").read_text(encoding="utf-8")


def test_the_demo_never_writes_over_a_real_firm(real_firm: Path) -> None:
    """Whoever names a real firm's folder by mistake is told so, and its settings stay as they are."""
    before = (real_firm / "firm.toml").read_bytes()
    with pytest.raises(NotAllowedHere, match="holds a real firm"):
        write_demo_settings(real_firm, "http://127.0.0.1:1", "http://127.0.0.1:2", 8400)
    assert (real_firm / "firm.toml").read_bytes() == before
