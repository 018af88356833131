"""Any two lists, which do not say what their records are, are linked by what they hold and teach."""

from __future__ import annotations

import json
import random
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rapidfuzz import fuzz
from rapidfuzz.distance import JaroWinkler

from workbench.domain.errors import BadInput
from workbench.domain.link_settings import LinkSettings
from workbench.reconcile.link import explain, link, plain
from workbench.reconcile.link.assign import Standing, best_line, stand
from workbench.reconcile.link.bags import (
    ALIKE,
    BANDS,
    LEAST_RATIO,
    NEAR_COST,
    NEAR_SHARE,
    bags_of,
    compare_bags,
)
from workbench.reconcile.link.calibrate import borne_out, calibrated, falling
from workbench.reconcile.link.grams import nearest
from workbench.reconcile.link.plain import ALONE, BESIDE, Compared, Model, learned
from workbench.reconcile.link.prepared import prepare
from workbench.reconcile.normalise.names import one_vowel

sys.path.insert(0, str(Path(__file__).parent))

from often import often

SYLLABLES = [a + b + c for a in "bdfgklmnprstvw" for b in "aeiou" for c in ("", "n", "r", "k")]
PAIR = ["connectworks_id", "xpm_id"]


def word(dice: random.Random) -> str:
    return "".join(dice.choice(SYLLABLES) for _ in range(dice.randint(2, 3))).capitalize()


def mistyped(text: str, dice: random.Random) -> str:
    """Swap two neighbouring letters somewhere behind the first."""
    at = dice.randrange(1, len(text) - 1)
    return text[:at] + text[at + 1] + text[at] + text[at + 2 :]


