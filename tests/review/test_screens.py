"""What each screen says and does, without a browser."""

from __future__ import annotations

import json
import logging
import sys
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from workbench.domain.errors import BadInput, BadSettings, PlanRefused, StorageFailed
from workbench.domain.fields import CONNECTWORKS, XPM, label_of
from workbench.domain.frames import CHECKS, link_id
from workbench.domain.progress import nobody
from workbench.domain.warnings import LOST, WARNINGS
from workbench.ledger.tables import told
from workbench.review.dashboard import Board, dashboard, differences_screen
from workbench.review.desk import Happened, Pulse, Work
from workbench.review.guard import guarded
from workbench.review.known import Known
from workbench.review.overview import overview_counts
from workbench.review.page import Page
from workbench.review.pieces import in_breaths
from workbench.review.pushing import changes_of
from workbench.review.tree import Act, Node, h, parts_of, text_of, walk

sys.path.insert(0, str(Path(__file__).parent))
from desk_on_frames import DeskOnFrames

SCREENS = ("checks", "overview", "links", "differences", "push", "history", "settings")


class Person:
    """Uses a page as a browser would: by what is shown, never by what is behind it."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.sent: list[dict[str, Any]] = []
        page.send = lambda content, buffers=None: self.sent.append(content)  # type: ignore[method-assign]
        self._say({"kind": "ready"})

    def _say(self, content: dict[str, Any]) -> None:
        self.page._hear(self.page, content, [])

    @property
    def tree(self) -> Node:
        """What is on the page."""
        return self.page._stage.view()

    def sees(self) -> str:
        """Read the page."""
        return text_of(self.tree)

    def named(self, name: str, tag: str = "button") -> Node:
        """Find an element by its accessible name or text."""
        for node in walk(self.tree):
            if node.tag == tag and name in (node.attrs.get("aria-label"), text_of(node)):
                return node
        raise AssertionError(f"nothing is called {name!r}: {self.sees()}")

    def uses(self, node: Node, event: str = "click", **more: Any) -> dict[str, Any]:
        """Use an element; gives the answer."""
        act = node.on[event]
        self._say({"kind": "act", "n": 7, "act": act.name, "args": dict(act.args), **more})
        return self.sent[-1]

    def clicks(self, name: str) -> dict[str, Any]:
        """Click a button."""
        return self.uses(self.named(name))

    def goes(self, screen: str) -> None:
        """Go to a tab."""
        self.uses(next(n for n in walk(self.tree) if n.attrs.get("id") == f"tab-{screen}"))

    def goes_to_clients(self) -> None:
        """Go to the differences, client by client."""
        self.goes("differences")
        self.clicks("Clients")

    def ticks(self, name: str, checked: bool = True) -> dict[str, Any]:
        """Tick a box."""
        return self.uses(self.named(name, "input"), "change", checked=checked)


def at_work(**more: Any) -> tuple[DeskOnFrames, Person]:
    desk = DeskOnFrames(**more)
    return desk, Person(dashboard(desk))


def box(desk: DeskOnFrames, number: int, field: str, direction: str) -> str:
    names = {"email": "Email", "primary_phone": "Primary phone"}
    clients = desk.clients()
    assert clients is not None
    name = clients.connectworks["legal_name"][number]
    return f"{name}, {names[field]}: {direction}"


@pytest.mark.parametrize("screen", SCREENS)
def test_each_screen_says_in_one_line_what_it_wants(screen: str) -> None:
    """Every screen has a title and one sentence of what is asked of the person."""
    _, person = at_work()
    person.goes(screen)
    [wants] = [n for n in walk(person.tree) if n.attrs.get("class") == "wants"]
    assert text_of(wants).endswith(".")


@pytest.mark.parametrize("screen", SCREENS)
def test_no_screen_shows_ids_or_missing_markers(screen: str) -> None:
    """People see words: no record ids, no NaN, no None."""
    desk, person = at_work()
    person.goes_to_clients()
    person.ticks(box(desk, 1, "email", "Connectworks to XPM"))
    person.goes(screen)
    seen = person.sees()
    hidden_words = ("nan", "NaN", "<NA>", "None", "cw1", "xp1")
    assert not [w for w in hidden_words if w in seen.replace(link_id("cw1", "xp1"), "")]


@pytest.mark.parametrize("screen", SCREENS[:-1])
def test_every_screen_stands_before_the_first_pull(screen: str) -> None:
    """An empty firm shows what to do next, not an error."""
    desk, person = at_work(count=0, linked=0)
    desk._clients = None
    desk.checks = lambda: pd.DataFrame(columns=list(CHECKS))  # type: ignore[method-assign]
    desk.candidates = lambda: DeskOnFrames(0, 0).candidates()  # type: ignore[method-assign]
    desk.differences = lambda: DeskOnFrames(0, 0).differences()  # type: ignore[method-assign]
    desk._moved()
    person.goes(screen)
    assert "reference" not in person.sees()
    assert [n for n in walk(person.tree) if n.attrs.get("class") == "empty"]


def test_nothing_that_the_widget_keeps_holds_a_client() -> None:
    """A saved notebook keeps widget state: it must not hold what is on the screen."""
    _, person = at_work()
    person.goes_to_clients()
    state = {k: v for k, v in person.page.get_state().items() if k not in ("_esm", "_css")}
    assert "Tuhoe" in json.dumps(person.sent)
    assert "Tuhoe" not in json.dumps(state, default=str)


def test_a_tick_travels_without_values_and_is_kept_with_them() -> None:
    """The browser names difference and what was seen; the values themselves stay here."""
    desk, person = at_work()
    person.goes_to_clients()
    name = box(desk, 1, "email", "Connectworks to XPM")
    act = person.named(name, "input").on["change"]
    assert "@" not in json.dumps(dict(act.args))
    answer = person.ticks(name)
    assert (answer["ok"], answer["kept"]) == (True, True)
    [choice] = desk.chosen().values()
    assert (choice.connectworks, choice.xpm) == ("office1@tui.example", "ofice1@tui.example")


def test_a_tick_sends_only_what_changed() -> None:
    """One tick redraws its client, not the whole page."""
    desk, person = at_work()
    person.goes_to_clients()
    answer = person.ticks(box(desk, 1, "email", "Connectworks to XPM"))
    clients = [p for p in answer["parts"] if p.startswith("client ")]
    assert clients == [f"client {link_id('cw1', 'xp1')}"]


def clients_in(message: dict[str, Any]) -> list[str]:
    return [name for name in message["parts"] if name.startswith("client ")]


def test_the_next_page_is_there_before_it_is_turned_to() -> None:
    """A browser that waits for nothing is sent what the page will be, and then turns without waiting."""
    _, person = at_work(count=60, linked=40)
    person.goes_to_clients()
    person._say({"kind": "ahead"})
    ahead = clients_in(person.sent[-1])
    ready = person.sent[-1]
    assert (ready["kind"], ready["act"]) == ("ahead", ["turn", {"page": 1}]) and ahead
    turned = person.clicks("Next ›")
    assert turned["parts"]["page"] == ready["page"]
    assert clients_in(turned) == []
    turned_to = [n.part for n in walk(person.tree) if (n.part or "").startswith("client ")]
    assert set(turned_to) <= set(ahead)
    person._say({"kind": "ahead"})
    assert not set(clients_in(person.sent[-1])) & set(ahead)  # neither what is shown nor what is held


def test_what_a_browser_has_drawn_as_foreseen_is_not_sent_again() -> None:
    """Whoever turns to a page that was sent ahead has its answer in full when nothing differs from it."""
    _, person = at_work(count=60, linked=40)
    person.goes_to_clients()
    person._say({"kind": "ahead"})
    ready = person.sent[-1]
    turned = person.uses(person.named("Next ›"), shown=ready["id"])
    assert (turned["ok"], turned["parts"]) == (True, {})
    assert "Page 2 of" in person.sees()


def test_what_came_out_otherwise_than_it_was_foreseen_is_sent() -> None:
    """A browser that shows what was sent ahead of somebody else's decision is given what is so by now."""
    desk, person = at_work(count=60, linked=40)
    person.goes_to_clients()
    person._say({"kind": "ahead"})
    ready = person.sent[-1]
    other = Person(differences_screen(desk))
    other.clicks("Clients")
    other.clicks("Next ›")
    box = next(n for n in walk(other.tree) if n.attrs.get("data-to") == "xpm" and "disabled" not in n.attrs)
    other.uses(box, "change", checked=True)
    turned = person.uses(person.named("Next ›"), shown=ready["id"])
    assert turned["parts"]["page"] != ready["page"]
    assert clients_in(turned)


