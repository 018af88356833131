"""Custom fields of XPM: their cost is told before anything is asked, and filters have them afterwards."""

from __future__ import annotations

from collections import Counter
from datetime import datetime, timedelta
from typing import Any

import httpx
import pytest

from workbench.domain.adjustable import BY_KEY
from workbench.domain.errors import BadInput, NotAllowedHere, WorkbenchError
from workbench.flow.asking import follow
from workbench.flow.custom_fields import Forecast, forecast
from workbench.flow.doctor import Finding, examine
from workbench.flow.firm import Firm
from workbench.flow.retention import purge_client, purge_old
from workbench.personal import PersonalDesk
from workbench.reconcile.scope import in_scope
from workbench.systems.clock import RealClock


class YearsAhead(RealClock):
    """A clock that is some years ahead."""

    def now(self) -> datetime:
        """Give the time in three years."""
        return super().now() + timedelta(days=1000)


UNCHOSEN = b"Slow payers"


def _asked(house: Any) -> list[str]:
    paths = [each["path"] for each in house.sandbox.log("xpm")]
    return [path for path in paths if path.endswith("/customfield")]


def _labels(house: Any) -> dict[str, str]:
    known = house.firm.clients().xpm.dropna(subset="custom_fields")
    return dict(zip(known["legal_name"], known["custom_fields"], strict=True))


def test_the_cost_is_told_and_nothing_is_asked() -> None:
    """Clients, calls, minutes and the day's limit in one sentence; where a day does not reach, so it says."""
    many = tuple(str(n) for n in range(480))
    told = Forecast(("Language",), 480, many, 60, 5000, 4890)
    assert told.words == (
        "Reading “Language” of 480 clients costs 480 calls, about 8 minutes, of 5,000 a day; "
        "4,890 are left today."
    )
    assert "ask again tomorrow" in Forecast(("Language",), 480, many, 60, 5000, 100).words
    assert "It takes 2 days" in Forecast(("Language",), 480, many, 60, 300).words
    assert Forecast(("Language",), 480, (), 60, 5000).words == "“Language”: read for all 480 clients."


def test_they_are_read_once_and_stay_through_the_next_pull(pulled: Any) -> None:
    """A call for each living client as was shown; a pull or a look at one client loses nothing of it."""
    cost = forecast(pulled.firm)
    assert (cost.calls, _asked(pulled)) == (27, [])
    pulled.do("custom_fields", **cost.asked)
    assert len(_asked(pulled)) == len(set(_asked(pulled))) == 27
    told = {
        "Kahikatea Number 1 Limited": "Preferred language: Te reo Māori, English; AML review due: 2026-04-01"
    }
    assert _labels(pulled) == told
    assert forecast(pulled.firm).calls == 0
    pulled.do("pull")
    pulled.do("refresh", link_ids=pulled.firm.state().links()["link_id"].tolist()[:1])
    assert _labels(pulled) == told
    assert Firm(pulled.folder).state().labelled.keys() == set(cost.clients)


def test_a_custom_field_that_was_not_chosen_is_kept_nowhere(pulled: Any) -> None:
    """What the firm thinks of a client in a field that it did not name never reaches its folder."""
    pulled.do("custom_fields", **forecast(pulled.firm).asked)
    for where, content in pulled.kept():
        assert UNCHOSEN not in content, where


def test_no_more_calls_are_made_than_were_agreed_to(pulled: Any) -> None:
    """Where more clients wait than were shown, the rest waits for another yes."""
    pulled.do("custom_fields", **{**forecast(pulled.firm).asked, "calls": 5})
    assert len(_asked(pulled)) == 5
    assert forecast(pulled.firm).calls == 22


def test_what_was_read_before_the_day_ran_out_stays(pulled: Any) -> None:
    """A quota that is spent in the middle ends it; asked again, it goes on with those that are left."""

    def spent(request: httpx.Request) -> httpx.Response | None:
        if request.url.path.endswith("/customfield") and len(_asked(pulled)) >= 23:
            headers = {"Retry-After": "3600", "X-Rate-Limit-Problem": "day"}
            return httpx.Response(429, headers=headers)
        return None

    pulled.through(spent)
    with pytest.raises(WorkbenchError, match="day"):
        pulled.do("custom_fields", **forecast(pulled.firm).asked)
    pulled.rest()
    pulled.firm = pulled.again()
    assert forecast(pulled.firm).calls == 4
    pulled.do("custom_fields", **forecast(pulled.firm).asked)
    assert set(Counter(_asked(pulled)).values()) == {1}


def test_the_dashboard_reads_them_at_the_cost_that_it_showed(pulled: Any) -> None:
    """What the page asks for is what it told; whoever may only look is refused."""
    desk = PersonalDesk(pulled.firm, pulled.desk)
    told = desk.custom_fields_cost()
    assert told is not None
    words, calls = told
    assert f"costs {calls} calls" in words
    assert follow(pulled.firm, desk.ask_custom_fields(calls)).startswith(f"Read custom fields of {calls}")
    assert desk.custom_fields_cost() == (forecast(pulled.firm).words, 0)
    path = pulled.folder / "firm.toml"
    people = "\n".join(
        f'[[access.people]]\nsign_in = "{who}"\nroles = ["{role}"]'
        for who, role in ((pulled.firm.person, "see"), ("ann@kowhai.example", "administer"))
    )
    path.write_text(f"{path.read_text(encoding='utf-8')}\n{people}\n", encoding="utf-8")
    with pytest.raises(NotAllowedHere):
        PersonalDesk(pulled.again()).ask_custom_fields(1)


