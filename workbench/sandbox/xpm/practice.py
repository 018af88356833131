"""The practice's records: how they are kept, and how they look from outside."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field

from workbench.sandbox.clock import stamp
from workbench.sandbox.firm import Firm
from workbench.sandbox.side import World
from workbench.sandbox.state import Record, State
from workbench.sandbox.xpm.errors import BusinessError
from workbench.sandbox.xpm.shapes import SHAPES, words

#: Kinds of record, below the practice's prefix.
KINDS = ("client", "contact", "group", "relationship", "staff", "customfield", "document")

_NESTED = ("contacts", "notes", "groups", "relationships")
_BASE = [member.name for member in SHAPES["client"] if member.name not in _NESTED]
_TAX = words(
    "taxNumber companyNumber businessNumber businessStructure balanceMonth prepareGst gstRegistered "
    "gstPeriod gstBasis provisionalTaxBasis provisionalTaxRatio signedTaxAuthority taxAgent agencyStatus "
    "returnType prepareActivityStatement prepareTaxReturn branchNumber activeAtoClient autoBasOptInCriteria"
)
_CONTACT = [member.name for member in SHAPES["contact"]]

#: Labels whose other side is not the same with or without " Of".
_OTHER_SIDE = {
    "husband": "Wife",
    "wife": "Husband",
    "spouse": "Spouse",
    "parent of": "Child Of",
    "child of": "Parent Of",
    "associate": "Associate",
    "contact": "Contact",
}


def seed(state: State, firm: Firm) -> None:
    """Fill the practice from a firm."""
    when = "2020-01-01T00:00:00.000000Z"
    clients = [(item["uuid"], {**item, "_modified": when}) for item in firm.xpm_clients]
    state.put_all("xpm/client", clients)
    for kind, records in (
        ("contact", firm.xpm_contacts),
        ("group", firm.xpm_groups),
        ("relationship", firm.xpm_relationships),
        ("staff", firm.xpm_staff),
        ("customfield", firm.xpm_custom_fields),
    ):
        state.put_all(f"xpm/{kind}", [(record["uuid"], record) for record in records])


def dump(state: State) -> Record:
    """Return the practice's whole state: per kind a mapping of uuid to record."""
    return {kind: {id: _outside(record) for id, record in state.items(f"xpm/{kind}")} for kind in KINDS}


def mask(tax_number: str | None) -> str | None:
    """Hide all but the last three characters of a tax number."""
    if not tax_number:
        return tax_number
    return "*" * (len(tax_number) - 3) + tax_number[-3:] if len(tax_number) > 3 else "*" * len(tax_number)


def other_side(label: str) -> str:
    """Return a relationship's label as the other client sees it."""
    known = _OTHER_SIDE.get(label.lower())
    if known:
        return known
    return label[:-3] if label.lower().endswith(" of") else f"{label} Of"


@dataclass
class Practice:
    """One tenant's records.

    Attributes
    ----------
    world : World
    prefix : str
        First part of the kinds; the empty second practice has one of its own.
    """

    world: World
    prefix: str = "xpm"

    @property
    def state(self) -> State:
        """The store."""
        return self.world.state

    def kind(self, name: str) -> str:
        """Return the full name of a kind."""
        return f"{self.prefix}/{name}"

    def client(self, uuid: str | None) -> Record:
        """Return a client as kept.

        Raises
        ------
        BusinessError
            When there is none of that uuid.
        """
        found = self.state.get(self.kind("client"), (uuid or "").lower())
        if found is None:
            raise BusinessError("Invalid client identifier", 404)
        return found

    def record(self, kind: str, uuid: str | None) -> Record:
        """Return a record of another kind, or raise BusinessError."""
        found = self.state.get(self.kind(kind), (uuid or "").lower())
        if found is None:
            raise BusinessError(f"Invalid {kind} identifier", 404)
        return found

    def save_client(self, client: Record, touch: bool = True) -> None:
        """Keep a client, by default as modified now."""
        if touch:
            client["_modified"] = stamp(self.world.clock.now())
        self.state.put(self.kind("client"), client["uuid"], client)

    def save(self, kind: str, record: Record) -> None:
        """Keep a record of another kind."""
        self.state.put(self.kind(kind), record["uuid"], record)

    def views(self, clients: list[Record]) -> Views:
        """Prepare what is needed to show some clients."""
        return Views(self, many=len(clients) > 1)


