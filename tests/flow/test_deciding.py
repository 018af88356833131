"""What people decide is durable at once, and two who decide at once do not harm each other."""

from __future__ import annotations

import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

import workbench as wb
from workbench.domain.errors import BadInput, UnknownField
from workbench.domain.warnings import LOST
from workbench.flow.firm import Firm
from workbench.personal import PersonalDesk
from workbench.review.differences import Differences
from workbench.review.known import Known
from workbench.review.rows import DECIDED, MOVED

DECIDE_AND_DIE = """
import os, signal, sys
import workbench as wb
bench = wb.open(sys.argv[1])
differences = bench.compare()
chosen = differences[(differences["kind"] == "different") & (differences["field"] == "email")]
bench.decide(chosen.head(3), "to_xpm", note="as agreed")
bench.unlink([chosen["link_id"].iloc[5]])
os.kill(os.getpid(), getattr(signal, "SIGKILL", signal.SIGTERM))
"""


def test_two_people_linking_the_same_client(pulled: Any) -> None:
    """One of them wins; the other is told by the client's name, and half of nothing is written."""
    parted = pulled.desk.links().head(3)
    pulled.desk.unlink(list(parted["link_id"]))
    xpm_id = parted["xpm_id"].iloc[0]
    benches = [wb.open(pulled.folder) for _ in range(2)]
    start = threading.Barrier(2)
    told: list[str] = []

    def link(bench: Any, connectworks_id: str) -> None:
        start.wait()
        try:
            bench.link([(connectworks_id, xpm_id)])
        except BadInput as refusal:
            told.append(str(refusal))

    people = [
        threading.Thread(target=link, args=pair)
        for pair in zip(benches, parted["connectworks_id"][:2], strict=True)
    ]
    for person in people:
        person.start()
    for person in people:
        person.join()
    assert len(told) == 1
    assert "Kahikatea Number" in told[0]
    assert "is linked already" in told[0]
    links = wb.open(pulled.folder).links
    assert list(links["xpm_id"]).count(xpm_id) == 1
    assert len(links) == 28 - 3 + 1


def test_many_deciding_at_once_lose_nothing(pulled: Any) -> None:
    """Every choice of several benches that write at the same time is kept, and the chain verifies."""
    chosen = pulled.differing("email", 0, 12)
    people = [
        threading.Thread(target=wb.open(pulled.folder).decide, args=(chosen[n * 3 : n * 3 + 3], "to_xpm"))
        for n in range(4)
    ]
    for person in people:
        person.start()
    for person in people:
        person.join()
    bench = wb.open(pulled.folder)
    assert set(bench.decisions["link_id"]) == set(chosen["link_id"])
    assert bench.verify().ok


def test_a_killed_kernel_has_lost_nothing(pulled: Any) -> None:
    """Choices and partings are on the disk when the call returns."""
    command = [sys.executable, "-c", DECIDE_AND_DIE, str(pulled.folder)]
    ended = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert ended.returncode != 0
    assert "Traceback" not in ended.stderr, ended.stderr
    bench = wb.open(pulled.folder)
    assert len(bench.links) == 27
    kept = bench.decisions[bench.decisions["field"] == "email"]
    assert (len(kept), set(kept["direction"]), set(kept["note"])) == (3, {"to_xpm"}, {"as agreed"})
    assert bench.verify().ok


def test_deciding_on_a_parted_link_is_refused(pulled: Any) -> None:
    """Who decides on two that somebody parted meanwhile is told, and nothing is kept."""
    bench = wb.open(pulled.folder)
    chosen = pulled.differing("email", 0, 2)
    pulled.desk.unlink([chosen["link_id"].iloc[1]])
    with pytest.raises(BadInput, match="not linked any more"):
        bench.decide(chosen, "to_xpm")
    assert not len(bench.decisions[bench.decisions["field"] == "email"])


def test_an_unknown_field_is_refused(pulled: Any) -> None:
    """Deciding on a field that does not exist is refused with the names of those that do."""
    chosen = pulled.differing("email", 0, 2).assign(field="shoe_size")
    with pytest.raises(UnknownField, match=r"no field called “shoe_size”.*email"):
        wb.open(pulled.folder).decide(chosen, "to_xpm")
    assert pulled.desk.decisions().empty


def test_every_verb_twice_is_as_once(pulled: Any) -> None:
    """Running a cell again changes nothing: comparing, deciding and opening."""
    bench = wb.open(pulled.folder)
    chosen = pulled.differing("email", 0, 2)
    bench.decide(chosen, "leave")
    first, head = bench.compare(), len(bench.audit().entries)
    pd.testing.assert_frame_equal(bench.compare(), first)
    pd.testing.assert_frame_equal(wb.open(Path(str(pulled.folder))).compare(), first)
    assert len(bench.audit().entries) == head


def test_a_leave_that_is_taken_back_leaves_nothing_behind(pulled: Any) -> None:
    """What was suggested, and why, is suggested again: on the page at hand, and on one opened anew."""
    first = pulled.differing("email", 0, 2)
    pulled.decide(first, "leave")
    for side, row in (("xpm", first.iloc[0]), ("connectworks", first.iloc[1])):
        pulled.sandbox.edit(side, row[f"{side}_id"], {"email": "moved@rimu.example"})
    pulled.do("pull")
    ours = pulled.desk.differences()
    both = ours[ours["link_id"].isin(first["link_id"]) & (ours["field"] == "email")]
    never = ours[(ours["kind"] == "fill") & (ours["field"] == "email")][:2]
    assert list(both["suggestion"]) == ["to_connectworks", "to_xpm"]
    pulled.desk.differences_shown()
    for other in (None, "to_xpm", "ask"):
        for rows in (both, never):
            pulled.decide(rows, "leave")
            pulled.decide(rows, other)
            pd.testing.assert_frame_equal(pulled.desk.differences_shown(), ours)
        pd.testing.assert_frame_equal(wb.open(pulled.folder).desk.differences(), ours)


