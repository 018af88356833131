"""Evidence for frames that do not say what their records are: any two lists of anything.

Names and addresses are bags of words there, and how often records of one thing differ is learned from the two
lists themselves: the surest pairs tell how often each field differs, over a prior that stands for so many
pairs that a short list cannot bend it.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from math import log2
from typing import Any, Final

import numpy as np
import polars as pl

from workbench.reconcile.link.assign import MOST_BITS, Standing, stand
from workbench.reconcile.link.bags import BANDS, PRIOR_TEXTS, Bags, bags_of, compare_bags
from workbench.reconcile.link.blocking import Pairs, key_of, merged, met_pairs, met_within, of_codes
from workbench.reconcile.link.calibrate import borne_out, calibrated, closing, each_others_best
from workbench.reconcile.link.codes import Bits, Codes, Flags, Ints, coded, row_hash
from workbench.reconcile.link.evidence import (
    BIRTH_BITS,
    CONTACT_BITS,
    IDENTIFIER_BITS,
    REPEATED,
    SMALLEST_WORLD,
    Evidence,
    diminished,
    near_values,
    others,
    shared,
)
from workbench.reconcile.link.grams import nearest
from workbench.reconcile.link.namesakes import Agreements, bands_said
from workbench.reconcile.link.near import SLIPS, days_share_two_parts, near_whole_emails
from workbench.reconcile.link.prepared import (
    CONTACTS,
    IDENTIFIERS,
    NAME_PARTS,
    Prepared,
    Values,
    full_name,
    values_of,
)
from workbench.reconcile.link.rarity import bits_of
from workbench.reconcile.normalise.columns import encoded

# How often records of one thing are the same, one within the other, mostly, half and hardly the same in a
# text; the same, nearly the same and different in a value (a day: two of its three parts the same before the
# last); before anything is learned.
EXPECTED: Final[dict[str, tuple[float, ...]]] = {
    "legal_name": (0.62, 0.14, 0.14, 0.06, 0.04),
    "trading_name": (0.62, 0.14, 0.14, 0.06, 0.04),
    "address": (0.6, 0.12, 0.14, 0.08, 0.06),
    **dict.fromkeys(IDENTIFIERS, (0.93, 0.03, 0.04)),
    **dict.fromkeys(("email", "phone", "website"), (0.75, 0.05, 0.2)),
    "date_of_birth": (0.9, 0.05, 0.02, 0.03),
}
# What it is worth that two values are nearly the same, before it is asked how often true pairs are.
_NEAR_BITS: Final = {"email": 12.0, "phone": 8.0, "website": 12.0, "date_of_birth": 8.0}
_NEAR_NUMBER_BITS: Final = 10.0
# What it is worth that two values are the same before the lists tell how common values are, and for how many
# records that stands: a mailbox or a number of a short list is as rare as one of a long list.
_ASSUMED_BITS: Final = {
    **{name: bits for name, (bits, _) in (IDENTIFIER_BITS | CONTACT_BITS).items()},
    "date_of_birth": BIRTH_BITS,
}
PRIOR_RECORDS: Final = 20
# Two days have day and month, month and year, or day and year in common: one pair of strangers in about 300.
TWO_PARTS_BITS: Final = 8.0
# However rare a place, a number or a mailbox is, two things may share it; a name or an identifier seldom.
MOST_CONTACT_BITS, MOST_OTHER_BITS = 10.0, 24.0
# For how many pairs the expectation stands.
_PRIOR_PAIRS: Final = 50.0
_ROUNDS: Final = 3
PRIOR_TEXTS_ALONE: Final = 20
# From where on a pair teaches, and from where on it teaches all that it can: a line between pairs that are
# equally likely would let all of them in, and out again.
LEARN_FROM, LEARN_ALL = 0.5, 0.9


@dataclass(frozen=True)
class _Guard:
    """How often true pairs are believed to differ at the most, where no rivalry keeps wrong ones out.

    Wrong pairs teach that true ones differ, which lets in more of them.

    Parameters
    ----------
    other_names, other : float
        How often in the name, and in any other field, altogether.
    sobers : bool
        Whether likeness in part is held down, too (`_sobered`).
    neighbours : bool
        Whether every pair teaches as far as its neighbours bear it out, instead of the surest ones.
    """

    other_names: float
    other: float
    sobers: bool
    neighbours: bool = False


_SOBER, _FREE = _Guard(0.06, 0.3, True), _Guard(0.3, 0.5, False)
# Several fields may bear one another out that true pairs differ oftener. It is believed if hardly more pairs
# are found by it (log2), or if what closed so well before closes nearly as well: strangers of one family hang
# together in chains.
_MOST_MORE, _CLOSED, _CLOSES = 0.35, 0.8, 0.93
# So many of the true pairs may be alike by half, and hardly at all, in a text that is no name; and differ in
# a value. Of names it depends on how many are the same to the letter, and is this at the most.
_PARTLY: Final = (0.15, 0.3)
_NAMES_PARTLY: Final = 0.3
_HALVINGS: Final = 24
# How much the lists' own runners-up count beside the model, and for how many of them the model stands: a
# single field has nothing else to confirm it.
ALONE, BESIDE = (0.7, 5.0), (0.4, 60.0)
# So many records more than are seen are taken to have no counterpart.
_PRIOR_LONELY: Final = 5.0
# A side of whose records so large a part seems to stand twice, or plainly does, has several of one thing.
# Goods of one maker, or people of one household, are alike too, but not as much, and few are quite the same.
_SEEM_OFTEN, _OFTEN, _TWIN_AT = 0.22, 0.09, 11.0
# Of two names of one thing, one often lies within the other; of two goods of one line, each has a mark. Where
# other fields bear it out, most of a name will do; a firm and those who belong to it have less in common.
_WITHIN_OFTEN, _WITHIN_AT = 0.125, 3.0
_BORNE_OUT_OFTEN, _BORNE_OUT_AT = 0.15, 7.0
_WHERE_THE_OTHER_DOES: Final = 0.6
_SAME_BUDGET, _WORD_BUDGET = 10.0, 4.0
# What it costs that each of two names has a number that the other lacks: 2018 and 2022, No 1 and No 2. Where
# most names have numbers, they are house numbers and the like, which are often mistaken.
OTHER_NUMBER_COST, _MOST_NUMBERED = 24.0, 0.5
_SLIPS: Final = SLIPS | {"email": near_whole_emails}
# Pairs that are compared at a time.
CHUNK: Final = 1 << 18
_LOOK_ALIKE: Final = 6
_MANY: Final = 4.0
ALL_PAIRS_UP_TO: Final = 40_000
_NAMES: Final = ("legal_name", "trading_name")
_ADDRESS: Final = ("lines", "suburb", "city", "postcode")


@dataclass(frozen=True)
class Lists:
    """Both lists' records as texts and values.

    Parameters
    ----------
    both : Prepared
        The records.
    texts : dict of str to Bags
        Names and address.
    values : dict of str to Values
        Fields that are the same or not.
    things : int
        How many things they are of, as far as one can see.
    once : tuple of bool
        Whether a left, and a right record has one counterpart at the most.
    """

    both: Prepared
    texts: dict[str, Bags]
    values: dict[str, Values]
    things: int
    once: tuple[bool, bool] = (True, True)


@dataclass(frozen=True)
class Model:
    """What is believed of the two lists.

    Parameters
    ----------
    prior : float
        Log2 odds that two records are one thing before they are compared.
    expected : dict of str to array of float
        By field, how often pairs of one thing stand on each level.
    """

    prior: float
    expected: dict[str, Bits] = field(
        default_factory=lambda: {name: np.array(levels) for name, levels in EXPECTED.items()}
    )


@dataclass(frozen=True)
class Compared:
    """Pairs compared, before it is asked what the comparison is worth.

    Parameters
    ----------
    pairs : tuple of two arrays of int
        Records.
    chance : dict of str to array of float
        By field, bits against the level having come about by chance.
    levels : dict of str to array of int
        By field, the level; −1 where either record has no value.
    strangers : tuple of Compared
        Pairs within the left and within the right list, where nothing stands in a list twice.
    """

    pairs: Pairs
    chance: dict[str, Bits]
    levels: dict[str, Ints]
    strangers: tuple[Compared, ...] = ()

    def at(self, places: Codes) -> Compared:
        """Give some pairs only."""
        chance = {name: bits[places] for name, bits in self.chance.items()}
        levels = {name: some[places] for name, some in self.levels.items()}
        return Compared((self.pairs[0][places], self.pairs[1][places]), chance, levels, self.strangers)

    def weighed(self, model: Model) -> dict[str, Bits]:
        """Give the bits of each field as a model has it."""
        bits = {}
        for name, levels in self.levels.items():
            expected = np.append(np.log2(model.expected[name]), 0.0)
            bits[name] = self.chance[name] + expected[levels]
        for alike in (CONTACTS, _NAMES):
            together: dict[str, Bits] = {name: bits[name] for name in alike if name in bits}
            bits |= diminished(together, REPEATED) if together else {}
        return bits

    def weights(self, model: Model) -> Bits:
        """Give the log2 odds of each pair as a model has it.

        Equal pairs are equal, in whichever order they were summed: neither side comes first.
        """
        return np.round(model.prior + np.sum(list(self.weighed(model).values()), axis=0), 9)


def lists_of(both: Prepared, once: tuple[bool, bool] | None = None) -> Lists:
    """Read the records as texts and values, leaving out fields that one side lacks.

    Parameters
    ----------
    both : Prepared
        The records.
    once : tuple of bool, optional
        Whether a left, and a right record has one counterpart at the most; without it, it is read off how
        often the records of each list stand there twice.
    """
    lists = _read(both, (True, True))
    if once is None and (lists.texts or lists.values):
        texts = {name: bags for name, bags in lists.texts.items() if name != "trading_name"}
        once = once_each(replace(lists, texts=texts))
    return lists if once in (None, (True, True)) else _read(both, once or (True, True))


def _read(both: Prepared, once: tuple[bool, bool]) -> Lists:
    addresses = [[f"{kind}_{part}" for part in _ADDRESS] for kind in ("physical", "postal")]
    address = pl.coalesce(
        pl.concat_str(*parts, separator=" ", ignore_nulls=True).replace("", None) for parts in addresses
    )
    # Where nothing else names a record, its trading name does, and is no second name. Where nothing is
    # contested, a second name that several things share would make one of them all.
    named = pl.any_horizontal(pl.col("legal_name", "first_name", "middle_name", "last_name").is_not_null())
    trading_name = pl.when(named & any(once)).then("trading_name")
    table = both.received.table(*NAME_PARTS, *addresses[0], *addresses[1])
    frame = table.select(legal_name=full_name(), trading_name=trading_name, address=address)
    columns = {c: frame[c] for c in frame.columns if _on_both(both, frame[c].is_not_null().to_numpy())}
    known = {
        name: both.values[name] for name in EXPECTED if name in both.values and name not in frame.columns
    }
    known["phone"] = _digits(both)
    values = {name: some for name, some in known.items() if _on_both(both, some.codes[:, 0] >= 0)}
    # Where words are all there is, their own frequencies count from early on.
    prior_texts = PRIOR_TEXTS if len(columns) + len(values) > 1 else PRIOR_TEXTS_ALONE
    # Who stands in a list several times mostly does so by one name; without names, each value is one thing's.
    things, many = None if all(once) else np.zeros(len(both), dtype=np.int64), len(both)
    texts: dict[str, Bags] = {}
    for name, column in columns.items():
        texts[name] = bags_of(column, things, prior_texts)
        if things is not None and name == "legal_name":
            things = np.where(texts[name].present, texts[name].whole, len(both) + np.arange(len(both)))
            many = sum(len(np.unique(things[both.right == side])) for side in (False, True))
    if things is not None:
        # A number is one thing's, however its name is mistyped.
        one = np.zeros_like(things)
        of = {name: one if name in IDENTIFIERS else things for name in values}
        values = {name: _of_things(both, some, of[name]) for name, some in values.items()}
    texts = {name: bags for name, bags in texts.items() if _on_both(both, bags.present)}
    return Lists(both, texts, values, many, once)


def _of_things(both: Prepared, values: Values, things: Codes) -> Values:
    """Count how many things of each side have each value, instead of how many records."""
    rows, place = np.nonzero(values.codes >= 0)
    code = values.codes[rows, place].astype(np.int64)
    keys = np.stack([things[rows], both.right[rows], code], axis=1)
    first = coded(row_hash(keys))[1]
    counts = [
        np.bincount(code[first][both.right[rows[first]] == side], minlength=len(values.words))
        for side in (False, True)
    ]
    return replace(values, counts=np.stack(counts, axis=1))


def _digits(both: Prepared) -> Values:
    """Read phones by their digits, wherever in the world they are."""
    table = pl.concat(
        both.received.table(name).select(
            pl.int_range(pl.len(), dtype=pl.Int64).alias("row"),
            pl.col(name).str.replace_all(r"\D+", "").str.tail(9).alias("digits"),
        )
        for name in ("primary_phone", "other_phone")
    ).filter(pl.col("digits").str.len_chars() >= 6)
    return values_of("phone", table["row"].to_numpy(), *encoded(table["digits"]), both.sizes)


def _on_both(both: Prepared, present: Flags) -> bool:
    return bool(present[~both.right].any() and present[both.right].any())


def once_each(lists: Lists) -> tuple[bool, bool]:
    """Tell of each side whether its records have one counterpart: those of the other are each another thing.

    Lists that are alike repeat themselves alike: the more plainly one does, the less is asked of the other.
    """
    left, right = (_repeated(lists, on_right) for on_right in (False, True))
    most = max(left, right)
    least = _WHERE_THE_OTHER_DOES / most if most > 1.0 else 1.0
    return right <= least, left <= least


def _repeated(lists: Lists, on_right: bool) -> float:
    """Give how many records of a side stand there more than once; 1 where it is just too few to count."""
    size = lists.both.sizes[on_right]
    pairs = pairs_within(lists, on_right)
    compared = compare(lists, pairs)
    weights = compared.weights(Model(-log2(max(size, SMALLEST_WORLD))))
    alone = len(compared.levels) == 1
    band, often, at = (
        ("one within the other", _WITHIN_OFTEN, _WITHIN_AT)
        if alone
        else ("most of it", _BORNE_OUT_OFTEN, _BORNE_OUT_AT)
    )
    names = compared.levels.get("legal_name", np.full(len(weights), -1))
    alike = (names >= 0) & (names <= BANDS.index(band)) & (weights >= at)
    if "legal_name" in lists.texts:
        # A single word within a name may be the family's of whoever else lives there.
        several = (lists.texts["legal_name"].words >= 0).sum(axis=1) > 1
        alike &= several[pairs[0]] & several[pairs[1]]
    seem, called_alike = (
        len(np.unique(np.concatenate([pairs[0][some], pairs[1][some]])))
        for some in (weights >= _TWIN_AT, alike)
    )
    share = max(seem / _SEEM_OFTEN, called_alike / often, _same(lists, on_right) / _OFTEN)
    return share / max(size, 1)


def _same(lists: Lists, on_right: bool) -> float:
    """Give how many records of a side have one beside them that is the same, beyond what chance brings."""
    present = [bags.present for bags in lists.texts.values()]
    present += [values.codes[:, 0] >= 0 for values in lists.values.values()]
    # Records of which nothing is known are not one record many times.
    mine = (lists.both.right == on_right) & np.any(present, axis=0)
    keys: list[Codes] = [bags.whole for bags in lists.texts.values()]
    keys += [values.codes[:, 0].astype(np.int64) for values in lists.values.values()]
    number, _ = coded(row_hash(np.stack(keys, axis=1)[mine] + 1))
    words = [bags.words[mine] for bags in lists.texts.values()]
    words += [values.codes[mine, :1] for values in lists.values.values()]
    chance = sum(map(_log_shares, words), np.zeros(len(number)))
    # A list that calls each of its things by one word only means one thing by it; of several fields, the
    # other ones are lost where but a word is left.
    several = np.sum([(some >= 0).sum(axis=1) for some in words], axis=0) > 1
    by_chance = several | (len(words) > 1)
    met_by_chance = np.where(by_chance, -np.expm1(-(len(number) - 1) * np.exp(chance)), 0.0)
    return float((np.bincount(number)[number] > 1).sum() - met_by_chance.sum())


def _log_shares(words: Ints) -> Bits:
    """Give the log probability of each row's words, if each came by itself."""
    count = np.bincount(words[words >= 0], minlength=1)
    return np.append(np.log(np.maximum(count, 1) / len(words)), 0.0)[words].sum(axis=1)


