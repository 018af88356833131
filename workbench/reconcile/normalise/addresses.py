"""Postal and street addresses of New Zealand and Australia, taken apart into comparable parts.

A comma is worth a line break, and what stands in the wrong part (a city in the lines, a country after the
postcode) is found there. The parts serve comparing only; nothing made here is ever sent anywhere.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, Final

import polars as pl

from workbench.domain.fields import ADDRESS_PARTS
from workbench.domain.frames import address_cell
from workbench.reconcile.normalise import address_columns, columns
from workbench.reconcile.normalise import address_words as known
from workbench.reconcile.normalise import text as texts

_CARE_OF: Final = re.compile(
    # A number behind the stroke is a street's, and the letter a flat's.
    r"^(?:c\s*/\s*(?:o\b|-|(?![\s\d]))|c\.\s*o\.|c-|(?:care of|attn|attention|att)\b)[\s:.-]*(.*)$"
)
_BOX: Final = re.compile(
    r"^(p\W*o\W*box|post office box|g\W*p\W*o\W*box|postal box|box"
    r"|p(?:ri)?va?te?\W*bag|p\W*bag|p\W*b\W*(?=\d)|locked (?:mail )?bag)"
    r"\s*(?:no\.?\s*|number\s*)?([a-z]{0,2}\s?\d[\d\s-]*\d|[a-z]{0,2}\d)\b(.*)$"
)


def _loosely(words: str) -> str:
    """Write a pattern of plain letters so that their vowels may carry a macron."""
    return words.translate(
        dict(zip(map(ord, "aeiou"), ("[aā]", "[eē]", "[iī]", "[oō]", "[uū]"), strict=True))
    )


# What a cell as received holds wherever somebody, a box or a pointer is read in it; a sign that folding turns
# into another may hide any of them.
_FOLDED: Final = r"[^\x00-\x7fāēīōūĀĒĪŌŪ]|\\[^n]"
_BEGINS: Final = r"(?:\b|\\n)"
_CARE: Final = "|".join(
    (r"c\s*/", r"c\.\s*[oō]", "c-", rf"{_loosely('care')}\s+{_loosely('of')}", _loosely("att"))
)
PERHAPS_CARE_OF: Final = f"(?i){_CARE}|{_FOLDED}"
PERHAPS_BOX: Final = f"(?i){_loosely('box|bag')}|p[.]?b[. 0-9]|{_FOLDED}"
_POINTING: Final = _loosely("|".join(sorted({pointer.split()[0] for pointer in known.POINTERS})))
PERHAPS_POINTER: Final = rf"(?i){_BEGINS}(?:{_POINTING})\b|{_FOLDED}"
_MONTHS: Final = "jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec"
MADE_A_DAY: Final = rf'(?i)(?:"|\\n)(?:[0-9]{{1,2}}-(?:{_MONTHS})|(?:{_MONTHS})-[0-9]{{1,2}})\b'
"""How a line of a cell begins in which a spreadsheet took “1/12” for a day (“1-Dec”, “Jan-12”)."""
LEADS_NOWHERE: Final = (
    r'(?i)"lines":"(?:gna|nfa|rts|gone[ ,]+no address|return(?:ed)? to sender|overseas)[ .]*"'
)
"""What a cell holds whose lines only say that mail does not arrive: knowledge, but no address."""
_STOREYS: Final = {
    word: str(storey)
    for storey, word in enumerate(("first", "second", "third", "fourth", "fifth", "sixth", "seventh"), 1)
}
_RURAL: Final = re.compile(r"\b(?:r\W{0,2}d|rural delivery)\W{0,2}(?:no\W*)?(\d{1,2})\b")
_LEVEL: Final = re.compile(
    r"\b(?:(?:level|lvl|floor|flr|fl)(?:\s*(\d{1,3}|ground)|\s+([a-z]\b))|l(\d{1,3})\b(?=\s*/|\s*$|\s+\d)"
    r"|(\d{1,3})(?:st|nd|rd|th)\s+(?:floor|flr|fl|level)|(ground"
    rf"|{'|'.join(_STOREYS)})\s+(?:floor|flr|level))\b\s*/?"
)
_UNIT: Final = re.compile(
    r"\b(?:unit|flat|flt|apartment|apt|suite|ste|shop|villa|studio|townhouse|room|rm|office)\W*(?:no\W*)?"
    r"(\d{1,4}\s?[a-z]?\b|[a-z]\d{0,3}\b)(?:\s*/(?=\s*\d))?"
    r"|^[uf]\s?(\d{1,4}[a-z]?)\b\s*/?"
)
_BREAKS: Final = re.compile(r"[\n\r,;]+")
# A box behind words on one line (“c/- Finch Law PO Box 9”); the “PO” of a GPO box is its own.
_BEHIND_WORDS: Final = re.compile(
    r"(?<=\w)(?<!\bg)[\s.]+(?=(?:(?:g\W?)?p\W?o\W{0,2}box|post office box|(?:private|pvt|locked) bag)\W*\d)"
)
_WORD: Final = re.compile(r"[\w']+|&")
_STATE_HIGHWAY: Final = re.compile(r"\bs\s?h\W*(?=\d)")
_CORNER: Final = re.compile(r"\b(cnr|corner) of\b")
_INSIDE: Final = (("rural", _RURAL), ("level", _LEVEL), ("unit", _UNIT))
_LOOSE_POSTCODE: Final = re.compile(r"(?P<words>.*?)\s*\b(?P<code>\d{4})")
_NOT_A_POSTCODE: Final = re.compile(
    r"\b(?:box|bag|no|lot|dp|highway|sh)\W*$|^\W*(?:unit|flat|level|suite|room)\W*$"
)
_NAMED_AS_THE_COUNTRY: Final = ("south australia", "western australia")
_COUNTRY_END: Final = 4
_STATE_END: Final = 2
_STRONG_ENDS: Final = frozenset(known.STREET_TYPES.values())
_NUMBER: Final = re.compile(
    r"^(?:([a-z]?\d{1,4}[a-z]?|[a-z])\s*/\s*)?(?:no\W{1,2})?(\d{1,5})\s?([a-z]\b(?!'|\.h))?"
    r"(?:\s*-\s*(\d{1,5}[a-z]?)\b)?(.*)$"
)
_PARTS_SCHEMA: Final = dict.fromkeys(("key", *address_columns.PARTS), pl.String)
_LAND: Final = ("region", "country")
_WHOLE: Final[dict[str, pl.DataType | type[pl.DataType]]] = {
    **_PARTS_SCHEMA,
    **dict.fromkeys(("care_of", "building", *_LAND), pl.String),
    **dict.fromkeys(("zero_eaten", "pointer"), pl.Boolean),
}
# Few enough rows that their texts take a few hundred megabytes at most.
_ROWS_AT_ONCE: Final = 1 << 15


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
    home : str or None
        The country that goes without saying, where it is said.
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
    home: str | None = None
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
    return _key(parse(cell, country))


def parts_of(frame: pl.DataFrame, country: str | None = "NZ") -> pl.DataFrame:
    """Give `key` and the comparable parts of every address of a frame.

    Parameters
    ----------
    frame : polars.DataFrame
        Columns ``lines, suburb, city, region, postcode, country``; distinct rows.
    country : str or None
        As for `parse`, for all rows.

    Returns
    -------
    polars.DataFrame
        In the order of the rows: ``key``, ``unit``, ``number``, ``street``, ``box``, ``places``,
        ``postcode``, ``level`` and ``rural``; several words are joined by a space, null is absent.
    """
    if frame.is_empty():
        return pl.DataFrame(schema=_PARTS_SCHEMA)
    return whole_of(frame, country).select(*_PARTS_SCHEMA)


def whole_of(frame: pl.DataFrame, country: str | None = "NZ") -> pl.DataFrame:
    """Take every address of a frame apart, as `parse` does.

    Parameters
    ----------
    frame : polars.DataFrame
        Columns ``lines, suburb, city, region, postcode, country``; distinct rows.
    country : str or None
        As for `parse`, for all rows.

    Returns
    -------
    polars.DataFrame
        In the order of the rows: ``key`` and every part of `Address`; several words are joined by a space,
        null is absent.
    """
    if frame.is_empty():
        return pl.DataFrame(schema=_WHOLE)
    return pl.concat(_some_whole(rows, country) for rows in frame.iter_slices(_ROWS_AT_ONCE))


def cells_of(cells: pl.Series, country: str | None = "NZ") -> pl.DataFrame:
    """Take every address of a column apart, as `parse` does.

    Parameters
    ----------
    cells : polars.Series of str
        Distinct cells, each the canonical JSON of six parts.
    country : str or None
        As for `parse`, for all cells.

    Returns
    -------
    polars.DataFrame
        As `whole_of`; and ``only_box`` (`Address.only_box`), ``blank`` (`Address.blank`), and ``line``, the
        parts as received save the country, one a line.
    """
    parts = cells.str.json_decode(pl.Struct(dict.fromkeys(ADDRESS_PARTS, pl.String))).struct.unnest()
    line = pl.concat_str(pl.col(ADDRESS_PARTS[:-1]).replace("", None), separator="\n", ignore_nulls=True)
    held = [part for part in _WHOLE if part not in ("key", "country", "zero_eaten", "pointer")]
    stands = pl.col("number").is_not_null() | pl.col("street").is_not_null()
    return whole_of(parts, country).with_columns(
        (pl.col("box").is_not_null() & ~stands).alias("only_box"),
        (pl.all_horizontal(pl.col(held).is_null()) & ~pl.col("pointer")).alias("blank"),
        parts.select(line.alias("line")).to_series(),
    )


def _some_whole(frame: pl.DataFrame, country: str | None) -> pl.DataFrame:
    habitual = country or "NZ"
    texts = address_columns.cut(frame.select("lines", "suburb", "city", _digits_of(frame["postcode"])))
    land = _land_of(frame, habitual)
    found = _in_their_land(_assembled(texts), land)
    found = _mended(found, lambda odd: _read_ended(texts[odd], found[odd], frame[odd], habitual))
    found = _mended(found, lambda odd: _read_whole(frame[odd], country))
    eaten = _each(frame["postcode"], lambda text: len(_bare_digits(_meaning(text) or "")) == 3, pl.Boolean)
    there = pl.col("postcode").is_not_null()  # a text that points elsewhere has no parts
    return found.with_columns((there & eaten.fill_null(False)).alias("zero_eaten")).select(*_WHOLE)


def _land_of(frame: pl.DataFrame, habitual: str) -> pl.DataFrame:
    """Read region and country as they are given beside the texts.

    Gives both, and `unless`, the segment that takes the region away where the texts hold it.
    """
    asked = frame.select(*_LAND)
    distinct = asked.unique()
    told = [_land(habitual, *row) for row in distinct.iter_rows()]
    schema = dict.fromkeys(("given_region", "given_country", "unless"), pl.String)
    answers = pl.concat([distinct, pl.DataFrame(told, schema=schema, orient="row")], how="horizontal")
    read = asked.join(answers, on=_LAND, how="left", maintain_order="left", nulls_equal=True)
    return read.select(*schema)


def _land(
    habitual: str, region: str | None, country: str | None
) -> tuple[str | None, str | None, str | None]:
    draft = _Draft([])
    draft.take_country(_meaning(country))
    draft.take_region(_meaning(region), habitual)
    return _told_land(draft, region, habitual)


def _told_land(draft: _Draft, given: str | None, habitual: str) -> tuple[str | None, str | None, str | None]:
    """Give a draft's region, its country if unusual, and the segment that would take the region away."""
    region, country = draft.parts.get("region"), draft.parts.get("country")
    folded = texts.fold(_meaning(given or None) or "")
    is_state = country == "AU" and (folded in known.STATES or region != folded.removesuffix(" region"))
    unless = folded or None if region and not is_state else None
    return region, None if country == habitual else country, unless


