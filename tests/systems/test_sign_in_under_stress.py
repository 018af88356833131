"""Sign-in where it is hard: many processes, death at any step, forged answers, a stranger's provider."""

from __future__ import annotations

import multiprocessing
import os
import re
import signal
import sys
import threading
import traceback
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import oidc_provider_mock
import pytest
from authlib.oauth2.rfc6749.grants import RefreshTokenGrant

from workbench.domain.errors import SignInNeeded
from workbench.domain.settings import Settings
from workbench.flow.processes import free_port
from workbench.sandbox import Sandbox
from workbench.sandbox.visitor import allow
from workbench.systems import consent as ours_at
from workbench.systems.clock import RealClock
from workbench.systems.consent import Consent
from workbench.systems.issuer import Registration, registration
from workbench.systems.vault import FileVault, MemoryVault

PROCESSES = 8
FORKS = "fork" in multiprocessing.get_all_start_methods()
needs_fork = pytest.mark.skipif(not FORKS, reason="this system cannot copy a running process")
OURS = str(Path(ours_at.__file__).parent)


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    """Serve both sides with the demo firm."""
    with Sandbox.start() as running:
        yield running


@pytest.fixture
def make(sandbox: Sandbox, firm_settings: Callable[..., Settings], tmp_path: Path) -> Callable[[], Consent]:
    """Give a maker of consents to XPM that share one file of tokens, as processes of one firm do."""
    ours, vaults = _known_as(sandbox, firm_settings), dict[int, FileVault]()

    def one() -> Consent:
        here = os.getpid()  # a vault belongs to the process that opened it
        if here not in vaults:
            vaults[here] = FileVault(tmp_path / "vault.json", "a passphrase")
        return Consent(ours, vaults[here], RealClock(), tmp_path)

    return one


@pytest.fixture
def alone(sandbox: Sandbox, firm_settings: Callable[..., Settings], tmp_path: Path) -> Consent:
    """Give one consent to XPM that nobody shares."""
    return Consent(_known_as(sandbox, firm_settings), MemoryVault(), RealClock(), tmp_path)


def _known_as(sandbox: Sandbox, firm_settings: Callable[..., Settings]) -> Registration:
    redirect = {"redirect_uri": f"http://localhost:{free_port()}/xero"}
    return registration(firm_settings(sandbox.xpm_url, sandbox.connectworks_url, xpm=redirect), "xpm")


def _send(address: str) -> None:
    threading.Thread(target=allow, args=(address,), daemon=True).start()


def _refreshes(sandbox: Sandbox) -> int:
    return sum(entry["path"] == "/connect/token" for entry in sandbox.log("xpm"))


def _in_a_copy(act: Callable[[], object]) -> BaseProcess:
    """Start a copy of this process that does one thing; it never comes back into the tests."""

    def only() -> None:
        try:
            act()
            os._exit(0)
        except BaseException:
            traceback.print_exc()
            os._exit(1)

    process = multiprocessing.get_context("fork").Process(target=only)
    process.start()
    return process


@needs_fork
def test_eight_processes_at_expiry_make_one_refresh(
    sandbox: Sandbox, make: Callable[[], Consent], tmp_path: Path
) -> None:
    """All of them get the same new token, and the service is asked for it once."""
    first = make()
    first.listen(_send)
    old, before = first.access_token(), _refreshes(sandbox)
    start = multiprocessing.get_context("fork").Barrier(PROCESSES)

    def refresh(number: int) -> None:
        consent = make()
        start.wait(60)
        (tmp_path / f"got {number}").write_text(consent.access_token(rejected=old), encoding="utf-8")

    processes = [_in_a_copy(lambda number=number: refresh(number)) for number in range(PROCESSES)]
    for process in processes:
        process.join(60)
    got = {(tmp_path / f"got {number}").read_text(encoding="utf-8") for number in range(PROCESSES)}
    assert (len(got), old in got) == (1, False)
    assert _refreshes(sandbox) - before == 1


