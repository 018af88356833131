"""Two uvicorn servers, each in a thread of its own, on the loopback address only."""

from __future__ import annotations

import asyncio
import os
import socket
import threading
import time

import uvicorn
from starlette.types import ASGIApp, Scope
from uvicorn.protocols.http.h11_impl import H11Protocol

LOOPBACK = "127.0.0.1"
_START_WITHIN_S = 20.0

#: Open connections by the client's address, so that a fault can close the right one.
_connections: dict[tuple[str, int], asyncio.Transport] = {}


class PortTaken(Exception):
    """The given port cannot be used; the message says which and what to do."""


class _KnownConnection(H11Protocol):
    """uvicorn's own protocol, which also remembers the connection."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._peer = transport.get_extra_info("peername")
        _connections[self._peer] = transport

    def connection_lost(self, exc: Exception | None) -> None:
        _connections.pop(self._peer, None)
        super().connection_lost(exc)


def hang_up(scope: Scope) -> None:
    """Close the connection of a request; what was sent before still arrives."""
    _connections[tuple(scope["client"])].close()


class Server:
    """One HTTP server on a loopback port.

    Parameters
    ----------
    app : ASGI application
    port : int
        0 takes any free port.
    name : str
        Named in messages.

    Raises
    ------
    PortTaken
        When a given port is busy.
    """

    def __init__(self, app: ASGIApp, port: int, name: str) -> None:
        self._socket = _bind(port, name)
        self.url = f"http://{LOOPBACK}:{self._socket.getsockname()[1]}"
        config = uvicorn.Config(
            app,
            http=_KnownConnection,
            loop="asyncio",
            ws="none",
            lifespan="off",
            log_level="critical",
            access_log=False,
            date_header=False,  # the sandbox's clock gives it
            server_header=False,
            timeout_graceful_shutdown=1,
        )
        self._uvicorn = uvicorn.Server(config)
        self._thread = threading.Thread(
            target=self._uvicorn.run, kwargs={"sockets": [self._socket]}, name=f"sandbox-{name}", daemon=True
        )

    def start(self) -> None:
        """Start serving and return once requests are answered."""
        self._thread.start()
        deadline = time.monotonic() + _START_WITHIN_S
        while not self._uvicorn.started:
            if not self._thread.is_alive() or time.monotonic() > deadline:
                raise RuntimeError(f"the server at {self.url} did not start")
            time.sleep(0.005)

    def stop_soon(self) -> None:
        """Take no more requests; `stop` waits for the end."""
        self._uvicorn.should_exit = True

    def stop(self) -> None:
        """Stop serving; requests in flight get a second to end."""
        self.stop_soon()
        if self._thread.ident is not None:
            self._thread.join()
        self._socket.close()


def _bind(port: int, name: str) -> socket.socket:
    # The protocol is named so that asyncio switches Nagle's delay off (it asks the socket for it).
    bound = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    if os.name == "posix":  # on Windows the option would let two programs share a port
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        bound.bind((LOOPBACK, port))
        bound.listen(128)
    except OSError as error:
        bound.close()
        raise PortTaken(
            f"The {name} server cannot use port {port} ({error.strerror}); give another, or 0."
        ) from error
    return bound
