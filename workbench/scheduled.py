"""The scheduled run: a notebook carried out by nobody in particular, and the record that is kept of it.

Parameters stand in a cell of their own behind the one that is tagged ``parameters``, as papermill does it, so
that the notebook can be run by papermill or by hand just as well.
"""

from __future__ import annotations

import json
import logging
import os
import re
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import nbformat
from filelock import FileLock, Timeout
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError

from workbench.domain import errors
from workbench.domain.errors import (
    FirmBusy,
    NotAllowedHere,
    PlanRefused,
    QuotaSpent,
    SignInNeeded,
    WorkbenchError,
)
from workbench.domain.records import Entry
from workbench.domain.results import EXIT_CODES, FAILED, NEEDS_PERSON
from workbench.door.serving import dashboard_notebook
from workbench.flow.firm import Firm
from workbench.flow.logs import keep_log
from workbench.flow.printing import print_page
from workbench.flow.since import moment_of
from workbench.flow.watching import UNATTENDED
from workbench.ledger.run_records import NOTEBOOK, PRINTED, REPORT, SETTINGS, RunRecord
from workbench.reconcile.scope import read_scope
from workbench.reporting import SUMMARY, versions

PARAMETERS: Final = ("firm", "scope", "since", "out")
_FOR_A_PERSON: Final = (SignInNeeded, PlanRefused, QuotaSpent, NotAllowedHere)
_WIDGET: Final = "application/vnd.jupyter.widget-view+json"
_CELL_TIMEOUT_S: Final = 4 * 3600
"""A pull waits for quotas; what hangs longer than this never ends."""
_LATE_OUTPUT_S: Final = 60
"""On a busy machine a cell's outputs may come long after it has ended."""

_COLOURS: Final = re.compile(r"\x1b\[[0-9;]*m")

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class _Ended:
    """How the notebook ended."""

    result: str
    message: str
    pushed: tuple[str, ...] = ()
    counts: Mapping[str, int] = field(default_factory=dict)


def scheduled_run(
    folder: Path, scope: str = "", since: str = "", *, printed: bool = True, story: Path | None = None
) -> RunRecord:
    """Carry out ``scheduled_run.ipynb`` for a firm, and keep what went in and what came out.

    Parameters
    ----------
    folder : Path
        The firm's folder.
    scope : str
        Whose clients the report is about (`workbench.reconcile.scope.in_scope`).
    since : str
        Since when moves are told (`workbench.flow.since.moment_of`).
    printed : bool
        Whether the report is printed as a PDF too, where a Chromium is there.
    story : Path, optional
        The notebook; by default ours.

    Returns
    -------
    RunRecord
        Also of a run that failed: its notebook is kept up to and with the cell that failed, with a sentence
        in place of a traceback.

    Raises
    ------
    BadInput
        If `scope` is not written as one, or `since` is neither a day nor a run of this firm.
    FirmBusy
        If another scheduled run of this firm is going on.
    """
    firm = Firm(folder.resolve())
    read_scope(scope)  # what cannot be read is refused here, before anything is pulled
    moment_of(firm, since)
    keep_log(firm.folder / "logs" / "runs.log")
    with _alone(firm):
        began = firm.clock.now()
        run_id = firm.run_records.begin(began)
        out = firm.run_records.path(run_id)
        shutil.copyfile(firm.folder / "firm.toml", out / SETTINGS)
        given = dict(zip(PARAMETERS, (str(firm.folder), scope, since, str(out)), strict=True))
        story = story or dashboard_notebook().with_name("scheduled_run.ipynb")
        ended = _carried_out(nbformat.read(story, as_version=4), out, given)
        if printed and (out / REPORT).exists():
            print_page(out / REPORT, out / PRINTED)
        pulls = firm.state().pulls
        record = RunRecord(
            run_id=run_id,
            by=firm.person,
            began=began.isoformat(timespec="milliseconds"),
            ended=firm.clock.now().isoformat(timespec="milliseconds"),
            result=ended.result,
            exit_code=EXIT_CODES[ended.result],
            message=ended.message,
            parameters={"scope": scope, "since": since},
            inputs={side: pull.snapshot for side, pull in sorted(pulls.items())},
            versions=versions(),
            head=firm.book.head(),
            pushed=ended.pushed,
            files=firm.run_records.hashes(run_id),
        )
        digest = firm.run_records.seal(record)
        body = {"run_id": run_id, "result": record.result, "exit_code": record.exit_code}
        firm.append([Entry("ran", {**body, "counts": ended.counts, "record": digest})])
    return record


