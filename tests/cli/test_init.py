"""Setting up a firm at a shell: choosing WorkflowMax is one answer, and what is missing is said in words."""

from __future__ import annotations

from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from workbench.commands.init import init
from workbench.domain.settings import read_settings


def test_one_answer_chooses_workflowmax(tmp_path: Path) -> None:
    """The settings name its product and no address; the retirement of the original is told."""
    app = typer.Typer()
    app.command()(init)
    answers = ["Kōwhai", "NZ", "", "-", "files", "workflowmax", "y", "app-1", "", "", "n"]
    told = CliRunner().invoke(app, [str(tmp_path / "firm")], input="\n".join(answers) + "\n")
    assert "The original WorkflowMax was retired by Xero in 2024." in told.output, told.output
    text = (tmp_path / "firm" / "firm.toml").read_text(encoding="utf-8")
    assert "https" not in text
    settings = read_settings(text)
    assert (settings.xpm.product, settings.xpm.client_id) == ("workflowmax", "app-1")
    assert settings.xpm.client_secret_env == "WORKFLOWMAX_CLIENT_SECRET"
    assert str(settings.xpm.base_url) == "https://api.workflowmax2.com/"


def test_without_a_keyring_the_passphrase_comes_first(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody is sent to a sign-in that could not be kept; the check is made all the same, and says why."""
    monkeypatch.setattr("workbench.commands.init.usual_vault", lambda: "file")
    monkeypatch.delenv("WORKBENCH_PASSPHRASE", raising=False)
    app = typer.Typer()
    app.command()(init)
    answers = ["Kōwhai", "NZ", "", "-", "files", "api", "y", "app-1", ""]
    told = CliRunner().invoke(app, [str(tmp_path / "firm")], input="\n".join(answers) + "\n")
    assert told.exit_code == 0, told.output
    assert "put it into the environment variable WORKBENCH_PASSPHRASE" in told.output
    assert "Sign in now?" not in told.output
    assert "NOT  connection      The file vault needs a passphrase." in told.output
    steps = told.output.partition("Next:")[2].split("\n")
    assert [" ".join(step.split()[:2]) for step in steps if step] == [
        "workbench columns",
        "workbench connect",
        "workbench pull",
        "workbench serve",
    ]
