"""Links in Connectworks: written where it can keep them, told where it cannot, refused where one stands."""

from __future__ import annotations

from typing import Any

import pandas as pd
import pytest


@pytest.fixture
def free(pulled: Any) -> tuple[str, str]:
    """Part one pair in both places, so that it can be linked anew."""
    link = pulled.desk.links().iloc[0]
    pulled.desk.unlink([link["link_id"]])
    if len(pulled.desk.plan().operations):
        pulled.push()
    return str(link["connectworks_id"]), str(link["xpm_id"])


def _written(house: Any, pair: tuple[str, str]) -> str:
    links = house.desk.links()
    return str(links.loc[links["connectworks_id"] == pair[0], "written"].iloc[0])


def test_without_the_ability_a_link_stays_here(pulled: Any, free: tuple[str, str]) -> None:
    """Where the gateway cannot write links, a link is told to be here only, and no plan carries it."""
    able = pulled.sandbox.dials("connectworks")["capabilities"]
    pulled.sandbox.dials("connectworks", capabilities=[each for each in able if each != "write_links"])
    pulled.rest()
    pulled.firm = pulled.again()
    pulled.desk = type(pulled.desk)(pulled.firm)
    pulled.do("connect")
    pulled.desk.link([free], "tick")
    assert _written(pulled, free) == "here"
    assert not pulled.desk.plan().operations


def test_a_link_that_is_taken_there_is_refused_and_told(pulled: Any, free: tuple[str, str]) -> None:
    """Somebody linked the record there meanwhile: nothing is overwritten, and the push says so."""
    pulled.desk.link([free], "tick")
    assert _written(pulled, free) == "no"
    other = next(i for i in pulled.desk.clients().xpm["client_id"] if i != free[1])
    pulled.sandbox.edit(
        "connectworks", free[0], {"xpm_link": {"uuid": other, "linked_at": "2026-01-01T00:00:00Z"}}
    )
    pulled.push()
    outcome = pulled.firm.state().outcomes().iloc[-1]
    assert outcome["outcome"] in ("stale", "refused")
    assert pd.notna(outcome["reason"])
    record = pulled.sandbox.dump("connectworks")["clients"][free[0]]
    assert record["xpm_link"]["uuid"] == other


def test_a_stale_link_is_pointed_anew_in_both_places(pulled: Any) -> None:
    """An archived end is proposed its heir; one act moves the link, a push moves it in Connectworks."""
    old, new = (f"5e1f0000-0000-4000-8000-{n:012}" for n in (7, 8))
    link = pulled.desk.links().set_index("xpm_id").loc[new, "link_id"]
    pulled.desk.unlink([link])
    pulled.push()
    pulled.sandbox.edit("xpm", old, {"isArchived": "Yes"})
    pulled.sandbox.edit(
        "xpm", new, {"name": "Kahikatea Number 7 Limited", "email": "there7@kahikatea.example"}
    )
    pulled.do("pull")
    (row,) = pulled.desk.stale_links().dropna(subset=["new_id"]).itertuples()
    assert (row.client_id, row.new_id, row.why) == (old, new, "Same name, same email.")
    pulled.desk.repoint([row.link_id])
    assert [o.after["linked_id"] for o in pulled.desk.plan().operations] == [None, new]
    assert "2 done" in pulled.push()
    assert pulled.sandbox.dump("connectworks")["clients"]["cw_000007"]["xpm_link"]["uuid"] == new
    assert not pulled.desk.plan().operations
