"""Frames to and from CSV and XLSX files, and to Parquet: every cell is text, and no cell is ever a formula.

In CSV a cell that a spreadsheet program would take for a formula gets an apostrophe in front, which
reading takes off again; in XLSX the cell's own quote mark does that.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final

import pandas as pd
import pyarrow as pa
from pyarrow import parquet

from workbench.domain.errors import BadInput
from workbench.domain.fields import COLUMNS
from workbench.domain.frames import as_clients, frame_of

_FORMULA: Final = re.compile(r"'*[=+\-@\t\r]")
_QUOTED: Final = re.compile(r"'+[=+\-@\t\r]")
_LONGEST_CELL: Final = 32_767


def read_clients(path: Path, side: str) -> pd.DataFrame:
    """Read a clients frame from a CSV or XLSX file whose headers are the canonical column names.

    Parameters
    ----------
    path : Path
        ``.csv`` (UTF-8, with or without a byte-order mark) or ``.xlsx`` (the first sheet).
    side : str
        ``"connectworks"`` or ``"xpm"``.

    Returns
    -------
    pandas.DataFrame
        A clients frame; blank cells are missing.

    Raises
    ------
    BadInput
        If the file cannot be read or has an unknown or repeated header; names it.
    """
    frame = read_frame(path)
    unknown = [column for column in frame.columns if column not in COLUMNS]
    if unknown:
        raise BadInput(
            f"{path.name} has the unknown column “{unknown[0]}”.",
            "Rename it to one of the canonical names, or take it out.",
        )
    return as_clients(frame, side)


def read_frame(path: Path) -> pd.DataFrame:
    """Read any text frame from a CSV or XLSX file; blank cells are missing.

    Raises
    ------
    BadInput
        If the file cannot be read, has no header, or one of its headers twice.
    """
    rows = list(_csv_rows(path) if path.suffix.lower() == ".csv" else _xlsx_rows(path))
    if not rows:
        raise BadInput(f"{path.name} is empty.", "Its first row must hold the headers.")
    header = tuple(name or "" for name in rows[0])
    twice = sorted({name for name in header if header.count(name) > 1})
    if twice:
        raise BadInput(f"{path.name} has the column “{twice[0]}” twice.", "Rename or drop one of them.")
    return frame_of((dict(zip(header, row, strict=False)) for row in rows[1:]), header)


def write_frame(frame: pd.DataFrame, path: Path) -> None:
    """Write any frame to a CSV, XLSX or Parquet file, safe to open in a spreadsheet program.

    Parameters
    ----------
    frame : pandas.DataFrame
        Its values are written as text; missing ones as blank cells. The frame itself does not change.
    path : Path
        ``.csv``, ``.xlsx`` or ``.parquet``.

    Raises
    ------
    BadInput
        If the name ends otherwise, or a value does not fit into an XLSX cell.
    """
    path.write_bytes(frame_bytes(frame, path.suffix.lower()))


def frame_bytes(frame: pd.DataFrame, ending: str) -> bytes:
    """Give the bytes of such a file (`write_frame`) by its ending.

    Parquet keeps a text as a text, so that nothing in it can be taken for a formula.
    """
    columns = [frame[column].astype(object).where(frame[column].notna(), None) for column in frame.columns]
    texts = [[None if v is None else str(v) for v in column] for column in columns]
    header = tuple(map(str, frame.columns))
    if ending == ".parquet":
        stream = io.BytesIO()
        parquet.write_table(pa.table([pa.array(t, pa.string()) for t in texts], names=header), stream)
        return stream.getvalue()
    write = {".csv": _csv_bytes, ".xlsx": _xlsx_bytes}.get(ending)
    if write is None:
        raise BadInput(
            f"No file ending in “{ending}” can be written.", "Let its name end in .csv, .xlsx or .parquet."
        )
    return write([header, *zip(*texts, strict=True)])


def _csv_rows(path: Path) -> Iterator[tuple[str | None, ...]]:
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            for row in csv.reader(file, strict=True):
                yield tuple(unquoted(cell) or None for cell in row)
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise BadInput(f"{path.name} cannot be read as CSV: {error}.", "Save it as CSV UTF-8.") from None


def _xlsx_rows(path: Path) -> Iterator[tuple[str | None, ...]]:
    import openpyxl  # only where it is needed: it brings many files along

    try:
        book = openpyxl.load_workbook(path, read_only=True, data_only=True)
    except Exception:  # openpyxl lets through whatever zipfile and its XML parser raise
        raise BadInput(f"{path.name} cannot be read as XLSX.", "Save it as .xlsx or .csv.") from None
    try:
        for row in book.worksheets[0].iter_rows(values_only=True):
            yield tuple(None if cell is None or cell == "" else str(cell) for cell in row)
    finally:
        book.close()


def _csv_bytes(rows: Iterable[tuple[str | None, ...]]) -> bytes:
    text = io.StringIO(newline="")
    writer = csv.writer(text, quoting=csv.QUOTE_ALL)
    writer.writerows([_quoted(cell or "") for cell in row] for row in rows)
    return text.getvalue().encode("utf-8-sig")  # the byte-order mark tells Excel that it is UTF-8


def _xlsx_bytes(rows: Iterable[tuple[str | None, ...]]) -> bytes:
    import openpyxl  # only where it is needed: it brings many files along
    from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE

    book = openpyxl.Workbook()
    sheet = book.active
    for at, row in enumerate(rows, start=1):
        for column, value in enumerate(row, start=1):
            if value is None:
                continue
            if len(value) > _LONGEST_CELL or ILLEGAL_CHARACTERS_RE.search(value):
                raise BadInput(
                    f"Row {at}, column {column} holds text that an XLSX cell cannot.", "Write .csv instead."
                )
            cell = sheet.cell(at, column)
            cell.value, cell.data_type = value, "s"
            cell.quotePrefix = bool(_FORMULA.match(value))
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


def _quoted(cell: str) -> str:
    return f"'{cell}" if _FORMULA.match(cell) else cell


def unquoted(cell: str) -> str:
    """Take off the apostrophe that writing put before what looks like a formula."""
    return cell[1:] if cell[:1] == "'" and _QUOTED.match(cell) else cell
