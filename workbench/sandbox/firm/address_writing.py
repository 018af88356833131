"""How people write addresses: abbreviations, boxes, lost postcodes, old homes, a box in a house's place."""

from .dice import Dice
from .entities import MACRONS
from .places import BLANK, Address, Town, draw_street_address, further_up
from .slips import swap_neighbours, unmistaken
from .writing import Rates

WrittenAddress = tuple[Address, list[str]]
ABBREVIATIONS = {
    "Street": "St", "Road": "Rd", "Avenue": "Ave", "Place": "Pl", "Lane": "Ln", "Terrace": "Tce",
    "Drive": "Dr", "Crescent": "Cres",
}  # fmt: skip
STATES = {
    "VIC": "Victoria",
    "NSW": "New South Wales",
    "QLD": "Queensland",
    "WA": "Western Australia",
    "TAS": "Tasmania",
}
RESPELLED = {"Whanganui": "Wanganui", "Palmerston North": "Palmerston Nth"}


def address(
    dice: Dice, true: Address | None, rates: Rates, side: str, town: Town, physical: bool
) -> WrittenAddress:
    """Write an address as one system's people do.

    Parameters
    ----------
    dice : Dice
        The source of chance.
    true : Address or None
        The true address; None where there is none.
    rates : Rates
        How careful the system's people are.
    side : {"connectworks", "xpm"}
        XPM has no place for a suburb: it stands in the last line.
    town : Town
        Where an earlier home would have been.
    physical : bool
        Whether this is the place and not the mail's address.

    Returns
    -------
    tuple of Address and list of str
        What stands in the system, and why it is not the true value.
    """
    if true is None or true.lines is None:
        return BLANK, []
    if dice.chance(rates.stale):
        written, causes = _stale(dice, true, town, physical)
    elif dice.chance(rates.slip):
        written, causes = _slip(dice, true, physical)
    else:
        written, causes = true, []
    if CAUSES_THAT_END.intersection(causes):
        return written, causes
    for habit in (_street_habits, _place_habits):
        written, more = habit(dice, written, rates)
        causes = causes + more
    if side == "xpm" and written.suburb:
        written = written.with_parts(lines=f"{written.lines}\n{written.suburb}", suburb=None)
        causes = [*causes, "suburb_in_lines"]
    return written, causes


CAUSES_THAT_END = {"as_above"}


def _stale(dice: Dice, true: Address, town: Town, physical: bool) -> WrittenAddress:
    if not physical and dice.chance(0.45):
        box = unmistaken(f"PO Box {dice.number(90000, 90040)}", true.lines or "", further_up)
        return true.with_parts(lines=f"C/- Farrow & Finch\n{box}", suburb=None), ["old_agent_po_box"]
    home = draw_street_address(dice, town)
    return home.with_parts(lines=unmistaken(home.lines or "", true.lines or "", further_up)), ["moved_house"]


def _slip(dice: Dice, true: Address, physical: bool) -> WrittenAddress:
    lines = true.lines or ""
    kind = dice.number(1, 10)
    if kind <= 2:
        return Address(lines=dice.pick(("As above", "Same as postal" if physical else "Same as physical"))), [
            "as_above"
        ]
    if kind <= 4 and physical:
        box = true.with_parts(lines=f"PO Box {dice.number(90000, 99999)}", suburb=None)
        return box, ["po_box_as_physical"]
    if kind == 5 and lines.startswith("Level "):
        return true.with_parts(lines=lines.split(", ", 1)[1]), ["level_lost"]
    if kind == 6 and true.postcode and true.postcode.startswith("0"):
        return true.with_parts(postcode=true.postcode[1:]), ["excel_zero_lost"]
    if kind == 7 and not physical:
        return true.with_parts(lines=f"C/- The Manager\n{lines}"), ["care_of"]
    number, _, street = lines.partition(" ")
    return true.with_parts(lines=f"{number} {swap_neighbours(dice, street)}"), ["typo_street"]


def _street_habits(dice: Dice, written: Address, rates: Rates) -> WrittenAddress:
    lines, causes = written.lines or "", []
    if dice.chance(rates.habit):
        first, _, rest = lines.partition("\n")
        word = first.rsplit(" ", 1)[-1]
        if word in ABBREVIATIONS:
            lines = first[: -len(word)] + ABBREVIATIONS[word] + ("\n" + rest if rest else "")
            causes.append("format_address_abbrev")
    if dice.chance(rates.habit * 0.4) and "/" in lines[:3]:
        (unit, rest), word = lines.split("/", 1), dice.pick(("Flat", "Unit"))
        if unit.isdigit():  # and no C/-
            lines = f"{word} {unit}, {rest}"
            causes.append("format_unit")
    if lines.startswith("PO Box ") and dice.chance(rates.habit * 0.6):
        box = lines.removeprefix("PO Box ")
        lines = dice.pick((f"P O Box {box}", f"PO Box {box[:2]} {box[2:]}", f"P.O. Box {box}"))
        causes.append("format_po_box")
    if "\nRD " in lines and dice.chance(rates.habit):
        lines = lines.replace("\nRD ", dice.pick(("\nR D ", ", RD", "\nRD")))
        causes.append("format_rural")
    if dice.chance(rates.habit * 0.08):
        lines = lines.upper()
        causes.append("case")
    return written.with_parts(lines=lines), causes


def _place_habits(dice: Dice, written: Address, rates: Rates) -> WrittenAddress:
    causes = []
    parts: dict[str, str | None] = {}
    city = written.city or ""
    if city in RESPELLED and dice.chance(rates.habit):
        parts["city"] = RESPELLED[city]
        causes.append("city_respelled")
    elif city.translate(MACRONS) != city and dice.chance(rates.habit):
        parts["city"] = city.translate(MACRONS)
        causes.append("macron_dropped")
    if written.country == "New Zealand" and dice.chance(rates.habit * 1.2):
        parts["country"] = None
        causes.append("country_missing")
    if written.region in STATES and dice.chance(rates.habit):
        parts["region"] = STATES[written.region]
        causes.append("state_in_full")
    if dice.chance(rates.blank * 0.6):
        parts["postcode"] = None
        causes.append("postcode_missing")
    return (written.with_parts(**parts) if parts else written), causes
