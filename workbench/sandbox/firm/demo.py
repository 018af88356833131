"""The demo firm: drawn households, and among them the traps that a careful person knows."""

from dataclasses import dataclass, field
from functools import cache

from .dice import Dice
from .entities import Household, Population
from .firm import Firm, Record
from .records import connectworks_record, xpm_client, xpm_contact
from .sides import Row, Side, XpmContact
from .stream import Recipe, Written, stream
from .traps import Trap, traps

CONNECTWORKS_SIZE, XPM_SIZE, AGENCY_CLIENTS = 640, 710, 56
AGENCY_MAILBOX = "accounts@agency.example"
NAME = "Farrow & Finch Chartered Accountants"
PARTNERS = ("Ataahua Ngata-Test", "Bernard Farrow", "Celia Finch", "Dev Sandhu-Test")
MANAGERS = ("Esme Harrow", "Fetu Sapotest", "Gwen Lomax", "Hao Wang-Test", "Iris Penrose", "Jonty Esker")
OFFICES = ("Tauranga", "Hamilton", "Auckland")


@cache
def demo_firm(seed: int = 1) -> Firm:
    """Draw the demo firm: 640 records in Connectworks, 710 clients in XPM.

    Parameters
    ----------
    seed : int
        Another seed gives other people with the same traps.

    Returns
    -------
    Firm
        The same for the same seed, on every machine.
    """
    desk = _Desk(Dice(seed * 1_000_003 + 17))
    planted = list(traps(desk.dice, CONNECTWORKS_SIZE + 1))
    recipe = Recipe(
        connectworks=CONNECTWORKS_SIZE - sum(len(trap.connectworks) for trap in planted),
        xpm=XPM_SIZE - sum(len(trap.xpm) for trap in planted),
        overlap=0.88,
        seed=seed,
        errors=2.3,
        duplicates=0.015,
        doubled_contacts=0.02,
    )
    for written in stream(recipe, _Clientele(Dice(seed), recipe.au_share)):
        desk.file_household(written)
    for trap in planted:
        desk.file_trap(trap)
    return desk.firm()


class _Clientele(Population):
    """A population in which one agency's mailbox stands for many clients."""

    _with_agency = 0

    def household(self) -> Household:
        home = super().household()
        if self._with_agency < AGENCY_CLIENTS and self.dice.chance(0.15):
            for entity in home.entities[: AGENCY_CLIENTS - self._with_agency]:
                entity.email = AGENCY_MAILBOX
                self._with_agency += 1
        return home


