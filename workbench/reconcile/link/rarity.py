"""How much an agreement is worth by how rare the value is: a rare surname says more than Smith."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from math import log2
from typing import Final

from workbench.reconcile.normalise.lexicon import COMMON_WORDS
from workbench.reconcile.normalise.names import Name, family_root

# What is assumed of a word before any data: as if this many records had been seen.
PRIOR_RECORDS: Final = 300
MOST_NAME_BITS: Final = 22.0
INITIAL_BITS: Final = 2.5
_ASSUMED_BITS: Final = {"word": 9.0, "common": 4.0, "given": 7.5, "family": 10.0}


@dataclass(frozen=True)
class Rarity:
    """Counts of the words in names of both sides.

    Parameters
    ----------
    records : int
        Records of both sides together.
    words, given, families, whole : Counter
        In how many records each word, given name, family name and whole name stands.
    """

    records: int
    words: Counter[str] = field(default_factory=Counter)
    given: Counter[str] = field(default_factory=Counter)
    families: Counter[str] = field(default_factory=Counter)
    whole: Counter[tuple[str, ...]] = field(default_factory=Counter)
    _known: dict[str, float] = field(default_factory=dict, repr=False)

    def word(self, word: str) -> float:
        """Give the bits of a word in an organisation's name; one letter is an initial."""
        bits = self._known.get(word)
        if bits is None:
            bits = self._known[word] = self._word(word)
        return bits

    def _word(self, word: str) -> float:
        if len(word) == 1:
            return INITIAL_BITS
        assumed = "common" if word in COMMON_WORDS or f"{word}s" in COMMON_WORDS else "word"
        return self._bits(self.words[word], _ASSUMED_BITS[assumed])

    def given_name(self, word: str) -> float:
        """Give the bits of a given name."""
        return self._bits(self.given[word], _ASSUMED_BITS["given"])

    def family(self, word: str) -> float:
        """Give the bits of a family name."""
        return self._bits(self.families[word], _ASSUMED_BITS["family"])

    def whole_name(self, name: Name, assumed: float) -> float:
        """Give the bits of a whole name which both records have, given what its words are worth."""
        return min(max(self._bits(self.whole[whole(name)], assumed), assumed), MOST_NAME_BITS)

    def _bits(self, count: int, assumed: float) -> float:
        # The two records that agree do not count: the question is how often others have the word.
        others = max(count - 2, 0)
        seen = max(self.records - 2, 0)
        return -log2((others + PRIOR_RECORDS * 2.0**-assumed) / (seen + PRIOR_RECORDS))


def whole(name: Name) -> tuple[str, ...]:
    """Give what makes a name the same as another, in any order of words."""
    return (*sorted(name.words), *name.numbers)


def rarity(read: Iterable[Name]) -> Rarity:
    """Count the words of all names of both sides."""
    counts = Rarity(0)
    records = 0
    for name in read:
        records += 1
        counts.words.update(set(name.words))
        counts.given.update({word for person in name.given for word in person})
        counts.families.update({family_root(name.family)} if name.family else ())
        counts.whole[whole(name)] += 1
    return Rarity(records, counts.words, counts.given, counts.families, counts.whole)
