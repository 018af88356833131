"""By what clients are told apart in filters, queues and scopes: whose they are and what they are."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from workbench.domain.fields import XPM

MARKS: Final = {
    "partner": "partner",
    "manager": "manager",
    "group": "groups",
    "type": "entity_type",
    "structure": "structure",
    "custom field": "custom_fields",
}
"""What people say, and the column of a clients frame that holds it."""
_OF_XPM: Final = ("group", "structure", "custom field")
"""Only XPM knows these; what Connectworks calls a structure is the type."""
_SEVERAL: Final = ("groups", "custom_fields")
_BETWEEN: Final = "; "


def marks_in(cell: str | None, mark: str) -> tuple[str, ...]:
    """Give what a cell says of one mark: groups and custom fields are several, the rest is one or none."""
    if not cell:
        return ()
    return tuple(cell.split(_BETWEEN)) if MARKS[mark] in _SEVERAL else (cell,)


def marks_of(*cards: Mapping[str, Any] | None) -> dict[str, tuple[str, ...]]:
    """Give every mark of a client by the rows of its records; what either system says counts."""
    told: dict[str, tuple[str, ...]] = {}
    for mark, column in MARKS.items():
        telling = (card for card in cards if card and (mark not in _OF_XPM or card.get("side") == XPM))
        cells = (marks_in(card.get(column), mark) for card in telling)
        told[mark] = tuple(dict.fromkeys(one for cell in cells for one in cell))
    return told
