"""Reading of posted forms."""

from __future__ import annotations

from urllib.parse import parse_qs

from starlette.requests import Request


async def read_form(request: Request) -> dict[str, list[str]]:
    """Return the fields of an ``application/x-www-form-urlencoded`` body, each with all its values."""
    return parse_qs((await request.body()).decode("utf-8", "replace"), keep_blank_values=True)


async def read_fields(request: Request) -> dict[str, str]:
    """Return the form's fields, each with its first value."""
    return {name: values[0] for name, values in (await read_form(request)).items()}
