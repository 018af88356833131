"""Who vouches for visitors, against an OpenID provider that is not ours."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from urllib.parse import parse_qs, quote, urlsplit

import httpx
import oidc_provider_mock
import pytest

from workbench.domain.errors import BadSettings, NotUnderstood, SignInNeeded, WorkbenchError
from workbench.domain.people import Identity
from workbench.domain.serving import SignInSettings
from workbench.systems.clock import RealClock
from workbench.systems.openid import Begun, OpenIdProvider

BACK = "http://localhost:8866/sign-in/back"
ANN = {"email": "ann@kauri.example", "email_verified": True, "name": "Ann Lee"}


@pytest.fixture(scope="module")
def issuer() -> Iterator[str]:
    """Run a third party's OpenID provider; give its address."""
    with oidc_provider_mock.run_server_in_thread() as server:
        yield f"http://localhost:{server.server_port}"


def _provider(issuer: str, transport: httpx.BaseTransport | None = None, **known_as: str) -> OpenIdProvider:
    settings = SignInSettings(issuer=issuer, **{"client_id": "workbench", "name": "The Mock", **known_as})
    return OpenIdProvider(settings, "a secret", BACK, RealClock(), transport)


def _signs_in(issuer: str, url: str, subject: str = "ann-1", **claims: object) -> str:
    """Sign in at the provider as a person does; give what stands after the question mark on the way back."""
    told = {**ANN, **claims}
    httpx.put(f"{issuer}/users/{quote(subject)}", json=told).raise_for_status()
    return urlsplit(httpx.post(url, data={"sub": subject}).headers["location"]).query


def test_a_person_is_who_the_provider_says(issuer: str) -> None:
    """Name, checked address and the provider's own id come from what it signed; PKCE and nonce are asked."""
    provider = _provider(issuer)
    begun = provider.begin()
    asked = parse_qs(urlsplit(begun.url).query)
    assert asked["code_challenge_method"] == ["S256"]
    assert asked["nonce"] == [begun.nonce]
    assert begun.verifier not in begun.url
    assert provider.finish(_signs_in(issuer, begun.url), begun) == Identity(
        "ann-1", "Ann Lee", "ann@kauri.example", issuer
    )


@pytest.mark.parametrize("unchecked", [False, "false"])
def test_an_unchecked_address_is_nobodys(issuer: str, unchecked: object) -> None:
    """Somebody who merely claims another's address does not become them."""
    provider = _provider(issuer)
    begun = provider.begin()
    who = provider.finish(_signs_in(issuer, begun.url, "mallory", email_verified=unchecked), begun)
    assert (who.subject, who.email) == ("mallory", "")


def test_an_answer_serves_the_sign_in_that_was_begun_and_once(issuer: str) -> None:
    """Another browser's answer, one with another state or nonce, and a used one let nobody in."""
    provider = _provider(issuer)
    begun, other = provider.begin(), provider.begin()
    with pytest.raises(SignInNeeded):
        provider.finish(_signs_in(issuer, begun.url), other)
    with pytest.raises(WorkbenchError):
        provider.finish(_signs_in(issuer, begun.url), Begun("", begun.state, "another", begun.verifier))
    answer = _signs_in(issuer, begun.url)
    provider.finish(answer, begun)
    with pytest.raises(SignInNeeded):
        provider.finish(answer, begun)


def test_who_declines_stays_out(issuer: str) -> None:
    """A provider's no is told as such."""
    provider = _provider(issuer)
    begun = provider.begin()
    with pytest.raises(SignInNeeded, match="did not sign you in"):
        provider.finish(f"error=access_denied&state={begun.state}", begun)


class Changed(httpx.BaseTransport):
    """The network, on which one kind of answer is changed on its way."""

    def __init__(self, path: str, change: Callable[[dict[str, object]], dict[str, object]]) -> None:
        self._path, self._change, self._real = path, change, httpx.HTTPTransport()

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Let everything pass as it is but the one kind of answer."""
        answer = self._real.handle_request(request)
        if not request.url.path.endswith(self._path):
            return answer
        told = self._change(json.loads(answer.read()))
        return httpx.Response(answer.status_code, json=told)


def _with_another_name(token: dict[str, object]) -> dict[str, object]:
    import base64

    head, body, signature = str(token["id_token"]).split(".")
    claims = json.loads(base64.urlsafe_b64decode(body + "=" * (-len(body) % 4)))
    forged = json.dumps({**claims, "email": "partner@kauri.example"}).encode()
    body = base64.urlsafe_b64encode(forged).decode().rstrip("=")
    return {**token, "id_token": f"{head}.{body}.{signature}"}


def _unsigned(token: dict[str, object]) -> dict[str, object]:
    _, body, _ = str(token["id_token"]).split(".")
    return {**token, "id_token": f"eyJhbGciOiJub25lIn0.{body}."}


@pytest.mark.parametrize("change", [_with_another_name, _unsigned, lambda token: {**token, "id_token": "x"}])
def test_what_was_changed_on_its_way_vouches_for_nobody(
    issuer: str, change: Callable[[dict[str, object]], dict[str, object]]
) -> None:
    """A changed, an unsigned and a broken ID token are not taken."""
    provider = _provider(issuer, Changed("/oauth2/token", change))
    begun = provider.begin()
    with pytest.raises(NotUnderstood):
        provider.finish(_signs_in(issuer, begun.url), begun)


def test_what_is_meant_for_another_application_vouches_for_nobody(issuer: str) -> None:
    """An ID token made out to somebody else is not taken, though the provider signed it."""
    ours, theirs = _provider(issuer), _provider(issuer, client_id="another")
    begun = theirs.begin()
    answer = _signs_in(issuer, begun.url)
    stolen = theirs._token(parse_qs(answer)["code"][0], begun)
    ours._found_all()
    with pytest.raises(NotUnderstood):
        ours._claims(stolen, begun)


def test_a_provider_that_calls_itself_otherwise_is_not_taken(issuer: str) -> None:
    """The settings name the issuer to the letter; another one's discovery document is refused in words."""
    stranger = Changed("/openid-configuration", lambda found: {**found, "issuer": "https://evil.example"})
    with pytest.raises(BadSettings, match="calls itself"):
        _provider(issuer, stranger).begin()


def test_an_answer_about_somebody_else_adds_nothing(issuer: str) -> None:
    """Where the ID token has no name, what is told about another subject is not taken for this one."""
    lying = Changed("/userinfo", lambda told: {**told, "sub": "somebody else", "name": "Partner"})
    provider = _provider(issuer, lying)
    begun = provider.begin()
    who = provider.finish(_signs_in(issuer, begun.url, "kiri", name="", email=""), begun)
    assert (who.name, who.email) == ("kiri", "")
