"""Two reviewers sign in at a third party's OpenID provider and see each other's work, in a real browser."""

from __future__ import annotations

import subprocess
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx
import oidc_provider_mock
import pytest
from judging import ledger
from person import Reviewer
from playwright.sync_api import Browser, Request, expect
from running import wait_until

from workbench.door.serving import serving
from workbench.flow.asking import ask, follow
from workbench.flow.firm import Firm
from workbench.flow.processes import free_port
from workbench.flow.settings_file import settings_of
from workbench.sandbox.visitor import allow

pytestmark = pytest.mark.browser
SIGN_IN = """
[serve]
warm = 2
[serve.sign_in]
issuer = "{issuer}"
client_id = "workbench"
client_secret_env = "WORKBENCH_SIGN_IN_SECRET"
name = "The Mock"
"""
PERSON = """
[[access.people]]
sign_in = "{email}"
roles = ["decide"]
"""
PEOPLE = {"Ann Lee": "ann@kauri.example", "Bob Rātā": "bob@kauri.example"}


@dataclass
class Served:
    """A firm's dashboard behind a provider."""

    home: str
    issuer: str
    folder: Path


@pytest.fixture
def served(small_firm: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[Served]:
    """Pull a small firm, name two people who may decide, and serve it behind a third party's provider."""
    firm = Firm(
        small_firm.folder, show=lambda address: threading.Thread(target=allow, args=(address,)).start()
    )
    follow(firm, ask(firm, "pull", {}))
    with oidc_provider_mock.run_server_in_thread() as provider:
        issuer, port = f"http://localhost:{provider.server_port}", free_port()
        with (small_firm.folder / "firm.toml").open("a", encoding="utf-8") as file:
            file.write(SIGN_IN.format(issuer=issuer))
            file.writelines(PERSON.format(email=email) for email in PEOPLE.values())
        monkeypatch.setenv("WORKBENCH_SIGN_IN_SECRET", "any that the provider takes")
        made = serving(small_firm.folder, port, settings_of(small_firm.folder).serve)
        with (small_firm.folder / "door.log").open("wb") as log:
            process = subprocess.Popen(made.argv, env=dict(made.env), stdout=log, stderr=log)
        try:
            home = f"http://localhost:{port}"
            wait_until(lambda: _answers(home), "the door opens", 90)
            yield Served(home, issuer, small_firm.folder)
        finally:
            process.terminate()
            process.wait(30)


def _answers(home: str) -> bool:
    try:
        return httpx.get(f"{home}/sign-in").is_success
    except httpx.TransportError:
        return False


def _signs_in(browser: Browser, served: Served, name: str, asked: list[str]) -> Reviewer:
    """Come to the firm's address as a person does, and sign in at the provider."""
    told = {"email": PEOPLE[name], "email_verified": True, "name": name}
    httpx.put(f"{served.issuer}/users/{quote(PEOPLE[name])}", json=told).raise_for_status()
    page = browser.new_context().new_page()
    page.on("request", lambda request: _note(asked, served.home, request))
    reviewer = Reviewer(page)
    page.goto(served.home)
    page.get_by_role("link", name="Sign in with The Mock").click()
    page.get_by_placeholder("sub").fill(PEOPLE[name])
    page.get_by_role("button", name="Authorize").click()
    page.get_by_role("tablist").wait_for(timeout=90_000)
    assert page.url == f"{served.home}/"
    return reviewer


def _note(asked: list[str], home: str, request: Request) -> None:
    """Note what our own pages ask for; the provider's pages are its own."""
    if request.frame.url.startswith(home):
        asked.append(request.url)


def _goes_to_differences(reviewer: Reviewer) -> None:
    reviewer.page.get_by_role("tab", name="Differences").click()
    reviewer.look_by("Clients")
    reviewer.page.locator("input.tick").first.wait_for()


def test_two_reviewers_sign_in_and_see_each_others_work(browser: Browser, served: Served) -> None:
    """Each is greeted by name; a tick of one appears at the other's without reload, under the one's name."""
    asked: list[str] = []
    ann, bob = (_signs_in(browser, served, name, asked) for name in PEOPLE)
    for reviewer, name in ((ann, "Ann Lee"), (bob, "Bob Rātā")):
        expect(reviewer.page.locator(".person").first).to_contain_text(name)
        _goes_to_differences(reviewer)
    with ann.deciding():
        ann.page.locator("input[data-to=xpm]:not([disabled])").first.click()
    expect(bob.page.locator(".decided")).to_contain_text("1 of", timeout=30_000)
    decided = [entry for entry in ledger(served.folder) if entry.kind == "decided"]
    assert [entry.by for entry in decided] == [PEOPLE["Ann Lee"]]
    own = (served.home, served.home.replace("http", "ws"), served.issuer, "data:", "blob:")
    assert [url for url in asked if not url.startswith(own)] == []
