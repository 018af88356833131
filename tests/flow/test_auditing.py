"""An auditor's questions: what was decided and written, all about one client, whom a run touched, and SQL."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import openpyxl
import pandas as pd
import pytest
from pyarrow import parquet

import workbench as wb
from workbench.domain.errors import BadInput
from workbench.systems.spreadsheets import read_frame


@pytest.fixture
def bench(pulled: Any) -> wb.Workbench:
    """Give a bench on the pulled firm, with one email pushed and one phone left as it is."""
    bench = wb.open(pulled.folder)
    differences = bench.compare()
    emails = differences[differences["field"] == "email"].head(2)
    phones = differences[differences["field"] == "primary_phone"].head(1)
    bench.decide(emails, "to_xpm", note="=Confirmed by Ann")
    bench.decide(phones, "leave")
    pushed = bench.decisions[bench.decisions["link_id"].isin(emails["link_id"].head(1))]
    bench.push(wb.plan(differences, pushed[pushed["direction"] == "to_xpm"]))
    return bench


def test_runs_decisions_and_writes_are_frames(bench: wb.Workbench) -> None:
    """Each with who, when, before and after; narrowed by client, field, person and run."""
    audit = bench.audit()
    [run] = audit.runs.to_dict("records")
    assert (run["kind"], run["what"], run["writes"]) == ("push", "1 done", "1")
    written = audit.writes.iloc[0]
    assert (written["outcome"], written["run_id"], written["field"]) == ("done", run["run_id"], "email")
    assert written["before"].startswith("there")
    assert written["after"].startswith("here")
    chosen = audit.decisions[audit.decisions["field"] == "email"]
    assert set(chosen["note"]) == {"=Confirmed by Ann"}
    link = written["link_id"]
    assert set(bench.audit(client=link).history["link_id"]) == {link}
    assert len(bench.audit(client=link, field="email").decisions) == 1
    assert bench.audit(by="nobody").history.empty
    assert list(bench.audit(run=run["run_id"]).writes["link_id"]) == [link]
    counts = audit.timeline.groupby("kind")["count"].sum()
    assert counts["writes"] == 1
    assert counts["decisions"] == len(audit.decisions)


def test_all_about_one_client_and_all_that_a_run_touched(bench: wb.Workbench) -> None:
    """Records, values, entries, history and answers of the one; the clients of the other by name."""
    written = bench.audit().writes.iloc[0]
    held = bench.held(written["xpm_id"])
    assert {written["connectworks_id"], written["xpm_id"], written["link_id"]} == set(held.ids)
    assert set(held.records["side"]) == {"connectworks", "xpm"}
    assert {"before.email", "after.email", "email.connectworks"} <= set(held.values["name"])
    assert written["after"] in set(held.values["value"])
    assert {"linked", "decided", "planned", "concluded"} <= set(held.entries["kind"])
    assert set(held.history["link_id"].dropna()) == {written["link_id"]}
    assert {"connectworks", "xpm"} == set(held.answers["side"])
    shouted = bench.held(written["xpm_id"].upper())
    assert (shouted.ids, len(shouted.answers)) == (held.ids, len(held.answers))
    other = next(i for i in bench.links["link_id"] if i != written["link_id"])
    assert not held.entries["body"].str.contains(other).any()
    with pytest.raises(BadInput, match="Nothing is held"):
        bench.held("nobody")
    [row] = bench.touched(written["run_id"]).to_dict("records")
    assert row["name"].startswith("Kahikatea Number")
    assert (row["side"], row["how"], row["fields"], row["outcome"]) == ("xpm", "written", "email", "done")
    with pytest.raises(BadInput, match="no such run"):
        bench.touched("nothing")


def test_the_ledger_answers_sql_and_takes_none(bench: wb.Workbench) -> None:
    """History and the chain's own entries can be asked for together; nothing can be written."""
    asked = "select field, count(*) as n from decisions where field is not null group by field order by field"
    assert bench.sql(asked).to_dict("list") == {"field": ["email", "primary_phone"], "n": [2, 1]}
    chained = bench.sql("select count(*) as n from ledger.entries where kind = :kind", kind="decided")
    assert list(chained["n"]) == [3]
    head = bench.verify().head
    for words in ("delete from ledger.entries", "drop table decisions", "select nothing"):
        with pytest.raises(BadInput, match="cannot be asked"):
            bench.sql(words)
    assert bench.verify().head == head


def test_files_are_formula_safe_and_hide_what_is_hidden(bench: wb.Workbench, tmp_path: Path) -> None:
    """A note that begins as a formula does is text in every kind of file; addresses only go out unmasked."""
    names = ("runs", "decisions", "writes", "timeline")
    for ending in (".csv", ".xlsx", ".parquet"):
        files = bench.audit().save(tmp_path / "audit", ending)
        assert [path.name for path in files] == [f"{name}{ending}" for name in names]
        assert set(_read(files[1])["note"].dropna()) == {"=Confirmed by Ann"}
    assert "'=Confirmed by Ann" in (tmp_path / "audit" / "decisions.csv").read_text(encoding="utf-8-sig")
    sheet = openpyxl.load_workbook(tmp_path / "audit" / "decisions.xlsx").active
    assert {c.data_type for row in sheet for c in row if c.value == "=Confirmed by Ann"} == {"s"}
    clients = bench.clients.xpm
    bench.export(clients, tmp_path / "shown.csv")
    bench.export(clients.unmasked(), tmp_path / "whole.csv")
    assert "12 Rātā Lane" not in (tmp_path / "shown.csv").read_text(encoding="utf-8-sig")
    assert "12 Rātā Lane" in (tmp_path / "whole.csv").read_text(encoding="utf-8-sig")


def _read(path: Path) -> pd.DataFrame:
    return parquet.read_table(path).to_pandas() if path.suffix == ".parquet" else read_frame(path)
