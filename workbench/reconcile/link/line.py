"""The line from which pairs are suggested: which links enter and which leave when it is moved."""

from __future__ import annotations

import json
from typing import Final

import numpy as np
import pandas as pd

from workbench.domain.frames import TEXT
from workbench.domain.link_settings import LinkSettings
from workbench.reconcile.link.words import in_words

MOVED: Final = ("moves", "connectworks_id", "xpm_id", "connectworks", "xpm", "probability", "why")
"""The columns of what moves; `why` is the evidence in a sentence."""


def moved_line(candidates: pd.DataFrame, at: float, *, settings: LinkSettings | None = None) -> pd.DataFrame:
    """List which suggested links enter or leave when the line is moved. Nothing is linked by it.

    A pair that contradicts itself, that another client fits better, or that leads its rivals too narrowly
    never enters, wherever the line lies.

    Parameters
    ----------
    candidates : pandas.DataFrame
        What `link` found.
    at : float
        Match probability (0 to 1) from which a pair would be suggested.
    settings : LinkSettings, optional
        How far a pair must lead its rivals.

    Returns
    -------
    pandas.DataFrame
        One row per pair whose verdict would change, best first: ``moves`` is ``enters`` or ``leaves``;
        ``connectworks`` and ``xpm`` are the names, ``why`` is the evidence in a sentence.
    """
    probability = candidates["probability"].astype(float).to_numpy()
    suggested = (candidates["verdict"] == "link").to_numpy(bool)
    stays = np.where(suggested, probability >= at, _may_enter(candidates, settings) & (probability >= at))
    at_rows = np.flatnonzero(stays != suggested)
    rows = candidates.iloc[at_rows[np.argsort(-probability[at_rows], kind="stable")]]
    frame = rows[["connectworks_id", "xpm_id", "probability"]].assign(
        moves=_texts("leaves" if verdict == "link" else "enters" for verdict in rows["verdict"]),
        connectworks=_texts(_name(told, "connectworks") for told in rows["evidence"]),
        xpm=_texts(_name(told, "xpm") for told in rows["evidence"]),
        probability=rows["probability"].astype(float),
        why=_texts(in_words(told) for told in rows["evidence"]),
    )
    return frame[list(MOVED)].reset_index(drop=True)


def _may_enter(candidates: pd.DataFrame, settings: LinkSettings | None) -> np.ndarray:
    """Tell which pairs nothing but the line keeps from being suggested."""
    margin = candidates["margin"].astype(float)
    # Lists that do not say what their records are may suggest narrower leads than the settings ask.
    least = min((settings or LinkSettings()).lead, margin[candidates["verdict"] == "link"].min())
    chosen = candidates["rank"].astype(int) == 1
    return (chosen & (margin >= least) & candidates["contradiction"].isna()).to_numpy(bool)


def _name(evidence: str, side: str) -> str | None:
    return next((item.get(side) for item in json.loads(evidence) if item["field"] == "legal_name"), None)


def _texts(texts: object) -> pd.api.extensions.ExtensionArray:
    return pd.array(list(texts), dtype=TEXT)  # type: ignore[call-overload]
