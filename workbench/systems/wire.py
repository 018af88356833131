"""The wire: the one place that sends HTTP requests. It keeps the pace, signs, and says plainly what failed.

Reads are tried again, writes never. No body and no token is ever logged or put into an error.
"""

from __future__ import annotations

import logging
import ssl
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from functools import cache, cached_property
from typing import Final, Protocol, TypeVar

import httpx
from tenacity import RetryCallState, Retrying, retry_if_exception_type, wait_random_exponential

from workbench.domain.clock import Clock
from workbench.domain.errors import (
    BadSettings,
    NotUnderstood,
    QuotaSpent,
    Refused,
    ServiceError,
    SignInNeeded,
    SlowDown,
    Unreachable,
)
from workbench.systems.pace import Pace

T = TypeVar("T")
Transport = httpx.BaseTransport
"""What carries requests; tests hand in their own."""

ANSWER_WITHIN_S: Final = 30.0
LONGEST_ANSWER: Final = 1 << 30
_LOCAL: Final = frozenset({"localhost", "127.0.0.1", "::1"})
_TRIES: Final = 6
_TRIES_TO_CONNECT: Final = 3
_TRIES_TO_UNDERSTAND: Final = 3
_WAITS_AT_MOST_S: Final = 900.0
_BACKOFF: Final = wait_random_exponential(multiplier=0.5, max=8.0)

# Requests name records and cursors; whoever wants that in a log file switches it on.
logging.getLogger("httpx").setLevel(logging.WARNING)


class Bearer(Protocol):
    """What gives access tokens."""

    def access_token(self, rejected: str | None = None) -> str:
        """Give a token that should work; never the one that the service just rejected."""


@dataclass(frozen=True, slots=True, repr=False)
class Reply:
    """An answer, read whole.

    Parameters
    ----------
    status : int
        HTTP status.
    media_type : str
        The Content-Type as received.
    body : bytes
        Decompressed.
    at : datetime
        When it had arrived (UTC).
    headers : mapping
        Names in lower case.
    """

    status: int
    media_type: str
    body: bytes
    at: datetime
    headers: Mapping[str, str]

    @property
    def ok(self) -> bool:
        """Whether the status says that it succeeded."""
        return 200 <= self.status < 300


class _Passing(Exception):
    """A failure that may pass: what to say if it does not, how often to try, how long to wait."""

    def __init__(self, told: ServiceError, tries: int = _TRIES, wait_s: float = 0.0) -> None:
        super().__init__(told)
        self.told = told
        self.tries = tries
        self.wait_s = wait_s


