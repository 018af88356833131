"""What a notebook shows of an explanation: its sentence and its chart, side by side in one result.

The reckoning knows no charts and the charts know no reckoning; here the two meet.
"""

from __future__ import annotations

import html
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd

from workbench.domain.link_settings import LinkSettings
from workbench.reconcile import link as linking
from workbench.reconcile.link import why_not as asking
from workbench.reconcile.link.words import Explanation
from workbench.review.charts import Chart, waterfall


class _Shown(Explanation):
    """An explanation that a notebook shows as its sentence above its chart."""

    @property
    def chart(self) -> Chart:
        """The waterfall from the prior to the match weight."""
        return waterfall(self.waterfall)

    def _repr_html_(self) -> str:
        return f"<p>{html.escape(self.sentence)}</p>{self.chart._repr_html_()}"


@dataclass(frozen=True, repr=False)
class Explained(_Shown):
    """Why a candidate stands where it stands: in a notebook the sentence and the chart."""


@dataclass(frozen=True, repr=False)
class WhyNot(_Shown, asking.WhyNot):
    """Why a pair is not linked: in a notebook the sentences and the pair's chart; `rivals` is a frame."""


def explain(candidate: Mapping[str, Any] | pd.Series) -> Explained:
    """Explain one candidate: one plain sentence, and the waterfall from the prior to the match weight.

    Parameters
    ----------
    candidate : mapping or pandas.Series
        One row of a candidates frame.

    Returns
    -------
    Explained
        ``sentence``, ``waterfall`` (a frame) and ``chart``. Nothing of a birth date, tax number or address
        is in it.
    """
    told = linking.explain(candidate)
    return Explained(told.sentence, told.waterfall)


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
    """Say why a pair is not linked: any pair that a person names, whether it was compared or not.

    Parameters
    ----------
    connectworks, xpm, settings, links, rejected
        As for `link`.
    connectworks_id, xpm_id : str
        Which two records.

    Returns
    -------
    WhyNot
        ``sentence`` (who fits better by how many bits, and what linking this pair would cost others; or what
        speaks against it; or why it was never compared), ``waterfall``, ``chart``, ``rivals``, ``cost``.

    Raises
    ------
    BadInput
        If a side has no record of that id, or there is nothing to link by.
    """
    linked = asking.Linking(connectworks, xpm, settings=settings, links=links, rejected=rejected)
    return shown(linked.why_not(connectworks_id, xpm_id))


def shown(told: asking.WhyNot) -> WhyNot:
    """Give an answer to *why not* that shows its chart."""
    return WhyNot(told.sentence, told.waterfall, told.standing, told.rivals, told.cost)
