"""A service's own words, made fit to be shown and kept."""

from __future__ import annotations

import re
from typing import Final

_LONGEST: Final = 300
_TAX_NUMBER: Final = re.compile(r"\b\d{2,3}[ -]?\d{3}[ -]?\d{3}\b")


def presentable(words: str) -> str:
    """Make one short line of a service's words, without tax numbers.

    Parameters
    ----------
    words : str
        As received.

    Returns
    -------
    str
        Never empty.
    """
    return _TAX_NUMBER.sub("…", " ".join(words.split())[:_LONGEST]) or "it gave no reason."
