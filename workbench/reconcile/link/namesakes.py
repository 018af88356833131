"""Evidence from names: bits for what agrees, bits against for what does not, and doubts; many pairs at once.

A rule is asked of all pairs that it may concern, in the order in which the rules stand; texts are compared
once per distinct pair of words.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Any, Final, Self

import numpy as np

from workbench.reconcile.link.codes import (
    Bits,
    Codes,
    Flags,
    Hashes,
    Ints,
    row_sums,
    rows_hold,
    rows_meet,
    text_hash,
)
from workbench.reconcile.link.near import SHORTEST, alike, slips, slips_inside, swapped
from workbench.reconcile.link.rarity import INITIAL_BITS, MOST_NAME_BITS, Rarity
from workbench.reconcile.normalise.name_columns import (
    COUPLE,
    COUPLE_TITLES,
    DECEASED,
    DO_NOT_USE,
    LEGAL_FORMS,
    NOBODY,
    ORGANISATION,
    TITLE_NAMES,
    NameColumns,
)

OTHER_NUMBER: Final = -20.0
OTHER_PLACE: Final = -12.0
OTHER_GIVEN: Final = -13.0
OTHER_FAMILY: Final = -8.0
OTHER_WORDS: Final = -12.0
OTHER_GENERATION: Final = -3.0
SPELLING: Final = -3.0
# From so many letters on, a word that is one slip off is hardly another word.
LONG: Final = 6
# An agreement of main names beyond this needs no trading or former name beside it.
ENOUGH: Final = 12.0
_DECIDED_KINDS: Final = (
    "proprietary",
    "tapui",
    "fund",
    "trust_board",
    "unlimited",
    "incorporated",
    "limited_partnership",
)
_KEPT_KINDS: Final = ("trust", "trust_board", "fund", "partnership", "limited_partnership", "estate")

DOUBTS: Final = (
    "number or year differs",
    "one record is a couple",
    "one name is marked “do not use”",
    "given names differ",
    "names differ",
    "junior or senior differs",
    "titles differ",
    "family names differ",
    "family name nearly equal",
    "short family names differ by a letter",
    "a given name is missing",
    "initials only",
    "given names nearly equal",
    "middle names differ",
    "one goes by a middle name",
    "a short form of several names",
    "a middle name on one side only",
    "only one of the couple agrees",
    "place differs",
    "one word nearly equal",
    "words differ",
    "initials on one side only",
    "words on one side only",
    "a number is spelled out on one side",
    "the kinds in the names differ",
    "one name says no kind",
    "one of them acts for somebody else",
    "each acts as trustee of another trust",
    "one name equals the other’s trading name only",
    "one name equals the other’s former name only",
    "only the trust for which one acts has the other’s name",
)
_BIT: Final = {doubt: 1 << at for at, doubt in enumerate(DOUBTS)}

_FAMILY_SAID: Final = (
    "",
    "family name on one side only",
    "family name written otherwise",
    "one part of the family name",
    "another spelling of the family name",
    "another family name",
)
_GIVEN_SAID: Final = (
    "",
    "given name on one side only",
    "same initial",
    "an initial for the given name",
    "another initial",
    "a short form of the given name",
    "one goes by a middle name",
    "given names written otherwise",
    "nearly the same given name",
    "another given name",
    "an initial for the middle name",
    "nearly the same middle name",
    "another middle name",
)
_OTHER_SAID: Final = (
    "",
    "same name",
    "other name",
    "same names in another order",
    "former family name equals the other’s",
    "a couple, and other names",
    "the same couple",
    "one of a couple",
    "same words",
    "same words in another order",
    "name differs only in its legal form",
    "same name but for its spaces",
    "another place in the name",
    "other words in the name",
    "initials on one side only",
    "more words on one side",
    "another number or year in the name",
    "equals the other’s trading name",
    "equals the other’s former name",
    "one acts as trustee of a trust of the other’s name",
    "one word for another in the name",
)
_SAID_ALONE: Final = {"": "same name", "another family name": "same given name, another family name"}
"""What is said of the names where nothing is to be said of one part, or of both."""
_PARTS: Final = [
    _SAID_ALONE.get(said, said)
    for family in _FAMILY_SAID
    for given in _GIVEN_SAID
    for said in [" and ".join(part for part in (family, given) if part)]
]
_BANDS_SAID: Final = (
    "same name",
    "one name is part of the other",
    "most of the name is the same",
    "half of the name is the same",
    "another name",
    "",
)
PHRASES: Final = (*_OTHER_SAID, *_PARTS, *_BANDS_SAID)
"""What a comparison of names may say; a pair's `Agreements.said` is a place in it."""
SAME_NAME: Final = _OTHER_SAID.index("same name")
_ALIAS_COSTS: Final = (-3.0, -1.0, -1.0)


