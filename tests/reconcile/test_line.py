"""Moving the line shows exactly what would change, and nothing that must not be suggested."""

import sys
from functools import cache
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import workbench as wb
from workbench.domain.link_settings import LinkSettings

sys.path.insert(0, str(Path(__file__).parent))
from crowds import crowd


@cache
def candidates() -> pd.DataFrame:
    """Link a crowd in which much is doubtful."""
    return wb.link(*crowd(40, 7))


def moves(at: float) -> dict[tuple[str, str], str]:
    moved = wb.moved_line(candidates(), at)
    return dict(zip(zip(moved["connectworks_id"], moved["xpm_id"], strict=True), moved["moves"], strict=True))


def test_where_the_line_lies_nothing_moves() -> None:
    """At the settings' own line the list is empty."""
    assert moves(LinkSettings().line) == {}


@settings(max_examples=10)
@given(at=st.floats(0.02, 0.999))
def test_what_moves_is_what_linking_anew_would_change(at: float) -> None:
    """Moving the line over a frame is the same as linking with that line in the settings."""
    was, would = (
        {*suggested(c)} for c in (candidates(), wb.link(*crowd(40, 7), settings=LinkSettings(link_at=at)))
    )
    expected = dict.fromkeys(would - was, "enters") | dict.fromkeys(was - would, "leaves")
    assert moves(at) == expected


def suggested(found: pd.DataFrame) -> list[tuple[str, str]]:
    links = found[found["verdict"] == "link"]
    return list(zip(links["connectworks_id"], links["xpm_id"], strict=True))


def test_a_doubt_never_enters() -> None:
    """A pair that contradicts itself stays for a person, wherever the line lies."""
    doubtful = candidates()[candidates()["contradiction"].notna()]
    assert len(doubtful)
    assert not {*zip(doubtful["connectworks_id"], doubtful["xpm_id"], strict=True)} & {
        pair for pair, which in moves(0.0).items() if which == "enters"
    }


def test_everything_leaves_at_the_end_of_the_line() -> None:
    """Beyond certainty nothing is suggested."""
    assert set(moves(1.1)) == set(suggested(candidates()))


def test_each_move_is_told_with_names_and_a_sentence() -> None:
    """A person reads who it is and why, best first."""
    moved = wb.moved_line(candidates(), 1.1)
    assert moved["probability"].is_monotonic_decreasing
    assert moved[["connectworks", "xpm"]].notna().all(axis=None)
    assert moved["why"].str.endswith(".").all()


@pytest.mark.parametrize("at", [0.0, 0.5, 1.0])
def test_no_candidates_no_moves(at: float) -> None:
    """An empty frame is an answer too."""
    assert wb.moved_line(candidates().head(0), at).empty
