"""Email cells: which mailboxes they name. Syntax by `email-validator`, without asking the network."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

import polars as pl
from email_validator import SPECIAL_USE_DOMAIN_NAMES, EmailNotValidError, validate_email

from workbench.reconcile.normalise import columns
from workbench.reconcile.normalise import text as texts

_NOBODY: Final = re.compile(
    r"none|no|na|nil|null|no[-._]?e?mail|noone|nobody|unknown|x{1,4}|test|donotemail|notprovided"
)
_BETWEEN: Final = re.compile(r"[;,|\s]+|(?<=\w)/(?=\S+@)")
# A mailbox without anything that needs a closer look: letters, digits and few signs, no double hyphen (which
# may be a domain's coded form), a last label of letters.
_LABEL: Final = "[a-z0-9]+(?:-[a-z0-9]+)*"
_PLAIN: Final = rf"[a-z0-9][a-z0-9_+-]*(?:\.[a-z0-9_+-]+)*@(?:{_LABEL}\.)+[a-z]{{2,}}"
_PLAIN_PIECE: Final = re.compile(_PLAIN, re.I | re.A)
_PLAIN_LENGTH: Final = 63
_SPECIAL: Final = tuple(f".{name}" for name in SPECIAL_USE_DOMAIN_NAMES)
_PARTING: Final = str.maketrans("_+-", "...")  # signs between a mailbox's words
_IDLE: Final = re.compile("and|or|&|e|e?-?mail|mailto", re.I)
_LINKED: Final = re.compile(r"^mailto:([^?]*).*", re.I)
_WRAPPED: Final = re.compile(r"<\s*(?:mailto:)?([^<>\s]+@[^<>\s]+)\s*>", re.I)


@dataclass(frozen=True, slots=True)
class Emails:
    """What an email cell holds.

    Parameters
    ----------
    addresses : tuple of str
        Sorted, lower case, each once; placeholders dropped.
    unread : tuple of str
        Folded pieces that are no address.
    """

    addresses: tuple[str, ...] = ()
    unread: tuple[str, ...] = ()


@lru_cache(maxsize=65_536)
def parse(text: str | None) -> Emails:
    """Read every address of an email cell.

    Parameters
    ----------
    text : str or None
        The cell as received: one address or a list, bare, with a name, or as a ``mailto:`` link.
    """
    if text is None or texts.is_placeholder(text):
        return Emails()
    found: set[str] = set()
    unread: set[str] = set()
    for piece in _pieces(text):
        address = _address(piece)
        if address is None:
            unread.add(texts.fold(piece))
        elif not _is_nobody(address):
            found.add(address)
    return Emails(tuple(sorted(found)), tuple(sorted(unread)))


def keys(text: str | None) -> tuple[str, ...]:
    """Give the mailboxes that a cell names: lower case, sorted, without placeholders.

    Parameters
    ----------
    text : str or None
        The cell as received.
    """
    return parse(text).addresses


def keys_of(texts: pl.Series) -> pl.Series:
    """Give `keys` of every cell of a column.

    Parameters
    ----------
    texts : polars.Series of str
        Distinct cells as received.

    Returns
    -------
    polars.Series of list of str
        The mailboxes of each cell.
    """
    plain = plain_of(texts).alias("address")
    found = plain.to_frame().select(pl.concat_list("address")).to_series()
    by_cell = columns.one_by_one(keys, columns.TEXTS)
    return columns.completed(found, plain.is_not_null(), texts, by_cell)


def plain_of(texts: pl.Series) -> pl.Series:
    """Give the one mailbox of every cell that holds nothing else; null where only a closer look tells.

    Parameters
    ----------
    texts : polars.Series of str
        Distinct cells as received.
    """
    bare = texts.str.strip_chars(" ")
    lower = bare.str.to_lowercase()
    plain = bare.str.contains(rf"(?i-u)^{_PLAIN}$") & (bare.str.len_bytes() <= _PLAIN_LENGTH)
    special = lower.str.contains(rf"(?:{'|'.join(map(re.escape, _SPECIAL))})$")
    nobody = lower.str.contains(rf"^(?:{_NOBODY.pattern})@")
    return lower.set(~plain | special | nobody, None)


def domain(address: str) -> str:
    """Give the part after the @ of one address."""
    return address.rpartition("@")[2]


def extends(whole: tuple[str, ...], part: tuple[str, ...]) -> bool:
    """Tell whether one mailbox has another's name and words more: “old.jane” and “jane” of one domain.

    Parameters
    ----------
    whole, part : tuple of str
        `keys` of two cells.
    """
    if len(whole) != 1 or len(part) != 1:
        return False
    if domain(whole[0]) != domain(part[0]) or whole == part:
        return False
    name, less = (f".{one[0].rpartition('@')[0].translate(_PARTING)}." for one in (whole, part))
    return less in name


def _pieces(text: str) -> list[str]:
    """Part a cell into what should be one address each."""
    text = texts.tidy(text)
    wrapped = _WRAPPED.findall(text)
    rest = _WRAPPED.sub(" ", text)
    if wrapped:
        rest = " ".join(piece for piece in _BETWEEN.split(rest) if "@" in piece)
    loose = [_LINKED.sub(r"\1", piece.strip("\"'()[]<>.:/")) for piece in _BETWEEN.split(rest)]
    return wrapped + _without_words([piece for piece in loose if piece])


def _without_words(pieces: list[str]) -> list[str]:
    """Drop what says nothing beside a mailbox (“Email:”, “and”, “n/a”); any other word may (“old”)."""
    if not any(map(_address, pieces)):
        return pieces
    return [piece for piece in pieces if not (_IDLE.fullmatch(piece) or texts.is_placeholder(piece))]


def _address(piece: str) -> str | None:
    if len(piece) <= _PLAIN_LENGTH and _PLAIN_PIECE.fullmatch(piece) and not piece.lower().endswith(_SPECIAL):
        return piece.lower()
    try:
        return validate_email(piece, check_deliverability=False).normalized.lower()
    except EmailNotValidError:
        return None


def _is_nobody(address: str) -> bool:
    local, _, host = address.rpartition("@")
    site = host.split(".")[0]
    nobody = _NOBODY.fullmatch(local) is not None
    return nobody and (_NOBODY.fullmatch(site) is not None or local.startswith("no") or local == "donotemail")
