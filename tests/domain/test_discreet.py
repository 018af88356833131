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
