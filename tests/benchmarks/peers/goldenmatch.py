"""Goldenmatch without any configuration, as its documentation puts first: it looks at the data and decides.

It matches the first table against the second; what it returns as matched is said. Pairs that it would show to
a person count for its best line only.
"""

from __future__ import annotations

import goldenmatch as gm
import pandas as pd
import pyarrow as pa
from peers.common import run

_ROWS = ["__target_row_id__", "__ref_row_id__", "__match_score__"]


def linked(left: pd.DataFrame, right: pd.DataFrame) -> pd.DataFrame:
    """Match with what the library chooses for this data; it numbers the rows of both tables in one."""
    tables = [
        pa.Table.from_pandas(frame.drop(columns="client_id"), preserve_index=False) for frame in (left, right)
    ]
    result = gm.match_df(*tables, confidence_required=False)
    matched = result.matched.select(_ROWS).to_pandas().to_numpy().tolist() if result.matched else []
    rows = [(*row, True) for row in matched] + [(*row, False) for row in result.review_pairs]
    found = pd.DataFrame(rows, columns=["connectworks_id", "xpm_id", "score", "said"])
    ids = [*left["client_id"].astype(str), *right["client_id"].astype(str)]
    for column in ("connectworks_id", "xpm_id"):
        found[column] = [ids[int(row)] for row in found[column]]
    return found.astype({"score": float, "said": bool})


if __name__ == "__main__":
    run(linked)
