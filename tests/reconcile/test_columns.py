"""Normal forms of whole columns: the same, for every text, as of one cell at a time."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as some

from workbench.reconcile.normalise import dates, emails, identifiers, phones, websites
from workbench.sandbox.firm import Recipe, stream

CASES = Path(__file__).parents[1] / "cases" / "domain_cases.json"


def every_text(tree: Any) -> set[str]:
    """Give every text that stands anywhere in a tree of JSON."""
    if isinstance(tree, str):
        return {tree}
    branches: Iterable[Any] = (
        tree.values() if isinstance(tree, dict) else tree if isinstance(tree, list) else ()
    )
    return set().union(*map(every_text, branches))


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


@given(some.lists(dialled | loose, max_size=30), some.sampled_from(COUNTRIES))
def test_any_phone_cell_reads_alike_in_a_column(texts: list[str], country: str | None) -> None:
    """However digits and signs are mixed, a column never reads a number that the cell does not hold."""
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


@given(some.lists(webby | numeric | daily | some.text(max_size=12), max_size=30))
def test_any_text_reads_alike_in_every_column(texts: list[str]) -> None:
    """Whatever a cell holds, its column reads what the cell alone would give."""
    assert not {kind: wrong for kind, pair in ONE_BY_ONE.items() if (wrong := unlike(*pair, texts))}
