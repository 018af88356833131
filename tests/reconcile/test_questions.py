"""What clients are asked, as a mail merge; and what a second act must unlock."""

from pathlib import Path

import openpyxl
import pandas as pd
import pytest

from workbench.domain.frames import DECISIONS, LINKS, Clients, address_cell, frame_of, link_id
from workbench.domain.warnings import LOCKS, WARNINGS, lock
from workbench.reconcile.compare import compare
from workbench.reconcile.plan import plan
from workbench.reconcile.questions import QUESTIONS, questions
from workbench.systems.spreadsheets import write_frame

LINK = link_id("c", "x")
ONE_LINK = frame_of([{"link_id": LINK, "connectworks_id": "c", "xpm_id": "x"}], LINKS)


def sides(**left: str) -> Clients:
    here = {"client_id": "c", "legal_name": "Kea Farms Limited", "first_name": "Mere", "email": "a@b.example"}
    there = {"client_id": "x", "email": "c@d.example", "partner": "Celia Finch"}
    return Clients(pd.DataFrame([here | left]), pd.DataFrame([there]))


def chosen(direction: str, **more: str | None) -> dict[str, str | None]:
    seen = {"connectworks": "a@b.example", "xpm": "c@d.example"}
    ids = {"link_id": LINK, "connectworks_id": "c", "xpm_id": "x", "field": "email"}
    return {**ids, "direction": direction, "seq": "7", "by": "ann", **seen, **more}


def test_each_client_is_asked_once_about_everything() -> None:
    """One row a client, a line a field, readable addresses; what is not to be asked is not in it."""
    parts = {"lines": "14 Test Rd\nKelbrook", "city": "Napier", "postcode": "4110"}
    address, here = address_cell(parts), sides(**{f"postal_{part}": text for part, text in parts.items()})
    rows = [
        chosen("ask", note="since the merger"),
        chosen("ask", field="postal_address", connectworks=address, xpm=None),
        chosen("to_xpm", field="website"),
    ]
    found = questions(frame_of(rows, DECISIONS), here, ONE_LINK)
    assert tuple(found.columns) == QUESTIONS
    assert found.iloc[0].tolist() == [
        "Kea Farms Limited",
        "Mere",
        "a@b.example",
        "Celia Finch",
        "Email: is it a@b.example or c@d.example?\n"
        "Postal address: is it still 14 Test Rd Kelbrook, Napier, 4110?",
        "since the merger",
        LINK,
    ]
    assert len(found) == 1
    assert questions(frame_of((), DECISIONS), sides(), ONE_LINK).empty


def test_nobody_is_asked_about_values_that_are_not_there_any_more() -> None:
    """A question is bound to both values like any decision: once either changes, it is not sent out."""
    rows = frame_of([chosen("ask"), chosen("ask", field="website", connectworks=None, xpm=None)], DECISIONS)
    found = questions(rows, sides(email="new@b.example"), ONE_LINK)
    assert found["questions"].tolist() == ["Website: what is it?"]
    assert questions(rows, sides(email="new@b.example", website="b.example"), ONE_LINK).empty


def test_a_placeholder_is_neither_asked_about_nor_written_to() -> None:
    """Of what only stands for nothing nobody is asked whether it is theirs, and no letter goes there."""
    rows = frame_of([chosen("ask", connectworks="n/a")], DECISIONS)
    row = questions(rows, sides(email="n/a"), ONE_LINK).iloc[0]
    assert (row["email"], row["questions"]) == ("c@d.example", "Email: is it still c@d.example?")


def test_no_letter_goes_to_somebody_who_has_died() -> None:
    """Whoever either side marks as deceased keeps a row, without greeting or mailbox, and with the reason."""
    found = questions(frame_of([chosen("ask")], DECISIONS), sides(deceased="yes"), ONE_LINK)
    row = found.iloc[0]
    assert found[["greeting", "email"]].isna().all(axis=None)
    assert (row["client"], row["notes"]) == ("Kea Farms Limited", WARNINGS["deceased"])


