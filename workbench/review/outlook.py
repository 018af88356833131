"""How a client's changes look before anybody opens them: safe, in need of a look, or for the client."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal

from workbench.domain.fields import PUSHABLE, label_of
from workbench.domain.warnings import in_words
from workbench.review.known import Known
from workbench.review.tree import Node, h
from workbench.review.values import erases
from workbench.review.words import amount

Verdict = Literal["safe", "look", "ask"]
VERDICTS: Final[tuple[Verdict, ...]] = ("safe", "look", "ask")
_TRADES_AS: Final = re.compile(r"\bt\s*[/.]\s*a\b|\btrading as\b", re.IGNORECASE)
_ARROWS: Final = {"to_xpm": ">>", "to_connectworks": "<<", "leave": "leave both", "ask": "ask the client"}


@dataclass(frozen=True, slots=True)
class Outlook:
    """How one client's changes look.

    Parameters
    ----------
    verdict : str
        ``safe``, ``look`` or ``ask``.
    reasons : tuple of str
        Why it is not safe, each a sentence.
    """

    verdict: Verdict
    reasons: tuple[str, ...] = ()


def of_client(card: Mapping[str, Any], changes: Iterable[Outlook]) -> Outlook:
    """Put what is known of a client and of each of its changes together.

    Parameters
    ----------
    card : mapping
        The client's row: ``legal_name``, ``entity_type``.
    changes : iterable of Outlook
        One per change.
    """
    each = list(changes)
    about = []
    if card.get("entity_type") == "estate":
        about.append("This is an estate.")
    if _TRADES_AS.search(card.get("legal_name") or ""):
        about.append("The name holds a trading name.")
    reasons = tuple(dict.fromkeys([*about, *(reason for one in each for reason in one.reasons)]))
    if any(one.verdict == "ask" for one in each):
        return Outlook("ask", reasons)
    return Outlook("look" if reasons else "safe", reasons)


def of_change(
    field: str,
    direction: str | None,
    difference: Mapping[str, Any] | None,
    others: int = 0,
) -> Outlook:
    """Say how one change looks.

    Parameters
    ----------
    field : str
        Which field.
    direction : str or None
        The way that was chosen; None where nobody has chosen yet.
    difference : mapping or None
        Its row of differences: ``kind``, ``warnings``, ``suggestion``, both values.
    others : int
        At how many other clients it shows too.
    """
    reasons = [f"It also shows at {amount(others, 'other client')}."] if others else []
    if difference is None:
        return Outlook("look" if reasons else "safe", tuple(reasons))
    suggestion = difference["suggestion"]
    way = direction or suggestion
    reasons += in_words(difference["warnings"] or "")
    erased = erases(field, way or "", difference["connectworks"], difference["xpm"])
    if erased:
        reasons.append(f"It {erased.replace('ERASES', 'erases', 1)}.")
    if difference["kind"] == "conflict":
        reasons.insert(0, f"{label_of(field)}: both systems changed it, each to something else.")
        return Outlook("ask", tuple(reasons))
    if suggestion == "ask" or way == "ask":
        reasons.insert(0, f"{label_of(field)}: the client should be asked.")
        return Outlook("ask", tuple(reasons))
    if way is None:
        reasons.append(f"{label_of(field)}: nothing is suggested.")
    elif direction and suggestion and direction != suggestion:
        reasons.append(f"{label_of(field)}: {_ARROWS[suggestion]} was suggested.")
    return Outlook("look" if reasons else "safe", tuple(reasons))


def open_outlooks(known: Known, theirs: frozenset[str] | None = None) -> dict[str, Outlook]:
    """Say how each linked client with undecided differences looks.

    Parameters
    ----------
    known : Known
        What the desk told.
    theirs : frozenset of str, optional
        Only these links.
    """
    frame = known.differences
    waits = frame["kind"].isin(("conflict", "different", "fill")) & frame["field"].isin(PUSHABLE)
    if theirs is not None:
        waits &= frame["link_id"].isin(theirs)
    choices = known.decisions
    decided = set(zip(choices["link_id"], choices["field"], strict=True))
    names = ("link_id", "connectworks_id", "field", "kind", "warnings", "suggestion", "connectworks", "xpm")
    rows = frame.loc[waits, list(names)].astype(object)
    rows = rows.where(rows.notna(), None)
    changes: dict[str, list[Outlook]] = {}
    ids: dict[str, str] = {}
    for row in zip(*(rows[name].tolist() for name in names), strict=True):
        told = dict(zip(names, row, strict=True))
        if (told["link_id"], told["field"]) not in decided:
            changes.setdefault(told["link_id"], []).append(of_change(told["field"], None, told))
            ids[told["link_id"]] = told["connectworks_id"]
    cards = known.cards
    return {
        link: of_client(cards.get(("connectworks", ids[link])) or {}, each) for link, each in changes.items()
    }


def tally(outlooks: Iterable[Outlook]) -> Counter[Verdict]:
    """Count clients by how they look."""
    return Counter(one.verdict for one in outlooks)


def in_one_line(counts: Mapping[Verdict, int]) -> str:
    """Say it as one line: *31 look safe, 5 need a look, 2 to ask the client*."""
    safe, look, ask = (counts.get(verdict, 0) for verdict in VERDICTS)
    looks, needs = "looks" if safe == 1 else "look", "needs" if look == 1 else "need"
    return f"{safe:,} {looks} safe, {look:,} {needs} a look, {ask:,} to ask the client"


def outlook_bar(counts: Mapping[Verdict, int]) -> Node:
    """Draw how many look safe, need a look, and are for the client, side by side."""
    total = sum(counts.values()) or 1
    pieces = [
        h("span", class_=f"slice outlook-{verdict}", level=round(counts.get(verdict, 0) / total, 4))
        for verdict in VERDICTS
        if counts.get(verdict)
    ]
    return h("span", pieces, class_="slices outlook", role="img", aria_label=in_one_line(counts))