def _dies_at(step: int, make: Callable[[], Consent], token: str) -> Callable[[], object]:
    """Let a process die at a step of a refresh: the so-many-th call that a module of ours makes."""
    met = 0

    def watch(frame: Any, event: str, _: Any) -> None:
        nonlocal met
        if event in ("call", "c_call") and frame.f_code.co_filename.startswith(OURS):
            met += 1
            if met == step:
                os.kill(os.getpid(), signal.SIGKILL)

    def until_then() -> None:
        consent = make()
        sys.setprofile(watch)
        consent.access_token(rejected=token)

    return until_then


def _steps(act: Callable[[], object]) -> int:
    """Count the steps of an act that nobody interrupts."""
    met = 0

    def watch(frame: Any, event: str, _: Any) -> None:
        nonlocal met
        met += event in ("call", "c_call") and frame.f_code.co_filename.startswith(OURS)

    sys.setprofile(watch)
    try:
        act()
    finally:
        sys.setprofile(None)
    return met


@needs_fork
@pytest.mark.parametrize("every", [pytest.param(1, marks=pytest.mark.long), None])
def test_a_death_at_any_step_of_a_refresh_leaves_the_firm_signed_in(
    make: Callable[[], Consent], every: int | None
) -> None:
    """Killed before, during or after the request, or while keeping: the next process carries on."""
    make().listen(_send)
    token = make().access_token()
    consent = make()
    whole = _steps(lambda: consent.access_token(rejected=token))
    assert whole > 50
    died = 0
    steps = range(3, whole - 2, every or whole // 6)
    for step in steps:
        token = make().access_token()
        process = _in_a_copy(_dies_at(step, make, token))
        process.join(60)
        died += process.exitcode == -signal.SIGKILL
        successor = make()
        successor.access_token(rejected=token)
        assert [tenant.name for tenant in successor.tenants()], f"signed out by a death at step {step}"
    assert died == len(steps)


FORGED = {
    "of another sign-in": "/xero?code=stolen&state=other",
    "without state": "/xero?code=stolen",
    "with an empty state": "/xero?code=stolen&state=",
    "state twice, the other last": "/xero?code=stolen&state={state}&state=other",
    "without a code": "/xero?state={state}",
    "of another issuer": "/xero?code=stolen&state={state}&iss=https%3A%2F%2Fevil.example",
    "of the other service": "/connectworks?code=stolen&state={state}",
    "of an issuer by name only": "/xero?code=stolen&state={state}&iss={issuer}.evil.example",
    "of no issuer at all": "/xero?code=stolen&state={state}&iss=nobody",
    "with a stolen code": "/xero?code=stolen&state={state}",
    "with an empty code": "/xero?code=&state={state}",
    "an error of another sign-in": "/xero?error=access_denied&state=other",
    "below our path": "/xero/evil?code=stolen&state={state}",
    "above our path": "/?code=stolen&state={state}",
    "in capitals": "/XERO?code=stolen&state={state}",
    "beside our path": "/xero%2f?code=stolen&state={state}",
    "in the fragment": "/xero?#code=stolen&state={state}",
    "with semicolons": "/xero?code=stolen;state={state}",
    "with a token instead": "/xero?access_token=stolen&token_type=bearer&state={state}",
    "of the state's beginning": "/xero?code=stolen&state={half}",
}


def _knock(root: str, path: str, host: str | None = None) -> None:
    """Send a request to the listener, and mind no answer."""
    request = urllib.request.Request(root + path, headers={"Host": host} if host else {})
    try:
        urllib.request.urlopen(request, timeout=5).close()
    except (urllib.error.URLError, OSError, ValueError):
        return


@pytest.mark.parametrize("forged", FORGED)
def test_a_forged_answer_gives_no_token(alone: Consent, forged: str) -> None:
    """Twenty forged answers, at the listener and pasted: each is refused, and no token is kept."""
    consent = alone
    begun = consent.begin()
    state = parse_qs(urlsplit(begun.url).query)["state"][0]
    path = FORGED[forged].format(state=state, half=state[:-4], issuer=consent._issuer.known_as.token_url)
    root = consent._redirect_uri.removesuffix("/xero")
    calls = 0

    def given_up() -> None:
        nonlocal calls
        calls += 1
        if calls > 3:
            raise SignInNeeded("Nobody came.")

    with pytest.raises(SignInNeeded):
        consent.listen(
            lambda _: threading.Thread(target=_knock, args=(root, path), daemon=True).start(),
            pasted=given_up,  # type: ignore[arg-type]
            begun=begun,
        )
    with pytest.raises(SignInNeeded):
        consent.finish(root + path)
    assert not consent.signed_in()


def test_a_page_that_points_its_own_name_here_is_not_heard(alone: Consent) -> None:
    """A request under another host's name (DNS rebinding) is not taken, and the true answer still is."""
    consent = alone

    def show(address: str) -> None:
        _knock(
            consent._redirect_uri.removesuffix("/xero"), "/xero?code=stolen&state=x", host="evil.example:80"
        )
        allow(address)

    consent.listen(lambda address: threading.Thread(target=show, args=(address,), daemon=True).start())
    assert consent.signed_in()


def test_a_stranger_s_provider_is_understood(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Against an OpenID provider that nobody here wrote: sign-in, name, refresh, consent withdrawn there."""
    monkeypatch.setenv("STRANGER_SECRET", "secret of the application")
    for grant in RefreshTokenGrant.__subclasses__():  # it takes the secret in a form only for codes by itself
        monkeypatch.setattr(grant, "TOKEN_ENDPOINT_AUTH_METHODS", ["client_secret_post"])
    with oidc_provider_mock.run_server_in_thread() as provider:
        root = f"http://localhost:{provider.server_port}"
        known_as = Registration(
            side="connectworks",
            authorize_url=f"{root}/oauth2/authorize",
            token_url=f"{root}/oauth2/token",
            revoke_url=None,
            connections_url=None,
            client_id="workbench",
            client_secret_env="STRANGER_SECRET",
            redirect_uri=f"http://localhost:{free_port()}/stranger",
            scopes=("openid", "profile", "email"),
        )
        consent = Consent(known_as, MemoryVault(), RealClock(), tmp_path)

        def visit(address: str) -> None:
            answer = httpx.post(address, data={"sub": "tui@firm.example"})
            httpx.get(answer.headers["location"])

        consent.listen(lambda address: threading.Thread(target=visit, args=(address,), daemon=True).start())
        assert consent.person() == "tui@firm.example"
        first = consent.access_token()
        told = httpx.get(f"{root}/userinfo", headers={"Authorization": f"Bearer {first}"}).json()
        assert told["sub"] == "tui@firm.example"
        second = consent.access_token(rejected=first)
        assert second != first
        httpx.post(f"{root}/users/tui@firm.example/revoke-tokens")
        with pytest.raises(SignInNeeded, match="withdrawn"):
            consent.access_token(rejected=second)


def test_what_is_asked_of_the_authorization_server_is_by_the_book(alone: Consent) -> None:
    """Code grant, PKCE with S256, a fresh state each time, the registered redirect, no secret in it."""
    one, other = (parse_qs(urlsplit(alone.begin().url).query) for _ in range(2))
    assert one["response_type"] == ["code"]
    assert one["code_challenge_method"] == ["S256"]
    assert re.fullmatch(r"[A-Za-z0-9_-]{43}", one["code_challenge"][0])
    assert len(one["state"][0]) >= 22
    assert one["state"] != other["state"]
    assert one["code_challenge"] != other["code_challenge"]
    assert one["redirect_uri"][0].startswith("http://localhost:")
    assert set(one) == {
        *("response_type", "client_id", "redirect_uri", "scope", "state"),
        *("code_challenge", "code_challenge_method"),
    }
