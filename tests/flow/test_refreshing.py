"""A fresh look at linked clients says what it could not see."""

from __future__ import annotations

from typing import Any

import httpx
import pytest
from pandas.testing import assert_frame_equal

from workbench.domain.errors import WorkbenchError

GONE = (
    b"<Response><Status>ERROR</Status><ErrorDescription>Invalid client identifier</ErrorDescription>"
    b"</Response>"
)
UNKNOWN = {"error": {"code": "not_found", "message": "There is no client of this id."}}


def _looks_at_xpm(answer: httpx.Response) -> Any:
    return lambda request: answer if "/client.api/get/" in request.url.path else None


def _looks_at_connectworks(request: httpx.Request) -> httpx.Response | None:
    return httpx.Response(404, json=UNKNOWN) if "/clients/cw_" in request.url.path else None


def test_a_record_that_is_gone_is_said_to_be(pulled: Any) -> None:
    """A client that XPM does not know any more is named as such, and stays as it was known."""
    before = pulled.desk.clients().xpm
    pulled.through(_looks_at_xpm(httpx.Response(200, headers={"Content-Type": "text/xml"}, content=GONE)))
    told = pulled.do("refresh", link_ids=[pulled.desk.links()["link_id"].iloc[0]])
    assert told.startswith("Refreshed. 1 not found in XPM any more")
    assert_frame_equal(pulled.desk.clients().xpm, before)


def test_a_record_that_is_gone_from_connectworks(pulled: Any) -> None:
    """So it is of the other side, by the status that it answers with."""
    pulled.through(_looks_at_connectworks)
    told = pulled.do("refresh", link_ids=[pulled.desk.links()["link_id"].iloc[0]])
    assert told.startswith("Refreshed. 1 not found in Connectworks any more")


def test_a_refusal_is_no_absence(pulled: Any) -> None:
    """A service that does not speak our format has not lost the client: the refresh fails in words."""
    pulled.through(_looks_at_xpm(httpx.Response(406)))
    with pytest.raises(WorkbenchError, match=r"does not speak the format .*\(status 406\)"):
        pulled.do("refresh", link_ids=[pulled.desk.links()["link_id"].iloc[0]])


def test_a_pair_that_was_parted_meanwhile(pulled: Any) -> None:
    """It is skipped, and what is still linked is looked at."""
    parted, kept = pulled.desk.links()["link_id"].iloc[:2]
    pulled.desk.unlink([parted])
    assert pulled.do("refresh", link_ids=[parted, kept]) == "Refreshed."
    assert "not linked any more" in pulled.do("refresh", link_ids=[parted])
