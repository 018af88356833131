"""The Connectworks gateway behind the port.

Connectworks documents its sign-in only; the gateway's contract is assumed: ``ping``, ``clients`` by pages,
``PATCH clients/{id}`` with from and to, ``links/xpm``, ``parties``, and, where it says that it can create,
``POST clients`` {record, parties, xpm_link, decided_by} with an Idempotency-Key, which gives the new record;
parties without an id become contacts, one for each `ref`.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Iterator, Mapping
from datetime import datetime
from functools import partial
from typing import Any, Final
from urllib.parse import quote

from workbench.domain.errors import Gone, NotUnderstood, Refused
from workbench.domain.fields import CONNECTWORKS, Side
from workbench.domain.frames import MEMBERSHIPS, clients_frame, frame_of
from workbench.domain.records import Answer, NewRecord, Operation, Parsed, Quota, Seen, Tenant
from workbench.domain.settings import Settings
from workbench.systems.connectworks_rows import Mapper, Record, Row, loaded
from workbench.systems.consent import Consent
from workbench.systems.port import (
    CLEAR_FIELDS,
    CREATE,
    ETAG,
    IDEMPOTENCY,
    READ,
    WRITE_FIELDS,
    WRITE_LINKS,
    Progress,
    silent,
)
from workbench.systems.refusals import presentable
from workbench.systems.unread import unread
from workbench.systems.wire import Reply, Wire

_READ_PARTIES: Final = "read_parties"
_UPDATED_SINCE: Final = "updated_since"
# Parties cost a call per entity; where that is more than so many minutes at the pace, they are left.
_MINUTES_FOR_PARTIES: Final = 5
_ALWAYS_THERE: Final = ("id", "nature", "entity_type", "lifecycle", "legal_name")


def has_parties(row: Mapping[Any, Any]) -> bool:
    """Tell whether a pull asks who belongs to a record: a living company, trust or the like."""
    return row["entity_type"] != "individual" and row["lifecycle"] in ("active", "guest")


class Connectworks:
    """The firm's clients and contacts in Connectworks.

    Parameters
    ----------
    settings : Settings
        Of the firm.
    consent : Consent
        The person's sign-in.
    wire : Wire
        What carries the requests.
    """

    side: Side = CONNECTWORKS
    name = "Connectworks"
    fewer = ""

    def __init__(self, settings: Settings, consent: Consent, wire: Wire) -> None:
        self._settings = settings.connectworks
        self._consent = consent
        self._wire = wire
        self._mapper = Mapper(settings)
        self._pinged: Record | None = None

    def tenant(self) -> Tenant:
        """Say which firm this connection reaches."""
        self._pinged = None  # somebody may have signed in to another firm
        firm = self._ping().get("firm")
        told = firm if isinstance(firm, Mapping) else {"id": firm, "name": firm}
        return Tenant(str(told.get("id")), str(told.get("name")), self._consent.person())

    def abilities(self) -> frozenset[str]:
        """Say what the gateway says that it can do, and the settings allow."""
        told = self._capabilities()
        writing = {WRITE_FIELDS, WRITE_LINKS, CLEAR_FIELDS, CREATE}
        able = told & ({READ, ETAG} | (writing if self._settings.write else set()))
        return able | {IDEMPOTENCY} if WRITE_FIELDS in able else able

    def quota(self) -> Quota:
        """Say what the last answer told about the limits."""
        return self._wire.pace.quota()

    def touch(self) -> None:
        """Ask for one client."""
        self._wire.read_as(self._checked, "clients", {"limit": "1"}, _ACCEPT)

    def remember(self, quota: Quota) -> None:
        """Take in what an earlier answer told about the limits."""
        self._wire.pace.learn(quota.minute_left, quota.day_left)

    def pull(self, progress: Progress = silent) -> Iterator[Answer]:
        """Fetch all records page by page, then the parties of entities where that is affordable."""
        entities: list[str] = []
        done = 0
        for answer, page in self._pages():
            items = _items(page)
            done += len(items)
            entities += [str(item.get("id")) for item in items if self._has_parties(item)]
            progress(done, page.get("total"), "Connectworks: clients and contacts")
            yield answer
        yield from self._parties(entities, progress)

    def _pages(self, **asked: str) -> Iterator[tuple[Answer, Record]]:
        """Fetch the list page by page."""
        cursor = ""
        while True:
            query = {"limit": str(self._settings.page), **asked} | ({"cursor": cursor} if cursor else {})
            answer, page = self._wire.read_as(self._page, "clients", query, _ACCEPT)
            yield answer, page
            following = str(page.get("next_cursor") or "")
            if not following:
                return
            if following == cursor:
                raise NotUnderstood("Connectworks gives the same page again and again.", "Try again.")
            cursor = following

    def parse(self, answers: Iterable[Answer], only: Collection[str] | None = None) -> Parsed:
        """Read kept answers into frames; where several tell of one record, the last holds."""
        records: dict[str, Record] = {}
        memberships: dict[tuple[Any, ...], Row] = {}
        expected, complete = None, False
        for answer in answers:
            told = loaded(answer.body)
            if answer.resource == "clients":
                records.update({str(item["id"]): item for item in _items(told) if item.get("id")})
                expected, complete = told.get("total"), not told.get("next_cursor")
            elif answer.resource == "parties":
                rows = (_membership(party, str(answer.key)) for party in _items(told))
                memberships.update({tuple(row.values()): row for row in rows})
            elif told.get("id"):
                records[str(told["id"])] = told
        asked = (record for key, record in records.items() if only is None or key in only)
        rows_of_clients = (self._mapper.row(record) for record in asked)
        return Parsed(
            clients_frame(rows_of_clients, CONNECTWORKS),
            frame_of(memberships.values(), MEMBERSHIPS),
            expected=expected if isinstance(expected, int) else None,
            complete=complete,
        )

    def look(self, client_id: str, resource: str = "client", resource_id: str | None = None) -> Seen:
        """See a record, or the link that it has, as it is now."""

        def shown(reply: Reply) -> Seen:
            seen = self._seen(self._checked(reply), resource, client_id)
            if not seen.whole:
                raise NotUnderstood(
                    "Connectworks answered with another record than the one asked for.", "Try again."
                )
            return seen

        return self._wire.read_as(shown, f"clients/{quote(client_id, safe='')}", None, _ACCEPT)

    def write(self, operation: Operation, seen: Seen, run_id: str, not_after: datetime | None = None) -> Seen:
        """Send one operation, once. Taking a link away is answered without a picture of the record."""
        path = f"clients/{quote(operation.resource_id, safe='')}"
        headers = {**_ACCEPT, "Idempotency-Key": operation.operation_id}
        if operation.resource == "link":
            wanted = operation.after.get("linked_id")
            body = json.dumps({"uuid": wanted}).encode() if wanted else None
            method = "PUT" if wanted else "DELETE"
            reply = self._wire.write(
                method, f"{path}/links/xpm", body, headers | _SENDING, not_after=not_after
            )
        else:
            now = loaded(seen.answers[-1].body) if seen.answers else {}
            told = {
                "changes": self._mapper.changes(operation.before, operation.after, now),
                "run_id": run_id,
                "decided_by": operation.by,
            }
            if seen.etag:
                headers["If-Match"] = seen.etag
            reply = self._wire.write(
                "PATCH", path, json.dumps(told).encode(), headers | _SENDING, not_after=not_after
            )
        self._checked(reply)
        if reply.status == 204:
            return Seen({}, False, reply.at)
        return self._seen(reply, operation.resource, operation.resource_id)

    def called(self, name: str, since: datetime | None = None) -> list[tuple[str, str]]:
        """List the records that were changed since then, or all: the gateway knows no search by name."""
        asked = {}
        if since is not None and _UPDATED_SINCE in self._capabilities():
            asked = {"updated_since": since.isoformat()}
        items = (item for _, page in self._pages(**asked) for item in _items(page))
        return [(str(item.get("id")), self._mapper.row(item)["legal_name"] or "") for item in items]

    def create(self, record: NewRecord) -> tuple[str, Seen]:
        """Ask for a new record; the same key asked again gives the same record."""
        told = {
            "record": self._mapper.new(record.values),
            "parties": [{n: v for n, v in party.items() if v is not None} for party in record.parties],
            "xpm_link": {"uuid": record.linked_id},
            "decided_by": record.by,
        }
        headers = {**_ACCEPT, **_SENDING, "Idempotency-Key": record.key}
        reply = self._checked(self._wire.write("POST", "clients", json.dumps(told).encode(), headers))
        client_id = loaded(reply.body).get("id")
        if not client_id:
            raise NotUnderstood("Connectworks' answer does not name the new record.", "Try again.")
        return str(client_id), self._seen(reply, "client", str(client_id))

    def close(self) -> None:
        """Let go of connections."""
        self._wire.close()

    def _ping(self) -> Record:
        if self._pinged is None:
            self._pinged = self._wire.read_as(self._firm_told, "ping", None, _ACCEPT)
        return self._pinged

    def _firm_told(self, reply: Reply) -> Record:
        told = loaded(reply.body) if reply.ok else {}
        if reply.ok and "firm" not in told:
            raise NotUnderstood("Connectworks' answer does not say whose data this is.", "Try again.")
        return told or loaded(self._checked(reply).body)

    def _capabilities(self) -> frozenset[str]:
        told = self._ping().get("capabilities")
        return frozenset(map(str, told)) if isinstance(told, list) else frozenset({READ})

    def tells_parties(self) -> bool:
        """Say whether the gateway tells who belongs to which entity, a call for each."""
        return _READ_PARTIES in self._capabilities()

    def affordable(self, entities: int) -> bool:
        """Say whether a pull asks for the parties of so many entities, or leaves them for want of time."""
        return entities <= _MINUTES_FOR_PARTIES * self._settings.calls_per_min

    def _has_parties(self, record: Record) -> bool:
        return has_parties(self._mapper.row(record))

    def _parties(self, entities: list[str], progress: Progress) -> Iterator[Answer]:
        if not (self.tells_parties() and self.affordable(len(entities))):
            return
        for done, client_id in enumerate(entities, start=1):
            path = f"clients/{quote(client_id, safe='')}/parties"
            yield self._wire.read_as(partial(self._parties_of, client_id), path, None, _ACCEPT)
            progress(done, len(entities), "Connectworks: who belongs to which entity")

    def _page(self, reply: Reply) -> tuple[Answer, Record]:
        answer = self._answer(self._checked(reply), "clients")
        page = loaded(answer.body)
        _items(page)
        return answer, page

    def _parties_of(self, client_id: str, reply: Reply) -> Answer:
        answer = self._answer(self._checked(reply), "parties", client_id)
        _items(loaded(answer.body))
        return answer

    def _checked(self, reply: Reply) -> Reply:
        """Let a success through; the service's own refusals become errors with its words."""
        words = _words(reply)
        if reply.ok and words is None:
            return reply
        if words is None:
            raise NotUnderstood(
                f"{self._wire.where} does not know what was asked for (status {reply.status}).",
                "Check connectworks.base_url in firm.toml.",
            )
        if reply.status in (404, 410):
            raise Gone(f"Connectworks does not have it any more: {words}", "Pull to see what is there.")
        if reply.status == 412:
            raise Refused(f"The record was changed in Connectworks meanwhile: {words}", "Refresh it.")
        raise Refused(f"Connectworks refused: {words}")

    def _answer(self, reply: Reply, resource: str, key: str | None = None) -> Answer:
        body = self._mapper.redacted(reply.body)
        return Answer(CONNECTWORKS, resource, reply.media_type, body, reply.at, key)

    def _seen(self, reply: Reply, resource: str, client_id: str) -> Seen:
        answer = self._answer(reply, "client", client_id)
        record = loaded(answer.body)
        if record.get("id") != client_id or not all(record.get(name) for name in _ALWAYS_THERE):
            return Seen({}, False, reply.at)  # nothing of it is worth keeping
        link = {"linked_id": self._mapper.linked_id(record)}
        values = link if resource == "link" else self._mapper.values(record)
        etag = reply.headers.get("etag") or record.get("etag")
        others = unread(record, self._mapper.pointers(values))
        return Seen(values, True, reply.at, (answer,), etag, others)


_ACCEPT: Final = {"Accept": "application/json"}
_SENDING: Final = {"Content-Type": "application/json"}


def _items(page: Record) -> list[Record]:
    items = page.get("items")
    if not isinstance(items, list):
        raise NotUnderstood(
            "Connectworks' answer holds no list of items.", "Check connectworks.base_url in firm.toml."
        )
    return [item for item in items if isinstance(item, dict)]


def _words(reply: Reply) -> str | None:
    """Take the service's own words out of a refusal; None where it is none of its own."""
    try:
        told = loaded(reply.body)
    except NotUnderstood:
        return None
    several = told.get("errors")
    faults = [fault for fault in (several or [told.get("error")]) if _is_fault(fault)]
    said = "; ".join(" ".join(filter(None, (fault.get("field"), fault["message"]))) for fault in faults)
    return presentable(said) if said else None


def _is_fault(fault: Any) -> bool:
    return isinstance(fault, Mapping) and bool(fault.get("message"))


def _membership(party: Record, client_id: str) -> Row:
    told = {name: str(party[name]) if party.get(name) else None for name in ("role", "since", "until")}
    return {"side": CONNECTWORKS, "contact_id": str(party.get("id")), "client_id": client_id, **told}
