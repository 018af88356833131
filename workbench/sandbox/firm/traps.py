"""Planted traps."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from .dice import Dice
from .sides import Row, Side, XpmContact


@dataclass
class Trap:
    """A few records that a careless tool would get wrong."""

    connectworks: list[Side] = field(default_factory=list)
    xpm: list[Side] = field(default_factory=list)
    cards: list[XpmContact | None] = field(default_factory=list)
    tax_numbers: dict[str, str] = field(default_factory=dict)

    def linked_ids(self) -> list[str | None]:
        """Give for each Connectworks record the XPM client that it is already linked to."""
        return [None] * len(self.connectworks)

    def truth(self) -> list[Row]:
        """Give the truth about the trap."""
        return []


def traps(dice: Dice) -> Iterator[Trap]:
    """Draw every trap."""
    yield from ()