@dataclass
class _Desk:
    """Files what was written as records, with the firm's staff, groups and relationships."""

    dice: Dice
    connectworks: list[Record] = field(default_factory=list)
    parties: list[Record] = field(default_factory=list)
    groups: list[Record] = field(default_factory=list)
    contacts: dict[str, Record] = field(default_factory=dict)
    clients: list[Record] = field(default_factory=list)
    relationships: list[Record] = field(default_factory=list)
    truth: list[Row] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.tenant_id = self.dice.uuid()
        self.staff = {name: self.dice.uuid() for name in PARTNERS + MANAGERS}
        self.custom_fields = [
            _custom_field(self.dice, "AML review due", "Date", "Date"),
            _custom_field(self.dice, "Preferred language", "Text", "Text"),
            _custom_field(self.dice, "Mail by post", "Checkbox", "Boolean"),
        ]

    def file_household(self, written: Written) -> None:
        """File a household: records, contacts, a group, relationships and the truth."""
        care = self._care()
        for _, side in written.doubles:
            self._file_connectworks(side, care, None)
        for place, side in written.connectworks.items():
            pair = written.xpm.get(place)
            self._file_connectworks(
                side, care, pair.row["client_id"] if pair and self.dice.chance(0.08) else None
            )
        cards = {card.contact_id: card for card in written.contacts.values()}
        for place, side in [*written.xpm.items(), *written.twins]:
            card = cards.get(side.row["contact_id"] or "")
            tax_number = written.home.entities[place].tax_number if side.row["tax_number"] else None
            self._file_xpm(side, care, card, tax_number)
        self._file_group(written)
        self._file_roles(written)
        self.truth += written.truth

    def file_trap(self, trap: Trap) -> None:
        """File a planted trap."""
        care = self._care()
        for side, linked in zip(trap.connectworks, trap.linked_ids(), strict=True):
            self._file_connectworks(side, care, linked)
        for side, card in zip(trap.xpm, trap.cards, strict=True):
            self._file_xpm(side, care, card, trap.tax_numbers.get(str(side.row["client_id"])))
        self.truth += trap.truth()

    def firm(self) -> Firm:
        """Give everything that was filed, in an order that says nothing about who is who."""
        shuffled = self.dice.shuffled
        return Firm(
            name=NAME,
            country="NZ",
            tenant_id=self.tenant_id,
            connectworks=shuffled(self.connectworks),
            parties=self.parties,
            xpm_staff=[_staff_member(name, uuid) for name, uuid in self.staff.items()],
            xpm_groups=self.groups,
            xpm_custom_fields=self.custom_fields,
            xpm_contacts=list(self.contacts.values()),
            xpm_clients=shuffled(self.clients),
            xpm_relationships=self.relationships,
            truth=self.truth,
        )

    def _care(self) -> Row:
        """Choose who looks after a household."""
        dice = self.dice
        care: Row = {"partner": dice.pick(PARTNERS), "manager": dice.pick(MANAGERS)}
        return care | {"business_unit": dice.pick(OFFICES), "client_reference": dice.digits(4)}

    def _file_connectworks(self, side: Side, care: Row, linked: str | None) -> None:
        dice, row = self.dice, side.row
        client = row["nature"] == "client"
        if client:
            row |= {name: care[name] for name in ("partner", "business_unit")}
            row["manager"] = care["manager"] if dice.chance(0.7) else None
            row["client_reference"] = self._reference(row, care) if dice.chance(0.6) else None
        row["verified"] = "Yes" if dice.chance(0.2) else None
        row["linked_id"] = linked
        linked_at = _moment(dice, 2023) if linked else None
        self.connectworks.append(connectworks_record(row, linked_at, _moment(dice, 2024)))

    def _file_xpm(self, side: Side, care: Row, card: XpmContact | None, tax_number: str | None) -> None:
        dice, row = self.dice, side.row
        row["client_reference"] = self._reference(row, care) if dice.chance(0.4) else None
        client = xpm_client(dice, row, tax_number)
        partner, manager = str(care["partner"]), str(care["manager"])
        if dice.chance(0.06):
            partner = dice.pick(PARTNERS)
        client["accountManager"] = {"uuid": self.staff[partner], "name": partner}
        client["jobManager"] = {"uuid": self.staff[manager], "name": manager} if dice.chance(0.8) else None
        client["billingClient"] = None
        if card is not None:
            self.contacts.setdefault(card.contact_id, xpm_contact(card))
            client["contacts"] = [{"uuid": card.contact_id, "isPrimary": "Yes", "position": None}]
        client["customFields"] = self._custom_values()
        client["notes"] = _notes(dice, partner)
        self.clients.append(client)

    def _reference(self, row: Row, care: Row) -> str:
        letters = "".join(letter for letter in str(row["legal_name"]).upper() if "A" <= letter <= "Z")
        return f"{letters[:3].ljust(3, 'X')}{care['client_reference']}"

    def _custom_values(self) -> list[Record]:
        dice, values = self.dice, []
        if dice.chance(0.15):
            values.append(
                {"uuid": self.custom_fields[0]["uuid"], "date": f"2025-{dice.number(1, 12):02}-01T00:00:00"}
            )
        if dice.chance(0.05):
            values.append(
                {"uuid": self.custom_fields[1]["uuid"], "text": dice.pick(("Te reo Māori", "English"))}
            )
        if dice.chance(0.1):
            values.append({"uuid": self.custom_fields[2]["uuid"], "boolean": True})
        return values

    def _file_group(self, written: Written) -> None:
        members = [side.row["client_id"] for side in written.xpm.values()]
        if len(members) > 1 and self.dice.chance(0.7):
            name = f"{written.home.name} Family"
            self.groups.append(
                {"uuid": self.dice.uuid(), "name": name, "taxable": "No", "clientUuids": members}
            )

    def _file_roles(self, written: Written) -> None:
        """File who plays which part, on each side where both ends stand."""
        home = written.home
        places = {id(entity): place for place, entity in enumerate(home.entities)}
        own = {id(entity.person): place for place, entity in enumerate(home.entities) if entity.person}
        for entity, person, role in home.roles:
            of, who = places[id(entity)], own[id(person)]
            since = f"{self.dice.number(1995, 2022)}-{self.dice.number(1, 12):02}-01"
            if of in written.connectworks and who in written.connectworks:
                row = written.connectworks[who].row
                ids = {"client_id": written.connectworks[of].row["client_id"], "id": row["client_id"]}
                self.parties.append(
                    {**ids, "name": row["legal_name"], "role": role.lower(), "since": since, "until": None}
                )
            if of in written.xpm and who in written.xpm:
                self.relationships.append(
                    {
                        "uuid": self.dice.uuid(),
                        "type": role if role != "Executor" else "Associate",
                        "clientUuid": written.xpm[of].row["client_id"],
                        "relatedClientUuid": written.xpm[who].row["client_id"],
                        "numberOfShares": 100 if role == "Shareholder" else None,
                        "percentage": 50 if role == "Partner" else None,
                        "startDate": since,
                        "endDate": None,
                    }
                )


def _custom_field(dice: Dice, name: str, kind: str, element: str) -> Record:
    use = {f"use{what}": what in {"Client", "Contact"} for what in _USES}
    return {
        "uuid": dice.uuid(),
        "name": name,
        "type": kind,
        "linkUrl": None,
        "options": None,
        **use,
        "valueElement": element,
    }


_USES = ("Client", "Contact", "Job", "JobTask", "JobCost", "JobTime", "Lead", "Supplier")


def _staff_member(name: str, uuid: str) -> Record:
    mailbox = name.lower().replace(" ", ".")
    return {
        "uuid": uuid,
        "name": name,
        "email": f"{mailbox}@farrowfinch.example",
        "phone": None,
        "mobile": None,
    }


def _notes(dice: Dice, author: str) -> list[Record]:
    if not dice.chance(0.04):
        return []
    text = dice.pick(("Prefers a call before noon.", "Sends records late in April.", "Ask before emailing."))
    return [
        {"title": "Note", "text": text, "folder": None, "date": "2024-02-12T00:00:00", "createdBy": author}
    ]


def _moment(dice: Dice, year: int) -> str:
    """Give a moment of the year in UTC."""
    month, day, hour, minute = dice.number(1, 12), dice.number(1, 28), dice.number(0, 23), dice.number(0, 59)
    return f"{year}-{month:02}-{day:02}T{hour:02}:{minute:02}:00Z"
