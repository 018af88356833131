"""Whole families of clients at one address: whoever stands in one list only is linked to nobody else."""

from __future__ import annotations

import random
import sys
from pathlib import Path

import pandas as pd
import pytest

from workbench.reconcile.link import link

sys.path.insert(0, str(Path(__file__).parent))
from planted_cases import Record, surname

FAMILIES, PRESENT, KNOWN = 25, 0.5, 0.8
# The members of each type, and how the other system writes the name where it writes another.
MEMBERS = {
    "individual": """
        John {w} | {w}, John
        Mary {w} | Mrs Mary {w}
        John {w} Jnr | John {w} (Junior)
        Jane {w}
        Robert {w} | Bob {w}
        Roberta {w} | {w}, Roberta
        Christopher {w} | Chris {w}
        Christine {w}
        Patrick {w} | Pat {w}
        Patricia {w} | Tricia {w}
        Samuel {w} | Sam {w}
        Samantha {w}
        Mere {w}
        Merehana {w} | {w}, Merehana
        John & Mary {w} | John and Mary {w}
        Hemi {w} | Hēmi {w}
    """,
    "estate": """
        Estate of Hemi {w} | Hemi {w} (Estate)
        Estate of Mere {w} | Estate Mere {w}
    """,
    "company": """
        {w} Limited | {w} Ltd
        {w} Holdings Limited | {w} Holdings Ltd
        {w} Group Limited | {w} Group Ltd
        {w} NZ Limited | {w} (NZ) Ltd
        {w} One Limited | {w} One Ltd
        {w} Two Limited | {w} Two Ltd
        {w} Farms Limited | {w} Farm Ltd
        {w} Farming Limited | {w} Farming Ltd
        {w} North Limited | {w} North Ltd
        {w} South Limited | {w} South Ltd
        {w} Consulting Limited | {w} Consulting Ltd
        {w} Consultants Limited | {w} Consultants Ltd
        {w} Trustees Limited | {w} Trustees Ltd
        {w} Trustees 2015 Limited | {w} Trustees (2015) Ltd
        {w} GP Limited | {w} GP Ltd
        John {w} Limited | John {w} Ltd
        Mary {w} Limited | Mary {w} Ltd
    """,
    "limited_partnership": """
        {w} LP | {w} Limited Partnership
    """,
    "partnership": """
        J & M {w} | J and M {w}
        J & P {w} | J and P {w}
    """,
    "trust": """
        {w} Family Trust | The {w} Family Trust
        {w} Family Trust No 2 | {w} Family Trust (No. 2)
        {w} Family Trust No 3 | {w} Family Trust No. 3
        {w} Family Trust 2015 | {w} Family Trust (2015)
        {w} Trust | The {w} Trust
        {w} Farm Trust
        John {w} Family Trust | The John {w} Family Trust
        Mary {w} Family Trust
        J {w} Trust
        M {w} Trust
        {w} Children's Trust | {w} Childrens Trust
        {w} Grandchildren's Trust | {w} Grandchildrens Trust
        {w} Super Fund | {w} Superannuation Fund
        {w} Charitable Trust
        {w} Trustees Ltd ATF {w} Farm Trust | {w} Trustees Ltd as trustee for {w} Farm Trust
    """,
}
ALL = [
    (kind, line.strip().split(" | ")) for kind, lines in MEMBERS.items() for line in lines.strip().split("\n")
]


def household(dice: random.Random, word: str, shared: tuple[str, ...]) -> Record:
    """Give the contact data that all of a family's clients have."""
    data = {
        "email": f"{word.lower()}{dice.randint(10, 99)}@mail.example",
        "primary_phone": f"07 555 {dice.randrange(10_000):04d}",
        "physical_lines": f"{dice.randint(1, 300)} Test Rise",
    }
    return {field: data[field] for field in shared}


def family(dice: random.Random, number: int, shared: tuple[str, ...]) -> tuple[list[Record], list[Record]]:
    """Give a family's clients: each in either list by chance, with most of what the family shares."""
    word = surname(5000 + number)
    home = household(dice, word, shared)
    sides: tuple[list[Record], list[Record]] = ([], [])
    for place, (kind, names) in enumerate(ALL):
        written = dice.sample([names[0], names[-1]], 2)
        for side, name in zip(sides, written, strict=True):
            if dice.random() < PRESENT:
                record = {"client_id": f"{number}-{place}", "country": "NZ", "entity_type": kind}
                record |= {field: value for field, value in home.items() if dice.random() < KNOWN}
                side.append(record | {"legal_name": name.replace("{w}", word)})
    return sides


@pytest.mark.parametrize("seed", [1, 2])
@pytest.mark.parametrize(
    "shared",
    [("email", "primary_phone", "physical_lines"), ("email",), ("physical_lines",), ()],
    ids=["everything", "a mailbox", "an address", "nothing"],
)
def test_nobody_is_taken_for_another_of_the_family(shared: tuple[str, ...], seed: int) -> None:
    """Whatever a family shares, and whoever of it is missing, no two of its clients are suggested as one."""
    dice = random.Random(seed)
    families = [family(dice, number, shared) for number in range(FAMILIES)]
    left, right = (pd.DataFrame([record for sides in families for record in sides[at]]) for at in (0, 1))
    found = link(left, right)
    said = found[found["verdict"] == "link"]
    names = [dict(zip(side["client_id"], side["legal_name"], strict=True)) for side in (left, right)]
    pairs = zip(said["connectworks_id"], said["xpm_id"], strict=True)
    assert [(names[0][one], names[1][other]) for one, other in pairs if one != other] == []
    assert len(said) > FAMILIES
