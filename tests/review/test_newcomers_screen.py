"""What Without counterpart says: why a client stands alone, its draft field by field, and the second act."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
from desk_on_frames import DeskOnFrames
from test_screens import Person

from workbench.domain.frames import frame_of
from workbench.reconcile.creating import Draft, Line, Party, Twin
from workbench.reconcile.unmatched import UNMATCHED
from workbench.review.dashboard import dashboard
from workbench.review.tree import walk

DRAFT = Draft(
    "connectworks",
    "xp1",
    "Rimu Limited",
    (
        Line("legal_name", "Rimu Limited"),
        Line("date_of_birth", "1980-01-02"),
        Line("email", "a@b.example", False, "No."),
    ),
    (Party("Mere Tōtara", "director", "individual", note="Is created as a contact."),),
    ("Not tied to the Companies Office.",),
)


def _shown(draft: Draft = DRAFT) -> tuple[Person, list[tuple[str, str, str, bool]]]:
    desk, asked = DeskOnFrames(), []
    row = {"side": "xpm", "client_id": "xp1", "name": "Rimu Limited", "entity_type": "company"}
    row |= {"reason": "none_found", "what": "Nobody in Connectworks comes near."}
    other = {
        **row,
        "client_id": "xp2",
        "name": "Tōtara Trust",
        "reason": "taken",
        "other_name": "Totara Trust",
    }
    desk.unmatched = lambda: frame_of([row, other], UNMATCHED)  # type: ignore[method-assign]
    desk.draft = lambda side, source: draft  # type: ignore[attr-defined]
    desk.ask_create = lambda *told: asked.append(told) or "r1"  # type: ignore[attr-defined]
    person = Person(dashboard(desk))
    person.goes("newcomers")
    return person, asked


def test_each_client_says_why_it_stands_alone() -> None:
    """The list names the reason in words, and keeps what the filter asks for."""
    person, _ = _shown()
    assert "Nobody in Connectworks comes near." in person.sees()
    assert "duplicate over there" in person.sees()
    chooser = next(n for n in walk(person.tree) if n.tag == "select" and n.attrs.get("aria-label") == "Why")
    person.uses(chooser, "change", value="taken")
    assert "Rimu Limited" not in person.sees()
    assert "See: Totara Trust" in person.sees()
    person.uses(chooser, "change", value="")
    person.uses(person.named("Partner", "select"), "change", value="B Olsen")
    assert "Rimu Limited" in person.sees()
    assert "Tōtara Trust" not in person.sees()


def test_a_draft_is_read_before_it_is_created() -> None:
    """Every field, party and warning stands there, a birth date hidden; one click asks for what was seen."""
    person, asked = _shown()
    person.clicks("Draft Rimu Limited for Connectworks")
    for words in ("Not tied to the Companies Office.", "Mere Tōtara (Person)", "left out", "•••"):
        assert words in person.sees()
    assert "1980-01-02" not in person.sees()
    person.clicks("Create in Connectworks and link")
    assert asked == [("connectworks", "xp1", DRAFT.hash, False)]


def test_whoever_has_to_be_there_before_is_drafted_first() -> None:
    """A party's own draft opens on top of the one that waits for it, and closes once the party is linked."""
    ana = Party("Ana Rātā", "director", "individual", sent=False, source_id="cw2", first=True)
    desk = DeskOnFrames(linked=0)
    row = {"side": "connectworks", "client_id": "cw1", "name": "Rātā Limited", "reason": "none_found"}
    desk.unmatched = lambda: frame_of([row], UNMATCHED)  # type: ignore[method-assign]
    drafts = {
        "cw1": Draft("xpm", "cw1", "Rātā Limited", (), (ana,)),
        "cw2": Draft("xpm", "cw2", "Ana Rātā", (), (replace(ana, name="Rātā Limited", source_id="cw1"),)),
    }
    desk.draft = lambda side, source: drafts[source]  # type: ignore[attr-defined]
    person = Person(dashboard(desk))
    person.goes("newcomers")
    person.clicks("Draft Rātā Limited for XPM")
    person.clicks("Draft Ana Rātā for XPM first")
    assert "Ana Rātā: as it would be created in XPM" in person.sees()
    person.clicks("‹ Back to Rātā Limited")
    person.clicks("Draft Ana Rātā for XPM first")
    person.clicks("Draft Rātā Limited for XPM first")
    assert "‹ Back to the list" in person.sees(), "two who play a part in each other do not pile up"
    person.clicks("Draft Ana Rātā for XPM first")
    desk.link([("cw2", "xp2")], "created")
    person.goes("newcomers")
    assert "Rātā Limited: as it would be created in XPM" in person.sees()


def test_a_twin_wants_a_second_act() -> None:
    """While somebody over there may be it, creating waits for the person's word that they are others."""
    person, asked = _shown(replace(DRAFT, twins=(Twin("c9", "Rimu Ltd", "It has the same name."),)))
    person.clicks("Draft Rimu Limited for Connectworks")
    assert "Rimu Ltd It has the same name." in person.sees()
    assert person.named("Create in Connectworks and link").attrs["disabled"]
    box = next(n for n in walk(person.tree) if n.tag == "input" and n.attrs.get("type") == "checkbox"
               and n.on["change"].name == "despite")  # fmt: skip
    person.uses(box, "change", checked=True)
    person.clicks("Create in Connectworks and link")
    assert asked[0][3] is True
