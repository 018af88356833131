"""Workbench as a service of a real JupyterHub."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from workbench.flow.processes import free_port

HERE = Path(__file__).parent
FIRM = """
[firm]
name = "Kauri"
[connectworks]
base_url = "https://gateway.example/v1"
client_id = "c"
[xpm]
client_id = "x"
[[access.people]]
sign_in = "ann"
"""


@pytest.fixture
def hub(tmp_path: Path) -> Iterator[tuple[str, str]]:
    """Run a Hub that starts `workbench serve` as its service; give both addresses."""
    (tmp_path / "firm").mkdir()
    (tmp_path / "firm" / "firm.toml").write_text(FIRM, encoding="utf-8")
    ports = free_port(), free_port()
    env = {
        **os.environ,
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
        "PYTHONPATH": os.pathsep.join(filter(None, (str(HERE.parents[1]), os.environ.get("PYTHONPATH")))),
        **dict(zip(("TEST_HUB_PORT", "TEST_SERVICE_PORT"), map(str, ports), strict=True)),
        "TEST_FOLDER": str(tmp_path),
    }
    command = [sys.executable, "-m", "jupyterhub", "--config", str(HERE / "hub_config.py")]
    with (tmp_path / "hub.log").open("wb") as log:
        process = subprocess.Popen(command, env=env, cwd=tmp_path, stdout=log, stderr=log)
    homes = tuple(f"http://127.0.0.1:{port}" for port in ports)
    try:
        for address in (f"{homes[0]}/hub/health", f"{homes[1]}/services/workbench/sign-in"):
            _wait_for(address, tmp_path / "hub.log")
        yield homes[0], homes[1]
    finally:
        process.terminate()
        process.wait(60)


def _wait_for(address: str, log: Path) -> None:
    until = time.monotonic() + 180
    while time.monotonic() < until:
        try:
            if httpx.get(address).status_code < 500:
                return
        except httpx.TransportError:
            pass
        time.sleep(0.3)
    raise AssertionError(f"nothing answers at {address}:\n{log.read_text(errors='replace')[-4000:]}")


def _comes_back(hub: str, service: str, client: httpx.Client, name: str) -> httpx.Response:
    """Sign in at the Hub as a person does; give what the service says when they come back."""
    asked = client.get(f"{service}/services/workbench/sign-in/begin")
    shown = _followed(hub, service, client, asked)
    found = re.search(r'name="_xsrf" value="([^"]+)"', shown.text)
    assert found, shown.text
    told = {"username": name, "password": "x", "_xsrf": found.group(1)}
    return _followed(hub, service, client, client.post(shown.url, data=told))


def _followed(hub: str, service: str, client: httpx.Client, answer: httpx.Response) -> httpx.Response:
    """Follow redirects as through the Hub's proxy: by path, either to the service or to the Hub."""
    while answer.status_code == 302:
        leads_to = httpx.URL(answer.headers["location"]).raw_path.decode()
        if leads_to == "/services/workbench/":
            break
        answer = client.get((service if leads_to.startswith("/services/workbench/") else hub) + leads_to)
    return answer


@pytest.mark.long
def test_the_hub_vouches_for_its_people(hub: tuple[str, str], tmp_path: Path) -> None:
    """Ann, whom the Hub lets use the service, is known by her Hub name; Eve and strangers stay out."""
    at, service = hub
    with httpx.Client(timeout=60) as stranger:
        sent = stranger.get(f"{service}/services/workbench/")
        assert sent.headers["location"].startswith("/services/workbench/sign-in")
    with httpx.Client(timeout=60) as eve:
        assert _comes_back(at, service, eve, "eve").status_code == 403
        assert eve.get(f"{service}/services/workbench/").status_code == 302
    with httpx.Client(timeout=60) as ann:
        _comes_back(at, service, ann, "ann")
        page = ann.get(f"{service}/services/workbench/")
        assert page.status_code == 200
        found = re.search(r'"kernelId": "([^"]+)"', page.text)
        assert found
        held = json.loads((tmp_path / "firm" / "served" / "passes" / found.group(1)).read_text())
        assert (held["subject"], held["name"]) == ("ann", "ann")
        assert held["issuer"].startswith(at)
