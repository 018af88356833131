"""The choices in force, and every act on them, to be taken back and done again in any number of steps."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from workbench.domain.fields import BY_NAME
from workbench.review.desk import Choice
from workbench.review.rows import Key

Decide = Callable[[Sequence[Choice], str, Sequence[str]], None]
Act = tuple[tuple[Choice, ...], tuple[Choice, ...]]
"""What stood before an act, and what it chose."""


class Choices:
    """What was chosen for which difference.

    Parameters
    ----------
    decide : callable
        Makes choices durable; called with (choices, how, the links looked at before) and may raise
        WorkbenchError.
    """

    def __init__(self, decide: Decide) -> None:
        self._decide = decide
        self._chosen: dict[Key, Choice] = {}
        self._loaded: Mapping[Key, Mapping[str, str | None]] = {}
        self._undo: list[Act] = []
        self._redo: list[Act] = []
        self._changed: set[Key] = set()
        self.asked: set[Key] = set()
        """The differences about which the client is to be asked."""
        self.version = 0
        """Grows whenever a choice changes."""

    def load(self, rows: Mapping[Key, Mapping[str, str | None]]) -> None:
        """Take the choices in force in (`workbench.review.desk.Desk.choices`); only what is new is read."""
        known, self._loaded = self._loaded, rows
        fresh = {key: _choice_of(row) for key, row in rows.items() if known.get(key) is not row}
        changed = {key for key, choice in fresh.items() if choice != self._chosen.get(key)}
        changed |= self._chosen.keys() - rows.keys()
        for key in changed:
            self._put(key, fresh.get(key))
        if changed:
            self.version += 1

    def take_changed(self) -> set[Key]:
        """Give the differences whose choice changed since this was asked last."""
        changed, self._changed = self._changed, set()
        return changed

    def get(self, key: Key) -> Choice | None:
        """Give the choice for a difference, if there is one."""
        return self._chosen.get(key)

    def signed(self, key: Key) -> tuple[str, str]:
        """Give who made the choice in force, and when, as it was written down; '' where that is not known."""
        row = self._loaded.get(key) or {}
        return row.get("by") or "", row.get("at") or ""

    def __getitem__(self, key: Key) -> Choice:
        return self._chosen[key]

    def __iter__(self) -> Iterator[Key]:
        return iter(self._chosen)

    def keep(self, choices: Sequence[Choice], how: str, looked_at: Sequence[str] = ()) -> None:
        """Make an act durable; nothing changes here if that fails."""
        before = tuple(self._before(choice) for choice in choices)
        self._commit(choices, how, looked_at)
        if choices:
            self._undo.append((before, tuple(choices)))
            self._redo.clear()

    def recall(self, acts: Sequence[Act]) -> None:
        """Take in what was done on earlier pages, the oldest first, so that it too can be taken back."""
        self._undo[:0] = acts

    def undo(self) -> int:
        """Take the last act back, save what was chosen anew since; gives how many choices changed."""
        return self._replay(self._undo, self._redo, 0, "undo")

    def redo(self) -> int:
        """Do the last act that was taken back again, save likewise; gives how many choices changed."""
        return self._replay(self._redo, self._undo, 1, "redo")

    @property
    def can_undo(self) -> bool:
        """Whether there is an act to take back."""
        return bool(self._undo)

    @property
    def can_redo(self) -> bool:
        """Whether there is an act to do again."""
        return bool(self._redo)

    def _before(self, choice: Choice) -> Choice:
        none = replace(choice, direction=None, erases=False, unlocks=False, note="")
        return self._chosen.get((choice.link_id, choice.field), none)

    def _commit(self, choices: Sequence[Choice], how: str, looked_at: Sequence[str] = ()) -> None:
        if not choices:
            return
        self._decide(choices, how, looked_at)
        self.version += 1
        for choice in choices:
            self._put((choice.link_id, choice.field), choice if choice.direction else None)

    def _put(self, key: Key, choice: Choice | None) -> None:
        self._changed.add(key)
        self._chosen.pop(key, None)
        self.asked.discard(key)
        if choice is not None:
            self._chosen[key] = choice
        if choice is not None and choice.direction == "ask":
            self.asked.add(key)

    def _replay(self, source: list[Act], target: list[Act], which: int, how: str) -> int:
        if not source:
            return 0
        act = source[-1]
        # Whatever somebody else has chosen since stays as it is.
        standing = [pair for pair in zip(*act, strict=True) if self._stands(pair[1 - which])]
        self._commit([pair[which] for pair in standing], how)
        source.pop()
        if standing:
            before, chosen = zip(*standing, strict=True)
            target.append((before, chosen))
        return len(standing)

    def _stands(self, choice: Choice) -> bool:
        return self._chosen.get((choice.link_id, choice.field)) == (choice if choice.direction else None)


def _choice_of(row: Mapping[str, Any]) -> Choice | None:
    if row["direction"] is None or row["field"] not in BY_NAME:
        return None
    return Choice.told(row)
