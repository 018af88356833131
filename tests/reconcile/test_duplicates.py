"""Records that stand twice in one system are listed, and namesakes are not."""

import pandas as pd
import pytest

import workbench as wb

TWICE = {"legal_name": "Petra Kenneth Chadton", "email": "petra@mail.example", "date_of_birth": "1970-02-03"}
CLIENTS = pd.DataFrame(
    [
        {"client_id": "a", **TWICE},
        {"client_id": "b", **TWICE, "lifecycle": "archived"},
        {"client_id": "c", "legal_name": "Petra Chadton", "date_of_birth": "1999-12-31"},
        {"client_id": "d", "legal_name": "Rewarewa Tyres Limited", "nzbn": "9429030000011"},
        {"client_id": "e", "legal_name": "Rewarewa Tyres Ltd", "nzbn": "9429030000011"},
        {"client_id": "f", "legal_name": "Kotare Lodge Ltd"},
    ]
).assign(entity_type=["individual"] * 3 + ["company"] * 3)
# Among a handful of records no agreement is rare: where types do not help, a list must be longer.
MORE = pd.DataFrame(
    {
        "client_id": [f"more{n}" for n in range(80)],
        "legal_name": [f"Huia{n:02d} Larch{n:02d}" for n in range(80)],
    }
)
OTHERS = pd.DataFrame({"client_id": ["x"], "legal_name": ["Huia Larch"], "entity_type": ["individual"]})


def found(frame: pd.DataFrame) -> set[tuple[str, str, str]]:
    return set(zip(frame["side"], frame["client_id"], frame["other_id"], strict=True))


@pytest.mark.parametrize("typed", [True, False])
def test_a_client_that_stands_twice_is_listed_with_its_reason(typed: bool) -> None:
    """With types and without: who, how surely, and why in a sentence; an archived one counts, too."""
    clients = CLIENTS if typed else pd.concat([CLIENTS, MORE]).drop(columns="entity_type")
    told = wb.duplicates(wb.Clients(clients, OTHERS))
    assert {("connectworks", "a", "b"), ("connectworks", "d", "e")} <= found(told)
    assert not [pair for pair in found(told) if "c" in pair or "f" in pair]
    assert told["probability"].between(0.9, 1.0).all()
    assert told["match_weight"].is_monotonic_decreasing
    assert told["why"].str.contains("ame NZBN|ame name").all()
    assert "1970" not in told.to_csv()


def test_one_frame_is_enough() -> None:
    """One side's frame by itself gives the same pairs, under the side that it is said to be."""
    assert {("xpm", "a", "b"), ("xpm", "d", "e")} <= found(wb.duplicates(CLIENTS, side="xpm"))
    assert {side for side, *_ in found(wb.duplicates(CLIENTS))} == {"connectworks"}


def test_only_the_side_that_is_asked_for() -> None:
    """The other side's duplicates stay out."""
    both = wb.Clients(OTHERS, CLIENTS)
    assert wb.duplicates(both, side="connectworks").empty
    assert found(wb.duplicates(both, side="xpm")) == found(wb.duplicates(both))


def test_nobody_twice_is_an_empty_frame_of_the_same_columns() -> None:
    """No duplicates is an answer with columns."""
    none = wb.duplicates(wb.Clients(OTHERS, OTHERS))
    assert none.empty
    assert list(none.columns) == list(wb.duplicates(CLIENTS).columns)


def test_every_duplicate_of_linking_is_listed() -> None:
    """What makes linking say that a client seems to stand twice is in the list."""
    candidates = wb.link(CLIENTS, CLIENTS.head(1).assign(client_id="z"))
    doubted = candidates[candidates["contradiction"].fillna("").str.contains("stand twice")]
    listed = {i for _, *ids in found(wb.duplicates(wb.Clients(CLIENTS, OTHERS))) for i in ids}
    assert set(doubted["connectworks_id"]) <= listed
