"""Probabilities without labels: what a pair's weight means, read off the lists themselves.

A record that has found its counterpart shows by its best *other* pair what a record without a counterpart
would be offered. As often as such offers reach a weight, so often is the best pair of a record that has none
mistaken at that weight.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

import numpy as np

from workbench.reconcile.link.assign import Standing, best_other
from workbench.reconcile.link.blocking import Pairs
from workbench.reconcile.link.codes import Bits, Codes, Flags, sorted_distinct

_ROUNDS: Final = 2
_EVEN: Final = 0.5
# A pair that is less likely is no neighbour; no more than so much is read off neighbours; and what is
# believed without any counts as so many.
_NEIGHBOURS_FROM, _READ, _UNSEEN = 0.1, 0.99, 1.0
# How much what neighbours leave open takes from a pair beside that.
_OPEN: Final = 0.25
# What share of the offers to records without a counterpart are poor.
_POOREST: Final = 0.4
# Records whose neighbours are looked at together, so that memory does not grow with the list.
_AT_ONCE: Final = 2_000
# Of one side: the records of the pairs, how many it has, and which pairs are the best of their other record.
_Contested = tuple[Codes, int, Flags]


def calibrated(
    pairs: Pairs,
    weights: Bits,
    standing: Standing,
    sizes: tuple[int, int],
    once: tuple[bool, bool],
    share: float,
    prior_offers: float,
    strangers: Sequence[Bits] = (),
) -> Standing:
    """Give pairs the probabilities that the lists' own runners-up speak for.

    Parameters
    ----------
    pairs : tuple of two arrays of int
        Records.
    weights : array of float
        Log2 odds of each pair by itself.
    standing : Standing
        How the pairs stand, by the model's word.
    sizes : tuple of int
        How many records each side has.
    once : tuple of bool
        Whether a left, and a right record has one counterpart at the most; where neither has, the model's
        word stands.
    share : float
        How much (0 to 1) the runners-up count beside the model.
    prior_offers : float
        For how many runners-up the model's own probability stands.
    strangers : sequence of array of float, optional
        Of each side, the weights of its own records' pairs that are each other's best.
    """
    best = [weights > best_other(rows, weights) for rows in pairs]
    sides: list[_Contested] = [
        (rows, size, wins)
        for rows, size, wins, one in zip(pairs, sizes, best[::-1], once, strict=True)
        if one
    ]
    contested = [wins for wins, one in zip(best, once, strict=True) if one]
    at = np.flatnonzero(np.all(contested, axis=0)) if sides else np.empty(0, dtype=np.int64)
    if not len(at):
        return standing
    at = at[np.argsort(-weights[at], kind="stable")]
    model = probability = standing.probability[at]
    alike = _alike_by_chance(strangers, sizes, weights[at]) if strangers else None
    for _ in range(_ROUNDS):
        chance = None if alike is None else alike * _strangers(sizes, probability.sum())
        read, heft = _read_off(sides, weights, at, probability, prior_offers, chance)
        probability = _between(model, read, share * heft)
    if len(sides) == 2:
        # Whose best offer is another's has what the best whole leaves it; that is no sign of what is offered.
        # Of two that nothing tells apart, neither is likelier than not.
        rest = _left_over(pairs, standing.chosen & (standing.probability > _EVEN), at)
        # Nor is it likelier than one that weighs as much and has no rival.
        likely = np.interp(weights[rest], weights[at][::-1], probability[::-1])
        at = np.append(at, rest)
        probability = np.append(probability, np.minimum(likely, standing.probability[rest]))
    return _spread(pairs, standing, at, probability)


def _read_off(
    sides: Sequence[_Contested],
    weights: Bits,
    at: Codes,
    probability: Bits,
    prior_offers: float,
    chance: Bits | None,
) -> tuple[Bits, float]:
    """Give the probabilities that the runners-up of contested sides speak for, and what heft they have."""
    found = probability.sum()
    # A mistaken pair takes a record without a counterpart on either side: each side's count is a guess at
    # one number, the better the fewer records the side has that offers are to be reckoned for.
    offers = [_offers(rows, wins, weights, at) for rows, _, wins in sides]
    poor = [
        _poorly_offered(side, weights, some, probability) for side, some in zip(sides, offers, strict=True)
    ]
    lonely = np.maximum([min(size - found, few) for (_, size, _), few in zip(sides, poor, strict=True)], 1.0)
    parts = (1.0 / lonely) / (1.0 / lonely).sum()
    mistaken = [
        few * _reached(some, weights[at], probability) for few, some in zip(lonely, offers, strict=True)
    ]
    reckoned = np.prod([count**part for count, part in zip(mistaken, parts, strict=True)], axis=0)
    # Strangers within a list are more than runners-up, and tell of those who are quite alike, too.
    read = _local(reckoned if chance is None else chance)
    # What none of so many records was offered may still be offered to the next.
    read = np.clip(read, 1.0 / (found + 2.0), 1.0 - 1.0 / (found + 2.0))
    # Where few have found theirs, each runner-up speaks for many: one more or less would change much.
    return read, float(found / (found + prior_offers * max(1.0, lonely.min() / found)))


def _strangers(sizes: tuple[int, int], found: float) -> float:
    """Give how many pairs there are of two records without a counterpart."""
    return max(sizes[0] - found, 0.0) * max(sizes[1] - found, 0.0)


def _alike_by_chance(strangers: Sequence[Bits], sizes: tuple[int, int], weights: Bits) -> Bits:
    """Give which share of all pairs of strangers reach some weights, by what each list tells.

    Notes
    -----
    Records of one list are strangers to one another, as those of two lists are that have no counterpart. Of
    two records that are quite alike, a rival tells nothing: it makes them even, and neither is a best one. A
    record that stands twice is no stranger; the list that repeats itself less knows better.
    """
    counted = [
        (len(own) - np.searchsorted(np.sort(own), weights)) * 2.0 / max(size * (size - 1.0), 1.0)
        for own, size in zip(strangers, sizes, strict=True)
    ]
    return np.asarray(np.min(counted, axis=0))


def each_others_best(pairs: Pairs, weights: Bits) -> Bits:
    """Give the weights of the pairs within one list that are the best of both of their records."""
    both, twice = np.concatenate(pairs), np.tile(weights, 2)
    best = (twice > best_other(both, twice)).reshape(2, -1)
    return weights[best[0] & best[1]]


def borne_out(pairs: Pairs, sizes: tuple[int, int], standing: Standing) -> Standing:
    """Give pairs the probabilities that their neighbours speak for, where nothing is contested.

    Parameters
    ----------
    pairs : tuple of two arrays of int
        Records, the right side's numbered on from the left's.
    sizes : tuple of int
        How many records each side has.
    standing : Standing
        How the pairs stand, each by itself.

    Notes
    -----
    Records of one thing are all one another's counterparts. Of a pair, the other counterparts of either
    record ought therefore to be counterparts, too: the share that is counts as much as the pair by itself.
    Strangers of one family hang together in chains that do not close.
    """
    alone = standing.probability
    closed, all_round = _neighbours(pairs, sizes, alone)
    read = (closed + _UNSEEN * alone) / (all_round + _UNSEEN)
    opened = np.minimum((closed + _UNSEEN) / (all_round + _UNSEEN), 1.0)
    probability = _between(alone, np.clip(read, 1.0 - _READ, _READ), 0.5) * opened**_OPEN
    chosen = probability > _EVEN
    rank = np.where(chosen, 1, np.maximum(standing.rank, 2))
    return replace(standing, probability=probability, chosen=chosen, rank=rank)


def closing(pairs: Pairs, sizes: tuple[int, int], likely: Bits) -> float:
    """Give what share of the ways over two other records, of pairs that are likely, close.

    Parameters
    ----------
    pairs, sizes
        As for `borne_out`.
    likely : array of float
        How likely each pair is, each by itself.
    """
    closed, all_round = _neighbours(pairs, sizes, likely)
    return float((likely * closed).sum() / max((likely * all_round).sum(), 1e-9))


def _neighbours(pairs: Pairs, sizes: tuple[int, int], likely: Bits) -> tuple[Bits, Bits]:
    """Give how many ways lead from one record of a pair over two others to its other, and how many could.

    A way counts as far as its steps are likely; one that could lead there counts without its middle step.
    """
    from scipy.sparse import csr_matrix

    likely = np.where(likely >= _NEIGHBOURS_FROM, likely, 0.0)
    left, right = pairs[0], pairs[1] - sizes[0]
    near = np.flatnonzero(likely)
    table = csr_matrix((likely[near], (left[near], right[near])), shape=sizes)
    middle = (table.T @ table).tocsr()
    ways = np.zeros(len(likely))
    order = np.argsort(left, kind="stable")
    for first in range(0, sizes[0], _AT_ONCE):
        some = order[slice(*np.searchsorted(left[order], (first, first + _AT_ONCE)))]
        reached = table[first : first + _AT_ONCE] @ middle
        ways[some] = np.asarray(reached[left[some] - first, right[some]]).ravel()
    sums = [np.bincount(rows, likely)[rows] for rows in (left, right)]
    squares = [np.bincount(rows, likely**2)[rows] for rows in (left, right)]
    # Ways over one of the pair's own records lead nowhere else.
    return ways - likely * (squares[0] + squares[1]) + likely**3, (sums[0] - likely) * (sums[1] - likely)


def _left_over(pairs: Pairs, chosen: Flags, taken: Codes) -> Codes:
    """Give the chosen pairs whose records are in none of some pairs."""
    left, right = (np.isin(rows, rows[taken]) for rows in pairs)
    return np.flatnonzero(chosen & ~left & ~right)


def _between(one: Bits, other: Bits, share: float) -> Bits:
    """Give probabilities whose log odds lie between two others'."""
    odds = [np.log2(np.clip(p, 1e-6, 1 - 1e-6) / (1 - np.clip(p, 1e-6, 1 - 1e-6))) for p in (one, other)]
    return 1.0 / (1.0 + np.exp2(-(odds[0] + share * (odds[1] - odds[0]))))


