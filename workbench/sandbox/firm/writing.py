"""How people write phones, mailboxes, websites, dates and numbers: habits, slips and stale values.

Each function takes the plain true value and gives what stands in the system, with the causes of every
deviation.
"""

from collections.abc import Callable
from dataclasses import dataclass

from . import names, numbers
from .dice import Dice, Weights
from .entities import MACRONS
from .slips import change_digit, swap_last_two, swap_neighbours, unmistaken

Written = tuple[str | None, list[str]]


@dataclass(frozen=True, slots=True)
class Rates:
    """How careful one system's people are; each is a probability per value, from 0 to 1.

    Parameters
    ----------
    habit : float
        Written in another, equally good form.
    blank : float
        Never entered.
    slip : float
        Mistyped or damaged.
    stale : float
        True once, or true of somebody else.
    """

    habit: float = 0.35
    blank: float = 0.10
    slip: float = 0.025
    stale: float = 0.045

    def scaled(self, factor: float) -> "Rates":
        """Give rates with blanks, slips and stale values made more or less frequent."""
        return Rates(self.habit, *(min(0.9, rate * factor) for rate in (self.blank, self.slip, self.stale)))


def drop_macrons(text: str) -> str:
    """Write without macrons and accents, as old systems made people do."""
    return text.translate(MACRONS)


# Phones ----------------------------------------------------------------------------------------------


def _international(text: str, country: str) -> str:
    return ("+61 " if country == "AU" else "+64 ") + text[1:]


PHONE_STYLES: Weights[Callable[[str, str], str]] = Weights(
    (lambda text, country: text.replace(" ", ""), 30),
    (_international, 30),
    (lambda text, country: "({}) {}".format(*text.split(" ", 1)), 14),
    (lambda text, country: "({}) {}".format(*text.split(" ", 1)).replace("555 ", "555-"), 6),
    (lambda text, country: text.replace(" ", "-"), 10),
    (lambda text, country: "00" + _international(text, country)[1:], 4),
    (lambda text, country: _international(text, country)[:4] + "(0)" + text[1:], 6),
)


def phone(dice: Dice, value: str | None, rates: Rates, country: str) -> Written:
    """Write a phone number."""
    if value is None:
        return placeholder(dice, None, rates, ("n/a", "TBC", "-"))
    causes: list[str] = []
    if dice.chance(rates.stale):
        value = _another_phone(dice, value, country)
        causes.append("new_number")
    elif dice.chance(rates.slip):
        return _slipped_phone(dice, value, country)
    if dice.chance(rates.habit):
        value = dice.weighted(PHONE_STYLES)(value, country)
        causes.append("format_phone")
    return value, causes


def _another_phone(dice: Dice, value: str, country: str) -> str:
    """Give a number that was, or has become, the one to call: of the same area or again a mobile."""
    area = value.split(" ", 1)[0]
    mobile = area.startswith("0491") if country == "AU" else area.startswith("02")
    other = numbers.mobile(dice, country) if mobile else numbers.landline(dice, area, country)
    return unmistaken(other, value, numbers.next_of_kind)


def _slipped_phone(dice: Dice, value: str, country: str) -> Written:
    kind = dice.number(1, 10)
    if kind <= 3:
        return value[:-2] + swap_last_two(value), ["digits_swapped"]
    if kind <= 5:
        return change_digit(dice, value), ["typo_digit"]
    if kind == 6:
        return f"{value} ext {dice.number(1, 40)}", ["extension"]
    if kind == 7:
        second = unmistaken(numbers.mobile(dice, country), value, numbers.next_of_kind)
        return f"{value} / {second}", ["two_numbers"]
    if kind == 8 and " 555 " in value and not value.startswith("02"):
        return value.split(" ", 1)[1], ["no_area_code"]
    return value[1:], ["excel_zero_lost"]


def placeholder(dice: Dice, value: str | None, rates: Rates, choices: tuple[str, ...]) -> Written:
    """Where nothing is known, sometimes write a word that says so."""
    if value is None and dice.chance(rates.slip):
        return dice.pick(choices), ["placeholder"]
    return value, []


# Mailboxes and websites ------------------------------------------------------------------------------


def email(dice: Dice, value: str | None, rates: Rates, who: str) -> Written:
    """Write a mailbox."""
    if value is None:
        return placeholder(dice, None, rates, ("none@none.com", "n/a", "no@email.com"))
    causes: list[str] = []
    if dice.chance(rates.stale):
        value = "old." + value
        causes.append("old_mailbox")
    elif dice.chance(rates.slip):
        kind = dice.number(1, 6)
        local, domain = value.split("@")
        if kind <= 3:
            return f"{swap_neighbours(dice, local)}@{domain}", ["typo_letter"]
        if kind == 4:
            return f"{value}; reception@{domain}", ["second_mailbox"]
        return dice.pick((f"{who} <{value}>", f"mailto:{value}", f"{value} ")), ["email_wrapper"]
    if dice.chance(rates.habit * 0.4):
        value = value.upper() if dice.chance(0.2) else value[0].upper() + value[1:]
        causes.append("case")
    return value, causes


