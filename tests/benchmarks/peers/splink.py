"""Splink on DuckDB, as its tutorials link two tables.

Comparisons of its own library for every column that both sides fill, with term frequencies where values
repeat; the prior from deterministic rules, u from random pairs, m by expectation maximisation under several
blocking rules. A pair is said from even odds on, one to one by Splink's own single best links. Data of one
column, which Splink says it is not made for, is blocked on shared words, and m stays as it comes.
"""

from __future__ import annotations

import contextlib
import logging
import warnings
from collections import Counter
from typing import Final

import pandas as pd
import splink.comparison_library as cl
from peers.common import LARGE, filled, run
from splink import DuckDBAPI, Linker, SettingsCreator, block_on
from splink.internals.exceptions import EMTrainingException, SplinkException

IDENTIFIERS: Final = ("tax_number", "company_number", "nzbn", "abn")
SIDES: Final = ("connectworks", "xpm")
RARE: Final = 50
_DATE: Final = "%Y-%m-%d"
LOOSE: Final = (
    *(("date_of_birth",), ("last_name", "postcode"), ("first_name", "postcode"), ("last_name", "city")),
    *(("last_name", "substr(first_name, 1, 1)"), ("substr(name, 1, 4)", "city"), ("suburb", "first_name")),
    *(("substr(name, 1, 6)",), ("substr(lines, 1, 8)",)),
)
TIGHT: Final = (
    *(("date_of_birth", "substr(name, 1, 3)"), ("date_of_birth", "postcode"), ("last_name", "first_name")),
    *(("last_name", "substr(first_name, 1, 1)", "postcode"), ("substr(name, 1, 8)", "postcode")),
)
SURE: Final = (
    *(("name", "date_of_birth"), ("name", "email"), ("name", "phone"), ("name", "lines"), ("tax_number",)),
    ("last_name", "date_of_birth"),
)
TRAINING: Final = ("name", "date_of_birth", "lines", "email", "phone", "postcode")
Frames = tuple[pd.DataFrame, pd.DataFrame]

logging.getLogger("splink").setLevel(logging.ERROR)
warnings.filterwarnings("ignore")


def linked(left: pd.DataFrame, right: pd.DataFrame) -> pd.DataFrame:
    """Train, predict and decide."""
    frames = _prepared(left, right)
    large = len(left) + len(right) >= 2 * LARGE
    api = DuckDBAPI()
    tables = [
        api.register(frame, dataset_display_name=side) for frame, side in zip(frames, SIDES, strict=True)
    ]
    linker = Linker(
        tables,
        SettingsCreator(
            link_type="link_only",
            comparisons=_comparisons(frames),
            blocking_rules_to_generate_predictions=_blocking(frames, large),
            probability_two_random_records_match=0.5 / max(len(left), len(right)),
        ),
    )
    _train(linker, frames, large)
    chunks = {"num_chunks_left": 4, "num_chunks_right": 2} if len(left) > 5 * LARGE else {}
    predicted = linker.inference.predict(threshold_match_probability=0.05 if large else 0.001, **chunks)
    return _decided(linker, predicted)


def _decided(linker: Linker, predicted: object) -> pd.DataFrame:
    """Give the pairs, and which of them Splink's one-to-one clustering puts together."""
    clusters = linker.clustering.cluster_using_single_best_links(
        predicted, duplicate_free_datasets=list(SIDES), threshold_match_probability=0.5
    )
    places = clusters.as_pandas_dataframe()[["source_dataset", "unique_id", "cluster_id"]]
    halves = [places[places["source_dataset"] == side] for side in SIDES]
    together = halves[0].merge(halves[1], on="cluster_id")
    found = predicted.as_pandas_dataframe()
    swapped = found["source_dataset_l"] == SIDES[1]
    ids = found[["unique_id_l", "unique_id_r"]].copy()
    ids[swapped] = ids.loc[swapped, ["unique_id_r", "unique_id_l"]].to_numpy()
    pairs = pd.MultiIndex.from_frame(ids)
    said = pairs.isin(pd.MultiIndex.from_frame(together[["unique_id_x", "unique_id_y"]]))
    return pd.DataFrame(
        {
            "connectworks_id": ids["unique_id_l"],
            "xpm_id": ids["unique_id_r"],
            "score": found["match_weight"],
            "probability": found["match_probability"],
            "said": said,
            "said, not one to one": found["match_probability"] >= 0.5,
        }
    )


