"""A client that the other system lacks: what would be created there, and who may be it already.

Nothing is created by itself. A draft is shown first, with the records over there that may be the same client;
whoever creates all the same has seen them.
"""

from __future__ import annotations

import dataclasses
import hashlib
import json
from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

import pandas as pd

from workbench.domain.errors import BadInput
from workbench.domain.fields import BY_NAME, CONNECTWORKS, SIDE_LABELS, XPM, Side, label_of, other_side
from workbench.domain.frames import Clients, cells, frame_of
from workbench.domain.percent import percent
from workbench.domain.records import Entry, canonical
from workbench.reconcile.creations import VALUE
from workbench.reconcile.link.prepared import full_names
from workbench.reconcile.normalise import dates, names
from workbench.reconcile.verdicts import Habits, judge

GONE: Final = ("archived", "discarded", "deleted")
_NAMES: Final = ("legal_name", "trading_name", "first_name", "middle_name", "last_name", "preferred_name")
_REACHED: Final = ("email", "website", "primary_phone", "other_phone", "physical_address", "postal_address")
_TOLD: Final = ("date_of_birth", "company_number", "nzbn", "client_reference")
FIELDS: Final[Mapping[Side, tuple[str, ...]]] = {
    CONNECTWORKS: ("entity_type", *_NAMES, *_REACHED, *_TOLD),
    XPM: ("structure", *_NAMES, *_REACHED, *_TOLD),
}
"""What a new record of each side may be given, in the order in which it is shown."""
_NOT_IN_XPM: Final = frozenset({"trading_name"})
_ROLES: Final = (
    "director",
    "shareholder",
    "trustee",
    "beneficiary",
    "settlor",
    "appointer",
    "partner",
    "member",
)
_WITH_PARTIES: Final = ("company", "trust", "partnership", "limited_partnership")
_FIRST: Final = "No client of XPM yet: create it there first, and it comes along, or add the part by hand."
_JUST_MADE: Final = "Became a contact there a while ago: pull and link the two first, and it comes along."
_NAMESAKE: Final = "Somebody of this name is there: link the two first, and it comes along."
_NEAR: Final = "Somebody there may be it: link the two first, or say under Links that they are others."
HIDDEN: Final = "•••"
LINES: Final = ("field", "label", "value", "sent", "note")
BY_HAND: Final = (
    "This connection cannot create records in {there}: enter it there by hand, from what stands here. "
    "The next pull brings it, and Links offers the pair."
)
UNTIED: Final = (
    "A company created this way is not tied to the Companies Office; Connectworks advises loading companies "
    "from there and linking them."
)


@dataclass(frozen=True, slots=True)
class Line:
    """One field of a draft.

    Parameters
    ----------
    field : str
        Which.
    value : str or None
        As it would be sent (an address as its canonical JSON).
    sent : bool
        Whether it would be.
    note : str
        Why not, or what changes on the way.
    """

    field: str
    value: str | None = dataclasses.field(repr=False)
    sent: bool = True
    note: str = ""


@dataclass(frozen=True, slots=True)
class Party:
    """Somebody who plays a part in the new record.

    Parameters
    ----------
    name, role : str
        Who, as what.
    entity_type : str or None
        What they are.
    since : str or None
        Since when.
    known_id : str or None
        Their record on the other side; None creates a contact of this name.
    sent : bool
        Whether they would be sent.
    note : str
        Why not, or what is known of them.
    source_id : str or None
        The record that they are on this side.
    first : bool
        Whether they come along once a record of their own was created over there.
    """

    name: str
    role: str
    entity_type: str | None
    since: str | None = None
    known_id: str | None = None
    sent: bool = True
    note: str = ""
    source_id: str | None = None
    first: bool = False


@dataclass(frozen=True, slots=True)
class Twin:
    """A record over there that may be the same client.

    Parameters
    ----------
    client_id, name : str
        Which.
    why : str
        What speaks for it.
    """

    client_id: str
    name: str
    why: str


