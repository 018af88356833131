"""Exports of either system: read as text whatever a spreadsheet made of them, and told where they are odd."""

from __future__ import annotations

import csv
from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import openpyxl
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from workbench.domain.errors import BadInput, BadSettings, Gone, NotAllowedHere
from workbench.domain.records import Operation
from workbench.domain.settings import Settings, read_settings
from workbench.systems.export_columns import (
    Profile,
    guess,
    profile_of,
    profile_path,
    read_profile,
    write_profile,
)
from workbench.systems.export_table import newest_export, read_export
from workbench.systems.files import Files
from workbench.systems.port import READ

FIRM = """
[firm]
name = "Kōwhai"
home_country = "{home}"
[connectworks]
access = "files"
[xpm]
access = "files"
"""
XPM_EXPORT = [
    [
        "Client Code",
        "Name",
        "Business Structure",
        "Email",
        "Phone",
        "Mobile",
        "Address",
        "City",
        "Post Code",
        "Country",
    ],
    [
        "KOW01",
        "Kōwhai Holdings Limited",
        "Company",
        "a@kowhai.example",
        "09 555 0101",
        "021 555 0102",
        "1 Rātā Lane",
        "Nelson",
        "0610",
        "New Zealand",
    ],
    ["PAR01", "Parata, Tui", "Individual", "", "03 555 0104", "", "", "", "", ""],
]


def _settings(home: str = "NZ") -> Settings:
    return read_settings(FIRM.format(home=home))


def _save(path: Path, rows: Sequence[Sequence[Any]], encoding: str = "utf-8") -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    if path.suffix == ".csv":
        with path.open("w", encoding=encoding, newline="") as file:
            csv.writer(file).writerows(rows)
    else:
        book = openpyxl.Workbook()
        for row in rows:
            book.active.append([None if cell == "" else cell for cell in row])
        for cell in (cell for row in book.active for cell in row if isinstance(cell.value, str)):
            cell.data_type = "s"  # a text that looks like a formula is a text
        book.save(path)
    return path


Loaded = Callable[..., Files]


@pytest.fixture
def files(tmp_path: Path) -> Loaded:
    """Give a maker of a files side whose one export holds the given rows, its guessed columns confirmed."""

    def make(
        rows: Sequence[Sequence[Any]], name: str = "clients.csv", home: str = "NZ", **changes: str
    ) -> Files:
        side = Files(_settings(home), "xpm", tmp_path)
        _save(side.exports / name, rows)
        table = side.table()
        columns = {one.header: one.column for one in guess(table)} | changes
        write_profile(side.profile_path, profile_of(table, columns), "xpm")
        return side

    return make


@pytest.mark.parametrize("name", ["clients.csv", "clients.xlsx"])
def test_an_export_becomes_a_frame_of_clients(files: Loaded, name: str) -> None:
    """Headers are understood, cells stay text with their zeros, types and states follow from their words."""
    side = files(XPM_EXPORT, name)
    kept = list(side.pull())
    parsed = side.parse(kept)
    assert side.parse(kept, {"PAR01"}).clients["client_id"].tolist() == ["PAR01"]
    rows = parsed.clients.set_index("client_id")
    company, person = rows.loc["KOW01"], rows.loc["PAR01"]
    assert (company["legal_name"], company["entity_type"], company["lifecycle"]) == (
        "Kōwhai Holdings Limited",
        "company",
        "active",
    )
    assert (company["physical_postcode"], company["primary_phone"]) == ("0610", "09 555 0101")
    assert (person["entity_type"], person["nature"], person["country"]) == ("individual", "client", "NZ")
    assert pd.isna(person["email"])
    assert (parsed.expected, parsed.notes) == (2, ())


TEXTS = st.one_of(
    st.none(),
    st.sampled_from(
        ["0012", "+64 9 555 0123", "=1+1", "-", "None", "NA", "nan", "a\nb", "a\r\nb", "  x ", '"', ";"]
    ),
    st.text(st.characters(codec="utf-8", exclude_categories=["Cs", "Cc"]), min_size=1, max_size=12),
)


