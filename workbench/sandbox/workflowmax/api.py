"""WorkflowMax's ``client.api`` in XML over the practice that the XPM server keeps."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from lxml import etree
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from workbench.sandbox import faults, tokens
from workbench.sandbox.problems import problem, unauthorised
from workbench.sandbox.side import World
from workbench.sandbox.state import Record
from workbench.sandbox.workflowmax.signin import PREFIX
from workbench.sandbox.xpm import clients, contacts
from workbench.sandbox.xpm.call import Call, Operation
from workbench.sandbox.xpm.errors import BusinessError
from workbench.sandbox.xpm.practice import Practice
from workbench.sandbox.xpm.representation import Unreadable, from_xml, to_xml

_MOST: Final = 100
_NO_TAX: Final = (
    *("taxNumber", "companyNumber", "businessNumber", "businessStructure", "branchNumber", "clientCode"),
    *("balanceMonth", "prepareGst", "gstRegistered", "gstPeriod", "gstBasis", "provisionalTaxBasis"),
    *("provisionalTaxRatio", "signedTaxAuthority", "taxAgent", "agencyStatus", "returnType"),
    *("prepareActivityStatement", "prepareTaxReturn", "activeAtoClient", "autoBasOptInCriteria"),
    "relationships",
)


def _list(call: Call) -> Record:
    """Give one page of all clients, by its number."""
    answer = clients.list_all(call)
    size = min(_number(call.query.get("pagesize"), _MOST), _MOST)
    page = _number(call.query.get("page"), 1)
    whole = answer["clients"]
    start = (page - 1) * size
    return {"clients": whole[start : start + size], "page": page, "pageSize": size, "total": len(whole)}


def _number(given: str | None, usual: int) -> int:
    if given in (None, ""):
        return usual
    if str(given).isdecimal() and int(str(given)) > 0:
        return int(str(given))
    raise BusinessError("page and pagesize have to be numbers above 0")


_OPERATIONS: Final = (
    Operation("GET", "client.api/list", _list, "List"),
    Operation("GET", "client.api/search", clients.search, "Search"),
    Operation("GET", "client.api/get/{id}", clients.get, "Get"),
    Operation("POST", "client.api/add", clients.add, "Add", body=("clientWrite", "Client")),
    Operation("PUT", "client.api/update", clients.update, "Update", body=("clientWrite", "Client")),
    Operation("GET", "client.api/contact/{id}", contacts.get, "Contact"),
    Operation("PUT", "client.api/contact/{id}", contacts.update, "Contact", body=("contactWrite", "Contact")),
)


def routes(world: World, dials: Callable[[], Record]) -> list[BaseRoute]:
    """Return the API's routes."""
    return [
        Route(f"{PREFIX}/{each.path}", _endpoint(each, world, dials), methods=[each.method])
        for each in _OPERATIONS
    ]


def _endpoint(operation: Operation, world: World, dials: Callable[[], Record]) -> Callable[[Request], Any]:
    async def endpoint(request: Request) -> Response:
        body = await request.body()
        return await run_in_threadpool(_serve, request, body, operation, world, dials())

    return endpoint


def _serve(request: Request, body: bytes, operation: Operation, world: World, dials: Record) -> Response:
    try:
        claims = tokens.verify(world, request.headers.get("authorization"))
    except tokens.TokenRefused as refusal:
        return unauthorised(request, str(refusal))
    if request.headers.get("account_id") not in claims.get("org_ids", ()):
        return problem(request, 403, "Forbidden", "AuthenticationUnsuccessful")
    try:
        sent = from_xml(body, *operation.body) if operation.body else {}
        with world.state.transaction():
            answer = operation.act(_call(request, sent, world, dials))
    except (BusinessError, Unreadable) as error:
        request.scope["state"].pop("changed", None)
        answer = {"status": "ERROR", "errorDescription": str(error)}
    else:
        answer = {"status": "OK", **answer}
    return Response(_xml(answer, operation), 200, headers={"Content-Type": "text/xml; charset=utf-8"})


def _call(request: Request, sent: Record, world: World, dials: Record) -> Call:
    return Call(
        practice=Practice(world, "xpm"),
        dials=dials,
        address=f"{request.url.scheme}://{request.url.netloc}{request.url.path}",
        identifier=request.path_params.get("id", ""),
        query=dict(request.query_params),
        body=sent,
        fault=faults.active(request),
        notes=request.scope["state"],
    )


def _xml(answer: Record, operation: Operation) -> bytes:
    """Write an answer as XPM does, without tax fields, and with the page's numbers."""
    shown = {
        name: [_plain(each) for each in value]
        if name == "clients"
        else _plain(value)
        if name == "client"
        else value
        for name, value in answer.items()
    }
    root = etree.fromstring(to_xml(shown, operation.api_method))
    for name, tag in (("page", "Page"), ("pageSize", "PageSize"), ("total", "TotalRecords")):
        if name in answer:
            etree.SubElement(root, tag).text = str(answer[name])
    return bytes(etree.tostring(root, encoding="utf-8"))


def _plain(client: Record) -> Record:
    return {name: value for name, value in client.items() if name not in _NO_TAX}
