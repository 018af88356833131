"""Files that spreadsheet programs open: nothing lost on the way there and back, and no formula in them."""

from __future__ import annotations

import csv
from pathlib import Path

import openpyxl
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pyarrow import parquet

from workbench.domain.errors import BadInput
from workbench.domain.frames import clients_frame
from workbench.systems.spreadsheets import read_clients, read_frame, write_frame

TEXTS = st.one_of(
    st.none(),
    st.sampled_from(
        ["+64 9 555 0123", "=1+1", "-", "@x", "'=1", "''+", "None", "0012", "9.4E+12", "a\nb", " "]
    ),
    st.text(st.characters(codec="utf-8", exclude_categories=["Cs", "Cc"]), min_size=1, max_size=20),
)


@pytest.mark.parametrize("ending", [".csv", ".xlsx"])
@settings(max_examples=12, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(values=st.lists(st.tuples(TEXTS, TEXTS), min_size=1, max_size=4))
def test_what_is_written_is_read_back(tmp_path: Path, ending: str, values: list[tuple[str, str]]) -> None:
    """A frame survives the way into a file and back, to the last apostrophe and line break."""
    rows = [
        {"client_id": f"c{n}", "legal_name": name, "primary_phone": phone}
        for n, (name, phone) in enumerate(values)
    ]
    frame = clients_frame(rows, "xpm")
    write_frame(frame, tmp_path / f"clients{ending}")
    pd.testing.assert_frame_equal(read_clients(tmp_path / f"clients{ending}", "xpm"), frame)


@pytest.mark.parametrize("value", ["=HYPERLINK(1)", "+64 9", "-1", "@sum", "\tx", "\rx"])
def test_no_csv_cell_is_a_formula(tmp_path: Path, value: str) -> None:
    """What a spreadsheet program would compute gets an apostrophe in the file, and not in the frame."""
    frame = pd.DataFrame({"note": [value]})
    write_frame(frame, tmp_path / "out.csv")
    with (tmp_path / "out.csv").open(encoding="utf-8-sig", newline="") as file:
        cell = list(csv.reader(file))[1][0]
    assert cell == f"'{value}"
    assert frame["note"].iloc[0] == value


def test_no_xlsx_cell_is_a_formula(tmp_path: Path) -> None:
    """A text that looks like a formula is kept as text, with the cell's quote mark set."""
    write_frame(pd.DataFrame({"note": ["=1+1"]}), tmp_path / "out.xlsx")
    cell = openpyxl.load_workbook(tmp_path / "out.xlsx").active["A2"]
    assert (cell.value, cell.data_type, cell.quotePrefix) == ("=1+1", "s", True)


def test_a_parquet_column_is_text(tmp_path: Path) -> None:
    """Parquet keeps every value as it is, as a text that nothing computes, and what is missing as missing."""
    frame = pd.DataFrame({"note": ["=1+1", None, "0012"]})
    write_frame(frame, tmp_path / "out.parquet")
    table = parquet.read_table(tmp_path / "out.parquet")
    assert str(table.schema.field("note").type) == "string"
    assert table.column("note").to_pylist() == ["=1+1", None, "0012"]


def test_an_unknown_header_is_named(tmp_path: Path) -> None:
    """A column that is not canonical is refused by its name."""
    write_frame(pd.DataFrame({"client_id": ["1"], "Surname": ["x"]}), tmp_path / "in.csv")
    with pytest.raises(BadInput, match="Surname"):
        read_clients(tmp_path / "in.csv", "xpm")


def test_a_header_that_stands_twice_is_named(tmp_path: Path) -> None:
    """Two columns of one name are refused rather than one of them dropped."""
    (tmp_path / "in.csv").write_text("email,email\na,b\n")
    with pytest.raises(BadInput, match="“email” twice"):
        read_frame(tmp_path / "in.csv")


@pytest.mark.parametrize("name", ["in.csv", "in.xlsx"])
def test_a_file_of_another_kind_is_refused_in_words(tmp_path: Path, name: str) -> None:
    """Bytes that are neither CSV nor XLSX give one sentence, whatever the parsers raise."""
    (tmp_path / name).write_bytes(b"\xff\xfe\x00PK\x03\x04 no book")
    with pytest.raises(BadInput, match="cannot be read"):
        read_frame(tmp_path / name)


def test_an_empty_file_is_refused(tmp_path: Path) -> None:
    """A file without a header row is no frame."""
    (tmp_path / "in.csv").write_text("")
    with pytest.raises(BadInput, match="is empty"):
        read_frame(tmp_path / "in.csv")


def test_another_ending_is_refused(tmp_path: Path) -> None:
    """Only the three endings are written."""
    with pytest.raises(BadInput, match="ending in"):
        write_frame(pd.DataFrame({"a": ["b"]}), tmp_path / "out.ods")