@contextmanager
def _alone(firm: Firm) -> Iterator[None]:
    """Hold the firm's runs: two at once would tell of each other's pulls."""
    try:
        with FileLock(firm.folder / "run.lock", timeout=0, mode=0o600):
            yield
    except Timeout:
        raise FirmBusy("A scheduled run of this firm is going on.", "Wait until it has ended.") from None


def _carried_out(book: Any, out: Path, given: Mapping[str, str]) -> _Ended:
    """Run the notebook, keep it as far as it came, and say how it ended."""
    _forget_what_it_showed(book)
    _give_parameters(book, given)
    kept = out / NOTEBOOK
    client = NotebookClient(
        book,
        timeout=_CELL_TIMEOUT_S,
        iopub_timeout=_LATE_OUTPUT_S,
        kernel_name="python3",
        store_widget_state=False,
        extra_arguments=["--log-level=ERROR"],  # what it warns of would only fill the mail of a cron job
        resources={"metadata": {"path": str(out)}},
        on_cell_executed=lambda cell, cell_index, execute_reply: _keep(book, kept),
    )
    try:
        client.execute(env={**os.environ, UNATTENDED: "1"})
    except CellExecutionError as fault:
        return _failed(book, kept, fault.ename, fault.evalue)
    except CellTimeoutError:
        return _Ended(FAILED, "A step did not end within four hours. See whether both services answer.")
    except DeadKernelError:
        return _Ended(FAILED, "The notebook's kernel died. See how much memory is free, and run again.")
    finally:
        _keep(book, kept)
    summary = out / SUMMARY
    if not summary.exists():
        return _Ended(FAILED, "The notebook ran to its end without a report.")
    told = json.loads(summary.read_text(encoding="utf-8"))
    summary.unlink()  # what it says stands in the record
    return _Ended(told["result"], told["message"], tuple(told["pushed"]), told["counts"])


def _forget_what_it_showed(book: Any) -> None:
    """Take away what an earlier execution left, so that cells behind a failed one show nothing."""
    for cell in book.cells:
        if cell.cell_type == "code":
            cell.outputs, cell.execution_count = [], None


def _give_parameters(book: Any, given: Mapping[str, str]) -> None:
    """Put a cell with the parameters behind the one that is tagged as theirs."""
    at = next(i for i, cell in enumerate(book.cells) if "parameters" in cell.metadata.get("tags", []))
    source = "\n".join(f"{name} = {value!r}" for name, value in given.items())
    cell = nbformat.v4.new_code_cell(source, metadata={"tags": ["injected-parameters"]})
    book.cells.insert(at + 1, cell)


def _keep(book: Any, path: Path) -> None:
    """Write the notebook as far as it came; a widget is nothing without its kernel."""
    book.metadata.pop("widgets", None)
    for cell in book.cells:
        if cell.cell_type == "code":
            cell.outputs = [o for o in cell.outputs if _WIDGET not in o.get("data", {})]
    nbformat.write(book, path)


def _failed(book: Any, kept: Path, ename: str, evalue: str) -> _Ended:
    """Say in a sentence why a cell failed, and leave that sentence where its traceback stood.

    What is unforeseen may speak of a client; only its kind and the lines of our own code go to the log.
    """
    kind = getattr(errors, ename, None)
    if isinstance(kind, type) and issubclass(kind, WorkbenchError):
        result, words = (NEEDS_PERSON if issubclass(kind, _FOR_A_PERSON) else FAILED), evalue
    else:
        result, reference = FAILED, kept.parent.name[-8:]
        words = f"Something went wrong that should not have ({ename}, reference {reference})."
    for cell in book.cells:
        for output in cell.get("outputs", []):
            if output.output_type == "error":
                if kind is None:
                    log.error("Run %s failed with %s\n%s", kept.parent.name, ename, _lines(output.traceback))
                output.update(ename=ename, evalue=words, traceback=[words])
    return _Ended(result, words)


def _lines(traceback: list[str]) -> str:
    """Give of a traceback where it came from, without what it says."""
    plain = _COLOURS.sub("", "\n".join(traceback)).splitlines()
    return "\n".join(line for line in plain if line.startswith(("File ", "Cell ")))
