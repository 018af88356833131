"""What Check data says: what loses data first, each finding once, check digits folded."""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
from desk_on_frames import DeskOnFrames
from test_screens import Person

from workbench.domain.fields import XPM
from workbench.domain.frames import CHECKS, frame_of
from workbench.review.checks import NAMES_SHOWN
from workbench.review.dashboard import dashboard
from workbench.review.tree import text_of, walk


def found(*rows: tuple[str, str, str | None]) -> Person:
    """Show findings of (check, client's name, group)."""
    desk = DeskOnFrames()
    told = frame_of(
        (
            {
                "check": c,
                "side": XPM,
                "client_id": f"x{i}",
                "name": n,
                "what": f"{c}!",
                "advice": "Mend it.",
                "group": g,
            }
            for i, (c, n, g) in enumerate(rows)
        ),
        CHECKS,
    )
    desk.checks = lambda tell=None: told  # type: ignore[method-assign]
    return Person(dashboard(desk))


def lines(person: Person) -> list[str]:
    """Read the rows of the table, without its head."""
    return [text_of(n) for n in walk(person.tree) if n.tag == "tr" and "!" in text_of(n)]


def test_damaged_values_stand_first() -> None:
    """What has lost data is read before what is merely odd."""
    person = found(("placeholder", "Ana", None), ("twins", "Wei", "g"), ("damaged", "Tane", None))
    assert [line.split()[0] for line in lines(person)] == ["Damaged", "Twins", "Placeholder"]


def test_twins_stand_in_one_row() -> None:
    """All records of one group are one finding, each name once with its number."""
    person = found(("twins", "Wei Zhang", "g"), ("twins", "Wei Zhang", "g"), ("twins", "Zhang, Wei", "g"))
    [line] = lines(person)
    assert "Wei Zhang (2 records) Zhang, Wei" in line
    assert line.count("twins!") == 1
    assert "1 finding" in person.sees()


def test_a_large_group_counts_what_it_folds() -> None:
    """Beyond a few names the row says how many more there are, and holds them all."""
    person = found(*(("shared_mailbox", f"Client {i}", "g") for i in range(NAMES_SHOWN + 5)))
    [line] = lines(person)
    assert "and 5 more" in line
    assert f"Client {NAMES_SHOWN + 4}" in line


def test_check_digits_are_one_line_until_opened() -> None:
    """Many numbers with a wrong check digit do not hide the rest; a click shows them all."""
    person = found(("damaged", "Tane", None), *(("check_digit", f"Client {i}", None) for i in range(30)))
    assert len(lines(person)) == 1
    assert "30 numbers with a check digit that does not hold" in person.sees()
    person.clicks("Show all 30: numbers with a wrong check digit")
    assert len(lines(person)) == 31
    person.clicks("Fold them away: numbers with a wrong check digit")
    assert len(lines(person)) == 1


def test_choosing_check_digits_shows_them() -> None:
    """Who asks for one kind sees it, folded or not."""
    person = found(("damaged", "Tane", None), ("check_digit", "Ana", None))
    kind = next(n for n in walk(person.tree) if n.tag == "select" and n.attrs["aria-label"] == "What")
    person.uses(kind, "change", value="check_digit")
    assert ["Ana" in line for line in lines(person)] == [True]
