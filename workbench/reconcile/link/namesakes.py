"""Evidence from two names: bits for what agrees, bits against for what does not, and doubts in words."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

from rapidfuzz.distance import OSA, JaroWinkler

from workbench.reconcile.link.rarity import INITIAL_BITS, MOST_NAME_BITS, Rarity, whole
from workbench.reconcile.normalise.lexicon import PARTICLES, PLACES
from workbench.reconcile.normalise.names import Name, family_root, given_roots, parse, short_vowels

OTHER_NUMBER: Final = -20.0
OTHER_PLACE: Final = -12.0
OTHER_GIVEN: Final = -13.0
OTHER_FAMILY: Final = -8.0
OTHER_WORDS: Final = -12.0
OTHER_GENERATION: Final = -3.0
SPELLING: Final = -3.0
# From so many letters on, a word that is one slip off is hardly another word.
LONG: Final = 6


@dataclass(frozen=True, slots=True)
class Agreement:
    """What two names say together.

    Parameters
    ----------
    bits : float
        Match weight of the names.
    words : str
        The comparison in plain words.
    doubts : tuple of str
        Reasons why a person must look, whatever the probability.
    household : bool
        Whether the names say “another of the same house”: shared contact data then prove little.
    slip : bool
        Whether the only difference may be a typing slip, which enough other evidence can settle.
    other_family : bool
        Whether given names agree and family names do not.
    middle : bool
        Whether two people have the same middle name too, or its initial.
    """

    bits: float
    words: str
    doubts: tuple[str, ...] = ()
    household: bool = False
    slip: bool = False
    other_family: bool = False
    middle: bool = False


def compare_names(a: Name, b: Name, rare: Rarity) -> Agreement:
    """Weigh two names against each other, the other names that they give included.

    Parameters
    ----------
    a, b : Name
        One of each side.
    rare : Rarity
        The counts of both sides.
    """
    if not (a.words or a.numbers) or not (b.words or b.numbers):
        return Agreement(0.0, "")
    best = _main_names(a, b, rare)
    if best.bits < 12 and (a.trading or b.trading or a.former or b.former or a.trustee_for or b.trustee_for):
        best = max(best, *_other_names(a, b, rare), key=lambda agreement: agreement.bits)
    noted = tuple(
        "one name is marked “do not use”" for _ in range("do_not_use" in a.notes or "do_not_use" in b.notes)
    )
    return replace(best, doubts=best.doubts + noted) if noted else best


def _other_names(a: Name, b: Name, rare: Rarity) -> list[Agreement]:
    found = [Agreement(-99.0, "")]
    for one, other in ((a, b), (b, a)):
        for text, label, cost in (
            (one.trading, "trading name", -3.0),
            (one.former, "former name", -1.0),
            (one.trustee_for, "trust that the trustee acts for", -1.0),
        ):
            if text:
                match = _main_names(parse(text), other, rare)
                if match.bits > 6:
                    doubts = (*match.doubts, f"one name equals the other’s {label} only")
                    found.append(
                        Agreement(match.bits + cost, f"equals the other’s {label}", doubts, match.household)
                    )
    return found


def _main_names(a: Name, b: Name, rare: Rarity) -> Agreement:
    if a.kind != "organisation" and b.kind != "organisation":
        return _people(a, b, rare)
    return _organisations(a, b, rare)


def _organisations(a: Name, b: Name, rare: Rarity) -> Agreement:
    first, second = set(a.words) - {"and"}, set(b.words) - {"and"}
    shared = first & second
    bits = sum(rare.word(word) for word in shared)
    # Words of an organisation's name travel together; the later ones say less.
    bits = min(bits, 9.0) + 0.7 * max(bits - 9.0, 0.0)
    doubts: list[str] = []
    words = "same name"
    if first == second:
        bits = rare.whole_name(a, bits) if whole(a) == whole(b) else min(bits, MOST_NAME_BITS)
        if len(a.words) != len(b.words) and "and" not in (*a.words, *b.words):
            words = "same words"
        elif tuple(w for w in a.words if w != "and") != tuple(w for w in b.words if w != "and"):
            words, bits = "same words in another order", bits - 1.0
        if a.form != b.form and not _form_conflict(a, b):
            words = "name differs only in its legal form"
        return _with_numbers(a, b, bits, words, doubts, False, False)
    return _leftovers(a, b, first - second, second - first, bits, rare)


def _leftovers(a: Name, b: Name, left: set[str], right: set[str], bits: float, rare: Rarity) -> Agreement:
    """Weigh the words that only one of two organisations' names has."""
    squeezed = "".join(a.words), "".join(b.words)
    if squeezed[0] == squeezed[1]:
        bits = max(bits, 12.0)
        return _with_numbers(a, b, bits, "same name but for its spaces", [], False, False)
    if (left | right) & PLACES and not (left | right) - PLACES:
        return _with_numbers(
            a, b, bits + OTHER_PLACE, "another place in the name", ["place differs"], True, False
        )
    if left and right:
        slip = _slip(left, right)
        if slip:
            near = min(rare.word(slip[0]), rare.word(slip[1]), 9.0)
            told = f"“{slip[0]}” for “{slip[1]}” in the name"
            settled = min(map(len, slip)) >= LONG or _swapped(*slip)
            return _with_numbers(
                a, b, bits + 0.6 * near + SPELLING, told, ["one word nearly equal"], False, settled
            )
        cost = min(sum(map(rare.word, left)), sum(map(rare.word, right)), -OTHER_WORDS)
        return _with_numbers(
            a, b, bits - max(cost, 6.0), "other words in the name", ["words differ"], True, False
        )
    over = left or right
    if all(len(word) <= 2 for word in over):
        told, doubt = "initials on one side only", "initials on one side only"
    else:
        told, doubt = "more words on one side", "words on one side only"
    cost = min(0.35 * sum(map(rare.word, over)), 5.0)
    return _with_numbers(a, b, bits - cost, told, [doubt], True, False)


