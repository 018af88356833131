"""Operations on contacts; one contact may belong to several clients."""

from __future__ import annotations

import uuid

from workbench.sandbox.state import Record
from workbench.sandbox.xpm import rules
from workbench.sandbox.xpm.call import Call, page
from workbench.sandbox.xpm.errors import BusinessError
from workbench.sandbox.xpm.practice import contact_view

_OWN = ("name", "mobile", "email", "phone", "salutation", "addressee")
_MOST_AT_ONCE = 10


def list_pages(call: Call) -> Record:
    """Give a page of all contacts that are not deleted."""
    found, pagination = page(call, "contact", lambda record: record.get("isDeleted") != "Yes")
    call.listed(found)
    return {"contacts": [contact_view(record) for record in found], "pagination": pagination}


def get(call: Call) -> Record:
    """Give one contact; with ``clientUuid`` also its position there."""
    contact = _contact(call)
    call.looked(contact["uuid"])
    if call.fault == "wrong_record":
        others = call.practice.state.page(call.practice.kind("contact"), 0, 2)
        contact = next((record for _, record in others if record["uuid"] != contact["uuid"]), contact)
    client_uuid = call.query.get("clientUuid")
    return {"contact": contact_view(contact, _link(call, client_uuid, contact["uuid"]))}


def add(call: Call) -> Record:
    """Add a contact of one client."""
    client = call.practice.client(rules.require(_client_of(call.body), "uuid", "Contact/Client/UUID"))
    contact = create(call, client, call.body)
    call.practice.save_client(client)
    call.wrote(contact["uuid"], set(call.body) - {"client"})
    return {"contact": contact_view(contact, client["contacts"][-1])}


def create(call: Call, client: Record, given: Record) -> Record:
    """Keep a new contact and link it with a client, which the caller keeps."""
    rules.require(given, "name", "Contact/Name")
    contact: Record = {"uuid": str(uuid.uuid4()), "isDeleted": "No", "customFields": []}
    for name in _OWN:
        rules.check_length(name, given.get(name), call.dials)
        contact[name] = given.get(name)
    call.practice.save("contact", contact)
    _join(client, contact["uuid"], given)
    return contact


def update(call: Call) -> Record:
    """Change a contact, for every client that it belongs to; position and flag for one client."""
    contact = _contact(call)
    if contact.get("isDeleted") == "Yes":
        raise BusinessError("The contact has been deleted", 409)
    changed = _apply(call, contact)
    call.practice.save("contact", contact)
    client_uuid = _client_of(call.body).get("uuid") or call.query.get("clientUuid")
    link = None
    if client_uuid:
        client = call.practice.client(client_uuid)
        if _link(call, client_uuid, contact["uuid"]) is None:
            raise BusinessError("The contact does not belong to the client", 409)
        changed |= _join(client, contact["uuid"], call.body)
        call.practice.save_client(client)
        link = _link(call, client_uuid, contact["uuid"])
    call.wrote(contact["uuid"], changed)
    return {"contact": contact_view(contact, link)}


def delete(call: Call) -> Record:
    """Delete a contact, or with ``clientUuid`` only take it from that client."""
    contact = _contact(call)
    given = call.query.get("clientUuid")
    clients = (
        [call.practice.client(given)] if given else call.practice.state.all(call.practice.kind("client"))
    )
    for client in clients:
        kept = [link for link in client.get("contacts") or [] if link["uuid"] != contact["uuid"]]
        if len(kept) < len(client.get("contacts") or []):
            call.practice.save_client({**client, "contacts": kept})
        elif given:
            raise BusinessError("The contact does not belong to the client", 409)
    if not given:
        contact["isDeleted"] = "Yes"
        call.practice.save("contact", contact)
    call.wrote(contact["uuid"], {"client" if given else "isDeleted"})
    view = contact_view(contact)
    return {"contact": {name: view[name] for name in ("uuid", *_OWN, "isDeleted")}}


def link_all(call: Call) -> Record:
    """Link existing contacts with a client."""
    client = call.practice.client(call.identifier)
    wanted = call.body.get("contacts") or []
    if not 1 <= len(wanted) <= _MOST_AT_ONCE:
        raise BusinessError(f"Between 1 and {_MOST_AT_ONCE} contacts can be linked at once")
    for item in wanted:
        _join(client, call.practice.record("contact", item.get("uuid"))["uuid"], item)
    call.practice.save_client(client)
    call.wrote(client["uuid"], {"contacts"})
    uuids = {item["uuid"] for item in wanted}
    return {
        "client": {
            "uuid": client["uuid"],
            "contacts": [link for link in client["contacts"] if link["uuid"] in uuids],
        }
    }


def _contact(call: Call) -> Record:
    return call.practice.record("contact", call.identifier)


def _client_of(body: Record) -> Record:
    return body.get("client") or {}


def _link(call: Call, client_uuid: str | None, contact_uuid: str) -> Record | None:
    if not client_uuid:
        return None
    links = call.practice.client(client_uuid).get("contacts") or []
    return next((link for link in links if link["uuid"] == contact_uuid), None)


def _apply(call: Call, contact: Record) -> set[str]:
    before = dict(contact)
    for name in _OWN:
        value = call.body.get(name)
        if value is None:
            continue
        if name == "name":
            rules.require(call.body, "name", "Contact/Name")
        rules.check_length(name, value, call.dials)
        contact[name] = value
    if call.fault == "blank_omitted":
        contact.update(
            {name: "" for name in _OWN if name != "name" and name not in call.body and contact.get(name)}
        )
    if call.fault == "reformat":
        rules.reformat(contact, set(call.body))
    return {name for name in contact if contact[name] != before.get(name)}


def _join(client: Record, contact_uuid: str, given: Record) -> set[str]:
    """Link a contact with a client, or change the link; of several primary ones the last stays."""
    links = list(client.get("contacts") or [])
    link = next((item for item in links if item["uuid"] == contact_uuid), None)
    if link is None:
        link = {"uuid": contact_uuid, "isPrimary": "No", "position": None}
        links.append(link)
    before = dict(link)
    primary = rules.check_yes_no("isPrimary", given.get("isPrimary"))
    if primary == "Yes":
        for other in links:
            other["isPrimary"] = "No"
    link["isPrimary"] = primary or link.get("isPrimary") or "No"
    if given.get("position") is not None:
        link["position"] = given["position"]
    client["contacts"] = links
    return {name for name in link if link[name] != before.get(name)}
