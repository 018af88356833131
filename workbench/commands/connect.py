"""``workbench connect`` and ``workbench doctor``: sign in, and say in plain words what works."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from workbench.flow.answering import ByKeyboard
from workbench.flow.asking import ask, follow
from workbench.flow.doctor import Finding, reported
from workbench.flow.firm import Firm

FolderArgument = Annotated[Path, typer.Argument(help="The firm's folder, with its firm.toml.")]


def connect(
    folder: FolderArgument,
    paste: Annotated[bool, typer.Option("--paste", help="The browser is on another machine.")] = False,
    practice: Annotated[str | None, typer.Option(help="The practice to choose, by its name.")] = None,
    choose: Annotated[bool, typer.Option("--choose", help="Choose the practice anew.")] = False,
) -> None:
    """Sign in to both systems and say whose data is reached."""
    signed_in(Firm(folder), paste=paste, practice=practice, choose=choose or practice is not None)


def doctor(folder: FolderArgument) -> None:
    """Say what works of a firm's set-up, and what to do about what does not."""
    if not all(finding.ok for finding in examined(Firm(folder))):
        raise typer.Exit(1)


def signed_in(firm: Firm, *, paste: bool = False, practice: str | None = None, choose: bool = False) -> None:
    """Have the worker sign in, answer what it asks, and print whose data is reached."""
    request_id = ask(firm, "connect", {"elsewhere": paste, "choose": choose})
    answering = ByKeyboard(firm.folder, paste=paste, practice=practice)
    print(follow(firm, request_id, meanwhile=answering, tell=_say))


def examined(firm: Firm) -> list[Finding]:
    """Have the worker check everything, and print what it found."""
    request_id = ask(firm, "check", {})
    told = follow(firm, request_id, tell=_say)
    findings = reported(firm, request_id)
    _show(findings)
    print(told)
    return findings


def _show(findings: Sequence[Finding]) -> None:
    about = ""
    for finding in findings:
        if finding.about != about:
            about = finding.about
            print(f"\n{about}")
        print(f"  {'ok ' if finding.ok else 'NOT'}  {finding.what:<15} {finding.words}")
        if finding.advice:
            print(f"       {'':<15} {finding.advice}")
    print()


def _say(words: str) -> None:
    print(f"{words} …", file=sys.stderr, flush=True)
