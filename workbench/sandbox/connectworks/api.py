"""The gateway's resources: clients, their links to XPM, their parties."""

from __future__ import annotations

import base64
import hashlib
import json
import uuid
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from workbench.sandbox.clock import stamp
from workbench.sandbox.connectworks.changes import apply_changes, befallen, read_changes
from workbench.sandbox.connectworks.creating import create
from workbench.sandbox.connectworks.errors import Refusal, refuse
from workbench.sandbox.connectworks.records import KIND, PARTIES, find, save, shown
from workbench.sandbox.faults import active
from workbench.sandbox.side import World
from workbench.sandbox.state import Record

API = "/v1"
_FILTERS = ("type", "nature", "lifecycle", "updated_since")


def routes(world: World, dials: Callable[[], Record]) -> list[BaseRoute]:
    """Return the gateway's routes.

    Parameters
    ----------
    world : World
    dials : callable
        () -> the side's dials as they stand.
    """
    gateway = _Gateway(world, dials)
    served: list[tuple[str, str, Callable[[Request, bytes], Response]]] = [
        ("GET", "/ping", gateway.ping),
        ("GET", "/clients", gateway.list_clients),
        ("POST", "/clients", gateway.post_client),
        ("GET", "/clients/{id}", gateway.get_client),
        ("PATCH", "/clients/{id}", gateway.patch_client),
        ("PUT", "/clients/{id}/links/xpm", gateway.put_link),
        ("DELETE", "/clients/{id}/links/xpm", gateway.delete_link),
        ("GET", "/clients/{id}/parties", gateway.list_parties),
    ]
    return [Route(API + path, _endpoint(act), methods=[method]) for method, path, act in served]


def _endpoint(act: Callable[[Request, bytes], Response]) -> Callable[[Request], Any]:
    """Read the body, then do the work in a thread, and turn refusals into answers."""

    async def endpoint(request: Request) -> Response:
        body = await request.body()
        try:
            return await run_in_threadpool(act, request, body)
        except Refusal as refusal:
            return refuse(request, refusal)

    return endpoint


