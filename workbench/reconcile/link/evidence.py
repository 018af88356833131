"""Match weights: bits for and against, field by field, of many pairs at once (Fellegi and Sunter).

Weights are set by the domain, not trained. A value that many records share is worth less; evidence that
travels together (a household's mailbox, phone and address) counts in full once and about half after that;
a missing value is never evidence.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from math import log2
from typing import Any, Final

import numpy as np

from workbench.reconcile.link.blocking import Pairs
from workbench.reconcile.link.codes import Bits, Codes, Flags, Ints
from workbench.reconcile.link.namesakes import PHRASES, Agreements, compare_names
from workbench.reconcile.link.near import MAY_SLIP, SLIPS, Test
from workbench.reconcile.link.prepared import CONTACTS, IDENTIFIERS, TYPES, Prepared, Values
from workbench.reconcile.link.rarity import PRIOR_RECORDS, Rarity
from workbench.reconcile.normalise.name_columns import LEGAL_FORMS
from workbench.reconcile.threads import workers

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
# Pairs that are weighed at a time, so that memory does not grow with the firm.
CHUNK: Final = 1 << 17
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


TRUSTEE_ACTS: Final = PHRASES.index("one acts as trustee of a trust of the other’s name")


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

    @classmethod
    def of(cls, parts: Sequence[Evidence]) -> Evidence:
        """Give the pairs of all parts, one after the other."""

        def one(name: str) -> dict[str, Any]:
            return {
                field: np.concatenate([getattr(p, name)[field] for p in parts])
                for field in getattr(parts[0], name)
            }

        left, right, prior = (
            np.concatenate([getattr(p, n) for p in parts]) for n in ("left", "right", "prior")
        )
        return cls(left, right, prior, one("bits"), Agreements.of([p.names for p in parts]), one("near"))


def weigh(both: Prepared, pairs: Pairs, rare: Rarity, records: int, least: float) -> Evidence:
    """Weigh all evidence of those of these pairs that come to something.

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
    least : float
        Match weight from which a pair is worth having; pairs that cannot reach it are left out.
    """
    prior = -log2(max(records, SMALLEST_WORLD))
    chunks = [
        (pairs[0][at : at + CHUNK], pairs[1][at : at + CHUNK])
        for at in range(0, max(len(pairs[0]), 1), CHUNK)
    ]
    # Reckoning on arrays does not hold Python's lock.
    with workers(len(pairs[0])) as pool:
        some = list(pool.map(lambda chunk: _weighed(both, chunk, rare, prior, least), chunks))
    return Evidence.of(some)


def _weighed(both: Prepared, pairs: Pairs, rare: Rarity, prior: float, least: float) -> Evidence:
    names = compare_names(both.names, rare, *pairs)
    worth = np.flatnonzero(prior + names.bits + _most(both, pairs) >= least)
    pairs, names = (pairs[0][worth], pairs[1][worth]), names.at(worth)
    met = {field: shared(both, both.values[field], pairs) for field in both.values}
    near = {
        field: near_values(both.values[field], pairs, test, met[field].differ & (names.bits > 0))
        for field, test in SLIPS.items()
    }
    bits: dict[str, Bits] = {"legal_name": names.bits}
    bits |= _identifier_bits(both, pairs, met, near)
    bits |= _contact_bits(both, pairs, met, near, names.household)
    bits["date_of_birth"] = _birth_bits(both, pairs, met["date_of_birth"], near["date_of_birth"])
    bits["tax_last_three"] = _last_three_bits(met["last_three"], bits["tax_number"])
    bits["entity_type"] = _type_bits(both, pairs, names)
    bits["country"] = _country_bits(both, pairs, met["country"])
    bits["lifecycle"] = np.where(both.gone[pairs[0]] != both.gone[pairs[1]], ONE_GONE, 0.0)
    evidence = Evidence(*pairs, np.full(len(pairs[0]), prior), bits, names, near)
    return evidence.at(np.flatnonzero(evidence.weights >= least))


def _most(both: Prepared, pairs: Pairs) -> Bits:
    """Give the most that all but the name can speak for each pair, whatever the slips."""
    total = _TYPES_AT_MOST[both.types[pairs[0]], both.types[pairs[1]]]
    for field, (equal, near, other) in _MOST_BITS.items():
        values = both.values[field]
        a, b = (values.codes.take(rows, axis=0) for rows in pairs)
        present = (a[:, 0] >= 0) & (b[:, 0] >= 0)
        agree = _any_two(a, b, lambda one, other: one == other)
        close = np.zeros(len(agree), dtype=bool)
        if near > other:
            close = _any_two(a, b, partial(MAY_SLIP[field], values), asked=present & ~agree)
        total += np.where(agree, equal, np.where(close, near, np.where(present, other, 0.0)))
    return total


def _any_two(a: Ints, b: Ints, test: Callable[[Ints, Ints], Flags], asked: Flags | None = None) -> Flags:
    """Tell whether a test holds of any value of the first and any of the second record of a pair."""
    result = np.zeros(len(a), dtype=bool)
    for one in a.T:
        for other in b.T:
            there = (one >= 0) & (other >= 0)
            at = np.flatnonzero(there if asked is None else there & asked)
            if len(at):
                result[at] |= test(one[at], other[at])
    return result


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


def near_values(values: Values, pairs: Pairs, near: Test, asked: Flags) -> Flags:
    """Tell which of the pairs that are asked of have values that a test, such as of `SLIPS`, calls near."""
    a, b = (values.codes.take(rows, axis=0) for rows in pairs)
    return _any_two(a, b, partial(near, values), asked)


@dataclass(frozen=True)
class Met:
    """How the values of one field meet, pair by pair.

    Parameters
    ----------
    present, agree : array of bool
        Whether both records have a value, and whether they share one.
    count : array of int
        How many records of one side have the rarest value that is shared.
    """

    present: Flags
    agree: Flags
    count: Codes

    @property
    def differ(self) -> Flags:
        """Whether both have a value and share none."""
        return self.present & ~self.agree

    def weighed(self, equal: Bits | float, other: Bits | float) -> Bits:
        """Give one weight where they agree and another where they differ."""
        return np.where(self.agree, equal, np.where(self.present, other, 0.0))


def shared(both: Prepared, values: Values, pairs: Pairs) -> Met:
    """Tell how one field's values meet.

    Parameters
    ----------
    both : Prepared
        Both sides' records.
    values : Values
        The field's.
    pairs : tuple of two arrays of int
        Records, pair by pair.
    """
    a, b = (values.codes.take(rows, axis=0) for rows in pairs)
    present = (a[:, 0] >= 0) & (b[:, 0] >= 0)
    fewest = np.full(len(a), np.iinfo(np.int64).max, dtype=np.int64)
    for one in a.T:
        for other in b.T:
            at = np.flatnonzero((one >= 0) & (one == other))
            held = [values.counts[one[at], both.right[side[at]].astype(int)] for side in pairs]
            fewest[at] = np.minimum(fewest[at], np.maximum(*held))
    agree = fewest < np.iinfo(np.int64).max
    return Met(present, agree, np.where(agree, fewest, 0))


Meetings = dict[str, Met]
Slips = dict[str, Flags]


def _identifier_bits(both: Prepared, pairs: Pairs, met: Meetings, near: Slips) -> dict[str, Bits]:
    """Weigh identifiers; a company number beside an equal NZBN says little more."""
    result: dict[str, Bits] = {}
    for field in IDENTIFIERS:
        equal, other = IDENTIFIER_BITS[field]
        worth = np.maximum(equal - 2 * np.log2(others(both, pairs, met[field].count)), 0.0)
        result[field] = met[field].weighed(worth, np.where(near[field], NEAR_BITS[field], other))
    return diminished(result, 0.15)


def _contact_bits(
    both: Prepared, pairs: Pairs, met: Meetings, near: Slips, household: Flags
) -> dict[str, Bits]:
    result: dict[str, Bits] = {}
    shares = np.where(household, HOUSEHOLD, 1.0)
    for field in CONTACTS:
        equal, other = CONTACT_BITS[field]
        worth = np.maximum(equal - 2 * np.log2(others(both, pairs, met[field].count)), 0.0)
        unequal = np.where(near[field], shares * NEAR_BITS[field], other) if field in near else other
        result[field] = met[field].weighed(shares * worth, unequal)
    return diminished(result, REPEATED)


def others(both: Prepared, pairs: Pairs, count: Codes) -> Codes:
    """Give how many records a value may belong to; two of one side are both counted there.

    Parameters
    ----------
    both : Prepared
        Both sides' records.
    pairs : tuple of two arrays of int
        Records, pair by pair; of two sides, or of one.
    count : array of int
        How many records of a side have the value.
    """
    own = both.right[pairs[0]] == both.right[pairs[1]]
    return np.maximum(count - own, 1)


def diminished(bits: dict[str, Bits], rate: float) -> dict[str, Bits]:
    """Count the best agreement in full and the others at a rate; disagreements stay."""
    table = np.stack(list(bits.values()))
    best = table.argmax(axis=0)
    factor = np.where((np.arange(len(table))[:, None] == best) | (table < 0), 1.0, rate)
    return dict(zip(bits, table * factor, strict=True))


def _birth_bits(both: Prepared, pairs: Pairs, met: Met, near: Flags) -> Bits:
    own = both.right[pairs[0]] == both.right[pairs[1]]
    records = np.where(own, 2 * np.array(both.firm)[both.right[pairs[0]].astype(int)], sum(both.firm))
    chance = (2 * np.maximum(met.count - 1, 0) + PRIOR_RECORDS * 2.0**-BIRTH_BITS) / (records + PRIOR_RECORDS)
    unequal = np.where(near, NEAR_BITS["date_of_birth"], OTHER_BIRTH)
    return met.weighed(np.minimum(-np.log2(chance), BIRTH_BITS), unequal)


def _last_three_bits(met: Met, whole: Bits) -> Bits:
    return np.where(whole != 0, 0.0, met.weighed(LAST_THREE_BITS, OTHER_LAST_THREE))


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
# A trust and its trustee, or two homes of an estate, have other types for a reason.
EXCUSED: Final = -3.0
_TYPES_AT_MOST: Final = np.where(_TYPES_TOGETHER == -10.0, EXCUSED, _TYPES_TOGETHER)
_MOST_BITS: Final = {
    **{field: (equal, NEAR_BITS[field], other) for field, (equal, other) in IDENTIFIER_BITS.items()},
    **{field: (equal, NEAR_BITS.get(field, other), other) for field, (equal, other) in CONTACT_BITS.items()},
    "date_of_birth": (BIRTH_BITS, NEAR_BITS["date_of_birth"], OTHER_BIRTH),
    # Whole tax numbers that differ by a slip leave their last three digits out of count.
    "last_three": (LAST_THREE_BITS, 0.0, 0.0),
    "country": (0.0, OTHER_COUNTRY_PERSON, OTHER_COUNTRY_PERSON),
}


def _type_bits(both: Prepared, pairs: Pairs, names: Agreements) -> Bits:
    one, other = both.types[pairs[0]], both.types[pairs[1]]
    forms = both.names.form[pairs[0]], both.names.form[pairs[1]]
    board, estate = LEGAL_FORMS.index("trust_board"), LEGAL_FORMS.index("estate")
    trustee = (names.said == TRUSTEE_ACTS) | (forms[0] == board) | (forms[1] == board)
    both_estates = (forms[0] == estate) & (forms[1] == estate)
    excused = (_are(one, other, "trust", "company") & trustee) | (
        _are(one, other, "trust", "estate") & both_estates
    )
    return np.where(excused, EXCUSED, _TYPES_TOGETHER[one, other])


def _are(one: Ints, other: Ints, kind: str, another: str) -> Flags:
    a, b = TYPES.index(kind), TYPES.index(another)
    return ((one == a) & (other == b)) | ((one == b) & (other == a))


def _country_bits(both: Prepared, pairs: Pairs, met: Met) -> Bits:
    person = np.array([kind in PEOPLE for kind in TYPES])
    people = person[both.types[pairs[0]]] | person[both.types[pairs[1]]]
    other = np.where(people, OTHER_COUNTRY_PERSON, OTHER_COUNTRY_ORGANISATION)
    return met.weighed(0.0, other)
