"""The light normal form that every peer reads, so that none pays for cleaning and none goes without it.

Lower case without accents or punctuation; phones, postcodes and identifiers as bare digits or letters; dates
as year-month-day; a person's name from its parts where there are any. Nothing is parsed or looked up.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

BATCH: Final = 50_000
_BLANK: Final = {"", "n a", "na", "none", "nil", "tbc", "unknown", "1900 01 01"}
_TEXT: Final = {
    "first_name": "first_name",
    "last_name": "last_name",
    "trading_name": "trading_name",
    "lines": "physical_lines",
    "suburb": "physical_suburb",
    "city": "physical_city",
    "region": "physical_region",
    "postal_lines": "postal_lines",
    "postal_city": "postal_city",
}
_CODES: Final = {
    "postcode": "physical_postcode",
    "postal_postcode": "postal_postcode",
    "company_number": "company_number",
    "nzbn": "nzbn",
    "abn": "abn",
    "tax_number": "tax_number",
}
_PHONES: Final = {"phone": "primary_phone", "other_phone": "other_phone"}


def text(value: str) -> str:
    """Give words in lower case, without accents or punctuation."""
    letters = unicodedata.normalize("NFKD", value.casefold().replace("&", " and "))
    kept = (letter for letter in letters if not unicodedata.combining(letter))
    return " ".join("".join(letter if letter.isalnum() else " " for letter in kept).split())


def code(value: str) -> str:
    """Give a code without anything between its letters and digits; a masked one says nothing."""
    return "" if "*" in value else "".join(filter(str.isalnum, value.casefold()))


def phone(value: str) -> str:
    """Give a phone's digits without the country in front, as far as it shows."""
    digits = "".join(filter(str.isdigit, value))
    for country in ("64", "61") if value.strip().startswith("+") else ():
        digits = digits.removeprefix(country)
    return digits.lstrip("0") if len(digits) > 5 else ""


def date(value: str) -> str:
    """Give year-month-day, from that, from day/month/year or from eight digits."""
    parts = text(value).split()[:3]
    if len(parts) == 1 and len(parts[0]) == 8:
        parts = [parts[0][:4], parts[0][4:6], parts[0][6:]]
    if len(parts) == 3 and len(parts[2]) == 4:
        parts.reverse()
    return "-".join(part.zfill(2) for part in parts) if len(parts) == 3 else ""


def plain(frame: pd.DataFrame) -> pd.DataFrame:
    """Normalise a clients frame lightly; the columns are the peers' own names."""
    done = {"client_id": frame["client_id"].astype(object)}
    for name, source in _TEXT.items():
        done[name] = _mapped(frame, source, text)
    for name, source in _CODES.items():
        done[name] = _mapped(frame, source, code)
    for name, source in _PHONES.items():
        done[name] = _mapped(frame, source, phone)
    done["email"] = _mapped(frame, "email", lambda value: value.strip().casefold())
    done["website"] = _mapped(frame, "website", lambda value: text(value).removeprefix("http "))
    done["date_of_birth"] = _mapped(frame, "date_of_birth", date)
    done["name"] = _names(frame, done)
    return pd.DataFrame(done)


def write_plain(folder: Path) -> None:
    """Write ``left_plain.parquet`` and ``right_plain.parquet``: the columns that both sides fill."""
    sides = ("left", "right")
    first = [next(_plain_batches(folder / f"{side}.parquet")) for side in sides]
    columns = [name for name in first[0] if all(side[name].notna().any() for side in first)]
    schema = pa.schema([(name, pa.string()) for name in columns])
    for side in sides:
        with pq.ParquetWriter(folder / f"{side}_plain.parquet", schema) as writer:
            for batch in _plain_batches(folder / f"{side}.parquet"):
                writer.write_table(pa.Table.from_pandas(batch[columns], schema, preserve_index=False))


def _plain_batches(path: Path) -> Iterator[pd.DataFrame]:
    for batch in pq.ParquetFile(path).iter_batches(BATCH):
        yield plain(batch.to_pandas())


def _mapped(frame: pd.DataFrame, column: str, rule: Callable[[str], str]) -> pd.Series:
    """Normalise a column by its distinct values; what says nothing is missing."""
    if column not in frame:
        return pd.Series(None, frame.index, dtype=object)
    values = frame[column].astype(object)
    normal = {value: rule(str(value)) for value in values.dropna().unique()}
    said = {value: form for value, form in normal.items() if text(form) not in _BLANK}
    return values.map(said).astype(object).where(lambda column: column.notna(), None)


def _names(frame: pd.DataFrame, done: dict[str, pd.Series]) -> pd.Series:
    """Give first, middle and last name where there are both ends, and else the legal name."""
    whole = _mapped(frame, "legal_name", text)
    parts = [done["first_name"], _mapped(frame, "middle_name", text), done["last_name"]]
    joined = parts[0].fillna("").str.cat([part.fillna("") for part in parts[1:]], sep=" ")
    joined = joined.str.split().str.join(" ").replace("", None)
    return joined.where((parts[0].notna() & parts[2].notna()) | whole.isna(), whole)
