"""Match weights: bits for and against, field by field, of many pairs at once (Fellegi and Sunter).

Weights are set by the domain, not trained. A value that many records share is worth less; evidence that
travels together (a household's mailbox, phone and address) counts in full once and about half after that;
a missing value is never evidence.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import log2
from typing import Final

import numpy as np
import numpy.typing as npt

from workbench.reconcile.link.blocking import Pairs
from workbench.reconcile.link.namesakes import Agreement, compare_names
from workbench.reconcile.link.prepared import CONTACTS, IDENTIFIERS, Codes, Prepared, Values, texts
from workbench.reconcile.link.rarity import PRIOR_RECORDS, rarity
from workbench.reconcile.link.twins import GONE, twins_of
from workbench.reconcile.normalise import dates

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
REPEATED: Final = 0.55
HOUSEHOLD: Final = 0.25
BIRTH_BITS, OTHER_BIRTH, TURNED_BIRTH = 13.0, -15.0, 3.0
LAST_THREE_BITS, OTHER_LAST_THREE = 4.0, -7.0
OTHER_COUNTRY_ORGANISATION, OTHER_COUNTRY_PERSON = -14.0, -2.0
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
    doubts : list of tuple of str
        Why a person must look, whatever the weight.
    """

    left: Codes
    right: Codes
    prior: float
    bits: dict[str, Bits]
    names: list[Agreement]
    doubts: list[tuple[str, ...]]

    @property
    def weights(self) -> Bits:
        """Log2 odds of each pair by itself: the prior and every field's bits."""
        total = np.full(len(self.left), self.prior)
        for bits in self.bits.values():
            total = total + bits
        return total


def weigh(both: Prepared, pairs: Pairs) -> Evidence:
    """Weigh all evidence of these pairs.

    Parameters
    ----------
    both : Prepared
        Both sides' records.
    pairs : tuple of two arrays of int
        Row numbers left and right.
    """
    left, right = pairs
    rare = rarity([*both.left_names, *both.right_names])
    names = [
        compare_names(both.left_names[i], both.right_names[j], rare) for i, j in zip(left, right, strict=True)
    ]
    household = np.array([name.household for name in names], dtype=bool)
    bits: dict[str, Bits] = {"legal_name": np.array([name.bits for name in names], dtype=float)}
    bits |= _identifier_bits(both, pairs)
    bits |= _contact_bits(both, pairs, household)
    bits["date_of_birth"] = _birth_bits(both, pairs)
    bits["tax_last_three"] = _last_three_bits(both, pairs, bits["tax_number"])
    bits["entity_type"] = _type_bits(both, pairs, names)
    bits["country"] = _country_bits(both, pairs)
    bits["lifecycle"] = _lifecycle_bits(both, pairs)
    doubts = _doubts(both, pairs, bits, names)
    prior = -log2(max(len(both.left), len(both.right), SMALLEST_WORLD))
    return Evidence(left, right, prior, bits, names, doubts)


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


def _identifier_bits(both: Prepared, pairs: Pairs) -> dict[str, Bits]:
    """Weigh identifiers; a company number beside an equal NZBN says little more."""
    result: dict[str, Bits] = {}
    for field in IDENTIFIERS:
        present, agree, count = shared(both.values[field], pairs)
        equal, other = IDENTIFIER_BITS[field]
        worth = np.maximum(equal - 2 * np.log2(np.maximum(count, 1)), 0.0)
        result[field] = np.where(agree, worth, np.where(present, other, 0.0))
    return _diminished(result, 0.15)


def _contact_bits(both: Prepared, pairs: Pairs, household: Flags) -> dict[str, Bits]:
    result: dict[str, Bits] = {}
    for field in CONTACTS:
        present, agree, count = shared(both.values[field], pairs)
        equal, other = CONTACT_BITS[field]
        worth = np.maximum(equal - 2 * np.log2(np.maximum(count, 1)), 0.0)
        worth = np.where(household, HOUSEHOLD * worth, worth)
        result[field] = np.where(agree, worth, np.where(present, other, 0.0))
    return _diminished(result, REPEATED)


def _diminished(bits: dict[str, Bits], rate: float) -> dict[str, Bits]:
    """Count the best agreement in full and the others at a rate; disagreements stay."""
    table = np.stack(list(bits.values()))
    best = table.argmax(axis=0)
    factor = np.where((np.arange(len(table))[:, None] == best) | (table < 0), 1.0, rate)
    return dict(zip(bits, table * factor, strict=True))


def _birth_bits(both: Prepared, pairs: Pairs) -> Bits:
    values = both.values["date_of_birth"]
    present, agree, count = shared(values, pairs)
    records = len(both.left) + len(both.right)
    chance = (2 * np.maximum(count - 1, 0) + PRIOR_RECORDS * 2.0**-BIRTH_BITS) / (records + PRIOR_RECORDS)
    worth = np.where(agree, np.minimum(-np.log2(chance), BIRTH_BITS), np.where(present, OTHER_BIRTH, 0.0))
    days = [texts(frame, "date_of_birth") for frame in (both.left, both.right)]
    for at in np.flatnonzero(present & ~agree):
        if birth_slip(days[0][pairs[0][at]], days[1][pairs[1][at]]):
            worth[at] = TURNED_BIRTH
    return worth


