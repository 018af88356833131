"""What a person would probably do about a difference, and why: the three-way table.

The baseline is the last pair of values on which both sides were agreed. Whoever moved away from it alone is
followed; a blank never overwrites by suggestion; without a baseline nothing but an empty side is a reason.
Above all this: no suggestion discards the only value that changed.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from workbench.domain.fields import CONNECTWORKS, SIDE_LABELS, SIDES, XPM, other_side

TO: Final = {CONNECTWORKS: "to_xpm", XPM: "to_connectworks"}
"""The direction that carries a side's value to the other."""

MOVERS: Final = {
    "connectworks": "only Connectworks changed",
    "xpm": "only XPM changed",
    "both": "both sides changed",
    "neither": "neither side changed",
    "unknown": "never agreed before",
}
CLEARED: Final = "cleared on purpose"
NEVER_FILLED: Final = "never filled"
HELD_BACK: Final = "But nothing is suggested; see the warnings."
"""Why whoever would be followed is not."""


@dataclass(frozen=True, slots=True)
class Situation:
    """All that the three-way table looks at.

    Parameters
    ----------
    kind : str
        What the two values are to each other (`workbench.reconcile.verdicts.Verdict.kind`).
    mover : str
        One of `MOVERS`: who has left the agreed pair of values.
    blank : tuple of bool
        Per side (Connectworks, XPM): whether there is nothing now.
    sendable : tuple of bool
        Per side: whether its value may be suggested to the other at all.
    pushable : bool
        Whether the field can be pushed.
    was_blank : bool
        Whether the agreed pair was blank on both sides.
    when : tuple of str
        Per side: the words for when it moved (“ between 3 and 10 March 2026”), where that is known.
    agreed_on : str or None
        The day on which the pair was agreed, in words, where that is known.
    lost : str or None
        Why the agreed pair cannot be gone by, where it cannot: one of `LOST`.
    """

    kind: str
    mover: str
    blank: tuple[bool, bool]
    sendable: tuple[bool, bool] = (True, True)
    pushable: bool = True
    was_blank: bool = False
    when: tuple[str, str] = ("", "")
    agreed_on: str | None = None
    lost: str | None = None


@dataclass(frozen=True, slots=True)
class Suggestion:
    """What is suggested.

    Parameters
    ----------
    kind : str
        The difference's kind, which a baseline may turn into ``conflict`` or ``different``.
    direction : str or None
        ``to_xpm``, ``to_connectworks``, or None where a person must choose without help.
    reason : str or None
        One plain sentence.
    """

    kind: str
    direction: str | None = None
    reason: str | None = None


def mover(connectworks_moved: bool, xpm_moved: bool) -> str:
    """Name who has left the agreed pair of values, given both answers."""
    if connectworks_moved and xpm_moved:
        return "both"
    if connectworks_moved:
        return CONNECTWORKS
    return XPM if xpm_moved else "neither"


def suggest(now: Situation) -> Suggestion:
    """Apply the three-way table to one difference.

    Parameters
    ----------
    now : Situation
        What is known about it.
    """
    if now.kind not in ("fill", "different"):
        healed = now.mover == "both" and now.kind in ("same", "cosmetic")
        return Suggestion(now.kind, None, "Both sides changed to the same value." if healed else None)
    if now.lost:
        return Suggestion(now.kind, None, now.lost)
    if now.mover == "both":
        return Suggestion("conflict", None, _apart(now))
    if now.mover == "neither":
        return Suggestion(now.kind, None, "Neither side has changed since this was left as it is.")
    if now.mover == "unknown":
        return _without_baseline(now)
    return _follow(now, now.mover)


def _apart(now: Situation) -> str:
    """Say that both sides changed, and when, as far as that is known."""
    when = ", ".join(SIDE_LABELS[side] + told for side, told in zip(SIDES, now.when, strict=True) if told)
    since = f"since they were agreed{' on ' + now.agreed_on if now.agreed_on else ''}"
    return f"Both sides changed {since}, each to something else{': ' + when if when else ''}."


def _without_baseline(now: Situation) -> Suggestion:
    if now.kind == "fill":
        full = XPM if now.blank[0] else CONNECTWORKS
        return _towards(
            now, full, f"{SIDE_LABELS[other_side(full)]} has nothing here; {SIDE_LABELS[full]} does."
        )
    return Suggestion(now.kind, None, "These two were never agreed, so neither side goes before the other.")


def _follow(now: Situation, side: str) -> Suggestion:
    name, other = SIDE_LABELS[side], SIDE_LABELS[other_side(side)]
    when = now.when[side == XPM]
    if now.blank[side == XPM]:
        return Suggestion(
            "different", None, f"{name} was {CLEARED}{when}; {other} still has the agreed value."
        )
    since = f"since both were agreed{' on ' + now.agreed_on if now.agreed_on else ''}"
    if now.was_blank:
        told = f"{name} was filled in{when}; {other} was {NEVER_FILLED} {since}."
        return _towards(now, side, told)
    return _towards(now, side, f"{name} changed it{when}; {other} has not {since}.")


def _towards(now: Situation, side: str, reason: str) -> Suggestion:
    """Suggest a side's value, unless that value or the field forbids it."""
    if not now.pushable:
        return Suggestion(now.kind, None, f"{reason} This field is compared only.")
    if not now.sendable[side == XPM]:
        return Suggestion(now.kind, None, f"{reason} {HELD_BACK}")
    return Suggestion(now.kind, TO[side], reason)
