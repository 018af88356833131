"""One to one over the whole set: probabilities under competition, the best assignment, ranks and margins."""

from __future__ import annotations

from dataclasses import dataclass
from math import prod
from typing import Final

import numpy as np
import numpy.typing as npt

from workbench.reconcile.link.codes import Bits, Codes, mixed
from workbench.reconcile.threads import workers

MOST_BITS: Final = 60.0
# What staying without a counterpart is worth; the solver takes no pair of weight 0.
NOBODY: Final = 1.0
LOT: Final = 1e-7
# Choices in a knot of pairs from which on a solver is quicker than trying them.
_MOST_TRIED: Final = 1_000
# So often do records hear from one another who is free.
_ROUNDS: Final = 20


@dataclass(frozen=True)
class Standing:
    """How each pair stands among its rivals.

    Parameters
    ----------
    probability : array of float
        That the pair is one client, its records' rivals counted in.
    chosen : array of bool
        Whether the best whole assignment takes it.
    rank : array of int
        1 for a chosen pair, otherwise from 2 on by the number of better rivals.
    margin : array of float
        Bits by which it beats the best rival of either record, or “no link” where there is none.
    """

    probability: Bits
    chosen: npt.NDArray[np.bool_]
    rank: Codes
    margin: Bits

    def at(self, places: Codes) -> Standing:
        """Give the standing of some pairs only."""
        return Standing(self.probability[places], self.chosen[places], self.rank[places], self.margin[places])

    def sure(self, line: float, margin: float) -> npt.NDArray[np.bool_]:
        """Tell which pairs are chosen, likely enough and far enough before their rivals."""
        return self.chosen & (self.probability >= line) & (self.margin >= margin)


def stand(
    left: Codes,
    right: Codes,
    weights: Bits,
    left_once: bool = True,
    right_once: bool = True,
    ranked: bool = True,
) -> Standing:
    """Let pairs compete for their records.

    Parameters
    ----------
    left, right : array of int
        Records of the pairs.
    weights : array of float
        Log2 odds of each pair by itself.
    left_once, right_once : bool
        Whether a left, and a right record has one counterpart at the most.
    ranked : bool
        Whether to count the better rivals of each pair; it takes as long as all the rest, and without it any
        pair that is not chosen has rank 2.

    Notes
    -----
    One to one, the best total is taken over each connected component, never the best pair first. Pairs that
    cannot raise the total (log2 odds below 0) are not chosen.
    """
    weights = np.clip(weights, -MOST_BITS, MOST_BITS)
    odds = np.exp2(weights)
    contested = [rows for rows, once in ((left, left_once), (right, right_once)) if once]
    with workers(len(weights)) as pool:
        best = list(pool.map(lambda rows: best_other(rows, weights), contested))
        better = list(pool.map(lambda rows: _better(rows, weights), contested if ranked else ()))
    runner_up = np.max([np.full(len(odds), -np.inf), *best], axis=0)
    first = (weights > 0) & (weights >= runner_up)
    chosen = _best_total(left, right, weights) if len(contested) == 2 else first
    rank = np.where(chosen, 1, np.maximum(np.max(better, axis=0, initial=0) + 1, 2)).astype(np.int64)
    margin = weights - np.maximum(runner_up, 0.0)
    if len(contested) == 2:
        odds *= _free(left, right, odds)
    else:
        odds *= np.prod([_free_of(rows, odds) for rows in contested], axis=0)
    return Standing(odds / (1.0 + odds), chosen, rank, margin)


def best_line(standing: Standing) -> float:
    """Give the probability from which on taking the chosen pairs is expected to be right most often (F1).

    Parameters
    ----------
    standing : Standing
        Of all pairs.

    Notes
    -----
    If probabilities are what they say, the first k chosen pairs hold the sum of their probabilities in true
    pairs, of as many as all probabilities together.
    """
    ordered = -np.sort(-standing.probability[standing.chosen])
    if not len(ordered):
        return 0.5
    expected = 2 * np.cumsum(ordered) / (np.arange(1, len(ordered) + 1) + ordered.sum())
    return float(ordered[expected.argmax()])


def _free(left: Codes, right: Codes, odds: Bits) -> Bits:
    """Give how likely both records of each pair are to be free for it, where either has one counterpart.

    Notes
    -----
    Belief propagation over all one-to-one choices: a rival counts as far as its own other record is free for
    it. Exact where rivals meet in no circle.
    """
    told = free = np.ones((2, len(odds)))
    for _ in range(_ROUNDS):
        told = np.stack([_free_of(left, odds * free[1]), _free_of(right, odds * free[0])])
        # Half of the way, in bits: two that go by one another would go to and fro.
        free = np.sqrt(free * told)
    return np.asarray(told[0] * told[1])


def _free_of(rows: Codes, claims: Bits) -> Bits:
    """Give how likely each pair's record is to be free for it, given what all its pairs claim."""
    return 1.0 / (1.0 + np.maximum(np.bincount(rows, claims)[rows] - claims, 0.0))


def best_other(rows: Codes, weights: Bits) -> Bits:
    """Give for each pair the best weight among the other pairs of its record."""
    best, second = np.full((2, int(rows.max(initial=-1)) + 1), -np.inf)
    np.maximum.at(best, rows, weights)
    leads = weights == best[rows]
    np.maximum.at(second, rows[~leads], weights[~leads])
    # Of two equal ones, either is the other's best rival.
    second = np.where(np.bincount(rows[leads], minlength=len(best)) > 1, best, second)
    return np.where(leads, second[rows], best[rows])


