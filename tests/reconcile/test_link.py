"""Linking keeps its promises on any frames: order, sides, constraints, budgets and words."""

import json
import random
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from workbench.domain.errors import BadInput
from workbench.domain.frames import CANDIDATES
from workbench.reconcile import threads
from workbench.reconcile.link import assign, explain, in_words, link, prepared
from workbench.reconcile.link.assign import stand
from workbench.reconcile.link.blocking import BUDGETS, CROWD, candidate_pairs, keys_of
from workbench.reconcile.link.prepared import prepare
from workbench.reconcile.link.rarity import rarity
from workbench.reconcile.score import score

sys.path.insert(0, str(Path(__file__).parent))

from often import often

GIVEN = [
    "Aroha",
    "Bertil",
    "Carys",
    "Delia",
    "Edmund",
    "Freya",
    "Gwen",
    "Howard",
    "Imogen",
    "Jasper",
    "Keita",
    "Lorna",
]
FAMILY = [
    "Ashdown",
    "Birkett",
    "Corran",
    "Dovey",
    "Ewart",
    "Fenn",
    "Gorse",
    "Holm",
    "Ivory",
    "Jessop",
    "Kittow",
    "Larch",
    "Mossman",
    "Orchard",
]
TRADES = ["Joinery", "Freight", "Cafe", "Orchards", "Dairy", "Marine"]


def firm(size: int, seed: int) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Invent two overlapping sides with people, companies and trusts."""
    dice = random.Random(seed)
    rows = []
    for number in range(size):
        family, first = dice.choice(FAMILY), dice.choice(GIVEN)
        kind = dice.choice(["individual", "company", "trust"])
        name = {
            "individual": f"{first} {family}",
            "company": f"{family} {dice.choice(TRADES)} Limited",
            "trust": f"{family} Family Trust",
        }[kind]
        rows.append(
            {
                "client_id": f"c{number}",
                "entity_type": kind,
                "legal_name": name,
                "email": dice.choice(
                    [None, f"{first}.{family}{number}@mail.example".lower(), "shared@firm.example"]
                ),
                "primary_phone": dice.choice([None, f"09 555 {number:04d}"]),
                "date_of_birth": f"19{dice.randint(50, 99)}-0{dice.randint(1, 9)}-11"
                if kind == "individual"
                else None,
            }
        )
    left = pd.DataFrame(rows)
    right = left.sample(frac=0.8, random_state=seed).assign(
        client_id=lambda frame: "x" + frame["client_id"],
        legal_name=lambda frame: frame["legal_name"].str.upper(),
    )
    return left, right


def told(found: pd.DataFrame) -> list[tuple[object, ...]]:
    return sorted(found[list(CANDIDATES)].fillna("").itertuples(index=False, name=None))


@settings(max_examples=often(3))
@given(st.integers(0, 1000))
def test_the_order_of_rows_and_columns_changes_nothing(seed: int) -> None:
    """Shuffled rows and columns give the same candidates, to the last bit of evidence."""
    left, right = firm(40, seed)
    turned = left.sample(frac=1, random_state=seed)[list(left.columns)[::-1]]
    assert told(link(left, right)) == told(link(turned, right.sample(frac=1, random_state=seed + 1)))


NAMES_OF_ONE = (
    ["John Paul Jones", "Jones John Paul", "Jones, John Paul", "J P Jones", "Paul Jones", "Jon Jones"],
    ["Hōne Whareaitu", "Hoone Whareaitu", "Whareaitu Hone", "Mr Hone Kiri Whareaitu", "H Whareaitu"],
    ["Wei Zhang", "Zhang Wei", "Zhang, Wei", "Li Wei Zhang", "ZHANG Wei (Wendy)"],
    ["Isla I O'Tset", "O’Test, Isla Ian", "Isla Otest", "Isla Smith (nee O'Test)", "Isla & Ian O'Test"],
    ["Maria de la Cruz", "de la Cruz Maria", "Maria Cruz", "Maria Cruz-Smith", "Estate of Maria Cruz"],
    ["J & M Smith Limited", "J M Smith Ltd", "JM Smith Ltd", "Smith Smith Ltd", "Smith Holdings Ltd"],
    ["Smith Family Trust", "The Smith Family Trust No 2", "Smith Family Trust Two", "Smith Trust 2015"],
    [
        "Acme Limited trading as Seaside Cafe",
        "Sea Side Café",
        "Acme (NZ) Ltd",
        "Acme Trustee Ltd ATF Smith Trust",
    ],
)


@st.composite
def clients_of_many_spellings(draw: st.DrawFn) -> pd.DataFrame:
    """Give a few clients, each by one of the names that it may go by, and what little else is known of it."""
    rows = []
    for number in range(draw(st.integers(2, 8))):
        at = draw(st.integers(0, len(NAMES_OF_ONE) - 1))
        kind = "individual" if at < 5 else draw(st.sampled_from(["company", "trust"]))
        rows.append(
            {
                "client_id": str(number),
                "entity_type": draw(st.sampled_from([kind, None])),
                "legal_name": draw(st.sampled_from(NAMES_OF_ONE[at])),
                "email": draw(st.sampled_from([None, "otest83@paddock.example", "wei@paddock.example"])),
                "primary_phone": draw(st.sampled_from([None, "09 555 0101", "021 555 0102", "021 555 0120"])),
                "date_of_birth": draw(st.sampled_from([None, "1967-12-03", "1967-03-12", "1991-12-03"])),
                "physical_lines": draw(st.sampled_from([None, "2 Sandpiper Avenue"])),
                "lifecycle": draw(st.sampled_from(["active", "archived"])),
            }
        )
    return pd.DataFrame(rows).astype({"entity_type": object})


def mirrored(found: pd.DataFrame) -> pd.DataFrame:
    """Call each side by the other's name."""
    return found.rename(columns={"connectworks_id": "xpm_id", "xpm_id": "connectworks_id"})


