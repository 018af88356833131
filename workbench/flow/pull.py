"""Fetch a whole side, keep what was received, and say whether it can be trusted to be whole."""

from __future__ import annotations

import uuid

from workbench.domain.errors import WorkbenchError
from workbench.domain.fields import SIDE_LABELS
from workbench.domain.records import Entry, Parsed
from workbench.flow.firm import Firm
from workbench.systems.port import Progress, System, silent

SHRINK_ALARM = 0.10
"""A pull that lost more than this part of the last whole one is taken for an incomplete export."""


def pull_side(
    firm: Firm, system: System, by: str, progress: Progress = silent, *, accept_shrink: bool = False
) -> Parsed:
    """Pull one side into a snapshot and write down what came.

    Parameters
    ----------
    firm : Firm
        Whose snapshots and ledger are written.
    system : System
        The connection to read.
    by : str
        Who asked for it.
    progress : callable, optional
        Told as the answers come.
    accept_shrink : bool
        Whether a person said that clients really left, so that fewer records are no alarm.

    Returns
    -------
    Parsed
        What the answers say; the pull is kept even when it turns out to be incomplete.
    """
    try:
        with firm.snapshots.writing(system.side, firm.clock.now()) as writer:
            for answer in system.pull(progress):
                writer.add(answer)
    except WorkbenchError as error:
        _write_down(firm, system.side, "", None, error.what, by)
        raise
    parsed = system.parse(firm.snapshots.read(writer.id))
    reason = _why_incomplete(firm, system, parsed, accept_shrink)
    _write_down(firm, system.side, writer.id, parsed, reason, by)
    return parsed


def _write_down(firm: Firm, side: str, snapshot: str, parsed: Parsed | None, reason: str, by: str) -> None:
    body = {
        "pull_id": uuid.uuid4().hex,
        "side": side,
        "tenant_id": firm.state().connected[side].tenant_id,
        "snapshot": snapshot,
        "records": len(parsed.clients) if parsed else 0,
        "expected": parsed.expected if parsed else None,
        "complete": not reason,
        "reason": reason,
    }
    firm.append([Entry("pulled", body)], by)


def _why_incomplete(firm: Firm, system: System, parsed: Parsed, accept_shrink: bool) -> str:
    """Give the reason in words why nothing may be concluded from absence, or ''."""
    label, found = SIDE_LABELS[system.side], len(parsed.clients)
    if not parsed.complete:
        return f"{label} stopped sending before its last page."
    if parsed.expected is not None and found < parsed.expected:
        return f"{label} said {parsed.expected} records and sent {found}."
    last = firm.state().whole_pulls.get(system.side)
    if last is not None and found < last.records * (1 - SHRINK_ALARM) and not accept_shrink:
        told = f"{label} sent {found} records; the last whole pull had {last.records}. {system.fewer}".strip()
        return f"{told} If so many really left: workbench pull FOLDER --accept-shrink."
    return ""
