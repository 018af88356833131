"""The main job as plain Python: from two systems to pushed changes, undone and audited."""

from __future__ import annotations

import json
from typing import Any

import pandas as pd
import pytest

import workbench as wb
from workbench.domain.errors import BadInput


def _contents(sandbox: Any, side: str) -> str:
    return json.dumps(sandbox.dump(side), sort_keys=True)


@pytest.fixture
def bench(sandbox_firm: Any) -> wb.Workbench:
    """Give a bench that has pulled."""
    bench = wb.open(sandbox_firm.folder)
    bench.pull()
    return bench


def _some(differences: pd.DataFrame, field: str, count: int) -> pd.DataFrame:
    """Choose differences of a field which hold a value on both sides, and nobody's but the client's own."""
    own = ~differences["warnings"].fillna("").str.contains("email_from_contact")
    chosen = differences[(differences["field"] == field) & (differences["kind"] == "different") & own]
    assert len(chosen) >= count, f"the demo firm has too few {field} differences"
    return chosen.head(count)


def test_the_main_job_from_pull_to_undo(sandbox_firm: Any, bench: wb.Workbench) -> None:
    """What was ticked, and nothing else, ends up in both systems; undo puts both back; the chain verifies."""
    before = {side: _contents(sandbox_firm.sandbox, side) for side in ("connectworks", "xpm")}
    already = len(bench.links)
    candidates = bench.candidates()
    suggested = candidates[candidates["verdict"] == "link"]
    assert len(suggested) > 300
    bench.link(suggested, how="band")
    assert len(bench.links) == already + len(suggested)

    differences = bench.compare()
    to_xpm, to_connectworks = _some(differences, "email", 2), _some(differences, "primary_phone", 2)
    bench.decide(to_xpm, "to_xpm")
    bench.decide(to_connectworks, "to_connectworks")
    fields = bench.decisions[bench.decisions["field"] != "linked_id"]
    plan = wb.plan(differences, fields)
    assert len(plan.operations) == 4

    run = bench.push(plan)
    assert run.ended
    assert set(run.outcomes["outcome"]) == {"done"}

    after = bench.compare().set_index(["link_id", "field"])
    for _, row in pd.concat([to_xpm, to_connectworks]).iterrows():
        assert after.loc[(row["link_id"], row["field"]), "kind"] == "same"
    xpm = bench.clients.xpm.set_index("client_id")
    for _, row in to_xpm.iterrows():
        assert xpm.loc[row["xpm_id"], "email"] == row["connectworks"]

    again = wb.plan(bench.compare(), bench.decisions[bench.decisions["field"] != "linked_id"])
    assert not again.operations

    undone = bench.push(wb.undo(run))
    assert set(undone.outcomes["outcome"]) == {"done"}
    for side in ("connectworks", "xpm"):
        assert _without_stamps(_contents(sandbox_firm.sandbox, side)) == _without_stamps(before[side])
    assert bench.verify().ok


def _without_stamps(dump: str) -> Any:
    """Take out what a server changes by itself at every write, and its own sign-in and bookkeeping."""

    def kept(value: Any) -> Any:
        if isinstance(value, dict):
            own = {"updated_at", "etag", "addon_refreshed_at", "updatedAt", "modified"}
            return {key: kept(each) for key, each in value.items() if key not in own}
        return [kept(each) for each in value] if isinstance(value, list) else value

    return kept(json.loads(dump))


