"""What looking back finds: all of it, by words, person and push."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from workbench.domain.question import Question
from workbench.domain.records import Operation
from workbench.reconcile.lookback import as_history, fitting, results
from workbench.reconcile.state import Carried

NAMES = {"c1": "Wiremu Tūhoe", "x1": "TUHOE Wiremu"}
ROW = {
    "at": "2024",
    "by": "ann",
    "what": "Written to XPM",
    "connectworks_id": "c1",
    "field": "email",
    "run_id": "r1",
}
OTHER = {"at": "2025", "by": "bob", "what": "Opened the firm"}


@settings(max_examples=30)
@given(st.integers(0, 2000), st.sampled_from(["wiremu", "TŪHOE email", "email written", "tuhoe", ""]))
def test_what_happened_first_is_found_however_much_followed(since: int, text: str) -> None:
    """A client's name and field find an act in any order, case and accent, and however long ago."""
    found = fitting([ROW, *[OTHER] * since], NAMES, Question(text))
    assert found[-1] == ROW
    assert len(found) == (since + 1 if not text else 1)


def test_a_person_and_a_push_narrow() -> None:
    """Each condition keeps only what fits it, latest first."""
    told = [ROW, OTHER, {**ROW, "run_id": "r2"}]
    assert fitting(told, NAMES, Question(by="bob")) == [OTHER]
    assert fitting(told, NAMES, Question(run_id="r1")) == [ROW]
    assert [row["run_id"] for row in fitting(told, NAMES, Question(by="ann"))] == ["r2", "r1"]
    assert fitting(told, NAMES, Question("nobody")) == []


def test_clients_are_told_by_name() -> None:
    """A row about a client has its name, another has none."""
    frame = as_history([ROW, OTHER], NAMES)
    assert frame["client"].fillna("").tolist() == ["Wiremu Tūhoe", ""]


def test_results_tell_each_value_with_the_services_words() -> None:
    """A write of two values is two rows; one that has not ended is none."""
    operation = Operation(
        "xpm", "client", "x1", "x1", {"email": "a", "website": None}, {"email": "b", "website": "w"}
    )
    ended = Carried("o1", operation, "r1", ("l1",), "refused", "Email is not valid.", seq=4)
    under_way = Carried("o2", operation, "r1", ("l1",))
    found = results([ended, under_way])
    assert found["field"].tolist() == ["email", "website"]
    assert set(found["reason"]) == {"Email is not valid."}
    assert set(found["link_id"]) == {"l1"}
