"""Write an invented firm of any size: ``python -m workbench.sandbox.firm --size N --seed S --out DIR``.

Three CSV files: ``connectworks.csv`` and ``xpm.csv`` with one record a row, in the canonical columns of a
clients frame, and ``truth.csv`` with what belongs together and why things differ.
"""

import argparse
import csv
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from .dice import Dice
from .sides import PARTS, Row
from .stream import TRUTH_COLUMNS, Recipe, stream

COLUMNS = (
    "side",
    "client_id",
    "nature",
    "entity_type",
    "entity_subtype",
    "structure",
    "lifecycle",
    "country",
    "deceased",
    "contact_id",
    "email_source",
    "legal_name",
    "trading_name",
    "first_name",
    "middle_name",
    "last_name",
    "email",
    "website",
    "primary_phone",
    "other_phone",
    *(f"{prefix}_{part}" for prefix in ("physical", "postal") for part in PARTS),
    "date_of_birth",
    "company_number",
    "nzbn",
    "abn",
    "tax_number",
)
_HELD_BACK = 5_000


class _Shuffling:
    """Write rows in an order that does not give away who belongs to whom, holding only a few back."""

    def __init__(self, writer: "csv.DictWriter[str]", dice: Dice) -> None:
        self.writer, self.dice, self.held = writer, dice, list[Row]()

    def write(self, rows: Iterable[Row]) -> None:
        for row in rows:
            self.held.append(row)
            if len(self.held) > _HELD_BACK:
                place = self.dice.number(0, _HELD_BACK)
                self.held[place], self.held[-1] = self.held[-1], self.held[place]
                self.writer.writerow(self.held.pop())

    def flush(self) -> None:
        self.writer.writerows(self.dice.shuffled(self.held))
        self.held.clear()


def write_streamed(recipe: Recipe, folder: Path) -> None:
    """Draw a firm and write it as three CSV files, a household at a time.

    Parameters
    ----------
    recipe : Recipe
        Sizes, rates and seed.
    folder : Path
        Made where there is none; files of the same names are replaced.
    """
    folder.mkdir(parents=True, exist_ok=True)
    with (
        (folder / "connectworks.csv").open("w", encoding="utf-8", newline="") as here,
        (folder / "xpm.csv").open("w", encoding="utf-8", newline="") as there,
        (folder / "truth.csv").open("w", encoding="utf-8", newline="") as truth,
    ):
        connectworks = _Shuffling(_writer(here, COLUMNS), Dice(recipe.seed + 2))
        xpm = _Shuffling(_writer(there, COLUMNS), Dice(recipe.seed + 3))
        truths = _writer(truth, TRUTH_COLUMNS)
        for written in stream(recipe):
            connectworks.write(side.row for side in written.connectworks.values())
            connectworks.write(double.row for _, double in written.doubles)
            xpm.write(side.row for side in written.xpm.values())
            xpm.write(twin.row for _, twin in written.twins)
            truths.writerows(written.truth)
        connectworks.flush()
        xpm.flush()


def _writer(file: Any, columns: Sequence[str]) -> "csv.DictWriter[str]":
    writer = csv.DictWriter(file, columns, extrasaction="ignore", lineterminator="\n")
    writer.writeheader()
    return writer


def _recipe(arguments: Sequence[str] | None) -> tuple[Recipe, Path]:
    parser = argparse.ArgumentParser(prog="python -m workbench.sandbox.firm", description="Invent a firm.")
    parser.add_argument("--size", type=int, required=True, help="records on each side")
    parser.add_argument("--xpm-size", type=int, help="records in XPM, where it is another number")
    parser.add_argument("--seed", type=int, default=1, help="equal seeds give equal firms")
    parser.add_argument("--overlap", type=float, default=0.85, help="share of records with a counterpart")
    parser.add_argument("--errors", type=float, default=1.0, help="factor on blanks, slips and stale values")
    parser.add_argument("--au-share", type=float, default=0.08, help="share of Australian households")
    parser.add_argument("--out", type=Path, required=True, help="folder to write to")
    given = parser.parse_args(arguments)
    if given.size < 1 or (given.xpm_size or 1) < 1 or not 0 <= given.overlap <= 1 or given.errors < 0:
        parser.error("sizes have to be above 0, the overlap from 0 to 1, and errors not below 0")
    recipe = Recipe(
        connectworks=given.size,
        xpm=given.xpm_size or given.size,
        overlap=given.overlap,
        seed=given.seed,
        errors=given.errors,
        au_share=given.au_share,
    )
    return recipe, given.out


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; give its exit code."""
    recipe, folder = _recipe(arguments)
    write_streamed(recipe, folder)
    print(f"{folder}: {recipe.connectworks} and {recipe.xpm} records, seed {recipe.seed}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
