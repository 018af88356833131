"""Texts that look alike: of each text the nearest of the other side, by the runs of letters they share.

What a run of three letters is worth goes by how rare it is (tf-idf), and likeness is the cosine. The
commonest runs are left out, so that the work grows with the number of texts.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np
import polars as pl

from workbench.reconcile.link.codes import Codes, Flags, coded

BUDGET: Final = 600
CHUNK: Final = 2_000
# Below this likeness two texts have only common runs in common.
LEAST: Final = 0.25


def nearest(texts: pl.Series, right: Flags, most: int) -> tuple[Codes, Codes]:
    """Give for each text the texts of the other side that look most alike.

    Parameters
    ----------
    texts : polars.Series
        Without spaces; empty where there is none.
    right : array of bool
        Which of them are the right side's.
    most : int
        How many to give at the most for each text.

    Returns
    -------
    tuple of two arrays of int
        Places of the left and the right text of each pair; a pair may come twice.
    """
    sides = np.flatnonzero(~right), np.flatnonzero(right)
    table = _weights(texts, right)
    found = [_best(table, *sides, most), _best(table, *sides[::-1], most)]
    return np.concatenate([found[0][0], found[1][1]]), np.concatenate([found[0][1], found[1][0]])


def _weights(texts: pl.Series, right: Flags) -> Any:
    """Give each text's runs with their weights, as a sparse table with rows of length 1."""
    from scipy.sparse import csr_matrix

    rows, runs = _runs(texts)
    number, first = coded(runs)
    each, counts = np.unique(rows * max(len(first), 1) + number, return_counts=True)
    row, run = np.divmod(each, max(len(first), 1))
    seen = [np.bincount(run[right[row] == side], minlength=len(first)) for side in (False, True)]
    cost = seen[0] * seen[1]
    order = np.argsort(cost, kind="stable")
    kept = np.zeros(len(first), dtype=bool)
    kept[order[np.cumsum(cost[order]) <= BUDGET * len(texts)]] = True
    rarity = np.log2(len(texts) / np.maximum(seen[0] + seen[1], 1))
    taken = kept[run]
    values = np.sqrt(counts[taken]) * rarity[run[taken]]
    table = csr_matrix((values, (row[taken], run[taken])), shape=(len(texts), len(first)))
    # A run that was left out still makes a text longer, so that a short common part is no likeness.
    length = np.sqrt(np.bincount(row, counts * rarity[run] ** 2, minlength=len(texts)))
    table.data /= np.repeat(np.maximum(length, 1e-9), np.diff(table.indptr))
    return table


def _runs(texts: pl.Series) -> tuple[Codes, Codes]:
    """Give every run of letters: the text's place and a number for the run."""
    padded = "^" + texts + "$"
    letters = np.frombuffer("".join(padded).encode("utf-32-le"), dtype=np.uint32).astype(np.int64)
    sizes = padded.str.len_chars().to_numpy().astype(np.int64)
    rows = np.repeat(np.arange(len(texts)), sizes)
    runs = letters[:-2] * (1 << 42) + letters[1:-1] * (1 << 21) + letters[2:]
    whole = rows[:-2] == rows[2:]
    return rows[:-2][whole], runs[whole]


def _best(table: Any, asked: Codes, offered: Codes, most: int) -> tuple[Codes, Codes]:
    against = table[offered].T.tocsr()
    mine, theirs = [np.empty(0, dtype=np.int64)], [np.empty(0, dtype=np.int64)]
    for start in range(0, len(asked), CHUNK):
        some = asked[start : start + CHUNK]
        scores = (table[some] @ against).tocoo()
        likely = scores.data >= LEAST
        row, column, score = scores.row[likely], scores.col[likely], scores.data[likely]
        order = np.lexsort((column, -score.round(6), row))
        row, column = row[order].astype(np.int64), column[order]
        best = np.arange(len(row)) - np.searchsorted(row, row, "left") < most
        mine.append(some[row[best]])
        theirs.append(offered[column[best]])
    return np.concatenate(mine), np.concatenate(theirs)
