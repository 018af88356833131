"""The demo firm's folder: settings that point at the local sandbox."""

from __future__ import annotations

import shutil
from pathlib import Path

import tomlkit

from workbench.domain.errors import NotAllowedHere
from workbench.domain.settings import read_settings
from workbench.flow.settings_file import rewrite, settings_of

SPEED = 20.0
"""How much faster than life the demo's limits run, so that nobody waits for a quota that is not real."""

_SETTINGS = """\
# Written by `workbench demo`: an invented firm on two local servers that speak as the real services do.
vault = "memory"        # tokens live only as long as the worker that holds them
sandbox_speed = {speed}    # the services' limits and waits run this many times faster than life

[firm]
name = "Farrow & Finch (demo)"
home_country = "NZ"
time_zone = "Pacific/Auckland"
own_domains = ["farrowfinch.example"]

[connectworks]
base_url = "{connectworks}/v1"
authorize_url = "{connectworks}/oauth/authorize"
token_url = "{connectworks}/oauth/token"
revoke_url = "{connectworks}/oauth/revoke"
client_id = "workbench-sandbox"
client_secret_env = "WORKBENCH_SANDBOX_SECRET"
redirect_uri = "http://localhost:{listen}/connectworks"

[xpm]
base_url = "{xpm}/practicemanager/3.1"
authorize_url = "{xpm}/identity/connect/authorize"
token_url = "{xpm}/connect/token"
revoke_url = "{xpm}/connect/revocation"
connections_url = "{xpm}/connections"
client_id = "workbench-sandbox"
redirect_uri = "http://localhost:{listen}/xero"
late_commit_s = {late_commit_s}
custom_fields = ["AML review due", "Preferred language"]
"""

_ADDRESSES = ("base_url", "authorize_url", "token_url", "revoke_url", "connections_url", "redirect_uri")
_OF_THE_SANDBOX = frozenset((*_ADDRESSES, "late_commit_s"))
SANDBOX_SECRET = "sandbox-secret"
"""The secret of the sandbox's one registered application; it opens nothing else."""


def write_demo_settings(
    folder: Path, xpm_url: str, connectworks_url: str, listen_port: int, speed: float = SPEED
) -> Path:
    """Write the settings of a firm that lives on the sandbox; of one that is there only where that is.

    Parameters
    ----------
    folder : Path
        The firm's folder; made if need be.
    xpm_url, connectworks_url : str
        Roots of the two local servers.
    listen_port : int
        Where the sign-in's answer is awaited.
    speed : float
        How much faster than life the sandbox's limits run.

    Returns
    -------
    Path
        The settings file.

    Raises
    ------
    NotAllowedHere
        If the folder holds a firm that does not live on the sandbox.
    BadSettings
        If its settings cannot be used.
    """
    text = _SETTINGS.format(
        xpm=xpm_url,
        connectworks=connectworks_url,
        listen=listen_port,
        speed=speed,
        late_commit_s=60 / speed,
    )
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    path = folder / "firm.toml"
    if path.exists():
        if settings_of(folder).sandbox_speed is None:
            raise NotAllowedHere(
                f"{folder} holds a real firm, not the demo.", "Name another folder with --folder."
            )
        rewrite(folder, lambda document: _move(document, tomlkit.parse(text)))
    else:
        read_settings(text, str(path))
        path.touch(mode=0o600)
        path.write_text(text, encoding="utf-8")
    return path


def _move(document: tomlkit.TOMLDocument, fresh: tomlkit.TOMLDocument) -> None:
    """Let a demo's settings point at the sandbox as it runs now; what people have set stays."""
    document["sandbox_speed"] = fresh["sandbox_speed"]
    for part in ("connectworks", "xpm"):
        document[part].update({name: fresh[part][name] for name in fresh[part] if name in _OF_THE_SANDBOX})


def forget_demo(folder: Path) -> None:
    """Delete a demo firm's folder, and nothing that is not one.

    Raises
    ------
    NotAllowedHere
        If the folder holds a firm that does not live on the sandbox.
    """
    if not folder.exists():
        return
    settings = folder / "firm.toml"
    if settings.exists() and read_settings(settings.read_text(encoding="utf-8")).sandbox_speed is None:
        raise NotAllowedHere(
            f"{folder} holds a real firm, so it is not deleted.", "Name the demo's own folder with --folder."
        )
    if not settings.exists() and any(each.suffix != ".lock" for each in folder.iterdir()):
        raise NotAllowedHere(
            f"{folder} is not a demo firm's folder, so it is not deleted.", "Name another one."
        )
    shutil.rmtree(folder)
