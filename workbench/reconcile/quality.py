"""What a random sample says of all that was accepted at once with it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from workbench.domain.records import Event

CONFIDENCE: Final = 0.95


@dataclass(frozen=True, slots=True)
class BulkAct:
    """Something that was accepted in bulk, and the sample that was looked at before.

    Parameters
    ----------
    act, at, by : str
        Its id, when, who.
    accepted : int
        How many were accepted.
    looked_at, wrong : int
        How many of a random sample were looked at, and how many of these were found wrong and left out.
    """

    act: str
    at: str
    by: str
    accepted: int
    looked_at: int
    wrong: int

    @property
    def unseen(self) -> int:
        """How many were accepted that nobody had looked at."""
        return max(self.accepted - (self.looked_at - self.wrong), 0)

    @property
    def bound(self) -> float:
        """The share (0 to 1) of those unseen below which the wrong ones lie, at 95 % confidence."""
        return error_bound(self.looked_at, self.wrong) if self.unseen else 0.0

    def __str__(self) -> str:
        if not self.looked_at:
            return (
                f"{self.accepted:,} accepted at once, none looked at before: nothing says how many are wrong."
            )
        found = "none" if not self.wrong else f"{self.wrong:,}"
        told = f"{self.accepted:,} accepted at once, {self.looked_at:,} looked at before, {found} wrong"
        if not self.unseen:
            return f"{told}: every one of them was looked at."
        below = f"below {_percent(self.bound)} of the others are wrong"
        return f"{told}: {below}, at 95 % confidence (exact binomial)."


def error_bound(looked_at: int, wrong: int) -> float:
    """Give the share of errors that a random sample rules out: the exact one-sided upper bound.

    Parameters
    ----------
    looked_at, wrong : int
        The sample's size, and how many of it were wrong.

    Returns
    -------
    float
        0 to 1, after Clopper and Pearson (Biometrika 26, 1934), at 95 % confidence; 1 without a sample.
    """
    if not looked_at:
        return 1.0
    from scipy.stats import binomtest  # a second to load, and every page's kernel would pay it

    test = binomtest(wrong, looked_at, alternative="less")
    return float(test.proportion_ci(confidence_level=CONFIDENCE, method="exact").high)


def bulk_acts(events: Iterable[Event]) -> list[BulkAct]:
    """Give the bulk acts that the ledger's ``sampled`` entries tell of, in their order."""
    return [
        BulkAct(
            act=str(event.body["act"]),
            at=event.at,
            by=event.by,
            accepted=int(event.body["of"]),
            looked_at=len(event.body["shown"]),
            wrong=len(event.body.get("wrong") or ()),
        )
        for event in events
        if event.kind == "sampled"
    ]


def _percent(share: float) -> str:
    """Give a share as a percentage that is never below it."""
    return f"{-(-share * 1000 // 1) / 10:.1f} %"