def two_lists(size: int, seed: int, slips: float = 0.3) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Invent two lists of the same things, and as many others on either side; xN is the counterpart of cN."""
    dice = random.Random(seed)
    left, right = [], []
    for number in range(size):
        name, street = (
            f"{word(dice)} {word(dice)} {word(dice)}",
            f"{dice.randint(1, 200)} {word(dice)} Street",
        )
        other = mistyped(name, dice) if dice.random() < slips else name
        left.append({"client_id": f"c{number}", "legal_name": name, "physical_lines": street})
        right.append({"client_id": f"x{number}", "legal_name": other.upper(), "physical_lines": street})
    for number in range(size, 2 * size):
        for side, letter in ((left, "c"), (right, "x")):
            name = f"{word(dice)} {word(dice)} {word(dice)}"
            row = {
                "client_id": f"{letter}{number}",
                "legal_name": name,
                "physical_lines": f"{number} {word(dice)} Rd",
            }
            side.append(row)
    return pd.DataFrame(left), pd.DataFrame(right)


def links_of(found: pd.DataFrame) -> set[tuple[str, str]]:
    said = found[found["verdict"] == "link"]
    return set(zip(said["connectworks_id"], said["xpm_id"], strict=True))


@pytest.mark.parametrize("size", [5, 60, 400])
@pytest.mark.parametrize("columns", [["legal_name"], ["legal_name", "physical_lines"]])
def test_lists_of_any_size_find_their_counterparts(size: int, columns: list[str]) -> None:
    """Five records or hundreds, by name alone or with an address: nearly all are found, few wrongly."""
    left, right = (side[["client_id", *columns]] for side in two_lists(size, size))
    said = links_of(link(left, right))
    right_ones = {pair for pair in said if pair[0][1:] == pair[1][1:]}
    assert len(right_ones) >= 0.9 * size
    assert len(said - right_ones) <= 0.05 * size


@settings(max_examples=often(2))
@given(st.integers(0, 1000))
def test_shuffling_changes_nothing_and_swapping_mirrors(seed: int) -> None:
    """The order of rows and columns is no evidence, and neither side is favoured."""
    left, right = two_lists(80, seed)
    found = link(left, right)
    turned = link(
        left.sample(frac=1, random_state=seed)[left.columns[::-1]], right.sample(frac=1, random_state=1)
    )
    pd.testing.assert_frame_equal(found, turned)
    back = link(right, left).rename(columns={PAIR[0]: PAIR[1], PAIR[1]: PAIR[0]})
    assert links_of(found) == links_of(back)
    probabilities = [
        frame.set_index(PAIR)["probability"].sort_index().round(6).to_dict() for frame in (found, back)
    ]
    assert probabilities[0] == pytest.approx(probabilities[1], abs=1e-4)


STEMS = st.lists(st.sampled_from(SYLLABLES), min_size=6, max_size=9, unique=True).map(" ".join)
ENDINGS = st.lists(st.sampled_from(["Kano", "Beli", "Torva"]), max_size=2).map(" ".join)


@settings(max_examples=often(15), deadline=None)
@given(st.data(), st.lists(STEMS, min_size=2, max_size=4))
def test_of_names_that_are_much_alike_neither_side_decides(data: st.DataObject, stems: list[str]) -> None:
    """Where many pairs weigh the same, no tie hangs on the order of summing: swapping mirrors it all."""
    names = st.lists(st.tuples(st.sampled_from(stems), ENDINGS).map(" ".join), min_size=8, max_size=30)
    left, right = (
        pd.DataFrame({"client_id": [f"{mark}{at}" for at in range(len(some))], "legal_name": some})
        for mark, some in (("c", data.draw(names)), ("x", data.draw(names)))
    )
    columns = [*PAIR, "probability", "verdict", "rank"]
    back = link(right, left).rename(columns={PAIR[0]: PAIR[1], PAIR[1]: PAIR[0]})
    forth, mirrored = (
        sorted(f[columns].itertuples(index=False, name=None)) for f in (link(left, right), back)
    )
    assert forth == mirrored


def test_what_is_the_same_twice_over_is_no_sure_link() -> None:
    """Two records that nothing tells apart have the same claim to a third: a person chooses."""
    left, right = two_lists(50, 3)
    twin = right.iloc[[0]].assign(client_id="x-twin")
    found = link(left, pd.concat([right, twin]), settings=LinkSettings(cardinality="one_to_one"))
    assert not {pair for pair in links_of(found) if pair[0] == "c0"}
    assert len(found[(found["connectworks_id"] == "c0") & (found["probability"] > 0.1)]) == 2


@pytest.mark.parametrize(("copies_left", "copies_right"), [(1, 3), (3, 1), (3, 3)])
def test_how_many_counterparts_a_record_has_is_read_off_the_lists(
    copies_left: int, copies_right: int
) -> None:
    """Lists whose records stand there several times are linked so, without being told, and say so."""
    dice = random.Random(copies_left * 10 + copies_right)
    left, right = (side.iloc[:60] for side in two_lists(60, 9, slips=0.0))

    def copied(side: pd.DataFrame, copies: int) -> pd.DataFrame:
        parts = [side.assign(client_id=side["client_id"] + f"-{copy}") for copy in range(copies)]
        whole = pd.concat(parts)
        return whole.assign(
            legal_name=[mistyped(n, dice) if dice.random() < 0.2 else n for n in whole["legal_name"]]
        )

    found = link(copied(left, copies_left), copied(right, copies_right))
    said = links_of(found)
    true = {(a, b) for a, b in said if a[1:].split("-")[0] == b[1:].split("-")[0]}
    assert len(true) >= 0.85 * 60 * copies_left * copies_right
    assert len(said - true) <= 0.05 * len(said)
    assert any("several counterparts" in note for note in found.attrs["notes"])


def test_names_that_meet_by_chance_are_no_sign_of_several_counterparts() -> None:
    """Namesakes are as many as common names bring; the same one word time and again is another matter."""
    dice = random.Random(11)
    given, family = ([word(dice) for _ in range(12)] for _ in range(2))
    people = [f"{dice.choice(given)} {dice.choice(family)}" for _ in range(80)]
    things = [word(dice) for _ in range(30)]
    for names, expected in ((people, "one to one"), (things + things[:10], "several counterparts")):
        left, right = (
            pd.DataFrame({"client_id": [f"{side}{n}" for n in range(len(names))], "legal_name": names})
            for side in "cx"
        )
        assert len(set(names)) < 0.93 * len(names)
        assert any(expected in note for note in link(left, right).attrs["notes"])


def test_goods_of_one_line_are_no_sign_of_several_counterparts() -> None:
    """Names that are alike all but for a mark at their end are each of another thing, in either list."""
    dice = random.Random(1)
    kinds, names = [word(dice) for _ in range(6)], []
    for _ in range(20):
        maker = word(dice)
        for line in (word(dice) for _ in range(5)):
            marks = (f"{line}{letter * 2}{place}x" for place, letter in enumerate("abc"))
            names += [f"{maker} {line} {' '.join(dice.sample(kinds, 3))} {mark}" for mark in marks]
    left = pd.DataFrame({"client_id": [f"c{n}" for n in range(len(names))], "legal_name": names})
    brief = [name.split(" ", 1)[1] if dice.random() < 0.5 else name for name in names]
    right = pd.DataFrame({"client_id": [f"x{n}" for n in range(len(names))], "legal_name": brief})
    assert links_of(link(left, right)) == {(f"c{n}", f"x{n}") for n in range(len(names))}


def test_lists_that_are_alike_repeat_themselves_alike() -> None:
    """Where one list plainly repeats itself, less is asked of the other."""
    dice = random.Random(8)
    names = [f"{word(dice)} {word(dice)} {word(dice)}" for _ in range(200)]
    left = pd.DataFrame({"legal_name": names[:120] + names[:60]})
    right = pd.DataFrame({"legal_name": names[40:] + names[40:46]})
    left["client_id"], right["client_id"] = left.index.astype(str), right.index.astype(str)
    notes = " ".join(link(left, right).attrs["notes"])
    assert "A Connectworks record and an XPM record may have several counterparts" in notes
    alone = pd.DataFrame({"legal_name": [*dict.fromkeys(names[120:]), *names[:40]]})
    alone["client_id"] = alone.index.astype(str)
    assert "Connectworks" not in " ".join(link(left, alone).attrs["notes"]).split("may have")[0]


def test_names_that_lie_within_others_are_a_sign_of_several_counterparts() -> None:
    """Who is written now briefly, now at length, stands in the list more than once, though never the same."""
    dice = random.Random(12)
    brief = [f"{word(dice)} {word(dice)}" for _ in range(60)]
    ways = [[name, f"{name} {word(dice)}", f"{word(dice)} {name}"] for name in brief]
    left, right = (
        pd.DataFrame(
            {
                "client_id": [f"{mark}{n}-{way}" for n in range(60) for way in range(2)],
                "legal_name": [name for names in ways for name in dice.sample(names, 2)],
            }
        )
        for mark in "cx"
    )
    found = link(left, right)
    assert "A Connectworks record and an XPM record may have several" in found.attrs["notes"][0]
    one = (
        found["connectworks_id"].str.split("-").str[0].str[1:]
        == found["xpm_id"].str.split("-").str[0].str[1:]
    )
    linked = found["verdict"] == "link"
    assert one[linked].mean() >= 0.95
    assert (one & linked).sum() >= 0.8 * 60 * 4


def test_a_short_list_that_is_whole_in_a_long_one_is_found() -> None:
    """That few records of a long list have a counterpart says nothing against those of a short one."""
    dice = random.Random(9)
    given = [word(dice) for _ in range(1500)]
    left = pd.DataFrame({"client_id": [f"c{n}" for n in range(1500)], "legal_name": given})
    right = pd.DataFrame(
        {
            "client_id": [f"x{n}" for n in range(60)],
            "legal_name": [f"{name} (village)" for name in given[:60]],
        }
    )
    said = links_of(link(left, right))
    assert sum((f"c{n}", f"x{n}") in said for n in range(60)) >= 54
    assert len(said) <= 63


def test_half_a_name_in_common_is_a_family_where_lists_repeat_themselves() -> None:
    """Strangers of one family share more words than chance brings, and are not taken for one thing."""
    dice = random.Random(10)
    things = []
    for _ in range(40):
        family = f"{word(dice)} {word(dice)} {word(dice)}"
        things += [f"{family} {word(dice)} {word(dice)} {word(dice)}" for _ in range(5)]
    rows = [(thing, name) for thing, name in enumerate(things) for _ in range(2)]
    left, right = (
        pd.DataFrame(
            {"client_id": [f"{mark}{n}" for n in range(400)], "legal_name": [name for _, name in rows]}
        )
        for mark in "cx"
    )
    found = link(left, right)
    one = found["connectworks_id"].str[1:].astype(int) // 2 == found["xpm_id"].str[1:].astype(int) // 2
    linked = found["verdict"] == "link"
    assert one[linked].mean() >= 0.98
    assert (one & linked).sum() == 800
    assert found.loc[~one, "probability"].sum() <= 0.2 * 800


def several_fields(size: int, dice: random.Random) -> pd.DataFrame:
    """Invent people with an address, a mailbox and a birthday."""
    return pd.DataFrame(
        {
            "legal_name": f"{word(dice)} {word(dice)}",
            "physical_lines": f"{number} {word(dice)} Street",
            "email": f"{word(dice)}@{word(dice)}.example",
            "date_of_birth": f"19{dice.randint(30, 99)}-{dice.randint(1, 12):02}-{dice.randint(1, 27):02}",
        }
        for number in range(size)
    )


def several_times(size: int, dice: random.Random, changed: float) -> list[pd.DataFrame]:
    """Invent two lists where each of some people stands twice; any field is now and then another."""
    people = several_fields(size, dice)
    sides = []
    for mark in "cx":
        copies = []
        for copy in "01":
            kept = np.array([[dice.random() >= changed for _ in people.columns] for _ in range(size)])
            ids = [f"{mark}{number}-{copy}" for number in range(size)]
            copies.append(people.where(kept, several_fields(size, dice)).assign(client_id=ids))
        sides.append(pd.concat(copies))
    return sides


def test_of_several_fields_any_may_differ_where_lists_repeat_themselves() -> None:
    """Whose name, address, mailbox or birthday is another time and again is known by the others."""
    found = link(*several_times(150, random.Random(14), 0.2))
    left, right = (found[column].str[1:].str.split("-").str[0] for column in PAIR)
    linked = found["verdict"] == "link"
    assert (left == right)[linked].mean() >= 0.98
    assert ((left == right) & linked).sum() >= 0.9 * 150 * 4


def test_names_written_in_several_ways_are_known_by_their_neighbours() -> None:
    """Of a name that is shortened, mistyped or begun with a letter, the other ways of writing tell."""
    dice = random.Random(3)
    given, family = [word(dice) for _ in range(25)], [word(dice) for _ in range(60)]
    people = [(dice.choice(given), dice.choice(family)) for _ in range(80)]

    def written(given: str, family: str) -> str:
        usual = f"{given} {family}"
        return dice.choice([usual, usual, given, f"{given[0]} {family}", mistyped(usual, dice)])

    left, right = (
        pd.DataFrame(
            {"client_id": f"{mark}{number}-{copy}", "legal_name": written(*name)}
            for number, name in enumerate(people)
            for copy in range(3)
        )
        for mark in "cx"
    )
    found = link(left, right)
    one, other = (found[column].str[1:].str.split("-").str[0] for column in PAIR)
    linked = found["verdict"] == "link"
    assert (one == other)[linked].mean() >= 0.85
    assert ((one == other) & linked).sum() >= 0.44 * 80 * 9


def test_a_few_that_stand_twice_tell_where_several_fields_say_so() -> None:
    """Though no more than one in eight people stands twice, with slips, all the copies are linked."""
    dice = random.Random(15)
    people = several_fields(200, dice).reset_index(names="who").astype({"who": str})
    twice = people[:24].assign(date_of_birth=None)
    left, right = (
        pd.concat(
            [
                people.assign(client_id=mark + people["who"]),
                twice.assign(
                    client_id=mark + twice["who"] + "-twice",
                    legal_name=[mistyped(name, dice) for name in twice["legal_name"]],
                ),
            ]
        )
        for mark in "cx"
    )
    found = link(left, right)
    one, other = (found[column].str[1:].str.split("-").str[0] for column in PAIR)
    linked = found["verdict"] == "link"
    assert (one == other)[linked].all()
    assert linked.sum() >= 0.95 * (176 + 24 * 4)


def test_people_and_what_they_own_are_several_clients() -> None:
    """Where some people have a trust of their name at their address, each of them still stands there once."""
    people = several_fields(160, random.Random(16))
    trusts = people[:12].assign(legal_name=people["legal_name"][:12] + " Family Trust", date_of_birth=None)
    clients = pd.concat([people, trusts], ignore_index=True)
    left, right = (clients.assign(client_id=mark + clients.index.astype(str)) for mark in "cx")
    found = link(left, right)
    assert "one to one" in found.attrs["notes"][0]
    assert links_of(found) == {(f"c{n}", f"x{n}") for n in range(len(clients))}


def test_a_family_name_alone_is_no_shortened_name_of_whoever_lives_there() -> None:
    """Lists of households, some of whose people are called by their family's name only, meet one to one."""
    left, right = two_lists(60, 7, slips=0.0)
    for side, letter in ((left, "c"), (right, "x")):
        side["legal_name"] = side["legal_name"].str.split(n=1).str[1]
        for at in range(30):
            family = side["legal_name"][at].split()[-1]
            side.loc[len(side)] = [f"{letter}-kin{at}", family, side["physical_lines"][at]]
    found = link(left, right)
    assert any("one to one" in note for note in found.attrs["notes"])


