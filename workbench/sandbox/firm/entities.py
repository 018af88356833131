"""The true entities behind both systems' records, drawn as households with their trusts and companies.

A household shares its mailbox, phones and addresses, as in life: that is what makes linking hard.
"""

from dataclasses import dataclass, field
from typing import Literal

from . import names, numbers
from .dice import Dice, Weights
from .places import Address, Town, draw_box_address, draw_street_address, draw_town

Country = Literal["NZ", "AU"]


@dataclass(slots=True)
class Person:
    """A person's own facts; also who answers for the entities they belong to."""

    first: str
    middle: str | None
    last: str
    born: tuple[int, int, int]
    mobile: str
    email: str | None
    title: str | None = None

    @property
    def name(self) -> str:
        """The name in its usual order."""
        return " ".join(part for part in (self.first, self.middle, self.last) if part)


@dataclass(slots=True)
class Entity:
    """One client in truth, before either system has written it down."""

    kind: str
    name: str
    country: Country
    person: Person | None = None
    answers: Person | None = None
    subtype: str | None = None
    trading_name: str | None = None
    email: str | None = None
    website: str | None = None
    phone: str | None = None
    physical: Address | None = None
    postal: Address | None = None
    company_number: str | None = None
    nzbn: str | None = None
    abn: str | None = None
    tax_number: str | None = None
    deceased: bool = False


@dataclass(slots=True)
class Household:
    """People, their entities, and who plays which part in which: (entity, person, role)."""

    name: str
    country: Country
    town: Town
    people: list[Person] = field(default_factory=list)
    entities: list[Entity] = field(default_factory=list)
    roles: list[tuple[Entity, Person, str]] = field(default_factory=list)
    decoys: list[tuple[Entity, Entity, str]] = field(default_factory=list)


ORIGINS = Weights(("pakeha", 58), ("maori", 17), ("pasifika", 7), ("chinese", 9), ("indian", 9))
TRUST_KINDS = Weights(*(((label, subtype), weight) for label, subtype, weight in names.TRUST_KINDS))


class Population:
    """Draws household after household; holds only counters, so that any number can be drawn.

    Parameters
    ----------
    dice : Dice
        The source of chance.
    au_share : float
        Share of Australian households, from 0 to 1.
    """

    def __init__(self, dice: Dice, au_share: float = 0.08) -> None:
        self.dice = dice
        self.au_share = au_share
        self._companies = dice.number(0, 99_999)

    def household(self) -> Household:
        """Draw one household with everything that belongs to it."""
        dice = self.dice
        country: Country = "AU" if dice.chance(self.au_share) else "NZ"
        origin = dice.weighted(ORIGINS)
        last = dice.pick_early(names.LAST[origin])
        home = Household(last, country, draw_town(dice, country))
        shared = _Shared(dice, home)
        couple = dice.chance(0.45)
        for place in range(2 if couple else 1):
            self._add_person(home, shared, origin, last, elder=None if place == 0 else home.people[0])
        if dice.chance(0.04):
            self._add_child_of_same_name(home, shared)
        if couple and dice.chance(0.08):
            self._add_partnership(home, shared)
        if dice.chance(0.42):
            self._add_trusts(home, shared)
        if dice.chance(0.45):
            self._add_companies(home, shared)
        if dice.chance(0.03):
            self._add_estate(home, shared)
        return home

    def _add_person(
        self, home: Household, shared: "_Shared", origin: str, last: str, elder: Person | None
    ) -> Person:
        dice = self.dice
        first = dice.pick_early(names.FIRST[origin])
        if elder is not None and first == elder.first:
            first = dice.pick(names.FIRST[origin])
        middle = dice.pick(names.FIRST[origin]) if dice.chance(0.62) else None
        middle = None if middle == first else middle
        year = elder.born[0] + dice.number(-7, 7) if elder else dice.number(1938, 2001)
        person = _person(dice, first, middle, last, year, home.country)
        home.people.append(person)
        home.entities.append(shared.individual(person))
        return person

    def _add_child_of_same_name(self, home: Household, shared: "_Shared") -> None:
        parent = home.people[0]
        year = parent.born[0] + self.dice.number(22, 38)
        child = _person(self.dice, parent.first, None, parent.last, min(year, 2004), home.country)
        home.people.append(child)
        home.entities.append(shared.individual(child))
        home.decoys.append((home.entities[0], home.entities[-1], "parent_and_child"))

    def _add_partnership(self, home: Household, shared: "_Shared") -> None:
        one, two = home.people[:2]
        name = f"{one.first[0]} & {two.first[0]} {home.name} Partnership"
        partnership = shared.organisation("partnership", name, subtype=None)
        home.entities.append(partnership)
        home.roles += [(partnership, one, "Partner"), (partnership, two, "Partner")]

    def _add_trusts(self, home: Household, shared: "_Shared") -> None:
        dice = self.dice
        label, subtype = dice.weighted(TRUST_KINDS)
        initials = ""
        if dice.chance(0.35):
            initials = " & ".join(_initials(person) for person in home.people[:2]) + " "
        elif dice.chance(0.25):
            initials = "The "
        names_ = [f"{initials}{home.name} {label}"]
        if dice.chance(0.12):
            names_.append(f"{initials}{home.name} {label} No 2")
        trusts = [shared.organisation("trust", name, subtype) for name in names_]
        for trust in trusts:
            home.entities.append(trust)
            home.roles += [(trust, person, "Trustee") for person in home.people[:2]]
        if len(trusts) == 2:
            home.decoys.append((trusts[0], trusts[1], "second_trust"))
        if dice.chance(0.3):
            year = f" ({dice.number(2004, 2023)})" if dice.chance(0.5) else ""
            trustee = self._company(home, shared, f"{home.name} {dice.pick(names.WORDS)} Trustees{year}")
            home.decoys.append((trusts[0], trustee, "trustee_company"))

    def _add_companies(self, home: Household, shared: "_Shared") -> None:
        dice = self.dice
        stem = self._company_stem()
        company = self._company(home, shared, stem)
        if dice.chance(0.14):
            company.trading_name = f"{dice.pick(names.WORDS)} {dice.pick(names.TRADES)}"
        if dice.chance(0.12):
            sister = self._company(home, shared, f"{stem} ({dice.number(2005, 2024)})")
            home.decoys.append((company, sister, "sister_company_year"))
        elif dice.chance(0.05):
            fund = shared.organisation("limited_partnership", f"{stem} Limited Partnership", None)
            home.entities.append(fund)
            home.roles.append((fund, home.people[0], "Partner"))
            partner = self._company(home, shared, f"{stem} GP")
            home.decoys.append((fund, partner, "general_partner"))

    def _company(self, home: Household, shared: "_Shared", stem: str) -> Entity:
        """Add a company whose name no other live company has, as the register demands."""
        self._companies += 1
        suffix = "Pty Ltd" if home.country == "AU" else "Limited"
        company = shared.organisation("company", f"{stem} {suffix}", "limited_small")
        if home.country == "AU":
            company.company_number = numbers.acn(self.dice)
        else:
            company.company_number = numbers.company_number(self._companies)
            company.nzbn = numbers.nzbn(self.dice)
        home.entities.append(company)
        for person in home.people[:2]:
            home.roles += [(company, person, "Director"), (company, person, "Shareholder")]
        return company

    def _company_stem(self) -> str:
        """Walk through every combination of words once before one returns."""
        first_words = names.WORDS + names.LAST["pakeha"]
        total = len(first_words) * len(names.MIDDLES) * len(names.TRADES)
        place = self._companies * 1_000_003 % total
        place, trade = divmod(place, len(names.TRADES))
        first, middle = divmod(place, len(names.MIDDLES))
        return " ".join(
            part for part in (first_words[first], names.MIDDLES[middle], names.TRADES[trade]) if part
        )

    def _add_estate(self, home: Household, shared: "_Shared") -> None:
        person = home.people[0]
        estate = shared.organisation("estate", f"Estate of {person.name}", None)
        home.entities[0].deceased = True
        home.entities.append(estate)
        home.roles.append((estate, home.people[-1], "Executor"))
        home.decoys.append((home.entities[0], estate, "person_and_estate"))


