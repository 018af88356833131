"""Which pairs are worth comparing: many keys, the rarest values first, within a budget.

However the data look, the number of pairs grows with the number of records: per kind of key the smallest
blocks are taken until that kind's budget is spent. What was left out is counted.
"""

from __future__ import annotations

from array import array
from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Final

import numpy as np
import numpy.typing as npt
import polars as pl
from rapidfuzz import fuzz, process

from workbench.reconcile.link.codes import (
    Codes,
    Hashes,
    Ints,
    left_justified,
    mixed,
    set_hash,
    shifts_of,
    sorted_distinct,
    start_hashes,
    text_hash,
    whole_hashes,
)
from workbench.reconcile.link.prepared import IDENTIFIERS, Prepared
from workbench.reconcile.link.rarity import Rarity
from workbench.reconcile.normalise.name_columns import NameColumns
from workbench.reconcile.threads import workers

ALL_PAIRS_UP_TO: Final = 4_000
RESCUE_CELLS: Final = 4_000_000
RESCUE_TIES: Final = 5
# Pairs a record that each kind of key may give.
BUDGETS: Final = {
    "nzbn": 10.0,
    "company_number": 10.0,
    "abn": 10.0,
    "tax_number": 10.0,
    "email": 4.0,
    "phone": 2.5,
    "address": 4.0,
    "website": 3.0,
    "date_of_birth": 3.0,
    "words": 10.0,
    "word_pair": 3.0,
    "word": 2.0,
    "family_given": 4.0,
    "family_initial": 2.0,
    "skeleton": 3.0,
    "squeezed": 2.0,
}
# Kinds of key by which one client that stands twice in one system meets itself, and the pairs a record.
WITHIN: Final = (*IDENTIFIERS, "email", "phone", "date_of_birth", "words", "family_given", "skeleton")
WITHIN_BUDGET: Final = 4.0
# Among so many records, one weak key in common is chance: two must meet, or one of these.
CROWD: Final = 50_000
STRONG: Final = (*IDENTIFIERS, "email", "phone", "address", "website")
_MOST_PAIRED_WORDS: Final = 7
_STARTING_LETTERS: Final = 8
Pairs = tuple[Codes, Codes]


@dataclass(frozen=True)
class Key:
    """One kind of key: which record has which value; records with an equal one can meet.

    Parameters
    ----------
    rows : array of int
        Records, in the order of their values.
    values : array of uint64
        A value of each, sorted.
    """

    rows: Codes
    values: Hashes


def key_of(rows: Codes, values: Hashes) -> Key:
    """Make a kind of key of records and their values in any order."""
    order = np.argsort(values)
    return Key(rows[order], values[order])


@dataclass(frozen=True)
class Blocked:
    """The pairs worth comparing, and what was left out.

    Parameters
    ----------
    pairs : tuple of two arrays of int
        Records left and right, sorted and without repeats.
    skipped : dict of str to int
        By kind of key, how many pairs were over its budget.
    """

    pairs: Pairs
    skipped: dict[str, int]


def keys_of(both: Prepared, rare: Rarity) -> dict[str, Key]:
    """Give the values of every kind of key by which records can meet."""
    fields = {f: partial(of_codes, both.values[f].codes) for f in BUDGETS if f in both.values}
    asked = fields | _of_names(both.names, rare)
    # Sorting does not hold Python's lock.
    with workers(len(both)) as pool:
        return dict(zip(asked, pool.map(lambda make: make(), asked.values()), strict=True))


def pairs_within(both: Prepared, keys: dict[str, Key], on_right: bool) -> Pairs:
    """Give the pairs of different records of one side that may be one client.

    Parameters
    ----------
    both : Prepared
        Both sides' records.
    keys : dict of str to Key
        What `keys_of` gives of them.
    on_right : bool
        Which side.
    """
    return _met_enough(both, ((kind, met_within(both, keys[kind], on_right)) for kind in WITHIN), IDENTIFIERS)


