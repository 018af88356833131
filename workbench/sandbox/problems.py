"""Errors of Xero's gateway: problem objects in JSON, whatever the caller asked for."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import JSONResponse, Response


def unauthorised(request: Request, detail: str) -> Response:
    """Return the gateway's 401."""
    return problem(request, 401, "Unauthorized", detail, {"WWW-Authenticate": "Bearer error=invalid_token"})


def problem(
    request: Request, status: int, title: str, detail: str, headers: dict[str, str] | None = None
) -> Response:
    """Return a gateway error, a JSON problem object whatever the caller asked for."""
    correlation = request.scope["state"]["request_id"]
    body = {
        "Type": None,
        "Title": title,
        "Status": status,
        "Detail": detail,
        "Instance": correlation,
        "Extensions": {},
    }
    return JSONResponse(body, status, headers={"xero-correlation-id": correlation, **(headers or {})})