def bit_of(*doubts: str) -> int:
    """Give the bits by which `Agreements.doubts` marks some doubts."""
    return sum(_BIT[doubt] for doubt in doubts)


def bands_said(band: Ints) -> Ints:
    """Give the place in `PHRASES` of what a band of `bags.BANDS` says; −1 says nothing."""
    return np.where(band == 0, SAME_NAME, len(PHRASES) - len(_BANDS_SAID) + band % len(_BANDS_SAID))


def _said(phrase: str) -> int:
    return _OTHER_SAID.index(phrase)


@dataclass(frozen=True)
class Agreements:
    """What pairs of names say together; one entry a pair.

    Parameters
    ----------
    bits : array of float
        Match weight of the names.
    said : array of int
        Place in `PHRASES` of the comparison in plain words.
    doubts : array of int
        Reasons why a person must look, whatever the probability: the sum of their bits (`bit_of`).
    household : array of bool
        Whether the names say “another of the same house”: shared contact data then prove little.
    slip : array of bool
        Whether the only difference may be a typing slip, which enough other evidence can settle.
    other_family : array of bool
        Whether given names agree and family names do not.
    middle : array of bool
        Whether two people have the same middle name too, or its initial.
    mistyped : array of int, shape (pairs, 2)
        The two words that a slip may part; −1 where none.
    """

    bits: Bits
    said: Ints
    doubts: Ints
    household: Flags
    slip: Flags
    other_family: Flags
    middle: Flags
    mistyped: Ints

    @classmethod
    def none(cls, size: int) -> Self:
        """Give so many pairs of which nothing is said."""
        said, doubts = (np.zeros(size, dtype=np.int32) for _ in range(2))
        household, slip, family, middle = (np.zeros(size, dtype=bool) for _ in range(4))
        mistyped = np.full((size, 2), -1, dtype=np.int32)
        return cls(np.zeros(size), said, doubts, household, slip, family, middle, mistyped)

    def at(self, places: Any) -> Agreements:
        """Give some pairs only."""
        return Agreements(*(getattr(self, field.name)[places] for field in fields(self)))

    @classmethod
    def of(cls, parts: Sequence[Agreements]) -> Agreements:
        """Give the pairs of all parts, one after the other."""
        return cls(*(np.concatenate([getattr(part, f.name) for part in parts]) for f in fields(cls)))

    def put(self, places: Any, others: Agreements) -> None:
        """Write other pairs' results over some of these; only for one who has just made them."""
        for field in fields(self):
            getattr(self, field.name)[places] = getattr(others, field.name)


def compare_names(names: NameColumns, rare: Rarity, a: Codes, b: Codes) -> Agreements:
    """Weigh names against each other, the other names that they give included.

    Parameters
    ----------
    names : NameColumns
        All names.
    rare : Rarity
        What is known of them.
    a, b : array of int
        Rows of the names to compare, pair by pair.
    """
    best = _main_names(names, rare, a, b)
    _try_aliases(names, rare, a, b, best)
    marked = ((names.notes[a] | names.notes[b]) & DO_NOT_USE) != 0
    best.doubts[marked] |= bit_of("one name is marked “do not use”")
    best.doubts[names.capacity[a] != names.capacity[b]] |= bit_of("one of them acts for somebody else")
    nothing = np.flatnonzero((names.kind[a] == NOBODY) | (names.kind[b] == NOBODY))
    best.put(nothing, Agreements.none(len(nothing)))
    return best


