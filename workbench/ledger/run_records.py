"""Run records: what is kept of each scheduled run, in a folder of its own under the firm's ``runs``.

::

    runs/20261123T190000Z-1f2e3d4c/
        record.json      canonical JSON of `RunRecord`; the ledger's ``ran`` entry holds its SHA-256
        notebook.ipynb   as executed; of a failed run up to and with the cell that failed
        report.html      the page for people; report.pdf beside it where a Chromium is there
        settings.toml    the firm's settings as they were
        tables/*.csv     the same bytes for the same snapshots and decisions, whatever the day or machine

A folder without ``record.json`` is a run that was killed; it is left as it is.
"""

from __future__ import annotations

import hashlib
import json
import secrets
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from workbench.domain.errors import TELL_AN_ADMINISTRATOR, StorageFailed
from workbench.domain.records import canonical
from workbench.ledger.chain import Head

FORMAT: Final = 1
RECORD: Final = "record.json"
NOTEBOOK: Final = "notebook.ipynb"
REPORT: Final = "report.html"
PRINTED: Final = "report.pdf"
SETTINGS: Final = "settings.toml"
TABLES: Final = "tables"


@dataclass(frozen=True, slots=True)
class RunRecord:
    """One scheduled run, so that another person can see what went in and what came out.

    Parameters
    ----------
    run_id : str
        Its id and the name of its folder: the moment it began (UTC), and eight random digits.
    by : str
        Under whose account it ran.
    began, ended : str
        When (ISO 8601, UTC).
    result : str
        ``nothing_moved``, ``differences_wait``, ``needs_person`` or ``failed``.
    exit_code : int
        What the command ended with.
    message : str
        The whole in one sentence, without any client's value.
    parameters : mapping
        What the notebook was given.
    inputs : mapping
        Side to the SHA-256 of the snapshot that was compared.
    versions : mapping
        Python and every package that Workbench stands on, with their versions.
    head : Head
        The ledger's head as the report shows it.
    pushed : tuple of str
        Ids of the pushes that it made by safe rules.
    files : mapping
        Path within the folder to SHA-256, of everything but the record itself.
    """

    run_id: str
    by: str
    began: str
    ended: str
    result: str
    exit_code: int
    message: str
    parameters: Mapping[str, str]
    inputs: Mapping[str, str]
    versions: Mapping[str, str]
    head: Head
    pushed: tuple[str, ...] = ()
    files: Mapping[str, str] = field(default_factory=dict)

    def as_bytes(self) -> bytes:
        """Give the record's one byte form."""
        return canonical({"v": FORMAT, **asdict(self)})


class RunRecords:
    """A firm's run records.

    Parameters
    ----------
    folder : Path
        Made when first needed, readable by its owner only.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = Path(folder)

    def begin(self, at: datetime) -> str:
        """Make the folder of a new run and give the run's id."""
        run_id = f"{at:%Y%m%dT%H%M%SZ}-{secrets.token_hex(4)}"
        try:
            for folder in (self.folder, self.path(run_id), self.path(run_id) / TABLES):
                folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        except OSError as error:
            raise _refused(self.folder, error) from None
        return run_id

    def path(self, run_id: str) -> Path:
        """Give the folder of a run."""
        return self.folder / run_id

    def ids(self) -> list[str]:
        """Give the ids of the runs that have a record, oldest first."""
        return sorted(path.parent.name for path in self.folder.glob(f"*/{RECORD}"))

    def seal(self, record: RunRecord) -> str:
        """Keep a run's record beside its files, all for their owner only.

        Returns
        -------
        str
            The record's SHA-256, for the ledger.
        """
        path = self.path(record.run_id)
        text = record.as_bytes()
        try:
            (path / RECORD).write_bytes(text)
            for each in path.rglob("*"):
                each.chmod(0o700 if each.is_dir() else 0o600)
        except OSError as error:
            raise _refused(path, error) from None
        return hashlib.sha256(text).hexdigest()

    def hashes(self, run_id: str) -> dict[str, str]:
        """Give the SHA-256 of every file of a run, by its path within the run's folder."""
        path = self.path(run_id)
        files = sorted(each for each in path.rglob("*") if each.is_file() and each.name != RECORD)
        return {
            each.relative_to(path).as_posix(): hashlib.sha256(each.read_bytes()).hexdigest() for each in files
        }

    def read(self, run_id: str) -> RunRecord:
        """Give a run's record.

        Raises
        ------
        StorageFailed
            If there is none, or it cannot be read.
        """
        try:
            if run_id not in self.ids():
                raise ValueError(run_id)
            told: dict[str, Any] = json.loads((self.path(run_id) / RECORD).read_bytes())
        except (OSError, ValueError):
            raise StorageFailed(f"There is no record of a run {run_id}.", f"See {self.folder}.") from None
        if told.pop("v", None) != FORMAT:
            raise StorageFailed(f"The record of run {run_id} has a format that this version does not know.")
        told["head"] = Head(**told["head"])
        told["pushed"] = tuple(told["pushed"])
        return RunRecord(**told)


def _refused(path: Path, error: OSError) -> StorageFailed:
    return StorageFailed(
        f"{path} could not be written: {error.strerror}.",
        "Check the disk's space and the permissions of the firm's folder.",
        plain=f"The record of this run could not be kept: {error.strerror}. {TELL_AN_ADMINISTRATOR}",
    )
