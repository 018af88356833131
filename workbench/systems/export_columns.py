"""Which column of an export is which field: guessed from headers and cells, confirmed by a person, then kept.

No column list of either system is public, so that no header is certain: a guess is only ever shown.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import tomlkit
from rapidfuzz import fuzz, process

from workbench.domain.errors import BadInput, BadSettings
from workbench.domain.fields import COLUMNS, FIELDS, SIDE_LABELS, Side
from workbench.reconcile.normalise import dates, emails, identifiers, phones
from workbench.systems.export_table import Table

FLAGS: Final = ("is_archived", "is_deleted", "is_prospect")
"""Columns of Yes and No that together say a client's state."""
TARGETS: Final = frozenset(set(COLUMNS) - {"side", "email_source", "contact_id", "updated_at"} | set(FLAGS))
"""What a column of an export can be."""
_FLAG_LABELS: Final = {
    "is_archived": "State: archived, yes or no",
    "is_deleted": "State: deleted, yes or no",
    "is_prospect": "State: prospect, yes or no",
}
TARGET_LABELS: Final = {
    column: f"{field.label}: {column.partition('_')[2]}" if field.kind == "address" else field.label
    for field in FIELDS
    for column in field.columns
    if column in TARGETS
} | _FLAG_LABELS
"""What people call each of them, in the order of the field table."""
LEFT: Final = ""
"""What stands in a profile for a column that is not read."""
_ALIKE_AT: Final = 90.0
_SAMPLED: Final = 200
_MOST: Final = 0.7

_SYNONYMS: Final = {
    "client_id": "uuid; id; client id; client uuid; record id; unique id; guid",
    "legal_name": "name; client; client name; legal name; full name; entity name; company name; trust name",
    "trading_name": "trading as; trading name; trade name",
    "first_name": "first name; given name; forename; christian name",
    "middle_name": "middle name; middle names",
    "last_name": "last name; surname; family name",
    "preferred_name": "preferred name; known as; other name",
    "structure": "business structure; type; client type; entity type; type of entity; structure; record type",
    "entity_subtype": "subtype; type of trust; type of company; trust type; company type",
    "nature": "nature; client or contact",
    "lifecycle": "status; lifecycle; client status; set up status",
    "is_archived": "archived; is archived; inactive",
    "is_deleted": "deleted; is deleted",
    "is_prospect": "prospect; is prospect",
    "client_reference": "client code; client reference; reference; matter; client number; code",
    "partner": "partner; account manager; client partner",
    "manager": "manager; job manager; client manager",
    "groups": "groups; client groups; client group; group",
    "business_unit": "business unit; office; branch; team",
    "email": "email; e mail; email address; email primary contact; client email; primary email",
    "website": "website; web site; web; url; homepage",
    "primary_phone": "phone; primary phone; telephone; phone number; main phone; work phone; business phone",
    "other_phone": "other phone; mobile; mobile phone; cell; cellphone; alternative phone; contact mobile",
    "date_of_birth": "date of birth; dob; birth date; birthday",
    "deceased": "deceased; date of death",
    "company_number": "company number; company no; acn; companies office number; registration number",
    "nzbn": "nzbn; business number; nz business number",
    "abn": "abn; australian business number",
    "tax_number": "tax number; ird number; ird; ird no; tax id number; tax id; gst number; gst ird number",
    "country": "country of residence; jurisdiction",
    "linked_id": "xpm uuid; xpm id; linked to; practice management id; practice management link",
}
_ADDRESS: Final = {
    "lines": "address; street; street address; line 1; line 2; line 3; line 4; address line 1;"
    " address line 2; address line 3; address line 4; address 1; address 2; address 3; address 4; lines",
    "suburb": "suburb",
    "city": "city; town; town city",
    "region": "region; state; province",
    "postcode": "postcode; post code; postal code; zip; zip code",
    "country": "country",
}
_KINDS: Final = {
    "physical": ("physical", "street", "residential", "home"),
    "postal": ("postal", "mailing", "post"),
}
TAX_FILE: Final = re.compile(r"\btfn\b|\btax file (no|number)\b", re.I)
_UUID: Final = re.compile(r"[0-9a-f]{8}-([0-9a-f]{4}-){3}[0-9a-f]{12}", re.I)


