"""The table of operations, and how each is served over HTTP."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route
from starlette.types import Receive, Scope, Send

from workbench.sandbox import faults
from workbench.sandbox.problems import problem
from workbench.sandbox.side import World
from workbench.sandbox.state import Record
from workbench.sandbox.xpm import clients, contacts, firmwide
from workbench.sandbox.xpm.call import Call, Operation
from workbench.sandbox.xpm.errors import BusinessError
from workbench.sandbox.xpm.gateway import API
from workbench.sandbox.xpm.negotiation import answer_format, request_format
from workbench.sandbox.xpm.practice import Practice
from workbench.sandbox.xpm.representation import Unreadable, from_json, from_xml, to_xml

_MEDIA = {"json": "application/json; charset=utf-8", "xml": "text/xml; charset=utf-8"}

_PAGED = frozenset({400, 403, 500})
_CONFLICTING = frozenset({409, 500})
_LINKING = frozenset({400, 404, 409, 500})

_CLIENT, _CONTACT, _RELATIONSHIP, _GROUP = "Client", "Contact", "Relationship", "Group"

OPERATIONS: tuple[Operation, ...] = (
    Operation("GET", "client.api/list", clients.list_all, "List"),
    Operation("GET", "client.api/paged-list", clients.list_pages, "List", errors=_PAGED),
    Operation("GET", "client.api/search", clients.search, "Search"),
    Operation("GET", "client.api/get/{id}", clients.get, "Get"),
    Operation("POST", "client.api/add", clients.add, "Add", body=("clientWrite", _CLIENT)),
    Operation(
        "PUT",
        "client.api/update",
        clients.update,
        "Update",
        body=("clientWrite", _CLIENT),
        errors=_CONFLICTING,
    ),
    Operation(
        "PUT",
        "client.api/archive",
        clients.archive,
        "Archive",
        body=("uuidOnly", _CLIENT),
        errors=_CONFLICTING,
    ),
    Operation(
        "POST", "client.api/delete", clients.delete, "Delete", body=("uuidOnly", _CLIENT), errors=_CONFLICTING
    ),
    Operation("GET", "client.api/contacts", contacts.list_pages, "List", errors=_PAGED | {404}),
    Operation("GET", "client.api/contact/{id}", contacts.get, "Contact", errors=_CONFLICTING),
    Operation(
        "POST",
        "client.api/contact",
        contacts.add,
        "Contact",
        body=("contactWrite", _CONTACT),
        errors=_CONFLICTING,
    ),
    Operation(
        "PUT",
        "client.api/contact/{id}",
        contacts.update,
        "Contact",
        body=("contactWrite", _CONTACT),
        errors=_CONFLICTING,
    ),
    Operation("DELETE", "client.api/contact/{id}", contacts.delete, "Contact", errors=_CONFLICTING),
    Operation(
        "POST",
        "client.api/client/{id}/contacts",
        contacts.link_all,
        "Contact",
        body=("contactLinks", _CLIENT),
        errors=_LINKING,
    ),
    Operation(
        "POST",
        "client.api/addrelationship",
        clients.add_relationship,
        "Add",
        body=("relationshipAdd", _RELATIONSHIP),
    ),
    Operation(
        "PUT",
        "client.api/updaterelationship",
        clients.update_relationship,
        "Update",
        body=("relationshipUpdate", _RELATIONSHIP),
    ),
    Operation(
        "POST",
        "client.api/deleterelationship",
        clients.delete_relationship,
        "Delete",
        body=("uuidOnly", _RELATIONSHIP),
    ),
    Operation("GET", "client.api/documents/{id}", clients.list_documents, "List"),
    Operation("POST", "client.api/document", clients.add_document, "Add", body=("documentAdd", "Document")),
    Operation("GET", "client.api/get/{id}/customfield", firmwide.client_values, "Get"),
    Operation(
        "PUT",
        "client.api/update/{id}/customfield",
        firmwide.write_client_values,
        "Update",
        body=("customValues", "CustomFields"),
        errors=_CONFLICTING,
    ),
    Operation("GET", "client.api/contact/{id}/customfield", firmwide.contact_values, "Get"),
    Operation(
        "PUT",
        "client.api/contact/{id}/customfield",
        firmwide.write_contact_values,
        "Update",
        body=("customValues", "CustomFields"),
        errors=_CONFLICTING,
    ),
    Operation("GET", "clientgroup.api/list", firmwide.list_groups, "List"),
    Operation("GET", "clientgroup.api/get/{id}", firmwide.get_group, "Get"),
    Operation("POST", "clientgroup.api/add", firmwide.add_group, "Add", body=("groupAdd", _GROUP)),
    Operation(
        "PUT", "clientgroup.api/members", firmwide.change_members, "Update", body=("groupMembers", _GROUP)
    ),
    Operation("POST", "clientgroup.api/delete", firmwide.delete_group, "Delete", body=("uuidOnly", _GROUP)),
    Operation("GET", "customfield.api/definition", firmwide.list_definitions, "List", area="definition"),
    Operation("GET", "customfield.api/get/{id}", firmwide.get_definition, "Get", area="definition"),
    Operation("GET", "staff.api/list", firmwide.list_staff, "List", area="staff"),
    Operation("GET", "staff.api/get/{id}", firmwide.get_staff, "Get", area="staff"),
)

#: Members of an answer that ``fields`` does not trim.
_ALWAYS = frozenset({"status", "errorDescription", "pagination"})


def routes(world: World, read_dials: Callable[[], Record]) -> list[BaseRoute]:
    """Return one route per operation."""
    return [
        Route(
            f"{API}/{operation.path}",
            _Endpoint(operation, world, read_dials),
            methods=[operation.method],
            name=operation.act.__name__,
        )
        for operation in OPERATIONS
    ]


@dataclass(frozen=True)
class _Endpoint:
    """One operation as an ASGI application."""

    operation: Operation
    world: World
    read_dials: Callable[[], Record]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        request = Request(scope, receive)
        body = await request.body()
        response = await run_in_threadpool(self._serve, request, body)
        await response(scope, receive, send)

    def _serve(self, request: Request, body: bytes) -> Response:
        dials = self.read_dials()
        if not self._in_scope(request, dials):
            return problem(request, 403, "Forbidden", "AuthenticationUnsuccessful")
        answers = answer_format(request, dials)
        if answers is None:
            return Response(status_code=406)
        reads = request_format(request, dials) if self.operation.body else "none"
        if reads is None:
            return Response(status_code=415)
        try:
            sent = self._read(body, reads, dials)
            with self.world.state.transaction():
                answer = self._act(request, sent, dials)
        except (BusinessError, Unreadable) as error:
            request.scope["state"].pop("changed", None)
            status = error.status if isinstance(error, BusinessError) else 400
            return self._refuse(str(error), status, answers, dials)
        trimmed = trim({"status": "OK", **answer}, request.query_params.get("fields"))
        return self._represent(trimmed, 200, answers, dials)

    def _in_scope(self, request: Request, dials: Record) -> bool:
        """Tell whether any of the token's scopes covers the operation."""
        broad = {"practicemanager"} if self.operation.writes else {"practicemanager", "practicemanager.read"}
        area = self.operation.area
        granular: set[str] = set()
        if area != "definition" or dials["granular_definitions"]:
            name = f"practicemanager.{'client' if area == 'definition' else area}"
            granular = {name} if self.operation.writes else {name, f"{name}.read"}
        return not (broad | granular).isdisjoint(request.scope["state"]["scopes"])

    def _read(self, body: bytes, reads: str, dials: Record) -> Record:
        if self.operation.body is None:
            return {}
        shape, root = self.operation.body
        if reads == "xml":
            return from_xml(body, shape, root)
        return from_json(body, shape, refuse_unknown=dials["unknown_fields"] == "refused")

    def _act(self, request: Request, sent: Record, dials: Record) -> Record:
        notes = request.scope["state"]
        firm_tenant = self.world.firm.tenant_id.lower()
        call = Call(
            practice=Practice(self.world, "xpm" if notes["tenant"] == firm_tenant else "xpm-second"),
            dials=dials,
            address=f"{request.url.scheme}://{request.url.netloc}{request.url.path}",
            identifier=request.path_params.get("id", ""),
            query=dict(request.query_params),
            body=sent,
            fault=faults.active(request),
            notes=notes,
        )
        return self.operation.act(call)

    def _refuse(self, description: str, status: int, answers: str, dials: Record) -> Response:
        """Report a business error: in XML with status 200, in JSON as the dial says."""
        answer = {"status": "ERROR", "errorDescription": description}
        if answers == "xml":
            status = 200
        elif dials["json_errors"] != "yaml":
            status = int(dials["json_errors"])
        elif status not in self.operation.errors:
            status = 500
        return self._represent(answer, status, answers, dials)

    def _represent(self, answer: Record, status: int, answers: str, dials: Record) -> Response:
        if answers == "xml":
            content = to_xml(answer, self.operation.api_method, dials["relationship_tag"])
        else:
            content = json.dumps(answer, ensure_ascii=False, separators=(",", ":")).encode()
        return Response(content, status, headers={"Content-Type": _MEDIA[answers]})


def trim(answer: Record, fields: str | None) -> Record:
    """Keep only the wanted fields of the answer's records; dots reach into nested ones [assumed]."""
    if not fields:
        return answer
    wanted = [field.strip().lower().split(".") for field in fields.split(",") if field.strip()]
    return {
        name: value if name in _ALWAYS or not isinstance(value, dict | list) else _pick(value, wanted)
        for name, value in answer.items()
    }


def _pick(value: object, wanted: list[list[str]]) -> object:
    if isinstance(value, list):
        return [_pick(item, wanted) for item in value]
    if not isinstance(value, dict):
        return value
    picked = {}
    for name, inner in value.items():
        paths = [path[1:] for path in wanted if path[0] == name.lower()]
        if paths:
            deeper = [path for path in paths if path]
            picked[name] = _pick(inner, deeper) if len(deeper) == len(paths) else inner
    return picked
