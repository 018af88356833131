"""Duplicates: records of one system that seem to be one client twice."""

from __future__ import annotations

import json
from dataclasses import replace
from math import log2
from typing import Final

import numpy as np
import pandas as pd

from workbench.domain.fields import CONNECTWORKS, SIDES, XPM, Side
from workbench.domain.frames import TEXT, Clients
from workbench.domain.link_settings import LinkSettings
from workbench.reconcile.link import plain
from workbench.reconcile.link.blocking import keys_of
from workbench.reconcile.link.evidence import SMALLEST_WORLD, Evidence
from workbench.reconcile.link.prepared import NAME_PARTS, Prepared, full_name, prepare
from workbench.reconcile.link.rarity import rarity
from workbench.reconcile.link.telling import evidence_texts
from workbench.reconcile.link.twins import twins_of
from workbench.reconcile.link.words import in_words

DUPLICATES: Final = (
    "side",
    "client_id",
    "other_id",
    "name",
    "other_name",
    "probability",
    "match_weight",
    "why",
)
"""The columns of the result; `why` is the evidence in a sentence."""
_TEXTS: Final = {name: TEXT for name in DUPLICATES if name not in ("probability", "match_weight")}


def duplicates(
    clients: Clients | pd.DataFrame, *, side: Side | None = None, settings: LinkSettings | None = None
) -> pd.DataFrame:
    """Find records that seem to stand twice within one side. Nothing is merged by it.

    Two records of one system are weighed as two records of two systems are, save that one of them being
    archived says nothing against them.

    Parameters
    ----------
    clients : Clients or pandas.DataFrame
        Both sides, or the clients of one.
    side : str, optional
        ``connectworks`` or ``xpm``: only this side, or the one that the frame is of; by default both, and a
        frame is Connectworks'.
    settings : LinkSettings, optional
        `link_at` is the match probability from which a pair is listed.

    Returns
    -------
    pandas.DataFrame
        One row per pair, the surest first: side, client_id, other_id, name, other_name, ``probability``
        (0 to 1), ``match_weight`` (bits), and ``why``: the evidence in a sentence, without any value of a
        birth date, tax number or address.

    Raises
    ------
    BadInput
        If there is neither a name nor an identifier to go by, or ids repeat.
    """
    least = (settings or LinkSettings()).line
    if isinstance(clients, pd.DataFrame):
        return _alone(clients, side or CONNECTWORKS, least)
    both = prepare(clients.connectworks, clients.xpm)
    if both.typed:
        found = _frame(both, _typed(both), least)
    else:
        found = pd.concat([_alone(clients.side(each), each, least) for each in SIDES], ignore_index=True)
    return found if side is None else found[found["side"] == side].reset_index(drop=True)


def _alone(frame: pd.DataFrame, side: str, least: float) -> pd.DataFrame:
    """Find one side's duplicates by itself: it stands for the other side too, so that no field is missing."""
    both = prepare(frame, frame)
    found = _frame(both, _typed(both) if both.typed else _plain(both), least)
    return found[found["side"] == CONNECTWORKS].assign(side=side).reset_index(drop=True)


def _typed(both: Prepared) -> Evidence:
    rare = rarity(both.names, len(both))
    evidence = twins_of(both, keys_of(both, rare), rare).evidence
    states = np.zeros_like(evidence.bits["lifecycle"])
    return replace(evidence, bits=evidence.bits | {"lifecycle": states})


def _plain(both: Prepared) -> Evidence:
    lists = plain.lists_of(both)
    left, right = np.concatenate(
        [np.stack(plain.pairs_within(lists, on_right)) for on_right in (False, True)], axis=1
    )
    model = plain.Model(-log2(max(*both.sizes, SMALLEST_WORLD)))
    return plain.evidence_of(plain.compare(lists, (left, right)), model)


def _frame(both: Prepared, evidence: Evidence, least: float) -> pd.DataFrame:
    odds = np.exp2(np.clip(evidence.weights, -60, 60))
    probability = odds / (1 + odds)
    at = np.flatnonzero(probability >= least)
    at = at[np.lexsort((evidence.right[at], evidence.left[at], -evidence.weights[at]))]
    listed = evidence.at(at)
    ids, names = (
        both.received.column("client_id"),
        both.received.table(*NAME_PARTS).select(name=full_name())["name"],
    )
    columns = {
        "side": np.where(both.right[listed.left], XPM, CONNECTWORKS),
        "client_id": ids.gather(listed.left).to_list(),
        "other_id": ids.gather(listed.right).to_list(),
        "name": names.gather(listed.left).to_list(),
        "other_name": names.gather(listed.right).to_list(),
        "probability": probability[at].round(9),
        "match_weight": listed.weights.round(6),
        "why": [in_words(json.loads(told)) for told in evidence_texts(both, listed)],
    }
    return pd.DataFrame({name: columns[name] for name in DUPLICATES}).astype(_TEXTS)
