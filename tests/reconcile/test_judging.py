"""Whole columns judged at once: the same verdict, of every pair of cells, as of the pair by itself."""

import re
from pathlib import Path
from typing import Any

import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as some

from workbench.domain.fields import ADDRESS_PARTS, BY_NAME, COMPARED
from workbench.domain.frames import address_cell
from workbench.reconcile.judging import judged
from workbench.reconcile.verdicts import Habits, Verdict, judge

CASES = Path(__file__).parents[1] / "cases" / "domain_cases.json"
TEXTS = [
    *sorted(set(re.findall(r'"([^"\\\\]{1,60})"', CASES.read_text()))),
    *("09 555 0123", "+64 9 555 0123", "9 555 0123", "n/a", "Taupō", "TAUPO", "#REF!", "******014"),
    *("jo@kauri.example", "JO@kauri.example ", "facebook.com/kauri", "www.kauri.example/", "04/05/1955"),
    *("Kauri Ltd", "Kauri Limited", "Hale, Ann", "Ann Hale", "Sir Ann Hale", "The The Kauri Co"),
    *("PO Box 99", "900-000-014"),
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
