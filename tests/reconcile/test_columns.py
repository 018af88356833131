"""Normal forms of whole columns: the same, for every text, as of one cell at a time."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any
from unittest import mock

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from workbench.domain.fields import ADDRESS_PARTS
from workbench.domain.frames import address_cell
from workbench.reconcile.normalise import addresses, columns, dates, emails, identifiers, phones, websites
from workbench.sandbox.firm import Recipe, stream

sys.path.insert(0, str(Path(__file__).parent))

from often import often

CASES = Path(__file__).parents[1] / "cases" / "domain_cases.json"


def every_text(tree: Any) -> set[str]:
    """Give every text that stands anywhere in a tree of JSON."""
    if isinstance(tree, str):
        return {tree}
    branches: Iterable[Any] = (
        tree.values() if isinstance(tree, dict) else tree if isinstance(tree, list) else ()
    )
    return set().union(*map(every_text, branches))


def every_record(tree: Any) -> list[dict[str, Any]]:
    """Give every object that stands anywhere in a tree of JSON."""
    if isinstance(tree, list):
        return [record for branch in tree for record in every_record(branch)]
    return [tree, *every_record(list(tree.values()))] if isinstance(tree, dict) else []


@pytest.fixture(scope="module")
def records() -> list[dict[str, Any]]:
    """Give every record of both sides of a generated firm."""
    firm = stream(Recipe(1500, 1500, seed=11))
    sides = (side for each in firm for side in (*each.connectworks.values(), *each.xpm.values()))
    return [dict(side.row) for side in sides]


@pytest.fixture(scope="module")
def texts(records: list[dict[str, Any]]) -> list[str]:
    """Give every text of a generated firm and of the labelled cases."""
    return sorted(every_text(records) | every_text(json.loads(CASES.read_text())))


def as_column(texts: Iterable[str]) -> pl.Series:
    return pl.Series("texts", list(texts), dtype=pl.String)


def unlike(
    column: Callable[[pl.Series], pl.Series], one: Callable[[str], object], texts: Iterable[str]
) -> dict[str, Any]:
    """Give the texts that a column reads otherwise than one cell does, with both readings."""
    distinct = list(dict.fromkeys(texts))
    wholes = column(as_column(distinct)).to_list()
    singles = [list(found) if isinstance(found, tuple) else found for found in map(one, distinct)]
    return {text: (a, b) for text, a, b in zip(distinct, wholes, singles, strict=True) if a != b}


COUNTRIES = ["NZ", "AU", "GB", "nz", None]
# Digits and signs as phone cells mix them, often close to a real number.
dialled = some.from_regex(
    r"\A(\(?\+?(64|61|0064|0011|001161|0161|1831|0)? ?\(?0?\)?)?([2-9]|2[0-9]|4|13|18|19|50|80) ?[0-9]"
    r"{2,4}[ .-]?[0-9]{2,5}( (ext|x) ?[0-9]{1,6})?( / 0?[0-9]{1,3}[ -]?[0-9]{3} ?[0-9]{3,5})?\Z"
)
loose = some.text(alphabet="0123456789 +()-./;x#\n१é", max_size=16)


@pytest.mark.parametrize("country", COUNTRIES)
def test_phones_of_a_column_are_those_of_each_cell(texts: list[str], country: str | None) -> None:
    """Every text of a firm and of the cases gives the same numbers, read alone or in a column."""
    few = texts if country in ("NZ", "AU") else texts[::5]
    assert not unlike(lambda t: phones.keys_of(t, country), lambda t: phones.keys(t, country), few)


@settings(max_examples=often(40))
@given(some.lists(dialled | loose, max_size=30), some.sampled_from(COUNTRIES))
def test_any_phone_cell_reads_alike_in_a_column(texts: list[str], country: str | None) -> None:
    """However digits and signs are mixed, a column never reads a number that the cell does not hold."""
    # Few odd cells would be read one by one.
    with mock.patch.object(phones, "FEW", 0):
        assert not unlike(lambda t: phones.keys_of(t, country), lambda t: phones.keys(t, country), texts)


ONE_BY_ONE: dict[str, tuple[Callable[[pl.Series], pl.Series], Callable[[str], object]]] = {
    "email": (emails.keys_of, emails.keys),
    "date": (dates.key_of, dates.key),
    "website": (websites.key_of, websites.key),
    "last three": (identifiers.last_three_of, identifiers.last_three),
} | {
    field: (
        lambda texts, field=field: identifiers.key_of(field, texts),
        lambda text, field=field: identifiers.key(field, text),
    )
    for field in identifiers.LENGTHS
}
WORDS = [
    "no",
    "none",
    "test",
    "xx",
    "www.",
    "WWW.",
    "http://",
    "https:",
    "mailto:",
    "n.a",
    "local",
    "example",
]
WORDS += ["com", "co.nz", "xn--", "a--b", "@", ".", "-", "/", "//", ":80", "?q=1", "; ", " ", "<", ">", "+1"]
WORDS += ["Ann", "k" * 40, "K", "ſ", "é", "7", "arpa", "localhost", "_"]
webby = some.lists(some.sampled_from(WORDS), min_size=1, max_size=9).map("".join)
numeric = some.text(alphabet="0012359 -/.*•xX#Ee+,१\n", max_size=14)
daily = some.from_regex(
    r"\A[0-3]?[0-9][-/. ][01]?[0-9][-/. ][0-2][0-9]{3}\Z|\A[0-2][0-9]{3}-[01][0-9]-[0-3][0-9]\Z"
)


@pytest.mark.parametrize("kind", ONE_BY_ONE)
def test_every_column_reads_as_its_cells_do(texts: list[str], kind: str) -> None:
    """Every text of a firm and of the cases has one normal form, read alone or in a column."""
    assert not unlike(*ONE_BY_ONE[kind], texts)


@settings(max_examples=often(40))
@given(some.lists(webby | numeric | daily | some.text(max_size=12), max_size=30))
def test_any_text_reads_alike_in_every_column(texts: list[str]) -> None:
    """Whatever a cell holds, its column reads what the cell alone would give."""
    assert not {kind: wrong for kind, pair in ONE_BY_ONE.items() if (wrong := unlike(*pair, texts))}


Parts = dict[str, str | None]


def unlike_addresses(rows: list[Parts], country: str | None) -> list[tuple[Parts, Any, Any]]:
    """Give the addresses that a frame reads otherwise than one cell does, with both readings."""
    frame = pl.DataFrame(rows, schema=dict.fromkeys(ADDRESS_PARTS, pl.String)).unique(maintain_order=True)
    found = addresses.parts_of(frame, country)
    pairs = zip(frame.iter_rows(named=True), found.iter_rows(named=True), strict=True)
    return [(row, a, b) for row, a in pairs if a != (b := read_alone(row, country))]


def read_alone(row: Parts, country: str | None) -> Parts:
    """Read one address, and write it as a row of a frame of parts."""
    address = addresses.parse(address_cell(row), country)
    alone: Parts = {"key": addresses.key(address_cell(row), country)}
    for part in ("unit", "number", "street", "box", "places", "postcode", "level", "rural"):
        value = getattr(address, part)
        alone[part] = " ".join(value) or None if isinstance(value, tuple) else value
    return alone


NUMBERS = ["12", "12a", "12 A", "3/12", "3A / 12b", "12-14", "03/12", "99999", "123456", "a3/12", "Flat 2/12"]
NUMBERS += [
    "Unit 2, 12",
    "Level 3\n12",
    "0",
    "7071",
    "7071/7071",
    "1st",
    "rd5",
    "PO Box 12",
    "P.O. Box 90 053",
]
NUMBERS += [
    "private bag 1234",
    "PO Box 12 3456",
    "PO Box 1234567",
    "C/- Finch\nPO Box 5",
    "Locked Bag no. 7",
    "",
]
STREETS = [
    "High",
    "Tōtara",
    "St",
    "street",
    "Place",
    "Road",
    "The",
    "Mount",
    "Victoria",
    "vic",
    "NSW",
    "Beach",
]
STREETS += [
    "new zealand",
    "Australia",
    "NZ",
    "wa",
    "Auckland",
    "Hamilton",
    "nth",
    "E",
    "O'Brien",
    "ʻŌtara",
    "RD",
]
STREETS += [
    "r d",
    "5",
    "12",
    "level 3",
    "l3/",
    "1st floor",
    "Unit",
    "flat 3",
    "Flat 3/",
    "no",
    "n/a",
    "tba",
    "é",
]
STREETS += [
    "PO Box",
    "box",
    "1010",
    "3000",
    "c/-",
    "as above",
    "same",
    "Lot",
    "1",
    "-",
    "/",
    "(",
    "ﬁ",
    "²",
    "aa",
]
STREETS += [
    "Waikato",
    "Hawke's Bay",
    "Western Australia",
    "Finch Law PO Box 9",
    "PB 12",
    "Third Floor",
    "&",
    "gna",
]
phrase = some.lists(
    some.tuples(some.sampled_from(STREETS), some.sampled_from([" ", " ", "\n", ", ", ";", "-", "/"])),
    max_size=5,
).map(lambda pieces: "".join(word + between for word, between in pieces))
CITIES = [
    "Hamilton, Hamilton",
    "Wellington 6011",
    "Melbourne VIC 3000",
    "Mount Victoria",
    "New Zealand",
    "1010",
    "Hamilton, Waikato",
    "Waikato 3204",
    "Finch Law, PO Box 9",
]
address = some.fixed_dictionaries(
    {
        "lines": some.none() | some.builds("{} {}".format, some.sampled_from(NUMBERS), phrase),
        "suburb": some.none() | phrase,
        "city": some.none() | some.sampled_from(CITIES) | phrase,
        "region": some.sampled_from([None, "vic", "Victoria", "Waikato region", "Hawke's Bay", "n/a"]),
        "postcode": some.sampled_from([None, "6011", "610", "0000", "n/a", "AB1", "६०११"]),
        "country": some.sampled_from([None, "New Zealand", "nz", "Australia", "UK", "-"]),
    }
)


@pytest.mark.parametrize("country", ["NZ", "AU", None])
def test_addresses_of_a_frame_are_those_of_each_cell(
    records: list[dict[str, Any]], country: str | None
) -> None:
    """Every address of a firm and of the cases gives the same key and parts, alone or in a frame."""
    rows = [
        {part: record.get(f"{kind}{part}") for part in ADDRESS_PARTS}
        for record in records + every_record(json.loads(CASES.read_text()))
        for kind in ("physical_", "postal_", "")
    ]
    assert not unlike_addresses(rows, country)


@settings(max_examples=often(40))
@given(some.lists(address, min_size=1, max_size=20), some.sampled_from(["NZ", "AU"]))
def test_any_address_reads_alike_in_a_frame(rows: list[Parts], country: str) -> None:
    """However numbers, boxes, places and postcodes are mixed up, a frame reads what the cell alone gives."""
    assert not unlike_addresses(rows, country)


def test_a_column_of_no_cells_gives_none() -> None:
    """An empty column is read too, and is as long as it was."""
    readers = [column for column, _ in ONE_BY_ONE.values()] + [phones.keys_of]
    assert all(read(as_column([])).is_empty() for read in readers)


def test_a_frame_of_no_addresses_gives_no_rows() -> None:
    """An empty frame is read too, and keeps its columns."""
    found = addresses.parts_of(pl.DataFrame(schema=dict.fromkeys(ADDRESS_PARTS, pl.String)))
    assert found.columns == ["key", "unit", "number", "street", "box", "places", "postcode", "level", "rural"]
    assert found.is_empty()


CELLS = some.one_of(some.none(), some.text(alphabet="ab\0", max_size=2))


@settings(max_examples=often(100), deadline=None)
@given(some.lists(some.tuples(CELLS, CELLS, CELLS), max_size=12))
def test_equal_rows_and_no_others_have_one_number(rows: list[tuple[str | None, ...]]) -> None:
    """Rows are numbered in the order in which each comes first; a missing cell is no empty one."""
    frame = pl.DataFrame(rows, schema=dict.fromkeys("abc", pl.String), orient="row")
    number, first = columns.numbered(frame)
    distinct = list(dict.fromkeys(rows))
    assert [rows[at] for at in first] == distinct
    assert [distinct[at] for at in number] == rows


def test_rows_that_differ_in_one_of_many_columns_differ() -> None:
    """However many rows the columns' values could make, rows that differ anywhere keep two numbers."""
    alike = [[str(at)] * 8 for at in range(1023)]
    other = [[str((at + 1) % 1023), *row[1:]] for at, row in enumerate(alike)]
    frame = pl.DataFrame([*alike, *other, *alike], schema=list("abcdefgh"), orient="row")
    number, first = columns.numbered(frame)
    assert number.tolist() == [*range(2046), *range(1023)]
    assert first.tolist() == [*range(2046)]
