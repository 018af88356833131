"""Filters under a name, each person's own; and whose clients are looked at first."""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
from desk_on_frames import DeskOnFrames
from test_screens import Person

from workbench.domain.frames import link_id
from workbench.review.dashboard import dashboard
from workbench.review.tree import Node, walk


def box_of(person: Person, act: str) -> Node:
    return next(n for n in walk(person.tree) if any(a.name == act for a in n.on.values()))


def chooses(person: Person, label: str, value: str) -> dict[str, object]:
    return person.uses(person.named(label, "select"), "change", value=value)


def saves(person: Person, name: str) -> dict[str, object]:
    person.clicks("Save these filters…")
    person.uses(box_of(person, "type_filter_name"), "input", value=name)
    return person.clicks("Save")


def test_what_was_saved_is_found_again_by_whoever_saved_it() -> None:
    """The next visit filters the same by one choice; somebody else's list does not hold it; it can go."""
    desk = DeskOnFrames(12, 8)
    ann = Person(dashboard(desk))
    ann.goes_to_clients()
    chooses(ann, "Field", "email")
    chooses(ann, "Partner", "B Olsen")
    saves(ann, "  Emails of   Olsen ")
    seen = ann.sees()
    later = Person(dashboard(desk))
    later.goes("differences")
    chooses(later, "Saved filters", "Emails of Olsen")
    assert later.sees() == seen
    desk.me = "ben"
    ben = Person(dashboard(desk))
    ben.goes_to_clients()
    assert "Emails of Olsen" not in ben.sees()
    desk.me = "ann"
    later.clicks("Forget it: the filter Emails of Olsen")
    assert desk.kept_filters == {}
    assert later.sees() != ben.sees()


def test_single_keys_stay_off_for_whoever_switched_them_off() -> None:
    """A spoken word is not taken for keys at the next visit either; somebody else's keys stay as they are."""
    desk = DeskOnFrames(12, 8)

    def visits(who: str) -> Person:
        desk.me = who
        person = Person(dashboard(desk))
        person.clicks("Keys")
        return person

    def are_off(person: Person) -> bool:
        return any(n.attrs.get("data-single-keys") == "off" for n in walk(person.tree))

    ann = visits("ann")
    assert not are_off(ann)
    ann.uses(box_of(ann, "single_keys"), "change", checked=False)
    assert are_off(ann)
    ann = visits("ann")
    assert are_off(ann)
    assert not are_off(visits("ben"))
    ann = visits("ann")
    ann.uses(box_of(ann, "single_keys"), "change", checked=True)
    assert not are_off(visits("ann"))


def test_a_search_among_links_is_saved_with_its_list() -> None:
    """Links come back with the list and the words; without a name nothing is saved, and the page says so."""
    desk = DeskOnFrames(12, 8)
    ann = Person(dashboard(desk))
    ann.goes("links")
    ann.clicks("Linked (8)")
    ann.uses(box_of(ann, "search"), "input", value="tuhoe")
    assert not saves(ann, " ")["ok"]
    assert "A name is missing." in ann.sees()
    ann.uses(box_of(ann, "type_filter_name"), "input", value="Tuhoe")
    ann.clicks("Save")
    seen = [n.key for n in walk(ann.tree) if n.tag == "tr"]
    later = Person(dashboard(desk))
    later.goes("links")
    chooses(later, "Saved filters", "Tuhoe")
    assert [n.key for n in walk(later.tree) if n.tag == "tr"] == seen
    assert later.named("Linked (8)").attrs["aria-pressed"] == "true"


def test_whoever_has_clients_of_their_own_begins_with_these() -> None:
    """Counted and shown are theirs alone, patterns too, until they choose everybody's."""
    desk = DeskOnFrames(12, 8)
    everybody = Person(dashboard(desk))
    everybody.goes_to_clients()
    desk.queue = frozenset({link_id("cw1", "xp1")})
    ann = Person(dashboard(desk))
    ann.goes_to_clients()
    clients = desk.clients()
    assert clients is not None
    mine, other = clients.connectworks["legal_name"][1], clients.connectworks["legal_name"][2]
    assert mine in ann.sees()
    assert other not in ann.sees()
    assert "0 of 2 decided" in ann.sees()
    chooses(ann, "Whose", "")
    assert other in ann.sees()
    assert "Whose" not in everybody.sees()
