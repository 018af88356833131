"""The frozen records that travel between the rooms."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

import pandas as pd

from workbench.domain.fields import Resource, Side
from workbench.domain.frames import OPERATIONS, frame_of, no_memberships

Values = Mapping[str, str | None]
"""Canonical field name to its value as received (an address as its canonical JSON); None is blank."""

Outcome = Literal["done", "already", "stale", "refused", "gave_up", "handed_over"]


_canonical = json.JSONEncoder(ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode


def canonical(value: Any) -> bytes:
    """Give the one byte form of a JSON value: sorted keys, no spaces, UTF-8."""
    return _canonical(value).encode()


def fingerprint(value: str | None) -> str | None:
    """Give what tells a value from another without telling it (12 hexadecimal digits); a blank has none."""
    return hashlib.blake2b(value.encode(), digest_size=6).hexdigest() if value else None


def plan_hash(operation_ids: Iterable[str]) -> str:
    """Give a plan's identity: a hash over its operations' ids, in order (64 hexadecimal digits)."""
    return hashlib.sha256(canonical(list(operation_ids))).hexdigest()


@dataclass(frozen=True, slots=True)
class Answer:
    """One raw answer of a service, as it is kept in a snapshot.

    Parameters
    ----------
    side : str
        Which system answered.
    resource : str
        What was asked for: ``clients``, ``client``, ``contact``, ``groups``, ``staff``, ``parties``, …
    media_type : str
        The answer's own Content-Type.
    body : bytes
        As received, save tax numbers of clients in Australia, which are removed.
    at : datetime
        When it was received (UTC).
    key : str, optional
        The record's id, where the answer is about one record.
    """

    side: Side
    resource: str
    media_type: str
    body: bytes = field(repr=False)
    at: datetime
    key: str | None = None


@dataclass(frozen=True)
class Parsed:
    """What a run of answers says: a clients frame and its memberships.

    Parameters
    ----------
    clients, memberships : pandas.DataFrame
        Of the shapes in `workbench.domain.frames`.
    expected : int, optional
        How many records the service itself said there are.
    complete : bool
        Whether the last page was reached.
    contacts : mapping
        Contact id to the values that clients with this primary contact show of it; an email stands only in
        clients that have none of their own.
    told : frozenset of str, optional
        The columns that the source has at all, where it is known to lack some: what it does not tell is not
        blank.
    notes : tuple of mapping
        What is odd about the source (``kind``, ``what``, ``row``, ``column``), without any value.
    """

    clients: pd.DataFrame
    memberships: pd.DataFrame = field(default_factory=no_memberships)
    expected: int | None = None
    complete: bool = True
    contacts: Mapping[str, Values] = field(default_factory=dict)
    told: frozenset[str] | None = None
    notes: tuple[Values, ...] = ()


@dataclass(frozen=True, slots=True)
class Tenant:
    """Whose data a connection reaches.

    Parameters
    ----------
    id : str
        The practice's or firm's id in its system.
    name : str
        Its name, for people.
    person : str, optional
        Who signed in.
    """

    id: str
    name: str
    person: str | None = None


@dataclass(frozen=True, slots=True)
class Quota:
    """What the last answer said about the limits; None is unknown.

    Parameters
    ----------
    minute_left, day_left : int, optional
        Calls left.
    outdated : bool
        Whether the day's was told on an earlier day, and not yet today.
    """

    minute_left: int | None = None
    day_left: int | None = None
    outdated: bool = False


@dataclass(frozen=True)
class Seen:
    """One resource as a service just showed it, by a look or by the echo of a write.

    Parameters
    ----------
    values : mapping
        Every canonical field that this resource holds, as received.
    whole : bool
        Whether it is a complete, well-formed picture of the asked-for record.
    at : datetime
        When the answer arrived (UTC).
    answers : tuple of Answer
        The raw answers, to be kept.
    etag : str, optional
        The version that the service names, where it does.
    unread : mapping
        A fingerprint of everything else that the service sent of it, by JSON pointer; None is blank.
    """

    values: Values = field(repr=False)
    whole: bool
    at: datetime
    answers: tuple[Answer, ...] = ()
    etag: str | None = None
    unread: Values = field(default_factory=dict, repr=False)

    @property
    def marks(self) -> dict[str, str | None]:
        """A fingerprint of every field, read or not."""
        return {**{name: fingerprint(value) for name, value in self.values.items()}, **self.unread}


@dataclass(frozen=True)
class Operation:
    """One request on one resource: what a person decided, ready to be sent.

    Parameters
    ----------
    side : str
        Which system is written to.
    resource : str
        ``client``, ``contact`` or ``link``.
    resource_id : str
        The record that is written.
    client_id : str
        The client through which it is reached (the record itself, save for a contact).
    before, after : mapping
        Only the changed fields. `before` is what was seen when it was decided. A link has the one field
        ``linked_id``; taking a link away has None after.
    decisions : tuple of int
        The ledger sequence numbers of the decisions that it carries.
    by : str
        Who decided (the last of them).
    """

    side: Side
    resource: Resource
    resource_id: str
    client_id: str
    before: Values = field(repr=False)
    after: Values = field(repr=False)
    decisions: tuple[int, ...] = ()
    by: str = ""

    @property
    def operation_id(self) -> str:
        """A keyed hash (32 hexadecimal digits) of resource, before, after and the decisions carried.

        The same change decided again is a new operation; the same operation planned again is the same.
        """
        what = [self.side, self.resource, self.resource_id, self.client_id]
        body = canonical([what, dict(self.before), dict(self.after), list(self.decisions)])
        return hmac.new(b"workbench operation 1", body, hashlib.sha256).hexdigest()[:32]


@dataclass(frozen=True)
class NewRecord:
    """A record that a person wants created in one system.

    Parameters
    ----------
    name : str
        What it will be called.
    values : mapping
        Canonical field to its value; blank ones are absent.
    parties : tuple of mapping
        Who plays a part in it: ``name``, ``role``, ``entity_type``, ``since``, and ``id`` where there is a
        record of them in that system already.
    linked_id : str
        The record of the other system that it is made from.
    key : str
        The same for every try to create this one record.
    by : str
        Who wants it.
    """

    name: str
    values: Values = field(repr=False)
    parties: tuple[Values, ...] = field(repr=False)
    linked_id: str
    key: str
    by: str


@dataclass(frozen=True, slots=True)
class Brake:
    """A reason why a plan would not run as it is.

    Parameters
    ----------
    code : str
        For programs: ``many_clients``, ``many_blanks``, ``one_field``, ``other_tenant``,
        ``incomplete_pull``, ``stale_plan``, ``no_ability``, ``no_quota``.
    message : str
        For people: what is wrong and what to do.
    state : str
        ``set`` (pulled), ``clear``, or ``not_checked`` (the facts for it were not given).
    final : bool
        Whether even a typed confirmation does not lift it.
    words : str
        What a person types to lift it: whose data it is, and how many it is about.
    """

    code: str
    message: str
    state: Literal["set", "clear", "not_checked"]
    final: bool = False
    words: str = ""


@dataclass(frozen=True, slots=True)
class Cost:
    """What a push will take.

    Parameters
    ----------
    calls : int
        Requests to both services.
    minutes : float
        At the services' pace.
    day_share : float, optional
        Part (0 to 1 and beyond) of the XPM calls that are left today; None where that is unknown.
    """

    calls: int
    minutes: float
    day_share: float | None


@dataclass(frozen=True)
class Facts:
    """What a plan is judged by, as of now.

    Parameters
    ----------
    links : int
        How many links there are.
    pull_complete : bool
        Whether both sides' last pulls were whole.
    tenants : mapping
        Side to the tenant's id, as the connections say now.
    abilities : mapping
        Side to what the connection can do.
    quota : Quota
        XPM's limits.
    calls_per_min : int
        The pace that settings allow.
    linked_here_only : bool
        Whether link operations cannot be written to Connectworks.
    practice : str
        Whose data XPM's connection reaches, as people call it.
    """

    links: int
    pull_complete: bool
    tenants: Mapping[str, str]
    abilities: Mapping[str, frozenset[str]]
    quota: Quota = Quota()
    calls_per_min: int = 60
    linked_here_only: bool = False
    practice: str = ""


@dataclass(frozen=True)
class LeftOut:
    """A decision that a plan does not carry, and why.

    Parameters
    ----------
    link_id, field : str
        Which difference.
    reason : str
        In plain words.
    code : str
        ``stale``, ``warned``, ``erases``, ``locked``, ``cannot``, ``contradicts``, ``not_pushable``; of an
        undo also ``refused``: what was filled cannot be emptied again.
    """

    link_id: str
    field: str
    reason: str
    code: str


@dataclass(frozen=True, repr=False)
class Plan:
    """What would be pushed, what it costs, and what speaks against it. Nothing has been sent.

    Parameters
    ----------
    operations : tuple of Operation
        In the order in which they would be sent.
    cost : Cost
        Calls, minutes and share of the day's quota.
    brakes : tuple of Brake
        All brakes, with their state.
    left_out : tuple of LeftOut
        Decisions that are not carried, each with its reason.
    undoes : str, optional
        The run that this plan takes back.
    reaches : mapping, optional
        Operation id to the other clients at which its write to a shared contact shows too; an operation that
        reaches nobody else is absent. None: not known.
    lasting : tuple of LeftOut
        Values that would be written and could not be taken back afterwards, each with its reason.
    """

    operations: tuple[Operation, ...]
    cost: Cost
    brakes: tuple[Brake, ...] = ()
    left_out: tuple[LeftOut, ...] = ()
    undoes: str | None = None
    reaches: Mapping[str, tuple[str, ...]] | None = None
    lasting: tuple[LeftOut, ...] = ()

    def __repr__(self) -> str:
        braked = "; ".join(brake.code for brake in self.brakes if brake.state == "set")
        told = f"{len(self.operations)} writes, {self.cost.calls} calls, {len(self.left_out)} left out"
        return f"<Plan: {told}{f'; brakes: {braked}' if braked else ''}>"

    @property
    def words(self) -> str:
        """What a person types to push it in spite of its brakes: a line for each that is set."""
        return "\n".join(b.words for b in self.brakes if b.state == "set" and not b.final)

    @property
    def hash(self) -> str:
        """The plan's identity: a hash over its operations' ids (64 hexadecimal digits)."""
        return plan_hash(o.operation_id for o in self.operations)

    def frame(self) -> pd.DataFrame:
        """Give the operations as a frame; ``before`` and ``after`` as canonical JSON."""
        return frame_of(
            (
                {
                    "operation_id": o.operation_id,
                    "side": o.side,
                    "resource": o.resource,
                    "resource_id": o.resource_id,
                    "client_id": o.client_id,
                    "before": canonical(dict(o.before)).decode(),
                    "after": canonical(dict(o.after)).decode(),
                }
                for o in self.operations
            ),
            OPERATIONS,
        )


@dataclass(frozen=True)
class Entry:
    """Something that happened, to be written into the ledger.

    Parameters
    ----------
    kind : str
        What happened, one of the kinds listed in `workbench.reconcile.replay`.
    body : mapping
        Ids, codes, counts and hashes only: this part is chained and never deleted.
    private : mapping
        Personal values by name; the chain holds a salted digest of each.
    subject : str, optional
        Whose values they are (a link or record id), so that they can be purged.
    """

    kind: str
    body: Mapping[str, Any]
    private: Values = field(default_factory=dict, repr=False)
    subject: str = ""


@dataclass(frozen=True)
class Event:
    """A ledger entry as read back.

    Parameters
    ----------
    seq : int
        Its place in the chain, from 1.
    at : str
        When it was written (ISO 8601, UTC, milliseconds).
    by : str
        Who did it.
    kind, body, private, subject
        As in `Entry`; a purged private value is absent.
    """

    seq: int
    at: str
    by: str
    kind: str
    body: Mapping[str, Any]
    private: Values = field(default_factory=dict, repr=False)
    subject: str = ""
