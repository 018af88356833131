"""One true entity as each system holds it: a row of named texts, with the cause of every deviation."""

from dataclasses import dataclass, field

from . import writing
from .address_writing import address
from .dice import Dice, Weights
from .entities import Entity, Household, Person
from .places import Address
from .writing import Rates, never_entered

Row = dict[str, str | None]
PARTS = ("lines", "suburb", "city", "region", "postcode", "country")
FIELDS = (
    "email", "website", "primary_phone", "other_phone", "physical_address", "postal_address", "legal_name",
    "date_of_birth", "company_number", "nzbn", "tax_number",
)  # fmt: skip


@dataclass(slots=True)
class Side:
    """One system's row, and why its values are not the true ones."""

    row: Row
    causes: dict[str, list[str]] = field(default_factory=dict)

    def value(self, name: str) -> str | None:
        """Give the field as one text, an address as its parts joined."""
        if not name.endswith("_address"):
            return self.row.get(name)
        prefix = name.removesuffix("_address")
        parts = [self.row.get(f"{prefix}_{part}") for part in PARTS]
        return None if not any(parts) else "|".join(part or "" for part in parts)

    def set(self, name: str, written: writing.Written) -> None:
        """Put a written value into the row and remember its causes."""
        self.row[name], self.causes[name] = written

    def set_address(self, name: str, written: tuple[Address, list[str]]) -> None:
        """Put an address' six parts into the row and remember their causes."""
        prefix = name.removesuffix("_address")
        for part in PARTS:
            self.row[f"{prefix}_{part}"] = getattr(written[0], part)
        self.causes[name] = written[1]


@dataclass(slots=True)
class XpmContact:
    """A person's contact card in XPM, which several clients share, and why its mobile is not the true one."""

    contact_id: str
    name: str
    mobile: str | None
    mobile_causes: list[str]
    email: str | None


STRUCTURES = {
    "individual": Weights(("Individual", 90), ("Sole Trader", 10)),
    "company": Weights(("Company", 88), ("Look-through company", 12)),
    "trust": Weights(("Trust", 80), ("Family Trust", 20)),
    "partnership": Weights(("Partnership", 1)),
    "limited_partnership": Weights(("Limited Partnership", 1)),
    "estate": Weights(("Estate", 1)),
}
CONNECTWORKS_LIFECYCLES = Weights(("active", 91), ("guest", 3), ("archived", 4), ("discarded", 2))
XPM_LIFECYCLES = Weights(("active", 88), ("prospect", 4), ("archived", 7), ("deleted", 1))

# How much more often (or less) than usual a field is left blank in each system.
CONNECTWORKS_BLANKS = {
    "email": 0.8, "website": 1.5, "primary_phone": 1.0, "other_phone": 1.4, "physical_address": 0.5,
    "postal_address": 1.2, "date_of_birth": 2.0, "company_number": 0.3, "nzbn": 0.8, "tax_number": 4.0,
}  # fmt: skip
XPM_BLANKS = {
    "email": 0.7, "website": 2.5, "primary_phone": 1.0, "other_phone": 1.2, "physical_address": 1.0,
    "postal_address": 0.5, "date_of_birth": 2.2, "company_number": 1.2, "nzbn": 2.5, "tax_number": 0.7,
}  # fmt: skip