def test_what_was_foreseen_before_anything_changed_counts_no_more() -> None:
    """A browser that drew it before it heard of the change is sent the whole page, and shows no older one."""
    _, person = at_work(count=60, linked=40)
    person.goes_to_clients()
    person._say({"kind": "ahead"})
    ready, turn = person.sent[-1], person.named("Next ›")
    person.uses(next(n for n in walk(person.tree) if n.attrs.get("data-to") == "xpm"), "change", checked=True)
    assert "page" in person.uses(turn, shown=ready["id"])["parts"]


def test_a_browser_is_sent_what_it_does_not_hold_until_nothing_is_likely() -> None:
    """Asked again and again, each page ahead comes once, the next one first; then it hears: that is all."""
    _, person = at_work(count=200, linked=160)
    person.goes_to_clients()
    person.clicks("Next ›")
    held: list[Any] = []
    while True:
        person._say({"kind": "ahead", "held": held})
        if "act" not in person.sent[-1]:
            break
        held.append(person.sent[-1]["act"])
    assert held == [["turn", {"page": page}] for page in (2, 3, 0, 4)]


def test_a_row_that_was_sent_ahead_and_changed_is_sent_anew() -> None:
    """What somebody else decided meanwhile is seen when the page is turned to."""
    desk, person = at_work(count=60, linked=40)
    person.goes_to_clients()
    person._say({"kind": "ahead"})
    part = clients_in(person.sent[-1])[0]
    link = part.removeprefix("client ")
    other = Person(differences_screen(desk))
    other.clicks("Clients")
    other.clicks("Next ›")
    boxes = (n for n in walk(other.tree) if n.attrs.get("data-to") == "xpm" and "disabled" not in n.attrs)
    other.uses(next(n for n in boxes if n.on["change"].args["link_id"] == link), "change", checked=True)
    assert part in clients_in(person.clicks("Next ›"))


