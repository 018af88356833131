"""Hundreds of pairs of clients that look alike and are two: none may be suggested as a link."""

from __future__ import annotations

import random
import sys
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest

from workbench.reconcile.link import link

sys.path.insert(0, str(Path(__file__).parent))
from planted_cases import Record, surname

PAIRS = 1100
Two = tuple[Record, Record]


def _household(dice: random.Random, word: str) -> Record:
    """Give contact data that a whole household shares."""
    return {
        "email": f"{word.lower()}{dice.randint(10, 99)}@mail.example",
        "primary_phone": f"07 555 {dice.randint(0, 9999):04d}",
        "physical_lines": f"{dice.randint(1, 300)} Test Rise",
        "physical_city": "Hamilton",
    }


def _tax_number(dice: random.Random) -> str:
    return f"9{dice.randrange(10**8):08d}"


def _person(first: str, last: str, **more: str) -> Record:
    name = {"legal_name": f"{first} {last}", "first_name": first, "last_name": last}
    return {"entity_type": "individual", **name, **more}


def _named(kind: str, name: str, **more: str) -> Record:
    return {"entity_type": kind, "legal_name": name, **more}


def spouses(dice: random.Random, word: str) -> Two:
    """Give two people of one household who share every contact."""
    home = _household(dice, word)
    one, other = dice.sample(["John", "Mary", "Hemi", "Ana", "Wei", "Priya", "Tomas", "Ingrid"], 2)
    return _person(one, word, **home), _person(other, word, **home)


def parent_and_child(dice: random.Random, word: str) -> Two:
    """Give two people of one name and one house, a generation apart."""
    home = {k: v for k, v in _household(dice, word).items() if dice.random() < 0.7}
    day, year = f"{dice.randint(1, 28):02d}", dice.randint(1940, 1965)
    parent = _person("Alan", word, date_of_birth=f"{day}/03/{year}", **home)
    return parent, _person("Alan", word, date_of_birth=f"{day}/09/{year + 29}", **home)


def namesakes_with_other_mailboxes(dice: random.Random, word: str) -> Two:
    """Give two people of one name and address, whose mailboxes and phones are their own."""
    home = {"physical_lines": f"{dice.randint(1, 300)} Test Rise", "physical_city": "Hamilton"}
    mobiles = dice.sample(range(10_000), 2)
    one, other = (
        _person("Alan", word, email=f"alan.{word.lower()}{at}@mail.example", other_phone=f"021 555 {at:04d}")
        for at in mobiles
    )
    return one | home, other | home


def twins_by_name(dice: random.Random, word: str) -> Two:
    """Give twins with names one slip apart and everything else in common."""
    one, other = dice.choice([("Tia", "Tai"), ("Ana", "Ane"), ("Jon", "Jan"), ("Kiri", "Kira")])
    home = _household(dice, word) | {"date_of_birth": "03/05/1990"}
    return _person(one, word, **home), _person(other, word, **home)


def numbered_trusts(dice: random.Random, word: str) -> Two:
    """Give a family's first and second trust."""
    home = _household(dice, word)
    first = dice.choice(["", " No 1"])
    return (
        _named("trust", f"{word} Family Trust{first}", **home),
        _named("trust", f"{word} Family Trust No {dice.randint(2, 5)}", **home),
    )


def trusts_of_two_branches(dice: random.Random, word: str) -> Two:
    """Give two trusts of one house with other settlors."""
    home = _household(dice, word)
    one, other = dice.sample(["JA & MR", "T & W", "P", "K L", "R & S"], 2)
    kind = dice.choice(["Family Trust", "Investment Trust", "Property Trust"])
    return _named("trust", f"{one} {word} {kind}", **home), _named("trust", f"{other} {word} {kind}", **home)


def sister_companies(dice: random.Random, word: str) -> Two:
    """Give companies of one owner that differ by a year, a place or a trade."""
    home = _household(dice, word)
    one, other = dice.choice(
        [
            ("Freight Limited", f"Freight ({dice.randint(2005, 2024)}) Limited"),
            ("Cafe Hamilton Limited", "Cafe Tauranga Limited"),
            ("Cafe Limited", "Cafe Taupo Limited"),
            ("Plumbing Limited", "Investments Limited"),
            ("Holdings No 1 Limited", "Holdings No 2 Limited"),
        ]
    )
    return _named("company", f"{word} {one}", **home), _named("company", f"{word} {other}", **home)


