"""Change who may do what: in firm.toml, whose other lines stay as they are, and in the ledger."""

from __future__ import annotations

import tomlkit
from tomlkit.items import Table

from workbench.domain.errors import BadInput, NotAllowedHere
from workbench.domain.people import AccessSettings
from workbench.domain.records import Entry
from workbench.flow.configuring import versions
from workbench.flow.firm import Firm
from workbench.flow.settings_file import rewrite


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

    def change(document: tomlkit.TOMLDocument) -> None:
        if firm.access != before:
            raise BadInput("Somebody else changed this meanwhile; nothing was changed.", "Look again.")
        document["access"] = _as_table(after)

    settings = rewrite(firm.folder, change)
    firm.append([Entry("configured", {"what": what, **versions(firm.folder, settings)})])


def _as_table(access: AccessSettings) -> Table:
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
    return table
