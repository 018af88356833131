"""Why a person must look at a pair, whatever its weight: contradictions, and what nothing else settles."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

import numpy as np
import polars as pl

from workbench.reconcile.link import namesakes
from workbench.reconcile.link.codes import Bits, Codes, Flags
from workbench.reconcile.link.evidence import OTHER_COUNTRY_PERSON, Evidence, shared
from workbench.reconcile.link.namesakes import bit_of
from workbench.reconcile.link.prepared import CONTACTS, IDENTIFIERS, TYPES, Prepared, Values
from workbench.reconcile.link.rarity import Rarity

# Doubts that an agreeing identifier does not settle.
_LASTING: Final = bit_of(
    "number or year differs",
    "one record is a couple",
    "one name is marked “do not use”",
    "given names differ",
    "names differ",
    "junior or senior differs",
    "titles differ",
)
# Nor does a tax number, which is copied from one client of a family or a group to another.
_OF_SISTERS: Final = bit_of("words differ", "words on one side only", "place differs")
DOUBTS: Final = (
    *namesakes.DOUBTS,
    "identifiers differ",
    "last three digits of the tax number differ",
    "dates of birth differ",
    "dates of birth nearly agree",
    "types differ",
    "countries differ",
    "one of them is deleted",
    "one of them is archived",
    "one of them is a prospect",
    "little but a common name agrees",
    "a relative of the same name may share all that agrees",
    "nothing but the name agrees",
    "an identifier stands on several clients",
    "the same client seems to stand twice in one system",
    "one of them is linked to another client",
)
"""All doubts, in the order in which they are told; a set of them is a number with one bit for each."""
# An agreement worth less than this is a household's or an agent's.
TELLING: Final = 2.0
# The name is the same and not everybody's; from here on, hardly anybody else's. In a large firm only a name
# is rare that stands out from as many records, by some bits.
SURE_NAME, RARE_NAME, STANDS_OUT = 9.0, 15.0, 2.0
PERSONAL: Final = ("email", "phone", "website")
# Kinds that weigh more than this against each other are not taken for one another.
CONFUSED: Final = -6.0
# Years.
GENERATION: Final = 15
# How mobile numbers start in New Zealand and Australia; another number there is a house's.
MOBILE: Final = r"^\+6(?:42|14)"


def doubts_of(
    both: Prepared,
    rare: Rarity,
    evidence: Evidence,
    twice: Flags,
    outlived: Flags,
    shown: Codes,
    once: tuple[bool, bool] = (True, True),
) -> Codes:
    """Tell for each shown pair why a person must look at it.

    Parameters
    ----------
    both : Prepared
        Both sides' records.
    rare : Rarity
        What is known of their names.
    evidence : Evidence
        Of all pairs.
    twice : array of bool
        Which records seem to stand twice in their system.
    outlived : array of bool
        Which records are gone while their twin lives.
    shown : array of int
        Places of the pairs to tell of.
    once : tuple of bool
        Whether a left, and a right record has one counterpart at the most; else it may stand there twice.

    Returns
    -------
    array of int
        Sets of `DOUBTS`; 0 where nothing stands against it.
    """
    pairs = evidence.at(shown)
    seen = _Seen.of(pairs)
    landline = _share_landline(both, pairs)
    mailbox = _share_family_mailbox(both, rare, pairs, seen.bits["email"] > 0)
    unsettled = _unsettled(seen, pairs, _own_contacts(seen, landline, mailbox))
    found = unsettled | _contradictions(seen, pairs, unsettled, _generation_apart(both, pairs))
    found |= _states(both, pairs, seen)
    namesakes = _either_is(both, pairs, "individual") & ~seen.certain
    found |= _little_but_the_name(both, pairs, seen, namesakes, landline, mailbox)
    several = _several(both, pairs, outlived, once)
    # Where a right record may have several counterparts, left ones may stand there twice.
    doubled = (twice[pairs.left] & once[1]) | (twice[pairs.right] & once[0])
    for mask, doubt in (
        (
            ~namesakes & ~_either_is(both, pairs, "company") & _only_the_name(seen),
            "nothing but the name agrees",
        ),
        (several, "an identifier stands on several clients"),
        (doubled, "the same client seems to stand twice in one system"),
    ):
        found |= _said(mask, doubt)
    return found


def in_words(doubts: Codes) -> pl.Series:
    """Tell sets of doubts, each in one text; null where there is none.

    Parameters
    ----------
    doubts : array of int
        Sets of `DOUBTS`.
    """
    known = {
        number: "; ".join(doubt for at, doubt in enumerate(DOUBTS) if number >> at & 1) or None
        for number in set(doubts.tolist())
    }
    return pl.Series(doubts).replace_strict(known, return_dtype=pl.String)


def _either_is(both: Prepared, pairs: Evidence, kind: str) -> Flags:
    code = TYPES.index(kind)
    return (both.types[pairs.left] == code) | (both.types[pairs.right] == code)


def _said(mask: Flags, doubt: str) -> Codes:
    return np.where(mask, np.int64(1 << DOUBTS.index(doubt)), np.int64(0))


@dataclass(frozen=True)
class _Seen:
    """What is known of each pair, as the doubts ask for it."""

    bits: dict[str, Bits]
    slips: dict[str, Flags]
    against: dict[str, Flags]
    mistyped: dict[str, Flags]
    certain: Flags
    registered: Flags
    born: Flags
    contacts: Codes
    personal: Codes
    last_three: Flags
    common: Flags

    @classmethod
    def of(cls, pairs: Evidence) -> _Seen:
        bits, nowhere = pairs.bits, np.zeros(len(pairs.left), dtype=bool)
        slips = {field: pairs.near.get(field, nowhere) for field in bits}
        against = {field: (bits[field] < 0) & ~slips[field] for field in IDENTIFIERS}
        agreeing = {field: (bits[field] > 0) & ~slips[field] for field in IDENTIFIERS}
        undenied = ~np.any(list(against.values()), axis=0)
        registered = np.any([agreeing[field] for field in IDENTIFIERS if field != "tax_number"], axis=0)
        return cls(
            bits,
            slips,
            against,
            {field: slips[field] for field in IDENTIFIERS},
            np.any(list(agreeing.values()), axis=0) & undenied,
            registered & undenied,
            bits["date_of_birth"] > 5,
            np.sum([bits[field] > TELLING for field in CONTACTS], axis=0),
            np.sum([bits[field] > TELLING for field in PERSONAL], axis=0),
            bits["tax_last_three"] > 0,
            bits["legal_name"] < np.maximum(RARE_NAME, STANDS_OUT - pairs.prior),
        )

    @property
    def backed(self) -> Flags:
        """Whether something beside the name agrees."""
        return self.certain | self.born | (self.contacts > 0)

    @property
    def supports(self) -> Codes:
        return self.contacts + self.last_three

    @property
    def denied(self) -> Codes:
        """How many kinds of contact data differ."""
        return np.sum([self.bits[field] < 0 for field in CONTACTS], axis=0)

    @property
    def named(self) -> Bits:
        return self.bits["legal_name"]


def _unsettled(seen: _Seen, pairs: Evidence, own: Flags) -> Codes:
    """Give the names' doubts that no other evidence settles."""
    # A second family's John has its mailbox and its house's phone, too.
    families = (
        (seen.born & (seen.contacts > 0))
        | ((seen.personal > 0) & seen.last_three)
        | ((seen.personal > 1) & own)
    )
    typed = pairs.names.slip & ((seen.supports > 1) | (seen.born & (seen.supports > 0)))
    # Of a family's trusts, one letter apart, hardly any two have the same last three digits.
    typed |= (pairs.names.mistyped[:, 0] >= 0) & seen.last_three & (seen.contacts > 0)
    settled = np.zeros(len(pairs.left), dtype=np.int64)
    for mask, doubts in (
        (seen.certain, ~np.int64(_LASTING | _OF_SISTERS)),
        (seen.registered, _OF_SISTERS),
        (
            seen.born,
            bit_of("initials only", "a given name is missing", "one goes by a middle name"),
        ),
        # Mary Ann and Mary Jane may be born on one day; hardly with the same last three digits.
        (seen.born & seen.last_three, bit_of("middle names differ")),
        # A couple may be Christopher and Christine, and both be called Chris.
        (seen.born | seen.last_three | own, bit_of("a short form of several names")),
        (seen.born | seen.last_three | (seen.contacts > 0), bit_of("a middle name on one side only")),
        (families, bit_of("family names differ")),
        (typed, bit_of("given names nearly equal", "one word nearly equal")),
        (seen.born | (seen.supports > 0), bit_of("family name nearly equal")),
        (seen.bits["entity_type"] > 0, bit_of("one name says no kind")),
        (seen.born | (seen.supports > 1), bit_of("short family names differ by a letter")),
    ):
        settled |= np.where(mask, doubts, 0)
    return pairs.names.doubts & ~settled


