"""The dashboard is served with every door shut."""

from __future__ import annotations

import os
import stat
from pathlib import Path

from workbench.review.serving import HOST, dashboard_notebook, lab_serving, serving, voila_config


def test_the_token_is_in_no_argument_and_in_a_private_file(tmp_path: Path) -> None:
    """Whoever lists processes or settings does not see the token; the link alone carries it."""
    made = serving(tmp_path / "n.ipynb", 8866, tmp_path / "firm", tmp_path / "serving")
    token_file = Path(made.env["JUPYTER_TOKEN_FILE"])
    token = token_file.read_text()
    assert len(token) >= 32
    assert token == token.strip()
    assert made.link == f"http://{HOST}:8866/?token={token}"
    assert token not in " ".join(made.argv) + (tmp_path / "serving" / "voila.json").read_text()
    assert "--token" in made.argv
    if os.name != "nt":
        assert stat.S_IMODE(token_file.stat().st_mode) == 0o600


def test_a_link_stays_valid_over_a_restart(tmp_path: Path) -> None:
    """Starting again does not lock out whoever holds the link."""
    links = {serving(tmp_path / "n", 8866, tmp_path, tmp_path / "s").link for _ in range(2)}
    assert len(links) == 1


def test_kernels_know_that_they_are_served(tmp_path: Path) -> None:
    """A reviewer's kernel is told the firm and that it may hold no token."""
    env = serving(tmp_path / "n", 8866, tmp_path / "firm", tmp_path / "s").env
    assert (env["WORKBENCH_SERVED"], env["WORKBENCH_FIRM"]) == ("1", str(tmp_path / "firm"))
    assert "JUPYTER_TOKEN" not in env


def test_every_door_is_shut() -> None:
    """Each default of Voilà that leaves a door open is set otherwise."""
    config = voila_config()
    voila, pages = config["Voila"], config["VoilaConfiguration"]
    assert voila["ip"] == "127.0.0.1"
    assert voila["tornado_settings"]["allow_remote_access"] is False
    assert (pages["allow_template_override"], pages["allow_theme_override"]) == ("NO", "NO")
    assert (pages["file_allowlist"], pages["strip_sources"], pages["show_tracebacks"]) == ([], True, False)
    assert config["MappingKernelManager"]["cull_idle_timeout"] <= 120
    policy = voila["tornado_settings"]["headers"]["Content-Security-Policy"]
    assert "http" not in policy
    assert "unsafe-eval" not in policy


def test_the_dashboard_notebook_is_found() -> None:
    """The notebook that is served exists and shows no logic of its own."""
    text = dashboard_notebook().read_text(encoding="utf-8")
    assert "bench.dashboard()" in text


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
