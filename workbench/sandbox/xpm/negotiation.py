"""Which format a call is read in and answered in."""

from __future__ import annotations

from starlette.requests import Request

from workbench.sandbox.state import Record

STRICT_FEATURE = "practice-strict-content-type"
_SERVABLE = {"application/json": "json", "application/xml": "xml", "text/xml": "xml"}
_READABLE = {"application/json": "json", "application/xml": "xml"}


def is_strict(request: Request, dials: Record) -> bool:
    """Tell whether Accept and Content-Type count."""
    features = {feature.strip() for feature in request.headers.get("xero-features", "").split(",")}
    return dials["content"] == "strict" or STRICT_FEATURE in features


def answer_format(request: Request, dials: Record) -> str | None:
    """Return ``json`` or ``xml``, or None when the caller accepts neither."""
    if not is_strict(request, dials):
        return "xml"
    accepted = request.headers.get("accept", "*/*")
    for media in _by_preference(accepted):
        if media in _SERVABLE:
            return _SERVABLE[media]
        if media in ("*/*", "application/*"):
            return str(dials["any_accept"])
        if media == "text/*":
            return "xml"
    return None


def request_format(request: Request, dials: Record) -> str | None:
    """Return the format of a request body, or None when its type is not served."""
    if not is_strict(request, dials):
        return "xml"
    return _READABLE.get(request.headers.get("content-type", "").partition(";")[0].strip().lower())


def _by_preference(accepted: str) -> list[str]:
    """Return the media types of an Accept header, best first, refused ones left out (RFC 9110, 12.5.1)."""
    weighed = []
    for place, part in enumerate(accepted.lower().split(",")):
        media, *parameters = (piece.strip() for piece in part.split(";"))
        quality = next((value for value in parameters if value.startswith("q=")), "q=1")[2:]
        try:
            weight = float(quality)
        except ValueError:
            weight = 0.0
        weighed.append((-weight, place, media))
    return [media for weight, _, media in sorted(weighed) if weight < 0]
