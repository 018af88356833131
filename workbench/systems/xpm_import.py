"""The CSV files that the client import of XPM and WorkflowMax reads, for firms whose connection cannot write.

The rules are those of the vendor's help page on importing clients (workflowmaxhelp.zendesk.com, article
900006651726, and support.workflowmax.com, "Importing Clients"): headers to the letter, no line breaks inside
a value, no blank line at the end, at most 500 rows a file; with *Update Existing* a row finds its client by
the name alone, which must be no other client's, and **a blank cell empties what is there**. So each file
holds the columns of one field only, and never a cell that nobody decided on.

Of the headers, ``Name``, ``Address1`` and ``Address2`` are read on that page; **the others are assumed** to
follow XPM's own field names. ``import_headers`` in firm.toml says what the import screen really asks for, and
`headers_in` finds that in the template that a practice downloads there.
"""

from __future__ import annotations

import csv
import io
import re
from collections import Counter
from collections.abc import Iterable, Mapping
from itertools import zip_longest
from typing import Any, Final, NamedTuple

from workbench.domain.fields import ADDRESS_PARTS, BY_NAME, XPM, label_of
from workbench.domain.frames import address_parts

MOST_ROWS: Final = 500
ADDRESS_LINES: Final = 4
HEADERS: Final[Mapping[str, str]] = {
    "name": "Name",
    "email": "Email",
    "website": "Website",
    "primary_phone": "Phone",
    **{f"physical_line{n}": f"Address{n}" for n in range(1, ADDRESS_LINES + 1)},
    "physical_city": "City",
    "physical_region": "Region",
    "physical_postcode": "PostCode",
    "physical_country": "Country",
    **{f"postal_line{n}": f"PostalAddress{n}" for n in range(1, ADDRESS_LINES + 1)},
    "postal_city": "PostalCity",
    "postal_region": "PostalRegion",
    "postal_postcode": "PostalPostCode",
    "postal_country": "PostalCountry",
}
"""What each column is called there, to the letter."""
_ALSO_CALLED: Final[Mapping[str, tuple[str, ...]]] = {
    "name": ("clientname",),
    "email": ("emailaddress",),
    "website": ("web", "webaddress", "url"),
    "primary_phone": ("phonenumber", "telephone"),
    "region": ("state",),
    "city": ("town", "towncity"),
    "postcode": ("postalcode", "zip", "zipcode"),
}
"""What else a template may call a column: small letters and digits, parts of addresses without prefix."""
_FORMULA: Final = re.compile(r"\s*[=+\-@\t\r\n|%]")
# A number with its country's code is no formula to any spreadsheet program, and must arrive as it is.
_PHONE: Final = re.compile(r"\+[0-9][0-9 ()\-]*")
_BREAKS: Final = re.compile(r"\s*[\r\n\v\f\x1c-\x1e\x85\u2028\u2029]+\s*")


class ImportFiles(NamedTuple):
    """What is written for the import, and what has to be done by hand all the same.

    Parameters
    ----------
    files : mapping
        File name to its text.
    by_hand : list of tuple
        Operation id, field and the reason in words.
    """

    files: Mapping[str, str]
    by_hand: list[tuple[str, str, str]]


def headers_in(template: Iterable[str]) -> dict[str, str]:
    """Find the columns of `HEADERS` among a template's headers.

    Parameters
    ----------
    template : iterable of str
        The headers, to the letter.

    Returns
    -------
    dict
        As `HEADERS`, with '' for a column that the template lacks.
    """
    there: dict[str, str] = {}
    for header in template:
        there.setdefault(re.sub(r"[^a-z0-9]", "", header.casefold()), header)
    return {column: next(filter(None, map(there.get, _names_of(column))), "") for column in HEADERS}


def _names_of(column: str) -> list[str]:
    """Give what a column may be called, the likeliest first."""
    prefix, _, part = column.rpartition("_")
    if prefix not in ("physical", "postal"):
        return [HEADERS[column].casefold(), *_ALSO_CALLED.get(column, ())]
    number = part.removeprefix("line")
    parts = [part, *_ALSO_CALLED.get(part, ())]
    if part != number:
        parts = [f"address{number}", f"addressline{number}", f"line{number}", f"street{number}"]
        parts += ["address", "street", "streetaddress"] if number == "1" else []
    plain = parts if prefix == "physical" else []  # an address without a name of its kind is where they are
    return [*plain, *(f"{prefix}{each}" for each in parts)]


