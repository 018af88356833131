"""What Hand over says: what people carry across, where its files are, and what of it has arrived."""

from __future__ import annotations

import sys
from dataclasses import dataclass, replace
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
import pandas as pd
from desk_on_frames import AT, DeskOnFrames
from test_screens import Person

from workbench.domain.fields import CONNECTWORKS
from workbench.domain.frames import frame_of, link_id
from workbench.domain.records import Brake
from workbench.review.dashboard import dashboard
from workbench.review.desk import Choice
from workbench.review.tree import text_of, walk


@dataclass
class Files:
    """What a hand-over wrote."""

    folder: Path = Path("/firm/handovers/today")
    files: tuple[str, ...] = ("changes.xlsx", "click_sheets.html")
    message: str = "1 value of 1 client to carry across."


def _standing(*stands: str) -> pd.DataFrame:
    rows = (
        {
            "operation_id": f"o{i}",
            "client": f"Client {i}",
            "side": CONNECTWORKS,
            "field": "email",
            "after": f"new{i}@tui.example",
            "standing": each,
            "handed_at": AT,
            "handed_by": "ann",
        }
        for i, each in enumerate(stands)
    )
    names = ("operation_id", "client", "side", "field", "after", "standing", "handed_at", "handed_by")
    handed = frame_of(rows, names)
    handed.attrs["told"] = "1 of 3 arrived; these 2 did not."
    return handed


def _shown(
    handed: pd.DataFrame | None = None, brakes: tuple[Brake, ...] = ()
) -> tuple[DeskOnFrames, Person, list[tuple[str, str]]]:
    desk, done, link = DeskOnFrames(), [], link_id("cw1", "xp1")
    desk.decide([Choice(link, "email", "to_connectworks", "a@tui.example", "b@tui.example")], "tick")
    made = replace(desk.plan() if handed is None else desk.handover_plan(), brakes=brakes)
    desk.handover_plan = lambda: made  # type: ignore[method-assign]

    def hand_over(plan_hash: str, confirmed: str = "") -> Files:
        done.append((plan_hash, confirmed))
        return Files()

    desk.hand_over = hand_over  # type: ignore[attr-defined]
    desk.hand_over_again = lambda: done.append(("again", "")) or Files()  # type: ignore[attr-defined]
    if handed is not None:
        desk.handed_over = lambda: handed  # type: ignore[method-assign]
    person = Person(dashboard(desk))
    person.goes("handover")
    return desk, person, done


def test_nothing_to_hand_over_is_said() -> None:
    """Where both connections can write, the screen says so."""
    person = Person(dashboard(DeskOnFrames()))
    person.goes("handover")
    assert "Nothing to hand over" in person.sees()


def test_handing_over_tells_where_the_files_are() -> None:
    """One click hands over exactly what was seen, and names the files."""
    desk, person, done = _shown()
    assert "a@tui.example" in person.sees()
    person.clicks("Hand over 1 value")
    assert done == [(desk.handover_plan().hash, "")]
    assert "1 value of 1 client to carry across." in person.sees()
    assert "click_sheets.html" in person.sees()


def test_a_brake_wants_its_words() -> None:
    """A brake that is set keeps the button shut until the words are typed."""
    _, person, done = _shown(brakes=(Brake("many_clients", "Many.", "set", words="Kōwhai 1 client"),))
    assert person.named("Hand over 1 value").attrs["disabled"]
    box = next(n for n in walk(person.tree) if n.tag == "input" and n.attrs.get("type") == "text")
    person.uses(box, "input", value="KOWHAI 1 client")
    person.clicks("Hand over 1 value")
    assert done[0][1] == "Kōwhai 1 client"


def test_what_was_handed_over_is_searched() -> None:
    """Both lists keep the clients that are called so."""
    _, person, _ = _shown(_standing("open", "open"))
    box = next(n for n in walk(person.tree) if n.attrs.get("data-search"))
    person.uses(box, "input", value="client 1")
    assert "new1@tui.example" in person.sees()
    assert "new0@tui.example" not in person.sees()


def test_open_ones_are_named_first() -> None:
    """What has not arrived is listed with how it stands; the rest shows on request."""
    _, person, done = _shown(_standing("arrived", "open", "changed", "replaced"))
    assert "1 of 3 arrived; these 2 did not." in person.sees()
    assert "open: the old value still stands" in person.sees()
    assert "Client 0" not in person.sees()
    person.clicks("Write the files of what is open again")
    assert done == [("again", "")]
    box = next(n for n in walk(person.tree) if n.tag == "label" and "Also what has arrived" in text_of(n))
    person.uses(box.children[0], "change", checked=True)  # type: ignore[arg-type]
    assert "replaced by a later change" in person.sees()