def _try_aliases(names: NameColumns, rare: Rarity, a: Codes, b: Codes, best: Agreements) -> None:
    """Compare the other names that either gives with the other's main name; the best one counts."""
    for one, other in ((a, b), (b, a)):
        for kind, cost in enumerate(_ALIAS_COSTS):
            at = np.flatnonzero((names.alias[one, kind] >= 0) & (best.bits < ENOUGH))
            match = _main_names(names, rare, names.alias[one[at], kind].astype(np.int64), other[at])
            better = (match.bits > 6) & (match.bits + cost > best.bits[at])
            at, match = at[better], match.at(better)
            doubts = match.doubts | (1 << (len(DOUBTS) - 3 + kind))
            found = Agreements.none(len(at))
            found.bits[:], found.doubts[:] = match.bits + cost, doubts
            found.said[:], found.household[:] = (
                _said("equals the other’s trading name") + kind,
                match.household,
            )
            best.put(at, found)


def _main_names(names: NameColumns, rare: Rarity, a: Codes, b: Codes) -> Agreements:
    result = Agreements.none(len(a))
    firm = (names.kind[a] == ORGANISATION) | (names.kind[b] == ORGANISATION)
    couple = ~firm & ((names.kind[a] == COUPLE) | (names.kind[b] == COUPLE))
    for mask, compare in ((firm, _organisations), (couple, _couples), (~firm & ~couple, _people)):
        at = np.flatnonzero(mask)
        if len(at):
            result.put(at, compare(names, rare, a[at], b[at]))
    return result


# Organisations


def _organisations(names: NameColumns, rare: Rarity, a: Codes, b: Codes) -> Agreements:
    result = Agreements.none(len(a))
    shared, over_a, over_b = _parted(rare, a, b)
    bits = row_sums(rare.words.bits[rare.terms.take(a, axis=0)] * shared)
    # Words of an organisation's name travel together; the later ones say less.
    result.bits[:] = np.minimum(bits, 9.0) + 0.7 * np.maximum(bits - 9.0, 0.0)
    result.said[:] = SAME_NAME
    equal = rare.term_set[a] == rare.term_set[b]
    _equal_words(names, rare, a, b, equal, result)
    _leftovers(rare, a, b, ~equal, over_a, over_b, result)
    _numbers(names, rare, a, b, result)
    # A person, and a name that may be a person's, too.
    mixed = np.flatnonzero(names.kind[a] != names.kind[b])
    told = result.at(mixed)
    _tell_apart(names, a[mixed], b[mixed], told)
    result.put(mixed, told)
    return result


def _parted(rare: Rarity, a: Codes, b: Codes) -> tuple[Flags, Flags, Flags]:
    """Tell which words of the first name the second has too, and which words only one of them has."""
    one, other = rare.terms.take(a, axis=0), rare.terms.take(b, axis=0)
    shared, met = np.zeros(one.shape, dtype=bool), np.zeros(other.shape, dtype=bool)
    for i in range(one.shape[1]):
        for j in range(other.shape[1]):
            same = (one[:, i] == other[:, j]) & (one[:, i] >= 0)
            shared[:, i] |= same
            met[:, j] |= same
    return shared, (one >= 0) & ~shared, (other >= 0) & ~met


def _equal_words(
    names: NameColumns, rare: Rarity, a: Codes, b: Codes, equal: Flags, result: Agreements
) -> None:
    whole = equal & (rare.whole[a] == rare.whole[b])
    bits = np.where(
        whole, rare.whole_bits(rare.whole[a], result.bits), np.minimum(result.bits, MOST_NAME_BITS)
    )
    result.bits[:] = np.where(equal, bits, result.bits)
    joined = rare.length[a] > (rare.terms.take(a, axis=0) >= 0).sum(axis=1)
    joined |= rare.length[b] > (rare.terms.take(b, axis=0) >= 0).sum(axis=1)
    repeated = equal & (rare.length[a] != rare.length[b]) & ~joined
    turned = equal & ~repeated & (rare.ordered[a] != rare.ordered[b])
    result.said[repeated] = _said("same words")
    result.said[turned] = _said("same words in another order")
    result.bits[turned] -= 1.0
    other_form = equal & (names.form[a] != names.form[b]) & ~_kinds_differ(names, a, b)
    result.said[other_form] = _said("name differs only in its legal form")