def pairs_of(lists: Lists) -> Pairs:
    """Give the pairs worth comparing: equal values, rare words in common, texts that look alike.

    Parameters
    ----------
    lists : Lists
        Both lists; where a record may have several counterparts, more pairs are worth it.
    """
    many = 1.0 if all(lists.once) else _MANY
    both = lists.both
    n, m = both.sizes
    if n * m <= ALL_PAIRS_UP_TO:
        left, right = np.divmod(np.arange(n * m, dtype=np.int64), max(m, 1))
        return left, n + right
    found = [
        met_pairs(both, of_codes(values.codes), many * _SAME_BUDGET)[0] for values in lists.values.values()
    ]
    for bags in lists.texts.values():
        present = np.flatnonzero(bags.present)
        found.append(
            met_pairs(both, key_of(present, bags.whole[present].astype(np.uint64)), many * _SAME_BUDGET)[0]
        )
        found.append(met_pairs(both, of_codes(bags.words), many * _WORD_BUDGET)[0])
        found.append(nearest(bags.squeezed, both.right, int(many * _LOOK_ALIKE)))
    return merged(found, len(both))


def pairs_within(lists: Lists, on_right: bool) -> Pairs:
    """Give the pairs of one list's records that may be one thing twice."""
    both = lists.both
    found = [met_within(both, of_codes(values.codes), on_right) for values in lists.values.values()]
    for bags in lists.texts.values():
        present = np.flatnonzero(bags.present)
        found.append(met_within(both, key_of(present, bags.whole[present].astype(np.uint64)), on_right))
        found.append(met_within(both, of_codes(bags.words), on_right))
    return merged(found, len(both))


