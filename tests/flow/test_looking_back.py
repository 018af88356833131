"""What happened can be seen, taken back and proved."""

from __future__ import annotations

from typing import Any

import pytest

import workbench as wb
from workbench.domain.errors import BadInput
from workbench.domain.question import Question
from workbench.domain.taking_back import all_of_client, all_of_pattern
from workbench.flow.asking import follow


@pytest.fixture
def bench(pulled: Any) -> wb.Workbench:
    """Give a bench of the pulled firm."""
    return wb.open(pulled.folder)


def _pushed(pulled: Any, bench: wb.Workbench, count: int) -> Any:
    bench.decide(pulled.differing("email", 0, count), "to_xpm")
    return bench.push(wb.plan(bench.compare(), bench.decisions))


def test_undo_leaves_later_edits(pulled: Any, bench: wb.Workbench) -> None:
    """A value that somebody changed after the push is kept; the others go back to what they were."""
    before = bench.clients.xpm.set_index("client_id")["email"]
    run = _pushed(pulled, bench, 3)
    edited, *rest = (each.operation.resource_id for each in run.carried)
    pulled.sandbox.edit("xpm", edited, {"email": "later@rimu.example"})
    link = bench.links.set_index("xpm_id").loc[edited, "link_id"]
    bench.refresh(link)
    plan = bench.desk.undo_plan(run.run_id)
    assert [(one.link_id, one.code) for one in plan.left_out] == [(link, "stale")]
    undone = bench.push(plan)
    assert list(undone.outcomes["outcome"]) == ["done", "done"]
    after = bench.clients.xpm.set_index("client_id")["email"]
    assert after[edited] == "later@rimu.example"
    assert all(after[each] == before[each] for each in rest)
    assert bench.verify().ok


def test_an_edit_that_nobody_saw_is_not_overwritten_by_undo(pulled: Any, bench: wb.Workbench) -> None:
    """Undo looks before it writes, as every push does."""
    run = _pushed(pulled, bench, 2)
    edited = run.carried[0].operation.resource_id
    pulled.sandbox.edit("xpm", edited, {"email": "unseen@rimu.example"})
    undone = bench.push(wb.undo(run))
    assert sorted(undone.outcomes["outcome"]) == ["done", "stale"]
    assert pulled.sandbox.dump("xpm")["client"][edited]["email"] == "unseen@rimu.example"


def test_pushing_again_is_the_same_run(pulled: Any, bench: wb.Workbench) -> None:
    """A cell that pushes may be run again: nothing is sent, and its run can still be taken back."""
    bench.decide(pulled.differing("email", 0, 2), "to_xpm")
    plan = wb.plan(bench.compare(), bench.decisions)
    first, written = bench.push(plan), len(pulled.writes("xpm"))
    again = bench.push(plan)
    assert again.run_id == first.run_id
    assert len(pulled.writes("xpm")) == written
    assert len(wb.undo(again).operations) == 2


def test_a_refresh_shows_one_client_as_it_is_now(pulled: Any, bench: wb.Workbench) -> None:
    """The client that was asked for is fresh on both sides and its time moves; the others' does not."""
    bench.compare()
    links = bench.links.set_index("xpm_id")
    one, other = bench.links["xpm_id"].iloc[0], bench.links["xpm_id"].iloc[1]
    before = bench.desk.compared_at()
    for client in (one, other):
        pulled.sandbox.edit("xpm", client, {"email": "fresh@rimu.example"})
    shown = bench.refresh(one).set_index("field")
    assert shown.loc["email", "xpm"] == "fresh@rimu.example"
    emails = bench.clients.xpm.set_index("client_id")["email"]
    assert emails[other] != "fresh@rimu.example"
    after = bench.desk.compared_at()
    assert after[links.loc[one, "link_id"]] > before[links.loc[one, "link_id"]]
    with pytest.raises(BadInput, match="no linked client"):
        bench.refresh("nobody")