def _better(rows: Codes, weights: Bits) -> Codes:
    """Count for each pair the strictly better pairs of its record."""
    order = np.lexsort((-weights, rows))
    ordered, heavy = rows[order], weights[order]
    place = np.arange(len(rows))
    starts = np.searchsorted(ordered, ordered, "left")
    tied = np.concatenate([[False], (ordered[1:] == ordered[:-1]) & (heavy[1:] == heavy[:-1])])[: len(rows)]
    leader = np.maximum.accumulate(np.where(tied, 0, place)) if len(rows) else place
    result = np.empty(len(rows), dtype=np.int64)
    result[order] = leader - starts
    return result


def _best_total(left: Codes, right: Codes, weights: Bits) -> npt.NDArray[np.bool_]:
    chosen = np.zeros(len(left), dtype=bool)
    worth = np.flatnonzero(weights > 0)
    # Most pairs have no rival.
    alone = (np.bincount(left[worth])[left[worth]] == 1) & (np.bincount(right[worth])[right[worth]] == 1)
    chosen[worth[alone]] = True
    contested = worth[~alone]
    if len(contested):
        row, column = (np.unique(rows[contested], return_inverse=True)[1] for rows in (left, right))
        # Of equal totals one is taken by lot, the same one whichever side comes first.
        lots = mixed(mixed(row) + mixed(column)).astype(float) / 2.0**64
        chosen[contested[_heaviest(row, column, weights[contested] + LOT * lots)]] = True
    return chosen


def _heaviest(row: Codes, column: Codes, gains: Bits) -> Codes:
    """Give the places of the pairs of the best total; every record may also stay without a counterpart."""
    still = np.arange(len(gains))
    certain = [np.empty(0, dtype=np.int64)]
    while len(still):
        a, b, gain = row[still], column[still], gains[still]
        # What could stand in a pair's place, one pair of each of its records, is worth less than it.
        better = gain > np.maximum(best_other(a, gain), 0.0) + np.maximum(best_other(b, gain), 0.0)
        if not better.any():
            certain.append(still[_knotted(a, b, gain)])
            break
        certain.append(still[better])
        still = still[~(np.isin(a, a[better]) | np.isin(b, b[better]))]
    return np.concatenate(certain)


def _knotted(left: Codes, right: Codes, gains: Bits) -> Codes:
    """Give the places of the pairs of the best total among pairs that hold one another up.

    Few pairs come to this, and most in knots of two records a side: there every choice is tried, which takes
    less than the loading of a solver.
    """
    knots = _knots(left, right)
    tried, large = [np.empty(0, dtype=np.int64)], np.zeros(len(knots), dtype=bool)
    for places in np.split(np.argsort(knots, kind="stable"), np.cumsum(np.bincount(knots))[:-1]):
        rows: dict[int, list[_Choice]] = {}
        for place in places.tolist():
            rows.setdefault(int(left[place]), []).append((int(right[place]), float(gains[place]), place))
        if prod(1 + len(choices) for choices in rows.values()) <= _MOST_TRIED:
            tried.append(np.array(_best_choice([*rows.values()], frozenset())[1], dtype=np.int64))
        else:
            large[places] = True
    rest = np.flatnonzero(large)
    return np.concatenate(
        [*tried, rest[_assigned(left[rest], right[rest], gains[rest])] if len(rest) else rest]
    )


def _knots(left: Codes, right: Codes) -> Codes:
    """Give each pair the number of its knot: pairs of one knot share records, if only by way of others."""
    knot = np.arange(len(left))
    while True:
        joined = knot
        for rows in (left, right):
            least = np.full(int(rows.max(initial=-1)) + 1, len(left))
            np.minimum.at(least, rows, joined)
            joined = least[rows]
        if np.array_equal(joined, knot):
            return np.unique(knot, return_inverse=True)[1]
        knot = joined[joined]


_Choice = tuple[int, float, int]
"""A record to take, what is gained by it, and the pair's place."""


def _best_choice(rows: list[list[_Choice]], taken: frozenset[int]) -> tuple[float, list[int]]:
    """Give the greatest total of one choice a row at most, of what is not taken, and its pairs' places."""
    if not rows:
        return 0.0, []
    best = _best_choice(rows[1:], taken)
    for record, gain, place in rows[0]:
        if record not in taken:
            total, places = _best_choice(rows[1:], taken | {record})
            best = max(best, (gain + total, [place, *places]), key=lambda choice: choice[0])
    return best


def _assigned(left: Codes, right: Codes, gains: Bits) -> Codes:
    """Give the places of the pairs of the best total by a solver.

    Each left record has a right one of its own that nobody else wants, so that there always is a whole
    assignment.
    """
    from scipy.sparse import csr_matrix
    from scipy.sparse.csgraph import min_weight_full_bipartite_matching

    rows, row = np.unique(left, return_inverse=True)
    columns, column = np.unique(right, return_inverse=True)
    n, m = len(rows), len(columns)
    stays = np.arange(n)
    worth = np.concatenate([gains + NOBODY, np.full(n, NOBODY)])
    graph = csr_matrix(
        (worth, (np.concatenate([row, stays]), np.concatenate([column, m + stays]))), shape=(n, m + n)
    )
    matched = np.full(n, -1, dtype=np.int64)
    at, taken = min_weight_full_bipartite_matching(graph, maximize=True)
    matched[at] = taken
    return np.flatnonzero(matched[row] == column)
