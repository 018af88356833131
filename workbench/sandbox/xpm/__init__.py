"""The XPM 3.1 API and Xero's sign-in, as one server."""

from __future__ import annotations

from typing import Any

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import BaseRoute
from starlette.types import ASGIApp

from workbench.sandbox import identity, tokens, workflowmax
from workbench.sandbox.problems import problem
from workbench.sandbox.side import Side, World, read_dials
from workbench.sandbox.xpm import practice
from workbench.sandbox.xpm.dials import DIALS
from workbench.sandbox.xpm.gateway import API, Gateway, too_many
from workbench.sandbox.xpm.limits import Breach
from workbench.sandbox.xpm.negotiation import answer_format
from workbench.sandbox.xpm.routes import routes as api_routes

_FAULT_TEXT = "An unexpected error occurred"


def _routes(world: World) -> list[BaseRoute]:
    def dials() -> dict[str, Any]:
        return read_dials(world.state, SIDE)

    return [*api_routes(world, dials), *identity.routes(world, dials), *workflowmax.routes(world, dials)]


def _gateway(app: ASGIApp, world: World) -> ASGIApp:
    return Gateway(app, world, lambda: read_dials(world.state, SIDE))


def _fault_answer(fault: str, request: Request) -> Response:
    """Answer as XPM does when it is unwell."""
    if fault == "429":
        return too_many(Breach("minute", 1))
    if fault == "503":
        return problem(request, 503, "Service Unavailable", "ServiceNotAvailable")
    if fault == "html_200":
        return HTMLResponse("<!doctype html><title>Xero</title><p>We'll be back soon.</p>")
    if fault == "error_in_200":
        if answer_format(request, DIALS) == "json":
            body = f'{{"status":"ERROR","errorDescription":"{_FAULT_TEXT}"}}'
            return Response(body, media_type="application/json")
        body = (
            '<Response api-method="Update"><Status>ERROR</Status>'
            f"<ErrorDescription>{_FAULT_TEXT}</ErrorDescription></Response>"
        )
        return Response(body, media_type="text/xml")
    return Response("Internal Server Error {", 500, media_type="application/json")


SIDE = Side(
    name="xpm",
    api_prefix=API,
    dials=DIALS,
    routes=_routes,
    gateway=_gateway,
    seed=practice.seed,
    dump=practice.dump,
    edit=practice.human_edit,
    revoke=tokens.revoke_all,
    expire=tokens.expire_all,
    fault_answer=_fault_answer,
)