def _words(header: str) -> str:
    spaced = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", header)
    return " ".join(re.findall(r"[a-z0-9]+", spaced.lower()))


def _table_of_names() -> dict[str, str]:
    """Map every known header, in plain words, to its column."""
    known = {_words(column): column for column in TARGETS}
    known |= {_words(f.label): f.name for f in FIELDS if f.name in TARGETS and f.name != "structure"}
    for part, names in _ADDRESS.items():
        for name in names.split(";"):
            plain = _words(name)
            known[plain] = f"physical_{part}"  # without a word for which, the first is where they are
            for prefix, words in _KINDS.items():
                known |= {f"{word} {plain}": f"{prefix}_{part}" for word in words}
                known |= {f"{word} address {plain}": f"{prefix}_{part}" for word in words}
    for column, names in _SYNONYMS.items():
        known |= {_words(name): column for name in names.split(";")}
    return known


_KNOWN: Final = _table_of_names()


def _is_nzbn(cell: str) -> bool:
    return (identifiers.key("nzbn", cell) or "").startswith("94")  # of New Zealand, by GS1


_LOOKS: Final[dict[str, tuple[str, Callable[[str], Any]]]] = {
    "email": ("email addresses", emails.keys),
    "client_id": ("ids", _UUID.fullmatch),
    "nzbn": ("NZBNs", _is_nzbn),
    "date_of_birth": ("days", lambda cell: re.search(r"[-/.]", cell) and dates.key(cell)),
    "website": ("web addresses", lambda cell: re.match(r"(https?://|www\.)", cell, re.I)),
    "primary_phone": ("phone numbers", lambda cell: phones.parse(cell).readable),
}
"""What cells look like, for headers that say nothing; the first that fits."""


@dataclass(frozen=True, slots=True)
class Guess:
    """What one column of an export probably is.

    Parameters
    ----------
    header : str
        As it stands in the file.
    column : str
        A column of the clients frame, one of `FLAGS`, or ``""`` for a column that is not read.
    why : str
        In plain words.
    """

    header: str
    column: str
    why: str


@dataclass(frozen=True)
class Profile:
    """A confirmed mapping.

    Parameters
    ----------
    columns : mapping
        Header to column; ``""`` for one that is known and not read.
    record : str
        The header whose cells tell records apart.
    month_first : bool
        Whether days are written as in the United States; otherwise the day comes first.
    """

    columns: Mapping[str, str]
    record: str
    month_first: bool = False


def guess(table: Table) -> list[Guess]:
    """Guess what each column is; no two columns are the same, save lines of one address.

    Parameters
    ----------
    table : Table
        As `read_export` gave it.

    Returns
    -------
    list of Guess
        One for each header, in the order of the file.
    """
    taken: set[str] = set()
    found: list[Guess] = []
    for header, cells in table.columns.items():
        one = _guessed(header, [cell for cell in cells[: 50 * _SAMPLED] if cell][:_SAMPLED])
        column = one.column
        if column and column in taken and not column.endswith("_lines"):
            second = column.replace("physical_", "postal_")
            one = (
                Guess(header, second, "the second of its name: the postal address")
                if second != column and second not in taken
                else Guess(header, LEFT, f"another column is {_label(column)} already")
            )
        elif column == "physical_lines" and taken & {"physical_city", "physical_postcode"}:
            one = Guess(header, "postal_lines", "follows a whole address: the postal one")
        taken.add(one.column)
        found.append(one)
    return found


def _guessed(header: str, sample: list[str]) -> Guess:
    plain = re.sub(r" \d$", "", _words(header)) if header.endswith(")") else _words(header)
    if TAX_FILE.search(plain):
        return Guess(header, LEFT, "never read: tax file numbers are dropped")
    column = _KNOWN.get(plain)
    why = "by its header"
    if column is None:
        near = process.extractOne(plain, _KNOWN.keys(), scorer=fuzz.ratio, score_cutoff=_ALIKE_AT)
        column, why = (_KNOWN[near[0]], f"its header is almost “{near[0]}”") if near else (None, "")
    looks = next((name for name, (_, fits) in _LOOKS.items() if _mostly(sample, fits)), None)
    if column is None and looks:
        return Guess(header, looks, f"its cells look like {_LOOKS[looks][0]}")
    if column == "email" and sample and looks != "email":
        return Guess(header, LEFT, "called email, but its cells are none")
    if column == "client_reference" and looks == "client_id":
        return Guess(header, "client_id", "its cells look like ids")
    return Guess(header, column or LEFT, why if column else "not known; not read")


