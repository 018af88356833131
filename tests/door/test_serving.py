"""How the door and Lab are started: no secret where others look, no listening where others can."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from workbench.domain.errors import BadSettings
from workbench.domain.serving import ServeSettings
from workbench.domain.settings import read_settings
from workbench.door.serving import HOST, dashboard_notebook, lab_serving, serving, signs_in_at

BY_LINK = ServeSettings()
FIRM = """
[firm]
name = "Kauri"
[connectworks]
base_url = "https://gateway.example/v1"
client_id = "c"
[xpm]
client_id = "x"
"""
BEHIND_TLS = ServeSettings(
    public_url="https://bench.kauri.example",
    sign_in={"issuer": "https://identity.xero.com", "client_id": "1"},
)


def test_the_token_is_in_no_argument_and_in_a_private_file(tmp_path: Path) -> None:
    """Whoever lists processes or settings does not see the token; the link alone carries it."""
    made = serving(tmp_path, 8866, BY_LINK)
    token_file = tmp_path / "served" / "token"
    token = token_file.read_text()
    assert len(token) >= 32
    assert made.link == f"http://{HOST}:8866/?token={token}"
    assert token not in " ".join([*made.argv, *made.env.values()])
    if os.name != "nt":
        assert stat.S_IMODE(token_file.stat().st_mode) == 0o600
        assert stat.S_IMODE(token_file.parent.stat().st_mode) == 0o700


def test_a_link_stays_valid_over_a_restart(tmp_path: Path) -> None:
    """Starting again does not lock out whoever holds the link."""
    assert len({serving(tmp_path, 8866, BY_LINK).link for _ in range(2)}) == 1


def test_kernels_know_that_they_are_served(tmp_path: Path) -> None:
    """A reviewer's kernel is told the firm and that it may hold no token."""
    env = serving(tmp_path, 8866, BY_LINK).env
    assert (env["WORKBENCH_SERVED"], env["WORKBENCH_FIRM"]) == ("1", str(tmp_path))
    assert not any("TOKEN" in name for name in env)


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.168.1.20", "10.0.0.1", "bench.kauri.example"])
def test_it_listens_beyond_this_machine_behind_tls_only(tmp_path: Path, host: str) -> None:
    """Without an https address in front it refuses loudly, and says what to do."""
    with pytest.raises(BadSettings, match="reverse proxy with TLS"):
        serving(tmp_path, 8866, BY_LINK, host)
    made = serving(tmp_path, 8866, BEHIND_TLS, host)
    assert f"--host={host}" in made.argv
    assert made.link == "https://bench.kauri.example/"


def test_the_link_is_where_a_sign_in_brings_back_to(tmp_path: Path) -> None:
    """A browser that begins under one name of this machine and comes back under another is nobody's."""
    tried_out = ServeSettings(sign_in={"issuer": "https://identity.xero.com", "client_id": "1"})
    assert serving(tmp_path, 8866, tried_out).link == f"{signs_in_at(8866, tried_out)}/"


def test_a_missing_secret_is_told_to_whoever_starts_it(tmp_path: Path) -> None:
    """Not in a log only, after a minute's wait: the sentence names the variable and whose secret it is."""
    sign_in = {"issuer": "https://identity.xero.com", "client_id": "1", "client_secret_env": "NOT_SET_HERE"}
    with pytest.raises(BadSettings, match=r"NOT_SET_HERE is not set\. Put the secret .* at Xero into it"):
        serving(tmp_path, 8866, ServeSettings(sign_in=sign_in))


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "::1"])
def test_this_machine_is_always_fine(tmp_path: Path, host: str) -> None:
    """Loopback addresses need nothing in front."""
    assert f"--host={host}" in serving(tmp_path, 8866, BY_LINK, host).argv


@pytest.mark.parametrize(
    ("written", "told"),
    [
        ('[serve]\npublic_url = "http://bench.kauri.example"', "https"),
        ('[serve]\npublic_url = "https://bench.kauri.example"', "sign_in"),
        ('[serve.sign_in]\nissuer = "identity.xero.com"\nclient_id = "1"', "https address"),
        ('[serve.sign_in]\nissuer = "https://identity.xero.com"', "client_id"),
    ],
)
def test_settings_that_would_leave_a_door_open_are_refused(written: str, told: str) -> None:
    """A public address without TLS, or without somebody who vouches, is no setting."""
    with pytest.raises(BadSettings, match=told):
        read_settings(FIRM + written)


def test_sign_in_with_xero_is_three_lines() -> None:
    """Issuer and client id are enough, and the button says Xero."""
    written = '[serve.sign_in]\nissuer = "https://identity.xero.com"\nclient_id = "1"'
    sign_in = read_settings(FIRM + written).serve.sign_in
    assert sign_in is not None
    assert (sign_in.title, sign_in.scopes) == ("Xero", ("openid", "profile", "email"))


def test_the_dashboard_notebook_is_found() -> None:
    """The notebook that is served exists and shows no logic of its own."""
    assert "bench.dashboard()" in dashboard_notebook().read_text(encoding="utf-8")


def test_lab_is_behind_the_same_kind_of_token(tmp_path: Path) -> None:
    """Lab listens on the loopback address only; its token is in a private file and in no argument."""
    made = lab_serving(tmp_path / "notebooks", 8888, tmp_path / "firm", tmp_path / "serving")
    token = Path(made.env["JUPYTER_TOKEN_FILE"]).read_text()
    assert len(token) >= 32
    assert made.link.startswith(f"http://{HOST}:8888/")
    assert made.link.endswith(f"?token={token}")
    assert token not in " ".join(made.argv)
    assert f"--ServerApp.ip={HOST}" in made.argv
    assert made.env["WORKBENCH_FIRM"] == str(tmp_path / "firm")
    assert "WORKBENCH_SERVED" not in made.env
