"""Match weights: bits for and against, field by field, of many pairs at once (Fellegi and Sunter).

Weights are set by the domain, not trained. A value that many records share is worth less; evidence that
travels together (a household's mailbox, phone and address) counts in full once and about half after that;
a missing value is never evidence.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import log2
from typing import Final

import numpy as np
import numpy.typing as npt

from workbench.reconcile.link.blocking import Pairs
from workbench.reconcile.link.namesakes import Agreement, compare_names
from workbench.reconcile.link.near import SLIPS
from workbench.reconcile.link.prepared import CONTACTS, IDENTIFIERS, Codes, Prepared, Values, texts
from workbench.reconcile.link.rarity import PRIOR_RECORDS, Rarity

Bits = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]

# Bits when equal and held by one record a side; bits when both have one and they differ.
CONTACT_BITS: Final = {
    "email": (11.0, -0.7),
    "phone": (10.0, -0.8),
    "address": (9.0, -0.8),
    "website": (8.0, -1.0),
}
IDENTIFIER_BITS: Final = {
    "nzbn": (20.0, -12.0),
    "company_number": (18.0, -10.0),
    "abn": (18.0, -8.0),
    "tax_number": (18.0, -10.0),
}
# Sister companies are registered one after the other; nobody chooses a tax number.
_NEAR_NUMBERS: Final = {"nzbn": -3.0, "company_number": -3.0, "abn": -3.0, "tax_number": 6.0}
# Bits where the two values differ by one slip of the keyboard, or by a note put before them. A household
# often has phones of neighbouring numbers, so that a near one tells little.
NEAR_BITS: Final = {"email": 6.0, "phone": 2.0, "address": 6.0, "date_of_birth": 3.0, **_NEAR_NUMBERS}
REPEATED: Final = 0.55
HOUSEHOLD: Final = 0.25
BIRTH_BITS, OTHER_BIRTH = 13.0, -15.0
LAST_THREE_BITS, OTHER_LAST_THREE = 8.0, -7.0
OTHER_COUNTRY_ORGANISATION, OTHER_COUNTRY_PERSON = -14.0, -2.0
ONE_GONE, OUTLIVED = -4.0, -14.0
SMALLEST_WORLD: Final = 64
GONE: Final = ("archived", "discarded", "deleted")
PEOPLE: Final = ("individual", "estate")
TYPE_BITS: Final = {
    "individual": 1.0,
    "company": 1.2,
    "trust": 2.0,
    "partnership": 4.0,
    "limited_partnership": 5.0,
}
OTHER_TYPE_BITS: Final = {
    frozenset(("trust", "company")): -10.0,
    frozenset(("trust", "estate")): -10.0,
    frozenset(("estate", "individual")): -22.0,
    frozenset(("partnership", "company")): -6.0,
    frozenset(("partnership", "limited_partnership")): -4.0,
    frozenset(("partnership", "individual")): -8.0,
    frozenset(("limited_partnership", "company")): -12.0,
}
OTHER_TYPE: Final = -16.0


@dataclass(frozen=True)
class Evidence:
    """What is known of each pair.

    Parameters
    ----------
    left, right : array of int
        Row numbers of each side.
    prior : float
        Log2 odds that two records are one client before anything is compared.
    bits : dict of str to array of float
        Match weight by field.
    names : list of Agreement
        The comparison of the names.
    near : dict of str to array of bool
        By field, whether its values differ by a slip only.
    """

    left: Codes
    right: Codes
    prior: float
    bits: dict[str, Bits]
    names: list[Agreement]
    near: dict[str, Flags]

    @property
    def weights(self) -> Bits:
        """Log2 odds of each pair by itself: the prior and every field's bits."""
        total = np.full(len(self.left), self.prior)
        for bits in self.bits.values():
            total = total + bits
        return total


