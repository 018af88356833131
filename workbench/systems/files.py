"""A side that is reached by exports: read from files that a person saves, and never written to."""

from __future__ import annotations

import io
import json
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import asdict
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Final

import pandas as pd
import pyarrow as pa
from pyarrow.csv import WriteOptions, write_csv

from workbench.domain.errors import BadInput, Gone, NotAllowedHere
from workbench.domain.fields import COLUMNS, FIELDS, SIDE_LABELS, XPM, Side
from workbench.domain.frames import TEXT, address_cell
from workbench.domain.records import Answer, Operation, Parsed, Quota, Seen, Tenant, Values
from workbench.domain.settings import Settings
from workbench.systems.country import country_code
from workbench.systems.export_columns import FLAGS, profile_path
from workbench.systems.export_rows import confirmed_profile, mapped
from workbench.systems.export_table import Note, Table, newest_export, read_export
from workbench.systems.port import READ, Progress, silent
from workbench.systems.xpm_rows import entity_type

MEDIA_TYPE: Final = "text/csv; charset=utf-8"
TENANT: Final = "files"
"""Stands for the tenant's id: whose data a file holds, it does not say."""
_KINDS: Final = frozenset(
    {"individual", "company", "trust", "partnership", "limited_partnership", "estate", "other"}
)
_STATES: Final = frozenset({"active", "prospect", "guest", "archived", "discarded", "deleted"})
_YES: Final = frozenset({"yes", "y", "true", "1", "x"})
_NOT_SEEN: Final = frozenset(
    {"client_id", "tax_number", "linked_id", "updated_at", "structure", "contact_id"}
)


class Files:
    """A side's clients, as its last export has them.

    Parameters
    ----------
    settings : Settings
        Of the firm.
    side : str
        Which system the exports are of.
    folder : Path
        The firm's folder; holds the confirmed profile, and the exports where the settings name no folder.
    """

    fewer = "Was it exported by a Firm Administrator?"

    def __init__(self, settings: Settings, side: Side, folder: Path) -> None:
        self.side: Side = side
        self.name = f"{SIDE_LABELS[side]} (files)"
        self.exports = folder / (settings.side(side).exports or f"exports/{side}")
        self.profile_path = profile_path(folder, side)
        self._settings = settings
        self._read: (
            tuple[tuple[str, int, int, int] | None, pd.DataFrame, datetime, tuple[Note, ...]] | None
        ) = None

    def tenant(self) -> Tenant:
        """Say whose exports these are supposed to be."""
        return Tenant(TENANT, f"exports of {self._settings.firm.name}")

    def abilities(self) -> frozenset[str]:
        """Say that files can be read, and nothing else."""
        return frozenset({READ})

    def quota(self) -> Quota:
        """Say that files have no limits."""
        return Quota()

    def remember(self, quota: Quota) -> None:
        """Forget it: files have no limits."""

    def touch(self) -> None:
        """Read the newest export by the confirmed columns."""
        self._newest_clients()

    def table(self) -> Table:
        """Read the newest export as it lies there.

        Raises
        ------
        BadInput
            If there is none, or it cannot be read.
        """
        return read_export(self._newest())

    def version(self) -> tuple[str, int, int, int] | None:
        """Stand for the newest export and its confirmed columns as they lie there; None without one."""
        path, profile = newest_export(self.exports), self.profile_path
        if path is None:
            return None
        confirmed = profile.stat().st_mtime_ns if profile.exists() else 0
        return str(path), path.stat().st_mtime_ns, path.stat().st_size, confirmed

    def pull(self, progress: Progress = silent) -> Iterator[Answer]:
        """Read the newest export: its clients as one answer, and what is odd about it as another.

        Only columns that the confirmed profile reads are given, and no Australian tax file number.

        Raises
        ------
        BadInput
            If there is no export, its columns were not confirmed, or two records cannot be told apart.
        """
        progress(0, None, f"Reading the newest export of {SIDE_LABELS[self.side]}")
        frame, at, notes = self._newest_clients()
        progress(len(frame), len(frame), f"Read {len(frame)} rows")
        told = json.dumps([asdict(note) for note in notes], ensure_ascii=False).encode()
        yield Answer(self.side, "clients", MEDIA_TYPE, _csv(frame), at)
        yield Answer(self.side, "notes", "application/json", told, at)

    def parse(self, answers: Iterable[Answer], only: Collection[str] | None = None) -> Parsed:
        """Read kept answers into frames; where several tell of one client, the last holds."""
        frames: list[pd.DataFrame] = []
        notes: list[Note] = []
        for answer in answers:
            if answer.resource == "notes":
                notes = [Note(**each) for each in json.loads(answer.body)]
            else:
                frames.append(_frame(answer.body))
        told = pd.concat(frames, ignore_index=True) if frames else pd.DataFrame({"client_id": []}, dtype=TEXT)
        told = told[~told["client_id"].duplicated(keep="last")].reset_index(drop=True)
        asked = told if only is None else told[told["client_id"].isin(only)].reset_index(drop=True)
        return Parsed(
            self._clients(asked),
            expected=len(told),
            told=_tells(told),
            notes=tuple(map(_said, notes)),
        )

    def look(self, client_id: str, resource: str = "client", resource_id: str | None = None) -> Seen:
        """See a client as the newest export has it."""
        frame, at, _ = self._newest_clients()
        row = frame[frame["client_id"] == client_id]
        if row.empty:
            raise Gone(
                f"The last export of {SIDE_LABELS[self.side]} does not hold this client any more.",
                "See there whether it was deleted, and save a new export.",
            )
        return Seen(
            self._values(row), True, at, (Answer(self.side, "client", MEDIA_TYPE, _csv(row), at, client_id),)
        )

    def write(self, operation: Operation, seen: Seen, run_id: str, not_after: datetime | None = None) -> Seen:
        """Refuse: nobody can write through an export."""
        raise NotAllowedHere(
            f"{SIDE_LABELS[self.side]} is reached by files, so nothing can be written there.",
            "Hand the changes over instead.",
        )

    def close(self) -> None:
        """Let go of nothing: files are closed once they were read."""

    def _newest(self) -> Path:
        path = newest_export(self.exports)
        if path is None:
            raise BadInput(
                f"There is no export of {SIDE_LABELS[self.side]} in {self.exports}.",
                "Have a Firm Administrator export all clients, and save the file there as .csv or .xlsx.",
            )
        return path

    def _newest_clients(self) -> tuple[pd.DataFrame, datetime, tuple[Note, ...]]:
        """Give the newest export's clients, read once for each state of file and profile."""
        path, key = self._newest(), self.version()
        if self._read is None or self._read[0] != key:
            table = read_export(path)
            profile = confirmed_profile(table, self.profile_path, self.side)
            frame, notes = mapped(table, profile, self._settings.firm.home_country)
            self._read = (key, frame, table.at, (*table.notes, *notes))
        return self._read[1:]

    def _clients(self, told: pd.DataFrame) -> pd.DataFrame:
        """Complete an export to a clients frame: types, states and countries from their words."""
        columns = {name: _cells(told, name) for name in (*COLUMNS, *FLAGS)}
        home = self._settings.firm.home_country
        places = zip(*(columns[f"{name}country"] for name in ("", "physical_", "postal_")), strict=True)
        columns["country"] = [country_code(next(filter(None, place), None), home) for place in places]
        columns["entity_type"] = self._entity_types(columns)
        columns["lifecycle"] = _states(columns, "active")
        columns["nature"] = [
            "contact"
            if "contact" in (cell or "").lower() and "client" not in (cell or "").lower()
            else "client"
            for cell in columns["nature"]
        ]
        columns["email_source"] = ["client" if cell else None for cell in columns["email"]]
        if self.side == XPM:  # the business number of a client in Australia is its ABN
            for at, country in enumerate(columns["country"]):
                if country == "AU" and columns["nzbn"][at] and not columns["abn"][at]:
                    columns["abn"][at], columns["nzbn"][at] = columns["nzbn"][at], None
        names = columns["legal_name"]
        whole = zip(columns["first_name"], columns["middle_name"], columns["last_name"], strict=True)
        columns["legal_name"] = [
            name or " ".join(filter(None, parts)) or None for name, parts in zip(names, whole, strict=True)
        ]
        columns["side"] = [self.side] * len(told)
        return pd.DataFrame({name: pd.array(columns[name], dtype=TEXT) for name in COLUMNS})

    def _entity_types(self, columns: Mapping[str, list[str | None]]) -> list[str | None]:
        ours = self._settings
        named = ours.xpm.business_structures if self.side == XPM else ours.connectworks.entity_types
        kinds = zip(columns["entity_type"], columns["structure"], columns["legal_name"], strict=True)
        return [
            kind if kind in _KINDS else entity_type(structure or kind, name, named)
            for kind, structure, name in kinds
        ]

    def _values(self, row: pd.DataFrame) -> Values:
        client = self._clients(row.reset_index(drop=True)).iloc[0]
        values: dict[str, str | None] = {}
        for field in FIELDS:
            if field.name in _NOT_SEEN or not set(field.columns) & set(row.columns):
                continue
            cells = [None if pd.isna(client[column]) else str(client[column]) for column in field.columns]
            if field.kind == "address":
                parts = [column.partition("_")[2] for column in field.columns]
                values[field.name] = address_cell(dict(zip(parts, cells, strict=True)))
            else:
                values[field.name] = cells[0]
        return values


