"""What stops a run by itself, and what many hands at once cannot do to it."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest
from rig import Rig, without_stamps

from workbench.desk import FirmDesk
from workbench.domain.errors import WorkbenchError
from workbench.domain.fields import label_of
from workbench.flow.asking import follow
from workbench.review.desk import Choice

UPDATE = "client.api/update"


def _effects(rig: Rig, side: str) -> list[str]:
    return [e["resource"] for e in rig.sandbox.log(side) if e["changed"] and e["method"] != "EDIT"]


def _only(rig: Rig, field: str, direction: Any) -> None:
    """Take every choice back save those on one field, which all go one way."""
    frame = rig.desk.differences()
    rows = frame[frame["kind"] == "different"][["link_id", "field", "connectworks", "xpm"]]
    rig.desk.decide(
        [
            Choice(link, name, direction if name == field else None, *pair)
            for link, name, *pair in rows.astype(object).itertuples(index=False)
        ],
        "test",
    )


def test_a_server_that_blanks_what_was_left_out_is_stopped_after_one_write(
    make_rig: Callable[..., Rig],
) -> None:
    """The first write is checked on all fields; the words name what was harmed, and Undo puts it back."""
    rig = make_rig(4)
    _only(rig, "email", "to_xpm")
    before = rig.dumps()
    rig.sandbox.dials("xpm", next=[{"fault": "blank_omitted", "path": UPDATE}] * 4)
    links = len(rig.desk.plan().operations) - 4
    with pytest.raises(WorkbenchError, match=r"also changed .*Primary phone.*Website.*Undo") as stopped:
        rig.push()
    assert "555" not in str(stopped.value), "the words name fields, never values"
    assert len(_effects(rig, "xpm")) == 1
    assert rig.complaints(ended=False) == []

    rig.sandbox.dials("xpm", next=[])
    run_id = next(iter(rig.firm.state().runs))
    undo = rig.desk.undo_plan(run_id)
    follow(rig.firm, rig.desk.push_plan(undo, undo.words))
    assert without_stamps(rig.dumps()["xpm"]) == without_stamps(before["xpm"])
    assert links == 1
    assert rig.complaints(ended=False) == []


@pytest.mark.parametrize(
    ("field", "path", "harmed"),
    [
        ("email", UPDATE, "Referral source"),
        ("other_phone", "client.api/contact", "Addressee, Salutation"),
    ],
)
def test_harm_to_what_is_not_read_stops_it_after_one_write(
    make_rig: Callable[..., Rig], field: str, path: str, harmed: str
) -> None:
    """The first write is checked on all that the service tells; undo lists what a person has to put back."""
    rig = make_rig(4)
    _only(rig, field, "to_xpm")
    told = {"phone": "", "website": "", "referralSource": "Kererū Referrals"}
    for target in rig.firm.state().links()["xpm_id"]:
        rig.sandbox.edit("xpm", target, told)
    rig.sandbox.dials("xpm", next=[{"fault": "blank_omitted", "path": path}] * 4)
    with pytest.raises(WorkbenchError, match=f"also changed {harmed} of this client") as stopped:
        rig.push()
    assert "Kererū" not in str(stopped.value), "the words name fields, never values"
    assert len(_effects(rig, "xpm")) == 1
    run_id = next(iter(rig.firm.state().runs))
    undo = rig.desk.undo_plan(run_id)
    by_hand = ", ".join(sorted(label_of(out.field) for out in undo.left_out if out.field.startswith("/")))
    assert by_hand == harmed

    assert f"{len(rig.desk.plan().operations)} done" not in rig.push(), "whoever was told may go on"
    assert rig.complaints() == []


def test_harm_behind_a_cut_answer_is_found_by_the_closing_look(make_rig: Callable[..., Rig]) -> None:
    """Where the echo got lost, the look after it is held against the one before."""
    rig = make_rig(3)
    _only(rig, "email", "to_xpm")
    target = rig.firm.state().links()["xpm_id"].iloc[0]
    edit = {"id": target, "changes": {"phone": "09 555 7777"}}
    rig.sandbox.dials("xpm", next=[{"fault": "drop_after_commit", "path": UPDATE}])
    rig.sandbox.edit_after("xpm", "look", **edit)
    with pytest.raises(WorkbenchError, match="also changed Primary phone"):
        rig.push()


def test_more_refusals_than_one_in_twenty_pause_a_run(make_rig: Callable[..., Rig]) -> None:
    """Refusals that never come three in a row still stop it, with a question; pushing again goes on."""
    rig = make_rig(4)
    _only(rig, "email", "to_xpm")
    refused = [{"fault": "error_in_200", "path": UPDATE, "times": 3}]
    calm = [{"fault": "reformat", "path": UPDATE}]  # changes phones only, and none is sent
    rig.sandbox.dials("xpm", next=(refused + calm) * 2)
    with pytest.raises(WorkbenchError, match=r"did not take 2 changes of 5.*Should it go on\?"):
        rig.push()
    rig.sandbox.dials("xpm", next=[])
    assert "2 refused" in rig.push()
    assert rig.complaints() == []


def test_many_hands_on_one_plan_send_each_operation_once(make_rig: Callable[..., Rig]) -> None:
    """Double clicks in three kernels' tabs at the same moment make one run, in which nothing is doubled."""
    rig = make_rig(3)
    plan = rig.desk.plan()
    others = [rig.again() for _ in range(2)]
    desks = [rig.desk, *(FirmDesk(firm) for firm in others)]
    ready = threading.Barrier(8)
    asked: list[str] = []
    failed: list[BaseException] = []

    def click(desk: FirmDesk) -> None:
        ready.wait()
        try:
            asked.extend(desk.push_plan(plan, plan.words) for _ in range(2))
        except BaseException as error:
            failed.append(error)

    threads = [threading.Thread(target=click, args=(desks[i % 3],)) for i in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failed
    for request in set(asked):
        follow(rig.firm, request)
    assert len(rig.firm.state().runs) == 1
    assert Counter(rig.firm.state().concluded.values()) == {"done": len(plan.operations)}
    assert rig.complaints() == []


def test_a_hundred_double_clicks_from_two_tabs_are_one_push(make_rig: Callable[..., Rig]) -> None:
    """However often two tabs ask for the same plan, before, during and after it: one run, each write once."""
    rig = make_rig(2)
    plan = rig.desk.plan()
    desks = [FirmDesk(rig.again()), FirmDesk(rig.again())]

    def clicks(desk: FirmDesk) -> None:
        for _ in range(100):
            desk.push_plan(plan, plan.words)

    tabs = [threading.Thread(target=clicks, args=(desk,)) for desk in desks]
    for tab in tabs:
        tab.start()
    for tab in tabs:
        tab.join()
    for request in rig.firm.state().open_requests():
        follow(rig.firm, request.request_id)
    assert len(rig.firm.state().runs) == 1
    assert Counter(rig.firm.state().concluded.values()) == {"done": len(plan.operations)}
    assert rig.complaints() == []


def test_one_refusal_in_a_small_run_does_not_pause_it(make_rig: Callable[..., Rig]) -> None:
    """One bad row hurts one row, however large a part of the run it is."""
    rig = make_rig(4)
    _only(rig, "email", "to_xpm")
    rig.sandbox.dials("xpm", next=[{"fault": "error_in_200", "path": UPDATE, "times": 3}])
    assert "1 refused" in rig.push()
    assert rig.complaints() == []


@pytest.mark.parametrize("fault", ["malformed", "error_in_200"])
def test_a_push_that_cannot_make_out_a_service_goes_on_by_itself(
    make_rig: Callable[..., Rig], fault: str
) -> None:
    """Bad answers outside of any write (the kill rig's seeds 2 and 5) cost a wait, no human step."""
    rig = make_rig(2)
    rig.sandbox.dials("connectworks", next=[{"fault": fault, "path": "ping", "times": 2}] * 2)
    assert rig.push() == f"Pushed: {len(rig.firm.state().concluded)} done."
    assert {entry["fault"] for entry in rig.sandbox.log("connectworks")} == {None, fault}


def test_a_run_that_waits_for_a_clear_answer_can_be_stopped(make_rig: Callable[..., Rig]) -> None:
    """Stop is heard during the wait; what was sent is settled by the next push, and not sent again."""
    rig = make_rig(3)
    _only(rig, "email", "to_xpm")
    rig.sandbox.dials("xpm", next=[{"fault": "drop_after_commit", "path": UPDATE}])
    request = rig.ask_push()
    while not _effects(rig, "xpm"):
        assert rig.firm.state().requests[request].state != "ended"
    rig.desk.stop(request)
    with pytest.raises(WorkbenchError, match="Stopped as asked"):
        follow(rig.firm, request)
    assert rig.firm.state().concluded == {}
    assert rig.push() == "Pushed: 3 done."
    assert len(_effects(rig, "xpm")) == 3
    assert rig.complaints() == []
