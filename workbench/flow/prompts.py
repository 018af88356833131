"""What the worker asks a person while it signs in: to open a page and bring back an address, or to choose.

The worker alone holds tokens, and the person may sit at a page, a notebook or a shell. Question and answer go
by a socket of this machine whose key lies in the firm's folder, readable by its owner only: what is answered
passes through neither ledger nor page.
"""

from __future__ import annotations

import hmac
import json
import os
import secrets
import socket
import socketserver
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

from workbench.domain.errors import NotAllowedHere

_FILE: Final = "prompt.json"
_WITHIN_S: Final = 5.0
_LONGEST: Final = 1 << 16


@dataclass(frozen=True, slots=True)
class Prompt:
    """A question that waits for a person.

    Parameters
    ----------
    prompt_id : str
        Which one.
    kind : str
        ``sign_in`` (answered by the address to which the service sends the browser) or ``practice``
        (answered by an id of `choices`).
    system : str
        Of which system, as people call it.
    address : str
        Of a sign-in: the page to open.
    choices : mapping
        Of a practice: id to name.
    """

    prompt_id: str
    kind: str
    system: str
    address: str = ""
    choices: Mapping[str, str] | None = None


class Asked:
    """A question while it is open."""

    def __init__(self, prompt: Prompt) -> None:
        self.prompt = prompt
        self._key = secrets.token_hex(32)
        self._answer: str | None = None

    def answer(self) -> str | None:
        """Give what the person answered, once; None while nobody has."""
        answer, self._answer = self._answer, None
        return answer

    def take(self, told: Mapping[str, Any]) -> Mapping[str, Any]:
        """Answer one visitor: give the question, or take the answer, to whoever knows the key."""
        if not hmac.compare_digest(str(told.get("key", "")).encode(), self._key.encode()):
            return {"refused": True}
        if told.get("prompt_id") == self.prompt.prompt_id:
            self._answer = str(told.get("answer") or "")
        return asdict(self.prompt)

    def write_down(self, path: Path, port: int) -> None:
        """Say where the question is open, to this account only."""
        beside = path.with_name(f"{path.name}.{secrets.token_hex(4)}")
        private = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(private, "w", encoding="utf-8") as file:
            json.dump({"port": port, "key": self._key}, file)
        beside.replace(path)


@contextmanager
def asking(folder: Path, kind: str, system: str, address: str = "", choices: Any = None) -> Iterator[Asked]:
    """Keep a question open for whoever may read the firm's folder.

    Parameters
    ----------
    folder : Path
        The firm's.
    kind, system, address, choices
        As in `Prompt`.
    """
    asked = Asked(Prompt(secrets.token_hex(8), kind, system, address, choices))
    path = folder / _FILE
    with _Window(("127.0.0.1", 0), asked) as window:
        thread = threading.Thread(target=window.serve_forever, args=(0.1,), daemon=True)
        thread.start()
        asked.write_down(path, window.server_address[1])
        try:
            yield asked
        finally:
            path.unlink(missing_ok=True)
            window.shutdown()
            thread.join()


def open_prompt(folder: Path) -> Prompt | None:
    """Give the question that waits for a person, or None."""
    told = _told(folder, {})
    return Prompt(**told) if told else None


def answer_prompt(folder: Path, prompt_id: str, answer: str) -> None:
    """Answer a question.

    Parameters
    ----------
    folder : Path
        The firm's.
    prompt_id : str
        Of the question that `open_prompt` gave.
    answer : str
        A pasted address, or the id of a choice.

    Raises
    ------
    NotAllowedHere
        If that question is not open any more.
    """
    told = _told(folder, {"prompt_id": prompt_id, "answer": answer})
    if told is None or told.get("prompt_id") != prompt_id:
        raise NotAllowedHere("Nobody waits for that answer any more.", "Connect again.")


def _told(folder: Path, words: Mapping[str, str]) -> dict[str, Any] | None:
    with suppress(OSError, ValueError, KeyError):
        where = json.loads((folder / _FILE).read_text(encoding="utf-8"))
        with socket.create_connection(("127.0.0.1", int(where["port"])), timeout=_WITHIN_S) as line:
            line.sendall(json.dumps({**words, "key": where["key"]}).encode() + b"\n")
            with line.makefile("rb") as answers:
                told = json.loads(answers.readline(_LONGEST))
        return None if "refused" in told else told
    return None


class _Window(socketserver.ThreadingTCPServer):
    daemon_threads = True

    def __init__(self, address: tuple[str, int], asked: Asked) -> None:
        self.asked = asked
        super().__init__(address, _Visit)

    def handle_error(self, request: object, client_address: object) -> None:
        """Say nothing: a visitor who breaks off is none of anybody's business."""


class _Visit(socketserver.StreamRequestHandler):
    timeout = _WITHIN_S
    server: _Window

    def handle(self) -> None:
        """Read one line, answer one line."""
        told = json.loads(self.rfile.readline(_LONGEST))
        self.wfile.write(json.dumps(self.server.asked.take(told)).encode() + b"\n")
