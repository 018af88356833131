"""What two received values of one field are to each other: the notion of equality of every field.

`judge` looks at nothing but the two cells and the habits by which they are read, so that a pair of values
that occurs a thousand times, or is compared again after a refresh, is judged once.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Hashable
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any, Final, NamedTuple

from workbench.domain.fields import CONNECTWORKS, SIDE_LABELS, SIDES, XPM, field_named
from workbench.domain.frames import address_parts
from workbench.reconcile import contrasts, rewrites, slips
from workbench.reconcile.normalise import addresses, dates, emails, identifiers, names, phones, websites
from workbench.reconcile.normalise import text as texts
from workbench.reconcile.normalise.address_words import POINTERS, QUALIFIERS
from workbench.reconcile.normalise.addresses import Address
from workbench.reconcile.normalise.lexicon import COMMON_WORDS


class Habits(NamedTuple):
    """How one side's cell is to be read.

    Parameters
    ----------
    country : str or None
        ISO 3166 code that stands where the cell names none.
    entity_type : str or None
        What kind of client it is, for names.
    """

    country: str | None = None
    entity_type: str | None = None


@dataclass(frozen=True, slots=True)
class Reading:
    """One cell, read.

    Parameters
    ----------
    key : str, tuple of str, Address or None
        The normal form; None is blank, or a placeholder.
    usable : bool
        Whether the cell could be sent to the other system as it stands.
    bad : bool
        Whether it makes any difference bad: damaged, or only pointing elsewhere.
    bad_alone : bool
        Whether it must not fill a blank: no mailbox in an email, a box as a physical address.
    warnings : tuple of str
        Codes of `workbench.reconcile.cautions.WARNINGS`.
    """

    key: Any
    usable: bool = True
    bad: bool = False
    bad_alone: bool = False
    warnings: tuple[str, ...] = ()


class Found(NamedTuple):
    """The first four words of a `Verdict`."""

    kind: str
    richer: str | None = None
    slip: str | None = None
    change: str | None = None


@dataclass(frozen=True, slots=True)
class Verdict:
    """What two cells are to each other.

    Parameters
    ----------
    kind : str
        ``same``, ``cosmetic``, ``fill``, ``different``, ``bad`` or ``not_comparable``.
    richer : str or None
        The side that says more.
    slip : str or None
        How they came to differ, in words.
    change : str or None
        How one value is written in two ways, or what sort of value each side holds, in words.
    blank, usable : tuple of bool
        Per side (Connectworks, XPM): nothing there; could be sent to the other system.
    warnings : tuple of str
        Codes.
    """

    kind: str
    richer: str | None = None
    slip: str | None = None
    change: str | None = None
    blank: tuple[bool, bool] = (False, False)
    usable: tuple[bool, bool] = (True, True)
    warnings: tuple[str, ...] = ()


SAME: Final = Verdict("same")
BOTH_BLANK: Final = Verdict("same", blank=(True, True), usable=(False, False))
_BLANK: Final = Reading(None, usable=False)
AS_USUAL: Final = Habits()
_DAMAGED: Final = Reading("text:#", usable=False, bad=True, warnings=("spreadsheet_damage",))
_POINTER: Final = Reading("text:see elsewhere", usable=False, bad=True, warnings=("pointer",))
# An address that points elsewhere is found part by part.
_POINTING: Final = ("phone", "email", "website")
_PLACEHOLDER: Final = Reading(None, usable=False, warnings=("placeholder",))


@lru_cache(maxsize=1 << 18)
def judge(
    field: str,
    connectworks: str | None,
    xpm: str | None,
    connectworks_habits: Habits = AS_USUAL,
    xpm_habits: Habits = AS_USUAL,
) -> Verdict:
    """Say what two cells of one field are to each other.

    Parameters
    ----------
    field : str
        A compared field.
    connectworks, xpm : str or None
        Both as received; an address as canonical JSON.
    connectworks_habits, xpm_habits : Habits
        How each is to be read.
    """
    kind = field_named(field).kind
    if connectworks == xpm and not (kind == "tax" and identifiers.is_masked(xpm)):
        return SAME if connectworks else BOTH_BLANK
    first = read(field, connectworks, connectworks_habits)
    second = read(field, xpm, xpm_habits)
    warnings = tuple(dict.fromkeys(first.warnings + second.warnings))
    blank, usable = (first.key is None, second.key is None), (first.usable, second.usable)

    if all(blank):
        found = Found("cosmetic", change="a placeholder for nothing") if warnings else Found("same")
    elif kind == "tax" and _masked(connectworks, xpm):
        found = Found("not_comparable", slip=_last_three(connectworks, xpm))
    elif first.bad or second.bad or (any(blank) and (first.bad_alone or second.bad_alone)):
        found = Found("bad", change=_fault(warnings))
        warnings += _unfit(first, second)
    elif connectworks is None or xpm is None or any(blank):
        found = Found(
            "fill",
            CONNECTWORKS if blank[1] else XPM,
            change=_filling(kind, first.key or second.key, warnings),
        )
    elif kind == "date" and (whole := _whole_year(connectworks, xpm)):
        found = Found("cosmetic", whole, change=f"{SIDE_LABELS[whole]} writes the whole year")
    elif isinstance(first.key, Address) and isinstance(second.key, Address):
        found = _judge_addresses(connectworks, xpm, first.key, second.key)
        warnings = _box_in(usable, warnings)
    elif first.key != second.key:
        found = unlike(kind, first.key, second.key, connectworks, xpm)
        if first.bad_alone != second.bad_alone:
            warnings += _unfit(first, second)
    elif kind == "date":
        found = Found("same")
    else:
        rewrite = rewrites.of(kind, connectworks, xpm)
        found = Found("cosmetic", _keeps_marks(connectworks, xpm), None, rewrite)
    return _one_of(Verdict(*found, blank, usable, warnings))


@lru_cache(maxsize=4096)
def _one_of(verdict: Verdict) -> Verdict:
    """Give the one object that stands for all equal verdicts: there are few of them."""
    return verdict


def _unfit(first: Reading, second: Reading) -> tuple[str, ...]:
    """Name the sides whose value must not be passed on; the other's may replace it."""
    sides = zip(SIDES, (first, second), strict=True)
    return tuple(f"unfit_in_{side}" for side, cell in sides if cell.bad or cell.bad_alone)