@settings(max_examples=often(20), deadline=None)
@given(clients_of_many_spellings(), clients_of_many_spellings())
def test_swapping_the_sides_mirrors_the_result(one: pd.DataFrame, other: pd.DataFrame) -> None:
    """The engine favours neither side, whichever of them has the odd spelling, order or mailbox."""
    columns = ["connectworks_id", "xpm_id", "verdict", "rank", "contradiction", "match_weight"]
    forth, back = link(one, other), mirrored(link(other, one))
    assert sorted(forth[columns].fillna("").itertuples(index=False, name=None)) == sorted(
        back[columns].fillna("").itertuples(index=False, name=None)
    )


@settings(max_examples=often(3))
@given(st.integers(0, 1000))
def test_links_are_one_to_one_and_evidence_sums_to_the_weight(seed: int) -> None:
    """No record is suggested twice; the waterfall's bars add up to the match weight."""
    found = link(*firm(40, seed))
    sure = found[found["verdict"] == "link"]
    assert sure["connectworks_id"].is_unique
    assert sure["xpm_id"].is_unique
    assert found["probability"].between(0, 1).all()
    for _, row in found.iterrows():
        assert sum(item["bits"] for item in json.loads(row["evidence"])) == pytest.approx(
            row["match_weight"], abs=0.02
        )


def test_existing_links_and_rejected_pairs_are_kept() -> None:
    """A linked record leaves the competition, and a rejected pair never returns."""
    left, right = firm(30, 3)
    before = link(left, right)
    first, second = before.iloc[[0]], before.iloc[[1]]
    after = link(left, right, links=first, rejected=second)
    pairs = set(zip(after["connectworks_id"], after["xpm_id"], strict=True))
    assert tuple(second[["connectworks_id", "xpm_id"]].iloc[0]) not in pairs
    assert tuple(first[["connectworks_id", "xpm_id"]].iloc[0]) not in pairs
    sure = after[after["verdict"] == "link"]
    assert first["connectworks_id"].iloc[0] not in set(sure["connectworks_id"])


def test_masked_values_never_stand_in_the_evidence() -> None:
    """Birth dates, tax numbers and addresses are weighed, and never shown."""
    record = {
        "client_id": "a",
        "entity_type": "individual",
        "legal_name": "Alan Beech",
        "date_of_birth": "1961-07-14",
        "tax_number": "900-000-014",
        "physical_lines": "14 Test Rise",
    }
    found = link(pd.DataFrame([record]), pd.DataFrame([record]))
    text = found["evidence"].iloc[0]
    assert {"date_of_birth", "tax_number", "address"} <= {item["field"] for item in json.loads(text)}
    assert not any(value in text for value in ("1961", "900-000-014", "Test Rise"))


