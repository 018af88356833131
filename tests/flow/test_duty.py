"""Requests are carried out by one worker, whoever asks and whatever dies."""

from __future__ import annotations

import time
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlencode, urljoin
from urllib.request import Request, urlopen

import pytest
from filelock import FileLock
from lxml import html

import workbench as wb
from workbench.desk import FirmDesk
from workbench.domain.errors import NotAllowedHere, PlanRefused, WorkbenchError
from workbench.domain.records import Entry
from workbench.flow.asking import ask, follow, stop, worker_alive
from workbench.flow.firm import Firm
from workbench.flow.worker import Worker
from workbench.systems.clock import RealClock

NAME = "Small Test Practice"


class MinuteAhead(RealClock):
    """A clock on which every sign of life is a minute old."""

    def now(self) -> datetime:
        """Give the time in a minute."""
        return super().now() + timedelta(minutes=1)


def _work(house: Any) -> None:
    """Be the worker until there is nothing left to do."""
    house.rest()
    FileLock(house.folder / "worker.lock").acquire(timeout=20).lock.release()  # the last one is off duty
    worker = Worker(house.firm)
    with worker.on_duty():
        while worker.carry_out_next():
            pass


def test_without_a_worker_a_push_waits(pulled: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where pages are served and no worker runs, a push is queued in words, and done once one comes."""
    pulled.decide(pulled.differing("email", 0, 2), "to_xpm")
    monkeypatch.setenv("WORKBENCH_SERVED", "1")
    page = Firm(pulled.folder, clock=MinuteAhead())
    desk = FirmDesk(page)
    request = desk.ask_push(desk.plan().hash)
    with pytest.raises(NotAllowedHere, match="Nobody is there to push: the request is queued until"):
        follow(page, request)
    assert [work.state for work in desk.pulse().works][:1] == ["queued"]
    assert not desk.pulse().worker_alive
    assert not pulled.writes("xpm")
    _work(pulled)
    assert len(pulled.writes("xpm")) == 2
    assert follow(page, request) == "Pushed: 2 done."


def test_a_page_that_was_never_served_by_a_worker_says_so(
    house: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The very first pull of a served firm without a worker is refused in words."""
    monkeypatch.setenv("WORKBENCH_SERVED", "1")
    with pytest.raises(NotAllowedHere, match=r"Nobody is there to pull.*workbench serve"):
        wb.open(house.folder).pull()
    assert not house.sandbox.log("xpm")


def test_who_comes_during_a_push_is_told_that_it_waits(pulled: Any) -> None:
    """A pull that is asked for while a push runs says so once, in the shell and on the page."""
    pulled.decide(pulled.differing("email", 0, 5), "to_xpm")
    pulled.sandbox.dials("xpm", latency_s=0.1)
    push = pulled.ask_push()
    request = ask(pulled.again(), "pull", {})
    told: list[str] = []

    def tell(words: str) -> None:
        told.append(words)
        told.extend(w.message for w in pulled.desk.pulse().works if w.request_id == request)

    assert follow(pulled.again(), request, tell=tell).startswith("Pulled")
    assert told == ["Waits for the push that runs"] * 2
    assert follow(pulled.firm, push) == "Pushed: 5 done."


def test_a_request_of_a_dead_worker_is_resumed(pulled: Any) -> None:
    """What a worker took and never ended is carried out by the next one."""
    request = ask(pulled.firm, "pull", {}, work_here=False)
    pulled.firm.append([Entry("taken", {"request_id": request, "worker": "the one that died"})])
    _work(pulled)
    assert pulled.firm.state().requests[request].ok


def test_a_run_that_ended_before_its_worker_died_ends_well(pulled: Any) -> None:
    """Dying between the run's end and the request's end makes no failure of it, and sends nothing again."""
    pulled.decide(pulled.differing("email", 0, 1), "to_xpm")
    pulled.push()
    run_id = next(iter(pulled.firm.state().runs))
    args = {"run_id": run_id, "confirmed": "", "undoes": None, "tenants": {}}
    request = ask(pulled.firm, "push", args, work_here=False)
    _work(pulled)
    assert pulled.firm.state().requests[request].message == "Pushed: 1 done."
    assert len(pulled.writes("xpm")) == 1


def test_stopped_work_carries_on_where_it_stopped(pulled: Any) -> None:
    """Stop comes into force after the present step; pushing again is the same run, each write once."""
    pulled.decide(pulled.differing("email", 0, 5), "to_xpm")
    plan = pulled.desk.plan()
    pulled.sandbox.dials("xpm", latency_s=0.1)
    request = pulled.desk.push_plan(plan, plan.words)
    deadline = time.monotonic() + 30
    while not pulled.writes("xpm"):
        assert time.monotonic() < deadline
        time.sleep(0.01)
    stop(pulled.firm, request)
    with pytest.raises(WorkbenchError, match="Stopped as asked"):
        follow(pulled.firm, request)
    assert next(w for w in pulled.desk.pulse().works if w.request_id == request).state == "stopped"
    written = pulled.writes("xpm")
    assert 1 <= len(written) < 5
    operations = list(pulled.firm.state().operations.values())
    assert sum(each.outcome is not None for each in operations) == len(written)

    assert follow(pulled.firm, pulled.desk.push_plan(plan, plan.words)) == "Pushed: 5 done."
    assert len(pulled.writes("xpm")) == len(set(pulled.writes("xpm"))) == 5
    assert len(pulled.firm.state().runs) == 1


def test_refusals_stop_a_run_once(pulled: Any) -> None:
    """Two refused of five stop the run in words; pushing again goes on with the rest."""
    pulled.decide(pulled.differing("email", 0, 5), "to_xpm")
    plan = pulled.desk.plan()
    pulled.sandbox.dials("xpm", next=[{"fault": "error_in_200", "path": "client.api/update", "times": 6}])
    with pytest.raises(WorkbenchError, match="did not take 2 changes of 5"):
        follow(pulled.firm, pulled.desk.push_plan(plan, plan.words))
    assert not pulled.writes("xpm")
    assert follow(pulled.firm, pulled.desk.push_plan(plan, plan.words)) == "Pushed: 3 done, 2 refused."
    assert len(pulled.writes("xpm")) == 3


def test_what_was_edited_meanwhile_is_left_out_and_shown(pulled: Any) -> None:
    """A drifted value stays as the other person left it; the rest is written; the plan then says why."""
    chosen = pulled.differing("email", 0, 3)
    pulled.decide(chosen, "to_xpm")
    edited = chosen.iloc[1]
    pulled.sandbox.edit("xpm", edited["xpm_id"], {"email": "new@rimu.example"})
    assert pulled.push() == "Pushed: 2 done, 1 stale."
    assert edited["xpm_id"] not in pulled.writes("xpm")
    left = pulled.desk.plan().left_out
    assert [(one.link_id, one.field, one.code) for one in left] == [(edited["link_id"], "email", "stale")]


def test_brakes_tell_the_words_that_lift_them(pulled: Any) -> None:
    """Each brake needs its own typed words, and exactly these; while one lacks nothing is sent."""
    pulled.decide(pulled.differing("email", 0, 20), "to_xpm")
    plan = pulled.desk.plan()
    many, one = f"{NAME} 20 clients", f"{NAME} 20 times email"
    for typed in ("", "yes", f"{NAME} 19 clients", "20 clients", "20"):
        with pytest.raises(WorkbenchError, match=f"more than one in five.*type: {many}; {one}"):
            follow(pulled.firm, pulled.desk.ask_push(plan.hash, typed))
    with pytest.raises(WorkbenchError, match=f"of one field, Email. To push all the same, type: {one}$"):
        follow(pulled.firm, pulled.desk.ask_push(plan.hash, many))
    assert not pulled.writes("xpm")
    assert follow(pulled.firm, pulled.desk.ask_push(plan.hash, f"{many}\n{one}")) == "Pushed: 20 done."


def test_a_final_brake_is_lifted_by_no_words(pulled: Any) -> None:
    """What a connection may not do stays undone, whatever is typed."""
    pulled.decide(pulled.differing("email", 0, 1), "to_connectworks")
    pulled.sandbox.dials("connectworks", capabilities=["read", "read_contacts"])
    with pytest.raises(WorkbenchError, match="cannot write to Connectworks"):
        pulled.push()
    assert not pulled.writes("connectworks")


def _choose_the_second(address: str) -> None:
    """Stand at Xero's consent page and tick another practice than before."""
    with urlopen(address, timeout=20) as answer:
        form = html.fromstring(answer.read()).forms[0]
        target = urljoin(answer.url, form.action or answer.url)
    ticked = [box.get("value") for box in form.xpath(".//input[@type='checkbox']")][-1:]
    chosen = [("tenant", tenant) for tenant in ticked]
    fields = urlencode([*form.form_values(), *chosen, ("decision", "allow")])
    urlopen(Request(target, data=fields.encode(), method="POST"), timeout=20).close()


def test_another_practice_than_the_data_came_from(pulled: Any) -> None:
    """Signed in to another practice, nothing that was decided before is pushed into it."""
    pulled.decide(pulled.differing("email", 0, 1), "to_xpm")
    pulled.sandbox.revoke("xpm")
    pulled.visit = _choose_the_second
    assert "Second Practice" in pulled.do("connect")
    assert next(b for b in pulled.desk.plan().brakes if b.code == "other_tenant").state == "set"
    with pytest.raises(WorkbenchError, match="another practice than the plan was made from"):
        pulled.push()
    assert not pulled.writes("xpm")


def test_what_is_pushed_is_what_was_seen(pulled: Any) -> None:
    """A plan that has changed since it was looked at is refused, and nothing is asked for."""
    pulled.decide(pulled.differing("email", 0, 1), "to_xpm")
    seen = pulled.desk.plan().hash
    pulled.decide(pulled.differing("email", 1, 2), "to_xpm")
    requests = len(pulled.firm.state().requests)
    with pytest.raises(PlanRefused, match="has changed since you looked"):
        pulled.desk.ask_push(seen)
    assert len(pulled.firm.state().requests) == requests


def test_a_plan_that_nobody_decided_on_is_refused(pulled: Any) -> None:
    """Nothing is written without a person's decision in the ledger, nor anything else than was decided."""
    differences = pulled.differing("email", 0, 1)
    made_up = differences.assign(direction="to_xpm", how="tick", by="nobody", at="", note=None, seq="99999")
    plan = wb.plan(differences, made_up.assign(erases=None))
    assert plan.operations
    with pytest.raises(WorkbenchError, match="nobody decided on"):
        follow(pulled.firm, pulled.desk.push_plan(plan))
    pulled.decide(differences, "to_xpm")
    turned = wb.plan(differences, pulled.desk.decisions().assign(direction="to_connectworks"))
    assert turned.operations
    with pytest.raises(WorkbenchError, match="nobody decided on"):
        follow(pulled.firm, pulled.desk.push_plan(turned))
    assert not pulled.writes("xpm")
    assert not pulled.writes("connectworks")


def test_the_unforeseen_ends_as_one_sentence(pulled: Any) -> None:
    """A failure of our own code leaves a reference, not a traceback, and the worker goes on."""
    request = ask(pulled.firm, "push", {"run_id": "no such run"})
    with pytest.raises(WorkbenchError) as told:
        follow(pulled.firm, request)
    assert "Traceback" not in str(told.value)
    assert "KeyError" not in str(told.value)
    assert pulled.do("pull").startswith("Pulled")


def test_a_worker_that_went_home_is_not_taken_for_alive(pulled: Any) -> None:
    """Once the work is done nobody is waited for: the last sign of life goes with the worker."""
    FileLock(pulled.folder / "worker.lock").acquire(timeout=10).lock.release()  # the pull's own thread is off
    with Worker(pulled.firm).on_duty():
        deadline = time.monotonic() + 10
        while not worker_alive(pulled.firm) and time.monotonic() < deadline:
            time.sleep(0.02)
        assert worker_alive(pulled.firm)
    assert not worker_alive(pulled.firm)
