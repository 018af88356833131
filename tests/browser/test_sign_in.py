"""Two people sign in at a third party's OpenID provider, in two real browsers.

They see each other's work, and one approves what the other prepared.
"""

from __future__ import annotations

import re
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
from playwright.sync_api import Browser, Locator, Request, expect
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
ACCESS = """
[access]
approval = true
"""
PERSON = """
[[access.people]]
sign_in = "{email}"
name = "{name}"
roles = ["decide", "approve", "push"]
"""
PEOPLE = {"Ann Lee": "ann@kauri.example", "Bob Rātā": "bob@kauri.example"}


@dataclass
class Served:
    """A firm's dashboard behind a provider."""

    home: str
    issuer: str
    folder: Path


@pytest.fixture(scope="module")
def served(stand_small_firm: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """Pull a small firm, name two people who may do all, and serve it behind a third party's provider."""
    with (
        stand_small_firm(tmp_path_factory.mktemp("signed-in")) as small_firm,
        oidc_provider_mock.run_server_in_thread() as provider,
        pytest.MonkeyPatch.context() as monkeypatch,
    ):
        firm = Firm(
            small_firm.folder, show=lambda address: threading.Thread(target=allow, args=(address,)).start()
        )
        follow(firm, ask(firm, "pull", {}))
        issuer, port = f"http://localhost:{provider.server_port}", free_port()
        with (small_firm.folder / "firm.toml").open("a", encoding="utf-8") as file:
            file.write(SIGN_IN.format(issuer=issuer))
            file.write(ACCESS)
            file.writelines(PERSON.format(email=email, name=name) for name, email in PEOPLE.items())
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


@pytest.fixture(scope="module")
def both(browser: Browser, served: Served) -> tuple[Reviewer, Reviewer, list[str]]:
    """Let Ann and Bob in, each in a browser of their own; with all that their pages asked for."""
    asked: list[str] = []
    ann, bob = (_signs_in(browser, served, name, asked) for name in PEOPLE)
    return ann, bob, asked


def _goes(reviewer: Reviewer, screen: str) -> None:
    reviewer.page.get_by_role("tab", name=screen).click()
    reviewer.page.get_by_role("heading", name=screen, exact=True).wait_for()


def _goes_to_differences(reviewer: Reviewer) -> None:
    _goes(reviewer, "Differences")
    reviewer.look_by("Clients")
    reviewer.page.locator("input.tick").first.wait_for()


def test_two_reviewers_sign_in_and_see_each_others_work(
    served: Served, both: tuple[Reviewer, Reviewer, list[str]]
) -> None:
    """Each is greeted by name; a tick of one appears at the other's without reload, under the one's name."""
    ann, bob, asked = both
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


UNSEEN = "Object.defineProperty(document, 'hidden', { value: %s, configurable: true })"
"""A page that nobody looks at asks for no news: what it shows grows stale."""


def _acts_of(served: Served, *kinds: str) -> list[tuple[str, str, int]]:
    """Give what the ledger says of approval: kind, by whom, of how many writes."""
    found = [entry for entry in ledger(served.folder) if entry.kind in kinds]
    return [(entry.kind, entry.by, len(entry.body["operations"])) for entry in found]


def _case(reviewer: Reviewer, name: str) -> Locator:
    return reviewer.page.locator(".case", has_text=name)


def test_one_prepares_and_somebody_else_approves_exactly_that(
    served: Served, both: tuple[Reviewer, Reviewer, list[str]]
) -> None:
    """The list is read value by value; nobody approves their own; each yes and no comes to one result.

    Two tabs that both say yes, a page that shows what is no longer so: what counts is told in words.
    """
    ann, bob, _ = both
    _goes_to_differences(ann)
    for row in ann.differences("Email", "Differs")[1:3]:  # of two clients whom nobody has decided on
        ann.tick(row, ">>")
    rows = ann.differences(show="Decided")
    _goes(ann, "Plan and push")
    expect(ann.page.get_by_role("button", name=re.compile("^Push "))).to_have_count(0)
    ann.press("Send 3 writes for approval")
    _goes(ann, "Approval")
    ann.sees("You had a hand in this: somebody else approves it.")
    expect(ann.page.get_by_role("button", name=re.compile("^Approve "))).to_have_count(0)

    _goes(bob, "Approval")
    for row in rows:
        expect(_case(bob, row.client)).to_contain_text(
            re.compile(f"{_words(row.xpm)}.*{_words(row.connectworks)}", re.S)
        )
    tab = Reviewer(bob.page.context.new_page())
    tab.page.goto(served.home)
    tab.page.get_by_role("tablist").wait_for(timeout=90_000)
    _goes(tab, "Approval")
    one, other, third = dict.fromkeys(row.client for row in rows)
    tab.page.evaluate(UNSEEN % "true")
    bob.press(f"Approve {one}")
    bob.sees("Approved (1)")
    tab.press(f"Approve {one}")
    tab.sees("You have approved this already; your click changed nothing.")
    tab.page.evaluate(UNSEEN % "false")
    tab.sees("Approved (1)", "Waiting (2)")
    assert _acts_of(served, "approved") == [("approved", PEOPLE["Bob Rātā"], 1)]

    bob.press(f"Send back {other}")
    note = bob.page.get_by_label("What should be looked at again?")
    note.fill("Is this mailbox theirs?")
    bob.press(f"Send back {other} with this note")
    bob.sees("Sent back (1)")
    _goes(ann, "Plan and push")
    ann.sees("Is this mailbox theirs?", "Bob Rātā")

    bob.page.evaluate(UNSEEN % "true")
    _goes_to_differences(ann)
    row = next(row for row in ann.differences(show="Decided") if row.client == third)
    ann.box(row, "<<").click()
    expect(ann.page.locator(".saved")).to_contain_text("Saved")
    ann.answered()
    bob.press(f"Approve {third}")
    bob.sees("This changed while you looked at it; nothing was done.")
    bob.page.evaluate(UNSEEN % "false")
    assert len(_acts_of(served, "approved")) == 1
    _goes(ann, "Plan and push")
    ann.sees("Push 1 ")
    tab.page.close()


def test_whoever_signs_out_leaves_nothing_open(
    served: Served, both: tuple[Reviewer, Reviewer, list[str]]
) -> None:
    """A tablet may be handed on: the door asks once, the page's kernel ends, the address shows nothing."""
    page = both[1].page
    kernel = page.evaluate("JSON.parse(document.getElementById('jupyter-config-data').textContent).kernelId")
    assert (served.folder / "served" / "passes" / kernel).exists()
    page.get_by_role("button", name="Sign out").click()
    page.get_by_text("what you saved is kept").wait_for()
    page.get_by_role("button", name="Sign out").click()
    page.get_by_text("Sign in to go on.").wait_for()
    page.goto(served.home)
    page.get_by_text("Sign in to go on.").wait_for()
    wait_until(lambda: not (served.folder / "served" / "passes" / kernel).exists(), "the kernel ends", 20)


def _words(value: str) -> str:
    return re.escape(value).replace(r"\ ", r"\s+")
