"""Workbench: link, compare and reconcile clients of Connectworks and Xero Practice Manager.

``wb.*`` computes and touches nothing; only ``bench.*`` touches the world.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from workbench.domain.collecting import uncollected as _uncollected

if TYPE_CHECKING:
    from workbench.bench import Workbench
    from workbench.domain.errors import WorkbenchError
    from workbench.domain.frames import Clients
    from workbench.domain.link_settings import LinkSettings
    from workbench.founding import init
    from workbench.reconcile.check import check
    from workbench.reconcile.compare import compare
    from workbench.reconcile.link import link
    from workbench.reconcile.link.duplicates import duplicates
    from workbench.reconcile.link.line import moved_line
    from workbench.reconcile.patterns import patterns
    from workbench.reconcile.plan import plan
    from workbench.runs import Run, undo
    from workbench.showing import explain, why_not

    open = Workbench

__all__ = [
    "Clients",
    "LinkSettings",
    "Run",
    "Workbench",
    "WorkbenchError",
    "check",
    "compare",
    "duplicates",
    "explain",
    "init",
    "link",
    "moved_line",
    "open",
    "patterns",
    "plan",
    "undo",
    "why_not",
]

# Imported when first used: the sandbox's servers and the worker start without what only notebooks need.
_HOMES = {
    "Clients": "workbench.domain.frames",
    "LinkSettings": "workbench.domain.link_settings",
    "Run": "workbench.runs",
    "Workbench": "workbench.bench",
    "WorkbenchError": "workbench.domain.errors",
    "check": "workbench.reconcile.check",
    "compare": "workbench.reconcile.compare",
    "duplicates": "workbench.reconcile.link.duplicates",
    "explain": "workbench.showing",
    "init": "workbench.founding",
    "link": "workbench.reconcile.link",
    "moved_line": "workbench.reconcile.link.line",
    "open": "workbench.bench",
    "patterns": "workbench.reconcile.patterns",
    "plan": "workbench.reconcile.plan",
    "undo": "workbench.runs",
    "why_not": "workbench.showing",
}


_TAKE_LONG = {"check": "Checking", "compare": "Comparing", "link": "Linking"}
"""What shows a notebook how far it is, and what that is called."""


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'workbench' has no attribute {name!r}")
    with _uncollected():  # what is imported stays: to look through it meanwhile takes a fifth of the time
        home = import_module(_HOMES[name])
    found = getattr(home, "Workbench" if name == "open" else name)
    if name in _TAKE_LONG:
        found = import_module("workbench.flow.watching").with_a_bar(_TAKE_LONG[name], found)
    return found


def __dir__() -> list[str]:
    return sorted(__all__)
