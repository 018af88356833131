"""How the gateway says no: ``{"error": {"code", "message", "field"?, "request_id"}}``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import JSONResponse, Response


@dataclass
class Refusal(Exception):
    """A request that the gateway does not carry out.

    Attributes
    ----------
    status : int
        The answer's HTTP status.
    code, message : str
        For machines and for people.
    field : str or None
        The field that it is about.
    errors : sequence of mapping
        Every single thing that is wrong with the values sent (status 422).
    """

    status: int
    code: str
    message: str
    field: str | None = None
    errors: Sequence[Mapping[str, str]] = ()


def refuse(request: Request, refusal: Refusal, headers: Mapping[str, str] | None = None) -> Response:
    """Give the answer that says no."""
    error = {"code": refusal.code, "message": refusal.message}
    if refusal.field:
        error["field"] = refusal.field
    error["request_id"] = request.scope["state"]["request_id"]
    body: dict[str, object] = {"error": error}
    if refusal.errors:
        body["errors"] = list(refusal.errors)
    return JSONResponse(body, refusal.status, headers=dict(headers or {}))


def fault_answer(fault: str, request: Request) -> Response:
    """Give the gateway's own form of a fault that was asked for."""
    if fault == "429":
        return refuse(request, Refusal(429, "too_many_requests", "Too many requests."), {"Retry-After": "1"})
    if fault == "503":
        down = Refusal(503, "unavailable", "The service is down for maintenance.")
        return refuse(request, down, {"Retry-After": "1"})
    if fault == "error_in_200":
        return refuse(request, Refusal(200, "failed", "The change could not be saved."))
    if fault == "html_200":
        return Response("<!doctype html><title>Sign in</title><p>Please sign in.</p>", media_type="text/html")
    return refuse(request, Refusal(500, "internal", "Something went wrong."))