@pytest.mark.parametrize("ending", [".csv", ".xlsx"])
@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rows=st.lists(st.tuples(TEXTS, TEXTS), min_size=1, max_size=4))
def test_what_an_export_says_is_what_the_frame_says(
    tmp_path: Path, ending: str, rows: list[tuple[str | None, str | None]]
) -> None:
    """Whatever text stands in a cell arrives in the frame, through file and snapshot, to the letter."""
    side = Files(_settings(), "xpm", tmp_path / ending[1:])
    records = [(f"c{n}", f"name {n}", *row) for n, row in enumerate(rows)]
    _save(side.exports / f"in{ending}", [("UUID", "Name", "Trading as", "Groups"), *records])
    columns = {"UUID": "client_id", "Name": "legal_name", "Trading as": "trading_name", "Groups": "groups"}
    write_profile(side.profile_path, Profile(columns, "UUID"), "xpm")
    clients = side.parse(side.pull()).clients
    told = clients[["trading_name", "groups"]].astype(object)
    told = told.where(told.notna(), None).values.tolist()
    assert told == [[cell if cell and not cell.isspace() else None for cell in row] for row in rows]


@pytest.mark.parametrize(("encoding", "warned"), [("utf-8", False), ("utf-8-sig", False), ("cp1252", True)])
def test_encodings(tmp_path: Path, encoding: str, warned: bool) -> None:
    """UTF-8 with and without its mark is read in silence, Windows-1252 with a word about it."""
    table = read_export(_save(tmp_path / "a.csv", [["Name", "City"], ["Café", "Nelson"]], encoding))
    assert table.columns["Name"] == ["Café"]
    assert [note.kind for note in table.notes] == (["encoding"] if warned else [])


def test_bytes_that_are_no_text_are_refused_by_their_row(tmp_path: Path) -> None:
    """A file that is neither encoding is refused where it stops making sense."""
    (tmp_path / "a.csv").write_bytes(b"Name,City\nA,B\nC,\x81\x8d\xff\n")
    with pytest.raises(BadInput, match="row 3"):
        read_export(tmp_path / "a.csv")


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_delimiters(tmp_path: Path, delimiter: str) -> None:
    """Commas, semicolons and tabs are told apart by the headers."""
    (tmp_path / "a.csv").write_text(f"Name{delimiter}City\nA{delimiter}B\n", encoding="utf-8")
    assert read_export(tmp_path / "a.csv").columns == {"Name": ["A"], "City": ["B"]}


@pytest.mark.parametrize("name", ["a.csv", "a.xlsx"])
def test_titles_blanks_and_totals_are_passed_over(tmp_path: Path, name: str) -> None:
    """Merged title rows, blank rows and a total are no records; every row keeps its number in the file."""
    rows = [["Clients, 1 May"], [], ["Name", "City", "Email", "Phone", ""], ["A", "B", "c", "d", ""], []]
    rows += [["E", "F", "g", "h", ""], ["Total: 2"], ["", "", "", "", ""]]
    path = _save(tmp_path / name, rows)
    if name.endswith(".xlsx"):
        book = openpyxl.load_workbook(path)
        book.active.merge_cells("A1:D1")
        book.save(path)
    table = read_export(path)
    assert list(table.columns) == ["Name", "City", "Email", "Phone"]
    assert list(table.rows) == [4, 6]
    assert [(note.kind, note.row) for note in table.notes] == [("title", 2), ("footer", 7)]


def test_headers_that_stand_twice_get_names_of_their_own(tmp_path: Path) -> None:
    """Two columns “City” are both kept and told; the second is taken for the postal address."""
    rows = [
        ["Name", "Address", "City", "Address", "City", ""],
        ["A", "1 X Rd", "Nelson", "PO Box 1", "Picton", "z"],
    ]
    table = read_export(_save(tmp_path / "a.csv", rows))
    assert list(table.columns) == ["Name", "Address", "City", "Address (2)", "City (2)", "(column 6)"]
    assert [note.kind for note in table.notes] == ["header"] * 3
    assert [one.column for one in guess(table)] == [
        "legal_name", "physical_lines", "physical_city", "postal_lines", "postal_city", "",
    ]  # fmt: skip


def test_a_row_with_too_many_cells_is_named(tmp_path: Path) -> None:
    """A comma that nobody quoted shifts cells; the row is refused by its number."""
    (tmp_path / "a.csv").write_text("Name,City\nA,B\nC,D,E\n", encoding="utf-8")
    with pytest.raises(BadInput, match=r"Row 3 of a\.csv"):
        read_export(tmp_path / "a.csv")


@pytest.mark.parametrize("name", ["in.csv", "in.xlsx"])
def test_what_is_no_table_is_refused_in_words(tmp_path: Path, name: str) -> None:
    """Bytes of another kind give one sentence, whatever the parsers raise; so does an empty file."""
    (tmp_path / name).write_bytes(b"\xff\xfe\x00PK\x03\x04 no book")
    with pytest.raises(BadInput, match=name):
        read_export(tmp_path / name)
    (tmp_path / "e.csv").write_text("\n\n")
    with pytest.raises(BadInput, match="is empty"):
        read_export(tmp_path / "e.csv")