def _in_their_land(found: pl.DataFrame, land: pl.DataFrame) -> pl.DataFrame:
    """Put region and country beside what was read of the texts."""
    rows = pl.concat([found, land], how="horizontal")
    segments = "\n" + pl.col("segments").fill_null("") + "\n"
    held = segments.str.contains("\n" + pl.col("unless") + "\n", literal=True).fill_null(False)
    region, country = (pl.when(~pl.col("pointer")).then(f"given_{name}") for name in _LAND)
    # A number stands in for others in the segments.
    sure = pl.col("sure") & ~pl.col("unless").str.contains("[0-9]").fill_null(False)
    read = (pl.when(~held).then(region).alias("region"), country.alias("country"), sure.alias("sure"))
    return rows.with_columns(read).drop(land.columns)


def _key(address: Address) -> str | None:
    if address.blank or address.pointer:
        return None
    tail = None if address.places else address.postcode
    return " ".join(part for part in (address.line, tail) if part) or None


def _row(address: Address) -> dict[str, Any]:
    """Give an address as a row of `whole_of`."""
    parts = {part: getattr(address, part) for part in _WHOLE if part != "key"}
    joined = {part: " ".join(value) or None for part, value in parts.items() if isinstance(value, tuple)}
    return {"key": _key(address), **parts, **joined}


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
        for piece in _BREAKS.split(part or ""):
            whole = texts.fold(piece).strip(" .-")
            for folded in _BEHIND_WORDS.split(whole) if "box" in whole or "bag" in whole else (whole,):
                if folded and not texts.is_placeholder(folded):
                    segments.append(folded)
    return segments


