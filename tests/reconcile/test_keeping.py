"""Duplicates: which of two records to keep, and a counterpart that is linked to neither by itself."""

from __future__ import annotations

import pandas as pd

import workbench as wb
from workbench.domain.frames import Clients, as_links
from workbench.reconcile.keeping import advised

USUAL = {"entity_type": "company", "lifecycle": "active", "nature": "client", "nzbn": "9429000000017",
         "email": "office@rimu.example", "primary_phone": "09 555 0101"}  # fmt: skip


def _clients(first: dict[str, str], second: dict[str, str]) -> Clients:
    there = pd.DataFrame(
        [
            {**USUAL, "client_id": "x1", "legal_name": "Rimu Holdings Limited", **first},
            {**USUAL, "client_id": "x2", "legal_name": "Rimu Holdings Ltd", **second},
        ]
    )
    here = pd.DataFrame([{**USUAL, "client_id": "c1", "legal_name": "Rimu Holdings Limited"}])
    return Clients(here, there)


def _advice(clients: Clients, *linked: str) -> tuple[str, str]:
    links = as_links(pd.DataFrame([("c1", each) for each in linked], columns=["connectworks_id", "xpm_id"]))
    (row,) = advised(wb.duplicates(clients, side="xpm"), clients, links).itertuples()
    return row.keep_id, row.advice


def test_the_better_record_is_kept_and_why_is_said() -> None:
    """Live before archived, linked before not, more before less: the first reason that tells them apart."""
    assert _advice(_clients({"lifecycle": "archived"}, {}), "x1") == (
        "x2",
        "Merge them in XPM and keep “Rimu Holdings Ltd”: the other is archived.",
    )
    assert _advice(_clients({}, {"website": "rimu.example"}), "x1")[1].endswith(
        "it is the one that is linked."
    )
    kept, why = _advice(_clients({}, {"website": "rimu.example"}))
    assert (kept, "it says more" in why) == ("x2", True)


def test_a_counterpart_of_two_is_suggested_for_neither() -> None:
    """While two records may be it, no link to either is suggested without doubt."""
    clients = _clients({}, {})
    assert set(wb.link(clients.connectworks, clients.xpm)["verdict"]) == {"review"}
