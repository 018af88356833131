"""What the ledger says up to one place in it, and the frames that it gives."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import cached_property
from typing import Any, Final, Literal

import pandas as pd

from workbench.domain.fields import SIDES, Side
from workbench.domain.frames import BASELINE, DECISIONS, FLIPS, HISTORY, LINKS, OUTCOMES, TEXT, frame_of
from workbench.domain.records import Event, Operation, plan_hash
from workbench.reconcile.approval import Standing
from workbench.reconcile.creations import Creation
from workbench.reconcile.layers import Layered, LayeredRows
from workbench.reconcile.timeline import FLIPPING

Cells = Mapping[str, str | None]
NEVER: Final = "never"
"""Why a pair of values is not agreed after all: the leave that had agreed it was taken back."""


@dataclass(frozen=True, slots=True)
class Carried:
    """An operation as the ledger knows it.

    Parameters
    ----------
    operation_id : str
        Its id, as it was planned.
    operation : Operation
        What was to be written; purged values are absent.
    run_id : str
        The run that carried it, or carries it.
    link_ids : tuple of str
        Whose differences it resolves.
    outcome : str, optional
        How it ended; None while it has not.
    reason : str
        Why, with the server's own words where there were any.
    calls : int
        Requests that it took.
    seq : int
        Where it was concluded; 0 while it was not.
    harmed : mapping
        Other fields which the write changed without being asked, as they were before.
    spoilt : tuple of str
        Further such fields, of which it is not known what they held: above all those that are not read.
    """

    operation_id: str
    operation: Operation
    run_id: str
    link_ids: tuple[str, ...]
    outcome: str | None = None
    reason: str = ""
    calls: int = 0
    seq: int = 0
    harmed: Cells = field(default_factory=dict)
    spoilt: tuple[str, ...] = ()

    @property
    def besides(self) -> tuple[str, ...]:
        """The names of all fields which the write changed without being asked."""
        return (*self.harmed, *self.spoilt)

    @property
    def effect(self) -> Operation:
        """The operation as it turned out: with the fields that it harmed, as if it had emptied them."""
        before, after = dict(self.operation.before), dict(self.operation.after)
        return replace(
            self.operation, before={**self.harmed, **before}, after={**dict.fromkeys(self.harmed), **after}
        )


@dataclass(frozen=True, slots=True)
class RunSoFar:
    """A run as the ledger knows it, from when its first operation was planned.

    Parameters
    ----------
    run_id, by, at : str
        Which run, who planned it, when.
    undoes : str, optional
        The run that it takes back.
    operation_ids : tuple of str
        What it is to carry, in order.
    operations : tuple of Operation
        The same; purged values are absent.
    tenants : mapping
        Side to tenant id, once it has started.
    started, ended : bool
        How far it has come.
    message : str
        How it ended.
    counts : mapping
        Outcome to number of operations, once it has ended.
    """

    run_id: str
    by: str
    at: str
    undoes: str | None = None
    operation_ids: tuple[str, ...] = ()
    operations: tuple[Operation, ...] = ()
    tenants: Mapping[str, str] = field(default_factory=dict)
    started: bool = False
    ended: bool = False
    message: str = ""
    counts: Mapping[str, int] = field(default_factory=dict)

    @property
    def plan_hash(self) -> str:
        """The identity of the plan that was sealed for this run (as `Plan.hash`)."""
        return plan_hash(self.operation_ids)


@dataclass(frozen=True, slots=True)
class Request:
    """Work that somebody asked for.

    Parameters
    ----------
    request_id, verb, by, at : str
        What, who, when.
    args : mapping
        What the verb needs.
    state : str
        ``queued``, ``taken`` or ``ended``.
    stop_asked : bool
        Whether somebody wants it stopped.
    worker : str
        Who took it.
    ok : bool, optional
        Whether it ended well; None while it has not ended.
    message : str
        How it ended.
    error : str
        The name of the failure, where it is one that `workbench.domain.errors` knows.
    ended_at : str
        When.
    until : str
        Before when nobody goes on with it; '' where nothing holds it.
    """

    request_id: str
    verb: str
    by: str
    at: str
    args: Mapping[str, Any] = field(default_factory=dict)
    state: Literal["queued", "taken", "ended"] = "queued"
    stop_asked: bool = False
    worker: str = ""
    ok: bool | None = None
    message: str = ""
    error: str = ""
    ended_at: str = ""
    until: str = ""


@dataclass(frozen=True, slots=True)
class Pull:
    """One whole reading of a side, or what there is of it.

    Parameters
    ----------
    side, pull_id, snapshot, at : str
        Which side, its id, where the answers are kept, when.
    records : int
        How many there were.
    expected : int, optional
        How many the service said there are.
    complete : bool
        Whether it can be trusted to be whole; if not, `reason` says why.
    reason : str
        In plain words.
    seq : int
        Its place in the ledger.
    tenant_id : str
        Whose data they are.
    """

    side: Side
    pull_id: str
    snapshot: str
    at: str
    records: int
    expected: int | None
    complete: bool
    reason: str
    seq: int
    tenant_id: str = ""


@dataclass(frozen=True, slots=True)
class Labelled:
    """Custom fields of one client, as they were read last.

    Parameters
    ----------
    look, at : str
        Where the answer is kept, when it was read.
    fields : tuple of str
        Which were asked for.
    """

    look: str
    at: str
    fields: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Connected:
    """What a connection reached when it was last made.

    Parameters
    ----------
    fact : mapping
        As it was written down: side, tenant_id, tenant_name, abilities.
    at : str
        When.
    """

    fact: Mapping[str, Any]
    at: str

    @property
    def tenant_id(self) -> str:
        """The practice's or firm's id."""
        return str(self.fact["tenant_id"])

    @property
    def tenant_name(self) -> str:
        """Its name, for people."""
        return str(self.fact["tenant_name"])

    @property
    def abilities(self) -> frozenset[str]:
        """What the connection can do."""
        return frozenset(self.fact["abilities"])


@dataclass(frozen=True, slots=True)
class Wish:
    """What a Connectworks record should be linked to there, and what it is.

    Parameters
    ----------
    link_id : str
        The link last made or parted.
    written, wanted : str, optional
        The XPM id that Connectworks holds, as far as is known, and the one that it should hold.
    row : mapping
        How, by whom, when and where (seq) the wish was made.
    tried : bool
        Whether an operation for this very wish has been concluded.
    """

    link_id: str
    written: str | None
    wanted: str | None
    row: Cells
    tried: bool = False


@dataclass(frozen=True)
class State:
    """Everything that the ledger says, up to one sequence number.

    Parameters
    ----------
    seq : int
        The last event that was folded in.
    linked : mapping
        Link id to its row.
    link_of : mapping
        (side, client_id) to the id of its link.
    refused_pairs : mapping
        (connectworks_id, xpm_id) to the rejection's row.
    choices, agreed : mapping
        (link_id, field) to the decision's and the baseline's row.
    before_leaving : mapping
        (link_id, field) of what was left as it is to what was agreed before: a leave may be taken back.
    decided : mapping of int to Event
        Every decision ever made, by its sequence number.
    wishes : mapping
        Connectworks id to what it should be linked to.
    operations : mapping of str to Carried
        By operation id.
    runs : mapping of str to RunSoFar
        By run id, in order of their start.
    handovers : mapping
        Run id of what was handed over to when it was.
    arrived : mapping
        (operation id, field) of what was handed over to when a pull first showed it there.
    creations : mapping of str to Creation
        Records that somebody wanted created in the other system, by creation id.
    requests : mapping of str to Request
        By request id, in order of asking: all that are open, and the latest of those that have ended.
    pulls, whole_pulls : mapping of str to Pull
        Side to its latest pull, and to its latest complete one.
    looked : mapping
        (side, client_id) to the last look after the side's latest pull.
    returned : mapping
        (side, client_id, field) to how often its value has gone back to an earlier one, and how many whole
        pulls ago it did so last.
    labelled : mapping of str to Labelled
        XPM id to the client's custom fields as they were read last.
    connected : mapping of str to Connected
        Side to what its connection reached last.
    compared : mapping of str to str
        Link id to when it was last compared or looked at.
    confirmed : mapping of str to Event
        Plan hash to its last typed confirmation.
    deciders : mapping of int to str
        Who decided, linked or parted, by the place of that entry.
    standing : mapping of str to Standing
        Operation id to where it stands on its way through approval; one never proposed is absent.
    ruled : mapping
        The digest of the firm's rules, as last written down.
    told : sequence of mapping
        History, oldest first.
    """

    seq: int = 0
    linked: dict[str, Cells] = field(default_factory=dict)
    link_of: dict[tuple[str, str], str] = field(default_factory=dict)
    refused_pairs: dict[tuple[str, str], Cells] = field(default_factory=dict)
    choices: dict[tuple[str, str], Cells] = field(default_factory=dict)
    agreed: dict[tuple[str, str], Cells] = field(default_factory=dict)
    before_leaving: dict[tuple[str, str], Cells] = field(default_factory=dict)
    decided: Layered[int, Event] = field(default_factory=Layered)
    wishes: dict[str, Wish] = field(default_factory=dict)
    operations: Layered[str, Carried] = field(default_factory=Layered)
    runs: Layered[str, RunSoFar] = field(default_factory=Layered)
    handovers: dict[str, str] = field(default_factory=dict)
    arrived: Layered[tuple[str, str], str] = field(default_factory=Layered)
    creations: Layered[str, Creation] = field(default_factory=Layered)
    requests: dict[str, Request] = field(default_factory=dict)
    pulls: dict[str, Pull] = field(default_factory=dict)
    whole_pulls: dict[str, Pull] = field(default_factory=dict)
    looked: dict[tuple[str, str], str] = field(default_factory=dict)
    returned: dict[tuple[str, str, str], tuple[int, int]] = field(default_factory=dict)
    labelled: dict[str, Labelled] = field(default_factory=dict)
    connected: dict[str, Connected] = field(default_factory=dict)
    compared: dict[str, str] = field(default_factory=dict)
    confirmed: dict[str, Event] = field(default_factory=dict)
    deciders: Layered[int, str] = field(default_factory=Layered)
    standing: Layered[str, Standing] = field(default_factory=Layered)
    ruled: dict[str, str] = field(default_factory=dict)
    told: LayeredRows[Cells] = field(default_factory=LayeredRows)

    def links(self) -> pd.DataFrame:
        """Give the links in force (a LINKS frame)."""
        return frame_of(self.linked.values(), LINKS)

    def rejected(self) -> pd.DataFrame:
        """Give the rejected pairs: connectworks_id, xpm_id, how, by, at."""
        return frame_of(self.refused_pairs.values(), ("connectworks_id", "xpm_id", "how", "by", "at"))

    def written_links(self) -> frozenset[str]:
        """Give the ids of the links which Connectworks itself holds too, as far as is known."""
        pairs = {(cw, wish.written) for cw, wish in self.wishes.items()}
        return frozenset(
            k for k, row in self.linked.items() if (row["connectworks_id"], row["xpm_id"]) in pairs
        )

    def decisions(self) -> pd.DataFrame:
        """Give the decisions in force (a DECISIONS frame): the latest per link and field, until it is done.

        A link that was made or parted here and should be so in Connectworks is a decision on ``linked_id``
        towards Connectworks: from the id that is there (or none) to the one that should be (or none).
        """
        wishes = [_wished(cw, wish) for cw, wish in self.wishes.items() if _open(wish)]
        return frame_of([*self.choices.values(), *wishes], DECISIONS)

    def choices_made(self) -> pd.DataFrame:
        """Give every choice ever made, in order: link_id, field, direction and both values seen."""
        made = (
            {name: event.body.get(name) for name in ("link_id", "field", "direction")}
            | {side: event.private.get(side) for side in SIDES}
            for _, event in sorted(self.decided.items())
        )
        return frame_of(made, ("link_id", "field", "direction", *SIDES))

    def baseline(self) -> pd.DataFrame:
        """Give the last agreed pair of values per link and field (a BASELINE frame)."""
        return frame_of((row for row in self.agreed.values() if row["why"] != NEVER), BASELINE)

    def flips(self) -> pd.DataFrame:
        """Give the values that flip back and forth (a FLIPS frame)."""
        found = ((*cell, str(times)) for cell, (times, _) in self.returned.items() if times >= FLIPPING)
        return frame_of((dict(zip(FLIPS, row, strict=True)) for row in found), FLIPS)

    def outcomes(self, run_id: str | None = None) -> pd.DataFrame:
        """Give how operations ended (an OUTCOMES frame), of one run or of all, in order of their end.

        Parameters
        ----------
        run_id : str, optional
            Only operations that this run concluded.
        """
        of = self.operations.values() if run_id is None else self.carried_by(run_id)
        ended = sorted((c for c in of if c.outcome), key=lambda c: c.seq)
        rows = (
            {"operation_id": c.operation_id, "outcome": c.outcome, "reason": c.reason, "calls": str(c.calls)}
            for c in ended
        )
        return frame_of(rows, OUTCOMES)

    def carried_by(self, run_id: str) -> tuple[Carried, ...]:
        """Give the operations that a run concluded or still carries, in the run's order.

        Parameters
        ----------
        run_id : str
            A run of `runs`; of an unknown one nothing is known.
        """
        run = self.runs.get(run_id)
        carried = self.operations.some(run.operation_ids if run else ())
        return tuple(c for c in carried.values() if c.run_id == run_id)

    def takes_back(self, operations: Iterable[Operation]) -> bool:
        """Tell whether what stands behind operations are writes, and not decisions."""
        return any(seq not in self.deciders for operation in operations for seq in operation.decisions)

    def overtaken(self, operation: Operation) -> bool:
        """Tell whether a decision behind an operation was changed or taken back since; an undo's never is."""
        return not all(self._in_force(operation, seq) for seq in operation.decisions)

    def _in_force(self, operation: Operation, seq: int) -> bool:
        if seq in self.decided:
            body = self.decided[seq].body
            row = self.choices.get((body["link_id"], body["field"]))
        elif seq in self.deciders:
            wish = self.wishes.get(operation.resource_id)
            row = wish.row if wish else None
        else:
            return True  # what is taken back was written
        return row is not None and int(row["seq"] or 0) == seq

    @property
    def concluded(self) -> Mapping[str, str]:
        """Operation id to outcome, of every operation that has ended."""
        return _Concluded(self.operations)

    def looks(self, side: str) -> dict[str, str]:
        """Give the last look at each record of a side since its latest pull (client id to look id)."""
        return {client: look for (of, client), look in self.looked.items() if of == side}

    def handed_over(self) -> list[Carried]:
        """Give every operation that was handed over, the latest first."""
        ids = (i for run_id in self.handovers for i in self.runs[run_id].operation_ids)
        handed = [c for i in ids if (c := self.operations[i]).outcome == "handed_over"]
        return sorted(handed, key=lambda c: -c.seq)

    def open_requests(self) -> list[Request]:
        """Give the requests that have not ended, in order of asking."""
        return [r for r in self.requests.values() if r.state != "ended"]

    def due_requests(self, now: datetime) -> list[Request]:
        """Give the open requests that may be carried out now; one that is to stop need not wait."""
        return [
            r
            for r in self.open_requests()
            if r.stop_asked or not r.until or datetime.fromisoformat(r.until) <= now
        ]

    def stop_asked(self, request_id: str) -> bool:
        """Tell whether somebody wants this work stopped."""
        request = self.requests.get(request_id)
        return request is not None and request.stop_asked

    def compared_at(self) -> pd.Series:
        """Give when each link was last compared or looked at (index link_id, ISO 8601 UTC)."""
        texts = pd.array(list(self.compared.values()), dtype=TEXT)
        return pd.Series(texts, index=pd.Index(list(self.compared), dtype=TEXT), name="compared_at")

    def history(self, limit: int | None = None) -> pd.DataFrame:
        """Give what happened, latest first.

        Parameters
        ----------
        limit : int, optional
            At most so many rows.

        Returns
        -------
        pandas.DataFrame
            at, by, what (plain words), connectworks_id, xpm_id, link_id, field, before, after, outcome,
            run_id; one row per field that was written.
        """
        latest = self.told[::-1] if limit is None else self.told[: -limit - 1 : -1]
        return frame_of(latest, HISTORY)

    def link_ids_of(self, operation: Operation) -> tuple[str, ...]:
        """Give the links whose decisions an operation carries, or whose writes it takes back."""
        found = (
            self._links_decided.get(seq) or self._links_by_conclusion.get(seq, ())
            for seq in operation.decisions
        )
        return tuple(sorted({link for links in found for link in links}))

    @cached_property
    def _links_decided(self) -> dict[int, tuple[str, ...]]:
        known: dict[int, tuple[str, ...]] = {
            int(row["seq"] or 0): (link,) for (link, _), row in self.choices.items()
        }
        return known | {int(wish.row["seq"] or 0): (wish.link_id,) for wish in self.wishes.values()}

    @cached_property
    def _links_by_conclusion(self) -> dict[int, tuple[str, ...]]:
        return {c.seq: c.link_ids for c in self.operations.values() if c.outcome}


class _Concluded(Mapping[str, str]):
    """The operations that have ended, seen as their outcomes; a single one is looked up singly."""

    def __init__(self, operations: Mapping[str, Carried]) -> None:
        self._operations = operations

    def __getitem__(self, operation_id: str) -> str:
        outcome = self._operations[operation_id].outcome
        if outcome is None:
            raise KeyError(operation_id)
        return outcome

    def __iter__(self) -> Iterator[str]:
        return (i for i, carried in self._operations.items() if carried.outcome)

    def __len__(self) -> int:
        return sum(1 for _ in self)


def _open(wish: Wish) -> bool:
    return wish.wanted != wish.written and not wish.tried


def _wished(connectworks_id: str, wish: Wish) -> Cells:
    return {
        **wish.row,
        "link_id": wish.link_id,
        "connectworks_id": connectworks_id,
        "field": "linked_id",
        "direction": "to_connectworks",
        "connectworks": wish.written,
        "xpm": wish.wanted,
    }
