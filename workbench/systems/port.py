"""What a system looks like from inside, whichever it is."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator
from datetime import datetime
from typing import Final, Protocol

from workbench.domain.fields import Side
from workbench.domain.records import Answer, NewRecord, Operation, Parsed, Quota, Seen, Tenant

READ: Final = "read"
WRITE_FIELDS: Final = "write_fields"
WRITE_LINKS: Final = "write_links"
CLEAR_FIELDS: Final = "clear_fields"
ETAG: Final = "etag"
IDEMPOTENCY: Final = "idempotency"
CREATE: Final = "create"
CUSTOM_FIELDS: Final = "custom_fields"

Progress = Callable[[int, int | None, str], None]
"""Called with (done, total or None, what is being done) as long work goes on; may raise to stop it."""


def silent(done: int, total: int | None, what: str) -> None:
    """Report progress to nobody."""


class System(Protocol):
    """One of the two systems: it can be read whole, looked at, and written, one resource at a time."""

    side: Side
    name: str
    fewer: str
    """What to ask a person where a pull has far fewer records than the one before; '' for nothing."""

    def tenant(self) -> Tenant:
        """Say whose data this connection reaches.

        Raises
        ------
        SignInNeeded, NoTenant
            If there is no consent, or no practice was chosen.
        """

    def abilities(self) -> frozenset[str]:
        """Say what this connection can do, of the abilities named here.

        `CREATE` makes it a `Creator`, `CUSTOM_FIELDS` a `Labelling`.
        """

    def touch(self) -> None:
        """Read as little as possible, so that permissions and limits show; raises as `look` and `pull` do."""

    def quota(self) -> Quota:
        """Say what the last answer told about the limits."""

    def remember(self, quota: Quota) -> None:
        """Take in what an earlier answer, perhaps of another process, told about the limits."""

    def pull(self, progress: Progress = silent) -> Iterator[Answer]:
        """Fetch everything, answer by answer, ready to be kept."""

    def parse(self, answers: Iterable[Answer], only: Collection[str] | None = None) -> Parsed:
        """Read kept answers (a pull's, a look's or an echo's) into frames. Touches no network.

        Parameters
        ----------
        answers : iterable of Answer
            As they came.
        only : collection of str, optional
            The clients that are asked for; the frame of clients then has rows of no others.
        """

    def look(self, client_id: str, resource: str = "client", resource_id: str | None = None) -> Seen:
        """See one resource as it is now.

        Parameters
        ----------
        client_id : str
            The record of this side.
        resource : str
            ``client``, ``contact`` (of XPM) or ``link`` (of Connectworks).
        resource_id : str, optional
            Of a contact.

        Raises
        ------
        Gone
            If the service does not have it, or does not show it any more.
        """

    def write(self, operation: Operation, seen: Seen, run_id: str, not_after: datetime | None = None) -> Seen:
        """Send one operation, once, and give the answer's own picture of the resource.

        Parameters
        ----------
        operation : Operation
            What to write; only its fields are sent.
        seen : Seen
            The fresh look that it follows (its etag is used where the service knows one).
        run_id : str
            For the service's own records.
        not_after : datetime, optional
            From then on the look is not fresh any more, and nothing may be sent.

        Raises
        ------
        Refused, SlowDown, QuotaSpent, SignInNeeded, TooLate
            Nothing was written.
        Unreachable, NotUnderstood
            It may or may not have been written.
        """

    def close(self) -> None:
        """Let go of connections."""


class Creator(System, Protocol):
    """A system with the ability `CREATE`: it can be given new records."""

    def called(self, name: str, since: datetime | None = None) -> list[tuple[str, str]]:
        """List the records that are called about like this, as they are now.

        Parameters
        ----------
        name : str
            What to look for.
        since : datetime, optional
            Records that were not changed since then may be left out, where the service can tell.

        Returns
        -------
        list of tuple
            Id and name of each.
        """

    def create(self, record: NewRecord) -> tuple[str, Seen]:
        """Ask for a new record, once, and give its id and the answer's own picture of it.

        Raises
        ------
        Refused, SlowDown, QuotaSpent, SignInNeeded
            Nothing was created.
        Unreachable, NotUnderstood
            It may or may not have been created.
        """


class Relating(Creator, Protocol):
    """A system that takes a new client's parties one by one, after the client."""

    def parts_of(self, client_id: str) -> set[tuple[str, str]]:
        """Give who plays which part in a client, as it is now: (client id, role)."""

    def relate(self, client_id: str, party_id: str, role: str, since: str | None) -> None:
        """Ask for one client to play a part in another, once. Errors are those of `create`."""


class Labelling(System, Protocol):
    """A system with the ability `CUSTOM_FIELDS`: practices have made fields of their own there."""

    def custom_field_names(self) -> tuple[str, ...] | None:
        """Name the custom fields that clients can have; None where this sign-in may not ask for them."""

    def custom_fields(self, client_id: str, names: Collection[str]) -> Answer:
        """Fetch one client's custom fields that are called so; the answer holds no others.

        Raises
        ------
        Gone
            If the service does not have the client.
        """

    def labels(self, answer: Answer) -> tuple[str, ...]:
        """Read such an answer: ``Name: value`` for each field that has a value. Touches no network."""
