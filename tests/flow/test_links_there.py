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
