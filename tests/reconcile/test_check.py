"""The data check names what is wrong within one side, and shows no masked value."""

import pandas as pd
import pytest

from workbench.domain.frames import CHECKS, Clients
from workbench.reconcile.check import check

BLANK = pd.DataFrame({"client_id": [], "legal_name": []})


def found(*records: dict[str, str]) -> pd.DataFrame:
    rows = [
        {"client_id": str(number), "legal_name": f"Client{number} Ltd", "entity_type": "company", **record}
        for number, record in enumerate(records)
    ]
    return check(Clients(pd.DataFrame(rows), BLANK))


def test_a_sound_side_has_no_findings() -> None:
    """Nothing is reported where nothing is wrong."""
    frame = found({"email": "a@kauri.example"}, {"primary_phone": "09 555 0123"})
    assert frame.empty
    assert list(frame.columns) == list(CHECKS)


@pytest.mark.parametrize(
    ("code", "records"),
    [
        ("twins", [{"legal_name": "Moa Motors Ltd"}, {"legal_name": "Moa Motors Limited"}]),
        ("shared_identifier", [{"nzbn": "9400000000012"}, {"nzbn": "94 0000 0000012"}]),
        ("shared_mailbox", [{"email": "a@agency.example"}] * 4),
        ("unknown_type", [{"entity_type": "other", "structure": "Club"}]),
        ("damaged", [{"nzbn": "9.4E+12"}]),
        ("damaged", [{"physical_postcode": "610"}]),
        ("placeholder", [{"email": "none@none.com"}]),
        ("placeholder", [{"primary_phone": "n/a"}]),
        ("placeholder", [{"date_of_birth": "01/01/1900"}]),
        ("check_digit", [{"nzbn": "9400000000012"}]),
    ],
)
def test_each_fault_is_named(code: str, records: list[dict[str, str]]) -> None:
    """Every kind of fault gives a finding for every record that has it, with words and advice."""
    rows = found(*records)
    mine = rows[rows["check"] == code]
    assert set(mine["client_id"]) == {str(number) for number in range(len(records))}
    assert mine["what"].str.len().gt(10).all()
    assert mine["advice"].str.len().gt(10).all()


def test_namesakes_with_other_birth_dates_are_no_twins() -> None:
    """Father and son have one name and two birthdays."""
    person = {"legal_name": "John Smithson", "entity_type": "individual"}
    assert found(person | {"date_of_birth": "1961-07-14"}, person | {"date_of_birth": "1988-11-02"}).empty


def test_masked_values_are_never_shown() -> None:
    """Findings about tax numbers, birth dates and addresses do not repeat them."""
    person = {"legal_name": "Alan Beech", "date_of_birth": "1900-01-01", "tax_number": "900-000-014"}
    text = found(person, person).to_csv()
    assert "900-000-014" not in text
    assert "1900" not in text


def test_archived_twins_are_told_to_give_way() -> None:
    """The advice for an archived twin points at the live one."""
    rows = found({"legal_name": "Moa Motors Ltd", "lifecycle": "archived"}, {"legal_name": "Moa Motors Ltd"})
    assert rows[rows["client_id"] == "0"]["advice"].str.contains("archived").all()


def test_findings_do_not_depend_on_row_order() -> None:
    """Shuffled rows give the same findings."""
    rows = pd.DataFrame(
        [{"client_id": str(n), "legal_name": "Same Name Ltd", "email": "a@agency.example"} for n in range(5)]
    )
    assert check(Clients(rows, BLANK)).equals(check(Clients(rows.iloc[::-1], BLANK)))
