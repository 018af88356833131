"""The settings screen: who may do what, for administrators alone."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
from desk_on_frames import DeskOnFrames
from test_screens import Person

from workbench.domain.people import AccessSettings, PersonSettings
from workbench.flow.exports import ExportTold
from workbench.review.dashboard import dashboard
from workbench.review.tree import Node, walk

ANN = PersonSettings(sign_in="ann@kowhai.example", name="Ann", roles=("administer", "decide"))
BEN = PersonSettings(sign_in="ben@kowhai.example", name="Ben")


def opened(*people: PersonSettings) -> tuple[DeskOnFrames, Person]:
    desk = DeskOnFrames()
    desk.granted = AccessSettings(people=people)
    person = Person(dashboard(desk))
    person.goes("settings")
    return desk, person


def types(person: Person, act: str, value: str) -> None:
    box = next(n for n in walk(person.tree) if any(a.name == act for a in n.on.values()))
    person.uses(box, next(iter(box.on)), value=value)


def test_only_administrators_have_it() -> None:
    """Nobody else is shown the tab, and a forged change is refused."""
    desk, ann = opened(ANN, BEN)
    role = ann.named("Ben: approves", "input")
    desk.roles = frozenset({"decide", "approve", "push"})
    ben = Person(dashboard(desk))
    assert not [n for n in walk(ben.tree) if n.attrs.get("id") == "tab-settings"]
    assert not ben.uses(role, "change", checked=True)["ok"]
    assert desk.granted.people == (ANN, BEN)


def test_the_first_person_who_is_added_does_not_shut_the_administrator_out() -> None:
    """Whoever was alone so far is named beside the first person, with all they may do."""
    desk, ann = opened()
    types(ann, "type_sign_in", " Cas@Kowhai.example ")
    types(ann, "type_name", "Cas")
    ann.clicks("Add")
    named = {person.key: person.roles for person in desk.granted.people}
    assert named["cas@kowhai.example"] == ("see",)
    assert "administer" in named["ann@kowhai.example"]


def test_roles_queues_and_approval_are_set_by_clicks() -> None:
    """Each box and each list of names is one change, told in words."""
    desk, ann = opened(ANN, BEN)
    assert ann.ticks("Ben: approves")["say"] == "Roles of ben@kowhai.example."
    box = ann.named("Ben: partners whose clients are theirs", "input")
    ann.uses(box, "change", value=" A Ngata, B Olsen ,")
    ann.ticks("Ben sees only their own clients")
    types_approval = next(n for n in walk(ann.tree) if any(a.name == "set_approval" for a in n.on.values()))
    ann.uses(types_approval, "change", checked=True)
    ben = desk.granted.people[1]
    assert (ben.roles, ben.partners, ben.only_theirs) == (("see", "approve"), ("A Ngata", "B Olsen"), True)
    assert desk.granted.approval
    ann.clicks("Remove Ben")
    assert desk.granted.people == (ANN,)


def test_a_person_named_twice_is_refused_in_words() -> None:
    """The same address cannot be added again, however it is written."""
    desk, ann = opened(ANN, BEN)
    types(ann, "type_sign_in", "BEN@kowhai.example")
    assert not ann.clicks("Add")["ok"]
    assert "stands twice among the people" in ann.sees()
    assert len(desk.granted.people) == 2


def test_what_columns_are_taken_for_is_confirmed_on_the_screen() -> None:
    """Header, field, sample and reason stand side by side; a change is kept with the rest by one act."""
    desk, ann = opened(ANN)
    desk.reading_files()._moved()
    assert "its cells look like phones" in ann.sees()
    assert desk.confirmed is None
    ann.uses(ann.named("Remarks is taken for", "select"), "change", value="manager")
    box = next(n for n in walk(ann.tree) if any(act.name == "days" for act in n.on.values()))
    ann.uses(box, "change", checked=True)
    said = ann.clicks("Confirm these columns")["say"]
    assert said == "Confirmed. Records are told apart by “Client Code”."
    columns = {"Client Code": "client_reference", "Ring": "primary_phone", "Remarks": "manager"}
    assert desk.confirmed == ("xpm", columns, True)
    desk.exports = [replace(desk.exports[0], confirmed=True)]
    desk._moved()
    assert "✓ Confirmed" in ann.sees()
    desk.exports = [ExportTold("xpm", trouble="There is no export of XPM in exports/xpm. Save one there.")]
    desk._moved()
    assert "There is no export of XPM" in ann.sees()
    assert "Confirm these columns" not in ann.sees()


def setting(person: Person, key: str, choice: str | None = None) -> Node:
    return next(
        n
        for n in walk(person.tree)
        if any(a.args.get("setting") == key and a.args.get("choice") == choice for a in n.on.values())
    )


def test_each_setting_is_changed_in_its_box_and_told() -> None:
    """What is typed counts as it is read; what is empty is what counts by itself; each change is said."""
    desk, ann = opened()
    for key, typed, value, said in (
        ("firm.home_country", "AU", "AU", "Home country: New Zealand → Australia."),
        ("firm.own_domains", "kowhai.example; k.nz ;", ("kowhai.example", "k.nz"), "kowhai.example, k.nz."),
        ("link.link_at", "97.5", 0.975, "90 % → 97.5 %."),
        ("link.link_at", "", None, "97.5 % → 90 %."),
        ("retention.value_days", "1,000", 1000, "for good → 1000."),
        ("firm.own_addresses", "1 Rise, Hastings", ("1 Rise, Hastings",), "Own offices and boxes changed."),
        ("run.cap", "20", 20, "0 → 20."),
    ):
        answer = ann.uses(setting(ann, key), "change", value=typed)
        assert str(answer["say"]).endswith(said)
        assert desk.settings()[key] == value
    ann.uses(setting(ann, "run.safe_rules", "fill_blanks"), "change", checked=True)
    ann.uses(setting(ann, "run.safe_rules", "firm_rules"), "change", checked=True)
    ann.uses(setting(ann, "run.safe_rules", "fill_blanks"), "change", checked=False)
    assert desk.settings()["run.safe_rules"] == ("firm_rules",)


def test_what_is_no_number_and_what_somebody_else_changed_is_refused() -> None:
    """Nothing is changed then, and the page says what is wanted."""
    desk, ann = opened()
    assert not ann.uses(setting(ann, "retention.snapshot_days"), "change", value="soon")["ok"]
    assert "“soon” is not a whole number" in ann.sees()
    stale = setting(ann, "run.cap")
    ann.uses(setting(ann, "run.cap"), "change", value="5")
    assert not ann.uses(stale, "change", value="6")["ok"]
    assert "Somebody else changed this meanwhile" in ann.sees()
    assert (desk.settings()["retention.snapshot_days"], desk.settings()["run.cap"]) == (90, 5)
    desk.roles = frozenset({"decide"})
    assert not Person(dashboard(desk)).uses(stale, "change", value="7")["ok"]
