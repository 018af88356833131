"""What the worker asks a person: answered elsewhere on this machine, by whoever may read the folder."""

from __future__ import annotations

import json
import os
import socket
import threading
import time
from contextlib import suppress
from pathlib import Path
from typing import Any
from urllib.request import urlopen

import pytest

from workbench.domain.errors import NotAllowedHere, WorkbenchError
from workbench.flow.answering import ByKeyboard
from workbench.flow.asking import ask, follow
from workbench.flow.doctor import reported
from workbench.flow.prompts import answer_prompt, asking, open_prompt


def test_a_question_is_seen_and_answered_from_elsewhere(tmp_path: Path) -> None:
    """Another process finds the question by the folder alone, and its answer arrives once."""
    assert open_prompt(tmp_path) is None
    with asking(tmp_path, "practice", "XPM", choices={"p1": "Finch & Co"}) as asked:
        prompt = open_prompt(tmp_path)
        assert prompt is not None
        assert (prompt.kind, prompt.system, prompt.choices) == ("practice", "XPM", {"p1": "Finch & Co"})
        answer_prompt(tmp_path, prompt.prompt_id, "p1")
        assert (asked.answer(), asked.answer()) == ("p1", None)
    assert open_prompt(tmp_path) is None
    with pytest.raises(NotAllowedHere, match="Nobody waits"):
        answer_prompt(tmp_path, prompt.prompt_id, "p1")


def test_without_the_key_nothing_is_told_or_taken(tmp_path: Path) -> None:
    """Who finds the port but may not read the folder learns nothing; the key is in its owner's file."""
    with asking(tmp_path, "sign_in", "XPM", "https://secret.example/?state=abc") as asked:
        where = json.loads((tmp_path / "prompt.json").read_text())
        if os.name == "posix":
            assert (tmp_path / "prompt.json").stat().st_mode & 0o077 == 0
        for key in ("", "0" * 64):
            words = {"key": key, "prompt_id": asked.prompt.prompt_id, "answer": "forged"}
            with socket.create_connection(("127.0.0.1", where["port"])) as line:
                line.sendall(json.dumps(words).encode() + b"\n")
                assert json.loads(line.makefile().readline()) == {"refused": True}
        assert asked.answer() is None


@pytest.mark.parametrize("noise", [b"\n", b"not json\n", b"[]\n", b"{" * 100_000])
def test_noise_at_the_window_is_ignored(tmp_path: Path, noise: bytes) -> None:
    """Rubbish sent to the port stops nobody from answering."""
    with asking(tmp_path, "practice", "XPM", choices={"a": "A"}) as asked:
        port = json.loads((tmp_path / "prompt.json").read_text())["port"]
        with socket.create_connection(("127.0.0.1", port)) as line:
            line.sendall(noise)
        prompt = open_prompt(tmp_path)
        assert prompt is not None
        answer_prompt(tmp_path, prompt.prompt_id, "a")
        assert asked.answer() == "a"


def test_the_address_is_pasted_and_the_practice_chosen_by_name(house: Any, allow_elsewhere: Any) -> None:
    """With the browser elsewhere both sign-ins are pasted; of two practices the named one is taken."""
    answers = iter(["second practice (empty)"])

    def keyboard(words: str) -> str:
        if words.startswith("Paste"):
            prompt = open_prompt(house.folder)
            assert prompt is not None
            return allow_elsewhere(prompt.address, practices=3)
        return next(answers)

    request = ask(house.firm, "connect", {"elsewhere": True})
    told = follow(house.firm, request, meanwhile=ByKeyboard(house.folder, paste=True, ask=keyboard))
    assert "Second Practice (empty)" in told
    assert house.shown == []  # no browser was opened here
    assert house.firm.connections.consent["xpm"].tenant().name == "Second Practice (empty)"


