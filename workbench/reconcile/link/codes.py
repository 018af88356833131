"""Arithmetic on rows of codes: hashes, sets of words, distinct pairs; nothing here knows what they mean."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import polars as pl

Ints = npt.NDArray[np.integer[Any]]
Codes = npt.NDArray[np.int64]
Hashes = npt.NDArray[np.uint64]
Flags = npt.NDArray[np.bool_]
Bits = npt.NDArray[np.float64]

_ODD_STEP: Final = np.uint64(0x9E3779B97F4A7C15)
_FIRST_MIX: Final = np.uint64(0xBF58476D1CE4E5B9)
_SECOND_MIX: Final = np.uint64(0x94D049BB133111EB)
BASE: Final = np.uint64(0x100000001B3)


def mixed(numbers: npt.ArrayLike) -> Hashes:
    """Scatter whole numbers over 64 bits (splitmix64): equal numbers stay equal, others hardly ever meet."""
    z = np.asarray(numbers).astype(np.uint64) + _ODD_STEP
    z = (z ^ (z >> np.uint64(30))) * _FIRST_MIX
    z = (z ^ (z >> np.uint64(27))) * _SECOND_MIX
    return np.asarray(z ^ (z >> np.uint64(31)), dtype=np.uint64)


def set_hash(words: Ints, of_word: Hashes) -> Hashes:
    """Hash each row's words whatever their order, by each code's own hash; −1 counts for nothing."""
    scattered = np.where(words >= 0, mixed(mixed(of_word))[words], np.uint64(0))
    return np.asarray(scattered.sum(axis=1, dtype=np.uint64), dtype=np.uint64)


def row_hash(words: Ints, of_word: Hashes | None = None) -> Hashes:
    """Hash each row's codes in their order; by each code's own hash, where equal texts have one anywhere."""
    result = np.zeros(len(words), dtype=np.uint64)
    for column in words.T:
        each = mixed(column if of_word is None else of_word[column])
        result = np.where(column >= 0, mixed(result ^ each), result)
    return result


def text_hash(words: Ints, of_word: Hashes, shift: Hashes) -> Hashes:
    """Hash the text that each row's words make when they are written without spaces.

    Parameters
    ----------
    words : array of int, shape (rows, width)
        Codes, −1 for none.
    of_word, shift : array of uint64
        Of each code, its text's hash (`word_hashes`) and `BASE` to the power of its length.
    """
    result = np.zeros(len(words), dtype=np.uint64)
    for column in words.T:
        there = column >= 0
        result = np.where(there, result * shift[column] + of_word[column], result)
    return result


def whole_hashes(texts: pl.Series) -> Hashes:
    """Give each text's hash, the same in every table and process."""
    return texts.cast(pl.String).hash().to_numpy()


def word_hashes(texts: list[str]) -> tuple[Hashes, Hashes]:
    """Give each text's hash, made so that hashes of joined texts can be reckoned, and what it shifts by."""
    lengths = np.array([*map(len, texts), 0])
    hashes = np.zeros(len(lengths), dtype=np.uint64)
    for grown in _letter_by_letter(texts, int(lengths.max())):
        hashes = grown
    return hashes, shifts_of(int(lengths.max()))[lengths]


def start_hashes(texts: list[str], most: int) -> Hashes:
    """Hash how each text starts, as `word_hashes` hashes the whole of it.

    Parameters
    ----------
    texts : list of str
        The texts; one more row at the end stands for no text.
    most : int
        Up to how many letters.

    Returns
    -------
    array of uint64, shape (texts + 1, most + 1)
        The hash of so many first letters, or of all where there are fewer.
    """
    grown = [hashes.copy() for hashes in _letter_by_letter(texts, most)]
    return np.stack([np.zeros(len(texts) + 1, dtype=np.uint64), *grown], axis=1)


