"""How soon reviewers who arrive one after the other see the first screen: real Chromium, warm kernels.

``python tests/benchmarks/serving.py [--sessions 8] [--apart 5] [--warm 8]`` serves the demo firm, waits until
the kernels are warm, lets that many fresh browsers come, and prints a table. Each time runs from following
the link until the screen's heading stands; nothing is in the browser's cache.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import psutil
from playwright.async_api import Browser, async_playwright

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parent / "browser"))

# ruff: noqa: E402
from chromium import FLAGS, find
from running import Demo, wait_until

from workbench.door.serving import serving
from workbench.flow.processes import free_port
from workbench.flow.settings_file import settings_of


async def first_screen(browser: Browser, link: str, after_s: float) -> float:
    """Come after a while, and give how long the first screen took (s); the page stays open."""
    await asyncio.sleep(after_s)
    context = await browser.new_context()
    page = await context.new_page()
    began = time.perf_counter()
    await page.goto(link, wait_until="commit", timeout=120_000)
    await page.locator("[role=tabpanel] h2, [role=tabpanel] h1").first.wait_for(timeout=120_000)
    return time.perf_counter() - began


async def arrivals(link: str, sessions: int, apart_s: float) -> list[float]:
    """Let fresh browsers come one after the other; give each one's time to the first screen (s)."""
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=find(), args=FLAGS)
        times = await asyncio.gather(
            *(first_screen(browser, link, number * apart_s) for number in range(sessions))
        )
        await browser.close()
    return list(times)


def _at_rest(processes: list[psutil.Process]) -> bool:
    """Tell whether processes do next to nothing for three seconds."""

    def spent_s() -> float:
        return sum(sum(each.cpu_times()[:2]) for each in processes)

    before = spent_s()
    time.sleep(3)
    return spent_s() - before < 0.2


def measured(folder: Path, warm: int, sessions: int, apart_s: float) -> str:
    """Measure on a running demo; give the table."""
    with (folder / "firm.toml").open("a", encoding="utf-8") as file:
        file.write(f"\n[serve]\nwarm = {warm}\n")
    made = serving(folder, free_port(), settings_of(folder).serve)
    log = folder / "logs" / "benchmark.log"
    with log.open("wb") as output:
        door = subprocess.Popen(made.argv, env=dict(made.env), stdout=output, stderr=output)
    try:
        wait_until(lambda: "is filled with" in log.read_text(errors="replace"), "the kernels are warm", 600)
        processes = psutil.Process(door.pid).children(recursive=True)
        wait_until(lambda: _at_rest(processes), "the last kernel is warm", 120)
        memory = statistics.median(each.memory_info().rss for each in processes) / 2**20
        times = asyncio.run(arrivals(made.link, sessions, apart_s))
    finally:
        door.terminate()
        door.wait(60)
    heading = [
        "sessions",
        "arriving",
        "warm kernels",
        "first screen, median",
        "worst",
        "a warm kernel",
        "load",
    ]
    row = [
        f"{sessions}",
        f"{apart_s:g} s apart",
        f"{warm}",
        f"{statistics.median(times):.1f} s",
        f"{max(times):.1f} s",
        f"{memory:.0f} MB",
        f"{os.getloadavg()[0]:.1f} on {os.cpu_count()} cores",
    ]
    lines = [heading, ["---"] * len(heading), row]
    table = "\n".join(f"| {' | '.join(line)} |" for line in lines)
    return f"{table}\n\neach: {', '.join(f'{one:.1f}' for one in times)} s"


def main() -> None:
    """Serve, measure, print."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--sessions", type=int, default=8)
    options.add_argument("--apart", type=float, default=5.0)
    options.add_argument("--warm", type=int, default=8)
    given = options.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        demo = Demo(Path(scratch) / "firm", "--port=0")
        try:
            print(measured(demo.folder, given.warm, given.sessions, given.apart))
        finally:
            demo.end()


if __name__ == "__main__":
    main()
