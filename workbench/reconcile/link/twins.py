"""Records of one side that seem to be one client twice: a link to either is for a person to choose."""

from __future__ import annotations

from collections import defaultdict
from typing import Final

import numpy as np
import numpy.typing as npt
import pandas as pd

from workbench.reconcile.link.prepared import Codes, Prepared, texts
from workbench.reconcile.link.rarity import whole
from workbench.reconcile.normalise.names import Name

GONE: Final = ("archived", "discarded", "deleted")
TELLING: Final = ("date_of_birth", "nzbn", "company_number", "abn", "tax_number", "last_three")
COMMON: Final = ("email", "phone", "address", *TELLING)
# More records than this of one name are a common name, not one client many times.
MOST: Final = 12
Flags = npt.NDArray[np.bool_]


def twins_of(both: Prepared) -> tuple[Flags, Flags]:
    """Tell for each record of each side whether the same client seems to stand twice there.

    Parameters
    ----------
    both : Prepared
        Both sides' records.

    Returns
    -------
    tuple of two arrays of bool
        A live record is no twin of an archived one; an archived one is a twin of a live one.
    """
    left = _twins(both.left, both.left_names, both.left_types, {f: v.left for f, v in both.values.items()})
    right = _twins(
        both.right, both.right_names, both.right_types, {f: v.right for f, v in both.values.items()}
    )
    return left, right


def _twins(frame: pd.DataFrame, names: list[Name], types: list[str], values: dict[str, Codes]) -> Flags:
    result = np.zeros(len(frame), dtype=bool)
    gone = [state in GONE for state in texts(frame, "lifecycle")]
    groups: dict[tuple[str, ...], list[int]] = defaultdict(list)
    for at, name in enumerate(names):
        if name.words:
            groups[(types[at], name.generation, *whole(name))].append(at)
    for group in groups.values():
        if 1 < len(group) <= MOST:
            for at in group:
                others = (other for other in group if other != at and (gone[at] or not gone[other]))
                result[at] = any(_one_client(values, at, other) for other in others)
    return result


def _one_client(values: dict[str, Codes], one: int, other: int) -> bool:
    """Tell whether two records of one name share something and no telling value keeps them apart."""
    if any(_apart(values[field], one, other) for field in TELLING):
        return False
    return any(_alike(values[field], one, other) for field in COMMON)


def _alike(codes: Codes, one: int, other: int) -> bool:
    return bool(set(codes[one][codes[one] >= 0].tolist()) & set(codes[other][codes[other] >= 0].tolist()))


def _apart(codes: Codes, one: int, other: int) -> bool:
    return codes[one, 0] >= 0 and codes[other, 0] >= 0 and not _alike(codes, one, other)