def _leftovers(
    rare: Rarity, a: Codes, b: Codes, unequal: Flags, over_a: Flags, over_b: Flags, result: Agreements
) -> None:
    """Weigh the words that only one of two organisations' names has."""
    at = np.flatnonzero(unequal)
    one = np.where(over_a[at], rare.terms.take(a[at], axis=0), -1)
    other = np.where(over_b[at], rare.terms.take(b[at], axis=0), -1)
    bits = result.bits[at]
    cost_one, cost_other = (row_sums(rare.words.bits[side]) for side in (one, other))
    n_one, n_other = (one >= 0).sum(axis=1), (other >= 0).sum(axis=1)
    spaces = rare.squeezed[a[at]] == rare.squeezed[b[at]]
    only_places = np.all(rare.words.place[one] | (one < 0), axis=1)
    only_places &= np.all(rare.words.place[other] | (other < 0), axis=1) & ~spaces
    both = (n_one > 0) & (n_other > 0) & ~spaces & ~only_places
    single = np.flatnonzero(both & (n_one == 1) & (n_other == 1))
    word, another = one[single].max(axis=1), other[single].max(axis=1)
    slip = slips(rare.words.texts, word, another, shortest=2) | _longer_initials(rare, word, another)
    slipped = np.zeros(len(at), dtype=bool)
    slipped[single] = slip
    differ = both & ~slipped
    one_sided = ~(spaces | only_places | both)
    length = rare.words.length
    brief = one_sided & np.all(length[one] <= 2, axis=1) & np.all(length[other] <= 2, axis=1)

    cost = np.maximum(np.minimum(np.minimum(cost_one, cost_other), -OTHER_WORDS), 6.0)
    near = np.zeros(len(at))
    near[single] = np.minimum(np.minimum(rare.words.bits[word], rare.words.bits[another]), 9.0)
    conditions = [spaces, only_places, slipped, differ, one_sided]
    bits = np.select(
        conditions,
        [
            np.maximum(bits, 12.0),
            bits + OTHER_PLACE,
            bits + 0.6 * near + SPELLING,
            bits - cost,
            bits - np.minimum(0.35 * (cost_one + cost_other), 5.0),
        ],
    )
    result.bits[at] = bits
    phrases = (
        *("same name but for its spaces", "another place in the name", "one word for another in the name"),
        *("other words in the name", "more words on one side"),
    )
    result.said[at] = np.select(conditions, [_said(phrase) for phrase in phrases])
    result.said[at[brief]] = _said("initials on one side only")
    doubts = (0, bit_of("place differs"), bit_of("one word nearly equal"), bit_of("words differ"), 0)
    told = np.select(conditions, doubts)
    told[one_sided] = bit_of("words on one side only")
    told[brief] = bit_of("initials on one side only")
    result.doubts[at] = told
    result.household[at] = only_places | differ | one_sided
    chosen = single[slip]
    word, another = word[slip], another[slip]
    settled = np.minimum(length[word], length[another]) >= LONG
    settled |= swapped(rare.words.texts, word, another)
    # Sister companies are called by neighbouring words (“Consulting”, “Consultants”).
    result.slip[at[chosen]] = settled & ~(rare.words.common[word] & rare.words.common[another])
    result.mistyped[at[chosen]] = np.stack([word, another], axis=1)


def _longer_initials(rare: Rarity, one: Ints, other: Ints) -> Flags:
    """Tell whether one word is an initial, and the other one begins with it and has a second one."""
    return _initial_of(rare, one, other) & (np.maximum(rare.words.length[one], rare.words.length[other]) == 2)


def _kinds_differ(names: NameColumns, a: Codes, b: Codes) -> Flags:
    one, other = names.form[a], names.form[b]
    decided = np.array([form in _DECIDED_KINDS for form in LEGAL_FORMS])
    return (one != other) & (one > 0) & (other > 0) & (decided[one] | decided[other])


def _kind_in_one(names: NameColumns, a: Codes, b: Codes) -> Flags:
    """Tell where one name says what it is, and the other nothing: “Limited” is left out, “Trust” is not."""
    one, other = names.form[a], names.form[b]
    kept = np.array([form in _KEPT_KINDS for form in LEGAL_FORMS])
    return (kept[one] & (other == 0)) | (kept[other] & (one == 0))


