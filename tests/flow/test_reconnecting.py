"""A consent that is withdrawn in the middle of a run: it stops, a person reconnects, and nothing is lost."""

from __future__ import annotations

import time
from typing import Any

import httpx
import pytest

from workbench.domain.errors import WorkbenchError
from workbench.flow.asking import follow
from workbench.personal import PersonalDesk
from workbench.review.dashboard import dashboard
from workbench.review.page import Asked
from workbench.review.tree import Node


def _all(node: Node) -> list[Node]:
    return [node, *(each for child in node.children if isinstance(child, Node) for each in _all(child))]


def _words(node: Node) -> str:
    return " ".join(str(child) for each in _all(node) for child in each.children if isinstance(child, str))


def _links(node: Node) -> list[str]:
    return [str(each.attrs["href"]) for each in _all(node) if each.tag == "a" and "href" in each.attrs]


def test_a_withdrawn_run_carries_on_after_reconnecting(pulled: Any, allow_elsewhere: Any) -> None:
    """It stops within one request; Reconnect leads to the page, the pasted address to the end of the run."""
    pulled.decide(pulled.differing("email", 0, 5), "to_xpm")
    withdrawn: list[int] = []

    def between(request: httpx.Request) -> None:
        if "client.api/update" in request.url.path and len(pulled.writes("xpm")) == 2 and not withdrawn:
            withdrawn.append(len(pulled.sandbox.log("xpm")))
            pulled.sandbox.revoke("xpm")

    pulled.through(between)
    pulled.do("connect")
    request = pulled.ask_push()
    with pytest.raises(WorkbenchError, match=r"expired or was withdrawn\. Connect again"):
        follow(pulled.firm, request)
    assert len(pulled.writes("xpm")) == 2
    after = [e["path"] for e in pulled.sandbox.log("xpm")[withdrawn[0] :] if "practicemanager" in e["path"]]
    assert len(after) == 1  # the one that was under way

    desk = PersonalDesk(pulled.firm, pulled.desk)
    board = dashboard(desk)._stage
    assert "Signed out." in _words(board.view())
    board.act(Asked("reconnect", {}))
    until = time.monotonic() + 30
    while not (links := _links(board.view())):
        assert time.monotonic() < until
        time.sleep(0.05)
    assert "client.api" not in links[0]
    boxes = [each for each in _all(board.view()) if each.tag == "input" and "change" in each.on]
    prompt = next(box for box in boxes if box.on["change"].name == "answer")
    address = allow_elsewhere(links[0])
    board.act(Asked("answer", dict(prompt.on["change"].args), value=address))
    while any(work.state in ("queued", "running") for work in desk.pulse().works):
        assert time.monotonic() < until
        time.sleep(0.05)
    assert "Signed out." not in _words(board.view())

    pulled.push()
    assert len(pulled.writes("xpm")) == 5
    assert len(set(pulled.writes("xpm"))) == 5
    assert address not in repr(list(pulled.firm.book.events()))


def test_whoever_is_no_administrator_is_sent_to_one(pulled: Any) -> None:
    """A reviewer sees that somebody has to sign in, and neither button nor address."""
    pulled.sandbox.revoke("xpm")
    with pytest.raises(WorkbenchError):
        pulled.do("pull")
    view = dashboard(_Reviewer(PersonalDesk(pulled.firm, pulled.desk)))._stage.view()
    assert "Ask an administrator" in _words(view)
    assert not [each for each in _all(view) if each.on.get("click") and each.on["click"].name == "reconnect"]


class _Reviewer:
    """The desk of somebody who may only look."""

    def __init__(self, desk: Any) -> None:
        self._desk = desk

    def __getattr__(self, name: str) -> Any:
        return getattr(self._desk, name)

    def may(self, role: str) -> bool:
        """See, and nothing else."""
        return role == "see"