def _mostly(sample: list[str], fits: Callable[[str], Any]) -> bool:
    return bool(sample) and sum(bool(fits(cell.strip())) for cell in sample) >= _MOST * len(sample)


def _label(column: str) -> str:
    return column.replace("_", " ")


def profile_of(table: Table, columns: Mapping[str, str], *, month_first: bool = False) -> Profile:
    """Make a profile of a mapping, and choose what tells records apart: an id, a reference, else the name.

    Parameters
    ----------
    table : Table
        The export that it is for.
    columns : mapping
        Header to column (`TARGETS`), or ``""``.
    month_first : bool
        Whether days are written month first.

    Raises
    ------
    BadInput
        If a header or column is not known, a column stands twice, or nothing names the clients.
    """
    unknown = [header for header in columns if header not in table.columns]
    strange = [column for column in columns.values() if column and column not in TARGETS]
    if unknown or strange:
        what = f"the column “{unknown[0]}”" if unknown else f"a field called {strange[0]}"
        raise BadInput(f"{table.name} has no such thing as {what}.", "Mend the mapping.")
    whole = {header: columns.get(header, LEFT) for header in table.columns}
    if secret := next((header for header, each in whole.items() if each and TAX_FILE.search(header)), None):
        raise BadInput(f"“{secret}” holds tax file numbers, which are never kept.", "Leave that column out.")
    for column in TARGETS - {"physical_lines", "postal_lines"}:
        twice = [header for header, each in whole.items() if each == column]
        if len(twice) > 1:
            raise BadInput(
                f"“{twice[0]}” and “{twice[1]}” are both {_label(column)}.", "Leave one of them out."
            )
    named = {column: header for header, column in whole.items() if column}
    if not {"legal_name", "last_name"} & named.keys():
        raise BadInput(f"No column of {table.name} is the client’s name.", "Say which one is legal_name.")
    for column in ("client_id", "client_reference", "legal_name", "last_name"):
        cells = table.columns[named[column]] if column in named else [None]
        if all(cells) and len(set(cells)) == len(cells):
            return Profile(whole, named[column], month_first)
    first = next(c for c in ("client_id", "client_reference", "legal_name", "last_name") if c in named)
    return Profile(whole, named[first], month_first)


def profile_path(folder: Path, side: Side) -> Path:
    """Say where a side's profile is kept in a firm's folder."""
    return folder / "profiles" / f"{side}.toml"


def read_profile(path: Path) -> Profile | None:
    """Read a kept profile; None where none was confirmed yet.

    Raises
    ------
    BadSettings
        If it cannot be used.
    """
    try:
        told = tomllib.loads(path.read_text(encoding="utf-8"))
        columns = {str(header): str(column) for header, column in told["columns"].items()}
        strange = [column for column in columns.values() if column and column not in TARGETS]
        if strange:
            raise BadSettings(f"{path} names the unknown field {strange[0]}.", "Mend it, or delete the file.")
        return Profile(columns, str(told["record"]), bool(told.get("month_first", False)))
    except FileNotFoundError:
        return None
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError, KeyError, AttributeError) as error:
        raise BadSettings(f"{path} cannot be used: {error}.", "Mend it, or delete the file.") from None


def write_profile(path: Path, profile: Profile, side: Side) -> None:
    """Keep a profile as a readable file."""
    document = tomlkit.document()
    document.add(
        tomlkit.comment(f"Which column of {SIDE_LABELS[side]}'s export is which field; “” is not read.")
    )
    document["record"] = tomlkit.item(profile.record).comment("tells records apart")
    document["month_first"] = profile.month_first
    document["columns"] = dict(profile.columns)
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    path.write_text(tomlkit.dumps(document), encoding="utf-8")
