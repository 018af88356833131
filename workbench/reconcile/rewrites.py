"""Names for two ways of writing one value: what a person would see if both stood side by side."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable

from workbench.domain.fields import SIDE_LABELS, SIDES
from workbench.domain.frames import address_parts
from workbench.reconcile.normalise import text as texts
from workbench.reconcile.normalise.addresses import Address


def _has_words(phone: str) -> bool:
    return bool(re.search("[a-z]{4}", phone.casefold()))


def _is_whole(phone: str) -> bool:
    """Tell whether a phone has its digits without the letters beside them."""
    return len(re.sub(r"\D", "", phone)) >= 7


# What only one of the two texts does: (whether a text does it, the words for it).
_PHONE_HABITS: tuple[tuple[Callable[[str], bool], str], ...] = (
    (lambda text: _has_words(text) and not _is_whole(text), "writes letters for digits"),
    (lambda text: _has_words(text) and _is_whole(text), "adds words"),
    (lambda text: bool(re.match(r"[^\d+]*(?:\+|00|6[41](?:\D*\d){7})", text)), "adds the country code"),
    (lambda text: not re.match(r"[^\d+]*[01+]", text), "lacks the leading zero"),
)
_WEBSITE_HABITS: tuple[tuple[Callable[[str], bool], str], ...] = (
    (lambda text: "://" in text, "adds the scheme"),
    (lambda text: "www." in text.casefold(), "adds www"),
    (lambda text: text.rstrip().endswith("/"), "adds a closing slash"),
)
_EMAIL_HABITS: tuple[tuple[Callable[[str], bool], str], ...] = (
    (lambda text: "<" in text or "mailto:" in text.casefold(), "wraps the address"),
    (lambda text: bool(re.search(r"(?:^|\s)[^\s@]+(?:\s|$)", text)), "adds words"),
)


def bare(text: str) -> str:
    """Give a text's letters and digits only, case folded, macrons kept."""
    return re.sub(r"[\W_]", "", unicodedata.normalize("NFC", text).casefold())


def has_macrons(text: str) -> bool:
    """Tell whether a text carries macrons or other marks on letters."""
    if text.isascii():
        return False
    return any(unicodedata.combining(sign) for sign in unicodedata.normalize("NFD", text))


def of(kind: str, connectworks: str, xpm: str) -> str:
    """Name how two texts of one value differ.

    Parameters
    ----------
    kind : str
        The field's kind (`workbench.domain.fields.Kind`), save addresses.
    connectworks, xpm : str
        Both as received, of equal meaning.

    Returns
    -------
    str
        Such as “XPM adds the country code” or “differs only in capitals”.
    """
    habits = {"phone": _PHONE_HABITS, "website": _WEBSITE_HABITS, "email": _EMAIL_HABITS}.get(kind, ())
    for does, words in habits:
        one, other = (does(unicodedata.normalize("NFKC", text)) for text in (connectworks, xpm))
        if one != other:
            return f"{SIDE_LABELS[SIDES[0] if one else SIDES[1]]} {words}"
    return _plainly(connectworks, xpm) or (
        "written in another form" if kind != "name" else _name(connectworks, xpm)
    )


def of_addresses(connectworks: str, xpm: str, first: Address, second: Address) -> str:
    """Name how two address cells of one meaning differ.

    Parameters
    ----------
    connectworks, xpm : str
        Both cells as received (canonical JSON).
    first, second : Address
        The same, taken apart.
    """
    for part in ("postcode", "region"):
        one, other = getattr(first, part), getattr(second, part)
        if (one is None) != (other is None):
            return f"{SIDE_LABELS[SIDES[0] if other is None else SIDES[1]]} adds the {part}"
    if first.zero_eaten != second.zero_eaten:
        return f"{SIDE_LABELS[SIDES[0] if first.zero_eaten else SIDES[1]]} lacks the postcode's zero"
    if first.words != second.words:
        longer = SIDES[0] if len(first.words) > len(second.words) else SIDES[1]
        return f"{SIDE_LABELS[longer]} adds a place"
    texts_of = [_in_one_line(cell) for cell in (connectworks, xpm)]
    return _plainly(*texts_of) or "abbreviations, spelling or order of the parts"


def _in_one_line(cell: str) -> str:
    parts = address_parts(cell)
    return "\n".join(value for part, value in parts.items() if value and part != "country")


def _plainly(one: str, other: str) -> str | None:
    """Name what only signs, capitals or marks tell apart; None where the letters differ."""
    if " ".join(one.split()) == " ".join(other.split()):
        return "differs only in spaces or line breaks"
    if texts.tidy(one) == texts.tidy(other):
        return "differs only in how signs are encoded"
    if texts.tidy(one).casefold() == texts.tidy(other).casefold():
        return "differs only in capitals"
    if bare(one) == bare(other):
        return "differs only in spaces and punctuation"
    if re.sub(r"[\W_]", "", texts.fold(one)) == re.sub(r"[\W_]", "", texts.fold(other)):
        lacking = SIDES[0] if has_macrons(other) and not has_macrons(one) else SIDES[1]
        if has_macrons(one) != has_macrons(other):
            return f"{SIDE_LABELS[lacking]} drops macrons or accents"
        return "differs only in macrons or accents"
    return None


def _name(connectworks: str, xpm: str) -> str:
    words = [sorted(re.findall(r"\w+", texts.fold(text))) for text in (connectworks, xpm)]
    if words[0] == words[1]:
        return "order of the names"
    return "suffix or short form (Ltd and Limited, & and and)"