def test_a_trading_name_beside_the_name_is_evidence_too() -> None:
    """Of two namesakes on either side, the trading name tells which is which, and the evidence says so."""
    left, right = two_lists(40, 12, slips=0.0)
    left.loc[1, "legal_name"], right.loc[1, "legal_name"] = (
        left.loc[0, "legal_name"],
        right.loc[0, "legal_name"],
    )
    columns = ["client_id", "legal_name"]
    trading = [f"{word(random.Random(n))} {word(random.Random(n + 500))}" for n in range(len(left))]
    left, right = (side[columns].assign(trading_name=trading) for side in (left, right))
    said = links_of(link(left, right))
    assert {("c0", "x0"), ("c1", "x1")} <= said and not {("c0", "x1"), ("c1", "x0")} & said
    pairs = link(left, right).set_index("connectworks_id")
    assert "trading name" in str(explain(pairs.loc["c0"]))
    assert not {("c0", "x0"), ("c1", "x1")} & links_of(link(left[columns], right[columns]))


@pytest.mark.parametrize(
    ("mailbox", "near"),
    [
        ("harley.rose50@sawyer-lin.orng", True),
        ("harley.rsoe50@sawyer-lin.org", True),
        ("harley.rose51@sawyer-lin.orng", False),
        ("harley.rose50@hill-stone.org", False),
    ],
)
def test_a_mailbox_may_be_mistyped_on_either_side_of_its_sign(mailbox: str, near: bool) -> None:
    """One mailbox with slips speaks for a pair, be they in its host; another number or host does not."""
    left, right = (
        side.iloc[:30].assign(email=[f"box{word(random.Random(n))}@a{n}.example" for n in range(30)])
        for side in two_lists(30, 8, slips=0.0)
    )
    left.loc[0, "email"], right.loc[0, "email"] = "harley.rose50@sawyer-lin.org", mailbox
    found = link(left, right).set_index("connectworks_id")
    told = {item["field"]: item["words"] for item in json.loads(found.loc["c0", "evidence"])}
    assert told["email"] == ("almost the same email" if near else "email differs")


