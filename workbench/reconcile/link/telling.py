"""The candidates frame: what was found of each pair, with its evidence in words that a person reads."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa

from workbench.domain.frames import CANDIDATES, TEXT
from workbench.reconcile.link.assign import Standing
from workbench.reconcile.link.codes import Bits, Codes, Flags
from workbench.reconcile.link.doubts import in_words
from workbench.reconcile.link.evidence import Evidence
from workbench.reconcile.link.namesakes import PHRASES, SAME_NAME, bit_of
from workbench.reconcile.link.prepared import NAME_PARTS, Prepared, full_name
from workbench.reconcile.link.words import words_for
from workbench.reconcile.threads import workers

_SHOWN: Final = {
    "email": ("email",),
    "phone": ("primary_phone", "other_phone"),
    "website": ("website",),
    "nzbn": ("nzbn",),
    "company_number": ("company_number",),
    "abn": ("abn",),
    "entity_type": ("entity_type",),
    "country": ("country",),
    "lifecycle": ("lifecycle",),
}
"""Columns whose values the evidence shows; a masked field (birth date, address, tax number) shows none."""
TOLD: Final = tuple(
    dict.fromkeys(["client_id", *NAME_PARTS, *(name for names in _SHOWN.values() for name in names)])
)
"""Columns whose values a candidate shows."""
# Pairs whose texts are written at a time.
CHUNK: Final = 1 << 12
_BEFORE: Final = "before comparing: two records are seldom one client"
_WRITTEN: Final = "name differs only in how it is written"
# What a name that counts as the same lacks all the same; the last one that holds is told.
_BUT_FOR: Final = {
    "a middle name on one side only": "same name but for a middle name",
    "junior or senior differs": "same name but for junior or senior",
    "titles differ": "same name but for the title",
    "the kinds in the names differ": "same name but for the kind of organisation",
}
BEST_FIRST: Final = {"probability": True, "match_weight": True, "connectworks_id": False, "xpm_id": False}
"""The candidates' order: by which columns, and whether downwards."""


def candidates_frame(
    both: Prepared, pairs: Evidence, standing: Standing, doubts: Codes, linked: Flags
) -> pd.DataFrame:
    """Put pairs into a candidates frame, best first; the parameters are those of `candidates_table`."""
    table = _numbers(both, pairs, standing, doubts, linked).with_row_index("place").sort(*_best_first())
    told = _Told.of(both, pairs.at(table["place"].to_numpy().astype(np.int64)))
    # The texts are long: they are written some pairs at a time, so that they need be held once only.
    places = [np.arange(at, min(at + CHUNK, len(table))) for at in range(0, len(table), CHUNK)]
    with workers(len(table)) as pool:
        texts = list(pool.map(lambda some: _plain(told.at(some).texts()), places))
    evidence = TEXT.__from_arrow__(pa.chunked_array(texts, pa.large_string()))  # type: ignore[attr-defined]
    return pd.DataFrame({c: evidence if c == "evidence" else _column(table[c]) for c in CANDIDATES})


def in_order(table: pl.DataFrame) -> pd.DataFrame:
    """Sort a table of candidates, best first, into a candidates frame."""
    table = table.sort(*_best_first())
    return pd.DataFrame({name: _column(table[name]) for name in CANDIDATES})


def _best_first() -> list[pl.Expr]:
    return [-pl.col(name) if falling else pl.col(name) for name, falling in BEST_FIRST.items()]


def candidates_table(
    both: Prepared, pairs: Evidence, standing: Standing, doubts: Codes, linked: Flags
) -> pl.DataFrame:
    """Put pairs into a table of the candidates' columns.

    Parameters
    ----------
    both : Prepared
        Both sides' records.
    pairs : Evidence
        The pairs to show.
    standing : Standing
        Theirs.
    doubts : array of int
        Sets of `doubts.DOUBTS`.
    linked : array of bool
        Which of them are suggested as links.
    """
    evidence = evidence_texts(both, pairs)
    return _numbers(both, pairs, standing, doubts, linked).with_columns(evidence.alias("evidence"))


def _numbers(
    both: Prepared, pairs: Evidence, standing: Standing, doubts: Codes, linked: Flags
) -> pl.DataFrame:
    """Put pairs into a table without their evidence."""
    ids = both.received.column("client_id")
    return pl.DataFrame(
        {
            "connectworks_id": ids.gather(pairs.left),
            "xpm_id": ids.gather(pairs.right),
            "probability": standing.probability.round(9),
            "match_weight": pairs.weights.round(6),
            "verdict": np.where(linked, "link", "review"),
            "rank": standing.rank,
            "margin": standing.margin.round(6),
            "contradiction": in_words(doubts),
        }
    )


def _column(values: pl.Series) -> object:
    if values.dtype != pl.String:
        return values.to_numpy(writable=True)
    return TEXT.__from_arrow__(_plain(values))  # type: ignore[attr-defined]


def _plain(values: pl.Series) -> pa.Array:
    return values.to_arrow(compat_level=pl.CompatLevel.oldest())


def evidence_texts(both: Prepared, pairs: Evidence) -> pl.Series:
    """Write the evidence of each pair as JSON, piece by piece; the bits sum to the match weight.

    Parameters
    ----------
    both : Prepared
        Both sides' records.
    pairs : Evidence
        The pairs to tell of.
    """
    return _Told.of(both, pairs).texts()


