"""New records of the gateway, as an import from another system makes them. All of it is assumed."""

from __future__ import annotations

import secrets
import uuid
from typing import Any, Final

from workbench.sandbox.clock import stamp
from workbench.sandbox.connectworks.errors import Refusal
from workbench.sandbox.connectworks.records import KIND, PARTIES, save
from workbench.sandbox.connectworks.values import problem_with
from workbench.sandbox.side import World
from workbench.sandbox.state import Record

_TYPES: Final = (
    *("individual", "company", "trust", "partnership", "limited_partnership", "estate", "other"),
)
_CHECKED: Final = (
    *("email", "website", "primary_phone", "other_phone", "physical_address", "postal_address"),
)
_GIVEN: Final = (
    *("legal_name", "trading_name", "first_name", "middle_name", "last_name", "preferred_name"),
    *("entity_type", "date_of_birth", "company_number", "nzbn", "client_reference"),
    *_CHECKED,
)
_REST: Final = (
    *("entity_subtype", "practice_management_id", "deceased", "business_unit", "partner", "manager"),
    *("country", "abn", "tax_id", "addon_refreshed_at"),
)
_ROLES: Final = frozenset(
    [
        *("director", "shareholder", "trustee", "corporate trustee", "beneficiary", "settlor"),
        *("appointer", "partner", "member"),
    ]
)


def create(world: World, body: Any, dials: Record) -> Record:
    """Keep a new client, its parties, and a contact for whoever of them is no record yet.

    Parties that give the same `ref` are one contact, whatever parts they play.

    Raises
    ------
    Refusal
        422, naming what is wrong; nothing is kept then.
    """
    given = body.get("record") if isinstance(body, dict) else None
    parties = (body.get("parties") if isinstance(body, dict) else None) or []
    if not isinstance(given, dict) or not isinstance(parties, list):
        raise Refusal(422, "invalid", "The body has to give a record, and parties as a list.")
    _check(given)
    made: dict[str, Record] = {}
    items = [_party(world, party, made) for party in parties]
    link = _link(world, body.get("xpm_link"), dials)
    record = save(world, _record(world, "client", given, link), refreshed=link is not None)
    for contact in made.values():
        save(world, contact, refreshed=False)
    if items:
        world.state.put(PARTIES, record["id"], {"items": items})
    return record


def _check(given: Record) -> None:
    unknown = sorted(set(given) - set(_GIVEN))
    if unknown:
        raise Refusal(422, "not_writable", f"{unknown[0]} cannot be given.", unknown[0])
    name = given.get("legal_name")
    if not isinstance(name, str) or not name.strip():
        raise Refusal(422, "invalid", "legal_name is needed.", "legal_name")
    if given.get("entity_type") not in _TYPES:
        raise Refusal(422, "invalid", "entity_type is none of the types.", "entity_type")
    for field in _CHECKED:
        problem = problem_with(field, given[field]) if field in given else None
        if problem:
            raise Refusal(422, "invalid", f"{field} {problem}.", field)


def _link(world: World, told: Any, dials: Record) -> Record | None:
    if told is None:
        return None
    try:
        wanted = str(uuid.UUID(told["uuid"]))
    except (KeyError, TypeError, ValueError, AttributeError):
        raise Refusal(422, "invalid", "A link needs the XPM client's uuid.", "uuid") from None
    others = world.state.all(KIND) if dials["link_unique"] else []
    if any((other["xpm_link"] or {}).get("uuid") == wanted for other in others):
        raise Refusal(
            409, "already_linked", "This XPM client is linked to another client; unlink that first."
        )
    return {"uuid": wanted, "linked_at": stamp(world.clock.now())}


def _record(world: World, nature: str, given: Record, link: Record | None) -> Record:
    return {
        **dict.fromkeys((*_GIVEN, *_REST)),
        **given,
        "id": f"cw_{secrets.token_hex(6)}",
        "nature": nature,
        "lifecycle": "active",
        "evidence": {"legal_name": None, "date_of_birth": None},
        "xpm_link": link,
        "updated_at": stamp(world.clock.now()),
    }


def _party(world: World, party: Any, made: dict[str, Record]) -> Record:
    """Give a party as it is listed; the contact that has to be made for it is among those `made`."""
    if not isinstance(party, dict) or not party.get("name") or party.get("role") not in _ROLES:
        raise Refusal(422, "invalid", "A party needs a name and one of the known roles.", "parties")
    known = party.get("id")
    if known is not None and world.state.get(KIND, known) is None:
        raise Refusal(422, "invalid", "A party names a record that there is not.", "parties")
    if known is None:
        ref = str(party.get("ref") or f"party {len(made)}")
        if ref not in made:
            given = {"legal_name": party["name"], "entity_type": party.get("entity_type") or "individual"}
            made[ref] = _record(world, "contact", given, None)
        known = made[ref]["id"]
    return {
        "id": known,
        "name": party["name"],
        "role": party["role"],
        "since": party.get("since"),
        "until": None,
    }
