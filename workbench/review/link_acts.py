"""Acts on links, to be taken back and done again in any number of steps."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from workbench.domain.errors import BadInput
from workbench.domain.frames import link_id
from workbench.review.desk import Desk
from workbench.review.words import amount

Pair = tuple[str, str]
Step = tuple[str, tuple[Pair, ...]]
"""What is done (``link``, ``unlink``, ``reject``, ``unreject``), and with which pairs."""
_DONE: Final = {
    "link": "linked",
    "unlink": "unlinked",
    "reject": "rejected",
    "unreject": "back among those to review",
}


@dataclass(frozen=True, slots=True)
class _Act:
    """Steps that were done, and those that take them back."""

    done: tuple[Step, ...]
    back: tuple[Step, ...]


class LinkActs:
    """What was done on one page.

    Parameters
    ----------
    desk : Desk
        Makes each step durable, and may refuse it: then nothing of the act is forgotten.
    """

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._undo: list[_Act] = []
        self._redo: list[_Act] = []

    @property
    def can_undo(self) -> bool:
        """Whether there is an act to take back."""
        return bool(self._undo)

    @property
    def can_redo(self) -> bool:
        """Whether there is an act to do again."""
        return bool(self._redo)

    def link(self, pairs: Sequence[Pair], how: str, sample: Sequence[Pair] = ()) -> None:
        """Join pairs; taken back, those that were rejected before are rejected again."""
        refused = self._refused(pairs)
        self._desk.link(pairs, how, sample)
        again: tuple[Step, ...] = (("reject", refused),) if refused else ()
        self._keep(("link", tuple(pairs)), ("unlink", tuple(pairs)), *again)

    def unlink(self, pair: Pair) -> None:
        """Part two clients."""
        self._desk.unlink([link_id(*pair)])
        self._keep(("unlink", (pair,)), ("link", (pair,)))

    def reject(self, pair: Pair) -> None:
        """Say that two are not the same client."""
        self._desk.reject([pair], "tick")
        self._keep(("reject", (pair,)), ("unreject", (pair,)))

    def unreject(self, pair: Pair) -> None:
        """Take a rejection back."""
        self._desk.unreject([pair])
        self._keep(("unreject", (pair,)), ("reject", (pair,)))

    def repoint(self, old: Pair, new: Pair) -> None:
        """Point a link at the record that was proposed for it."""
        self._desk.repoint([link_id(*old)])
        self._keep(("unlink", (old,)), ("unlink", (new,)), ("link", (old,)), more=(("link", (new,)),))

    def undo(self) -> str:
        """Take the last act back; say what that did."""
        act = _last(self._undo, "There is nothing to take back.")
        said = self._carry_out(act.back, "undo")
        self._redo.append(self._undo.pop())
        return said

    def redo(self) -> str:
        """Do the last act that was taken back again; say what that did."""
        act = _last(self._redo, "There is nothing to do again.")
        said = self._carry_out(act.done, "redo")
        self._undo.append(self._redo.pop())
        return said

    def _refused(self, pairs: Sequence[Pair]) -> tuple[Pair, ...]:
        rejected = self._desk.rejected()
        known = set(zip(rejected["connectworks_id"], rejected["xpm_id"], strict=True))
        return tuple(pair for pair in pairs if pair in known)

    def _keep(self, done: Step, *back: Step, more: tuple[Step, ...] = ()) -> None:
        self._undo.append(_Act((done, *more), back))
        self._redo.clear()

    def _carry_out(self, steps: Sequence[Step], how: str) -> str:
        told = []
        for what, pairs in steps:
            if what == "link":
                self._desk.link(pairs, how)
            elif what == "unlink":
                self._desk.unlink([link_id(*pair) for pair in pairs])
            elif what == "reject":
                self._desk.reject(pairs, how)
            else:
                self._desk.unreject(pairs)
            told.append(f"{amount(len(pairs), 'pair')} {_DONE[what]}")
        return f"{'; '.join(told)}."


def _last(acts: list[_Act], nothing: str) -> _Act:
    if not acts:
        raise BadInput(nothing, "Look at the list again.")
    return acts[-1]