def website(dice: Dice, value: str | None, rates: Rates) -> Written:
    """Write a website."""
    if value is None:
        return None, []
    bare = value.removeprefix("www.")
    if dice.chance(rates.stale):
        return bare.replace(".example", "-old.example"), ["old_website"]
    if dice.chance(rates.slip):
        return f"facebook.com/{bare.removesuffix('.example')}", ["facebook_page"]
    if dice.chance(rates.habit):
        return dice.pick((bare, f"http://{value}", f"https://{value}/", f"https://{bare}")), ["format_url"]
    return value, []


# Dates and identifiers -------------------------------------------------------------------------------


def birth_date(dice: Dice, value: tuple[int, int, int] | None, rates: Rates, iso: bool) -> Written:
    """Write a date of birth: day first in Connectworks, year first in XPM."""
    if value is None:
        return None, []
    year, month, day = value
    causes = ["format_date"] if iso else []
    if day <= 12 and day != month and dice.chance(rates.slip):
        month, day = day, month
        causes.append("day_month_swapped")
    elif dice.chance(rates.slip):
        return ("1900-01-01" if iso else "01/01/1900"), ["default_date"]
    return (f"{year}-{month:02}-{day:02}" if iso else f"{day:02}/{month:02}/{year}"), causes


def identifier(dice: Dice, value: str | None, rates: Rates) -> Written:
    """Write a company or business number."""
    if value is None:
        return None, []
    digits = value.replace(" ", "")
    if dice.chance(rates.slip):
        if len(digits) >= 11 and dice.chance(0.4):
            return f"{digits[0]}.{digits[1:3].rstrip('0') or '0'}E+{len(digits) - 1}", ["excel_damage"]
        return numbers.mistyped(dice, digits), ["typo_digit"]
    if dice.chance(rates.habit * 0.2):
        styled = digits if " " in value else f"{digits[:-3]} {digits[-3:]}"
        return styled, ["format_number"]
    return value, []


def never_entered(dice: Dice, written: Written, share: float, side: str) -> Written:
    """Leave a value out, with the given probability."""
    if written[0] is not None and dice.chance(share):
        return None, [f"blank_{side}"]
    return written


# Organisations' and people's names -------------------------------------------------------------------

_COMPANY_SUFFIX = {
    "Limited": ("Ltd", "Ltd.", "LTD"),
    "Ltd": ("Limited",),
}


_DOUBLED = {"ā": "aa", "ē": "ee", "ī": "ii", "ō": "oo", "ū": "uu"}


def shared_habits(dice: Dice, text: str, rates: Rates) -> tuple[str, list[str]]:
    """Write any name without macrons, in capitals or with curly quotes, now and then."""
    causes = []
    plain = drop_macrons(text)
    if plain != text and dice.chance(rates.habit):
        if dice.chance(0.12):
            doubled = "".join(_DOUBLED.get(letter, letter) for letter in text)
            text, cause = (doubled, "vowel_doubled") if doubled != text else (plain, "macron_dropped")
        else:
            text, cause = plain, "macron_dropped"
        causes.append(cause)
    if "'" in text and dice.chance(rates.habit):
        text = text.replace("'", "’")
        causes.append("curly_quote")
    if dice.chance(rates.habit * 0.12):
        text = text.upper()
        causes.append("case")
    return text, causes


def organisation_name(dice: Dice, name: str, kind: str, rates: Rates) -> tuple[str, list[str]]:
    """Write the name of a company, trust, partnership or estate."""
    text, causes = name, []
    if dice.chance(rates.slip):
        text = swap_neighbours(dice, text.split(" ")[0]) + text[len(text.split(" ")[0]) :]
        causes.append("typo_letter")
    last = text.rsplit(" ", 1)[-1]
    if last in _COMPANY_SUFFIX and dice.chance(rates.habit):
        text = text[: -len(last)] + dice.pick(_COMPANY_SUFFIX[last])
        causes.append("suffix")
    if " & " in text and kind == "company" and dice.chance(rates.habit):
        text = text.replace(" & ", " and ")
        causes.append("ampersand")
    if text.startswith("The ") and dice.chance(rates.habit):
        text = text[4:]
        causes.append("the_dropped")
    if text.endswith(" Trust") and dice.chance(rates.habit * 0.12):
        text = text[:-5] + "Tr."
        causes.append("trust_abbrev")
    if text.endswith(" No 2") and dice.chance(rates.habit):
        text = text[:-4] + "(No 2)"
        causes.append("number_style")
    if text.startswith("Estate of ") and dice.chance(rates.habit):
        first, _, last = text.removeprefix("Estate of ").rpartition(" ")
        text = f"{last}, {first} (Estate)"
        causes.append("estate_wording")
    text, more = shared_habits(dice, text, rates)
    return text, causes + more


def person_parts(
    dice: Dice, first: str, middle: str | None, last: str, rates: Rates
) -> tuple[str, str | None, str, list[str]]:
    """Write a person's first, middle and last name, with slips in any of them."""
    causes = []
    if middle and dice.chance(rates.habit * 0.8):
        middle, cause = (None, "middle_name_dropped") if dice.chance(0.7) else (middle[0], "middle_initial")
        causes.append(cause)
    if first in names.SHORT and dice.chance(rates.habit * 0.3):
        first = names.SHORT[first]
        causes.append("short_name")
    if dice.chance(rates.slip):
        last = swap_neighbours(dice, last)
        causes.append("typo_letter")
    elif dice.chance(rates.stale * 0.25):
        last = dice.pick(names.LAST["pakeha"])
        causes.append("married_name")
    return first, middle, last, causes
