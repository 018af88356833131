"""A page's kernel can obtain no token, and is told no secret."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import Any

import pytest

from workbench.domain.serving import ServeSettings
from workbench.door.serving import serving

SECRETS = {
    "WORKBENCH_PASSPHRASE": "passphrase of the file vault",
    "CONNECTWORKS_CLIENT_SECRET": "secret of the application",
    "WORKBENCH_SANDBOX_SECRET": "secret of the sandbox",
    "JUPYTER_TOKEN": "token of another server",
}

EVERY_WAY = """
import json, sys
from pathlib import Path
from workbench.domain.errors import NotAllowedHere
from workbench.domain.fields import SIDES
from workbench.flow.firm import Firm
from workbench.systems.vault import FileVault, KeyringVault, MemoryVault, open_vault

folder = Path(sys.argv[1])
firm = Firm(folder)
assert firm.served
ways = {
    "memory": MemoryVault,
    "keyring": lambda: KeyringVault("workbench"),
    "file": lambda: FileVault(folder / "vault.json", "a passphrase"),
    "vault": lambda: open_vault(firm.settings, folder).get("xpm"),
    "put": lambda: open_vault(firm.settings, folder).put("xpm", "a token"),
}
for side in SIDES:
    consent, system = firm.connections.consent[side], firm.connections.system[side]
    ways |= {
        f"{side} token": consent.access_token,
        f"{side} begin": consent.begin,
        f"{side} listen": lambda consent=consent: consent.listen(print, 1.0),
        f"{side} signed in": consent.signed_in,
        f"{side} person": consent.person,
        f"{side} disconnect": consent.disconnect,
        f"{side} tenant": system.tenant,
        f"{side} look": lambda system=system: system.look("cw_000001"),
        f"{side} pull": lambda system=system: list(system.pull()),
    }
told = {}
for name, way in ways.items():
    try:
        told[name] = f"gave {way()!r}"
    except NotAllowedHere:
        told[name] = "NotAllowedHere"
    except Exception as error:
        told[name] = repr(error)
print(json.dumps(told))
print(len(firm.clients().xpm))
"""


@pytest.fixture
def kernel(pulled: Any, monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """Give the very environment that the dashboard's kernels inherit, of a process that knows all secrets."""
    for name, secret in SECRETS.items():
        monkeypatch.setenv(name, secret)
    return dict(serving(pulled.folder, 8866, ServeSettings()).env)


def test_no_way_leads_to_a_token(pulled: Any, kernel: dict[str, str]) -> None:
    """Vaults, sign-ins and both systems refuse a kernel; nothing is sent; what was kept can be read."""
    calls = {side: len(pulled.sandbox.log(side)) for side in ("xpm", "connectworks")}
    command = [sys.executable, "-c", EVERY_WAY, str(pulled.folder)]
    ended = subprocess.run(command, env=kernel, capture_output=True, text=True, timeout=60, check=True)
    told, clients = ended.stdout.splitlines()[-2:]
    assert {name: how for name, how in json.loads(told).items() if how != "NotAllowedHere"} == {}
    assert len(json.loads(told)) == 23
    assert clients == "28"
    assert {side: len(pulled.sandbox.log(side)) for side in calls} == calls


def test_kernels_are_told_no_secret(kernel: dict[str, str]) -> None:
    """Neither a secret's name nor its value is in a kernel's environment."""
    assert not SECRETS.keys() & kernel.keys()
    assert not set(SECRETS.values()) & set(kernel.values())
    assert kernel["WORKBENCH_SERVED"] == "1"