def _box_in(usable: tuple[bool, bool], warnings: tuple[str, ...]) -> tuple[str, ...]:
    """Name the side whose box would take the place of the other's street, where one alone has a box."""
    if usable[0] == usable[1]:
        return warnings
    named = f"box_in_{SIDES[usable.index(False)]}"
    return tuple(named if code == "po_box_as_physical" else code for code in warnings)


def read(field: str, cell: str | None, habits: Habits = AS_USUAL) -> Reading:
    """Read one cell of one field into its normal form.

    Parameters
    ----------
    field : str
        A compared field.
    cell : str or None
        As received.
    habits : Habits
        By which it is read.
    """
    if cell is None or not cell.strip():
        return _BLANK if not cell else _PLACEHOLDER
    kind = field_named(field).kind
    if texts.is_spreadsheet_error(cell) and not (kind == "tax" and identifiers.is_masked(cell)):
        return _DAMAGED
    if kind in _POINTING and texts.fold(cell) in POINTERS:
        return _POINTER
    return _READERS[kind](field, cell, habits)


def _read_phone(_: str, cell: str, habits: Habits) -> Reading:
    read = phones.parse(cell, habits.country)
    if not read.numbers:
        return _PLACEHOLDER
    if read.damaged:
        return Reading(read.numbers, False, True, warnings=("spreadsheet_damage",))
    warnings: tuple[str, ...] = ("zero_eaten",) if read.zero_eaten else ()
    if len(read.numbers) > 1:
        warnings += ("several_values",)
    if not read.readable:
        warnings += ("unreadable",)
    dials = any(not number.startswith("text:") for number in read.numbers)
    dialless = not dials and sum(sign.isdigit() for sign in cell) < 6
    usable = len(read.numbers) == 1 and read.readable and not read.zero_eaten
    return Reading(read.numbers, usable, bad_alone=dialless, warnings=warnings)