def test_spreadsheet_damage_is_listed_by_row_and_column_and_mended_nowhere(files: Loaded) -> None:
    """Eaten zeros, long numbers, day numbers, impossible days, broken accents: all told, none repaired."""
    rows = [
        ["UUID", "Name", "Phone", "NZBN", "Post Code", "Date of Birth"],
        ["1", "Fine", "09 555 0101", "9429000000017", "0610", "01/02/1980"],
        ["2", "KÅ«mara", "95550101", "9.429E+12", "610", "29252"],
        ["3", "Numbers", 95550101, "", "", "31/02/1980"],
        ["4", "Real day", "", "", "", datetime(1980, 2, 1)],
    ]
    side = files(rows, "a.xlsx")
    parsed = side.parse(side.pull())
    assert sorted((n["row"], n["column"], n["kind"]) for n in parsed.notes) == [
        ("3", "Date of Birth", "date"),
        ("3", "NZBN", "damage"),
        ("3", "Name", "damage"),
        ("3", "Phone", "damage"),
        ("3", "Post Code", "damage"),
        ("4", "Date of Birth", "date"),
        ("4", "Phone", "damage"),
    ]
    assert not any("KÅ«mara" in str(n) or "9.429" in str(n) for n in parsed.notes)
    clients = parsed.clients.set_index("client_id")
    assert clients.loc["2", "nzbn"] == "9.429E+12"
    assert clients.loc["4", "date_of_birth"].startswith("1980-02-01")


def test_days_are_read_month_first_only_where_a_person_said_so(files: Loaded) -> None:
    """“03/04/1980” is the third of April unless the profile says otherwise."""
    side = files([["UUID", "Name", "Date of Birth"], ["1", "A", "03/04/1980"]])
    assert side.parse(side.pull()).clients["date_of_birth"].tolist() == ["03/04/1980"]
    profile = read_profile(side.profile_path)
    assert profile is not None
    write_profile(side.profile_path, Profile(profile.columns, profile.record, month_first=True), "xpm")
    assert side.parse(side.pull()).clients["date_of_birth"].tolist() == ["1980-03-04"]


@pytest.mark.parametrize("home", ["NZ", "AU"])
def test_no_tax_file_number_is_kept(files: Loaded, home: str) -> None:
    """A column of tax file numbers is dropped, as are tax numbers of clients in Australia; it is said."""
    rows = [
        ["UUID", "Name", "Country", "IRD Number", "Tax File Number"],
        ["1", "Here", "New Zealand", "049-091-850", "123 456 782"],
        ["2", "Wattle Pty Ltd", "Australia", "123 456 782", "123 456 782"],
    ]
    side = files(rows, home=home)
    answers = list(side.pull())
    parsed = side.parse(answers)
    assert b"123 456 782" not in b"".join(answer.body for answer in answers)
    assert parsed.clients["tax_number"].isna().tolist() == [home == "AU", True]
    assert {n["kind"] for n in parsed.notes} == {"tax"}
    assert any("dropped" in str(n["what"]) and n["column"] == "Tax File Number" for n in parsed.notes)


def test_tax_file_numbers_cannot_be_mapped(files: Loaded) -> None:
    """Nor can a person let that column in under another name."""
    with pytest.raises(BadInput, match="never kept"):
        files([["UUID", "Name", "TFN"], ["1", "A", "123 456 782"]], TFN="client_reference")


def test_columns_that_are_not_read_are_not_kept(files: Loaded) -> None:
    """What nobody said to be a field does not reach the snapshot."""
    side = files([["UUID", "Name", "Bank account"], ["1", "A", "01-0902-0068389-00"]])
    assert b"0068389" not in b"".join(answer.body for answer in side.pull())


def test_an_unconfirmed_export_is_not_read(tmp_path: Path) -> None:
    """A guess is only a guess: nothing is loaded before a person confirmed it."""
    side = Files(_settings(), "xpm", tmp_path)
    _save(side.exports / "a.csv", XPM_EXPORT)
    with pytest.raises(BadInput, match="workbench columns FOLDER xpm"):
        list(side.pull())


@pytest.mark.parametrize(
    ("headers", "told"),
    [
        (["Client Code", "Name"], "lacks the column “Email”"),
        (["Client Code", "Name", "Email", "Fax"], "has the column “Fax”"),
    ],
)
def test_an_export_with_other_headers_has_to_be_confirmed_again(
    files: Loaded, headers: list[str], told: str
) -> None:
    """A saved profile holds for the same headers; a missing or a new one is named."""
    side = files([["Client Code", "Name", "Email"], ["1", "A", "a@b.example"]])
    _save(side.exports / "later.csv", [headers, ["1"] * len(headers)])
    with pytest.raises(BadInput, match=told):
        list(side.pull())


