"""How the kernels of pages that nobody has come to yet are made ready."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from workbench.door.kernels import one_at_a_time


def test_kernels_are_made_ready_one_after_the_other() -> None:
    """The next one begins once the page of the one before stands, or it failed; each is had as it starts."""

    async def story() -> None:
        pages: list[asyncio.Future[None]] = []

        async def make(fails: bool = False) -> dict[str, Any]:
            if fails:
                raise OSError
            pages.append(asyncio.get_running_loop().create_future())
            return {"task": pages[-1]}

        ready = one_at_a_time(make)
        first, second, third, fourth = (asyncio.ensure_future(ready(n == 2)) for n in range(4))
        assert (await first)["task"] is pages[0]
        await asyncio.sleep(0.01)
        assert not second.done()
        pages[0].set_result(None)
        assert (await second)["task"] is pages[1]
        pages[1].set_result(None)
        with pytest.raises(OSError):
            await third
        assert (await fourth)["task"] is pages[2]

    with ThreadPoolExecutor(1) as thread:  # a browser of other tests may hold this thread's event loop
        thread.submit(asyncio.run, story()).result()