def _slip(left: set[str], right: set[str]) -> tuple[str, str] | None:
    """Give the one pair of words that a typing slip may part, where nothing else is left over."""
    if len(left) != 1 or len(right) != 1:
        return None
    one, other = next(iter(left)), next(iter(right))
    return (one, other) if nearly(one, other, shortest=2) else None


def nearly(one: str, other: str, shortest: int = 3) -> bool:
    """Tell whether one typing slip (or two in a long word) may part two words of some length."""
    if min(len(one), len(other)) < shortest:
        return False
    edits = OSA.distance(one, other)
    return edits == 1 or (edits == 2 and min(len(one), len(other)) >= 8)


def _swapped(one: str, other: str) -> bool:
    """Tell whether two neighbouring letters are swapped: fingers do that, and other names seldom."""
    return len(one) == len(other) and sorted(one) == sorted(other)


def _form_conflict(a: Name, b: Name) -> bool:
    forms = {a.form, b.form}
    return len(forms) == 2 and bool(forms & {"tapui", "fund", "trust_board", "unlimited"}) and "" not in forms


def _with_numbers(
    a: Name, b: Name, bits: float, words: str, doubts: list[str], household: bool, slip: bool
) -> Agreement:
    """Add what numbers and kinds in the names say; another number is another organisation."""
    if a.numbers != b.numbers:
        return Agreement(
            bits + OTHER_NUMBER, "another number or year in the name", ("number or year differs",), True
        )
    if a.numbers and bits > 0:
        bits += 3.0
    if a.spelled != b.spelled:
        doubts, bits = [*doubts, "a number is spelled out on one side"], bits - 1.0
    if _form_conflict(a, b):
        doubts, bits = [*doubts, "the kinds in the names differ"], bits - 3.0
    if a.trustee_for != b.trustee_for and bool(a.trustee_for) != bool(b.trustee_for):
        doubts = [*doubts, "one side acts as a trustee"]
    return Agreement(min(bits, MOST_NAME_BITS), words, tuple(doubts), household, slip)


def _people(a: Name, b: Name, rare: Rarity) -> Agreement:
    if "couple" in (a.kind, b.kind):
        return _couples(a, b, rare)
    best = _in_order(a.given, a.family, b.given, b.family, rare)
    known = a.order_known and b.order_known
    if best.bits < (0 if known else 15):
        turned_given, turned_family = _turned(b)
        if turned_family:
            turned = _in_order(a.given, a.family, turned_given, turned_family, rare)
            if turned.bits - 2 > best.bits:
                told = "same names in another order" if turned.words == "same name" else turned.words
                best = Agreement(turned.bits - 1, told, turned.doubts, turned.household, turned.slip)
    best = _with_former(a, b, best, rare)
    if whole(a) == whole(b) and not best.doubts:
        best = Agreement(rare.whole_name(a, best.bits), best.words)
    if not best.doubts and _middles_agree(a, b):
        best = replace(best, middle=True)
    if a.generation != b.generation:
        return Agreement(
            best.bits + OTHER_GENERATION,
            best.words,
            (*best.doubts, "junior or senior differs"),
            best.household,
        )
    return best


def _middles_agree(a: Name, b: Name) -> bool:
    """Tell whether both have a middle name, and the same one as far as both are written out."""
    middles = [name.given[0][1] for name in (a, b) if name.given and len(name.given[0]) > 1]
    return len(middles) == 2 and (middles[0] == middles[1] or _initial_of(*sorted(middles, key=len)))


def _initial_of(short: str, long: str) -> bool:
    return len(short) == 1 and long.startswith(short)


def _turned(name: Name) -> tuple[tuple[tuple[str, ...], ...], tuple[str, ...]]:
    words = (*(name.given[0] if name.given else ()), *name.family)
    return ((words[1:],), words[:1]) if len(words) > 1 else ((), ())


def _with_former(a: Name, b: Name, best: Agreement, rare: Rarity) -> Agreement:
    """Take a former family name (“was Hale”) that equals the other's family name for no other family."""
    if not best.other_family:
        return best
    for one, other in ((a, b), (b, a)):
        if one.former and one.former.split()[-1] == (other.family or ("",))[-1]:
            bits = best.bits - OTHER_FAMILY + 0.8 * rare.family(family_root(other.family))
            return Agreement(bits, "former family name equals the other’s")
    return best


