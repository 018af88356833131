"""Operations on clients, their contacts' links, relationships and documents."""

from __future__ import annotations

import base64
import binascii
import uuid
from datetime import UTC, datetime
from typing import Any

from workbench.sandbox.clock import stamp
from workbench.sandbox.state import Record
from workbench.sandbox.xpm import contacts, rules
from workbench.sandbox.xpm.call import Call, page
from workbench.sandbox.xpm.errors import BusinessError

_WEB = "https://practicemanager.example"

_RELATIONSHIP_TYPES = (
    *("Director", "Shareholder", "Trustee", "Beneficiary", "Partner", "Settlor", "Associate", "Secretary"),
    *("Public Officer", "Husband", "Wife", "Spouse", "Parent Of", "Child Of", "Appointer", "Member"),
    *("Auditor", "Owner"),
)
_WITH_SHARES = frozenset({"Shareholder", "Owner"})
_WITH_PERCENTAGE = frozenset({"Partner"})


def list_all(call: Call) -> Record:
    """Give every client, archived and deleted ones too."""
    since = _since(call.query)
    clients = call.practice.state.all(call.practice.kind("client"))
    if since and not call.dials["modifiedsince_inactive"]:
        clients = [client for client in clients if _is_active(client)]
    return _list(call, [client for client in clients if client["_modified"] >= since])


def list_pages(call: Call) -> Record:
    """Give a page of the active clients, with base fields only."""
    clients, pagination = page(call, "client", _is_active)
    call.listed(clients)
    views = call.practice.views([])
    tax_fields = bool(call.dials["paged_list_tax_fields"])
    return {"clients": [views.base(client, tax_fields) for client in clients], "pagination": pagination}


def search(call: Call) -> Record:
    """Find clients whose name, email or code holds the query."""
    query = call.query.get("query", "").casefold()
    clients = call.practice.state.all(call.practice.kind("client"))
    keep = _is_present if call.dials["search_archived"] else _is_active
    names = ("name", "email", "clientCode")
    return _list(
        call,
        [
            client
            for client in clients
            if keep(client) and any(query in (client.get(name) or "").casefold() for name in names)
        ],
    )


def get(call: Call) -> Record:
    """Give one client in detail."""
    client = call.practice.client(call.identifier)
    call.looked(client["uuid"])
    if call.fault == "wrong_record":
        client = _another(call, client)
    return {"client": {**_detail(call, client), "webUrl": f"{_WEB}/Client/{client['uuid']}/Detail"}}


def add(call: Call) -> Record:
    """Add a client, with contacts if given."""
    rules.require(call.body, "name", "Client/Name")
    client: Record = {
        "uuid": str(uuid.uuid4()),
        "name": "",
        "isProspect": "No",
        "isArchived": "No",
        "isDeleted": "No",
        "agencyStatus": "Unlinked",
        "contacts": [],
        "notes": [],
        "customFields": [],
    }
    changed = rules.apply_client(call.practice, client, call.body, call.dials, None)
    for given in call.body.get("contacts") or []:
        contacts.create(call, client, given)
    call.practice.save_client(client)
    call.wrote(client["uuid"], changed)
    return {"client": _detail(call, client)}


def update(call: Call) -> Record:
    """Change the fields that were sent; the others stay."""
    client = _target(call)
    changed = rules.apply_client(call.practice, client, call.body, call.dials, call.fault)
    if changed:
        call.practice.save_client(client)
    call.wrote(client["uuid"], changed)
    shown = _another(call, client) if call.fault == "wrong_record" else client
    return {"client": _detail(call, shown)}


def archive(call: Call) -> Record:
    """Archive a client; there is no way back through the API."""
    client = _target(call)
    changed = {"isArchived"} if client.get("isArchived") != "Yes" else set()
    client["isArchived"] = "Yes"
    call.practice.save_client(client)
    call.wrote(client["uuid"], changed)
    return {"client": _detail(call, client)}


def delete(call: Call) -> Record:
    """Delete a client; it stays in the full list, marked."""
    client = _target(call)
    client["isDeleted"] = "Yes"
    call.practice.save_client(client)
    call.wrote(client["uuid"], {"isDeleted"})
    return {}


def add_relationship(call: Call) -> Record:
    """Relate two clients."""
    near = call.practice.client(rules.require(call.body, "clientUuid", "Relationship/ClientUUID"))
    far = call.practice.client(
        rules.require(call.body, "relatedClientUuid", "Relationship/RelatedClientUUID")
    )
    label = rules.require(call.body, "type", "Relationship/Type")
    known = {name.lower(): name for name in _RELATIONSHIP_TYPES}
    if label.lower() not in known:
        raise BusinessError("type is not one of the relationship types")
    item: Record = {
        "uuid": str(uuid.uuid4()),
        "type": known[label.lower()],
        "clientUuid": near["uuid"],
        "relatedClientUuid": far["uuid"],
    }
    return _save_relationship(call, item)