def _loose_postcode(segment: str) -> re.Match[str] | None:
    """Find a postcode behind the words of a segment."""
    found = _LOOSE_POSTCODE.fullmatch(segment) if segment[-4:].isdigit() else None
    return None if found is None or _NOT_A_POSTCODE.search(found["words"]) else found


def _end_of(segment: str, names: Mapping[str, str], shortest: int) -> str | None:
    """Find the known name that a segment is, or ends with if that is not too short."""
    if segment in names:
        return segment
    ends = (segment[space.end() :] for space in re.finditer(" ", segment))
    return next((name for name in ends if name in names and len(name) >= shortest), None)


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
            home=habitual if country == habitual else None,
            zero_eaten=postcode is not None and len(postcode) == 3,
        )

    def take_country(self, given: str | None) -> None:
        """Find the country: in its own part, and at the end of the segments."""
        if given is not None:
            folded = texts.fold(given)
            self.parts["country"] = known.COUNTRIES.get(folded, folded)
        if self.segments and self.segments[-1].endswith(_NAMED_AS_THE_COUNTRY):
            self.parts.setdefault("country", "AU")
        elif name := self._ending(known.COUNTRIES, _COUNTRY_END):
            self.parts.setdefault("country", known.COUNTRIES[name])

    def take_postcode(self, given: str | None) -> None:
        """Find the postcode: in its own part, and behind the words of a segment."""
        if digits := _bare_digits(given or ""):
            self.parts["postcode"] = digits
        last = len(self.segments) - 1
        for place in range(last, -1, -1):
            found = _loose_postcode(self.segments[place])
            if not found or (not found["words"] and (place < last or not place)):
                continue
            if place < last and re.match(r"\d", found["words"]):
                continue
            self.parts.setdefault("postcode", found["code"])
            words = found["words"].rstrip(" .")
            self.segments[place : place + 1] = [words] if words else []
            return

    def take_region(self, given: str | None, habitual: str) -> None:
        """Find the region, or the Australian state: in its own part, or at the end of the segments."""
        region = texts.fold(given or "")
        country = self.parts.get("country", habitual)
        loose = self._ending(known.STATES, _STATE_END) if self._may_be_australian(country) else None
        state = known.STATES.get(region) or (known.STATES[loose] if loose else None)
        # “Victoria” in full may be a place in New Zealand; the letters and the other states are not.
        ambiguous = region == "victoria" and country == "NZ"
        if state and self.parts.get("country", "AU") == "AU" and not ambiguous:
            self.parts |= {"region": state, "country": "AU"}
        else:
            region = self._without_region(region) if country == "NZ" else region
            if region and region not in self.segments:
                self.parts["region"] = region.removesuffix(" region").replace("'", "")
        if "postcode" not in self.parts:
            self.take_postcode(None)

    def _without_region(self, given: str) -> str:
        """Cut a region off the end of the segments, where none or the same is given; give the region."""
        last = self.segments[-1].removesuffix(" region") if len(self.segments) > 1 else ""
        if last in known.REGIONS and given.removesuffix(" region") in ("", last):
            self.segments.pop()
            return last
        return given

    def _may_be_australian(self, country: str) -> bool:
        ends = self.segments[-1].split()[-1:] if self.segments else []
        in_full = "".join(ends) in ("victoria", "australia", "wales", "queensland", "tasmania", "territory")
        return country == "AU" or (country == "NZ" and "postcode" in self.parts and not in_full)

    def _ending(self, names: Mapping[str, str], shortest: int) -> str | None:
        """Cut a known name off the end of the last segment; say which."""
        last = self.segments[-1] if self.segments else ""
        name = _end_of(last, names, shortest)
        if name is not None:
            before = last.removesuffix(name).rstrip()
            self.segments[-1:] = [before] if before else []
        return name

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
        if not self.street:  # whoever is named before a box takes the mail in
            self.building, self.places = self.building + self.places, []
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
            value = _STOREYS.get(value, value)
            parts[part] = value.lstrip("0").replace(" ", "") or "0"
            segment = f"{segment[: found.start()]} {segment[found.end() :]}".strip()
    return parts, segment.strip(" -/.")


