"""Linking a band at once: a random sample is read first, what is wrong in it stays out and is counted."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

from workbench.domain.fields import CONNECTWORKS, XPM
from workbench.review.known import Known
from workbench.review.pieces import button
from workbench.review.tree import Node, h
from workbench.review.words import amount

Pair = tuple[str, str]
SAMPLE: Final = 60
"""So many are read: if none of 60 is wrong, fewer than 4.9 % of the rest are, at 95 % confidence."""


@dataclass(frozen=True)
class Band:
    """Pairs that are to be linked at once.

    Parameters
    ----------
    name : str
        What they have in common, in words.
    pairs : tuple of (connectworks_id, xpm_id)
        All of them.
    sample : tuple of (connectworks_id, xpm_id)
        Those that are shown, drawn at random.
    wrong : frozenset
        Those of the sample that were found not to be the same client.
    """

    name: str
    pairs: tuple[Pair, ...]
    sample: tuple[Pair, ...]
    wrong: frozenset[Pair] = frozenset()

    @property
    def right(self) -> tuple[Pair, ...]:
        """The pairs to be linked: all but the wrong ones."""
        return tuple(pair for pair in self.pairs if pair not in self.wrong)

    def turned(self, pair: Pair) -> Band:
        """Give the band with a pair of the sample called wrong, or right again."""
        return replace(self, wrong=self.wrong ^ {pair})


def drawn_band(name: str, pairs: Sequence[Pair]) -> Band:
    """Give a band with its sample: drawn by a hash of the ids, which nobody chooses, the same every time."""
    places = {pair: hashlib.blake2b("\n".join(pair).encode(), digest_size=8).digest() for pair in pairs}
    chosen = set(sorted(pairs, key=places.__getitem__)[:SAMPLE])
    return Band(name, tuple(pairs), tuple(pair for pair in pairs if pair in chosen))


def band_view(band: Band, known: Known) -> Node:
    """Show the sample, and ask."""
    how = "all of them" if len(band.sample) == len(band.pairs) else "drawn at random from all of them"
    found = f" {amount(len(band.wrong), 'pair')} found wrong." if band.wrong else ""
    return h(
        "div",
        h("h3", f"{amount(len(band.pairs), 'pair')} that are {band.name}"),
        h("p", f"Read these {len(band.sample)} first: {how}.{found}", class_="muted", role="status"),
        h("ul", [_line(band, pair, known) for pair in band.sample], class_="sample"),
        button(f"Link all {len(band.right):,}", "band", look="main"),
        button("Cancel", "no_band", look="quiet"),
        key="question",
        class_="question",
        role="group",
        aria_label="Link many at once",
    )


def _line(band: Band, pair: Pair, known: Known) -> Node:
    names = known.name(CONNECTWORKS, pair[0]), known.name(XPM, pair[1])
    label = "Wrong: stays out" if pair in band.wrong else "Wrong"
    name = f"{label}: {names[0]} and {names[1]}"
    marking = button(label, "band_wrong", look="quiet", name=name, connectworks_id=pair[0], xpm_id=pair[1])
    return h("li", h("strong", names[0]), "  ↔  ", names[1], " ", marking)
