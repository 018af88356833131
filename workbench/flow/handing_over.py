"""Hand a plan over to people: files for whoever carries it across, and later the proof that it arrived."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import pandas as pd

from workbench.domain.errors import BadInput, PlanRefused, StorageFailed
from workbench.domain.fields import BY_NAME, SIDE_LABELS, XPM
from workbench.domain.frames import address_text, frame_of
from workbench.domain.records import Entry, Plan
from workbench.flow.firm import Firm
from workbench.flow.permission import permit
from workbench.flow.sealing import check_decisions, insist, seal
from workbench.reconcile.arrivals import OPEN, arrivals, standing, still_open, told
from workbench.reconcile.handover import Errand, errands, sheet
from workbench.reconcile.state import Carried, RunSoFar, State
from workbench.systems.spreadsheets import write_frame
from workbench.systems.xpm_import import import_files

FOLDER: Final = "handovers"
WORKBOOK: Final = "changes.xlsx"
CLICK_SHEETS: Final = "click_sheets.html"
_WORKBOOK: Final = (
    "Client",
    "System",
    "Field",
    "Before",
    "After",
    "What to do",
    "Import file",
    "Who",
    "Why",
    "Record",
)

Pages = Callable[[pd.DataFrame], str]
"""Writes the click sheets of a hand-over's sheet as one HTML page."""


@dataclass(frozen=True)
class HandedOver:
    """A plan that people carry across.

    Parameters
    ----------
    run_id : str
        Its id in the ledger.
    folder : Path
        Where its files are.
    files : tuple of str
        Their names.
    values : int
        How many values they hold.
    message : str
        The whole in one sentence.
    """

    run_id: str
    folder: Path
    files: tuple[str, ...]
    values: int
    message: str


def hand_over(firm: Firm, plan: Plan, confirmed: str, pages: Pages) -> HandedOver:
    """Write a plan's files and seal it as handed over; it is open until a later pull shows it.

    Parameters
    ----------
    firm : Firm
        Whose folder and ledger are written; no service is asked anything.
    plan : Plan
        The part of a plan that is to be handed over (`workbench.reconcile.handover.parts`).
    confirmed : str
        What the person typed for the plan's brakes.
    pages : callable
        Writes the click sheets.

    Raises
    ------
    PlanRefused
        If there is nothing to hand over, nobody decided on it, it lacks an approval that the firm wants, or a
        brake is set that the words do not lift.
    NotAllowedHere
        If this person may not push.
    StorageFailed
        If the files cannot be written; then nothing counts as handed over.
    """
    if not plan.operations:
        raise PlanRefused("There is nothing to hand over.", "Both connections can write: push the plan.")
    check_decisions(firm, plan.operations)
    permit(firm, RunSoFar("", firm.person, "", operations=plan.operations), firm.person)
    insist(plan.brakes, confirmed, "go on")
    state = firm.state()
    draft, lines = _written(firm, errands(plan, state), state, pages)
    run_id = ""

    def entries(state: State) -> list[Entry]:
        nonlocal run_id
        run_id, sealed = seal(state, plan, confirmed)
        if any(state.concluded.get(o.operation_id) == "handed_over" for o in plan.operations):
            raise PlanRefused("This was handed over already.", "Look under what is handed over.")
        return [*sealed, *_ended(run_id, plan)]

    try:
        firm.decide(entries)
    except BaseException:
        shutil.rmtree(draft)
        raise
    return _kept(firm, draft, run_id, lines)


def write_again(firm: Firm, pages: Pages, run_id: str | None = None) -> HandedOver:
    """Write the files of what is still open once more; nothing is handed over anew.

    Parameters
    ----------
    firm, pages
        As in `hand_over`.
    run_id : str, optional
        Only of this hand-over.

    Raises
    ------
    BadInput
        If nothing is open.
    """
    state = firm.state()
    left = still_open(how_it_stands(firm), state, run_id)
    if not left:
        raise BadInput("Nothing that was handed over is open.", "Pull, to see what has arrived since.")
    draft, lines = _written(firm, left, state, pages)
    return _kept(firm, draft, run_id or "open", lines)


def how_it_stands(firm: Firm) -> pd.DataFrame:
    """Give every value that was handed over, and how it stands (`workbench.reconcile.arrivals.standing`).

    ``attrs["told"]`` says it in one sentence.
    """
    clients = firm.clients()
    if clients is None:
        raise BadInput("Nothing has been pulled yet.", "Pull first.")
    handed = standing(firm.state(), clients, firm.settings.firm.home_country)
    handed.attrs["told"] = told(handed)
    return handed


