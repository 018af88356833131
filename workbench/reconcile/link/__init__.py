"""Linking: which record of one system is which of the other, with the evidence for it.

`link` runs the steps in order: normal forms (`prepared`), pairs worth comparing (`blocking`), match weights
(`evidence`, `namesakes`, `rarity`), one to one over the whole set (`assign`), and words (`telling`).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from importlib import import_module
from importlib.util import find_spec

import numpy as np
import pandas as pd

from workbench.domain.errors import BadInput
from workbench.domain.link_settings import LinkSettings
from workbench.domain.progress import Tell, nobody
from workbench.reconcile.link.assign import Standing
from workbench.reconcile.link.blocking import Pairs
from workbench.reconcile.link.codes import Codes, Flags
from workbench.reconcile.link.evidence import Evidence
from workbench.reconcile.link.finding import JUDGED, PREPARED, find, row_pairs
from workbench.reconcile.link.memory import give_back
from workbench.reconcile.link.prepared import Prepared, prepare
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
    engine: str = "local",
    tell: Tell = nobody,
) -> pd.DataFrame:
    """Find which client of Connectworks is which of XPM. Nothing is linked by it.

    Parameters
    ----------
    connectworks, xpm : pandas.DataFrame
        Any frames of client-like columns; a missing column is no evidence.
    settings : LinkSettings, optional
        Where the lines between link, review and not shown lie, how many counterparts a record may have, and
        whether lists may teach.
    links : pandas.DataFrame, optional
        Existing links (``connectworks_id``, ``xpm_id``): their records take no part, save that a much
        better counterpart of a doubtful link is shown for review.
    rejected : pandas.DataFrame, optional
        Pairs (``connectworks_id``, ``xpm_id``) that a person has rejected: they never return.
    engine : str
        ``local``, or ``spark`` for more clients than one machine holds: the same candidates by the active
        Spark session, or one of its own. The two sides may then be Spark frames, and so are the candidates.

    tell : callable, optional
        Hears between the steps which share of the work is done (0 to 1), on the local engine; what it raises
        ends the work.

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
        If there is neither a name nor an identifier to link by, ids repeat, the settings are none, or the
        engine is not there.
    """
    settings = LinkSettings() if settings is None else settings
    if not isinstance(settings, LinkSettings):
        raise BadInput(
            f"The settings of linking are a {type(settings).__name__}.",
            "Give them as wb.LinkSettings(cardinality='many_to_one', link_at=0.95), say.",
        )
    if engine != "local":
        linked_on = _engine(engine)
        return linked_on(connectworks, xpm, settings=settings, links=links, rejected=rejected)
    both = prepare(connectworks, xpm)
    give_back(len(both))
    tell(PREPARED)
    known = row_pairs(both, links), row_pairs(both, rejected)
    looked_at, notes = _worth_a_look(both, *known, settings, tell)
    # Candidates are told in the records' own texts: what these were compared by is needed no longer.
    both = replace(both, values={})
    give_back(len(both))
    tell(JUDGED)
    frame = candidates_frame(both, *looked_at)
    frame.attrs["notes"] = notes
    return frame


def _worth_a_look(
    both: Prepared, linked: Pairs, gone: Pairs, settings: LinkSettings, tell: Tell
) -> tuple[tuple[Evidence, Standing, Codes, Flags], list[str]]:
    """Give what is told of the pairs worth a look, and of all; nothing else is held any longer."""
    found = find(both, linked, gone, settings, tell)
    shown = np.flatnonzero(found.shown)
    doubts = found.doubts_of(shown)
    suggested = found.suggested(shown, doubts)
    return (found.evidence.at(shown), found.standing.at(shown), doubts, suggested), found.notes


def _engine(name: str) -> Callable[..., pd.DataFrame]:
    """Give the linking of another engine."""
    if name != "spark":
        raise BadInput(f"There is no engine {name!r} to link with.", "Use 'local' or 'spark'.")
    if find_spec("pyspark") is None:
        raise BadInput(
            "Linking on Spark needs pyspark, which is not installed.",
            "Install it with pip install 'workbench[spark]', and Java 17 beside it.",
        )
    spark: Callable[..., pd.DataFrame] = import_module("workbench.reconcile.link.spark").link
    return spark
