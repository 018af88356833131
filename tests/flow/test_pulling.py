"""A pull keeps everything as received, or is marked as incomplete and changes nothing."""

from __future__ import annotations

import json
from typing import Any

import httpx
import pandas as pd
import pytest
from pandas.testing import assert_frame_equal

from workbench.domain.errors import WorkbenchError
from workbench.domain.fields import SIDES
from workbench.personal import PersonalDesk
from workbench.review.known import Known
from workbench.review.overview import Overview
from workbench.review.tree import text_of

AU_TAX_NUMBER = b"123456782"


def _brake(house: Any, code: str) -> str:
    return next(brake.state for brake in house.desk.plan().brakes if brake.code == code)


def _row(frame: pd.DataFrame, name: str) -> Any:
    return frame[frame["legal_name"] == name].iloc[0]


def test_everything_arrives_as_it_was_sent(pulled: Any) -> None:
    """A client named None, macrons, line breaks and leading zeros survive; nobody is dropped."""
    clients = pulled.desk.clients()
    xpm, connectworks = clients.xpm, clients.connectworks
    assert len(xpm) == len(connectworks) == 28
    assert {"None", "Ngā Pōhutukawa Trust"} <= set(xpm["legal_name"]) & set(connectworks["legal_name"])
    trust = _row(xpm, "Ngā Pōhutukawa Trust")
    assert (trust["lifecycle"], trust["physical_lines"]) == ("archived", "Unit 2\n12 Rātā Lane")
    assert _row(connectworks, "Ngā Pōhutukawa Trust")["lifecycle"] == "discarded"
    zero = _row(connectworks, "Leading Zero")
    assert (zero["tax_number"], zero["physical_postcode"]) == ("012-345-678", "0110")
    assert _row(xpm, "Leading Zero")["physical_postcode"] == "0110"


def test_no_snapshot_holds_an_australian_tax_number(pulled: Any) -> None:
    """Also a look and an echo leave no byte of it anywhere in the firm's folder."""
    links = pulled.desk.links().set_index("xpm_id")
    wattle = _row(pulled.desk.clients().xpm, "Wattle Pty Ltd")["client_id"]
    pulled.do("refresh", link_ids=[links.loc[wattle, "link_id"]])
    kept = dict(pulled.kept())
    assert sum(where.endswith(".gz") for where in kept) >= 4
    for where, content in kept.items():
        assert AU_TAX_NUMBER not in content, where
        assert AU_TAX_NUMBER[-3:] + b"</TaxNumber>" not in content, where
    assert AU_TAX_NUMBER in json.dumps(pulled.sandbox.dump("xpm")).encode()


@pytest.mark.parametrize("side", SIDES)
@pytest.mark.parametrize("fault", ["cut_body", "drop_before_commit"])
def test_a_pull_that_is_cut_short(pulled: Any, side: str, fault: str) -> None:
    """The pull is incomplete and says so, the brake is set, and the frames stay the last whole ones."""
    before = pulled.desk.clients()
    path = "client.api/list" if side == "xpm" else "/v1/clients"
    pulled.sandbox.dials(side, next=[{"fault": fault, "path": path, "times": 20}])
    with pytest.raises(WorkbenchError, match=r"The connection to .* broke"):
        pulled.do("pull")
    _still(pulled, before, side)
    pulled.sandbox.dials(side, next=[])
    pulled.do("pull")
    assert _brake(pulled, "incomplete_pull") == "clear"
    assert not pulled.desk.clients().incomplete


def _still(house: Any, before: Any, side: str) -> None:
    clients = house.desk.clients()
    for each in SIDES:
        assert_frame_equal(clients.side(each), before.side(each))
    assert set(clients.incomplete) == {side}
    assert _brake(house, "incomplete_pull") == "set"
    assert not house.firm.facts().pull_complete


def test_a_pull_that_shrank(pulled: Any) -> None:
    """More than a tenth gone is an incomplete export, told in numbers, until a person says that they left."""
    before, links = pulled.desk.clients(), len(pulled.desk.links())
    records = list(pulled.sandbox.dump("connectworks")["clients"].values())[:20]
    page = httpx.Response(200, json={"items": records, "next_cursor": None, "total": len(records)})
    pulled.through(lambda request: page if request.url.path == "/v1/clients" else None)
    told = pulled.do("pull")
    assert "Connectworks sent 20 records; the last whole pull had 28." in told
    _still(pulled, before, "connectworks")
    assert len(pulled.desk.links()) == links
    pulled.do("pull", accept_shrink=True)
    assert len(pulled.desk.clients().connectworks) == 20
    assert _brake(pulled, "incomplete_pull") == "clear"


def test_an_incomplete_pull_keeps_what_was_seen_since_the_last_whole_one(pulled: Any) -> None:
    """Pushed values are not forgotten because a later pull was cut."""
    pulled.decide(pulled.differing("email", 0, 1), "to_xpm")
    pulled.push()
    before = pulled.desk.clients()
    pulled.sandbox.dials("xpm", next=[{"fault": "cut_body", "path": "client.api/list", "times": 20}])
    with pytest.raises(WorkbenchError):
        pulled.do("pull")
    assert_frame_equal(pulled.again().clients().xpm, before.xpm)


def test_the_overview_says_that_a_pull_was_incomplete(pulled: Any) -> None:
    """Whoever looks at the numbers reads why they may not be the whole."""
    pulled.sandbox.dials("xpm", next=[{"fault": "cut_body", "path": "client.api/list", "times": 20}])
    with pytest.raises(WorkbenchError):
        pulled.do("pull")
    known = Known(PersonalDesk(pulled.firm, pulled.desk))
    known.look()
    shown = text_of(Overview(known).view())
    assert "The connection to XPM" in shown
    assert "What is shown is the last whole pull" in shown
