"""Postal and street addresses of New Zealand and Australia, taken apart into comparable parts.

A comma is worth a line break, and what stands in the wrong part (a city in the lines, a country after the
postcode) is found there. The parts serve comparing only; nothing made here is ever sent anywhere.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Final

from workbench.domain.fields import ADDRESS_PARTS
from workbench.reconcile.normalise import address_words as known
from workbench.reconcile.normalise import text as texts

_CARE_OF: Final = re.compile(
    r"^(?:c\s*/\s*(?:o\b|-)?|c\.\s*o\.|c-|(?:care of|attn|attention|att)\b)[\s:.-]*(.*)$"
)
_BOX: Final = re.compile(
    r"^(p\W*o\W*box|post office box|g\W*p\W*o\W*box|postal box|box"
    r"|p(?:ri)?va?te?\W*bag|p\W*bag|locked (?:mail )?bag)"
    r"\s*(?:no\.?\s*|number\s*)?([a-z]{0,2}\s?\d[\d\s-]*\d|[a-z]{0,2}\d)\b(.*)$"
)
_RURAL: Final = re.compile(r"\b(?:r\W{0,2}d|rural delivery)\W{0,2}(?:no\W*)?(\d{1,2})\b")
_LEVEL: Final = re.compile(
    r"\b(?:(?:level|lvl|floor|flr|fl)\s*(\d{1,3}|[a-z]\b|ground)|l(\d{1,3})\b(?=\s*/|\s*$|\s+\d)"
    r"|(\d{1,3})(?:st|nd|rd|th)\s+(?:floor|flr|fl|level)|(ground)\s+(?:floor|flr|level))\b\s*/?"
)
_UNIT: Final = re.compile(
    r"\b(?:unit|flat|apartment|apt|suite|ste|shop|villa|studio|townhouse|room|rm|office)\W*(?:no\W*)?"
    r"(\d{1,4}\s?[a-z]?\b|[a-z]\d{0,3}\b)(?:\s*/(?=\s*\d))?"
)
_SHORT_UNIT: Final = re.compile(r"^[uf]\s?(\d{1,4}[a-z]?)\b\s*/?")
_NUMBER: Final = re.compile(
    r"^(?:([a-z]?\d{1,4}[a-z]?)\s*/\s*)?(\d{1,5})\s?([a-z]\b)?(?:\s*-\s*(\d{1,5}[a-z]?)\b)?(.*)$"
)


@dataclass(frozen=True, slots=True)
class Address:
    """An address in comparable parts, all folded; None is absent.

    Parameters
    ----------
    care_of, level, unit, number, box, rural : str or None
        ``finch law``, ``3``, ``2``, ``14a``, ``po box 99999``, ``3``.
    building, street, places : tuple of str
        The words before the street's number, of the street with its type in full, and of suburb and city.
    region, postcode, country : str or None
        An Australian state by its letters, any other region folded; four digits; ISO 3166 where known.
    zero_eaten : bool
        Whether a postcode's leading zero is gone.
    pointer : bool
        Whether the text only points elsewhere (“as above”).
    """

    care_of: str | None = None
    level: str | None = None
    unit: str | None = None
    number: str | None = None
    box: str | None = None
    rural: str | None = None
    building: tuple[str, ...] = ()
    street: tuple[str, ...] = ()
    places: tuple[str, ...] = ()
    region: str | None = None
    postcode: str | None = None
    country: str | None = None
    zero_eaten: bool = False
    pointer: bool = False

    @property
    def words(self) -> tuple[str, ...]:
        """All plain words in order: how they are spread over lines and parts does not matter."""
        return (*self.building, *self.street, *self.places)

    @property
    def blank(self) -> bool:
        """Whether nothing is there but perhaps a country."""
        return not (self.pointer or self.words or self.region or self.postcode or any(self._precise))

    @property
    def only_box(self) -> bool:
        """Whether it is a box or bag and no place where anyone could stand."""
        return self.box is not None and self.number is None and not self.street

    @property
    def _precise(self) -> tuple[str | None, ...]:
        return (self.care_of, self.level, self.unit, self.number, self.box, self.rural)


def parse(cell: str | None, country: str | None = "NZ") -> Address:
    """Take an address apart.

    Parameters
    ----------
    cell : str or None
        The canonical JSON of six parts (`workbench.domain.frames.address_cell`).
    country : str or None
        ISO 3166 code that stands where the address names no country itself.
    """
    return _parse(cell, country or "NZ")


def key(cell: str | None, country: str | None = "NZ") -> str | None:
    """Give one comparable text of an address, for finding records that share it.

    Parameters
    ----------
    cell : str or None
        The canonical JSON of six parts.
    country : str or None
        As for `parse`.

    Returns
    -------
    str or None
        None for a blank, a placeholder or a pointer (“as above”). Care-of, region and country are left out,
        the postcode too where a place is named.
    """
    address = parse(cell, country)
    if address.blank or address.pointer:
        return None
    tail = () if address.places else (address.postcode,)
    parts = (address.box, address.rural and f"rd {address.rural}", address.level and f"level {address.level}")
    where = (address.unit and f"{address.unit}/", address.number, *address.words, *tail)
    return " ".join(part for part in (*parts, *where) if part) or None


@lru_cache(maxsize=65_536)
def _parse(cell: str | None, country: str) -> Address:
    if cell is None:
        return Address(country=country)
    parts = {part: _meaning(text) for part, text in json.loads(cell).items() if part in ADDRESS_PARTS}
    segments = _segments(parts.get("lines"), parts.get("suburb"), parts.get("city"))
    if segments and " ".join(segments) in known.POINTERS:
        return Address(pointer=True, country=country)
    address = Address(country=_country(parts.get("country")))
    address, segments = _tail(address, segments, parts, country)
    for segment in segments:
        address = _segment(address, segment)
    return replace(address, places=_without_echo(address.places), country=address.country or country)


def _meaning(text: str | None) -> str | None:
    return None if text is None or texts.is_placeholder(text) else text


def _segments(*parts: str | None) -> list[str]:
    """Fold the lines, the suburb and the city into one list of what stood between commas and breaks."""
    segments: list[str] = []
    for part in parts:
        for piece in re.split(r"[\n\r,;]+", part or ""):
            folded = texts.fold(piece).strip(" .-")
            if folded and not texts.is_placeholder(folded):
                segments.append(folded)
    return segments


def _country(text: str | None) -> str | None:
    if text is None:
        return None
    folded = texts.fold(text)
    return known.COUNTRIES.get(folded, folded)


def _tail(
    address: Address, segments: list[str], parts: dict[str, str | None], home: str
) -> tuple[Address, list[str]]:
    """Find country, postcode and region: in their own parts, else at the end of the last segments."""
    rest = list(segments)
    address, rest = _trailing_country(address, rest)
    postcode = re.sub(r"\D", "", parts.get("postcode") or "") or None
    region = texts.fold(parts.get("region") or "") or None
    rest, loose_code = _trailing_postcode(rest)
    in_australia = (address.country or home) == "AU" or loose_code is not None or postcode is not None
    rest, loose_state = _trailing_state(rest, in_australia)
    if loose_code is None:
        rest, loose_code = _trailing_postcode(rest)
    postcode = postcode or loose_code
    state = known.STATES.get(region or "") or loose_state
    if state and address.country in (None, "AU") and not _is_new_zealand_place(state, region, home):
        address = replace(address, country="AU", region=state)
    elif region and region not in rest:
        address = replace(address, region=region.removesuffix(" region"))
    eaten = postcode is not None and len(postcode) == 3
    return replace(address, postcode=postcode and postcode.zfill(4), zero_eaten=eaten), rest


def _is_new_zealand_place(state: str, region: str | None, home: str) -> bool:
    # “Victoria” in full may be a place in New Zealand; the letters and the other names are not.
    return state == "VIC" and region == "victoria" and home == "NZ"


def _trailing_country(address: Address, rest: list[str]) -> tuple[Address, list[str]]:
    if not rest:
        return address, rest
    for name in sorted(known.COUNTRIES, key=len, reverse=True):
        if rest[-1] == name:
            return replace(address, country=address.country or known.COUNTRIES[name]), rest[:-1]
        if len(name) > 3 and rest[-1].endswith(f" {name}"):
            left = rest[-1].removesuffix(f" {name}").rstrip()
            return replace(address, country=address.country or known.COUNTRIES[name]), [*rest[:-1], left]
    return address, rest


def _trailing_postcode(rest: list[str]) -> tuple[list[str], str | None]:
    """Take four digits off the end, unless they are a box's or a street's own number."""
    if not rest:
        return rest, None
    found = re.fullmatch(r"(.*?)\s*\b(\d{4})", rest[-1])
    if not found:
        return rest, None
    before = found[1].strip()
    number_of_box = re.search(r"(?:\bbox|\bbag|\bno|\blot|\bdp)\W*$|^\W*(?:unit|flat|level)\W*$", before)
    if number_of_box or (not before and len(rest) == 1):
        return rest, None
    return [*rest[:-1], before] if before else rest[:-1], found[2]


def _trailing_state(rest: list[str], in_australia: bool) -> tuple[list[str], str | None]:
    if not rest or not in_australia:
        return rest, None
    for name, state in known.STATES.items():
        if rest[-1] == name:
            return rest[:-1], state
        if rest[-1].endswith(f" {name}"):
            return [*rest[:-1], rest[-1].removesuffix(f" {name}").rstrip()], state
    return rest, None


def _segment(address: Address, segment: str) -> Address:
    """Read one segment into the address so far."""
    if found := _CARE_OF.match(segment):
        return replace(address, care_of=" ".join(filter(None, (address.care_of, _plain(found[1])))) or "")
    if found := _BOX.match(segment):
        return _boxed(address, found)
    if found := _RURAL.search(segment):
        address = replace(address, rural=str(int(found[1])))
        segment = _cut(segment, found)
    if found := _LEVEL.search(segment):
        level = next(group for group in found.groups() if group)
        address = replace(address, level=level)
        segment = _cut(segment, found)
    if found := (_UNIT.search(segment) or _SHORT_UNIT.match(segment)):
        address = replace(address, unit=found[1].replace(" ", ""))
        segment = _cut(segment, found)
    return _street_or_place(address, segment.strip(" -/.")) if segment.strip(" -/.") else address


def _cut(segment: str, found: re.Match[str]) -> str:
    return f"{segment[: found.start()].rstrip()} {segment[found.end() :].lstrip()}".strip()


def _boxed(address: Address, found: re.Match[str]) -> Address:
    kind = known.BOXES.get(re.sub(r"[^a-z/]", "", found[1]), "po box")
    groups = re.split(r"[\s-]+", found[2])
    joined, rest = "".join(groups), found[3]
    if len(joined) > 6 and len(groups[-1]) == 4:
        # More digits than a box has: the last four are the postcode.
        joined = "".join(groups[:-1])
        address = replace(address, postcode=address.postcode or groups[-1])
    address = replace(address, box=f"{kind} {joined}")
    return _placed(address, _words(rest)) if rest.strip() else address


def _street_or_place(address: Address, segment: str) -> Address:
    found = _NUMBER.match(segment)
    if found and address.number is None and not address.street and _plain(found[5]):
        unit, number, letter, upto, rest = found.groups()
        if letter and not _plain(rest):
            letter, rest = None, f"{letter} {rest}"
        whole = f"{number}{letter or ''}" + (f"-{upto}" if upto else "")
        street, places = _street(_words(rest))
        return replace(
            address,
            unit=unit or address.unit,
            number=whole,
            building=(*address.building, *address.places),
            street=street,
            places=places,
        )
    if found and address.number is None and not address.street and not _plain(found[5]) and not found[1]:
        # A number alone on its line belongs to the street on the next one.
        return replace(address, number=f"{found[2]}{found[3] or ''}")
    words = _words(segment)
    if not address.street and _strong_end(words):
        street, places = _street(words)
        return _placed(
            replace(address, street=street, building=(*address.building, *address.places), places=()), places
        )
    if not address.street and address.box is None and address.number is None and not address.places:
        return replace(address, places=words)
    return _placed(address, words)


def _strong_end(words: tuple[str, ...]) -> bool:
    return len(words) > 1 and words[-1] in set(known.STREET_TYPES.values())


def _placed(address: Address, words: tuple[str, ...]) -> Address:
    return replace(address, places=(*address.places, *words))


def _words(text: str) -> tuple[str, ...]:
    """Give a segment's words with every abbreviation spelled out as its place in the segment demands."""
    raw = re.findall(r"[\w']+|&", text.replace(".", " "))
    full: list[str] = []
    typed = False
    for place, word in enumerate(raw):
        if word == "st" and (place == 0 or typed):
            full.append("saint")
        elif place and word in known.STREET_TYPES:
            full.append(known.STREET_TYPES[word])
            typed = True
        elif place and word in known.WEAK_STREET_TYPES:
            full.append(known.WEAK_STREET_TYPES[word])
        elif typed and word in known.DIRECTIONS:
            full.append(known.DIRECTIONS[word])
        else:
            full.append(known.WORDS.get(word, word.replace("'", "")))
    return tuple(re.sub(r"(a)a|(u)u", r"\1\2", word) for word in full if word)


def _plain(text: str) -> str:
    return " ".join(_words(text))


def _street(words: tuple[str, ...]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Part words after a number into the street and what follows it."""
    for types in (known.STREET_TYPES, known.WEAK_STREET_TYPES):
        ends = [place for place, word in enumerate(words) if place and types.get(word) == word]
        if ends:
            end = ends[0] + 1
            while end < len(words) and (types.get(words[end]) == words[end] or _points(words, end)):
                end += 1
            return words[:end], words[end:]
    if words and words[0] == "the" and len(words) > 2:
        return words[:2], words[2:]
    return words, ()


def _points(words: tuple[str, ...], place: int) -> bool:
    """Whether a direction belongs to the street (“Remuera Road East”) and not to the place after it."""
    return words[place] in known.DIRECTIONS.values() and place + 1 == len(words)


def _without_echo(places: tuple[str, ...]) -> tuple[str, ...]:
    """Drop a place that is named twice in a row (“Hamilton, Hamilton”)."""
    for size in range(len(places) // 2, 0, -1):
        if places[-size:] == places[-2 * size : -size]:
            return places[:-size]
    return places