@dataclass
class Views:
    """How clients look from outside; looks each neighbour up once.

    Attributes
    ----------
    practice : Practice
    many : bool
        Read all neighbours in one go, which pays for lists.
    """

    practice: Practice
    many: bool = True
    _contacts: dict[str, Record] = field(default_factory=dict)
    _groups: dict[str, list[Record]] | None = None
    _relationships: dict[str, list[tuple[Record, str, str]]] | None = None
    _names: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.many:
            kind = self.practice.kind("contact")
            self._contacts = {record["uuid"]: record for record in self.practice.state.all(kind)}

    def base(self, client: Record, tax_fields: bool = True) -> Record:
        """Return the client's own fields, its tax number masked."""
        view = {name: client.get(name) for name in _BASE if tax_fields or name not in _TAX}
        if tax_fields:
            view["taxNumber"] = mask(client.get("taxNumber"))
        return view

    def plain(self, client: Record) -> Record:
        """Return the client's own fields and its contacts."""
        links = client.get("contacts") or []
        return {**self.base(client), "contacts": [c for link in links if (c := self._contact(link))]}

    def detailed(self, client: Record) -> Record:
        """Return the client with its contacts, notes, groups and relationships."""
        uuid = client["uuid"]
        return {
            **self.plain(client),
            "notes": client.get("notes") or [],
            "groups": self._all_groups().get(uuid, []),
            "relationships": [self._relationship(*seen) for seen in self._all_relationships().get(uuid, [])],
        }

    def _contact(self, link: Record) -> Record | None:
        uuid = link["uuid"]
        if uuid not in self._contacts:
            found = self.practice.state.get(self.practice.kind("contact"), uuid)
            if found is None:
                return None
            self._contacts[uuid] = found
        record = self._contacts[uuid]
        return None if record.get("isDeleted") == "Yes" else contact_view(record, link)

    def _all_groups(self) -> dict[str, list[Record]]:
        if self._groups is None:
            self._groups = defaultdict(list)
            for group in self.practice.state.all(self.practice.kind("group")):
                for uuid in group["clientUuids"]:
                    self._groups[uuid].append({"uuid": group["uuid"], "name": group["name"]})
        return self._groups

    def _all_relationships(self) -> dict[str, list[tuple[Record, str, str]]]:
        if self._relationships is None:
            self._relationships = defaultdict(list)
            for item in self.practice.state.all(self.practice.kind("relationship")):
                near, far = item["clientUuid"], item["relatedClientUuid"]
                self._relationships[near].append((item, item["type"], far))
                self._relationships[far].append((item, other_side(item["type"]), near))
        return self._relationships

    def _relationship(self, item: Record, label: str, related: str) -> Record:
        names = ("uuid", "numberOfShares", "percentage", "startDate", "endDate")
        return {
            **{name: item.get(name) for name in names},
            "type": label,
            "relatedClient": {"uuid": related, "name": self._name(related)},
        }

    def _name(self, uuid: str) -> str:
        if uuid not in self._names:
            client = self.practice.state.get(self.practice.kind("client"), uuid)
            self._names[uuid] = client["name"] if client else ""
        return self._names[uuid]


def contact_view(record: Record, link: Record | None = None) -> Record:
    """Return a contact; position and primary flag belong to its link with one client."""
    view = {name: record.get(name) for name in _CONTACT}
    view["isDeleted"] = record.get("isDeleted") or "No"
    view["isPrimary"] = link.get("isPrimary") if link else None
    view["position"] = link.get("position") if link else None
    return view


def human_edit(world: World, id: str, changes: Record) -> None:
    """Edit a client or a contact as a person does in XPM; names are those of reading.

    Raises
    ------
    KeyError
        For an unknown record or field.
    """
    practice = Practice(world)
    for kind, names in (("client", [*_BASE, *_NESTED]), ("contact", _CONTACT)):
        record = world.state.get(practice.kind(kind), id)
        if record is None:
            continue
        unknown = sorted(set(changes) - set(names))
        if unknown:
            raise KeyError(f"an XPM {kind} has no field {unknown[0]!r}")
        record.update(changes)
        if kind == "client":
            practice.save_client(record)
        else:
            practice.save(kind, record)
        return
    raise KeyError(f"XPM has no client or contact {id!r}")


def _outside(record: Record) -> Record:
    return {name: value for name, value in record.items() if not name.startswith("_")}
