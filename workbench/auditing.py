"""Looking back as an auditor does: runs, decisions and writes; one client's all; whom a run touched; SQL."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Final

import pandas as pd

from workbench.desk import FirmDesk
from workbench.domain.discreet import discreet, masked
from workbench.domain.errors import BadInput
from workbench.domain.fields import CONNECTWORKS, SIDES, XPM
from workbench.domain.frames import LINKS, TEXT, frame_of, link_id
from workbench.domain.question import Question
from workbench.domain.records import Entry, Event, canonical
from workbench.domain.results import RESULT_WORDS
from workbench.flow.firm import Firm
from workbench.ledger.mentions import answers_about, events_about
from workbench.ledger.sql import query
from workbench.reconcile.lookback import as_history, by_day, fitting, kind_of
from workbench.reconcile.reach import reaches
from workbench.reconcile.replay import ONTO
from workbench.systems.spreadsheets import write_frame

ENTRIES: Final = ("seq", "at", "by", "kind", "subject", "body")
RUNS: Final = ("run_id", "kind", "at", "by", "what", "writes", "undoes")
TOUCHED: Final = ("side", "client_id", "name", "link_id", "how", "fields", "outcome", "reason")
VALUES: Final = ("seq", "at", "kind", "field", "name", "value")
ANSWERS: Final = ("file", "side", "resource", "at", "bytes")


class Audit:
    """All that happened and fits a question, as frames that are made when they are asked for.

    Parameters
    ----------
    firm, desk
        Whose.
    question : Question
        What is asked for.
    """

    def __init__(self, firm: Firm, desk: FirmDesk, question: Question) -> None:
        self._firm, self._desk, self._question = firm, desk, question

    def __repr__(self) -> str:
        return f"<Audit: {len(self._rows):,} entries of history>"

    @cached_property
    def _rows(self) -> list[Mapping[str, str | None]]:
        return fitting(self._firm.state().told, self._desk.names(), self._question)

    def _of_kind(self, kind: str) -> pd.DataFrame:
        rows = (row for row in self._rows if kind_of(row) == kind)
        return discreet(as_history(rows, self._desk.names()))

    @cached_property
    def history(self) -> pd.DataFrame:
        """Everything, latest first: at, by, what, client and ids, field, before, after, outcome, run_id."""
        return discreet(as_history(self._rows, self._desk.names()))

    @cached_property
    def decisions(self) -> pd.DataFrame:
        """What people chose, latest first; as `history`, with ``how`` and the ``note`` that says why."""
        frame = self._of_kind("decisions")
        known = {(e.at, e.body["link_id"], e.body["field"]): e for e in self._firm.state().decided.values()}
        chosen = [known.get(key) for key in zip(frame["at"], frame["link_id"], frame["field"], strict=True)]
        how = [e.body.get("how") if e else None for e in chosen]
        note = [e.private.get("note") if e else None for e in chosen]
        return frame.assign(how=pd.array(how, dtype=TEXT), note=pd.array(note, dtype=TEXT))

    @cached_property
    def writes(self) -> pd.DataFrame:
        """Every value that was to be written and how that ended, latest first; as `history`."""
        return self._of_kind("writes")

    @cached_property
    def runs(self) -> pd.DataFrame:
        """Pushes and scheduled runs, latest first: run_id, kind, at, by, what, writes, undoes."""
        asked = self._question
        wanted = {row.get("run_id") for row in self._rows} | {asked.run_id}
        rows = [*_pushes(self._desk), *_scheduled(self._firm)]
        rows = [row for row in rows if asked == Question() or row["run_id"] in wanted]
        return frame_of(sorted(rows, key=lambda row: str(row["at"]), reverse=True), RUNS)

    @cached_property
    def timeline(self) -> pd.DataFrame:
        """How much happened on each day, by person and kind, latest first: day, by, kind, count."""
        return by_day(self._rows, self._desk.time_zone)

    @cached_property
    def entries(self) -> pd.DataFrame:
        """The entries as they are chained: ids, codes and digests, no personal value. All of them."""
        return _entries(event for batch in self._firm.book.batches() for event in batch)

    def save(self, folder: Path | str, ending: str = ".csv") -> list[Path]:
        """Write runs, decisions, writes and the timeline, safe to open in a spreadsheet program.

        Parameters
        ----------
        folder : path
            Made if need be.
        ending : str
            ``.csv``, ``.xlsx`` or ``.parquet``.

        Returns
        -------
        list of Path
            The files; hidden values stay hidden in them (`Workbench.export` of an unmasked frame shows them).
        """
        where = Path(folder)
        where.mkdir(parents=True, exist_ok=True, mode=0o700)
        frames = {name: getattr(self, name) for name in ("runs", "decisions", "writes", "timeline")}
        for name, frame in frames.items():
            write_frame(masked(frame), where / f"{name}{ending}")
        rows = sum(map(len, frames.values()))
        self._firm.append([Entry("exported", {"rows": rows, "kind": ending})])
        return [where / f"{name}{ending}" for name in frames]


@dataclass(frozen=True, repr=False)
class Held:
    """Everything that a firm's folder holds about one client.

    Parameters
    ----------
    ids : tuple of str
        The client's ids: of either side and of its links, as far as they were ever linked.
    records : pandas.DataFrame
        As both systems showed it last.
    memberships : pandas.DataFrame
        Contacts and parties of it.
    history : pandas.DataFrame
        What happened to it, latest first.
    values : pandas.DataFrame
        Every personal value that the ledger keeps of it: seq, at, kind, field, name, value.
    entries : pandas.DataFrame
        The chained entries that name it.
    answers : pandas.DataFrame
        The services' kept answers in which it stands: file, side, resource, at, bytes.
    """

    ids: tuple[str, ...]
    records: pd.DataFrame
    memberships: pd.DataFrame
    history: pd.DataFrame
    values: pd.DataFrame
    entries: pd.DataFrame
    answers: pd.DataFrame

    def __repr__(self) -> str:
        told = {name: len(getattr(self, name)) for name in ("records", "history", "values", "answers")}
        return f"<Held: {', '.join(f'{count:,} {name}' for name, count in told.items())}>"


def held(firm: Firm, desk: FirmDesk, client: str) -> Held:
    """Gather everything that is held about a client.

    Parameters
    ----------
    firm, desk
        Whose folder is searched.
    client : str
        An id of either side, or a link's.

    Raises
    ------
    BadInput
        If nothing is held about it.
    """
    ids = _ids_of(firm, client)
    found = answers_about(firm.snapshots, ids)
    events = events_about(firm.book, ids)
    clients = desk.clients()
    records = [clients.side(side) for side in SIDES] if clients else []
    known = [frame[frame["client_id"].isin(list(ids))] for frame in records]
    members = clients.memberships if clients else frame_of((), ("client_id",))
    rows = [
        row
        for row in reversed(firm.state().told)
        if ids & {row.get("link_id"), row.get("connectworks_id"), row.get("xpm_id")}
    ]
    answers = frame_of(({**row, "bytes": str(row["bytes"])} for row in found), ANSWERS)
    if not events and answers.empty:
        raise BadInput(
            "Nothing is held about this client.", "Look its id up in bench.clients or bench.links."
        )
    return Held(
        ids=tuple(sorted(ids)),
        records=discreet(pd.concat(known, ignore_index=True)) if known else frame_of((), ("client_id",)),
        memberships=members[members["client_id"].isin(list(ids))].reset_index(drop=True),
        history=discreet(as_history(rows, desk.names())),
        values=discreet(frame_of(_values(events), VALUES)),
        entries=_entries(events),
        answers=answers,
    )


def _ids_of(firm: Firm, client: str) -> frozenset[str]:
    """Give a client's ids: the one asked for, those that it was ever linked to, and the links'."""
    found = {client}
    for event in events_about(firm.book, {client}, kinds={"linked", "unlinked"}):
        pair = {side: str(event.body[f"{side}_id"]) for side in SIDES}
        own = link_id(pair[CONNECTWORKS], pair[XPM])
        if client in (*pair.values(), own):
            found |= {*pair.values(), own}
    return frozenset(found)


def _values(events: Iterable[Event]) -> Iterable[dict[str, str | None]]:
    for event in events:
        for name, value in event.private.items():
            if name == ONTO:
                continue
            parts = [part for part in name.split(".") if part not in ("before", "after", "harmed", *SIDES)]
            field = parts[0] if parts else str(event.body.get("field") or "")
            row = {"seq": str(event.seq), "at": event.at, "kind": event.kind, "name": name}
            yield {**row, "field": field, "value": value}


def touched(firm: Firm, desk: FirmDesk, run_id: str) -> pd.DataFrame:
    """Give every client that a run touched.

    Parameters
    ----------
    firm, desk
        Whose.
    run_id : str
        A push; or a scheduled run, of which the pushes count that safe rules made.

    Returns
    -------
    pandas.DataFrame
        side, client_id, name, link_id, how (``written``, or ``shares the contact``), fields, outcome,
        reason; a row for each write, and one for each client at which a shared contact shows it too.

    Raises
    ------
    BadInput
        If there is no such run.
    """
    state, names, clients = firm.state(), desk.names(), desk.clients()
    runs = [run_id]
    if run_id in firm.run_records.ids():
        runs = list(firm.run_records.read(run_id).pushed)
    elif run_id not in state.runs:
        raise BadInput("There is no such run.", "Look its id up in bench.audit().runs.")
    carried = [each for run in runs for each in state.carried_by(run)]
    shared = reaches([each.operation for each in carried], clients) if clients else {}
    rows = []
    for each in carried:
        operation = each.operation
        told = {
            "side": operation.side,
            "fields": ", ".join(operation.after),
            "outcome": each.outcome,
            "reason": each.reason,
        }
        about = [(operation.client_id, "written", next(iter(each.link_ids), None))]
        about += [(other, "shares the contact", None) for other in shared.get(each.operation_id, ())]
        rows += [
            {**told, "client_id": client, "how": how, "link_id": link, "name": names.get(client)}
            for client, how, link in about
        ]
    return frame_of(rows, TOUCHED)


def asked_in_sql(firm: Firm, desk: FirmDesk, sql: str, parameters: Mapping[str, Any]) -> pd.DataFrame:
    """Answer a question in SQL over runs, decisions, writes, history, links, and the ledger's own tables."""
    audit = Audit(firm, desk, Question())
    tables = {name: getattr(audit, name) for name in ("runs", "decisions", "writes", "history")}
    links = desk.links()[list(LINKS)]
    return discreet(query(firm.book.path, {**tables, "links": links}, sql, parameters))


def _entries(events: Iterable[Event]) -> pd.DataFrame:
    rows = (
        {
            "seq": str(event.seq),
            "at": event.at,
            "by": event.by,
            "kind": event.kind,
            "subject": event.subject,
            "body": canonical(dict(event.body)).decode(),
        }
        for event in events
    )
    return frame_of(rows, ENTRIES)


def _pushes(desk: FirmDesk) -> Iterable[dict[str, str | None]]:
    for run in desk.runs():
        ended = ", ".join(f"{count} {outcome}" for outcome, count in sorted(run.counts.items()))
        row = {"run_id": run.run_id, "kind": "push", "at": run.at, "by": run.by, "undoes": run.undoes}
        yield {**row, "what": ended or "nothing has ended", "writes": str(run.writes)}


def _scheduled(firm: Firm) -> Iterable[dict[str, str | None]]:
    for event in firm.book.events(kinds={"ran"}):
        what = RESULT_WORDS.get(event.body["result"], event.body["result"])
        yield {
            "run_id": event.body["run_id"],
            "kind": "scheduled",
            "at": event.at,
            "by": event.by,
            "what": what,
        }
