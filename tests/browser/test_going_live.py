"""The administrator's story: from nothing to a firm's own data, by the README's own commands.

Once through both APIs, signing in as a person does in a browser; once with exports only, up to the proof of
what has arrived of that which was handed over.
"""

from __future__ import annotations

import csv
import io
import queue
import re
import sys
import threading
import webbrowser
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser

from workbench.cli import main
from workbench.desk import FirmDesk
from workbench.flow.firm import Firm
from workbench.flow.processes import free_port
from workbench.review.desk import Choice

README = Path(__file__).parent.parent.parent / "README.md"
WITHIN_S = 240.0
FIRM = Path("data/firms/yours")


def commands(heading: str) -> list[list[str]]:
    """Give the commands of the first block below a heading of the README, without their comments."""
    below = README.read_text(encoding="utf-8").partition(f"\n{heading}\n")[2]
    block = re.search(r"```bash\n(.*?)```", below, re.S)
    assert block, f"the README has no commands below “{heading}”"
    return [line.partition("#")[0].split() for line in block[1].splitlines()]


class Shell:
    """A person's shell: runs the README's commands one after the other in one folder."""

    def __init__(
        self, folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        self.folder, self._patch, self._capsys = folder, monkeypatch, capsys
        self.opened: queue.Queue[str] = queue.Queue()

    def open_page(self, address: str) -> bool:
        """Be the machine's browser: note which page it was asked to open."""
        self.opened.put(address)
        return True

    def run(self, command: Sequence[str], typed: Sequence[str] = (), *more: str, code: int = 0) -> str:
        """Run a command with what is typed, and give what it said."""
        assert command[0] == "workbench"
        self._patch.setattr(sys, "argv", [*command, *more])
        self._patch.setattr(sys, "stdin", io.StringIO("".join(f"{line}\n" for line in typed)))
        self._capsys.readouterr()
        with pytest.raises(SystemExit) as ended:
            main()
        told = self._capsys.readouterr()
        assert int(ended.value.code or 0) == code, told.out + told.err
        assert "Traceback" not in told.err
        return told.out


@pytest.fixture
def shell(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Shell:
    """Give a shell whose browser only notes which page it was asked to open."""
    made = Shell(tmp_path, monkeypatch, capsys)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("WORKBENCH_PASSPHRASE", "a long enough phrase for a test")
    monkeypatch.setattr(webbrowser, "open", made.open_page)
    return made


@pytest.mark.browser
def test_through_both_apis(shell: Shell, small_firm: Any, browser: Browser) -> None:
    """Questions, both consent pages in a real browser, the practice by its name, a pull, the check."""
    init, doctor, pull, serve = commands("## Going live")
    assert [serve[1], doctor[1], pull[1]] == ["serve", "doctor", "pull"]  # serving has stories of its own
    port, sandbox = free_port(8400), small_firm.sandbox
    typed = [
        *("Kōwhai Accounting", "NZ", "", "kowhai.example"),
        *("api", "y", "", "", f"http://localhost:{port}/connectworks"),
        *("api", "y", "", f"http://localhost:{port}/xero"),
        *("y", "y"),  # sign in now, in a browser on this machine
        "Small Test Practice",  # of the two practices that are allowed below
    ]
    practise = ["--xpm-url", sandbox.xpm_url, "--connectworks-url", sandbox.connectworks_url]
    practise += ["--speed", "20"]
    said: list[str] = []
    running = threading.Thread(target=lambda: said.append(shell.run(init, typed, *practise)))
    running.start()
    page = browser.new_page()
    page.set_default_timeout(60_000)
    for _ in ("Connectworks", "XPM"):
        page.goto(shell.opened.get(timeout=WITHIN_S))
        for box in page.get_by_role("checkbox").all():
            box.check()
        page.get_by_role("button", name=re.compile("^Allow")).click()
        page.get_by_role("heading", name="Workbench has heard the answer").wait_for()
    page.close()
    running.join(WITHIN_S)
    told = said[0]
    assert "Xero Practice Manager offers several practices" in told
    assert "(ledger)" not in told
    for words in (
        "Signed in as Robin Farrow.",
        "It reaches the data of Small Test Practice.",
        "May read and change clients.",
        "calls are left today",
        "It can read clients, change fields, empty a field, record links",
    ):
        assert words in told
    text = (shell.folder / FIRM / "firm.toml").read_text(encoding="utf-8")
    assert "sandbox-secret" not in text
    assert 'name = "Kōwhai Accounting"' in text
    assert "sandbox_speed = 20.0" in text
    assert "28 from Xero Practice Manager" in shell.run(pull)
    assert "NOT" not in shell.run(doctor)
    settings = shell.folder / FIRM / "firm.toml"
    settings.write_text(text.replace("[xpm]", '[xpm]\ncustom_fields = ["Preferred language"]'), "utf-8")
    read = ["workbench", "custom-fields", str(FIRM)]
    assert "of 27 clients costs 27 calls" in shell.run(read, ["n"])
    assert "Read custom fields of 27 clients." in shell.run(read, ["y"])
    assert "read for all 27 clients" in shell.run(doctor)
    assert shell.run(["workbench", "disconnect", str(FIRM)]).splitlines() == [
        "Disconnected from Connectworks.",
        "Disconnected from XPM.",
    ]
    assert "Nobody is signed in." in shell.run(doctor, code=1)


HERE = ["Legal name", "Type", "Client reference", "Email (primary contact)", "Primary phone"]
THERE = ["Client Code", "Name", "Business Structure", "Email", "Phone"]
CLIENTS = 12


def _exports(folder: Path, arrived: int = 0) -> None:
    """Save an export of each side; so many of Connectworks' emails are those of XPM by now."""
    names = [f"Kahikatea Number {n} Limited" for n in range(CLIENTS)]
    emails = [f"{'there' if n < arrived else 'here'}{n}@kahikatea.example" for n in range(CLIENTS)]
    here = [[name, "Company", f"R{n}", emails[n], "09 555 0101"] for n, name in enumerate(names)]
    there = [
        [f"R{n}", name, "Company", f"there{n}@kahikatea.example", "09 555 0101"]
        for n, name in enumerate(names)
    ]
    for side, headers, rows in (("connectworks", HERE, here), ("xpm", THERE, there)):
        path = folder / "exports" / side / f"after {arrived}.csv"
        with path.open("w", encoding="utf-8", newline="") as file:
            csv.writer(file).writerows([headers, *rows])


def _decide(folder: Path) -> None:
    """Be the person at the dashboard: link everybody, and send XPM's email to two clients of Connectworks."""
    desk = FirmDesk(Firm(folder))
    found = desk.candidates()
    desk.link(list(zip(found["connectworks_id"], found["xpm_id"], strict=True)), "dashboard")
    differences = desk.differences()
    chosen = differences[
        (differences["field"] == "email") & (differences["connectworks_id"].isin(["R0", "R1"]))
    ]
    rows = chosen[["link_id", "field", "connectworks", "xpm"]].itertuples(index=False)
    desk.decide([Choice(link, name, "to_connectworks", *pair) for link, name, *pair in rows], "tick")


def test_with_files_only(shell: Shell) -> None:
    """Questions, columns confirmed, a pull, decisions, click sheets, changed exports, what has arrived."""
    init, here, there, pull, serve, handover, again = commands("### With files only")
    assert (serve[1], again) == ("serve", pull)
    folder = shell.folder / FIRM
    told = shell.run(init, ["Kōwhai Accounting", "NZ", "", "-", "files", "files"])
    assert "by a Firm Administrator" in told
    assert "There is no export of Connectworks" in told
    _exports(folder)
    assert "email" in shell.run(here, ["y"])
    assert "told apart by “Client Code”" in shell.run(there, ["y"])
    assert "Pulled 12 from Connectworks (files) and 12 from XPM (files)." in shell.run(pull)
    _decide(folder)
    told = shell.run(handover)
    assert "0 of 2" in told
    sheets = [
        path
        for path in folder.rglob("*.html")
        if "there0@kahikatea.example" in path.read_text(encoding="utf-8")
    ]
    assert sheets, "there is no click sheet"
    _exports(folder, arrived=1)
    assert "1 of 2 arrived" in shell.run(again)
    assert "Kahikatea Number 1 Limited" in shell.run(handover)
    assert "cannot change anything" in shell.run(["workbench", "doctor", str(FIRM)])
