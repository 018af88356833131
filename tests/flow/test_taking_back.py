"""A run, a client or a pattern is taken back by a plan like any other; what no longer holds is not pushed."""

from __future__ import annotations

from typing import Any

import pytest

import workbench as wb
from workbench.domain.errors import BadInput, WorkbenchError
from workbench.flow.asking import follow


def _xpm(house: Any, field: str = "email") -> dict[str, Any]:
    return {id: record[field] for id, record in house.sandbox.dump("xpm")["client"].items()}


@pytest.fixture
def bench(pulled: Any) -> wb.Workbench:
    """Give the bench over the same firm and memory."""
    bench = wb.open(pulled.folder)
    bench._firm, bench.desk = pulled.firm, pulled.desk
    return bench


def test_a_client_is_taken_back_through_all_its_runs(pulled: Any, bench: wb.Workbench) -> None:
    """Two runs wrote one client's email: one plan leads back to what stood before the first."""
    before = _xpm(pulled)
    rows = pulled.differing("email", 0, 2)
    pulled.decide(rows, "to_xpm")
    pulled.push()
    first = rows.iloc[0]
    pulled.sandbox.edit("connectworks", first["connectworks_id"], {"email": "second@rimu.example"})
    pulled.do("pull")
    pulled.decide(pulled.desk.differences().query("link_id == @first.link_id and field == 'email'"), "to_xpm")
    pulled.push()
    assert _xpm(pulled)[first["xpm_id"]] == "second@rimu.example"

    plan = bench.undo(client=first["connectworks_id"])
    (operation,) = plan.operations
    assert operation.after == {"email": first["xpm"]}
    assert bench.push(plan, plan.words).message == "Pushed: 1 done."
    after = _xpm(pulled)
    assert after[first["xpm_id"]] == before[first["xpm_id"]]
    assert after[rows.iloc[1]["xpm_id"]] == rows.iloc[1]["connectworks"], "the other client keeps its value"
    assert bench.undo(client=first["xpm_id"]).operations == ()


def test_a_pattern_is_taken_back_and_nothing_else(pulled: Any, bench: wb.Workbench) -> None:
    """Of what one run wrote, only the fields that one act decided go back; an undo can be undone."""
    emails, phones = pulled.differing("email", 0, 3), pulled.differing("primary_phone", 0, 3)
    before, phones_before = _xpm(pulled), _xpm(pulled, "phone")
    pulled.decide(emails, "to_xpm")
    pulled.decide(phones, "to_xpm")
    pulled.push()
    pushed, phones_pushed = _xpm(pulled), _xpm(pulled, "phone")
    acts = bench.patterns_decided()
    assert list(acts["fields"]) == ["primary_phone", "email"]
    assert list(acts["written"]) == ["3", "3"]

    plan = bench.undo(pattern=acts["pattern"].iloc[1])
    run = bench.push(plan, plan.words)
    assert (_xpm(pulled), _xpm(pulled, "phone")) == (before, phones_pushed)
    assert phones_pushed != phones_before
    again = wb.undo(run)
    bench.push(again, again.words)
    assert (_xpm(pulled), _xpm(pulled, "phone")) == (pushed, phones_pushed)


def test_nobody_takes_everything_back_by_leaving_out_a_word(pulled: Any, bench: wb.Workbench) -> None:
    """Without a run, a client or a pattern there is no plan."""
    with pytest.raises(BadInput, match="Name a run, a client or a pattern"):
        bench.undo()


def _blank(house: Any, side: str, changes: dict[str, Any]) -> Any:
    """Empty one client's phone on one side by hand, and give the difference that a pull then shows."""
    row = house.differing("primary_phone", 0, 1).iloc[0]
    house.sandbox.edit(side, row[f"{side}_id"], changes)
    house.do("pull")
    return house.desk.differences().query("link_id == @row.link_id and field == 'primary_phone'")


def test_an_undo_that_empties_needs_the_typed_words(pulled: Any, bench: wb.Workbench) -> None:
    """A fill is taken back by emptying: no second act was made for that, so the words are asked for."""
    fill = _blank(pulled, "xpm", {"phone": ""})
    pulled.decide(fill, "to_xpm")
    pulled.push()
    plan = bench.undo(client=fill["xpm_id"].iloc[0])
    assert [b.code for b in plan.brakes if b.state == "set"] == ["many_blanks"]
    with pytest.raises(WorkbenchError, match=r"1 value would be emptied.*Small Test Practice 1 emptied"):
        bench.push(plan)
    assert bench.push(plan, plan.words).message == "Pushed: 1 done."
    assert not _xpm(pulled, "phone")[fill["xpm_id"].iloc[0]]


def test_what_cannot_be_undone_is_listed_before_and_refused_after(pulled: Any, bench: wb.Workbench) -> None:
    """Where a side cannot empty a value, a fill is named before it is pushed, and stays afterwards."""
    able = [c for c in pulled.sandbox.dials("connectworks")["capabilities"] if c != "clear_fields"]
    pulled.sandbox.dials("connectworks", capabilities=able)
    pulled.rest()
    pulled.firm = bench._firm = pulled.again()
    pulled.desk = bench.desk = type(bench.desk)(pulled.firm)
    fill = _blank(pulled, "connectworks", {"primary_phone": None})
    pulled.decide(fill, "to_connectworks")
    plan = pulled.desk.plan()
    assert [(out.field, "cannot be undone" in out.reason) for out in plan.lasting] == [
        ("primary_phone", True)
    ]
    run = bench.push(plan, plan.words)
    for back in (wb.undo(run), bench.undo(run.run_id)):
        assert back.operations == ()
        assert [(out.field, out.code) for out in back.left_out] == [("primary_phone", "refused")]


def test_a_choice_that_was_taken_back_is_not_pushed(pulled: Any, bench: wb.Workbench) -> None:
    """A plan that is older than the choices is refused, whatever is typed, before the first write."""
    rows = pulled.differing("email", 0, 3)
    pulled.decide(rows, "to_xpm")
    plan = pulled.desk.plan()
    pulled.decide(rows.head(1), None)
    with pytest.raises(WorkbenchError, match="1 of these writes rest on a choice that was changed"):
        bench.push(plan, plan.words)
    assert not pulled.writes("xpm")


def test_a_choice_that_falls_during_the_run_ends_as_stale(pulled: Any) -> None:
    """What somebody takes back while the push runs is not sent any more; the rest is."""
    rows = pulled.differing("email", 0, 6)
    pulled.decide(rows, "to_xpm")
    last = pulled.desk.plan().operations[-1].client_id
    pulled.sandbox.dials("xpm", latency_s=0.2)
    request = pulled.ask_push()
    while not pulled.writes("xpm"):
        assert pulled.firm.state().requests[request].state != "ended"
    pulled.decide(rows[rows["xpm_id"] == last], None)
    assert follow(pulled.firm, request) == "Pushed: 5 done, 1 stale."
    assert last not in pulled.writes("xpm")