def _offers(rows: Codes, wins: Flags, weights: Bits, at: Codes) -> Bits:
    """Give the weight of the best other pair that records with a counterpart could win.

    Parameters
    ----------
    rows : array of int
        The records of the pairs on the one side.
    wins : array of bool
        Which pairs are the best of their record on the other side.
    weights : array of float
        Theirs.
    at : array of int
        Places of the records' best pairs.
    """
    taken = np.full(int(rows.max()) + 1, -1, dtype=np.int64)
    taken[rows[at]] = at
    another = (taken[rows] >= 0) & (taken[rows] != np.arange(len(rows)))
    winnable = np.flatnonzero(another & wins)
    best = np.full(len(taken), -np.inf)
    np.maximum.at(best, rows[winnable], weights[winnable])
    return np.asarray(best[rows[at]])


def _reached(offers: Bits, weights: Bits, probability: Bits) -> Bits:
    """Give how often offers reach some falling weights, each as far as its record's pair is likely."""
    order = np.argsort(-offers, kind="stable")
    counted = np.append(0.0, np.cumsum(probability[order]))
    return counted[np.searchsorted(-offers[order], -weights, "right")] / max(counted[-1], 1e-9)


def _poorly_offered(side: _Contested, weights: Bits, offers: Bits, probability: Bits) -> float:
    """Give how many records of a side can be without a counterpart, by how many have nothing but poor offers.

    Notes
    -----
    The poorest offers are those of records without a counterpart alone, of whom they are a known share
    (Storey, "A direct approach to false discovery rates", 2002).
    """
    rows, size, wins = side
    order = np.argsort(offers, kind="stable")
    counted = np.cumsum(probability[order])
    poor = offers[order[np.searchsorted(counted, _POOREST * counted[-1])]]
    poorly = size - len(sorted_distinct(rows[wins & (weights > poor)]))
    return float(poorly * counted[-1] / max(probability[offers <= poor].sum(), 1e-9))


