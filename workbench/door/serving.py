"""How a firm is served: the command, its environment and its link; by the door, or by JupyterLab."""

from __future__ import annotations

import ipaddress
import os
import secrets
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from workbench.domain.errors import BadSettings
from workbench.domain.serving import ServeSettings
from workbench.flow.passes import PASSES, SERVED
from workbench.systems.hub import Hub

HOST: Final = "127.0.0.1"
_HERE: Final = Path(__file__).parent
_NOTEBOOKS: Final = (
    _HERE.parent / "notebooks" / "dashboard.ipynb",
    _HERE.parents[1] / "notebooks" / "dashboard.ipynb",
)
_SECRET_WORDS: Final = ("SECRET", "TOKEN", "PASSPHRASE", "PASSWORD", "CREDENTIAL")


@dataclass(frozen=True, slots=True)
class Serving:
    """A server that can be started.

    Parameters
    ----------
    argv : tuple of str
        The command; it holds no secret.
    env : mapping
        The whole environment of the process.
    link : str
        Where people reach it; with an access token, for one person's eyes, where nobody else vouches.
    """

    argv: tuple[str, ...]
    env: Mapping[str, str]
    link: str


def dashboard_notebook() -> Path:
    """Find the dashboard's notebook, in an installed package or in a checked-out tree."""
    return next((path for path in _NOTEBOOKS if path.exists()), _NOTEBOOKS[-1])


def serving(
    firm: Path,
    port: int,
    settings: ServeSettings,
    host: str = HOST,
    hub: Hub | None = None,
    notebook: Path | None = None,
) -> Serving:
    """Prepare to serve one firm's dashboard; writes a token where a link vouches, starts nothing.

    Parameters
    ----------
    firm : Path
        The firm's folder; the kernels are told of it and that they are served.
    port, host
        Where it listens.
    settings : ServeSettings
        How it is served.
    hub : Hub, optional
        The JupyterHub that started us as its service, if one did.
    notebook : Path, optional
        What is served; by default the dashboard.

    Returns
    -------
    Serving
        Command, environment and link.

    Raises
    ------
    BadSettings
        If it would listen beyond this machine without TLS in front of it, or the secret for signing in is
        missing.
    """
    _refuse_unprotected(host, settings)
    folder = (firm / "served").resolve()
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    argv = (
        sys.executable,
        "-m",
        "workbench.door",
        str(firm.resolve()),
        f"--port={port}",
        f"--host={host}",
        f"--notebook={notebook or dashboard_notebook()}",
    )
    env = {name: value for name, value in os.environ.items() if not is_secret(name)}
    if hub:
        env["JUPYTERHUB_API_TOKEN"] = hub.secret
    elif settings.sign_in and (name := settings.sign_in.client_secret_env):
        env[name] = _secret_for(settings.sign_in.title, name)  # taken out again before any kernel is started
    env["JUPYTER_PATH"] = os.pathsep.join(filter(None, (str(_HERE), os.environ.get("JUPYTER_PATH"))))
    env[SERVED] = "1"
    env[PASSES] = str(folder / "passes")
    env["WORKBENCH_FIRM"] = str(firm.resolve())
    return Serving(argv, env, _link(folder, port, settings, hub))


def _refuse_unprotected(host: str, settings: ServeSettings) -> None:
    """Refuse to listen where others on the network could read along."""
    try:
        local = host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        local = False
    if not local and settings.public_url is None:
        raise BadSettings(
            f"Workbench does not listen on {host}: others on the network could read all that passes.",
            "Leave --host out and put a reverse proxy with TLS in front, with its https address as "
            "serve.public_url in firm.toml.",
        )


def _secret_for(title: str, name: str) -> str:
    """Give the secret of the application that signs people in; whoever starts the server hears of it."""
    if not (secret := os.environ.get(name)):
        raise BadSettings(
            f"The environment variable {name} is not set.",
            f"Put the secret of the application registered at {title} into it.",
        )
    return secret


def _link(folder: Path, port: int, settings: ServeSettings, hub: Hub | None) -> str:
    if hub:
        return hub.prefix
    if settings.sign_in:
        return f"{signs_in_at(port, settings)}/"
    return f"http://{HOST}:{port}/?token={kept_secret(folder / 'token')}"


def signs_in_at(port: int, settings: ServeSettings) -> str:
    """Give the address where people come from and to which their sign-in brings them back, without a slash.

    It is one address: a browser keeps what it began under the name by which it was begun.

    Parameters
    ----------
    port : int
        Where the door listens.
    settings : ServeSettings
        How it is served.
    """
    return (settings.public_url or f"http://localhost:{port}").rstrip("/")


def lab_serving(notebooks: Path, port: int, firm: Path, folder: Path) -> Serving:
    """Prepare to open notebooks on one firm in JupyterLab; writes the token, starts nothing.

    The kernels are the person's own: they may sign in and carry work out.

    Parameters
    ----------
    notebooks : Path
        The folder that is opened, at its first notebook.
    port : int
        Where, on the loopback address.
    firm : Path
        The firm's folder; the kernels are told of it.
    folder : Path
        A private folder for the token; a token that is there already stays valid.

    Returns
    -------
    Serving
        Command, environment and link.
    """
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    token_file = folder / "token"
    token = kept_secret(token_file)
    argv = [
        sys.executable,
        "-m",
        "jupyterlab",
        "--no-browser",
        "--allow-root",  # in a container there is often nobody else
        f"--ServerApp.ip={HOST}",
        f"--ServerApp.port={port}",
        "--ServerApp.port_retries=0",
        f"--ServerApp.root_dir={notebooks}",
        # Asks no other host: not for updates, not for news, not for extensions.
        "--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate",
        "--LabApp.news_url=",
        "--LabApp.extension_manager=readonly",
    ]
    if os.name != "nt":
        argv.append("--KernelManager.transport=ipc")
    env = {name: value for name, value in os.environ.items() if name != "JUPYTER_TOKEN"}
    env["JUPYTER_TOKEN_FILE"] = str(token_file)
    # Where Lab's own defaults are overridden: no question about news in the first minute.
    own = (str(_HERE / "lab"), os.environ.get("JUPYTER_CONFIG_PATH"))
    env["JUPYTER_CONFIG_PATH"] = os.pathsep.join(filter(None, own))
    env["WORKBENCH_FIRM"] = str(firm)
    return Serving(tuple(argv), env, f"http://{HOST}:{port}/lab/tree/1_connect.ipynb?token={token}")


def is_secret(name: str) -> bool:
    """Tell whether an environment variable is for the worker's eyes: kernels sign in nowhere."""
    return any(word in name.upper() for word in _SECRET_WORDS)


def kept_secret(path: Path) -> str:
    """Give the random secret that a private file keeps; made when there is none, so it outlives a restart."""
    try:
        secret = path.read_text(encoding="utf-8").strip()
    except FileNotFoundError:
        secret = ""
    if not secret:
        secret = secrets.token_urlsafe(32)
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(secret)
    return secret
