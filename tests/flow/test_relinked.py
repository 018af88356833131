"""A link that was changed in Connectworks itself is told; nothing follows from it by itself."""

from __future__ import annotations

from typing import Any

import pandas as pd
import pytest

from workbench.domain.fields import CONNECTWORKS


def _told(house: Any) -> list[tuple[str, str]]:
    """Give the findings about links, by the record's name."""
    checks = house.desk.checks()
    found = checks[checks["check"] == "link_differs"]
    assert set(found["side"]) <= {CONNECTWORKS}
    return list(zip(found["name"], found["what"], strict=True))


def _relink(house: Any, number: int, xpm_id: str | None) -> None:
    link = None if xpm_id is None else {"uuid": xpm_id, "linked_at": "2024-01-20T20:03:00Z"}
    house.sandbox.edit(CONNECTWORKS, f"cw_{number:06}", {"xpm_link": link})


def _xpm(number: int) -> str:
    return f"5e1f0000-0000-4000-8000-{number:012}"


def _name(number: int) -> str:
    return f"Kahikatea Number {number} Limited"


def test_links_that_agree_are_no_finding(pulled: Any) -> None:
    """What was taken over, and what waits here for a push, does not differ."""
    pulled.desk.unlink([pulled.desk.links()["link_id"].iloc[0]])
    assert _told(pulled) == []


def test_a_link_to_another_client(pulled: Any) -> None:
    """The pair stays as it is here, and both names are told."""
    links = pulled.desk.links()
    _relink(pulled, 1, _xpm(2))
    pulled.do("pull")
    expected = f"Connectworks links it to “{_name(2)}”; here it is linked to “{_name(1)}”."
    assert _told(pulled) == [(_name(1), expected)]
    pd.testing.assert_frame_equal(pulled.desk.links(), links)


def test_a_link_to_nobody_we_know(pulled: Any) -> None:
    """An id that XPM does not show is told, unless XPM was not pulled whole."""
    _relink(pulled, 1, _xpm(999))
    pulled.do("pull")
    assert _told(pulled) == [(_name(1), "Connectworks links it to a client that XPM does not have.")]


@pytest.mark.parametrize("where", ["rejected", "parted", "taken"])
def test_a_link_that_is_not_taken_over(pulled: Any, where: str) -> None:
    """What a person judged here stands against Connectworks, and that is told."""
    _relink(pulled, 1, None)
    pulled.do("pull")
    assert _told(pulled) == []
    pair = (f"cw_{1:06}", _xpm(1))
    if where == "rejected":
        pulled.desk.reject([pair], "card")
    elif where == "taken":
        pair = (f"cw_{1:06}", _xpm(2))
    _relink(pulled, 1, pair[1])
    pulled.do("pull")
    words = {
        "rejected": f"Connectworks links it to “{_name(1)}”, which was rejected here.",
        "parted": f"Connectworks links it to “{_name(1)}”; here the two are parted.",
        "taken": f"Connectworks links it to “{_name(2)}”, which is linked to another client here.",
    }
    assert _told(pulled) == [(_name(1), words[where])]