def compare(lists: Lists, pairs: Pairs) -> Compared:
    """Compare pairs field by field, some at a time.

    Parameters
    ----------
    lists : Lists
        Both lists.
    pairs : tuple of two arrays of int
        Records of two lists, or of one.
    """
    starts = range(0, max(len(pairs[0]), 1), CHUNK)
    parts = [_compare(lists, (pairs[0][at : at + CHUNK], pairs[1][at : at + CHUNK])) for at in starts]

    def one(name: str) -> dict[str, Any]:
        fields = getattr(parts[0], name)
        return {key: np.concatenate([getattr(part, name)[key] for part in parts]) for key in fields}

    return Compared(pairs, one("chance"), one("levels"))


def beside_strangers(lists: Lists, compared: Compared) -> Compared:
    """Compare each list's records with one another, too, where they are each another thing."""
    if not all(lists.once):
        return compared
    strangers = tuple(compare(lists, _strangers(lists, on_right)) for on_right in (False, True))
    return replace(compared, strangers=strangers)


def _strangers(lists: Lists, on_right: bool) -> Pairs:
    """Give the pairs of one list's records that would be worth comparing if they were of two."""
    size, first = lists.both.sizes[on_right], lists.both.sizes[0] if on_right else 0
    # Beside a short list there may be a long one.
    if size * size > ALL_PAIRS_UP_TO:
        return pairs_within(lists, on_right)
    one, other = np.triu_indices(size, 1)
    return one + first, other + first


