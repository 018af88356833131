"""``workbench custom-fields``: say what reading XPM's custom fields costs, and read them once you agree."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from workbench.flow.answering import ByKeyboard
from workbench.flow.asking import ask, follow
from workbench.flow.custom_fields import forecast
from workbench.flow.firm import Firm


def custom_fields(
    folder: Annotated[Path, typer.Argument(help="The firm's folder, with its firm.toml.")],
    scope: Annotated[
        str, typer.Option(help="Whose clients, such as “partner: NAME” or “group: NAME”; by default all.")
    ] = "",
    anew: Annotated[bool, typer.Option("--anew", help="Also of clients that were read before.")] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Read without asking.")] = False,
) -> None:
    """Read the custom fields that firm.toml names, a call for each client; the cost is shown first."""
    firm = Firm(folder)
    told = forecast(firm, scope, anew=anew)
    print(told.words)
    if told.calls and (yes or typer.confirm("Go on?", default=True)):
        request_id = ask(firm, "custom_fields", told.asked)
        print(follow(firm, request_id, meanwhile=ByKeyboard(folder), tell=_say))


def _say(words: str) -> None:
    typer.echo(f"{words} …", err=True)
