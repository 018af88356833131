"""XPM's records as rows of the clients and memberships frames. Pure; every value as received."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final

from workbench.domain.fields import ADDRESS_PARTS, BY_NAME, FIELDS, XPM
from workbench.domain.frames import address_cell
from workbench.systems.country import country_code
from workbench.systems.xpm_codec import Record

Row = dict[str, str | None]

# What practices commonly call their structures; the settings' own names come first.
_STRUCTURES: Final = {
    "individual": "individual",
    "person": "individual",
    "sole trader": "individual",
    "company": "company",
    "limited company": "company",
    "look through company": "company",
    "qualifying company": "company",
    "incorporated society": "other",
    "trust": "trust",
    "family trust": "trust",
    "discretionary trust": "trust",
    "unit trust": "trust",
    "charitable trust": "trust",
    "superannuation fund": "trust",
    "super fund": "trust",
    "smsf": "trust",
    "partnership": "partnership",
    "limited partnership": "limited_partnership",
    "estate": "estate",
    "deceased estate": "estate",
}
# For clients whose structure is blank or of the practice's own making; the first that fits.
_NAME_SIGNS: Final = (
    ("estate", r"\bestate of\b|\(estate\)|\bestate$"),
    ("limited_partnership", r"\blimited partnership\b|\blp$"),
    ("trust", r"\btrust\b|\btr\.?$|\bsuper(annuation)? fund\b|\bsmsf\b"),
    ("partnership", r"\bpartnership\b|\bpartners$"),
    ("company", r"\b(limited|ltd|pty|tapui|incorporated|inc)\b\.?"),
)
_SYMMETRIC: Final = {"husband": "spouse", "wife": "spouse", "spouse": "spouse", "associate": "associate"}
_RESPELLED: Final = {"appointor": "appointer"}
# What the value of a custom field may stand under; which of them is the definition's affair.
_VALUES: Final = ("text", "date", "number", "decimal", "boolean")
# What a look at a client shows of the client itself: what a write may change, and what it must not.
_OWN: Final = tuple(
    field
    for field in FIELDS
    if field.xpm_read
    and field.xpm_resource == "client"
    and field.name not in ("client_id", "tax_number", "deceased")
)


@dataclass(frozen=True, slots=True)
class Reading:
    """How a firm reads its XPM records.

    Parameters
    ----------
    home_country : str
        Of addresses that name none.
    other_phone : str
        ``mobile`` (of the primary contact), ``fax`` (of the client) or ``off``.
    structures : mapping
        The practice's own names of business structures to canonical entity types.
    """

    home_country: str = "NZ"
    other_phone: str = "mobile"
    structures: Mapping[str, str] | None = None


def text(record: Mapping[str, Any], path: str) -> str | None:
    """Give a value by its JSON name (a dot goes into a nested record) as text; blank is None."""
    value: Any = record
    for step in _steps(path):
        value = value.get(step) if isinstance(value, dict) else None
    if isinstance(value, str) or value is None:
        return value or None
    if isinstance(value, bool):
        return "Yes" if value else "No"
    return None if isinstance(value, (dict, list)) else str(value)


@lru_cache(maxsize=1024)
def _steps(path: str) -> tuple[str, ...]:
    return tuple(path.split("."))


def address(record: Mapping[str, Any], name: str) -> dict[str, str | None]:
    """Give the six parts of an address field; XPM has no suburb."""
    names = (BY_NAME[name].xpm_read or "").split(",")
    lines, city, region, postcode, country = (text(record, part) for part in names)
    return dict(zip(ADDRESS_PARTS, (lines, None, city, region, postcode, country), strict=True))


def items(record: Mapping[str, Any], name: str) -> list[Record]:
    """Give a list inside a record; a single item counts as a list of one, anything missing as none."""
    found = record.get(name)
    found = found if isinstance(found, list) else [found]
    return [item for item in found if isinstance(item, dict)]


def primary_contact(client: Mapping[str, Any]) -> Record | None:
    """Give the contact that stands for a client: the last one flagged, else the only one."""
    contacts = [c for c in items(client, "contacts") if text(c, "isDeleted") != "Yes"]
    flagged = [c for c in contacts if text(c, "isPrimary") == "Yes"]
    if flagged:
        return flagged[-1]
    return contacts[0] if len(contacts) == 1 else None


def client_row(client: Mapping[str, Any], reading: Reading) -> Row:
    """Write one client as a row of the clients frame."""
    contact = primary_contact(client) or {}
    row: Row = {field.name: text(client, str(field.xpm_read)) for field in _OWN if field.kind != "address"}
    for name in ("physical_address", "postal_address"):
        prefix = name.removesuffix("address")
        row.update({prefix + part: value for part, value in address(client, name).items()})
    own_email = row["email"]
    row["email"] = own_email or text(contact, "email")
    row["email_source"] = ("client" if own_email else "contact") if row["email"] else None
    row["other_phone"] = _other_phone(client, contact, reading)
    row["client_id"] = text(client, "uuid")
    row["contact_id"] = text(contact, "uuid")
    row["nature"] = "client"
    row["entity_type"] = entity_type(row["structure"], row["legal_name"], reading.structures or {})
    row["lifecycle"] = lifecycle(client)
    row["country"] = country_code(row["physical_country"] or row["postal_country"], reading.home_country)
    row["deceased"] = "Yes" if text(client, "dateOfDeath") else None
    row["tax_number"] = text(client, "taxNumber")
    row["groups"] = "; ".join(filter(None, (text(g, "name") for g in items(client, "groups")))) or None
    if row["country"] == "AU":
        # The business number of a client in Australia is its ABN.
        row["abn"], row["nzbn"] = row["nzbn"], None
    return row


def own_values(client: Mapping[str, Any], reading: Reading) -> Row:
    """Give every canonical field that lives on the client itself; never a contact's value."""
    values: Row = {
        field.name: address_cell(address(client, field.name))
        if field.kind == "address"
        else text(client, str(field.xpm_read))
        for field in _OWN
    }
    if reading.other_phone == "fax":
        values["other_phone"] = text(client, "fax")
    return values