def test_a_browser_is_told_what_it_need_not_hold_any_longer(monkeypatch: pytest.MonkeyPatch) -> None:
    """Pages that were turned long ago take no memory; one that is turned back to is sent again."""
    monkeypatch.setattr("workbench.review.page.MOST_HELD", 20)
    _, person = at_work(count=60, linked=40)
    person.goes_to_clients()
    first = [n.part for n in walk(person.tree) if (n.part or "").startswith("client ")]
    held: set[str] = set()
    for _ in range(4):
        person._say({"kind": "ahead"})
        person.clicks("Next ›")
        for message in person.sent:
            held = (held | set(message.get("parts", ()))) - set(message.get("forget", ()))
        assert held == set(person.page._sent)
        assert {n.part for n in walk(person.tree) if n.part} <= held
        assert len(held) <= 20
        person.sent.clear()
    back = {name for _ in range(4) for name in clients_in(person.clicks("‹ Previous"))}
    assert back & set(first)


def test_mixed_directions_and_never_both() -> None:
    """Fields of one client may go opposite ways; one field goes one way."""
    desk, person = at_work()
    person.goes_to_clients()
    person.ticks(box(desk, 1, "email", "Connectworks to XPM"))
    person.ticks(box(desk, 1, "primary_phone", "Connectworks to XPM"))
    person.ticks(box(desk, 1, "email", "XPM to Connectworks"))
    ways = {c.field: c.direction for c in desk.chosen().values()}
    assert ways == {"email": "to_connectworks", "primary_phone": "to_xpm"}
    boxes = [n for n in walk(person.tree) if n.attrs.get("class") == "tick" and n.attrs.get("checked")]
    assert len(boxes) == 2


def test_erasing_is_said_in_words_and_needs_a_second_act() -> None:
    """Choosing the empty side says what it erases, and books nothing before yes."""
    desk, person = at_work()
    person.goes_to_clients()
    person.ticks(box(desk, 1, "primary_phone", "XPM to Connectworks"))
    assert "ERASES Connectworks primary phone" in person.sees()
    assert desk.chosen() == {}
    name = box(desk, 1, "primary_phone", "").removesuffix(": ")
    person.clicks(f"Yes, erase it: {name}")
    [choice] = desk.chosen().values()
    assert (choice.erases, choice.direction) == (True, "to_connectworks")


def test_a_second_act_is_asked_with_all_that_speaks_against() -> None:
    """Of a verified value of somebody who has died both are said before the yes, and who else is reached."""
    desk, person = at_work()
    frame = desk.differences()
    frame.loc[frame["field"] == "email", "warnings"] = "deceased; aml_verified; shared_value:3"
    person.goes_to_clients()
    person.ticks(box(desk, 1, "email", "XPM to Connectworks"))
    [asked] = [n for n in walk(person.tree) if n.attrs.get("class") == "second-act"]
    for code in ("deceased", "aml_verified"):
        assert text_of(asked).count(WARNINGS[code]) == 1
    assert "3 clients share this value." in text_of(asked)
    assert desk.chosen() == {}
    person.clicks(f"Yes, all the same: {box(desk, 1, 'email', '').removesuffix(': ')}")
    [choice] = desk.chosen().values()
    assert (choice.unlocks, choice.erases) == (True, False)


def test_a_long_email_breaks_at_its_signs() -> None:
    """Where a column is narrow, an email is broken before a sign; its text stays what it is."""
    told = h("span", in_breaths(["old.john.claywell0", "3", "@postbox", ".example"]))
    parts = ["old", ".john", ".claywell0", "3", "@postbox", ".example"]
    assert [part for part in told.children if isinstance(part, str)] == parts
    assert [part.tag for part in told.children if isinstance(part, Node)] == ["wbr"] * 4
    assert text_of(told) == "old.john.claywell0 3@postbox.example"  # texts that were parted stay so
    assert in_breaths(["Jo & Co. 12-14 Quay St."]) == [["Jo & Co. 12-14 Quay St."]]


