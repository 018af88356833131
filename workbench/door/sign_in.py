"""Signing in and out: the only pages that answer somebody whom nobody has vouched for."""

from __future__ import annotations

import asyncio
from typing import Any, Protocol

from jupyter_server.auth.decorator import allow_unauthenticated
from jupyter_server.base.handlers import JupyterHandler

from workbench.domain.errors import BadSettings, WorkbenchError
from workbench.domain.people import THIS_MACHINE, Identity
from workbench.door.pages import page
from workbench.door.visitors import Doorkeeper
from workbench.systems.openid import Begun


class Vouching(Protocol):
    """Whoever vouches for visitors: an OpenID provider or a JupyterHub."""

    title: str

    def begin(self) -> Begun:
        """Make the address where a visitor signs in."""

    def finish(self, query: str, begun: Begun) -> Identity:
        """Say who came back from there."""


class PlainHandler(JupyterHandler):
    """Answers in plain words, and asks for nothing but the page itself."""

    @property
    def doorkeeper(self) -> Doorkeeper:
        """Who knows visitors by their cookie."""
        keeper: Doorkeeper = self.settings["identity_provider"]
        return keeper

    @property
    def vouching(self) -> Vouching | None:
        """Who vouches for visitors; None where a link with a token does."""
        found: Vouching | None = self.settings["vouching"]
        return found

    def say(self, title: str, *sentences: str, **more: Any) -> None:
        """Answer with a page of a few words."""
        self.set_header("Content-Type", "text/html; charset=utf-8")
        self.finish(page(title, *sentences, **more))

    def log_exception(self, typ: Any, value: Any, tb: Any) -> None:
        """Log what Workbench itself refuses as its sentence."""
        if isinstance(value, WorkbenchError):
            self.log.error("%s %s: %s", self.request.method, self.request.path, value)
        else:
            super().log_exception(typ, value, tb)

    def write_error(self, status_code: int, **told: Any) -> None:
        """Tell a failure in plain words; what exactly failed stands in the log only."""
        if isinstance(fault := told.get("exc_info", (None, None))[1], BadSettings):
            self.set_status(503)
            self._say_unusable(fault)
        elif status_code in {403, 404}:
            self.say("There is nothing here", "Go to the start page.", link=(self.base_url, "Start page"))
        else:
            self.say(
                "Something went wrong",
                "What was saved before is kept.",
                link=(self.base_url, "Open Workbench again"),
            )

    def _say_unusable(self, fault: BadSettings) -> None:
        """Say that nobody can be let in, and whom to ask; what is wrong only to the machine's own person.

        Whether somebody who signed in elsewhere may know anything of the firm is what cannot be read.
        """
        known = self.doorkeeper.known(self)
        own = known is not None and known.identity.issuer == THIS_MACHINE
        self.say(
            "Workbench cannot open now",
            "The settings of your firm hold a mistake, so that nobody can be let in. "
            "Everything that was saved is kept.",
            str(fault)
            if own
            else "Ask an administrator of your firm to mend firm.toml: the server’s log says what is wrong.",
            link=(self.base_url, "Try again"),
        )


class SignIn(PlainHandler):
    """The page to sign in at."""

    @allow_unauthenticated
    def get(self) -> None:
        """Offer to sign in, or say why somebody who has signed in may not see anything."""
        known = self.doorkeeper.known(self)
        if self.current_user:
            self.redirect(self.base_url)
        elif known:
            self.set_status(403)
            self.say(
                "Nobody has let you in yet",
                f"You are signed in as {known.identity.name} "
                f"({known.identity.email or known.identity.subject}).",
                "Ask an administrator of this Workbench to add you to the people of the firm.",
                link=(f"{self.base_url}sign-out", "Sign out"),
            )
        elif self.vouching:
            self.say(
                "Workbench",
                "Sign in to go on.",
                link=(f"{self.base_url}sign-in/begin", f"Sign in with {self.vouching.title}"),
            )
        else:
            self.set_status(403)
            self.say("Workbench", "Open it by the whole link that was printed when it was started.")


class Begin(PlainHandler):
    """Sends the visitor to whoever vouches for them."""

    @allow_unauthenticated
    async def get(self) -> None:
        """Go there."""
        if self.vouching is None:
            self.redirect(self.settings["login_url"])
            return
        try:
            begun = await asyncio.to_thread(self.vouching.begin)
        except WorkbenchError as refusal:
            self.log.warning("sign-in: %s", refusal)
            self.set_status(502)
            self.say("You cannot sign in now", str(refusal), link=(self.settings["login_url"], "Try again"))
            return
        kept = {"state": begun.state, "nonce": begun.nonce, "verifier": begun.verifier}
        self.doorkeeper.begin(self, kept)
        self.redirect(begun.url)


class Back(PlainHandler):
    """Where the visitor comes back to."""

    @allow_unauthenticated
    async def get(self) -> None:
        """Let the visitor in, if what they bring holds."""
        begun = self.doorkeeper.begun(self)
        if self.vouching is None or begun is None:
            self.set_status(403)
            self.say(
                "You are not signed in",
                "This sign-in was not begun in this browser, or it took too long.",
                link=(self.settings["login_url"], "Sign in again"),
            )
            return
        try:
            identity = await asyncio.to_thread(self.vouching.finish, self.request.query, Begun("", **begun))
        except WorkbenchError as refusal:
            self.log.warning("sign-in: %s", refusal)
            self.set_status(403)
            self.say(
                "You are not signed in", str(refusal), link=(self.settings["login_url"], "Sign in again")
            )
            return
        self.doorkeeper.let_in(self, identity)
        self.redirect(self.base_url)


class SignOut(PlainHandler):
    """Ends a visit and its pages."""

    @allow_unauthenticated
    def get(self) -> None:
        """Ask first: a link from elsewhere signs nobody out."""
        button = f'<form method="post">{self.xsrf_form_html()}<button>Sign out</button></form>'
        back = (self.base_url, "Back to Workbench")
        there = (
            f"On a device that others use, sign out at {self.vouching.title} too." if self.vouching else ""
        )
        self.say("Sign out", "Your pages are closed; what you saved is kept.", there, form=button, link=back)

    @allow_unauthenticated
    async def post(self) -> None:
        """Sign out."""
        if known := self.doorkeeper.known(self):
            await self.settings["kernel_manager"].end_visit(known.visit)
        self.doorkeeper.let_out(self)
        self.redirect(self.settings["login_url"])
