"""When a run stops by itself and asks whether it should go on."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from itertools import takewhile
from typing import Final

from workbench.domain.errors import ServiceError
from workbench.domain.fields import SIDE_LABELS, label_of
from workbench.reconcile.state import Carried

MOST_REFUSALS_IN_A_ROW: Final = 3
MOST_REFUSED_SHARE: Final = 0.05
FEWEST_REFUSALS: Final = 1
"""So many refusals are no pattern yet, however small the run: one bad row hurts one row. Of a run of twenty,
one is a twentieth, and the second pauses it; of a run of three the second does, too."""


class RunPaused(ServiceError):
    """A run stopped before its end; pushing the same plan again carries on."""


def pause_if_off(carried: Sequence[Carried], planned: int, accepted: Collection[str] = ()) -> None:
    """Stop a run when a write did harm to other fields, or when too much of it is refused.

    Parameters
    ----------
    carried : sequence of Carried
        What has ended since somebody asked for the run, in order of its end.
    planned : int
        How many operations the run has in all.
    accepted : collection of str
        Fields whose harm somebody was told of before asking for the run again.

    Raises
    ------
    RunPaused
        With what happened, and what to do before it is asked for again.
    """
    for each in carried:
        if not set(each.besides) <= set(accepted):
            raise _paused_by_harm(each)
    failed = [each.outcome in ("refused", "gave_up") for each in carried]
    in_a_row = sum(1 for _ in takewhile(bool, reversed(failed)))
    if in_a_row >= MOST_REFUSALS_IN_A_ROW:
        raise _paused_by_refusals(carried[-1], f"{in_a_row} changes in a row", planned)
    if in_a_row and sum(failed) > max(FEWEST_REFUSALS, MOST_REFUSED_SHARE * planned):
        raise _paused_by_refusals(carried[-1], f"{sum(failed)} changes", planned)


def _paused_by_harm(carried: Carried) -> RunPaused:
    label, fields = SIDE_LABELS[carried.operation.side], ", ".join(map(label_of, carried.besides))
    return RunPaused(
        f"{label} also changed {fields} of this client, which nobody asked for; the run stopped.",
        "Look at the client in both systems: perhaps somebody edited it at that moment. Undo of this run "
        "puts back what was written and, where they can be written, these values too. Push again only if the "
        "rest may be harmed likewise.",
    )


def _paused_by_refusals(last: Carried, how_many: str, planned: int) -> RunPaused:
    label = SIDE_LABELS[last.operation.side]
    return RunPaused(
        f"{label} did not take {how_many} of {planned}; the run stopped. Should it go on?",
        "Read the reasons in History; to carry on with the rest, push again.",
    )
