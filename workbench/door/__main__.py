"""Serve one firm's dashboard: ``python -m workbench.door FOLDER --port=N``; `workbench serve` starts it."""

from __future__ import annotations

import argparse
import os
import shutil
from pathlib import Path

import nbformat

from workbench.domain.serving import ServeSettings
from workbench.door.app import Door, served_root, shut
from workbench.door.serving import HOST, dashboard_notebook, is_secret, kept_secret, signs_in_at
from workbench.door.sign_in import Vouching
from workbench.flow.passes import PASSES
from workbench.flow.settings_file import settings_of
from workbench.systems.clock import RealClock
from workbench.systems.hub import HubProvider, hub_that_started_us
from workbench.systems.openid import OpenIdProvider


def main() -> None:
    """Serve until told to end."""
    options = argparse.ArgumentParser()
    options.add_argument("folder", type=Path)
    options.add_argument("--port", type=int, required=True)
    options.add_argument("--host", default=HOST)
    options.add_argument("--notebook", type=Path, default=dashboard_notebook())
    given = options.parse_args()
    serve = settings_of(given.folder).serve
    hub = hub_that_started_us(os.environ)
    vouching = HubProvider(hub, RealClock()) if hub else _provider(serve, given.port)
    sign_in_secret = serve.sign_in.client_secret_env if serve.sign_in else None
    for name in [each for each in os.environ if is_secret(each) or each == sign_in_secret]:
        del os.environ[name]  # kernels inherit what is left
    private = Path(os.environ[PASSES]).parent
    shutil.rmtree(os.environ[PASSES], ignore_errors=True)
    notebook = served_root(private, given.notebook)
    base_url = hub.prefix if hub else "/"
    door = Door(
        given.folder,
        serve,
        vouching,
        "" if vouching else kept_secret(private / "token"),
        kept_secret(private / "cookies").encode(),
        hub,
        config=shut(notebook.parent, Path(os.environ[PASSES]), given.port, given.host, base_url, serve.warm),
    )
    door.initialize([str(notebook)])
    nbformat.read(notebook, as_version=4)  # what checks a notebook is made now, and not when somebody comes
    door.start()


def _provider(serve: ServeSettings, port: int) -> Vouching | None:
    """Take who vouches for visitors from the settings; None where a link with a token does."""
    sign_in = serve.sign_in
    if sign_in is None:
        return None
    secret = os.environ[sign_in.client_secret_env] if sign_in.client_secret_env else None
    return OpenIdProvider(sign_in, secret, f"{signs_in_at(port, serve)}/sign-in/back", RealClock())


if __name__ == "__main__":
    main()
