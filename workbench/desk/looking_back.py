"""What happened: by client, field, person and run."""

from __future__ import annotations

from collections import Counter

import pandas as pd

from workbench.desk.standing import Standing
from workbench.domain.discreet import discreet, masked
from workbench.domain.fields import SIDES
from workbench.domain.frames import LINKS
from workbench.domain.question import EVERYTHING, Question
from workbench.domain.records import Entry
from workbench.flow.sightings import seen_cells
from workbench.reconcile.lookback import Row, as_history, by_day, fitting, results
from workbench.reconcile.state import RunSoFar, State
from workbench.reconcile.timeline import timeline
from workbench.reconcile.undoing import acts
from workbench.review.desk import Happened, RunTold
from workbench.systems.spreadsheets import frame_bytes


class LookingBack(Standing):
    """What happened: by client, field, person and run."""

    def history(self, limit: int = 500) -> pd.DataFrame:
        """Give what happened, latest first, with clients by their names."""
        return as_history(self._firm.state().told[: -limit - 1 : -1], self.names())

    def look_back(
        self,
        question: Question = EVERYTHING,
        offset: int = 0,
        limit: int = 50,
        *,
        among: frozenset[tuple[str, str]] | None = None,
    ) -> Happened:
        """Give one page of all that ever happened and fits the question, latest first.

        `among` are the records (side, client_id) of which alone it may tell; by default of all.
        """
        state, names = self._firm.state(), self.names()
        rows = self._fitting(question, among)
        people = self._once(
            "people", state.seq, lambda: sorted({str(r["by"]) for r in state.told if r.get("by")})
        )
        return Happened(as_history(rows[offset : offset + limit], names), len(rows), tuple(people))

    def _fitting(self, question: Question, among: frozenset[tuple[str, str]] | None) -> list[Row]:
        state, names = self._firm.state(), self.names()
        key = (state.seq, self._clients_key(), question, among)
        return self._once("look back", key, lambda: _of(fitting(state.told, names, question), among))

    def days(
        self, question: Question = EVERYTHING, *, among: frozenset[tuple[str, str]] | None = None
    ) -> pd.DataFrame:
        """Count what happened and fits the question by day, person and kind; latest first."""
        return by_day(self._fitting(question, among), self.time_zone)

    def history_file(
        self,
        question: Question,
        ending: str,
        *,
        show_hidden: bool = False,
        among: frozenset[tuple[str, str]] | None = None,
    ) -> bytes:
        """Give all that happened and fits the question as a file, safe to open in a spreadsheet program.

        Parameters
        ----------
        question : Question
            What is asked for.
        ending : str
            ``.csv``, ``.xlsx`` or ``.parquet``.
        show_hidden : bool
            Whether addresses, birth dates and tax numbers stand in it.
        among
            As in `look_back`.
        """
        frame = as_history(self._fitting(question, among), self.names())
        self._firm.append([Entry("exported", {"rows": len(frame), "kind": ending})])
        return frame_bytes(frame if show_hidden else masked(discreet(frame)), ending)

    def runs(self) -> list[RunTold]:
        """Give every push that was begun, latest first."""
        state = self._firm.state()
        told = (_run_told(state, run) for run in reversed(list(state.runs.values())))
        return [run for run in told if run.begun]

    def results(self, run_id: str = "") -> pd.DataFrame:
        """Give how the writes of a push ended (of all pushes, if none is named), a row per value."""
        state = self._firm.state()
        return results(state.carried_by(run_id) if run_id else state.operations.values())

    def bulk_acts(self) -> pd.DataFrame:
        """Give the acts that decided several differences at once and of which something was written."""
        told = acts(self._firm.state())
        return told[told["written"] != "0"].reset_index(drop=True)

    def timeline(self, link_id: str, field: str) -> pd.DataFrame:
        """Give what both sides of a link showed in a field, what was decided and written, latest first."""
        state, about = self._firm.state(), (link_id, field)
        rows = [row for row in reversed(state.told) if (row.get("link_id"), row.get("field")) == about]
        link = {k: str(v) for k, v in state.linked[link_id].items() if k in LINKS[:3]}
        return timeline(as_history(rows, self.names()), link, field, seen_cells(self._firm, link, field))


def _run_told(state: State, run: RunSoFar) -> RunTold:
    counts = run.counts if run.ended else Counter(state.outcomes(run.run_id)["outcome"])
    values = sum(len(operation.after) for operation in run.operations)
    return RunTold(
        run.run_id,
        run.at,
        run.by,
        len(run.operation_ids),
        values,
        dict(counts),
        run.undoes,
        begun=run.started or bool(counts),
        ended=run.ended,
    )


def _of(told: list[Row], among: frozenset[tuple[str, str]] | None) -> list[Row]:
    """Keep what is about these records, and what is about no client at all."""
    if among is None:
        return told

    def fits(row: Row) -> bool:
        about = {(side, row[f"{side}_id"]) for side in SIDES if row.get(f"{side}_id")}
        return not about or bool(about & among)

    return [row for row in told if fits(row)]
