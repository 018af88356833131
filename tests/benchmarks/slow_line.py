"""A slow line to a server on this machine: every byte as late, and no faster, than over a poor connection."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress

LATENCY_S = 0.150
"""There and back."""
BYTES_A_SECOND = 125_000
_MOST = 16_384


@contextmanager
def slow_line(port: int) -> Iterator[int]:
    """Give a port behind which another one answers over the slow line."""
    loop = asyncio.new_event_loop()

    async def meet(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        from_server, to_server = await asyncio.open_connection("127.0.0.1", port)
        with suppress(OSError):
            await asyncio.gather(_carry(reader, to_server), _carry(from_server, writer))

    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    server = asyncio.run_coroutine_threadsafe(asyncio.start_server(meet, "127.0.0.1", 0), loop).result()
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        asyncio.run_coroutine_threadsafe(_end(server), loop).result()
        loop.call_soon_threadsafe(loop.stop)
        thread.join(5)


async def _end(server: asyncio.Server) -> None:
    server.close()
    under_way = asyncio.all_tasks() - {asyncio.current_task()}
    for task in under_way:
        task.cancel()
    await asyncio.gather(*under_way, return_exceptions=True)


async def _carry(source: asyncio.StreamReader, target: asyncio.StreamWriter) -> None:
    """Hand bytes on, each when the line has carried all before it, and half the latency later."""
    under_way: asyncio.Queue[tuple[float, bytes]] = asyncio.Queue()
    arriving = asyncio.ensure_future(_arrive(under_way, target))
    free_at = 0.0
    while data := await source.read(_MOST):
        free_at = max(free_at, time.monotonic()) + len(data) / BYTES_A_SECOND
        await under_way.put((free_at + LATENCY_S / 2, data))
    await under_way.put((0.0, b""))
    await arriving


async def _arrive(under_way: asyncio.Queue[tuple[float, bytes]], target: asyncio.StreamWriter) -> None:
    while True:
        due, data = await under_way.get()
        if not data:
            target.close()
            return
        await asyncio.sleep(max(0.0, due - time.monotonic()))
        target.write(data)
        await target.drain()
