"""The gateway's records: how they are kept, marked as changed, and shown."""

from __future__ import annotations

import hashlib
import json
import secrets

from workbench.sandbox.clock import stamp
from workbench.sandbox.connectworks.errors import Refusal
from workbench.sandbox.firm import Firm
from workbench.sandbox.side import World
from workbench.sandbox.state import Record, State

KIND, PARTIES = "connectworks/client", "connectworks/parties"
_ALWAYS = ("id", "nature", "entity_type", "lifecycle", "legal_name")


def seed(state: State, firm: Firm) -> None:
    """Fill an empty state with the firm's records and parties."""
    state.put_all(KIND, [(record["id"], {**record, "etag": etag(record)}) for record in firm.connectworks])
    parties: dict[str, list[Record]] = {}
    for party in firm.parties:
        shown = {name: value for name, value in party.items() if name != "client_id"}
        parties.setdefault(party["client_id"], []).append(shown)
    state.put_all(PARTIES, [(id, {"items": items}) for id, items in parties.items()])


def dump(state: State) -> Record:
    """Give all records by id and all parties by their entity's id."""
    return {"clients": dict(state.items(KIND)), "parties": dict(state.items(PARTIES))}


def etag(record: Record) -> str:
    """Give the mark of a record as it was seeded."""
    return hashlib.sha256(json.dumps(record, sort_keys=True, ensure_ascii=False).encode()).hexdigest()[:20]


def find(world: World, dials: Record, id: str) -> Record:
    """Give the record of an id.

    Raises
    ------
    Refusal
        404 when there is none, or when it is a contact and contacts are not readable.
    """
    record = world.state.get(KIND, id)
    if record is None or (record["nature"] == "contact" and "read_contacts" not in dials["capabilities"]):
        raise Refusal(404, "not_found", "There is no client of this id.")
    return record


def save(world: World, record: Record, *, refreshed: bool) -> Record:
    """Keep a changed record with a new etag and time of change.

    Parameters
    ----------
    world : World
    record : dict
        The record with its new values.
    refreshed : bool
        Whether the change also counts as a refresh of the add-on's panel.
    """
    now = stamp(world.clock.now())
    record = {**record, "updated_at": now, "etag": secrets.token_hex(10)}
    if refreshed:
        record["addon_refreshed_at"] = now
    world.state.put(KIND, record["id"], record)
    return record


def edit(world: World, id: str, changes: Record) -> None:
    """Make a person's edit in Connectworks itself.

    Raises
    ------
    KeyError
        For a record or a field that there is not.
    """
    record = world.state.get(KIND, id)
    if record is None:
        raise KeyError(f"connectworks has no record {id!r}")
    unknown = sorted(set(changes) - set(record))
    if unknown:
        raise KeyError(f"a Connectworks record has no {unknown[0]!r}")
    save(world, {**record, **changes}, refreshed=True)


def shown(record: Record, dials: Record) -> Record:
    """Give the record as it is answered."""
    record = dict(record)
    if "etag" not in dials["capabilities"]:
        record.pop("etag", None)
    if dials["omit_nulls"]:
        record = {name: value for name, value in record.items() if value is not None or name in _ALWAYS}
    return record