def test_a_place_is_common_by_how_many_live_there_not_by_how_often_it_is_listed() -> None:
    """Where records repeat, a town that half of the people share says little, one that is rare says much."""
    dice = random.Random(2)
    rows = []
    for number in range(80):
        name, city = f"{word(dice)} {word(dice)}", word(dice) if number % 2 else "London"
        born = f"19{dice.randint(30, 99)}-{dice.randint(1, 12):02}-{dice.randint(1, 27):02}"
        rows += [{"legal_name": name, "physical_city": city, "date_of_birth": born}] * (
            5 if number == 1 else 2
        )
    left, right = (
        pd.DataFrame(rows).assign(client_id=[f"{letter}{n}" for n in range(len(rows))]) for letter in "cx"
    )
    found = link(left, right, settings=LinkSettings(cardinality="many_to_many"))
    bits = [
        {item["field"]: item["bits"] for item in json.loads(told)}.get("address", 0.0)
        for told in found["evidence"]
    ]
    towns = left.set_index("client_id")["physical_city"][found["connectworks_id"]]
    by_town = pd.Series(bits, index=towns.to_numpy())
    assert by_town["London"].max() < 3
    assert by_town[rows[2]["physical_city"]].min() > 5


def test_wrong_pairs_do_not_teach_that_true_ones_differ() -> None:
    """Where nothing is contested, pairs that have one field in common let in no more of their kind."""
    places = np.arange(400)
    worth = np.where(places < 100, 20.0, 17.0)
    fields = {"legal_name": np.where(places < 100, 0, 4), "address": np.zeros(400, dtype=np.int64)}
    compared = Compared(
        (places, 400 + places), {"legal_name": np.where(places < 100, 20.0, 0.0), "address": worth}, fields
    )
    taught = learned(compared, Model(-9.0), (400, 400), (False, False))
    weights = compared.weights(taught)
    assert (weights[:100] > 20).all() and taught.expected["legal_name"].sum() == pytest.approx(1.0)
    assert taught.expected["legal_name"][-1] < 0.1
    assert learned(compared, Model(-9.0), (400, 400), (True, True)).expected["legal_name"][-1] > 0.5


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("Kestrel Ridge Corp", "Kestrel Ridge GmbH", True),
        ("Kestrel Ridge", "KESTREL RIDGE, INC.", True),
        ("Kestrel Ridge Games 2018", "Kestrel Ridge Games 2022", False),
        ("No 1 Kestrel Ridge Mine", "No 2 Kestrel Ridge Mine", False),
        ("Kestrel Ridge Games 2018", "2018 Kestrel Ridge Games", True),
    ],
)
def test_numbers_tell_names_apart_and_legal_forms_do_not(one: str, other: str, same: bool) -> None:
    """Two names of one thing may differ by how it is set up, never by its number or year."""
    left, right = (side[["client_id", "legal_name"]].copy() for side in two_lists(40, 3, slips=0.0))
    left.loc[0, "legal_name"], right.loc[0, "legal_name"] = one, other
    assert (("c0", "x0") in links_of(link(left, right))) == same


