"""The suggestions that a scheduled run may follow by itself, where the firm has named a rule."""

from __future__ import annotations

from collections.abc import Collection

import pandas as pd

from workbench.domain.fields import PUSHABLE
from workbench.domain.settings import BY_RULE
from workbench.domain.swaps import SWAPS
from workbench.reconcile.suggest import TO


def safe(differences: pd.DataFrame, rules: Collection[str], decided: pd.DataFrame) -> pd.DataFrame:
    """Give the differences that named safe rules would settle, each with the rule that settles it.

    Parameters
    ----------
    differences : pandas.DataFrame
        As `compare` gives them.
    rules : collection of str
        Names as in `workbench.domain.settings.RunSettings.safe_rules`.
    decided : pandas.DataFrame
        A DECISIONS frame: what a person has chosen about is left to the person.

    Returns
    -------
    pandas.DataFrame
        Rows of `differences` with a column ``rule``. A row with a warning is never among them, nor half a
        swap, nor one whose direction would carry a blank or which is suggested to be asked about.
    """
    open_ones = differences[
        differences["field"].isin(PUSHABLE)
        & differences["kind"].isin(["fill", "different"])
        & differences["suggestion"].isin(list(TO.values()))
        & differences["warnings"].isna()
        & ~differences["slip"].isin(list(SWAPS))
    ]
    sent = open_ones["connectworks"].where(open_ones["suggestion"] == TO["connectworks"], open_ones["xpm"])
    keys = pd.MultiIndex.from_frame(open_ones[["link_id", "field"]].astype(object))
    taken = keys.isin(pd.MultiIndex.from_frame(decided[["link_id", "field"]].astype(object)))
    rule = _rule_of(open_ones)
    followed = open_ones.assign(rule=rule)[(sent.notna() & rule.isin(list(rules))).to_numpy(bool) & ~taken]
    return followed.reset_index(drop=True)


def _rule_of(differences: pd.DataFrame) -> pd.Series:
    """Name the rule that each suggestion rests on."""
    ruled = differences["reason"].fillna("").str.startswith(BY_RULE).to_numpy(bool)
    never_agreed = differences["baseline"].isna().to_numpy(bool)
    fills = (differences["kind"] == "fill").to_numpy(bool)
    names = pd.Series("", index=differences.index, dtype=object)
    names[~never_agreed] = "one_side_changed"
    names[never_agreed & fills] = "fill_blanks"
    names[ruled] = "firm_rules"
    return names
