"""A rehearsal shows how a push would end, and touches nothing."""

from __future__ import annotations

from collections.abc import Callable

from rig import Rig, without_stamps

import workbench as wb


def test_a_rehearsal_ends_as_the_push_does_and_touches_nothing(make_rig: Callable[..., Rig]) -> None:
    """The same outcomes and the same differences left; systems, ledger and folder stay."""
    rig = make_rig(4)
    bench = wb.open(rig.folder)
    bench._firm, bench.desk = rig.firm, rig.desk
    plan = rig.desk.plan()
    before, entries, held = rig.dumps(), rig.firm.book.head().seq, sorted(rig.folder.iterdir())
    asked = len(rig.log())

    rehearsed = bench.rehearse(plan)
    assert set(rehearsed.run.outcomes["outcome"]) == {"done"}
    assert len(rehearsed.run.outcomes) == len(plan.operations)
    assert without_stamps(rig.dumps()) == without_stamps(before)
    assert (rig.firm.book.head().seq, sorted(rig.folder.iterdir())) == (entries, held)
    assert len(rig.log()) == asked, "the real systems were not even looked at"

    bench.push(plan, plan.words)
    columns = ["link_id", "field", "kind", "connectworks", "xpm"]
    real = bench.compare()[columns].sort_values(columns[:2], ignore_index=True)
    shown = rehearsed.differences[columns].sort_values(columns[:2], ignore_index=True)
    assert real.equals(shown)
