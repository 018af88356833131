"""Chance that falls the same way on every machine and Python version.

Only ``random.Random(seed).random`` is used: it alone is promised to give the same sequence for a seed.
"""

import random
import uuid
from bisect import bisect
from collections.abc import Sequence
from itertools import accumulate
from typing import TypeVar

T = TypeVar("T")


class Dice:
    """A seeded source of choices.

    Parameters
    ----------
    seed : int
        Equal seeds give equal sequences of choices.
    """

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed).random

    def chance(self, probability: float) -> bool:
        """Say yes with the given probability."""
        return self._random() < probability

    def number(self, low: int, high: int) -> int:
        """Give a whole number from `low` to `high`, both included."""
        return low + int(self._random() * (high - low + 1))

    def pick(self, choices: Sequence[T]) -> T:
        """Give one of `choices`, each as likely as the others."""
        return choices[int(self._random() * len(choices))]

    def pick_early(self, choices: Sequence[T]) -> T:
        """Give one of `choices`, the early ones far more often, as names are spread in life."""
        return choices[int(self._random() ** 2.2 * len(choices))]

    def weighted(self, table: "Weights[T]") -> T:
        """Give one entry of `table`, as often as its weight says."""
        return table.choices[bisect(table.edges, self._random() * table.edges[-1])]

    def digits(self, count: int) -> str:
        """Give `count` random digits."""
        return str(int(self._random() * 10**count)).zfill(count)

    def uuid(self) -> str:
        """Give a random identifier in the shape of a version 4 UUID."""
        bits = 0
        for _ in range(4):
            bits = bits << 32 | int(self._random() * 2**32)
        return str(uuid.UUID(int=bits, version=4))

    def shuffled(self, items: Sequence[T]) -> list[T]:
        """Give the items in a random order."""
        result = list(items)
        for last in range(len(result) - 1, 0, -1):
            other = self.number(0, last)
            result[last], result[other] = result[other], result[last]
        return result


class Weights(Sequence[T]):
    """Choices with weights, added up once."""

    def __init__(self, *pairs: tuple[T, float]) -> None:
        self.choices = [choice for choice, _ in pairs]
        self.edges = list(accumulate(weight for _, weight in pairs))

    def __len__(self) -> int:
        return len(self.choices)

    def __getitem__(self, index: int) -> T:  # type: ignore[override]
        return self.choices[index]