def _met_enough(both: Prepared, found: Iterable[tuple[str, Pairs]], strong: Collection[str]) -> Pairs:
    """Put the pairs of all kinds of key together; in a crowd, leave out what met by one weak key only."""
    numbers, crowd = array("q"), len(both) > CROWD
    for kind, pairs in found:
        some = _numbers(pairs, len(both))
        for _ in range(2 if crowd and kind in strong else 1):
            numbers.frombytes(some.data.cast("B"))
    # There are many: nothing holds them a second time.
    together = np.frombuffer(numbers, dtype=np.int64)
    together.sort()
    again = together[1:] == together[:-1]
    if crowd:
        together = together[1:][again]
        again = together[1:] == together[:-1]
    return _pairs(together[np.append(True, ~again)[: len(together)]], len(both))


def met_within(both: Prepared, key: Key, on_right: bool) -> Pairs:
    """Give the pairs of one side's records that meet by one kind of key, each once.

    Parameters
    ----------
    both : Prepared
        Both sides' records.
    key : Key
        Their values.
    on_right : bool
        Which side.
    """
    own = _of_side(key, both, on_right)
    # A value that only one record has is no meeting, and spends nothing.
    sizes = _runs(own.values)[1]
    several = np.repeat(sizes > 1, sizes)
    own = Key(own.rows[several], own.values[several])
    left, right = _joined(own, own, WITHIN_BUDGET * both.sizes[on_right])[0]
    return left[left < right], right[left < right]


def candidate_pairs(both: Prepared, keys: dict[str, Key], rare: Rarity) -> Blocked:
    """Give the pairs worth comparing.

    Parameters
    ----------
    both : Prepared
        Both sides' records.
    keys : dict of str to Key
        What `keys_of` gives of them; each is taken out when it has served.
    rare : Rarity
        What is known of their names.
    """
    n, m = both.sizes
    if n * m <= ALL_PAIRS_UP_TO:
        left, right = np.divmod(np.arange(n * m, dtype=np.int64), max(m, 1))
        return Blocked((left, n + right), {})
    skipped: dict[str, int] = {}

    def met() -> Iterator[tuple[str, Pairs]]:
        # What no twin can meet by is needed no longer, and there is much of it.
        for kind in sorted(keys, key=lambda kind: kind in WITHIN):
            pairs, over = met_pairs(both, keys.pop(kind), BUDGETS[kind])
            skipped.update({kind: over} if over else {})
            yield kind, pairs

    pairs = _met_enough(both, met(), STRONG)
    skipped = {kind: skipped[kind] for kind in BUDGETS if kind in skipped}
    rescued = _rescued(both, rare, pairs)
    return Blocked(merged((pairs, rescued), len(both)) if len(rescued[0]) else pairs, skipped)


def met_pairs(both: Prepared, key: Key, budget: float) -> tuple[Pairs, int]:
    """Give the pairs that meet by one kind of key.

    Parameters
    ----------
    both : Prepared
        Both sides' records.
    key : Key
        Their values.
    budget : float
        How many pairs a record it may give.

    Returns
    -------
    tuple of pairs and int
        The pairs taken, the smallest blocks first, and how many there would have been beyond the budget.
    """
    return _joined(_of_side(key, both, False), _of_side(key, both, True), budget * len(both) / 2)


def merged(found: Iterable[Pairs], size: int) -> Pairs:
    """Put pairs together, sorted and without repeats.

    Parameters
    ----------
    found : iterable of pairs
        Records left and right.
    size : int
        How many records there are.
    """
    numbers = [np.empty(0, dtype=np.int64), *(_numbers(pairs, size) for pairs in found)]
    return _pairs(sorted_distinct(np.concatenate(numbers)), size)


def _numbers(pairs: Pairs, size: int) -> Codes:
    return pairs[0] * size + pairs[1]


def _pairs(numbers: Codes, size: int) -> Pairs:
    left = numbers // max(size, 1)
    right = left * size
    return left, np.subtract(numbers, right, out=right)


def _of_side(key: Key, both: Prepared, on_right: bool) -> Key:
    kept = (key.rows >= both.sizes[0]) == on_right
    return Key(key.rows[kept], key.values[kept])


