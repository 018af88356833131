"""Folding of text: what is left of it once case, accents, macrons and odd signs no longer count."""

from __future__ import annotations

import html
import re
import unicodedata
from functools import lru_cache
from typing import Final

_ODD_SIGNS: Final = str.maketrans(
    {
        **dict.fromkeys("‘’ʻʼ`´′‛", "'"),
        **dict.fromkeys("“”„″«»", '"'),
        **dict.fromkeys("‐‑‒–—−", "-"),
        **dict.fromkeys("\u200b\u200c\u200d\u2060\ufeff\u00ad", ""),
        "ø": "o",
        "ł": "l",
    }
)

# What a web page writes for a sign (“Kauri &amp; Sons”).
ENTITY: Final = "&(?:amp|quot|apos|nbsp|lt|gt|#[0-9]{2,4});"
_ENTITY: Final = re.compile(ENTITY)
_MARKS: Final = re.compile("[\u0300-\u036f\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f]")
_PLACEHOLDERS: Final = re.compile(
    r"n\W?/?a\.?|none|nil|null|nan|blank|empty|unknown|unkn?|undefined|tb[acd]|to be (?:advised|confirmed)"
    r"|not? (?:applicable|available|known|provided|supplied|given)"
    r"|no (?:email(?: address)?|phone|mobile|website|address|fixed abode)"
    r"|none (?:provided|supplied|given)|pending|address unknown|no|x{1,4}|0|[-?._]{1,4}"
)
_SPREADSHEET_NUMBER: Final = re.compile(r"[+-]?\d+(?:[.,]\d+)?e[+]?\d+|\d{5,}\.0+", re.I)
# What stands for a failed formula, and for a column too narrow to show its number.
_SPREADSHEET_ERROR: Final = re.compile(r"#(?:n/a|ref!|value!|name\?|num!|div/0!|null!|spill!)|#{4,}", re.I)


@lru_cache(maxsize=65_536)
def tidy(text: str) -> str:
    """Compose Unicode (NFC), straighten quotes, dashes and spaces; capitals and macrons stay.

    Parameters
    ----------
    text : str
        Any text.
    """
    text = _without_entities(text)
    return " ".join(unicodedata.normalize("NFC", text).translate(_ODD_SIGNS).split())


def _without_entities(text: str) -> str:
    while _ENTITY.search(text):
        text = html.unescape(text)
    return text


@lru_cache(maxsize=65_536)
def fold(text: str) -> str:
    """Take case, accents, macrons and odd signs off a text; folding twice changes nothing more.

    Parameters
    ----------
    text : str
        Any text.

    Returns
    -------
    str
        Case folded, without combining marks, quotes and dashes straightened, single spaces.
    """
    text = _without_entities(text)
    if text.isascii():
        return " ".join(text.replace("`", "'").lower().split())
    lowered = unicodedata.normalize("NFKC", text).translate(_ODD_SIGNS).casefold().translate(_ODD_SIGNS)
    bare = _MARKS.sub("", unicodedata.normalize("NFKD", lowered))
    return " ".join(unicodedata.normalize("NFC", bare).translate(_ODD_SIGNS).split())


@lru_cache(maxsize=65_536)
def is_placeholder(text: str) -> bool:
    """Tell whether a cell only says that there is nothing to say (``n/a``, ``none``, ``-``).

    Parameters
    ----------
    text : str
        A cell of a contact field; names are not asked, since a client may be called “None”.
    """
    return _PLACEHOLDERS.fullmatch(fold(text)) is not None


def is_spreadsheet_damage(text: str) -> bool:
    """Tell whether a spreadsheet turned the cell into another number or an error (``9.4E+12``)."""
    return _SPREADSHEET_NUMBER.fullmatch(text.strip()) is not None or is_spreadsheet_error(text)


def is_spreadsheet_error(text: str) -> bool:
    """Tell whether a spreadsheet left an error or a row of hashes in the cell (``#REF!``, ``####``)."""
    return "#" in text and _SPREADSHEET_ERROR.fullmatch(text.strip()) is not None