def note_arrivals(firm: Firm, by: str) -> str:
    """Write down which handed-over values the records show by now; say how it stands, '' if nothing is open.

    Nothing is concluded from a record that is absent.
    """
    state, clients = firm.state(), firm.clients()
    if clients is None or not state.handovers:
        return ""
    home = firm.settings.firm.home_country
    found = arrivals(state, clients, home)
    if found:
        firm.append([_arrived(state.operations[i], fields) for i, fields in found.items()], by)
    handed = standing(firm.state(), clients, home)
    if not found and not handed["standing"].isin(OPEN).any():
        return ""
    # The ledger keeps these words for ever: they count, and name nobody.
    return f"Handed over: {told(handed, names_shown=0)}"


def _arrived(carried: Carried, fields: Sequence[str]) -> Entry:
    body = {"run_id": carried.run_id, "operation_id": carried.operation_id, "fields": list(fields)}
    return Entry("arrived", body, subject=carried.operation.client_id)


def _ended(run_id: str, plan: Plan) -> list[Entry]:
    """Give the entries that end every operation as handed over, all in one transaction."""
    ended = [
        Entry(
            "concluded",
            {
                "operation_id": o.operation_id,
                "run_id": run_id,
                "outcome": "handed_over",
                "reason": "Handed over; a later pull shows whether it arrived.",
                "calls": 0,
            },
            subject=o.client_id,
        )
        for o in plan.operations
    ]
    body = {
        "run_id": run_id,
        "plan_hash": plan.hash,
        "operations": len(plan.operations),
        "undoes": plan.undoes,
    }
    return [*ended, Entry("handed_over", body)]


def _written(firm: Firm, left: Sequence[Errand], state: State, pages: Pages) -> tuple[Path, pd.DataFrame]:
    """Write all files into a folder that is not yet in its place."""
    clients = firm.clients()
    assert clients is not None, "a plan is made from clients"
    lines = sheet(left, state, clients, firm.settings.firm.home_country)
    names = clients.xpm.loc[clients.xpm["lifecycle"].ne("deleted").fillna(True), "legal_name"].dropna()
    imported = import_files(_rows(lines), names, firm.settings.xpm.import_headers)
    try:
        home = firm.folder / FOLDER
        home.mkdir(mode=0o700, exist_ok=True)
        draft = Path(tempfile.mkdtemp(prefix="new-", dir=home))
        write_frame(_workbook(lines, imported.by_hand), draft / WORKBOOK)
        (draft / CLICK_SHEETS).write_text(pages(lines), encoding="utf-8")
        for name, text in imported.files.items():
            (draft / name).write_text(text, encoding="utf-8", newline="")
        for path in draft.iterdir():
            path.chmod(0o600)
    except OSError as error:
        raise StorageFailed(
            f"The files cannot be written into {firm.folder / FOLDER}: {error.strerror}.",
            "Free some space or mend its permissions; nothing was handed over.",
        ) from None
    return draft, lines


def _workbook(lines: pd.DataFrame, by_hand: Sequence[tuple[str, str, str]]) -> pd.DataFrame:
    """Give the change workbook: a row per value, in words."""
    why_not = {(operation, name): why for operation, name, why in by_hand}
    rows = (
        {
            "Client": row["client"],
            "System": SIDE_LABELS[row["side"]],
            "Field": row["label"],
            "Before": _told(row["field"], row["before"]),
            "After": _told(row["field"], row["after"]),
            "What to do": row["how"],
            "Import file": _in_import(row, why_not),
            "Who": row["by"],
            "Why": row["why"],
            "Record": row["client_id"],
        }
        for row in _rows(lines)
    )
    return frame_of(rows, _WORKBOOK)


def _rows(lines: pd.DataFrame) -> list[dict[str, Any]]:
    plain = lines.astype(object).where(lines.notna(), None)
    return [{str(name): value for name, value in row.items()} for row in plain.to_dict("records")]


def _told(name: str, value: str | None) -> str | None:
    return address_text(value) if value and BY_NAME[name].kind == "address" else value


def _in_import(row: Mapping[str, str], why_not: Mapping[tuple[str, str], str]) -> str:
    if row["side"] != XPM:
        return ""
    return why_not.get((row["operation_id"], row["field"]), "yes")


def _kept(firm: Firm, draft: Path, run_id: str, lines: pd.DataFrame) -> HandedOver:
    """Put the files in their place: a folder of their own, named by day and run."""
    day = f"{firm.clock.now():%Y-%m-%d}"
    stem, number = f"{day}-{run_id[:8]}", 1
    folder = firm.folder / FOLDER / stem
    while folder.exists():
        number += 1
        folder = firm.folder / FOLDER / f"{stem}-{number}"
    draft.replace(folder)
    files = tuple(sorted(path.name for path in folder.iterdir()))
    clients, values = lines["link_id"].nunique(), len(lines)
    whole = f"{values:,} value{'s'[: values != 1]} of {clients:,} client{'s'[: clients != 1]}"
    message = f"{whole} to carry across. The files are in {folder}. The next pull shows what has arrived."
    return HandedOver(run_id, folder, files, len(lines), message)
