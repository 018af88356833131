"""XPM's two dialects, JSON and XML, to and from plain records with XPM's own JSON names. Pure.

The names and shapes are those of Xero's OpenAPI file for Practice Manager 3.1; the XML names follow from
them by rule, with the exceptions listed here.
"""

from __future__ import annotations

import io
import json
import re
from collections.abc import Collection, Iterator, Mapping
from functools import lru_cache
from typing import Any, Final, Literal

from lxml import etree

from workbench.domain.address_kept import as_kept
from workbench.domain.errors import NotUnderstood, Refused
from workbench.domain.fields import BY_NAME, XPM
from workbench.domain.frames import address_parts
from workbench.systems.country import in_australia
from workbench.systems.refusals import presentable

Record = dict[str, Any]
Dialect = Literal["xml", "json"]

MEDIA_TYPES: Final[Mapping[Dialect, str]] = {"xml": "application/xml", "json": "application/json"}

_XML_NAMES: Final = {
    "uuid": "UUID",
    "clientUuid": "ClientUUID",
    "accountManagerUuid": "AccountManagerUUID",
    "jobManagerUuid": "JobManagerUUID",
    "billingClientUuid": "BillingClientUUID",
    "relatedClientUuid": "RelatedClientUUID",
    "gstRegistered": "GSTRegistered",
    "gstPeriod": "GSTPeriod",
    "gstBasis": "GSTBasis",
    "prepareGst": "PrepareGST",
}
_JSON_NAMES: Final = {xml: name for name, xml in _XML_NAMES.items()}
_LISTS: Final = {
    "Clients": "Client",
    "Contacts": "Contact",
    "Notes": "Note",
    "Groups": "Group",
    "Relationships": "Relationship",
    "CustomFields": "CustomField",
    "CustomFieldDefinitions": "CustomFieldDefinition",
    "StaffList": "Staff",
}

_ITEMS: Final = [f"{{*}}{item}" for item in _LISTS.values()]  # by whatever namespace

# The order in which XPM's documentation lists a client's elements; kept when writing.
_CLIENT_ORDER: Final = (
    "email",
    *("address", "city", "region", "postCode", "country"),
    *("postalAddress", "postalCity", "postalRegion", "postalPostCode", "postalCountry"),
    *("phone", "fax", "webSite"),
)

# What only a new client is given, in the order of the documentation.
_NEW_NAMES: Final = {
    "legal_name": "name",
    "first_name": "firstName",
    "middle_name": "middleName",
    "last_name": "lastName",
    "preferred_name": "otherName",
    "date_of_birth": "dateOfBirth",
    "company_number": "companyNumber",
    "nzbn": "businessNumber",
    "structure": "businessStructure",
    "client_reference": "clientCode",
}

_HARDENED: Final = {
    "resolve_entities": False,
    "no_network": True,
    "load_dtd": False,
    "huge_tree": False,
    "remove_comments": True,
    "remove_pis": True,
}
_NOT_IN_XML: Final = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff\ud800-\udfff]")


def decode(media_type: str, body: bytes) -> Iterator[tuple[str, Any]]:
    """Read an answer, piece by piece.

    Parameters
    ----------
    media_type : str
        The answer's own Content-Type; what was asked for does not count.
    body : bytes
        As received.

    Yields
    ------
    tuple of str and object
        The name of a top-level part and its value; of a list, one item at a time under the list's name.

    Raises
    ------
    Refused
        If it reports an error, whatever its HTTP status was; with the server's words.
    NotUnderstood
        If it is neither JSON nor XML, malformed or hostile, or does not say that it succeeded.
    """
    parts = _json_parts(body) if _dialect(media_type) == "json" else _xml_parts(body)
    told: set[str] = set()
    words = ""
    for name, value in parts:
        if name == "status":
            told.add(str(value).upper())
        elif name == "errorDescription":
            words = str(value or "")
        else:
            yield name, value
    if "ERROR" in told:
        raise Refused(f"XPM refused: {presentable(words)}")
    if told != {"OK"} or words.strip():
        raise NotUnderstood("XPM's answer does not say whether it succeeded.", "Try again.")


def the_one(media_type: str, body: bytes, name: str) -> Record:
    """Read an answer about one record, called `name` (``client``, ``contact``).

    Raises
    ------
    Refused, NotUnderstood
        As `decode`; also if the record is not there.
    """
    found = [value for part, value in decode(media_type, body) if part == name and isinstance(value, dict)]
    if len(found) != 1:
        raise NotUnderstood(f"XPM's answer holds no {name}.", "Try again.")
    return found[0]