def _compare(lists: Lists, pairs: Pairs) -> Compared:
    chance: dict[str, Bits] = {}
    levels: dict[str, Ints] = {}
    for name, bags in lists.texts.items():
        common = compare_bags(bags, *pairs)
        chance[name], levels[name] = np.minimum(common.bits, _most(name)), common.band
        if name == "legal_name" and bags.numbered < _MOST_NUMBERED:
            chance[name] -= OTHER_NUMBER_COST * common.numbers_differ
    for name, values in lists.values.items():
        chance[name], levels[name] = _compare_values(lists, name, values, pairs)
    return Compared(pairs, chance, levels)


def _compare_values(lists: Lists, name: str, values: Values, pairs: Pairs) -> tuple[Bits, Ints]:
    met = shared(lists.both, values, pairs)
    nowhere = np.zeros_like(met.agree)
    near = near_values(values, pairs, _SLIPS[name], met.differ) if name in _SLIPS else nowhere
    held = others(lists.both, pairs, met.count)
    same = np.clip(bits_of(2 * held, _ASSUMED_BITS[name], lists.things, PRIOR_RECORDS), 0.0, _most(name))
    nearly = np.minimum(_NEAR_BITS.get(name, _NEAR_NUMBER_BITS), _most(name))
    steps, worth = [met.agree, near], [same, np.full(len(same), nearly)]
    if name == "date_of_birth":
        steps.append(near_values(values, pairs, days_share_two_parts, met.differ & ~near))
        worth.append(np.full(len(same), TWO_PARTS_BITS))
    level = np.select([*steps, met.present], list(range(len(steps) + 1)), -1)
    return np.select(steps, worth, 0.0), level


