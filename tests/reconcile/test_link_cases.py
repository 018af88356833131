"""Every labelled case of linking gives its label at default settings."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from workbench.domain.frames import Clients
from workbench.reconcile.check import check
from workbench.reconcile.link import link
from workbench.reconcile.link.assign import stand

CASES = json.loads((Path(__file__).parents[1] / "cases" / "domain_cases.json").read_text(encoding="utf-8"))
RECORD_CASES = [case for table in "ABC" for case in CASES[table]]
Swapped = bool


def existing(case: dict[str, Any], swapped: Swapped) -> pd.DataFrame | None:
    """Give the links that a case starts with."""
    if "links" not in case:
        return None
    rows = [(case["left"][i]["client_id"], case["right"][j]["client_id"]) for i, j in case["links"]]
    columns = ["connectworks_id", "xpm_id"]
    return pd.DataFrame(rows, columns=columns[::-1] if swapped else columns)


def linked(
    case: dict[str, Any], swapped: Swapped = False, extra: tuple[list[Any], list[Any]] = ([], [])
) -> pd.DataFrame:
    """Link a case's two sides, with other records beside them."""
    sides = [pd.DataFrame(case[side] + more) for side, more in zip(("left", "right"), extra, strict=True)]
    found = link(*(sides[::-1] if swapped else sides), links=existing(case, swapped))
    return (
        found.rename(columns={"connectworks_id": "xpm_id", "xpm_id": "connectworks_id"}) if swapped else found
    )


def verdict(found: pd.DataFrame, left: str, right: str) -> str:
    """Read a pair's label: link, review or absent (also: in review, below one half and nobody's best)."""
    row = found[(found["connectworks_id"] == left) & (found["xpm_id"] == right)]
    if row.empty:
        return "absent"
    return str(row["verdict"].iloc[0])


def holds(found: pd.DataFrame, left: str, right: str, expected: str) -> bool:
    """Tell whether a pair's label is the expected one; a weak review counts as absent too."""
    said = verdict(found, left, right)
    if expected != "absent" or said == "absent":
        return said == expected
    row = found[(found["connectworks_id"] == left) & (found["xpm_id"] == right)].iloc[0]
    return said == "review" and float(row["probability"]) < 0.5


def assert_labels(case: dict[str, Any], found: pd.DataFrame) -> None:
    """Hold every expected pair of a case."""
    for i, j, expected in case["pairs"]:
        left, right = case["left"][i]["client_id"], case["right"][j]["client_id"]
        assert holds(found, left, right, expected), (
            f"{left} {right} expected {expected}\n{found.T.to_string()}"
        )


@pytest.mark.parametrize("swapped", [False, True], ids=["as given", "swapped"])
@pytest.mark.parametrize("case", RECORD_CASES, ids=lambda case: case["id"])
def test_a_case_gives_its_label(case: dict[str, Any], swapped: Swapped) -> None:
    """Alone, and with the sides swapped, each pair of a case is linked, reviewed or absent as labelled."""
    if case["pairs"]:
        assert_labels(case, linked(case, swapped))
    elif case["label"] == "review":
        assert set(linked(case, swapped)["verdict"]) == {"review"}


@pytest.mark.parametrize("case", [c for c in CASES["C"] if c.get("scores")], ids=lambda case: case["id"])
def test_the_best_total_is_proposed(case: dict[str, Any]) -> None:
    """Of competing pairs the best sum is proposed, not the best single pair; a tie proposes no sure link."""
    scores = np.array(case["scores"])
    left, right = np.nonzero(scores >= 0)
    standing = stand(left, right, np.log2(scores[left, right] / (1 - scores[left, right])))
    chosen = sorted(zip(left[standing.chosen].tolist(), right[standing.chosen].tolist(), strict=True))
    if case["assignment"]:
        assert chosen == sorted(map(tuple, case["assignment"]))
    assert (standing.margin[standing.chosen] < 2).all()


@pytest.mark.parametrize("case_id", ["B21", "C3"])
def test_duplicates_within_a_side_are_reported(case_id: str) -> None:
    """Two records of one client in one system are named by the data check."""
    case = next(case for case in RECORD_CASES if case["id"] == case_id)
    found = check(Clients(pd.DataFrame(case["left"]), pd.DataFrame(case["right"])))
    doubled = case["left"] if case_id == "B21" else case["right"]
    twins = found[found["check"].isin(["twins", "shared_identifier"])]
    assert {record["client_id"] for record in doubled} <= set(twins["client_id"])
