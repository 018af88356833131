"""What differs, by which rules it is suggested, and what was decided."""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import takewhile
from typing import Any, Final

import pandas as pd

from workbench.desk.standing import Standing, sampled
from workbench.domain.errors import BadInput
from workbench.domain.fields import CONNECTWORKS, SIDES, XPM, field_named
from workbench.domain.frames import DIFFERENCES, Clients, frame_of
from workbench.domain.progress import Hearers, Tell, between, nobody
from workbench.domain.records import Entry, Event
from workbench.flow.firm import Firm
from workbench.flow.freshness import baselined, not_left, remember_comparison, remember_rules
from workbench.flow.rulebook import adopt, drop, rules_standing
from workbench.flow.sightings import movements
from workbench.reconcile.compare import compare
from workbench.reconcile.past_acts import Step, past_acts
from workbench.reconcile.patterns import patterns
from workbench.reconcile.questions import questions
from workbench.reconcile.rules import propose
from workbench.reconcile.state import NEVER, Cells, State
from workbench.review.desk import Choice
from workbench.systems.spreadsheets import frame_bytes

DATED: Final = 0.2
"""Which share of comparing it is, roughly, to find out when values moved."""
BULK = ("bulk", "pattern", "rule")
"""The ways of deciding on many at once: whether a sample was looked at before is written down either way."""


class Comparing(Standing):
    """What differs, by which rules it is suggested, and what was decided."""

    _grouped: tuple[pd.DataFrame, pd.DataFrame] | None = None
    _shown: tuple[tuple[Any, ...], dict[tuple[str, str], Cells], pd.DataFrame] | None = None
    _shown_for: tuple[Any, ...] = ()

    def __init__(self, firm: Firm) -> None:
        super().__init__(firm)
        self._comparing = Hearers()

    def differences(self, tell: Tell = nobody) -> pd.DataFrame:
        """Give the differences of all links as they stand; what is equal becomes the baseline.

        `tell` hears how far that is.
        """
        clients = self.clients()
        if clients is None:
            return frame_of((), DIFFERENCES)
        state = self._firm.state()
        with self._comparing.hearing(tell):
            key, found = self._differences(clients, state)
        self._once("remembered", key, lambda: self._remember(found))
        return found

    def differences_shown(self, tell: Tell = nobody) -> pd.DataFrame:
        """Give the differences as a page shows them: compared anew only where a side may have moved.

        What was found equal or was left as it is since then is agreed as both sides stand: nothing but the
        agreed pair itself would be another one, and whoever decides need not wait for that. `tell` hears how
        far comparing is.
        """
        state = self._firm.state()
        if self._shown is not None and self._is_settled(state):
            key, _, frame = self._shown
            if key == self._standing_key(state):
                if not _may_be_taken_back(state.agreed):
                    self._shown = (key, state.agreed, frame)
                return frame
        frame = self.differences(tell)
        self._shown, self._shown_for = (self._standing_key(state), state.agreed, frame), self._read_for(state)
        return frame

    def at_hand(self, what: str) -> bool:
        """Tell whether something was reckoned before; differences, whether they still stand."""
        if what != "differences" or self._shown is None:
            return super().at_hand(what)
        state = self._firm.state()
        return self._shown_for == self._read_for(state) and self._is_settled(state)

    def _is_settled(self, state: State) -> bool:
        agreed = self._shown[1] if self._shown else {}
        return _version(agreed) == _version(state.agreed) or _only_settled(agreed, state.agreed)

    def _read_for(self, state: State) -> tuple[Any, ...]:
        """Stand for what is compared without reading it: pulls, what was looked at since, links, rules."""
        return self._pulls_key(), state.looked, *self._memory_key(state)

    def _differences(self, clients: Clients, state: State) -> tuple[Any, pd.DataFrame]:
        key = (self._standing_key(state), _version(state.agreed))
        return key, self._once("differences", key, lambda: self._compared(clients, state))

    def _standing_key(self, state: State) -> tuple[Any, ...]:
        return self._clients_key(), tuple(state.returned.items()), *self._memory_key(state)

    def _memory_key(self, state: State) -> tuple[Any, ...]:
        """Stand for links and rules, and for what was deleted: an agreed pair may be lost by that."""
        return _version(state.linked), self._firm.comparing, self._firm.began

    def _compared(self, clients: Clients, state: State) -> pd.DataFrame:
        tell = self._comparing.tell
        tell(0.0)  # who has asked to stop while another one compared begins nothing
        moved = movements(self._firm, clients, state)
        tell(DATED)
        return compare(
            clients,
            state.links(),
            state.baseline(),
            moved=moved,
            flips=state.flips(),
            settings=self._firm.comparing,
            tell=between(tell, DATED, 1.0),
        )

    def _remember(self, differences: pd.DataFrame) -> None:
        remember_rules(self._firm)
        remember_comparison(self._firm, differences)

    def patterns(self) -> pd.DataFrame:
        """Give the differences grouped by their kind of change (`workbench.reconcile.patterns`)."""
        return self.patterns_of(self.differences())

    def patterns_of(self, differences: pd.DataFrame) -> pd.DataFrame:
        """Group some of them; only once, as long as it is the same frame."""
        known = self._grouped
        if known is None or known[0] is not differences:
            known = self._grouped = (differences, patterns(differences))
        return known[1]

    def rules(self) -> pd.DataFrame:
        """Give the firm's rules, each with who wrote it when (`workbench.reconcile.rules.RULES`)."""
        return rules_standing(self._firm)

    def proposed_rules(self) -> pd.DataFrame:
        """Give rules that past decisions speak for; nothing is applied."""
        clients, state = self.pulled_clients(), self._firm.state()
        return propose(state.choices_made(), clients, state.links(), self._firm.comparing.rules)

    def adopt_rule(self, rule: Mapping[str, str | None]) -> None:
        """Write a proposed rule into the firm's settings; from now on it suggests."""
        adopt(self._firm, rule)

    def drop_rule(self, rule: str) -> None:
        """Take a rule, named by its words, out of the settings; from now on it suggests nothing."""
        drop(self._firm, rule)

    def decide(self, choices: Sequence[Choice], how: str, note: str = "", sample: Sequence[str] = ()) -> None:
        """Keep choices, all or none; `sample` are the links that were looked at before a bulk act."""
        act = uuid.uuid4().hex

        def entries(state: State) -> list[Entry]:
            for choice in choices:
                field_named(choice.field)
            if any(choice.link_id not in state.linked for choice in choices):
                raise BadInput("These two are not linked any more.", "Look at the differences again.")
            linked = state.linked
            chosen = [
                e
                for choice in choices
                for e in _chosen(choice, linked[choice.link_id], how, note, act, state)
            ]
            shown = sampled(act, sample, {choice.link_id for choice in choices}, len(choices))
            return [*chosen, *([shown] if choices and (sample or how in BULK) else [])]

        self._firm.decide(entries)

    def past_acts(self) -> Sequence[tuple[tuple[Choice, ...], tuple[Choice, ...]]]:
        """Give what this person did on earlier pages and can take back, the oldest first."""
        acts = past_acts(self._firm.state(), self.person)
        return [(tuple(map(_before, act)), tuple(_choice(step.chosen) for step in act)) for act in acts]

    def questions(self, decisions: pd.DataFrame | None = None) -> pd.DataFrame:
        """Give what clients are to be asked by all decisions in force, or by these; a row for each."""
        asked = self.decisions() if decisions is None else decisions
        return questions(asked, self.pulled_clients(), self.links())

    def questions_file(self) -> bytes:
        """Give the same as a spreadsheet (XLSX) in which no cell acts as a formula."""
        return frame_bytes(self.questions(), ".xlsx")


