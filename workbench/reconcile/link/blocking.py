"""Which pairs are worth comparing: many keys, the rarest values first, within a budget.

However the data look, the number of pairs grows with the number of records: per kind of key the smallest
blocks are taken until that kind's budget is spent. What was left out is counted.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

import numpy as np
import numpy.typing as npt
from rapidfuzz import fuzz, process

from workbench.reconcile.link.prepared import IDENTIFIERS, Codes, Prepared, Values, values_of
from workbench.reconcile.normalise.names import Name, family_root, given_roots, parse

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
# Kinds of key by which one client that stands twice in one system meets itself, and the pairs a record
# (each record meets itself too, and each pair counts twice).
WITHIN: Final = (*IDENTIFIERS, "email", "phone", "date_of_birth", "words", "family_given", "skeleton")
WITHIN_BUDGET: Final = 4.0
Pairs = tuple[Codes, Codes]
Keys = dict[str, Values]


def keys_of(both: Prepared) -> Keys:
    """Give the values of every kind of key by which records can meet."""
    return {field: both.values[field] for field in BUDGETS if field in both.values} | _name_values(both)


def pairs_within(keys: Keys) -> Pairs:
    """Give the pairs of different records of one side that may be one client.

    Parameters
    ----------
    keys : dict of str to Values
        One side against itself.
    """
    found = []
    for kind in WITHIN:
        left, right = _within_budget(keys[kind], WITHIN_BUDGET * len(keys[kind].left))[0]
        found.append(left[left < right] * len(keys[kind].left) + right[left < right])
    n = len(keys["words"].left)
    one, other = np.divmod(_distinct(np.concatenate(found)), max(n, 1))
    return one, other


def candidate_pairs(both: Prepared, keys: Keys) -> tuple[Pairs, int]:
    """Give the pairs worth comparing.

    Parameters
    ----------
    both : Prepared
        Both sides' records.
    keys : dict of str to Values
        What `keys_of` gives of them.

    Returns
    -------
    tuple of two arrays of int, int
        Row numbers left and right, sorted and without repeats; and how many pairs were over budget.
    """
    n, m = len(both.left), len(both.right)
    if n * m <= ALL_PAIRS_UP_TO:
        left, right = np.divmod(np.arange(n * m, dtype=np.int64), max(m, 1))
        return (left, right), 0
    taken, skipped = [], 0
    for kind, values in keys.items():
        pairs, over = _within_budget(values, BUDGETS[kind] * (n + m) / 2)
        taken.append(pairs[0] * m + pairs[1])
        skipped += over
    found = _distinct(np.concatenate(taken))
    found = _distinct(np.concatenate([found, _rescued(both, found)]))
    left, right = np.divmod(found, m)
    return (left, right), skipped


def _distinct(numbers: Codes) -> Codes:
    """Sort and drop repeats (np.unique hashes, which is slower on many numbers)."""
    ordered = np.sort(numbers)
    return ordered[np.concatenate([[True], ordered[1:] != ordered[:-1]])] if len(ordered) else ordered


def _within_budget(values: Values, budget: float) -> tuple[Pairs, int]:
    sizes = values.left_counts * values.right_counts
    used = np.unique(sizes[sizes > 0])
    per_size = np.array([size * np.count_nonzero(sizes == size) for size in used], dtype=np.int64)
    affordable = used[np.cumsum(per_size) <= budget]
    most = affordable[-1] if len(affordable) else 0
    skipped = int(sizes[sizes > most].sum())
    return _joined(values, (sizes > 0) & (sizes <= most)), skipped


def _joined(values: Values, kept: npt.NDArray[np.bool_]) -> Pairs:
    """Join both sides on the kept codes."""
    rows, codes = [], []
    for side in (values.left, values.right):
        at, place = np.nonzero(side >= 0)
        code = side[at, place]
        wanted = kept[code] if len(kept) else np.zeros(len(code), dtype=bool)
        order = np.argsort(code[wanted], kind="stable")
        rows.append(at[wanted][order])
        codes.append(code[wanted][order])
    starts = np.searchsorted(codes[1], codes[0], "left")
    counts = np.searchsorted(codes[1], codes[0], "right") - starts
    left = np.repeat(rows[0], counts)
    within = np.arange(len(left)) - np.repeat(np.cumsum(counts) - counts, counts)
    return left, rows[1][np.repeat(starts, counts) + within]


def _name_values(both: Prepared) -> dict[str, Values]:
    from_left, from_right = (
        [_name_keys(name) for name in side] for side in (both.left_names, both.right_names)
    )
    return {kind: _coded(from_left, from_right, kind) for kind in _name_keys(parse("x"))}


def _coded(left: list[dict[str, set[str]]], right: list[dict[str, set[str]]], kind: str) -> Values:
    return values_of(
        [tuple(sorted(keys[kind])) for keys in left], [tuple(sorted(keys[kind])) for keys in right]
    )


def _name_keys(name: Name) -> dict[str, set[str]]:
    others = [parse(text) for text in (name.trading, name.former, name.trustee_for) if text]
    words = {word for part in (name, *others) for word in part.words if word != "and"}
    long = sorted(word for word in words if len(word) > 1)
    families = {family_root(name.family)} if name.family else set()
    given = [person for person in name.given if person]
    squeezed = "".join(sorted(name.words))
    return {
        "words": {" ".join(sorted(part.words)) for part in (name, *others)},
        "word_pair": {f"{a} {b}" for a in long for b in words if len(b) == 1 or a < b}
        if len(words) < 8
        else set(),
        "word": set(long),
        "family_given": {f"{f} {root}" for f in families for p in given for root in given_roots(p[0])},
        "family_initial": {f"{f} {p[0][0]}" for f in families for p in given},
        "skeleton": {" ".join(sorted(_skeletons(name.words)))},
        "squeezed": {squeezed[:8], "".join(name.words)},
    }


def _skeletons(words: Iterable[str]) -> set[str]:
    """Write each word as its first letter and its consonants, without repeats."""
    found = set()
    for word in words:
        kept = word[0]
        for letter in word[1:]:
            if letter not in "aeiouyhw" and letter != kept[-1]:
                kept += letter
        found.add(kept)
    return found


def _rescued(both: Prepared, found: Codes) -> Codes:
    """Give each record that met nobody the most similar name of the other side."""
    n, m = len(both.left), len(both.right)
    extra = [_nearest(both.left_names, both.right_names, np.setdiff1d(np.arange(n), found // m), m, False)]
    extra.append(_nearest(both.right_names, both.left_names, np.setdiff1d(np.arange(m), found % m), m, True))
    return np.concatenate(extra)


def _nearest(alone: list[Name], others: list[Name], rows: Codes, m: int, swapped: bool) -> Codes:
    if not len(rows) or not others or len(rows) * len(others) > RESCUE_CELLS:
        return np.empty(0, dtype=np.int64)
    asked, offered = ["".join(alone[row].words) for row in rows], ["".join(name.words) for name in others]
    scores = process.cdist(asked, offered, scorer=fuzz.ratio, score_cutoff=80, dtype=np.uint8)
    best = scores.max(axis=1)
    nearest = (scores == best[:, None]) & (best[:, None] > 0)
    # A name that resembles many equally well is no rescue.
    nearest &= nearest.sum(axis=1, keepdims=True) <= RESCUE_TIES
    at, other = np.nonzero(nearest)
    mine = rows[at]
    return (other * m + mine if swapped else mine * m + other).astype(np.int64)
