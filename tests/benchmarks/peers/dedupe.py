"""dedupe, which needs labels: it gets them from the truth, for the pairs that it asks about.

It asks one pair at a time, as its console does, until it has had 100 answers or 30 of each kind; then it
trains and joins the tables one to one at its default line.
"""

from __future__ import annotations

import random
from typing import Any, Final

import dedupe
import numpy as np
import pandas as pd
from dedupe import variables
from peers.common import filled, run, truth

ANSWERS: Final = 100
ENOUGH: Final = 30
INDEXED: Final = 3000
LONG: Final = ("name", "lines", "trading_name", "email")
SHORT: Final = (
    *("first_name", "last_name", "city", "suburb", "postcode", "date_of_birth", "phone", "other_phone"),
    *("tax_number", "company_number", "nzbn", "abn"),
)
Record = dict[str, Any]


def linked(left: pd.DataFrame, right: pd.DataFrame) -> pd.DataFrame:
    """Ask, train and join."""
    random.seed(1)
    np.random.seed(1)
    columns = [name for name in (*LONG, *SHORT) if filled((left, right), name) > 0.02]
    if min(filled((left, right), name) for name in ("first_name", "last_name")) > 0.85:
        columns.remove("name")
    tables = [_records(frame, mark, columns) for frame, mark in ((left, "l"), (right, "r"))]
    long = LONG if len(left) + len(right) <= INDEXED else ()
    linker = dedupe.RecordLink([_variable(column, column in long) for column in columns])
    linker.prepare_training(*tables, sample_size=1500)
    _answer(linker)
    linker.train()
    joined = linker.join(*tables, threshold=0.0, constraint="one-to-one")
    rows = [(ids[0].removeprefix("l"), ids[1].removeprefix("r"), float(score)) for ids, score in joined]
    found = pd.DataFrame(rows, columns=["connectworks_id", "xpm_id", "score"])
    return found.assign(said=found["score"] >= 0.5)


def _variable(column: str, long: bool) -> Any:
    """Compare a text; a long one with index rules, which take minutes to learn from thousands of records."""
    return (variables.String if long else variables.ShortString)(column, has_missing=True)


def _records(frame: pd.DataFrame, mark: str, columns: list[str]) -> dict[str, Record]:
    """Give records by id, each with its id, so that a pair that is asked about can be looked up."""
    kept = frame[columns].astype(object).where(frame[columns].notna(), None)
    ids = frame["client_id"].astype(str)
    return {mark + name: {**row, "id": name} for name, row in zip(ids, kept.to_dict("records"), strict=True)}


def _answer(linker: dedupe.RecordLink) -> None:
    """Answer from the truth what the learner is least sure about."""
    true = truth()
    pairs = set(zip(true["connectworks_id"], true["xpm_id"], strict=True))
    given = {"match": 0, "distinct": 0}
    while sum(given.values()) < ANSWERS and min(given.values()) < ENOUGH:
        for one, other in linker.uncertain_pairs():
            kind = "match" if (one["id"], other["id"]) in pairs else "distinct"
            linker.mark_pairs({"match": [], "distinct": [], kind: [(one, other)]})
            given[kind] += 1


if __name__ == "__main__":
    run(linked)