def test_a_birthday_tells_namesakes_apart_though_the_year_is_mistaken() -> None:
    """Day and month, or any two parts of a date of birth, are in common by chance of one pair in hundreds."""
    dice = random.Random(5)
    given, family = ([word(dice) for _ in range(14)] for _ in range(2))
    people = [(g, f) for g in given for f in family]
    born = [f"19{dice.randint(30, 99)}-{dice.randint(1, 12):02}-{dice.randint(1, 27):02}" for _ in people]
    left = pd.DataFrame(people, columns=["first_name", "last_name"]).assign(
        client_id=[f"c{number}" for number in range(len(people))], date_of_birth=born
    )
    right = left.assign(client_id=left["client_id"].str.replace("c", "x"))
    mistaken = [f"20{year[2:]}" for year in born[:40]]
    strangers = [f"20{24 - n % 9:02}-{1 + (n * 5) % 12:02}-28" for n in range(40, 80)]
    right["date_of_birth"] = [*mistaken, *strangers, *born[80:]]
    said = links_of(link(left, right))
    assert sum((f"c{n}", f"x{n}") in said for n in range(40)) >= 38
    assert not any((f"c{n}", f"x{n}") in said for n in range(40, 80))


THREE = {"client_id": ["a", "b", "c"], "legal_name": ["Anna Ivanova", "Ben Petrov", "Carla Sidorova"]}


@pytest.mark.parametrize(
    "beside",
    [
        {"email": ["anna@a.example", "ben@b.example", "carla@c.example"]},
        {"nzbn": ["9429000000001", "9429000000118", "9429000000225"]},
    ],
)
def test_a_number_or_a_mailbox_of_a_short_list_is_as_rare_as_of_a_long_one(
    beside: dict[str, list[str]],
) -> None:
    """Three records whose names are in another script are found by what else they have; and no others."""
    left = pd.DataFrame(THREE | beside)
    right = left.assign(legal_name=["Анна Иванова", "Бен Петров", "Карла Сидорова"])
    assert links_of(link(left, right)) == {(each, each) for each in "abc"}
    others = {field: [f"9{value[1:]}"[::-1] for value in values] for field, values in beside.items()}
    strangers = pd.DataFrame(THREE | others | {"legal_name": ["John Hill", "Mary Stone", "Peter Field"]})
    assert not links_of(link(left, strangers))


