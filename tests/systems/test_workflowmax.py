"""WorkflowMax by BlueRock in the place of XPM: chosen in the settings, then pulled and written like it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from httpx import Client

import workbench as wb
from workbench.domain.errors import BadSettings, SignInNeeded
from workbench.domain.settings import read_settings
from workbench.flow.asking import ask, follow
from workbench.flow.firm import Firm
from workbench.systems import workflowmax

_ELSEWHERE = """
[xpm]
product = "workflowmax"
base_url = "{xpm}/workflowmax"
authorize_url = "{xpm}/workflowmax/oauth/authorize"
token_url = "{xpm}/workflowmax/oauth/token"
client_id = "workbench-sandbox-workflowmax"
client_secret_env = "WORKBENCH_SANDBOX_SECRET"
redirect_uri = "http://localhost:{port}/workflowmax"
late_commit_s = 0.3
"""


@pytest.fixture
def folder(small_firm: Any) -> Path:
    """Give the small firm with WorkflowMax in XPM's place."""
    path = small_firm.folder / "firm.toml"
    text = path.read_text(encoding="utf-8")
    port = text.split('redirect_uri = "http://localhost:')[1].split("/")[0]
    before = text.split("[xpm]")[0]
    path.write_text(before + _ELSEWHERE.format(xpm=small_firm.sandbox.xpm_url, port=port), encoding="utf-8")
    return small_firm.folder


def test_a_firm_on_workflowmax_pulls_and_pushes(
    folder: Path, small_firm: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Choosing it is all: sign-in with the secret in the body, pages, links, a push, an undo."""
    monkeypatch.setattr(workflowmax, "_PAGE", 10)
    bench = wb.open(folder)
    clients = bench.pull()
    assert len(clients.xpm) == 28
    assert not clients.incomplete
    assert clients.xpm["tax_number"].isna().all()
    asked = [e["path"] for e in small_firm.sandbox.log("xpm") if e["path"].endswith("client.api/list")]
    assert len(asked) == 3
    assert all(path.startswith("/workflowmax/") for path in asked)
    differences = bench.compare()
    chosen = differences[(differences["field"] == "email") & (differences["kind"] == "different")].head(2)
    bench.decide(chosen, "to_xpm")
    run = bench.push(wb.plan(bench.compare(), bench.decisions))
    assert list(run.outcomes["outcome"]) == ["done", "done"]
    kept = small_firm.sandbox.dump("xpm")["client"]
    assert {kept[i]["email"] for i in chosen["xpm_id"]} == set(chosen["connectworks"])
    assert list(bench.push(wb.undo(run)).outcomes["outcome"]) == ["done", "done"]


def test_the_account_is_named_by_the_token(folder: Path, small_firm: Any) -> None:
    """The header carries the token's own account; another one is turned away; a withdrawn sign-in is told."""
    firm = Firm(folder)
    follow(firm, ask(firm, "connect", {}))
    consent = firm.connections.consent["xpm"]
    system = firm.connections.system["xpm"]
    assert system.name == "WorkflowMax"
    assert system.tenant().id == "1f2e3d4c-5b6a-4789-8a0b-1c2d3e4f5a6c"
    headers = {"Authorization": f"Bearer {consent.access_token()}"}
    with Client(base_url=f"{small_firm.sandbox.xpm_url}/workflowmax/", headers=headers) as http:
        assert http.get("client.api/list").status_code == 403
        assert http.get("client.api/list", headers={"account_id": "another"}).status_code == 403
        whole = http.get("client.api/list", headers={"account_id": system.tenant().id, "Accept": "text/xml"})
        assert b"<TotalRecords>28</TotalRecords>" in whole.content
        assert b"TaxNumber" not in whole.content
        refused = http.post("oauth/token", data={"grant_type": "refresh_token"}, auth=("workbench", "secret"))
        assert (refused.status_code, refused.json()) == (401, {"error": "invalid_client"})
    small_firm.sandbox.revoke("xpm")
    with pytest.raises(SignInNeeded):
        list(system.pull())


def test_the_original_is_retired() -> None:
    """Whoever points at the WorkflowMax of old reads that it is no more, and what took its place."""
    start = '[firm]\nname = "F"\n[connectworks]\naccess = "files"\n[xpm]\nclient_id = "c"\n'
    for old in ("https://api.workflowmax.com/", "https://api.xero.com/workflowmax/3.0"):
        with pytest.raises(BadSettings, match=r"retired by Xero in 2024.*WorkflowMax by BlueRock"):
            read_settings(f'{start}base_url = "{old}"\n')
    settings = read_settings(f'{start}product = "workflowmax"\n')
    assert str(settings.xpm.token_url) == "https://oauth.workflowmax2.com/oauth/token"
