"""How much an agreement is worth by how rare the value is: a rare surname says more than Smith.

Everything that is known of single words, family names and given names of a firm is reckoned here once.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import polars as pl

from workbench.reconcile.link.codes import (
    Bits,
    Codes,
    Flags,
    Hashes,
    Ints,
    coded,
    left_justified,
    mixed,
    padded,
    row_hash,
    set_hash,
    text_hash,
    whole_hashes,
    without_repeats,
    word_hashes,
)
from workbench.reconcile.link.frequencies import HERE, Frequencies
from workbench.reconcile.normalise.lexicon import COMMON_WORDS, PARTICLES, PLACES
from workbench.reconcile.normalise.name_columns import NameColumns
from workbench.reconcile.normalise.names import family_root, given_roots, short_vowels
from workbench.reconcile.threads import workers

# What is assumed of a word before any data: as if this many records had been seen.
PRIOR_RECORDS: Final = 300
MOST_NAME_BITS: Final = 22.0
INITIAL_BITS: Final = 2.5
_ASSUMED_BITS: Final = {"word": 9.0, "common": 4.0, "given": 7.5, "family": 10.0}


@dataclass(frozen=True)
class Words:
    """What is known of each word of the vocabulary; one more entry at the end stands for no word.

    Parameters
    ----------
    texts : polars.Series
        The words.
    length, first : array of int
        How many letters, and the code of the first one.
    bits, given_bits : array of float
        What it is worth in an organisation's name, and as a given name.
    roots : array of int, shape (words, width)
        Numbers of the formal names that it may stand for, the same in every table; −1 for none.
    short : array of int
        Equal for words that differ in doubled vowels only.
    particle, place, common : array of bool
        Whether it is a particle of a family name, a place, or a word that many organisations use.
    hashes, shifts : array of uint64
        For `text_hash`.
    """

    texts: pl.Series
    length: Ints
    first: Ints
    bits: Bits
    given_bits: Bits
    roots: Ints
    short: Ints
    particle: Flags
    place: Flags
    common: Flags
    hashes: Hashes
    shifts: Hashes


@dataclass(frozen=True)
class Families:
    """What is known of each family name; a code −1 elsewhere means no family name.

    Parameters
    ----------
    root : array of int
        Code of the name as one word, Mac written as Mc; −1 for the empty name.
    roots : polars.Series
        The text of each root.
    hashes : array of uint64
        Of each root's text.
    bits : array of float
        What each root is worth; one more entry at the end stands for none.
    parts : array of int, shape (families, width)
        Its words that are no particles.
    part_bits : array of float
        What each word is worth as a family name by itself.
    """

    root: Ints
    roots: pl.Series
    hashes: Hashes
    bits: Bits
    parts: Ints
    part_bits: Bits


@dataclass(frozen=True)
class Rarity:
    """All names of a firm, ready to be compared.

    Parameters
    ----------
    records : int
        How many records were counted.
    words : Words
        The vocabulary.
    families : Families
        The family names.
    given, middle : array of int
        Of each name, the given names without particles, and all given names as written.
    partner : array of int
        The second person's given names.
    family : array of int
        Code of each name's family name.
    turned_given, turned_family : array of int
        The same were the first word the family name; family −1 where there is one word only.
    joined, turned_joined : array of uint64
        Hash of the given names written without spaces.
    terms : array of int
        Words of each name, each once, without “and”.
    term_set, squeezed, ordered : array of uint64
        Hash of these words in any order; of all words without spaces; of all but “and” in order.
    length : array of int
        How many words, “and” included.
    whole : array of int
        Equal for names of equal words and numbers.
    whole_counts : array of int
        How many records have each whole name.
    """

    records: int
    words: Words
    families: Families
    given: Ints
    middle: Ints
    partner: Ints
    family: Ints
    turned_given: Ints
    turned_family: Ints
    joined: Hashes
    turned_joined: Hashes
    terms: Ints
    term_set: Hashes
    squeezed: Hashes
    ordered: Hashes
    length: Ints
    whole: Codes
    whole_counts: Codes

    def whole_bits(self, whole: Codes, assumed: Bits) -> Bits:
        """Give the bits of whole names which both records have, given what their words are worth."""
        bits = bits_of(self.whole_counts[whole], assumed, self.records)
        return np.minimum(np.maximum(bits, assumed), MOST_NAME_BITS)


def bits_of(counts: Codes, assumed: Bits | float, records: int, prior_records: int = PRIOR_RECORDS) -> Bits:
    """Give what an agreement is worth on a value that so many records have.

    Parameters
    ----------
    counts : array of int
        Records with the value; the two that agree do not count: the question is how often others have it.
    assumed : float or array of float
        What it would be worth before any data.
    records : int
        All records.
    prior_records : int
        For how many records the assumption stands.
    """
    others, seen = np.maximum(counts - 2, 0), max(records - 2, 0)
    return -np.log2((others + prior_records * np.exp2(-np.asarray(assumed))) / (seen + prior_records))


def rarity(names: NameColumns, records: int, firm: Frequencies = HERE) -> Rarity:
    """Count the words of all names.

    Parameters
    ----------
    names : NameColumns
        Of both sides.
    records : int
        How many of its rows are records; the aliases behind them do not count.
    firm : Frequencies
        How often words and names stand in the whole firm.
    """
    counted = _Counted(records, firm)
    vocabulary = names.vocabulary
    conjunction = vocabulary.index("and") if "and" in vocabulary else len(vocabulary)
    all_given = np.concatenate(
        [padded(g, max(names.given.shape[1], names.partner.shape[1])) for g in (names.given, names.partner)],
        axis=1,
    )
    words = _words(names, all_given, counted)
    said = np.concatenate([names.given, names.family], axis=1)
    said = left_justified(said, said >= 0)
    turned_given = padded(said[:, 1:], 1) if said.shape[1] > 1 else np.full_like(said, -1)
    turned_words = np.where(turned_given[:, :1] >= 0, said[:, :1], -1)
    families, (family, turned_family) = _families(
        [names.family, turned_words], names.vocabulary, words.particle, counted
    )
    turned_family = np.where(turned_words[:, 0] >= 0, turned_family, -1)
    is_name = names.words >= 0
    listed = left_justified(names.words, is_name & (names.words != conjunction))

    def joined(given: Ints) -> tuple[Ints, Hashes]:
        bare = _bare(given, words.particle)
        return bare, text_hash(bare, words.hashes, words.shifts)

    # Reckoning on arrays does not hold Python's lock.
    with workers(records) as pool:
        wholes = pool.submit(_wholes, names, words.hashes, counted)
        terms = pool.submit(without_repeats, listed)
        given = pool.submit(joined, names.given)
        turned = pool.submit(joined, turned_given)
        partner = pool.submit(_bare, names.partner, words.particle)
        squeezed = pool.submit(text_hash, names.words, words.hashes, words.shifts)
        ordered = row_hash(listed, words.hashes)
    return Rarity(
        counted.of_all,
        words,
        families,
        given.result()[0],
        names.given,
        partner.result(),
        family,
        turned.result()[0],
        turned_family,
        given.result()[1],
        turned.result()[1],
        terms.result(),
        set_hash(terms.result(), words.hashes),
        squeezed.result(),
        ordered,
        is_name.sum(axis=1),
        *wholes.result(),
    )


def _bare(given: Ints, particle: Flags) -> Ints:
    """Leave particles out of given names, unless there is nothing else."""
    kept = (given >= 0) & ~particle[given]
    kept = np.where(kept.any(axis=1, keepdims=True), kept, given >= 0)
    return left_justified(given, kept)


@dataclass(frozen=True)
class _Counted:
    """Counts names in the first rows, which are the records at hand, and so in the whole firm."""

    records: int
    firm: Frequencies

    @property
    def of_all(self) -> int:
        """How many records the firm has."""
        return sum(self.firm.sizes) if self.firm.sizes else self.records

    def rows_with(self, kind: str, values: pl.Series, words: Ints) -> Codes:
        """Count in how many records each word stands."""
        once = without_repeats(words[: self.records])
        return self.firm.of(kind, values, np.bincount(once[once >= 0], minlength=len(values)))

    def rows_of(self, kind: str, values: pl.Series, codes: Ints) -> Codes:
        """Count how many records have each code."""
        some = codes[: self.records]
        return self.firm.of(kind, values, np.bincount(some[some >= 0], minlength=len(values)))


def formal_names(words: Sequence[str]) -> Codes:
    """Give for each word the formal given names that it may stand for, as numbers; a last row for no word.

    Parameters
    ----------
    words : sequence of str
        The vocabulary.

    Returns
    -------
    array of int, shape (words + 1, width)
        Equal numbers are equal names, −1 is none.
    """
    roots = [sorted(given_roots(word)) for word in words]
    formal = pl.Series(sorted({root for some in roots for root in some}), dtype=pl.String)
    numbers = dict(zip(formal, (whole_hashes(formal) >> np.uint64(1)).tolist(), strict=True))
    table = np.full((len(words) + 1, max([1, *map(len, roots)])), -1, dtype=np.int64)
    for at, some in enumerate(roots):
        table[at, : len(some)] = [numbers[root] for root in some]
    return table


def _words(names: NameColumns, all_given: Ints, counted: _Counted) -> Words:
    texts = names.vocabulary
    common = [word in COMMON_WORDS or f"{word}s" in COMMON_WORDS for word in texts]
    assumed = np.where(common, _ASSUMED_BITS["common"], _ASSUMED_BITS["word"])
    length = np.array([*map(len, texts), 0], dtype=np.int16)
    written = pl.Series(texts, dtype=pl.String)
    bits = bits_of(counted.rows_with("word", written, names.words), assumed, counted.of_all)
    bits = np.where(length[:-1] == 1, INITIAL_BITS, bits)
    given_counts = counted.rows_with("given", written, all_given)
    given = bits_of(given_counts, _ASSUMED_BITS["given"], counted.of_all)
    shorts = [short_vowels(word) for word in texts]
    short_of = {text: at for at, text in enumerate(sorted(set(shorts)))}
    hashes, shifts = word_hashes(texts)
    return Words(
        written,
        length,
        np.array([*(ord(word[0]) for word in texts), -1], dtype=np.int32),
        np.append(bits, 0.0),
        np.append(given, 0.0),
        formal_names(texts),
        np.array([*(short_of[text] for text in shorts), -1], dtype=np.int32),
        np.array([*(word in PARTICLES for word in texts), False]),
        np.array([*(word in PLACES for word in texts), False]),
        np.array([*common, False]),
        hashes,
        shifts,
    )


def _families(
    matrices: list[Ints], texts_of: list[str], particle: Flags, counted: _Counted
) -> tuple[Families, list[Codes]]:
    """Give codes to the family names of some matrices; only the first one's first rows are counted."""
    width = max(matrix.shape[1] for matrix in matrices)
    stacked = np.concatenate([padded(matrix, width) for matrix in matrices])
    number, first = coded(row_hash(stacked))
    distinct = stacked[first]
    texts = [family_root(tuple(texts_of[code] for code in row if code >= 0)) for row in distinct.tolist()]
    alone = {code: family_root((texts_of[code],)) for code in set(distinct[distinct >= 0].tolist())}
    roots = sorted({*texts, *alone.values()} - {""})
    code = {root: at for at, root in enumerate(roots)}
    root = np.array([code.get(text, -1) for text in texts], dtype=np.int32)
    written = pl.Series(roots, dtype=pl.String)
    counts = counted.rows_of("family", written, root[number[: counted.records]])
    bits = bits_of(counts, _ASSUMED_BITS["family"], counted.of_all)
    part_bits = np.zeros(len(texts_of) + 1)
    for word, text in alone.items():
        part_bits[word] = bits[code[text]]
    parts = left_justified(distinct, (distinct >= 0) & ~particle[distinct])
    families = Families(root, written, whole_hashes(written), np.append(bits, 0.0), parts, part_bits)
    return families, np.split(number, len(matrices))


def _wholes(names: NameColumns, of_word: Hashes, counted: _Counted) -> tuple[Codes, Codes]:
    """Give codes to the whole names: words in any order, and numbers."""
    ordered = np.sort(names.words, axis=1)
    numbers = whole_hashes(pl.Series(names.numbered, dtype=pl.String))
    hashes = row_hash(ordered, of_word) ^ mixed(mixed(numbers))[names.numbers]
    whole, first = coded(hashes)
    return whole, counted.rows_of("whole name", pl.Series(hashes[first]), whole)