def test_links_are_written_where_connectworks_can_keep_them(sandbox_firm: Any, bench: wb.Workbench) -> None:
    """An accepted link reaches Connectworks by a push, and parting it takes it away there."""
    pair = bench.candidates().query("verdict == 'link'").iloc[0]
    bench.link([(pair["connectworks_id"], pair["xpm_id"])])
    assert bench.links.set_index("xpm_id").loc[pair["xpm_id"], "written"] == "no"
    run = bench.push(wb.plan(bench.compare(), bench.decisions))
    assert list(run.outcomes["outcome"]) == ["done"]
    linked = bench.links.set_index("xpm_id").loc[pair["xpm_id"]]
    assert linked["written"] == "yes"
    assert pair["xpm_id"] in _contents(sandbox_firm.sandbox, "connectworks")

    bench.unlink([linked["link_id"]])
    run = bench.push(wb.plan(bench.compare(), bench.decisions))
    assert list(run.outcomes["outcome"]) == ["done"]
    record = bench.clients.connectworks.set_index("client_id").loc[pair["connectworks_id"]]
    assert pd.isna(record["linked_id"])


def test_a_record_is_never_linked_twice(bench: wb.Workbench) -> None:
    """Linking a pair again changes nothing; to link one of them elsewhere is refused by name."""
    pairs = bench.candidates().query("verdict == 'link'").head(2)
    bench.link(pairs.head(1), sample=pairs.head(1))
    bench.link(pairs.head(1), sample=pairs.head(1))
    acts = bench.audit().entries["kind"].value_counts()
    assert (acts["linked"], acts["sampled"]) == (len(bench.links), 1)
    with pytest.raises(BadInput, match="linked already"):
        bench.link([(pairs.iloc[1]["connectworks_id"], pairs.iloc[0]["xpm_id"])])
    assert pairs.iloc[1]["connectworks_id"] not in set(bench.links["connectworks_id"])


def test_somebody_elses_edit_is_never_overwritten(sandbox_firm: Any, bench: wb.Workbench) -> None:
    """A value that was edited after the decision is left as it is, and said to be stale."""
    bench.link(bench.candidates().query("verdict == 'link'"))
    chosen = _some(bench.compare(), "email", 1)
    bench.decide(chosen, "to_xpm")
    xpm_id = chosen.iloc[0]["xpm_id"]
    sandbox_firm.sandbox.edit("xpm", xpm_id, {"email": "somebody.else@kauri.example"})
    fields = bench.decisions[bench.decisions["field"] != "linked_id"]
    run = bench.push(wb.plan(bench.compare(), fields))
    assert list(run.outcomes["outcome"]) == ["stale"]
    assert bench.clients.xpm.set_index("client_id").loc[xpm_id, "email"] == "somebody.else@kauri.example"


def test_a_new_kernel_knows_everything(sandbox_firm: Any, bench: wb.Workbench) -> None:
    """Links, decisions and baseline are the same in a bench that was opened anew."""
    bench.link(bench.candidates().query("verdict == 'link'").head(50))
    differences = bench.compare()
    bench.decide(differences[differences["kind"] == "different"].head(5), "leave", note="as agreed")
    other = wb.open(sandbox_firm.folder)
    pd.testing.assert_frame_equal(other.links, bench.links)
    pd.testing.assert_frame_equal(other.decisions, bench.decisions)
    pd.testing.assert_frame_equal(other.compare(), bench.compare())


def test_why_not_answers_as_links_and_rejections_stand(bench: wb.Workbench) -> None:
    """The same pair is suggested, then rejected; another is linked, and then taken."""
    sure = bench.candidates().query("verdict == 'link'").head(2)
    (first, first_xpm), (second, second_xpm) = zip(sure["connectworks_id"], sure["xpm_id"], strict=True)
    assert bench.why_not(first, first_xpm).standing == "suggested"
    bench.reject([(first, first_xpm)])
    assert bench.why_not(first, first_xpm).standing == "rejected"
    bench.link([(second, second_xpm)])
    assert bench.why_not(second, second_xpm).standing == "linked"
    told = bench.why_not(first, second_xpm)
    assert told.standing == "linked_elsewhere"
    assert told.sentence == bench.desk.why_not(first, second_xpm).sentence
    assert "<img" in told._repr_html_()
    with pytest.raises(BadInput, match="XPM has no client with the id"):
        bench.why_not(first, second)
