"""The Connectworks gateway and its sign-in, as a side of the sandbox."""

from __future__ import annotations

from collections.abc import Callable

from starlette.routing import BaseRoute
from starlette.types import ASGIApp

from workbench.sandbox.connectworks import api, records, signin
from workbench.sandbox.connectworks.dials import DIALS
from workbench.sandbox.connectworks.errors import fault_answer
from workbench.sandbox.connectworks.gateway import Gateway
from workbench.sandbox.side import Side, World, read_dials
from workbench.sandbox.state import Record


def _dials_of(world: World) -> Callable[[], Record]:
    return lambda: read_dials(world.state, SIDE)


def _routes(world: World) -> list[BaseRoute]:
    dials = _dials_of(world)
    return [*api.routes(world, dials), *signin.routes(world, dials)]


def _gateway(app: ASGIApp, world: World) -> ASGIApp:
    return Gateway(app, world, _dials_of(world))


SIDE = Side(
    name="connectworks",
    api_prefix=api.API,
    dials=DIALS,
    routes=_routes,
    gateway=_gateway,
    seed=records.seed,
    dump=records.dump,
    edit=records.edit,
    revoke=signin.revoke_all,
    expire=signin.expire_all,
    fault_answer=fault_answer,
)
