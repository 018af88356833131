"""Drafts and reasons: what a missing record would hold, and why a client stands in one system alone."""

from __future__ import annotations

import json
from typing import Any

import pandas as pd
import pytest

from workbench.domain.errors import BadInput
from workbench.domain.frames import CANDIDATES, MEMBERSHIPS, Clients, as_links, frame_of
from workbench.reconcile.creating import Draft, asked_entry, draft
from workbench.reconcile.unmatched import unmatched

USUAL = {"entity_type": "company", "lifecycle": "active", "nature": "client"}
NO_LINKS = as_links(pd.DataFrame({"connectworks_id": [], "xpm_id": []}))


def _frame(*rows: dict[str, Any]) -> pd.DataFrame:
    return pd.DataFrame(
        [{**USUAL, **row} for row in rows] or [{"client_id": "other", "legal_name": "Other", **USUAL}]
    )


def _member(holder: str, role: str, until: str | None = None) -> dict[str, str | None]:
    return {"side": "xpm", "contact_id": holder, "client_id": "x1", "role": role, "until": until}


def _lines(made: Draft) -> dict[str, tuple[str | None, bool, str]]:
    return {line.field: (line.value, line.sent, line.note) for line in made.lines}


def test_a_trust_goes_to_connectworks_with_whom_it_has() -> None:
    """Corporate trustees are called so; who left, and who may be there already, is named and not sent."""
    there = _frame(
        {"client_id": "x1", "legal_name": "Rimu Trust", "entity_type": "trust", "tax_number": "***417"},
        {"client_id": "x2", "legal_name": "Rimu Trustees Limited"},
        {"client_id": "x3", "legal_name": "Mere Tōtara", "entity_type": "individual"},
        {"client_id": "x4", "legal_name": "Hemi Kauri", "entity_type": "individual"},
        {"client_id": "x5", "legal_name": "Ana Rātā", "entity_type": "individual"},
    )
    here = _frame(
        {"client_id": "c4", "legal_name": "Hemi Kauri", "entity_type": "individual", "nature": "contact"}
    )
    members = [_member("x2", "trustee"), _member("x3", "beneficiary"), _member("x4", "beneficiary")]
    members += [_member("x5", "settlor", "2020-01-01"), _member("x3", "primary contact")]
    made = draft(Clients(here, there, frame_of(members, MEMBERSHIPS)), "connectworks", "x1", links=NO_LINKS)
    assert [(p.name, p.role, p.sent) for p in made.parties] == [
        ("Rimu Trustees Limited", "corporate trustee", True),
        ("Mere Tōtara", "beneficiary", True),
        ("Hemi Kauri", "beneficiary", False),
        ("Ana Rātā", "settlor", False),
    ]
    assert any("completed by hand" in words for words in made.warnings)
    assert any("tax number is never copied" in words for words in made.warnings)
    assert "tax_number" not in _lines(made)


def test_whoever_plays_two_parts_is_one() -> None:
    """What is sent names a new contact by one reference, however many parts it plays."""
    there = _frame(
        {"client_id": "x1", "legal_name": "Rimu Limited"},
        {"client_id": "x3", "legal_name": "Mere Tōtara", "entity_type": "individual"},
        {"client_id": "x4", "legal_name": "Hemi Kauri", "entity_type": "individual"},
    )
    members = [_member("x3", "director"), _member("x3", "shareholder"), _member("x4", "director")]
    links = as_links(pd.DataFrame({"connectworks_id": ["c4"], "xpm_id": ["x4"]}))
    made = draft(Clients(_frame(), there, frame_of(members, MEMBERSHIPS)), "connectworks", "x1", links=links)
    sent = json.loads(asked_entry(made, 0).private["parties"] or "[]")
    assert [(party["id"], party["ref"]) for party in sent] == [(None, "x3"), (None, "x3"), ("c4", None)]


@pytest.mark.parametrize("side", ["connectworks", "xpm"])
def test_who_may_be_there_is_not_made_anew_by_the_way(side: str) -> None:
    """A party who came near somebody over there waits for a yes or no under Links."""
    source = "xpm" if side == "connectworks" else "connectworks"
    ours = _frame(
        {"client_id": "x1", "legal_name": "Rimu Limited"},
        {"client_id": "x3", "legal_name": "Mere Tōtara", "entity_type": "individual"},
    )
    theirs = _frame({"client_id": "c3", "legal_name": "M Totara", "entity_type": "individual"})
    frames = (theirs, ours) if side == "connectworks" else (ours, theirs)
    members = frame_of([{**_member("x3", "director"), "side": source}], MEMBERSHIPS)
    pair = {f"{source}_id": "x3", f"{side}_id": "c3", "verdict": "review"}
    near = frame_of([pair], CANDIDATES)
    clients = Clients(*frames, members)
    (mere,) = draft(clients, side, "x1", links=NO_LINKS, candidates=near).parties  # type: ignore[arg-type]
    assert (mere.sent, mere.first) == (False, False)
    assert "under Links" in mere.note
    (mere,) = draft(clients, side, "x1", links=NO_LINKS).parties  # type: ignore[arg-type]
    assert (mere.sent, mere.first) == ((True, False) if side == "connectworks" else (False, True))