def test_hidden_values_are_not_sent_until_shown() -> None:
    """An address is dots, its boxes closed, until a person asks to see it."""
    _, person = at_work()
    person.goes_to_clients()
    assert "Pukehua" not in json.dumps(person.sent)
    show = next(n for n in walk(person.tree) if n.tag == "button" and text_of(n) == "Show")
    person.uses(show)
    assert "Pukehua" in json.dumps(person.sent[-1])


def test_a_new_page_shows_the_same() -> None:
    """What was ticked on one page stands on a page opened afterwards."""
    desk, person = at_work()
    person.goes_to_clients()
    person.ticks(box(desk, 1, "email", "Connectworks to XPM"))
    again = Person(differences_screen(desk))
    again.clicks("Clients")
    show = next(n for n in walk(again.tree) if n.tag == "select" and n.on["change"].args["what"] == "show")
    again.uses(show, "change", value="decided")
    assert again.named(box(desk, 1, "email", "Connectworks to XPM"), "input").attrs["checked"] is True


def test_what_another_person_does_appears_without_a_reload() -> None:
    """The pulse brings changes made elsewhere."""
    desk, person = at_work()
    other = Person(dashboard(desk))
    for one in (person, other):
        one.goes_to_clients()
    other.ticks(box(desk, 1, "email", "Connectworks to XPM"))
    person._say({"kind": "pulse", "n": 9})
    assert f"client {link_id('cw1', 'xp1')}" in person.sent[-1]["parts"]
    person._say({"kind": "pulse", "n": 10})
    assert person.sent[-1]["parts"] == {}


def test_a_screen_can_be_narrowed_to_some_differences() -> None:
    """A notebook may show only the rows that it has picked out; ticks work as ever."""
    desk = DeskOnFrames()
    some = desk.differences().query("field == 'email'")
    person = Person(differences_screen(desk, some))
    labels = {text_of(n) for n in walk(person.tree) if n.attrs.get("class") == "title"}
    assert labels == {"Email"}
    person.ticks(box(desk, 1, "email", "Connectworks to XPM"))
    assert len(desk.chosen()) == 1


def test_bulk_says_what_it_will_do_before_it_does_it() -> None:
    """Accepting many shows how many, a sample with its fields and what is left out, and waits for a yes."""
    desk, person = at_work()
    person.goes_to_clients()
    person.clicks("Accept suggestions: all shown")
    assert "Tick 3 differences: 3 towards XPM?" in person.sees()
    assert "Towards XPM, a random sample: 3 of 3" in person.sees()
    sample = next(node for node in walk(person.tree) if "members" in node.attrs.get("class", "").split())
    fields = [text_of(node) for node in walk(sample) if node.attrs.get("class") == "muted line"]
    head = [text_of(node) for node in walk(sample) if node.tag == "th" and node.attrs.get("scope") == "col"]
    assert head == ["Client", "Connectworks", "XPM", "What stands"]
    assert desk.chosen() == {}
    answer = person.clicks("Tick these 3")
    assert answer["say"] == "3 differences ticked."
    assert "✓ 3 differences ticked." in person.sees()
    assert {c.direction for c in desk.chosen().values()} == {"to_xpm"}
    [(how, count, looked_at)] = desk.acts
    assert (how, count, set(looked_at)) == ("bulk", 3, {link for link, _ in desk.chosen()})
    assert sorted(fields) == sorted(label_of(field) for _, field in desk.chosen())


def test_links_need_an_act_and_rejected_pairs_stay_away() -> None:
    """Nothing links by itself; a rejected pair leaves the list and can be taken back."""
    desk, person = at_work(count=12, linked=8)
    person.goes("links")
    assert len(desk.links()) == 8
    clients = desk.clients()
    assert clients is not None
    both = f"{clients.connectworks['legal_name'][9]} and {clients.xpm['legal_name'][9]}"
    person.clicks(f"Same client: {both}")
    assert len(desk.links()) == 9
    both = f"{clients.connectworks['legal_name'][10]} and {clients.xpm['legal_name'][10]}"
    person.clicks(f"Not the same: {both}")
    assert list(desk.rejected()["connectworks_id"]) == ["cw10"]
    assert "cw10" not in set(desk.candidates()["connectworks_id"])


def test_a_band_shows_a_sample_first_and_hands_it_on() -> None:
    """Linking many first shows some and why they are the same, and only pairs that linking would link."""
    desk, person = at_work(count=60, linked=0)
    handed: list[tuple[int, int, str]] = []
    link = desk.link
    desk.link = lambda pairs, how, sample=(): (  # type: ignore[method-assign]
        handed.append((len(pairs), len(sample), how)),
        link(pairs, how, sample),
    )
    person.goes("links")
    person.clicks("Link all 20 that are almost certain…")
    assert "Read these 20 first: all of them." in person.sees()
    assert person.sees().count("Same name; Same mailbox; Same street and town") == 20
    assert handed == []
    person.clicks("Link all 20")
    assert handed == [(20, 20, "band")]


