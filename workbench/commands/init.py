"""``workbench init``: ask what a new firm needs, write its settings, sign in, and check."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated, Any, Final

import typer

from workbench.commands.connect import examined, signed_in
from workbench.domain.errors import WorkbenchError
from workbench.domain.fields import CONNECTWORKS, SIDE_LABELS, XPM, Side
from workbench.domain.settings import RETIRED
from workbench.flow.firm import Firm
from workbench.flow.new_firm import ZONES, NewFirm, make_firm
from workbench.systems.vault import PASSPHRASE_VARIABLE, usual_vault

_ACCESS: Final = ("api", "files")
_PORT: Final = 8400
SANDBOX_CLIENT: Final = "workbench-sandbox"
SANDBOX_SECRET_ENV: Final = "WORKBENCH_SANDBOX_SECRET"


def init(
    folder: Annotated[Path, typer.Argument(help="Where the new firm is to live.")],
    name: Annotated[str | None, typer.Option(help="The firm's name.")] = None,
    country: Annotated[str | None, typer.Option(help="NZ or AU.")] = None,
    zone: Annotated[str | None, typer.Option(help="The time zone, such as Pacific/Auckland.")] = None,
    xpm_url: Annotated[str | None, typer.Option(help="Practise on this sandbox instead of Xero.")] = None,
    connectworks_url: Annotated[
        str | None, typer.Option(help="Practise on this sandbox instead of Connectworks.")
    ] = None,
    speed: Annotated[float, typer.Option(help="How much faster than life that sandbox runs.")] = 1.0,
) -> None:
    """Set up a firm: a few questions, then one settings file, the sign-ins, and a check in plain words."""
    if (folder / "firm.toml").exists():
        raise WorkbenchError(f"There is a firm in {folder} already.", f"Check it: workbench doctor {folder}")
    name = name or _asked("The firm’s name")
    country = country or _chosen("Home country", ("NZ", "AU"), "NZ")
    zone = zone or _asked("Time zone", ZONES.get(country, ""))
    domains = _asked("The firm’s own mail domains, if any (with commas between)", "-")
    sides = {
        CONNECTWORKS: _connectworks(connectworks_url),
        XPM: _xpm(xpm_url),
    }
    practising = {"sandbox_speed": speed} if xpm_url or connectworks_url else {}
    own = tuple(part for part in domains.replace(",", " ").split() if part != "-")
    vault = usual_vault() if any(side["access"] == "api" for side in sides.values()) else "keyring"
    path = make_firm(folder, NewFirm(name, country, zone, sides, own, vault, practising))
    print(f"\nWritten: {path}. It holds no secret; you may edit it.")
    _go_on(Firm(folder))


def _go_on(firm: Firm) -> None:
    """Say where exports go, sign in where that is wanted, check everything, and say what comes next."""
    by_files = [side for side in (CONNECTWORKS, XPM) if firm.settings.side(side).access == "files"]
    for side in by_files:
        where = firm.folder / (firm.settings.side(side).exports or f"exports/{side}")
        print(f"Save {SIDE_LABELS[side]}’s export (all clients, by a Firm Administrator) in {where}.")
    signed = len(by_files) == 2 or _signed_in_now(firm)
    examined(firm)
    steps = [f"workbench columns {firm.folder} {side}" for side in by_files]
    steps += [] if signed else [f"workbench connect {firm.folder}"]
    steps += [f"workbench pull {firm.folder}", f"workbench serve {firm.folder}"]
    print("Next:\n  " + "\n  ".join(steps))


def _signed_in_now(firm: Firm) -> bool:
    """Sign in if the person wants to and can; tell whether it is done."""
    if firm.settings.vault == "file" and not os.environ.get(PASSPHRASE_VARIABLE):
        print(
            "This machine has no keyring: sign-ins are kept in an encrypted file. Choose a long passphrase,"
        )
        print(f"and put it into the environment variable {PASSPHRASE_VARIABLE} wherever Workbench runs.")
        return False
    if not typer.confirm("Sign in now?", default=True):
        return False
    elsewhere = not typer.confirm("Is your browser on this machine?", default=True)
    try:
        signed_in(firm, paste=elsewhere)
    except WorkbenchError as error:
        print(error)
        return False
    return True


def _connectworks(sandbox: str | None) -> dict[str, Any]:
    access = _chosen("\nConnectworks: through its API, or by files", _ACCESS, "api" if sandbox else "files")
    if access == "files":
        return {"access": access}
    told: dict[str, Any] = {"access": access, **_writing(CONNECTWORKS)}
    if sandbox:
        told["base_url"] = f"{sandbox}/v1"
        told |= {f"{what}_url": f"{sandbox}/oauth/{what}" for what in ("authorize", "token", "revoke")}
    else:
        told["base_url"] = _asked("Address of the Connectworks gateway")
    told["client_id"] = _asked("Client id of the registered application", SANDBOX_CLIENT if sandbox else None)
    variable = SANDBOX_SECRET_ENV if sandbox else "CONNECTWORKS_CLIENT_SECRET"
    told["client_secret_env"] = _asked("Environment variable that holds its secret", variable)
    told["redirect_uri"] = _asked("Redirect, as registered", f"http://localhost:{_PORT}/connectworks")
    return told


def _xpm(sandbox: str | None) -> dict[str, Any]:
    words = "\nXero Practice Manager: through its API, by files, or WorkflowMax by BlueRock in its place"
    access = _chosen(words, (*_ACCESS, "workflowmax"), "api")
    if access == "files":
        return {"access": access}
    if access == "workflowmax":
        return _workflowmax(sandbox)
    told: dict[str, Any] = {"access": access, **_writing(XPM)}
    if sandbox:
        told["base_url"] = f"{sandbox}/practicemanager/3.1"
        told["authorize_url"] = f"{sandbox}/identity/connect/authorize"
        told["token_url"] = f"{sandbox}/connect/token"
        told["revoke_url"] = f"{sandbox}/connect/revocation"
        told["connections_url"] = f"{sandbox}/connections"
    told["client_id"] = _asked("Client id of the Xero app", SANDBOX_CLIENT if sandbox else None)
    told["redirect_uri"] = _asked("Redirect, as registered", f"http://localhost:{_PORT}/xero")
    return told


def _workflowmax(sandbox: str | None) -> dict[str, Any]:
    print(RETIRED + ".")
    told: dict[str, Any] = {"access": "api", "product": "workflowmax", **_writing(XPM)}
    if sandbox:
        told["base_url"] = f"{sandbox}/workflowmax"
        told |= {f"{what}_url": f"{sandbox}/workflowmax/oauth/{what}" for what in ("authorize", "token")}
    usual = f"{SANDBOX_CLIENT}-workflowmax" if sandbox else None
    told["client_id"] = _asked("Client id of the WorkflowMax app", usual)
    variable = SANDBOX_SECRET_ENV if sandbox else "WORKFLOWMAX_CLIENT_SECRET"
    told["client_secret_env"] = _asked("Environment variable that holds its secret", variable)
    told["redirect_uri"] = _asked("Redirect, as registered", f"http://localhost:{_PORT}/workflowmax")
    return told


def _writing(side: Side) -> dict[str, bool]:
    return {
        "write": typer.confirm(f"May Workbench ever change anything in {SIDE_LABELS[side]}?", default=True)
    }


def _asked(words: str, usual: str | None = None) -> str:
    return str(typer.prompt(words, default=usual)).strip()


def _chosen(words: str, choices: tuple[str, ...], usual: str) -> str:
    """Ask until the answer is one of a few words, in whatever capitals."""
    known = {choice.casefold(): choice for choice in choices}
    while True:
        told = _asked(f"{words} ({' or '.join(choices)})", usual).casefold()
        if told in known:
            return known[told]
        print(f"Please say {' or '.join(choices)}.")
