"""Whoever waits for a notebook's cell or a terminal sees how far it is; a log holds no bar."""

from __future__ import annotations

import io

import pandas as pd
import pytest

import workbench as wb
from workbench.flow import watching
from workbench.flow.watching import UNATTENDED, watched


class Screen(io.StringIO):
    """A terminal, as far as it is asked whether it is one."""

    def isatty(self) -> bool:
        """Say that it is."""
        return True


def terminal(monkeypatch: pytest.MonkeyPatch) -> Screen:
    """Give a terminal to whoever writes, and no time to wait for."""
    shown = Screen()
    monkeypatch.setattr("sys.stderr", shown)
    monkeypatch.setattr(watching, "PATIENCE_S", 0.0)
    return shown


def compared(**more: object) -> pd.DataFrame:
    """Compare two clients with each other."""
    clients = pd.DataFrame({"client_id": ["1"], "legal_name": ["Kauri Ltd"]})
    links = pd.DataFrame({"connectworks_id": ["1"], "xpm_id": ["1"]})
    return wb.compare(wb.Clients(clients, clients), links, **more)


def test_comparing_shows_whoever_watches_how_far_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    """Called with nothing but its frames it shows a bar with what is done, how much, and the time left."""
    screen = terminal(monkeypatch)
    assert len(compared())
    assert "Comparing: " in screen.getvalue()
    assert " %" in screen.getvalue()


def test_whoever_listens_gets_no_bar_besides(monkeypatch: pytest.MonkeyPatch) -> None:
    """Who passes `tell` has a bar of its own."""
    screen = terminal(monkeypatch)
    heard: list[float] = []
    compared(tell=heard.append)
    assert heard == sorted(heard)
    assert screen.getvalue() == ""


@pytest.mark.parametrize("switch", [UNATTENDED, "TQDM_DISABLE"])
def test_a_log_holds_no_bar(monkeypatch: pytest.MonkeyPatch, switch: str) -> None:
    """A scheduled run writes none, whatever it writes to, nor does one whose bars are switched off."""
    screen = terminal(monkeypatch)
    monkeypatch.setenv(switch, "1")
    compared()
    assert screen.getvalue() == ""


def test_an_interrupted_cell_takes_its_bar_away(monkeypatch: pytest.MonkeyPatch) -> None:
    """Interrupting is Stop: the work ends with it, and no bar is left standing."""
    screen = terminal(monkeypatch)
    with pytest.raises(KeyboardInterrupt), watched("Comparing") as tell:
        tell(0.5)
        raise KeyboardInterrupt
    assert screen.getvalue().rstrip(" ").endswith("\r")
