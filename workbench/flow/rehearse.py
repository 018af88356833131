"""Rehearsals: the same firm on twins of both systems, made from its own snapshots, on this machine only."""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Final

from pydantic import BaseModel

from workbench.domain.records import Entry
from workbench.domain.settings import Settings
from workbench.flow.asking import ask, follow
from workbench.flow.demo import SANDBOX_SECRET, write_demo_settings
from workbench.flow.firm import Firm
from workbench.flow.processes import Processes, free_port, module
from workbench.flow.twins import write_twins

SPEED: Final = 1000.0
"""How much faster than life the twins' limits run: nobody waits for a quota that is not real."""
READY_WAIT_S: Final = 60.0
_WHERE: Final = frozenset(
    [
        "product",
        "org_claim",
        "base_url",
        "authorize_url",
        "token_url",
        "revoke_url",
        "connections_url",
        "client_id",
        "client_secret_env",
        "redirect_uri",
        "tenant_id",
        "late_commit_s",
    ]
)
"""Settings that say where a service is and how it lets us in; all others are the firm's own."""


@contextmanager
def rehearsal(firm: Firm) -> Iterator[Firm]:
    """Give a copy of a firm, its memory included, connected to twins of both systems; it is forgotten after.

    Nothing leaves the machine: the twins are two local servers in a process of their own, filled from the
    firm's last whole pull and the looks after it.

    Parameters
    ----------
    firm : Firm
        Neither its folder nor its systems are written to, save for a folder that is deleted again.

    Raises
    ------
    BadInput
        Before the first whole pull.
    Unreachable
        If the twins do not start.
    """
    with tempfile.TemporaryDirectory(prefix="rehearsal-", dir=firm.folder) as scratch:
        folder = Path(scratch)
        write_twins(firm, folder / "data")
        with Processes(folder / "logs") as processes:
            twin = _twin(firm, folder, _started(processes, folder))
            follow(twin, ask(twin, "connect", {}))
            yield twin
            twin.connections.close()


def _started(processes: Processes, folder: Path) -> dict[str, str]:
    """Start the twins and give their addresses."""
    ready = folder / "ready.json"
    options = [f"--firm={folder / 'data'}", f"--speed={SPEED}", f"--ready={ready}"]
    processes.start("sandbox", module("workbench.sandbox", *options))
    processes.wait_for_file(ready, "sandbox", READY_WAIT_S)
    return dict(json.loads(ready.read_text(encoding="utf-8")))


def _twin(firm: Firm, folder: Path, urls: dict[str, str]) -> Firm:
    """Open a copy of the firm's ledger and snapshots with settings that lead to the twins."""
    home = folder / "firm"
    write_demo_settings(home, urls["xpm"], urls["connectworks"], free_port(), SPEED)
    with (
        closing(sqlite3.connect(firm.book.path)) as ours,
        closing(sqlite3.connect(home / "ledger.sqlite")) as copy,
    ):
        ours.backup(copy)
    # Kept answers are never changed, so a second name is enough; what is new goes into the copy alone.
    shutil.copytree(firm.snapshots.folder, home / "snapshots", copy_function=_second_name)
    os.environ.setdefault("WORKBENCH_SANDBOX_SECRET", SANDBOX_SECRET)
    twin = Firm(home, show=_visit, identity=firm.identity)
    twin.hold(_led_elsewhere(firm.settings, twin.settings))
    twin.served = False
    waiting = [
        Entry("ended", {"request_id": r.request_id, "ok": False}) for r in twin.state().open_requests()
    ]
    twin.append(waiting)  # what was asked of the real systems is none of the twins' business
    return twin


def _led_elsewhere(ours: Settings, theirs: Settings) -> Settings:
    """Give the firm's own settings with the other's addresses and sign-in."""

    def part(mine: BaseModel, other: BaseModel) -> BaseModel:
        where = {name: getattr(other, name) for name in type(mine).model_fields if name in _WHERE}
        return mine.model_copy(update=where)

    return ours.model_copy(
        update={
            "xpm": part(ours.xpm, theirs.xpm),
            "connectworks": part(ours.connectworks, theirs.connectworks),
            "access": theirs.access,
            "vault": theirs.vault,
            "sandbox_speed": theirs.sandbox_speed,
        }
    )


def _second_name(source: str, target: str) -> None:
    try:
        os.link(source, target)
    except OSError:  # another disk, or one that knows no second names
        shutil.copy2(source, target)


def _visit(address: str) -> None:
    subprocess.Popen(module("workbench.sandbox.visitor", address), stdout=subprocess.DEVNULL)
