"""The report of a scheduled run: put together from what stands and what happened since the last one."""

from __future__ import annotations

import json
import platform
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from importlib.metadata import PackageNotFoundError, requires, version
from pathlib import Path
from typing import Any, Final

import pandas as pd

from workbench.desk import FirmDesk
from workbench.domain.discreet import discreet, masked
from workbench.domain.fields import SIDE_LABELS, SIDES
from workbench.domain.frames import Clients
from workbench.domain.results import DIFFERENCES_WAIT, NEEDS_PERSON, NOTHING_MOVED
from workbench.flow.firm import Firm
from workbench.flow.since import moment_of, stood, written_since
from workbench.following import Followed
from workbench.ledger.run_records import REPORT, TABLES
from workbench.reconcile.drift import drift
from workbench.reconcile.quality import bulk_acts
from workbench.reconcile.scope import in_scope, within
from workbench.reconcile.waiting import waiting
from workbench.review.charts import Chart, differences_chart, trend_chart
from workbench.review.report import Headline, Told, page
from workbench.review.words import CHECK_WORDS, OUTCOME_WORDS, amount, moment
from workbench.systems.spreadsheets import write_frame

SUMMARY: Final = "summary.json"
_NOTHING_DONE: Final = Followed("")


@dataclass(frozen=True, repr=False)
class Report:
    """A report and the tables behind it.

    Parameters
    ----------
    html : str
        The page.
    tables : mapping
        Name to frame: the same for the same snapshots and decisions, whatever the day, the machine or the
        order of the records; hidden fields stay hidden.
    result : str
        As in `workbench.domain.results`.
    message : str
        The whole in one sentence.
    pushed : tuple of str
        Ids of the pushes that safe rules made.
    counts : mapping
        What waits, in numbers, for the next report to be held against; empty where it is about some clients.
    """

    html: str
    tables: Mapping[str, pd.DataFrame]
    result: str
    message: str
    pushed: tuple[str, ...] = ()
    counts: Mapping[str, int] = field(default_factory=dict)

    def __repr__(self) -> str:
        return self.message

    def save(self, folder: Path | str) -> None:
        """Write page and tables into a folder; without a name nothing is written.

        Parameters
        ----------
        folder : path
            Made if need be.
        """
        if not str(folder):
            return
        where = Path(folder)
        (where / TABLES).mkdir(parents=True, exist_ok=True, mode=0o700)
        (where / REPORT).write_text(self.html, encoding="utf-8")
        for name, table in self.tables.items():
            write_frame(table, where / TABLES / f"{name}.csv")
        ended = {"result": self.result, "message": self.message, "pushed": self.pushed, "counts": self.counts}
        (where / SUMMARY).write_text(json.dumps(ended), encoding="utf-8")


def moved_since(firm: Firm, clients: Clients, at: str) -> pd.DataFrame:
    """Give what moved in both systems since a moment (as `moment_of` gives it): a DRIFT frame."""
    then = stood(firm, at)
    earlier: dict[str, pd.DataFrame] = {side: each.sight.clients for side, each in then.items()}
    return drift(earlier, {side: clients.side(side) for side in SIDES}, written_since(firm, then))


def report(
    firm: Firm, desk: FirmDesk, *, scope: str = "", since: str = "", followed: Followed = _NOTHING_DONE
) -> Report:
    """Make the report of how a firm stands.

    Parameters
    ----------
    firm, desk
        Whose, after a pull.
    scope : str
        Whose clients it is about (`workbench.reconcile.scope.in_scope`).
    since : str
        Since when moves are told (`workbench.flow.since.moment_of`).
    followed : Followed
        What safe rules did just before.
    """
    clients, at = desk.pulled_clients(), moment_of(firm, since)
    ids = in_scope(clients, desk.links(), scope)
    frames = {
        "links": within(desk.links(), ids),
        "candidates": within(desk.candidates(), ids),
        "differences": within(desk.differences(), ids),
        "decisions": within(desk.decisions(), ids),
        "moved": within(moved_since(firm, clients, at), ids),
    }
    frames["waiting"] = waiting(clients, *(frames[k] for k in ("differences", "candidates", "decisions")))
    cautions = list(_cautions(desk, clients, followed))
    result = _result(frames, [*clients.incomplete.values(), *filter(None, [followed.refusal])])
    message = _in_a_sentence(frames, result)
    told = Told(
        firm=desk.name,
        about=scope.strip() or "all clients",
        at=moment(firm.clock.now().isoformat(), desk.time_zone),
        by=desk.person,
        since=moment(at, desk.time_zone) if at else "the pull before this one",
        summary=" ".join(filter(None, [message, followed.message])),
        headlines=_headlines(firm, clients, frames, whole=ids is None, at=at),
        charts=dict(_charts(firm, desk, frames, whole=ids is None)),
        moved=frames["moved"],
        waits=frames["waiting"],
        cautions=cautions,
        checks=_checks(within(desk.checks(), ids)),
        bulk=list(_bulk(firm, desk)),
        pushes=list(_pushes(desk, at)),
        head=_head(firm),
        evidence=_evidence(firm),
    )
    pushed = (followed.run_id,) if followed.run_id else ()
    waits = frames["waiting"].drop(columns="person").sum()
    counts = {str(name): int(count) for name, count in waits.items()} if ids is None else {}
    return Report(page(told), _tables(frames), result, message, pushed, counts)


