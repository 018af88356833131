"""The command that tortures for as long as one likes."""

from __future__ import annotations

import pytest

from workbench.domain.records import Operation, Plan
from workbench.reconcile.brakes import cost_of
from workbench.torture import Round, _doubled, _unlike, torture


def _round(**changes: object) -> Round:
    calm = {"seed": 1, "operations": 4, "faults": 9, "kills": 2, "done": 4, "lost": 0, "doubled": 0}
    return Round(**{**calm, "verifies": True, "seconds": 1.0, **changes})  # type: ignore[arg-type]


def test_a_round_survives_only_without_any_fault_of_ours() -> None:
    """One change that is not done, lost or doubled, or a broken chain, and the round has failed."""
    assert _round().survived
    for changes in ({"done": 3}, {"lost": 1}, {"doubled": 1}, {"verifies": False}):
        assert not _round(**changes).survived


def test_what_is_lost_or_doubled_is_counted() -> None:
    """A record that holds something else than after a calm push counts, whatever its stamps say."""

    def held(email: str, stamp: str) -> dict[str, dict[str, dict[str, dict[str, str]]]]:
        record = {"email": email, "updated_at": stamp}
        return {"xpm": {"client": {"x1": record}}, "connectworks": {"clients": {}}}

    assert _unlike(held("a@kauri.example", "1"), held("a@kauri.example", "2")) == 0
    assert _unlike(held("a@kauri.example", "1"), held("b@kauri.example", "1")) == 1
    operation = Operation("xpm", "client", "x1", "x1", {"email": "a"}, {"email": "b"}, (1,), "ann")
    plan = Plan((operation,), cost_of((operation,)))
    change = {"server": "xpm", "resource": "x1", "changed": ["email"]}
    assert _doubled([change, {**change, "changed": []}], plan) == 0
    assert _doubled([change, change], plan) == 1


@pytest.mark.long
@pytest.mark.timeout(900)
def test_a_round_of_torture_is_survived() -> None:
    """The demo firm, 30 % faults, its worker killed up to six times."""
    (only,) = torture(seed=5, minutes=0)
    assert only.survived, only
    assert only.kills
    assert only.faults
