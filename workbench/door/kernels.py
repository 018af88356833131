"""The pages' kernels: each belongs to the visit that its page was opened for, and ends soon after it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta
from pathlib import Path
from typing import Any, Final

from jupyter_server._tz import utcnow
from jupyter_server.services.kernels.kernelmanager import AsyncMappingKernelManager
from jupyter_server.utils import ensure_async
from traitlets import Unicode
from voila.request_info_handler import RequestInfoSocketHandler

from workbench.door.visitors import Visitor
from workbench.flow.passes import leave_pass, withdraw_pass

LEFT_FOR_S: Final = 60
"""A page that is not there any more keeps its kernel so long: a connection may break and come back."""
RESTS_FOR_S: Final = 3600
"""A page that is open but asks for nothing keeps its kernel so long; it opens itself again when needed."""
LOOK_EVERY_S: Final = 20
_EARLY: Final = "--IPKernelApp.extra_extensions=workbench.early"


class Kernels(AsyncMappingKernelManager):
    """Voilà's kernels, with an owner each."""

    passes = Unicode(config=True, help="The private folder where kernels find who their page is for.")

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self._owners: dict[str, Visitor] = {}
        if make := getattr(self, "_initialize", None):  # what fills Voilà's pool, which it does from here on
            self._initialize = one_at_a_time(make)

    async def start_kernel(  # type: ignore[override]
        self, *args: Any, **kwargs: Any
    ) -> str:
        """Start a kernel, which begins to import before it is told what to run."""
        kernel_id: str = await super().start_kernel(*args, extra_arguments=[_EARLY], **kwargs)
        return kernel_id

    def hand_over(self, kernel_id: str, visitor: Visitor) -> None:
        """Give a kernel to whoever its page is opened for, before the page is sent."""
        leave_pass(Path(self.passes), kernel_id, visitor.identity)
        self._owners[kernel_id] = visitor
        kernel: Any = self.get_kernel(kernel_id)
        kernel.last_activity = utcnow()  # it may have waited in the pool for long

    def belongs_to(self, kernel_id: str, visitor: Visitor | None) -> bool:
        """Tell whether a kernel is this visit's own."""
        owner = self._owners.get(kernel_id)
        return owner is not None and visitor is not None and owner.visit == visitor.visit

    async def lives(self, kernel_id: str) -> bool:
        """Tell whether a kernel can still answer; one that cannot is buried."""
        if kernel_id not in self:
            return False
        if await ensure_async(self.get_kernel(kernel_id).is_alive()):
            return True
        await ensure_async(self.shutdown_kernel(kernel_id, now=True))
        return False

    async def end_visit(self, visit: str) -> None:
        """End all kernels of one visit."""
        for kernel_id in [each for each, owner in self._owners.items() if owner.visit == visit]:
            if kernel_id in self:
                await ensure_async(self.shutdown_kernel(kernel_id, now=True))

    async def shutdown_kernel(  # type: ignore[override]
        self, kernel_id: str, *args: Any, **kwargs: Any
    ) -> Any:
        """End a kernel; nobody holds its pass any more."""
        self._owners.pop(kernel_id, None)
        RequestInfoSocketHandler._cache.pop(kernel_id, None)
        withdraw_pass(Path(self.passes), kernel_id)
        return await ensure_async(super().shutdown_kernel(kernel_id, *args, **kwargs))

    async def cull_kernel_if_idle(self, kernel_id: str) -> None:
        """End a kernel that died, whose page is gone, or that nobody has asked anything for long."""
        if not await self.lives(kernel_id):
            return
        kernel: Any = self.get_kernel(kernel_id)
        looked_at = self._kernel_connections.get(kernel_id, 0) > 0
        resting = utcnow() - kernel.last_activity > timedelta(seconds=RESTS_FOR_S)
        if not looked_at or resting:
            await ensure_async(super().cull_kernel_if_idle(kernel_id))


def one_at_a_time(make: Callable[..., Awaitable[dict[str, Any]]]) -> Callable[..., Awaitable[dict[str, Any]]]:
    """Make kernels ready one after the other: the first is ready soon, and those who have come go before.

    Parameters
    ----------
    make : callable
        Starts a kernel and gives, among others, the ``task`` that makes its page.
    """
    turn = asyncio.Lock()

    async def wait_and_make(*args: Any, **kwargs: Any) -> dict[str, Any]:
        await turn.acquire()
        try:
            made = await make(*args, **kwargs)
        except BaseException:
            turn.release()
            raise
        # Whoever comes meanwhile gets it as it is: its page shows itself, and says what is still reckoned.
        made["task"].add_done_callback(lambda _: turn.release())
        return made

    return wait_and_make


class OpenedFor:
    """The kernels as one request for a page sees them: whichever it gets is its visitor's from then on.

    Parameters
    ----------
    kernels : Kernels
        All of them.
    visitor : Visitor
        Who asks for a page.
    """

    def __init__(self, kernels: Any, visitor: Visitor) -> None:
        self._kernels = kernels
        self._visitor = visitor

    def __getattr__(self, name: str) -> Any:
        return getattr(self._kernels, name)

    async def get_rendered_notebook(self, *args: Any, **kwargs: Any) -> tuple[Any, Any, str]:
        """Take a warm kernel."""
        rendering, so_far, kernel_id = await self._kernels.get_rendered_notebook(*args, **kwargs)
        self._kernels.hand_over(kernel_id, self._visitor)
        return rendering, so_far, kernel_id

    async def start_kernel(self, *args: Any, **kwargs: Any) -> str:
        """Start a kernel where none is warm."""
        kernel_id: str = await ensure_async(self._kernels.start_kernel(*args, **kwargs))
        self._kernels.hand_over(kernel_id, self._visitor)
        return kernel_id
