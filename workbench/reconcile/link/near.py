"""Whether two values differ by a slip only: a typing slip in a word, one key beside another in a field.

Every function compares distinct pairs of texts at once, so that a pair of values is never compared twice.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final

import numpy as np
import polars as pl
from rapidfuzz import process
from rapidfuzz.distance import OSA, JaroWinkler

from workbench.reconcile.link.codes import Bits, Flags, Ints, distinct_pairs
from workbench.reconcile.link.prepared import IDENTIFIERS

# A short word that is one letter off is another word.
SHORTEST: Final = 5
ALIKE: Final = 0.85
_NO_DIGITS: Final = re.compile(r"\D+")

def slips(texts: pl.Series, one: Ints, other: Ints, shortest: int = 3) -> Flags:
    """Tell whether one typing slip (or two in a long word) may part two words.

    Parameters
    ----------
    texts : polars.Series
        The text of each code.
    one, other : array of int
        Codes of the words to compare, pair by pair.
    shortest : int
        From how many letters on a slip is believed.
    """
    pairs = _Distinct(texts, one, other)
    edits = pairs.scored(OSA.distance, 2)
    close = (edits == 1) | ((edits == 2) & (pairs.shorter >= 8))
    return pairs.spread(close & (pairs.shorter >= shortest))


def alike(texts: pl.Series, one: Ints, other: Ints, least: float, shortest: int) -> Flags:
    """Tell whether words of some length are more similar than a threshold (Jaro and Winkler)."""
    pairs = _Distinct(texts, one, other)
    similar = pairs.scored(JaroWinkler.similarity, least)
    return pairs.spread((similar > least) & (pairs.shorter >= shortest))


def near_emails(texts: pl.Series, one: Ints, other: Ints) -> Flags:
    """Tell whether two addresses are one mailbox mistyped, or an old one marked so (``old.ann@…``).

    Two people of one name often have mailboxes that differ by a digit, so digits must be the same.
    """
    return _Distinct(texts, one, other).asked(12, _one_mailbox)


def near_addresses(texts: pl.Series, one: Ints, other: Ints) -> Flags:
    """Tell whether two addresses have the same numbers, and words that slips alone may part."""
    pairs = _Distinct(texts, one, other)
    similar = pairs.scored(OSA.normalized_similarity, ALIKE) >= ALIKE
    return pairs.spread(pairs.confirmed(similar, lambda a, b: _digits(a) == _digits(b)))


def near_numbers(texts: pl.Series, one: Ints, other: Ints) -> Flags:
    """Tell whether one digit is another, is missing, or two neighbours are swapped."""
    return _Distinct(texts, one, other).asked(1, lambda a, b: min(len(a), len(b)) >= SHORTEST)


def near_days(texts: pl.Series, one: Ints, other: Ints) -> Flags:
    """Tell whether two days (ISO) differ only by day and month swapped or by one digit."""
    return _Distinct(texts, one, other).asked(4, _one_day)


def _one_mailbox(one: str, other: str) -> bool:
    (local, _, host), (local_other, _, host_other) = one.rpartition("@"), other.rpartition("@")
    if host != host_other or min(len(local), len(local_other)) < SHORTEST:
        return False
    shorter, longer = sorted((local, local_other), key=len)
    if longer.endswith(f".{shorter}"):
        return True
    return _digits(local) == _digits(local_other) and OSA.distance(local, local_other, score_cutoff=1) == 1


def _one_day(one: str, other: str) -> bool:
    turned = f"{one[:4]}-{one[8:10]}-{one[5:7]}"
    return turned == other or sum(a != b for a, b in zip(one, other, strict=False)) == 1


def _digits(text: str) -> str:
    return _NO_DIGITS.sub("", text)


class _Distinct:
    """The distinct pairs among many pairs of texts."""

    def __init__(self, texts: pl.Series, one: Ints, other: Ints) -> None:
        a, b, self._of = distinct_pairs(one, other)
        self.left, self.right = texts.gather(a).to_list(), texts.gather(b).to_list()

    @property
    def shorter(self) -> Ints:
        """How many letters the shorter one of each pair has."""
        lengths = ([len(text) for text in side] for side in (self.left, self.right))
        return np.minimum(*(np.array(side, dtype=int) for side in lengths))

    def scored(self, scorer: Callable[..., float], cutoff: float) -> Bits:
        """Score each pair; below (or beyond) the cut-off any score may stand."""
        scores = process.cpdist(self.left, self.right, scorer=scorer, score_cutoff=cutoff, workers=-1)
        return np.asarray(scores, dtype=float)

    def confirmed(self, likely: Flags, near: Callable[[str, str], bool]) -> Flags:
        """Ask of the likely pairs."""
        result = np.zeros(len(likely), dtype=bool)
        at = np.flatnonzero(likely)
        result[at] = [near(self.left[i], self.right[i]) for i in at.tolist()]
        return result

    def asked(self, most_edits: int, near: Callable[[str, str], bool]) -> Flags:
        """Ask of the pairs that so few edits part."""
        return self.spread(self.confirmed(self.scored(OSA.distance, most_edits) <= most_edits, near))

    def spread(self, told: Flags) -> Flags:
        """Give every pair what its distinct pair was told."""
        return told[self._of]


SLIPS: Final[dict[str, Callable[[pl.Series, Ints, Ints], Flags]]] = {
    **dict.fromkeys(IDENTIFIERS, near_numbers),
    "email": near_emails,
    "phone": near_numbers,
    "address": near_addresses,
    "date_of_birth": near_days,
}
