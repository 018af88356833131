"""A door that stands: a real server process with one small page, and visitors who speak with it."""

from __future__ import annotations

import asyncio
import json
import re
import socket
import subprocess
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx
import nbformat
from tornado.httpclient import HTTPRequest
from tornado.websocket import websocket_connect

from workbench.door.serving import serving
from workbench.flow.settings_file import settings_of

READY_WAIT_S = 90.0
SECRET = "secret of the application that signs visitors in"
SECRETS = {  # the first under a name that does not look like one
    "OUR_XERO_APPLICATION": SECRET,
    "WORKBENCH_PASSPHRASE": "passphrase of the file vault",
    "CONNECTWORKS_CLIENT_SECRET": "secret of the application",
    "JUPYTER_TOKEN": "token of another server",
}
FIRM = """
[firm]
name = "Kauri"
[connectworks]
base_url = "https://gateway.example/v1"
client_id = "c"
[xpm]
client_id = "x"
[serve]
warm = 1
[serve.sign_in]
issuer = "{issuer}"
client_id = "workbench"
client_secret_env = "OUR_XERO_APPLICATION"
name = "The Mock"
[[access.people]]
sign_in = "ann@kauri.example"
[[access.people]]
sign_in = "bob@kauri.example"
"""
PEOPLE = {
    "ann-1": {"email": "ann@kauri.example", "email_verified": True, "name": "Ann Lee"},
    "bob-2": {"email": "bob@kauri.example", "email_verified": True, "name": "Bob Rātā"},
    "eve-3": {"email": "eve@elsewhere.example", "email_verified": True, "name": "Eve"},
    "mallory-4": {"email": "ann@kauri.example", "email_verified": False, "name": "Ann Lee"},
}
# What a page's kernel knows, told to whoever asks it: for a test's eyes only.
CELL = """
import os
from dataclasses import asdict
from workbench.flow.passes import whoever_looks

def tell(comm, message):
    print("what is for nobody's eyes", flush=True)
    comm.send({"who": asdict(whoever_looks()), "pid": os.getpid(), "env": dict(os.environ)})

get_ipython().kernel.comm_manager.register_target("who", tell)
print("a page of the firm")
"""


WHO = ("comm_open", {"comm_id": "c1", "target_name": "who", "data": {}})


@dataclass
class StandingDoor:
    """A running server.

    Parameters
    ----------
    home : str
        Its address.
    issuer : str
        Who vouches for its visitors.
    folder : Path
        The firm's.
    process : subprocess.Popen
        The server.
    """

    home: str
    issuer: str
    folder: Path
    process: subprocess.Popen[bytes]

    @contextmanager
    def visited_by(self, subject: str, **headers: str) -> Iterator[Visit]:
        """Sign somebody in as their browser would, with what it sends along every time."""
        with httpx.Client(base_url=self.home, headers=headers, timeout=60) as client:
            httpx.put(f"{self.issuer}/users/{quote(subject)}", json=PEOPLE[subject]).raise_for_status()
            begun = client.get("/sign-in/begin").headers["location"]
            back = httpx.post(begun, data={"sub": subject}).headers["location"]
            client.get(back.replace("localhost", "127.0.0.1"))
            yield Visit(self, client)


@dataclass
class Visit:
    """Somebody who signed in, with their cookies; the page that they opened last, and its kernel's id."""

    door: StandingDoor
    client: httpx.Client
    kernel: str = ""
    shown: Any = None

    def opens(self, **query: str) -> str:
        """Open the page; give its kernel's id."""
        self.shown = self.client.get("/", params=query, follow_redirects=True)
        assert self.shown.status_code == 200, self.shown.text
        found = re.search(r'"kernelId": "([^"]+)"', self.shown.text)
        assert found
        self.kernel = found.group(1)
        return self.kernel

    def says(self, kernel_id: str, *messages: tuple[str, dict[str, Any]], until: str) -> list[dict[str, Any]]:
        """Send messages to a kernel's shell; give all that it says until it has said one of a kind.

        Raises
        ------
        tornado.httpclient.HTTPClientError
            If the server does not connect.
        """
        cookies = "; ".join(f"{name}={value}" for name, value in self.client.cookies.items())
        address = f"{self.door.home.replace('http', 'ws')}/api/kernels/{kernel_id}/channels"
        request = HTTPRequest(address, headers={"Cookie": cookies})
        with ThreadPoolExecutor(1) as thread:  # a browser of other tests may hold this thread's event loop
            return thread.submit(asyncio.run, _converse(request, messages, until)).result()

    def asks_who(self, kernel_id: str) -> dict[str, Any]:
        """Ask the page's kernel what it knows."""
        told: dict[str, Any] = self.says(kernel_id, WHO, until="comm_msg")[-1]["content"]["data"]
        return told


async def _converse(
    request: HTTPRequest, messages: Sequence[tuple[str, dict[str, Any]]], until: str
) -> list[dict[str, Any]]:
    channel = await websocket_connect(request)
    for kind, content in messages:
        header = {"msg_id": kind, "msg_type": kind, "username": "", "session": "s", "version": "5.3"}
        said = {"header": header, "parent_header": {}, "metadata": {}, "content": content, "channel": "shell"}
        await channel.write_message(json.dumps(said))
    heard: list[dict[str, Any]] = []
    while not heard or heard[-1]["msg_type"] != until:
        heard.append(json.loads(str(await asyncio.wait_for(channel.read_message(), 60))))
    channel.close()
    return heard


@contextmanager
def standing(folder: Path, issuer: str, firm: str = FIRM, **environment: str) -> Iterator[StandingDoor]:
    """Start a door on a small page of its own, and end it."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "firm.toml").write_text(firm.format(issuer=issuer), encoding="utf-8")
    book = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(CELL)])
    book.metadata["kernelspec"] = {"name": "python3", "display_name": "Python 3", "language": "python"}
    nbformat.write(book, folder / "page.ipynb")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    made = serving(folder, port, settings_of(folder).serve, notebook=folder / "page.ipynb")
    with (folder / "log").open("wb") as log:
        env = {**made.env, **environment}
        process = subprocess.Popen(made.argv, env=env, stdout=log, stderr=log)
    try:
        _wait_for(f"http://127.0.0.1:{port}/sign-in", folder / "log")
        yield StandingDoor(f"http://127.0.0.1:{port}", issuer, folder, process)
    finally:
        process.terminate()
        process.wait(30)


def _wait_for(address: str, log: Path) -> None:
    until = time.monotonic() + READY_WAIT_S
    while time.monotonic() < until:
        try:
            httpx.get(address)
        except httpx.TransportError:
            time.sleep(0.2)
        else:
            return
    raise AssertionError(f"the door did not open:\n{log.read_text(errors='replace')}")
