"""The one widget: it sends a stage's tree to the browser and hands every act back to the stage."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import datetime
from importlib.resources import files
from typing import Any, Final, Protocol

import anywidget
from pydantic_core import to_json

from workbench.domain.collecting import tidy, uncollected
from workbench.review.guard import guarded
from workbench.review.tree import Node, h, parts_of

MOST_HELD: Final = 300
"""So many parts a browser holds: what it shows, pages that were turned, and those that may come next."""
MOST_AHEAD: Final = 8
"""So many acts it may know the outcome of."""


@dataclass(frozen=True, slots=True)
class Asked:
    """An act that came from the browser.

    Parameters
    ----------
    name : str
        Which act.
    args : mapping
        What it is about, as the element held it when it was used.
    value : str
        What the element said (a text, a choice), if anything.
    checked : bool
        Whether a tick box is ticked now.
    """

    name: str
    args: Mapping[str, Any] = field(default_factory=dict)
    value: str = ""
    checked: bool = False


@dataclass(frozen=True, slots=True)
class Handed:
    """A file that a page hands to the person.

    Parameters
    ----------
    name : str
        What it is called.
    content : bytes
        What is in it.
    """

    name: str
    content: bytes = field(repr=False)


class Stage(Protocol):
    """What a page shows."""

    def moment(self) -> AbstractContextManager[None]:
        """Stand on what is known now, so that all that is asked meanwhile is of one moment."""

    def opening(self) -> Node | None:
        """Give what to show meanwhile where the view takes its time; None where it does not."""

    def view(self) -> Node:
        """Give the whole as it should look now."""

    def ahead(self) -> Sequence[Asked]:
        """Give what is likely to be asked next, the likeliest first, so that the browser holds the answer.

        Each leads to the same whatever of them is asked before it.
        """

    def after(self, asked: Asked) -> Node:
        """Give the whole as it would look after one of them; nothing is done."""

    def act(self, asked: Asked) -> None:
        """Do what was asked. May raise WorkbenchError."""

    def kept(self) -> bool:
        """Tell, after the view that follows an act, whether anything was made durable by it."""

    def beat(self) -> bool:
        """Look whether anything changed elsewhere; True if the page should be drawn again."""

    def refuse(self, sentence: str | None) -> None:
        """Show (or, with None, take away) the sentence about what went wrong."""

    def said(self) -> str:
        """Give what a screen reader should say about the last act, once."""

    def handed(self) -> Handed | None:
        """Give the file that the last act asked for, once."""

    def now(self) -> datetime:
        """Give the time of day where the firm is."""


def _static(*names: str) -> str:
    return "\n".join(files("workbench.review").joinpath("static", n).read_text("utf-8") for n in names)


class Page(anywidget.AnyWidget):
    """A stage in a browser.

    What it shows travels in messages, never in widget state, so that no saved notebook holds a client.

    Parameters
    ----------
    stage : Stage
        What to show.
    now : callable, optional
        Gives the time of a save; by default the stage's.
    """

    _esm = _static("draw.js", "grid.js", "line.js", "page.js")
    _css = _static("page.css")

    def __init__(self, stage: Stage, now: Callable[[], datetime] | None = None) -> None:
        super().__init__()
        self._stage = stage
        self._now = now or stage.now
        self._sent: dict[str, tuple[Node, str]] = {}
        self._shown: tuple[str, ...] = ()
        self._ahead: dict[int, tuple[Node, str]] = {}
        """The last pages that were sent ahead since anything else was drawn, by the number of each."""
        self._sent_ahead = 0
        self._undrawn = self._resting = False
        self.on_msg(self._hear)

    def send(self, content: Mapping[str, Any], buffers: Sequence[bytes] | None = None) -> None:
        """Send a message; what is drawn travels beside it as JSON, which nothing on the way takes apart."""
        drawn = {name: value for name, value in content.items() if name in ("parts", "page")}
        rest = {name: value for name, value in content.items() if name not in drawn}
        super().send(rest, [to_json(drawn)] if drawn else buffers)

    def _hear(self, _widget: Any, content: Mapping[str, Any], _buffers: Any) -> None:
        with uncollected():
            self._do(content.get("kind"), content)

    def _do(self, kind: Any, content: Mapping[str, Any]) -> None:
        if kind == "ready":
            self._sent, self._shown = {}, ()
            if screen := content.get("screen"):  # where the person was before the page opened itself again
                guarded(lambda: self._go(str(screen)))
            self._answer(None, None)
        elif kind == "act":
            self._resting = False
            self._act(content)
        elif kind == "ahead":
            guarded(lambda: self._look_ahead(content.get("held") or ()))
        elif kind == "pulse":
            self._pulse(content)

    def _go(self, screen: str) -> None:
        self._stage.act(Asked("tab", {"screen": screen}))

    def _act(self, content: Mapping[str, Any]) -> None:
        asked = Asked(
            str(content.get("act", "")),
            content.get("args") or {},
            str(content.get("value") or ""),
            bool(content.get("checked")),
        )
        if (shown := self._ahead.get(content.get("shown") or 0)) is not None:
            self._sent["page"] = shown  # the browser has drawn it already
        fault = guarded(lambda: self._stage.act(asked))
        self._stage.refuse(fault)
        self._answer(content.get("n"), fault, done=fault is None)
        if (file := self._stage.handed()) is not None:
            # By the page's own channel: the server gives no files out.
            self.send({"kind": "file", "name": file.name}, [file.content])

    def _pulse(self, content: Mapping[str, Any]) -> None:
        changed: list[bool] = []
        fault = guarded(lambda: changed.append(self._stage.beat()))
        if fault or self._undrawn:
            self._stage.refuse(fault)
        if fault or changed[0] or self._undrawn:
            self._answer(content.get("n"), fault)
        else:
            self.send({"kind": "parts", "n": content.get("n"), "ok": True, "parts": {}})
            if self._resting:  # else the next act might wait for it
                tidy()
        self._resting = True

    def _answer(self, number: Any, fault: str | None, done: bool = False) -> None:
        drawn: list[Node] = []
        failed = guarded(lambda: drawn.append(self._opened()))
        if failed:
            self._stage.refuse(failed)
            guarded(lambda: drawn.append(self._stage.view()))
        # Where the firm itself cannot be read nothing can be drawn; then what it says of that is the page.
        self._undrawn = not drawn
        page = drawn[0] if drawn else _undrawn(failed or "")
        told: dict[str, Any] = {"kept": False, "at": "", "say": ""}
        guarded(lambda: told.update(self._told(done)))
        ok = (fault or failed) is None
        self.send({"kind": "parts", "n": number, "ok": ok, **told, **self._changed(page)})

    def _opened(self) -> Node:
        with self._stage.moment():
            guarded(self._tell_opening)
            return self._stage.view()

    def _told(self, done: bool) -> dict[str, Any]:
        kept = done and self._stage.kept()
        return {"kept": kept, "at": self._now().strftime("%H:%M:%S"), "say": self._stage.said()}

    def _tell_opening(self) -> None:
        if (opening := self._stage.opening()) is not None:
            self.send({"kind": "parts", "ok": True, **self._changed(opening)})

    def _look_ahead(self, held: Sequence[Any]) -> None:
        """Send what the page would be after an act, to a browser that has drawn all and waits for nothing.

        One at a time, so that whatever a person does meanwhile waits for no more than that. A browser that
        shows it at once says which one it was: then nothing is sent again that came out as foreseen.

        Parameters
        ----------
        held : sequence
            The acts, as name and what it is about, of which the browser knows already.
        """
        with self._stage.moment():
            likely = (one for one in self._stage.ahead() if [one.name, one.args] not in held)
            if (asked := next(likely, None)) is None:
                self.send({"kind": "ahead", "parts": {}})
                return
            drawn = self._stage.after(asked)
        taken = self._taken_apart(drawn)
        node, page = taken.pop("page")
        self._sent_ahead += 1
        self._ahead[self._sent_ahead] = (node, _mark(page))
        if len(self._ahead) > MOST_AHEAD:
            del self._ahead[next(iter(self._ahead))]
        parts = self._fresh(taken)
        told = {"id": self._sent_ahead, "act": [asked.name, asked.args], "page": page}
        self.send({"kind": "ahead", "parts": parts, "forget": self._outdated(), **told})

    def _changed(self, drawn: Node) -> dict[str, Any]:
        """Give what the browser does not hold yet, and the names of what it need not hold any longer."""
        taken = self._taken_apart(drawn)
        self._shown = tuple(taken)
        parts = self._fresh(taken)
        if parts:
            self._ahead.clear()  # the browser lets go of them, too
        return {"parts": parts, "forget": self._outdated()}

    def _taken_apart(self, drawn: Node) -> dict[str, tuple[Node, Any]]:
        return parts_of(drawn, {name: node for name, (node, _) in self._sent.items()})

    def _fresh(self, taken: Mapping[str, tuple[Node, Any]]) -> dict[str, Any]:
        """Give those that differ from what the browser holds; what was sent or shown last stands last."""
        fresh = {}
        for name, (node, part) in taken.items():
            known = self._sent.pop(name, (None, ""))[1]
            mark = known if part is None else _mark(part)
            if mark != known:
                fresh[name] = part
            self._sent[name] = (node, mark)
        return fresh

    def _outdated(self) -> list[str]:
        """Let go of what was neither shown nor sent for longest, beyond what a browser should hold."""
        for name in self._shown:
            self._sent[name] = self._sent.pop(name)
        many = len(self._sent) - max(MOST_HELD, len(self._shown))
        outdated = list(self._sent)[: max(many, 0)]
        for name in outdated:
            del self._sent[name]
        return outdated


def _undrawn(why: str) -> Node:
    told = h("p", why, class_="fault", role="alert")
    return h("section", h("h1", "Workbench cannot show this now"), told, class_="screen", key="undrawn")


def _mark(part: Any) -> str:
    return hashlib.blake2b(to_json(part), digest_size=12).hexdigest()