def test_the_newest_export_is_read_and_lock_files_are_not(tmp_path: Path) -> None:
    """Excel's own lock file beside an open workbook is no export."""
    _save(tmp_path / "a.csv", [["Name"]])
    _save(tmp_path / "~$a.xlsx", [["Name"]])
    (tmp_path / "notes.txt").write_text("none")
    assert newest_export(tmp_path) == tmp_path / "a.csv"
    assert newest_export(tmp_path / "nowhere") is None


def test_two_records_of_one_id_are_named_by_their_rows(files: Loaded) -> None:
    """Two clients under one id are named by both rows; a mere second contact is no second client."""
    side = files([["UUID", "Name", "Mobile"], ["1", "A", "021 1"], ["1", "A", "021 2"], ["2", "B", ""]])
    parsed = side.parse(side.pull())
    assert parsed.clients["client_id"].tolist() == ["1", "2"]
    assert [(n["kind"], n["row"]) for n in parsed.notes] == [("repeated", "3")]
    _save(side.exports / "later.csv", [["UUID", "Name", "Mobile"], ["1", "A", ""], ["1", "B", ""]])
    with pytest.raises(BadInput, match=r"Rows 2 and 3 of later\.csv"):
        list(side.pull())
    _save(side.exports / "last.csv", [["UUID", "Name", "Mobile"], ["1", "A", ""], ["", "B", ""]])
    with pytest.raises(BadInput, match=r"Row 3 of last\.csv has nothing in “UUID”"):
        list(side.pull())


def test_without_an_id_the_reference_tells_records_apart_else_the_name(tmp_path: Path) -> None:
    """The best column that is filled and different in every row is taken."""
    table = read_export(_save(tmp_path / "a.csv", XPM_EXPORT))
    assert profile_of(table, {one.header: one.column for one in guess(table)}).record == "Client Code"
    assert profile_of(table, {"Name": "legal_name"}).record == "Name"


def test_files_can_be_read_and_nothing_else(files: Loaded) -> None:
    """The side says so by its abilities, and refuses a write in words."""
    side = files(XPM_EXPORT)
    assert side.abilities() == {READ}
    seen = side.look("KOW01")
    assert seen.whole
    assert seen.values["email"] == "a@kowhai.example"
    assert '"postcode":"0610"' in str(seen.values["physical_address"])
    assert "website" not in seen.values  # the export does not tell
    assert side.parse(seen.answers).clients["legal_name"].tolist() == ["Kōwhai Holdings Limited"]
    with pytest.raises(NotAllowedHere, match="reached by files"):
        side.write(Operation("xpm", "client", "KOW01", "KOW01", {}, {}), seen, "run")
    with pytest.raises(Gone):
        side.look("nobody")


@pytest.mark.parametrize(
    ("header", "sample", "column"),
    [
        ("E-mail address", "a@b.example", "email"),
        ("Contact point", "a@b.example", "email"),
        ("Email", "yes", ""),
        ("Reach", "09 555 0123", "primary_phone"),
        ("Ref", "3f2b8c1e-0d3b-4a51-9a57-6c1f3f1b7a01", "client_id"),
        ("PostCode", "7010", "physical_postcode"),
        ("Mailing Post Code", "7010", "postal_postcode"),
        ("State", "NSW", "physical_region"),
        ("Buisness structure", "Company", "structure"),
        ("Shoe size", "44", ""),
    ],
)
def test_columns_are_guessed_from_headers_and_cells(
    tmp_path: Path, header: str, sample: str, column: str
) -> None:
    """A known or almost known header counts, an unknown one by its cells, one that cells belie not."""
    table = read_export(_save(tmp_path / "a.csv", [["Name", header], ["A", sample]]))
    assert guess(table)[1].column == column


def test_a_profile_that_cannot_be_used_is_named(tmp_path: Path) -> None:
    """A hand-edited profile with a field that there is not is refused with its path."""
    path = profile_path(tmp_path, "xpm")
    write_profile(path, Profile({"Name": "legal_name", 'Odd "header" = x': ""}, "Name"), "xpm")
    assert read_profile(path) == Profile({"Name": "legal_name", 'Odd "header" = x': ""}, "Name")
    path.write_text(path.read_text(encoding="utf-8").replace("legal_name", "shoe_size"), encoding="utf-8")
    with pytest.raises(BadSettings, match="shoe_size"):
        read_profile(path)