def _pieces(field: str, values: pl.Series | None, bits: Bits, words: pl.Series) -> pl.Series:
    """Write one field's piece of evidence for each pair."""
    table = pl.DataFrame({"bits": bits.round(3), "words": words})
    if values is not None:
        table = table.with_columns(values.alias("values"))
    shown = pl.col("values") if values is not None else pl.lit("")
    parts = (
        *(pl.lit(f'{{"field":"{field}"'), shown, pl.lit(',"bits":'), pl.col("bits").cast(pl.String)),
        *(pl.lit(',"words":"'), pl.col("words"), pl.lit('"}')),
    )
    return table.select(piece=pl.concat_str(*parts))["piece"]


def _as_json(cells: pl.Series) -> pl.Series:
    """Write texts as JSON does."""
    plain = ('"' + cells + '"').fill_null("null")
    odd = cells.str.contains(r'["\\\x00-\x1f]').fill_null(False).arg_true()
    if odd.is_empty():
        return plain
    return plain.scatter(odd, [json.dumps(text, ensure_ascii=False) for text in cells.gather(odd)])


def _field_words(field: str, bits: Bits, pairs: Evidence) -> pl.Series:
    """Tell what one field's bits mean."""
    slip = pairs.near.get(field, np.zeros(len(bits), dtype=bool))
    said = pl.Series([words_for(field, sign, near) for near in (False, True) for sign in (-1.0, 1.0)])
    return said.gather(2 * slip + (bits > 0))


@dataclass(frozen=True)
class _Told:
    """Pairs, and what is shown of their records.

    Parameters
    ----------
    pairs : Evidence
        Its records are places in the cells.
    cells : dict of str to polars.Series
        By field, the value of each record as JSON, as far as it may be shown.
    vocabulary : list of str
        The words that the pairs' names speak of.
    """

    pairs: Evidence
    cells: dict[str, pl.Series]
    vocabulary: list[str]

    @classmethod
    def of(cls, both: Prepared, pairs: Evidence) -> _Told:
        """Read the records of some pairs, each once."""
        rows, places = np.unique(np.concatenate([pairs.left, pairs.right]), return_inverse=True)
        left, right = np.split(places, 2)

        def cells(names: tuple[str, ...], written: pl.Expr) -> pl.Series:
            return _as_json(both.received.table(*names)[rows].select(cell=written)["cell"])

        shown = {
            field: cells(names, pl.concat_str(*names, separator=", ", ignore_nulls=True).replace("", None))
            for field, names in _SHOWN.items()
        }
        shown["legal_name"] = cells(NAME_PARTS, full_name())
        return cls(replace(pairs, left=left, right=right), shown, both.names.vocabulary)

    def at(self, places: Codes) -> _Told:
        """Give some pairs only."""
        return replace(self, pairs=self.pairs.at(places))

    def texts(self) -> pl.Series:
        """Write the evidence of each pair as JSON, piece by piece."""
        pairs = self.pairs
        before = pl.Series([_BEFORE]).new_from_index(0, len(pairs.left))
        pieces = [_pieces("prior", None, pairs.prior, before)]
        for field, bits in pairs.bits.items():
            words = self._name_words() if field == "legal_name" else _field_words(field, bits, pairs)
            told = pl.Series((bits.round(3) != 0) | ((words != "").to_numpy() & (field == "legal_name")))
            pieces.append(_pieces(field, self._values(field), bits, words).set(~told, None))
        table = pl.DataFrame({str(at): piece for at, piece in enumerate(pieces)})
        joined = pl.concat_str(pl.all(), separator=",", ignore_nulls=True)
        return table.select(evidence=pl.concat_str(pl.lit("["), joined, pl.lit("]")))["evidence"]

    def _values(self, field: str) -> pl.Series | None:
        """Write both records' values, as far as they may be shown."""
        if field not in self.cells:
            return None
        sides = {"one": self.pairs.left, "other": self.pairs.right}
        table = pl.DataFrame({side: self.cells[field].gather(rows) for side, rows in sides.items()})
        parts = (pl.lit(',"connectworks":'), pl.col("one"), pl.lit(',"xpm":'), pl.col("other"))
        return table.select(values=pl.concat_str(*parts))["values"]

    def _name_words(self) -> pl.Series:
        """Tell what the comparison of the names says."""
        names, cells = self.pairs.names, self.cells["legal_name"]
        words = pl.Series(PHRASES).gather(names.said)
        unlike = cells.gather(self.pairs.left) != cells.gather(self.pairs.right)
        alike = unlike & (words == PHRASES[SAME_NAME])
        words = words.set(alike, _WRITTEN)
        for doubt, told in _BUT_FOR.items():
            words = words.set(alike & pl.Series(names.doubts & bit_of(doubt) != 0), told)
        slipped = np.flatnonzero(names.mistyped[:, 0] >= 0)
        slips = [
            f"“{self.vocabulary[one]}” for “{self.vocabulary[other]}” in the name"
            for one, other in names.mistyped[slipped].tolist()
        ]
        return words.scatter(slipped, slips) if len(slipped) else words