@dataclass(frozen=True)
class Draft:
    """A record as it would be created.

    Parameters
    ----------
    side : str
        Where it would be created.
    source_id, name : str
        The record that it is made from.
    lines : tuple of Line
        Its fields.
    parties : tuple of Party
        Who plays a part in it.
    warnings : tuple of str
        What to know before.
    twins : tuple of Twin
        Who may be the same client already.
    """

    side: Side
    source_id: str
    name: str
    lines: tuple[Line, ...]
    parties: tuple[Party, ...] = ()
    warnings: tuple[str, ...] = ()
    twins: tuple[Twin, ...] = ()

    @property
    def values(self) -> dict[str, str | None]:
        """The fields that would be sent."""
        return {line.field: line.value for line in self.lines if line.sent}

    @property
    def hash(self) -> str:
        """The draft's identity: what is created is what was seen (64 hexadecimal digits)."""
        parties = [[p.name, p.role, p.known_id] for p in self.parties if p.sent]
        whole = [self.side, self.source_id, self.values, parties, [twin.client_id for twin in self.twins]]
        return hashlib.sha256(canonical(whole)).hexdigest()

    def frame(self, *, unmasked: bool = False) -> pd.DataFrame:
        """Give its fields and parties as a frame; birth dates and addresses hidden unless `unmasked`."""
        rows: list[dict[str, str | None]] = [
            {
                "field": line.field,
                "label": label_of(line.field),
                "value": line.value
                if unmasked or not BY_NAME[line.field].masked or not line.value
                else HIDDEN,
                "sent": "yes" if line.sent else "no",
                "note": line.note,
            }
            for line in self.lines
        ]
        rows += [
            {
                "field": "party",
                "label": party.role.capitalize(),
                "value": party.name,
                "sent": "yes" if party.sent else "no",
                "note": party.note,
            }
            for party in self.parties
        ]
        return frame_of(rows, LINES)


def draft(
    clients: Clients,
    side: Side,
    source_id: str,
    *,
    links: pd.DataFrame,
    candidates: pd.DataFrame | None = None,
    home_country: str = "NZ",
    contacts_made: Collection[str] = (),
) -> Draft:
    """Draft the record that a client would get in the other system.

    Parameters
    ----------
    clients : Clients
        Both sides as they stand.
    side : str
        Where it would be created.
    source_id : str
        The client of the other side that it is made from.
    links : pandas.DataFrame
        A LINKS frame, for parties that have a record over there already.
    candidates : pandas.DataFrame, optional
        A CANDIDATES frame, for who may be the same client.
    home_country : str
        Of values that name none.
    contacts_made : collection of str
        Who became a contact over there since it was pulled (`workbench.reconcile.creations.contacts_made`).

    Raises
    ------
    BadInput
        If there is no such client, it has no name, or it is linked already.
    """
    source = other_side(side)
    frame = clients.side(source).reset_index(drop=True)
    row = _row(frame, source, source_id)
    if (links[f"{source}_id"] == source_id).any():
        raise BadInput(f"{row['name']} is linked already.", "Nothing has to be created.")
    if not row["legal_name"]:
        raise BadInput("This client has no name.", f"Give it one in {SIDE_LABELS[source]} first.")
    lines = tuple(_line(name, row, clients, side, home_country) for name in FIELDS[side])
    told = tuple(_warnings(row, side))
    parties = tuple(_parties(clients, row, side, links, contacts_made, candidates))
    twins = tuple(_twins(clients, row, side, candidates))
    shown = tuple(line for line in lines if line.value is not None or line.note)
    return Draft(side, source_id, str(row["name"]), shown, parties, told, twins)


def _row(frame: pd.DataFrame, side: Side, client_id: str) -> dict[str, Any]:
    found = frame[frame["client_id"] == client_id].reset_index(drop=True)
    if found.empty:
        raise BadInput(
            f"{SIDE_LABELS[side]} has no client with the id {client_id}.", "Pull, then look again."
        )
    row = {str(k): None if pd.isna(v) else v for k, v in found.iloc[0].items()}
    for name in ("physical_address", "postal_address"):
        cell = cells(found, name).iloc[0]
        row[name] = None if pd.isna(cell) else cell
    return {**row, "name": full_names(found)[0] or "(no name)"}


