"""Write three files about one simulated town's people, with slips: census, wage forms, social security.

Run by ``sets.py`` in an environment that has pseudopeople, with the folder to write to.
"""

from __future__ import annotations

import sys
from pathlib import Path

import pandas as pd
import pseudopeople

ADDRESS = ("street_number", "street_name", "unit_number", "city", "state", "zipcode")
NAMES = ("first_name", "middle_initial", "last_name")


def written(frame: pd.DataFrame, columns: tuple[str, ...], prefix: str, path: Path) -> None:
    """Write who it is, the names, and the columns without their prefix; dates as year-month-day."""
    kept = frame[["simulant_id", *columns]].astype(object)
    kept.columns = [str(name).removeprefix(prefix) for name in kept.columns]
    if "date_of_birth" in kept:
        dates = pd.to_datetime(kept["date_of_birth"].astype(str), errors="coerce", format="mixed")
        kept["date_of_birth"] = dates.dt.strftime("%Y-%m-%d")
    kept.map(str, na_action="ignore").to_parquet(path, index=False)


def main() -> None:
    """Draw the three files."""
    folder = Path(sys.argv[1])
    census = pseudopeople.generate_decennial_census(seed=1, year=2020)
    written(census, (*NAMES, *ADDRESS, "date_of_birth"), "", folder / "census.parquet")
    forms = pseudopeople.generate_taxes_w2_and_1099(seed=2, year=2020)
    prefix = "mailing_address_"
    written(forms, (*NAMES, *(prefix + name for name in ADDRESS)), prefix, folder / "forms.parquet")
    insured = pseudopeople.generate_social_security(seed=3, year=2020)
    insured = insured[insured["event_type"] == "creation"]
    names = ("first_name", "middle_name", "last_name", "date_of_birth")
    written(insured, names, "", folder / "insured.parquet")


if __name__ == "__main__":
    main()