def test_without_names_and_identifiers_it_refuses() -> None:
    """Two frames with nothing to go by are refused in words, not linked by chance."""
    frame = pd.DataFrame({"client_id": ["1"], "email": ["a@b.example"]})
    with pytest.raises(BadInput, match="neither a name nor an identifier"):
        link(frame, frame)


@pytest.mark.parametrize("missing", ["entity_type", "email", "date_of_birth", "client_id"])
def test_a_missing_column_is_no_evidence(missing: str) -> None:
    """Any subset of the columns will do."""
    left, right = firm(20, 5)
    assert len(link(left.drop(columns=missing), right))


def test_empty_sides_give_no_candidates() -> None:
    """Nothing against nothing is an empty frame of the promised shape."""
    left, right = firm(5, 1)
    assert list(link(left.iloc[:0], right).columns) == list(CANDIDATES)
    assert link(left.iloc[:0], right.iloc[:0]).empty


def test_how_the_work_is_parted_changes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """Side by side or one after the other, all cells at once or a few, the candidates are the same."""
    sides = firm(300, 4)
    found = link(*sides)
    monkeypatch.setattr(threads, "MANY", 0)
    monkeypatch.setattr(prepared, "ROWS_AT_ONCE", 50)
    pd.testing.assert_frame_equal(found, link(*sides))


def test_a_shared_mailbox_cannot_blow_up_the_pairs() -> None:
    """However many records share every value, the pairs stay within the budget a record."""
    size = 1500
    names = [f"Smith{n % 3} Family Trust" for n in range(size)]
    frame = pd.DataFrame(
        {
            "client_id": map(str, range(size)),
            "entity_type": "trust",
            "legal_name": names,
            "email": "a@agency.example",
        }
    )
    both = prepare(frame, frame)
    rare = rarity(both.names, len(both))
    blocked = candidate_pairs(both, keys_of(both, rare), rare)
    assert len(blocked.pairs[0]) <= size * (sum(BUDGETS.values()) + 2)
    assert blocked.skipped["email"] > 0


def test_an_equal_total_is_no_choice() -> None:
    """Two equal rivals leave no margin, whatever their weight."""
    standing = stand(np.array([0, 1]), np.array([0, 0]), np.array([5.0, 5.0]))
    assert standing.margin.tolist() == [0.0, 0.0]
    assert (standing.probability < 0.6).all()


@settings(max_examples=40)
@given(st.lists(st.lists(st.floats(-5, 15), min_size=4, max_size=4), min_size=1, max_size=5))
def test_the_assignment_is_the_best_there_is(weights: list[list[float]]) -> None:
    """No other one-to-one choice has a greater total, and none uses a record twice."""
    from itertools import permutations

    table = np.array(weights)
    left, right = (axis.ravel() for axis in np.indices(table.shape))
    standing = stand(left, right, table.ravel())
    gain = np.maximum(table, 0.0)
    padded = np.zeros((max(table.shape), max(table.shape)))
    padded[: table.shape[0], : table.shape[1]] = gain
    best = max(sum(padded[i, p] for i, p in enumerate(order)) for order in permutations(range(len(padded))))
    assert table.ravel()[standing.chosen].sum() == pytest.approx(best)
    assert len(set(left[standing.chosen])) == standing.chosen.sum() == len(set(right[standing.chosen]))


@settings(max_examples=often(60))
@given(st.dictionaries(st.tuples(st.integers(0, 9), st.integers(0, 9)), st.integers(1, 3), min_size=1))
def test_trying_every_choice_takes_the_pairs_that_a_solver_takes(weights: dict[tuple[int, int], int]) -> None:
    """Knots of any shape, equal totals among them: how they are undone makes no difference."""
    left, right = np.array(list(weights)).T
    gains = np.array(list(weights.values()), dtype=float)
    chosen = []
    for most in (0, 10_000):
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(assign, "_MOST_TRIED", most)
            chosen.append(stand(left, right, gains).chosen.tolist())
    assert chosen[0] == chosen[1]


