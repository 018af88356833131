"""Exports as a person meets them: what each column is taken for, its confirmation, and what is odd."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import pandas as pd

from workbench.domain.errors import BadInput, WorkbenchError
from workbench.domain.fields import FIELDS, SIDE_LABELS, SIDES, Side
from workbench.domain.frames import frame_of
from workbench.flow.firm import Firm
from workbench.systems.export_columns import TARGET_LABELS, guess, profile_of, read_profile, write_profile
from workbench.systems.files import Files

COLUMNS: Final = ("header", "field", "why", "sample")
NOTES: Final = ("side", "row", "column", "kind", "what")
_MASKED: Final = frozenset(column for field in FIELDS if field.masked for column in field.columns)
CONFIRMED: Final = "confirmed before"
_HIDDEN: Final = "•••"


def files_of(firm: Firm, side: Side) -> Files:
    """Give a side that is reached by files.

    Raises
    ------
    BadInput
        If there is no such side, or it is reached through its API.
    """
    system = firm.connections.system.get(side)
    if not isinstance(system, Files):
        label = SIDE_LABELS.get(side, side)
        raise BadInput(
            f"{label} is not reached by files.", f'Set access = "files" under [{side}] in firm.toml.'
        )
    return system


def columns_of(firm: Firm, side: Side) -> pd.DataFrame:
    """Say what each column of a side's newest export is taken for.

    Parameters
    ----------
    firm : Firm
        Whose.
    side : str
        ``connectworks`` or ``xpm``.

    Returns
    -------
    pandas.DataFrame
        One row a header: the field ('' for a column that is not read), why, and a sample; tax numbers, birth
        dates and addresses are hidden, and of columns that are not read nothing is shown.
    """
    system = files_of(firm, side)
    table, known = system.table(), read_profile(system.profile_path)
    rows = []
    for one in guess(table):
        kept = known is not None and one.header in known.columns
        field = known.columns[one.header] if known is not None and kept else one.column
        first = next((cell for cell in table.columns[one.header] if cell), None)
        sample = None if first is None or not field else _HIDDEN if field in _MASKED else first
        why = CONFIRMED if kept else one.why
        rows.append({"header": one.header, "field": field, "why": why, "sample": sample})
    return frame_of(rows, COLUMNS)


def confirm_columns(
    firm: Firm, side: Side, changes: Mapping[str, str] | None = None, *, month_first: bool = False
) -> str:
    """Keep what each column of a side's newest export is, as it was shown or changed.

    Parameters
    ----------
    firm, side
        As in `columns_of`.
    changes : mapping, optional
        Header to field, where the shown one is wrong; ``""`` for a column that is not to be read.
    month_first : bool
        Whether the export writes days as in the United States.

    Returns
    -------
    str
        What tells records apart, in a sentence.

    Raises
    ------
    BadInput
        If a header or field is not known, a field stands twice, or nothing names the clients.
    """
    system = files_of(firm, side)
    table = system.table()
    shown = columns_of(firm, side)
    columns = dict(zip(shown["header"].astype(str), shown["field"].fillna("").astype(str), strict=True))
    profile = profile_of(table, {**columns, **(changes or {})}, month_first=month_first)
    write_profile(system.profile_path, profile, side)
    return f"Confirmed. Records are told apart by “{profile.record}”."


@dataclass(frozen=True)
class ExportTold:
    """A side's newest export as the settings screen shows it.

    Parameters
    ----------
    side : str
        Which system it is of.
    name : str
        The file's name; '' where there is none.
    columns : pandas.DataFrame
        As `columns_of` gives them.
    choices : mapping
        What a column can be: the field and what people call it.
    confirmed : bool
        Whether a person has confirmed all of its columns.
    month_first : bool
        Whether its days are taken as in the United States.
    trouble : str
        Why it cannot be read, or where to save one.
    """

    side: Side
    name: str = ""
    columns: pd.DataFrame = dataclasses.field(default_factory=lambda: frame_of((), COLUMNS))
    choices: Mapping[str, str] = dataclasses.field(default_factory=dict)
    confirmed: bool = False
    month_first: bool = False
    trouble: str = ""


def told_export(firm: Firm, side: Side) -> ExportTold:
    """Say how a side's newest export would be read, for somebody to confirm."""
    system = files_of(firm, side)
    try:
        table, profile = system.table(), read_profile(system.profile_path)
        columns = columns_of(firm, side)
    except WorkbenchError as error:
        return ExportTold(side, trouble=str(error))
    confirmed = bool((columns["why"] == CONFIRMED).all())
    month_first = profile is not None and profile.month_first
    return ExportTold(side, table.name, columns, TARGET_LABELS, confirmed, month_first)


def export_notes(firm: Firm) -> pd.DataFrame:
    """List what is odd about the last pulled exports: damage, dates, renamed headers, dropped tax numbers."""
    state = firm.state()
    rows = []
    for side in SIDES:
        pull = state.pulls.get(side)
        if pull is not None and pull.snapshot and firm.reads(side, pull.tenant_id):
            parsed = firm.connections.system[side].parse(firm.snapshots.read(pull.snapshot))
            rows += [{"side": side, **note} for note in parsed.notes]
    return frame_of(rows, NOTES)