def _line(name: str, row: Mapping[str, Any], clients: Clients, side: Side, home_country: str) -> Line:
    if name == "structure":
        return _structure(row, clients)
    value = row[name]
    if value is None:
        return Line(name, None, sent=False)
    if side == XPM and name in _NOT_IN_XPM:
        return Line(name, value, sent=False, note="XPM has no such field.")
    if name == "email" and row["email_source"] == "contact":
        return Line(name, value, sent=False, note="It is the primary contact's, not the client's own.")
    habits = Habits(home_country)
    if BY_NAME[name].compared and not judge(name, value, None, habits, habits).usable[0]:
        return Line(name, value, sent=False, note="It is damaged, masked or a placeholder.")
    if name == "date_of_birth":
        return Line(name, dates.key(value))
    if name == "other_phone" and side == XPM:
        return Line(name, value, note="XPM keeps it as the mobile of a contact, which is created with it.")
    if BY_NAME[name].kind == "address" and side == XPM:
        return Line(name, value, note="XPM has no suburb: it becomes the last line.")
    return Line(name, value)


def _structure(row: Mapping[str, Any], clients: Clients) -> Line:
    """Give the name that the practice itself most often gives this kind of client: it keeps its own list."""
    alike = clients.xpm[(clients.xpm["entity_type"] == row["entity_type"]).fillna(False)]
    used = Counter(alike["structure"].dropna())
    if not used:
        note = "No client of this kind is in XPM yet, so the practice's name for it is not known."
        return Line("structure", None, sent=False, note=note)
    return Line("structure", str(min(used, key=lambda name: (-used[name], name))))


def _warnings(row: Mapping[str, Any], side: Side) -> Iterator[str]:
    if side == CONNECTWORKS and row["entity_type"] == "company":
        yield UNTIED
    if side == CONNECTWORKS and row["entity_type"] == "trust":
        yield "A trust created this way is to be completed by hand: type, deed, dates."
    if row["tax_number"]:
        yield "The tax number is never copied: enter it over there by hand."
    if row["lifecycle"] in GONE:
        yield f"In {SIDE_LABELS[other_side(side)]} this client is {row['lifecycle']}."


def _parties(
    clients: Clients,
    row: Mapping[str, Any],
    side: Side,
    links: pd.DataFrame,
    contacts_made: Collection[str],
    candidates: pd.DataFrame | None,
) -> Iterator[Party]:
    """Give who plays a part; somebody who may be over there already is never created anew.

    XPM knows relationships between clients only: whoever is none there yet has to be created before.
    """
    if row["entity_type"] not in _WITH_PARTIES:
        return
    source, members = other_side(side), clients.memberships
    ours, roles = members["side"] == source, members["role"].str.removeprefix("corporate ").isin(_ROLES)
    held = ours & (members["client_id"] == row["client_id"]) & roles
    frame = clients.side(source)
    people = {str(r["client_id"]): r for r in _plain(frame, ("client_id", "entity_type"))}
    called = dict(zip(frame["client_id"], full_names(frame.reset_index(drop=True)), strict=True))
    there = dict(zip(links[f"{source}_id"], links[f"{side}_id"], strict=True))
    known = _keys(clients, side)
    near = frozenset(() if candidates is None else candidates[f"{source}_id"])
    for member in _plain(members[held], ("contact_id", "role", "since", "until")):
        holder = str(member["contact_id"])
        kind, name = (people.get(holder) or {}).get("entity_type"), called.get(holder)
        role = str(member["role"])
        if name is None:
            continue
        role = f"corporate {role}" if role == "trustee" and kind == "company" else role
        party = Party(name, role, kind, member["since"], source_id=holder)
        if member["until"]:
            yield replace(party, sent=False, note=f"Until {member['until']}.")
        elif holder in there:
            yield replace(party, known_id=str(there[holder]), note="Linked already.")
        elif names.key(name, kind) in known:
            yield replace(party, sent=False, note=_NAMESAKE)
        elif holder in near:
            yield replace(party, sent=False, note=_NEAR)
        elif holder in contacts_made:
            yield replace(party, sent=False, note=_JUST_MADE)
        elif side == XPM:
            yield replace(party, sent=False, note=_FIRST, first=True)
        else:
            yield replace(party, note="Is created as a contact.")


