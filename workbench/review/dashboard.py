"""The dashboard: the screens in tabs over one desk; and single screens of it for a notebook."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractContextManager
from datetime import datetime
from typing import Final

import pandas as pd

from workbench.domain.errors import NotAllowedHere
from workbench.review.approval import Approval
from workbench.review.beside import Beside, StillGoing
from workbench.review.checks import Checks
from workbench.review.desk import Desk
from workbench.review.differences import Differences
from workbench.review.guard import guarded
from workbench.review.handing_over import HandingOver
from workbench.review.history import History
from workbench.review.keys import SingleKeys, keys_button, keys_list
from workbench.review.known import Known
from workbench.review.links import Links
from workbench.review.newcomers import Newcomers
from workbench.review.overview import Overview
from workbench.review.page import Asked, Handed, Page
from workbench.review.permitted import may_do, permitted, roles_in_words
from workbench.review.pieces import Screen, empty, headed
from workbench.review.progress import GOING, work_view
from workbench.review.pushing import Pushing
from workbench.review.reconnecting import reconnect_view
from workbench.review.settings import Settings
from workbench.review.tree import Act, Node, h
from workbench.review.words import now_in

_OPENING: Final = {
    "checks": "Reading both systems’ clients, and what was decided…",
    "candidates": "Looking for who could be who…",
    "differences": "Comparing both systems’ clients…",
}


class Board:
    """Screens in tabs, with what is going on above them.

    Parameters
    ----------
    known : Known
        What the desk told.
    screens : sequence of Screen
        In the order of their tabs; a single one is shown without tabs.
    """

    def __init__(self, known: Known, screens: Sequence[Screen]) -> None:
        self._known = known
        self._screens = {screen.name: screen for screen in screens}
        self._on = screens[0].name
        self._fault: str | None = None
        self._going: set[str] = set()
        self._before_act = known.pulse.head
        self._help = False
        self._single_keys = SingleKeys(known.desk)
        self._in_vain = {""}
        """What was not at hand even when its screen had been drawn: there is nothing to reckon."""
        self._heard: set[str] = set()
        self._said = ""
        self._last: tuple[str, Node | None] = ("", None)
        """The screen that was drawn last."""
        self._waits_for: Beside | None = None

    def show(self, name: str) -> None:
        """Go to a screen; one that is not there changes nothing."""
        self._on = name if name in self._screens else self._on

    def moment(self) -> AbstractContextManager[None]:
        """Stand on what the firm's memory says now."""
        return self._known.desk.still()

    def view(self) -> Node:
        """Show the header, running work, what went wrong, and the screen that is on."""
        with self.moment():
            return self._view()

    def _view(self) -> Node:
        self._known.look()
        if not self._known.desk.may("see"):
            return h("div", self._top(), self._stranger(), class_="board")
        panel = self._panel()  # first: it may find that something is still reckoned
        return self._around(self._or_as_it_was(panel), self._fault)

    def _or_as_it_was(self, panel: Node) -> Node:
        """Let a screen stay as it was while is compared anew: an act there says which values it is about."""
        on, shown = self._last
        comparing = self._waits_for is self._known.comparing and self._known.comparing.is_going
        if comparing and shown is not None and on == self._on:
            return shown
        self._last = ("", None) if self._waits_for else (self._on, panel)
        return panel

    def _around(self, panel: Node, fault: str | None, meanwhile: Node | None = None) -> Node:
        works = self._works(meanwhile)
        return h("div", self._top(), self._tabs(), works, _fault_view(fault), panel, class_="board")

    def ahead(self) -> Sequence[Asked]:
        """Give what the screen is likely to be asked next."""
        screen, desk = self._screens[self._on], self._known.desk
        with self.moment():
            return screen.ahead() if desk.may("see") and screen.offered() else ()

    def after(self, asked: Asked) -> Node:
        """Give the page as it would look after that, as whoever looks may see it."""
        screen, desk = self._screens[self._on], self._known.desk
        with self.moment():
            return self._around(self._place(permitted(desk, screen.after(asked))), None)

    def opening(self) -> Node | None:
        """Show all but the screen, where that takes its time.

        Where it is reckoned anew, for something came from elsewhere, the screen stays as it was meanwhile.
        """
        screen, desk = self._screens[self._on], self._known.desk
        if screen.needs in self._in_vain or desk.at_hand(screen.needs) or not desk.may("see"):
            return None
        words, bar = h("p", _OPENING[screen.needs], role="status"), h("progress", aria_label="Reckoning")
        on, shown = self._last
        if on == screen.name and shown is not None:
            return self._around(shown, None, h("div", words, bar, class_="work", key="anew"))
        meanwhile = h("section", words, bar, class_="opening", key="opening")
        return h("div", self._top(), self._tabs(), self._works(), self._place(meanwhile), class_="board")

    def _offered(self) -> list[Screen]:
        """Give the screens of whoever looks; asked anew each time, for rights and wishes change."""
        return [screen for screen in self._screens.values() if screen.offered()]

    def act(self, asked: Asked) -> None:
        """Do what was asked, on the board or on its screen."""
        self._before_act = self._known.pulse.head
        if asked.name == "tab":
            self.show(asked.args["screen"])
            self._going.clear()
        elif asked.name == "stop":
            self._stop(asked.args["request_id"])
        elif asked.name == "reckon_again":
            self._known.beside[asked.args["work"]].again()
        elif asked.name == "help":
            self._help = not self._help
        elif asked.name == "single_keys":
            self._single_keys.switch(asked.checked)
        elif asked.name == "hide_fault":
            self._fault = None
        elif asked.name in ("reconnect", "answer") and may_do(self._known.desk, asked.name):
            self._sign_in(asked)
        elif may_do(self._known.desk, asked.name):
            self._screens[self._on].act(asked)
        else:
            raise NotAllowedHere("You may not do this here.", "Ask an administrator of your firm.")

    def kept(self) -> bool:
        """Tell whether the firm's memory holds more than before the last act."""
        return self._known.pulse.head != self._before_act

    def _stop(self, request_id: str) -> None:
        if request_id in self._known.beside:
            self._known.beside[request_id].stop()
        else:
            self._known.desk.stop(request_id)

    def _sign_in(self, asked: Asked) -> None:
        """Ask for a sign-in, or hand on what the person answered."""
        if asked.name == "reconnect":
            self._known.desk.ask_connect()
        elif answer := str(asked.args.get("answer") or asked.value or "").strip():
            self._known.desk.answer_prompt(asked.args["prompt_id"], answer)

    def beat(self) -> bool:
        """Ask for the pulse; True if anything changed."""
        news = [work.has_news() for work in self._known.beside.values()]  # each remembers that it was asked
        return self._known.look() or any(news)

    def refuse(self, sentence: str | None) -> None:
        """Keep the sentence about what went wrong last."""
        self._fault = sentence

    def said(self) -> str:
        """Give what the screen has to say, and how work ended."""
        said, self._said = self._said, ""
        return " ".join(filter(None, (self._screens[self._on].said(), said)))

    def handed(self) -> Handed | None:
        """Give the file that the screen hands out."""
        return self._screens[self._on].handed()

    def now(self) -> datetime:
        """Give the time of day where the firm is."""
        return now_in(self._known.desk.time_zone)

    def _top(self) -> Node:
        desk = self._known.desk
        return h(
            "div",  # no header: where the widget stands in somebody else's page, that would be the page's
            h(
                "div",
                h("h1", desk.name, class_="firm"),
                h("p", "You are ", h("strong", desk.person), roles_in_words(desk), class_="person"),
                keys_button(self._help),
                _sign_out() if desk.vouched else None,
                class_="top-line",
            ),
            h("p", desk.notice, class_="notice", role="note") if desk.notice else None,
            keys_list(self._single_keys.on) if self._help else None,
            class_="top",
            data_single_keys=None if self._single_keys.on else "off",
            part="top",
        )

    def _stranger(self) -> Node:
        """Say to somebody without any right what they can do about it."""
        desk = self._known.desk
        return h(
            "section",
            empty(
                "You are signed in, but may not see anything yet",
                f"Ask an administrator of {desk.name} to add “{desk.person}” to the people who may.",
            ),
            class_="screen",
        )

    def _tabs(self) -> Node | None:
        if len(self._screens) == 1:
            return None
        tabs = [
            h(
                "button",
                h("span", f"{i % 10}  ", class_="tab-key"),
                screen.title,
                type="button",
                role="tab",
                id=f"tab-{screen.name}",
                class_="tab",
                aria_selected="true" if on else "false",
                aria_controls="screen",
                aria_keyshortcuts=str(i % 10),
                tabindex=0 if on else -1,
                on={"click": Act("tab", {"screen": screen.name})},
                key=screen.name,
            )
            for i, screen in enumerate(self._offered(), start=1)
            for on in [screen.name == self._on]
        ]
        return h("div", tabs, role="tablist", aria_label="Steps", class_="tabs", part="tabs")

    def _panel(self) -> Node:
        drawn: list[Node] = []
        desk = self._known.desk
        if not self._screens[self._on].offered():
            self._on = self._offered()[0].name
        self._waits_for = None
        fault = guarded(lambda: drawn.append(permitted(desk, self._screen())))
        if (needs := self._screens[self._on].needs) and desk.at_hand(needs):
            self._in_vain.discard(needs)
        else:
            self._in_vain.add(needs)
        # A screen that cannot be drawn says so in its own place; the others stay within reach.
        if not drawn:
            drawn.append(permitted(desk, self._screens[self._on].failed(fault or "")))
        return self._place(drawn[0])

    def _place(self, screen: Node) -> Node:
        if len(self._screens) == 1:
            return h("div", screen)
        return h("div", screen, role="tabpanel", id="screen", aria_labelledby=f"tab-{self._on}")

    def _screen(self) -> Node:
        screen = self._screens[self._on]
        try:
            return screen.view()
        except StillGoing as still:
            self._waits_for = still.work
            return headed(screen, still.work.view())

    def _works(self, meanwhile: Node | None = None) -> Node:
        pulse = self._known.pulse
        beside = [work for each in self._known.beside.values() if (work := each.work())]
        unfinished = [w for w in pulse.works if w.state in GOING]
        self._going |= {w.request_id for w in unfinished}
        # How work ended is told where it was seen to run, until the person goes on; it is heard once.
        ended = [w for w in pulse.works if w.state not in GOING and w.request_id in self._going and w.message]
        for work in ended[:1]:
            if not unfinished and work.state != "failed" and work.request_id not in self._heard:
                self._heard.add(work.request_id)
                self._said = work.message
        return h(
            "div",
            [work_view(w, pulse.worker_alive) for w in unfinished],
            [work_view(work, worker_alive=True) for work in beside],
            meanwhile,
            reconnect_view(pulse, may_administer=self._known.desk.may("administer")),
            [self._ended_view(w.request_id, w.state, w.message) for w in ended[:1] if not unfinished],
            class_="works",
            part="works",
        )

    @staticmethod
    def _ended_view(request_id: str, state: str, message: str) -> Node:
        failed = state == "failed"
        return h(
            "p",
            h("strong", {"failed": "⚠ ", "done": "✓ ", "stopped": "■ "}[state]),
            message,
            class_=f"ended ended--{state}",
            role="alert" if failed else None,
            key=f"ended {request_id}",
        )