def _in_order(
    given_a: tuple[tuple[str, ...], ...],
    family_a: tuple[str, ...],
    given_b: tuple[tuple[str, ...], ...],
    family_b: tuple[str, ...],
    rare: Rarity,
) -> Agreement:
    family_bits, family_words = _families(family_a, family_b, rare)
    given_bits, given_words, doubts, slip = _givens(
        given_a[0] if given_a else (), given_b[0] if given_b else (), rare
    )
    other_family, other_given = family_bits <= OTHER_FAMILY, given_bits <= OTHER_GIVEN
    told = " and ".join(word for word in (family_words, given_words) if word) or "same name"
    if other_family and other_given:
        return Agreement(OTHER_FAMILY + OTHER_GIVEN, "other name", ("names differ",), True)
    if other_family:
        doubts = (*doubts, "family names differ")
    if other_given:
        doubts = (*doubts, "given names differ")
    if "spelling" in family_words:
        doubts, slip = (*doubts, "family name nearly equal"), True
    return Agreement(family_bits + given_bits, told, doubts, other_given, slip, other_family)


def _families(a: tuple[str, ...], b: tuple[str, ...], rare: Rarity) -> tuple[float, str]:
    one, other = family_root(a), family_root(b)
    if not one or not other:
        return 0.0, "family name on one side only"
    if one == other:
        return rare.family(one), "" if a == b else "family name written otherwise"
    shared = {word for word in a if word not in PARTICLES} & {word for word in b if word not in PARTICLES}
    if shared:
        return 0.7 * max(rare.family(family_root((word,))) for word in shared), "one part of the family name"
    if nearly(one, other) or (min(len(one), len(other)) > 5 and JaroWinkler.similarity(one, other) > 0.95):
        return 0.5 * min(rare.family(one), rare.family(other)), "another spelling of the family name"
    return OTHER_FAMILY, "another family name"


def _givens(a: tuple[str, ...], b: tuple[str, ...], rare: Rarity) -> tuple[float, str, tuple[str, ...], bool]:
    """Weigh given names: bits, words, doubts, and whether a slip may be all there is."""
    first = tuple(word for word in a if word not in PARTICLES) or a
    second = tuple(word for word in b if word not in PARTICLES) or b
    if not first or not second:
        return 0.0, "given name on one side only", ("a given name is missing",), True
    one, other = first[0], second[0]
    if one == other:
        bits, words, doubts = _middles(first[1:], second[1:])
        if len(one) == 1:
            return INITIAL_BITS + bits, "same initial", (*doubts, "initials only"), True
        return rare.given_name(one) + bits, words, doubts, False
    if len(one) == 1 or len(other) == 1:
        if one[0] == other[0]:
            return INITIAL_BITS, "an initial for the given name", ("initials only",), True
        return OTHER_GIVEN, "another initial", (), False
    if given_roots(one) & given_roots(other):
        return (
            min(rare.given_name(one), rare.given_name(other)) - 1.0,
            "a short form of the given name",
            (),
            False,
        )
    if one in second[1:] or other in first[1:]:
        return 0.6 * min(rare.given_name(one), rare.given_name(other)), "one goes by a middle name", (), False
    if "".join(first) == "".join(second) or short_vowels(one) == short_vowels(other):
        return rare.given_name(one), "given names written otherwise", (), False
    if nearly(one, other):
        settled = min(len(one), len(other)) >= LONG
        bits = 0.4 * min(rare.given_name(one), rare.given_name(other))
        return bits, "nearly the same given name", ("given names nearly equal",), settled
    return OTHER_GIVEN, "another given name", (), False


def _middles(a: tuple[str, ...], b: tuple[str, ...]) -> tuple[float, str, tuple[str, ...]]:
    if not a or not b:
        return 0.0, "", ()
    if a[0] == b[0]:
        return (3.0 if len(a[0]) > 1 else 1.5), "", ()
    if a[0][0] == b[0][0] and 1 in (len(a[0]), len(b[0])):
        return 1.5, "an initial for the middle name", ()
    if nearly(a[0], b[0]):
        return 0.0, "nearly the same middle name", ()
    return -5.0, "another middle name", ("middle names differ",)


def _couples(a: Name, b: Name, rare: Rarity) -> Agreement:
    family_bits, _ = _families(a.family, b.family, rare)
    pairs = [(x, y) for x in a.given for y in b.given]
    agreeing = [_givens(x, y, rare)[0] for x, y in pairs if x and y]
    good = sorted((bits for bits in agreeing if bits > 0), reverse=True)
    if not good or family_bits < 0:
        return Agreement(
            OTHER_FAMILY + min(family_bits, 0.0), "a couple, and other names", ("one is a couple",), True
        )
    if a.kind == b.kind:
        both = len(good) >= 2
        doubts = () if both else ("only one of the couple agrees",)
        return Agreement(
            family_bits + sum(good[:2]), "the same couple" if both else "one of a couple", doubts, not both
        )
    return Agreement(family_bits + 0.5 * good[0] - 3.0, "one of a couple", ("one record is a couple",), True)
