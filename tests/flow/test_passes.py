"""A kernel learns who looks from the server alone, and the ledger calls everybody by that."""

from __future__ import annotations

import os
import stat
from pathlib import Path
from typing import Any

import pytest

from workbench.domain.errors import NotAllowedHere
from workbench.domain.people import THIS_MACHINE, Identity
from workbench.domain.records import Entry
from workbench.flow.firm import Firm
from workbench.flow.passes import leave_pass, somebody_waits, whoever_looks, withdraw_pass

ANN = Identity("5e1f-0001", "Ann Lee", "ann@kauri.example", "https://id.example")
KERNEL = "0a0a0a0a-1b1b-2c2c-3d3d-4e4e4e4e4e4e"


@pytest.fixture
def kernel(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Be a page's kernel; give the folder of passes."""
    folder = tmp_path / "passes"
    for name, value in (
        ("WORKBENCH_SERVED", "1"),
        ("WORKBENCH_PASSES", str(folder)),
        ("VOILA_KERNEL_ID", KERNEL),
    ):
        monkeypatch.setenv(name, value)
    return folder


def test_a_warm_kernel_learns_who_came_when_they_come(kernel: Path) -> None:
    """Before anybody came nobody is looked for elsewhere; afterwards it is exactly whom the server let in."""
    with pytest.raises(NotAllowedHere):
        whoever_looks()
    leave_pass(kernel, "another-kernel", Identity("2", "Bob", "", "https://id.example"))
    assert not somebody_waits()
    with pytest.raises(NotAllowedHere):
        whoever_looks()
    leave_pass(kernel, KERNEL, ANN)
    assert whoever_looks() == ANN and somebody_waits()
    withdraw_pass(kernel, KERNEL)
    with pytest.raises(NotAllowedHere):
        whoever_looks()


def test_the_environment_can_claim_nobody(kernel: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither a name in the environment nor a forwarded header's variable makes a visitor."""
    monkeypatch.setenv("WORKBENCH_PERSON", "mallory")
    monkeypatch.setenv("HTTP_X_FORWARDED_USER", "mallory")
    with pytest.raises(NotAllowedHere):
        whoever_looks()


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such modes; the folder is the account's own")
def test_passes_are_for_the_servers_account_only(kernel: Path) -> None:
    """Other accounts of the machine can neither read nor write a pass."""
    leave_pass(kernel, KERNEL, ANN)
    assert stat.S_IMODE(kernel.stat().st_mode) == 0o700
    assert stat.S_IMODE((kernel / KERNEL).stat().st_mode) == 0o600


def test_acts_are_recorded_under_whoever_looks(small_firm: Any, kernel: Path) -> None:
    """A firm that was opened before anybody came records acts under the one who came; until then none."""
    firm = Firm(small_firm.folder)
    act = Entry("stop_asked", {"request_id": "none"})
    with pytest.raises(NotAllowedHere):
        firm.append([act])
    leave_pass(kernel, KERNEL, ANN)
    firm.append([act])
    told = [(event.kind, event.by) for event in firm.book.events()]
    assert told == [("visited", "ann@kauri.example"), ("stop_asked", "ann@kauri.example")]
    assert firm.identity.name == "Ann Lee"


def test_on_ones_own_machine_it_is_the_account(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without a server the account on this machine is who looks."""
    monkeypatch.delenv("WORKBENCH_SERVED", raising=False)
    monkeypatch.setenv("WORKBENCH_PERSON", "kiri")
    assert whoever_looks() == Identity("kiri", "kiri", "", THIS_MACHINE)