def update_relationship(call: Call) -> Record:
    """Change shares, percentage and dates of a relationship."""
    rules.require(call.body, "uuid", "Relationship/UUID")
    return _save_relationship(call, call.practice.record("relationship", call.body["uuid"]))


def delete_relationship(call: Call) -> Record:
    """Remove a relationship, from both clients."""
    rules.require(call.body, "uuid", "Relationship/UUID")
    item = call.practice.record("relationship", call.body["uuid"])
    call.practice.state.delete(call.practice.kind("relationship"), item["uuid"])
    call.wrote(item["uuid"], {"uuid"})
    return {"clientRelationship": _relationship_view(call, item)}


def list_documents(call: Call) -> Record:
    """Give what is known of a client's documents; their content is not served."""
    client = call.practice.client(call.identifier)
    documents = call.practice.state.all(call.practice.kind("document"))
    return {"documents": [item for item in documents if item["clientUuid"] == client["uuid"]]}


def add_document(call: Call) -> Record:
    """File a document; its content is checked and dropped."""
    client = call.practice.client(rules.require(call.body, "clientUuid", "Document/ClientUUID"))
    title = rules.require(call.body, "title", "Document/Title")
    try:
        base64.b64decode(rules.require(call.body, "content", "Document/Content"), validate=True)
    except binascii.Error as error:
        raise BusinessError("Document/Content is not base64") from error
    id = str(uuid.uuid4())
    document = {
        "uuid": id,
        "clientUuid": client["uuid"],
        "title": title,
        **{name: call.body.get(name) for name in ("text", "folder", "fileName")},
        "date": call.practice.world.clock.now().strftime("%Y-%m-%dT%H:%M:%S"),
        "createdBy": None,
        "url": f"{_WEB}/Document/{id}",
    }
    call.practice.save("document", document)
    call.wrote(id, {"title", "content"})
    return {"uuid": id}


def _list(call: Call, clients: list[Record]) -> Record:
    call.listed(clients)
    views = call.practice.views(clients)
    show = views.detailed if call.query.get("detailed", "").lower() == "true" else views.plain
    return {"clients": [show(client) for client in clients]}


def _detail(call: Call, client: Record) -> Record:
    return call.practice.views([client]).detailed(client)


def _target(call: Call) -> Record:
    """Return the client that a write is meant for."""
    client = call.practice.client(rules.require(call.body, "uuid", "Client/UUID"))
    if client.get("isDeleted") == "Yes":
        if call.dials["deleted_client"] == "conflict":
            raise BusinessError("The client has been deleted", 409)
        raise BusinessError("Invalid client identifier", 404)
    return client


def _another(call: Call, client: Record) -> Record:
    """Return some other client, for the fault of that name."""
    others = call.practice.state.page(call.practice.kind("client"), 0, 2)
    return next((record for _, record in others if record["uuid"] != client["uuid"]), client)


def _is_present(client: Record) -> bool:
    return client.get("isDeleted") != "Yes"


def _is_active(client: Record) -> bool:
    return _is_present(client) and client.get("isArchived") != "Yes"


def _since(query: dict[str, str]) -> str:
    given = query.get("modifiedsince") or query.get("modifiedSince")
    if not given:
        return ""
    try:
        moment = datetime.strptime(given, "%Y-%m-%dT%H:%M:%S")
    except ValueError as error:
        raise BusinessError("modifiedsince has to be yyyy-MM-ddTHH:mm:ss") from error
    return stamp(moment.replace(tzinfo=UTC))


def _save_relationship(call: Call, item: Record) -> Record:
    before = dict(item)
    item.update(_relationship_values(item["type"], call.body))
    call.practice.save("relationship", item)
    call.wrote(item["uuid"], {name for name in item if item[name] != before.get(name)} or {"type"})
    if call.dials["relationships_touch_client"]:
        for name in ("clientUuid", "relatedClientUuid"):
            call.practice.save_client(call.practice.client(item[name]))
    return {"clientRelationship": _relationship_view(call, item)}


def _relationship_values(label: str, body: Record) -> dict[str, Any]:
    values: dict[str, Any] = {}
    for name in ("startDate", "endDate"):
        if body.get(name):
            values[name] = rules.check_date(name, body[name])
    for name, labels in (("numberOfShares", _WITH_SHARES), ("percentage", _WITH_PERCENTAGE)):
        if body.get(name) not in (None, ""):
            if label not in labels:
                raise BusinessError(f"{name} is not allowed for the type {label}")
            values[name] = body[name]
    return values


def _relationship_view(call: Call, item: Record) -> Record:
    near, far = call.practice.client(item["clientUuid"]), call.practice.client(item["relatedClientUuid"])
    return {
        "uuid": item["uuid"],
        "client": {"uuid": near["uuid"], "name": near["name"]},
        "relatedClient": {"uuid": far["uuid"], "name": far["name"]},
        "relationshipType": {"name": item["type"]},
        **{name: item.get(name) for name in ("numberOfShares", "percentage", "startDate", "endDate")},
    }
