"""Deciding on differences, without any widget: what is shown, what is chosen, what may be chosen."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from typing import Any, Final

import numpy as np
import pandas as pd

from workbench.domain.errors import BadInput
from workbench.domain.fields import BY_NAME, PUSHABLE, SIDE_LABELS, SIDES
from workbench.domain.frames import Clients
from workbench.domain.settings import BY_RULE
from workbench.domain.swaps import SWAPS, other_half
from workbench.domain.warnings import LOST, NONE_SEEN, bar, come_up, lock
from workbench.review.choices import Choices, Decide
from workbench.review.desk import Choice
from workbench.review.marked import passes, present
from workbench.review.parties import parties_of, reaches_of, texts_of
from workbench.review.rows import (
    DECIDED,
    LOOK_ONLY,
    MOVED,
    OPEN,
    SAME,
    Bulk,
    Filters,
    Key,
    Party,
    Row,
)
from workbench.review.values import ERASES, erases

Signed = Callable[[tuple[str, str]], tuple[str, str]]
Coded = tuple[dict[Any, int], np.ndarray]
"""The distinct values of a column, each with its number, and the number at each place."""
_CODED: Final = ("link_id", "field", "kind", "pattern")
_ALIKE: Final = ("same", "cosmetic")
_STATES: Final = (OPEN, DECIDED, MOVED, SAME, LOOK_ONLY)
_CODE: Final = {state: code for code, state in enumerate(_STATES)}
_CHOSE: Final = {
    "to_xpm": "chose >>",
    "to_connectworks": "chose <<",
    "leave": "left it as it was",
    "ask": "had the client asked",
}
_WAYS: Final = ("to_xpm", "to_connectworks")
_COLUMNS: Final = (
    "link_id",
    "connectworks_id",
    "xpm_id",
    "contact_id",
    "field",
    "connectworks",
    "xpm",
    "kind",
    "richer",
    "slip",
    "pattern",
    "warnings",
    "suggestion",
    "reason",
)


class ReviewModel:
    """The choices over a frame of differences.

    Parameters
    ----------
    decide : callable
        Makes choices durable; called with (choices, how, the links looked at before) and may raise
        WorkbenchError.
    signed : callable, optional
        Says by whom a choice was made, and on what day, from (by, at) as it was written down.
    """

    def __init__(self, decide: Decide, signed: Signed = lambda by_at: ("Somebody", "")) -> None:
        self.choices = Choices(decide)
        self._signed = signed
        self._columns: dict[str, list[Any]] = {c: [] for c in _COLUMNS}
        self._at: dict[Key, int] = {}
        self._parties: dict[str, Party] = {}
        self._reaches: dict[str, tuple[str, ...]] = {}
        self._asking: dict[Key, str] = {}
        self._loads = 0
        self._marked: tuple[int, dict[str, list[str]]] = (-1, {})  # for the load it was listed at
        self._keys = np.zeros(0, dtype=object)
        self._coded = {name: _coded([]) for name in _CODED}
        self._bare = np.zeros(0, dtype=np.uint8)
        self._states = self._bare  # as _bare, with the choices; brought up to date by _now
        self._suggested = self._swapped = self._lost = np.zeros(0, dtype=bool)
        self._folded: dict[int, str] = {}
        self._judged = self._bare.astype(np.int8)

    @property
    def version(self) -> int:
        """A number that grows whenever anything here changes."""
        return self._loads + self.choices.version

    # --- what is known -------------------------------------------------------------------------------

    def load(self, differences: pd.DataFrame, clients: Clients | None) -> None:
        """Take a frame of differences in, with the clients whose names and partners it needs."""
        self._columns = {c: texts_of(differences, c) for c in _COLUMNS}
        keys = list(zip(self._columns["link_id"], self._columns["field"], strict=True))
        self._keys = np.fromiter(keys, dtype=object, count=len(keys))
        self._at = {key: i for i, key in enumerate(keys)}
        self._coded = {name: _coded(self._columns[name]) for name in _CODED}
        self._parties = parties_of(self._columns, clients)
        self._reaches = reaches_of(self._columns, clients)
        self._asking = {k: d for k, d in self._asking.items() if k in self._at}
        self._bare = self._without_choices()
        self._states = self._bare.copy()
        self._swapped = np.asarray([slip in SWAPS for slip in self._columns["slip"]], dtype=bool)
        self._suggested = np.asarray([each is not None for each in self._columns["suggestion"]], dtype=bool)
        why = frozenset(LOST.values())
        self._lost = np.asarray([reason in why for reason in self._columns["reason"]], dtype=bool)
        self._folded, self._judged = {}, np.full(len(keys), -1, dtype=np.int8)
        self.choices.take_changed()
        self._restate(self.choices)
        self._loads += 1

    def __len__(self) -> int:
        return len(self._at)

    def party(self, link_id: str) -> Party:
        """Say whose link it is."""
        return self._parties[link_id]

    def values_of(self, what: str) -> list[str]:
        """List what there is to filter by: ``field`` or ``kind``."""
        there = self._coded[what][0]
        return [f for f in BY_NAME if f in there] if what == "field" else sorted(filter(None, there))

    def marks(self) -> dict[str, list[str]]:
        """List by what clients can be told apart."""
        if self._marked[0] != self._loads:
            self._marked = (self._loads, present(p.marks for p in self._parties.values()))
        return self._marked[1]

    def state(self, key: Key) -> str:
        """Say where a difference stands: open, decided, moved (changed since decided), same, look_only."""
        return _STATES[self._now()[self._at[key]]]

    def _now(self) -> np.ndarray:
        """Give where each difference stands, as a place in `_STATES`; only what changed is looked at anew."""
        self._restate(self.choices.take_changed())
        return self._states

    def _restate(self, keys: Iterable[Key]) -> None:
        for key in keys:
            if (i := self._at.get(key)) is not None:
                self._states[i] = self._with_choice(i, self.choices.get(key))

    def _with_choice(self, i: int, choice: Choice | None) -> int:
        if choice is None:
            return int(self._bare[i])
        seen = (choice.connectworks or None, choice.xpm or None)
        now = (self._columns["connectworks"][i] or None, self._columns["xpm"][i] or None)
        if seen == now and not self._unseen(i, choice):
            return _CODE[DECIDED]
        return _CODE[MOVED] if self._bare[i] == _CODE[OPEN] else int(self._bare[i])

    def _unseen(self, i: int, choice: Choice) -> str:
        """Give the warnings that nobody knew who chose to send a value on."""
        if choice.direction not in _WAYS or choice.warnings is None:
            return ""
        return come_up(choice.warnings, self._told(self._keys[i], "warnings"))

    def _without_choices(self) -> np.ndarray:
        """Say where each difference stands as long as nobody chose anything."""
        judged: dict[Any, int] = {}
        found = np.empty(len(self._at), dtype=np.uint8)
        told = zip(*(self._columns[name] for name in ("field", "kind", "warnings", "slip")), strict=True)
        for i, alike in enumerate(told):
            field, kind, _, slip = alike
            if slip is None and alike in judged:  # of a swap both halves count
                found[i] = judged[alike]
                continue
            open_or_not = OPEN if self._sendable((self._columns["link_id"][i], field)) else LOOK_ONLY
            found[i] = judged[alike] = _CODE[SAME if kind in _ALIKE else open_or_not]
        return found

    def _sendable(self, key: Key) -> bool:
        """Tell whether a difference can be decided here: one of the two ways must be open."""
        kind = self._columns["kind"][self._at[key]]
        if key[1] not in PUSHABLE or kind == "not_comparable":
            return False
        warnings = self._told(key, "warnings")
        told = kind != "bad" or "unfit_in_" in warnings
        return told and any(bar(way, warnings) is None for way in _WAYS)

    def together(self, key: Key) -> tuple[Key, ...]:
        """Give the differences that are decided as one: both halves of a swap, else the one alone."""
        slip = self._columns["slip"][self._at[key]]
        if slip not in SWAPS:
            return (key,)
        half = (key[0], other_half(key[1], slip) or "")
        both = half in self._at and self._columns["slip"][self._at[half]] == slip
        return (key, half) if both else (key,)

    def _all_halves(self, keys: Iterable[Key]) -> list[Key]:
        """Complete swaps; each difference once."""
        return list(dict.fromkeys(half for key in keys for half in self.together(key)))

    def _told(self, key: Key, name: str) -> Any:
        """Say what a swap's halves tell together: all warnings, and only a suggestion that both share."""
        told = [self._columns[name][self._at[half]] for half in self.together(key)]
        if name == "warnings":
            codes = (code for text in told for code in (text or "").split("; ") if code)
            return "; ".join(dict.fromkeys(codes))
        return told[0] if len(set(told)) == 1 else None

    def row(self, key: Key) -> Row:
        """Give one difference as it stands, with the other half of a swap."""
        return replace(self._row(key), half=next(map(self._row, self.together(key)[1:]), None))

    def _row(self, key: Key) -> Row:
        i = self._at[key]
        column = {name: values[i] for name, values in self._columns.items()}
        state = self.state(key)
        chosen = self.choices.get(key)
        choice = chosen if state == DECIDED else None
        return Row(
            link_id=key[0],
            field=key[1],
            connectworks=column["connectworks"],
            xpm=column["xpm"],
            kind=column["kind"] or "different",
            slip=column["slip"],
            richer=column["richer"],
            warnings=self._told(key, "warnings"),
            suggestion=self._told(key, "suggestion"),
            reason=column["reason"],
            state=state,
            direction=choice.direction if choice else None,
            erases=bool(choice and choice.erases),
            asking=self._asking.get(key),
            note=choice.note if choice else "",
            reaches=self._reaches.get(key[0], ()),
            lapsed=self._lapsed(i, chosen) if chosen and state == MOVED else "",
        )

    def _lapsed(self, i: int, choice: Choice) -> str:
        """Say who chose what when and why, and what has happened since."""
        who, when = self._signed(self.choices.signed(self._keys[i]))
        note = f": “{choice.note}”" if choice.note else ""
        chose = f"{who} {_CHOSE[choice.direction or 'leave']}{f' on {when}' if when else ''}{note}"
        now = {side: self._columns[side][i] or None for side in SIDES}
        moved = [SIDE_LABELS[side] for side in SIDES if now[side] != (getattr(choice, side) or None)]
        since = (
            [f"{' and '.join(moved)} {'have' if len(moved) > 1 else 'has'} changed since"] if moved else []
        )
        since += ["a warning has come up since"] if self._unseen(i, choice) else []
        return f"{chose}; {', and '.join(since)}."

    def rows_of(self, link_id: str) -> list[Row]:
        """Give all differences of one link, in the field table's order."""
        return [self.row((link_id, field)) for field in BY_NAME if (link_id, field) in self._at]

    def present(self, keys: Iterable[Key]) -> list[Key]:
        """Keep those that are still there."""
        return [key for key in keys if key in self._at]

    def ruled(self, rule: str) -> list[Key]:
        """Give the differences that wait for a decision and for which a rule suggests something."""
        begins = f"{BY_RULE}{rule}."
        told = zip(self._at.items(), self._columns["reason"], self._columns["suggestion"], strict=True)
        keys = [key for (key, _), reason, wanted in told if wanted and (reason or "").startswith(begins)]
        return self.waiting(keys)

    def waiting(self, keys: Iterable[Key]) -> list[Key]:
        """Keep those that are there and wait for a decision."""
        there = self.places(keys)
        return self.at(there[_waits(self._now()[there])])

    def links_at(self, places: np.ndarray) -> np.ndarray:
        """Give for those that stand at these places a number for the link of each."""
        return self._coded["link_id"][1][places]

    def count_waiting(self, places: np.ndarray) -> int:
        """Count how many of those that stand at these places wait for a decision."""
        return int(_waits(self._now()[places]).sum())

    def places(self, keys: Iterable[Key]) -> np.ndarray:
        """Give where those that are there stand in the frame; it holds until the next one is loaded."""
        return np.fromiter((self._at[key] for key in keys if key in self._at), dtype=np.intp)

    def tally(self, places: np.ndarray, judge: Callable[[Key], int]) -> tuple[int, int, np.ndarray]:
        """Count how many of some differences wait and how many are decided, and judge those that wait.

        Parameters
        ----------
        places : array
            As `places` gave them.
        judge : callable
            Gives a number from 0 to 127 for a difference; asked once as long as no value changes.
        """
        states = self._now()[places]
        waiting = places[_waits(states)]
        for i in waiting[self._judged[waiting] < 0]:
            self._judged[i] = judge(self._keys[i])
        return len(waiting), int((states == _CODE[DECIDED]).sum()), self._judged[waiting]

    def alone(self, key: Key) -> tuple[str | None, str | None, str] | None:
        """Give both values and the warnings of a difference that is decided by itself; None for a swap's."""
        i = self._at[key]
        if self._columns["slip"][i] in SWAPS:
            return None
        return self._columns["connectworks"][i], self._columns["xpm"][i], self._columns["warnings"][i] or ""

    def grouped(self, keys: Iterable[Key]) -> dict[str, list[Key]]:
        """Give the differences of each pattern, a swap as one; what belongs to none is left away."""
        there, led = self.places(keys), set[Key]()
        for key in self._keys[there[self._swapped[there]]]:
            led.update(self.together(key)[1:] if key not in led else ())
        there = there[~np.isin(there, self.places(led))]
        if not len(there):
            return {}
        names, codes = self._coded["pattern"]
        found = codes[there]
        in_groups = there[np.argsort(found, kind="stable")]
        ends = np.cumsum(np.bincount(found, minlength=len(names)))
        parts = zip(names, np.split(in_groups, ends[:-1]), strict=True)
        return {name: list(self._keys[part]) for name, part in parts if name is not None and len(part)}

    # --- what is shown -------------------------------------------------------------------------------

    def shown(self, filters: Filters, theirs: frozenset[str] | None = None) -> list[Key]:
        """Give the differences that pass the filters, clients kept together, in the frame's order.

        `theirs` are the links that are looked at; by default all.
        """
        return self.at(self.passing(filters, theirs))

    def at(self, places: np.ndarray) -> list[Key]:
        """Give the differences that stand at these places of the frame."""
        return list(self._keys[places])

    def passing(self, filters: Filters, theirs: frozenset[str] | None = None) -> np.ndarray:
        """Give where those that `shown` gives stand in the frame; it holds until the next one is loaded."""
        wanted = filters.text.casefold().strip()
        keep = np.ones(len(self._at), dtype=bool)
        for name in ("field", "kind"):
            value = getattr(filters, name)
            if value:
                codes, places = self._coded[name]
                keep &= places == codes.get(value, -1)
        if filters.marks or theirs is not None:
            links, places = self._coded["link_id"]
            parties = (self._parties[link] for link in links)
            good = [
                (theirs is None or p.link_id in theirs) and passes(p.marks, filters.marks) for p in parties
            ]
            keep &= np.asarray(good, dtype=bool)[places]
        passing = np.flatnonzero(keep & self._showing(filters.show))
        return passing[[self._holds(i, wanted) for i in passing.tolist()]] if wanted else passing

    def _showing(self, show: str) -> np.ndarray:
        states = self._now()
        if show == "everything":
            return np.ones(len(states), dtype=bool)
        if show == "open":
            return _waits(states)
        if show in ("decided", "left alone"):
            shown = states == _CODE[DECIDED]
            for i in np.flatnonzero(shown):
                left = self.choices[self._keys[i]].direction == "leave"
                shown[i] = left == (show == "left alone")
            return shown
        return states == _CODE[{"same": SAME, "look only": LOOK_ONLY}[show]]

    def _holds(self, i: int, wanted: str) -> bool:
        if i not in self._folded:
            key = self._keys[i]
            party = self._parties[key[0]]
            texts = [party.name, party.other_name]
            if not BY_NAME[key[1]].masked:
                texts += [self._columns["connectworks"][i] or "", self._columns["xpm"][i] or ""]
            self._folded[i] = "\0".join(texts).casefold()
        return wanted in self._folded[i]

    def asked(self) -> int:
        """Count the differences about which the client is to be asked."""
        return sum(self.state(key) == DECIDED for key in self.present(self.choices.asked))

    def lost(self) -> int:
        """Count what waits though nobody can tell which side moved, for what was agreed is lost."""
        return int((_waits(self._now()) & self._lost).sum())

    def counts(self, among: frozenset[str] | None = None) -> dict[str, int]:
        """Count what there is to decide: ``open``, ``decided``, ``all`` (both) and ``suggested`` (open).

        `among` are the links that count; by default all.
        """
        states, suggested = self._now(), self._suggested
        if among is not None:
            links, places = self._coded["link_id"]
            counted = np.asarray([link in among for link in links], dtype=bool)[places]
            states, suggested = states[counted], suggested[counted]
        waiting = _waits(states)
        told = {
            "open": int(waiting.sum()),
            "decided": int((states == _CODE[DECIDED]).sum()),
            "suggested": int((waiting & suggested).sum()),
        }
        return {**told, "all": told["open"] + told["decided"]}

    # --- what is chosen ------------------------------------------------------------------------------

    def set(self, key: Key, direction: str | None, seen: str, *, second: bool = False) -> None:
        """Choose a direction for one difference, or take the choice back with None.

        Parameters
        ----------
        key : (link_id, field)
            Which difference.
        direction : str or None
            ``to_xpm``, ``to_connectworks``, ``leave`` or None.
        seen : str
            What stood for its two values when it was shown (`Row.seen`).
        second : bool
            Whether this is the second act that lets a blank erase a value.

        Raises
        ------
        BadInput
            If the values changed since they were shown, or the field cannot be sent.
        """
        row = self._row_seen(key, seen)
        if direction is not None and row.state == LOOK_ONLY:
            raise BadInput(
                f"{BY_NAME[key[1]].label} cannot be sent from here.", "Change it in the system itself."
            )
        why = bar(direction or "", row.warnings)
        if why:
            raise BadInput(why, "Choose the other way, or change it in the system itself.")
        if direction and not second and row.second_act(direction):
            self._asking[key] = direction
            return
        self._asking.pop(key, None)
        self.choices.keep([self._choice(half, direction, second) for half in row.halves], "tick")

    def annotate(self, key: Key, note: str, seen: str) -> None:
        """Say why a difference was decided as it was; kept with the choice.

        Raises
        ------
        BadInput
            If the values changed since they were shown, or nothing is decided here.
        """
        row = self._row_seen(key, seen)
        if row.state != DECIDED:
            raise BadInput("Nothing is decided here.", "Choose first, then say why.")
        keys = ((one.link_id, one.field) for one in row.halves)
        self.choices.keep([replace(self.choices[key], note=note) for key in keys], "tick")

    def dismiss(self, key: Key) -> None:
        """Take the question about erasing back."""
        self._asking.pop(key, None)

    def bulk(self, keys: Iterable[Key], direction: str) -> Bulk:
        """Say what choosing one direction (or ``suggested``) for all of these would do.

        What would erase a value, what carries a grave warning and what is damaged is left out, and so is what
        is decided already.
        """
        chosen: list[tuple[Row, str]] = []
        erasing = warned = damaged = unsuggested = 0
        for key in self._all_halves(keys):
            row = self.row(key)
            wanted = row.suggestion if direction == "suggested" else direction
            unfit = row.kind == "bad" or bar(wanted or "", row.warnings) is not None
            damaged += unfit
            if unfit or row.state not in (OPEN, MOVED):
                continue
            if wanted not in ("to_xpm", "to_connectworks", "leave", "ask"):
                unsuggested += 1
            elif held := row.held_back(wanted):
                erasing += held.startswith(ERASES)
                warned += not held.startswith(ERASES)
            else:
                chosen.append((row, wanted))
        return Bulk(
            tuple((row.link_id, row.field) for row, _ in chosen),
            tuple(wanted for _, wanted in chosen),
            tuple(row.seen for row, _ in chosen),
            erasing,
            warned,
            damaged,
            unsuggested,
        )

    def accept(self, bulk: Bulk, how: str = "bulk", looked_at: Sequence[str] = ()) -> int:
        """Make a bulk act's choices; gives how many. What changed since it was asked about is left out."""
        asked = zip(bulk.keys, bulk.directions, bulk.seen, strict=True)
        rows = [(self.row(key), way, seen) for key, way, seen in asked if key in self._at]
        still = {(row.link_id, row.field) for row, _, seen in rows if row.seen == seen}
        whole = [
            (row, way) for row, way, _ in rows if still.issuperset(self.together((row.link_id, row.field)))
        ]
        choices = [self._choice(row, way, False) for row, way in whole]
        self.choices.keep(choices, how, looked_at)
        return len(choices)

    def decide_pattern(
        self, keys: Iterable[Key], direction: str, looked_at: Sequence[str], note: str = ""
    ) -> int:
        """Choose one direction for differences of one kind, each by itself; gives how many.

        What needs a second act is among them only because it was ticked in by itself.

        Parameters
        ----------
        keys : iterable of (link_id, field)
            Which differences.
        direction : str
            ``to_xpm``, ``to_connectworks``, ``leave`` or ``ask``.
        looked_at : sequence of str
            The links that were on the screen before.
        note : str
            Why, kept with each.
        """
        rows = [self.row(key) for key in self._all_halves(keys)]
        choices = [replace(self._choice(row, direction, True), note=note) for row in rows]
        self.choices.keep(choices, "pattern", looked_at)
        return len(rows)

    def _row_seen(self, key: Key, seen: str) -> Row:
        row = self.row(key) if key in self._at else None
        if row is None or row.seen != seen:
            raise BadInput(
                "This value changed while you looked at it; nothing was ticked.",
                "Look at both values again.",
            )
        return row

    @staticmethod
    def _choice(row: Row, direction: Any, second: bool) -> Choice:
        erase = second and erases(row.field, direction, *row.values) is not None
        unlock = second and lock(direction, row.warnings) is not None
        warned = row.warnings or NONE_SEEN
        return Choice(row.link_id, row.field, direction, *row.values, erase, unlock, warnings=warned)


def _coded(column: list[Any]) -> Coded:
    codes: dict[Any, int] = {}
    places = np.fromiter((codes.setdefault(v, len(codes)) for v in column), dtype=np.intp, count=len(column))
    return codes, places


def _waits(states: np.ndarray) -> np.ndarray:
    return (states == _CODE[OPEN]) | (states == _CODE[MOVED])
