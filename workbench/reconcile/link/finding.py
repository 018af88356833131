"""Finding the pairs worth a look: the steps of linking in their order, before anything is told in words."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from math import log2
from typing import Final

import numpy as np
import pandas as pd

from workbench.domain.frames import as_links
from workbench.domain.link_settings import LinkSettings
from workbench.domain.progress import Tell, nobody
from workbench.reconcile.link import plain
from workbench.reconcile.link.assign import Standing, best_line, stand
from workbench.reconcile.link.blocking import (
    WITHIN,
    Blocked,
    Key,
    Pairs,
    candidate_pairs,
    keys_of,
    of_codes,
)
from workbench.reconcile.link.codes import Bits, Codes, Flags, sorted_distinct
from workbench.reconcile.link.doubts import DOUBTS, doubts_of
from workbench.reconcile.link.evidence import SMALLEST_WORLD, Evidence, outlived, weigh
from workbench.reconcile.link.memory import give_back
from workbench.reconcile.link.namesakes import Agreements
from workbench.reconcile.link.notes import cardinality_note, notes_of
from workbench.reconcile.link.prepared import Prepared
from workbench.reconcile.link.rarity import Rarity, rarity
from workbench.reconcile.link.twins import OWN_MARGIN, Twins, twins_of
from workbench.reconcile.threads import workers

DOUBT_LEAD: Final = 4.0
# A pair of lighter weight is nobody's rival and never shown.
LEAST: Final = -10.0
# The best line lies at half of the F1 that it reaches: where that would be below two thirds, nobody is served
# by what it suggests.
LEAST_LINE: Final = 1 / 3
PREPARED, KEYED, MET, WEIGHED, JUDGED = 0.3, 0.4, 0.6, 0.8, 0.9
"""About which share of linking is done after each of its steps."""
ONCE: Final = {
    "one_to_one": (True, True),
    "many_to_one": (True, False),
    "one_to_many": (False, True),
    "many_to_many": (False, False),
}
"""By cardinality, whether a Connectworks and an XPM record has one counterpart at the most."""
LINKED_ELSEWHERE: Final = 1 << DOUBTS.index("one of them is linked to another client")
"""The doubt about a pair that is much better than the link of one of its records."""


@dataclass(frozen=True)
class Found:
    """What was found of all pairs.

    Parameters
    ----------
    evidence : Evidence
        Of the pairs that come to something.
    standing : Standing
        How they stand among their rivals.
    shown : array of bool
        Which are worth a look.
    line, margin : float
        Match probability, and lead over its rivals in bits, from which a pair is suggested as a link.
    doubts_of : callable
        Gives sets of `DOUBTS` for places of pairs.
    free : array of bool
        Which pairs compete: neither of their records is linked.
    once : tuple of bool
        Whether a Connectworks, and an XPM record has one counterpart at the most.
    weigh : callable
        Weighs any pairs as these were weighed, however little they come to.
    blocked : callable
        Gives, anew, the keys by which records can meet and the pairs that were worth comparing.
    notes : list of str
        What was left out and what was taken for granted, in sentences.
    """

    evidence: Evidence
    standing: Standing
    shown: Flags
    line: float
    margin: float
    doubts_of: Callable[[Codes], Codes]
    free: Flags
    once: tuple[bool, bool]
    weigh: Callable[[Pairs], Evidence]
    blocked: Callable[[], tuple[dict[str, Key], Blocked]]
    notes: list[str]

    def suggested(self, places: Codes, doubts: Codes) -> Flags:
        """Tell which of some pairs are suggested as links.

        Parameters
        ----------
        places : array of int
            Which pairs.
        doubts : array of int
            What `doubts_of` gives of them.
        """
        return self.standing.at(places).sure(self.line, self.margin) & (doubts == 0)


def find(both: Prepared, linked: Pairs, gone: Pairs, settings: LinkSettings, tell: Tell = nobody) -> Found:
    """Find the pairs worth a look.

    Parameters
    ----------
    both : Prepared
        Both sides' records.
    linked, gone : pairs
        Which are linked, and which a person has rejected (`row_pairs`).
    settings : LinkSettings
        Where the lines lie.
    tell : callable, optional
        Hears between the steps of clients which share of the whole linking is done.
    """
    if both.typed:
        return _clients(both, linked, gone, settings, tell)
    return _lists(both, linked, gone, settings)


def _clients(both: Prepared, linked: Pairs, gone: Pairs, settings: LinkSettings, tell: Tell) -> Found:
    """Link clients, whose types say what agreeing and differing means."""
    rare = rarity(both.names, len(both), both.known)
    give_back(len(both))
    evidence, twins, skipped = _compared(both, rare, linked, gone, tell)
    give_back(len(both))
    tell(WEIGHED)
    once = ONCE[settings.cardinality or "one_to_one"]
    judged = judge(evidence, twins, linked, settings)
    doubted = judged.doubted

    def doubts(shown: Codes) -> Codes:
        told = doubts_of(both, rare, evidence, judged.twice, twins.outlived, shown, once)
        return told | np.where(doubted[shown], LINKED_ELSEWHERE, 0)

    return Found(
        evidence,
        judged.standing,
        judged.shown,
        settings.line,
        settings.lead,
        doubts,
        judged.free,
        once,
        lambda some: weighed(both, rare, some, twins.outlived, -np.inf),
        lambda: _blocked(both, rare),
        notes_of(skipped),
    )


def _compared(
    both: Prepared, rare: Rarity, linked: Pairs, gone: Pairs, tell: Tell
) -> tuple[Evidence, Twins, dict[str, int]]:
    """Weigh the pairs of both sides, and of either; tell how many were left out, by kind of key."""
    keys = keys_of(both, rare)
    give_back(len(both))
    tell(KEYED)
    # Each side is held against itself while the two are held against each other.
    with workers(len(both), threads=1) as pool:
        within = pool.submit(twins_of, both, {kind: keys[kind] for kind in WITHIN}, rare)
        blocked = candidate_pairs(both, keys, rare)
        tell(MET)
        pairs = _with(_without(blocked.pairs, gone, len(both)), linked, len(both))
        give_back(len(both))
        between = weigh(both, pairs, rare, max(both.firm), LEAST)
        twins = within.result()
    return outlived(between, twins.outlived), twins, blocked.skipped


def _blocked(both: Prepared, rare: Rarity) -> tuple[dict[str, Key], Blocked]:
    keys = keys_of(both, rare)
    return keys, candidate_pairs(both, dict(keys), rare)


def weighed(both: Prepared, rare: Rarity, pairs: Pairs, gone: Flags, least: float = LEAST) -> Evidence:
    """Weigh pairs of clients.

    Parameters
    ----------
    both : Prepared
        Both sides' records.
    rare : Rarity
        What is known of their names.
    pairs : tuple of two arrays of int
        Records left and right.
    gone : array of bool
        Which records are gone while their twin lives.
    least : float
        Match weight from which a pair is worth having.
    """
    return outlived(weigh(both, pairs, rare, max(both.firm), least), gone)


@dataclass(frozen=True)
class Judged:
    """What all pairs' weights come to, once their records compete.

    Parameters
    ----------
    standing : Standing
        How they stand among their rivals.
    free : array of bool
        Which pairs compete: neither of their records is linked.
    doubted : array of bool
        Which pairs are much better than the link of one of their records.
    shown : array of bool
        Which are worth a look.
    twice : array of bool
        Which records seem to stand twice in their system.
    """

    standing: Standing
    free: Flags
    doubted: Flags
    shown: Flags
    twice: Flags


def judge(evidence: Evidence, twins: Twins, linked: Pairs, settings: LinkSettings) -> Judged:
    """Let clients' pairs compete; of the evidence only the weights are read.

    Parameters
    ----------
    evidence : Evidence
        Of all pairs.
    twins : Twins
        Which records of one side seem to be one client.
    linked : pairs
        Which are linked.
    settings : LinkSettings
        From which probability on a pair is worth a look.
    """
    free = _free(evidence, linked)
    once = ONCE[settings.cardinality or "one_to_one"]
    standing = _compete(evidence, free, lambda at: _standing(evidence, at, once))
    doubted = _doubtful(evidence, linked, len(twins.outlived))
    shown = (free & (standing.probability >= settings.review_at)) | doubted
    return Judged(standing, free, doubted, shown, _twice(twins, evidence, standing, linked))


def _lists(both: Prepared, linked: Pairs, gone: Pairs, settings: LinkSettings) -> Found:
    """Link any two lists, which do not say what their records are."""
    lists = plain.lists_of(both, ONCE[settings.cardinality] if settings.cardinality else None)
    if not lists.texts and not lists.values:
        return _nothing()
    once = lists.once
    pairs = _with(_without(plain.pairs_of(lists), gone, len(both)), linked, len(both))
    compared = plain.beside_strangers(lists, plain.compare(lists, pairs))
    model = plain.Model(-log2(max(*both.sizes, SMALLEST_WORLD)))
    if settings.learn:
        model = plain.learned(compared, model, both.sizes, once)
    evidence = plain.evidence_of(compared, model)
    free = _free(evidence, linked)
    standing = _compete(
        evidence, free, lambda at: plain.standing_of(compared.at(at), model, both.sizes, once)
    )
    doubted = _doubtful(evidence, linked, len(both))
    # In a short list any two records are one thing oftener than `review_at`, with nothing to say so.
    worth = (standing.probability >= settings.review_at) & (evidence.weights > model.prior)
    return Found(
        evidence,
        standing,
        (free & worth) | doubted,
        max(best_line(standing), LEAST_LINE) if settings.link_at is None else settings.link_at,
        -np.inf if settings.margin is None else settings.margin,
        lambda shown: np.where(doubted[shown], LINKED_ELSEWHERE, 0).astype(np.int64),
        free,
        once,
        lambda some: plain.evidence_of(plain.compare(lists, some), model),
        lambda: (_keys_of_lists(lists), Blocked(plain.pairs_of(lists), {})),
        [*notes_of({}), *([] if settings.cardinality else cardinality_note(once))],
    )


def _keys_of_lists(lists: plain.Lists) -> dict[str, Key]:
    keys = {name: of_codes(values.codes) for name, values in lists.values.items()}
    for name, bags in lists.texts.items():
        keys[name] = of_codes(np.where(bags.present, bags.whole, -1)[:, None])
        keys[f"{name}_word"] = of_codes(bags.words)
    return keys


def _nothing() -> Found:
    """Find nothing, where there is nothing to compare."""
    none = np.empty(0)
    places, flags = none.astype(np.int64), none.astype(bool)
    evidence = Evidence(places, places, none, {}, Agreements.none(0), {})
    standing = Standing(none, flags, places, none)
    once, blocked = ONCE["one_to_one"], Blocked((places, places), {})
    return Found(
        evidence, standing, flags, 1.0, 0.0, np.copy, flags, once, _weigh_nothing, lambda: ({}, blocked), []
    )


def _weigh_nothing(pairs: Pairs) -> Evidence:
    size = len(pairs[0])
    return Evidence(*pairs, np.zeros(size), {}, Agreements.none(size), {})


def row_pairs(both: Prepared, frame: pd.DataFrame | None) -> Pairs:
    """Turn pairs of ids into pairs of rows; −1 for an id that is not here, and no pair where neither is.

    Parameters
    ----------
    both : Prepared
        Both sides' records.
    frame : pandas.DataFrame, optional
        ``connectworks_id`` and ``xpm_id`` of each pair.
    """
    if frame is None or (isinstance(frame, pd.DataFrame) and frame.empty):
        return np.empty(0, dtype=np.int64), np.empty(0, dtype=np.int64)
    known = as_links(frame)
    ids = both.received.column("client_id").to_numpy()
    n = both.sizes[0]
    rows = [
        pd.Index(key).get_indexer(pd.Index(known[column].astype(object))).astype(np.int64)
        for key, column in ((ids[:n], "connectworks_id"), (ids[n:], "xpm_id"))
    ]
    rows[1] = np.where(rows[1] >= 0, rows[1] + n, -1)
    here = (rows[0] >= 0) | (rows[1] >= 0)
    return rows[0][here], rows[1][here]


def _whole(pairs: Pairs, size: int) -> Codes:
    """Give numbers to the pairs whose records are both here."""
    there = (pairs[0] >= 0) & (pairs[1] >= 0)
    return pairs[0][there] * size + pairs[1][there]


def _without(pairs: Pairs, gone: Pairs, size: int) -> Pairs:
    if not len(gone[0]):
        return pairs
    kept = ~np.isin(_whole(pairs, size), _whole(gone, size))
    return pairs[0][kept], pairs[1][kept]


def _with(pairs: Pairs, more: Pairs, size: int) -> Pairs:
    """Add the linked pairs, so that a doubt about a link can be weighed against it."""
    if not len(more[0]):
        return pairs
    numbers = sorted_distinct(np.concatenate([_whole(pairs, size), _whole(more, size)]))
    left, right = np.divmod(numbers, max(size, 1))
    return left, right


def _free(evidence: Evidence, linked: Pairs) -> Flags:
    return ~(np.isin(evidence.left, linked[0]) | np.isin(evidence.right, linked[1]))


def _twice(twins: Twins, evidence: Evidence, standing: Standing, linked: Pairs) -> Flags:
    """Tell which records stand twice: those whose namesake has no counterpart of its own."""
    sure = standing.chosen & (standing.margin >= OWN_MARGIN)
    own = np.zeros(len(twins.outlived), dtype=bool)
    for rows, kept in zip((evidence.left, evidence.right), linked, strict=True):
        own[rows[sure]] = True
        own[kept[kept >= 0]] = True
    return twins.doubted(own)


def _standing(evidence: Evidence, at: Codes, once: tuple[bool, bool]) -> Standing:
    return stand(evidence.left[at], evidence.right[at], evidence.weights[at], *once)


def _compete(evidence: Evidence, free: Flags, standing_of: Callable[[Codes], Standing]) -> Standing:
    """Let the pairs of unlinked records compete; the others stand by themselves."""
    at = np.flatnonzero(free)
    among = standing_of(at)
    odds = np.exp2(np.clip(evidence.weights, -60, 60))
    whole = Standing(
        odds / (1 + odds),
        np.zeros(len(free), dtype=bool),
        np.full(len(free), 2, dtype=np.int64),
        np.zeros(len(free)),
    )
    for name in ("probability", "chosen", "rank", "margin"):
        getattr(whole, name)[at] = getattr(among, name)
    return whole


def _doubtful(evidence: Evidence, linked: Pairs, size: int) -> Flags:
    """Find pairs of a linked record and a free one that are much better than the link which stands."""
    if not len(linked[0]):
        return np.zeros(len(evidence.left), dtype=bool)
    weights = evidence.weights
    one, other = np.isin(evidence.left, linked[0]), np.isin(evidence.right, linked[1])
    whole = (linked[0] >= 0) & (linked[1] >= 0)
    # A linked pair that weighs less than any pair that is kept weighs that much at the most.
    of_link = np.full(size, np.nan)
    of_link[linked[0][whole]] = of_link[linked[1][whole]] = LEAST
    kept = np.flatnonzero(np.isin(evidence.left * size + evidence.right, _whole(linked, size)))
    of_link[evidence.left[kept]] = of_link[evidence.right[kept]] = weights[kept]
    stands: Bits = np.where(one, of_link[evidence.left], of_link[evidence.right])
    return (one ^ other) & (weights > 0) & (weights - stands >= DOUBT_LEAD)