class Pen:
    """Writes entities into both systems, as careful as its rates say."""

    def __init__(self, dice: Dice, rates: Rates) -> None:
        self.dice = dice
        self.rates = rates

    def contact(self, person: Person, country: str) -> XpmContact:
        """Write a person's contact card in XPM."""
        dice, rates = self.dice, self.rates
        written = writing.phone(dice, person.mobile, rates, country)
        mobile, causes = never_entered(dice, written, rates.blank * XPM_BLANKS["other_phone"], "xpm")
        email = person.email if dice.chance(0.3) else None
        return XpmContact(dice.uuid(), person.name, mobile, causes, email)

    def connectworks(self, entity: Entity, home: Household, client_id: str) -> Side:
        """Write the entity as Connectworks holds it."""
        dice = self.dice
        person = entity.person
        contact_share = 0.5 if person else 0.06
        side = Side(
            {
                "side": "connectworks",
                "client_id": client_id,
                "nature": "contact" if dice.chance(contact_share) else "client",
                "entity_type": entity.kind,
                "entity_subtype": entity.subtype,
                "lifecycle": dice.weighted(CONNECTWORKS_LIFECYCLES),
                "trading_name": entity.trading_name,
                "deceased": "Yes" if entity.deceased else None,
                "preferred_name": None,
            }
        )
        self._names(side, entity, "connectworks")
        other = entity.answers.mobile if entity.answers else None
        side.set("other_phone", writing.phone(dice, other, self.rates, entity.country))
        self._common(side, entity, home, "connectworks", CONNECTWORKS_BLANKS)
        return side

    def xpm(self, entity: Entity, home: Household, client_id: str, contact: XpmContact | None) -> Side:
        """Write the entity as XPM holds it; its mobile is its contact's."""
        dice = self.dice
        lifecycle = dice.weighted(XPM_LIFECYCLES)
        structure = None if dice.chance(0.03) else dice.weighted(STRUCTURES[entity.kind])
        side = Side(
            {
                "side": "xpm",
                "client_id": client_id,
                "nature": "client",
                "entity_type": entity.kind,
                "structure": structure,
                "lifecycle": lifecycle,
                "contact_id": contact.contact_id if contact else None,
            }
        )
        if entity.deceased and dice.chance(0.6):
            side.row |= {"deceased": "Yes", "date_of_death": f"{dice.number(2019, 2024)}-06-14"}
        self._names(side, entity, "xpm")
        side.row["other_phone"] = contact.mobile if contact else None
        side.causes["other_phone"] = list(contact.mobile_causes) if contact else ["blank_xpm"]
        self._common(side, entity, home, "xpm", XPM_BLANKS)
        if side.row["email"] is None and contact and contact.email:
            side.row["email"], side.row["email_source"] = contact.email, "primary_contact"
            side.causes["email"] = ["fallback_contact" if contact.email == entity.email else "other_mailbox"]
        return side

    def _names(self, side: Side, entity: Entity, system: str) -> None:
        dice, rates, person = self.dice, self.rates, entity.person
        if person is None:
            side.row["legal_name"], side.causes["legal_name"] = writing.organisation_name(
                dice, entity.name, entity.kind, rates
            )
            return
        first, middle, last, causes = writing.person_parts(
            dice, person.first, person.middle, person.last, rates
        )
        style = dice.number(1, 100) if system == "xpm" else 0
        given = f"{first} {middle}" if middle else first
        if style > 62:
            name = f"{last.upper() if style > 92 else last}, {given}"
            causes.append("surname_first")
        elif person.title and system == "xpm" and dice.chance(0.5):
            name = f"{person.title} {given} {last}"
            causes.append("title")
        else:
            name = f"{given} {last}"
        name, more = writing.shared_habits(dice, name, rates)
        side.row["legal_name"], side.causes["legal_name"] = name, causes + more
        if "macron_dropped" in more:
            first, last = writing.drop_macrons(first), writing.drop_macrons(last)
        side.row.update(first_name=first, middle_name=middle, last_name=last)

    def _common(
        self, side: Side, entity: Entity, home: Household, system: str, blanks: dict[str, float]
    ) -> None:
        dice, rates = self.dice, self.rates
        side.row["country"] = entity.country
        side.set("email", writing.email(dice, entity.email, rates, entity.name))
        side.set("website", writing.website(dice, entity.website, rates))
        side.set("primary_phone", writing.phone(dice, entity.phone, rates, entity.country))
        born = entity.person.born if entity.person else None
        side.set("date_of_birth", writing.birth_date(dice, born, rates, iso=system == "xpm"))
        side.set("company_number", writing.identifier(dice, entity.company_number, rates))
        side.set("nzbn", writing.identifier(dice, entity.nzbn, rates))
        side.row["abn"] = entity.abn
        side.set("tax_number", _tax_number(entity.tax_number, system))
        for name, share in blanks.items():
            if name.endswith("_address") or (name == "other_phone" and system == "xpm"):
                continue
            blanked = never_entered(dice, (side.row[name], side.causes[name]), rates.blank * share, system)
            side.set(name, blanked)
        for name, true in (("physical_address", entity.physical), ("postal_address", entity.postal)):
            if dice.chance(rates.blank * blanks[name]):
                written = Address(), ([f"blank_{system}"] if true else [])
            else:
                written = address(dice, true, rates, system, home.town, name == "physical_address")
            side.set_address(name, written)


def _tax_number(value: str | None, system: str) -> writing.Written:
    """Give the tax number in clear in Connectworks, masked to its last three digits in XPM."""
    if value is None or system == "connectworks":
        return value, []
    return "******" + value[-3:], ["masked"]