class _Shared:
    """What a household's entities have in common: mailbox, phone and addresses."""

    def __init__(self, dice: Dice, home: Household) -> None:
        self.dice = dice
        self.home = home
        self.physical = draw_street_address(dice, home.town)
        self.postal = draw_box_address(dice, home.town) if dice.chance(0.45) else self.physical
        self.phone = numbers.landline(dice, home.town.area, home.country)
        domain = f"{_plain(home.name)}{dice.digits(3)}"
        self.website = f"www.{domain}.example"
        self.mailbox = f"{dice.pick(('office', 'info', 'admin', 'accounts'))}@{domain}.example"
        self.family_mailbox = f"{_plain(home.name)}{dice.digits(2)}@{dice.pick(names.MAIL_HOSTS)}.example"

    def individual(self, person: Person) -> Entity:
        """Give a person as a client in their own right."""
        email = self.family_mailbox if self.dice.chance(0.18) else person.email
        entity = Entity("individual", person.name, self.home.country, person, person, email=email)
        self._places(entity, landline=0.45, website=0.02, postal=0.75)
        return entity

    def organisation(self, kind: str, name: str, subtype: str | None) -> Entity:
        """Give a trust, company, partnership or estate of the household."""
        person = self.home.people[0]
        email = self.mailbox if self.dice.chance(0.55) else person.email
        entity = Entity(kind, name, self.home.country, None, person, subtype, email=email)
        company = kind in {"company", "limited_partnership"}
        self._places(
            entity, landline=0.75 if company else 0.45, website=0.5 if company else 0.03, postal=0.85
        )
        if self.home.country == "AU" and kind != "estate":
            entity.abn = numbers.abn(self.dice)
        return entity

    def _places(self, entity: Entity, landline: float, website: float, postal: float) -> None:
        dice = self.dice
        entity.phone = self.phone if dice.chance(landline) else None
        entity.website = self.website if dice.chance(website) else None
        entity.physical = self.physical if dice.chance(0.93) else draw_street_address(dice, self.home.town)
        entity.postal = self.postal if dice.chance(postal) else None
        if self.home.country == "NZ":
            entity.tax_number = numbers.tax_number(dice)


def _person(dice: Dice, first: str, middle: str | None, last: str, year: int, country: Country) -> Person:
    email = None
    if dice.chance(0.88):
        tail = dice.digits(2) if dice.chance(0.7) else ""
        email = f"{_plain(first)}.{_plain(last)}{tail}@{dice.pick(names.MAIL_HOSTS)}.example"
    title = dice.pick(("Mr", "Mrs", "Ms", "Dr")) if dice.chance(0.3) else None
    born = (year, dice.number(1, 12), dice.number(1, 28))
    return Person(first, middle, last, born, numbers.mobile(dice, country), email, title)


def _initials(person: Person) -> str:
    return person.first[0] + (person.middle[0] if person.middle else "")


MACRONS = str.maketrans("āēīōūĀĒĪŌŪéÉ", "aeiouAEIOUeE")


def _plain(text: str) -> str:
    """Give lower-case ASCII letters only, for mailboxes and domains."""
    return "".join(letter for letter in text.translate(MACRONS).lower() if "a" <= letter <= "z")
