"""The command says each refusal in one sentence, without a traceback, and ends with a code of its own."""

from __future__ import annotations

import socket
import sqlite3
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from filelock import FileLock

from workbench.cli import BUSY, main
from workbench.flow.firm import Firm
from workbench.flow.processes import free_port
from workbench.flow.worker import Worker


@pytest.fixture
def command(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Any:
    """Give a caller of the command: exit code, output, error output."""

    def call(*arguments: object) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["workbench", *map(str, arguments)])
        capsys.readouterr()
        with pytest.raises(SystemExit) as ended:
            main()
        told = capsys.readouterr()
        return int(ended.value.code or 0), told.out, told.err

    return call


def _refused(ended: tuple[int, str, str], *words: str, code: int = 1) -> None:
    ended_with, _, error = ended
    last = error.strip().splitlines()[-1]
    assert ended_with == code
    assert last.startswith("workbench: ")
    assert "Traceback" not in error
    for word in words:
        assert word in last


FOLDER_VERBS = ["serve", "worker", "connect", "pull", "run", "verify"]


@pytest.mark.parametrize("verb", FOLDER_VERBS)
def test_a_folder_without_a_firm(command: Any, tmp_path: Path, verb: str) -> None:
    """It is said what is missing where and what to do; nothing is made there."""
    _refused(command(verb, tmp_path / "nobody"), "There is no firm in", "no firm.toml", "workbench demo")
    assert not (tmp_path / "nobody").exists()


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("this is = not = toml", "is not valid TOML"),
        ("[firm]\nname = 'A'\nshoe_size = 3", "firm.shoe_size"),
        ("[firm]\nname = 'A'", "connectworks: Field required"),
    ],
)
def test_broken_settings(command: Any, tmp_path: Path, text: str, words: str) -> None:
    """A firm.toml that cannot be used is refused by the name of the line or setting."""
    (tmp_path / "firm.toml").write_text(text, encoding="utf-8")
    for verb in ("serve", "pull"):
        _refused(command(verb, tmp_path), "firm.toml", words, "Mend")
    assert [path.name for path in tmp_path.iterdir()] == ["firm.toml"]


def test_a_ledger_that_is_none(command: Any, small_firm: Any) -> None:
    """A file that is no ledger is named, and left as it is."""
    ledger = small_firm.folder / "ledger.sqlite"
    ledger.write_bytes(b"this is no database" * 100)
    _refused(command("pull", small_firm.folder), str(ledger), "damaged or is no ledger", "backup")
    assert ledger.read_bytes() == b"this is no database" * 100


def test_a_second_worker(command: Any, small_firm: Any) -> None:
    """The second worker of a firm is refused by the firm's name."""
    with Worker(Firm(small_firm.folder)).on_duty():
        told = command("worker", small_firm.folder)
    _refused(told, "Another worker already serves Farrow & Finch (demo)", code=BUSY)


def test_a_firm_that_is_served_already(command: Any, small_firm: Any) -> None:
    """A second service on one folder is refused before it touches anything; nor may the demo be reset.

    The code tells it from what went wrong, so that a second `make demo` ends with that sentence alone.
    """
    before = sorted(path.name for path in small_firm.folder.iterdir())
    with FileLock(small_firm.folder / "service.lock"):
        for verb in ("serve",), ("demo", "--reset", "--folder"), ("lab", "--folder"):
            told = command(*verb, small_firm.folder, "--no-browser")
            _refused(told, "is being served already", code=BUSY)
    after = {path.name for path in small_firm.folder.iterdir()}
    assert after - set(before) <= {"service.lock", "ledger.sqlite", "ledger.sqlite-shm", "ledger.sqlite-wal"}


def test_reset_deletes_no_real_firm(command: Any, small_firm: Any) -> None:
    """A folder whose firm does not live on the sandbox is never deleted."""
    settings = small_firm.folder / "firm.toml"
    text = settings.read_text(encoding="utf-8")
    settings.write_text(
        "".join(line for line in text.splitlines(True) if "sandbox_speed" not in line), encoding="utf-8"
    )
    _refused(command("demo", "--folder", small_firm.folder, "--reset", "--no-browser"), "holds a real firm")
    assert settings.exists()


def test_a_server_that_is_not_there(command: Any, small_firm: Any) -> None:
    """A pull that reaches nobody names the service, the address and the setting."""
    settings = small_firm.folder / "firm.toml"
    text = settings.read_text(encoding="utf-8")
    gone = f"http://127.0.0.1:{free_port()}"
    settings.write_text(
        text.replace(f'"{small_firm.sandbox.connectworks_url}/v1"', f'"{gone}/v1"'), encoding="utf-8"
    )
    _refused(
        command("pull", small_firm.folder), "Connectworks at", gone, "connectworks.base_url in firm.toml"
    )


def test_pull_and_verify(command: Any, small_firm: Any) -> None:
    """What goes well says what was done, and the chain's head."""
    code, told, _ = command("pull", small_firm.folder)
    assert (code, "28 from Xero Practice Manager" in told) == (0, True)
    code, told, _ = command("verify", small_firm.folder)
    assert (code, "The ledger verifies" in told) == (0, True)


def test_connect_and_disconnect(command: Any, small_firm: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Signing out withdraws both sign-ins and forgets the tokens; a second time there is none left."""
    settings = small_firm.folder / "firm.toml"
    settings.write_text(settings.read_text().replace('vault = "memory"', 'vault = "file"'))
    monkeypatch.setenv("WORKBENCH_PASSPHRASE", "a long enough phrase for a test")
    assert "Connected." in command("connect", small_firm.folder)[1]
    told = command("disconnect", small_firm.folder)[1]
    assert told.splitlines() == ["Disconnected from Connectworks.", "Disconnected from XPM."]
    assert "There was no sign-in to XPM." in command("disconnect", small_firm.folder)[1]


def test_a_tampered_ledger(command: Any, small_firm: Any) -> None:
    """A ledger whose entry was altered does not verify, and the command says so."""
    command("pull", small_firm.folder)
    with sqlite3.connect(small_firm.folder / "ledger.sqlite") as ledger:
        ledger.execute("UPDATE entries SET entry = replace(entry, 'pull', 'push') WHERE seq = 1")
    ledger.close()
    _refused(command("verify", small_firm.folder), "does not verify", "backup")


def test_a_folder_that_is_a_file(command: Any, small_firm: Any) -> None:
    """Who names the settings file instead of its folder is told so."""
    _refused(command("pull", small_firm.folder / "firm.toml"), "firm.toml", "cannot be read")
    _refused(command("verify", small_firm.folder / "firm.toml"), "is no bundle", "Name a firm's folder")


def test_no_traceback_reaches_a_shell(tmp_path: Path) -> None:
    """Started as a shell would start it: one line of error and a code that is not zero."""
    command = [sys.executable, "-m", "workbench", "verify", str(tmp_path)]
    ended = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert ended.returncode == 1
    assert ended.stderr.count("\n") == 1
    assert ended.stderr.startswith("workbench: There is no firm in")


def test_a_busy_port_is_no_error() -> None:
    """Where the wanted port is taken, another one is given, which the system gives to nobody by itself."""
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        taken = other.getsockname()[1]
        assert free_port(taken) != taken
        assert 0 < free_port(taken) < 32_768
    assert free_port(taken) == taken
