"""Records as received: in the order of their ids, blank as missing, and as they were when they came."""

import pandas as pd
from hypothesis import given, settings
from hypothesis import strategies as st

from workbench.reconcile.link.received import READ, Received

_CELLS = st.one_of(
    st.none(), st.sampled_from(["", "Hale", "Māui “Q”", "0412", "a long text, longer than a view"])
)
_ROWS = st.dictionaries(st.text("ab1", max_size=3), st.tuples(_CELLS, _CELLS), max_size=6)


def _frame(rows: dict[str, tuple[str | None, str | None]], dtype: str) -> pd.DataFrame:
    names, phones = zip(*rows.values(), strict=True) if rows else ((), ())
    columns = {"client_id": list(rows), "legal_name": list(names), "primary_phone": list(phones)}
    return pd.DataFrame(columns).astype(dtype)


@settings(max_examples=60)
@given(_ROWS, _ROWS, st.sampled_from(["object", "string", "str", "string[python]"]))
def test_records_stand_in_the_order_of_their_ids_and_blank_is_missing(left, right, dtype: str) -> None:
    """Whatever the texts are kept as, each side is sorted by id, and a blank cell is a missing one."""
    received = Received.of_frames(_frame(left, dtype), _frame(right, dtype))
    both = [*sorted(left.items()), *sorted(right.items())]
    assert len(received) == len(both)
    assert received.column("client_id").to_list() == [i for i, _ in both]
    for at, name in enumerate(("legal_name", "primary_phone")):
        assert received.column(name).to_list() == [cells[at] or None for _, cells in both]


def test_a_column_that_nobody_sent_is_missing_in_every_record() -> None:
    """Every column that linking reads can be asked for."""
    received = Received.of_frames(_frame({"b": ("Hale", None)}, "str"), _frame({"a": (None, "1")}, "str"))
    table = received.table(*READ)
    assert table.columns == list(READ)
    assert table.drop("client_id", "legal_name", "primary_phone").null_count().row(0) == (2,) * (
        len(READ) - 3
    )


def test_what_becomes_of_a_frame_changes_nothing_that_was_received() -> None:
    """A column that is asked for late is the one that came, though somebody wrote into the frame since."""
    for dtype in ("object", "str"):
        left, right = _frame({"a": ("Hale", None)}, dtype), _frame({"b": ("Moana", None)}, dtype)
        received = Received.of_frames(left, right)
        left.loc[0, "legal_name"] = "Someone Else"
        left.loc[0, "client_id"] = "z"
        assert received.column("legal_name").to_list() == ["Hale", "Moana"]
        assert received.column("client_id").to_list() == ["a", "b"]