def _local(mistaken: Bits) -> Bits:
    """Turn the number of mistakes among the first k pairs into each pair's probability to be none."""
    return np.clip(falling(1.0 - np.diff(mistaken, prepend=0.0)), 0.0, 1.0)


def falling(values: Bits) -> Bits:
    """Give the falling sequence nearest to some values: neighbours that rise are averaged.

    Parameters
    ----------
    values : array of float
        In their order.

    Notes
    -----
    Pool adjacent violators. SciPy has it too, in a module that takes longer to load than most lists to link.
    """
    means: list[float] = []
    sizes: list[int] = []
    for value in values.tolist():
        mean, size = value, 1
        while means and means[-1] <= mean:
            before, many = means.pop(), sizes.pop()
            mean, size = (mean * size + before * many) / (size + many), size + many
        means.append(mean)
        sizes.append(size)
    return np.repeat(means, sizes)


def _spread(pairs: Pairs, standing: Standing, at: Codes, probability: Bits) -> Standing:
    """Give the best pairs their probability, and leave the rest to their rivals."""
    result = standing.probability.copy()
    for rows in pairs:
        held = np.zeros(int(rows.max()) + 1)
        np.maximum.at(held, rows[at], probability)
        result = np.minimum(result, 1.0 - held[rows])
    result[at] = probability
    chosen: Flags = np.zeros(len(result), dtype=bool)
    chosen[at] = True
    rank = np.where(chosen, 1, np.maximum(standing.rank, 2))
    return replace(standing, probability=result, chosen=chosen, rank=rank)
