"""Phone numbers: what a cell dials, whatever way it is written.

Numbering plans come from the `phonenumbers` library. A number that its own country does not have is tried in
the other of New Zealand and Australia, since clients cross the Tasman more often than numbers are invented.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

import phonenumbers
import polars as pl
from phonenumbers import (
    CountryCodeSource,
    NumberParseException,
    PhoneMetadata,
    PhoneNumber,
    PhoneNumberDesc,
    PhoneNumberFormat,
)

from workbench.reconcile.normalise import columns
from workbench.reconcile.normalise import text as texts

_BETWEEN: Final = re.compile(r"\s*(?:[/;,|&\n]|\bor\b|\band\b)\s*", re.I)
# A country's code with nothing behind it, as forms put it there.
_BEGUN: Final = re.compile(r"\+6[14]")
# An area's or a network's code by itself: the stroke behind it parts no list (“021/555 0123”).
_AREA: Final = re.compile(r"\(?0\d{1,2}\)?")
_LABELS: Final = re.compile(
    r"\b(?:home|hm|work|wk|office|direct|ddi|business|bus|mobile|mob|cell|phone|ph|telephone|tel|after hours|"
    r"te?xt only)\b[.:]*|\b[hmptw]:|\([a-z]{1,20}\)",
    re.I,
)
_NEIGHBOUR: Final = {"NZ": "AU", "AU": "NZ"}
# The countries whose plain numbers are read as whole columns, and the codes that one dials to enter them.
_REGIONS: Final = {"NZ": "64", "AU": "61"}
_USUAL_KINDS: Final = ("fixed_line", "mobile")
_RARER_KINDS: Final = ("toll_free", "premium_rate", "shared_cost", "personal_number", "voip")
_KINDS: Final = (*_USUAL_KINDS, *_RARER_KINDS, "pager", "uan", "voicemail")
_SPACERS: Final = str.maketrans("", "", " ()-")
_PLAIN: Final = r"\(?\+?[0-9][0-9 ().-]*[0-9]"
_COMPOUND: Final = rf"^({_PLAIN})(?: (?:ext|x) ?([0-9]{{1,5}}))?(?: / ({_PLAIN}))?$"
# What stands for no number, and is left to the reading of one cell; zeros are no number anyway.
_ONE_DIGIT: Final = columns.whole(*(f"{digit}+" for digit in range(1, 10)))
_DECIMAL: Final = r"^[0-9]{5,}\.0+$"
_BARE: Final = re.compile("[2-9][0-9]{5,9}")
_SHORTEST: Final = 6
_LONGEST_LOCAL: Final = 8
_EXTENDED: Final = re.compile(r"(.*[0-9]) (?:ext|x) ?([0-9]{1,5})")
# So few cells are read one by one before whole columns' patterns are made ready.
FEW: Final = 64


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
    home = country or "NZ"
    read = [_one(number, home) for piece in _pieces(text) for number in _apart(piece, home)]
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


def keys_of(texts: pl.Series, country: str | None = "NZ") -> pl.Series:
    """Give `keys` of every cell of a column.

    Parameters
    ----------
    texts : polars.Series of str
        Distinct cells as received.
    country : str or None
        ISO 3166 code of the country whose habits all these cells follow; New Zealand where unknown.

    Returns
    -------
    polars.Series of list of str
        The comparable numbers of each cell.
    """
    found = _usual_keys(texts, country or "NZ")
    each = found.to_frame().select(pl.concat_list("key")).to_series()
    return columns.completed(each, found.is_not_null(), texts, lambda odd: _rarer_keys(odd, country))


def plain_of(texts: pl.Series, country: str | None = "NZ") -> pl.Series:
    """Give the one comparable number of every cell that holds nothing else, written as one would dial it.

    Parameters
    ----------
    texts : polars.Series of str
        Distinct cells as received.
    country : str or None
        As for `keys_of`.

    Returns
    -------
    polars.Series of str
        Null where only the reading of the cell tells whether more is to be said.
    """
    found = _usual_keys(texts, country or "NZ")
    return found.set(~texts.str.contains(r"^\(?(?:\+|0)"), None)


def is_placeholder(text: str) -> bool:
    """Tell whether a phone cell only stands for none: ``n/a``, or zeros and the like."""
    digits = re.sub(r"\D", "", text)
    same_digit = len(digits) >= 3 and len(set(digits)) == 1
    begun = _BEGUN.fullmatch(text.strip()) is not None
    return texts.is_placeholder(text) or not re.search(r"\w", text) or same_digit or begun


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
    bare = _LABELS.sub(" ", bare.replace(";ext=", " ext "))
    pieces: list[str] = []
    for piece in _BETWEEN.split(bare):
        if not re.search(r"\w", piece):
            continue
        if pieces and len(re.sub(r"\D", "", piece)) < 5:
            pieces[-1] = f"{pieces[-1]} / {piece}"
        elif pieces and _AREA.fullmatch(pieces[-1]):
            pieces[-1] = f"{pieces[-1]} {piece}"
        else:
            pieces.append(piece)
    return pieces or [text]


def _apart(piece: str, country: str) -> list[str]:
    """Part whole numbers that only a space stands between."""
    for space in re.finditer(r"\s+(?=[(]?[+0])", piece):
        first, rest = piece[: space.start()], _apart(piece[space.end() :], country)
        if all(_usual(number.strip(), country) for number in (first, *rest)):
            return [first, *rest]
    return [piece]


def _one(piece: str, country: str) -> tuple[str, bool]:
    """Read one number: its key, and whether its leading zero is gone."""
    raw = piece.strip()
    if usual := _usual(raw, country):
        return usual, False
    extended = _EXTENDED.fullmatch(raw)
    if extended and (usual := _usual(extended[1], country)):
        return f"{usual};ext={extended[2]}", False
    if short := _bare(raw, country):
        return short
    if " / " in raw:
        return f"text:{texts.fold(raw)}", False
    own = _number(raw, country)
    if own is None:
        return f"text:{texts.fold(raw)}", False
    if phonenumbers.is_valid_number(own):
        return _key(own), _zero_eaten(raw, own)
    if raw.lstrip("(")[:1] in "01" and (other := _NEIGHBOUR.get(country)):
        abroad = _number(raw, other)
        if abroad is not None and phonenumbers.is_valid_number(abroad):
            return _key(abroad), False
    digits = re.sub(r"\D", "", raw)
    if (
        own.country_code_source == CountryCodeSource.FROM_DEFAULT_COUNTRY
        and _SHORTEST <= len(digits) <= _LONGEST_LOCAL
    ):
        return f"local:{digits}", False
    if phonenumbers.is_possible_number(own) and len(digits) >= _SHORTEST:
        return _key(own), False
    return f"text:{texts.fold(raw)}", False


def _usual(raw: str, country: str) -> str | None:
    """Give the key of a plain fixed or mobile number, by the library's patterns but without its parser."""
    digits = raw.translate(_SPACERS)
    if not (digits.isascii() and digits.removeprefix("+").isdigit()):
        return None
    abroad = next((r for r, code in _REGIONS.items() if digits.startswith(f"+{code}")), None)
    region = abroad or (country if country in _REGIONS and re.match("0[1-9]", digits) else None)
    if region is None:
        return None
    national = (digits[3:] if abroad else digits).removeprefix("0")
    return f"+{_REGIONS[region]}{national}" if _is_usual(national, region) else None