@lru_cache(maxsize=65_536)
def _words(text: str) -> tuple[str, ...]:
    """Give a segment's words with every abbreviation spelled out as its place in the segment demands."""
    text = _CORNER.sub(r"\1", _STATE_HIGHWAY.sub("state highway ", text.replace(".", " ")))
    raw = _WORD.findall(text)
    full: list[str] = []
    typed = False
    for place, word in enumerate(raw):
        if place and raw[place - 1] in ("&", "and"):
            typed = False  # a corner's other street
        if word == "st" and (place == 0 or typed or raw[place - 1] in ("&", "and")):
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
            # A corner has two streets.
            end = ends[-1 if words[0] == "corner" else 0] + 1
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


def _mended(found: pl.DataFrame, read: Callable[[pl.Series], pl.DataFrame]) -> pl.DataFrame:
    """Read rows in another way where they are not sure, given their places."""
    odd = (~found["sure"]).arg_true()
    if odd.is_empty():
        return found
    return pl.concat([found, read(odd).select(found.columns)])[columns.order_with(odd, len(found))]


def _assembled(texts: pl.DataFrame, ended: bool = False) -> pl.DataFrame:
    return address_columns.assembled(texts, _read_first, _read_following, _spoken_once, ended=ended)


def _read_ended(texts: pl.DataFrame, found: pl.DataFrame, frame: pl.DataFrame, habitual: str) -> pl.DataFrame:
    """Read addresses whose country, state or postcode may stand behind their last text."""
    last, has_postcode = found["last"], texts["postcode"].is_not_null()
    names = ("head", "after", "suburb", "city")
    text = pl.coalesce(pl.when(last == name).then(name) for name in names)
    asked = texts.select(
        text.alias("text"),
        last,
        found["alone"],
        has_postcode.alias("coded"),
        frame["country"].alias("country"),
        frame["region"].alias("region"),
    )
    distinct = asked.unique()
    ends = [_without_land(habitual, *row) for row in distinct.iter_rows()]
    schema = dict.fromkeys(("left", "code", "given_region", "given_country", "unless"), pl.String)
    answers = pl.concat([distinct, pl.DataFrame(ends, schema=schema, orient="row")], how="horizontal")
    read = asked.join(answers, on=asked.columns, how="left", maintain_order="left", nulls_equal=True)
    texts = texts.with_columns(
        *(pl.when(last == name).then(read["left"]).otherwise(name).alias(name) for name in names),
        pl.coalesce("postcode", read["code"]),
    )
    land = read.select("given_region", "given_country", "unless")
    again = _in_their_land(_assembled(texts, ended=True), land)
    return again.with_columns(pl.col("sure") & read["left"].is_not_null())