def test_the_cardinality_that_is_set_is_kept() -> None:
    """One to one stays one to one, though the lists hold every record twice."""
    left, right = two_lists(40, 4)
    twice = pd.concat([right, right.assign(client_id=right["client_id"] + "-b")])
    said = links_of(link(left, twice, settings=LinkSettings(cardinality="one_to_one")))
    assert len({a for a, _ in said}) == len(said) == len({b for _, b in said})
    many = links_of(link(left, twice, settings=LinkSettings(cardinality="one_to_many")))
    assert len(many) > 1.5 * 40


def test_clients_may_be_linked_many_to_one_where_that_is_set() -> None:
    """Two Connectworks records of one client both get their XPM client, if the firm says that this may be."""
    record = {"entity_type": "company", "legal_name": "Kea Web Limited", "nzbn": "9400000000012"}
    left = pd.DataFrame([{"client_id": "a", **record}, {"client_id": "b", **record}])
    right = pd.DataFrame([{"client_id": "x", **record}])
    assert not links_of(link(left, right))
    assert len(links_of(link(left, right, settings=LinkSettings(cardinality="many_to_one")))) == 2


def test_settings_of_another_kind_are_named() -> None:
    """Settings that are no `LinkSettings` are refused with how to write them."""
    left, right = two_lists(5, 1)
    with pytest.raises(BadInput, match="settings of linking are a dict"):
        link(left, right, settings={"cardinality": "one_to_one"})  # type: ignore[arg-type]


def test_records_that_tell_nothing_are_nobodys_counterpart() -> None:
    """Where most records have no number, those meet nobody, and are not one thing that stands there often."""
    left = pd.DataFrame({"client_id": list("abcde"), "nzbn": [None, "9429000000017", None, None, ""]})
    right = pd.DataFrame({"client_id": list("vwxyz"), "nzbn": ["", "9429000000017", None, None, None]})
    found = link(left, right)
    assert found[[*PAIR, "verdict"]].to_numpy().tolist() == [["b", "w", "link"]]
    assert "one to one" in found.attrs["notes"][0]


def test_learning_can_be_switched_off() -> None:
    """Without learning, the weights are those that are set, whatever the lists hold."""
    left, right = two_lists(200, 5)
    taught, plain = (link(left, right, settings=LinkSettings(learn=learn)) for learn in (True, False))
    alone = link(left.iloc[:100], right.iloc[:100], settings=LinkSettings(learn=False))
    assert not np.allclose(taught["match_weight"].max(), plain["match_weight"].max())
    assert set(zip(*(alone[c] for c in PAIR), strict=True))
    assert links_of(plain)


def test_names_in_scripts_without_spaces_are_compared_too() -> None:
    """Names that are not Latin are read sign by sign."""
    names = [
        "株式会社東京商事",
        "大阪電気株式会社",
        "北海道水産有限会社",
        "京都織物株式会社",
        "横浜海運株式会社",
    ]
    left = pd.DataFrame({"client_id": [f"c{n}" for n in range(5)], "legal_name": names})
    right = pd.DataFrame(
        {"client_id": [f"x{n}" for n in range(5)], "legal_name": [n.replace("株式会社", "") for n in names]}
    )
    best = link(left, right)
    best = best[best["rank"] == 1]
    assert all(a[1:] == b[1:] for a, b in zip(best["connectworks_id"], best["xpm_id"], strict=True))


def test_a_slip_in_a_common_word_makes_no_text_longer() -> None:
    """A mistyped word is a rare one, yet stands for no more of its text than the word that was meant."""
    others = [f"{first} White" for first in SYLLABLES[:40]]
    bags = bags_of(pl.Series(["Mitchell White", "Mitchell Whyte", *others]))
    common = compare_bags(bags, np.array([0]), np.array([1]))
    assert BANDS[common.band[0]] == "most of it"


def test_to_be_like_a_text_is_worth_no_more_than_to_be_that_text() -> None:
    """Where several have one name, one that is nearly theirs is no rarer than the name itself."""
    others = [f"{first} White" for first in SYLLABLES[:40]]
    bags = bags_of(pl.Series(["Eddie Mellor", "Eddie Mellor", "Eddie Mellor", "Eddie Melloah", *others]))
    same, like = compare_bags(bags, np.array([0, 0]), np.array([1, 3])).bits
    assert 0 < like <= same


@settings(max_examples=60)
@given(st.lists(st.text("abcdeé '1-", max_size=12), min_size=2, max_size=8))
def test_comparing_bags_is_symmetric(texts: list[str]) -> None:
    """What two texts have in common does not depend on their order, and a text is the same as itself."""
    bags = bags_of(pl.Series(texts, dtype=pl.String))
    a, b = (axis.ravel() for axis in np.indices((len(texts), len(texts))))
    forth, back = compare_bags(bags, a, b), compare_bags(bags, b, a)
    assert np.allclose(forth.bits, back.bits)
    assert (forth.band == back.band).all()
    own = forth.band[a == b]
    assert ((own == BANDS.index("the same")) | (own < 0)).all()