def birth_slip(one: str | None, other: str | None) -> bool:
    """Tell whether two dates of birth differ only by day and month swapped or by one digit."""
    first, second = dates.key(one), dates.key(other)
    if not first or not second:
        return False
    turned = f"{first[:4]}-{first[8:10]}-{first[5:7]}"
    return turned == second or sum(a != b for a, b in zip(first, second, strict=False)) == 1


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
    return np.where(gone_left[pairs[0]] != gone_right[pairs[1]], -4.0, 0.0)


# Doubts that an agreeing identifier does not settle.
_LASTING: Final = frozenset(
    (
        "number or year differs",
        "one record is a couple",
        "one name is marked “do not use”",
        "given names differ",
        "names differ",
        "junior or senior differs",
    )
)


def _doubts(
    both: Prepared, pairs: Pairs, bits: dict[str, Bits], names: list[Agreement]
) -> list[tuple[str, ...]]:
    """Gather what a person must look at: what other evidence does not settle, and contradictions."""
    states = [texts(frame, "lifecycle") for frame in (both.left, both.right)]
    several = _several(both, pairs)
    twins = twins_of(both)
    columns = {field: values.tolist() for field, values in bits.items()}
    result = []
    for at, name in enumerate(names):
        seen = {field: values[at] for field, values in columns.items() if values[at]}
        if not seen:
            result.append(name.doubts)
            continue
        certain = any(seen.get(f, 0) > 0 for f in IDENTIFIERS) and not any(
            seen.get(f, 0) < 0 for f in IDENTIFIERS
        )
        backed = certain or any(seen.get(f, 0) > 2 for f in (*CONTACTS, "date_of_birth"))
        i, j = pairs[0][at], pairs[1][at]
        found = _unsettled(name, seen, certain)
        found += _contradictions(seen, certain)
        found += _states(states[0][i], states[1][j], backed)
        if both.left_types[i] == "individual" and not certain:
            found += _little_but_the_name(seen)
        if several[at]:
            found.append("an identifier stands on several clients")
        if twins[0][i] or twins[1][j]:
            found.append("the same client seems to stand twice in one system")
        result.append(tuple(found))
    return result


def _unsettled(name: Agreement, seen: dict[str, float], certain: bool) -> list[str]:
    born = seen.get("date_of_birth", 0) > 5
    contacts = sum(seen.get(field, 0) > 2 for field in CONTACTS)
    settled: set[str] = set()
    if certain:
        settled = set(name.doubts) - _LASTING
    if born:
        settled |= {"initials only", "middle names differ"}
    if born and contacts:
        settled.add("family names differ")
    if name.slip and (contacts > 1 or (born and contacts)):
        settled |= {"given names nearly equal", "one word nearly equal"}
    if born or seen.get("email", 0) > 2 or seen.get("phone", 0) > 2:
        settled.add("family name nearly equal")
    return [doubt for doubt in name.doubts if doubt not in settled]


def _little_but_the_name(seen: dict[str, float]) -> list[str]:
    """Doubt namesakes: a parent and a child of one name have one address, and other mailboxes and phones."""
    personal = any(seen.get(field, 0) > 2 for field in ("date_of_birth", "email", "phone", "website"))
    if personal or not any(seen.get(field, 0) < 0 for field in CONTACTS):
        return []
    return [
        "nothing but name and address agrees" if seen.get("address", 0) > 0 else "nothing but the name agrees"
    ]


def _contradictions(seen: dict[str, float], certain: bool) -> list[str]:
    found = []
    against = [field for field in IDENTIFIERS if seen.get(field, 0) < 0]
    # A register number mistyped on one side does not undo an equal NZBN.
    if against and not (against == ["company_number"] and seen.get("nzbn", 0) > 0 and seen["legal_name"] > 9):
        found.append("identifiers differ")
    if seen.get("tax_last_three", 0) < 0:
        found.append("last three digits of the tax number differ")
    birth = seen.get("date_of_birth", 0)
    if birth < 0 or birth == TURNED_BIRTH:
        found.append("dates of birth differ" if birth < 0 else "dates of birth nearly agree")
    if seen.get("entity_type", 0) < 0 and not certain:
        found.append("types differ")
    if seen.get("country", 0) < OTHER_COUNTRY_PERSON and not certain:
        found.append("countries differ")
    return found


def _states(one: str | None, other: str | None, backed: bool) -> list[str]:
    if "deleted" in (one, other):
        return ["one of them is deleted"]
    if backed or one == other:
        return []
    if (one in GONE) != (other in GONE):
        return ["one of them is archived"]
    return ["one of them is a prospect"] if "prospect" in (one, other) else []


def _several(both: Prepared, pairs: Pairs) -> Flags:
    """Tell which pairs agree on an identifier that several records of one side have."""
    result = np.zeros(len(pairs[0]), dtype=bool)
    for field in IDENTIFIERS:
        _, agree, count = shared(both.values[field], pairs)
        result |= agree & (count > 1)
    return result
