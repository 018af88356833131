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

from workbench.reconcile.link.blocking import Pairs
from workbench.reconcile.link.codes import Bits, Codes, Flags
from workbench.reconcile.link.namesakes import PHRASES, Agreements, compare_names
from workbench.reconcile.link.near import SLIPS
from workbench.reconcile.link.prepared import CONTACTS, IDENTIFIERS, TYPES, Prepared, Values
from workbench.reconcile.link.rarity import PRIOR_RECORDS, Rarity
from workbench.reconcile.normalise.name_columns import LEGAL_FORMS

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



TRUSTEE_ACTS: Final = PHRASES.index("equals the other’s trust that the trustee acts for")


@dataclass(frozen=True)
class Evidence:
    """What is known of each pair.

    Parameters
    ----------
    left, right : array of int
        The records of each pair.
    prior : array of float
        Log2 odds that two records are one client before anything is compared.
    bits : dict of str to array of float
        Match weight by field.
    names : Agreements
        The comparison of the names.
    near : dict of str to array of bool
        By field, whether its values differ by a slip only.
    """

    left: Codes
    right: Codes
    prior: Bits
    bits: dict[str, Bits]
    names: Agreements
    near: dict[str, Flags]

    @property
    def weights(self) -> Bits:
        """Log2 odds of each pair by itself: the prior and every field's bits."""
        total = self.prior
        for bits in self.bits.values():
            total = total + bits
        return total

    def at(self, places: Codes) -> Evidence:
        """Give some pairs only."""
        bits = {field: bits[places] for field, bits in self.bits.items()}
        near = {field: flags[places] for field, flags in self.near.items()}
        return Evidence(
            self.left[places], self.right[places], self.prior[places], bits, self.names.at(places), near
        )

    def joined(self, other: Evidence) -> Evidence:
        """Give these pairs and others."""
        bits = {field: np.concatenate([bits, other.bits[field]]) for field, bits in self.bits.items()}
        near = {field: np.concatenate([flags, other.near[field]]) for field, flags in self.near.items()}
        parts = ((self.left, other.left), (self.right, other.right), (self.prior, other.prior))
        left, right, prior = map(np.concatenate, parts)
        return Evidence(left, right, prior, bits, self.names.joined(other.names), near)


def weigh(both: Prepared, pairs: Pairs, rare: Rarity, records: int) -> Evidence:
    """Weigh all evidence of these pairs.

    Parameters
    ----------
    both : Prepared
        Both sides' records.
    pairs : tuple of two arrays of int
        Records, pair by pair; of two sides, or of one.
    rare : Rarity
        How common names are.
    records : int
        Among how many records a counterpart is looked for.
    """
    names = compare_names(both.names, rare, *pairs)
    near = {field: _near(both, pairs, field, names.bits > 0) for field in SLIPS}
    bits: dict[str, Bits] = {"legal_name": names.bits}
    bits |= _identifier_bits(both, pairs, near)
    bits |= _contact_bits(both, pairs, near, names.household)
    bits["date_of_birth"] = _birth_bits(both, pairs, near["date_of_birth"])
    bits["tax_last_three"] = _last_three_bits(both, pairs, bits["tax_number"])
    bits["entity_type"] = _type_bits(both, pairs, names)
    bits["country"] = _country_bits(both, pairs)
    bits["lifecycle"] = np.where(both.gone[pairs[0]] != both.gone[pairs[1]], ONE_GONE, 0.0)
    prior = np.full(len(pairs[0]), -log2(max(records, SMALLEST_WORLD)))
    return Evidence(*pairs, prior, bits, names, near)


def outlived(evidence: Evidence, gone: Flags) -> Evidence:
    """Let a record that its living twin outlives lose to the twin.

    Parameters
    ----------
    evidence : Evidence
        Of all pairs.
    gone : array of bool
        Which records are gone while their twin lives.
    """
    lost = gone[evidence.left] | gone[evidence.right]
    lifecycle = np.where(lost, OUTLIVED, evidence.bits["lifecycle"])
    return replace(evidence, bits=evidence.bits | {"lifecycle": lifecycle})


def _near(both: Prepared, pairs: Pairs, field: str, likely: Flags) -> Flags:
    """Tell which of the likely pairs have values that differ by one slip only."""
    values = both.values[field]
    result = np.zeros(len(likely), dtype=bool)
    present, agree, _ = shared(both, values, pairs)
    at = np.flatnonzero(present & ~agree & likely)
    one, other = values.codes[pairs[0][at]], values.codes[pairs[1][at]]
    for i in range(one.shape[1]):
        for j in range(other.shape[1]):
            some = np.flatnonzero((one[:, i] >= 0) & (other[:, j] >= 0))
            if len(some):
                result[at[some]] |= SLIPS[field](values.words, one[some, i], other[some, j])
    return result


def shared(both: Prepared, values: Values, pairs: Pairs) -> tuple[Flags, Flags, Codes]:
    """Tell per pair whether both have a value, share one, and how many records of a side have the rarest one."""
    a, b = values.codes[pairs[0]], values.codes[pairs[1]]
    present = np.any(a >= 0, axis=1) & np.any(b >= 0, axis=1)
    fewest = np.full(len(a), np.iinfo(np.int64).max, dtype=np.int64)
    sides = both.right[pairs[0]].astype(int), both.right[pairs[1]].astype(int)
    for one in a.T:
        for other in b.T:
            at = np.flatnonzero((one >= 0) & (one == other))
            held = np.maximum(*(values.counts[one[at], side[at]] for side in sides))
            fewest[at] = np.minimum(fewest[at], held)
    agree = fewest < np.iinfo(np.int64).max
    return present, agree, np.where(agree, fewest, 0)