def _fault_view(fault: str | None) -> Node:
    if fault is None:
        return h("div", class_="fault-place")
    close = h(
        "button", "Close", type="button", class_="button quiet small", on={"click": Act("hide_fault", {})}
    )
    return h("div", h("div", h("span", fault), close, class_="fault", role="alert"), class_="fault-place")


def _sign_out() -> Node:
    """Lead to the door, which asks once more; a tablet may be handed on."""
    return h("button", "Sign out", type="button", class_="button quiet small", data_sign_out="yes")


def dashboard(desk: Desk) -> Page:
    """Make the whole dashboard: a screen for each step, and one for approval where the firm wants it.

    Parameters
    ----------
    desk : Desk
        What stands behind it; every state lives there, so that a new page shows the same.
    """
    known = Known(desk)
    pushing = Pushing(known)

    def take_back(undoes: str) -> None:
        pushing.take_back(undoes)
        board.show(pushing.name)

    screens = [
        Checks(known),
        Overview(known),
        Links(known),
        Newcomers(known),
        Differences(known),
        Approval(known),
        pushing,
        HandingOver(known),
        History(known, take_back),
        Settings(known),
    ]
    board = Board(known, screens)
    return Page(board)


def links_screen(desk: Desk, candidates: pd.DataFrame | None = None) -> Page:
    """Make the link screen by itself, with all of the desk's candidates or only these of them."""
    known = Known(desk, candidates=candidates)
    return Page(Board(known, [Links(known)]))


def differences_screen(desk: Desk, differences: pd.DataFrame | None = None) -> Page:
    """Make the tick-box screen by itself, with all of the desk's differences or only these of them."""
    known = Known(desk, differences=differences)
    return Page(Board(known, [Differences(known, by_pattern=differences is None)]))
