"""The gateway's records as rows of the clients frame, and back. Pure; every value as received."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Any, Final

from workbench.domain.errors import BadSettings, NotUnderstood
from workbench.domain.fields import ADDRESS_PARTS, BY_NAME, FIELDS
from workbench.domain.frames import address_cell, address_parts
from workbench.domain.settings import Settings
from workbench.systems.country import country_code, in_australia

Record = dict[str, Any]
Row = dict[str, str | None]

_TYPES: Final = frozenset(
    {"individual", "company", "trust", "partnership", "limited_partnership", "estate", "other"}
)
# Not the person's business, not the client's own, or not to be passed on.
_NOT_SEEN: Final = frozenset({"client_id", "tax_number", "linked_id", "updated_at", "structure"})


def loaded(body: bytes) -> Record:
    """Read an answer's JSON object.

    Raises
    ------
    NotUnderstood
        If it is none.
    """
    try:
        told = json.loads(body)
    except (ValueError, RecursionError):
        told = None
    if not isinstance(told, dict):
        raise NotUnderstood(
            "Connectworks' answer is damaged, cut short or of another kind.",
            "Try again; if it stays so, check connectworks.base_url in firm.toml.",
        )
    return told


class Mapper:
    """Reads and writes the gateway's records by the firm's settings.

    Parameters
    ----------
    settings : Settings
        Of the firm: its own names of entity types, and where its gateway keeps which field.

    Raises
    ------
    BadSettings
        If ``connectworks.map`` names a field that there is not.
    """

    def __init__(self, settings: Settings) -> None:
        unknown = sorted(set(settings.connectworks.map) - set(BY_NAME))
        if unknown:
            raise BadSettings(
                f"connectworks.map names the unknown field {unknown[0]}.", "Mend it in firm.toml."
            )
        table = {field.name: field.connectworks for field in FIELDS if field.connectworks}
        self._pointers = {**table, **settings.connectworks.map}
        self._types = settings.connectworks.entity_types
        self._home = settings.firm.home_country

    def row(self, record: Mapping[str, Any]) -> Row:
        """Write one record as a row of the clients frame."""
        row: Row = {}
        for name, pointer in self._pointers.items():
            if BY_NAME[name].kind == "address":
                prefix = name.removesuffix("address")
                parts = _parts(_at(record, pointer))
                row.update({prefix + part: value for part, value in parts.items()})
            else:
                row[name] = _text(_at(record, pointer))
        row["entity_type"] = self._entity_type(row["structure"])
        country = row["country"] or row["physical_country"] or row["postal_country"]
        row["country"] = country_code(country, self._home)
        row["email_source"] = "client" if row["email"] else None
        row["verified_fields"] = _verified(record)
        return row

    def values(self, record: Mapping[str, Any]) -> Row:
        """Give every canonical field that a write may change or must not."""
        return {name: self._cell(name, record) for name in self._pointers if name not in _NOT_SEEN}

    def pointers(self, names: Iterable[str]) -> frozenset[str]:
        """Give the JSON pointers of some canonical fields."""
        return frozenset("/" + self._pointers[name].lstrip("/") for name in names)

    def linked_id(self, record: Mapping[str, Any]) -> str | None:
        """Give the XPM client to which Connectworks itself has linked a record."""
        return _text(_at(record, self._pointers["linked_id"]))

    def changes(
        self, before: Mapping[str, str | None], after: Mapping[str, str | None], now: Mapping[str, Any]
    ) -> Record:
        """Write an operation as the gateway's ``changes``.

        Parameters
        ----------
        before, after : mapping
            Canonical fields, as decided.
        now : mapping
            The record as just seen: where it says the same as `before`, its own spelling is sent.
        """
        told = {}
        for name, value in after.items():
            same = self._cell(name, now) == (before.get(name) or None)
            was = _at(now, self._pointers[name]) if same else _written(name, before.get(name))
            told[self._pointers[name].lstrip("/")] = {"from": was, "to": _written(name, value)}
        return told

    def new(self, values: Mapping[str, str | None]) -> Record:
        """Write a new record as the gateway has it; blank fields are left away."""
        record: Record = {}
        for name, value in values.items():
            if value is not None and name in self._pointers:
                told = self._own_type(value) if name == "entity_type" else _written(name, value)
                _put(record, self._pointers[name], told)
        return record

    def redacted(self, body: bytes) -> bytes:
        """Take tax numbers of clients in Australia out of an answer; the same bytes where there are none."""
        told = loaded(body)
        records = told["items"] if isinstance(told.get("items"), list) else [told]
        taken = [r for r in records if isinstance(r, dict) and self._is_tax_file_number(r)]
        for record in taken:
            _drop(record, self._pointers["tax_number"])
        return json.dumps(told, ensure_ascii=False).encode() if taken else body

    def _is_tax_file_number(self, record: Record) -> bool:
        if _at(record, self._pointers["tax_number"]) is None:
            return False
        homes = [_parts(_at(record, self._pointers[f"{which}_address"])) for which in ("physical", "postal")]
        country = _text(_at(record, self._pointers["country"]))
        countries = (country, *(home["country"] for home in homes))
        number = _text(_at(record, self._pointers["abn"]))
        return in_australia(self._home, countries, (home["region"] for home in homes), number)

    def _cell(self, name: str, record: Mapping[str, Any]) -> str | None:
        value = _at(record, self._pointers[name])
        return address_cell(_parts(value)) if BY_NAME[name].kind == "address" else _text(value)

    def _own_type(self, canonical: str) -> str:
        """Give the firm's own name of an entity type, where it has one."""
        return next((own for own, kind in self._types.items() if kind == canonical), canonical)

    def _entity_type(self, received: str | None) -> str:
        if received in self._types:
            return self._types[str(received)]
        plain = (received or "other").strip().lower().replace(" ", "_")
        return plain if plain in _TYPES else "other"