def _numbers(names: NameColumns, rare: Rarity, a: Codes, b: Codes, result: Agreements) -> None:
    """Add what numbers and kinds in the names say; another number is another organisation."""
    another = np.flatnonzero(names.numbers[a] != names.numbers[b])
    other = Agreements.none(len(another))
    other.bits[:] = result.bits[another] + OTHER_NUMBER
    other.said[:] = _said("another number or year in the name")
    other.doubts[:], other.household[:] = bit_of("number or year differs"), True
    result.bits[(names.numbers[a] > 0) & (result.bits > 0)] += 3.0
    trust, other_trust = names.alias[a, 2], names.alias[b, 2]
    trusts_differ = (trust >= 0) & (other_trust >= 0) & (rare.whole[trust] != rare.whole[other_trust])
    for mask, doubt, cost in (
        (names.spelled[a] != names.spelled[b], "a number is spelled out on one side", 1.0),
        (_kinds_differ(names, a, b), "the kinds in the names differ", 3.0),
        (_kind_in_one(names, a, b), "one name says no kind", 0.0),
        (trusts_differ, "each acts as trustee of another trust", -OTHER_WORDS),
    ):
        result.doubts[mask] |= bit_of(doubt)
        result.bits[mask] -= cost
    np.minimum(result.bits, MOST_NAME_BITS, out=result.bits)
    result.put(another, other)


# People


@dataclass(frozen=True)
class _Persons:
    """People to compare: given names without particles, these joined, and family names; one entry a pair."""

    given: Ints
    joined: Hashes
    family: Ints

    def at(self, places: Any) -> _Persons:
        return _Persons(self.given[places], self.joined[places], self.family[places])


def _persons(rare: Rarity, rows: Codes) -> _Persons:
    return _Persons(rare.given.take(rows, axis=0), rare.joined[rows], rare.family[rows])


def _turned(rare: Rarity, rows: Codes) -> _Persons:
    return _Persons(rare.turned_given.take(rows, axis=0), rare.turned_joined[rows], rare.turned_family[rows])


def _people(names: NameColumns, rare: Rarity, a: Codes, b: Codes) -> Agreements:
    result = _in_order(rare, _persons(rare, a), _persons(rare, b))
    _try_turned(names, rare, a, b, result)
    _try_former(names, rare, a, b, result)
    same = np.flatnonzero((rare.whole[a] == rare.whole[b]) & (result.doubts == 0))
    whole = Agreements.none(len(same))
    whole.bits[:], whole.said[:] = rare.whole_bits(rare.whole[a[same]], result.bits[same]), result.said[same]
    result.put(same, whole)
    result.middle[:] = (result.doubts == 0) & _middles_agree(rare, a, b)
    _tell_apart(names, a, b, result)
    return result


def _tell_apart(names: NameColumns, a: Codes, b: Codes, result: Agreements) -> None:
    """Doubt namesakes whom their names tell apart: “Jnr”, “(2)”, “Mr” and “Mrs”, “Mr & Mrs”."""
    title, other_title = names.title[a], names.title[b]
    couple = TITLE_NAMES.index(COUPLE_TITLES)
    # “Mrs John Rowe” is the widow of “John Rowe (deceased)”.
    woman, died, other_died = TITLE_NAMES.index("woman"), *(names.notes[x] & DECEASED > 0 for x in (a, b))
    widow = ((title == woman) & (other_title == 0) & other_died) | (
        (other_title == woman) & (title == 0) & died
    )
    one_couple = (title == couple) != (other_title == couple)
    for apart, doubt in (
        (names.generation[a] != names.generation[b], "junior or senior differs"),
        (names.numbers[a] != names.numbers[b], "number or year differs"),
        (one_couple, "one record is a couple"),
        (~one_couple & (widow | (title > 0) & (other_title > 0) & (title != other_title)), "titles differ"),
    ):
        at = np.flatnonzero(apart)
        before, other = result.at(at), Agreements.none(len(at))
        other.bits[:], other.said[:] = before.bits + OTHER_GENERATION, before.said
        other.doubts[:] = before.doubts | bit_of(doubt)
        other.household[:] = before.household
        result.put(at, other)