def _read_email(_: str, cell: str, habits: Habits) -> Reading:
    read = emails.parse(cell)
    if not read.addresses and not read.unread:
        return _PLACEHOLDER
    warnings: tuple[str, ...] = ("several_values",) if len(read.addresses) > 1 else ()
    if read.unread:
        warnings += ("unreadable",)
    # What stands around a mailbox (a name, mailto:) is no address that the other system would take.
    usable = not read.unread and read.addresses == (cell.strip().lower(),)
    whole = read.addresses + tuple(f"text:{piece}" for piece in read.unread)
    return Reading(whole, usable, bad_alone=not read.addresses, warnings=warnings)


def _read_website(_: str, cell: str, habits: Habits) -> Reading:
    key = websites.key(cell)
    if key is None:
        return _PLACEHOLDER
    # A mailbox or a sentence is no web address.
    sound = "." in websites.host(key) and "@" not in key and " " not in key
    return Reading(key, sound, bad_alone=not sound, warnings=() if sound else ("unreadable",))


def _read_address(field: str, cell: str, habits: Habits) -> Reading:
    if re.search(addresses.MADE_A_DAY, cell) or (
        "#" in cell
        and any(part and texts.is_spreadsheet_error(part) for part in address_parts(cell).values())
    ):
        return _DAMAGED
    read = addresses.parse(cell, habits.country)
    if re.search(addresses.LEADS_NOWHERE, cell):
        return Reading(read, False, True, warnings=("leads_nowhere",))
    if read.pointer:
        return Reading(read, False, True, warnings=("pointer",))
    if read.blank:
        return _PLACEHOLDER
    boxed = field == "physical_address" and read.only_box
    warnings = (("zero_eaten",) if read.zero_eaten else ()) + (("po_box_as_physical",) if boxed else ())
    return Reading(read, not boxed, bad_alone=boxed, warnings=warnings)


def _read_date(_: str, cell: str, habits: Habits) -> Reading:
    if dates.is_placeholder(cell):
        return _PLACEHOLDER
    if dates.is_serial(cell):
        return Reading(f"text:{cell.strip()}", False, True, warnings=("spreadsheet_damage",))
    key = dates.key(cell)
    return Reading(key) if key else _unread(dates.brief_key(cell) or cell)


def _read_number(field: str, cell: str, habits: Habits) -> Reading:
    if texts.is_placeholder(cell) or identifiers.is_nothing(cell):
        return _PLACEHOLDER
    if identifiers.damage(cell) or texts.is_spreadsheet_damage(cell):
        return Reading(f"text:{texts.fold(cell)}", False, True, warnings=("spreadsheet_damage",))
    if identifiers.is_masked(cell):
        return Reading(f"text:{texts.fold(cell)}", False)
    key = identifiers.key(field, cell)
    return Reading(key) if key else _unread(cell)


def _unread(cell: str) -> Reading:
    return Reading(f"text:{texts.fold(cell)}", False, bad_alone=True, warnings=("unreadable",))


def _read_name(_: str, cell: str, habits: Habits) -> Reading:
    # A client may be called “None”: names know no placeholders.
    key = names.key(cell, habits.entity_type) or texts.fold(cell)
    if habits.entity_type in UNREGISTERED:
        key = _with_plurals(key, cell)
    # A trustee acts for the trust that its name tells, or for itself where it tells none.
    behalf = names.parse(cell, habits.entity_type).trustee_for
    return Reading(f"{key} for {names.key(behalf, 'trust')}" if behalf else key)