def test_other_custom_fields_count_at_once(pulled: Any) -> None:
    """What an administrator names on the screen is what a worker that runs already keeps and shows next."""
    pulled.do("custom_fields", **forecast(pulled.firm).asked)
    before = BY_KEY["xpm.custom_fields"].of(pulled.firm.settings)
    desk = PersonalDesk(pulled.firm, pulled.desk)
    desk.set_setting("xpm.custom_fields", before, ("What we think of them",))
    assert _labels(pulled) == {}
    cost = forecast(pulled.firm)
    assert cost.calls == 27
    pulled.do("custom_fields", **cost.asked)
    assert set(_labels(pulled).values()) == {"What we think of them: Slow payers."}


def test_a_scope_costs_its_own_clients_only(pulled: Any) -> None:
    """Custom fields of one partner's or one type's clients cost no more calls than there are of them."""
    assert forecast(pulled.firm, "partner: Rose Farrow").calls == 1
    pulled.do("custom_fields", **forecast(pulled.firm).asked)
    clients, links = pulled.firm.clients(), pulled.firm.state().links()
    found = in_scope(clients, links, "custom field: AML review due: 2026-04-01")
    first = clients.xpm.set_index("legal_name").loc["Kahikatea Number 1 Limited", "client_id"]
    assert found is not None
    assert first in found
    assert len(found) == 2  # with its counterpart in Connectworks


def test_the_doctor_tells_what_filters_go_by(pulled: Any) -> None:
    """It names what comes with a pull, what custom fields would cost, and the command that reads them."""
    pulled.do("connect")
    finding = next(each for each in examine(pulled.firm) if each.what == "filters")
    assert finding.ok
    assert "come with each pull and cost no call" in finding.words
    assert "of 27 clients costs 27 calls" in finding.words
    assert "workbench custom-fields" in finding.advice
    assert _asked(pulled) == []


def _found(house: Any, what: str) -> Finding:
    told = {each.what: each for each in examine(house.firm)}
    assert what in told, told
    return told[what]


def test_the_doctor_tells_what_reading_parties_costs(house: Any) -> None:
    """A call for each living company or trust, at every pull; what a pull leaves for want of time is said."""
    able = house.sandbox.dials("connectworks")["capabilities"]
    house.sandbox.dials("connectworks", capabilities=[*able, "read_parties"])
    house.do("pull")
    asked = sum(each["path"].endswith("/parties") for each in house.sandbox.log("connectworks"))
    parties = _found(house, "parties")
    assert f"a call for each: {asked} calls, at most 1 minute." in parties.words
    house.set("client_secret_env", 'client_secret_env = "WORKBENCH_SANDBOX_SECRET"\ncalls_per_min = 5')
    house.do("connect")
    parties = _found(house, "parties")
    assert f"is not read: {asked} calls would take too long" in parties.words
    assert "calls_per_min" in parties.advice


def test_nothing_is_read_where_none_is_chosen(pulled: Any) -> None:
    """Without a name in the settings there is no forecast, but a sentence about what to write."""
    pulled.set("custom_fields", "custom_fields = []")
    with pytest.raises(BadInput, match=r"custom_fields = "):
        forecast(pulled.firm)
    assert pulled.firm.clients().xpm["custom_fields"].isna().all()


def test_a_purged_client_keeps_no_custom_field(pulled: Any) -> None:
    """What was read of a client goes with the client."""
    pulled.do("custom_fields", **forecast(pulled.firm).asked)
    state = pulled.firm.state()
    client = next(iter(state.labelled))
    path = pulled.firm.snapshots.look_path(state.labelled[client].look)
    assert path.exists()
    purge_client(pulled.firm, client, although_there=True)
    assert not path.exists()
    assert client not in pulled.firm.state().labelled


def test_custom_fields_that_nobody_wants_any_more_go_by_age(pulled: Any) -> None:
    """What is in force stays, however old; a field that the settings name no more goes."""
    pulled.do("custom_fields", **forecast(pulled.firm).asked)
    ages = Firm(pulled.folder, clock=YearsAhead())
    paths = [ages.snapshots.look_path(one.look) for one in ages.state().labelled.values()]
    purge_old(ages)
    assert all(path.exists() for path in paths)
    pulled.set("custom_fields", 'custom_fields = ["Another"]')
    purge_old(Firm(pulled.folder, clock=YearsAhead()))
    assert not any(path.exists() for path in paths)
    pulled.set("custom_fields", 'custom_fields = ["AML review due"]')
    assert _labels(pulled) == {}
    assert forecast(pulled.firm).calls == 27
