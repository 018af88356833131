"""Labelled cases planted in whole firms, with other surnames, places and numbers; and no wrong link."""

from __future__ import annotations

import sys
from pathlib import Path

import pandas as pd
import pytest

from workbench.reconcile.link import link
from workbench.reconcile.score import score
from workbench.sandbox.firm import Recipe

sys.path.insert(0, str(Path(__file__).parent))
from planted_cases import RECORD_CASES, firm_frames, planted, substituted, unlike_label, without_namesakes

Sides = tuple[pd.DataFrame, pd.DataFrame]
TURNS = 20


@pytest.fixture(scope="module")
def firm_of_1000() -> Sides:
    return firm_frames(Recipe(1000, 1000, seed=1))[0]


@pytest.fixture(scope="module")
def firm_of_4000() -> Sides:
    return firm_frames(Recipe(4000, 4000, seed=7))[0]


def all_labels(firm: Sides, turn: int, swapped: bool) -> list[str]:
    """Plant every case at once, each with surnames, places and numbers of its own."""
    cases = [substituted(case, turn) for case in RECORD_CASES]
    found = planted(firm, cases, swapped)
    return [wrong for case in cases for wrong in unlike_label(case, found)]


@pytest.mark.parametrize(("turn", "swapped"), [(1, False), (2, True), (3, False)])
def test_planted_cases_keep_their_labels(firm_of_1000: Sides, turn: int, swapped: bool) -> None:
    """Among 1,000 clients a side, under other names and numbers, every case gives its label."""
    assert not all_labels(firm_of_1000, turn, swapped)


@pytest.mark.parametrize("case_id", ["A7", "A9", "A10", "A12", "A24", "A37", "B7", "B8", "C6"])
def test_a_case_as_written_keeps_its_label_among_a_thousand(firm_of_1000: Sides, case_id: str) -> None:
    """The cases that a full list once hid keep their labels there, as they are written."""
    case = next(case for case in RECORD_CASES if case["id"] == case_id)
    assert not unlike_label(case, planted(firm_of_1000, [case], False))


@pytest.mark.long
@pytest.mark.parametrize("swapped", [False, True], ids=["as given", "swapped"])
@pytest.mark.parametrize("turn", range(1, TURNS + 1))
def test_planted_cases_keep_their_labels_among_4000(firm_of_4000: Sides, turn: int, swapped: bool) -> None:
    """Twenty times renamed and renumbered, and either way round, every case gives its label."""
    assert not all_labels(firm_of_4000, turn, swapped)


@pytest.mark.long
@pytest.mark.parametrize("swapped", [False, True], ids=["as given", "swapped"])
@pytest.mark.parametrize("case", RECORD_CASES, ids=lambda case: case["id"])
def test_a_case_as_written_keeps_its_label_among_4000(
    firm_of_4000: Sides, case: dict[str, object], swapped: bool
) -> None:
    """Every case gives its label as it is written, alone among 4,000 who are no namesakes of it."""
    assert not unlike_label(case, planted(without_namesakes(firm_of_4000, case), [case], swapped))


@pytest.mark.parametrize("seed", [1, 2])
def test_no_link_of_an_invented_firm_is_wrong(seed: int) -> None:
    """Among 1,000 clients with twins and doubled contacts none is wrongly linked, and few are missed."""
    sides, truth = firm_frames(Recipe(1000, 1000, seed=seed, duplicates=0.02, doubled_contacts=0.02))
    result = score(link(*sides), truth)
    assert not result.wrong
    assert result.clear_recall > 0.96


@pytest.mark.long
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_no_link_among_10000_is_wrong(seed: int) -> None:
    """The same among 10,000 a side."""
    sides, truth = firm_frames(Recipe(10_000, 10_000, seed=seed, doubled_contacts=0.01))
    result = score(link(*sides), truth)
    assert not result.wrong
    assert result.clear_recall > 0.96