def _keys(clients: Clients, side: Side) -> dict[str, list[int]]:
    """Map comparable names to where they stand in a side's frame; deleted records do not count."""
    frame = clients.side(side).reset_index(drop=True)
    kinds, states = _texts(frame, "entity_type"), _texts(frame, "lifecycle")
    found: dict[str, list[int]] = {}
    for at, (name, kind, state) in enumerate(zip(full_names(frame), kinds, states, strict=True)):
        if name and state != "deleted":
            found.setdefault(names.key(name, kind), []).append(at)
    return found


def _twins(
    clients: Clients, row: Mapping[str, Any], side: Side, candidates: pd.DataFrame | None
) -> Iterator[Twin]:
    frame = clients.side(side).reset_index(drop=True)
    called, ids = full_names(frame), _texts(frame, "client_id")
    seen: set[str] = set()
    for at in _keys(clients, side).get(names.key(row["name"], row["entity_type"]), ()):
        seen.add(str(ids[at]))
        yield Twin(str(ids[at]), called[at] or "(no name)", "It has the same name.")
    if candidates is None:
        return
    near = candidates[candidates[f"{other_side(side)}_id"] == row["client_id"]]
    places = {client_id: at for at, client_id in enumerate(ids)}
    for client_id, probability in zip(near[f"{side}_id"], near["probability"], strict=True):
        if client_id not in seen and client_id in places:
            why = f"It may be the same: {percent(probability)} likely."
            yield Twin(str(client_id), called[places[client_id]] or "(no name)", why)


def _plain(frame: pd.DataFrame, columns: tuple[str, ...]) -> Iterator[dict[str, Any]]:
    for row in zip(*(_texts(frame, column) for column in columns), strict=True):
        yield dict(zip(columns, row, strict=True))


def _texts(frame: pd.DataFrame, column: str) -> list[str | None]:
    return frame[column].astype(object).where(frame[column].notna(), None).tolist()


def creation_id(side: Side, source_id: str, attempt: int) -> str:
    """Derive the id of an attempt to create a record (32 hexadecimal digits); also its Idempotency-Key."""
    return hashlib.sha256(canonical(["creation 1", side, source_id, attempt])).hexdigest()[:32]


def same_name(one: str | None, other: str | None, entity_type: str | None = None) -> bool:
    """Tell whether two names differ in their dress only."""
    return bool(one) and names.key(one, entity_type) == names.key(other, entity_type)


def asked_entry(draft: Draft, attempt: int) -> Entry:
    """Write a draft down as wanted."""
    body = {
        "creation_id": creation_id(draft.side, draft.source_id, attempt),
        "side": draft.side,
        "source_id": draft.source_id,
        "despite": [twin.client_id for twin in draft.twins],
        "fields": sorted(draft.values),
    }
    parties = [
        {
            "name": p.name,
            "role": p.role,
            "entity_type": p.entity_type,
            "since": p.since,
            "id": p.known_id,
            # Who plays two parts and is not there yet becomes one contact, not two.
            "ref": None if p.known_id else p.source_id,
        }
        for p in draft.parties
        if p.sent
    ]
    values = {VALUE + name: value for name, value in draft.values.items()}
    told = {"parties": json.dumps(parties, ensure_ascii=False)} if parties else {}
    return Entry("creation_asked", body, {**values, **told}, subject=draft.source_id)