def test_what_is_wrong_in_a_sample_stays_out_and_is_handed_on_as_seen() -> None:
    """It is called wrong and right again by one button; the act takes all the others."""
    desk, person = at_work(count=60, linked=0)
    handed: list[tuple[int, int]] = []
    desk.link = lambda pairs, how, sample=(): handed.append((len(pairs), len(set(sample) - set(pairs))))  # type: ignore[method-assign]
    person.goes("links")
    person.clicks("Link all 20 that are almost certain…")
    names = [
        n.attrs["aria-label"] for n in walk(person.tree) if n.on.get("click", Act("")).name == "band_wrong"
    ]
    for name in names[:2]:
        person.clicks(name)
    person.clicks(names[1].replace("Wrong:", "Wrong: stays out:"))
    assert "1 pair found wrong." in person.sees()
    person.clicks("Link all 19")
    assert handed == [(19, 1)]


def test_the_search_by_hand_starts_from_the_name() -> None:
    """The other system is searched for the client's own name; empty shows all; a find can be linked."""
    desk, person = at_work(count=12, linked=8)
    clients = desk.clients()
    assert clients is not None
    name = clients.connectworks["legal_name"][9]
    person.goes("links")
    person.clicks(f"Search XPM for {name}")
    field = next(n for n in walk(person.tree) if n.on.get("input", Act("")).name == "hunt_for")
    assert field.attrs["value"] == name
    person.uses(field, "input", value="")
    assert "12 clients found" in person.sees()
    wanted = clients.xpm["legal_name"][9]
    person.clicks(f"Link with {wanted}")
    person.clicks(f"Yes, link with {wanted}")
    assert ("cw9", "xp9") in set(zip(desk.links()["connectworks_id"], desk.links()["xpm_id"], strict=True))


def test_unlinking_asks_once_more() -> None:
    """A link is parted only by a second act."""
    desk, person = at_work()
    person.goes("links")
    person.clicks("Linked (8)")
    unlink = next(n for n in walk(person.tree) if n.tag == "button" and text_of(n) == "Unlink…")
    person.uses(unlink)
    assert len(desk.links()) == 8
    person.uses(next(n for n in walk(person.tree) if text_of(n) == "Yes, unlink" and n.tag == "button"))
    assert len(desk.links()) == 7


def test_overview_counts_each_client_once() -> None:
    """Linked, to review and alone make up each side's clients."""
    known = Known(DeskOnFrames(20, 8))
    counts = overview_counts(known)
    assert counts["connectworks"] == counts["links"] + counts["to_review"] + counts["connectworks_alone"]
    assert counts["open"] > 0


def planned() -> tuple[DeskOnFrames, Person]:
    desk, person = at_work()
    person.goes_to_clients()
    person.ticks(box(desk, 1, "email", "Connectworks to XPM"))
    person.ticks(box(desk, 1, "primary_phone", "XPM to Connectworks"))
    person.clicks(f"Yes, erase it: {box(desk, 1, 'primary_phone', '').removesuffix(': ')}")
    person.goes("push")
    return desk, person


def test_what_erases_stands_first() -> None:
    """Of all changes, those that erase a value are read first."""
    desk, person = planned()
    assert [c.erases for c in changes_of(desk.plan())] == [True, False]
    assert "ERASES Connectworks primary phone" in person.sees()


def test_a_set_brake_needs_the_typed_words() -> None:
    """While a brake is set, Push stays closed until the words are typed; macrons need not be met."""
    desk, person = planned()
    assert person.named("Push 2 writes").attrs.get("disabled")
    answer = person.clicks("Push 2 writes")
    assert not answer["ok"]
    assert desk.works == []
    field = next(n for n in walk(person.tree) if n.on.get("input", Act("")).name == "type")
    person.uses(field, "input", value="kowhai accounting 2 clients")
    assert not person.named("Push 2 writes").attrs.get("disabled")
    assert person.clicks("Push 2 writes")["ok"]
    assert [w.verb for w in desk.works] == ["push"]


def test_a_plan_that_changed_meanwhile_is_not_pushed() -> None:
    """Push sends the plan that was read, or nothing."""
    desk, person = planned()
    field = next(n for n in walk(person.tree) if n.on.get("input", Act("")).name == "type")
    person.uses(field, "input", value="Kōwhai Accounting 2 clients")
    push = person.named("Push 2 writes")
    desk._chosen.popitem()
    desk._moved()
    assert not person.uses(push)["ok"]
    assert desk.works == []


