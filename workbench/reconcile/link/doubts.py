"""Why a person must look at a pair, whatever its weight: contradictions, and what nothing else settles."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

import numpy as np

from workbench.reconcile.link.evidence import GONE, OTHER_COUNTRY_PERSON, Evidence, Flags, shared
from workbench.reconcile.link.namesakes import Agreement
from workbench.reconcile.link.prepared import CONTACTS, IDENTIFIERS, Codes, Prepared, Values, texts
from workbench.reconcile.normalise.names import family_root

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
# An agreement worth less than this is a household's or an agent's.
TELLING: Final = 2.0
# The name is the same and not everybody's; from here on, hardly anybody else's.
SURE_NAME, RARE_NAME = 9.0, 15.0
PERSONAL: Final = ("email", "phone", "website")
# How mobile numbers start in New Zealand and Australia; another number there is a house's.
MOBILE: Final = ("+642", "+614")


def doubts_of(
    both: Prepared,
    evidence: Evidence,
    twice: tuple[Flags, Flags],
    outlived: tuple[Flags, Flags],
    shown: Codes,
) -> list[tuple[str, ...]]:
    """Tell for each shown pair why a person must look at it.

    Parameters
    ----------
    both : Prepared
        Both sides' records.
    evidence : Evidence
        Of all pairs.
    twice : tuple of two arrays of bool
        Which records of each side seem to stand twice there.
    outlived : tuple of two arrays of bool
        Which records of each side are gone while their twin lives.
    shown : array of int
        Places of the pairs to tell of.

    Returns
    -------
    list of tuple of str
        Empty where nothing stands against it.
    """
    states = [texts(frame, "lifecycle") for frame in (both.left, both.right)]
    several = _several(both, evidence, outlived)
    columns = {field: values.tolist() for field, values in evidence.bits.items()}
    near = {field: set(np.flatnonzero(flags).tolist()) for field, flags in evidence.near.items()}
    result = []
    for at in shown.tolist():
        i, j = int(evidence.left[at]), int(evidence.right[at])
        seen = {field: values[at] for field, values in columns.items() if values[at]}
        slips = {field for field, places in near.items() if at in places}
        pair = _Pair(evidence.names[at], seen, slips)
        kind = both.left_types[i]
        found = [*pair.unsettled(), *pair.contradictions(), *_states(states[0][i], states[1][j], pair.backed)]
        if kind == "individual" and not pair.certain:
            found += pair.little_but_the_name(_of_household(both, i, j))
        elif kind != "company" and pair.only_the_name():
            found.append("nothing but the name agrees")
        if several[at]:
            found.append("an identifier stands on several clients")
        if twice[0][i] or twice[1][j]:
            found.append("the same client seems to stand twice in one system")
        result.append(tuple(found))
    return result


class _Pair:
    """What is known of one pair, as the doubts ask for it."""

    def __init__(self, name: Agreement, seen: dict[str, float], slips: set[str]) -> None:
        self.name, self.seen, self.slips = name, seen, slips
        self.against = [f for f in IDENTIFIERS if seen.get(f, 0) < 0 and f not in slips]
        self.mistyped = [f for f in IDENTIFIERS if f in slips]
        agreeing = [f for f in IDENTIFIERS if seen.get(f, 0) > 0 and f not in slips]
        self.certain = bool(agreeing) and not self.against
        self.born = seen.get("date_of_birth", 0) > 5
        self.contacts = sum(seen.get(field, 0) > TELLING for field in CONTACTS)
        self.personal = sum(seen.get(field, 0) > TELLING for field in PERSONAL)
        self.last_three = seen.get("tax_last_three", 0) > 0

    @property
    def backed(self) -> bool:
        """Whether something beside the name agrees."""
        return self.certain or self.born or self.contacts > 0

    def unsettled(self) -> list[str]:
        """Give the names' doubts that no other evidence settles."""
        settled: set[str] = set()
        supports = self.contacts + self.last_three
        if self.certain:
            settled = set(self.name.doubts) - _LASTING
        # A number copied from a spouse comes without the spouse's date of birth.
        if self.certain and self.born:
            settled |= {"given names differ", "names differ"}
        if self.born:
            settled |= {"initials only", "middle names differ", "a given name is missing"}
        if (self.born and self.contacts) or (self.personal and self.last_three) or self.personal > 1:
            settled.add("family names differ")
        if self.name.slip and (supports > 1 or (self.born and supports)):
            settled |= {"given names nearly equal", "one word nearly equal"}
        if self.born or supports:
            settled.add("family name nearly equal")
        return [doubt for doubt in self.name.doubts if doubt not in settled]

    def contradictions(self) -> list[str]:
        """Name what the two records deny of each other."""
        found = []
        supports = self.contacts + self.last_three
        seen, sure_name = self.seen, self.seen.get("legal_name", 0) > SURE_NAME
        # A register number mistyped on one side does not undo an equal NZBN.
        excused = self.against == ["company_number"] and seen.get("nzbn", 0) > 0 and sure_name
        # Nor does a tax number that was another's, where name and date of birth are the same.
        excused |= self.against == ["tax_number"] and self.born and sure_name and not self.name.doubts
        likely = sure_name and (self.certain or supports > 1)
        # Tax numbers of one household are no neighbours, as its companies' numbers may be.
        likely |= self.mistyped == ["tax_number"] and (self.born or self.contacts > 0)
        slip_only = not self.against and likely
        if (self.against or self.mistyped) and not (excused or slip_only):
            found.append("identifiers differ")
        if seen.get("tax_last_three", 0) < 0:
            found.append("last three digits of the tax number differ")
        if seen.get("date_of_birth", 0) < 0 and not (self.certain and sure_name):
            found.append("dates of birth differ")
        turned = "date_of_birth" in self.slips and not self.certain
        if turned and (self.unsettled() or self.personal < 1 or supports < 2):
            found.append("dates of birth nearly agree")
        if seen.get("entity_type", 0) < 0 and not self.certain:
            found.append("types differ")
        if seen.get("country", 0) < OTHER_COUNTRY_PERSON and not self.certain:
            found.append("countries differ")
        return found

    def only_the_name(self) -> bool:
        """Tell whether a name that is no company's, and so may be another's too, is all that agrees."""
        denied = sum(self.seen.get(field, 0) < 0 for field in CONTACTS)
        common = self.seen.get("legal_name", 0) < RARE_NAME
        # Of many namesakes, one has the same last three digits by chance.
        return not self.backed and (denied > 1 or (denied > 0 and common)) and (common or not self.last_three)

    def little_but_the_name(self, of_household: set[str]) -> list[str]:
        """Doubt namesakes: parent and child may share name and address, and have mailboxes of their own."""
        seen = self.seen
        denied = sum(seen.get(field, 0) < 0 for field in CONTACTS)
        # A house's number will do as long as nothing speaks against it.
        shared = of_household if denied else of_household - {"phone"}
        personal = sum(seen.get(field, 0) > TELLING for field in PERSONAL if field not in shared)
        told = personal > 0 or seen.get("date_of_birth", 0) > 0 or self.last_three or self.name.middle
        if told:
            common = seen.get("legal_name", 0) < RARE_NAME and self.contacts == 1 < denied
            little = common and not (self.born or self.last_three)
            return ["little but a common name agrees"] if little else []
        at_home = seen.get("address", 0) > 0
        if not (denied or shared or at_home):
            return []
        return ["a relative of the same name may share all that agrees"]


