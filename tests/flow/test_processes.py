"""The processes of a service start together and end together."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from workbench.domain.errors import Unreachable, WorkbenchError
from workbench.flow import processes as households
from workbench.flow.processes import Processes

SAY_AND_STAY = "import os, sys, time; open(sys.argv[1], 'w').write(str(os.getpid())); time.sleep(60)"
HOUSEHOLD = """
import sys
from pathlib import Path
from workbench.flow.processes import Processes, ending_on_signals
folder = Path(sys.argv[1])
with ending_on_signals(), Processes(folder) as processes:
    try:
        for name in ("one", "two"):
            processes.start(name, [sys.executable, "-c", sys.argv[2], str(folder / name)])
            processes.wait_for_file(folder / name, name, 30)
        (folder / "ready").touch()
        processes.watch()
    except KeyboardInterrupt:
        pass
"""
MODULES = """
import sys
from pathlib import Path
from workbench.flow.processes import Processes, module
folder = Path(sys.argv[1])
with Processes(folder) as processes:
    for name in ("polite", "stubborn"):
        processes.start(name, module(name, str(folder / name)))
        processes.wait_for_file(folder / name, name, 30)
    (folder / "ready").touch()
    processes.watch()
"""


def _until(so: Callable[[], object]) -> None:
    deadline = time.monotonic() + 30
    while not so():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def _lives(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def _pid(path: Path) -> int:
    _until(lambda: path.exists() and path.read_text())
    return int(path.read_text())


@pytest.mark.skipif(os.name == "nt", reason="asks by signal 0 whether a process lives")
def test_children_end_with_their_parent(tmp_path: Path) -> None:
    """A service that is asked to end leaves no process behind."""
    parent = subprocess.Popen([sys.executable, "-c", HOUSEHOLD, str(tmp_path), SAY_AND_STAY])
    _until((tmp_path / "ready").exists)
    children = [_pid(tmp_path / name) for name in ("one", "two")]
    assert all(map(_lives, children))
    parent.send_signal(signal.SIGTERM)
    assert parent.wait(30) == 0
    assert not any(map(_lives, children))


@pytest.mark.skipif(os.name == "nt", reason="asks by signal 0 whether a process lives")
def test_children_end_when_their_parent_is_killed(tmp_path: Path) -> None:
    """A service that is killed and can close nothing leaves no process behind, not even a stubborn one."""
    (tmp_path / "polite.py").write_text(SAY_AND_STAY, encoding="utf-8")
    stubborn = "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); " + SAY_AND_STAY
    (tmp_path / "stubborn.py").write_text(stubborn, encoding="utf-8")
    parent = subprocess.Popen([sys.executable, "-c", MODULES, str(tmp_path)], cwd=tmp_path)
    _until((tmp_path / "ready").exists)
    children = [_pid(tmp_path / name) for name in ("polite", "stubborn")]
    assert all(map(_lives, children))
    parent.kill()
    parent.wait(30)
    _until(lambda: not any(map(_lives, children)))


@pytest.fixture
def hurried(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let whoever ended be started again without much delay."""
    monkeypatch.setattr(households, "RESTART_WAIT_S", 0.05)


@pytest.mark.usefixtures("hurried")
def test_who_ends_at_once_again_and_again_is_given_up(tmp_path: Path) -> None:
    """A worker that cannot begin ends the service with its own last words, instead of dying for ever."""
    words = "import sys; print('The disk is full.'); print(); raise SystemExit(1)"
    with Processes(tmp_path) as processes:
        processes.start("worker", [sys.executable, "-c", words], restarts=True)
        with pytest.raises(WorkbenchError, match=r"5 times right after.*worker\.log: The disk is full\.$"):
            _until(processes.look_after)


def test_a_child_that_ends_too_early_is_told_with_its_log(tmp_path: Path) -> None:
    """Who does not start is named, with the file that holds its own words."""
    with Processes(tmp_path) as processes:
        processes.start("dashboard", [sys.executable, "-c", "print('my own words'); raise SystemExit(3)"])
        with pytest.raises(Unreachable, match=r"The dashboard ended before it was ready.*dashboard\.log"):
            processes.wait_for_file(tmp_path / "never", "dashboard", 30)
    assert "my own words" in (tmp_path / "dashboard.log").read_text()


@pytest.mark.usefixtures("hurried")
def test_only_what_may_restart_is_started_again(tmp_path: Path) -> None:
    """A worker that died is replaced; any other death ends the service in words."""
    quick = "import sys; open(sys.argv[1], 'a').write('x')"
    with Processes(tmp_path) as processes:
        processes.start("worker", [sys.executable, "-c", quick, str(tmp_path / "lives")], restarts=True)

        def twice() -> bool:
            processes.look_after()
            return (tmp_path / "lives").exists() and len((tmp_path / "lives").read_text()) >= 2

        _until(twice)
        processes.start("sandbox", [sys.executable, "-c", ""])
        with pytest.raises(WorkbenchError, match="The sandbox ended by itself"):
            _until(processes.look_after)
