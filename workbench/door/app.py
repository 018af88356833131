"""Voilà with every door shut but one: what answers is what stands in one list, and only to visitors.

Each setting here closes what is open in Voilà by default.
"""

from __future__ import annotations

import base64
import hashlib
import logging
import os
import shutil
from pathlib import Path
from typing import Any, Final

from tornado.web import RequestHandler
from traitlets.config import Config
from voila.app import Voila

from workbench.domain.people import Identity
from workbench.domain.serving import ServeSettings
from workbench.door import handlers as behind
from workbench.door import sign_in
from workbench.door.kernels import LEFT_FOR_S, LOOK_EVERY_S
from workbench.door.sign_in import Vouching
from workbench.door.visitors import Doorkeeper
from workbench.flow.settings_file import SettingsFile
from workbench.systems.hub import Hub

_KERNEL: Final = r"(\w+-\w+-\w+-\w+-\w+)"
_SPOKEN: Final = ["comm_open", "comm_close", "comm_msg", "comm_info_request", "kernel_info_request"]
"""What a page may say to its kernel. Code is none of it."""
_SCRIPT: Final = Path(__file__).parent / "voila" / "templates" / "workbench" / "wire.js"
_HASH: Final = hashlib.sha256(_SCRIPT.read_text("utf-8").removesuffix("\n").encode()).digest()
POLICY: Final = "; ".join(
    (
        "default-src 'self'",
        f"script-src 'sha256-{base64.b64encode(_HASH).decode()}' blob:",  # the page's own, and what it draws
        "style-src 'self' 'unsafe-inline'",
        "img-src 'self' data:",
        "font-src 'self' data:",
        "connect-src 'self'",
        "object-src 'none'",
        "base-uri 'none'",
        "form-action 'self'",
        "frame-ancestors 'none'",
    )
)
_HEADERS: Final = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    # With "no-referrer" browsers would call our own forms a stranger's, and nobody could sign out.
    "Referrer-Policy": "same-origin",
    "Cache-Control": "no-store",
    "Cross-Origin-Opener-Policy": "same-origin",
}
_log = logging.getLogger("workbench.door")


def shut(root: Path, passes: Path, port: int, host: str, base_url: str, warm: int) -> Config:
    """Give Voilà's settings.

    Parameters
    ----------
    root : Path
        The folder that is served; nothing lies in it but the page's notebook.
    passes : Path
        Where kernels find who their page is for.
    port, host, base_url
        Where it listens, and under which path.
    warm : int
        How many kernels are kept ready.
    """
    config = Config()
    config.Voila.ip, config.Voila.port, config.Voila.port_retries = host, port, 0
    config.Voila.base_url = base_url
    config.Voila.root_dir = str(root)
    config.Voila.open_browser = False
    config.Voila.config_file_paths = []  # no file of the machine or the account opens anything again
    pages = config.VoilaConfiguration
    pages.template, pages.theme = "workbench", "light"
    # A theme or template named in a link would be taken over unescaped.
    pages.allow_template_override = pages.allow_theme_override = "NO"
    pages.file_allowlist, pages.file_denylist = [], [".*"]
    pages.strip_sources, pages.show_tracebacks = True, False
    pages.http_header_envs = []  # no header says who somebody is
    pages.multi_kernel_manager_class = "workbench.door.kernels.Kernels"
    pages.preheat_kernel, pages.default_pool_size = warm > 0, warm
    config.Kernels.passes = str(passes)
    config.MappingKernelManager.cull_idle_timeout = LEFT_FOR_S
    config.MappingKernelManager.cull_interval = LOOK_EVERY_S
    config.MappingKernelManager.cull_connected = True
    # A kernel that died has lost its page; the page is told and opens itself again.
    config.KernelManager.autorestart = False
    if os.name != "nt":
        config.KernelManager.transport = "ipc"
    return config


class Door(Voila):
    """The server of one firm's dashboard.

    Parameters
    ----------
    firm : Path
        The firm's folder; its settings say, as they stand at any moment, who may come in.
    serve : ServeSettings
        How it is served.
    vouching : Vouching, optional
        Who vouches for visitors.
    link_token : str
        The token of the link that vouches where nobody else does, or ''.
    secret : bytes
        Signs the visitors' cookies.
    hub : Hub, optional
        The JupyterHub whose service this is.
    """

    def __init__(
        self,
        firm: Path,
        serve: ServeSettings,
        vouching: Vouching | None,
        link_token: str,
        secret: bytes,
        hub: Hub | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self._settings_file = SettingsFile(firm)
        self._serve = serve
        self._vouching = vouching
        self._link_token = link_token
        self._behind_hub = hub is not None
        self._by_tls = serve.public_url is not None or (hub is not None and hub.by_tls)
        self.cookie_secret = secret

    def init_settings(self) -> dict[str, Any]:
        """Give the server's settings, with our own doorkeeper instead of Voilà's."""
        settings: dict[str, Any] = super().init_settings()
        self.kernel_manager.allowed_message_types = _SPOKEN
        self.identity_provider = Doorkeeper(
            self._admits, self._serve.hours, self._by_tls, self.port, parent=self, log=self.log
        )
        own = {
            "identity_provider": self.identity_provider,
            "vouching": self._vouching,
            "link_token": self._link_token,
            "login_url": f"{self.base_url}sign-in",
            # Only these names are answered, so that no web page can reach in by its own name. By which name a
            # Hub is reached only its proxy knows; under a strange one browsers hold no cookie of ours.
            "allow_remote_access": self._behind_hub,
            "local_hostnames": ["localhost", *filter(None, (self._serve.public_host,))],
            "headers": _HEADERS,
            "log_function": _note,
            "compress_response": True,
            "websocket_compression_options": {"compression_level": 3},
            "xsrf_cookie_kwargs": {"samesite": "Lax", "secure": self._by_tls},
        }
        return {**settings, **own}

    def _admits(self, identity: Identity) -> bool:
        return self._settings_file.now().access.person(identity).may("see")

    def init_handlers(self) -> list[Any]:
        """List all that answers; nothing of Voilà's own list is taken over unseen."""
        at = self.base_url
        page = {
            "notebook_path": os.path.relpath(self.notebook_path, self.root_dir),
            "template_paths": self.template_paths,
            "config": self.config,
            "voila_configuration": self.voila_configuration,
        }
        return [
            (f"{at}sign-in", sign_in.SignIn),
            (f"{at}sign-in/begin", sign_in.Begin),
            (f"{at}sign-in/back", sign_in.Back),
            (f"{at}oauth_callback", sign_in.Back),  # as a JupyterHub calls it
            (f"{at}sign-out", sign_in.SignOut),
            (at, behind.Page, page),
            (f"{at}api/kernels/{_KERNEL}", behind.OwnKernel),
            (f"{at}api/kernels/{_KERNEL}/channels", behind.Channels),
            (f"{at}voila/api/shutdown/{_KERNEL}", behind.Goodbye),
            (r"/.*", behind.Nothing),
        ]


def served_root(folder: Path, notebook: Path) -> Path:
    """Make the folder that is served: the page's notebook alone, away from the firm's own files.

    Returns
    -------
    Path
        The notebook in it.
    """
    root = folder / "root"
    shutil.rmtree(root, ignore_errors=True)
    root.mkdir(parents=True, mode=0o700)
    return Path(shutil.copyfile(notebook, root / "dashboard.ipynb"))


def _note(handler: RequestHandler) -> None:
    """Log refusals and failures without what stands after the question mark: it may hold a code or token."""
    status = handler.get_status()
    if status >= 400:
        _log.warning("%d %s %s", status, handler.request.method, handler.request.path)