def _generation_apart(both: Prepared, pairs: Evidence) -> Flags:
    """Tell which two records' years of birth are those of parent and child, who may share the day."""
    values = both.values["date_of_birth"]
    years = np.append(values.words.str.slice(0, 4).cast(pl.Int64).to_numpy(), 0)
    one, other = (values.codes[rows, 0] for rows in (pairs.left, pairs.right))
    return (one >= 0) & (other >= 0) & (np.abs(years[one] - years[other]) >= GENERATION)


def _contradictions(seen: _Seen, pairs: Evidence, unsettled: Codes, generation: Flags) -> Codes:
    """Name what the two records deny of each other."""
    bits, supports = seen.bits, seen.supports
    sure_name = seen.named > SURE_NAME
    against = np.sum(list(seen.against.values()), axis=0)
    mistyped = np.sum(list(seen.mistyped.values()), axis=0)
    # A register number mistyped on one side does not undo an equal NZBN.
    excused = (against == 1) & seen.against["company_number"] & (bits["nzbn"] > 0) & sure_name
    # Nor does a tax number that was another's, where name and date of birth are the same.
    same = seen.born & sure_name & (pairs.names.doubts == 0)
    excused |= (against == 1) & seen.against["tax_number"] & same
    likely = sure_name & (seen.certain | (supports > 1))
    # Tax numbers of one household are no neighbours, as its companies' numbers may be.
    likely |= (mistyped == 1) & seen.mistyped["tax_number"] & (seen.born | (seen.contacts > 0))
    slip_only = (against == 0) & likely
    # A relative of the same name, at one mailbox or phone, is not born on a day that is so near by chance.
    turned = seen.slips["date_of_birth"] & ~seen.certain
    turned &= (unsettled != 0) | (seen.personal < 1) | generation
    found = np.zeros(len(pairs.left), dtype=np.int64)
    for mask, doubt in (
        (((against > 0) | (mistyped > 0)) & ~(excused | slip_only), "identifiers differ"),
        (bits["tax_last_three"] < 0, "last three digits of the tax number differ"),
        # A number copied from parent to child does not make one of them.
        ((bits["date_of_birth"] < 0) & (~(seen.certain & sure_name) | generation), "dates of birth differ"),
        (turned, "dates of birth nearly agree"),
        # An owner's number gets onto the company or the trust.
        ((bits["entity_type"] < 0) & (~seen.certain | (bits["entity_type"] < CONFUSED)), "types differ"),
        ((bits["country"] < OTHER_COUNTRY_PERSON) & ~seen.certain, "countries differ"),
    ):
        found |= _said(mask, doubt)
    return found