class _Gateway:
    """The operations, each from a request and its body to an answer."""

    def __init__(self, world: World, dials: Callable[[], Record]) -> None:
        self.world, self.dials = world, dials

    def ping(self, request: Request, body: bytes) -> Response:
        """Say who answers and what can be asked of it."""
        return JSONResponse(
            {
                "service": "connectworks-gateway",
                "version": "1",
                "firm": self.world.firm.name,
                "capabilities": self.dials()["capabilities"],
                "time": stamp(self.world.clock.now()),
            }
        )

    def list_clients(self, request: Request, body: bytes) -> Response:
        """List one page of the records that pass the filters."""
        dials = self.dials()
        _need(dials, "read")
        filters = {name: request.query_params[name] for name in _FILTERS if request.query_params.get(name)}
        if "updated_since" in filters:
            _need(dials, "updated_since")
        since = _moment(filters.get("updated_since"))
        found = [record for record in self.world.state.all(KIND) if _passes(record, filters, since, dials)]
        start = _cursor_start(request.query_params.get("cursor"), filters, found)
        limit = _limit(request.query_params.get("limit"), dials)
        page = found[start : start + limit]
        more = start + limit < len(found)
        answer: Record = {
            "items": [shown(record, dials) for record in page],
            "next_cursor": _cursor(filters, page[-1]["id"]) if more else None,
            "as_of": stamp(self.world.clock.now()),
        }
        if dials["total_given"]:
            answer["total"] = len(found)
        request.scope["state"]["listed"] = True
        return JSONResponse(answer)

    def get_client(self, request: Request, body: bytes) -> Response:
        """Give one record with its etag."""
        dials = self.dials()
        _need(dials, "read")
        record = find(self.world, dials, request.path_params["id"])
        request.scope["state"].update(resource=record["id"], looked=record["id"])
        return self._answer(record, dials)

    def post_client(self, request: Request, body: bytes) -> Response:
        """Create a record with its parties, once per idempotency key."""
        dials = self.dials()
        _need(dials, "create")
        key = request.headers.get("idempotency-key")
        if not key:
            raise Refusal(422, "idempotency_key_missing", "Creating needs an idempotency key.")
        with self.world.state.transaction():
            return self._once(key, request, body, dials, self._post)

    def _post(self, request: Request, body: bytes, dials: Record) -> Response:
        record = create(self.world, _json(body), dials)
        request.scope["state"].update(resource=record["id"], changed=["id"])
        answer = self._answer(record, dials)
        answer.status_code = 201
        return answer

    def patch_client(self, request: Request, body: bytes) -> Response:
        """Write some fields of a record, once per idempotency key."""
        dials = self.dials()
        _need(dials, "write_fields")
        key = request.headers.get("idempotency-key")
        with self.world.state.transaction():
            if key is None:
                return self._patch(request, body, dials)
            return self._once(key, request, body, dials, self._patch)

    def _once(
        self,
        key: str,
        request: Request,
        body: bytes,
        dials: Record,
        act: Callable[[Request, bytes, Record], Response],
    ) -> Response:
        kind = "connectworks/idempotency"
        asked = hashlib.sha256(request.url.path.encode() + b"\n" + body).hexdigest()
        first = self.world.state.get(kind, key)
        if first is not None:
            if first["asked"] != asked:
                raise Refusal(
                    422, "idempotency_key_reused", "This idempotency key stands for another request."
                )
            request.scope["state"]["resource"] = request.path_params.get("id")
            headers = {**first["headers"], "Idempotent-Replay": "true"}
            return Response(first["body"], first["status"], headers, "application/json")
        try:
            answer = act(request, body, dials)
        except Refusal as refusal:
            if dials["idempotency_keeps"] != "all":
                raise
            answer = refuse(request, refusal)
        headers = {"ETag": answer.headers["etag"]} if "etag" in answer.headers else {}
        kept = {
            "asked": asked,
            "status": answer.status_code,
            "headers": headers,
            "body": bytes(answer.body).decode(),
        }
        self.world.state.put(kind, key, kept)
        return answer

    def _patch(self, request: Request, body: bytes, dials: Record) -> Response:
        record = find(self.world, dials, request.path_params["id"])
        request.scope["state"]["resource"] = record["id"]
        _check_if_match(request, record, dials)
        changes = read_changes(_json(body), dials)
        after = befallen(active(request), apply_changes(record, changes), changes, dials)
        changed = [name for name in after if after[name] != record.get(name)]
        request.scope["state"]["changed"] = changed
        if changed:
            after = save(self.world, after, refreshed=after["xpm_link"] is not None)
        if active(request) == "wrong_record":
            after = next(other for other in self.world.state.all(KIND) if other["id"] != record["id"])
        return self._answer(after, dials)

    def put_link(self, request: Request, body: bytes) -> Response:
        """Link a record to an XPM client; the same link again changes nothing."""
        dials = self.dials()
        _need(dials, "write_links")
        wanted = _link_uuid(_json(body))
        with self.world.state.transaction():
            record = find(self.world, dials, request.path_params["id"])
            request.scope["state"]["resource"] = record["id"]
            linked = (record["xpm_link"] or {}).get("uuid")
            if linked == wanted:
                return self._answer(record, dials)
            if linked:
                raise Refusal(
                    409, "already_linked", "This client is linked to another XPM client; unlink it first."
                )
            if dials["link_unique"] and any(
                (other["xpm_link"] or {}).get("uuid") == wanted for other in self.world.state.all(KIND)
            ):
                raise Refusal(
                    409, "already_linked", "This XPM client is linked to another client; unlink that first."
                )
            link = {"uuid": wanted, "linked_at": stamp(self.world.clock.now())}
            request.scope["state"]["changed"] = ["xpm_link"]
            return self._answer(save(self.world, {**record, "xpm_link": link}, refreshed=True), dials)

    def delete_link(self, request: Request, body: bytes) -> Response:
        """Unlink a record; one that is not linked stays so."""
        dials = self.dials()
        _need(dials, "write_links")
        with self.world.state.transaction():
            record = find(self.world, dials, request.path_params["id"])
            request.scope["state"]["resource"] = record["id"]
            if record["xpm_link"]:
                request.scope["state"]["changed"] = ["xpm_link"]
                save(self.world, {**record, "xpm_link": None, "addon_refreshed_at": None}, refreshed=False)
        return Response(status_code=204)

    def list_parties(self, request: Request, body: bytes) -> Response:
        """List who plays which part in an entity."""
        dials = self.dials()
        _need(dials, "read_parties")
        record = find(self.world, dials, request.path_params["id"])
        request.scope["state"]["resource"] = record["id"]
        return JSONResponse(self.world.state.get(PARTIES, record["id"]) or {"items": []})

    def _answer(self, record: Record, dials: Record) -> Response:
        headers = {"ETag": f'"{record["etag"]}"'} if "etag" in dials["capabilities"] else None
        return JSONResponse(shown(record, dials), headers=headers)