def _without_land(
    habitual: str,
    text: str | None,
    name: str | None,
    alone: bool,
    coded: bool,
    country: str | None,
    region: str | None,
) -> tuple[str | None, ...]:
    """Take country, postcode and state off the last text of an address: what is left, the postcode, the land.

    Nothing is left where the texts before it would have to be known. The land is as `_land_of` gives it.
    """
    segments = _segments(text)
    before = [] if alone or name == "head" else ["?"]
    draft = _Draft([*before, *segments])
    draft.take_country(_meaning(country or None))
    draft.take_postcode("1" if coded else None)
    draft.take_region(_meaning(region or None), habitual)
    left = draft.segments[len(before) :]
    again = ", ".join(left)
    if not left or _segments(again) != left or texts.is_placeholder(text or ""):
        return None, None, None, None, None
    code = None if coded else draft.parts.get("postcode")
    return again, code, *_told_land(draft, region, habitual)


def _read_whole(frame: pl.DataFrame, country: str | None) -> pl.DataFrame:
    """Read addresses one by one."""
    read = [parse(address_cell(row), country) for row in frame.iter_rows(named=True)]
    rows = pl.DataFrame([_row(address) for address in read], schema=_WHOLE)
    none = pl.lit(None, pl.String)
    return rows.with_columns(sure=True, last=none, segments=none, alone=False)


