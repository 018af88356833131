"""Bytes of secrets and of people are searched in everything that is written outside their own place."""

from __future__ import annotations

import json
import logging
import os
import sqlite3
import traceback
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from workbench.domain.errors import WorkbenchError
from workbench.sandbox.visitor import allow

PASSPHRASE = "a long enough phrase for a test"
SECRETS_OF_PEOPLE = (b"012-345-678", b"012345678", b"123456782", "Rātā Lane".encode(), b"Kauri Road")
"""Tax numbers and addresses of the small firm: at home in snapshots and beside the ledger's chain only."""


def _chain(folder: Path) -> bytes:
    """Give what the ledger chains, and how far work is."""
    with sqlite3.connect(folder / "ledger.sqlite") as ledger:
        rows = [ledger.execute(f"select * from {name}").fetchall() for name in ("entries", "progress")]
    return repr(rows).encode()


def test_neither_token_nor_person_is_where_it_should_not_be(
    house: Any, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str], caplog: Any
) -> None:
    """After sign-in, pull, push, refresh, a withdrawn consent and a disconnect: 0 hits outside the vault.

    Searched: every file of the firm's folder, packed ones unpacked too, what was printed and logged at the
    most talkative level, the environment, and the traceback of a failure.
    """
    monkeypatch.setenv("WORKBENCH_PASSPHRASE", PASSPHRASE)
    house.set("vault =", 'vault = "file"')
    caplog.set_level(logging.DEBUG)
    codes: set[str] = set()

    def visit(address: str) -> None:
        codes.update(parse_qs(urlsplit(allow(address)).query).get("code", ()))
        codes.update(parse_qs(urlsplit(address).query)["state"])

    house.visit = visit
    house.do("pull")
    vault = house.firm.connections.consent["xpm"]._vault
    secrets = set()

    def plant() -> None:
        for side in ("xpm", "connectworks"):
            kept = json.loads(vault.get(side))
            secrets.update(str(kept[name]) for name in ("access", "refresh", "previous") if kept[name])

    plant()
    house.sandbox.expire("xpm")
    house.decide(house.differing("email", 0, 2), "to_xpm")
    house.push()
    house.do("check")
    plant()
    house.sandbox.revoke("xpm")
    with pytest.raises(WorkbenchError) as failed:
        house.do("pull")
    told = "".join(traceback.format_exception(failed.value))
    house.do("disconnect")
    assert len(secrets) >= 5  # of both sides, and of a refresh
    assert codes
    needles = [each.encode() for each in (*secrets, *codes, PASSPHRASE, "sandbox-secret")]

    printed = "".join(capfd.readouterr())
    given = ("WORKBENCH_PASSPHRASE", "WORKBENCH_SANDBOX_SECRET")  # by the administrator
    environment = {name: value for name, value in os.environ.items() if name not in given}
    elsewhere = {
        "printed": printed.encode(),
        "logged": caplog.text.encode(),
        "environment": repr(environment).encode(),
        "traceback": told.encode(),
    }
    everything = [*house.kept(), *elsewhere.items()]
    hits = [(where, n) for where, body in everything for n, needle in enumerate(needles) if needle in body]
    assert hits == [], "a secret was written down"

    outside = [(w, b) for w, b in everything if not w.startswith(("snapshots", "ledger.sqlite"))]
    outside.append(("the chain", _chain(house.folder)))
    people = [(where, needle) for where, body in outside for needle in SECRETS_OF_PEOPLE if needle in body]
    assert people == [], "somebody's value was written where it does not belong"
