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

from workbench.reconcile.link.codes import Bits, Codes, Flags, Ints, distinct_pairs
from workbench.reconcile.link.prepared import IDENTIFIERS, Values

# A short word that is one letter off is another word.
SHORTEST: Final = 5
# From so many letters on, a word may have two.
_TWO_SLIPS: Final = 8
ALIKE: Final = 0.85
_ROMAN: Final = re.compile("[ivx]+")
# Shorter addresses are alike by their hosts alone.
_LONG: Final = 16
_STEPS: Final = np.unique([k * 10**p for k in (*range(1, 10), *range(9, 82, 9)) for p in range(18)])
_TURNED: Final = [0, 1, 2, 3, 6, 7, 4, 5]


def slips(texts: pl.Series, one: Ints, other: Ints, shortest: int = 3) -> Flags:
    """Tell whether one typing slip (or two in a long word) may part two words; another number is none.

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
    most = np.where(pairs.shorter >= max(shortest, _TWO_SLIPS), 2, np.where(pairs.shorter >= shortest, 1, 0))
    edits = pairs.scored(OSA.distance, 2, (most > 0) & (pairs.longer - pairs.shorter <= most))
    close = (edits > 0) & (edits <= most)
    return pairs.spread(pairs.each(lambda one, other: _number(one) == _number(other), close))


def slips_inside(texts: pl.Series, one: Ints, other: Ints) -> Flags:
    """Tell of words a slip apart whether fingers may have parted them, and not parents.

    Brothers and sisters, or a couple, have names that differ at the start (Hayden, Jayden) or at the end
    (Robert, Roberta); fingers swap neighbours and slip anywhere.
    """
    pairs = _Distinct(texts, one, other)
    # Fingers slip once: Xiaoming and Xiaohong are two.
    slip = pairs.scored(OSA.distance, 1, pairs.longer - pairs.shorter <= 1) == 1
    return pairs.spread(pairs.each(_parted_inside, slip))


def swapped(texts: pl.Series, one: Ints, other: Ints) -> Flags:
    """Tell of words a slip apart whether letters are swapped: fingers do that, and other names seldom."""
    pairs = _Distinct(texts, one, other)
    return pairs.spread(pairs.each(_same_letters))


def alike(texts: pl.Series, one: Ints, other: Ints, least: float, shortest: int) -> Flags:
    """Tell whether words of some length are more similar than a threshold (Jaro and Winkler)."""
    pairs = _Distinct(texts, one, other)
    return pairs.spread(pairs.scored(JaroWinkler.similarity, least, pairs.shorter >= shortest) > least)


def near_emails(values: Values, one: Ints, other: Ints) -> Flags:
    """Tell whether two addresses are one mailbox mistyped, or an old one marked so (``old.ann@…``).

    Two people of one name often have mailboxes that differ by a digit, so digits must be the same.
    """
    return _asked(values.words, one, other, same_sieve(values, one, other), _one_mailbox)


def near_whole_emails(values: Values, one: Ints, other: Ints) -> Flags:
    """Tell whether two addresses are one mailbox mistyped, be it behind the @."""
    hosts_differ = ~same_sieve(values, one, other)
    at = np.flatnonzero(hosts_differ & (np.minimum(values.lengths[one], values.lengths[other]) >= _LONG))
    pairs = _Distinct(values.words, one[at], other[at])
    alike = pairs.scored(OSA.normalized_similarity, ALIKE) >= ALIKE
    result = near_emails(values, one, other)
    result[at] = pairs.spread(alike & pairs.each(lambda one, other: _digits(one) == _digits(other)))
    return result


def near_addresses(values: Values, one: Ints, other: Ints) -> Flags:
    """Tell whether two addresses have the same numbers, and words that slips alone may part."""
    likely = same_sieve(values, one, other)
    alike = OSA.normalized_similarity
    return _asked(values.words, one, other, likely, lambda pairs: pairs.scored(alike, ALIKE) >= ALIKE)


def near_numbers(values: Values, one: Ints, other: Ints) -> Flags:
    """Tell whether one digit is another, is missing, or two neighbours are swapped."""
    likely = a_step_apart(values, one, other)
    return _asked(values.words, one, other, likely, lambda pairs: pairs.scored(OSA.distance, 1) == 1)


def same_sieve(values: Values, one: Ints, other: Ints) -> Flags:
    """Tell whether two values have in common what they must have to differ by a slip only."""
    return values.sieve[one] == values.sieve[other]


def a_step_apart(values: Values, one: Ints, other: Ints) -> Flags:
    """Tell whether two numbers may differ by one digit.

    One other digit is a step of 1 to 9 at some power of ten, two swapped ones a step of 9 to 81.
    """
    step = np.abs(values.sieve[one] - values.sieve[other])
    lengths = values.lengths[one], values.lengths[other]
    is_step = _STEPS[np.minimum(np.searchsorted(_STEPS, step), len(_STEPS) - 1)] == step
    likely = np.where(lengths[0] == lengths[1], is_step, np.abs(lengths[0] - lengths[1]) == 1)
    return likely & (np.minimum(*lengths) >= SHORTEST)


def near_days(values: Values, one: Ints, other: Ints) -> Flags:
    """Tell whether two days (ISO) differ only by day and month swapped or by one digit."""
    a, b = (values.digits_of_days.take(codes, axis=0) for codes in (one, other))
    turned = np.all(a[:, _TURNED] == b, axis=1)
    return turned | (np.sum(a != b, axis=1) == 1)


def days_share_two_parts(values: Values, one: Ints, other: Ints) -> Flags:
    """Tell whether two days (ISO) have two of year, month and day in common, as where one was misheard."""
    same = np.equal(*(values.digits_of_days.take(codes, axis=0) for codes in (one, other)))
    parts = [same[:, part].all(axis=1) for part in (slice(0, 4), slice(4, 6), slice(6, 8))]
    return np.asarray(np.sum(parts, axis=0) == 2)


def _one_mailbox(pairs: _Distinct) -> Flags:
    marked = pairs.each(lambda one, other: one.endswith(f".{other}") or other.endswith(f".{one}"))
    return pairs.each(_is_one_mailbox, marked | (pairs.scored(OSA.distance, 1) == 1))


def _is_one_mailbox(one: str, other: str) -> bool:
    (local, _, host), (local_other, _, host_other) = one.rpartition("@"), other.rpartition("@")
    if host != host_other or min(len(local), len(local_other)) < SHORTEST:
        return False
    shorter, longer = sorted((local, local_other), key=len)
    if longer.endswith(f".{shorter}"):
        return True
    return _digits(local) == _digits(local_other) and OSA.distance(local, local_other, score_cutoff=1) == 1


def _parted_inside(one: str, other: str) -> bool:
    ends = 1 if _same_letters(one, other) else 2
    return (ends == 1 or one[0] == other[0]) and one[-ends:] == other[-ends:]


def _same_letters(one: str, other: str) -> bool:
    return sorted(one) == sorted(other)


def _number(word: str) -> str:
    """Give the digits in a word, or the word where it is a Roman number."""
    return _digits(word) or (word if _ROMAN.fullmatch(word) else "")


def _digits(text: str) -> str:
    return "".join(filter(str.isdigit, text))


def _asked(
    texts: pl.Series, one: Ints, other: Ints, likely: Flags, near: Callable[[_Distinct], Flags]
) -> Flags:
    """Ask of the likely pairs, once of each distinct one."""
    at = np.flatnonzero(likely)
    pairs = _Distinct(texts, one[at], other[at])
    result = np.zeros(len(one), dtype=bool)
    result[at] = pairs.spread(near(pairs))
    return result


class _Distinct:
    """The distinct pairs among many pairs of texts."""

    def __init__(self, texts: pl.Series, one: Ints, other: Ints) -> None:
        a, b, self._of = distinct_pairs(one, other)
        self._sides = texts.gather(a), texts.gather(b)
        lengths = [side.str.len_chars().to_numpy().astype(np.int64) for side in self._sides]
        self.shorter, self.longer = np.minimum(*lengths), np.maximum(*lengths)

    def scored(self, scorer: Callable[..., float], cutoff: float, which: Flags | None = None) -> Bits:
        """Score each pair, or some; below (or beyond) the cut-off any score may stand, of the others none."""
        result = np.full(len(self.shorter), np.nan)
        at, texts = self._asked(which)
        # Chunks of pairs are weighed side by side already: threads for each would cost more than they bring.
        result[at] = process.cpdist(*texts, scorer=scorer, score_cutoff=cutoff, workers=1)
        return result

    def each(self, near: Callable[[str, str], bool], which: Flags | None = None) -> Flags:
        """Tell of all pairs, or of some, what a question of two texts says; of the others, no."""
        result = np.zeros(len(self.shorter), dtype=bool)
        at, texts = self._asked(which)
        result[at] = [*map(near, *texts)]
        return result

    def _asked(self, which: Flags | None) -> tuple[Codes, tuple[list[str], list[str]]]:
        """Give the places and the texts of the pairs that are asked of."""
        at = np.arange(len(self.shorter)) if which is None else np.flatnonzero(which)
        left, right = (side.gather(at).to_list() for side in self._sides)
        return at, (left, right)

    def spread(self, told: Flags) -> Flags:
        """Give every pair what its distinct pair was told."""
        return told[self._of]


Test = Callable[[Values, Ints, Ints], Flags]
MAY_SLIP: Final[dict[str, Test]] = {
    **dict.fromkeys((*IDENTIFIERS, "phone"), a_step_apart),
    **dict.fromkeys(("email", "address"), same_sieve),
    "date_of_birth": near_days,
}
"""By field, a quick test that values which differ by a slip only always pass."""
SLIPS: Final[dict[str, Test]] = {
    **dict.fromkeys(IDENTIFIERS, near_numbers),
    "email": near_emails,
    "phone": near_numbers,
    "address": near_addresses,
    "date_of_birth": near_days,
}
