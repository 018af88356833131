"""What a page's kernel begins as soon as it is there: its server takes a while before it says what to run."""

from __future__ import annotations

from importlib import import_module
from threading import Thread

from workbench.domain.collecting import uncollected


def load_ipython_extension(_shell: object) -> None:
    """Import what the page's notebook asks for first; whoever asks meanwhile waits for the same."""
    Thread(target=_import, name="workbench early", daemon=True).start()


def _import() -> None:
    with uncollected():
        import_module("workbench.bench")