def test_a_person_goes_to_xpm_as_xpm_keeps_them() -> None:
    """The practice's own word for the kind, a birth date as ISO, a suburb told of; damage stays behind."""
    here = _frame(
        {
            "client_id": "c1",
            "legal_name": "Mere Tōtara",
            "trading_name": "Mere's",
            "entity_type": "individual",
            "date_of_birth": "2/1/1980",
            "primary_phone": "9.4E+12",
            "physical_suburb": "Tahunanui",
            "physical_city": "Nelson",
        }
    )
    person = {"entity_type": "individual", "structure": "Natural person"}
    there = _frame(
        {"client_id": "x8", "legal_name": "A", **person}, {"client_id": "x9", "legal_name": "B", **person}
    )
    made = draft(Clients(here, there), "xpm", "c1", links=NO_LINKS)
    lines = _lines(made)
    assert lines["structure"][0] == "Natural person"
    assert lines["date_of_birth"][:2] == ("1980-01-02", True)
    assert "last line" in lines["physical_address"][2]
    assert not lines["trading_name"][1]
    assert not lines["primary_phone"][1]
    assert made.frame().set_index("field").loc["date_of_birth", "value"] == "•••"
    alone = draft(Clients(here, _frame()), "xpm", "c1", links=NO_LINKS)
    assert _lines(alone)["structure"][:2] == (None, False), "nobody of the kind tells what it is called"
    with pytest.raises(BadInput, match="no client with the id c7"):
        draft(Clients(here, there), "xpm", "c7", links=NO_LINKS)


def test_a_draft_for_xpm_tells_who_comes_along() -> None:
    """Who is linked to a client of XPM plays its part there; who is not stands left out, with what to do."""
    here = _frame(
        {"client_id": "x1", "legal_name": "Rimu Limited"},
        {"client_id": "x3", "legal_name": "Mere Tōtara", "entity_type": "individual"},
        {"client_id": "x4", "legal_name": "Hemi Kauri", "entity_type": "individual"},
    )
    members = [{**_member(holder, "director"), "side": "connectworks"} for holder in ("x3", "x4")]
    links = as_links(pd.DataFrame({"connectworks_id": ["x4"], "xpm_id": ["p4"]}))
    made = draft(Clients(here, _frame(), frame_of(members, MEMBERSHIPS)), "xpm", "x1", links=links)
    assert [(p.name, p.role, p.known_id, p.sent) for p in made.parties] == [
        ("Mere Tōtara", "director", None, False),
        ("Hemi Kauri", "director", "p4", True),
    ]
    assert "by hand" in made.parties[0].note


def test_a_contacts_email_is_not_the_clients_own() -> None:
    """What XPM only takes from the primary contact is left out, and said so."""
    there = _frame(
        {"client_id": "x1", "legal_name": "Rimu", "email": "mere@rimu.example", "email_source": "contact"}
    )
    made = draft(Clients(_frame(), there), "connectworks", "x1", links=NO_LINKS)
    assert _lines(made)["email"][1] is False
    assert "email" not in made.values


def test_each_reason_is_told() -> None:
    """A duplicate over there, an archived namesake, somebody below the line, all rejected, nobody at all."""
    here = _frame(
        {"client_id": "c1", "legal_name": "Rimu Limited"},
        {"client_id": "c2", "legal_name": "Totara Limited"},
        {"client_id": "c3", "legal_name": "Kauri Limited"},
        {"client_id": "c4", "legal_name": "Matai Limited"},
        {"client_id": "c5", "legal_name": "Rata Limited"},
        {"client_id": "c6", "legal_name": "Kowhai Limited", "nature": "contact"},
        {"client_id": "c7", "legal_name": "Titoki Limited"},
        {"client_id": "c8", "legal_name": "Rimu Ltd"},
        {"client_id": "c9", "legal_name": "Puriri Limited", "lifecycle": "archived"},
    )
    there = _frame(
        {"client_id": "x1", "legal_name": "Rimu Limited"},
        {"client_id": "x2", "legal_name": "Totara Limited", "lifecycle": "archived"},
        {"client_id": "x3", "legal_name": "Kauri Holdings Limited"},
        {"client_id": "x7", "legal_name": "Titoki (2020) Limited"},
    )
    links = as_links(pd.DataFrame([{"connectworks_id": "c8", "xpm_id": "x1"}]))
    near = [
        {"connectworks_id": "c3", "xpm_id": "x3", "probability": "0.4", "verdict": "review"},
        {"connectworks_id": "c7", "xpm_id": "x7", "probability": "0.99", "verdict": "link"},
    ]
    rejected = pd.DataFrame([{"connectworks_id": "c4", "xpm_id": "x3"}])
    found = unmatched(Clients(here, there), links, frame_of(near, CANDIDATES), rejected)
    mine = found[found["side"] == "connectworks"].set_index("client_id")
    assert mine["reason"].to_dict() == {
        "c1": "taken",
        "c2": "archived",
        "c3": "below_line",
        "c4": "rejected",
        "c5": "none_found",
    }
    assert (mine.loc["c3", "other_name"], "40% likely" in mine.loc["c3", "what"]) == (
        "Kauri Holdings Limited",
        True,
    )
