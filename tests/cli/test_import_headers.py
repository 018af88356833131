"""``workbench import-headers``: a practice's own template says what the import's columns are called."""

from __future__ import annotations

from pathlib import Path

import typer
from typer.testing import CliRunner

import workbench as wb
from workbench.commands.import_headers import import_headers_of
from workbench.flow.firm import Firm


def test_the_template_is_shown_and_kept(tmp_path: Path) -> None:
    """Each column is shown with its header; a yes keeps them, and what is missing is said."""
    wb.init(tmp_path / "firm", "Kōwhai")
    app = typer.Typer()
    app.command()(import_headers_of)
    template = tmp_path / "template.csv"
    template.write_text("Client Name,E-mail,Job Manager\nExample Ltd,a@b.example,Tui\n", encoding="utf-8")
    asked = [str(tmp_path / "firm"), str(template)]
    told = CliRunner().invoke(app, asked, input="n\n")
    assert "email                E-mail" in told.output
    assert Firm(tmp_path / "firm").settings.xpm.import_headers == {}
    told = CliRunner().invoke(app, asked, input="y\n")
    assert "It has no column for: website, primary_phone" in told.output, told.output
    kept = Firm(tmp_path / "firm").settings.xpm.import_headers
    assert (kept["name"], kept["email"], kept["website"]) == ("Client Name", "E-mail", "")
    template.write_text("Job,Task\n", encoding="utf-8")
    refused = CliRunner().invoke(app, asked)
    assert "No column of template.csv is called Name." in str(refused.exception)
