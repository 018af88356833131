"""What the desk told, asked for once for each state of the firm's memory."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import pandas as pd

from workbench.domain.fields import SIDES, Side
from workbench.domain.frames import Clients
from workbench.domain.marks import marks_of
from workbench.domain.question import Question
from workbench.domain.records import Plan
from workbench.review.beside import CHECKING, COMPARING, Beside
from workbench.review.desk import Desk, Drafted, Happened, Proposed, Pulse, RunTold
from workbench.review.marked import Chosen, passes, present
from workbench.review.parties import texts_of
from workbench.review.words import moment

_PAIR = ("connectworks_id", "xpm_id")
_CELL = ("link_id", "field")


class Known:
    """The desk's frames as of one moment.

    Parameters
    ----------
    desk : Desk
        Whom to ask.
    candidates, differences : pandas.DataFrame, optional
        Show only these rows of the desk's candidates and differences.
    """

    def __init__(
        self,
        desk: Desk,
        candidates: pd.DataFrame | None = None,
        differences: pd.DataFrame | None = None,
    ) -> None:
        self.desk = desk
        self.pulse = Pulse(head=-1)
        self.linking = Beside(desk.candidates)
        self.checking = Beside(desk.checks, "checking", CHECKING)
        self.comparing = Beside(desk.differences, "comparing", COMPARING)
        self.beside = {work.name: work for work in (self.linking, self.checking, self.comparing)}
        """What is reckoned beside the page, by name."""
        self._kept: dict[str, Any] = {}
        self._only = {"candidates": _keys(candidates, *_PAIR), "differences": _keys(differences, *_CELL)}
        self._narrowed: dict[str, tuple[pd.DataFrame, pd.DataFrame]] = {}
        self._patterns: tuple[pd.DataFrame, pd.DataFrame] | None = None

    def moment(self, at: str | None) -> str:
        """Give a moment as people write it, in the firm's time zone."""
        return moment(at, self.desk.time_zone)

    def called(self, key: str | None) -> str:
        """Give the name of whoever did something; '' where it was nobody."""
        return self.desk.called(key) if key else ""

    def look(self) -> bool:
        """Ask for the pulse, forget what is out of date; True if anything changed."""
        pulse = self.desk.pulse()
        changed = pulse != self.pulse
        if pulse.head != self.pulse.head:
            self._kept.clear()
            for work in self.beside.values():
                work.changed()
        self.pulse = pulse
        return changed

    def _once(self, name: str, ask: Callable[[], Any]) -> Any:
        if name not in self._kept:
            self._kept[name] = ask()
        return self._kept[name]

    @property
    def clients(self) -> Clients | None:
        """Both sides' clients."""
        return self._once("clients", self.desk.clients)

    @property
    def custom_fields_cost(self) -> tuple[str, int] | None:
        """What reading custom fields would cost, in words and in calls."""
        return self._once("custom fields cost", self.desk.custom_fields_cost)

    @property
    def checks(self) -> pd.DataFrame:
        """What stands out in the data."""
        return self._once("checks", self._checks)

    def _checks(self) -> pd.DataFrame:
        self.checking.wait()
        return self.desk.checks()

    @property
    def candidates(self) -> pd.DataFrame:
        """Undecided link candidates."""
        return self._narrow("candidates", self._once("candidates", self._candidates), _PAIR)

    def _candidates(self) -> pd.DataFrame:
        self.linking.wait()
        return self.desk.candidates()

    def moved_line(self, at: float) -> pd.DataFrame:
        """Give which candidates would enter or leave the suggested ones with the line at `at`."""
        return self._once(f"moved line {at}", lambda: self.desk.moved_line(self.candidates, at))

    @property
    def links(self) -> pd.DataFrame:
        """The links."""
        return self._once("links", self.desk.links)

    @property
    def rejected(self) -> pd.DataFrame:
        """The rejected pairs."""
        return self._once("rejected", self.desk.rejected)

    @property
    def differences(self) -> pd.DataFrame:
        """The differences."""
        return self._narrow("differences", self._whole, _CELL)

    @property
    def _whole(self) -> pd.DataFrame:
        return self._once_compared("differences", self.desk.differences)

    def _once_compared(self, name: str, ask: Callable[[], Any]) -> Any:
        """Ask for what is made of the differences; where a side may have moved, these are reckoned first."""

        def made() -> Any:
            if not self.desk.at_hand("differences"):
                self.comparing.wait()
            return ask()

        return self._once(name, made)

    def _narrow(self, name: str, whole: pd.DataFrame, key: tuple[str, str]) -> pd.DataFrame:
        """Keep the wanted rows; the same frame as long as the desk gives the same frame."""
        only = self._only[name]
        if only is None:
            return whole
        if name not in self._narrowed or self._narrowed[name][0] is not whole:
            wanted = [pair in only for pair in zip(whole[key[0]], whole[key[1]], strict=True)]
            self._narrowed[name] = (whole, whole[wanted].reset_index(drop=True))
        return self._narrowed[name][1]

    @property
    def theirs(self) -> frozenset[str] | None:
        """The links of whoever looks; None where the firm does not part them."""
        return self._once("theirs", self.desk.theirs)

    @property
    def patterns(self) -> pd.DataFrame:
        """What the desk says of each pattern; asked for anew only when the differences are others."""
        whole = self._whole
        if self._patterns is None or self._patterns[0] is not whole:
            self._patterns = (whole, self.desk.patterns())
        return self._patterns[1]

    @property
    def rules(self) -> pd.DataFrame:
        """The firm's rules."""
        return self._once("rules", self.desk.rules)

    @property
    def proposed_rules(self) -> pd.DataFrame:
        """Rules that past decisions speak for."""
        return self._once("proposed rules", self.desk.proposed_rules)

    @property
    def decisions(self) -> pd.DataFrame:
        """The choices in force."""
        return self._once("decisions", self.desk.decisions)

    @property
    def choices(self) -> Mapping[tuple[str, str], Mapping[str, str | None]]:
        """The same by (link_id, field)."""
        return self._once("choices", self.desk.choices)

    @property
    def compared_at(self) -> pd.Series:
        """When each link was last compared."""
        return self._once("compared_at", self.desk.compared_at)

    def look_back(self, question: Question, offset: int, limit: int) -> Happened:
        """Give one page of what happened and fits, latest first."""
        asked = (question, offset, limit)
        return self._once(f"look back {asked}", lambda: self.desk.look_back(*asked))

    def days(self, question: Question) -> pd.DataFrame:
        """Count what happened and fits by day, person and kind, latest first."""
        return self._once(f"days {question}", lambda: self.desk.days(question))

    @property
    def runs(self) -> list[RunTold]:
        """Every push, latest first."""
        return self._once("runs", self.desk.runs)

    @property
    def bulk_acts(self) -> list[dict[str, Any]]:
        """What decided several differences at once and was written, latest first."""
        return self._once("bulk acts", lambda: rows_of(self.desk.bulk_acts()))

    def results(self, run_id: str = "") -> pd.DataFrame:
        """How the writes of a push (or of all) ended."""
        return self._once(f"results {run_id}", lambda: self.desk.results(run_id))

    def timeline(self, link_id: str, field: str) -> list[dict[str, Any]]:
        """Give what both sides of a link showed in a field, what was decided and written, latest first."""

        def told() -> list[dict[str, Any]]:
            rows = rows_of(self.desk.timeline(link_id, field))
            return [{**row, "by": self.called(row["by"])} for row in rows]

        return self._once(f"timeline {link_id} {field}", told)

    def plan(self, undoes: str | None = None) -> Plan:
        """Give the plan that the decisions make, or the one that takes a run back."""
        ask = self.desk.plan if undoes is None else lambda: self.desk.undo_plan(undoes)
        return self._once_compared(f"plan {undoes}", ask)

    @property
    def stale_links(self) -> pd.DataFrame:
        """Links that point at nobody any more."""
        return self._once("stale links", self.desk.stale_links)

    @property
    def unmatched(self) -> pd.DataFrame:
        """Clients without a counterpart."""
        return self._once("unmatched", self._unmatched)

    def _unmatched(self) -> pd.DataFrame:
        self.linking.wait()  # who might be whose counterpart is needed for it
        return self.desk.unmatched()

    def draft(self, side: Side, source_id: str) -> Drafted:
        """Give the record that a client would get on a side."""
        return self._once(f"draft {side} {source_id}", lambda: self.desk.draft(side, source_id))

    def handover_plan(self) -> Plan:
        """Give what the decisions ask of a side whose connection cannot write."""
        return self._once_compared("handover plan", self.desk.handover_plan)

    @property
    def handed_over(self) -> pd.DataFrame:
        """Every value that was handed over, and how it stands."""
        return self._once("handed over", self.desk.handed_over)

    def sendable(self, undoes: str | None = None) -> Plan:
        """Give what of the plan may be pushed now."""
        return self._once_compared(f"sendable {undoes}", lambda: self.desk.sendable(undoes))

    def proposals(self, undoes: str | None = None) -> list[Proposed]:
        """Give every write of the plan, and where it stands on its way through approval."""
        return self._once_compared(f"proposals {undoes}", lambda: self.desk.proposals(undoes))

    @property
    def undoes_proposed(self) -> list[str]:
        """The pushes for whose taking back somebody's yes is asked."""
        return self._once("undoes proposed", self.desk.undoes_proposed)

    @property
    def cards(self) -> dict[tuple[str, str], dict[str, Any]]:
        """Each client's row by side and id; a missing value is None."""
        return self._once("cards", self._cards)

    def _cards(self) -> dict[tuple[str, str], dict[str, Any]]:
        clients = self.clients
        if clients is None:
            return {}
        return {(side, row["client_id"]): row for side in SIDES for row in rows_of(clients.side(side))}

    @property
    def marks(self) -> dict[str, list[str]]:
        """By what clients can be told apart."""
        return self._once("marks", lambda: present(marks_of(card) for card in self.cards.values()))

    def passes(self, chosen: Chosen, connectworks_id: str | None, xpm_id: str | None = None) -> bool:
        """Tell whether a client, by its records on either side, has the marks that are filtered by."""
        ids = zip(SIDES, (connectworks_id, xpm_id), strict=True)
        cards = (self.cards.get((side, client)) for side, client in ids if client)
        return not chosen or passes(marks_of(*cards), chosen)

    def name(self, side: str, client_id: str) -> str:
        """Give a client's name."""
        card = self.cards.get((side, client_id)) or {}
        return card.get("legal_name") or "Client without a name"


def _keys(frame: pd.DataFrame | None, one: str, other: str) -> set[tuple[str, str]] | None:
    return None if frame is None else set(zip(frame[one], frame[other], strict=True))


def rows_of(frame: pd.DataFrame) -> list[dict[str, Any]]:
    """Give a frame's rows as plain mappings, what is missing as None."""
    names, columns = [str(name) for name in frame.columns], [texts_of(frame, c) for c in frame.columns]
    return [dict(zip(names, row, strict=True)) for row in zip(*columns, strict=True)]