def weigh(both: Prepared, pairs: Pairs, rare: Rarity) -> Evidence:
    """Weigh all evidence of these pairs.

    Parameters
    ----------
    both : Prepared
        Both sides' records.
    pairs : tuple of two arrays of int
        Row numbers left and right.
    rare : Rarity
        How common names are.
    """
    left, right = pairs
    names = [
        compare_names(both.left_names[i], both.right_names[j], rare)
        for i, j in zip(left.tolist(), right.tolist(), strict=True)
    ]
    of_name = np.array([name.bits for name in names], dtype=float)
    near = {field: _near(both.values[field], pairs, field, of_name > 0) for field in SLIPS}
    bits: dict[str, Bits] = {"legal_name": of_name}
    bits |= _identifier_bits(both, pairs, near)
    bits |= _contact_bits(both, pairs, near, np.array([name.household for name in names], dtype=bool))
    bits["date_of_birth"] = _birth_bits(both, pairs, near["date_of_birth"])
    bits["tax_last_three"] = _last_three_bits(both, pairs, bits["tax_number"])
    bits["entity_type"] = _type_bits(both, pairs, names)
    bits["country"] = _country_bits(both, pairs)
    bits["lifecycle"] = _lifecycle_bits(both, pairs)
    prior = -log2(max(len(both.left), len(both.right), SMALLEST_WORLD))
    return Evidence(left, right, prior, bits, names, near)


def outlived(evidence: Evidence, left: Flags, right: Flags) -> Evidence:
    """Let a record that its living twin outlives lose to the twin.

    Parameters
    ----------
    evidence : Evidence
        Of all pairs.
    left, right : array of bool
        Which records of each side are gone while their twin lives.
    """
    lost = left[evidence.left] | right[evidence.right]
    lifecycle = np.where(lost, OUTLIVED, evidence.bits["lifecycle"])
    return replace(evidence, bits=evidence.bits | {"lifecycle": lifecycle})


def _near(values: Values, pairs: Pairs, field: str, likely: Flags) -> Flags:
    """Tell which of the likely pairs have values that differ by one slip only."""
    present, agree, _ = shared(values, pairs)
    result = np.zeros(len(likely), dtype=bool)
    words = np.array([*values.words, None], dtype=object)
    for at in np.flatnonzero(present & ~agree & likely):
        ours, theirs = words[values.left[pairs[0][at]]], words[values.right[pairs[1][at]]]
        result[at] = any(SLIPS[field](a, b) for a in ours if a for b in theirs if b)
    return result


def shared(values: Values, pairs: Pairs) -> tuple[Flags, Flags, Codes]:
    """Tell per pair whether both have a value, share one, and how many records have the rarest one."""
    a, b = values.left[pairs[0]], values.right[pairs[1]]
    both = np.any(a >= 0, axis=1) & np.any(b >= 0, axis=1)
    fewest = np.full(len(a), np.iinfo(np.int64).max, dtype=np.int64)
    if len(values.left_counts):
        most = np.maximum(values.left_counts, values.right_counts)
        for one in a.T:
            for other in b.T:
                equal = (one >= 0) & (one == other)
                fewest = np.where(equal, np.minimum(fewest, most[one]), fewest)
    agree = fewest < np.iinfo(np.int64).max
    return np.asarray(both, dtype=bool), agree, np.where(agree, fewest, 0).astype(np.int64)


def _identifier_bits(both: Prepared, pairs: Pairs, near: dict[str, Flags]) -> dict[str, Bits]:
    """Weigh identifiers; a company number beside an equal NZBN says little more."""
    result: dict[str, Bits] = {}
    own = _own(both)
    for field in IDENTIFIERS:
        present, agree, count = shared(both.values[field], pairs)
        equal, other = IDENTIFIER_BITS[field]
        worth = np.maximum(equal - 2 * np.log2(np.maximum(count - own, 1)), 0.0)
        unequal = np.where(near[field], NEAR_BITS[field], other)
        result[field] = np.where(agree, worth, np.where(present, unequal, 0.0))
    return _diminished(result, 0.15)


