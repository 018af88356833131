"""The judge itself: it is silent about a calm push, and speaks up about each kind of wrong."""

from __future__ import annotations

import ast
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from oracle import judge
from rig import Rig


def _first(log: list[dict[str, Any]], **wanted: Any) -> dict[str, Any]:
    return next(e for e in log if e["changed"] and all(e[name] == value for name, value in wanted.items()))


def test_the_oracle_notices_every_kind_of_wrong(make_rig: Callable[..., Rig]) -> None:
    """Each tampering with log, dump or ledger is named; without it there is nothing to say."""
    rig = make_rig(4)
    rig.push()
    log, dumps, ledger = rig.log(), rig.dumps(), rig.folder / "ledger.sqlite"
    assert judge(ledger, log, dumps) == []

    write = _first(log, server="xpm", method="PUT")
    again = {**write, "seq": 10_000, "request_id": "another"}
    doubled = "; ".join(judge(ledger, [*log, again], dumps))
    assert "no fresh look" in doubled
    assert "2 requests and only 1 seals" in doubled
    assert "changed 2 times by requests, done 1 times" in doubled

    lost = "; ".join(judge(ledger, [e for e in log if e is not write], dumps))
    assert "changed 0 times by requests, done 1 times" in lost
    assert "1 answers and only 0 requests" in lost

    looks = [e for e in log if e["method"] == "GET" and e["resource"] == write["resource"]]
    assert "no fresh look" in "; ".join(judge(ledger, [e for e in log if e not in looks], dumps))

    dumps["xpm"]["client"][write["resource"]]["email"] = "else@kauri.example"
    assert "the server holds another value" in "; ".join(judge(ledger, log, dumps))


@pytest.mark.parametrize(("field", "outcome"), [("primary_phone", "stale"), ("website", "done")])
def test_an_edit_between_look_and_write_is_kept(
    make_rig: Callable[..., Rig], field: str, outcome: str
) -> None:
    """Where the service knows versions, even an edit in the last moment stays; the same field's is told."""
    rig = make_rig(3)
    edits = {"primary_phone": "09 555 7777", "website": "edited.kauri.example"}
    rig.sandbox.edit_after("connectworks", "look", "cw_000001", {field: edits[field]})
    rig.push()
    ended = [
        c.outcome
        for c in rig.firm.state().operations.values()
        if (c.operation.side, c.operation.resource_id) == ("connectworks", "cw_000001")
    ]
    assert ended == [outcome]
    assert rig.dumps()["connectworks"]["clients"]["cw_000001"][field] == edits[field]
    assert rig.complaints() == []


def test_the_oracle_imports_nothing_of_the_package() -> None:
    """Whoever judges does not lean on what is judged: it reads files and logs with the standard library."""
    tree = ast.parse((Path(__file__).parent / "oracle.py").read_text(encoding="utf-8"))
    modules = {node.module for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    modules |= {alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names}
    assert {str(name).split(".")[0] for name in modules} <= sys.stdlib_module_names
