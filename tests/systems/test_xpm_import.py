"""The import files for XPM: headers to the letter, one field a file, nothing that would be misread."""

from __future__ import annotations

import csv
import io
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from workbench.domain.frames import address_cell
from workbench.systems.xpm_import import HEADERS, MOST_ROWS, headers_in, import_files

_TEXTS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), min_size=1, max_size=30)


def _line(
    field: str, after: str | None, client: str = "Rimu & Rātā Ltd", side: str = "xpm"
) -> dict[str, Any]:
    return {"operation_id": "o1", "side": side, "client": client, "field": field, "after": after}


def _rows(text: str) -> list[list[str]]:
    return list(csv.reader(io.StringIO(text, newline=""), strict=True))


def test_the_files_read_as_they_should() -> None:
    """Golden: the bytes of an address file: no line breaks, a fifth line kept, no mark, no blank end."""
    told = address_cell({"lines": "Level 2\nKauri House\n12 Rātā Lane\nPrivate Bag", "suburb": "Tahunanui",
                         "city": "Nelson", "postcode": "7010"})  # fmt: skip
    files = import_files([_line("physical_address", told)], ["Rimu & Rātā Ltd"]).files
    assert files == {
        "xpm_import_physical_address.csv": (
            "Name,Address1,Address2,Address3,Address4,City,Region,PostCode,Country\r\n"
            'Rimu & Rātā Ltd,Level 2,Kauri House,12 Rātā Lane,"Private Bag, Tahunanui",Nelson,,7010,'
        )
    }


def test_a_file_holds_one_field_and_the_firms_own_headers() -> None:
    """A blank cell empties a value there, so no file has a column that not all of its rows fill."""
    lines = [
        _line("email", "a@b.example"),
        _line("primary_phone", "+64 9 555 0101"),
        _line("email", "x", side="cw"),
    ]
    found = import_files(lines, ["Rimu & Rātā Ltd"], {"primary_phone": "Phone number"})
    assert {name: _rows(text)[0] for name, text in found.files.items()} == {
        "xpm_import_email.csv": ["Name", "Email"],
        "xpm_import_primary_phone.csv": ["Name", "Phone number"],
    }
    assert _rows(found.files["xpm_import_primary_phone.csv"])[1][1] == "+64 9 555 0101"


def test_the_headers_are_those_of_the_practices_template() -> None:
    """However a template writes them they are found; what it has no column for is left to people."""
    template = ["Client Name", "E-mail", "Phone Number", "Address 1", "Address 2", "Town/City", "Post Code"]
    template += ["Postal Address", "Postal City", "Job Manager", "Country", "Postal Country"]
    found = headers_in(template)
    assert {column: header for column, header in found.items() if header} == {
        "name": "Client Name",
        "email": "E-mail",
        "primary_phone": "Phone Number",
        "physical_line1": "Address 1",
        "physical_line2": "Address 2",
        "physical_city": "Town/City",
        "physical_postcode": "Post Code",
        "physical_country": "Country",
        "postal_line1": "Postal Address",
        "postal_city": "Postal City",
        "postal_country": "Postal Country",
    }
    assert headers_in(HEADERS.values()) == HEADERS
    told = {"lines": "Level 2\nKauri House\n12 Rātā Lane", "city": "Nelson"}
    lines = [
        _line("physical_address", address_cell(told)),
        _line("postal_address", address_cell({**told, "postcode": "7010"})),
        _line("website", "rimu.example"),
    ]
    written = import_files(lines, ["Rimu & Rātā Ltd"], found)
    assert list(written.files) == ["xpm_import_physical_address.csv"]
    header, row = _rows(written.files["xpm_import_physical_address.csv"])
    assert header == ["Client Name", "Address 1", "Address 2", "Town/City", "Post Code", "Country"]
    assert row[1:4] == ["Level 2", "Kauri House, 12 Rātā Lane", "Nelson"]
    assert [field for _, field, _ in written.by_hand] == ["postal_address", "website"]


def test_what_the_importer_cannot_do_is_left_to_people() -> None:
    """Emptied values, shared names, contacts' mobiles and formulas are named with the reason."""
    cases = [
        ("email", None),
        ("other_phone", "021 555 0100"),
        ("website", "=HYPERLINK(1)"),
        ("website", "@SUM(1)"),
    ]
    for field, after in cases:
        found = import_files([_line(field, after)], ["Rimu & Rātā Ltd"])
        assert not found.files, (field, after)
        assert found.by_hand[0][:2] == ("o1", field)
    twice = import_files([_line("email", "a@b.example")], ["Rimu & Rātā Ltd", "RIMU &  Rātā ltd"])
    assert not twice.files
    assert "not one client's alone" in twice.by_hand[0][2]


def test_long_lists_are_cut() -> None:
    """The importer takes so many rows a file and no more."""
    names = [f"Client {n}" for n in range(2 * MOST_ROWS + 1)]
    files = import_files([_line("email", "a@b.example", name) for name in names], names).files
    assert [len(_rows(text)) - 1 for text in files.values()] == [MOST_ROWS, MOST_ROWS, 1]


@given(_TEXTS, st.lists(_TEXTS, min_size=1, max_size=6), _TEXTS)
def test_no_value_breaks_a_row(name: str, lines: list[str], city: str) -> None:
    """Whatever a value holds, a file has a header and one row of as many cells, all on lines of their own."""
    told = address_cell({"lines": "\n".join(lines), "city": city})
    found = import_files([_line("postal_address", told, name)], [name])
    for text in found.files.values():
        head, row = _rows(text)
        assert len(row) == len(head) == 9
        assert len(text.splitlines()) == 2
        assert not text.endswith("\n")
        assert not any(cell.lstrip()[:1] in tuple("=@|%") for cell in row if cell.strip())