def test_a_stopped_worker_is_told() -> None:
    """Without a worker the page says that the push is queued, not that it runs."""
    desk, person = planned()
    desk.worker_alive = False
    desk.works = [Work("r1", "push", "queued")]
    person._say({"kind": "pulse", "n": 3})
    assert "the worker is not running" in person.sees()


def test_running_work_shows_the_time_left_and_can_be_stopped() -> None:
    """Long work has a bar, the time left and Stop, on every screen."""
    desk, person = at_work()
    person.goes("overview")
    person.clicks("Pull both systems")
    assert "3 of 40 · about 74 s left" in person.sees()
    person.clicks("Stop the pull")
    assert desk.works[0].state == "stopped"
    assert "Stopped." in person.sees()
    assert [answer.get("say") for answer in person.sent].count("Stopped.") == 1
    person.goes("links")
    assert "Stopped." not in person.sees()


def test_undo_of_a_push_shows_its_plan_first() -> None:
    """Undo is only another plan: nothing is sent by asking for it."""
    desk, person = planned()
    field = next(n for n in walk(person.tree) if n.on.get("input", Act("")).name == "type")
    person.uses(field, "input", value="Kōwhai Accounting 2 clients")
    person.clicks("Push 2 writes")
    desk.works = [replace(w, state="done", message="2 changes pushed.") for w in desk.works]
    person.goes("history")
    undo = next(n for n in walk(person.tree) if n.tag == "button" and text_of(n) == "Undo…")
    person.uses(undo)
    assert "This plan takes an earlier push back." in person.sees()
    assert len(desk.works) == 1


def test_history_tells_who_when_before_and_after() -> None:
    """Each act is listed with its person, time, and both values."""
    desk, person = at_work()
    person.goes_to_clients()
    person.ticks(box(desk, 1, "email", "Connectworks to XPM"))
    person.goes("history")
    seen = person.sees()
    assert all(
        word in seen for word in ("ann@kowhai.example", "2024", "office1@tui.example", "ofice1@tui.example")
    )


@pytest.mark.parametrize("screen", SCREENS)
def test_hostile_values_stay_text(screen: str) -> None:
    """Whatever a client is called, it reaches the page as text and never as an element or attribute."""
    desk, person = at_work()
    clients = desk.clients()
    assert clients is not None
    attack = "<img src=x onerror=alert(1)>"
    for side in (CONNECTWORKS, XPM):
        clients.side(side)["legal_name"] = clients.side(side)["legal_name"].where(
            clients.side(side).index != 1, attack
        )
    desk._moved()
    person.goes(screen)
    assert all(n.tag != "img" and "onerror" not in n.attrs for n in walk(person.tree))


def test_a_refusal_is_one_sentence_in_an_alert() -> None:
    """What the desk refuses is told in its own words, and nothing is shown as saved."""
    desk, person = at_work()
    person.goes_to_clients()
    desk.fails = StorageFailed("The disk is full.", "Free some space.")
    answer = person.ticks(box(desk, 1, "email", "Connectworks to XPM"))
    assert (answer["ok"], answer["kept"]) == (False, False)
    [alert] = [n for n in walk(person.tree) if n.attrs.get("role") == "alert"]
    assert text_of(alert).startswith("The disk is full. Free some space.")
    assert desk.chosen() == {}


def test_the_unforeseen_becomes_a_reference_without_values(caplog: pytest.LogCaptureFixture) -> None:
    """A fault in the code shows a reference number; page and log hold no traceback and no value."""

    def fall() -> None:
        raise KeyError("Aroha Tuhoe, born 1971-02-03")

    with caplog.at_level(logging.ERROR):
        told = guarded(fall)
    assert told is not None
    assert "reference" in told
    assert "KeyError" in caplog.text
    assert "Aroha" not in told + caplog.text
    assert told.split("reference ")[1][:6] in caplog.text


def test_a_place_on_the_server_is_for_the_log_alone(caplog: pytest.LogCaptureFixture) -> None:
    """A reviewer reads what happened and what to do; whoever looks after the server finds the file."""

    def fall() -> None:
        with told(Path("/srv/kauri/ledger.sqlite")):
            raise OSError("database is locked")

    words = guarded(fall) or ""
    assert "busy with somebody else’s work for 30 seconds. Try again; nothing was written." in words
    assert "/srv" not in words
    assert "/srv/kauri/ledger.sqlite" in caplog.text


@pytest.mark.parametrize("refusal", [BadInput("No.", "Try."), PlanRefused("No.", "Try.")])
def test_refusals_are_told_as_they_are(refusal: Exception) -> None:
    """A refusal's own sentence is what a person reads."""

    def fall() -> None:
        raise refusal

    assert guarded(fall) == "No. Try."
    assert guarded(lambda: None) is None


def test_an_act_that_no_screen_knows_does_nothing() -> None:
    """A forged message can only ask for what a screen offers."""
    desk, person = at_work()
    before = desk.head
    for name in ("__init__", "view", "_load", "model", ""):
        person._say({"kind": "act", "n": 1, "act": name, "args": {}})
    person._say({"kind": "something"})
    assert desk.head == before


