"""The Connectworks gateway and its sign-in, as one server."""

from __future__ import annotations

from starlette.responses import Response

from workbench.sandbox.side import Side

SIDE = Side(
    name="connectworks",
    api_prefix="/v1",
    dials={},
    routes=lambda world: [],
    gateway=lambda app, world: app,
    seed=lambda state, firm: None,
    dump=lambda state: {},
    edit=lambda world, id, changes: None,
    revoke=lambda world: None,
    expire=lambda world: None,
    fault_answer=lambda fault, request: Response(status_code=500),
)
