"""Choosing WorkflowMax while a firm is set up: one answer, and the rest follows."""

from __future__ import annotations

from pathlib import Path

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
