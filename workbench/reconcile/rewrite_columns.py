"""Names for two ways of writing one value, whole columns at once: the twin of `workbench.reconcile.rewrites`.

Only texts of Latin letters and plain signs are read here, whose folding is known sign by sign.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from typing import Final

import polars as pl

from workbench.domain.fields import CONNECTWORKS, SIDE_LABELS, XPM
from workbench.reconcile.normalise.text import ENTITY

OURS: Final = pl.col("ours")
THEIRS: Final = pl.col("theirs")


def _bases() -> dict[str, str]:
    """Give the small letters that are a plain letter with marks, each with that letter."""
    found = {}
    for sign in map(chr, range(0xC0, 0x180)):
        base = unicodedata.normalize("NFD", sign)[0]
        marks = unicodedata.normalize("NFD", sign)[1:]
        if base.isascii() and marks and sign.lower() == sign.casefold() == sign:
            found[sign] = base
    return found


_BASES: Final = _bases()
_MARKED: Final = "".join(_BASES) + "".join(sign.upper() for sign in _BASES if len(sign.upper()) == 1)
_KNOWN: Final = rf"^[\x00-\x7f{_MARKED}]*$"
# A space alone need not be replaced by one.
_SPACES: Final = r"[\t-\r\x1c-\x1f][\t-\r\x1c- ]*| [\t-\r\x1c- ]+"

_PHONE_HABITS: Final = (
    (r"^\W*(?:\+|00|64[0-9]{7}|61[0-9]{8})", True, "adds the country code"),
    (r"^\W*[01+]", False, "lacks the leading zero"),
)
_WEBSITE_HABITS: Final = (
    ("://", True, "adds the scheme"),
    (r"(?i)www\.", True, "adds www"),
    (r"/\s*$", True, "adds a closing slash"),
)
_HABITS: Final = {"phone": _PHONE_HABITS, "website": _WEBSITE_HABITS}


def known(text: pl.Expr) -> pl.Expr:
    """Tell whether a text holds nothing but signs that are known here."""
    return text.str.contains(_KNOWN) & ~text.str.contains(ENTITY)


def richer(ours: pl.Expr = OURS, theirs: pl.Expr = THEIRS) -> pl.Expr:
    """Name the side that alone writes macrons or accents."""
    one, other = _marked(ours), _marked(theirs)
    return pl.when(one & ~other).then(pl.lit(CONNECTWORKS)).when(other & ~one).then(pl.lit(XPM))


def of(kind: str) -> pl.Expr:
    """Name how two known texts of one value differ (columns ``ours`` and ``theirs``): as `rewrites.of` does.

    Parameters
    ----------
    kind : str
        The field's kind; a phone, an email or a website that is plain, or any of the others save addresses.
    """
    told = []
    for pattern, when, words in _HABITS.get(kind, ()):
        one, other = (side.str.contains(pattern) == when for side in (OURS, THEIRS))
        told.append(_who(one & ~other, other & ~one, words))
    last = _name() if kind == "name" else pl.lit("written in another form")
    return pl.coalesce(*told, *plainly(OURS, THEIRS), last)


def plainly(ours: pl.Expr, theirs: pl.Expr) -> Sequence[pl.Expr]:
    """Name what only signs, capitals or marks tell apart: the first that is not null."""
    tidy = [_squeezed(side).str.replace_all("`", "'", literal=True) for side in (ours, theirs)]
    capitals = [side.str.to_lowercase() for side in tidy]
    bare = [side.str.to_lowercase().str.replace_all(r"[^\pL\pN]", "") for side in (ours, theirs)]
    folded = [_unmarked(side) for side in bare]
    one, other = _marked(ours), _marked(theirs)
    macrons = "differs only in macrons or accents"
    dropped = _who(other & ~one, one & ~other, "drops macrons or accents")
    return (
        _where(_squeezed(ours) == _squeezed(theirs), "differs only in spaces or line breaks"),
        _where(tidy[0] == tidy[1], "differs only in how signs are encoded"),
        _where(capitals[0] == capitals[1], "differs only in capitals"),
        _where(bare[0] == bare[1], "differs only in spaces and punctuation"),
        pl.when(folded[0] == folded[1]).then(pl.coalesce(dropped, pl.lit(macrons))),
    )


def _name() -> pl.Expr:
    words = [
        _unmarked(_squeezed(side).str.to_lowercase()).str.extract_all(r"[a-z0-9_]+").list.sort()
        for side in (OURS, THEIRS)
    ]
    order = words[0] == words[1]
    other = "suffix or short form (Ltd and Limited, & and and)"
    return pl.when(order).then(pl.lit("order of the names")).otherwise(pl.lit(other))


def _where(holds: pl.Expr, words: str) -> pl.Expr:
    return pl.when(holds).then(pl.lit(words))


def _who(ours: pl.Expr, theirs: pl.Expr, words: str) -> pl.Expr:
    """Say which side does something, where one alone does."""
    told = [pl.lit(f"{SIDE_LABELS[side]} {words}") for side in (CONNECTWORKS, XPM)]
    return pl.when(ours).then(told[0]).when(theirs).then(told[1])


def _squeezed(text: pl.Expr) -> pl.Expr:
    return text.str.replace_all(_SPACES, " ").str.strip_chars(" ")


def _marked(text: pl.Expr) -> pl.Expr:
    return text.str.contains(rf"[{_MARKED}]")


def _unmarked(lower: pl.Expr) -> pl.Expr:
    return lower.str.replace_many(_BASES)
