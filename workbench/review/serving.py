"""How a firm is served on the loopback address, behind a token: by hardened Voilà, or by JupyterLab."""

from __future__ import annotations

import json
import os
import secrets
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

HOST: Final = "127.0.0.1"
CULL_AFTER_S: Final = 90
CULL_EVERY_S: Final = 30
_HERE: Final = Path(__file__).parent
_NOTEBOOKS: Final = (
    _HERE.parent / "notebooks" / "dashboard.ipynb",
    _HERE.parents[1] / "notebooks" / "dashboard.ipynb",
)
_SECRET_WORDS: Final = ("SECRET", "TOKEN", "PASSPHRASE", "PASSWORD", "CREDENTIAL")
_POLICY: Final = "; ".join(
    (
        "default-src 'self'",
        "script-src 'self' 'unsafe-inline' blob:",
        "style-src 'self' 'unsafe-inline'",
        "img-src 'self' data:",
        "font-src 'self' data:",
        "connect-src 'self'",
        "object-src 'none'",
        "base-uri 'none'",
        "form-action 'self'",
        "frame-ancestors 'none'",
    )
)


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
        The address with the access token, for one person's eyes.
    """

    argv: tuple[str, ...]
    env: Mapping[str, str]
    link: str


def dashboard_notebook() -> Path:
    """Find the dashboard's notebook, in an installed package or in a checked-out tree."""
    return next((path for path in _NOTEBOOKS if path.exists()), _NOTEBOOKS[-1])


def voila_config() -> dict[str, Any]:
    """Give the hardened settings of Voilà; each one shuts a door that is open by default.

    Returns
    -------
    dict
        Configuration by class, as JSON.
    """
    config: dict[str, Any] = {
        "Voila": {
            "ip": HOST,
            "open_browser": False,
            # Only this machine's own names are answered, so that no web page can reach in by its own name.
            "tornado_settings": {
                "allow_remote_access": False,
                "headers": {
                    "Content-Security-Policy": _POLICY,
                    "X-Content-Type-Options": "nosniff",
                    "Referrer-Policy": "no-referrer",
                    "Cache-Control": "no-store",
                },
            },
        },
        "VoilaConfiguration": {
            "template": "workbench",
            "theme": "light",
            # A theme or template named in a link would be taken over unescaped.
            "allow_template_override": "NO",
            "allow_theme_override": "NO",
            # Files beside the notebook would be served without a login.
            "file_allowlist": [],
            "file_denylist": [".*"],
            "strip_sources": True,
            "show_tracebacks": False,
        },
        # The browser's goodbye does not arrive, so kernels of closed pages are ended here.
        "MappingKernelManager": {
            "cull_interval": CULL_EVERY_S,
            "cull_idle_timeout": CULL_AFTER_S,
            "cull_connected": False,
        },
    }
    if os.name != "nt":
        config["KernelManager"] = {"transport": "ipc"}
    return config


def serving(notebook: Path, port: int, firm: Path, folder: Path) -> Serving:
    """Prepare to serve one firm's dashboard; writes the settings and the token, starts nothing.

    Parameters
    ----------
    notebook : Path
        What is served.
    port : int
        Where, on the loopback address.
    firm : Path
        The firm's folder; the kernels are told of it and that they are served.
    folder : Path
        A private folder for settings and token; a token that is there already stays valid.

    Returns
    -------
    Serving
        Command, environment and link.
    """
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    settings, token_file = folder / "voila.json", folder / "token"
    settings.write_text(json.dumps(voila_config(), indent=1), encoding="utf-8")
    token = _token(token_file)
    argv = (
        sys.executable,
        "-m",
        "voila",
        str(notebook),
        f"--port={port}",
        "--no-browser",
        f"--Voila.config_file_paths={folder}",
        # Takes the token from the file; without this switch the token would be ignored.
        "--token",
    )
    env = {name: value for name, value in os.environ.items() if not _secret(name)}
    env["JUPYTER_TOKEN_FILE"] = str(token_file)
    env["JUPYTER_PATH"] = os.pathsep.join(filter(None, (str(_HERE), os.environ.get("JUPYTER_PATH"))))
    env["WORKBENCH_SERVED"] = "1"
    env["WORKBENCH_FIRM"] = str(firm)
    return Serving(argv, env, f"http://{HOST}:{port}/?token={token}")


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
    token = _token(token_file)
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


def _secret(name: str) -> bool:
    """Tell whether an environment variable is for the worker's eyes: kernels sign in nowhere."""
    return any(word in name.upper() for word in _SECRET_WORDS)


def _token(path: Path) -> str:
    try:
        token = path.read_text(encoding="utf-8").strip()
    except FileNotFoundError:
        token = ""
    if not token:
        token = secrets.token_urlsafe(24)
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(token)
    return token
