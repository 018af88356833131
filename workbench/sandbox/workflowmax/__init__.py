"""WorkflowMax by BlueRock, served beside XPM's server: the same practice by its own sign-in and paging.

Below ``/workflowmax`` on the XPM server. What is not known from public clients is assumed: the claim that
names the account, that a wrong account is answered with 403, and that errors look like XPM's.
"""

from __future__ import annotations

from collections.abc import Callable

from starlette.routing import BaseRoute

from workbench.sandbox.side import World
from workbench.sandbox.state import Record
from workbench.sandbox.workflowmax import api, signin

__all__ = ["routes"]


def routes(world: World, dials: Callable[[], Record]) -> list[BaseRoute]:
    """Return the routes of API and sign-in.

    Parameters
    ----------
    world : World
    dials : callable
        () -> the dials of the XPM side as they stand.
    """
    return [*api.routes(world, dials), *signin.routes(world)]
