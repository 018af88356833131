"""Creating a record as the ledger knows it, and the next step of doing so: never by itself, never twice.

Neither service can be asked to undo a creation, and XPM knows no key by which a second try would be told from
a second client. So every request follows its own seal, which names the records of that name that stood
there before; after an unclear answer nothing is sent until late commits were waited out and the records of
that name were listed again.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, MutableMapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Final

from workbench.domain.fields import Side, other_side
from workbench.domain.records import Event

MOST_SENDS: Final = 3
VALUE: Final = "value."
"""Before the name of a field of a record that is to be created."""


@dataclass(frozen=True, slots=True)
class Sealed:
    """A request to create that was about to be sent: when, and which records of that name stood there."""

    at: str
    seen: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Part:
    """Somebody's part in a created client, where it has to be asked for by itself.

    Parameters
    ----------
    place : int
        Which of the creation's parties.
    seals : tuple of str
        When it was about to be asked for, each time that the request may have left.
    ended : bool
        Whether it needs nothing more.
    reason : str
        Why it is not there all the same; '' where it is.
    """

    place: int
    seals: tuple[str, ...] = ()
    ended: bool = False
    reason: str = ""


@dataclass(frozen=True)
class Creation:
    """A record that somebody wanted created.

    Parameters
    ----------
    creation_id : str
        Its id.
    side : str
        Where.
    source_id : str
        The record of the other side that it is made from.
    despite : tuple of str
        Records over there that may be the same client, and were seen not to be.
    by, at : str
        Who wanted it, when.
    values : mapping
        Its fields; purged ones are absent.
    parties : tuple of mapping
        Who plays a part in it.
    seals : tuple of Sealed
        Requests that may have left.
    client_id : str, optional
        The record that came of it.
    reason : str
        Why none came of it; '' while that is open.
    parts : mapping of int to Part
        How far the parties have come that are asked for one by one.
    """

    creation_id: str
    side: Side
    source_id: str
    despite: tuple[str, ...]
    by: str
    at: str
    values: Mapping[str, str | None] = field(repr=False)
    parties: tuple[Mapping[str, str | None], ...] = field(repr=False)
    seals: tuple[Sealed, ...] = ()
    client_id: str | None = None
    reason: str = ""
    parts: Mapping[int, Part] = field(default_factory=dict)

    @property
    def open(self) -> bool:
        """Whether it is still to be carried out."""
        return self.client_id is None and not self.reason


@dataclass(frozen=True, slots=True)
class Send:
    """Seal it, naming what stands there, then ask for the record."""

    seen: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Adopt:
    """Take the record that is there: it is what came of the request."""

    client_id: str


@dataclass(frozen=True, slots=True)
class WaitUntil:
    """Wait: what was sent may still arrive."""

    until: datetime


@dataclass(frozen=True, slots=True)
class End:
    """Give it up, and say why."""

    reason: str


def next_step(
    creation: Creation, namesakes: Sequence[str], known: frozenset[str], now: datetime, late_s: float
) -> Send | Adopt | WaitUntil | End:
    """Say what to do next, from what the ledger says and the records of that name as they are just now.

    Parameters
    ----------
    creation : Creation
        As the ledger knows it.
    namesakes : sequence of str
        Ids of the records over there that bear the name.
    known : frozenset of str
        Ids that the last pull and the looks after it showed: whoever drafted it saw these.
    now : datetime
        The time, with its zone.
    late_s : float
        How long a request may still arrive after an unclear answer.
    """
    there = tuple(sorted(namesakes))
    if not creation.seals:
        strange = [each for each in there if each not in known and each not in creation.despite]
        return (
            End("A record of this name was made there meanwhile: pull, and link it.")
            if strange
            else Send(there)
        )
    last = creation.seals[-1]
    settled = datetime.fromisoformat(last.at) + timedelta(seconds=late_s)
    if now < settled:
        return WaitUntil(settled)
    came = [each for each in there if each not in creation.seals[0].seen]
    if len(came) == 1:
        return Adopt(came[0])
    if came:
        return End("Several records of this name are there now: pull, and link the right one.")
    if len(creation.seals) >= MOST_SENDS:
        return End(f"It was asked for {len(creation.seals)} times without effect.")
    return Send(there)


def of_source(creations: Iterable[Creation], side: Side, source_id: str) -> list[Creation]:
    """Give every try to create a record for a client, in order."""
    return [c for c in creations if (c.side, c.source_id) == (side, source_id)]


def contacts_made(creations: Iterable[Creation], side: Side, since: str) -> frozenset[str]:
    """Give those who became contacts of a side by creations that no pull has shown yet.

    Parameters
    ----------
    creations : iterable of Creation
        All that were ever asked for.
    side : str
        Where.
    since : str
        When that side was last pulled (ISO 8601); '' if never.

    Returns
    -------
    frozenset of str
        Their ids on the other side.
    """
    late = (
        each
        for each in creations
        if each.side == side and each.seals and (not since or _at(each.seals[-1].at) >= _at(since))
    )
    return frozenset(str(party["ref"]) for each in late for party in each.parties if party.get("ref"))


def _at(told: str) -> datetime:
    return datetime.fromisoformat(told)


Known = MutableMapping[str, Creation]


def _asked(known: Known, event: Event) -> None:
    body = event.body
    known[body["creation_id"]] = Creation(
        creation_id=body["creation_id"],
        side=body["side"],
        source_id=body["source_id"],
        despite=tuple(body["despite"]),
        by=event.by,
        at=event.at,
        values={k.removeprefix(VALUE): v for k, v in event.private.items() if k.startswith(VALUE)},
        parties=tuple(json.loads(event.private.get("parties") or "[]")),
    )


def _creating(known: Known, event: Event) -> None:
    creation = known[event.body["creation_id"]]
    seals = (*creation.seals, Sealed(event.at, tuple(event.body["seen"])))
    known[creation.creation_id] = replace(creation, seals=seals)


def _unsent(known: Known, event: Event) -> None:
    """Let the last seal count no more: its request surely did nothing."""
    creation = known[event.body["creation_id"]]
    known[creation.creation_id] = replace(creation, seals=creation.seals[:-1])


def _created(known: Known, event: Event) -> None:
    creation = known[event.body["creation_id"]]
    known[creation.creation_id] = replace(creation, client_id=event.body["client_id"])


def _not_created(known: Known, event: Event) -> None:
    creation = known[event.body["creation_id"]]
    words = " ".join(filter(None, (event.body["reason"], event.private.get("words"))))
    known[creation.creation_id] = replace(creation, reason=words)


def _part(known: Known, event: Event, change: Callable[[Part], Part]) -> None:
    creation, place = known[event.body["creation_id"]], int(event.body["party"])
    parts = {**creation.parts, place: change(creation.parts.get(place) or Part(place))}
    known[creation.creation_id] = replace(creation, parts=parts)


def _relating(known: Known, event: Event) -> None:
    _part(known, event, lambda part: replace(part, seals=(*part.seals, event.at)))


def _relating_unsent(known: Known, event: Event) -> None:
    _part(known, event, lambda part: replace(part, seals=part.seals[:-1]))


def _related(known: Known, event: Event) -> None:
    _part(known, event, lambda part: replace(part, ended=True, reason=event.body["reason"]))


FOLDS: Final[Mapping[str, Callable[[Known, Event], None]]] = {
    "creation_asked": _asked,
    "creating": _creating,
    "creation_unsent": _unsent,
    "created": _created,
    "not_created": _not_created,
    "relating": _relating,
    "relating_unsent": _relating_unsent,
    "related": _related,
}


def pair(creation: Creation, client_id: str) -> tuple[str, str]:
    """Give (connectworks_id, xpm_id) of a creation and what came of it."""
    ids = {creation.side: client_id, other_side(creation.side): creation.source_id}
    return ids["connectworks"], ids["xpm"]
