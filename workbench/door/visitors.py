"""Who asks: a visitor is known by the signed cookie that the door gave out, and by nothing else.

No header that a browser or proxy sends says who somebody is, so none can be forged.
"""

from __future__ import annotations

import hmac
import json
import secrets
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from typing import Any, Final

from jupyter_server.auth.identity import IdentityProvider, User
from tornado.web import RequestHandler

from workbench.domain.people import Identity

BEGUN_FOR_S: Final = 600


@dataclass
class Visitor(User):
    """Somebody who came in.

    Parameters
    ----------
    identity : Identity
        Who they are, as was vouched for.
    visit : str
        Stands for this coming-in; a kernel belongs to one visit.
    until : float
        When they have to sign in again (seconds since the epoch).
    """

    identity: Identity = field(default_factory=lambda: Identity("", "", "", ""))
    visit: str = ""
    until: float = 0.0


def visitor(identity: Identity, visit: str, until: float) -> Visitor:
    """Make a visitor of somebody who was vouched for."""
    return Visitor(
        username=f"{identity.issuer} {identity.subject}",
        name=identity.name,
        display_name=identity.name,
        identity=identity,
        visit=visit,
        until=until,
    )


class Doorkeeper(IdentityProvider):
    """Knows visitors by their cookie, and says which of them may see anything.

    Parameters
    ----------
    admits : callable
        Whether somebody may see the firm's clients, as its settings say now.
    hours : float
        How long a coming-in lasts.
    secure : bool
        Whether browsers reach the door by TLS, so that the cookie travels by TLS only.
    port : int
        Where the door listens: browsers keep one set of cookies for all ports of a machine.
    """

    def __init__(
        self, admits: Callable[[Identity], bool], hours: float, secure: bool, port: int, **kwargs: Any
    ) -> None:
        super().__init__(token="", **kwargs)
        self._admits = admits
        self._lasts_s = hours * 3600
        self._cookie, self._begun_cookie = f"workbench-visitor-{port}", f"workbench-signing-in-{port}"
        self._options: dict[str, Any] = {"httponly": True, "samesite": "Lax", "secure": secure}

    def get_user(self, handler: RequestHandler) -> Visitor | None:
        """Give who asks, if the cookie holds, has not run out, and its holder may (still) see something."""
        known = self.known(handler)
        return known if known is not None and self._admits(known.identity) else None

    def known(self, handler: RequestHandler) -> Visitor | None:
        """Give who asks, whether they may see anything or not."""
        kept = handler.get_signed_cookie(self._cookie, max_age_days=self._lasts_s / 86_400)
        if not kept:
            return None
        told = json.loads(kept)
        came = visitor(Identity(**told["identity"]), told["visit"], told["until"])
        return came if came.until > time.time() else None

    def let_in(self, handler: RequestHandler, identity: Identity) -> None:
        """Give the browser the cookie of somebody who was vouched for."""
        until = time.time() + self._lasts_s
        kept = {"identity": asdict(identity), "visit": secrets.token_urlsafe(12), "until": until}
        self._give(handler, self._cookie, kept, None)

    def let_out(self, handler: RequestHandler) -> None:
        """Take the cookie back."""
        handler.clear_cookie(self._cookie, path=handler.settings["base_url"])

    def begin(self, handler: RequestHandler, begun: dict[str, str]) -> None:
        """Let the browser keep what its answer must fit: another browser's answer will not."""
        self._give(handler, self._begun_cookie, begun, BEGUN_FOR_S / 86_400)

    def begun(self, handler: RequestHandler) -> dict[str, str] | None:
        """Give what this browser began, once."""
        kept = handler.get_signed_cookie(self._begun_cookie, max_age_days=BEGUN_FOR_S / 86_400)
        handler.clear_cookie(self._begun_cookie, path=handler.settings["base_url"])
        return dict(json.loads(kept)) if kept else None

    def _give(self, handler: RequestHandler, name: str, value: Any, days: float | None) -> None:
        handler.set_signed_cookie(
            name, json.dumps(value), expires_days=days, path=handler.settings["base_url"], **self._options
        )

    def get_handlers(self) -> list[tuple[str, object]]:
        """Give none: the door's own list says what answers."""
        return []


def same(one: str, other: str) -> bool:
    """Compare two secrets without telling by the time it takes."""
    return hmac.compare_digest(one.encode(), other.encode())
