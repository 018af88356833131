"""What answers a visitor who came in: the page, whole in one answer, and its own kernel."""

from __future__ import annotations

import json
import time
from typing import Any

from jupyter_server.base.handlers import APIHandler
from tornado.web import HTTPError
from voila.tornado.handler import TornadoVoilaHandler
from voila.tornado.kernel_websocket_handler import (
    VoilaKernelWebsocketHandler,
    read_header_from_binary_message,
)

from workbench.domain.people import THIS_MACHINE, Identity
from workbench.door.kernels import OpenedFor
from workbench.door.sign_in import PlainHandler
from workbench.door.visitors import same
from workbench.flow.passes import account_here

_KEPT_FROM_PAGES = frozenset({"error", "stream", "execute_input", "execute_reply", "execute_result"})
SIGNED_OUT = 4401  # a websocket's closing code; 4000 and up are an application's own


class Page(PlainHandler, TornadoVoilaHandler):
    """The dashboard. Where a link with a token vouches, it is this page's link."""

    async def prepare(self, **more: Any) -> None:
        """Take what stands behind ``?`` out of the address before Voilà sees it: a token, or some wish.

        Voilà would take a theme or a template from there.
        """
        token, expected = self.get_argument("token", ""), self.settings["link_token"]
        if expected and self.check_host() and same(token, expected):
            account = account_here()
            self.doorkeeper.let_in(self, Identity(account, account, "", THIS_MACHINE))
            self.redirect(self.base_url)
            return
        await super().prepare(**more)
        if self.request.query and not self._finished:
            self.redirect(self.base_url)

    @property
    def kernel_manager(self) -> Any:
        """The kernels; whichever this page gets becomes its visitor's own."""
        return OpenedFor(self.settings["kernel_manager"], self.current_user)


class OwnKernel(APIHandler):
    """Says whether a page's kernel is still there."""

    async def get(self, kernel_id: str) -> None:
        """Describe the kernel of this visitor's own page; any other one, or a dead one, is not there."""
        kernels = self.settings["kernel_manager"]
        if not kernels.belongs_to(kernel_id, self.current_user) or not await kernels.lives(kernel_id):
            raise HTTPError(404)
        self.finish(json.dumps(kernels.kernel_model(kernel_id), default=str))


class Goodbye(APIHandler):
    """Ends a page's kernel when its tab is closed."""

    def check_xsrf_cookie(self) -> None:
        """Take the browser's word for where it comes from: a page that is torn down can send no token."""
        comes_from = self.request.headers.get("Sec-Fetch-Site", "same-origin")
        if comes_from != "same-origin" or not self.check_origin():
            raise HTTPError(403)

    async def post(self, kernel_id: str) -> None:
        """End the kernel of this visitor's own page."""
        kernels = self.settings["kernel_manager"]
        if not kernels.belongs_to(kernel_id, self.current_user):
            raise HTTPError(404)
        await kernels.shutdown_kernel(kernel_id, now=True)
        self.set_status(204)
        self.finish()


class Channels(VoilaKernelWebsocketHandler):
    """A page's line to its own kernel; widgets' messages are handed on, and nothing of code either way."""

    async def pre_get(self) -> None:
        """Connect nobody to somebody else's kernel."""
        kernels = self.settings["kernel_manager"]
        own = kernels.belongs_to(self.kernel_id, self.current_user)
        if not own or not await kernels.lives(self.kernel_id):
            raise HTTPError(404)
        await super().pre_get()

    def on_message(self, ws_message: Any) -> None:
        """Hand a message on while the visit lasts."""
        if self.current_user.until < time.time():
            self.close(SIGNED_OUT, "signed out")
            return
        super().on_message(ws_message)

    def write_message(self, message: Any, binary: bool = False) -> Any:
        """Hand on what a page needs; what code prints or fails with stays on the server."""
        if _kind(message) in _KEPT_FROM_PAGES:
            return None
        return super().write_message(message, binary)


def _kind(message: bytes | str | dict[str, Any]) -> str:
    """Say of what kind a kernel's message is, in whichever form it travels."""
    if isinstance(message, bytes):
        header = read_header_from_binary_message(message) or {}
    else:
        whole = json.loads(message) if isinstance(message, str) else message
        header = whole.get("header") or {}
    return str(header.get("msg_type", ""))


class Nothing(PlainHandler):
    """Everything else."""

    def get(self) -> None:
        """Say that there is nothing here."""
        raise HTTPError(404)

    post = put = patch = delete = head = get