def _of_household(both: Prepared, i: int, j: int) -> set[str]:
    """Give what two people share that is a household's: a landline, a mailbox named after the family."""
    phones, emails = _common(both.values["phone"], i, j), _common(both.values["email"], i, j)
    found = {"phone"} if phones and not any(number.startswith(MOBILE) for number in phones) else set()
    left, right = both.left_names[i], both.right_names[j]
    family = family_root(left.family)
    first = [word for person in (*left.given, *right.given) for word in person if len(word) > 1]
    boxes = [address.partition("@")[0] for address in emails]
    if family and boxes and all(family in box and not any(word in box for word in first) for box in boxes):
        found.add("email")
    return found


def _common(values: Values, i: int, j: int) -> list[str]:
    codes = np.intersect1d(values.left[i], values.right[j])
    return [values.words[code] for code in codes.tolist() if code >= 0]


def _states(one: str | None, other: str | None, backed: bool) -> list[str]:
    if "deleted" in (one, other):
        return ["one of them is deleted"]
    if backed or one == other:
        return []
    if (one in GONE) != (other in GONE):
        return ["one of them is archived"]
    return ["one of them is a prospect"] if "prospect" in (one, other) else []


def _several(both: Prepared, evidence: Evidence, outlived: tuple[Flags, Flags]) -> Flags:
    """Tell which pairs agree on an identifier that several records of one side have, outlived ones aside."""
    result = np.zeros(len(evidence.left), dtype=bool)
    for field in IDENTIFIERS:
        values = both.values[field]
        counts = [
            np.bincount(side[~gone][side[~gone] >= 0], minlength=len(values.words))
            for side, gone in zip((values.left, values.right), outlived, strict=True)
        ]
        living = replace(values, left_counts=counts[0], right_counts=counts[1])
        _, agree, count = shared(living, (evidence.left, evidence.right))
        result |= agree & (count > 1)
    return result
