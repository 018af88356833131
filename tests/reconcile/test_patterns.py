"""Grouping by the kind of change."""

import pandas as pd
from hypothesis import given, settings
from hypothesis import strategies as st

from workbench.domain.frames import Clients
from workbench.reconcile.compare import compare
from workbench.reconcile.patterns import PATTERNS, SAMPLE, patterns, words


def differences_of(n: int) -> pd.DataFrame:
    """Compare a firm in which few kinds of change happen often."""
    left = [
        {
            "client_id": f"c{i}",
            "primary_phone": f"09 555 {i:04}",
            "email": f"m{i}@kauri.example",
            "website": f"site{i}.example",
        }
        for i in range(n)
    ]
    right = [
        {
            "client_id": f"x{i}",
            "primary_phone": f"+64 9 555 {i:04}",
            "email": f"M{i}@Kauri.example" if i % 2 else None,
            "website": f"https://site{i}.example",
        }
        for i in range(n)
    ]
    links = pd.DataFrame([{"connectworks_id": f"c{i}", "xpm_id": f"x{i}"} for i in range(n)])
    return compare(Clients(pd.DataFrame(left), pd.DataFrame(right)), links)


def test_few_kinds_of_change_make_few_patterns() -> None:
    """Every cell of a kind falls into one pattern, named in plain words, largest first."""
    found = patterns(differences_of(60))
    assert tuple(found.columns) == PATTERNS
    assert found["words"].tolist() == [
        "Primary phone: XPM adds the country code",
        "Website: XPM adds the scheme",
        "Email: differs only in capitals",
        "Email: only Connectworks has a value",
    ]
    assert found["count"].tolist() == [60, 60, 30, 30]
    assert found["share"].tolist() == [1 / 3, 1 / 3, 1 / 6, 1 / 6]
    assert {len(sample) for sample in found["sample"]} == {SAMPLE}


@given(st.integers(0, 2**32 - 1))
@settings(max_examples=5, deadline=None)
def test_order_is_of_no_account(seed: int) -> None:
    """Shuffled differences give the same patterns with the same samples."""
    differences = differences_of(25)
    shuffled = differences.sample(frac=1, random_state=seed)
    pd.testing.assert_frame_equal(patterns(shuffled), patterns(differences))


def test_equal_cells_belong_to_no_pattern() -> None:
    """Patterns are made of differences; a frame without any gives none."""
    differences = differences_of(3)
    assert differences.loc[differences["kind"] == "same", "pattern"].isna().all()
    assert patterns(differences[differences["kind"] == "same"]).empty


def test_who_moved_is_part_of_the_words() -> None:
    """Cells that one side changed are told apart from those that the other did."""
    assert words("email|different|xpm|two letters swapped") == "Email: two letters swapped; only XPM changed"
    assert words("email|conflict|both|") == "Email: both sides changed, each to something else"
