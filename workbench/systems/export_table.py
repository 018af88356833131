"""An export as it lies in a file: CSV or XLSX read as text, with everything odd about it listed.

Nothing is repaired: what a spreadsheet program did to a cell is told by row and column, and the cell stays.
Rows are counted as a spreadsheet program shows them, from 1.
"""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from python_calamine import CalamineError, CalamineWorkbook, PasswordError

from workbench.domain.errors import BadInput
from workbench.systems.spreadsheets import unquoted

ENDINGS: Final = (".csv", ".xlsx")
_HEADERS_WITHIN: Final = 30
_DELIMITERS: Final = ",;\t"
_MOST_DIGITS: Final = 15  # a spreadsheet's number keeps no more
_MOST_CELL_CHARACTERS: Final = 1 << 20

_SPACES: Final = frozenset(sign for sign in map(chr, range(0x3001)) if sign.isspace())
# Most cells are plain, and a large export has millions: only those that begin so are looked at.
_ASKED: Final = _SPACES | {"'"}

Row = tuple[str | None, ...]


@dataclass(frozen=True, slots=True)
class Note:
    """Something odd about an export, without any value of it.

    Parameters
    ----------
    kind : str
        ``encoding``, ``title``, ``header``, ``footer``, ``damage``, ``date``, ``tax``, ``repeated`` or
        ``unnamed``.
    what : str
        In plain words.
    row : int, optional
        As a spreadsheet program counts.
    column : str, optional
        By its header.
    """

    kind: str
    what: str
    row: int | None = None
    column: str | None = None


@dataclass(frozen=True)
class Table:
    """An export's headers and rows.

    Parameters
    ----------
    name : str
        The file's name.
    at : datetime
        When the file was saved (UTC).
    columns : mapping
        Header to cells, all as text or None; in the order of the file.
    rows : sequence of int
        The row in the file of each record.
    numbers : frozenset of (int, str)
        Cells (place in `rows`, header) that the file holds as numbers, not as text.
    notes : tuple of Note
        What was passed over or renamed.
    """

    name: str
    at: datetime
    columns: dict[str, list[str | None]] = field(repr=False)
    rows: Sequence[int] = field(repr=False)
    numbers: frozenset[tuple[int, str]] = field(repr=False, default=frozenset())
    notes: tuple[Note, ...] = ()

    def __len__(self) -> int:
        return len(self.rows)


def newest_export(folder: Path) -> Path | None:
    """Give the export that was saved last into a folder, or None."""
    if not folder.is_dir():
        return None
    found = [path for path in folder.iterdir() if path.suffix.lower() in ENDINGS and path.name[0] not in "~."]
    return max(found, key=lambda path: (path.stat().st_mtime_ns, path.name), default=None)


def read_export(path: Path) -> Table:
    """Read an export.

    Parameters
    ----------
    path : Path
        ``.csv`` (UTF-8 with or without a byte-order mark, else Windows-1252) or ``.xlsx`` (the first sheet
        that holds anything).

    Raises
    ------
    BadInput
        If it cannot be read, holds no headers, or a row has more cells than there are headers; names the row.
    """
    notes: list[Note] = []
    try:
        if path.suffix.lower() == ".csv":
            grid, numbers = list(_csv_rows(path, notes)), frozenset[tuple[int, int]]()
        else:
            grid, numbers = _sheet_rows(path)
        at = datetime.fromtimestamp(path.stat().st_mtime, UTC)
    except OSError as error:
        raise BadInput(f"{path.name} cannot be read: {error.strerror or error}.", "Check the file.") from None
    return _table(path.name, at, grid, numbers, notes)


def _csv_rows(path: Path, notes: list[Note]) -> Iterator[Row]:
    body = path.read_bytes()
    try:
        text = body.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = _windows(path, body)
        notes.append(
            Note(
                "encoding",
                "The file is not in UTF-8 and was read as Windows-1252: look at macrons and accents.",
            )
        )
    lines = text[:10_000].splitlines()[:_HEADERS_WITHIN] or [""]
    delimiter = max(_DELIMITERS, key=lambda each: max(line.count(each) for line in lines))
    limit = csv.field_size_limit(_MOST_CELL_CHARACTERS)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    row = 1
    try:
        for cells in reader:
            yield tuple(
                [None if not cell else cell if cell[0] not in _ASKED else _plain(cell) for cell in cells]
            )
            row += 1
    except csv.Error as error:
        raise BadInput(
            f"{path.name} cannot be read as CSV at row {row}: {error}.",
            "Save it again as CSV UTF-8, or as .xlsx.",
        ) from None
    finally:
        csv.field_size_limit(limit)


def _plain(cell: str) -> str | None:
    """Give a cell that begins with a space or an apostrophe; one of spaces alone is blank."""
    return None if cell.isspace() else unquoted(cell)