def _bare(raw: str, country: str) -> tuple[str, bool] | None:
    """Read a plain number that begins neither with a zero nor with a country's code: as `_one` does."""
    digits = raw.translate(_SPACERS)
    if country not in _REGIONS or not _BARE.fullmatch(digits) or digits.startswith(_REGIONS[country]):
        return None
    if _is_usual(digits, country):
        return f"+{_REGIONS[country]}{digits}", True
    is_short = len(digits) <= _LONGEST_LOCAL and not _is_usual(digits, country, _KINDS)
    return (f"local:{digits}", False) if is_short else None


def _is_usual(national: str, region: str, kinds: tuple[str, ...] = _USUAL_KINDS) -> bool:
    """Tell whether national digits are a number of a region, of some kinds."""
    general, *patterns = _patterns(region, kinds)
    return any(
        len(national) in lengths and pattern.fullmatch(national) for pattern, lengths in patterns
    ) and bool(general[0].fullmatch(national))


@lru_cache
def _patterns(region: str, kinds: tuple[str, ...]) -> list[tuple[re.Pattern[str], tuple[int, ...]]]:
    plan = _plan(region)
    general = plan.general_desc
    assert general is not None  # every plan has one
    known = (general, *(getattr(plan, kind) for kind in kinds))
    # A kind that names no lengths has those of the whole plan.
    return [
        (re.compile(kind.national_number_pattern), kind.possible_length or general.possible_length)
        for kind in known
        if kind is not None and kind.national_number_pattern
    ]


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
    first = re.sub(r"\W", "", unicodedata.normalize("NFKC", raw))[:1]
    by_right = number.country_code == 61 and first == "1"
    return (
        number.country_code_source == CountryCodeSource.FROM_DEFAULT_COUNTRY and first != "0" and not by_right
    )