def test_a_leave_of_other_values_has_done_its_work(pulled: Any) -> None:
    """Once a side has moved from what was left, choosing anew does not make the leave undone."""
    first = pulled.differing("email", 0, 1)
    pulled.decide(first, "leave")
    pulled.sandbox.edit("xpm", first["xpm_id"].iloc[0], {"email": "moved@rimu.example"})
    pulled.do("pull")
    moved = pulled.desk.differences()
    where = (moved["link_id"] == first["link_id"].iloc[0]) & (moved["field"] == "email")
    pulled.decide(moved[where], "to_connectworks")
    pd.testing.assert_frame_equal(pulled.desk.differences(), moved)


def page_of(bench: Any) -> Differences:
    """Open the Differences screen on a page of its own, as after a reload or in a new kernel."""
    page = Differences(Known(PersonalDesk(Firm(bench.folder))), by_pattern=False)
    page.view()
    return page


def test_undo_goes_on_where_an_earlier_page_ended(pulled: Any) -> None:
    """What was done before a reload is taken back act by act; what was taken back or chosen anew stays so."""
    keys = list(pulled.differing("email", 0, 4)[["link_id", "field"]].itertuples(index=False, name=None))

    def tick(page: Differences, at: int, direction: str) -> None:
        page.model.set(keys[at], direction, page.model.row(keys[at]).seen)

    def stands() -> dict[int, str]:
        choices = wb.open(pulled.folder).desk.choices()
        return {n: choices[key]["direction"] for n, key in enumerate(keys) if key in choices}

    page = page_of(pulled)
    for at, direction in ((0, "to_xpm"), (1, "to_xpm"), (1, "leave"), (2, "to_xpm")):
        tick(page, at, direction)
    page.model.choices.undo()
    tick(page, 3, "to_xpm")
    wb.open(pulled.folder).decide(pulled.differing("email", 3, 4), "ask")
    assert stands() == {0: "to_xpm", 1: "leave", 3: "ask"}

    page = page_of(pulled)
    page.model.choices.undo()
    assert stands() == {0: "to_xpm", 1: "to_xpm", 3: "ask"}
    page.model.choices.undo()
    assert stands() == {0: "to_xpm", 3: "ask"}
    page.model.choices.redo()
    page = page_of(pulled)
    while page.model.choices.can_undo:
        page.model.choices.undo()
    assert stands() == {3: "ask"}


def test_who_died_or_was_put_away_since_is_seen_before_anything_is_written(pulled: Any) -> None:
    """Once known, the plan leaves the choice out and the page asks again; else the last look stops it."""
    bench = wb.open(pulled.folder)
    chosen = pulled.differing("email", 0, 3)
    bench.decide(chosen, "to_xpm")
    died, archived, other = chosen["link_id"]
    xpm = dict(zip(chosen["link_id"], chosen["xpm_id"], strict=True))
    assert len(pulled.desk.plan().operations) == 3
    pulled.sandbox.edit("xpm", xpm[died], {"dateOfDeath": "2026-03-01"})
    pulled.do("refresh", link_ids=[died])
    plan = pulled.desk.plan()
    assert {(out.link_id, out.code) for out in plan.left_out} == {(died, "locked")}
    screen = Differences(Known(PersonalDesk(pulled.firm, pulled.desk)))
    screen.view()
    assert screen.model.state((died, "email")) == MOVED
    assert screen.model.state((other, "email")) == DECIDED

    pulled.sandbox.edit("xpm", xpm[archived], {"isArchived": "Yes"})
    pulled.push()
    outcomes = {c.link_ids: c.outcome for c in pulled.firm.state().operations.values()}
    assert outcomes == {(archived,): "stale", (other,): "done"}
    out = pulled.desk.plan().left_out
    assert {(one.link_id, one.code) for one in out} == {(died, "locked"), (archived, "warned")}
    asked = pulled.desk.differences().set_index(["link_id", "field"])["warnings"]
    bench.decide(pulled.desk.differences().query("link_id == @archived and field == 'email'"), "to_xpm")
    assert "archived_in_xpm" in asked[archived, "email"]
    pulled.push()
    assert {c.outcome for c in pulled.firm.state().operations.values()} == {"stale", "done"}
    assert pulled.desk.plan().operations == ()


def test_an_open_page_notices_what_was_deleted_elsewhere(pulled: Any) -> None:
    """Once an agreed pair is deleted, the page that is open suggests nothing there any more and says why."""
    rows = pulled.differing("email", 0, 1)
    pulled.decide(rows, "leave")
    [link] = rows["link_id"]

    def reason() -> str:
        shown = pulled.desk.differences_shown()
        return str(shown[(shown["link_id"] == link) & (shown["field"] == "email")]["reason"].iloc[0])

    assert "since this was left as it is" in reason()
    pulled.again().book.purge("ann", subjects={link})
    assert reason() == LOST["lost"]