def kinds_of_one_name(dice: random.Random, word: str) -> Two:
    """Give two kinds of client of one name and house."""
    home = _household(dice, word)
    return dice.choice(
        [
            (
                _named("trust", f"{word} Family Trust", **home),
                _named("company", f"{word} Trustees Ltd", **home),
            ),
            (
                _named("limited_partnership", f"{word} LP", **home),
                _named("company", f"{word} GP Ltd", **home),
            ),
            (_person("Hemi", word, **home), _named("estate", f"Estate of Hemi {word}", **home)),
            (_person("Mere", word, **home), _named("company", f"Mere {word} Limited", **home)),
            (_named("company", f"{word} Limited", **home), _named("trust", f"{word} Trust", **home)),
        ]
    )


def tax_numbers_deny(dice: random.Random, word: str) -> Two:
    """Give two people of one name whose tax numbers end otherwise."""
    one, other = dice.sample(range(100, 999), 2)
    return (
        _person("Alan", word, tax_number=f"900-000-{one}"),
        _person("Alan", word, tax_number=f"******{other}"),
    )


def tax_number_copied_from_the_spouse(dice: random.Random, word: str) -> Two:
    """Give a couple of whom one record holds the other's tax number."""
    home = _household(dice, word) | {"tax_number": f"900-000-{dice.randint(100, 999)}"}
    one, other = dice.sample(["John", "Mary", "Hemi", "Ana", "Wei", "Priya"], 2)
    return _person(one, word, date_of_birth="03/05/1970", **home), _person(other, word, **home)


def names_that_differ_at_an_end(dice: random.Random, word: str) -> Two:
    """Give brothers and sisters, or a couple, whose long names are a letter or two apart."""
    one, other = dice.choice(
        [
            *(("Jayden", "Hayden"), ("Robert", "Roberta"), ("Francis", "Frances"), ("Leslie", "Lesley")),
            *(("Alexander", "Alexandra"), ("Marion", "Marian"), ("Gabriel", "Gabrielle")),
            ("Christian", "Christina"),
        ]
    )
    home = _household(dice, word) | ({"date_of_birth": "03/05/1990"} if dice.random() < 0.5 else {})
    return _person(one, word, **home), _person(other, word, **home)


def given_names_handed_down(dice: random.Random, word: str) -> Two:
    """Give parent and child of one house, of whom one bears the other's name as a second one."""
    home = _household(dice, word)
    one, other = dice.choice(
        [("Mary Ann", "Ann"), ("John Peter", "Peter"), ("John William", "William John"), ("Ana Mere", "Mere")]
    )
    return _person(one, word, **home), _person(other, word, **home)


def one_short_name_for_two(dice: random.Random, word: str) -> Two:
    """Give a couple who may be called by one short name, and share a family's mailbox and address."""
    home = {field: value for field, value in _household(dice, word).items() if dice.random() < 0.7}
    one, other = dice.choice(
        [
            ("Chris", "Christine"),
            ("Pat", "Patricia"),
            ("Sam", "Samantha"),
            ("Alex", "Alexandra"),
            ("Terry", "Theresa"),
        ]
    )
    return _person(one, word, **home), _person(other, word, **home)


def a_second_name_and_nothing_else(dice: random.Random, word: str) -> Two:
    """Give two of a family of whom one has a second name, and of whom no more is known."""
    first, second = dice.sample(["James", "Robert", "Hemi", "Mary", "Ann"], 2)
    return _person(first, word), _person(f"{first} {second}", word)


def an_estate_kept_as_a_person(dice: random.Random, word: str) -> Two:
    """Give a person, and this person's estate that somebody entered as a person."""
    home = _household(dice, word) | {"date_of_birth": "03/05/1940", "tax_number": _tax_number(dice)}
    name = dice.choice([f"Estate of Hemi {word}", f"Hemi {word} Estate", f"Est. Hemi {word}"])
    return _named("individual", name, **home), _person("Hemi", word, **home)


def a_tax_number_of_somebody_else(dice: random.Random, word: str) -> Two:
    """Give two clients of one owner or family who got the same tax number by copying."""
    home = _household(dice, word) | {"tax_number": _tax_number(dice)}
    mine, theirs = {"date_of_birth": "03/05/1950"}, {"date_of_birth": "07/09/1980"}
    return dice.choice(
        [
            (_person("Mere", word, **home), _named("company", f"Mere {word} Limited", **home)),
            (_named("trust", f"{word} Family Trust", **home), _person("Mere", word, **home)),
            (
                _named("company", f"{word} Limited", **home),
                _named("company", f"{word} Holdings Limited", **home),
            ),
            (
                _named("trust", f"John {word} Trust", **home),
                _named("trust", f"Mary {word} Trust", **home),
            ),
            (_person("Alan", word, **home, **mine), _person("Alan", word, **home, **theirs)),
            (_person("John", word, **home, **mine), _person("Mary", word, **home, **mine)),
        ]
    )


def a_number_of_another_kind(dice: random.Random, word: str) -> Two:
    """Give a company and a trust that hold one number of a register."""
    home = _household(dice, word) | {"nzbn": f"94000{dice.randrange(10**8):08d}"}
    return _named("company", f"{word} Limited", **home), _named("trust", f"{word} Trust", **home)