def own_names(reading: Reading) -> frozenset[str]:
    """Give the JSON pointers of what `own_values` reads, and of the link to the record's own page."""
    read = {name for field in _OWN for name in str(field.xpm_read).split(",")} | {"webUrl", "webURL"}
    read |= {"fax"} if reading.other_phone == "fax" else set()
    return frozenset("/" + name.replace(".", "/") for name in read)


def contact_values(contact: Mapping[str, Any], reading: Reading) -> Row:
    """Give what every client with this primary contact shows of it (its email where it has none itself)."""
    values = {"email": text(contact, "email")}
    return values | ({"other_phone": text(contact, "mobile")} if reading.other_phone == "mobile" else {})


def label(held: Mapping[str, Any]) -> str | None:
    """Write one custom field as ``Name: value``, a day without its midnight; None where it has no value."""
    name, value = text(held, "name"), next(filter(None, (text(held, kind) for kind in _VALUES)), None)
    if not (name and value):
        return None
    if text(held, "date"):
        value = value.removesuffix("T00:00:00")
    elif text(held, "boolean"):
        value = "yes" if value.casefold() in ("yes", "true") else "no"
    # Labels are kept side by side in one cell.
    return f"{name}: {' '.join(value.replace(';', ',').split())}"


def lifecycle(client: Mapping[str, Any]) -> str:
    """Give a client's state; deleted outweighs archived, which outweighs prospect."""
    for flag, state in (("isDeleted", "deleted"), ("isArchived", "archived"), ("isProspect", "prospect")):
        if text(client, flag) == "Yes":
            return state
    return "active"


def entity_type(structure: str | None, name: str | None, structures: Mapping[str, str]) -> str:
    """Give the canonical entity type of a business structure; of the name where that says nothing."""
    if structure and structure in structures:
        return structures[structure]
    plain = " ".join(re.findall(r"[a-z]+", (structure or "").lower()))
    if plain in _STRUCTURES:
        return _STRUCTURES[plain]
    for kind, sign in _NAME_SIGNS:
        if re.search(sign, (name or "").strip().lower()):
            return kind
    return "other" if structure or not name else "individual"


def memberships(clients: Iterable[Mapping[str, Any]]) -> Iterator[Row]:
    """Say who belongs to which client: contacts, and relationships, which both of their clients list."""
    seen = set()
    for client in clients:
        for row in (*_contact_rows(client), *_relationship_rows(client)):
            key = (row["contact_id"], row["client_id"], row["role"])
            if all(key[:2]) and key not in seen:
                seen.add(key)
                yield row


def _contact_rows(client: Mapping[str, Any]) -> Iterator[Row]:
    for contact in items(client, "contacts"):
        primary = text(contact, "isPrimary") == "Yes"
        yield _membership(text(contact, "uuid"), client, "primary contact" if primary else "contact")


def _relationship_rows(client: Mapping[str, Any]) -> Iterator[Row]:
    for relationship in items(client, "relationships"):
        since, until = text(relationship, "startDate"), text(relationship, "endDate")
        here, there = text(client, "uuid"), text(relationship, "relatedClient.uuid")
        holder, held, role = _canonical(text(relationship, "type") or "related", here, there)
        yield {**_membership(holder, {"uuid": held}, role), "since": since, "until": until}


def _canonical(label: str, here: str | None, there: str | None) -> tuple[str | None, str | None, str]:
    """Give (who, in whom, as what) of a label, which depends on the side from which it is read."""
    role = label.strip().lower()
    if role == "child of":
        return there, here, "parent"
    of = role.endswith(" of")
    role = role.removesuffix(" of")
    role = _RESPELLED.get(role, role)
    if role in _SYMMETRIC:
        first, second = sorted((here or "", there or ""))
        return first, second, _SYMMETRIC[role]
    return (here, there, role) if of else (there, here, role)


def _membership(contact_id: str | None, client: Mapping[str, Any], role: str) -> Row:
    return {"side": XPM, "contact_id": contact_id, "client_id": text(client, "uuid"), "role": role}


def _other_phone(client: Mapping[str, Any], contact: Mapping[str, Any], reading: Reading) -> str | None:
    if reading.other_phone == "off":
        return None
    return text(client, "fax") if reading.other_phone == "fax" else text(contact, "mobile")
