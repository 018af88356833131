"""A small timeline: what each side showed in one field, as stretches of one colour for one value."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from itertools import pairwise
from typing import Any, Final

from workbench.domain.fields import SIDE_LABELS, SIDES
from workbench.review.tree import Node, h
from workbench.review.words import amount

_LOOKS: Final = ("kind-fill", "kind-different", "kind-bad", "kind-conflict", "kind-cosmetic")


def strip(told: Iterable[Mapping[str, Any]], moment: Callable[[str], str]) -> Node | None:
    """Draw when each side showed which value; the same value has the same colour on both sides.

    Parameters
    ----------
    told : iterable of mapping
        Events of a field; those with a ``side`` and ``until`` are stretches from ``at``, with the value in
        ``after``.
    moment : callable
        Gives a moment as people write it.

    Returns
    -------
    Node or None
        Nothing where no side was seen at two moments that people would tell apart.
    """
    seen = sorted((e for e in told if e.get("side") and e.get("until")), key=lambda event: event["at"])
    times = [event["at"] for event in seen] + [event["until"] for event in seen]
    if not seen or moment(min(times)) == moment(max(times)):
        return None
    looks = {
        value: _LOOKS[i % len(_LOOKS)] for i, value in enumerate(dict.fromkeys(e["after"] for e in seen))
    }
    span = h("p", f"{moment(min(times))} to {moment(max(times))}", class_="muted")
    lines = [_line(side, [e for e in seen if e["side"] == side], looks, max(times)) for side in SIDES]
    return h("div", [line for line in lines if line], span, class_="strips")


def _line(side: str, spells: list[Mapping[str, Any]], looks: Mapping[Any, str], end: str) -> Node | None:
    if not spells:
        return None
    starts = [_seconds(event["at"]) for event in spells] + [_seconds(end)]
    whole = starts[-1] - starts[0] or 1.0
    pieces = [
        h("span", class_=f"slice {looks[event['after']]}", level=round((after - before) / whole, 4))
        for event, (before, after) in zip(spells, pairwise(starts), strict=True)
    ]
    values = len({event["after"] for event in spells})
    back = len(spells) - values
    returns = f", gone back {amount(back, 'time')}" if back else ""
    words = f"{SIDE_LABELS[side]}: {amount(values, 'value')}{returns}"
    drawn = h("span", pieces, class_="slices", role="img", aria_label=words, title=words)
    return h("div", h("span", words, class_="muted"), drawn, class_="strip")


def _seconds(at: str) -> float:
    return datetime.fromisoformat(at).timestamp()
