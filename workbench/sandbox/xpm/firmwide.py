"""Operations on client groups, staff and custom fields."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from datetime import datetime
from typing import Any

from workbench.sandbox.state import Record
from workbench.sandbox.xpm import rules
from workbench.sandbox.xpm.call import Call
from workbench.sandbox.xpm.errors import BusinessError

_VALUE_NAMES = {
    "Text": "text",
    "Date": "date",
    "Number": "number",
    "Decimal": "decimal",
    "Boolean": "boolean",
}


def list_groups(call: Call) -> Record:
    """Give all groups, without members."""
    return {"groups": [_group_view(group) for group in call.practice.state.all(call.practice.kind("group"))]}


def get_group(call: Call) -> Record:
    """Give one group with its members."""
    group = call.practice.record("group", call.identifier)
    call.looked(group["uuid"])
    return {"group": _group_with_members(call, group)}


def add_group(call: Call) -> Record:
    """Add a group; it cannot be empty."""
    name = rules.require(call.body, "name", "Group/Name")
    first = call.practice.client(rules.require(call.body, "clientUuid", "Group/ClientUUID"))
    group = {
        "uuid": str(uuid.uuid4()),
        "name": name,
        "taxable": rules.check_yes_no("taxable", call.body.get("taxable")) or "No",
        "clientUuids": [first["uuid"]],
    }
    call.practice.save("group", group)
    call.wrote(group["uuid"], set(call.body))
    return {"group": _group_with_members(call, group)}


def change_members(call: Call) -> Record:
    """Add clients to a group and take others out."""
    group = call.practice.record("group", rules.require(call.body, "uuid", "Group/UUID"))
    before = list(group["clientUuids"])
    for item in call.body.get("add") or []:
        member = call.practice.client(item.get("uuid"))["uuid"]
        if member not in group["clientUuids"]:
            group["clientUuids"].append(member)
    gone = {call.practice.client(item.get("uuid"))["uuid"] for item in call.body.get("remove") or []}
    group["clientUuids"] = [member for member in group["clientUuids"] if member not in gone]
    call.practice.save("group", group)
    call.wrote(group["uuid"], {"clients"} if group["clientUuids"] != before else set())
    return {"group": _group_with_members(call, group)}


def delete_group(call: Call) -> Record:
    """Remove a group; its clients stay."""
    group = call.practice.record("group", rules.require(call.body, "uuid", "Group/UUID"))
    call.practice.state.delete(call.practice.kind("group"), group["uuid"])
    call.wrote(group["uuid"], {"uuid"})
    return {}


def list_staff(call: Call) -> Record:
    """Give everyone on the staff."""
    return {"staffList": call.practice.state.all(call.practice.kind("staff"))}


def get_staff(call: Call) -> Record:
    """Give one member of the staff."""
    staff = call.practice.record("staff", call.identifier)
    call.looked(staff["uuid"])
    return {"staff": staff}


def list_definitions(call: Call) -> Record:
    """Give all custom field definitions."""
    return {"customFieldDefinitions": call.practice.state.all(call.practice.kind("customfield"))}


def get_definition(call: Call) -> Record:
    """Give one custom field definition."""
    definition = call.practice.record("customfield", call.identifier)
    call.looked(definition["uuid"])
    return {"customFieldDefinition": definition}


def client_values(call: Call) -> Record:
    """Give a client's custom fields that have a value."""
    return _values(call, call.practice.client(call.identifier))


def contact_values(call: Call) -> Record:
    """Give a contact's custom fields that have a value."""
    return _values(call, call.practice.record("contact", call.identifier))


def write_client_values(call: Call) -> Record:
    """Set or clear a client's custom fields."""
    client = call.practice.client(call.identifier)
    _write_values(call, client, "useClient")
    call.practice.save_client(client, touch=call.dials["custom_fields_touch_client"])
    return {}


def write_contact_values(call: Call) -> Record:
    """Set or clear a contact's custom fields."""
    contact = call.practice.record("contact", call.identifier)
    _write_values(call, contact, "useContact")
    call.practice.save("contact", contact)
    return {}


def _group_view(group: Record) -> Record:
    return {name: group.get(name) for name in ("uuid", "name", "taxable", "webUrl")}


def _group_with_members(call: Call, group: Record) -> Record:
    members = [call.practice.client(member) for member in group["clientUuids"]]
    return {
        **_group_view(group),
        "clients": [{"uuid": item["uuid"], "name": item["name"]} for item in members],
    }


def _values(call: Call, owner: Record) -> Record:
    call.looked(owner["uuid"])
    names = {
        item["uuid"]: item["name"] for item in call.practice.state.all(call.practice.kind("customfield"))
    }
    held = owner.get("customFields") or []
    return {"customFields": [{**value, "name": names.get(value["uuid"])} for value in held]}


def _write_values(call: Call, owner: Record, use: str) -> None:
    held = {value["uuid"]: value for value in owner.get("customFields") or []}
    before = dict(held)
    for given in call.body.get("customFields") or []:
        definition = _definition(call, given, use)
        name = _VALUE_NAMES[definition["valueElement"]]
        if name not in given:
            raise BusinessError(f"The value of {definition['name']} has to be given as {name}")
        if given[name] in (None, ""):
            if name == "boolean":
                raise BusinessError(f"{definition['name']} has no empty value")
            held.pop(definition["uuid"], None)
        else:
            held[definition["uuid"]] = {"uuid": definition["uuid"], name: _converted(name, given[name])}
    owner["customFields"] = list(held.values())
    call.wrote(owner["uuid"], {"customFields"} if held != before else set())


def _definition(call: Call, given: Record, use: str) -> Record:
    for definition in call.practice.state.all(call.practice.kind("customfield")):
        if given.get("uuid") == definition["uuid"] or (
            not given.get("uuid") and given.get("name") == definition["name"]
        ):
            if not definition.get(use):
                raise BusinessError(f"{definition['name']} is not used here")
            return definition
    raise BusinessError("Invalid custom field identifier", 404)


def _converted(name: str, value: Any) -> Any:
    """Return a value as it reads back: a day written ``yyyyMMdd`` gets dashes and a midnight."""
    convert: dict[str, Callable[[Any], Any]] = {
        "text": str,
        "date": lambda day: datetime.strptime(day, "%Y%m%d").strftime("%Y-%m-%dT00:00:00"),
        "number": lambda number: int(float(number)),
        "decimal": float,
        "boolean": bool,
    }
    try:
        return convert[name](value)
    except (TypeError, ValueError) as error:
        raise BusinessError(f"The value given as {name} is not valid") from error
