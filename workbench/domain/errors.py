"""Everything that Workbench can refuse, as one tree.

WorkbenchError
├── BadInput                a frame, file or argument is not of the promised shape
│   └── UnknownField        a field name that the field table does not have
├── BadSettings             the firm's settings file cannot be used as it stands
├── ServiceError            one of the two services answered, but not with what was asked
│   ├── Unreachable         no answer at all (wrong address, no network, timeout)
│   ├── NotUnderstood       an answer that cannot be read (malformed, hostile, other media type)
│   ├── Refused             the service refused the request by its own rules
│   │   └── Gone            it does not have the record that was asked for, or does not show it any more
│   ├── QuotaSpent          the service's daily quota is used up
│   ├── TooLate             it could not be sent while the look that it follows was fresh
│   └── SignInNeeded        no consent, an expired or a revoked one
│       └── NoTenant        signed in, but no practice was offered or chosen
├── NotAllowedHere          an act that this process may not do (a reviewer's kernel, a missing ability)
├── FirmBusy                another worker holds this firm
├── Overtaken               somebody else wrote into the ledger first; what was meant must be judged again
├── StorageFailed           the disk or the ledger file refused to keep something
└── PlanRefused             a plan may not be pushed as it is (brakes, identity, nothing to do)

Each message says what is wrong, where, and what to do next, and never holds a token, tax number,
birth date or address.
"""

from __future__ import annotations

from datetime import datetime
from typing import Final

TELL_AN_ADMINISTRATOR: Final = (
    "What was saved before is kept. Tell an administrator of your firm: the log names the file."
)
"""What a reviewer can do about a disk or a file that refuses."""


class WorkbenchError(Exception):
    """Any refusal of Workbench, told in one plain sentence or two.

    Parameters
    ----------
    what : str
        What is wrong and where.
    next_step : str, optional
        What the person can do about it.
    plain : str, optional
        The whole as a reviewer reads it, where `what` or `next_step` name a place on the server or speak to
        an administrator. Without it the two are plain.
    """

    def __init__(self, what: str, next_step: str = "", *, plain: str = "") -> None:
        self.what = what
        self.next_step = next_step
        super().__init__(f"{what} {next_step}".strip())
        self.plain = plain or str(self)


class BadInput(WorkbenchError):
    """A frame, file or argument is not of the promised shape."""


class UnknownField(BadInput):
    """A field name that the field table does not have."""


class BadSettings(WorkbenchError):
    """The firm's settings file cannot be used as it stands."""


class ServiceError(WorkbenchError):
    """One of the two services did not give what was asked."""


class Unreachable(ServiceError):
    """No answer came: wrong address, no network, or a time-out; a write may or may not have arrived."""


class NotUnderstood(ServiceError):
    """An answer came that cannot be read; a write may or may not have been carried out."""


class Refused(ServiceError):
    """The service refused the request by its own rules; nothing was written."""


class Gone(Refused):
    """The service does not have the record that was asked for, or does not show it any more."""


class SlowDown(ServiceError):
    """The service wants fewer calls for a while; nothing was written."""


class QuotaSpent(ServiceError):
    """The service's daily quota is used up; nothing was written.

    Parameters
    ----------
    what, next_step : str
        As for every error.
    until : datetime, optional
        When the service lets calls through again, where it said so.
    """

    def __init__(self, what: str, next_step: str = "", until: datetime | None = None) -> None:
        super().__init__(what, next_step)
        self.until = until


class TooLate(ServiceError):
    """It could not be sent in time; nothing was sent."""


class SignInNeeded(ServiceError):
    """There is no valid consent; nothing was written."""


class NoTenant(SignInNeeded):
    """Signed in, but no practice was offered or chosen."""


class NotAllowedHere(WorkbenchError):
    """An act that this process may not do."""


class FirmBusy(WorkbenchError):
    """Another worker holds this firm."""


class Overtaken(WorkbenchError):
    """Somebody else wrote into the ledger first; what was meant must be judged again."""


class StorageFailed(WorkbenchError):
    """The disk or the ledger file refused to keep something."""


class PlanRefused(WorkbenchError):
    """A plan may not be pushed as it is."""
