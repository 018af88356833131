"""A person's acts on the screen as the ledger holds them, so that they can be taken back after a reload."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final, NamedTuple

from workbench.domain.fields import SIDES
from workbench.domain.records import Event
from workbench.reconcile.state import State

WAYS: Final = ("tick", "bulk", "rule", "pattern", "redo")
"""The ways of deciding that an undo on the screen takes back."""
_Key = tuple[str, str]
_Said = tuple[str | None, ...]


class Step(NamedTuple):
    """One choice of an act, and the choice that stood before it; None where none did."""

    chosen: Event
    before: Event | None


def past_acts(state: State, person: str) -> list[tuple[Step, ...]]:
    """Give the acts of a person that can still be taken back one after the other, the oldest first.

    Parameters
    ----------
    state : State
        As the ledger has it.
    person : str
        Whose acts.

    Returns
    -------
    list of tuple of Step
        An act has those of its choices only that stand once the acts after it are taken back: what somebody
        else chose since, and what was written, stays.
    """
    stands = {
        key: _said(row["direction"], row["connectworks"], row["xpm"]) for key, row in state.choices.items()
    }
    found = []
    for act in reversed(_not_undone(state, person)):
        steps = tuple(step for step in act if stands.get(_key(step.chosen), _NOTHING) == _of(step.chosen))
        stands.update({_key(step.chosen): _of(step.before) for step in steps})
        if steps:
            found.append(steps)
    return found[::-1]


_NOTHING: Final[_Said] = (None,)


def _not_undone(state: State, person: str) -> list[tuple[Step, ...]]:
    """List a person's acts in order, without those that were taken back."""
    acts: list[tuple[Step, ...]] = []
    for steps in _acts(state, person):
        if steps[0].chosen.body["how"] in WAYS:
            acts.append(steps)
            continue
        keys = {_key(step.chosen) for step in steps}
        back = (n for n in reversed(range(len(acts))) if keys <= {_key(step.chosen) for step in acts[n]})
        if (last := next(back, None)) is not None:
            del acts[last]
    return acts


def _acts(state: State, person: str) -> Iterable[tuple[Step, ...]]:
    """Gather what a person chose and took back on the screen, act by act."""
    latest: dict[_Key, Event] = {}
    acts: dict[str, list[Step]] = {}
    for _, event in sorted(state.decided.items()):
        before = latest.get(_key(event))
        latest[_key(event)] = event
        if event.by == person and event.body.get("act") and event.body.get("how") in (*WAYS, "undo"):
            # A choice is bound to both values seen: of others, an earlier one says nothing.
            bound = before is not None and _seen(before) == _seen(event) and _of(before) != _NOTHING
            acts.setdefault(event.body["act"], []).append(Step(event, before if bound else None))
    return map(tuple, acts.values())


def _key(event: Event) -> _Key:
    return event.body["link_id"], event.body["field"]


def _seen(event: Event) -> _Said:
    return tuple(event.private.get(side) for side in SIDES)


def _of(event: Event | None) -> _Said:
    return _NOTHING if event is None else _said(event.body.get("direction"), *_seen(event))


def _said(direction: str | None, *seen: str | None) -> _Said:
    return (direction, *seen) if direction else _NOTHING
