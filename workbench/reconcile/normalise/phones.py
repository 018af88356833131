"""Phone numbers: what a cell dials, whatever way it is written.

Numbering plans come from the `phonenumbers` library. A number that its own country does not have is tried in
the other of New Zealand and Australia, since clients cross the Tasman more often than numbers are invented.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

import phonenumbers
from phonenumbers import CountryCodeSource, NumberParseException, PhoneNumber, PhoneNumberFormat

from workbench.reconcile.normalise import text as texts

_BETWEEN: Final = re.compile(r"\s*(?:[/;,|&\n]|\bor\b|\band\b)\s*", re.I)
_LABELS: Final = re.compile(
    r"\b(?:home|hm|work|wk|office|direct|ddi|business|bus|mobile|mob|cell|phone|ph|telephone|tel|after hours)"
    r"\b[.:]*|\([a-z]{1,20}\)",
    re.I,
)
_NEIGHBOUR: Final = {"NZ": "AU", "AU": "NZ"}


@dataclass(frozen=True, slots=True)
class Phones:
    """What a phone cell holds.

    Parameters
    ----------
    numbers : tuple of str
        Sorted, each once: E.164 with ``;ext=`` where it has one; ``local:`` and the digits where the area
        code is missing; ``text:`` and the folded text of what cannot be read as a number.
    zero_eaten : bool
        Whether a number lacks the leading zero that a spreadsheet takes away.
    damaged : bool
        Whether a spreadsheet wrote it as another kind of number.
    """

    numbers: tuple[str, ...] = ()
    zero_eaten: bool = False
    damaged: bool = False

    @property
    def readable(self) -> bool:
        """Whether everything in the cell is a number that could be dialled as it stands."""
        return bool(self.numbers) and all(number.startswith("+") for number in self.numbers)


@lru_cache(maxsize=65_536)
def parse(text: str | None, country: str | None = "NZ") -> Phones:
    """Read every number of a phone cell.

    Parameters
    ----------
    text : str or None
        The cell as received; may hold several numbers, labels, extensions, letters.
    country : str or None
        ISO 3166 code of the country whose habits the cell follows; New Zealand where unknown.
    """
    if text is None or is_placeholder(text):
        return Phones()
    if texts.is_spreadsheet_damage(text):
        return Phones((f"text:{texts.fold(text)}",), damaged=True)
    read = [_one(piece, country or "NZ") for piece in _pieces(text)]
    return Phones(tuple(sorted({number for number, _ in read})), any(eaten for _, eaten in read))


def keys(text: str | None, country: str | None = "NZ") -> tuple[str, ...]:
    """Give the comparable form of every number in a phone cell.

    Parameters
    ----------
    text : str or None
        The cell as received.
    country : str or None
        ISO 3166 code; New Zealand where unknown.

    Returns
    -------
    tuple of str
        E.164, with ``;ext=`` where there is one; sorted. Numbers without an area code and what cannot be
        read are left out.
    """
    return tuple(number for number in parse(text, country).numbers if number.startswith("+"))


def is_placeholder(text: str) -> bool:
    """Tell whether a phone cell only stands for none: ``n/a``, or zeros and the like."""
    digits = re.sub(r"\D", "", text)
    same_digit = len(digits) >= 3 and len(set(digits)) == 1
    return texts.is_placeholder(text) or not re.search(r"\w", text) or same_digit


def completes(whole: tuple[str, ...], part: tuple[str, ...]) -> bool:
    """Tell whether one number is another with its area code, or with an extension.

    Parameters
    ----------
    whole, part : tuple of str
        `Phones.numbers` of two cells.
    """
    if len(whole) != 1 or len(part) != 1 or not whole[0].startswith("+"):
        return False
    if part[0].startswith("local:"):
        return whole[0].endswith(part[0].removeprefix("local:"))
    return whole[0].startswith(f"{part[0]};")


def _pieces(text: str) -> list[str]:
    """Part a cell at list signs; a piece too short to be a number stays with the one before."""
    bare = texts.tidy(text) if "\n" not in text else text
    bare = _LABELS.sub(" ", bare)
    pieces: list[str] = []
    for piece in _BETWEEN.split(bare):
        if not re.search(r"\w", piece):
            continue
        if pieces and len(re.sub(r"\D", "", piece)) < 5:
            pieces[-1] = f"{pieces[-1]} / {piece}"
        else:
            pieces.append(piece)
    return pieces or [text]


def _one(piece: str, country: str) -> tuple[str, bool]:
    """Read one number: its key, and whether its leading zero is gone."""
    raw = piece.strip()
    if " / " in raw:
        return f"text:{texts.fold(raw)}", False
    own = _number(raw, country)
    if own is None:
        return f"text:{texts.fold(raw)}", False
    if phonenumbers.is_valid_number(own):
        return _key(own), _zero_eaten(raw, own)
    if not raw.startswith("+") and (other := _NEIGHBOUR.get(country)):
        abroad = _number(raw, other)
        if abroad is not None and raw.lstrip("(")[:1] in "01" and phonenumbers.is_valid_number(abroad):
            return _key(abroad), False
    digits = re.sub(r"\D", "", raw)
    if own.country_code_source == CountryCodeSource.FROM_DEFAULT_COUNTRY and 6 <= len(digits) <= 8:
        return f"local:{digits}", False
    if phonenumbers.is_possible_number(own):
        return _key(own), False
    return f"text:{texts.fold(raw)}", False


def _number(raw: str, country: str) -> PhoneNumber | None:
    try:
        return phonenumbers.parse(raw, country, keep_raw_input=True)
    except NumberParseException:
        return None


def _key(number: PhoneNumber) -> str:
    whole = phonenumbers.format_number(number, PhoneNumberFormat.E164)
    return f"{whole};ext={number.extension}" if number.extension else whole


def _zero_eaten(raw: str, number: PhoneNumber) -> bool:
    # Australia's 13, 1300 and 1800 numbers begin with 1 by right; everything else begins with 0.
    first = re.sub(r"\W", "", raw)[:1]
    by_right = number.country_code == 61 and first == "1"
    return (
        number.country_code_source == CountryCodeSource.FROM_DEFAULT_COUNTRY and first != "0" and not by_right
    )