@settings(max_examples=often(100))
@given(*[st.text("aabcdeg", min_size=3, max_size=9).filter(lambda word: one_vowel(word) == word)] * 2)
def test_whatever_is_alike_counts(one: str, other: str) -> None:
    """What is looked at more quickly is never missed: words that are alike, and texts whose letters are."""
    bags = bags_of(pl.Series([one, other]))
    bits = compare_bags(bags, np.array([0]), np.array([1])).bits[0]
    worth = float(bags.total.min())
    if JaroWinkler.similarity(one, other) > ALIKE + 1e-6 and one != other:
        assert bits >= NEAR_SHARE * (worth - NEAR_COST) - 1e-9
    assert bits >= worth * (fuzz.ratio(one, other) - LEAST_RATIO) / (100 - LEAST_RATIO) - 1e-6


@settings(max_examples=100)
@given(st.lists(st.floats(-2, 2), max_size=30))
def test_the_nearest_falling_sequence_falls_and_keeps_the_sum(values: list[float]) -> None:
    """Probabilities never rise with falling weight, and no evidence is lost by smoothing."""
    smooth = falling(np.array(values))
    assert (np.diff(smooth) <= 1e-9).all()
    assert smooth.sum() == pytest.approx(sum(values))


@settings(max_examples=50)
@given(st.lists(st.floats(0.01, 0.99), min_size=1, max_size=20))
def test_the_line_is_where_the_most_is_expected_to_be_right(probabilities: list[float]) -> None:
    """No other line is expected to give a better F1, if probabilities are what they say."""
    values = np.array(probabilities)
    flags = np.ones(len(values), dtype=bool)
    line = best_line(Standing(values, flags, np.ones(len(values), dtype=np.int64), values))

    def expected(at: float) -> float:
        taken = values[values >= at]
        return float(2 * taken.sum() / (len(taken) + values.sum()))

    assert expected(line) == pytest.approx(max(expected(at) for at in values))


def test_few_runners_up_say_little_where_many_records_have_no_counterpart() -> None:
    """That nobody was offered so much lifts a doubtful pair where most have one, and hardly where few do."""
    sure, size = 100, 101
    pairs = np.arange(size), np.arange(size) + 10_000
    weights = np.append(np.full(sure, 20.0), -2.0)
    standing = stand(*pairs, weights)
    meet, apart = (
        calibrated(pairs, weights, standing, (records, records), (True, True), *BESIDE).probability[-1]
        for records in (size, 20 * size)
    )
    assert standing.probability[-1] <= apart < 0.3 < 0.45 < meet


def test_where_nobody_is_offered_little_hardly_anybody_is_without_a_counterpart() -> None:
    """Doubtful pairs of which all weigh more than what strangers are offered are likelier for it."""
    sure, doubtful, dice = 60, 40, np.random.default_rng(1)
    left, right = np.arange(sure + doubtful), np.arange(sure + doubtful) + 10_000
    # What else could be won by those who have their counterpart: a stranger, who has no other pair.
    strangers = np.arange(sure) + 5_000
    pairs = np.concatenate([left, strangers]), np.concatenate([right, right[:sure]])
    offers = dice.uniform(-12.0, -1.0, sure)

    def believed(weights: np.ndarray) -> float:
        weights = np.concatenate([np.full(sure, 20.0), weights, offers])
        standing = stand(*pairs, weights)
        told = calibrated(pairs, weights, standing, (600, len(right)), (False, True), *ALONE).probability
        return float(told[sure : sure + doubtful].mean())

    assert believed(dice.uniform(-12.0, -1.0, doubtful)) < 0.2
    assert believed(dice.uniform(-6.0, -1.0, doubtful)) > 0.8


def test_a_long_list_is_not_compared_whole_with_itself_because_the_other_is_short() -> None:
    """Three records beside thousands cost about as many comparisons as there are thousands."""
    names = [f"{one} {other}" for one in SYLLABLES for other in SYLLABLES][:4_000]
    left, right = (
        pd.DataFrame({"client_id": [f"{side}{n}" for n in range(len(some))], "legal_name": some})
        for side, some in (("c", names[:3]), ("x", names))
    )
    lists = plain.lists_of(prepare(left, right))
    across = plain.compare(lists, plain.pairs_of(lists))
    within = plain.beside_strangers(lists, across).strangers
    assert sum(len(some.pairs[0]) for some in within) < 100 * len(names)


def test_how_often_strangers_are_alike_is_read_off_each_list() -> None:
    """As often as strangers of one list are quite alike, so often are a pair of two lists strangers."""
    size, found, alike = 200, 60, 30
    pairs = np.arange(found), np.arange(found) + size
    weights = np.full(found, 10.0)
    standing = stand(*pairs, weights)

    def believed(*strangers: np.ndarray) -> float:
        told = calibrated(pairs, weights, standing, (size, size), (True, True), *ALONE, strangers)
        return float(told.probability.mean())

    several, few = np.full(alike, 10.0), np.full(alike, 2.0)
    assert believed(several, several) < 0.96 < 0.99 < believed(few, few)
    # What stands in one list twice is no stranger: the list that repeats itself less knows better.
    assert believed(several, few) == believed(few, few)