def _result(frames: Mapping[str, pd.DataFrame], needs: list[str]) -> str:
    if needs:
        return NEEDS_PERSON
    moved = frames["moved"]
    quiet = frames["waiting"].empty and moved[~moved["what"].isin(["pushed", "respelled"])].empty
    return NOTHING_MOVED if quiet else DIFFERENCES_WAIT


def _in_a_sentence(frames: Mapping[str, pd.DataFrame], result: str) -> str:
    moved, waits = frames["moved"], frames["waiting"].drop(columns="person").sum()
    if result == NOTHING_MOVED:
        return "Nothing moved, and nothing waits."
    of_others = moved[~moved["what"].isin(["pushed", "respelled"])]
    told = [
        f"{amount(len(of_others), 'thing')} moved in the two systems" if len(of_others) else "Nothing moved",
        f"{amount(int(waits['to_decide']), 'difference')} to decide",
        f"{amount(int(waits['to_judge']), 'link')} to judge",
        f"{amount(int(waits['to_send']), 'decision')} to send",
    ]
    return f"{told[0]}; {', '.join(told[1:])}.{' A person is needed.' if result == NEEDS_PERSON else ''}"


# --- the page's parts -------------------------------------------------------------------------------------


def _headlines(
    firm: Firm, clients: Clients, frames: Mapping[str, pd.DataFrame], *, whole: bool, at: str
) -> list[Headline]:
    """Give the large numbers; changes are told where the report is about all clients."""
    moved, links = frames["moved"], frames["links"]
    told = []
    for side in SIDES:
        whats = moved.loc[moved["side"] == side, "what"]
        grown = int((whats == "new").sum() - (whats == "gone").sum())
        count = len(clients.side(side)) if whole else int(links[f"{side}_id"].nunique())
        words = f"clients in {SIDE_LABELS[side]}" if whole else f"linked clients in {SIDE_LABELS[side]}"
        told.append(Headline(count, words, grown if whole else None))
    open_now = _to_decide(frames)
    before = [count for when, count in _runs_before(firm) if not at or when <= at]
    grown_by = open_now - before[-1] if before and whole else None
    return [
        *told,
        Headline(len(links), "linked"),
        Headline(open_now, "differences to decide", grown_by),
        Headline(int((moved["what"] == "changed").sum()), "values moved"),
    ]


def _to_decide(frames: Mapping[str, pd.DataFrame]) -> int:
    return int(frames["waiting"]["to_decide"].sum())


def _runs_before(firm: Firm) -> list[tuple[str, int]]:
    """Give when earlier runs were and how many differences were to decide then, oldest first."""
    runs = firm.book.events(kinds={"ran"})
    return [(run.at, run.body["counts"]["to_decide"]) for run in runs if run.body.get("counts")]


def _charts(
    firm: Firm, desk: FirmDesk, frames: Mapping[str, pd.DataFrame], *, whole: bool
) -> Iterator[tuple[str, Chart]]:
    if not frames["differences"].empty:
        yield "Where the two systems differ", differences_chart(frames["differences"])
    points = [*_runs_before(firm), (firm.clock.now().isoformat(), _to_decide(frames))]
    by_day = {moment(at, desk.time_zone).rsplit(",", 1)[0]: count for at, count in points}
    if whole and len(by_day) > 1:
        yield "Differences to decide, from run to run", trend_chart(pd.Series(by_day))


