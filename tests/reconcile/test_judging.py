"""Whole columns judged at once: the same verdict, of every pair of cells, as of the pair by itself."""

import random
import re
from itertools import product
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from workbench.domain.fields import ADDRESS_PARTS, BY_NAME, COMPARED
from workbench.domain.frames import address_cell
from workbench.reconcile import judging
from workbench.reconcile.judging import judged
from workbench.reconcile.verdicts import Habits, Verdict, judge

CASES = Path(__file__).parents[1] / "cases" / "domain_cases.json"
TEXTS = [
    *sorted(set(re.findall(r'"([^"\\\\]{1,60})"', CASES.read_text()))),
    *("09 555 0123", "+64 9 555 0123", "9 555 0123", "n/a", "Taupō", "TAUPO", "#REF!", "******014"),
    *("jo@kauri.example", "JO@kauri.example ", "facebook.com/kauri", "www.kauri.example/", "04/05/1955"),
    *("Kauri Ltd", "Kauri Limited", "Hale, Ann", "Ann Hale", "Sir Ann Hale", "The The Kauri Co"),
    *("PO Box 99", "900-000-014", "Dec-14 Test Rd", "44927", "2,1E+8"),
]
text = some.none() | some.sampled_from(TEXTS) | some.text(max_size=10).map(lambda found: found or None)
address = some.fixed_dictionaries(dict.fromkeys(ADDRESS_PARTS, text)).map(address_cell)
country = some.sampled_from(["NZ", "AU", "GB"])
entity = some.sampled_from([None, "individual", "company", "trust", "estate"])
Pair = tuple[str | None, str | None, str, str, str | None, str | None]


def unlike(field: str, pairs: list[Pair]) -> list[tuple[Pair, Verdict, Verdict]]:
    """Give the pairs of which a column gives another verdict than the pair by itself."""
    columns = list(zip(*pairs, strict=True))
    ours, theirs = (pl.Series(cells, dtype=pl.String) for cells in columns[:2])
    read_by = [
        pl.DataFrame({"country": columns[2 + side], "entity_type": columns[4 + side]}, SCHEMA)
        for side in (0, 1)
    ]
    whole = judged(field, ours, theirs, *read_by)
    kind = BY_NAME[field].kind
    found = []
    for one, code in zip(pairs, whole.codes, strict=True):
        by = ("country", (2, 3)) if kind in ("phone", "address") else ("entity_type", (4, 5))
        read = [Habits(**({by[0]: one[at]} if kind in ("phone", "address", "name") else {})) for at in by[1]]
        single = judge(field, one[0], one[1], *read)
        if whole.table[code] != single:
            found.append((one, whole.table[code], single))
    return found


SCHEMA: dict[str, Any] = {"country": pl.String, "entity_type": pl.String}


@settings(max_examples=60)
@given(some.data())
def test_a_column_judges_as_each_pair_by_itself(data: some.DataObject) -> None:
    """Whatever two cells hold and however they are read, a column says what the pair alone would."""
    field = data.draw(some.sampled_from(COMPARED))
    cell = address if BY_NAME[field].kind == "address" else text
    pairs = data.draw(
        some.lists(some.tuples(cell, cell, country, country, entity, entity), min_size=1, max_size=25)
    )
    assert not unlike(field, pairs)


LINES = [
    *(
        "12 Pine Street",
        "21 Pine Street",
        "13 Pine Street",
        "47 Pine St",
        "12 Peni Street",
        "Pine Street, RD 2",
    ),
    *("PO Box 99120", "PO Box 99121", "PO Box 99210", "PO Box 41", "C/- Finch Law, PO Box 99120", "RD 2"),
    *("Unit 4, 12 Pine Street", "Unit 5, 12 Pine Street", "Level 3, Pine Tower, 12 Oak Road"),
    *("12 Oak Road Taupo", "12 Oak Rd, Taupo", "C/- Hale, 12 Oak Road", "12 Oka Road"),
    *("9 Fern Tree Hill Road", "9 Ferntreehill Road"),
    *("Finch Law, PO Box 99120", "C/- Finch Law PO Box 99120", "GNA", "12 Pine Street\nWaikato"),
]
PLACES = [(None, "Taupō"), (None, "Taupo"), ("Kelburn", "Wellington"), (None, "Wellington"), (None, None)]
CHOICES: dict[str, list[Any]] = {
    "lines": LINES,
    "places": PLACES,
    "region": [None, None, "Waikato"],
    "postcode": [None, "3330", "6012", "330"],
    "country": [None, None, "Australia"],
}


