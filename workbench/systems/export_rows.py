"""An export's rows under our own column names: each record once, with what is odd about it. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Final

import pandas as pd

from workbench.domain.errors import BadInput
from workbench.domain.fields import Side
from workbench.domain.frames import TEXT
from workbench.systems.country import in_australia
from workbench.systems.export_columns import TAX_FILE, Profile, read_profile
from workbench.systems.export_damage import damage
from workbench.systems.export_table import Note, Table

_PLACES: Final = (
    "country",
    "physical_country",
    "postal_country",
    "physical_region",
    "postal_region",
    "abn",
    "nzbn",
)


def confirmed_profile(table: Table, path: Path, side: Side) -> Profile:
    """Give the profile that a person confirmed, if it fits the export.

    Raises
    ------
    BadInput
        If none was confirmed yet, a column that it reads is missing, or there is one that it does not know.
    """
    profile = read_profile(path)
    confirm = (
        "Look at what it reads and confirm: in the dashboard’s Settings, or by workbench columns FOLDER "
        f"{side}, or bench.columns(“{side}”)."
    )
    if profile is None:
        raise BadInput(f"Nobody has confirmed yet which column of {table.name} is which field.", confirm)
    missing = [header for header, column in profile.columns.items() if column and header not in table.columns]
    new = [header for header in table.columns if header not in profile.columns]
    if missing:
        raise BadInput(f"{table.name} lacks the column “{missing[0]}” that earlier exports had.", confirm)
    if new:
        raise BadInput(f"{table.name} has the column “{new[0]}” that earlier exports did not have.", confirm)
    return profile


def mapped(table: Table, profile: Profile, home: str) -> tuple[pd.DataFrame, tuple[Note, ...]]:
    """Take out of an export what a profile reads, under our own column names, and list what is odd.

    Parameters
    ----------
    table : Table
        As `read_export` gave it.
    profile : Profile
        As a person confirmed it.
    home : str
        The firm's own country: tax numbers of clients in Australia are dropped.

    Raises
    ------
    BadInput
        If two records cannot be told apart, or one has nothing that tells it; names row and column.
    """
    notes: list[Note] = []
    sources: dict[str, list[str]] = defaultdict(list)
    for header, column in profile.columns.items():
        if column and header in table.columns:
            sources[column].append(header)
    columns: dict[str, list[str | None]] = {}
    for column, headers in sources.items():
        for header in headers:
            numbers = frozenset(at for at, name in table.numbers if name == header)
            notes += damage(column, header, table.columns[header], table.rows, numbers)
        cells = [table.columns[header] for header in headers]
        columns[column] = (
            cells[0] if len(cells) == 1 else [_joined(each) for each in zip(*cells, strict=True)]
        )
    if profile.month_first and "date_of_birth" in columns:
        columns["date_of_birth"] = [_month_first(cell) for cell in columns["date_of_birth"]]
    kept = _told_apart(table, profile, columns, notes)
    columns = {"client_id": [table.columns[profile.record][at] for at in kept]} | {
        column: [cells[at] for at in kept] for column, cells in columns.items() if column != "client_id"
    }
    notes += _without_tax_file_numbers(table, sources, columns, kept, home)
    return pd.DataFrame({name: pd.array(cells, dtype=TEXT) for name, cells in columns.items()}), tuple(notes)


def _joined(parts: Sequence[str | None]) -> str | None:
    return "\n".join(filter(None, parts)) or None


def _month_first(cell: str | None) -> str | None:
    """Write a day of the United States' order as ISO 8601; anything else stays."""
    try:
        return datetime.strptime(cell or "", "%m/%d/%Y").date().isoformat()
    except ValueError:
        return cell


def _told_apart(
    table: Table, profile: Profile, columns: Mapping[str, list[str | None]], notes: list[Note]
) -> list[int]:
    """Give the places of the records: a row that only repeats its client, as for a second contact, is none.

    Rows are the same client's if all that is read of them is equal, save a contact's phone.
    """
    first: dict[str, int] = {}
    kept = []
    for at, key in enumerate(table.columns[profile.record]):
        if key is None:
            raise BadInput(
                f"Row {table.rows[at]} of {table.name} has nothing in “{profile.record}”.",
                "That column tells records apart: fill it, or leave the row out.",
            )
        if key not in first:
            first[key] = at
            kept.append(at)
            continue
        other = first[key]
        differs = [
            name for name, cells in columns.items() if cells[at] != cells[other] and name != "other_phone"
        ]
        if differs:
            raise BadInput(
                f"Rows {table.rows[other]} and {table.rows[at]} of {table.name} have the same "
                f"“{profile.record}” and another {differs[0].replace('_', ' ')}.",
                "Give each record an id of its own, or name another column that tells them apart.",
            )
        notes.append(
            Note("repeated", f"The same client as row {table.rows[other]}; read once.", table.rows[at])
        )
    return kept


def _without_tax_file_numbers(
    table: Table,
    sources: Mapping[str, list[str]],
    columns: dict[str, list[str | None]],
    kept: Sequence[int],
    home: str,
) -> Iterator[Note]:
    """Blank the tax numbers of clients in Australia, before anything is kept, and say so."""
    for header in filter(TAX_FILE.search, table.columns):
        yield Note("tax", "Tax file numbers: this column was dropped; they are never kept.", None, header)
    numbers = columns.get("tax_number")
    if numbers is None:
        return
    blank: list[str | None] = [None] * len(numbers)
    told = {name: columns.get(name, blank) for name in _PLACES}
    dropped = []
    for at, number in enumerate(numbers):
        countries = (told[name][at] for name in _PLACES[:3])
        regions = (told[name][at] for name in _PLACES[3:5])
        business = told["abn"][at] or told["nzbn"][at]
        if number and in_australia(home, countries, regions, business):
            numbers[at] = None
            dropped.append(table.rows[kept[at]])
    if dropped:
        what = f"{len(dropped)} tax file numbers of clients in Australia were dropped; they are never kept."
        yield Note("tax", what, dropped[0], sources["tax_number"][0])