def _contact_bits(both: Prepared, pairs: Pairs, near: dict[str, Flags], household: Flags) -> dict[str, Bits]:
    result: dict[str, Bits] = {}
    nowhere = np.zeros(len(household), dtype=bool)
    own = _own(both)
    for field in CONTACTS:
        present, agree, count = shared(both.values[field], pairs)
        equal, other = CONTACT_BITS[field]
        worth = np.maximum(equal - 2 * np.log2(np.maximum(count - own, 1)), 0.0)
        worth = np.where(near.get(field, nowhere), NEAR_BITS.get(field, 0.0), worth)
        agree = agree | near.get(field, nowhere)
        worth = np.where(household, HOUSEHOLD * worth, worth)
        result[field] = np.where(agree, worth, np.where(present, other, 0.0))
    return _diminished(result, REPEATED)


def _own(both: Prepared) -> int:
    """Give how many of the records with a value the two of a pair themselves are, beyond one a side."""
    return 1 if both.left is both.right else 0


def _diminished(bits: dict[str, Bits], rate: float) -> dict[str, Bits]:
    """Count the best agreement in full and the others at a rate; disagreements stay."""
    table = np.stack(list(bits.values()))
    best = table.argmax(axis=0)
    factor = np.where((np.arange(len(table))[:, None] == best) | (table < 0), 1.0, rate)
    return dict(zip(bits, table * factor, strict=True))


def _birth_bits(both: Prepared, pairs: Pairs, near: Flags) -> Bits:
    present, agree, count = shared(both.values["date_of_birth"], pairs)
    records = len(both.left) + len(both.right)
    chance = (2 * np.maximum(count - 1, 0) + PRIOR_RECORDS * 2.0**-BIRTH_BITS) / (records + PRIOR_RECORDS)
    unequal = np.where(near, NEAR_BITS["date_of_birth"], OTHER_BIRTH)
    return np.where(agree, np.minimum(-np.log2(chance), BIRTH_BITS), np.where(present, unequal, 0.0))


def _last_three_bits(both: Prepared, pairs: Pairs, whole: Bits) -> Bits:
    present, agree, _ = shared(both.values["last_three"], pairs)
    worth = np.where(agree, LAST_THREE_BITS, np.where(present, OTHER_LAST_THREE, 0.0))
    return np.where(whole != 0, 0.0, worth)


def _type_bits(both: Prepared, pairs: Pairs, names: list[Agreement]) -> Bits:
    result = np.zeros(len(pairs[0]))
    for at, (i, j) in enumerate(zip(*pairs, strict=True)):
        one, other = both.left_types[i], both.right_types[j]
        if one and one == other:
            result[at] = TYPE_BITS.get(one, 3.0)
        elif one and other:
            result[at] = _other_type_bits(both, i, j, names[at])
    return result


def _other_type_bits(both: Prepared, i: int, j: int, name: Agreement) -> float:
    types = frozenset((both.left_types[i], both.right_types[j]))
    forms = {both.left_names[i].form, both.right_names[j].form}
    if types == {"trust", "company"} and ("trustee acts" in name.words or "trust_board" in forms):
        return -3.0
    if types == {"trust", "estate"} and forms == {"estate"}:
        return -3.0
    return OTHER_TYPE_BITS.get(types, OTHER_TYPE)


def _country_bits(both: Prepared, pairs: Pairs) -> Bits:
    present, agree, _ = shared(both.values["country"], pairs)
    people = np.array([kind in PEOPLE for kind in both.left_types], dtype=bool)[pairs[0]]
    other = np.where(people, OTHER_COUNTRY_PERSON, OTHER_COUNTRY_ORGANISATION)
    return np.where(present & ~agree, other, 0.0)


def _lifecycle_bits(both: Prepared, pairs: Pairs) -> Bits:
    gone_left, gone_right = (
        np.array([state in GONE for state in texts(frame, "lifecycle")], dtype=bool)
        for frame in (both.left, both.right)
    )
    return np.where(gone_left[pairs[0]] != gone_right[pairs[1]], ONE_GONE, 0.0)
