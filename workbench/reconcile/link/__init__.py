"""Linking: which record of one system is which of the other, with the evidence for it.

`link` runs the steps in order: normal forms (`prepared`), pairs worth comparing (`blocking`), match weights
(`evidence`, `namesakes`, `rarity`), one to one over the whole set (`assign`), and words (`words`).
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import pandas as pd

from workbench.domain.frames import CANDIDATES, TEXT, as_links
from workbench.domain.settings import LinkSettings
from workbench.reconcile.link.assign import Standing, stand
from workbench.reconcile.link.blocking import candidate_pairs, keys_of
from workbench.reconcile.link.doubts import doubts_of
from workbench.reconcile.link.evidence import Evidence, outlived, weigh
from workbench.reconcile.link.prepared import Codes, Prepared, full_names, prepare, texts
from workbench.reconcile.link.rarity import rarity
from workbench.reconcile.link.twins import OWN_MARGIN, Twins, twins_of
from workbench.reconcile.link.words import Explanation, explain, in_words, words_for

__all__ = ["Explanation", "explain", "in_words", "link"]

_SHOWN: Final = {
    "email": ("email",),
    "phone": ("primary_phone", "other_phone"),
    "website": ("website",),
    "nzbn": ("nzbn",),
    "company_number": ("company_number",),
    "abn": ("abn",),
    "entity_type": ("entity_type",),
    "country": ("country",),
    "lifecycle": ("lifecycle",),
}
"""Columns whose values the evidence shows; a masked field (birth date, address, tax number) shows none."""
_NUMBERS: Final = {
    "probability": np.float64,
    "match_weight": np.float64,
    "rank": np.int64,
    "margin": np.float64,
}
DOUBT_LEAD: Final = 4.0


def link(
    connectworks: pd.DataFrame,
    xpm: pd.DataFrame,
    *,
    settings: LinkSettings | None = None,
    links: pd.DataFrame | None = None,
    rejected: pd.DataFrame | None = None,
) -> pd.DataFrame:
    """Find which client of Connectworks is which of XPM. Nothing is linked by it.

    Parameters
    ----------
    connectworks, xpm : pandas.DataFrame
        Any frames of client-like columns; a missing column is no evidence.
    settings : LinkSettings, optional
        Where the lines between link, review and not shown lie.
    links : pandas.DataFrame, optional
        Existing links (``connectworks_id``, ``xpm_id``): their records take no part, save that a much
        better counterpart of a doubtful link is shown for review.
    rejected : pandas.DataFrame, optional
        Pairs (``connectworks_id``, ``xpm_id``) that a person has rejected: they never return.

    Returns
    -------
    pandas.DataFrame
        One row per pair worth a look, best first. ``probability`` (0 to 1), ``match_weight`` and
        ``margin`` (bits) are floats, ``rank`` is an integer from 1; ``verdict`` is ``link`` or ``review``;
        ``contradiction`` says why a person must look; ``evidence`` is a JSON list.

    Raises
    ------
    BadInput
        If there is neither a name nor an identifier to link by, or ids repeat.
    """
    settings = settings or LinkSettings()
    both = prepare(connectworks, xpm)
    keys = keys_of(both)
    pairs, _ = candidate_pairs(both, keys)
    ids = both.left["client_id"].to_numpy(object), both.right["client_id"].to_numpy(object)
    linked = _row_pairs(links, ids)
    pairs = _without(pairs, _row_pairs(rejected, ids), len(both.right))
    pairs = _with(pairs, linked, len(both.right))
    rare = rarity([*both.left_names, *both.right_names])
    twins = twins_of(both, keys, rare)
    evidence = outlived(weigh(both, pairs, rare), twins[0].outlived, twins[1].outlived)
    free = _free(evidence, linked)
    standing = _compete(evidence, free)
    doubted = _doubtful(evidence, linked)
    shown = np.flatnonzero((free & (standing.probability >= settings.review_at)) | doubted)
    twice = _twice(twins, evidence, standing, linked)
    doubts = doubts_of(both, evidence, twice, (twins[0].outlived, twins[1].outlived), shown)
    return _candidates(both, evidence, standing.at(shown), doubts, doubted[shown], shown, settings)


Keys = tuple[npt.NDArray[np.object_], npt.NDArray[np.object_]]
Flags = npt.NDArray[np.bool_]


def _row_pairs(frame: pd.DataFrame | None, keys: Keys) -> tuple[Codes, Codes]:
    """Turn pairs of ids into pairs of row numbers; ids that are not here are left out."""
    if frame is None or frame.empty:
        return np.empty(0, dtype=np.int64), np.empty(0, dtype=np.int64)
    known = as_links(frame)
    rows = [
        pd.Index(key).get_indexer(pd.Index(known[column].astype(object)))
        for key, column in zip(keys, ("connectworks_id", "xpm_id"), strict=True)
    ]
    here = (rows[0] >= 0) | (rows[1] >= 0)
    return rows[0][here].astype(np.int64), rows[1][here].astype(np.int64)


def _without(pairs: tuple[Codes, Codes], gone: tuple[Codes, Codes], m: int) -> tuple[Codes, Codes]:
    kept = ~np.isin(pairs[0] * m + pairs[1], gone[0] * m + gone[1])
    return pairs[0][kept], pairs[1][kept]


def _with(pairs: tuple[Codes, Codes], more: tuple[Codes, Codes], m: int) -> tuple[Codes, Codes]:
    """Add the linked pairs, so that a doubt about a link can be weighed against it."""
    whole = (more[0] >= 0) & (more[1] >= 0)
    numbers = np.union1d(pairs[0] * m + pairs[1], more[0][whole] * m + more[1][whole])
    left, right = np.divmod(numbers, max(m, 1))
    return left, right


def _free(evidence: Evidence, linked: tuple[Codes, Codes]) -> Flags:
    return ~(np.isin(evidence.left, linked[0]) | np.isin(evidence.right, linked[1]))


def _twice(
    twins: tuple[Twins, Twins], evidence: Evidence, standing: Standing, linked: tuple[Codes, Codes]
) -> tuple[Flags, Flags]:
    """Tell which records of each side stand twice: those whose namesake has no counterpart of its own."""
    sure = standing.chosen & (standing.margin >= OWN_MARGIN)
    result = []
    for side, rows, kept in zip(twins, (evidence.left, evidence.right), linked, strict=True):
        own = np.zeros(len(side.outlived), dtype=bool)
        own[rows[sure]] = True
        own[kept[kept >= 0]] = True
        result.append(side.doubted(own))
    return result[0], result[1]


def _compete(evidence: Evidence, free: Flags) -> Standing:
    """Let the pairs of unlinked records compete; the others stand by themselves."""
    at = np.flatnonzero(free)
    among = stand(evidence.left[at], evidence.right[at], evidence.weights[at])
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


def _doubtful(evidence: Evidence, linked: tuple[Codes, Codes]) -> Flags:
    """Find pairs of a linked record and a free one that are much better than the link which stands."""
    weights = evidence.weights
    one_linked = np.isin(evidence.left, linked[0]) ^ np.isin(evidence.right, linked[1])
    kept = np.isin(evidence.left, linked[0]) & np.isin(evidence.right, linked[1])
    pairs = {(int(i), int(j)) for i, j in zip(*linked, strict=True)}
    standing: dict[tuple[str, int], float] = {}
    for at in np.flatnonzero(kept):
        pair = int(evidence.left[at]), int(evidence.right[at])
        if pair in pairs:
            standing["left", pair[0]] = standing["right", pair[1]] = float(weights[at])
    result = np.zeros(len(weights), dtype=bool)
    for at in np.flatnonzero(one_linked & (weights > 0)):
        link_weight = standing.get(
            ("left", int(evidence.left[at])), standing.get(("right", int(evidence.right[at])))
        )
        result[at] = link_weight is not None and weights[at] - link_weight >= DOUBT_LEAD
    return result


def _verdicts(
    standing: Standing, doubts: list[tuple[str, ...]], doubted: Flags, settings: LinkSettings
) -> list[str]:
    sure = standing.chosen & (standing.probability >= settings.link_at) & (standing.margin >= settings.margin)
    return [
        "link" if yes and not against else "review"
        for yes, against in zip(sure & ~doubted, doubts, strict=True)
    ]


def _candidates(
    both: Prepared,
    evidence: Evidence,
    standing: Standing,
    doubts: list[tuple[str, ...]],
    doubted: Flags,
    shown: Codes,
    settings: LinkSettings,
) -> pd.DataFrame:
    """Put the shown pairs into a candidates frame; standing, doubts and doubted are theirs alone."""
    items = _items(both, evidence, shown)
    told = [
        "; ".join((*found, *(("one of them is linked to another client",) if yes else ())))
        for found, yes in zip(doubts, doubted, strict=True)
    ]
    left, right = (
        frame["client_id"].astype(object).to_numpy()[rows[shown]]
        for frame, rows in ((both.left, evidence.left), (both.right, evidence.right))
    )
    columns: dict[str, Iterable[Any]] = {
        "connectworks_id": left,
        "xpm_id": right,
        "probability": standing.probability,
        "match_weight": evidence.weights[shown].round(6),
        "verdict": _verdicts(standing, doubts, doubted, settings),
        "rank": standing.rank,
        "margin": standing.margin.round(6),
        "contradiction": [text or None for text in told],
        "evidence": [json.dumps(row, ensure_ascii=False, separators=(",", ":")) for row in items],
    }
    frame = pd.DataFrame(
        {
            name: pd.Series(np.asarray(columns[name]), dtype=_NUMBERS[name])
            if name in _NUMBERS
            else pd.array(list(columns[name]), dtype=TEXT)
            for name in CANDIDATES
        }
    )
    frame["probability"] = frame["probability"].round(9)
    order = ["probability", "match_weight", "connectworks_id", "xpm_id"]
    return frame.sort_values(order, ascending=[False, False, True, True], kind="stable").reset_index(
        drop=True
    )


def _items(both: Prepared, evidence: Evidence, shown: Codes) -> list[list[dict[str, Any]]]:
    """Give the evidence of the shown pairs, piece by piece; the bits sum to the match weight."""
    whole = full_names(both.left), full_names(both.right)
    cells = {
        field: [
            [_joined(row) for row in zip(*(texts(f, c) for c in columns), strict=True)]
            for f in (both.left, both.right)
        ]
        for field, columns in _SHOWN.items()
    }
    cells["legal_name"] = [list(whole[0]), list(whole[1])]
    result = []
    for at in shown:
        i, j = evidence.left[at], evidence.right[at]
        row: list[dict[str, Any]] = [
            {
                "field": "prior",
                "bits": round(evidence.prior, 3),
                "words": "before comparing: two records are seldom one client",
            }
        ]
        for field, bits in evidence.bits.items():
            worth = round(float(bits[at]), 3)
            name = evidence.names[at].words if field == "legal_name" else ""
            if name == "same name" and whole[0][i] != whole[1][j]:
                name = "name differs only in how it is written"
            if worth == 0 and not name:
                continue
            item: dict[str, Any] = {"field": field}
            if field in cells:
                item |= {"connectworks": cells[field][0][i], "xpm": cells[field][1][j]}
            said = name or words_for(field, worth, _slip(evidence, field, at))
            row.append(item | {"bits": worth, "words": said})
        result.append(row)
    return result


def _slip(evidence: Evidence, field: str, at: int) -> bool:
    return field in evidence.near and bool(evidence.near[field][at])


def _joined(values: tuple[str | None, ...]) -> str | None:
    return ", ".join(value for value in values if value) or None
