"""Crowds of people with few names, in which many compete for the same counterpart."""

from __future__ import annotations

import random

import pandas as pd

_GIVEN, _FAMILY = ("Ana", "Bea", "Cy", "Di"), ("Fenn", "Holm", "Kerr")


def crowd(size: int, seed: int, typed: bool = True) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Invent two sides of so many people, with types or without."""
    dice = random.Random(seed)
    sides = []
    for side in "cx":
        rows = [
            {
                "client_id": f"{side}{number}",
                "legal_name": f"{dice.choice(_GIVEN)} {dice.choice(_FAMILY)}",
                "email": dice.choice([None, f"mail{dice.randrange(size)}@mail.example"]),
                "primary_phone": dice.choice([None, f"09 555 {dice.randrange(size):04d}"]),
                **({"entity_type": "individual"} if typed else {}),
            }
            for number in range(size)
        ]
        sides.append(pd.DataFrame(rows))
    return sides[0], sides[1]
