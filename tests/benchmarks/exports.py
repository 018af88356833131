"""How long exports take to load: ``python tests/benchmarks/exports.py --rows 1000 100000``.

Each size is written once as CSV and once as XLSX, then read as a pull reads it: from the file to the answer
that is kept, and from that to the clients frame.
"""

from __future__ import annotations

import argparse
import csv
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import openpyxl

from workbench.domain.settings import read_settings
from workbench.systems.export_columns import guess, profile_of, write_profile
from workbench.systems.files import Files

FILES = '[firm]\nname = "A"\n[connectworks]\naccess = "files"\n[xpm]\naccess = "files"\n'
HEADERS = [
    *("Client Code", "Name", "Business Structure", "Email", "Phone", "Mobile"),
    *("Address", "City", "Region", "Post Code", "Country"),
    *("Postal Address", "Postal City", "Postal Post Code", "Web Site", "Date of Birth"),
    *("Company Number", "Business Number", "Account Manager", "Archived"),
]


def rows(count: int) -> Iterator[list[str]]:
    """Give the headers and so many invented clients."""
    yield HEADERS
    for n in range(count):
        yield [
            *(f"C{n:06}", f"Kauri Number {n} Limited", "Company", f"office{n}@kauri.example"),
            *(f"09 555 {n % 10_000:04}", f"021 555 {n % 10_000:04}"),
            *(f"{n} Kauri Road\nLevel 2", "Auckland", "", f"0{n % 1000:03}", "New Zealand"),
            *(f"PO Box {n}", "Nelson", "7010", "www.kauri.example", "", str(1_000_000 + n)),
            *(str(9_429_000_000_000 + n), "T Parata", "No"),
        ]


def as_csv(path: Path, count: int) -> None:
    """Write an export as CSV."""
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows(rows(count))


def as_xlsx(path: Path, count: int) -> None:
    """Write an export as XLSX, every cell as text."""
    book = openpyxl.Workbook(write_only=True)
    sheet = book.create_sheet()
    for row in rows(count):
        sheet.append(row)
    book.save(path)


def measured(write: Callable[[Path, int], None], ending: str, count: int) -> tuple[float, float, int]:
    """Load one export; give seconds by the clock and of the processor, and how many clients came."""
    with tempfile.TemporaryDirectory() as scratch:
        side = Files(read_settings(FILES), "xpm", Path(scratch))
        side.exports.mkdir(parents=True)
        write(side.exports / f"clients{ending}", count)
        table = side.table()
        write_profile(side.profile_path, profile_of(table, {g.header: g.column for g in guess(table)}), "xpm")
        wall, processor = time.perf_counter(), time.process_time()
        clients = len(side.parse(side.pull()).clients)
        return time.perf_counter() - wall, time.process_time() - processor, clients


def main() -> None:
    """Measure and print a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, nargs="+", default=[1_000, 100_000])
    print("| file | rows | seconds | processor seconds |\n|---|---|---|---|")
    for count in parser.parse_args().rows:
        for ending, write in ((".csv", as_csv), (".xlsx", as_xlsx)):
            wall, processor, clients = measured(write, ending, count)
            assert clients == count
            print(f"| {ending} | {count:,} | {wall:.1f} | {processor:.1f} |", flush=True)


if __name__ == "__main__":
    main()