def _try_turned(names: NameColumns, rare: Rarity, a: Codes, b: Codes, result: Agreements) -> None:
    """Read either name the other way round (family name first) where that agrees better."""
    at = np.flatnonzero(_may_turn(names, rare, a, b, result.bits) | _may_turn(names, rare, b, a, result.bits))
    turned = _best_turned(names, rare, a[at], b[at], result.bits[at])
    better = turned.bits - 2 > result.bits[at]
    at, turned = at[better], turned.at(better)
    turned.bits[:] -= 1
    turned.said[turned.said == _parts_said(0, 0)] = _said("same names in another order")
    turned.other_family[:] = False
    result.put(at, turned)


def _may_turn(names: NameColumns, rare: Rarity, row: Codes, other: Codes, bits: Bits) -> Flags:
    """Tell which names may stand the other way round: of two orders that are known, one may be mistaken."""
    known, both = names.order_known[row], names.order_known[row] & names.order_known[other]
    most = np.select([both, known], [0.0, -np.inf], 15.0)
    return (bits < most) & (rare.turned_family[row] >= 0)


def _best_turned(names: NameColumns, rare: Rarity, a: Codes, b: Codes, bits: Bits) -> Agreements:
    """Weigh names of which either is read the other way round: that one which then agrees better."""
    best = Agreements.none(len(a))
    best.bits[:] = -np.inf
    for row, other in ((a, b), (b, a)):
        at = np.flatnonzero(_may_turn(names, rare, row, other, bits))
        turned = _in_order(rare, _turned(rare, row[at]), _persons(rare, other[at]))
        # Where both ways come to the same, what is said of them must not hang on which side comes first.
        better = turned.bits > best.bits[at]
        better |= (turned.bits == best.bits[at]) & (turned.said < best.said[at])
        best.put(at[better], turned.at(better))
    return best


def _try_former(names: NameColumns, rare: Rarity, a: Codes, b: Codes, result: Agreements) -> None:
    """Take a former family name (“was Hale”) that equals the other's family name for no other family."""
    for one, other in ((a, b), (b, a)):
        last = _last_word(names.family.take(other, axis=0))
        met = result.other_family & (names.former_last[one] >= 0) & (names.former_last[one] == last)
        at = np.flatnonzero(met)
        root = rare.families.root[rare.family[other[at]]]
        found = Agreements.none(len(at))
        found.bits[:] = result.bits[at] - OTHER_FAMILY + 0.8 * rare.families.bits[root]
        found.said[:] = _said("former family name equals the other’s")
        result.put(at, found)


def _last_word(words: Ints) -> Ints:
    last = np.maximum((words >= 0).sum(axis=1) - 1, 0)
    return np.take_along_axis(words, last[:, None], axis=1)[:, 0]


def _middles_agree(rare: Rarity, a: Codes, b: Codes) -> Flags:
    """Tell whether both have a middle name, and the same one as far as both are written out."""
    if rare.middle.shape[1] < 2:
        return np.zeros(len(a), dtype=bool)
    one, other = rare.middle[a, 1], rare.middle[b, 1]
    return (one >= 0) & (other >= 0) & ((one == other) | _initial_of(rare, one, other))


def _initial_of(rare: Rarity, one: Ints, other: Ints) -> Flags:
    """Tell whether either word is one letter, and the other begins with it."""
    words = rare.words
    brief = np.minimum(words.length[one], words.length[other]) == 1
    return brief & (words.first[one] == words.first[other])


def _parts_said(family: Ints | int, given: Ints | int) -> Ints | int:
    """Give the place in `PHRASES` of what family and given names say together."""
    return len(_OTHER_SAID) + family * len(_GIVEN_SAID) + given