def _cautions(desk: FirmDesk, clients: Clients, followed: Followed) -> Iterator[str]:
    for side, reason in clients.incomplete.items():
        yield f"{SIDE_LABELS[side]}: {reason}"
    if followed.refusal:
        yield followed.refusal
    for brake in desk.plan().brakes:
        if brake.state == "set":
            yield f"What is decided would not be pushed as it is: {brake.message}"
    for run in desk.runs():
        if not run.ended:
            yield "A push stopped halfway; pushing its plan again carries on where it stopped."


def _checks(checks: pd.DataFrame) -> dict[str, int]:
    named = checks["check"].map(lambda code: CHECK_WORDS.get(code, code.replace("_", " ").capitalize()))
    return {str(words): int(count) for words, count in named.value_counts().items()}


def _bulk(firm: Firm, desk: FirmDesk) -> Iterator[str]:
    for act in bulk_acts(firm.book.events(kinds={"sampled"})):
        yield f"{moment(act.at, desk.time_zone)}, {act.by}: {act}"


def _pushes(desk: FirmDesk, at: str) -> Iterator[str]:
    for run in desk.runs():
        if run.at > at:
            ended = ", ".join(f"{n:,} {OUTCOME_WORDS.get(o, o)}" for o, n in sorted(run.counts.items()))
            back = ", which takes an earlier push back" if run.undoes else ""
            when = moment(run.at, desk.time_zone)
            yield f"{when}, {run.by}: {amount(run.writes, 'write')}{back}: {ended or 'none has ended'}."


def _head(firm: Firm) -> str:
    found = firm.verified()
    if not found.ok:
        return f"The ledger does not verify: {found.fault}"
    return (
        f"The ledger verifies: {found.count:,} entries, head {found.head.seq}:{found.head.hash}. "
        "Keep it elsewhere: whoever holds it can tell if anything before it is ever rewritten."
    )


def _evidence(firm: Firm) -> dict[str, str]:
    pulls = firm.state().pulls
    told = {f"Snapshot of {SIDE_LABELS[s]}": pulls[s].snapshot for s in SIDES if s in pulls}
    used = versions()
    return {**told, "Workbench": used["workbench"], "Python": used["python"], "pandas": used["pandas"]}


def versions() -> dict[str, str]:
    """Give the versions of Python, of Workbench, and of every package that it stands on."""
    found = {"python": platform.python_version(), "workbench": _version("workbench")}
    for wanted in requires("workbench") or ():
        if "extra ==" not in wanted:
            name = re.split(r"[^A-Za-z0-9._-]", wanted, maxsplit=1)[0]
            found[name] = _version(name)
    return found


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return "not installed"


# --- the tables -------------------------------------------------------------------------------------------

_ORDER: Final = {
    "links": ("connectworks_id", "xpm_id", "how", "written"),
    "candidates": ("connectworks_id", "xpm_id", "probability", "match_weight", "verdict", "rank"),
    "differences": (
        "connectworks_id",
        "xpm_id",
        "field",
        "connectworks",
        "xpm",
        "kind",
        "richer",
        "slip",
        "pattern",
        "warnings",
        "suggestion",
    ),
    "decisions": ("connectworks_id", "xpm_id", "field", "direction", "connectworks", "xpm", "how", "by"),
    "moved": ("side", "client_id", "name", "field", "before", "after", "what"),
    "waiting": ("person", "to_decide", "to_judge", "to_send", "to_ask"),
}
"""The columns of each table: none that tells a day, so that the same state gives the same bytes."""


def _tables(frames: Mapping[str, pd.DataFrame]) -> dict[str, pd.DataFrame]:
    return {name: _settled(frames[name], list(columns)) for name, columns in _ORDER.items()}


def _settled(frame: pd.DataFrame, columns: list[str]) -> pd.DataFrame:
    """Give a table one form: its columns and rows in order, numbers to six places, hidden values hidden."""
    table = masked(discreet(frame))[columns]
    for column in table.select_dtypes("float"):
        table[column] = [_number(value) for value in table[column]]
    order = table.astype(object).fillna("").astype(str).sort_values(columns, kind="stable").index
    return table.loc[order].reset_index(drop=True)


def _number(value: Any) -> str | None:
    return None if pd.isna(value) else f"{value:.6f}"
