"""Workbench itself, on the tables as they are: its normalising is on its clock."""

from __future__ import annotations

import pandas as pd
from peers.common import run

from workbench.reconcile.link import link


def linked(left: pd.DataFrame, right: pd.DataFrame) -> pd.DataFrame:
    """Link with the settings that everybody gets."""
    found = link(left, right)
    order = found["match_weight"].rank(method="first") / (len(found) + 1)
    return pd.DataFrame(
        {
            "connectworks_id": found["connectworks_id"].astype(str),
            "xpm_id": found["xpm_id"].astype(str),
            "score": found["probability"] + order * 1e-9,
            "probability": found["probability"],
            "said": found["verdict"] == "link",
            "said, first and even": (found["rank"] == 1) & (found["probability"] >= 0.5),
        }
    )


if __name__ == "__main__":
    run(linked, ending="")
