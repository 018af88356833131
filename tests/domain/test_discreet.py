"""Frames hide what is sensitive wherever they are shown, and nowhere else."""

from __future__ import annotations

import pandas as pd
import pytest

from workbench.domain.discreet import HIDDEN, discreet
from workbench.domain.frames import DIFFERENCES, clients_frame, frame_of
from workbench.domain.records import Cost, Entry, Operation, Plan
from workbench.review.desk import Choice

SECRETS = {
    "date_of_birth": "1961-05-04",
    "tax_number": "900-000-014",
    "physical_lines": "14 Test Rise",
    "postal_postcode": "3110",
}


@pytest.fixture
def clients() -> pd.DataFrame:
    """Give one client with everything that is nobody's business."""
    return discreet(clients_frame([{"client_id": "c1", "legal_name": "Mere Rewi", **SECRETS}], "xpm"))


def test_no_picture_of_a_clients_frame_shows_what_is_sensitive(clients: pd.DataFrame) -> None:
    """Neither text nor HTML, of the frame, a selection, a row or a column, shows a sensitive value."""
    row, some = clients.iloc[0], clients[["legal_name", *SECRETS]]
    pictures = [repr(clients), repr(some), some._repr_html_(), repr(row)]
    pictures += [repr(clients[column]) for column in SECRETS]
    pictures += [repr(clients.T), clients.T._repr_html_(), clients.to_string(), clients.to_html()]
    pictures += [repr(clients.set_index("tax_number"))]
    for secret in SECRETS.values():
        assert not any(secret in picture for picture in pictures)
    assert "Mere Rewi" in repr(some)
    assert HIDDEN in some._repr_html_()


def test_values_are_there_for_whoever_asks(clients: pd.DataFrame) -> None:
    """Computing sees the values, and unmasked shows them."""
    assert clients.loc[0, "tax_number"] == SECRETS["tax_number"]
    assert SECRETS["date_of_birth"] in repr(clients[["date_of_birth"]].unmasked())
    assert SECRETS["date_of_birth"] in repr(clients["date_of_birth"].unmasked())


def test_cells_of_sensitive_fields_are_hidden_in_differences() -> None:
    """In a frame of differences the sensitive fields' cells are hidden and the others shown."""
    rows = [
        {"field": "date_of_birth", "connectworks": "1961-05-04", "xpm": "1961-04-05"},
        {"field": "email", "connectworks": "mere@rewi.example", "xpm": None},
    ]
    shown = repr(discreet(frame_of(rows, DIFFERENCES))[["field", "connectworks", "xpm"]])
    assert "1961" not in shown
    assert "mere@rewi.example" in shown


def test_a_plan_and_its_operations_show_no_values() -> None:
    """What stands in a cell as a plan, an operation, a choice or an entry is counted, never quoted."""
    operation = Operation("xpm", "client", "u1", "u1", {"email": None}, {"email": "mere@rewi.example"})
    plan = Plan((operation,), Cost(2, 0.1, None))
    choice = Choice("l1", "email", "to_xpm", "mere@rewi.example", None)
    entry = Entry("decided", {}, {"connectworks": "mere@rewi.example"})
    for shown in (plan, operation, choice, entry):
        assert "mere@rewi.example" not in repr(shown)
    assert "1 writes" in repr(plan)


def test_whatever_shape_differences_take_their_sensitive_cells_stay_hidden() -> None:
    """A row, a selection without its field, a pivot, an index or a grouping shows no sensitive value."""
    rows = [
        {"link_id": link, "field": "date_of_birth", "kind": "different", "connectworks": day, "xpm": day}
        for link, day in (("l1", "1961-05-04"), ("l2", "1961-04-05"))
    ]
    rows.append({**rows[0], "field": "email", "connectworks": "mere@rewi.example", "xpm": "m@rewi.example"})
    frame = discreet(frame_of(rows, DIFFERENCES))
    shapes = [
        frame.iloc[0],
        frame[["connectworks", "xpm"]],
        frame.T,
        frame.set_index("field"),
        frame.set_index(["link_id", "field"])[["connectworks"]],
        frame.set_index("xpm")[["kind"]],
        frame.pivot(index="link_id", columns="field", values="xpm"),
        frame.pivot(index="link_id", columns="field", values=["xpm", "kind"]),
        frame["xpm"].value_counts(),
        frame.groupby(["field", "xpm"]).size(),
    ]
    for shape in shapes:
        assert "1961" not in repr(shape)
        assert "1961" not in shape.to_string()
    by_field = frame.set_index("field").to_string()
    assert "mere@rewi.example" in by_field
    assert "mere@rewi.example" in repr(frame.iloc[2])


def test_what_is_counted_is_shown() -> None:
    """Counting by kind, side or field, on one level or several, shows the numbers."""
    rows = [{"field": "date_of_birth", "kind": kind} for kind in ("same", "same", "different")]
    frame = discreet(frame_of(rows, DIFFERENCES))
    assert HIDDEN not in repr(frame.groupby("field").size())
    counted = frame.groupby(["field", "kind"]).size()
    assert HIDDEN not in repr(counted) + repr(counted.unstack())