def _most(name: str) -> float:
    if name == "date_of_birth":
        return BIRTH_BITS
    return MOST_CONTACT_BITS if name in (*CONTACTS, "trading_name") else MOST_OTHER_BITS


def standing_of(
    compared: Compared, model: Model, sizes: tuple[int, int], once: tuple[bool, bool], ranked: bool = True
) -> Standing:
    """Tell how pairs stand among their rivals.

    Parameters
    ----------
    compared : Compared
        All pairs worth comparing.
    model : Model
        What is believed of the two lists.
    sizes : tuple of int
        How many records each side has.
    once : tuple of bool
        Whether a left, and a right record has one counterpart at the most.
    ranked : bool
        Whether ranks are asked for, as for `stand`, and what neighbours speak for: learning needs neither.
    """
    weights = compared.weights(model)
    counted = ALONE if len(compared.levels) == 1 else BESIDE
    standing = stand(*compared.pairs, weights, *once, ranked=ranked)
    if not any(once):
        return borne_out(compared.pairs, sizes, standing) if ranked else standing
    strangers = [each_others_best(some.pairs, some.weights(model)) for some in compared.strangers]
    return calibrated(compared.pairs, weights, standing, sizes, once, *counted, strangers)


def learned(compared: Compared, model: Model, sizes: tuple[int, int], once: tuple[bool, bool]) -> Model:
    """Learn from the surest pairs how often each field differs, and how many pairs there are.

    Parameters
    ----------
    compared, model, sizes, once
        As for `standing_of`.
    """
    if any(once):
        return _taught(compared, model, sizes, once, None)
    sober = _taught(compared, model, sizes, once, _SOBER)
    if len(compared.levels) == 1:
        # Nothing confirms a single field but a pair's neighbours: by their word the doubtful teach, too.
        return _taught(compared, sober, sizes, once, replace(_SOBER, neighbours=True))
    free = _taught(compared, sober, sizes, once, _FREE)
    return free if _holds_together(compared, sizes, sober, free) else sober


