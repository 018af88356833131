"""Finding links, and comparing, is done once for all who wait, and each of them hears how far it is."""

from __future__ import annotations

import time
from pathlib import Path
from threading import Event, Thread
from types import ModuleType
from typing import Any

import pandas as pd
import pytest

from workbench.desk import FirmDesk, comparing, pairing
from workbench.domain.fields import SIDES
from workbench.domain.frames import CANDIDATES, DIFFERENCES, Clients, frame_of
from workbench.domain.progress import StopAsked, Tell
from workbench.flow.firm import Firm
from workbench.review import beside
from workbench.review.beside import Beside, StillGoing


@pytest.mark.parametrize(
    ("room", "work", "asked", "given"),
    [
        (pairing, "link_candidates", "candidates", CANDIDATES),
        (comparing, "compare", "differences", DIFFERENCES),
    ],
)
def test_a_page_that_comes_while_it_is_reckoned_shows_how_far_and_stops_it(
    real_firm: Path,
    monkeypatch: pytest.MonkeyPatch,
    room: ModuleType,
    work: str,
    asked: str,
    given: tuple[str, ...],
) -> None:
    """What the page waits for was begun before it came: it shows the share all the same, and Stop ends it."""
    desk, begun, ended = FirmDesk(Firm(real_firm)), Event(), Event()
    nobody = pd.DataFrame({"client_id": []})
    nobodys = Clients(connectworks=nobody, xpm=nobody, pulled_at=dict.fromkeys(SIDES, ""))
    monkeypatch.setattr(desk, "clients", lambda: nobodys)
    monkeypatch.setattr(beside, "PATIENCE_S", 0.0)

    def slowly(*_clients: Any, tell: Tell, **_more: Any) -> pd.DataFrame:
        begun.set()
        for _ in range(1000):
            tell(0.5)
            time.sleep(0.005)
        return frame_of((), given)

    def ahead() -> None:
        try:
            getattr(desk, asked)()
        except StopAsked:
            ended.set()

    monkeypatch.setattr(room, work, slowly)
    Thread(target=ahead, daemon=True).start()
    assert begun.wait(5)
    page = Beside(getattr(desk, asked))
    with pytest.raises(StillGoing):
        page.wait()
    while (told := page.work()) and told.done < 50:
        time.sleep(0.005)
    assert told
    assert told.total == 100
    page.stop()
    assert ended.wait(5)
    while page.is_going:
        time.sleep(0.005)
    assert page.stopped