def _identifier_bits(both: Prepared, pairs: Pairs, near: dict[str, Flags]) -> dict[str, Bits]:
    """Weigh identifiers; a company number beside an equal NZBN says little more."""
    result: dict[str, Bits] = {}
    for field in IDENTIFIERS:
        present, agree, count = shared(both, both.values[field], pairs)
        equal, other = IDENTIFIER_BITS[field]
        worth = np.maximum(equal - 2 * np.log2(_others(both, pairs, count)), 0.0)
        unequal = np.where(near[field], NEAR_BITS[field], other)
        result[field] = np.where(agree, worth, np.where(present, unequal, 0.0))
    return _diminished(result, 0.15)


def _contact_bits(both: Prepared, pairs: Pairs, near: dict[str, Flags], household: Flags) -> dict[str, Bits]:
    result: dict[str, Bits] = {}
    nowhere = np.zeros(len(household), dtype=bool)
    for field in CONTACTS:
        present, agree, count = shared(both, both.values[field], pairs)
        equal, other = CONTACT_BITS[field]
        worth = np.maximum(equal - 2 * np.log2(_others(both, pairs, count)), 0.0)
        worth = np.where(near.get(field, nowhere), NEAR_BITS.get(field, 0.0), worth)
        agree = agree | near.get(field, nowhere)
        worth = np.where(household, HOUSEHOLD * worth, worth)
        result[field] = np.where(agree, worth, np.where(present, other, 0.0))
    return _diminished(result, REPEATED)


def _others(both: Prepared, pairs: Pairs, count: Codes) -> Codes:
    """Give how many records a value may belong to; two of one side are both counted there."""
    own = both.right[pairs[0]] == both.right[pairs[1]]
    return np.maximum(count - own, 1)


def _diminished(bits: dict[str, Bits], rate: float) -> dict[str, Bits]:
    """Count the best agreement in full and the others at a rate; disagreements stay."""
    table = np.stack(list(bits.values()))
    best = table.argmax(axis=0)
    factor = np.where((np.arange(len(table))[:, None] == best) | (table < 0), 1.0, rate)
    return dict(zip(bits, table * factor, strict=True))


def _birth_bits(both: Prepared, pairs: Pairs, near: Flags) -> Bits:
    present, agree, count = shared(both, both.values["date_of_birth"], pairs)
    own = both.right[pairs[0]] == both.right[pairs[1]]
    records = np.where(own, 2 * np.array(both.sizes)[both.right[pairs[0]].astype(int)], len(both))
    chance = (2 * np.maximum(count - 1, 0) + PRIOR_RECORDS * 2.0**-BIRTH_BITS) / (records + PRIOR_RECORDS)
    unequal = np.where(near, NEAR_BITS["date_of_birth"], OTHER_BIRTH)
    return np.where(agree, np.minimum(-np.log2(chance), BIRTH_BITS), np.where(present, unequal, 0.0))


def _last_three_bits(both: Prepared, pairs: Pairs, whole: Bits) -> Bits:
    present, agree, _ = shared(both, both.values["last_three"], pairs)
    worth = np.where(agree, LAST_THREE_BITS, np.where(present, OTHER_LAST_THREE, 0.0))
    return np.where(whole != 0, 0.0, worth)


def _type_table() -> Bits:
    """Lay out what each two types are worth; an unknown one says nothing."""
    table = np.full((len(TYPES), len(TYPES)), OTHER_TYPE)
    for one, other in OTHER_TYPE_BITS:
        bits = OTHER_TYPE_BITS[frozenset((one, other))]
        table[TYPES.index(one), TYPES.index(other)] = table[TYPES.index(other), TYPES.index(one)] = bits
    np.fill_diagonal(table, [TYPE_BITS.get(kind, 3.0) for kind in TYPES])
    table[0, :] = table[:, 0] = 0.0
    return table


_TYPES_TOGETHER: Final = _type_table()


def _type_bits(both: Prepared, pairs: Pairs, names: Agreements) -> Bits:
    one, other = both.types[pairs[0]], both.types[pairs[1]]
    forms = both.names.form[pairs[0]], both.names.form[pairs[1]]
    board, estate = LEGAL_FORMS.index("trust_board"), LEGAL_FORMS.index("estate")
    trustee = (names.said == TRUSTEE_ACTS) | (forms[0] == board) | (forms[1] == board)
    both_estates = (forms[0] == estate) & (forms[1] == estate)
    excused = (_are(one, other, "trust", "company") & trustee) | (_are(one, other, "trust", "estate") & both_estates)
    return np.where(excused, -3.0, _TYPES_TOGETHER[one, other])


def _are(one: Codes, other: Codes, kind: str, another: str) -> Flags:
    a, b = TYPES.index(kind), TYPES.index(another)
    return ((one == a) & (other == b)) | ((one == b) & (other == a))


def _country_bits(both: Prepared, pairs: Pairs) -> Bits:
    present, agree, _ = shared(both, both.values["country"], pairs)
    person = np.array([kind in PEOPLE for kind in TYPES])[both.types]
    other = np.where(person[pairs[0]] | person[pairs[1]], OTHER_COUNTRY_PERSON, OTHER_COUNTRY_ORGANISATION)
    return np.where(present & ~agree, other, 0.0)
