"""What snapshots say about the past: when values moved, and a field's timeline."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

import workbench as wb
from workbench.domain.records import Event
from workbench.flow import sightings
from workbench.flow.sightings import pulls
from workbench.reconcile.days import day
from workbench.reconcile.replay import replay


def _first_email(house: Any) -> Any:
    """Leave one pair of different emails as it is, so that it is agreed, and give it."""
    left = house.differing("email", 0, 1)
    house.decide(left, "leave")
    return left.iloc[0]


def test_a_suggestion_tells_when_its_side_moved(pulled: Any) -> None:
    """Between two pulls somebody typed into XPM: the reason names the days and the agreement."""
    agreed = _first_email(pulled)
    pulled.sandbox.edit("xpm", agreed["xpm_id"], {"email": "moved@rimu.example"})
    pulled.do("pull")
    found = pulled.desk.differences()
    cell = found[(found["link_id"] == agreed["link_id"]) & (found["field"] == "email")].iloc[0]
    today = day(pulled.firm.clock.now().isoformat(), pulled.firm.settings.firm.time_zone)
    assert cell["suggestion"] == "to_connectworks"
    assert cell["reason"].startswith("XPM changed it ")
    assert today.split(" ")[1] in cell["reason"].partition(";")[0]
    assert "has not since both were agreed on" in cell["reason"]


def test_a_snapshot_that_is_gone_dates_nothing_and_stops_nobody(pulled: Any) -> None:
    """Without the earlier snapshot the suggestion stands, only without a date."""
    agreed = _first_email(pulled)
    for kept in (pulled.folder / "snapshots").glob("*.gz"):
        kept.unlink()
    pulled.sandbox.edit("xpm", agreed["xpm_id"], {"email": "moved@rimu.example"})
    pulled.do("pull")
    found = pulled.desk.differences()
    cell = found[(found["link_id"] == agreed["link_id"]) & (found["field"] == "email")].iloc[0]
    assert (cell["suggestion"], cell["reason"].partition(";")[0]) == ("to_connectworks", "XPM changed it")
    assert len(list(pulls(pulled.firm, "xpm"))) == 1


def test_a_fields_history_names_what_flips(pulled: Any) -> None:
    """Pulls, looks and acts make one timeline, in which going back and forth is called so."""
    agreed = _first_email(pulled)
    for value in ("one@rimu.example", agreed["xpm"], "one@rimu.example"):
        pulled.sandbox.edit("xpm", agreed["xpm_id"], {"email": value})
        pulled.do("refresh", link_ids=[agreed["link_id"]])
    told = wb.open(pulled.folder).history(agreed["connectworks_id"], "email")
    assert told["what"].tolist() == [
        "XPM flips back and forth: gone back once more",
        "XPM has gone back to an earlier value",
        "XPM shows something new",
        "Chose to leave it as it is",
        "XPM is first seen",
        "Connectworks is first seen",
    ]
    assert told["after"].tolist()[:3] == ["one@rimu.example", agreed["xpm"], "one@rimu.example"]


def test_a_history_says_where_it_stopped_looking(pulled: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where there are earlier pulls than are looked through, nothing is said to be first seen."""
    agreed = _first_email(pulled)
    pulled.do("pull")
    monkeypatch.setattr(sightings, "FURTHEST", 1)
    told = wb.open(pulled.folder).history(agreed["connectworks_id"], "email")
    seen = told["what"][told["what"].str.contains("earlier pulls are not looked at")]
    assert sorted(what.partition(" ")[0] for what in seen) == ["Connectworks", "XPM"]
    assert not told["what"].str.contains("first seen").any()


def test_a_value_that_flips_across_pulls_is_named_with_its_difference(pulled: Any) -> None:
    """The second time that a pull shows an earlier value again, the difference says so, and no other one."""
    cell = pulled.differing("email", 0, 1).iloc[0]
    bench = wb.open(pulled.folder)
    warned = []
    for value in ("one@rimu.example", cell["xpm"], "one@rimu.example", "one@rimu.example"):
        pulled.sandbox.edit("xpm", cell["xpm_id"], {"email": value})
        pulled.do("pull")
        found = bench.compare()
        [told] = found.loc[(found["link_id"] == cell["link_id"]) & (found["field"] == "email"), "warnings"]
        warned.append("flips_in_xpm:2" in str(told))
    assert warned == [False, False, True, True]
    named = found["warnings"].fillna("").str.contains("flips_in")
    assert named.sum() == 1
    entries = [e.body["cells"] for e in pulled.firm.book.events(kinds={"returned"})]
    assert entries == [[[cell["xpm_id"], "email"]]] * 2


def test_a_value_that_has_stood_still_for_long_flips_no_more(pulled: Any) -> None:
    """After ten whole pulls without going back nothing is said of it."""
    state, cell = pulled.firm.state(), ("xpm", "x", "email")
    back = Event(state.seq + 1, "", "", "returned", {"side": "xpm", "cells": [["x", "email"]]})
    told = next(e for e in pulled.firm.book.events(kinds={"pulled"}) if e.body["side"] == "xpm")
    after = replay([back, replace(back, seq=back.seq + 1)], state)
    assert len(after.flips()) == 1
    later = [replace(told, seq=after.seq + n) for n in range(1, 11)]
    assert cell in replay(later[:-1], after).returned
    assert replay(later, after).flips().empty
