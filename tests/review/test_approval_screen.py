"""What whoever approves sees and does, and what each role is offered, without a browser."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

sys.path.insert(0, str(Path(__file__).parent))
from desk_on_frames import DeskOnFrames
from test_screens import Person, box

from workbench.domain.frames import link_id
from workbench.review.dashboard import dashboard
from workbench.review.outlook import in_one_line, of_change, of_client
from workbench.review.tree import Act, text_of, walk


def prepared(count: int = 4) -> DeskOnFrames:
    """Have Ann decide on the emails of odd clients and send her plan for approval."""
    desk = DeskOnFrames(16, 12)
    desk.approval, desk.roles = True, frozenset({"decide", "push"})
    ann = Person(dashboard(desk))
    ann.goes_to_clients()
    for number in range(1, 2 * count, 2):
        ann.ticks(box(desk, number, "email", "Connectworks to XPM"))
    ann.goes("push")
    ann.clicks(f"Send {count} writes for approval")
    return desk


def as_ben(desk: DeskOnFrames, *roles: str) -> Person:
    desk.me, desk.person, desk.roles = "ben", "ben@kowhai.example", frozenset(roles or {"approve"})
    person = Person(dashboard(desk))
    if "approve" in desk.roles:
        person.goes("approval")
    return person


def standings(desk: DeskOnFrames) -> list[str]:
    return [one.standing for one in desk.proposals()]


def test_the_overview_says_in_one_line_how_the_waiting_clients_look() -> None:
    """A partner reads how many wait for them and how these look, before anything else."""
    person = as_ben(prepared())
    person.goes("overview")
    told = person.sees()
    assert "4 clients wait for your approval: 0 look safe, 4 need a look, 0 to ask the client." in told


def test_a_card_says_whose_it_is_once() -> None:
    """The client's name heads the card; its lines begin with the field."""
    ben = as_ben(prepared(2))
    case = next(n for n in walk(ben.tree) if n.tag == "article")
    [name] = [text_of(n) for n in walk(case) if n.tag == "h3"]
    rows = [n for n in walk(case) if n.tag == "tr"]
    assert rows and not [row for row in rows if name in text_of(row)]
    assert any(text_of(row).startswith("Email") for row in rows)


def test_whoever_approves_one_client_sees_which_plan_exactly() -> None:
    """Each card names the plan that its button approves, in a form that two people can compare."""
    ben = as_ben(prepared(2))
    shown = []
    for case in (n for n in walk(ben.tree) if n.tag == "article"):
        [approve] = [n for n in walk(case) if any(a.name == "approve" for a in n.on.values())]
        plan = approve.on["click"].args["plan"]
        shown.append(" ".join(plan[at : at + 4] for at in (0, 4, 8)))
        assert f"as plan {shown[-1]}" in text_of(case)
    assert len(set(shown)) == 2


@pytest.mark.parametrize(
    ("difference", "verdict"),
    [
        ({}, "safe"),
        ({"warnings": "contact_shared:2"}, "look"),
        ({"warnings": "deceased"}, "look"),
        ({"connectworks": None}, "look"),
        ({"suggestion": "to_connectworks"}, "look"),
        ({"suggestion": "ask"}, "ask"),
        ({"kind": "conflict"}, "ask"),
    ],
)
def test_how_a_change_looks(difference: dict[str, Any], verdict: str) -> None:
    """Warnings, erasing and going against a suggestion need a look; a conflict is for the client."""
    plain = {"kind": "different", "warnings": "", "suggestion": "to_xpm", "connectworks": "a", "xpm": "b"}
    told = of_change("email", "to_xpm", {**plain, **difference})
    assert told.verdict == verdict
    assert bool(told.reasons) == (verdict != "safe")


def test_an_estate_and_a_trading_name_need_a_look() -> None:
    """Whatever the change, these two are opened by a person first."""
    safe = of_change("email", "to_xpm", None)
    assert of_client({"entity_type": "estate", "legal_name": "Estate of A"}, [safe]).verdict == "look"
    assert (
        of_client({"entity_type": "individual", "legal_name": "Mere Rewi t/a Rewi"}, [safe]).verdict == "look"
    )
    assert of_client({"entity_type": "individual", "legal_name": "Mere Tamata"}, [safe]).verdict == "safe"
    counts = {"safe": 31, "look": 5, "ask": 2}
    assert in_one_line(counts) == "31 look safe, 5 need a look, 2 to ask the client"