def test_records_that_lost_all_but_a_word_are_no_sign_of_several_counterparts() -> None:
    """Where lists have other fields, those who are called by a common first name only are as many people."""
    dice = random.Random(5)
    given, family = ([word(dice) for _ in range(40)] for _ in range(2))
    halves = []
    for letter in "cx":
        rows = []
        for number in range(300):
            row = {"client_id": f"{letter}{number}", "legal_name": dice.choice(given)}
            if dice.random() < 0.6:
                row["legal_name"] += f" {dice.choice(family)}"
                row["date_of_birth"] = f"19{dice.randint(30, 99)}-0{dice.randint(1, 9)}-1{dice.randint(0, 9)}"
            rows.append(row)
        halves.append(pd.DataFrame(rows))
    assert any("one to one" in note for note in link(*halves).attrs["notes"])


def test_the_nearest_texts_share_most_letters() -> None:
    """The text that differs by a slip is found before those that share a common ending."""
    dice = random.Random(1)
    names = [f"{word(dice)}{word(dice)}limited".lower() for _ in range(40)]
    texts = pl.Series(names + [mistyped(name, dice) for name in names])
    left, right = nearest(texts, np.arange(80) >= 40, 1)
    found = set(zip(left.tolist(), right.tolist(), strict=True))
    assert sum((at, at + 40) in found for at in range(40)) >= 38


def test_a_record_may_have_several_counterparts_only_on_the_side_that_may() -> None:
    """Where one side is contested, each of its records gets its best pair, whatever others get."""
    left, right = np.array([0, 1, 1]), np.array([5, 5, 6])
    weights = np.array([4.0, 6.0, 5.0])
    both, many = stand(left, right, weights), stand(left, right, weights, True, False)
    assert both.chosen.tolist() == [True, False, True]
    assert many.chosen.tolist() == [True, True, False]


def test_whose_best_offer_is_another_s_keeps_what_is_left_for_it() -> None:
    """Of two neighbours of one name, the second is linked too, though the first would suit it better."""
    left, right = two_lists(60, 9)
    name = "Anna Mirabel Torkin"
    for side, letter, other in ((left, "c", name), (right, "x", "Torkim")):
        side.loc[len(side)] = [f"{letter}-first", name, "9 Velk Lane"]
        side.loc[len(side)] = [f"{letter}-second", other, "9 Velk Road"]
    found = link(left, right, settings=LinkSettings(review_at=1e-9))
    weight = found.set_index(PAIR)["match_weight"]
    assert weight["c-second", "x-first"] > weight["c-second", "x-second"]
    assert {("c-first", "x-first"), ("c-second", "x-second")} <= links_of(found)


CHANCES = st.lists(
    st.lists(st.sampled_from([0.01, 0.3, 0.6, 0.99]), min_size=4, max_size=4), min_size=3, max_size=3
)


@given(chances=CHANCES)
def test_what_neighbours_speak_for_is_a_probability_whichever_side_comes_first(
    chances: list[list[float]],
) -> None:
    """Neighbours leave every probability between 0 and 1, and both sides have the same say."""
    table = np.array(chances)
    left, right = (places.ravel() for places in np.indices(table.shape))
    found, mirrored = (
        borne_out((a, b + len(some)), some.shape, _each_alone(some[a, b]))
        for some, a, b in ((table, left, right), (table.T, right, left))
    )
    assert ((found.probability > 0) & (found.probability < 1)).all()
    assert found.probability == pytest.approx(mirrored.probability)
    assert (found.chosen == (found.rank == 1)).all()


def test_a_pair_that_joins_two_things_is_less_likely_than_one_within_a_thing() -> None:
    """Two things of three records a side, and one pair between them that is as likely by itself as any."""
    table = np.full((6, 6), 0.001)
    table[:3, :3] = table[3:, 3:] = table[2, 3] = 0.95
    left, right = (places.ravel() for places in np.indices(table.shape))
    borne = borne_out((left, right + 6), (6, 6), _each_alone(table.ravel())).probability.reshape(6, 6)
    assert borne[2, 3] < 0.75 < 0.9 < min(borne[0, 0], borne[5, 5], borne[1, 2])
    assert borne[3, 2] < 0.05


def _each_alone(probability: np.ndarray) -> Standing:
    """Let pairs stand where nothing is contested."""
    weights = np.log2(probability / (1.0 - probability))
    each = np.arange(len(weights))
    return stand(each, len(each) + each, weights, left_once=False, right_once=False)


def test_a_line_that_is_set_is_kept() -> None:
    """A stricter line suggests fewer pairs, and none below it."""
    left, right = two_lists(150, 6)
    names = [side[["client_id", "legal_name"]] for side in (left, right)]
    usual, strict = link(*names), link(*names, settings=LinkSettings(link_at=0.995))
    said = strict[strict["verdict"] == "link"]
    assert (said["probability"] >= 0.995).all()
    assert links_of(strict) < links_of(usual)
