"""What a write would empty, and where a value can be emptied at all."""

from __future__ import annotations

from typing import Final

from workbench.domain.address_kept import parts_lost
from workbench.domain.fields import BY_NAME, Side, label_of
from workbench.domain.records import Facts
from workbench.reconcile.brakes import WRITE_FIELDS

CLEAR_FIELDS: Final = "clear_fields"


def emptied(name: str, before: str | None, after: str | None) -> str:
    """Name what a write would empty: the whole field, or parts of an address; '' if nothing.

    Parameters
    ----------
    name : str
        The field.
    before, after : str or None
        What stands and what would stand.
    """
    if before is None:
        return ""
    if after is None:
        return "the " + label_of(name).lower()
    if BY_NAME[name].kind != "address":
        return ""
    parts = parts_lost(before, after)
    return "the " + " and ".join(parts) if parts else ""


def can_clear(side: Side, facts: Facts | None) -> bool:
    """Say whether a side's values can be emptied: by its connection, or by hand where that writes nothing.

    Without facts it is presumed.
    """
    abilities = facts.abilities.get(side, frozenset()) if facts else frozenset({CLEAR_FIELDS})
    return CLEAR_FIELDS in abilities or WRITE_FIELDS not in abilities
