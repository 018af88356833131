"""Why a pair that a person names is not linked: who fits better, what speaks against it, or no comparison.

Any two records may be asked about. A pair that was never compared is weighed as the others were, so that its
evidence can be seen too.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Final, Literal

import numpy as np
import pandas as pd

from workbench.domain.errors import BadInput
from workbench.domain.fields import CONNECTWORKS, SIDE_LABELS, XPM
from workbench.domain.link_settings import LinkSettings
from workbench.domain.percent import percent
from workbench.reconcile.link import doubts
from workbench.reconcile.link.assign import stand
from workbench.reconcile.link.blocking import Blocked, Key
from workbench.reconcile.link.codes import Bits, Codes
from workbench.reconcile.link.finding import find, row_pairs
from workbench.reconcile.link.prepared import NAME_PARTS, full_name, prepare
from workbench.reconcile.link.telling import TOLD, evidence_texts
from workbench.reconcile.link.words import Explanation, in_words, listed, waterfall_of

Standing = Literal[
    "suggested", "review", "linked", "linked_elsewhere", "rejected", "lost", "too_little", "never_compared"
]
_KEYS: Final = {
    "nzbn": "NZBN",
    "company_number": "company number",
    "abn": "ABN",
    "tax_number": "tax number",
    "email": "email",
    "phone": "phone",
    "address": "address",
    "website": "website",
    "date_of_birth": "date of birth",
    "words": "all words of the name",
    "word_pair": "two words of the name",
    "word": "a word of the name",
    "family_given": "family and given name",
    "family_initial": "family name and initial",
    "skeleton": "the consonants of the name",
    "squeezed": "how the name begins",
    "legal_name": "the whole name",
    "address_word": "a word of the address",
    "trading_name": "the trading name",
    "trading_name_word": "a word of the trading name",
    "legal_name_word": "a word of the name",
}
"""What records meet by, in words."""
_NO_KEY: Final = "the two share no number, no contact detail and no word of the name"
_WORTH_SAYING_BITS, _WORTH_COUNTING_BITS = 0.5, 0.05


@dataclass(frozen=True, repr=False)
class WhyNot(Explanation):
    """Why a pair is not linked, or that it is suggested; shown by itself it is its sentences.

    Parameters
    ----------
    sentence, waterfall
        As in `Explanation`.
    standing : str
        ``suggested``, ``review``, ``linked`` (these two are), ``linked_elsewhere`` (one of them is),
        ``rejected``, ``lost`` (to another client), ``too_little`` (speaks for it), ``never_compared``.
    rivals : pandas.DataFrame
        Whom else either record might be, best first: side, client_id, name, match_weight, wins_by (bits
        more than this pair has; negative where it has fewer), chosen (whether linking takes it).
    cost : float
        Bits that the best choice of links as a whole would lose if this pair were linked.
    """

    standing: Standing
    rivals: pd.DataFrame
    cost: float


def why_not(
    connectworks: pd.DataFrame,
    xpm: pd.DataFrame,
    connectworks_id: str,
    xpm_id: str,
    *,
    settings: LinkSettings | None = None,
    links: pd.DataFrame | None = None,
    rejected: pd.DataFrame | None = None,
) -> WhyNot:
    """Say why a pair is not linked: any pair, whether it was compared or not.

    Parameters
    ----------
    connectworks, xpm, settings, links, rejected
        As for `workbench.link`.
    connectworks_id, xpm_id : str
        Which two records.

    Returns
    -------
    WhyNot
        One or two sentences, the pair's waterfall, and its rivals.

    Raises
    ------
    BadInput
        If a side has no record of that id, or there is nothing to link by.
    """
    return Linking(connectworks, xpm, settings=settings, links=links, rejected=rejected).why_not(
        connectworks_id, xpm_id
    )


@dataclass(frozen=True)
class _Pair:
    """A pair that is asked about.

    Parameters
    ----------
    left, right : int
        Its records.
    weight : float
        Its log2 odds by itself.
    at : int, optional
        Its place among the pairs that came to something.
    told : str
        Its evidence as JSON.
    """

    left: int
    right: int
    weight: float
    at: int | None
    told: str


@dataclass(frozen=True)
class _Exchange:
    """What linking a pair would change for others.

    Parameters
    ----------
    cost : float
        Bits that the whole loses.
    alone : tuple of int
        Records that would lose their counterpart.
    instead : tuple of pairs of int
        Records that would go together instead.
    """

    cost: float
    alone: tuple[int, ...]
    instead: tuple[tuple[int, int], ...]


class Linking:
    """What linking found of two frames, to be asked about any pair of them.

    Parameters
    ----------
    connectworks, xpm, settings, links, rejected
        As for `workbench.link`.
    """

    def __init__(
        self,
        connectworks: pd.DataFrame,
        xpm: pd.DataFrame,
        *,
        settings: LinkSettings | None = None,
        links: pd.DataFrame | None = None,
        rejected: pd.DataFrame | None = None,
    ) -> None:
        settings = settings or LinkSettings()
        self._review_at = settings.review_at
        self._both = prepare(connectworks, xpm)
        self._linked = row_pairs(self._both, links)
        self._gone = row_pairs(self._both, rejected)
        self._found = find(self._both, self._linked, self._gone, settings)
        self._both = replace(self._both, received=self._both.received.held(*TOLD))

    def why_not(self, connectworks_id: str, xpm_id: str) -> WhyNot:
        """Say why a pair is not linked.

        Parameters
        ----------
        connectworks_id, xpm_id : str
            Which two records.

        Raises
        ------
        BadInput
            If a side has no record of that id.
        """
        pair = self._pair(self._row(CONNECTWORKS, connectworks_id), self._row(XPM, xpm_id))
        rivals, exchange = self._rivals(pair), self._exchange(pair)
        standing = self._standing(pair)
        sentence = _TOLD[standing](self, pair, rivals, exchange)
        waterfall = waterfall_of(json.loads(pair.told))
        return WhyNot(sentence, waterfall, standing, rivals, round(exchange.cost, 6))

    # --- the pair ---------------------------------------------------------------------------------------

    def _row(self, side: str, client_id: str) -> int:
        n = self._both.sizes[0]
        ids = self._both.received.column("client_id")
        own, first = (ids[:n], 0) if side == CONNECTWORKS else (ids[n:], n)
        at = own.eq_missing(str(client_id)).arg_true()
        if at.is_empty():
            label = SIDE_LABELS[side]
            raise BadInput(
                f"{label} has no client with the id {client_id!r}.",
                f"Look it up in the client_id column of the {label} clients.",
            )
        return first + int(at[0])

    def _pair(self, left: int, right: int) -> _Pair:
        found = self._found.evidence
        place = np.flatnonzero((found.left == left) & (found.right == right))
        at = int(place[0]) if len(place) else None
        evidence = found.at(place) if len(place) else self._found.weigh((np.array([left]), np.array([right])))
        return _Pair(left, right, float(evidence.weights[0]), at, evidence_texts(self._both, evidence)[0])

    def _standing(self, pair: _Pair) -> Standing:
        if _among(self._linked, pair):
            return "linked"
        if _among(self._gone, pair):
            return "rejected"
        if pair.at is not None and self._found.shown[pair.at]:
            at = np.array([pair.at])
            return "suggested" if self._found.suggested(at, self._found.doubts_of(at))[0] else "review"
        if self._link_of(pair) is not None:
            return "linked_elsewhere"
        if not self._compared(pair):
            return "never_compared"
        odds = 2.0 ** min(pair.weight, 60.0)
        # By itself it would have been shown, so it is the rivals that keep it away.
        return "lost" if odds / (1 + odds) >= self._review_at else "too_little"

    def _link_of(self, pair: _Pair) -> tuple[int, int] | None:
        """Give the link that one of the pair's records has already."""
        left, right = self._linked
        at = np.flatnonzero((left == pair.left) | (right == pair.right))
        return (int(left[at[0]]), int(right[at[0]])) if len(at) else None

    # --- whether it was compared ------------------------------------------------------------------------

    @cached_property
    def _blocking(self) -> tuple[dict[str, Key], Blocked]:
        return self._found.blocked()

    def _compared(self, pair: _Pair) -> bool:
        return pair.at is not None or _among(self._blocking[1].pairs, pair)

    def _shared(self, pair: _Pair) -> dict[str, int]:
        """Give the kinds of key that both records have alike, and how many records have each at the least."""
        shared = {}
        for kind, key in self._blocking[0].items():
            values = np.intersect1d(key.values[key.rows == pair.left], key.values[key.rows == pair.right])
            if len(values):
                shared[kind] = min(int((key.values == value).sum()) for value in values)
        return shared

    # --- its rivals -------------------------------------------------------------------------------------

    def _rivals(self, pair: _Pair) -> pd.DataFrame:
        found, (left_once, right_once) = self._found.evidence, self._found.once
        mine, theirs, weights = found.left == pair.left, found.right == pair.right, found.weights
        contested = (mine & left_once) ^ (theirs & right_once)
        at = np.flatnonzero(contested & ~(mine & theirs) & self._found.free & (weights > 0))
        at = at[np.argsort(-weights[at], kind="stable")]
        on_right = mine[at]
        rows = np.where(on_right, found.right[at], found.left[at])
        return pd.DataFrame(
            {
                "side": np.where(on_right, XPM, CONNECTWORKS),
                "client_id": self._both.received.column("client_id").gather(rows).to_list(),
                "name": self._names(rows),
                "match_weight": weights[at].round(6),
                "wins_by": (weights[at] - pair.weight).round(6),
                "chosen": self._found.standing.chosen[at],
            }
        )

    def _exchange(self, pair: _Pair) -> _Exchange:
        """Compare the best choice of links as it is with the best one that holds this pair."""
        found, once = self._found.evidence, self._found.once
        at = _around(found.left, found.right, self._found.free & (found.weights > 0), pair)
        left, right, weights = found.left[at], found.right[at], found.weights[at]
        now = stand(left, right, weights, *once).chosen
        kept = ~(((left == pair.left) & once[0]) | ((right == pair.right) & once[1]))
        kept &= ~((left == pair.left) & (right == pair.right))
        then = np.zeros(len(at), dtype=bool)
        then[kept] = stand(left[kept], right[kept], weights[kept], *once).chosen
        before, after = ({*left[of].tolist(), *right[of].tolist()} for of in (now, then))
        return _Exchange(
            _total(weights, now) - _total(weights, then) - pair.weight,
            tuple(sorted(before - after - {pair.left, pair.right})),
            tuple(zip(left[then & ~now].tolist(), right[then & ~now].tolist(), strict=True)),
        )

    # --- words ------------------------------------------------------------------------------------------

    def _names(self, rows: Codes | list[int]) -> list[str]:
        names = self._both.received.table(*NAME_PARTS)[list(map(int, rows))].select(name=full_name())["name"]
        return names.fill_null("a client without a name").to_list()

    def _name(self, row: int) -> str:
        return f"“{self._names([row])[0]}”"

    def _told_linked(self, pair: _Pair, _rivals: pd.DataFrame, _exchange: _Exchange) -> str:
        return f"These two are linked already. {in_words(pair.told)}"

    def _told_rejected(self, pair: _Pair, _rivals: pd.DataFrame, _exchange: _Exchange) -> str:
        return f"A person has rejected this pair, so it is not offered again. {in_words(pair.told)}"

    def _told_linked_elsewhere(self, pair: _Pair, _rivals: pd.DataFrame, _exchange: _Exchange) -> str:
        link = self._link_of(pair)
        assert link is not None
        one, other = (self._name(row) if row >= 0 else "a client that is not here any more" for row in link)
        already = f"{one} is linked already to {other}" if link[0] == pair.left else None
        already = already or f"{other} is linked already to {one}"
        if min(link) < 0:
            return f"{already}; part that link first."
        by = pair.weight - self._pair(*link).weight
        better = f"speaks for this pair by {by:.1f}" if by > 0 else f"speaks for that link by {-by:.1f}"
        return f"{already}; part that link first. The evidence {better} bits."

    def _told_suggested(self, pair: _Pair, _rivals: pd.DataFrame, _exchange: _Exchange) -> str:
        return f"It is suggested as a link. {in_words(pair.told)}"

    def _told_review(self, pair: _Pair, rivals: pd.DataFrame, exchange: _Exchange) -> str:
        assert pair.at is not None
        found, at = self._found, np.array([pair.at])
        standing, because = found.standing.at(at), []
        if standing.chosen[0] and standing.margin[0] < min(found.margin, pair.weight):
            because.append(f"it leads its nearest rival by {standing.margin[0]:.1f} bits only")
        if standing.probability[0] < found.line:
            because.append(f"{percent(standing.probability[0])} is under the line of {percent(found.line)}")
        doubt = doubts.in_words(found.doubts_of(at))[0]
        because += [doubt] if doubt else []
        lost = "" if standing.chosen[0] else self._told_rival(rivals, exchange, "Lost to another client: ")
        why = "; ".join(because) or "another client fits better"
        return f"It is for a person to judge: {why}. {lost or in_words(pair.told)}"

    def _told_lost(self, pair: _Pair, rivals: pd.DataFrame, exchange: _Exchange) -> str:
        lost = self._told_rival(rivals, exchange, "Lost to another client: ")
        return lost or self._told_too_little(pair, rivals, exchange)

    def _told_too_little(self, pair: _Pair, rivals: pd.DataFrame, exchange: _Exchange) -> str:
        lost = self._told_rival(rivals, exchange)
        return f"Too little speaks for it: {_weighing(pair)}.{f' {lost}' if lost else ''}"

    def _told_never_compared(self, pair: _Pair, rivals: pd.DataFrame, exchange: _Exchange) -> str:
        shared = self._shared(pair)
        lost = self._told_rival(rivals, exchange)
        weighed = f"Weighed now, {_weighing(pair)}.{f' {lost}' if lost else ''}"
        if not shared:
            return f"It was never compared: {_NO_KEY}. {weighed}"
        return f"It was never compared: {self._over_budget(shared)}. {weighed}"

    def _over_budget(self, shared: Mapping[str, int]) -> str:
        told = listed([f"{_KEYS.get(kind, kind)} ({held:,} records)" for kind, held in shared.items()])
        left_out = sum(self._blocking[1].skipped.get(kind, 0) for kind in shared)
        if left_out:
            why = f"too common for the budget of pairs ({left_out:,} were left out)"
        else:
            why = "too little in common to be worth it among so many records"
        return f"all they share is {told}, {why}"

    def _told_rival(self, rivals: pd.DataFrame, exchange: _Exchange, opened: str = "") -> str:
        """Name the client that fits better, and what linking this pair all the same would cost."""
        taken = rivals[rivals["chosen"]]
        equals = rivals[rivals["wins_by"] > -_WORTH_COUNTING_BITS]
        if taken.empty and equals.empty:
            return ""
        best = (equals if taken.empty else taken).iloc[0]
        opened = opened if best["wins_by"] >= _WORTH_COUNTING_BITS else ""
        rival = f"{opened}“{best['name']}” in {SIDE_LABELS[best['side']]}"
        if taken.empty:
            return f"{rival} fits {_better(best['wins_by'])}, and neither is sure."
        return f"{rival} fits {_better(best['wins_by'])}; {self._told_exchange(exchange)}."

    def _told_exchange(self, exchange: _Exchange) -> str:
        parts = []
        if exchange.alone:
            alone = listed([f"{self._name(row)} in {self._side(row)}" for row in exchange.alone])
            parts.append(f"leave {alone} without a counterpart")
        if exchange.instead:
            moves = [f"{self._name(one)} with {self._name(other)}" for one, other in exchange.instead]
            parts.append(f"put {listed(moves)} instead")
        if exchange.cost >= _WORTH_COUNTING_BITS or not parts:
            parts.append(f"cost {exchange.cost:.1f} bits in all")
        return f"linking this pair instead would {listed(parts)}"

    def _side(self, row: int) -> str:
        return SIDE_LABELS[XPM if row >= self._both.sizes[0] else CONNECTWORKS]