def written(parts: dict[str, Any]) -> str:
    """Give the cell of an address."""
    suburb, city = parts["places"]
    return address_cell(parts | {"suburb": suburb, "city": city})


@pytest.mark.parametrize("entity_type", ["company", "trust", "individual", None])
def test_trustees_are_judged_as_each_pair_by_itself(entity_type: str | None) -> None:
    """Whether or not a trustee's name says for whom it stands, a column says what the pair alone would."""
    begins = ("Rowe ", "John Rowe as ", "Rowe Trustee for Lee ", "Rowe a/t/f Lee ", "Rowe (closed) ", "")
    words = ("Trustees", "trustee", "TRUSTĒES", "Trustees (2010)")
    ends = ("", " Limited", " Ltd.", " of Lee", " of Hall")
    names = ["".join(parts) for parts in product(begins, words, ends)]
    pairs: list[Pair] = [
        (one, other, "NZ", "NZ", entity_type, entity_type) for one, other in product(names[::7], names)
    ]
    assert not unlike("legal_name", pairs)


@pytest.mark.parametrize("field", ["physical_address", "postal_address"])
def test_many_addresses_are_judged_as_each_pair_by_itself(
    field: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Pairs that are judged together, and some at a time, are told what each would be told by itself."""
    monkeypatch.setattr(judging, "CELLS_AT_ONCE", 700)
    chance = random.Random(field)
    pairs: list[Pair] = []
    for _ in range(1500):
        one = {part: chance.choice(values) for part, values in CHOICES.items()}
        # As offices have them: nearly the same, so that many pairs differ in one manner.
        anew = chance.choice([["lines"], ["lines"], ["lines", "postcode"], ["places"], list(CHOICES)])
        other = one | {part: chance.choice(CHOICES[part]) for part in anew}
        pairs.append((written(one), written(other), "NZ", chance.choice(["NZ", "NZ", "AU"]), None, None))
    assert not unlike(field, pairs)


def lines_of(lines: str, suburb: str | None = None, city: str | None = None) -> str:
    """Give the cell of an address of these parts."""
    return address_cell({"lines": lines, "suburb": suburb, "city": city})


SAYS_MORE = (lines_of("12 Pine Street", "Kelburn", "Wellington"), lines_of("12 Pine Street", "Kelburn"))
OTHER_NUMBER = (lines_of("12 Oak Terrace", None, "Napier"), lines_of("471 Oak", "Terrace", "Napier"))
OTHER_STREET = (lines_of("12 Oak Terrace", None, "Napier"), lines_of("471 Oak", "Bay", "Napier"))
ELSEWHERE = "suburb or city differs"


@pytest.mark.parametrize(
    ("pairs", "told"),
    [
        ([SAYS_MORE, SAYS_MORE[::-1]], [("connectworks", ELSEWHERE), ("xpm", ELSEWHERE)]),
        ([OTHER_NUMBER, OTHER_STREET], [(None, "street number differs"), (None, None)]),
    ],
)
def test_addresses_that_are_asked_once_are_unlike_in_one_manner(
    pairs: list[tuple[str, str]], told: list[tuple[str | None, str | None]]
) -> None:
    """Of two pairs with the same parts, which side says more and whether the words agree tell them apart."""
    for order in (pairs, pairs[::-1]):
        assert not unlike("physical_address", [(*pair, "NZ", "NZ", None, None) for pair in order])
    verdicts = [judge("physical_address", *pair, Habits("NZ"), Habits("NZ")) for pair in pairs]
    assert [verdict.kind for verdict in verdicts] == ["different"] * len(pairs)
    assert [(verdict.richer, verdict.slip) for verdict in verdicts] == told
