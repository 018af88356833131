"""Change who may do what: in firm.toml, whose other lines stay as they are, and in the ledger."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

import tomlkit
from filelock import FileLock

from workbench.domain.errors import BadInput, NotAllowedHere, StorageFailed
from workbench.domain.people import AccessSettings
from workbench.domain.records import Entry
from workbench.domain.settings import read_settings
from workbench.flow.firm import Firm


def appoint(firm: Firm, before: AccessSettings, after: AccessSettings, what: str) -> None:
    """Let other people do other things from now on.

    Parameters
    ----------
    firm : Firm
        Who changes it is whoever opened it.
    before : AccessSettings
        As it was seen.
    after : AccessSettings
        As it should be.
    what : str
        What is changed, in a few words for the ledger.

    Raises
    ------
    NotAllowedHere
        If that person may not administer.
    BadInput
        If it was changed meanwhile, or nobody would be left who may administer.
    StorageFailed
        If the file cannot be written.
    """
    if not firm.who.may("administer"):
        raise NotAllowedHere(f"{firm.who.name} may not change the settings.", "Ask an administrator.")
    if after.people and not after.named(firm.person).may("administer"):
        raise BadInput(
            "You would shut yourself out.", "Let somebody else who may administer change your own rights."
        )
    path = firm.folder / "firm.toml"
    with FileLock(path.with_suffix(".lock"), mode=0o600):
        if firm.access != before:
            raise BadInput("Somebody else changed this meanwhile; nothing was changed.", "Look again.")
        text = _with_access(path.read_text(encoding="utf-8"), after)
        read_settings(text, str(path))  # what cannot be read again is never written
        _write(path, text)
    firm.append([Entry("configured", {"what": what})])


def _with_access(text: str, access: AccessSettings) -> str:
    document = tomlkit.parse(text)
    table = tomlkit.table()
    table["approval"] = access.approval
    people = tomlkit.aot()
    for person in access.people:
        row = tomlkit.table()
        for name, value in person.model_dump(exclude_defaults=True).items():
            row[name] = list(value) if isinstance(value, tuple) else value
        row["roles"] = list(person.roles)
        people.append(row)
    if access.people:
        table["people"] = people
    document["access"] = table
    return tomlkit.dumps(document)


def _write(path: Path, text: str) -> None:
    """Put a whole new file in the old one's place: no reader ever sees a half."""
    try:
        descriptor, unfinished = tempfile.mkstemp(dir=path.parent, prefix=".firm-")
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        Path(unfinished).chmod(path.stat().st_mode)
        Path(unfinished).replace(path)
    except OSError as error:
        raise StorageFailed(
            f"{path} cannot be written: {error.strerror}.", "Check who may write it."
        ) from None
