"""``workbench import-headers``: take the headers of XPM's client import from the practice's own template."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from workbench.domain.errors import BadInput
from workbench.flow.firm import Firm
from workbench.flow.import_headers import import_headers, keep_import_headers


def import_headers_of(
    folder: Annotated[Path, typer.Argument(help="The firm's folder, with its firm.toml.")],
    template: Annotated[Path, typer.Argument(help="The template or sample file of XPM's client import.")],
    yes: Annotated[bool, typer.Option("--yes", help="Keep them without asking.")] = False,
) -> None:
    """Take the headers of the import files from the template that XPM lets you download."""
    firm = Firm(folder)
    shown = import_headers(template)
    for column, header in zip(shown["column"], shown["header"], strict=True):
        print(f"  {column:<20} {header or '(not in the template)'}")
    if not (yes or typer.confirm("Is this right?")):
        raise BadInput("Nothing was kept.", "Write them under [xpm.import_headers] in firm.toml instead.")
    print(keep_import_headers(firm, shown))
