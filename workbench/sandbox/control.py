"""Control routes of a server, for tests and for people who try things out.

They answer only callers on this machine who name it as such; see `_Loopback`.

=====================  ==========================================================================
GET  /_control/info    firm, speed and the side's limits
GET  /_control/dials   all dials; PUT sets the given ones
GET  /_control/log     the request log after a sequence number, ``?after=``
GET  /_control/dump    the side's whole state
POST /_control/edit    a person's edit: ``{"id", "changes": {field: value}}``
POST /_control/edit-after  the same, right after the record's next ``read`` or ``look`` is answered
POST /_control/revoke  withdraw every consent
POST /_control/expire  let every access token expire
POST /_control/advance move the clock: ``{"seconds"}``
POST /_control/reset   back to the firm as seeded; sign-ins stay
=====================  ==========================================================================
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable, Collection
from typing import Any

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from workbench.sandbox.clock import stamp
from workbench.sandbox.faults import one_shot
from workbench.sandbox.side import Side, World, read_dials, write_dials
from workbench.sandbox.state import Record

PREFIX = "/_control"
_LOCAL_HOSTS = frozenset({"localhost", "127.0.0.1"})


def set_dials(world: World, side: Side, changes: Record) -> Record:
    """Set some of a side's dials; ``speed`` is the clock's and holds for both sides.

    Raises
    ------
    KeyError, ValueError
        For an unknown dial or fault.
    """
    changes = dict(changes)
    if "next" in changes:
        changes["next"] = [one_shot(item) for item in changes["next"]]
    speed = changes.pop("speed", None)
    dials = write_dials(world.state, side, changes)
    if speed is not None:
        world.clock.speed = float(speed)
    return {**dials, "speed": world.clock.speed}


def dump(world: World, side: Side) -> Record:
    """Return a side's whole state with sorted keys, for judging what a run has done."""
    return dict(json.loads(json.dumps(side.dump(world.state), sort_keys=True)))


def edit(world: World, side: Side, id: str, changes: Record) -> None:
    """Make a person's edit in the service itself, and log it as such.

    Raises
    ------
    KeyError
        For a record or a field that the side does not have.
    """
    with world.state.transaction():
        side.edit(world, id, changes)
        world.state.append(
            {
                "at": stamp(world.clock.now()),
                "server": side.name,
                "method": "EDIT",
                "path": f"{PREFIX}/edit",
                "query": {},
                "status": 200,
                "request_id": str(uuid.uuid4()),
                "fault": None,
                "actor": "person",
                "resource": id,
                "changed": sorted(changes),
            }
        )


def edit_after(world: World, side: Side, after: str, id: str, changes: Record) -> None:
    """Keep a person's edit until the record's next ``read`` (any answer with it) or ``look`` (alone)."""
    if after not in ("read", "look"):
        raise ValueError(f"after is 'read' or 'look', not {after!r}")
    waiting = {"after": after, "id": id, "changes": changes}
    world.state.put(f"{side.name}/edit-after", str(uuid.uuid4()), waiting)


def reset(world: World, side: Side) -> None:
    """Put a side's records and dials back to the firm as seeded; sign-ins and the log stay."""
    with world.state.transaction():
        world.state.clear(f"{side.name}/")
        side.seed(world.state, world.firm)


class EditAfter:
    """Apply waiting human edits once an answer with their record is ready, before it leaves.

    Handlers note in ``scope["state"]`` what an answer shows: ``looked`` is the id of a record
    answered alone, ``listed`` the ids of a list's records, or True where the list shows them all.
    """

    def __init__(self, app: ASGIApp, world: World, side: Side) -> None:
        self.app, self.world, self.side = app, world, side

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""

        async def send_edited(message: Message) -> None:
            if message["type"] == "http.response.start" and message["status"] < 400:
                await run_in_threadpool(self._apply, scope["state"])
            await send(message)

        await self.app(scope, receive, send_edited)

    def _apply(self, notes: Record) -> None:
        kind = f"{self.side.name}/edit-after"
        if not self.world.state.count(kind):
            return
        with self.world.state.transaction():
            for place, item in self.world.state.items(kind):
                looked = notes.get("looked") == item["id"]
                if looked or (item["after"] == "read" and _shows(notes.get("listed"), item["id"])):
                    self.world.state.delete(kind, place)
                    edit(self.world, self.side, item["id"], item["changes"])


def _shows(listed: Collection[str] | bool | None, id: str) -> bool:
    if listed is None or isinstance(listed, bool):
        return bool(listed)
    return id in listed


def control_app(world: World, side: Side) -> ASGIApp:
    """Return the application that serves a side's control routes."""

    def answer(act: Callable[[Record], Any]) -> Callable[[Request], Any]:
        async def endpoint(request: Request) -> Response:
            try:
                given = json.loads(await request.body() or b"{}")
                return JSONResponse(await run_in_threadpool(act, {**request.query_params, **given}))
            except (KeyError, ValueError) as error:
                return JSONResponse({"error": str(error.args[0])}, status_code=422)

        return endpoint

    def post(act: Callable[[Record], None]) -> Callable[[Record], Record]:
        def acted(given: Record) -> Record:
            act(given)
            return {"done": True}

        return acted

    verbs: dict[str, tuple[str, Callable[[Record], Any]]] = {
        "info": ("GET", lambda _: info(world, side)),
        "log": ("GET", lambda given: world.state.entries(int(given.get("after", 0)))),
        "dump": ("GET", lambda _: dump(world, side)),
        "edit": ("POST", post(lambda given: edit(world, side, given["id"], given["changes"]))),
        "edit-after": (
            "POST",
            post(lambda given: edit_after(world, side, given["after"], given["id"], given["changes"])),
        ),
        "revoke": ("POST", post(lambda _: side.revoke(world))),
        "expire": ("POST", post(lambda _: side.expire(world))),
        "advance": ("POST", post(lambda given: world.clock.advance(float(given["seconds"])))),
        "reset": ("POST", post(lambda _: reset(world, side))),
    }
    routes = [
        Route(f"{PREFIX}/{name}", answer(act), methods=[method]) for name, (method, act) in verbs.items()
    ]
    routes.append(Route(f"{PREFIX}/dials", answer(lambda _: set_dials(world, side, {})), methods=["GET"]))
    routes.append(
        Route(f"{PREFIX}/dials", answer(lambda given: set_dials(world, side, given)), methods=["PUT"])
    )
    return _Loopback(Starlette(routes=routes))


def info(world: World, side: Side) -> Record:
    """Return what a person should know about a running server."""
    dials = read_dials(world.state, side)
    limits = {name: dials[name] for name in dials if name.startswith("limit_")}
    return {
        "server": side.name,
        "firm": world.firm.name,
        "country": world.firm.country,
        "speed": world.clock.speed,
        "limits": limits,
    }


class _Loopback:
    """Refuse callers from elsewhere, and pages that reach this machine under another name."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        host = Request(scope).url.hostname
        peer = scope["client"][0] if scope.get("client") else None
        if peer != "127.0.0.1" or host not in _LOCAL_HOSTS or b"origin" in dict(scope["headers"]):
            await PlainTextResponse("Control is for callers on this machine.", 403)(scope, receive, send)
            return
        await self.app(scope, receive, send)
