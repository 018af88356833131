"""Texts as bags of words: how much two texts have in common, in bits, whatever kind of thing they name.

For frames that do not say what their records are, a name is only words: the rarer the words that two names
share, or nearly share, the less likely it is chance.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Final

import numpy as np
import numpy.typing as npt
import polars as pl
from rapidfuzz import fuzz, process
from rapidfuzz.distance import JaroWinkler

from workbench.reconcile.link.codes import (
    Bits,
    Codes,
    Flags,
    Hashes,
    Ints,
    coded,
    distinct_pairs,
    left_justified,
    row_hash,
    rows_meet,
    sorted_distinct,
)
from workbench.reconcile.link.rarity import bits_of, formal_names
from workbench.reconcile.normalise.columns import encoded
from workbench.reconcile.normalise.lexicon import COMMON_WORDS, SHORT_FORMS
from workbench.reconcile.normalise.name_columns import fold_column
from workbench.reconcile.normalise.names import organisation_word

# Words of one text travel together; beyond so many bits each says less, and beyond more of them little.
FULL_BITS, BEYOND = 10.0, 0.7
PLENTY, FAR_BEYOND = 30.0, 0.1
INITIAL_BITS: Final = 2.5
# For how many texts the assumption stands of how common a word is.
PRIOR_TEXTS: Final = 300
# How alike two words must be to be one mistyped, and what is left of their worth.
ALIKE: Final = 0.85
NEAR_COST, NEAR_SHARE = 2.0, 0.85
_LEFT_COMPARED: Final = 4
# From what likeness of all letters on two texts of the same digits may be one.
LEAST_RATIO: Final = 75.0
_ASSUMED: Final = {"common": 4.0, "word": 9.0}
# Scripts without spaces are cut into pairs of signs.
_UNSPACED: Final = r"[\p{Han}\p{Hiragana}\p{Katakana}\p{Thai}]"
_WORD: Final = r"[\p{L}\p{N}]+"
# What says only how a firm is set up, anywhere in the world: two texts that differ by it alone are the same.
_LEGAL_FORMS: Final = (
    *("limited", "private", "pty", "proprietary", "incorporated", "corporation", "company", "plc", "llc"),
    *("gmbh", "ag", "sa", "nv", "bv", "spa", "srl", "sarl", "ab", "oy", "oyj", "asa", "kk", "sas"),
)
BANDS: Final = ("the same", "one within the other", "most of it", "half of it", "little or nothing")
_WHOLE, _MOSTLY, _HALF = 0.98, 0.75, 0.5
# Of so many kinds are letters when texts are sifted.
_LETTERS: Final = 32
# How much of what parts two words four equal letters at their start can make good (Jaro and Winkler).
_MOST_FOR_A_START: Final = 0.4
_ROUNDING: Final = 1e-6


@dataclass(frozen=True)
class KnownWords:
    """What is known of each word of a vocabulary.

    Parameters
    ----------
    roots : array of int, shape (words, width)
        Numbers of the formal names that it may stand for.
    kin : array of uint64
        A bit for each of these names: words that may stand for one name have one in common.
    first, length : array of int
        The first letter, and how many there are (one more entry at the end stands for no word).
    letters : array of uint64
        A bit for each of its letters.
    numeric : array of bool
        Whether it is a number.
    """

    roots: Ints
    kin: Hashes
    first: Codes
    length: Codes
    letters: Hashes
    numeric: Flags


@dataclass(frozen=True)
class Bags:
    """Many texts as bags of words.

    Parameters
    ----------
    words : array of int, shape (texts, width)
        Codes of each text's distinct words, the rarest first; −1 for none.
    vocabulary : polars.Series
        The word of each code.
    bits : array of float
        What each word is worth; one more entry at the end stands for no word.
    total : array of float
        What all of a text's words are worth.
    whole : array of int
        Equal for texts of equal words.
    whole_bits : array of float
        What each whole text is worth.
    squeezed : polars.Series
        The texts without spaces and signs.
    digits : array of int
        Equal for texts of equal digits.
    """

    words: Ints
    vocabulary: pl.Series
    bits: Bits
    total: Bits
    whole: Codes
    whole_bits: Bits
    squeezed: pl.Series
    digits: Codes

    @cached_property
    def known(self) -> KnownWords:
        """What is known of each word by itself."""
        words = self.vocabulary.to_list()
        roots = formal_names(words)
        kin = np.where(roots >= 0, _bit_of(roots), np.uint64(0))
        bits = _bit_of(np.arange(_LETTERS))
        return KnownWords(
            roots,
            np.bitwise_or.reduce(kin, axis=1),
            np.array([ord(word[0]) for word in words], dtype=np.int64),
            np.array([*map(len, words), 0], dtype=np.int64),
            np.where(_letters(words) > 0, bits, np.uint64(0)).sum(axis=1, dtype=np.uint64),
            np.array([word.isdigit() for word in words], dtype=bool),
        )

    @cached_property
    def written(self) -> tuple[npt.NDArray[np.object_], Ints]:
        """The texts without spaces and signs, and how often each has each letter."""
        texts = self.squeezed.to_list()
        return np.array(texts, dtype=object), _letters(texts)

    @cached_property
    def numeric(self) -> Flags:
        """Which words are numbers; one more entry at the end stands for no word."""
        return np.append(self.known.numeric, False)

    @cached_property
    def numbered(self) -> float:
        """What share of the texts has a number."""
        return float(_any(self.numeric[self.words]).sum() / max(self.present.sum(), 1))

    @property
    def present(self) -> Flags:
        """Which texts have words at all."""
        return self.words[:, 0] >= 0


@dataclass(frozen=True)
class Common:
    """What pairs of texts have in common.

    Parameters
    ----------
    bits : array of float
        What the common words are worth.
    band : array of int
        Place in `BANDS`; −1 where either text is missing.
    numbers_differ : array of bool
        Whether each has a number that the other lacks.
    """

    bits: Bits
    band: Ints
    numbers_differ: Flags


def bags_of(texts: pl.Series, things: Codes | None = None, prior_texts: int = PRIOR_TEXTS) -> Bags:
    """Read texts as bags of words.

    Parameters
    ----------
    texts : polars.Series
        As received; null where missing.
    things : array of int, optional
        What each text is of: equal texts of one thing count once when it is asked how rare their words are.
        Where one thing stands in a list many times, its texts are not common for that.
    prior_texts : int
        For how many texts the assumption stands of how common a word is.
    """
    folded = fold_column(texts).fill_null("").str.replace_all("'", "", literal=True)
    rows, vocabulary, code = _words(folded)
    some_order = _rarest_first(rows, code, np.zeros(len(vocabulary)), len(texts))
    whole, first = coded(row_hash(np.sort(some_order, axis=1)))
    counted = np.full(len(texts), things is None)
    if things is not None:
        counted[coded(row_hash(np.stack([things, whole], axis=1)))[1]] = True
    bits = _word_bits(vocabulary, code[counted[rows]], int(counted.sum()), prior_texts)
    words = _rarest_first(rows, code, bits, len(texts))
    total = bits[words].sum(axis=1)
    counts = np.bincount(whole[counted], minlength=len(first))
    whole_bits = np.maximum(bits_of(counts[whole], _damped(total), int(counted.sum()), prior_texts), 0.0)
    squeezed = folded.str.replace_all(r"[^\p{L}\p{N}]+", "")
    digits, _ = encoded(squeezed.str.replace_all(r"\D+", ""))
    return Bags(words, vocabulary, bits, total, whole, whole_bits, squeezed, digits)


def _words(folded: pl.Series) -> tuple[Codes, pl.Series, Codes]:
    """Split texts into words: the text of each word, the vocabulary, and the code of each word."""
    spaced = folded.str.replace_all(f"({_UNSPACED})", " $1 ")
    table = pl.DataFrame({"word": spaced.str.extract_all(_WORD)}).with_row_index("row").explode("word")
    table = table.drop_nulls()
    table = table.with_columns(_canonical(table["word"]).alias("word")).unique()
    form = pl.col("word").is_in(_LEGAL_FORMS)
    table = table.filter(~form | form.all().over("row"))
    vocabulary = table["word"].unique().sort()
    code = table["word"].cast(pl.Enum(vocabulary)).to_physical().to_numpy().astype(np.int64)
    return table["row"].to_numpy().astype(np.int64), vocabulary, code


def _word_bits(vocabulary: pl.Series, counted: Codes, texts: int, prior_texts: int) -> Bits:
    """Give what each word is worth by how few texts have it, and nothing for no word."""
    common = vocabulary.is_in([*COMMON_WORDS, *map(organisation_word, COMMON_WORDS)]).to_numpy()
    assumed = np.where(common, _ASSUMED["common"], _ASSUMED["word"])
    bits = bits_of(np.bincount(counted, minlength=len(vocabulary)), assumed, texts, prior_texts)
    brief = vocabulary.str.len_chars().to_numpy() == 1
    return np.append(np.where(brief, np.minimum(bits, INITIAL_BITS), np.maximum(bits, 0.0)), 0.0)


def _canonical(words: pl.Series) -> pl.Series:
    known = words.unique()
    full = [organisation_word(SHORT_FORMS.get(word, word)) for word in known]
    return words.replace_strict(known, full, return_dtype=pl.String)


def _rarest_first(rows: Codes, code: Codes, bits: Bits, size: int) -> Ints:
    order = np.lexsort((code, -bits[code], rows))
    rows, code = rows[order], code[order]
    place = np.arange(len(rows)) - np.searchsorted(rows, rows, "left")
    words = np.full((size, int(place.max(initial=0)) + 1), -1, dtype=np.int32)
    words[rows, place] = code
    return words


def _damped(bits: Bits) -> Bits:
    some = np.minimum(np.maximum(bits - FULL_BITS, 0.0), PLENTY - FULL_BITS)
    return np.minimum(bits, FULL_BITS) + BEYOND * some + FAR_BEYOND * np.maximum(bits - PLENTY, 0.0)


def compare_bags(bags: Bags, a: Codes, b: Codes) -> Common:
    """Tell what pairs of texts have in common.

    Parameters
    ----------
    bags : Bags
        All texts.
    a, b : array of int
        Rows of the texts to compare, pair by pair.
    """
    shared, over_a, over_b = _parted(bags.words[a], bags.words[b])
    same = np.where(shared, bags.bits[bags.words[a]], 0.0).sum(axis=1)
    near, covered = _nearly(bags, over_a, over_b)
    bits = _as_a_whole(bags, a, b, (over_a[:, 0] >= 0) & (over_b[:, 0] >= 0), same + near)
    equal = bags.whole[a] == bags.whole[b]
    totals = [np.maximum(bags.total[rows], 0.1) for rows in (a, b)]
    within, of_all = bits / np.minimum(*totals), bits / np.maximum(*totals)
    # A mistyped word is a rare one: it makes a text no longer, where most of either has its counterpart.
    matched = np.minimum(*((same + some) / total for some, total in zip(covered, totals, strict=True)))
    of_all = np.maximum(of_all, np.where(matched >= _MOSTLY, matched, 0.0))
    band = np.select(
        [
            equal | (of_all >= _WHOLE),
            (within >= _WHOLE) & (of_all >= 0.3),
            of_all >= _MOSTLY,
            of_all >= _HALF,
        ],
        [0, 1, 2, 3],
        4,
    )
    present = bags.present[a] & bags.present[b]
    # To be like a text is worth no more than to be that text: who has it by chance is like it, too.
    whole_bits = np.minimum(bags.whole_bits[a], bags.whole_bits[b])
    bits = np.where(equal, whole_bits, np.minimum(_damped(bits), whole_bits))
    numbers_differ = _any(bags.numeric[over_a]) & _any(bags.numeric[over_b])
    return Common(np.where(present, bits, 0.0), np.where(present, band, -1), numbers_differ)


def _any(flags: Flags) -> Flags:
    """Tell of each row whether any of its flags is set."""
    return np.asarray(flags.any(axis=1))


def _parted(one: Ints, other: Ints) -> tuple[Flags, Ints, Ints]:
    """Tell which words of the first text the second has too, and give the first few that either has alone."""
    # Column by column: the compiler's own loops are quick on what lies side by side.
    columns = [np.ascontiguousarray(words.T) for words in (one, other)]
    met = [np.zeros(words.shape, dtype=bool) for words in columns]
    for x, column in enumerate(columns[0]):
        for y, beside in enumerate(columns[1]):
            same = column == beside
            met[0][x] |= same
            met[1][y] |= same
    shared, found = (flags.T & (words >= 0) for flags, words in zip(met, (one, other), strict=True))
    over_one, over_other = (
        left_justified(words, (words >= 0) & ~flags)[:, :_LEFT_COMPARED]
        for words, flags in ((one, shared), (other, found))
    )
    return shared, over_one, over_other


def _nearly(bags: Bags, over_a: Ints, over_b: Ints) -> tuple[Bits, tuple[Bits, Bits]]:
    """Give what the words are worth that the texts nearly share: mistyped, shortened, an initial.

    Beside it, how much of the one text, and of the other, these words are.
    """
    total, of_a, of_b = np.zeros((3, len(over_a)))
    rows, worth = _near_words(bags, over_a, over_b)
    over_a, over_b = over_a[rows], over_b[rows]
    i, j, each = over_a.shape[1], over_b.shape[1], np.arange(len(rows))
    flat = worth.reshape(len(rows), i * j)
    for _ in range(min(i, j)):
        best = flat.argmax(axis=1)
        found = flat[each, best]
        total[rows] += found
        words = over_a[each, best // j], over_b[each, best % j]
        written_out = (found > 0) & (np.minimum(*(bags.known.length[some] for some in words)) > 1)
        for of, some in zip((of_a, of_b), words, strict=True):
            of[rows] += np.where(written_out, NEAR_SHARE * bags.bits[some], found)
        worth[each, best // j, :] = 0.0
        worth[each, :, best % j] = 0.0
    return total, (of_a, of_b)


def _near_words(bags: Bags, over_a: Ints, over_b: Ints) -> tuple[Codes, Bits]:
    """Give the texts that nearly share words, and what each word of either is worth beside each other one."""
    places, ones, others = [], [], []
    for x, one in enumerate(over_a.T):
        for y, other in enumerate(over_b.T):
            at = np.flatnonzero((one >= 0) & (other >= 0))
            at = at[_may_be_near(bags.known, one[at], other[at])]
            places.append((at * over_a.shape[1] + x) * over_b.shape[1] + y)
            ones.append(one[at])
            others.append(other[at])
    found = _near_worth(bags, np.concatenate(ones), np.concatenate(others))
    near = np.flatnonzero(found > 0)
    i, j = over_a.shape[1], over_b.shape[1]
    text, place = np.divmod(np.concatenate(places)[near], i * j)
    rows = sorted_distinct(text)
    worth = np.zeros((len(rows), i * j))
    worth[np.searchsorted(rows, text), place] = found[near]
    return rows, worth.reshape(len(rows), i, j)


def _may_be_near(known: KnownWords, one: Ints, other: Ints) -> Flags:
    """Tell quickly which pairs of words may be one word; hardly any other pair passes, and none is missed."""
    lengths = known.length[one], known.length[other]
    letters = known.letters[one], known.letters[other]
    same_start = known.first[one] == known.first[other]
    # Letters that the other word lacks have no counterpart; how alike they are otherwise cannot be more.
    kept = [
        size - np.bitwise_count(own & ~theirs)
        for size, own, theirs in zip(lengths, letters, letters[::-1], strict=True)
    ]
    most = np.minimum(*kept)
    similar = (most / lengths[0] + most / lengths[1] + 1.0) / 3.0
    similar += np.where(same_start, _MOST_FOR_A_START, 0.0) * (1.0 - similar)
    initial = same_start & (np.minimum(*lengths) == 1)
    kin = (known.kin[one] & known.kin[other]) != 0
    return ~(known.numeric[one] | known.numeric[other]) & ((similar >= ALIKE - _ROUNDING) | initial | kin)


def _near_worth(bags: Bags, one: Ints, other: Ints) -> Bits:
    """Give what each pair of words is worth if they are one word."""
    x, y, of = distinct_pairs(one, other)
    known = bags.known
    brief = np.minimum(known.length[x], known.length[y])
    words = ~(known.numeric[x] | known.numeric[y])
    called = words & rows_meet(known.roots[x], known.roots[y])
    initial = words & (brief == 1) & (known.first[x] == known.first[y])
    asked = np.flatnonzero(words & ~called & (brief > 2))
    near = np.zeros(len(x), dtype=bool)
    near[asked] = _alike(bags.vocabulary, x[asked], y[asked])
    lesser = np.minimum(bags.bits[x], bags.bits[y])
    mistyped = np.maximum(lesser - NEAR_COST, 0.0) * NEAR_SHARE
    worth = np.select([called, near, initial], [NEAR_SHARE * lesser, mistyped, np.full(len(x), INITIAL_BITS)])
    return worth[of]


def _alike(vocabulary: pl.Series, x: Codes, y: Codes) -> Flags:
    left, right = vocabulary.gather(x).to_list(), vocabulary.gather(y).to_list()
    scores = process.cpdist(left, right, scorer=JaroWinkler.similarity, score_cutoff=ALIKE, workers=-1)
    return np.asarray(scores, dtype=float) >= ALIKE


def _as_a_whole(bags: Bags, a: Codes, b: Codes, parted: Flags, bits: Bits) -> Bits:
    """Raise the bits of texts that are alike as a whole: spaces in other places, several slips."""
    texts, letters = bags.written
    at = np.flatnonzero(parted & (bags.digits[a] == bags.digits[b]))
    most = np.minimum(bags.total[a[at]], bags.total[b[at]])
    # Letters in common, wherever they stand, are the most that the texts can have in common.
    ones, others = letters[a[at]], letters[b[at]]
    lengths = ones.sum(axis=1, dtype=np.int64) + others.sum(axis=1, dtype=np.int64)
    ratio = 200.0 * np.minimum(ones, others).sum(axis=1, dtype=np.int64) / lengths
    share = _share(ratio + _ROUNDING)
    asked = (share > 0) & (share * most > bits[at] - _ROUNDING)
    at, most = at[asked], most[asked]
    left, right = texts[a[at]].tolist(), texts[b[at]].tolist()
    found = process.cpdist(left, right, scorer=fuzz.ratio, score_cutoff=LEAST_RATIO, workers=-1)
    result = bits.copy()
    result[at] = np.maximum(bits[at], _share(np.asarray(found, dtype=float)) * most)
    return result


def _share(ratio: Bits) -> Bits:
    return np.clip((ratio - LEAST_RATIO) / (100.0 - LEAST_RATIO), 0.0, 1.0)


def _letters(texts: Sequence[str]) -> Ints:
    """Count the letters of each text; a few rare ones count as one letter."""
    letters = np.frombuffer("".join(texts).encode("utf-32-le"), dtype=np.uint32).astype(np.int64)
    rows = np.repeat(np.arange(len(texts)), [len(text) for text in texts])
    counts = np.bincount(rows * _LETTERS + letters % _LETTERS, minlength=len(texts) * _LETTERS)
    return counts.reshape(len(texts), _LETTERS).astype(np.int16)


def _bit_of(numbers: Ints) -> Hashes:
    """Give one of a word's bits to each number."""
    return np.uint64(1) << (numbers % 64).astype(np.uint64)