def _usual_keys(numbers: pl.Series, home: str) -> pl.Series:
    """Give the E.164 form of plain fixed and mobile numbers of one's own country; null of all others."""
    if home not in _REGIONS:
        return pl.Series("key", [None] * len(numbers), dtype=pl.String)
    here = (pl.col("code") == _REGIONS[home]) | _is_domestic(home)
    read = _taken_apart(numbers, home).with_columns(_is_valid(home, _USUAL_KINDS).alias(home))
    return read.select(_form(here, home).alias("key")).collect().to_series()


def _rarer_keys(texts: pl.Series, country: str | None) -> pl.Series:
    """Give the keys of cells with two plain numbers, an extension or no area code; ask `keys` for others."""
    by_cell = columns.one_by_one(lambda text: keys(text, country), columns.TEXTS)
    if len(texts) <= FEW:
        return by_cell(texts)
    cells = texts.str.extract_groups(_COMPOUND).struct.unnest()
    cells.columns = ["first", "extension", "second"]
    first, second = (_dialled(cells[column], country or "NZ") for column in ("first", "second"))
    tail = cells.select((";ext=" + pl.col("extension")).fill_null("")).to_series()
    both = pl.concat_list(first["key"] + tail, second["key"]).list.drop_nulls()
    local = first["local"] & cells["extension"].is_null() & cells["second"].is_null()
    whole = first["key"].is_not_null() & (cells["second"].is_null() | second["key"].is_not_null())
    found = pl.select(both.list.unique().list.sort()).to_series()
    return columns.completed(found, whole | local, texts, by_cell)


def _dialled(numbers: pl.Series, home: str) -> pl.DataFrame:
    """Read plain numbers as the library does, where that is certain.

    Gives `key`, the E.164 form of valid numbers, and `local`, whether one lacks its area code; neither where
    only the library can tell.
    """
    read = _taken_apart(numbers, home)
    read = read.with_columns(_is_valid(region, _KINDS).alias(region) for region in _REGIONS)
    abroad = [_form(pl.col("code") == code, region) for region, code in _REGIONS.items()]
    return read.select(
        pl.coalesce(*abroad, *_at_home(home)).alias("key"), _is_local(home).fill_null(False).alias("local")
    ).collect()