class Wire:
    """Requests to one service.

    Parameters
    ----------
    name : str
        What people call the service.
    base_url : str
        Where it is; paths are taken relative to it. Anything but loopback must be ``https``.
    clock : Clock
        What measures and waits.
    bearer : Bearer, optional
        Signs the requests.
    pace : Pace, optional
        Keeps the limits.
    setting : str
        The setting that holds the address, for messages.
    transport : Transport, optional
        What carries the requests, by default the network.

    Raises
    ------
    BadSettings
        If tokens would travel unencrypted.
    """

    def __init__(
        self,
        name: str,
        base_url: str,
        clock: Clock,
        *,
        bearer: Bearer | None = None,
        pace: Pace | None = None,
        setting: str = "base_url",
        transport: Transport | None = None,
    ) -> None:
        self.name = name
        self._base = httpx.URL(base_url.rstrip("/") + "/")
        local = self._base.host in _LOCAL
        if self._base.scheme != "https" and not local:
            raise BadSettings(f"{setting} is not an https address.", "Mend it in firm.toml.")
        self._setting = setting
        self._clock = clock
        self._bearer = bearer
        self._pace = pace or Pace(10_000, 5, clock)
        self._transport, self._local = transport, local

    @cached_property
    def _client(self) -> httpx.Client:
        """Made when first needed: whoever only reads what was kept trusts nobody."""
        return httpx.Client(
            transport=self._transport,
            timeout=httpx.Timeout(ANSWER_WITHIN_S, connect=10.0),
            limits=httpx.Limits(max_connections=5, keepalive_expiry=2.0),
            follow_redirects=False,
            trust_env=not self._local,
            verify=_trusted(not self._local),
        )

    @property
    def pace(self) -> Pace:
        """What keeps this service's limits."""
        return self._pace

    @property
    def where(self) -> str:
        """The service and its address, for messages."""
        return f"{self.name} at {str(self._base).rstrip('/')}"

    def read(
        self,
        path: str,
        query: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
        *,
        within_s: float = ANSWER_WITHIN_S,
        arrived: Callable[[int], None] = lambda so_far: None,
    ) -> Reply:
        """Read, trying again where the failure may pass.

        Parameters
        ----------
        path : str
            Below the base address, or a whole address of the same origin (a page's ``next``).
        query, headers : mapping, optional
            Further parameters and headers.
        within_s : float
            How long the service may stay silent.
        arrived : callable
            Called with the bytes so far while a long answer arrives; may raise to stop it.

        Returns
        -------
        Reply
            Any answer of the 2xx and 4xx families, save those which mean the same for every service.

        Raises
        ------
        Unreachable, NotUnderstood, Refused, SlowDown, QuotaSpent, SignInNeeded
            Each with a plain sentence.
        """
        return self.read_as(lambda reply: reply, path, query, headers, within_s=within_s, arrived=arrived)

    def read_as(
        self,
        take: Callable[[Reply], T],
        path: str,
        query: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
        *,
        within_s: float = ANSWER_WITHIN_S,
        arrived: Callable[[int], None] = lambda so_far: None,
    ) -> T:
        """Read and make something of the answer; a success that cannot be understood is asked for again.

        Parameters
        ----------
        take : callable
            Makes of an answer what is wanted, or raises `NotUnderstood`. The others are those of `read`.
        """
        request = self._request("GET", path, query, headers, None, within_s)
        retrying = Retrying(
            sleep=self._clock.sleep,
            retry=retry_if_exception_type(_Passing),
            wait=_wait_s,
            stop=_enough,
            reraise=True,
        )

        def taken() -> T:
            reply = self._exchange(request, arrived)
            try:
                return take(reply)
            except NotUnderstood as garbled:
                raise _Passing(garbled, _TRIES_TO_UNDERSTAND if reply.ok else 1) from None

        try:
            return retrying(taken)
        except _Passing as passing:
            raise passing.told from None

    def write(
        self,
        method: str,
        path: str,
        body: bytes | None,
        headers: Mapping[str, str] | None = None,
        *,
        not_after: datetime | None = None,
    ) -> Reply:
        """Write, once.

        Parameters
        ----------
        method, path, body, headers
            What is sent and where.
        not_after : datetime, optional
            From then on nothing is sent any more, however long the pace or a new token kept it waiting.

        Raises
        ------
        Refused, SlowDown, QuotaSpent, SignInNeeded, TooLate
            Nothing was written.
        Unreachable, NotUnderstood
            It may or may not have been written.
        """
        request = self._request(method, path, None, headers, body, ANSWER_WITHIN_S)
        try:
            return self._exchange(request, not_after=not_after)
        except _Passing as passing:
            raise passing.told from None

    def form(self, url: str, body: str, headers: Mapping[str, str]) -> Reply:
        """Send an encoded form to the sign-in service, unsigned and once. Errors are those of `write`."""
        encoded = {"Content-Type": "application/x-www-form-urlencoded", "Accept": "application/json"}
        request = self._request("POST", url, None, {**headers, **encoded}, body.encode(), ANSWER_WITHIN_S)
        try:
            return self._judged(self._sent(request))
        except _Passing as passing:
            raise passing.told from None

    def close(self) -> None:
        """Let go of connections."""
        if "_client" in self.__dict__:
            self._client.close()

    def _request(
        self,
        method: str,
        path: str,
        query: Mapping[str, str] | None,
        headers: Mapping[str, str] | None,
        body: bytes | None,
        within_s: float,
    ) -> httpx.Request:
        url = self._base.join(path)
        if (url.scheme, url.host, url.port) != (self._base.scheme, self._base.host, self._base.port):
            # A token must not follow wherever an answer points.
            raise NotUnderstood(f"{self.where} points to another server for its next page.")
        timeout = httpx.Timeout(ANSWER_WITHIN_S, connect=10.0, read=within_s)
        return self._client.build_request(
            method, url, params=query, headers=headers, content=body, timeout=timeout
        )

    def _exchange(
        self,
        request: httpx.Request,
        arrived: Callable[[int], None] = lambda so_far: None,
        not_after: datetime | None = None,
    ) -> Reply:
        if self._bearer is None:
            return self._judged(self._sent(request, arrived, not_after))
        token = self._bearer.access_token()
        reply = self._signed(request, token, arrived, not_after)
        if reply.status == 401:
            # A 401 is a sure no: nothing was done, so even a write may be sent again.
            token = self._bearer.access_token(rejected=token)
            reply = self._signed(request, token, arrived, not_after)
        if reply.status == 401:
            raise SignInNeeded(
                f"{self.name} does not accept this sign-in any more: it expired or was withdrawn.",
                "Connect again.",
            )
        return self._judged(reply)

    def _signed(
        self,
        request: httpx.Request,
        token: str,
        arrived: Callable[[int], None],
        not_after: datetime | None,
    ) -> Reply:
        request.headers["Authorization"] = f"Bearer {token}"
        return self._sent(request, arrived, not_after)

    def _sent(
        self,
        request: httpx.Request,
        arrived: Callable[[int], None] = lambda so_far: None,
        not_after: datetime | None = None,
    ) -> Reply:
        try:
            with self._pace.slot(not_after):
                if not_after is not None:
                    left_s = (not_after - self._clock.now()).total_seconds()
                    request.extensions["timeout"]["connect"] = max(left_s, 0.001)
                response = self._client.send(request, stream=True)
                try:
                    body = self._body(response, arrived)
                finally:
                    response.close()
        except httpx.ConnectError:
            told = Unreachable(
                f"{self.where} cannot be reached: no server answers there.",
                f"Check the network, and {self._setting} in firm.toml.",
            )
            raise _Passing(told, _TRIES_TO_CONNECT) from None
        except httpx.TimeoutException:
            told = Unreachable(f"{self.where} did not answer in time.", "Try again in a while.")
            raise _Passing(told) from None
        except httpx.DecodingError:
            told_so = NotUnderstood(f"{self.where} sent an answer that cannot be unpacked.", "Try again.")
            raise _Passing(told_so) from None
        except httpx.TransportError:
            told = Unreachable(f"The connection to {self.where} broke.", "Check the network and try again.")
            raise _Passing(told) from None
        headers = {name.lower(): value for name, value in response.headers.items()}
        self._pace.learn(_count(headers, "x-minlimit-remaining"), _count(headers, "x-daylimit-remaining"))
        media_type = headers.get("content-type", "")
        return Reply(response.status_code, media_type, body, self._clock.now(), headers)

    def _body(self, response: httpx.Response, arrived: Callable[[int], None]) -> bytes:
        return b"".join(self._chunks(response, arrived))

    def _chunks(self, response: httpx.Response, arrived: Callable[[int], None]) -> Iterator[bytes]:
        so_far = 0
        for chunk in response.iter_bytes(1 << 20):
            so_far += len(chunk)
            if so_far > LONGEST_ANSWER:
                raise NotUnderstood(f"{self.where} sent more than {LONGEST_ANSWER >> 20} MB at once.")
            arrived(so_far)
            yield chunk

    def _judged(self, reply: Reply) -> Reply:
        """Refuse what means the same whichever service says it."""
        if reply.status == 429:
            raise self._slow_down(reply)
        if reply.status >= 500:
            raise self._failed(reply)
        if 300 <= reply.status < 400:
            raise NotUnderstood(
                f"{self.where} sends visitors elsewhere (status {reply.status}).",
                f"{self._setting} in firm.toml is probably wrong.",
            )
        if reply.status in (406, 415):
            raise Refused(
                f"{self.where} does not speak the format that was asked for (status {reply.status}).",
                f"Check that {self._setting} names the right version of the service.",
            )
        return reply

    def _failed(self, reply: Reply) -> Exception:
        if reply.status == 503:
            told = Unreachable(f"{self.name} is down for maintenance.", "Try again later.")
        else:
            told = Unreachable(f"{self.where} failed (status {reply.status}).", "Try again in a while.")
        wait_s = self._retry_after_s(reply)
        return told if wait_s > _WAITS_AT_MOST_S else _Passing(told, wait_s=wait_s)

    def _slow_down(self, reply: Reply) -> Exception:
        wait_s = self._retry_after_s(reply)
        if reply.headers.get("x-rate-limit-problem", "").lower() == "day" or wait_s > _WAITS_AT_MOST_S:
            until = self._clock.now() + timedelta(seconds=wait_s) if wait_s else None
            return QuotaSpent(
                f"{self.name} takes no more calls today: the day's quota is used up.",
                "Carry on tomorrow; nothing is lost.",
                until,
            )
        self._pace.hold(wait_s)
        return _Passing(SlowDown(f"{self.name} asks for fewer calls.", "Try again in a minute."))

    def _retry_after_s(self, reply: Reply) -> float:
        """Read ``Retry-After``: seconds, or a date (RFC 9110, 10.2.3)."""
        told = reply.headers.get("retry-after", "").strip()
        try:
            return max(0.0, float(told))
        except ValueError:
            pass
        try:
            until = parsedate_to_datetime(told)
        except ValueError:
            return 0.0
        return max(0.0, (until.astimezone(UTC) - self._clock.now()).total_seconds())


@cache
def _trusted(trust_env: bool) -> ssl.SSLContext:
    """Read the certificates that are trusted, once: it takes a good part of what opening a firm takes."""
    return httpx.create_ssl_context(trust_env=trust_env)


def _wait_s(state: RetryCallState) -> float:
    return max(_BACKOFF(state), _passing(state).wait_s)


def _enough(state: RetryCallState) -> bool:
    return state.attempt_number >= _passing(state).tries


def _passing(state: RetryCallState) -> _Passing:
    failure = state.outcome.exception() if state.outcome else None
    assert isinstance(failure, _Passing)
    return failure


def _count(headers: Mapping[str, str], name: str) -> int | None:
    told = headers.get(name, "").strip()
    return int(told) if told.isdecimal() else None