def _in_order(rare: Rarity, a: _Persons, b: _Persons) -> Agreements:
    result = Agreements.none(len(a.family))
    family_bits, family_said = _compare_families(rare, a.family, b.family)
    given_bits, given_said, doubts, slip = _compare_givens(rare, a, b)
    other_family, other_given = family_bits <= OTHER_FAMILY, given_bits <= OTHER_GIVEN
    result.bits[:] = family_bits + given_bits
    result.said[:] = _parts_said(family_said, given_said)
    doubts |= np.where(other_family, bit_of("family names differ"), 0)
    doubts |= np.where(other_given, bit_of("given names differ"), 0)
    spelling = family_said == _FAMILY_SAID.index("another spelling of the family name")
    doubts[spelling] |= np.where(
        _short_families(rare, a.family[spelling], b.family[spelling]),
        bit_of("short family names differ by a letter"),
        bit_of("family name nearly equal"),
    )
    result.doubts[:] = doubts
    result.household[:], result.slip[:], result.other_family[:] = other_given, slip | spelling, other_family
    at = np.flatnonzero(other_family & other_given)
    neither = Agreements.none(len(at))
    neither.bits[:], neither.said[:] = OTHER_FAMILY + OTHER_GIVEN, _said("other name")
    neither.doubts[:], neither.household[:] = bit_of("names differ"), True
    result.put(at, neither)
    return result


def _short_families(rare: Rarity, a: Ints, b: Ints) -> Flags:
    """Tell where either family name is so short that a letter makes another one (Chan, Chen; Ming, Ling)."""
    either = (rare.families.roots.gather(rare.families.root[family]).str.len_chars() for family in (a, b))
    return np.minimum(*(lengths.to_numpy() for lengths in either)) < SHORTEST


def _compare_families(rare: Rarity, a: Ints, b: Ints) -> tuple[Bits, Ints]:
    """Weigh family names: bits, and place in what is said of them."""
    families = rare.families
    one, other = families.root[a], families.root[b]
    told = families.bits[one], families.bits[other]
    missing = (one < 0) | (other < 0)
    equal = ~missing & (one == other)
    part = np.zeros(len(a))
    for i in range(families.parts.shape[1]):
        for j in range(families.parts.shape[1]):
            word = families.parts[a, i]
            met = (word >= 0) & (word == families.parts[b, j])
            part = np.where(met, np.maximum(part, families.part_bits[word]), part)
    unlike = np.flatnonzero(~missing & ~equal & (part == 0))
    near = np.zeros(len(a), dtype=bool)
    near[unlike] = slips(families.roots, one[unlike], other[unlike])
    unlike = unlike[~near[unlike]]
    near[unlike] = alike(families.roots, one[unlike], other[unlike], 0.95, 6)
    conditions = [missing, equal, part > 0, near]
    bits = np.select(conditions, [0.0, told[0], 0.7 * part, 0.5 * np.minimum(*told)], OTHER_FAMILY)
    said = np.select(conditions, [1, np.where(a == b, 0, 2), 3, 4], 5)
    return bits, said


def _compare_givens(rare: Rarity, a: _Persons, b: _Persons) -> tuple[Bits, Ints, Ints, Flags]:
    """Weigh given names: bits, what is said of them, doubts, and whether a slip may be all there is."""
    words = rare.words
    one, other = a.given[:, 0], b.given[:, 0]
    bits_one, bits_other = words.given_bits[one], words.given_bits[other]
    fewer = np.minimum(bits_one, bits_other)
    missing = (one < 0) | (other < 0)
    equal = ~missing & (one == other)
    brief = ~missing & (np.minimum(words.length[one], words.length[other]) == 1)
    initial = words.first[one] == words.first[other]
    rest = ~missing & ~equal & ~brief
    roots = words.roots.take(one, axis=0), words.roots.take(other, axis=0)
    short = rest & rows_meet(*roots)
    # Beside itself, a word stands for the one name that it shortens, or for more (Chris, Pat).
    many = np.maximum(*((formal >= 0).sum(axis=1) for formal in roots)) > 2
    middle = rest & ~short & (rows_hold(b.given[:, 1:], one) | rows_hold(a.given[:, 1:], other))
    written = rest & ~short & ~middle & ((a.joined == b.joined) | (words.short[one] == words.short[other]))
    left = np.flatnonzero(rest & ~short & ~middle & ~written)
    near = np.zeros(len(one), dtype=bool)
    near[left] = slips(words.texts, one[left], other[left])
    middle_bits, middle_said, middle_doubts = _compare_middles(rare, a.given[:, 1:], b.given[:, 1:])

    conditions = [missing, equal & brief, equal, brief & initial, brief, short, middle, written, near]
    bits = np.select(
        conditions,
        [
            *(0.0, INITIAL_BITS + middle_bits, bits_one + middle_bits, INITIAL_BITS, OTHER_GIVEN),
            *(fewer - 1.0, 0.6 * fewer, fewer, 0.4 * fewer),
        ],
        OTHER_GIVEN,
    )
    said = np.select(conditions, [1, 2, middle_said, 3, 4, 5, 6, 7, 8], 9)
    initials = bit_of("initials only")
    doubts = np.select(
        conditions,
        [
            *(
                bit_of("a given name is missing"),
                middle_doubts | initials,
                middle_doubts,
                initials,
                0,
                np.where(many, bit_of("a short form of several names"), 0),
                bit_of("one goes by a middle name"),
                0,
            ),
            bit_of("given names nearly equal"),
        ],
        0,
    )
    typed = np.flatnonzero(near & (np.minimum(words.length[one], words.length[other]) >= LONG))
    slip = missing | (brief & (equal | initial))
    slip[typed] |= slips_inside(words.texts, one[typed], other[typed])
    return bits, said, doubts, slip


