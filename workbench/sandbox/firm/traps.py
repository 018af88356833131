"""The demo firm's traps made into records of both systems, with what a careful person says of them."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from . import names, numbers
from .causes import CAUSES
from .dice import Dice
from .places import BLANK, Address, draw_box_address, draw_street_address, draw_town
from .sides import FIELDS as COMPARED
from .sides import PARTS, Row, Side, XpmContact
from .stream import pair_truth, truth_row
from .trap_lists import FIELDS, ORGANISATIONS, PEOPLE, SETS, Detail, Field, Whose

KINDS = {
    "I": "individual",
    "C": "company",
    "T": "trust",
    "P": "partnership",
    "LP": "limited_partnership",
    "E": "estate",
}
STRUCTURES = {
    "individual": "Individual",
    "company": "Company",
    "trust": "Trust",
    "partnership": "Partnership",
    "limited_partnership": "Limited Partnership",
    "estate": "Estate",
}
_NOT_TEXTS = {"kind", "born", "tax_number", "card_email", "physical_address", "postal_address"}


@dataclass
class Trap:
    """A few records that a careless tool would get wrong.

    Attributes
    ----------
    connectworks, xpm : list of Side
        The records.
    cards : list of XpmContact or None
        The primary contact of each XPM client.
    tax_numbers : dict
        Tax numbers in clear, by XPM client.
    verdicts : list of (int, int, str)
        What a careful person says of pairs of records, by their places.
    causes : tuple of str
        Why they look different, or alike.
    linked : tuple of int, optional
        Places of a Connectworks record and of the XPM client that it is already linked to.
    """

    connectworks: list[Side] = field(default_factory=list)
    xpm: list[Side] = field(default_factory=list)
    cards: list[XpmContact | None] = field(default_factory=list)
    tax_numbers: dict[str, str] = field(default_factory=dict)
    verdicts: list[tuple[int, int, str]] = field(default_factory=list)
    causes: tuple[str, ...] = ()
    linked: tuple[int, int] | None = None

    def linked_ids(self) -> list[str | None]:
        """Give for each Connectworks record the XPM client that it is already linked to."""
        ids: list[str | None] = [None] * len(self.connectworks)
        if self.linked:
            ids[self.linked[0]] = self.xpm[self.linked[1]].row["client_id"]
        return ids

    def truth(self) -> list[Row]:
        """Give the truth about the trap."""
        rows = []
        for here, there, verdict in self.verdicts:
            one, other = self.connectworks[here], self.xpm[there]
            if verdict == "link":
                rows += pair_truth(one, other)
                continue
            row = {"absent": "decoy", "review": "ambiguous", "twin": "twin"}[verdict]
            cause = self.causes[0] if verdict != "twin" and self.causes else "archived_twin"
            ids = one.row["client_id"], other.row["client_id"]
            rows.append(
                truth_row(row, *ids, cause=cause, effect="review" if verdict == "review" else "absent")
            )
        return rows


def traps(dice: Dice, first_number: int) -> Iterator[Trap]:
    """Draw every trap.

    Parameters
    ----------
    dice : Dice
        The source of chance for what the lists leave open.
    first_number : int
        The number of the first Connectworks record.
    """
    maker = _Maker(dice, first_number)
    for whose in (*ORGANISATIONS, *PEOPLE, *SETS):
        yield maker.whose(whose)
    for hard in FIELDS:
        yield maker.hard_field(hard)


class _Maker:
    """Makes records from the lists and gives them their ids."""

    def __init__(self, dice: Dice, number: int) -> None:
        self.dice = dice
        self.number = number

    def whose(self, whose: Whose) -> Trap:
        """Make a trap of who is who."""
        both = {"country": "NZ", **whose.both}
        if whose.shared:
            both = {**self._shared(both["country"]), **both}
        trap = Trap(causes=whose.causes, linked=whose.linked)
        for detail in whose.connectworks:
            self._add_connectworks(trap, {**both, **detail})
        for detail in whose.xpm:
            self._add_xpm(trap, {**both, **detail})
        for side in trap.xpm:
            side.causes["legal_name"] = [cause for cause in whose.causes if cause in CAUSES]
        trap.verdicts = [
            (here, there, whose.verdicts.get((here, there), whose.verdict))
            for here in range(len(trap.connectworks))
            for there in range(len(trap.xpm))
        ]
        return trap

    def hard_field(self, hard: Field) -> Trap:
        """Make a true pair that is equal but for one field."""
        both = {**self._shared("NZ"), **self._name(hard.more_connectworks.get("kind", "I")), "country": "NZ"}
        trap = Trap(verdicts=[(0, 0, "link")])
        self._add_connectworks(trap, {**both, **hard.more_connectworks, hard.name: hard.connectworks})
        self._add_xpm(trap, {**both, **hard.more_xpm, hard.name: hard.xpm})
        causes = {"connectworks": trap.connectworks, "xpm": trap.xpm}[hard.side][0].causes
        for name in {hard.name, *hard.more_xpm}.intersection(COMPARED):
            causes[name] = list(hard.causes)
        return trap

    def _name(self, kind: str) -> Detail:
        dice = self.dice
        if kind == "C":
            words = (dice.pick(names.WORDS), dice.pick(names.LAST["pakeha"]), dice.pick(names.TRADES))
            return {"kind": "C", "legal_name": " ".join((*words, "Limited")), "nzbn": numbers.nzbn(dice)}
        first, last = dice.pick(names.FIRST["pakeha"]), dice.pick(names.LAST["pakeha"])
        return {"kind": "I", "legal_name": f"{first} {last}", "first_name": first, "last_name": last}

    def _shared(self, country: str) -> Detail:
        """Draw the mailbox, phones and addresses of one household."""
        dice = self.dice
        town = draw_town(dice, country)
        physical = draw_street_address(dice, town).with_parts(suburb=None)
        return {
            "email": f"office{dice.digits(3)}@{dice.pick(names.MAIL_HOSTS)}.example",
            "primary_phone": numbers.landline(dice, town.area, country),
            "other_phone": numbers.mobile(dice, country),
            "physical_address": physical,
            "postal_address": draw_box_address(dice, town) if dice.chance(0.5) else physical,
        }

    def _add_connectworks(self, trap: Trap, detail: Detail) -> None:
        row = _row("connectworks", f"cw_{self.number:06}", detail)
        row["date_of_birth"] = detail.get("born") or detail.get("date_of_birth")
        row["tax_number"] = detail.get("tax_number")
        self.number += 1
        trap.connectworks.append(Side(row))

    def _add_xpm(self, trap: Trap, detail: Detail) -> None:
        row = _row("xpm", self.dice.uuid(), detail)
        row.setdefault("structure", STRUCTURES[str(row["entity_type"])])
        side = Side(row)
        if "born" in detail:
            row["date_of_birth"] = "-".join(reversed(detail["born"].split("/")))
            side.causes["date_of_birth"] = ["format_date"]
        if "tax_number" in detail:
            row["tax_number"] = "******" + detail["tax_number"][-3:]
            side.causes["tax_number"] = ["masked"]
            trap.tax_numbers[str(row["client_id"])] = detail["tax_number"]
        trap.xpm.append(side)
        trap.cards.append(self._card(row, detail))

    def _card(self, row: Row, detail: Detail) -> XpmContact | None:
        """Give the client's primary contact, where something is known about it."""
        email = detail.get("card_email")
        if row.get("other_phone") is None and email is None:
            return None
        row["contact_id"] = self.dice.uuid()
        if email:
            row["email"], row["email_source"] = email, "primary_contact"
        name = str(row["legal_name"])
        return XpmContact(str(row["contact_id"]), name, row.get("other_phone"), [], email)


def _row(system: str, client_id: str, detail: dict[str, Any]) -> Row:
    row: Row = {
        "side": system,
        "client_id": client_id,
        "nature": "client",
        "entity_type": KINDS[detail.get("kind", "I")],
        "lifecycle": "active",
    }
    row |= {name: value for name, value in detail.items() if name not in _NOT_TEXTS}
    for prefix in ("physical", "postal"):
        address: Address = detail.get(f"{prefix}_address") or BLANK
        row |= {f"{prefix}_{part}": getattr(address, part) for part in PARTS}
    return row