_TOLD: Final = {
    "linked": Linking._told_linked,
    "rejected": Linking._told_rejected,
    "linked_elsewhere": Linking._told_linked_elsewhere,
    "suggested": Linking._told_suggested,
    "review": Linking._told_review,
    "lost": Linking._told_lost,
    "too_little": Linking._told_too_little,
    "never_compared": Linking._told_never_compared,
}


def _among(pairs: tuple[Codes, Codes], pair: _Pair) -> bool:
    return bool(((pairs[0] == pair.left) & (pairs[1] == pair.right)).any())


def _around(left: Codes, right: Codes, worth: np.ndarray, pair: _Pair) -> Codes:
    """Give the pairs that a link of this pair could touch: those that hang together with its records."""
    near = worth & ((left == pair.left) | (right == pair.right))
    while True:
        wider = worth & (np.isin(left, left[near]) | np.isin(right, right[near]))
        if wider.sum() == near.sum():
            return np.flatnonzero(near)
        near = wider


def _total(weights: Bits, chosen: np.ndarray) -> float:
    return float(weights[chosen].sum())


def _weighing(pair: _Pair) -> str:
    """Say what a pair comes to, and what speaks against it most."""
    items = [item for item in json.loads(pair.told) if item["field"] != "prior"]
    against = sorted((i for i in items if i["bits"] <= -_WORTH_SAYING_BITS), key=lambda item: item["bits"])
    comes = f"it comes to {_signed(pair.weight)} bits"
    if against:
        return f"{comes}, most against it {_pieces(against[:2])}"
    agreeing = sorted((i for i in items if i["bits"] > 0), key=lambda item: -item["bits"])
    if agreeing:
        return f"{comes}, since two records are seldom one client and all that agrees is {_pieces(agreeing)}"
    return f"{comes}, and nothing speaks for it"


def _better(bits: float) -> str:
    if abs(bits) < _WORTH_COUNTING_BITS:
        return "as well"
    return f"better, by {bits:.1f} bits" if bits > 0 else "better with all links taken together"


def _pieces(items: Iterable[Mapping[str, object]]) -> str:
    return listed([f"{item['words']} ({_signed(float(str(item['bits'])))})" for item in items])


def _signed(bits: float) -> str:
    return f"{bits:+.1f}".replace("-", "−")