def _prepared(left: pd.DataFrame, right: pd.DataFrame) -> Frames:
    """Add whole names of people, and the rarer words of names where there is nothing else."""
    frames = [frame.rename(columns={"client_id": "unique_id"}) for frame in (left, right)]
    if _people(frames):
        for frame in frames:
            frame["both_names"] = frame["first_name"].str.cat(frame["last_name"], " ")
    if _name_only(frames):
        words = [frame["name"].fillna("").str.split() for frame in frames]
        often = Counter(word for column in words for row in column for word in set(row))
        for frame, column in zip(frames, words, strict=True):
            frame["words"] = [[word for word in row if often[word] <= RARE] for row in column]
    return frames[0], frames[1]


def _people(frames: list[pd.DataFrame] | Frames) -> bool:
    return min(filled(tuple(frames), column) for column in ("first_name", "last_name")) > 0.85


def _name_only(frames: list[pd.DataFrame] | Frames) -> bool:
    return set(frames[0].columns) <= {"unique_id", "name", "words"}


def _has(frames: Frames, *columns: str) -> bool:
    return all(filled(frames, column) > 0.02 for column in columns)


def _meet(frames: Frames, rule: tuple[str, ...]) -> bool:
    """Tell whether any two records agree on all columns of a rule: of no match at all there is no share."""
    filled_in = [frame[list(rule)].dropna() for frame in frames]
    return not filled_in[0].merge(filled_in[1]).empty


def _comparisons(frames: Frames) -> list[object]:
    """Choose a comparison for each column, as the guide on comparisons does."""
    if _people(frames):
        name = cl.ForenameSurnameComparison(
            "first_name", "last_name", forename_surname_concat_col_name="both_names"
        )
    else:
        name = cl.NameComparison("name")
    chosen = [name]
    if _name_only(frames):
        chosen.append(cl.ArrayIntersectAtSizes("words", [3, 2, 1]))
    if _has(frames, "date_of_birth"):
        chosen.append(cl.DateOfBirthComparison("date_of_birth", input_is_string=True, datetime_format=_DATE))
    if _has(frames, "email"):
        chosen.append(cl.EmailComparison("email"))
    for column in (*IDENTIFIERS, "phone", "other_phone"):
        if _has(frames, column):
            compared = cl.DamerauLevenshteinAtThresholds(column, [1, 2])
            chosen.append(compared.configure(term_frequency_adjustments=True))
    for column in ("lines", "city", "suburb", "trading_name"):
        if _has(frames, column):
            compared = cl.JaroWinklerAtThresholds(column, [0.9, 0.75])
            chosen.append(compared.configure(term_frequency_adjustments=True))
    for column in ("postcode", "website"):
        if _has(frames, column):
            chosen.append(cl.LevenshteinAtThresholds(column, [1]).configure(term_frequency_adjustments=True))
    return chosen


def _blocking(frames: Frames, large: bool) -> list[object]:
    """Choose the rules under which pairs are scored; a large set gets tighter ones."""
    rules = [
        block_on(column)
        for column in (*IDENTIFIERS, "email", "phone", "other_phone", "name", "lines", "website")
        if _has(frames, column)
    ]
    for rule in TIGHT if large else LOOSE:
        columns = [part.split("(")[-1].split(",")[0] for part in rule]
        if _has(frames, *columns):
            rules.append(block_on(*rule))
    if _has(frames, "phone", "other_phone"):
        rules += ["l.phone = r.other_phone", "l.other_phone = r.phone"]
    if _name_only(frames):
        rules.append(block_on("words", arrays_to_explode=["words"]))
    return rules


def _train(linker: Linker, frames: Frames, large: bool) -> None:
    """Estimate the prior, u and m, in this order; m under the first three rules that can be had."""
    train = linker.training
    sure = (("name",),) if _name_only(frames) else SURE
    rules = [block_on(*rule) for rule in sure if _has(frames, *rule) and (large or _meet(frames, rule))]
    if rules:
        train.estimate_probability_two_random_records_match(rules, recall=0.7)
    train.estimate_u_using_random_sampling(max_pairs=5e6 if large else 1e6, seed=1)
    trained = 0
    for column in TRAINING:
        if trained == 3 or not _has(frames, column):
            continue
        names = ("first_name", "last_name") if column == "name" and _people(frames) else (column,)
        with contextlib.suppress(EMTrainingException, SplinkException, ValueError):
            train.estimate_parameters_using_expectation_maximisation(block_on(*names), max_pairs=2e6)
            trained += 1


if __name__ == "__main__":
    run(linked)
