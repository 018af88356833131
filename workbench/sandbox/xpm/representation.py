"""Objects as XML and JSON, and back.

In XML an absent value has no element, an empty text an element with two tags, an empty list one
tag, and output is minified without a declaration.
"""

from __future__ import annotations

import json
import re
from typing import Any

from lxml import etree

from workbench.sandbox.state import Record
from workbench.sandbox.xpm.shapes import SHAPES, Member

_NOT_IN_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")

_SURROGATE = re.compile("[\ud800-\udfff]")

_TYPES = {str: "string", int: "integer", float: "number", bool: "boolean"}


class Unreadable(ValueError):
    """A request body that is not what it says; the message says where."""


def to_xml(answer: Record, api_method: str, relationship_tag: str = "Relationship") -> bytes:
    """Write an answer as XML.

    Parameters
    ----------
    answer : dict
        The answer as it would stand in JSON.
    api_method : str
        The root's ``api-method``.
    relationship_tag : str
        The element of a relationship that is answered alone; no document tells it.
    """
    root = etree.Element("Response", {"api-method": api_method})
    _fill(root, answer, "response")
    for element in root.findall("ClientRelationship"):
        element.tag = relationship_tag
    # An unescaped ">" only ever ends a tag, so this touches nothing but empty elements.
    return etree.tostring(root, encoding="utf-8", xml_declaration=False).replace(b"/>", b" />")


def from_xml(body: bytes, shape: str, root_tag: str) -> Record:
    """Read a request body in XML into what it would be in JSON.

    Raises
    ------
    Unreadable
        For malformed XML, a document type or another root.
    """
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)
    try:
        root = etree.fromstring(body, parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        raise Unreadable("The request body is not well-formed XML") from error
    if root.getroottree().docinfo.doctype:
        raise Unreadable("The request body may not have a document type")
    if root.tag != root_tag:
        raise Unreadable(f"The request body has the root {root.tag}, expected {root_tag}")
    if len(SHAPES[shape]) == 1 and SHAPES[shape][0].tag == root_tag:  # the root is the list itself
        only = SHAPES[shape][0]
        return {only.name: _items(root, only)}
    return _read(root, shape)


def _fill(parent: etree._Element, values: Record, shape: str) -> None:
    for member in SHAPES[shape]:
        value = values.get(member.name)
        if value is None:
            continue
        element = etree.SubElement(parent, member.tag)
        if member.item is not None:
            for item in value:
                _fill(etree.SubElement(element, member.item), item, str(member.shape))
        elif member.shape is not None:
            _fill(element, value, member.shape)
        else:
            element.text = _text(value)


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return _without_controls(str(value))


def _without_controls(text: str) -> str:
    """Drop characters that XML 1.0 cannot hold (section 2.2)."""
    return _NOT_IN_XML.sub("", text)


def _read(element: etree._Element, shape: str) -> Record:
    values: Record = {}
    for member in SHAPES[shape]:
        if member.attributed:
            found = element.findall(member.tag)
            if found:
                values[member.name] = [{"uuid": item.get("uuid")} for item in found]
            continue
        child = element.find(member.tag)
        if child is None:
            continue
        if member.item is not None:
            values[member.name] = _items(child, member)
        elif member.shape is not None:
            values[member.name] = _read(child, member.shape)
        else:
            values[member.name] = _value("".join(child.itertext()), member, child)
    return values


def _items(wrapper: etree._Element, member: Member) -> list[Record]:
    return [_read(item, str(member.shape)) for item in wrapper.findall(str(member.item))]


def _value(text: str, member: Member, element: etree._Element) -> Any:
    if member.type is str or not text.strip():
        return text
    try:
        if member.type is bool:
            return {"true": True, "false": False}[text.strip().lower()]
        return member.type(text)
    except (KeyError, ValueError) as error:
        place = element.getroottree().getpath(element).lstrip("/")
        raise Unreadable(f"The value of {place} is not valid") from error


def from_json(body: bytes, shape: str, refuse_unknown: bool) -> Record:
    """Read a request body in JSON.

    Raises
    ------
    Unreadable
        For malformed JSON, a value of another type than the shape's, or, where unknown members are
        refused, for one of those.
    """
    try:
        given = json.loads(body, parse_constant=_refuse_constant)
    except (ValueError, RecursionError) as error:
        raise Unreadable("The request body is not JSON") from error
    return _checked(given, shape, refuse_unknown, "")


def _refuse_constant(name: str) -> None:
    """Refuse NaN and the infinities, which Python reads and JSON does not have."""
    raise ValueError(name)


def _checked(given: Any, shape: str, refuse_unknown: bool, path: str) -> Record:
    """Return the members that the shape knows, each of the right type."""
    if not isinstance(given, dict):
        raise Unreadable(f"The value of {path or 'the request body'} is not an object")
    members = {member.name: member for member in SHAPES[shape]}
    unknown = sorted(set(given) - set(members))
    if unknown and refuse_unknown:
        raise Unreadable(f"There is no field {path}{unknown[0]}")
    values: Record = {}
    for name, member in members.items():
        if name in given:
            values[name] = _member(given[name], member, refuse_unknown, f"{path}{name}")
    return values


def _member(value: Any, member: Member, refuse_unknown: bool, path: str) -> Any:
    if value is None:
        return None
    if member.item is not None or member.attributed:
        if not isinstance(value, list):
            raise Unreadable(f"The value of {path} is not a list")
        shape = str(member.shape)
        return [
            _checked(item, shape, refuse_unknown, f"{path}[{place}].") for place, item in enumerate(value)
        ]
    if member.shape is not None:
        return _checked(value, member.shape, refuse_unknown, f"{path}.")
    allowed = (int, float) if member.type is float else member.type
    if not isinstance(value, allowed) or (isinstance(value, bool) and member.type is not bool):
        raise Unreadable(f"The value of {path} is not of the type {_TYPES[member.type]}")
    if isinstance(value, str) and not value.isascii() and _SURROGATE.search(value):
        raise Unreadable(f"The value of {path} is not text")
    return value