def _compare_middles(rare: Rarity, a: Ints, b: Ints) -> tuple[Bits, Ints, Ints]:
    size = len(a)
    if not (a.shape[1] and b.shape[1]):
        return np.zeros(size), np.zeros(size, dtype=int), np.zeros(size, dtype=int)
    one, other = a[:, 0], b[:, 0]
    missing = (one < 0) | (other < 0)
    equal = ~missing & (one == other)
    initial = ~missing & _initial_of(rare, one, other)
    left = np.flatnonzero(~missing & ~equal & ~initial)
    near = np.zeros(size, dtype=bool)
    near[left] = slips(rare.words.texts, one[left], other[left])
    conditions = [missing, equal, initial, near]
    bits = np.select(conditions, [0.0, np.where(rare.words.length[one] > 1, 3.0, 1.5), 1.5, 0.0], -5.0)
    said = np.select(conditions, [0, 0, 10, 11], 12)
    single = (one < 0) != (other < 0)
    # Twins are called Wei Ming and Wei Ling; long names are one slip apart by mistyping only.
    brief = near & (np.minimum(rare.words.length[one], rare.words.length[other]) < LONG)
    doubts = np.where((said == 12) | brief, bit_of("middle names differ"), 0)
    return bits, said, np.where(single, bit_of("a middle name on one side only"), doubts)


def _couples(names: NameColumns, rare: Rarity, a: Codes, b: Codes) -> Agreements:
    """Weigh two people in one record against two others, or against one person."""
    result = Agreements.none(len(a))
    family_bits, _ = _compare_families(rare, rare.family[a], rare.family[b])
    bits = np.stack([_both_given(rare, x, y) for x in _each_of(rare, a) for y in _each_of(rare, b)])
    good = -np.sort(-np.maximum(bits, 0.0), axis=0)
    count = (bits > 0).sum(axis=0)
    none = (count == 0) | (family_bits < 0)
    couples = ~none & (names.kind[a] == names.kind[b])
    both = couples & (count >= 2)
    result.bits[:] = np.select(
        [none, couples],
        [OTHER_FAMILY + np.minimum(family_bits, 0.0), family_bits + good[0] + good[1]],
        family_bits + 0.5 * good[0] - 3.0,
    )
    result.said[:] = np.select(
        [none, both], [_said("a couple, and other names"), _said("the same couple")], _said("one of a couple")
    )
    result.doubts[:] = np.select(
        [none, both, couples],
        [bit_of("one record is a couple"), 0, bit_of("only one of the couple agrees")],
        bit_of("one record is a couple"),
    )
    result.household[:] = ~both
    return result


def _each_of(rare: Rarity, rows: Codes) -> tuple[_Persons, _Persons]:
    given = rare.partner.take(rows, axis=0)
    joined = text_hash(given, rare.words.hashes, rare.words.shifts)
    return _persons(rare, rows), _Persons(given, joined, rare.family[rows])


def _both_given(rare: Rarity, a: _Persons, b: _Persons) -> Bits:
    """Weigh two given names; nothing where either has none."""
    bits = _compare_givens(rare, a, b)[0]
    return np.where((a.given[:, 0] >= 0) & (b.given[:, 0] >= 0), bits, 0.0)