def _letter_by_letter(texts: list[str], most: int) -> Iterator[Hashes]:
    """Give the texts' hashes after each letter, in one array that grows on."""
    letters = np.frombuffer("".join(texts).encode("utf-32-le"), dtype=np.uint32).astype(np.uint64)
    lengths = np.array([*map(len, texts), 0])
    begins = np.cumsum(lengths) - lengths
    hashes = np.zeros(len(lengths), dtype=np.uint64)
    for at in range(most):
        longer = np.flatnonzero(lengths > at)
        hashes[longer] = hashes[longer] * BASE + letters[begins[longer] + at]
        yield hashes


def shifts_of(most: int) -> Hashes:
    """Give `BASE` to the power of 0 to so many."""
    return np.cumprod(np.append(np.uint64(1), np.full(most, BASE)), dtype=np.uint64)


def left_justified(words: Ints, kept: Flags) -> Ints:
    """Drop the codes that are not kept and move the others to the left, in their order."""
    moved = np.where(kept, words, words.dtype.type(-1))
    # Most rows have no gap.
    gaps = np.flatnonzero(np.any(kept[:, 1:] > kept[:, :-1], axis=1))
    order = np.argsort(~kept[gaps], axis=1, kind="stable")
    moved[gaps] = np.take_along_axis(moved[gaps], order, axis=1)
    width = int(kept.sum(axis=1).max(initial=0))
    return padded(np.ascontiguousarray(moved[:, :width]), 1)


def without_repeats(words: Ints) -> Ints:
    """Keep the first of equal codes in each row."""
    kept = words >= 0
    for at in range(1, words.shape[1]):
        for before in range(at):
            kept[:, at] &= words[:, at] != words[:, before]
    return left_justified(words, kept)


def rows_hold(rows: Ints, codes: Ints) -> Flags:
    """Tell whether each row holds its code; −1 is none."""
    result = np.zeros(len(rows), dtype=bool)
    # Column by column: there are few, and to reduce many short rows takes longer.
    for column in rows.T:
        result |= column == codes
    return result & (codes >= 0)


def rows_meet(one: Ints, other: Ints) -> Flags:
    """Tell whether two rows of codes have one in common."""
    result = np.zeros(len(one), dtype=bool)
    for column in one.T:
        result |= rows_hold(other, column)
    return result


def padded(words: Ints, width: int) -> Ints:
    """Widen rows of codes with −1."""
    more = width - words.shape[1]
    return np.pad(words, ((0, 0), (0, more)), constant_values=-1) if more > 0 else words


def row_sums(bits: Bits) -> Bits:
    """Add up each row from left to right: the same sum however many zeros stand at its end."""
    result = np.zeros(len(bits))
    for column in bits.T:
        result += column
    return result


def sorted_distinct(numbers: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """Sort and drop repeats (np.unique hashes, which is slower on many numbers)."""
    ordered = np.sort(numbers)
    return ordered[np.concatenate([[True], ordered[1:] != ordered[:-1]])] if len(ordered) else ordered


def coded(numbers: npt.NDArray[Any]) -> tuple[Codes, Codes]:
    """Give equal values equal numbers.

    Returns
    -------
    tuple of two arrays of int
        The number of each value (from 0, in the values' order), and where each number stands first.
    """
    order = np.argsort(numbers, kind="stable")
    ordered = numbers[order]
    first = np.concatenate([[True], ordered[1:] != ordered[:-1]]) if len(ordered) else np.empty(0, bool)
    result = np.empty(len(numbers), dtype=np.int64)
    result[order] = np.cumsum(first) - 1
    return result, order[first]


def distinct_pairs(one: Ints, other: Ints) -> tuple[Codes, Codes, Codes]:
    """Give the distinct pairs of two columns of codes, and which of them each row has."""
    size = int(other.max(initial=0)) + 1
    number, first = coded(one.astype(np.int64) * size + other)
    return one[first].astype(np.int64), other[first].astype(np.int64), number
