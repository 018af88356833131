"""A firm whose sign-ins are answered within the tests' own process, and a desk over it."""

from __future__ import annotations

import contextlib
import gzip
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlencode, urlsplit
from urllib.request import HTTPRedirectHandler, Request, build_opener, urlopen

import httpx
import pandas as pd
import pytest
from lxml import html

from workbench.desk import FirmDesk
from workbench.domain.fields import SIDES
from workbench.flow.asking import ask, follow
from workbench.flow.firm import Firm
from workbench.review.desk import Choice
from workbench.sandbox.visitor import allow
from workbench.systems.clock import RealClock
from workbench.systems.open import open_systems
from workbench.systems.vault import MemoryVault

REAL = """
[firm]
name = "Kōwhai"
[connectworks]
base_url = "https://gateway.example/v1"
client_id = "c"
[xpm]
client_id = "x"
"""


class Hasty(RealClock):
    """A clock that waits a fiftieth of what it is asked to."""

    def sleep(self, seconds: float) -> None:
        """Wait a little."""
        super().sleep(seconds / 50)


class House:
    """A small firm with everything that a test does to it."""

    def __init__(self, folder: Path, sandbox: Any) -> None:
        self.folder, self.sandbox = folder, sandbox
        self.shown: list[str] = []
        self.visit: Callable[[str], object] = allow
        self.firm = self.again()
        self.desk = FirmDesk(self.firm)

    def _show(self, address: str) -> None:
        self.shown.append(address)
        threading.Thread(target=self.visit, args=(address,), daemon=True).start()

    def again(self) -> Firm:
        """Open the same firm as another process would."""
        return Firm(self.folder, clock=Hasty(), show=self._show)

    def do(self, verb: str, **args: Any) -> str:
        """Have something done, and give its closing words."""
        return follow(self.firm, ask(self.firm, verb, args))

    def rest(self) -> None:
        """Wait until whoever carried out what was asked has left; else they may take what is asked next."""
        ends = time.monotonic() + 20
        while self.firm.at_work:
            assert time.monotonic() < ends, "the worker never left"
            time.sleep(0.01)

    def kept(self) -> Iterator[tuple[str, bytes]]:
        """Give everything in the firm's folder by its path, what is packed unpacked.

        The ledger comes last: what stood in a log of its that is cleared away meanwhile stands in it then.
        """
        self.rest()
        files = (path for path in self.folder.rglob("*") if path.is_file())
        for path in sorted(files, key=lambda path: (path.name == "ledger.sqlite", path)):
            with contextlib.suppress(FileNotFoundError):
                body = path.read_bytes()
                where = path.relative_to(self.folder).as_posix()
                yield where, gzip.decompress(body) if path.suffix == ".gz" else body

    def through(self, answer: Callable[[httpx.Request], httpx.Response | None]) -> None:
        """Let answers come from `answer` where it gives one, else from the servers."""

        class Between(httpx.BaseTransport):
            real = httpx.HTTPTransport()

            def handle_request(self, request: httpx.Request) -> httpx.Response:
                return answer(request) or self.real.handle_request(request)

        settings = self.firm.settings
        self.firm.connections = open_systems(
            settings, MemoryVault(), Hasty(), self.folder, transport=Between()
        )

    def differing(self, field: str, start: int, stop: int) -> pd.DataFrame:
        """Give some differences of a field, by their place."""
        frame = self.desk.differences()
        chosen = frame[(frame["kind"] == "different") & (frame["field"] == field)]
        return chosen[start:stop]

    def decide(self, differences: pd.DataFrame, direction: str | None) -> None:
        """Choose a direction for differences as they are shown."""
        cells = differences[["link_id", "field", *SIDES]].astype(object)
        rows = cells.where(cells.notna(), None).itertuples(index=False)
        self.desk.decide([Choice(link, name, direction, *pair) for link, name, *pair in rows], "tick")  # type: ignore[arg-type]

    def push(self) -> str:
        """Push what is decided, with the words that lift every brake that can be lifted."""
        return follow(self.firm, self.ask_push())

    def ask_push(self) -> str:
        """Ask for it, and give the request's id."""
        plan = self.desk.plan()
        return self.desk.ask_push(plan.hash, plan.words)

    def writes(self, side: str) -> list[str]:
        """Give the records that requests changed on a side, in order."""
        return [e["resource"] for e in self.sandbox.log(side) if e["changed"] and e["method"] != "EDIT"]

    def set(self, setting: str, value: str) -> None:
        """Give a setting of firm.toml another text, and open the firm anew."""
        path = self.folder / "firm.toml"
        old = next(line for line in path.read_text(encoding="utf-8").splitlines() if setting in line)
        path.write_text(path.read_text(encoding="utf-8").replace(old, value), encoding="utf-8")
        self.rest()
        self.firm = self.again()
        self.desk = FirmDesk(self.firm)


class _Stay(HTTPRedirectHandler):
    """A browser on another machine: it never reaches this machine's listener."""

    def redirect_request(self, *_: Any) -> None:
        """Follow nothing."""


def _allow_elsewhere(address: str, practices: int = 1) -> str:
    """Say yes on a consent page and give the address to which the browser is sent, without going there."""
    with urlopen(address) as answer:
        form = html.fromstring(answer.read()).forms[0]
        target = f"{urlsplit(answer.url).scheme}://{urlsplit(answer.url).netloc}{urlsplit(form.action).path}"
    for box in form.xpath(".//input[@type='checkbox']")[:practices]:
        box.checked = True
    fields = urlencode([*form.form_values(), ("decision", "allow")]).encode()
    try:
        build_opener(_Stay).open(Request(target, data=fields, method="POST"))
    except OSError as sent:
        return str(sent.headers["location"])  # type: ignore[attr-defined]
    raise AssertionError("the consent page sent nobody anywhere")


@pytest.fixture
def allow_elsewhere() -> Callable[..., str]:
    """Give the person at a browser on another machine: the page's address in, the one it leads to out."""
    return _allow_elsewhere


@pytest.fixture
def make_house() -> type[House]:
    """Give what opens any firm's house."""
    return House


@pytest.fixture
def real_firm(tmp_path: Path) -> Path:
    """Give the folder of a firm that was only just set up on the real services."""
    (tmp_path / "firm.toml").write_text(REAL, encoding="utf-8")
    return tmp_path


@pytest.fixture
def house(small_firm: Any) -> House:
    """Give a small firm; nothing has been pulled yet."""
    return House(small_firm.folder, small_firm.sandbox)


@pytest.fixture
def pulled(house: House) -> House:
    """Give a small firm that has pulled."""
    house.do("pull")
    return house
