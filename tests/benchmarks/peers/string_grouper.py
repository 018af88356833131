"""string_grouper: cosine similarity of letter triples in the name, at its default line of 0.8.

Names that are less alike, down to 0.5, count for its best line only; a large set has the default alone.
“One to one” keeps the best of both records. The name alone serves it better than the name with the address.
"""

from __future__ import annotations

from typing import Final

import pandas as pd
from peers.common import LARGE, mutual, run
from string_grouper import match_strings

LINE: Final = 0.8
LOWEST: Final = 0.5


def linked(left: pd.DataFrame, right: pd.DataFrame) -> pd.DataFrame:
    """Match the names of both sides; the second table is what its functions call the master."""
    names = [frame["name"].fillna("").reset_index(drop=True).rename("side") for frame in (right, left)]
    ids = [frame["client_id"].astype(str).reset_index(drop=True).rename("id") for frame in (right, left)]
    lowest = LINE if len(left) >= LARGE else LOWEST
    matches = match_strings(*names, *ids, ignore_index=True, min_similarity=lowest, normalize_to_ascii=False)
    found = pd.DataFrame(
        {"connectworks_id": matches["right_id"], "xpm_id": matches["left_id"], "score": matches["similarity"]}
    )
    said = found["score"] >= LINE
    return found.assign(**{"said": said, "said, one to one": said & mutual(found)})


if __name__ == "__main__":
    run(linked)
