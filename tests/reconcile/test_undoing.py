"""Random runs, taken back: what a plan and its undo leave is what stood before."""

from __future__ import annotations

import os
import random
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from workbench.domain.records import Facts, Operation, Quota
from workbench.reconcile.state import Carried
from workbench.reconcile.undoing import undo

SHORT, LONG = 150, int(os.environ.get("WORKBENCH_RUNS", "1000"))
FIELDS = ("email", "website", "primary_phone")
VALUES = (None, "one", "two", "three")
ABLE, UNABLE = frozenset({"write_fields", "clear_fields"}), frozenset({"write_fields"})

Records = dict[tuple[str, str], dict[str, str | None]]


def _run(records: Records, chance: random.Random, number: int) -> list[Carried]:
    """Write some fields of some records, each as one write; some are refused."""
    carried = []
    for at, ((side, id), record) in enumerate(sorted(records.items())):
        names = chance.sample(FIELDS, chance.randint(0, len(FIELDS)))
        before = {name: record[name] for name in names}
        after = {name: chance.choice([v for v in VALUES if v != record[name]]) for name in names}
        if side == "connectworks":  # which cannot empty: nothing is planned there that would
            after = {name: value or "filled" for name, value in after.items()}
        operation = Operation(side, "client", id, id, before, after, (number * 100 + at,))  # type: ignore[arg-type]
        outcome = chance.choice(["done", "done", "done", "refused"])
        if names:
            carried.append(
                Carried(f"{number}-{at}", operation, f"r{number}", (id,), outcome, seq=number * 100 + at)
            )
        if names and outcome == "done":
            record.update(after)
    return carried


def _hold(seed: int) -> None:
    chance = random.Random(seed)
    keys = [("xpm", f"x{n}") for n in range(3)] + [("connectworks", f"c{n}") for n in range(3)]
    records: Records = {key: {name: chance.choice(VALUES) for name in FIELDS} for key in keys}
    first = {key: dict(record) for key, record in records.items()}
    carried = [c for number in range(1, chance.randint(2, 4)) for c in _run(records, chance, number)]
    edited = {(key, name) for key in keys for name in FIELDS if chance.random() < 0.1}
    for key, name in edited:
        records[key][name] = "by hand"
    facts = Facts(9, True, {}, {"xpm": ABLE, "connectworks": UNABLE}, Quota())
    now = {(side, "client", id): dict(record) for (side, id), record in records.items()}
    plan = undo(carried, now, facts=facts)
    told = {(out.link_id, out.field, out.code) for out in plan.left_out}
    for operation in plan.operations:
        record = records[operation.side, operation.resource_id]
        assert all(record[name] == value for name, value in operation.before.items())
        record.update(operation.after)
    written = {
        (c.operation.side, c.operation.resource_id, n)
        for c in carried
        if c.outcome == "done"
        for n in c.operation.after
    }
    for side, id, name in written:
        held = records[side, id][name]
        if ((side, id), name) in edited:
            assert held == "by hand"
            assert (id, name, "stale") in told
        elif (id, name, "refused") in told:
            assert side == "connectworks"
            assert first[side, id][name] is None
        else:
            assert held == first[side, id][name]
    again = undo(carried, {(side, "client", id): dict(r) for (side, id), r in records.items()}, facts=facts)
    assert not again.operations, "what is taken back is not taken back twice"


@settings(max_examples=SHORT)
@given(st.integers(0, 2**32))
def test_random_runs_are_undone(seed: int) -> None:
    """Fields are as before; later edits stay and are told; what cannot be emptied is told as refused."""
    _hold(seed)


@pytest.mark.long
def test_a_thousand_random_runs_are_undone() -> None:
    """The same, a thousand times (WORKBENCH_RUNS says how often)."""
    for seed in range(LONG):
        _hold(seed)


def test_an_undo_is_undone() -> None:
    """Its writes are writes like any other."""
    operation = Operation("xpm", "client", "x", "x", {"email": "a"}, {"email": "b"}, (1,))
    one = Carried("o", operation, "r", ("x",), "done", seq=5)
    target: Any = ("xpm", "client", "x")
    (back,) = undo([one], {target: {"email": "b"}}).operations
    two = Carried("p", replace(back), "s", ("x",), "done", seq=9)
    (forth,) = undo([two], {target: {"email": "a"}}).operations
    assert (forth.after, forth.decisions) == ({"email": "b"}, (9,))
    assert undo([one, two], {target: {"email": "a"}}).operations == ()