def encode(resource: str, record: Mapping[str, Any], dialect: Dialect) -> bytes:
    """Write a request's body.

    Parameters
    ----------
    resource : str
        ``client`` or ``contact``: XML's root.
    record : mapping
        XPM's JSON names to text, to a mapping for a nested record, or to a list of them.
    dialect : str
        ``xml`` or ``json``.
    """
    if dialect == "json":
        return json.dumps(record, ensure_ascii=False).encode()
    root = etree.Element(_xml_name(resource))
    _add(root, record)
    return bytes(etree.tostring(root, encoding="utf-8"))


def update_of_client(uuid: str, changes: Mapping[str, str | None]) -> Record:
    """Put changed fields into an update's record: only these, under their write names, in XPM's order.

    Parameters
    ----------
    uuid : str
        Which client.
    changes : mapping
        Canonical field to its new value; blank clears.

    Returns
    -------
    dict
        Blank values are empty text, since a missing or null one leaves XPM's value as it is.
    """
    written: dict[str, str] = {}
    for name, value in changes.items():
        field = BY_NAME[name]
        assert field.xpm_write is not None, name
        if field.kind == "address":
            written.update(zip(field.xpm_write.split(","), _written_address(value), strict=True))
        else:
            # A client's other phone has a home of its own only where a firm keeps it as fax.
            written["fax" if field.xpm_resource == "contact" else field.xpm_write] = value or ""
    return {"uuid": uuid, **{name: written[name] for name in _CLIENT_ORDER if name in written}}


def update_of_contact(client_uuid: str, changes: Mapping[str, str | None]) -> Record:
    """Put a contact's changed fields into an update's record, for the client through which it is reached."""
    changed = {str(BY_NAME[name].xpm_write): value or "" for name, value in changes.items()}
    return {"client": {"uuid": client_uuid}, **changed}


def new_client(values: Mapping[str, str | None], other_phone: str = "mobile") -> Record:
    """Put a new client's fields into an addition's record, in XPM's order; blank ones are left away.

    Parameters
    ----------
    values : mapping
        Canonical field to its value.
    other_phone : str
        Where the firm keeps it: ``mobile`` brings a contact along, of the client's own name; ``fax`` or
        ``off``.
    """
    given = {name: value for name, value in values.items() if value}
    named = {xpm: given[name] for name, xpm in _NEW_NAMES.items() if name in given}
    changes = {n: v for n, v in given.items() if n not in _NEW_NAMES}
    phone = changes.pop("other_phone", None) if other_phone != "fax" else None
    mobile = phone if other_phone == "mobile" else None
    written = {n: v for n, v in update_of_client("", changes).items() if v and n != "uuid"}
    contact = {"name": given["legal_name"], "mobile": mobile, "isPrimary": "Yes"}
    return {**named, **written, **({"contacts": [contact]} if mobile else {})}


def redact(media_type: str, body: bytes, home_country: str) -> bytes:
    """Take tax numbers of clients in Australia out of an answer; nothing else changes.

    Parameters
    ----------
    media_type : str
        The answer's own Content-Type.
    body : bytes
        As received.
    home_country : str
        The firm's own: in an Australian firm every client counts as being in Australia.

    Returns
    -------
    bytes
        The same bytes where there was nothing to take out.

    Raises
    ------
    NotUnderstood
        If it cannot be read.
    """
    if _dialect(media_type) == "json":
        told = _loaded(body)
        found = [c for c in _json_clients(told) if "taxNumber" in c and _in_australia(c, home_country)]
        for client in found:
            del client["taxNumber"]
        return json.dumps(told, ensure_ascii=False).encode() if found else body
    try:
        root = etree.fromstring(body, etree.XMLParser(**_HARDENED))
    except (etree.XMLSyntaxError, ValueError):
        raise _malformed() from None
    taken = [
        number
        for client in root.iter("{*}Client")
        if _in_australia({_json_name(part.tag): part.text for part in client}, home_country)
        for number in client.findall("{*}TaxNumber")
    ]
    for number in taken:
        number.getparent().remove(number)
    return bytes(etree.tostring(root, encoding="utf-8")) if taken else body


def only_custom_fields(media_type: str, body: bytes, names: Collection[str]) -> bytes:
    """Take all custom fields out of an answer save those that are called so; capitals do not matter.

    Parameters
    ----------
    media_type : str
        The answer's own Content-Type.
    body : bytes
        As received.
    names : collection of str
        Which may stay.

    Raises
    ------
    NotUnderstood
        If it cannot be read.
    """
    wanted = {name.strip().casefold() for name in names}

    def stays(name: object) -> bool:
        return str(name or "").strip().casefold() in wanted

    if _dialect(media_type) == "json":
        told = _loaded(body)
        held = [each for each in told.get("customFields") or [] if isinstance(each, dict)]
        return json.dumps(
            {**told, "customFields": [each for each in held if stays(each.get("name"))]}, ensure_ascii=False
        ).encode()
    try:
        root = etree.fromstring(body, etree.XMLParser(**_HARDENED))
    except (etree.XMLSyntaxError, ValueError):
        raise _malformed() from None
    for held in root.findall("{*}CustomFields/{*}CustomField"):
        if not stays(held.findtext("{*}Name")):
            held.getparent().remove(held)
    return bytes(etree.tostring(root, encoding="utf-8"))


