"""The listener for a browser's way back from signing in (RFC 8252, 7.3): this machine only, one request."""

from __future__ import annotations

import selectors
import socket
import time
from collections.abc import Callable
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Final
from urllib.parse import urlsplit

from workbench.domain.errors import SignInNeeded

_POLL_S: Final = 0.2
_PAGE: Final = (
    b"<!doctype html><html lang=en><meta charset=utf-8><title>Workbench</title>"
    b"<h1>Workbench has heard the answer</h1><p>You may close this page and go back to Workbench.</p></html>"
)
_HEADERS: Final = {
    "Content-Type": "text/html; charset=utf-8",
    "Content-Security-Policy": "default-src 'none'",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
}


class _Handler(BaseHTTPRequestHandler):
    server: _Listener

    def do_GET(self) -> None:
        """Take the one request for the callback's path; anything else is not found."""
        ours = self.headers.get("Host", "") == self.server.host
        if not ours or urlsplit(self.path).path != self.server.path:
            self.send_error(404)
            return
        self.server.heard.append(f"http://{self.server.host}{self.path}")
        self.send_response(200)
        for name, value in _HEADERS.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(_PAGE)

    def log_message(self, format: str, *args: object) -> None:
        """Log nothing: the request line holds the code."""


class _Listener(HTTPServer):
    def __init__(self, family: socket.AddressFamily, redirect_uri: str, heard: list[str]) -> None:
        ours = urlsplit(redirect_uri)
        self.address_family = family
        self.host, self.path, self.heard = ours.netloc, ours.path, heard
        address = "127.0.0.1" if family == socket.AF_INET else "::1"
        super().__init__((address, ours.port or 80), _Handler)

    def get_request(self) -> tuple[socket.socket, object]:
        connection, address = super().get_request()
        connection.settimeout(5.0)  # a silent visitor must not keep the real one waiting
        return connection, address


def hear_one_request(
    redirect_uri: str,
    ready: Callable[[], object],
    within_s: float,
    pasted: Callable[[], str | None] | None = None,
    *,
    elsewhere: bool = False,
) -> str | None:
    """Wait for the browser to come back to the redirect address.

    Parameters
    ----------
    redirect_uri : str
        ``http://localhost:PORT/PATH``, as registered.
    ready : callable
        Called once the port listens.
    within_s : float
        How long to wait.
    pasted : callable, optional
        Asked several times a second for an address that a person pasted; may raise to end the waiting.
    elsewhere : bool
        Whether the browser is on another machine: then a port that is taken here is no obstacle.

    Returns
    -------
    str or None
        The whole address that was asked for, or None if nobody came.

    Raises
    ------
    SignInNeeded
        If the port is taken, and the browser will come to it.
    """
    heard: list[str] = []
    try:
        listeners = _listeners(redirect_uri, heard)
    except SignInNeeded:
        if not elsewhere:
            raise
        listeners = []
    try:
        with selectors.DefaultSelector() as selector:
            for listener in listeners:
                selector.register(listener, selectors.EVENT_READ, listener)
            ready()
            end = time.monotonic() + within_s
            while not heard and (left_s := end - time.monotonic()) > 0:
                for key, _ in selector.select(min(left_s, _POLL_S) if pasted else left_s):
                    key.data.handle_request()
                if pasted and not heard and (address := pasted()):
                    heard.append(address)
    finally:
        for listener in listeners:
            listener.server_close()
    return heard[0] if heard else None


def _listeners(redirect_uri: str, heard: list[str]) -> list[_Listener]:
    """Listen where a browser may take ``localhost`` to be: IPv4, and IPv6 where the machine has it."""
    try:
        listeners = [_Listener(socket.AF_INET, redirect_uri, heard)]
    except OSError:
        raise SignInNeeded(
            f"Another program uses the port of {redirect_uri}.",
            "Close it, or sign in by pasting the address instead.",
        ) from None
    with suppress(OSError):  # not every machine has IPv6
        listeners.append(_Listener(socket.AF_INET6, redirect_uri, heard))
    return listeners