def _states(columns: Mapping[str, list[str | None]], usual: str) -> list[str | None]:
    """Give each client's state: deleted outweighs archived, that outweighs prospect; else what it says."""
    flags = zip(columns["is_deleted"], columns["is_archived"], columns["is_prospect"], strict=True)

    @cache
    def state(said: str | None, flagged: tuple[str | None, ...]) -> str:
        raised = [s for s, f in zip(("deleted", "archived", "prospect"), flagged, strict=True) if _is_yes(f)]
        plain = (said or "").strip().lower()
        return raised[0] if raised else plain if plain in _STATES else usual

    return [state(*told) for told in zip(columns["lifecycle"], flags, strict=True)]


def _tells(told: pd.DataFrame) -> frozenset[str]:
    """Say which columns an export has; a person's name may stand in parts."""
    columns = frozenset(told.columns)
    return columns | {"legal_name"} if "last_name" in columns else columns


def _is_yes(cell: str | None) -> bool:
    return (cell or "").strip().lower() in _YES


def _cells(frame: pd.DataFrame, name: str) -> list[str | None]:
    if name not in frame.columns:
        return [None] * len(frame)
    return frame[name].astype(object).where(frame[name].notna(), None).tolist()


def _csv(frame: pd.DataFrame) -> bytes:
    whole = pa.Table.from_pandas(frame, preserve_index=False).replace_schema_metadata()
    stream = io.BytesIO()
    write_csv(whole, stream, WriteOptions(quoting_style="all_valid"))
    return stream.getvalue()


def _frame(body: bytes) -> pd.DataFrame:
    # Blank cells are missing, and nothing else is: a client may be called “None”.
    return pd.read_csv(
        io.BytesIO(body),
        dtype=TEXT,
        keep_default_na=False,
        na_values=[""],
        lineterminator=None,
        encoding="utf-8",
    )


def _said(note: Note) -> Mapping[str, str | None]:
    return {name: None if value is None else str(value) for name, value in asdict(note).items()}