def _taken_apart(numbers: pl.Series, home: str) -> pl.LazyFrame:
    """Take plain numbers apart: the country's code where dialled, the rest, and that without its zero."""
    number, digits = pl.col("number"), pl.col("number").str.replace_all("[^0-9]", "")
    plain = number.str.contains(columns.whole(_PLAIN)) & ~number.str.contains(_DECIMAL)
    read = numbers.alias("number").to_frame().lazy().with_columns(pl.when(plain).then(digits).alias("digits"))
    read = read.select(
        number.str.contains(r"^\(?\+").alias("abroad"),
        pl.when(~pl.col("digits").str.contains(_ONE_DIGIT)).then("digits").alias("digits"),
    ).pipe(_without_exit_code, home)
    return read.with_columns(
        pl.when("abroad").then(pl.col("digits").str.slice(2)).otherwise("digits").alias("rest"),
        pl.when("abroad").then(pl.col("digits").str.slice(0, 2)).alias("code"),
    ).with_columns(pl.col("rest").str.strip_prefix("0").alias("national"))


def _without_exit_code(read: pl.LazyFrame, home: str) -> pl.LazyFrame:
    """Count a number that begins with what one dials to leave the country as written with its plus."""
    if home not in _REGIONS:
        return read
    code = rf"^(?:{_plan(home).international_prefix})"
    leaves = ~pl.col("abroad") & pl.col("digits").str.contains(code)
    return read.with_columns(
        pl.col("abroad") | leaves,
        pl.when(leaves).then(pl.col("digits").str.replace(code, "")).otherwise("digits").alias("digits"),
    )


def _at_home(home: str) -> list[pl.Expr]:
    """Give the forms of numbers without a country: at home, else next door if written with a prefix."""
    if home not in _REGIONS:
        return []
    other, own = _NEIGHBOUR[home], _is_domestic(home)
    next_door = own & pl.col("digits").str.contains("^[01]") & ~_leaves(other)
    return [_form(own, home), _form(next_door, other)]


def _form(asked: pl.Expr, region: str) -> pl.Expr:
    """Give the E.164 form of what is asked, where the region has such a number."""
    return pl.when(asked & pl.col(region)).then(f"+{_REGIONS[region]}" + pl.col("national"))


def _is_local(home: str) -> pl.Expr:
    """Whether a number is one of its own place: too short for anything else."""
    if home not in _REGIONS:
        return pl.lit(False)
    short = pl.col("digits").str.contains("^[2-9][0-9]{5,7}$")
    return short & _is_domestic(home) & ~pl.col(home)


def _is_domestic(home: str) -> pl.Expr:
    """Whether the digits can only be dialled within a country: no country's code and no carrier's."""
    enters = pl.col("digits").str.starts_with(_REGIONS[home])
    return ~pl.col("abroad") & ~enters & ~_names_carrier(home)


def _names_carrier(region: str) -> pl.Expr:
    """Whether digits begin with what is dialled before a number at home and is more than a zero."""
    prefix = f"^(?:{_plan(region).national_prefix_for_parsing})"
    return ~pl.col("rest").str.starts_with("0") & pl.col("rest").str.contains(prefix)


def _leaves(region: str) -> pl.Expr:
    """Whether digits begin with what one dials to leave a country."""
    return pl.col("digits").str.contains(rf"^(?:{_plan(region).international_prefix})")


def _is_valid(region: str, kinds: tuple[str, ...]) -> pl.Expr:
    """Whether national digits are a number of a region: by the library's own patterns, on a whole column."""
    plan, national = _plan(region), pl.col("national")
    known = pl.any_horizontal(_matches(national, getattr(plan, kind)) for kind in kinds)
    written = ~_names_carrier(region) & ~national.str.starts_with("0")
    return known & _matches(national, plan.general_desc) & written


def _matches(number: pl.Expr, kind: PhoneNumberDesc | None) -> pl.Expr:
    if kind is None or not kind.national_number_pattern:
        return pl.lit(False)
    shape = number.str.contains(columns.whole(kind.national_number_pattern.replace(r"\d", "[0-9]")))
    lengths = kind.possible_length
    return shape & number.str.len_bytes().is_in(list(lengths)) if lengths else shape


@lru_cache
def _plan(region: str) -> PhoneMetadata:
    plan = PhoneMetadata.metadata_for_region(region)
    assert plan is not None  # the library knows New Zealand and Australia
    return plan
