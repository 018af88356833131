"""How a firm's dashboard is served, as its settings say: where it is reached, who vouches for visitors."""

from __future__ import annotations

from typing import Self
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator


class SignInSettings(BaseModel):
    """The OpenID Connect provider that vouches for visitors; Xero is one.

    Parameters
    ----------
    issuer : str
        As the provider writes itself, to the letter: ``https://identity.xero.com`` for Xero.
    client_id : str
        Of the application that is registered there.
    client_secret_env : str, optional
        The environment variable that holds its secret; None for a registration with PKCE alone.
    name : str
        As the button calls it: "Sign in with …".
    scopes : tuple of str
        What is asked for.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    issuer: str
    client_id: str = Field(min_length=1)
    client_secret_env: str | None = None
    name: str = ""
    scopes: tuple[str, ...] = ("openid", "profile", "email")

    @field_validator("issuer")
    @classmethod
    def _is_an_address(cls, issuer: str) -> str:
        if urlsplit(issuer).scheme not in {"https", "http"} or not urlsplit(issuer).hostname:
            raise ValueError("an https address is needed")
        return issuer

    @property
    def title(self) -> str:
        """What people call the provider."""
        host = urlsplit(self.issuer).hostname or self.issuer
        return self.name or ("Xero" if host.endswith(".xero.com") else host)


class ServeSettings(BaseModel):
    """How the dashboard is served.

    Parameters
    ----------
    public_url : str, optional
        Where people reach it, through what keeps TLS in front of it; without it, this machine only.
    sign_in : SignInSettings, optional
        Who vouches for visitors; without it one person opens it by a link with a token.
    warm : int
        How many pages are kept ready for the next visitors. Each takes 0.3 GB of memory, and up
        to 1 GB where there are 10,000 clients.
    hours : float
        After how long a visitor signs in again.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    public_url: str | None = None
    sign_in: SignInSettings | None = None
    warm: int = Field(default=1, ge=0, le=50)
    hours: float = Field(default=12.0, gt=0, le=24 * 31)

    @model_validator(mode="after")
    def _is_reached_safely(self) -> Self:
        if self.public_url is None:
            return self
        url = urlsplit(self.public_url)
        if url.scheme != "https" or not url.hostname or url.path.strip("/") or url.query:
            raise ValueError("public_url is an https address without a path, with TLS in front of Workbench")
        if self.sign_in is None:
            raise ValueError("public_url needs serve.sign_in: a link with a token is for one's own machine")
        return self

    @property
    def public_host(self) -> str | None:
        """The name by which browsers ask for it."""
        return urlsplit(self.public_url).hostname if self.public_url else None