def _joined(left: Key, right: Key, budget: float) -> tuple[Pairs, int]:
    """Join two sides on equal values, the smallest blocks first, until the budget is spent.

    Returns
    -------
    tuple of pairs and int
        The pairs taken, and how many more there would have been.
    """
    (starts, counts), (other_starts, other_counts) = _runs(left.values), _runs(right.values)
    values = left.values[starts], right.values[other_starts]
    _, met, other_met = np.intersect1d(*values, assume_unique=True, return_indices=True)
    starts, counts = starts[met], counts[met]
    other_starts, other_counts = other_starts[other_met], other_counts[other_met]
    sizes = counts * other_counts
    used, inverse = np.unique(sizes, return_inverse=True)
    kept = sizes <= largest_block(used, np.bincount(inverse, weights=sizes, minlength=len(used)), budget)
    skipped = int(sizes[~kept].sum())
    many = counts[kept]
    rows = left.rows[_places(starts[kept], many)]
    # Each row of a block meets all of the other side's rows there.
    begun, each = np.repeat(other_starts[kept], many), np.repeat(other_counts[kept], many)
    return (np.repeat(rows, each), right.rows[_places(begun, each)]), skipped


def _runs(values: Hashes) -> tuple[Codes, Codes]:
    """Give where equal values begin, of sorted ones, and how many there are each time."""
    starts = np.flatnonzero(np.append(True, values[1:] != values[:-1])[: len(values)])
    return starts, np.diff(np.append(starts, len(values)))


def _places(starts: Codes, counts: Codes) -> Codes:
    """Give so many places from each start on, one after the other."""
    return np.arange(int(counts.sum())) + np.repeat(starts - np.cumsum(counts) + counts, counts)


def largest_block(sizes: Codes, pairs: npt.ArrayLike, budget: float) -> int:
    """Give how many pairs a block may have, if the smallest blocks are taken until the budget is spent.

    Parameters
    ----------
    sizes : array of int
        The sizes that blocks have, each once, ascending.
    pairs : array of number
        How many pairs the blocks of each size have together.
    budget : float
        How many pairs may be taken.
    """
    affordable = np.searchsorted(np.cumsum(pairs), budget, "right")
    return int(sizes[affordable - 1]) if affordable else 0


def of_codes(codes: Ints) -> Key:
    """Give a field's codes as keys."""
    rows, place = np.nonzero(codes >= 0)
    return key_of(rows.astype(np.int64), codes[rows, place].astype(np.uint64))


def _of_names(names: NameColumns, rare: Rarity) -> dict[str, Callable[[], Key]]:
    """Give what makes the keys by names; a record's aliases count as its own names."""
    size = rare.records
    owner, column = np.nonzero(names.alias[:size] >= 0)
    rows = np.concatenate([np.arange(size), owner])
    own = np.concatenate([np.arange(size), names.alias[owner, column].astype(np.int64)])
    words = rare.words
    given, root = rare.given[:size], rare.families.root[rare.family[:size]].astype(np.int64)
    people = np.flatnonzero((given[:, 0] >= 0) & (root >= 0))
    partners = np.flatnonzero((rare.partner[:size, 0] >= 0) & (root >= 0))
    persons = np.concatenate([people, partners])
    first = np.concatenate([given[people, 0], rare.partner[partners, 0]])
    family = rare.families.hashes[root[persons]]
    named = np.flatnonzero(rare.length[own] > 0)
    main = np.flatnonzero(rare.length[:size] > 0)
    ordered = np.sort(names.words[:size], axis=1)
    alphabetic = left_justified(ordered, ordered >= 0)
    return {
        "words": lambda: key_of(rows[named], set_hash(names.words[own[named]], words.hashes)),
        "word_pair": lambda: _word_pairs(rare, rows, rare.terms[own]),
        "word": lambda: _words(rare, rows, rare.terms[own]),
        "family_given": lambda: _crossed(persons, family, words.roots[first]),
        "family_initial": lambda: key_of(persons, family ^ mixed(mixed(words.first[first]))),
        "skeleton": lambda: key_of(main, set_hash(names.words[main], _skeletons(names.vocabulary))),
        "squeezed": lambda: key_of(
            np.concatenate([main, main]),
            np.concatenate(
                [
                    _starts(names.vocabulary, alphabetic[main]),
                    text_hash(names.words[main], words.hashes, words.shifts),
                ]
            ),
        ),
    }


def _words(rare: Rarity, rows: Codes, terms: Ints) -> Key:
    """Give each word of more than one letter."""
    at, place = np.nonzero((terms >= 0) & (rare.words.length[terms] > 1))
    return key_of(rows[at], rare.words.hashes[terms[at, place]])