def test_a_push_refreshes_what_it_touched(pulled: Any, bench: wb.Workbench) -> None:
    """A written client was just seen, and says so."""
    bench.compare()
    before = bench.desk.compared_at()
    run = _pushed(pulled, bench, 1)
    link = run.carried[0].link_ids[0]
    after = wb.open(pulled.folder).desk.compared_at()
    assert after[link] > before[link]


def test_history_tells_who_when_before_and_after(pulled: Any, bench: wb.Workbench) -> None:
    """One client's history has the write with both values; another client's has not."""
    run = _pushed(pulled, bench, 1)
    operation = run.carried[0].operation
    told = bench.history(operation.client_id, "email")
    written = told[told["outcome"] == "done"].iloc[0]
    assert (written["before"], written["after"]) == (operation.before["email"], operation.after["email"])
    assert written["by"] == bench.desk.person
    assert written["at"]
    other = next(i for i in bench.links["xpm_id"] if i != operation.client_id)
    assert "done" not in set(bench.history(other, "email")["outcome"].dropna())


def test_the_audit_holds_no_personal_value(pulled: Any, bench: wb.Workbench) -> None:
    """The chained entries are ids, codes and digests: no email, phone or name of a client is in them."""
    _pushed(pulled, bench, 2)
    audit = bench.audit().entries
    text = " ".join(audit["body"])
    assert {"requested", "planned", "sending", "answered", "concluded"} <= set(audit["kind"])
    for personal in ("@kahikatea.example", "09 555", "04 555", "Kahikatea Number"):
        assert personal not in text
    assert bench.verify().head.seq == len(audit)


def test_every_push_is_listed_with_how_it_ended(pulled: Any, bench: wb.Workbench) -> None:
    """The desk lists the push with its writes and outcomes, tells each value, and finds it by its run."""
    run = _pushed(pulled, bench, 2)
    desk = wb.open(pulled.folder).desk
    [told] = desk.runs()
    assert (told.run_id, told.writes, told.counts, told.ended) == (run.run_id, 2, {"done": 2}, True)
    assert set(desk.results(run.run_id)["outcome"]) == {"done"}
    one = desk.look_back(Question(run_id=run.run_id), limit=1)
    assert len(one.rows) == 1
    assert one.total > 2
    written = desk.look_back(Question(text="written email", run_id=run.run_id))
    assert written.total == 2
    assert desk.look_back(Question(by="nobody")).total == 0


def test_a_search_finds_what_was_just_refreshed(pulled: Any) -> None:
    """However often a client is seen anew, searching finds it by what it holds now."""
    link = pulled.desk.links().iloc[0]
    for turn in range(4):
        email = f"turn{turn}@kauri.example"
        pulled.sandbox.edit("xpm", link["xpm_id"], {"email": email})
        pulled.do("refresh", link_ids=[link["link_id"]])
        assert pulled.desk.find("xpm", email)["client_id"].tolist() == [link["xpm_id"]]


@pytest.mark.parametrize("kind", ["client", "pattern"])
def test_what_was_written_of_a_client_or_by_a_pattern_is_taken_back_from_the_screen(
    pulled: Any, bench: wb.Workbench, kind: str
) -> None:
    """Asked for by its hash, as the dashboard does: a plan of its own, which a later one could take back."""
    before = bench.clients.xpm.set_index("client_id")["email"]
    run = _pushed(pulled, bench, 3)
    desk = bench.desk
    (act,) = desk.bulk_acts()["pattern"]
    link = run.carried[0].link_ids[0]
    undoes = all_of_client(link) if kind == "client" else all_of_pattern(act)
    plan = desk.undo_plan(undoes)
    assert len(plan.operations) == (1 if kind == "client" else 3)
    follow(bench._firm, desk.ask_push(plan.hash, plan.words, undoes))
    after = bench.clients.xpm.set_index("client_id")["email"]
    assert all(after[o.resource_id] == before[o.resource_id] for o in plan.operations)
    again = desk.undo_plan(desk.runs()[0].run_id)
    back = {o.resource_id: o.after for o in again.operations}
    assert back == {o.resource_id: o.before for o in plan.operations}
    assert desk.runs()[0].undoes == undoes
