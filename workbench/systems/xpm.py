"""Xero Practice Manager, API 3.1, behind the port."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from datetime import datetime
from typing import Final
from urllib.parse import quote

from workbench.domain.errors import Gone, NoTenant, NotUnderstood, Refused
from workbench.domain.fields import XPM, Side
from workbench.domain.frames import MEMBERSHIPS, clients_frame, frame_of
from workbench.domain.records import Answer, NewRecord, Operation, Parsed, Quota, Seen, Tenant
from workbench.domain.settings import Settings
from workbench.systems.consent import Consent
from workbench.systems.port import CLEAR_FIELDS, CREATE, CUSTOM_FIELDS, READ, WRITE_FIELDS, Progress, silent
from workbench.systems.unread import unread
from workbench.systems.wire import Reply, Wire
from workbench.systems.xpm_codec import (
    MEDIA_TYPES,
    Dialect,
    Record,
    decode,
    encode,
    new_client,
    only_custom_fields,
    redact,
    the_one,
    update_of_client,
    update_of_contact,
)
from workbench.systems.xpm_rows import (
    Reading,
    client_row,
    contact_values,
    items,
    label,
    memberships,
    own_names,
    own_values,
    text,
)

# A large practice's list takes minutes before its first byte.
_LIST_WITHIN_S: Final = 900.0
_ACCEPT: Final[Mapping[Dialect, str]] = {"xml": "application/xml, text/xml", "json": "application/json"}
_CONTACT_FIELDS: Final = ("name", "salutation", "addressee", "mobile", "email", "phone")


class Xpm:
    """The practice's clients in XPM.

    Parameters
    ----------
    settings : Settings
        Of the firm.
    consent : Consent
        The person's sign-in and the chosen practice.
    wire : Wire
        What carries the requests.
    dialect : str
        What to speak: ``xml`` or ``json``. Answers are read by what they say they are.
    """

    side: Side = XPM
    name = "Xero Practice Manager"
    # Scopes that allow writing clients; empty is a service that does not tell.
    _writing = frozenset({"practicemanager", "practicemanager.client"})
    _labelling = frozenset({CUSTOM_FIELDS})
    fewer = ""

    def __init__(self, settings: Settings, consent: Consent, wire: Wire, dialect: Dialect = "xml") -> None:
        self._consent = consent
        self._wire = wire
        self._dialect = dialect
        self._home = settings.firm.home_country
        self._may_write = settings.xpm.write
        self._reading = Reading(self._home, settings.xpm.other_phone, settings.xpm.business_structures)

    def tenant(self) -> Tenant:
        """Say which practice this connection reaches."""
        return self._consent.tenant()

    def abilities(self) -> frozenset[str]:
        """Say what the settings and the person's consent allow. That blank text clears a field is assumed."""
        scopes = self._consent.scopes()
        may_write = self._may_write and (not scopes or bool(scopes & self._writing))
        writing = {WRITE_FIELDS, CLEAR_FIELDS, CREATE} if may_write else set()
        return frozenset({READ, *self._labelling, *writing})

    def quota(self) -> Quota:
        """Say what the last answer told about the limits."""
        return self._wire.pace.quota()

    def touch(self) -> None:
        """Ask for one client."""
        self._wire.read_as(self._checked, "client.api/paged-list", {"pageSize": "1"}, self._headers())

    def remember(self, quota: Quota) -> None:
        """Take in what an earlier answer told about the limits."""
        self._wire.pace.learn(quota.minute_left, quota.day_left)

    def pull(self, progress: Progress = silent) -> Iterator[Answer]:
        """Fetch all clients with their contacts, groups and relationships, in one request.

        Archived and deleted clients are among them. A large practice takes minutes.
        """
        progress(0, None, "Asking XPM for all clients; a large practice takes minutes")
        answer, count = self._wire.read_as(
            self._counted,
            "client.api/list",
            {"detailed": "true"},
            self._headers(),
            within_s=_LIST_WITHIN_S,
            arrived=lambda size: progress(0, None, f"XPM is sending its clients: {size / 1e6:.1f} MB so far"),
        )
        progress(count, count, f"XPM sent {count} clients")
        yield answer

    def parse(self, answers: Iterable[Answer], only: Collection[str] | None = None) -> Parsed:
        """Read kept answers into frames; where several tell of one client or contact, the last holds."""
        clients: dict[str, Record] = {}
        contacts: dict[str, Record] = {}
        complete = False
        for answer in answers:
            complete = complete or answer.resource == "clients"
            for name, value in decode(answer.media_type, answer.body):
                if name in ("clients", "client") and isinstance(value, dict) and text(value, "uuid"):
                    clients[str(text(value, "uuid"))] = value
                    contacts |= {str(text(each, "uuid")): each for each in items(value, "contacts")}
                elif name == "contact" and isinstance(value, dict):
                    contacts[str(text(value, "uuid"))] = value
        _take_over(contacts, clients.values())
        asked = (client for key, client in clients.items() if only is None or key in only)
        rows = (client_row(client, self._reading) for client in asked)
        return Parsed(
            clients_frame(rows, XPM),
            frame_of(memberships(clients.values()), MEMBERSHIPS),
            expected=len(clients),
            complete=complete,
            contacts={key: contact_values(contact, self._reading) for key, contact in contacts.items()},
        )

    def look(self, client_id: str, resource: str = "client", resource_id: str | None = None) -> Seen:
        """See a client, or one of its contacts, as it is now."""
        of_contact = resource == "contact"
        wanted = (resource_id or "") if of_contact else client_id
        path = f"client.api/{'contact' if of_contact else 'get'}/{quote(wanted, safe='')}"
        query = {"clientUuid": client_id} if of_contact else None

        def shown(reply: Reply) -> Seen:
            try:
                seen = self._seen(self._checked(reply), "contact" if of_contact else "client", wanted)
            except Refused as refused:  # nothing but the record's id was asked, and XPM has no code for it
                raise Gone(refused.what, "Pull to see what is there.") from None
            if not seen.whole:
                raise NotUnderstood("XPM answered with another record than the one asked for.", "Try again.")
            return seen

        return self._wire.read_as(shown, path, query, self._headers())

    def write(self, operation: Operation, seen: Seen, run_id: str, not_after: datetime | None = None) -> Seen:
        """Send one operation, once; the answer of a successful one is the whole record."""
        if operation.resource == "contact":
            record = update_of_contact(operation.client_id, operation.after)
            path = f"client.api/contact/{quote(operation.resource_id, safe='')}"
        else:
            record = update_of_client(operation.resource_id, operation.after)
            path = "client.api/update"
        body = encode(operation.resource, record, self._dialect)
        headers = {**self._headers(), "Content-Type": MEDIA_TYPES[self._dialect]}
        reply = self._checked(self._wire.write("PUT", path, body, headers, not_after=not_after))
        return self._seen(reply, operation.resource, operation.resource_id)

    def called(self, name: str, since: datetime | None = None) -> list[tuple[str, str]]:
        """List the clients that XPM's search finds by a name; archived ones may be missing."""

        def found(reply: Reply) -> list[tuple[str, str]]:
            parts = decode(reply.media_type, self._checked(reply).body)
            clients = [value for part, value in parts if part == "clients" and isinstance(value, dict)]
            return [(str(text(each, "uuid")), text(each, "name") or "") for each in clients]

        return self._wire.read_as(found, "client.api/search", {"query": name}, self._headers())

    def create(self, record: NewRecord) -> tuple[str, Seen]:
        """Add a client, once. XPM knows no key by which a second try would be told from a second client."""
        body = encode("client", new_client(record.values, self._reading.other_phone), self._dialect)
        headers = {**self._headers(), "Content-Type": MEDIA_TYPES[self._dialect]}
        reply = self._checked(self._wire.write("POST", "client.api/add", body, headers))
        uuid = text(the_one(reply.media_type, reply.body, "client"), "uuid")
        if not uuid:
            raise NotUnderstood("XPM's answer does not name the new client.", "Try again.")
        return uuid, self._seen(reply, "client", uuid)

    def parts_of(self, client_id: str) -> set[tuple[str, str]]:
        """Give who plays which part in a client, as it is now."""

        def told(reply: Reply) -> set[tuple[str, str]]:
            client = the_one(reply.media_type, self._checked(reply).body, "client")
            held = (row for row in memberships([client]) if row["client_id"] == client_id)
            return {(str(row["contact_id"]), str(row["role"])) for row in held}

        path = f"client.api/get/{quote(client_id, safe='')}"
        return self._wire.read_as(told, path, None, self._headers())

    def relate(self, client_id: str, party_id: str, role: str, since: str | None) -> None:
        """Add a relationship, once; XPM knows a corporate trustee as a trustee."""
        label = role.removeprefix("corporate ").capitalize()
        record = {"clientUuid": client_id, "relatedClientUuid": party_id, "type": label}
        told = {**record, "startDate": since} if since else record
        headers = {**self._headers(), "Content-Type": MEDIA_TYPES[self._dialect]}
        body = encode("relationship", told, self._dialect)
        reply = self._checked(self._wire.write("POST", "client.api/addrelationship", body, headers))
        for _ in decode(reply.media_type, reply.body):
            pass  # an error may come with status 200

    def custom_field_names(self) -> tuple[str, ...] | None:
        """Name the custom fields that clients can have; a narrow sign-in may be refused (it lists none)."""

        def named(reply: Reply) -> tuple[str, ...]:
            parts = decode(reply.media_type, self._checked(reply).body)
            found = [value for part, value in parts if part == "customFieldDefinitions"]
            return tuple(sorted(text(each, "name") or "" for each in found if _is_true(each, "useClient")))

        try:
            return self._wire.read_as(named, "customfield.api/definition", None, self._headers())
        except (NoTenant, NotUnderstood, Refused):
            return None

    def custom_fields(self, client_id: str, names: Collection[str]) -> Answer:
        """Fetch one client's custom fields; XPM knows no way to ask for those of several clients at once."""
        path = f"client.api/get/{quote(client_id, safe='')}/customfield"

        def kept(reply: Reply) -> Answer:
            try:
                for _ in decode(reply.media_type, self._checked(reply).body):
                    pass  # an error may come with status 200
            except Refused as refused:  # nothing but the client's id was asked
                raise Gone(refused.what, "Pull to see what is there.") from None
            body = only_custom_fields(reply.media_type, reply.body, names)
            return Answer(XPM, "custom_fields", reply.media_type, body, reply.at, client_id)

        return self._wire.read_as(kept, path, None, self._headers())

    def labels(self, answer: Answer) -> tuple[str, ...]:
        """Read what `custom_fields` gave."""
        parts = decode(answer.media_type, answer.body)
        held = [value for part, value in parts if part == "customFields" and isinstance(value, dict)]
        return tuple(filter(None, map(label, held)))

    def close(self) -> None:
        """Let go of connections."""
        self._wire.close()

    def _headers(self) -> dict[str, str]:
        return {
            "Accept": _ACCEPT[self._dialect],
            "Xero-Features": "practice-strict-content-type",
            "xero-tenant-id": self.tenant().id,
        }

    def _checked(self, reply: Reply) -> Reply:
        """Let a success through; the service's own refusals become errors with its words."""
        if reply.ok:
            return reply
        if reply.status == 403:
            raise NoTenant(
                f"XPM does not let this sign-in into the practice “{self.tenant().name}”.",
                "Choose another practice, or have your permissions in XPM checked.",
            )
        try:
            for _ in decode(reply.media_type, reply.body):
                pass
        except NotUnderstood:
            pass
        raise NotUnderstood(
            f"{self._wire.where} does not know what was asked for (status {reply.status}).",
            "Check xpm.base_url in firm.toml.",
        )

    def _counted(self, reply: Reply) -> tuple[Answer, int]:
        answer = self._answer(self._checked(reply), "clients")
        return answer, sum(name == "clients" for name, _ in decode(answer.media_type, answer.body))

    def _answer(self, reply: Reply, resource: str, key: str | None = None) -> Answer:
        body = redact(reply.media_type, reply.body, self._home)
        return Answer(XPM, resource, reply.media_type, body, reply.at, key)

    def _seen(self, reply: Reply, resource: str, resource_id: str) -> Seen:
        answer = self._answer(reply, resource, resource_id)
        record = the_one(answer.media_type, answer.body, resource)
        same = (text(record, "uuid") or "").lower() == resource_id.lower()
        if not (same and text(record, "name")):
            return Seen({}, False, reply.at)  # nothing of it is worth keeping
        if resource == "client":
            values, read = own_values(record, self._reading), own_names(self._reading)
        else:
            values, read = {"other_phone": text(record, "mobile")}, frozenset({"/mobile"})
        return Seen(values, True, reply.at, (answer,), unread=unread(record, read))


def _is_true(record: object, name: str) -> bool:
    return isinstance(record, dict) and (text(record, name) or "").casefold() in ("true", "yes")


def _take_over(contacts: Mapping[str, Record], clients: Iterable[Record]) -> None:
    """Let contacts as they were seen last stand in every client that shares them."""
    for client in clients:
        for known in items(client, "contacts"):
            last = contacts.get(str(text(known, "uuid")), known)
            known.update({name: last.get(name) for name in _CONTACT_FIELDS})