def test_parts_put_together_again_are_the_tree() -> None:
    """Taking a tree apart loses nothing."""
    tree = h("div", h("p", "one", part="a"), h("section", h("b", "two", part="b"), part="c"), None, ["three"])
    parts = {name: part for name, (_, part) in parts_of(tree).items()}

    def whole(node: Any) -> str:
        if isinstance(node, str):
            return node
        if "ref" in node:
            return whole(parts[node["ref"]])
        return " ".join(whole(child) for child in node["c"])

    assert whole(parts["page"]) == text_of(tree) == "one two three"
    assert set(parts) == {"page", "a", "b", "c"}


def test_the_time_of_a_save_is_told() -> None:
    """A saved tick carries the time at which it was saved."""
    desk = DeskOnFrames()
    known = Known(desk)
    board = dashboard(desk)._stage
    assert isinstance(board, Board)
    person = Person(Page(board, now=lambda: datetime(2024, 5, 1, 10, 2, 11)))
    person.goes_to_clients()
    assert person.ticks(box(desk, 1, "email", "Connectworks to XPM"))["at"] == "10:02:11"
    assert known.look()


def test_a_screen_that_cannot_be_drawn_says_so_and_leaves_the_others() -> None:
    """A fault in one screen is told in its place, with a reference; the tabs lead on to the others."""

    class Broken(DeskOnFrames):
        def look_back(self, *_asked: object, **_more: object) -> Happened:
            raise ZeroDivisionError("secret")

    person = Person(dashboard(Broken(6, 5)))
    person.goes("history")
    assert "did not foresee" in person.sees()
    assert "secret" not in person.sees()
    person.goes("overview")
    assert "Differences by field and kind" in person.sees()


def test_a_firm_that_cannot_be_read_is_told_and_comes_back() -> None:
    """A slip in firm.toml leaves no click unanswered: the page says what is amiss until it is mended."""

    class Unread(DeskOnFrames):
        amiss = False

        def _zone(self) -> str:
            if self.amiss:
                raise BadSettings("firm.toml, line 3: it is no TOML.", "Mend it.")
            return "Pacific/Auckland"

        time_zone = property(_zone, lambda self, value: None)  # type: ignore[assignment]

        def pulse(self) -> Pulse:
            self._zone()
            return super().pulse()

    desk = Unread(6, 5)
    person = Person(dashboard(desk))
    keys = person.named("Keys")
    desk.amiss = True
    answer = person.uses(keys)
    assert not answer["ok"]
    assert "it is no TOML. Mend it." in json.dumps(answer["parts"]["page"])
    desk.amiss = False
    person._say({"kind": "pulse", "n": 8})
    assert person.sent[-1]["ok"]
    assert "Check data" in json.dumps(person.sent[-1]["parts"]["page"])
    assert "no TOML" not in person.sees()


@pytest.mark.parametrize("screen", ["differences", "links"])
def test_clients_are_filtered_by_what_they_have_in_common(screen: str) -> None:
    """Partner and type at hand, manager, group, structure and custom fields one step away; several narrow."""
    desk, person = at_work()
    person.goes(screen)
    if screen == "differences":
        person.clicks("Clients")
    clients = desk.clients()
    assert clients is not None
    names = clients.xpm.set_index("client_id")["legal_name"].str.replace(" (XPM)", "").tolist()
    if screen == "links":
        person.clicks("Linked (8)")

    def shown() -> set[int]:
        return {i for i in range(1, 8) if names[i].replace("Ltd", "Limited") in person.sees()}

    assert shown() == set(range(1, 8))
    assert not any(node.attrs.get("aria-label") == "Group" for node in walk(person.tree))
    person.clicks("More filters")
    person.uses(person.named("Group", "select"), "change", value="Marsden Family")
    assert shown() == {1, 2, 3}
    person.uses(person.named("Manager", "select"), "change", value="D Lim")
    assert shown() == {1, 3}
    person.uses(person.named("Business structure", "select"), "change", value="Company")
    person.clicks("Fewer filters")
    assert shown() == {3}
    assert person.named("Group", "select").attrs["value"] == "Marsden Family"  # what is set stays in sight
    for label in ("Group", "Manager", "Business structure"):
        person.uses(person.named(label, "select"), "change", value="")
    person.clicks("More filters")
    person.uses(person.named("Custom field", "select"), "change", value="Preferred language: Te reo Māori")
    assert shown() == {1, 3, 5, 7}


def test_what_custom_fields_cost_is_shown_before_they_are_read() -> None:
    """The cost stands beside the button, and nothing is asked before it is pressed."""
    desk, person = at_work()
    desk.custom_cost = ("Reading “Language” of 480 clients costs 480 calls, about 8 minutes.", 480)
    desk._moved()
    person.goes("overview")
    assert "costs 480 calls, about 8 minutes" in person.sees()
    assert desk.works == []
    person.clicks("Read them: 480 calls")
    assert [work.verb for work in desk.works] == ["custom_fields"]