def _only_the_name(seen: _Seen) -> Flags:
    """Tell whether a name that is no company's, and so may be another's too, is all that agrees."""
    # Of many namesakes, one has the same last three digits by chance.
    doubtful = (seen.denied > 1) | ((seen.denied > 0) & seen.common)
    return ~seen.backed & doubtful & (seen.common | ~seen.last_three)


def _little_but_the_name(
    both: Prepared, pairs: Evidence, seen: _Seen, asked: Flags, landline: Flags, mailbox: Flags
) -> Codes:
    """Doubt namesakes: parent and child may share name and address, and have mailboxes of their own."""
    telling = {field: seen.bits[field] > TELLING for field in PERSONAL}
    denied = seen.denied
    # A house's number, or its mailbox and address, will do as long as nothing speaks against it.
    personal = telling["website"]
    personal |= telling["email"] & ~(mailbox & ((denied > 0) | (seen.bits["address"] <= 0)))
    personal |= telling["phone"] & ~(landline & (denied > 0))
    # Of many namesakes, two have the same middle name or the same last three digits by chance.
    alone = (seen.contacts == 0) & (denied > 1)
    middle = pairs.names.middle & ~alone
    last_three = seen.last_three & ~(alone & seen.common & ~pairs.names.middle)
    told = personal | (seen.bits["date_of_birth"] > 0) | last_three | middle
    common = seen.common & (seen.contacts == 1) & (denied > 1)
    little = told & common & ~(seen.born | seen.last_three)
    # A name and an address will do, too; but a prospect may be a client's child who is none yet.
    prospect = both.said("lifecycle", "prospect")
    new = (prospect[pairs.left] != prospect[pairs.right]) & (seen.bits["address"] > 0)
    relative = ~told & ((denied > 0) | mailbox | new)
    return _said(asked & little, "little but a common name agrees") | _said(
        asked & relative, "a relative of the same name may share all that agrees"
    )