UNREGISTERED: Final = ("trust", "partnership")
"""Whose name is no register's, so that a family name's s counts: “Wood Trust” is not “Woods Trust”."""


def _with_plurals(key: str, cell: str) -> str:
    """Give family names in a comparable name the s back that the register takes from companies' words."""
    words = re.findall(r"[a-z]+s\b", texts.fold(cell).replace("'", ""))
    plurals = {word[:-1]: word for word in words if not {word, word[:-1]} & COMMON_WORDS}
    return " ".join(plurals.get(word, word) for word in key.split())


_READERS: Final[dict[str, Callable[[str, str, Habits], Reading]]] = {
    "phone": _read_phone,
    "email": _read_email,
    "website": _read_website,
    "address": _read_address,
    "date": _read_date,
    "identifier": _read_number,
    "tax": _read_number,
    "name": _read_name,
}


def _dates_slip(first: str, second: str) -> str | None:
    if first.startswith("text:") or second.startswith("text:"):
        return None
    return slips.of_dates(first, second)


_SLIPS: Final[dict[str, Callable[..., str | None]]] = {
    "phone": slips.of_phones,
    "email": slips.of_emails,
    "website": slips.of_websites,
    "date": _dates_slip,
    "identifier": slips.typing,
    "tax": slips.typing,
    "name": slips.typing,
}


_CONTRASTS: Final[dict[str, Callable[..., str | None]]] = {
    "phone": contrasts.of_lists,
    "email": contrasts.of_lists,
    "website": contrasts.of_websites,
}


def _masked(*cells: str | None) -> bool:
    return any(identifiers.is_masked(cell) for cell in cells)


def _last_three(connectworks: str | None, xpm: str | None) -> str | None:
    first, second = identifiers.last_three(connectworks), identifiers.last_three(xpm)
    if first is None or second is None:
        return None
    return "last three digits agree" if first == second else "last three digits differ"


FAULTS: Final = {
    "spreadsheet_damage": "was damaged by a spreadsheet",
    "pointer": "only points elsewhere",
    "leads_nowhere": "only says that mail does not arrive",
    "po_box_as_physical": "is a box, not a street address,",
}


def _fault(warnings: tuple[str, ...]) -> str:
    return next((FAULTS[code] for code in warnings if code in FAULTS), "cannot be read")


def _whole_year(connectworks: str, xpm: str) -> str | None:
    """Name the side that writes in full the year of which the other side gives two digits."""
    for side, whole, brief in ((CONNECTWORKS, connectworks, xpm), (XPM, xpm, connectworks)):
        day = dates.key(whole)
        if day and dates.key(brief) is None and dates.brief_key(brief) == day[2:]:
            return side
    return None


def _filling(kind: str, value: Any, warnings: tuple[str, ...]) -> str | None:
    """Name what is peculiar about a value that could fill a blank."""
    if kind == "address" and value.care_of:
        return "in care of somebody"
    if kind == "website" and contrasts.is_social(value):
        return contrasts.SOCIAL
    words = {
        "several_values": "several values in one field",
        "unreadable": "not whole",
        "placeholder": "the other is a placeholder",
    }
    return next((words[code] for code in words if code in warnings), None)


def _says_more(first: Hashable, second: Hashable) -> str | None:
    """Name the side whose list, one number or one mailbox's name holds all of the other's and more."""
    if not (isinstance(first, tuple) and isinstance(second, tuple)):
        return None
    for side, more, less in ((CONNECTWORKS, first, second), (XPM, second, first)):
        if set(more) > set(less) or phones.completes(more, less) or emails.extends(more, less):
            return side
    return None


def _keeps_marks(connectworks: str, xpm: str) -> str | None:
    first, second = rewrites.has_macrons(connectworks), rewrites.has_macrons(xpm)
    if first == second:
        return None
    return CONNECTWORKS if first else XPM