def _version(rows: dict[Any, Cells]) -> tuple[int, str | None]:
    """Tell links and baselines apart without looking at every row: what is new or other stands at the end."""
    last = next(reversed(rows), None)
    return len(rows), None if last is None else rows[last]["seq"]


def _only_settled(before: dict[tuple[str, str], Cells], now: dict[tuple[str, str], Cells]) -> bool:
    """Tell whether all that is agreed since was found equal or left, so that no side has moved from it.

    What is agreed last stands last, so that only the end is looked at.
    """
    last_first = (
        (before.get(key), now[key])
        for key in takewhile(lambda key: before.get(key) is not now[key], reversed(now))
    )
    return len(now) >= len(before) and all(
        row["why"] in ("equal", "leave") or _as_agreed(was, row) for was, row in last_first
    )


def _as_agreed(was: Cells | None, now: Cells) -> bool:
    """Tell whether what a leave had set aside counts again as it counted before."""
    if was is None:
        return now["why"] == NEVER
    return was["why"] != "leave" and all(was[name] == now[name] for name in (*SIDES, "at"))


def _may_be_taken_back(agreed: dict[tuple[str, str], Cells]) -> bool:
    """Tell whether what was agreed last was left as it is, or no longer is."""
    last = next(reversed(agreed.values()), None)
    return last is not None and last["why"] not in ("equal", "verified")


def _choice(event: Event) -> Choice:
    """Give a choice as it was written down."""
    return Choice.told({**event.body, **event.private})


def _before(step: Step) -> Choice:
    """Give what stood before a choice: another one, or none."""
    if step.before is not None:
        return _choice(step.before)
    return replace(_choice(step.chosen), direction=None, erases=False, unlocks=False, note="")


def _chosen(
    choice: Choice, link: Mapping[str, str | None], how: str, note: str, act: str, state: State
) -> Iterator[Entry]:
    """Write a choice down; leaving two values as they are makes them the agreed pair, while it stands."""
    body = {
        "link_id": choice.link_id,
        "connectworks_id": link["connectworks_id"],
        "xpm_id": link["xpm_id"],
        "field": choice.field,
        "direction": choice.direction,
        "how": how,
        "erases": choice.erases,
        "unlocks": choice.unlocks,
        "act": act,
    }
    seen = {CONNECTWORKS: choice.connectworks, XPM: choice.xpm}
    yield Entry(
        "decided",
        body,
        {**seen, "note": choice.note or note or None, "warnings": choice.warnings},
        choice.link_id,
    )
    if choice.direction == "leave":
        yield baselined(choice.link_id, {choice.field: seen}, "leave")
    elif (restored := not_left(state, choice.link_id, choice.field, seen)) is not None:
        yield restored