def import_files(
    lines: Iterable[Mapping[str, Any]], names: Iterable[str], headers: Mapping[str, str] | None = None
) -> ImportFiles:
    """Write the import files of some changes.

    Parameters
    ----------
    lines : iterable of mapping
        Rows of a hand-over's sheet (`workbench.reconcile.handover.sheet`); those of the other side are passed
        over.
    names : iterable of str
        The names of all clients in XPM: one that two clients bear cannot be imported.
    headers : mapping, optional
        As in `HEADERS`, where the import screen wants others; '' for a column that it does not have.
    """
    called = {**HEADERS, **(headers or {})}
    borne = Counter(_key(name) for name in names)
    by_field: dict[str, list[dict[str, str]]] = {}
    by_hand: list[tuple[str, str, str]] = []
    for line in lines:
        if line["side"] != XPM:
            continue
        row = _row(line, called)
        why = _refused(line, row, borne)
        if row is None or why:
            by_hand.append((line["operation_id"], line["field"], why))
        else:
            by_field.setdefault(line["field"], []).append(row)
    files = {}
    for name, rows in by_field.items():
        slices = range(0, len(rows), MOST_ROWS)
        for number, start in enumerate(slices, start=1):
            part = f"_{number}" if len(slices) > 1 else ""
            files[f"xpm_import_{name}{part}.csv"] = _text(rows[start : start + MOST_ROWS])
    return ImportFiles(files, by_hand)


def _row(line: Mapping[str, Any], called: Mapping[str, str]) -> dict[str, str] | None:
    """Give a line's row; None where the import has no column for what it says."""
    row = {called["name"]: line["client"] or ""}
    name, value = line["field"], line["after"]
    if BY_NAME[name].kind != "address":
        return row | {called[name]: _one_line(value or "")} if called.get(name) else None
    prefix, parts = name.removesuffix("address"), address_parts(value)
    columns = [c for n in range(1, ADDRESS_LINES + 1) if (c := called[f"{prefix}line{n}"])]
    if not columns:
        return None
    written = [_one_line(each) for each in (parts["lines"] or "").split("\n") if each.strip()]
    written += [_one_line(parts["suburb"])] if parts["suburb"] else []
    last = len(columns) - 1
    written = [*written[:last], ", ".join(written[last:])]
    row |= dict(zip_longest(columns, written, fillvalue=""))
    for part in ADDRESS_PARTS[2:]:
        told = _one_line(parts[part] or "")
        if column := called[prefix + part]:
            row[column] = told
        elif told:
            return None
    return row


def _refused(line: Mapping[str, Any], row: Mapping[str, str] | None, borne: Counter[str]) -> str:
    """Say why a value cannot go through the import; '' if it can."""
    if row is None:
        return f"The import has no column for {label_of(line['field']).lower()}, or for a part of it."
    if line["after"] is None:
        return "A value is emptied by hand, so that a blank cell never does it by mistake."
    name = line["client"] or ""
    if borne[_key(name)] != 1 or not name.strip():
        return "The import finds a client by its name, and this name is not one client's alone."
    if _BREAKS.search(name):
        return "The import finds a client by its name, and this name holds a line break."
    if any(_FORMULA.match(cell) and not _PHONE.fullmatch(cell) for cell in row.values()):
        return "A spreadsheet program would take it for a formula."
    return ""


def _key(name: str) -> str:
    return " ".join(name.split()).casefold()


def _one_line(value: str) -> str:
    return _BREAKS.sub(", ", value).strip()


def _text(rows: list[dict[str, str]]) -> str:
    """Write rows without a last blank line, or a byte-order mark, which would become part of the header."""
    told = io.StringIO()
    writer = csv.DictWriter(told, fieldnames=list(rows[0]), lineterminator="\r\n")
    writer.writeheader()
    writer.writerows(rows)
    return told.getvalue().removesuffix("\r\n")