def _windows(path: Path, body: bytes) -> str:
    try:
        if b"\x00" in body:
            raise UnicodeDecodeError("cp1252", body, 0, 1, "no text")
        return body.decode("cp1252")
    except UnicodeDecodeError as error:
        row = body.count(b"\n", 0, error.start) + 1
        raise BadInput(
            f"{path.name} is neither UTF-8 nor Windows-1252 text (row {row}).", "Save it again as CSV UTF-8."
        ) from None


def _sheet_rows(path: Path) -> tuple[list[Row], frozenset[tuple[int, int]]]:
    try:
        with CalamineWorkbook.from_path(path) as book:
            sheets = (book.get_sheet_by_name(name) for name in book.sheet_names)
            grid = next((rows for sheet in sheets if (rows := sheet.to_python(skip_empty_area=False))), [])
    except PasswordError:
        raise BadInput(f"{path.name} is locked by a password.", "Save it without one.") from None
    except (CalamineError, ValueError):
        raise BadInput(f"{path.name} cannot be read as XLSX.", "Save it again as .xlsx or .csv.") from None
    numbers = frozenset(
        (at, column) for at, row in enumerate(grid) for column, cell in enumerate(row) if type(cell) is float
    )
    return [
        tuple([c if type(c) is str and c and c[0] not in _SPACES else _as_text(c) for c in row])
        for row in grid
    ], numbers


def _as_text(cell: Any) -> str | None:
    """Give a sheet's cell as it is shown; a number without its separators, a day as ISO 8601."""
    if isinstance(cell, str):
        return None if not cell or cell.isspace() else cell
    if isinstance(cell, float):
        whole = cell.is_integer() and abs(cell) < 10**_MOST_DIGITS
        return str(int(cell)) if whole else f"{cell:.{_MOST_DIGITS}g}"
    if isinstance(cell, bool):
        return "Yes" if cell else "No"
    return None if cell is None else str(cell)


def _table(
    name: str, at: datetime, grid: list[Row], numbers: frozenset[tuple[int, int]], notes: list[Note]
) -> Table:
    first = _header_row(grid)
    if first is None:
        raise BadInput(f"{name} is empty.", "Its first row must hold the headers.")
    if first:
        notes.append(Note("title", f"The {first} rows above the headers were passed over.", first))
    width = len(grid[first])
    headers = _headers(grid, first, width, notes)
    kept = _records(grid, first, width, name, notes)
    cells = [tuple(grid[row][:width]) + (None,) * (width - len(grid[row])) for row in kept]
    turned = [list(column) for column in zip(*cells, strict=True)] if cells else [[] for _ in range(width)]
    place = {row: n for n, row in enumerate(kept)}
    named = {at: header for at, header in enumerate(headers) if header is not None}
    return Table(
        name,
        at,
        {header: turned[column] for column, header in named.items()},
        [row + 1 for row in kept],
        frozenset((place[row], named[c]) for row, c in numbers if row in place and c in named),
        tuple(notes),
    )


def _header_row(grid: list[Row]) -> int | None:
    """Find the headers: the first row that is more than half as full as the fullest near the top."""
    filled = [_filled(row) for row in grid[:_HEADERS_WITHIN]]
    most = max(filled, default=0)
    return next((at for at, count in enumerate(filled) if count * 2 > most), None) if most else None


def _headers(grid: list[Row], first: int, width: int, notes: list[Note]) -> list[str | None]:
    """Give each column a name of its own; one without header and without cells gets none."""
    given = [" ".join((cell or "").split()) for cell in grid[first][:width]]
    seen: Counter[str] = Counter()
    headers: list[str | None] = []
    for at, header in enumerate(given):
        if not header:
            if all(len(row) <= at or row[at] is None for row in grid[first + 1 :]):
                headers.append(None)
                continue
            header = f"(column {at + 1})"
            notes.append(Note("header", "This column has cells and no header.", first + 1, header))
        seen[header] += 1
        if seen[header] > 1:
            header = f"{header} ({seen[header]})"
            notes.append(Note("header", "Another column has the same header.", first + 1, header))
        headers.append(header)
    return headers


def _records(grid: list[Row], first: int, width: int, name: str, notes: list[Note]) -> list[int]:
    """Give the rows that hold records: neither blank ones, nor a total or date below the last."""
    kept = []
    for row in range(first + 1, len(grid)):
        if any(grid[row][width:]):
            raise BadInput(
                f"Row {row + 1} of {name} has more cells than there are headers.",
                "Give the extra cells a header, or quote the cell that holds a comma.",
            )
        if any(grid[row]):
            kept.append(row)
    full = max((_filled(grid[row]) for row in kept), default=0)
    while kept and full >= 4 and _filled(grid[kept[-1]]) == 1:
        notes.append(Note("footer", "The row below the last record was passed over.", kept.pop() + 1))
    return kept


def _filled(row: Row) -> int:
    return len(row) - row.count(None)
