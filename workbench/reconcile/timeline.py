"""What one field of one linked client was on each side, through time."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final, NamedTuple

import pandas as pd

from workbench.domain.fields import SIDE_LABELS
from workbench.domain.frames import HISTORY, frame_of

TIMELINE: Final = (*HISTORY, "side", "until")
FLIPPING: Final = 2
"""A value that was returned to so often flips back and forth."""


class Spell(NamedTuple):
    """A time during which a side showed one value.

    Parameters
    ----------
    value : str or None
        As received.
    since, until : str
        When it was first and last seen (ISO 8601, UTC).
    returns : int
        How often, up to here, the side has gone back to a value that it had shown before.
    back : bool
        Whether this is such a return.
    cut : bool
        Whether it may have begun earlier, where nobody looked.
    """

    value: str | None
    since: str
    until: str
    returns: int = 0
    back: bool = False
    cut: bool = False


def spells(sightings: Iterable[tuple[str, str | None]]) -> list[Spell]:
    """Join what was seen of one cell into the times during which it stood.

    Parameters
    ----------
    sightings : iterable of (str, str or None)
        When (ISO 8601, UTC) and what, in any order. Values are told apart as they are written: two systems
        that write one number in turns are flipping too.

    Returns
    -------
    list of Spell
        From the first to the last.
    """
    found: list[Spell] = []
    for at, value in sorted(sightings, key=lambda sighting: sighting[0]):
        if found and found[-1].value == value:
            found[-1] = found[-1]._replace(until=at)
            continue
        back = any(spell.value == value for spell in found)
        returns = (found[-1].returns if found else 0) + back
        found.append(Spell(value, at, at, returns, back))
    return found


def timeline(
    told: pd.DataFrame, link: Mapping[str, str], field: str, seen: Mapping[str, list[Spell]]
) -> pd.DataFrame:
    """Lay what both sides showed beside what was decided and written.

    Parameters
    ----------
    told : pandas.DataFrame
        A HISTORY frame of this link's field.
    link : mapping
        ``link_id``, ``connectworks_id`` and ``xpm_id``.
    field : str
        Which field.
    seen : mapping
        Side to its spells.

    Returns
    -------
    pandas.DataFrame
        As HISTORY, latest first, and beside it ``side`` and ``until`` (last seen so). A row of a spell has
        the value shown in ``after`` and the one that the side showed earlier in ``before``; whoever goes back
        to an earlier value is named, and from the second time on called flipping back and forth.
    """
    rows = [
        {
            **link,
            "field": field,
            "side": side,
            "at": spell.since,
            "until": spell.until,
            "what": _what(side, spell, earlier is None),
            "before": earlier.value if earlier else None,
            "after": spell.value,
        }
        for side, known in seen.items()
        for earlier, spell in zip([None, *known], known, strict=False)
    ]
    both = pd.concat([told.reindex(columns=list(TIMELINE)), frame_of(rows, TIMELINE)], ignore_index=True)
    return both.sort_values("at", ascending=False, kind="stable", ignore_index=True)


def _what(side: str, spell: Spell, first: bool) -> str:
    name = SIDE_LABELS[side]
    if first and spell.cut:
        return f"{name} showed this already; earlier pulls are not looked at"
    if first:
        return f"{name} is first seen"
    if not spell.back:
        return f"{name} shows something new"
    if spell.returns < FLIPPING:
        return f"{name} has gone back to an earlier value"
    return f"{name} flips back and forth: gone back once more"