def test_what_looks_safe_is_approved_in_two_clicks() -> None:
    """The question names clients, values and the plan; only the yes approves, and only those."""
    desk = prepared()
    desk.differences()["warnings"] = ""
    person = as_ben(desk)
    person.clicks("Approve the 4 that look safe…")
    assert standings(desk) == ["waiting"] * 4
    assert "exactly these writes and no other" in person.sees()
    answer = person.clicks("Yes, approve these 4")
    assert answer["say"] == "4 clients approved."
    assert standings(desk) == ["approved"] * 4


def test_single_clients_are_approved_sent_back_and_asked() -> None:
    """Each card has its three ways; the note reaches whoever prepared it; asking takes it out of the plan."""
    desk = prepared()
    person = as_ben(desk)
    names = [text_of(n) for n in walk(person.tree) if n.tag == "h3"][:4]
    person.clicks(f"Approve {names[0]}")
    person.clicks(f"Send back {names[1]}")
    note = next(n for n in walk(person.tree) if n.attrs.get("maxlength") == 500)
    person.uses(note, "input", value="Whose mailbox is this?")
    person.clicks(f"Send back {names[1]} with this note")
    person.clicks(f"Ask the client: {names[2]}")
    assert sorted(standings(desk)) == ["approved", "sent_back", "waiting"]
    assert [c.direction for c in desk.chosen().values()].count("ask") == 1
    desk.me, desk.roles = "ann", frozenset({"decide", "push"})
    ann = Person(dashboard(desk))
    ann.goes("push")
    assert "Whose mailbox is this?" in ann.sees()


def test_nobody_is_offered_their_own() -> None:
    """Whoever prepared it sees that somebody else approves it, and no button."""
    desk = prepared()
    desk.roles = frozenset({"decide", "approve"})
    ann = Person(dashboard(desk))
    ann.goes("approval")
    assert "You had a hand in this: somebody else approves it." in ann.sees()
    assert "Waiting (0)" in ann.sees()
    assert "Your own (" in ann.sees()
    assert not [n for n in walk(ann.tree) if n.tag == "button" and text_of(n) in ("Approve", "Send back…")]


def test_a_stale_page_approves_nothing() -> None:
    """A click on what has changed meanwhile is refused in words."""
    desk = prepared()
    person = as_ben(desk)
    button = next(n for n in walk(person.tree) if text_of(n) == "Approve" and n.tag == "button")
    desk.stands = {k: replace(s, standing="approved", by="cas") for k, s in desk.stands.items()}
    desk.head += 1
    answer = person.uses(button)
    assert not answer["ok"]
    assert "cas has approved this already; your click changed nothing." in person.sees()


def test_only_what_is_approved_is_pushed() -> None:
    """The push names the approved part alone, and says how much still waits."""
    desk = prepared()
    first = as_ben(desk)
    name = next(text_of(n) for n in walk(first.tree) if n.tag == "h3")
    first.clicks(f"Approve {name}")
    pusher = as_ben(desk, "push")
    pusher.goes("push")
    assert "3 wait for somebody else's yes" in pusher.sees()
    assert "Push 1 write" in pusher.sees()


def test_without_a_role_its_buttons_are_not_there() -> None:
    """Whoever may only look finds no act to click and shut boxes; a forged click is refused all the same."""
    desk = DeskOnFrames()
    everything = Person(dashboard(desk))
    everything.goes_to_clients()
    tick = everything.named(box(desk, 1, "email", "Connectworks to XPM"), "input")
    desk.roles = frozenset({"see"})
    looker = Person(dashboard(desk))
    looker.goes_to_clients()
    shut = looker.named(box(desk, 1, "email", "Connectworks to XPM"), "input")
    assert shut.attrs["disabled"]
    assert not shut.on
    assert not looker.uses(tick, "change", checked=True)["ok"]
    assert desk.chosen() == {}
    for screen, words in (("overview", "Pull both systems"), ("links", "Same client"), ("push", "Push ")):
        looker.goes(screen)
        assert not [n for n in walk(looker.tree) if n.tag == "button" and text_of(n).startswith(words)]


def test_whoever_has_no_role_sees_no_client() -> None:
    """A stranger who signed in is told whom to ask, and nothing else."""
    desk = DeskOnFrames()
    desk.roles = frozenset()
    told = Person(dashboard(desk)).sees()
    assert "may not see anything yet" in told
    assert "Tuhoe" not in told


def test_ones_own_clients_come_first() -> None:
    """Where the firm parts its clients, approval and overview begin with one's own."""
    desk = prepared()
    desk.queue = frozenset({link_id("cw1", "xp1")})
    person = as_ben(desk)
    assert "1 client waits for you" in person.sees()
    person.uses(next(n for n in walk(person.tree) if n.on.get("change") == Act("mine", {})), "change")
    assert "4 clients wait for you" in person.sees()
