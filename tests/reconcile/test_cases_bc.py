"""The labelled cases of people and of sets, each by its id: what comparing says of the pairs in them."""

import json
from functools import cache
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from workbench.domain.fields import CONNECTWORKS, XPM
from workbench.domain.frames import Clients
from workbench.reconcile.compare import compare

TABLES = json.loads((Path(__file__).parents[1] / "cases" / "domain_cases.json").read_text(encoding="utf-8"))
CASES: list[dict[str, Any]] = [case for table in "BC" for case in TABLES[table] if case["pairs"]]
ACROSS = {"to_xpm": "to_connectworks", "to_connectworks": "to_xpm", "": ""}
# What differs in each case beside what agrees: field, kind and slip.
WRITTEN_OTHERWISE = {("legal_name", "cosmetic", "")}
ANOTHER_NAME = {("legal_name", "different", "")}
SAYS: dict[str, set[tuple[str, str, str]]] = {
    **dict.fromkeys(["B11", "B17", "B17b", "B17c", "B20", "B25", "C3", "C4", "C5", "C7"], WRITTEN_OTHERWISE),
    **dict.fromkeys(["B1", "B3", "B4", "B7", "B8", "B9", "B10", "B12", "B13", "B15"], ANOTHER_NAME),
    **{key: set() for key in ["B21", "B26", "C2", "C6"]},
    "B14": {("legal_name", "different", "one letter missing")},
    "B18": {("legal_name", "different", "two letters swapped")},
    "B19": {
        ("date_of_birth", "different", "day and month swapped"),
        ("tax_number", "not_comparable", "last three digits agree"),
    },
    "B22": {("tax_number", "not_comparable", "last three digits agree")},
    "B23": {("tax_number", "not_comparable", "last three digits differ")},
}


@cache
def compared(place: int, swapped: bool) -> pd.DataFrame:
    """Compare all pairs of a case that are to be linked or reviewed."""
    case = CASES[place]
    sides = ("right", "left") if swapped else ("left", "right")
    clients = Clients(*(pd.DataFrame(case[side]) for side in sides))
    pairs = [
        {"left": case["left"][left]["client_id"], "right": case["right"][right]["client_id"]}
        for left, right, label in case["pairs"]
        if label != "absent"
    ]
    links = [{"connectworks_id": pair[sides[0]], "xpm_id": pair[sides[1]]} for pair in pairs]
    return compare(clients, pd.DataFrame(links)).fillna("") if links else pd.DataFrame()


@pytest.mark.parametrize("swapped", [False, True], ids=["as given", "swapped"])
@pytest.mark.parametrize("place", range(len(CASES)), ids=[case["id"] for case in CASES])
def test_a_case_is_compared_as_a_careful_person_would(place: int, swapped: bool) -> None:
    """Whichever system holds which record, the same differences are found, and nothing unfit is suggested."""
    found = compared(place, swapped)
    if found.empty:
        return
    differing = found[found["kind"] != "same"]
    said = set(zip(differing["field"], differing["kind"], differing["slip"], strict=True))
    assert said == SAYS[CASES[place]["id"]]
    other = compared(place, not swapped)
    assert [ACROSS[way] for way in other["suggestion"]] == found["suggestion"].tolist()
    assert other[CONNECTWORKS].tolist() == found[XPM].tolist()


def test_who_has_died_is_left_in_peace_by_either_mark() -> None:
    """B20: a mark in its own field, or in the name alone, blocks what would be suggested for a contact."""
    [case] = [case for case in CASES if case["id"] == "B20"]
    named = {**case["left"][0], "deceased": None, "email": "alan@beech.example"}
    links = pd.DataFrame([{"connectworks_id": named["client_id"], "xpm_id": case["right"][0]["client_id"]}])
    for one in (named, {**named, "legal_name": "Alan Beech", "deceased": "Yes"}):
        found = compare(Clients(pd.DataFrame([one]), pd.DataFrame(case["right"])), links)
        email = found[found["field"] == "email"].iloc[0]
        assert (email["warnings"], pd.isna(email["suggestion"])) == ("deceased", True)