def test_no_cell_of_the_mail_merge_is_a_formula(tmp_path: Path) -> None:
    """A client called like a formula stays a text in both kinds of spreadsheet."""
    found = questions(frame_of([chosen("ask")], DECISIONS), sides(legal_name='=HYPERLINK("x")'), ONE_LINK)
    for name in ("ask.csv", "ask.xlsx"):
        write_frame(found, tmp_path / name)
    assert "\"'=HYPERLINK" in (tmp_path / "ask.csv").read_text(encoding="utf-8-sig")
    cells = [cell for row in openpyxl.load_workbook(tmp_path / "ask.xlsx").active.iter_rows() for cell in row]
    assert {cell.data_type for cell in cells} <= {"s", "n"}
    assert any(cell.value == '=HYPERLINK("x")' for cell in cells)


def test_asking_is_never_pushed() -> None:
    """A question makes no operation."""
    differences = compare(sides(), ONE_LINK)
    assert plan(differences, frame_of([chosen("ask")], DECISIONS)).operations == ()


def test_all_that_locks_a_value_is_said() -> None:
    """Whoever unlocks a verified value of somebody who has died is told of both."""
    differences = compare(sides(deceased="Yes", verified_fields="email"), ONE_LINK)
    told = plan(differences, frame_of([chosen("to_connectworks")], DECISIONS)).left_out[0].reason
    assert WARNINGS["deceased"] in told
    assert WARNINGS["aml_verified"] in told


@pytest.mark.parametrize(
    ("left", "direction", "locked"),
    [
        ({"verified_fields": "email"}, "to_connectworks", "aml_verified"),
        ({"verified_fields": "email"}, "to_xpm", None),
        ({"verified_fields": "website"}, "to_connectworks", None),
        ({"deceased": "Yes"}, "to_xpm", "deceased"),
        ({"deceased": "Yes"}, "to_connectworks", "deceased"),
    ],
)
def test_a_locked_value_is_written_only_after_a_second_act(
    left: dict[str, str], direction: str, locked: str | None
) -> None:
    """Verified values are not overwritten and the dead not written to, unless unlocked; it is said why."""
    differences = compare(sides(**left), ONE_LINK)
    once = plan(differences, frame_of([chosen(direction)], DECISIONS))
    assert [out.code for out in once.left_out] == (["locked"] if locked else [])
    assert len(once.operations) == (0 if locked else 1)
    if locked:
        assert once.left_out[0].reason.startswith(WARNINGS[locked])
    twice = plan(differences, frame_of([chosen(direction, unlocks="yes")], DECISIONS))
    assert (len(twice.operations), twice.left_out) == (1, ())


@pytest.mark.parametrize("seen", ["none", "shared_value:2"])
def test_a_warning_that_nobody_had_seen_keeps_a_decision_out(seen: str) -> None:
    """It is decided again, now that it is known; one who knew of it is not asked twice."""
    differences = compare(sides(lifecycle="archived"), ONE_LINK)
    assert set(differences["warnings"].dropna()) == {"archived_in_connectworks"}
    once = plan(differences, frame_of([chosen("to_xpm", warnings=seen)], DECISIONS))
    assert ([out.code for out in once.left_out], once.operations) == (["warned"], ())
    assert once.left_out[0].reason.startswith(WARNINGS["archived_in_connectworks"])
    known = chosen("to_xpm", warnings=f"{seen}; archived_in_connectworks")
    assert len(plan(differences, frame_of([known], DECISIONS)).operations) == 1


def test_every_lock_is_a_warning_with_words() -> None:
    """Nothing is locked that nobody is warned of, and a count in a code hides no lock."""
    assert set(LOCKS) <= set(WARNINGS)
    assert lock("to_xpm", "shared_value:3; deceased") == WARNINGS["deceased"]
    assert lock("leave", "deceased") is None
