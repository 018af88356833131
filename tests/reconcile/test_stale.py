"""Links whose end is no more: where they should point, with what speaks for it, and nothing in doubt."""

from __future__ import annotations

import pandas as pd

from workbench.domain.frames import Clients, as_links
from workbench.reconcile.stale import stale_links


def _clients(*xpm: dict[str, str], incomplete: bool = False) -> Clients:
    here = pd.DataFrame(
        [{"client_id": "c1", "legal_name": "Rimu Limited", "entity_type": "company", "lifecycle": "active",
          "email": "office@rimu.example"}]
    )  # fmt: skip
    usual = {"legal_name": "Rimu Ltd", "entity_type": "company", "lifecycle": "active"}
    there = pd.DataFrame([{**usual, **each} for each in xpm])
    return Clients(here, there, incomplete={"xpm": "cut"} if incomplete else {})


def _found(clients: Clients) -> list[dict[str, str]]:
    links = as_links(pd.DataFrame([{"connectworks_id": "c1", "xpm_id": "x1"}]))
    frame = stale_links(clients, links)
    return frame.astype(object).where(frame.notna(), None).to_dict("records")  # type: ignore[return-value]


def test_an_archived_end_points_at_its_heir() -> None:
    """After a merge the live record of the name that agrees is proposed, and what agrees is named."""
    (row,) = _found(
        _clients(
            {"client_id": "x1", "lifecycle": "archived", "nzbn": "9429000000017"},
            {"client_id": "x2", "nzbn": "9429000000017", "email": "office@rimu.example"},
            {"client_id": "x3", "legal_name": "Totara Ltd"},
        )
    )
    assert (row["new_id"], row["why"]) == ("x2", "Same name, same NZBN, email.")
    assert "archived in XPM" in row["what"]


def test_a_converted_prospect_points_at_the_new_record() -> None:
    """XPM makes a new client of a prospect; a prospect by itself is no fault."""
    (row,) = _found(_clients({"client_id": "x1", "lifecycle": "prospect"}, {"client_id": "x2"}))
    assert row["new_id"] == "x2"
    assert "conversion makes a new record" in row["what"]
    assert _found(_clients({"client_id": "x1", "lifecycle": "prospect"})) == []


def test_who_was_born_on_another_day_is_no_heir() -> None:
    """A father's link is not handed to his son of the same name, however a date or number is written."""
    gone = {
        "client_id": "x1",
        "lifecycle": "archived",
        "date_of_birth": "04/05/1955",
        "nzbn": "9429000000017",
    }
    (row,) = _found(_clients(gone, {"client_id": "x2", "date_of_birth": "1988-02-01"}))
    assert (row["new_id"], row["why"]) == (None, "Who has this name has another date of birth.")
    (row,) = _found(_clients(gone, {"client_id": "x2", "nzbn": "94 2900 0000 024"}))
    assert (row["new_id"], row["why"]) == (None, "Who has this name has another NZBN.")
    same = {"client_id": "x3", "date_of_birth": "1955-05-04", "nzbn": "94 2900 0000 017"}
    (row,) = _found(_clients(gone, {"client_id": "x2", "date_of_birth": "1988-02-01"}, same))
    assert row["new_id"] == "x3"


def test_nothing_is_concluded_from_a_cut_pull_or_in_doubt() -> None:
    """A record that a cut pull lacks may be there; of two that agree equally none is proposed."""
    assert _found(_clients({"client_id": "x2"}, incomplete=True)) == []
    (row,) = _found(_clients({"client_id": "x2"}, {"client_id": "x3"}))
    assert (row["new_id"], row["why"]) == (None, "2 live records of this name agree equally well.")
    (row,) = _found(_clients({"client_id": "x9", "legal_name": "Totara Ltd"}))
    assert "does not have the record any more" in row["what"]
    assert _found(_clients({"client_id": "x1"})) == []