def _need(dials: Record, capability: str) -> None:
    if capability not in dials["capabilities"]:
        raise Refusal(403, "capability_missing", f"This gateway cannot do this: it lacks {capability}.")


def _json(body: bytes) -> Any:
    try:
        return json.loads(body)
    except ValueError:
        raise Refusal(400, "malformed", "The body is not JSON.") from None


def _link_uuid(body: Any) -> str:
    try:
        return str(uuid.UUID(body["uuid"]))
    except (KeyError, TypeError, ValueError, AttributeError):
        raise Refusal(422, "invalid", "A link needs the XPM client's uuid.", "uuid") from None


def _check_if_match(request: Request, record: Record, dials: Record) -> None:
    if "etag" not in dials["capabilities"]:
        return
    given = request.headers.get("if-match")
    if given is None and dials["if_match_required"]:
        raise Refusal(428, "if_match_required", "Send the record's etag as If-Match.")
    marks = [mark.strip().removeprefix("W/").strip('"') for mark in (given or "*").split(",")]
    if "*" not in marks and record["etag"] not in marks:
        raise Refusal(412, "drifted", "The client has changed since it was read.")


def _moment(given: str | None) -> datetime | None:
    if given is None:
        return None
    try:
        moment = datetime.fromisoformat(given)
    except ValueError:
        raise Refusal(
            422, "invalid", "updated_since has to be a time as in ISO 8601.", "updated_since"
        ) from None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _passes(record: Record, filters: Record, since: datetime | None, dials: Record) -> bool:
    if record["nature"] == "contact" and "read_contacts" not in dials["capabilities"]:
        return False
    if record["lifecycle"] == "discarded" and not dials["discarded_listed"]:
        return False
    if since is not None and datetime.fromisoformat(record["updated_at"]) < since:
        return False
    named = {"type": "entity_type", "nature": "nature", "lifecycle": "lifecycle"}
    return all(record[named[name]] == wanted for name, wanted in filters.items() if name in named)


def _limit(given: str | None, dials: Record) -> int:
    if given is None:
        return int(dials["page_most"])
    if not given.isdecimal() or int(given) < 1:
        raise Refusal(422, "invalid", "limit has to be a whole number above 0.", "limit")
    return min(int(given), int(dials["page_most"]))


def _cursor(filters: Record, last_id: str) -> str:
    return base64.urlsafe_b64encode(json.dumps([filters, last_id]).encode()).decode()


def _cursor_start(cursor: str | None, filters: Record, found: list[Record]) -> int:
    """Give the place after the record that the cursor names."""
    if cursor is None:
        return 0
    try:
        asked, last_id = json.loads(base64.urlsafe_b64decode(cursor))
        places = {record["id"]: place for place, record in enumerate(found)}
        if asked == filters:
            return places[last_id] + 1
    except (ValueError, KeyError, TypeError):
        pass
    raise Refusal(422, "bad_cursor", "This cursor belongs to no page of this list; start again.", "cursor")
