"""Acts on many differences at once: their buttons, and what is shown and asked before they are done."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from workbench.review.grid import tally
from workbench.review.model import ReviewModel
from workbench.review.pattern_model import Picks
from workbench.review.pattern_rows import members
from workbench.review.pieces import button
from workbench.review.rows import Bulk, Key
from workbench.review.tree import Node, h
from workbench.review.values import can_be_uncovered
from workbench.review.words import amount

SAMPLE: Final = 20
_TOWARDS: Final = {
    "to_xpm": "Towards XPM",
    "to_connectworks": "Towards Connectworks",
    "leave": "Left as they are",
    "ask": "To be asked about",
}


@dataclass(frozen=True, slots=True)
class Offer:
    """An act on many that waits for a yes, with the sample that is shown of it.

    Parameters
    ----------
    direction : str
        What was asked for; ``suggested`` is whatever is suggested for each.
    bulk : Bulk
        What it would do.
    sections : tuple of (str, keys)
        Headings, each with differences drawn at random, the same ones every time.
    looked_at : tuple of str
        The links in the sample that speak for all: where more are shown of a rarer way than its share, only
        those that a draw from all of them would have shown too.
    """

    direction: str
    bulk: Bulk
    sections: tuple[tuple[str, tuple[Key, ...]], ...]
    looked_at: tuple[str, ...]


def offer(model: ReviewModel, keys: Iterable[Key], direction: str) -> Offer:
    """Say what an act on these differences would do, and draw a sample of each way that it goes.

    Parameters
    ----------
    model : ReviewModel
        Where they stand.
    keys : iterable of (link_id, field)
        Which differences.
    direction : str
        One direction for all, or ``suggested``.
    """
    bulk = model.bulk(keys, direction)
    ways: dict[str, list[Key]] = {}
    led: set[Key] = set()
    for key, way in zip(bulk.keys, bulk.directions, strict=True):
        if key not in led:  # of a swap one row shows both halves
            ways.setdefault(way, []).append(key)
            led.update(model.together(key))
    sections = [section for way in _TOWARDS for section in _drawn(model, way, ways.get(way, []))]
    everyone, shown = [key for keys in ways.values() for key in keys], sum(len(keys) for _, keys in sections)
    # The first of all in the draw's order are the first of their way too, and so stand in a section.
    looked_at = everyone if shown == len(everyone) else _some(everyone)
    return Offer(direction, bulk, tuple(sections), tuple(dict.fromkeys(link for link, _ in looked_at)))


def _drawn(model: ReviewModel, way: str, keys: Sequence[Key]) -> list[tuple[str, tuple[Key, ...]]]:
    """Draw from those with a warning and from the others."""
    warned = [key for key in keys if model.row(key).cautions]
    outside = set(warned)
    parts = (("with a warning", warned), ("a random sample", [key for key in keys if key not in outside]))
    return [
        (f"{_TOWARDS[way]}, {what}: {min(SAMPLE, len(some)):,} of {len(some):,}", _some(some))
        for what, some in parts
        if some
    ]


def _some(keys: Sequence[Key]) -> tuple[Key, ...]:
    return tuple(sorted(keys, key=_draw)[:SAMPLE])


def _draw(key: Key) -> bytes:
    return hashlib.blake2b("\n".join(key).encode(), digest_size=8).digest()


def offered(
    made: Offer, model: ReviewModel, show_hidden: bool, acts: tuple[str, str] = ("bulk", "no_bulk")
) -> list[Node]:
    """Show what an act would do with its sample, and wait for a yes or a no.

    Parameters
    ----------
    made : Offer
        Which act.
    model : ReviewModel
        Where the differences stand.
    show_hidden : bool
        Whether hidden fields are shown; a sample that is hidden must be uncovered before the yes.
    acts : tuple of str
        What a yes and a no do.
    """
    sections = [(title, model.present(keys)) for title, keys in made.sections]
    hidden = can_be_uncovered(field for _, keys in sections for _, field in keys) and not show_hidden
    return [
        _question(made, acts, hidden),
        *([members(sections, model, Picks(), show_hidden, boxes=False)] if sections else []),
    ]


def bulk_buttons() -> list[Node]:
    """Make the buttons; each asks first."""
    return [
        button(
            "Accept suggestions…", "ask_bulk", direction="suggested", name="Accept suggestions: all shown"
        ),
        button("All >>…", "ask_bulk", direction="to_xpm", name="All >>: all shown towards XPM"),
        button(
            "All <<…", "ask_bulk", direction="to_connectworks", name="All <<: all shown towards Connectworks"
        ),
        button("Leave all…", "ask_bulk", look="quiet", direction="leave", name="Leave all shown as they are"),
    ]


def _question(made: Offer, acts: tuple[str, str], hidden: bool) -> Node:
    """Say what an act would do and what it leaves out."""
    bulk, left_out = made.bulk, _left_out_words(made.bulk)
    yes = button(f"Tick these {len(bulk.keys):,}", acts[0], look="main") if bulk.keys else None
    return h(
        "div",
        h("p", h("strong", bulk_words(made.direction, bulk))),
        h("p", left_out, class_="muted") if left_out else None,
        # Never the button that ticks them in the same place: a key pressed twice must not be a yes.
        h("div", button("Show the values first", "show_values")) if hidden else yes,
        button("Cancel", acts[1], look="quiet"),
        key="question",
        class_="question",
        role="group",
        aria_label="Many at once",
        tabindex=-1,
        data_asks="yes",
        data_focus="yes",
    )


def bulk_words(direction: str, bulk: Bulk) -> str:
    """Say what an act would do."""
    if not bulk.keys:
        return "There is nothing here that this could tick."
    to_xpm = bulk.directions.count("to_xpm")
    to_cw = bulk.directions.count("to_connectworks")
    if direction == "leave":
        return f"Leave {tally(len(bulk.keys))} as they are?"
    told = [f"{to_xpm:,} towards XPM"] if to_xpm else []
    told += [f"{to_cw:,} towards Connectworks"] if to_cw else []
    asked = bulk.directions.count("ask")
    told += [f"{asked:,} to be asked about"] if asked else []
    return f"Tick {tally(len(bulk.keys))}: {', '.join(told)}?"


def _left_out_words(bulk: Bulk) -> str:
    told = []
    if bulk.erasing:
        told.append(f"{bulk.erasing:,} that would erase a value")
    if bulk.warned:
        told.append(f"{bulk.warned:,} with a warning")
    if bulk.damaged:
        told.append(
            amount(
                bulk.damaged,
                "damaged value or one that cannot be written",
                "damaged values or ones that cannot be written",
            )
        )
    if bulk.unsuggested:
        told.append(f"{bulk.unsuggested:,} without a suggestion")
    return f"Left out: {', '.join(told)}." if told else ""