def _holds_together(compared: Compared, sizes: tuple[int, int], sober: Model, free: Model) -> bool:
    """Tell whether what a freer model finds is of one piece: hardly more, or more that closes as well."""
    if free.prior - sober.prior <= _MOST_MORE:
        return True
    before, after = (
        closing(compared.pairs, sizes, _probability(compared.weights(model))) for model in (sober, free)
    )
    return before >= _CLOSED and after >= _CLOSES * before


def _taught(
    compared: Compared, model: Model, sizes: tuple[int, int], once: tuple[bool, bool], guard: _Guard | None
) -> Model:
    for _ in range(_ROUNDS):
        neighbours = guard is not None and guard.neighbours
        standing = standing_of(compared, model, sizes, once, ranked=neighbours)
        some = np.clip((standing.probability - LEARN_FROM) / (LEARN_ALL - LEARN_FROM), 0.0, 1.0)
        found = np.where(standing.chosen, standing.probability, 0.0)
        trust = standing.probability if neighbours else some * found
        expected = {name: _expected(name, levels, trust) for name, levels in compared.levels.items()}
        if guard:
            expected = {name: _guarded(name, levels, guard) for name, levels in expected.items()}
        # Against a pair of one field speak its rivals alone, so the doubtful count, too. Of several fields
        # one may differ: to be what is left of two lists is no answer to that.
        rivals = all(once) and len(expected) == 1
        prior = _prior(found.sum() if rivals else trust.sum(), sizes, rivals)
        model = Model(prior, model.expected | expected)
        if guard and guard.sobers:
            model = _sobered(compared, model)
    return model


