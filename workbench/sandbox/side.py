"""What the two servers have in common: the world that they share and what each brings to it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute
from starlette.types import ASGIApp

from workbench.sandbox.clock import Clock
from workbench.sandbox.firm import Firm
from workbench.sandbox.state import Record, State


@dataclass(frozen=True)
class World:
    """Everything that a request handler may touch.

    Attributes
    ----------
    state : State
        Both sides' records, tokens, dials and log.
    clock : Clock
        The servers' time.
    firm : Firm
        The firm as it was seeded; what a reset goes back to.
    """

    state: State
    clock: Clock
    firm: Firm


@dataclass(frozen=True)
class Side:
    """One server, as the shared machinery sees it.

    Attributes
    ----------
    name : str
        ``xpm`` or ``connectworks``; also the first part of its kinds of record.
    api_prefix : str
        Path under which requests count as calls of the API: only these meet faults by default.
    dials : Mapping[str, Any]
        The side's own dials and their defaults (what is assumed about the service).
    routes : callable
        World -> the routes of API, sign-in and consent page.
    gateway : callable
        (app, world) -> app: what stands in front of the API (token check, limits).
        It lets other paths through.
    seed : callable
        (state, firm) -> None: fill an empty state.
    dump : callable
        state -> the side's whole canonical state as JSON values.
    edit : callable
        (world, record id, {field: value}) -> None: a person's edit; raises KeyError for an
        unknown record or field.
    revoke, expire : callable
        world -> None: withdraw every consent; let every access token expire.
    fault_answer : callable
        (fault name, request) -> the answer of this service for ``429``, ``500``, ``503``,
        ``error_in_200`` and ``html_200``.
    """

    name: str
    api_prefix: str
    dials: Mapping[str, Any]
    routes: Callable[[World], list[BaseRoute]]
    gateway: Callable[[ASGIApp, World], ASGIApp]
    seed: Callable[[State, Firm], None]
    dump: Callable[[State], Record]
    edit: Callable[[World, str, Record], None]
    revoke: Callable[[World], None]
    expire: Callable[[World], None]
    fault_answer: Callable[[str, Request], Response]


#: Dials that each side has besides its own; see `workbench.sandbox.faults`.
FAULT_DIALS: Mapping[str, Any] = {
    "latency_s": 0.0,
    "rate": 0.0,
    "rate_seed": 1,
    "rate_faults": ["429", "500", "503", "drop_before_commit", "drop_after_commit", "cut_body"],
    "rate_path": "",
    "rate_methods": [],
    "late_s": 1.0,
    "next": [],
}


def read_dials(state: State, side: Side) -> Record:
    """Return a side's dials: the defaults overlaid with what was set."""
    return {**FAULT_DIALS, **side.dials, **(state.get(f"{side.name}/dials", "now") or {})}


def write_dials(state: State, side: Side, changes: Mapping[str, Any]) -> Record:
    """Set some of a side's dials and return all of them.

    Raises
    ------
    KeyError
        For a dial that the side does not have.
    """
    unknown = sorted(set(changes) - set(FAULT_DIALS) - set(side.dials))
    if unknown:
        raise KeyError(f"{side.name} has no dial {unknown[0]!r}")
    with state.transaction():
        dials = {**(state.get(f"{side.name}/dials", "now") or {}), **changes}
        state.put(f"{side.name}/dials", "now", dials)
    return read_dials(state, side)