def _own_contacts(seen: _Seen, landline: Flags, mailbox: Flags) -> Flags:
    """Tell whether two people share more than a landline, or a mailbox not named after their family."""
    phones, emails = (seen.bits[field] > TELLING for field in ("phone", "email"))
    return (phones & ~landline) | (emails & ~mailbox)


def _shared_codes(values: Values, pairs: Evidence) -> tuple[Codes, Codes]:
    """Give each value that both records of a pair have: the pair's place, and the value's code."""
    a, b = (values.codes.take(rows, axis=0) for rows in (pairs.left, pairs.right))
    places, codes = [np.empty(0, dtype=np.int64)], [np.empty(0, dtype=np.int64)]
    for one in a.T:
        for other in b.T:
            at = np.flatnonzero((one >= 0) & (one == other))
            places.append(at)
            codes.append(one[at].astype(np.int64))
    return np.concatenate(places), np.concatenate(codes)


def _share_landline(both: Prepared, pairs: Evidence) -> Flags:
    """Tell whether two records share phone numbers, and no mobile's among them."""
    values = both.values["phone"]
    places, codes = _shared_codes(values, pairs)
    mobile = values.words.gather(codes).str.contains(MOBILE).to_numpy().astype(bool)
    shared_any, shared_mobile = np.zeros((2, len(pairs.left)), dtype=bool)
    shared_any[places], shared_mobile[places[mobile]] = True, True
    return shared_any & ~shared_mobile


def _share_family_mailbox(both: Prepared, rare: Rarity, pairs: Evidence, asked: Flags) -> Flags:
    """Tell whether all mailboxes that two people share are named after their family, and after neither."""
    values = both.values["email"]
    places, codes = _shared_codes(values, pairs)
    places, codes = places[asked[places]], codes[asked[places]]
    boxes = values.words.gather(codes).str.split("@").list.first()
    named = np.zeros(len(places), dtype=bool)
    for side in (pairs.left, pairs.right):
        root = rare.families.root[rare.family[side[places]]]
        families = pl.Series([""]).append(rare.families.roots).gather(root + 1)
        named |= _hold(boxes, families) & (root >= 0)
    for side in (pairs.left, pairs.right):
        for matrix in (rare.middle, rare.partner):
            for column in matrix[side[places]].T:
                at = np.flatnonzero(named & (column >= 0) & (rare.words.length[column] > 1))
                words = rare.words.texts.gather(column[at])
                named[at] = ~_hold(boxes.gather(at), words)
    result = np.zeros(len(pairs.left), dtype=bool)
    result[places] = True
    result[places[~named]] = False
    return result


def _hold(texts: pl.Series, parts: pl.Series) -> Flags:
    """Tell which texts hold the part that stands beside them."""
    table = pl.DataFrame({"text": texts, "part": parts})
    return table.select(pl.col("text").str.contains(pl.col("part"), literal=True)).to_series().to_numpy()


def _states(both: Prepared, pairs: Evidence, seen: _Seen) -> Codes:
    """Doubt what is deleted, and an archived client or a prospect that nothing but the name speaks for."""
    deleted, prospect = both.said("lifecycle", "deleted"), both.said("lifecycle", "prospect")
    any_deleted = deleted[pairs.left] | deleted[pairs.right]
    loose = ~any_deleted & ~seen.backed
    archived = loose & (both.gone[pairs.left] != both.gone[pairs.right])
    one_prospect = loose & ~archived & (prospect[pairs.left] != prospect[pairs.right])
    return (
        _said(any_deleted, "one of them is deleted")
        | _said(archived, "one of them is archived")
        | _said(one_prospect, "one of them is a prospect")
    )


def _several(both: Prepared, pairs: Evidence, outlived: Flags, once: tuple[bool, bool]) -> Flags:
    """Tell which pairs agree on an identifier that several records of one side have, outlived ones aside."""
    result = np.zeros(len(pairs.left), dtype=bool)
    for field in IDENTIFIERS:
        values = both.values[field]
        counts = np.zeros_like(values.counts)
        row, place = np.nonzero((values.codes >= 0) & ~outlived[:, None])
        np.add.at(counts, (values.codes[row, place], both.right[row].astype(int)), 1)
        living = replace(
            values, counts=both.known.of(f"living {field}", values.words, counts) * np.array(once[::-1])
        )
        met = shared(both, living, (pairs.left, pairs.right))
        result |= met.agree & (met.count > 1)
    return result