@pytest.mark.parametrize("why", LOST)
def test_that_what_was_agreed_is_lost_stands_above_all_differences(why: str) -> None:
    """A screen that suggests nothing says for how many, and why; where nothing is lost it says nothing."""
    desk, person = at_work()
    person.goes("differences")
    assert "is lost" not in person.sees()
    told = desk.differences().copy()
    lost = told["kind"].ne("same") & told["field"].eq("email")
    told.loc[lost, ["reason", "suggestion"]] = [LOST[why], None]
    desk.differences = lambda tell=nobody: told  # type: ignore[method-assign]
    desk._moved()
    words = f"is lost, or is of other links, for {lost.sum()} open differences: nothing is suggested there."
    assert words in person.sees()


def test_while_a_screen_is_reckoned_the_page_says_so_and_stays_in_reach() -> None:
    """What takes its time is told before it begins, with all tabs there; an open screen stays meanwhile."""
    desk, ann = at_work()
    desk.takes_time = ("differences",)
    for rounds in (2, 1):
        ann.sent.clear()
        ann.goes("differences")
        assert len(ann.sent) == rounds
        ann.goes("overview")
    desk.takes_time = ()
    ann.goes("differences")
    desk.takes_time = ("differences",)
    ann.sent.clear()
    desk._moved()  # as after a push
    ann._say({"kind": "pulse", "n": 8})
    anew, screen = ann.sent
    assert "Comparing both systems" in json.dumps(anew["parts"]["works"], ensure_ascii=False)
    assert "page" not in anew["parts"] and "Comparing both" not in json.dumps(screen["parts"]["works"])
    ann = Person(dashboard(desk))
    ann.sent.clear()
    ann.goes("differences")
    opening, screen = ann.sent
    assert "n" not in opening  # the act itself is answered by the screen alone
    assert "Comparing both systems" in json.dumps(opening["parts"], ensure_ascii=False)
    assert "tab-history" in json.dumps(opening["parts"])
    assert screen["n"] == 7 and "Decide kind by kind" in json.dumps(screen["parts"])


@pytest.mark.parametrize("screen", ("checks", "links", "differences", "push", "history"))
def test_where_nothing_fits_one_button_shows_everything_again(screen: str) -> None:
    """A search that lets nothing through says so, never that there is nothing to do, and leads back."""
    desk, person = at_work()
    person.goes_to_clients()
    person.ticks(box(desk, 1, "email", "Connectworks to XPM"))  # so that there is a plan and a past
    person.goes(screen)
    search = next(n for n in walk(person.tree) if n.attrs.get("data-search"))
    person.uses(search, "input", value="")
    whole = person.sees()
    person.uses(search, "input", value="nobody is called so")
    assert "Nothing fits Nothing here passes the search and the filters." in person.sees()
    person.clicks("Show everything")
    assert person.sees() == whole


def test_where_all_agree_it_is_said_so() -> None:
    """Without any difference the screen says that both systems agree, not that a filter hides something."""
    desk, person = at_work(linked=1)  # the first invented client is the same in both systems
    differences = desk.differences()
    assert set(differences["kind"]) <= {"same", "not_comparable"}
    person.goes("differences")
    assert "Nothing differs" in person.sees()
    person.clicks("Clients")
    assert "Nothing differs" in person.sees()


def test_a_tick_that_would_erase_is_heard_to_wait() -> None:
    """Whoever hears the page learns that the box which they ticked asks something first."""
    desk, person = at_work()
    person.goes_to_clients()
    answer = person.ticks(box(desk, 1, "primary_phone", "XPM to Connectworks"))
    assert answer["say"] == (
        "Not ticked yet: ERASES Connectworks primary phone. Say yes or no in the same row."
    )
    assert not answer["kept"]


def test_where_what_was_pulled_cannot_be_read_overview_offers_the_pull() -> None:
    """Every screen says what is amiss under its own heading; the one that helps has its button."""

    class Lost(DeskOnFrames):
        def clients(self) -> None:
            raise StorageFailed("There is no snapshot.", plain="Pull both systems again, on Overview.")

    desk = Lost(6, 5)
    person = Person(dashboard(desk))
    person.goes("links")
    assert "Links Say which clients" in person.sees()
    assert "Pull both systems again, on Overview." in person.sees()
    person.goes("overview")
    person.clicks("Pull both systems")
    assert [work.verb for work in desk.works] == ["pull"]
    desk.roles = frozenset({"see"})
    assert "Pull both systems again" in person.sees()
    assert not [n for n in walk(person.tree) if n.tag == "button" and text_of(n).startswith("Pull")]