@settings(max_examples=often(60))
@given(st.lists(st.tuples(st.integers(0, 9), st.floats(-12, 30)), min_size=1, max_size=7))
@example([(1, 0.0), (6, 17.0), (8, 10.0), (3, 25.0), (9, 18.0), (6, 30.0), (6, 18.0)])
def test_a_pair_is_as_likely_as_all_choices_that_hold_it(forest: list[tuple[int, float]]) -> None:
    """Where rivals meet in no circle, a probability is the share of all one-to-one choices, by their odds."""
    from itertools import combinations

    # Each new record meets one that is there already, on the other side.
    sides, left, right = [0], [], []
    for new, (at, _) in enumerate(forest, 1):
        met = at % len(sides)
        sides.append(1 - sides[met])
        (left if sides[met] == 0 else right).append(met)
        (right if sides[met] == 0 else left).append(new)
    odds = np.exp2([weight for _, weight in forest])
    holding = np.zeros(len(odds) + 1)
    for size in range(len(odds) + 1):
        for some in map(list, combinations(range(len(odds)), size)):
            if len({left[at] for at in some}) == len({right[at] for at in some}) == size:
                holding[[*some, -1]] += odds[some].prod()
    standing = stand(np.array(left), np.array(right), np.log2(odds))
    assert standing.probability == pytest.approx(holding[:-1] / holding[-1], abs=0.02)


@pytest.mark.parametrize(
    ("one", "other", "words"),
    [
        ("Susan Graham Dovey", "Susan Dovey", "same name but for a middle name"),
        ("Graham Oakes", "Graham Oakes Jnr", "same name but for junior or senior"),
        ("Susan Dovey", "DOVEY, Susan", "name differs only in how it is written"),
        ("Susan Dovey", "Susan Harcourt", "same given name, another family name"),
        (
            "Corran Charitable Trust Board",
            "Corran Charitable Trust",
            "same name but for the kind of organisation",
        ),
    ],
)
def test_a_name_that_is_nearly_the_same_says_what_it_lacks(one: str, other: str, words: str) -> None:
    """What one name has more than the other is named, and not called another way of writing it."""
    entity = "company" if "Trust" in one else "individual"
    known = {"entity_type": entity, "email": "s.dovey@kea.example", "primary_phone": "09 555 0123"}
    left, right = (pd.DataFrame([{"client_id": "a", "legal_name": name, **known}]) for name in (one, other))
    [name] = [e for e in json.loads(link(left, right).iloc[0]["evidence"]) if e["field"] == "legal_name"]
    assert name["words"] == words


def test_the_evidence_reads_as_a_sentence() -> None:
    """One plain sentence says what agrees and what does not; the explanation's bars add up."""
    left = pd.DataFrame(
        [
            {
                "client_id": "a",
                "legal_name": "Kea Web Limited",
                "nzbn": "9400000000012",
                "primary_phone": "09 555 0123",
            }
        ]
    )
    right = left.assign(client_id="b", legal_name="KEA WEB LTD", email="x@kea.example")
    candidate = link(left, right).iloc[0]
    assert in_words(candidate["evidence"]) == "Same NZBN and phone; name differs only in how it is written."
    told = explain(candidate)
    assert told.waterfall["total"].iloc[-1] == pytest.approx(candidate["match_weight"], abs=0.02)


def test_the_score_counts_what_it_says() -> None:
    """Found, wrong and missed links are counted against the truth, and only suggested links count."""
    candidates = pd.DataFrame(
        {"connectworks_id": ["a", "b", "c"], "xpm_id": ["1", "9", "3"], "verdict": ["link", "link", "review"]}
    )
    truth = pd.DataFrame({"connectworks_id": ["a", "b", "c", "d"], "xpm_id": ["1", "2", "3", None]})
    result = score(candidates, truth)
    assert (result.precision, result.recall, result.found) == (0.5, pytest.approx(1 / 3), 1)
    assert (result.wrong, result.missed, result.in_review) == ((("b", "9"),), (("b", "2"), ("c", "3")), 1)


def test_a_crowd_that_shares_nothing_has_no_pairs() -> None:
    """Among very many records whose keys never meet twice, nothing is compared, and nothing breaks."""
    half = CROWD // 2 + 1
    sides = [
        pd.DataFrame(
            {
                "client_id": [f"{letter}{at}" for at in range(half)],
                "entity_type": "company",
                "nzbn": [str(start + 7 * at) for at in range(half)],
            }
        )
        for letter, start in (("c", 1_000_000_000_000), ("x", 5_000_000_000_000))
    ]
    assert link(*sides).empty