def test_a_browser_on_this_machine_after_all_needs_no_paste(
    house: Any, allow_elsewhere: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    """Where the listener hears the answer first, neither Enter nor the pasted address does any harm."""
    pasted = iter(["", "http://localhost/of-no-use"])

    def keyboard(words: str) -> str:
        prompt = open_prompt(house.folder)
        assert prompt is not None
        answer = allow_elsewhere(prompt.address)
        while open_prompt(house.folder) == prompt:
            with suppress(OSError):  # the port listens a moment after the question is put
                urlopen(answer).close()
            time.sleep(0.05)
        return next(pasted)

    request = ask(house.firm, "connect", {"elsewhere": True})
    told = follow(house.firm, request, meanwhile=ByKeyboard(house.folder, paste=True, ask=keyboard))
    assert "Small Test Practice" in told
    assert "waits for no answer any more" in capsys.readouterr().out


def test_who_cannot_be_asked_is_not_waited_for(house: Any) -> None:
    """Where nobody can type, the sign-in ends at once; nothing waits for it to time out."""

    def nobody(words: str) -> str:
        raise EOFError

    request = ask(house.firm, "connect", {"elsewhere": True})
    with pytest.raises(WorkbenchError, match="Nobody is here to answer"):
        follow(house.firm, request, meanwhile=ByKeyboard(house.folder, paste=True, ask=nobody))
    with pytest.raises(WorkbenchError, match="Stopped as asked"):
        follow(house.firm, request)


def test_the_findings_of_the_doctor_name_who_and_whose(house: Any) -> None:
    """Before the sign-in the check says what is missing; afterwards who signed in, whose data."""
    request = ask(house.firm, "check", {})
    follow(house.firm, request)
    missing = [f for f in reported(house.firm, request) if not f.ok]
    assert {f.words for f in missing if f.what == "sign-in"} == {"Nobody is signed in."}
    assert all("workbench connect" in f.advice for f in missing if f.what == "sign-in")
    assert "{" not in house.firm.book.progress()[request].message, "progress is shown word for word"
    house.do("connect")
    request = ask(house.firm, "check", {})
    follow(house.firm, request)
    told = {(f.about, f.what): f.words for f in reported(house.firm, request)}
    xpm = "Xero Practice Manager"
    assert told[xpm, "sign-in"] == "Signed in as Robin Farrow."
    assert told[xpm, "tenant"] == "It reaches the data of Small Test Practice."
    assert told[xpm, "permissions"] == "May read and change clients."
    assert "calls are left today" in told[xpm, "quota"]
    assert told[xpm, "abilities"].startswith("It can read clients, change fields, empty a field")
    assert told[xpm, "abilities"].endswith("It cannot record links.")
    assert not any("Robin" in str(event.body) for event in house.firm.book.events())


def test_only_an_administrator_connects_or_disconnects(house: Any) -> None:
    """Where the settings name people, those without the role are refused, and nobody is sent to a page."""
    people = '[[access.people]]\nsign_in = "boss@firm.example"\nroles = ["administer"]\n'
    path = house.folder / "firm.toml"
    path.write_text(path.read_text(encoding="utf-8") + people, encoding="utf-8")
    firm = house.again()
    for verb in ("connect", "pull", "disconnect"):
        with pytest.raises(WorkbenchError, match="may not connect or disconnect"):
            follow(firm, ask(firm, verb, {}))
    assert house.shown == []


def test_waiting_for_a_person_can_be_stopped(house: Any) -> None:
    """Stop ends the waiting for a sign-in within a moment, instead of after three minutes."""
    house.visit = lambda address: threading.Timer(0.1, house.desk.stop, args=(request,)).start()
    request = ask(house.firm, "connect", {})
    with pytest.raises(WorkbenchError, match="Stopped as asked"):
        follow(house.firm, request)


def test_a_pull_that_signs_in_asks_for_the_practice_too(house: Any, allow_elsewhere: Any) -> None:
    """Whoever pulls first is asked which of several practices it is, and the pull goes on with that one."""
    house.visit = lambda address: urlopen(allow_elsewhere(address, practices=3)).close()
    answering = ByKeyboard(house.folder, ask=lambda words: "Small Test Practice")
    told = follow(house.firm, ask(house.firm, "pull", {}), meanwhile=answering)
    assert "28 from Xero Practice Manager" in told
