"""Towns with their postcodes, area codes and (invented) suburbs, and the addresses drawn in them."""

import re
from dataclasses import dataclass, replace

from .dice import Dice
from .names import STREET_TYPES, STREETS


@dataclass(frozen=True)
class Town:
    """One town: how it is written, its region, the starts of its postcodes and its telephone area."""

    city: str
    region: str
    postcode: str
    area: str
    suburbs: tuple[str, ...]
    country: str = "New Zealand"


NZ_TOWNS = (
    Town(
        "Auckland",
        "Auckland",
        "061",
        "09",
        ("Albany Heights", "Puketāpapa Rise", "Orakau Bay", "Te Pānui", ""),
    ),
    Town("Auckland", "Auckland", "101", "09", ("Grafton Hill", "Point Tester", "Freemans Gully", "")),
    Town("Hamilton", "Waikato", "320", "07", ("Rotokauri Park", "Claudesfield", "Te Rapaki", "")),
    Town("Tauranga", "Bay of Plenty", "311", "07", ("Pukehua", "Matuahine", "Bethany", "")),
    Town("Whangārei", "Northland", "011", "09", ("Onerahi Point", "Kamohill", "")),
    Town("Taupō", "Waikato", "335", "07", ("Nukuhau Rise", "Rainbow Flat", "")),
    Town("Napier", "Hawke's Bay", "411", "06", ("Tāraira", "Marewa Flat", "")),
    Town("Whanganui", "Manawatū-Whanganui", "450", "06", ("Castlehill", "Gonvale", "")),
    Town("Palmerston North", "Manawatū-Whanganui", "441", "06", ("Hokowhitu Park", "Takarōria", "")),
    Town("Wellington", "Wellington", "601", "04", ("Kelbrook", "Te Arohanui", "Mount Tester", "Karorua", "")),
    Town("Nelson", "Nelson", "701", "03", ("Tāhunaroa", "Stokeley", "")),
    Town(
        "Christchurch",
        "Canterbury",
        "801",
        "03",
        ("Riccarfield", "Ōpāwa Bend", "Sumnerton", "Merivale Park", ""),
    ),
    Town("Dunedin", "Otago", "901", "03", ("Mornington Hill", "Roslyndale", "St Kildare", "")),
    Town("Cambridge", "Waikato", "343", "07", ("Leamingfield", "")),
)
AU_TOWNS = (
    Town("Melbourne", "VIC", "300", "03", ("Fitzgrove", "Carltonia", ""), "Australia"),
    Town("Sydney", "NSW", "200", "02", ("Newtonville", "Glebeside", ""), "Australia"),
    Town("Brisbane", "QLD", "400", "07", ("New Farmstead", "Toowongah", ""), "Australia"),
    Town("Perth", "WA", "600", "08", ("Subiacre", ""), "Australia"),
    Town("Geelong", "VIC", "322", "03", ("Beltona", ""), "Australia"),
    Town("Hobart", "TAS", "700", "03", ("Battery Hill", ""), "Australia"),
)


@dataclass(frozen=True)
class Address:
    """An address in six parts, as both systems' people write it; a part that is not known is None."""

    lines: str | None = None
    suburb: str | None = None
    city: str | None = None
    region: str | None = None
    postcode: str | None = None
    country: str | None = None

    def with_parts(self, **parts: str | None) -> "Address":
        """Give the address with some parts changed."""
        return replace(self, **parts)


BLANK = Address()


def draw_town(dice: Dice, country: str) -> Town:
    """Give a town of the country (``NZ`` or ``AU``), the larger ones more often."""
    return dice.pick_early(AU_TOWNS if country == "AU" else NZ_TOWNS)


def draw_street_address(dice: Dice, town: Town) -> Address:
    """Give an invented street or rural address in the town."""
    number = dice.number(1, 240)
    street = f"{dice.pick(STREETS)} {dice.pick_early(STREET_TYPES)}"
    kind = dice.number(1, 20)
    suburb: str | None = dice.pick(town.suburbs) or None
    if kind <= 3:
        lines = f"{dice.number(1, 12)}/{number} {street}"
    elif kind == 4:
        lines = f"Level {dice.number(1, 9)}, {number} {street}"
    elif kind == 5:
        lines = f"{number}{dice.pick('ABC')} {street}"
    elif kind <= 7 and town.country == "New Zealand":
        lines, suburb = f"{number} {street}\nRD {dice.number(1, 9)}", None
    else:
        lines = f"{number} {street}"
    return _in_town(town, lines, suburb, str(dice.number(0, 9)))


def further_up(lines: str) -> str:
    """Give a box, or a house of the same street, a hundred numbers and more further up."""
    return re.sub(r"\d+(?=[A-C]? \D|$)", lambda number: str(int(number[0]) + 111), lines, count=1)


def draw_box_address(dice: Dice, town: Town) -> Address:
    """Give an invented PO Box or Private Bag in the town."""
    kind = "Private Bag" if dice.chance(0.04) else "PO Box"
    return _in_town(town, f"{kind} {dice.number(90000, 99999)}", None, "4")


def _in_town(town: Town, lines: str, suburb: str | None, last_digit: str) -> Address:
    region = town.region if town.country == "Australia" else None
    return Address(lines, suburb, town.city, region, town.postcode + last_digit, town.country)
