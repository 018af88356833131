"""``workbench columns``: see what each column of an export is taken for, and confirm it."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from workbench.domain.errors import BadInput
from workbench.domain.fields import SIDES, Side
from workbench.flow.exports import columns_of, confirm_columns
from workbench.flow.firm import Firm


def columns(
    folder: Annotated[Path, typer.Argument(help="The firm's folder, with its firm.toml.")],
    side: Annotated[str, typer.Argument(help="connectworks or xpm.")],
    change: Annotated[
        list[str] | None, typer.Option("--set", help='"Header=field"; "Header=" leaves a column out.')
    ] = None,
    month_first: Annotated[bool, typer.Option("--month-first", help="Days as in the United States.")] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Confirm without asking.")] = False,
) -> None:
    """Say what each column of the newest export is taken for, and keep it once you confirm."""
    known: Side | None = next((each for each in SIDES if each == side), None)
    if known is None:
        raise BadInput(f"There is no side called “{side}”.", "Say connectworks or xpm.")
    firm = Firm(folder)
    changes = dict(_change(each) for each in change or ())
    shown = columns_of(firm, known)
    for row in shown.fillna("").astype(str).to_dict("records"):
        field = changes.get(row["header"], row["field"]) or "(not read)"
        why = "as you say" if row["header"] in changes else row["why"]
        sample = f"  e.g. {row['sample']}" if row["sample"] else ""
        print(f"  {row['header']:<30} {field:<20} {why}{sample}")
    if not (yes or typer.confirm("Is this right?")):
        raise BadInput("Nothing was kept.", 'Say what is what: --set "Header=field", and run it again.')
    print(confirm_columns(firm, known, changes, month_first=month_first))


def _change(told: str) -> tuple[str, str]:
    header, equals, field = told.rpartition("=")
    if not equals:
        raise BadInput(f"“{told}” says nothing.", 'Write --set "Header=field".')
    return header, field.strip()