def _in_australia(client: Mapping[str, Any], home_country: str) -> bool:
    return in_australia(
        home_country,
        (client.get("country"), client.get("postalCountry")),
        (client.get("region"), client.get("postalRegion")),
        client.get("businessNumber"),
    )


def _dialect(media_type: str) -> Dialect:
    kind = media_type.partition(";")[0].strip().lower()
    if kind.endswith(("/json", "+json")):
        return "json"
    if kind.endswith(("/xml", "+xml")):
        return "xml"
    raise NotUnderstood(
        f"XPM answered with “{kind or 'no format'}” where JSON or XML was expected.",
        "Check xpm.base_url in firm.toml.",
    )


def _json_parts(body: bytes) -> Iterator[tuple[str, Any]]:
    for key, value in _loaded(body).items():
        name = key[:1].lower() + key[1:]
        if isinstance(value, list):
            yield from ((name, item) for item in value)
        else:
            yield name, value


def _loaded(body: bytes) -> Record:
    try:
        told = json.loads(body)
    except (ValueError, RecursionError):
        raise _malformed() from None
    if not isinstance(told, dict):
        raise _malformed()
    return told


def _json_clients(told: Record) -> list[Record]:
    clients = told.get("clients") or [told.get("client")]
    return [client for client in clients if isinstance(client, dict)]


def _xml_parts(body: bytes) -> Iterator[tuple[str, Any]]:
    """Walk through a document without ever holding all of it as a tree."""
    walk = etree.iterparse(io.BytesIO(body), events=("start", "end"), tag=_ITEMS, **_HARDENED)
    try:
        for event, element in walk:
            if event == "start":
                _refuse_document_type(element)
            elif (around := _list_at_the_top(element)) is not None:
                yield _json_name(around.tag), _xml_value(element)
                around.remove(element)
    except etree.XMLSyntaxError:
        raise _malformed() from None
    _refuse_document_type(walk.root)
    for part in walk.root:
        if _is_list(part.tag):
            yield from ((_json_name(part.tag), _xml_value(item)) for item in part)
        else:
            yield _json_name(part.tag), _xml_value(part)


def _list_at_the_top(element: Any) -> Any:
    """Give the list that an element is an item of, if that stands right within the document; else None."""
    around = element.getparent()
    top = None if around is None else around.getparent()
    return around if top is not None and top.getparent() is None and _is_list(around.tag) else None


def _refuse_document_type(element: Any) -> None:
    if element.getroottree().docinfo.internalDTD is not None:
        raise NotUnderstood(
            "XPM's answer holds a document type, which no honest answer does; it was not read.",
            "Check xpm.base_url in firm.toml.",
        )


def _xml_value(element: Any) -> Any:
    if _is_list(element.tag):
        return [_xml_value(child) for child in element]
    if len(element):
        return {_json_name(child.tag): _xml_value(child) for child in element}
    return element.text or ""


def _add(parent: Any, record: Mapping[str, Any]) -> None:
    for name, value in record.items():
        element = etree.SubElement(parent, _xml_name(name))
        if isinstance(value, Mapping):
            _add(element, value)
        elif isinstance(value, list):
            for item in value:
                _add(etree.SubElement(element, _LISTS[element.tag]), item)
        else:
            element.text = _NOT_IN_XML.sub("", str(value))


def _local(tag: str) -> str:
    return tag.rpartition("}")[2]


@lru_cache(maxsize=1024)
def _is_list(tag: str) -> bool:
    return _local(tag) in _LISTS


@lru_cache(maxsize=1024)
def _json_name(tag: str) -> str:
    name = _local(tag)
    return _JSON_NAMES.get(name) or name[:1].lower() + name[1:]


def _xml_name(name: str) -> str:
    return _XML_NAMES.get(name) or name[:1].upper() + name[1:]


def _written_address(cell: str | None) -> tuple[str, str, str, str, str]:
    """Give XPM's five parts of an address; a suburb, which XPM does not know, becomes the last line."""
    parts = address_parts(as_kept(XPM, cell, None))
    return (
        parts["lines"] or "",
        parts["city"] or "",
        parts["region"] or "",
        parts["postcode"] or "",
        parts["country"] or "",
    )


def _malformed() -> NotUnderstood:
    return NotUnderstood("XPM's answer is damaged or cut short.", "Try again.")
