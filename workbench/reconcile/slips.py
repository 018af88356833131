"""How two values came to differ, in a few plain words. What is not recognised stays unnamed."""

from __future__ import annotations

from rapidfuzz.distance import OSA

from workbench.reconcile.normalise import emails as mail
from workbench.reconcile.normalise import phones, websites
from workbench.reconcile.normalise.address_words import STREET_TYPES, WEAK_STREET_TYPES
from workbench.reconcile.normalise.addresses import Address

JUMBLED = "the same letters and digits in another order"
STREET_ENDS = frozenset((*STREET_TYPES.values(), *WEAK_STREET_TYPES.values()))


def typing(first: str, second: str) -> str | None:
    """Name the one slip of the keyboard that lies between two texts.

    Parameters
    ----------
    first, second : str
        Normal forms, neither empty.

    Returns
    -------
    str or None
        Such as “two digits swapped” or “one letter differs”; None where more than one slip lies between.
    """
    if first == second or OSA.distance(first, second, score_cutoff=1) > 1:
        return None
    places = [i for i, (a, b) in enumerate(zip(first, second, strict=False)) if a != b]
    if len(first) != len(second):
        longer = max(first, second, key=len)
        extra = longer[places[0]] if places else longer[-1]
        return f"one {_sort(extra)} missing"
    if len(places) == 2:
        return f"two {_sort(first[places[0]] + first[places[1]])}s swapped"
    return f"one {_sort(first[places[0]] + second[places[0]])} differs"


def _sort(signs: str) -> str:
    if signs.isdigit():
        return "digit"
    return "letter" if signs.isalpha() else "character"


def of_phones(first: tuple[str, ...], second: tuple[str, ...]) -> str | None:
    """Name the slip between two phone cells' numbers (`phones.Phones.numbers`)."""
    fewer, more = sorted((first, second), key=len)
    if set(fewer) < set(more):
        return "one number more"
    if len(first) != 1 or len(second) != 1:
        return None
    one, other = first[0], second[0]
    if one.partition(";")[0] == other.partition(";")[0]:
        return "extension differs" if ";" in one and ";" in other else "extension missing"
    if phones.completes(first, second) or phones.completes(second, first):
        return "area code missing"
    if one[:3] != other[:3] and one[3:] == other[3:]:
        return "country code differs"
    return typing(one, other)


def of_emails(first: tuple[str, ...], second: tuple[str, ...]) -> str | None:
    """Name the slip between two email cells' addresses."""
    fewer, more = sorted((first, second), key=len)
    if set(fewer) < set(more):
        added = [address for address in more if address not in fewer and not address.startswith("text:")]
        return ("words beside the address", "one address more", "several addresses more")[min(len(added), 2)]
    if len(first) != 1 or len(second) != 1:
        return None
    one, other = first[0], second[0]
    if found := typing(one, other):
        return found
    if _jumbled(one) == _jumbled(other):
        return JUMBLED
    if one.partition("@")[0] == other.partition("@")[0]:
        return "same mailbox name, other domain"
    return "same domain, other mailbox" if mail.domain(one) == mail.domain(other) else None


def of_websites(first: str, second: str) -> str | None:
    """Name the slip between two web addresses' comparable forms."""
    if websites.host(first) == websites.host(second):
        return "same site, other page"
    return typing(first, second)


def of_dates(first: str, second: str) -> str | None:
    """Name the slip between two days (ISO)."""
    (year, month, day), (other_year, other_month, other_day) = first.split("-"), second.split("-")
    if year == other_year and (month, day) == (other_day, other_month):
        return "day and month swapped"
    if (month, day) == (other_month, other_day):
        return typing(year, other_year) and f"{typing(year, other_year)} in the year"
    return typing(first, second)


_PARTS = {
    "care_of": "care-of line",
    "level": "level",
    "unit": "unit",
    "number": "street number",
    "box": "box number",
    "rural": "rural delivery",
    "postcode": "postcode",
    "region": "region",
    "country": "country",
}


def of_addresses(first: Address, second: Address) -> str | None:
    """Name the one part in which two addresses differ, or the slip of the keyboard between them."""
    parts = [part for part in _PARTS if getattr(first, part) != getattr(second, part)]
    if parts == ["box"] and first.box and second.box and box_number(first.box) == box_number(second.box):
        return "kind of box differs"
    slip = typing(first.line, second.line)
    if slip and not {"care_of", "country"}.intersection(parts):
        numbered = [part for part in parts if part in ("number", "box", "unit")]
        return f"{slip} in the {_PARTS[numbered[0]]}" if "digit" in slip and len(numbered) == 1 else slip
    if not slip and first.line != second.line and _jumbled(first.line) == _jumbled(second.line):
        return JUMBLED
    if first.words != second.words:
        return None if parts else _other_words(first, second)
    if len(parts) != 1:
        return None
    one, other = getattr(first, parts[0]), getattr(second, parts[0])
    return f"{_PARTS[parts[0]]} {'differs' if one and other else 'missing'}"


def _other_words(first: Address, second: Address) -> str | None:
    """Name which words of two addresses differ that have the same numbers."""
    if first.building != second.building:
        return None
    if first.street == second.street:
        return "suburb or city differs" if first.street or first.box else None
    stem, kinds = first.street[:-1], {*first.street[-1:], *second.street[-1:]}
    named = stem == second.street[:-1] and stem != ("the",) and len(kinds) == 2 and kinds <= STREET_ENDS
    return "kind of street differs" if named and first.places == second.places else None


def box_number(box: str) -> str:
    """Give the number of a box or bag, without what it is."""
    return box.rpartition(" ")[2]


def _jumbled(line: str) -> list[str]:
    """Give a line's letters and digits without their order."""
    return sorted(filter(str.isalnum, line))
