"""A column of names is read as each name by itself is."""

from __future__ import annotations

import sys
from pathlib import Path

import polars as pl
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from workbench.reconcile.normalise import name_columns, names
from workbench.reconcile.normalise.text import fold
from workbench.sandbox.firm import Recipe

sys.path.insert(0, str(Path(__file__).parent))
from often import often
from planted_cases import RECORD_CASES, firm_frames

Row = tuple[str | None, str | None, str | None, str | None]
WORDS = (
    *(
        "Mere",
        "Rewi",
        "van",
        "der",
        "Berg",
        "Te",
        "O'Neill",
        "Fa’atest",
        "Māui",
        "Heemi",
        "Isaac",
        "J",
        "JA",
        "Smithson",
    ),
    *(
        "Mr",
        "Dr.",
        "QSM",
        "Jnr",
        "Estate of",
        "and",
        "&",
        "(deceased)",
        "(Dec.)",
        "(dec)",
        "was Hale",
        "zzz",
        "T/A",
        "ATF",
        "as executor of",
        "(Attorney)",
        "Trustees of",
        "(Timaru)",
        "(2019)",
        "No 2",
    ),
    *(
        "Family",
        "Trust",
        "Ltd",
        "Limited",
        "Pty",
        "Co",
        "Holdings",
        "One",
        "Eighty",
        "NZ",
        "New Zealand",
        "The",
        "007",
    ),
    *(",", "-", "/", "ʻ", "王", "Trading", "Partnership", "LP", "Trust Board", "St", "Bros"),
)
TYPES = (None, "individual", "company", "trust", "estate", "partnership", "other")


def read_alone(row: Row) -> tuple[object, ...]:
    """Read one name by itself, in the shape in which a column gives it."""
    text, kind, family, trading = row
    name = names.parse(text or "", kind, family)
    if not (name.words or name.numbers):
        return ("nobody",)
    others = [name.trading or fold(trading or ""), name.former, name.trustee_for]
    return (
        name_columns.KINDS[name.kind],
        name.words,
        name.given[:2],
        name.family,
        name.order_known,
        " ".join(name.numbers),
        name.spelled,
        name.form,
        name.generation,
        [names.parse(other).words for other in others if other],
    )


def read_together(rows: list[Row]) -> list[tuple[object, ...]]:
    """Read names as a column, and tell each as `read_alone` does."""
    schema = dict.fromkeys(("text", "entity_type", "family", "trading"), pl.String)
    read = name_columns.read(pl.DataFrame(rows, schema=schema, orient="row"))
    numbers = sorted({"", *(" ".join(names.parse(r[0] or "", r[1], r[2]).numbers) for r in rows)})
    aliases = [name for row in rows for name in _alias_numbers(row)]
    numbers = sorted({*numbers, *aliases})

    def words(codes: object) -> tuple[str, ...]:
        return tuple(read.vocabulary[code] for code in codes if code >= 0)  # type: ignore[attr-defined]

    return [
        ("nobody",)
        if read.kind[at] == name_columns.NOBODY
        else (
            read.kind[at],
            words(read.words[at]),
            tuple(given for given in (words(read.given[at]), words(read.partner[at])) if given),
            words(read.family[at]),
            read.order_known[at],
            numbers[read.numbers[at]],
            read.spelled[at],
            name_columns.LEGAL_FORMS[read.form[at]],
            name_columns.GENERATION_NAMES[read.generation[at]],
            [words(read.words[row]) for row in read.alias[at] if row >= 0],
        )
        for at in range(len(rows))
    ]


def _alias_numbers(row: Row) -> list[str]:
    name = names.parse(row[0] or "", row[1], row[2])
    others = (name.trading or fold(row[3] or ""), name.former, name.trustee_for)
    return [" ".join(names.parse(other).numbers) for other in others if other]


written = st.lists(st.sampled_from(WORDS), max_size=6).map(" ".join)
rows = st.tuples(
    st.one_of(st.none(), written, written.map(str.upper)),
    st.sampled_from(TYPES),
    st.one_of(st.none(), st.sampled_from(WORDS)),
    st.one_of(st.none(), written),
)


@settings(max_examples=often(40))
@given(st.lists(rows, min_size=1, max_size=30))
def test_a_column_reads_as_its_names_do(drawn: list[Row]) -> None:
    """Whatever stands in a name, the column gives what reading the name by itself gives."""
    assert read_together(drawn) == [read_alone(row) for row in drawn]


def test_the_cases_read_alike() -> None:
    """Every name of the labelled cases is read alike both ways, with its type and without."""
    records = [record for case in RECORD_CASES for side in ("left", "right") for record in case[side]]
    drawn: list[Row] = [
        (record.get("legal_name"), kind, record.get("last_name"), record.get("trading_name"))
        for record in records
        for kind in (record.get("entity_type"), None)
    ]
    assert read_together(drawn) == [read_alone(row) for row in drawn]


@pytest.mark.parametrize("seed", [1, 2])
def test_a_firms_names_read_alike(seed: int) -> None:
    """Every name of an invented firm is read alike both ways, and few names need to be read one by one."""
    sides, _ = firm_frames(Recipe(600, 600, seed=seed))
    drawn: list[Row] = []
    for side in sides:
        frame = pl.from_pandas(side)
        columns = [
            c if c in frame.columns else pl.lit(None, pl.String) for c in ("legal_name", "entity_type")
        ]
        more = [
            pl.col(c) if c in frame.columns else pl.lit(None, pl.String).alias(c)
            for c in ("last_name", "trading_name")
        ]
        drawn += frame.select(*columns, *more).rows()
    assert read_together(drawn) == [read_alone(row) for row in drawn]


@settings(max_examples=100, deadline=None)
@given(st.lists(written, min_size=1, max_size=30, unique=True), st.sampled_from(TYPES))
@example(["One, Eighty Co", "The The Kauri Co Ltd", "Two Two"], "trust")
def test_comparable_forms_are_those_of_the_names_themselves(texts: list[str], kind: str | None) -> None:
    """A column's comparable forms are final: read again until nothing more is to be taken off."""
    found = name_columns.keys_of(pl.Series(texts), kind)
    assert [form or "" for form in found] == [names.key(text, kind) for text in texts]
