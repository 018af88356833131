"""A firm as a folder of readable files: one record a line, so that two versions can be compared."""

import csv
import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from .firm import Firm
from .stream import TRUTH_COLUMNS

_LISTS = (
    "connectworks", "parties", "xpm_staff", "xpm_groups", "xpm_custom_fields", "xpm_contacts", "xpm_clients",
    "xpm_relationships",
)  # fmt: skip


def write(firm: Firm, folder: Path | str) -> None:
    """Write a firm to a folder.

    Parameters
    ----------
    firm : Firm
        What to write.
    folder : path
        Made where there is none; files of the same names are replaced.
    """
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    about = {"name": firm.name, "country": firm.country, "tenant_id": firm.tenant_id}
    _write_text(folder / "firm.json", [json.dumps(about, ensure_ascii=False, indent=1)])
    for name in _LISTS:
        lines = (json.dumps(record, ensure_ascii=False) for record in getattr(firm, name))
        _write_text(folder / f"{name}.jsonl", lines)
    write_rows(folder / "truth.csv", TRUTH_COLUMNS, firm.truth)


def read(folder: Path | str) -> Firm:
    """Read a firm from a folder that `write` made.

    Raises
    ------
    FileNotFoundError
        When a file is missing.
    """
    folder = Path(folder)
    about: dict[str, Any] = json.loads((folder / "firm.json").read_text(encoding="utf-8"))
    lists: dict[str, Any] = {name: _read_lines(folder / f"{name}.jsonl") for name in _LISTS}
    with (folder / "truth.csv").open(encoding="utf-8", newline="") as file:
        truth = [{name: value or None for name, value in row.items()} for row in csv.DictReader(file)]
    return Firm(**about, **lists, truth=truth)


def write_rows(path: Path, columns: Iterable[str], rows: Iterable[Mapping[str, Any]]) -> None:
    """Write rows as CSV in UTF-8; what is missing is empty."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(columns), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


def _read_lines(path: Path) -> list[dict[str, Any]]:
    # Records may hold line separators of Unicode, so only the newline ends one.
    return [json.loads(line) for line in path.read_text(encoding="utf-8").split("\n") if line]


def _write_text(path: Path, lines: Iterable[str]) -> None:
    with path.open("w", encoding="utf-8", newline="\n") as file:
        file.writelines(f"{line}\n" for line in lines)
