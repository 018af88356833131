"""The Python Record Linkage Toolkit, as its guide links two tables without labels.

Candidates by blocks and a sorted neighbourhood of names, Jaro-Winkler or equality by column, and the
classifier by expectation and conditional maximisation. “One to one” keeps the best of both records.
Names that stand alone are compared by four measures, since the classifier needs more than one.
"""

from __future__ import annotations

import warnings
from typing import Final

import pandas as pd
import recordlinkage
from peers.common import filled, mutual, run

BLOCKS: Final = (
    *("tax_number", "company_number", "nzbn", "abn", "email", "phone", "other_phone", "date_of_birth"),
    *("name", "lines"),
)
TEXTS: Final = ("name", "first_name", "last_name", "lines", "city", "suburb", "trading_name", "email")
CODES: Final = (
    *("date_of_birth", "postcode", "phone", "other_phone"),
    *("tax_number", "company_number", "nzbn", "abn"),
)
MEASURES: Final = ("damerau_levenshtein", "qgram", "cosine")
_ALIKE: Final = 0.85

warnings.filterwarnings("ignore")


def linked(left: pd.DataFrame, right: pd.DataFrame) -> pd.DataFrame:
    """Index, compare and classify."""
    frames = left.set_index("client_id"), right.set_index("client_id")
    columns = [column for column in left if column != "client_id" and filled((left, right), column) > 0.02]
    index = recordlinkage.Index()
    for column in BLOCKS:
        if column in columns:
            index.block(column)
    index.sortedneighbourhood("name", window=9 if len(columns) > 1 else 21)
    candidates = index.index(*frames)
    features = _compare(columns).compute(candidates, *frames)
    return _classified(features)


def _compare(columns: list[str]) -> recordlinkage.Compare:
    compare = recordlinkage.Compare()
    for method in MEASURES if columns == ["name"] else ():
        compare.string("name", "name", method=method, threshold=_ALIKE, label=method)
    for column in TEXTS:
        if column in columns:
            compare.string(column, column, method="jarowinkler", threshold=_ALIKE, label=column)
    for column in CODES:
        if column in columns:
            compare.exact(column, column, label=column)
    return compare


def _classified(features: pd.DataFrame) -> pd.DataFrame:
    """Give every candidate with its probability, and say what the classifier says."""
    classifier = recordlinkage.ECMClassifier()
    said = classifier.fit_predict(features)
    found = features.index.to_frame(index=False)
    found.columns = ["connectworks_id", "xpm_id"]
    found["score"] = classifier.prob(features).to_numpy() + features.sum(axis=1).to_numpy() * 1e-9
    found["said"] = features.index.isin(said)
    found["said, one to one"] = found["said"] & mutual(found)
    return found


if __name__ == "__main__":
    run(linked)
