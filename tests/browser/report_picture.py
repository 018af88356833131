"""Take the README's picture of a report: ``python report_picture.py DIR`` writes ``DIR/report.png``.

An invented firm is linked, pushed and edited between two scheduled runs; the second run's report is taken.
A second folder keeps the whole run record, to be looked at.
"""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
import threading
from pathlib import Path
from typing import Any

from chromium import FLAGS, find
from PIL import Image
from playwright.sync_api import sync_playwright

import workbench as wb
from workbench.flow.asking import ask, follow
from workbench.flow.demo import SANDBOX_SECRET, write_demo_settings
from workbench.flow.firm import Firm
from workbench.flow.processes import free_port
from workbench.flow.worker import Worker
from workbench.sandbox import Sandbox
from workbench.sandbox.visitor import allow
from workbench.scheduled import scheduled_run

WIDTH, HEIGHT = 1100, 1180
SPEED = 200.0


def story(folder: Path, sandbox: Sandbox) -> Path:
    """Live through a week at the firm; give the folder of the second run."""
    scheduled_run(folder, printed=False)
    bench = wb.open(folder)
    sure = bench.candidates().query("verdict == 'link'")
    bench.link(sure, how="band", sample=sure.head(60))
    differences = bench.compare()
    phones = differences.query("field == 'primary_phone' and kind == 'different' and warnings.isna()")
    bench.decide(phones.head(9), "to_xpm")
    fields = bench.decisions[bench.decisions["field"] == "primary_phone"]
    bench.push(wb.plan(bench.compare(), fields))
    bench.decide(differences.query("field == 'website' and kind == 'fill'").head(14), "to_xpm")
    for number, client in enumerate(sorted(sure["xpm_id"])[:26]):
        changes: dict[str, Any] = {"email": f"office{number}@kowhai.example"}
        if number % 3 == 0:
            changes["phone"] = f"09 555 01{number:02}"
        sandbox.edit("xpm", client, changes)
    for number, client in enumerate(sorted(sure["connectworks_id"])[40:52]):
        sandbox.edit("connectworks", client, {"primary_phone": f"03 555 02{number:02}"})
    return folder / "runs" / scheduled_run(folder).run_id


def visited(address: str) -> None:
    """Say yes in the browser's place."""
    threading.Thread(target=allow, args=(address,), daemon=True).start()


def take(report: Path, picture: Path) -> None:
    """Take the top of a report as a person sees it, in few colours so that the file stays small."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=find(), args=FLAGS)
        page = browser.new_page(viewport={"width": WIDTH, "height": HEIGHT})
        page.goto(report.as_uri())
        page.screenshot(path=picture)
        browser.close()
    with Image.open(picture) as image:
        small = image.convert("RGB").quantize(128, dither=Image.Dither.NONE)
    small.save(picture, optimize=True)


def main(folder: Path, kept: Path | None) -> None:
    """Start the firm with a worker, live through the week, take the picture."""
    os.environ |= {"WORKBENCH_PERSON": "Robin Farrow", "WORKBENCH_SANDBOX_SECRET": SANDBOX_SECRET}
    with tempfile.TemporaryDirectory() as home, Sandbox.start(speed=SPEED) as sandbox:
        place = Path(home) / "firm"
        write_demo_settings(place, sandbox.xpm_url, sandbox.connectworks_url, free_port(), SPEED)
        firm, end = Firm(place, show=visited), threading.Event()
        duty = threading.Thread(target=lambda: Worker(firm).serve(end))
        duty.start()
        try:
            follow(firm, ask(firm, "connect", {}, work_here=False))
            run = story(place, sandbox)
            take(run / "report.html", folder / "report.png")
            if kept:
                shutil.copytree(run, kept, dirs_exist_ok=True)
        finally:
            end.set()
            duty.join()


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]) if len(sys.argv) > 2 else None)