def _word_pairs(rare: Rarity, rows: Codes, terms: Ints) -> Key:
    """Give each two words of which one is longer than a letter; of a very long name none."""
    brief = np.flatnonzero((terms >= 0).sum(axis=1) <= _MOST_PAIRED_WORDS)
    rows, terms = rows[brief], terms[brief]
    found_rows, found = [np.empty(0, dtype=np.int64)], [np.empty(0, dtype=np.uint64)]
    first, second = mixed(rare.words.hashes), mixed(mixed(rare.words.hashes))
    for i in range(terms.shape[1]):
        for j in range(i):
            one, other = terms[:, i], terms[:, j]
            long = np.maximum(rare.words.length[one], rare.words.length[other]) > 1
            at = np.flatnonzero((one >= 0) & (other >= 0) & long)
            found_rows.append(rows[at])
            found.append(first[np.minimum(one, other)[at]] ^ second[np.maximum(one, other)[at]])
    return key_of(np.concatenate(found_rows), np.concatenate(found))


def _crossed(rows: Codes, family: Hashes, roots: Ints) -> Key:
    """Give each family name with each formal name that the given name may stand for."""
    at, place = np.nonzero(roots >= 0)
    return key_of(rows[at], family[at] ^ mixed(mixed(roots[at, place])))


def _skeletons(texts: list[str]) -> Hashes:
    """Give one hash to words of the same first letter and consonants, and one more for no word."""
    return whole_hashes(pl.Series([*map(_skeleton, texts), ""], dtype=pl.String))


def _skeleton(word: str) -> str:
    kept = word[0]
    for letter in word[1:]:
        if letter not in "aeiouyhw" and letter != kept[-1]:
            kept += letter
    return kept


def _starts(texts: list[str], words: Ints) -> Hashes:
    """Hash the first letters of names whose words are written without spaces."""
    of_start, shifts = start_hashes(texts, _STARTING_LETTERS), shifts_of(_STARTING_LETTERS)
    lengths = np.array([*map(len, texts), 0])
    left = np.full(len(words), _STARTING_LETTERS)
    result = np.zeros(len(words), dtype=np.uint64)
    for column in words.T:
        taken = np.where(column >= 0, np.minimum(left, lengths[column]), 0)
        result = np.where(taken > 0, result * shifts[taken] + of_start[column, taken], result)
        left = left - taken
    return result


def _rescued(both: Prepared, rare: Rarity, pairs: Pairs) -> Pairs:
    """Give each record that met nobody the most similar name of the other side."""
    met = np.zeros(len(both), dtype=bool)
    met[pairs[0]], met[pairs[1]] = True, True
    alone = ~met & (rare.length[: len(both)] > 0)
    sides = [np.flatnonzero(alone & (both.right == on_right)) for on_right in (False, True)]
    return merged((_nearest(both, rare, rows, side) for side, rows in enumerate(sides)), len(both))


def _nearest(both: Prepared, rare: Rarity, rows: Codes, on_right: int) -> Pairs:
    others = np.flatnonzero((both.right != on_right) & (rare.length[: len(both)] > 0))
    if not len(rows) or not len(others) or len(rows) * len(others) > RESCUE_CELLS:
        return np.empty(0, dtype=np.int64), np.empty(0, dtype=np.int64)
    at, other = resembling(written(both.names, rows), written(both.names, others))
    mine, theirs = rows[at], others[other]
    return np.minimum(mine, theirs), np.maximum(mine, theirs)


def resembling(asked: list[str], offered: list[str]) -> Pairs:
    """Give for each name asked of the names offered that resemble it most.

    Parameters
    ----------
    asked, offered : list of str
        Names without spaces.

    Returns
    -------
    tuple of two arrays of int
        Places of the names asked of and offered, pair by pair.
    """
    scores = process.cdist(asked, offered, scorer=fuzz.ratio, score_cutoff=80, dtype=np.uint8, workers=-1)
    best = scores.max(axis=1)
    nearest = (scores == best[:, None]) & (best[:, None] > 0)
    # A name that resembles many equally well is no rescue.
    nearest &= nearest.sum(axis=1, keepdims=True) <= RESCUE_TIES
    at, other = np.nonzero(nearest)
    return at, other


def written(names: NameColumns, rows: Codes) -> list[str]:
    """Write names without spaces."""
    texts = names.vocabulary
    return ["".join(texts[code] for code in row if code >= 0) for row in names.words[rows].tolist()]
