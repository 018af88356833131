"""Linking a band at once: a random sample is read first, what is wrong in it stays out and is counted."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from workbench.domain.fields import CONNECTWORKS, XPM
from workbench.review.evidence import evidence_told
from workbench.review.known import Known
from workbench.review.pieces import button, table
from workbench.review.tree import Node, h
from workbench.review.words import amount

Pair = tuple[str, str]
_HEAD: Final = ("Connectworks", "XPM", "Why", "Not the same?")
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
    sample : mapping of (connectworks_id, xpm_id) to str
        Those that are shown, drawn at random, each with what speaks for it and against it.
    wrong : frozenset
        Those of the sample that were found not to be the same client.
    """

    name: str
    pairs: tuple[Pair, ...]
    sample: Mapping[Pair, str]
    wrong: frozenset[Pair] = frozenset()

    @property
    def right(self) -> tuple[Pair, ...]:
        """The pairs to be linked: all but the wrong ones."""
        return tuple(pair for pair in self.pairs if pair not in self.wrong)

    def turned(self, pair: Pair) -> Band:
        """Give the band with a pair of the sample called wrong, or right again."""
        return replace(self, wrong=self.wrong ^ {pair})


def drawn_band(name: str, candidates: Sequence[dict[str, Any]]) -> Band:
    """Give a band with its sample: drawn by a hash of the ids, which nobody chooses, the same every time.

    Parameters
    ----------
    name : str
        What the pairs have in common, in words.
    candidates : sequence of dict
        All of them.
    """
    pairs = {(c["connectworks_id"], c["xpm_id"]): c for c in candidates}
    places = {pair: hashlib.blake2b("\n".join(pair).encode(), digest_size=8).digest() for pair in pairs}
    chosen = set(sorted(pairs, key=places.__getitem__)[:SAMPLE])
    sample = {pair: evidence_told(candidate) for pair, candidate in pairs.items() if pair in chosen}
    return Band(name, tuple(pairs), sample)


def band_view(band: Band, known: Known) -> Node:
    """Show the sample, and ask."""
    how = "all of them" if len(band.sample) == len(band.pairs) else "drawn at random from all of them"
    found = f" {amount(len(band.wrong), 'pair')} found wrong." if band.wrong else ""
    return h(
        "div",
        h("h3", f"{amount(len(band.pairs), 'pair')} that are {band.name}"),
        h("p", f"Read these {len(band.sample)} first: {how}.{found}", class_="muted", role="status"),
        table(_HEAD, [_row(band, pair, why, known) for pair, why in band.sample.items()], "The sample"),
        button(f"Link all {len(band.right):,}", "band", look="main"),
        button("Cancel", "no_band", look="quiet"),
        key="question",
        class_="question",
        role="group",
        aria_label="Link many at once",
        tabindex=-1,
        data_asks="yes",
        data_focus="yes",
    )


def _row(band: Band, pair: Pair, why: str, known: Known) -> Node:
    names = known.name(CONNECTWORKS, pair[0]), known.name(XPM, pair[1])
    wrong = pair in band.wrong
    label = "Wrong: stays out" if wrong else "Wrong"
    name = f"{label}: {names[0]} and {names[1]}"
    marking = button(label, "band_wrong", look="small", name=name, connectworks_id=pair[0], xpm_id=pair[1])
    cells = h("td", names[1]), h("td", why, class_="muted"), h("td", marking)
    look = "taken-out" if wrong else None
    return h("tr", h("th", names[0], scope="row"), *cells, class_=look, key="\n".join(pair))