def _digits_of(postcodes: pl.Series) -> pl.Series:
    """Give `_digits` of a column."""
    return _each(postcodes, _digits, pl.String)


def _each(column: pl.Series, read: Callable[[str], Any], dtype: type[pl.DataType]) -> pl.Series:
    """Give what is read of every distinct text of a column; null where there is none."""
    distinct = column.drop_nulls().unique()
    found = pl.Series([read(text) for text in distinct], dtype=dtype)
    return column.replace_strict(distinct, found, default=None, return_dtype=dtype)


def _digits(text: str) -> str | None:
    """Give the digits of a postcode, with the zero that a spreadsheet may have eaten."""
    digits = _bare_digits(_meaning(text) or "")
    return digits.zfill(4) if digits else None


def _bare_digits(text: str) -> str:
    """Give the digits of a postcode without the decimals of a spreadsheet; zeros alone are none."""
    digits = re.sub(r"\D", "", re.sub(r"\.0+\s*$", "", text))
    return digits if digits.strip("0") else ""


def _spoken_once(places: str) -> str:
    return " ".join(_without_echo(tuple(places.split(" "))))


def _read_first(texts: pl.Series) -> pl.DataFrame:
    """Read texts that may each stand first in an address."""
    return pl.DataFrame([_reading(text) for text in texts], schema=address_columns.READING, orient="row")


def _read_following(texts: pl.Series) -> pl.DataFrame:
    """Read texts that may each stand behind a street."""
    rows = [_reading(text, behind_street=True) for text in texts]
    return pl.DataFrame(rows, schema=address_columns.READING, orient="row")


@lru_cache(maxsize=65_536)
def _reading(text: str, behind_street: bool = False) -> tuple[str | bool | None, ...]:
    """Read one text by itself, as a row of `address_columns.READING`."""
    segments = _segments(text)
    draft = _read_all(segments, [])
    plain = not draft.street and "number" not in draft.parts
    named = plain and bool(draft.building)  # of a box, unless a street stands before it
    if behind_street and (named or not plain):
        draft = _read_all(segments, ["?"])
    found = draft.parts.get
    words = (" ".join(part) or None for part in (draft.building, draft.street, draft.places))
    return (
        *(text, found("care_of"), found("level"), found("unit"), found("rural"), found("box")),
        *(found("number"), *words, "\n".join(segments) or None),
        *(plain, _names_land(segments), _hides_more(text, segments, draft) or (named and behind_street)),
    )


def _read_all(segments: list[str], street: list[str]) -> _Draft:
    draft = _Draft(segments, street=street)
    for segment in segments:
        draft.read(segment)
    return draft


def _names_land(segments: list[str]) -> bool | None:
    """Whether a country, a state or a region ends the segments; None where there are none."""
    if not segments:
        return None
    ends = (
        _end_of(segments[-1], known.COUNTRIES, _COUNTRY_END),
        _end_of(segments[-1], known.STATES, _STATE_END),
    )
    return any(ends) or segments[-1].removesuffix(" region") in known.REGIONS


def _hides_more(text: str, segments: list[str], draft: _Draft) -> bool:
    """Whether a text holds a postcode, or is a placeholder that falls apart into segments."""
    postcode = "postcode" in draft.parts or any(map(_loose_postcode, segments))
    return postcode or (bool(segments) and texts.is_placeholder(text))