def one_trustee_of_two_trusts(dice: random.Random, word: str) -> Two:
    """Give a trustee company, each time as trustee of another trust."""
    home = _household(dice, word)
    one, other = dice.sample(["Family Trust", "Investment Trust", "Trust No 2", "Farm Trust"], 2)
    return (
        _named("trust", f"{word} Trustees Ltd ATF {word} {one}", **home),
        _named("trust", f"{word} Trustees Ltd as trustee for {word} {other}", **home),
    )


def neighbouring_words(dice: random.Random, word: str) -> Two:
    """Give companies of one owner whose names are neighbours in the dictionary, or in counting."""
    home = _household(dice, word)
    one, other = dice.choice(
        [
            (f"{word} Consulting Limited", f"{word} Consultants Limited"),
            (f"{word} Limited", f"{word} Incorporated"),
            (f"{word} Limited", f"{word} Limited Partnership"),
            (f"2{word} Limited", f"3{word} Limited"),
            (f"{word} IV Limited", f"{word} VI Limited"),
            ("Body Corporate 123456", "Body Corporate 123465"),
        ]
    )
    return _named("company", one, **home), _named("company", other, **home)


def in_another_capacity(dice: random.Random, word: str) -> Two:
    """Give somebody, and the same one in somebody else's place."""
    home = _household(dice, word)
    acting = dice.choice(
        [
            f"John {word} as executor of the estate of Mary {word}",
            f"John {word} (executor)",
            f"Trustees of John {word}",
            f"John {word} ATF {word} Family Trust",
            f"John {word} as attorney for Mary {word}",
            f"John {word} as guardian of Ana {word}",
            f"John {word} as nominee",
        ]
    )
    whole = {"entity_type": dice.choice(["individual", "other"]), "legal_name": acting, **home}
    return _person("John", word, **home), whole


def told_apart_behind_the_name(dice: random.Random, word: str) -> Two:
    """Give namesakes whom somebody has marked."""
    home = _household(dice, word)
    one, other = dice.choice(
        [("Timaru", "Gore"), ("builder", "farmer"), ("minor", "senior"), ("personal", "business")]
    )
    return (
        _named("individual", f"John {word} ({one})", **home),
        _named("individual", f"John {word} ({other})", **home),
    )


def forms_of_one_name(dice: random.Random, word: str) -> Two:
    """Give two organisations whose names differ in what they are, some of them without a type."""
    home = _household(dice, word)
    one, other = dice.choice(
        [
            (("company", f"{word} Builders Pty Ltd"), ("company", f"{word} Builders Limited")),
            (("other", f"{word} Farm Partnership"), ("other", f"{word} Farm Limited")),
            (("other", f"Te Runanga o {word}"), ("trust", f"Te Runanga o {word} Trust Board")),
            (("estate", f"Executors of the Estate of John {word}"), ("other", f"John {word}")),
            (("company", f"{word} Motors Limited (old)"), ("company", f"{word} Motors Limited")),
        ]
    )
    return _named(*one, **home), _named(*other, **home)


KINDS: list[Callable[[random.Random, str], Two]] = [
    *(spouses, parent_and_child, namesakes_with_other_mailboxes, twins_by_name, numbered_trusts),
    *(trusts_of_two_branches, sister_companies, kinds_of_one_name, tax_numbers_deny),
    *(tax_number_copied_from_the_spouse, names_that_differ_at_an_end, given_names_handed_down),
    *(one_short_name_for_two, a_second_name_and_nothing_else),
    *(an_estate_kept_as_a_person, a_tax_number_of_somebody_else, a_number_of_another_kind),
    *(one_trustee_of_two_trusts, neighbouring_words, in_another_capacity, told_apart_behind_the_name),
    forms_of_one_name,
]


@pytest.mark.parametrize(("seed", "swapped"), [(1, False), (2, True), (3, False)])
def test_no_pair_of_two_clients_is_a_link(seed: int, swapped: bool) -> None:
    """However much a household shares, two clients are never suggested as one."""
    dice = random.Random(seed)
    pairs = [KINDS[at % len(KINDS)](dice, surname(at)) for at in range(PAIRS)]
    left, right = (
        pd.DataFrame([{"client_id": f"{at}", "country": "NZ"} | pair[side] for at, pair in enumerate(pairs)])
        for side in (0, 1)
    )
    found = link(*((right, left) if swapped else (left, right)))
    said = found[found["verdict"] == "link"]
    names = dict(zip(left["client_id"], left["legal_name"] + " | " + right["legal_name"], strict=True))
    assert [(names[a], b) for a, b in zip(said["connectworks_id"], said["xpm_id"], strict=True)] == []