def _sobered(compared: Compared, model: Model) -> Model:
    """Take from likeness in part what strangers of one family have too, where no rivalry tells them apart.

    Notes
    -----
    Words of one text travel together: places of one town and papers of one author have more in common than
    chance brings. How many pairs may be alike in part goes by how many are alike altogether; what is said to
    be more is too much.
    """
    for name, levels in compared.levels.items():
        weights = compared.weights(model)
        count = len(model.expected[name])
        likely = [_likely(weights[levels == level]) for level in range(count)]
        most = _most_in_part(name, likely)
        first = count - len(most)
        whole = sum(likely[:first]) / (1.0 - sum(most))
        less = [_lighter(weights[levels == first + n], part * whole) for n, part in enumerate(most)]
        expected = model.expected[name] * np.exp2(np.append(np.zeros(first), less))
        model = replace(model, expected=model.expected | {name: expected / expected.sum()})
    return model


def _most_in_part(name: str, likely: list[float]) -> tuple[float, ...]:
    """Give what share of the true pairs may be on the last levels, given how many seem to be on each."""
    if name == "legal_name":
        # Who seldom writes a name twice alike may write it quite differently, too.
        changed = 1.0 - likely[0] / max(sum(likely[:-2]), 1.0)
        return (_NAMES_PARTLY * changed,) * 2
    return _PARTLY if len(likely) == len(BANDS) else _PARTLY[1:]


def _lighter(weights: Bits, most: float) -> float:
    """Give the bits, 0 or below, by which weights change so that no more pairs are likely than may be."""
    low, high = -MOST_BITS, 0.0
    if _likely(weights) <= most:
        return high
    for _ in range(_HALVINGS):
        middle = (low + high) / 2.0
        low, high = (low, middle) if _likely(weights + middle) > most else (middle, high)
    return low


def _likely(weights: Bits) -> float:
    """Give how many of some pairs are expected to be true."""
    return float(_probability(weights).sum())


def _probability(weights: Bits) -> Bits:
    return np.asarray(1.0 / (1.0 + np.exp2(-np.clip(weights, -MOST_BITS, MOST_BITS))))


def _prior(found: float, sizes: tuple[int, int], rivals: bool) -> float:
    """Give the log2 odds that two records are one thing; of rivals, against having no counterpart at all."""
    few = min(sizes)
    lonely = (max(few - found, 0.0) + _PRIOR_LONELY) / (few + _PRIOR_LONELY) if rivals else 1.0
    return log2((found + 1.0) / (lonely * sizes[0] * sizes[1] + 1.0))


def _expected(name: str, levels: Ints, trust: Bits) -> Bits:
    before = np.array(EXPECTED[name])
    there = levels >= 0
    counts = np.bincount(levels[there], trust[there], minlength=len(before))
    return (counts + _PRIOR_PAIRS * before) / (counts.sum() + _PRIOR_PAIRS)


def _guarded(name: str, expected: Bits, guard: _Guard) -> Bits:
    """Hold down how often pairs of one thing differ altogether."""
    most = guard.other_names if name == "legal_name" else guard.other
    if expected[-1] <= most:
        return expected
    return np.append(expected[:-1] * (1.0 - most) / expected[:-1].sum(), most)


def evidence_of(compared: Compared, model: Model) -> Evidence:
    """Give the evidence of compared pairs as a model has it."""
    bits = compared.weighed(model)
    size = len(compared.pairs[0])
    names = replace(
        Agreements.none(size),
        bits=bits.setdefault("legal_name", np.zeros(size)),
        said=bands_said(compared.levels.get("legal_name", np.full(size, -1))),
    )
    near = {
        name: (levels > 0) & (bits[name] > 0) for name, levels in compared.levels.items() if name in SLIPS
    }
    return Evidence(*compared.pairs, np.full(size, model.prior), bits, names, near)
