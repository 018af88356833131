"""Linking on Spark against linking on one machine; `make test-spark` runs it with Spark and Java 17."""

from __future__ import annotations

from collections.abc import Iterator

import pandas as pd
import pytest

from workbench.domain.errors import BadInput
from workbench.domain.frames import clients_frame
from workbench.domain.link_settings import LinkSettings
from workbench.reconcile.link import link
from workbench.reconcile.link.blocking import ALL_PAIRS_UP_TO
from workbench.sandbox.firm import Recipe, stream

pyspark = pytest.importorskip("pyspark", reason="Spark has an environment of its own: make test-spark")

# A busy machine starts Java and its workers slowly.
pytestmark = pytest.mark.timeout(900)
Sides = tuple[pd.DataFrame, pd.DataFrame]


def firm_of(size: int) -> Sides:
    """Give both sides of an invented firm."""
    rows: dict[str, list[dict[str, str]]] = {"connectworks": [], "xpm": []}
    for written in stream(Recipe(size, size, seed=7)):
        doubled = (side for _, side in (*written.doubles, *written.twins))
        for side in (*written.connectworks.values(), *written.xpm.values(), *doubled):
            rows[str(side.row["side"])].append(dict(side.row))
    return clients_frame(rows["connectworks"], "connectworks"), clients_frame(rows["xpm"], "xpm")


@pytest.fixture(scope="module")
def firm() -> Sides:
    return firm_of(2_000)


@pytest.fixture(scope="module", autouse=True)
def spark() -> Iterator[object]:
    """One session for all tests, on this machine only."""
    from workbench.reconcile.link.spark.session import session

    running = session()
    yield running
    running.stop()


def assert_same(one: pd.DataFrame, other: pd.DataFrame) -> None:
    pd.testing.assert_frame_equal(one, other, check_exact=True)
    assert one.attrs == other.attrs


def test_same_candidates_to_the_last_row(firm: Sides) -> None:
    """Spark gives the candidates of the local engine: same rows, order, types, texts and notes."""
    assert_same(link(*firm), link(*firm, engine="spark"))


def test_links_and_rejected_pairs_count_as_they_do_on_one_machine(firm: Sides) -> None:
    """Links, rejected pairs and settings do on Spark what they do on one machine."""
    found = link(*firm)
    sure = found[found["verdict"] == "link"]
    links, wrong = sure.iloc[:300], sure.iloc[300:340].copy()
    wrong["xpm_id"] = wrong["xpm_id"].to_numpy()[::-1]
    told = {
        "links": pd.concat([links, wrong])[["connectworks_id", "xpm_id"]],
        "rejected": sure.iloc[400:450][["connectworks_id", "xpm_id"]],
        "settings": LinkSettings(link_at=0.995, review_at=0.2),
    }
    here = link(*firm, **told)
    assert here["contradiction"].str.contains("linked to another").any()
    assert_same(here, link(*firm, **told, engine="spark"))


def test_few_clients_meet_all(firm: Sides) -> None:
    """Where every pair is compared on one machine, it is on Spark."""
    few = firm[0].iloc[:40], firm[1].iloc[:50]
    assert len(few[0]) * len(few[1]) <= ALL_PAIRS_UP_TO
    assert_same(link(*few), link(*few, engine="spark"))


def test_spark_frames_in_a_spark_frame_out(firm: Sides, spark: object) -> None:
    """Two Spark frames, some columns missing and rows in any order, give a Spark frame of the same rows."""
    columns = ["client_id", "entity_type", "legal_name", "email", "primary_phone", "date_of_birth"]
    here = tuple(side[columns].sample(frac=1, random_state=1) for side in firm)
    there = (spark.createDataFrame(side.astype(object).where(side.notna(), None)) for side in here)
    found = link(*there, engine="spark")
    assert isinstance(found, pyspark.sql.DataFrame)
    told, wanted = found.toPandas(), link(*here)
    assert told.astype(object).where(told.notna(), None).values.tolist() == (
        wanted.astype(object).where(wanted.notna(), None).values.tolist()
    )


def test_what_cannot_be_linked_is_refused_in_words(firm: Sides, spark: object) -> None:
    """A repeated id, and records that do not say what they are, are refused with what to do about it."""
    untyped = tuple(side.drop(columns="entity_type") for side in firm)
    with pytest.raises(BadInput, match="entity_type"):
        link(*untyped, engine="spark")
    twice = spark.createDataFrame(
        [("1", "Ann Hale", "individual")] * 2, ["client_id", "legal_name", "entity_type"]
    )
    with pytest.raises(BadInput, match="more than once"):
        link(twice, twice, engine="spark")


@pytest.mark.long
@pytest.mark.timeout(3600)
def test_same_candidates_of_a_hundred_thousand() -> None:
    """Of 100,000 clients a side, where a crowd's stricter rule holds, not one row differs."""
    firm = firm_of(100_000)
    assert_same(link(*firm), link(*firm, engine="spark"))