def unlike(kind: str, first: Any, second: Any, connectworks: str, xpm: str) -> Found:
    """Say how two normal forms that differ came to differ.

    Parameters
    ----------
    kind : str
        The field's kind (`workbench.domain.fields.Kind`), save addresses.
    first, second : str or tuple of str
        Both sides' normal forms (Connectworks, XPM).
    connectworks, xpm : str
        Both cells as received.
    """
    slip = _SLIPS[kind](first, second)
    if kind == "name" and not slip:  # what a normal form leaves out may be mistyped, too (“Limtied”)
        slip = slips.typing(texts.fold(connectworks), texts.fold(xpm))
    contrast = None if slip or kind not in _CONTRASTS else _CONTRASTS[kind](first, second)
    return Found("different", _says_more(first, second), slip, contrast)


def unlike_addresses(first: Address, second: Address, richer: str | None) -> Found:
    """Say how two addresses that differ came to differ, given the side that says more."""
    slip = slips.of_addresses(first, second)
    return Found("different", richer, slip, None if slip else contrasts.of_addresses(first, second))


def _judge_addresses(connectworks: str, xpm: str, first: Address, second: Address) -> Found:
    first, second = _on_one_footing(first, second), _on_one_footing(second, first)
    extra, lacking = _parts_only_in(first, second), _parts_only_in(second, first)
    agree = _agree_where_both(first, second)
    richer = None
    if agree and bool(extra) != bool(lacking):
        richer = CONNECTWORKS if extra else XPM
    weighty = (extra | lacking) & WEIGHTY or (extra and lacking)
    if not agree or weighty or not _anchored(first, second):
        return unlike_addresses(first, second, richer)
    richer = richer or _keeps_marks(connectworks, xpm)
    return Found("cosmetic", richer, None, rewrites.of_addresses(connectworks, xpm, first, second))


def _on_one_footing(one: Address, other: Address) -> Address:
    """Write an address as the other one is written: its own country said, its city where a region stood."""
    if other.country and one.home:
        one = replace(one, country=one.home)
    city = tuple((one.region or "").split())
    if city and not other.region and one.places and other.places == (*one.places, *city):
        one = replace(one, places=other.places, region=None)
    return one


WEIGHTY: Final = frozenset(("care_of", "level", "unit", "number", "box", "rural", "building", "street"))
AGREEING: Final = ("care_of", "level", "unit", "number", "box", "rural", "region", "postcode", "country")


def _parts_only_in(one: Address, other: Address) -> frozenset[str]:
    """Name the parts that only `one` has."""
    only = {part for part in AGREEING if getattr(one, part) and not getattr(other, part)}
    if one.words != other.words:
        only |= {part for part in ("building", "street") if getattr(one, part) and not getattr(other, part)}
        if len(one.places) > len(other.places):
            only.add("places")
    return frozenset(only)


def _agree_where_both(one: Address, other: Address) -> bool:
    for part in AGREEING:
        mine, theirs = getattr(one, part), getattr(other, part)
        if mine and theirs and mine != theirs:
            return False
    if one.words == other.words:
        return True
    streets = all(
        not getattr(one, part) or not getattr(other, part) or getattr(one, part) == getattr(other, part)
        for part in ("building", "street")
    )
    fewer, more = sorted((one.places, other.places), key=len)
    return streets and within(fewer, more)


def within(fewer: tuple[str, ...], more: tuple[str, ...]) -> bool:
    """Tell whether all words of `fewer` stand in `more` in the same order, and may mean the same place.

    What only puts “North” before a place names another one.
    """
    rest = iter(more)
    if not all(word in rest for word in fewer):
        return False
    added = Counter(more) - Counter(fewer)
    return not fewer or not added or not added.keys() <= QUALIFIERS


def _anchored(one: Address, other: Address) -> bool:
    """Tell whether both name one place, or the same words: a bare street could be in any town."""
    if one.words == other.words and (one.places or one.postcode == other.postcode):
        return True
    same_code = one.postcode is not None and one.postcode == other.postcode
    return same_code or bool(one.places and other.places and one.places[-1] == other.places[-1])
