"""Links are found once for all who wait for them, and each of them hears how far that is."""

from __future__ import annotations

import time
from pathlib import Path
from threading import Event, Thread
from typing import Any

import pandas as pd
import pytest

from workbench.desk import FirmDesk, pairing
from workbench.domain.frames import CANDIDATES, Clients, frame_of
from workbench.domain.progress import StopAsked, Tell
from workbench.flow.firm import Firm
from workbench.review import beside
from workbench.review.beside import Beside, StillGoing


def test_a_page_that_comes_while_links_are_found_shows_how_far_and_stops_it(
    real_firm: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What the page waits for was begun before it came: it shows the share all the same, and Stop ends it."""
    desk, begun, ended = FirmDesk(Firm(real_firm)), Event(), Event()
    nobodys = Clients(connectworks=pd.DataFrame({"client_id": []}), xpm=pd.DataFrame({"client_id": []}))
    monkeypatch.setattr(desk, "clients", lambda: nobodys)
    monkeypatch.setattr(beside, "PATIENCE_S", 0.0)

    def slowly(*_clients: Any, tell: Tell, **_more: Any) -> pd.DataFrame:
        begun.set()
        for _ in range(1000):
            tell(0.5)
            time.sleep(0.005)
        return frame_of((), CANDIDATES)

    def ahead() -> None:
        try:
            desk.candidates()
        except StopAsked:
            ended.set()

    monkeypatch.setattr(pairing, "link_candidates", slowly)
    Thread(target=ahead, daemon=True).start()
    assert begun.wait(5)
    page = Beside(desk.candidates)
    with pytest.raises(StillGoing):
        page.wait()
    while (work := page.work()) and not work.total:
        time.sleep(0.005)
    assert work
    assert (work.done, work.total) == (50, 100)
    page.stop()
    assert ended.wait(5)
    while page.is_going:
        time.sleep(0.005)
    assert page.stopped
