"""Linking: which record of one system is which of the other, with the evidence for it.

`link` runs the steps in order: normal forms (`prepared`), pairs worth comparing (`blocking`), match weights
(`evidence`, `namesakes`, `rarity`), one to one over the whole set (`assign`), and words (`telling`).
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from workbench.domain.settings import LinkSettings
from workbench.reconcile.link.finding import find, row_pairs
from workbench.reconcile.link.prepared import prepare
from workbench.reconcile.link.telling import candidates_frame
from workbench.reconcile.link.words import Explanation, explain, in_words

__all__ = ["Explanation", "explain", "in_words", "link"]


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
        ``contradiction`` says why a person must look; ``evidence`` is a JSON list. What was left out and what
        was taken for granted stands in ``attrs["notes"]``, in sentences.

    Raises
    ------
    BadInput
        If there is neither a name nor an identifier to link by, or ids repeat.
    """
    settings = settings or LinkSettings()
    both = prepare(connectworks, xpm)
    found = find(both, row_pairs(both, links), row_pairs(both, rejected), settings)
    shown = np.flatnonzero(found.shown)
    doubts = found.doubts_of(shown)
    suggested = found.suggested(shown, doubts)
    frame = candidates_frame(both, found.evidence.at(shown), found.standing.at(shown), doubts, suggested)
    frame.attrs["notes"] = found.notes
    return frame