def _at(record: Mapping[str, Any], pointer: str) -> Any:
    """Follow a JSON pointer (RFC 6901) through objects; None where it leads nowhere."""
    value: Any = record
    for name in _steps(pointer):
        value = value.get(name) if isinstance(value, dict) else None
    return value


@lru_cache(maxsize=1024)
def _steps(pointer: str) -> tuple[str, ...]:
    steps = pointer.lstrip("/").split("/")
    return tuple(step.replace("~1", "/").replace("~0", "~") for step in steps)


def _put(record: Record, pointer: str, value: Any) -> None:
    *around, last = _steps(pointer)
    for step in around:
        record = record.setdefault(step, {})
    record[last] = value


def _drop(record: Record, pointer: str) -> None:
    *around, last = _steps(pointer)
    holder: Any = record
    for step in around:
        holder = holder[step]
    del holder[last]


def _text(value: Any) -> str | None:
    if isinstance(value, str) or value is None:
        return value or None
    if isinstance(value, bool):
        return "Yes" if value else None
    return None if isinstance(value, (dict, list)) else str(value)


def _parts(address: Any) -> dict[str, str | None]:
    told = address if isinstance(address, dict) else {}
    parts = {part: _text(told.get(part)) for part in ADDRESS_PARTS}
    lines = told.get("lines")
    if isinstance(lines, list):
        parts["lines"] = "\n".join(str(line) for line in lines) or None
    return parts


def _written(name: str, value: str | None) -> Any:
    """Write a canonical value as the gateway has it; blank is null."""
    if value is None or value == "":
        return None
    if BY_NAME[name].kind != "address":
        return value
    parts = address_parts(value)
    return {**parts, "lines": (parts["lines"] or "").split("\n") if parts["lines"] else []}


def _verified(record: Mapping[str, Any]) -> str | None:
    evidence = record.get("evidence")
    told = evidence.items() if isinstance(evidence, Mapping) else ()
    return "; ".join(name for name, state in told if state == "verified") or None
