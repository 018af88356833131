"""What moved between two sights, what waits for whom, and whose clients a scope means."""

from __future__ import annotations

import sys
from pathlib import Path
from random import Random

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from workbench.domain.errors import BadInput
from workbench.domain.frames import CANDIDATES, DECISIONS, DIFFERENCES, Clients, clients_frame, frame_of
from workbench.reconcile.drift import drift
from workbench.reconcile.scope import in_scope, within
from workbench.reconcile.waiting import WAITING, waiting

sys.path.insert(0, str(Path(__file__).parent))

from often import often

EMAILS = st.one_of(st.none(), st.sampled_from(["a@b.example", "A@B.example", "c@d.example"]))
RECORDS = st.dictionaries(st.sampled_from("abcdef"), EMAILS, max_size=5)


def frame(records: dict[str, str | None]) -> pd.DataFrame:
    """Give a clients frame of ids with their emails."""
    rows = [{"client_id": i, "legal_name": f"Client {i}", "email": email} for i, email in records.items()]
    return clients_frame(rows, "xpm")


@settings(max_examples=often(20))
@given(old=RECORDS, new=RECORDS, order=st.randoms(use_true_random=False))
def test_everything_that_differs_moved_and_nothing_else(
    old: dict[str, str | None], new: dict[str, str | None], order: Random
) -> None:
    """Who came, who went and each value that is another one is told once, in any order."""
    found = drift({"xpm": frame(old)}, {"xpm": frame(new)}, {})
    fields = found["field"].astype(object).where(found["field"].notna(), None)
    told = set(zip(found["client_id"], fields, strict=True))
    moved = {(i, "email") for i in old.keys() & new.keys() if old[i] != new[i]}
    assert told == moved | {(i, None) for i in old.keys() ^ new.keys()}
    assert len(found) == len(told)
    mixed = order.sample(sorted(new), len(new))
    again = drift({"xpm": frame(old)}, {"xpm": frame({i: new[i] for i in mixed})}, {})
    pd.testing.assert_frame_equal(found, again)


def test_a_move_says_what_it_is() -> None:
    """Our own writes, values that are only written otherwise, and true changes are told apart."""
    old = {"a": "a@b.example", "b": "a@b.example", "c": "a@b.example"}
    new = {"a": "A@B.example", "b": "c@d.example", "c": "x@y.example"}
    found = drift({"xpm": frame(old)}, {"xpm": frame(new)}, {("xpm", "b", "email"): "c@d.example"})
    assert dict(zip(found["client_id"], found["what"], strict=True)) == {
        "a": "respelled",
        "b": "pushed",
        "c": "changed",
    }
    assert drift({}, {"xpm": frame(new)}, {}).empty


def firm() -> tuple[Clients, pd.DataFrame]:
    """Give two linked clients of two partners, one of them known to Connectworks alone."""
    here = [
        {"client_id": "c1", "partner": "Ann"},
        {"client_id": "c2", "partner": "Bob", "groups": "Farms; Trusts"},
    ]
    there = [{"client_id": "x1", "partner": "Cy"}, {"client_id": "x2"}]
    links = frame_of(
        [{"link_id": f"L{n}", "connectworks_id": f"c{n}", "xpm_id": f"x{n}"} for n in (1, 2)],
        ("link_id", "connectworks_id", "xpm_id"),
    )
    return Clients(clients_frame(here, "connectworks"), clients_frame(there, "xpm")), links


def test_what_waits_is_counted_by_partner() -> None:
    """What somebody chose about waits no more for a choice but, maybe, for a push or an answer."""
    clients, links = firm()
    ids = [
        {**row, "field": f, "kind": "different"}
        for row in links.to_dict("records")
        for f in ("email", "website")
    ]
    decided = [
        {**ids[0], "direction": "leave"},
        {**ids[1], "direction": "to_xpm"},
        {**ids[2], "direction": "ask"},
    ]
    found = waiting(
        clients,
        frame_of(ids, DIFFERENCES),
        frame_of([{"connectworks_id": "c2", "xpm_id": "x1"}], CANDIDATES),
        frame_of(decided, DECISIONS),
    )
    rows = found.set_index("person").to_dict("index")
    assert rows["Cy"] == {"to_decide": 0, "to_judge": 1, "to_send": 1, "to_ask": 0}
    assert rows["Bob"] == {"to_decide": 1, "to_judge": 0, "to_send": 0, "to_ask": 1}


def test_where_all_agrees_nothing_waits_for_anybody() -> None:
    """A firm without an open difference, a candidate or a decision has a report too."""
    clients, _ = firm()
    found = waiting(clients, frame_of((), DIFFERENCES), frame_of((), CANDIDATES), frame_of((), DECISIONS))
    assert found.empty
    assert list(found.columns) == list(WAITING)


def test_a_scope_means_linked_clients_whole() -> None:
    """A partner, a manager or a group of either side takes both records in; nonsense is refused."""
    clients, links = firm()
    assert in_scope(clients, links, "") is None
    assert in_scope(clients, links, "partner: Bob") == {"c2", "x2"}
    assert in_scope(clients, links, "group: Trusts") == {"c2", "x2"}
    assert list(within(links, in_scope(clients, links, "partner: Cy"))["link_id"]) == ["L1"]
    for nonsense in ("Bob", "team: Bob", "manager: Nobody"):
        with pytest.raises(BadInput):
            in_scope(clients, links, nonsense)
