"""Whether two values of one field differ by a slip only: one key beside another, or a note put before."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final

from rapidfuzz.distance import OSA

from workbench.reconcile.link.prepared import IDENTIFIERS

# A short word that is one letter off is another word.
SHORTEST: Final = 5
ALIKE: Final = 0.85
_NO_DIGITS: Final = re.compile(r"\D+")


def near_emails(one: str, other: str) -> bool:
    """Tell whether two addresses are one mailbox mistyped, or an old one marked so (``old.ann@…``).

    Two people of one name often have mailboxes that differ by a digit, so digits must be the same.
    """
    (local, _, host), (local_other, _, host_other) = one.rpartition("@"), other.rpartition("@")
    if host != host_other or min(len(local), len(local_other)) < SHORTEST:
        return False
    shorter, longer = sorted((local, local_other), key=len)
    if longer.endswith(f".{shorter}"):
        return True
    return _digits(local) == _digits(local_other) and OSA.distance(local, local_other, score_cutoff=1) == 1


def near_addresses(one: str, other: str) -> bool:
    """Tell whether two addresses have the same numbers, and words that slips alone may part."""
    return _digits(one) == _digits(other) and OSA.normalized_similarity(one, other) >= ALIKE


def near_numbers(one: str, other: str) -> bool:
    """Tell whether one digit is another, is missing, or two neighbours are swapped."""
    return min(len(one), len(other)) >= SHORTEST and OSA.distance(one, other, score_cutoff=1) == 1


def near_days(one: str, other: str) -> bool:
    """Tell whether two days (ISO) differ only by day and month swapped or by one digit."""
    turned = f"{one[:4]}-{one[8:10]}-{one[5:7]}"
    return turned == other or sum(a != b for a, b in zip(one, other, strict=False)) == 1


def _digits(text: str) -> str:
    return _NO_DIGITS.sub("", text)


SLIPS: Final[dict[str, Callable[[str, str], bool]]] = {
    **dict.fromkeys(IDENTIFIERS, near_numbers),
    "email": near_emails,
    "phone": near_numbers,
    "address": near_addresses,
    "date_of_birth": near_days,
}
