"""Postal and street addresses of New Zealand and Australia, taken apart into comparable parts.

A comma is worth a line break, and what stands in the wrong part (a city in the lines, a country after the
postcode) is found there. The parts serve comparing only; nothing made here is ever sent anywhere.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
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
    r"|^[uf]\s?(\d{1,4}[a-z]?)\b\s*/?"
)
_INSIDE: Final = (("rural", _RURAL), ("level", _LEVEL), ("unit", _UNIT))
_LOOSE_POSTCODE: Final = re.compile(r"(?P<words>.*?)\s*\b(?P<code>\d{4})")
_NOT_A_POSTCODE: Final = re.compile(
    r"\b(?:box|bag|no|lot|dp|highway|sh)\W*$|^\W*(?:unit|flat|level|suite|room)\W*$"
)
_STRONG_ENDS: Final = frozenset(known.STREET_TYPES.values())
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
        An Australian state by its letters, any other region folded; four digits; ISO 3166 where known, and
        only where it is not the country that goes without saying.
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
    def line(self) -> str:
        """Where it is, on one line in one order: without care-of, region, postcode and country."""
        rural, level, unit = (self.rural, "rd "), (self.level, "level "), (self.unit, "unit ")
        named = (self.box, *(f"{name}{part}" if part else None for part, name in (rural, level, unit)))
        return " ".join(part for part in (*named, self.number, *self.words) if part)

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
    tail = None if address.places else address.postcode
    return " ".join(part for part in (address.line, tail) if part) or None


@lru_cache(maxsize=65_536)
def _parse(cell: str | None, country: str) -> Address:
    if cell is None:
        return Address()
    given = {part: _meaning(text) for part, text in json.loads(cell).items() if part in ADDRESS_PARTS}
    segments = _segments(given.get("lines"), given.get("suburb"), given.get("city"))
    if segments and " ".join(segments) in known.POINTERS:
        return Address(pointer=True)
    draft = _Draft(segments)
    draft.take_country(given.get("country"))
    draft.take_postcode(given.get("postcode"))
    draft.take_region(given.get("region"), country)
    for segment in draft.segments:
        draft.read(segment)
    return draft.address(country)


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


@dataclass(slots=True)
class _Draft:
    """An address while it is read: the segments left to read, and the parts found so far."""

    segments: list[str]
    parts: dict[str, str] = field(default_factory=dict)
    building: list[str] = field(default_factory=list)
    street: list[str] = field(default_factory=list)
    places: list[str] = field(default_factory=list)

    def address(self, habitual: str) -> Address:
        """Give what was read; the habitual country goes without saying."""
        found = self.parts.get
        country, postcode = found("country"), found("postcode")
        return Address(
            care_of=found("care_of"),
            level=found("level"),
            unit=found("unit"),
            number=found("number"),
            box=found("box"),
            rural=found("rural"),
            building=tuple(self.building),
            street=tuple(self.street),
            places=_without_echo(tuple(self.places)),
            region=found("region"),
            postcode=postcode and postcode.zfill(4),
            country=None if country == habitual else country,
            zero_eaten=postcode is not None and len(postcode) == 3,
        )

    def take_country(self, given: str | None) -> None:
        """Find the country: in its own part, and at the end of the segments."""
        if given is not None:
            folded = texts.fold(given)
            self.parts["country"] = known.COUNTRIES.get(folded, folded)
        if name := self._ending(known.COUNTRIES, shortest=4):
            self.parts.setdefault("country", known.COUNTRIES[name])

    def take_postcode(self, given: str | None) -> None:
        """Find the postcode: in its own part, and behind the words of a segment."""
        if digits := re.sub(r"\D", "", given or ""):
            self.parts["postcode"] = digits
        last = len(self.segments) - 1
        for place in range(last, -1, -1):
            segment = self.segments[place]
            found = _LOOSE_POSTCODE.fullmatch(segment) if segment[-4:].isdigit() else None
            if not found or (place < last and not found["words"]):
                continue
            if _NOT_A_POSTCODE.search(found["words"]) or (not found["words"] and not place):
                continue
            if place < last and re.match(r"\d", found["words"]):
                continue
            self.parts.setdefault("postcode", found["code"])
            self.segments[place : place + 1] = [found["words"]] if found["words"] else []
            return

    def take_region(self, given: str | None, habitual: str) -> None:
        """Find the region, or the Australian state: in its own part, or at the end of the segments."""
        region = texts.fold(given or "")
        country = self.parts.get("country", habitual)
        loose = self._ending(known.STATES, shortest=2) if self._may_be_australian(country) else None
        state = known.STATES.get(region) or (known.STATES[loose] if loose else None)
        # “Victoria” in full may be a place in New Zealand; the letters and the other states are not.
        ambiguous = region == "victoria" and country == "NZ"
        if state and self.parts.get("country", "AU") == "AU" and not ambiguous:
            self.parts |= {"region": state, "country": "AU"}
        elif region and region not in self.segments:
            self.parts["region"] = region.removesuffix(" region")
        if "postcode" not in self.parts:
            self.take_postcode(None)

    def _may_be_australian(self, country: str) -> bool:
        ends = self.segments[-1].split()[-1:] if self.segments else []
        in_full = "".join(ends) in ("victoria", "australia", "wales", "queensland", "tasmania", "territory")
        return country == "AU" or (country == "NZ" and "postcode" in self.parts and not in_full)

    def _ending(self, names: Mapping[str, str], shortest: int) -> str | None:
        """Cut a known name off the end of the last segment; say which."""
        if not self.segments:
            return None
        last = self.segments[-1]
        for cut in [0, *(space.end() for space in re.finditer(" ", last))]:
            name = last[cut:]
            if name in names and (cut == 0 or len(name) >= shortest):
                self.segments[-1:] = [last[:cut].rstrip()] if cut else []
                return name
        return None

    def read(self, segment: str) -> None:
        """Read one segment into the parts."""
        if found := _CARE_OF.match(segment):
            self.parts["care_of"] = " ".join([*self.parts.get("care_of", "").split(), *_words(found[1])])
        elif found := _BOX.match(segment):
            self._read_box(found)
        else:
            parts, rest = _inside(segment)
            self.parts |= parts
            if rest:
                self._read_street_or_place(rest)

    def _read_box(self, found: re.Match[str]) -> None:
        kind = known.BOXES.get(re.sub(r"[^a-z/]", "", found[1]), "po box")
        groups = re.split(r"[\s-]+", found[2])
        if len("".join(groups)) > 6 and len(groups[-1]) == 4:
            # More digits than a box has: the last four are the postcode.
            self.parts.setdefault("postcode", groups.pop())
        self.parts["box"] = f"{kind} {''.join(groups)}"
        self.places += _words(found[3])

    def _read_street_or_place(self, segment: str) -> None:
        words = _words(segment)
        if self.street:
            self.places += words
        elif "number" not in self.parts and (found := _NUMBER.match(segment)):
            self._read_numbered(found)
        elif ("number" in self.parts and not self.places) or (len(words) > 1 and words[-1] in _STRONG_ENDS):
            self._begin_street(words)
        else:
            self.places += words

    def _read_numbered(self, found: re.Match[str]) -> None:
        unit, number, letter, upto, rest = found.groups()
        words = _words(rest)
        if unit:
            self.parts["unit"] = unit
        self.parts["number"] = number + (letter or "") + (f"-{upto}" if upto else "")
        if words:
            self._begin_street(words)

    def _begin_street(self, words: tuple[str, ...]) -> None:
        """Part words into the street and the places after it; what came before is the building."""
        self.building, self.places = self.places, []
        street, places = _street(words)
        self.street += street
        self.places += places


@lru_cache(maxsize=65_536)
def _inside(segment: str) -> tuple[dict[str, str], str]:
    """Take rural delivery, level and unit out of a segment: the parts, and what is left."""
    parts: dict[str, str] = {}
    for part, pattern in _INSIDE:
        if found := pattern.search(segment):
            value = next(group for group in found.groups() if group)
            parts[part] = value.lstrip("0").replace(" ", "") or "0"
            segment = f"{segment[: found.start()]} {segment[found.end() :]}".strip()
    return parts, segment.strip(" -/.")


@lru_cache(maxsize=65_536)
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
    # A doubled vowel is a macron written out.
    return tuple(word.replace("aa", "a").replace("uu", "u") for word in full if word)


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
